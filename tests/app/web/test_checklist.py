"""The list to take away: what is on it, how it is reached, how it is drawn."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO

import pytest
from PIL import Image

from app.web.checklist import checklist_of
from app.web.picture import Heading, Picture, Text, Tick, draw
from app.web.service import WebLimits
from knowledge_base.procedure import Procedure
from tests.app.web.fakes import COMMUNE, MORNING, Site, an_answer, records

HOME = f"/c/{COMMUNE}"
LIST = f"{HOME}/p/dang-ky-tam-tru/list"


def residence() -> Procedure:
    record = records()["dang-ky-tam-tru"]
    assert isinstance(record, Procedure)
    return record


def test_a_list_holds_what_to_bring_where_how_long_and_how_much() -> None:
    page = Site().client.get(LIST).text

    for words in ("Tờ khai thay đổi thông tin cư trú", "mẫu CT01", "1 bản chính"):
        assert words in page
    assert "3 ngày làm việc" in page and "15.000 đồng" in page
    assert "Công an xã Hòa Tiến" in page
    assert "Kiểm tra ngày 21/11/2026" in page
    assert "Luật Cư trú 68/2020/QH14" in page
    assert "Trợ lý AI" in page
    assert page.count('type="checkbox"') == 1


def test_a_case_adds_its_own_papers_and_is_chosen_by_a_link() -> None:
    site = Site()
    common = site.client.get(LIST).text
    addresses = re.findall(rf'href="({re.escape(LIST)}\?case=[a-z-]+)"', common)
    assert addresses

    pages = [site.client.get(address).text for address in addresses]

    assert any(page.count('type="checkbox"') > 1 for page in pages)
    assert all("Trường hợp:" in page for page in pages)


def test_a_paper_keeps_its_key_when_others_come_and_go() -> None:
    record = residence()
    other = record.dossier[0].model_copy(update={"item": "Giấy khác"})
    longer = record.model_copy(update={"dossier": (other, *record.dossier)})

    before = checklist_of(record, None, MORNING.date()).papers
    after = checklist_of(longer, None, MORNING.date()).papers

    assert [paper.key for paper in after[1:]] == [paper.key for paper in before]


def test_what_is_not_yet_in_force_is_not_on_the_list() -> None:
    record = residence()
    later = record.dossier[0].model_copy(
        update={"item": "Giấy của năm sau", "effective_from": date(2027, 1, 1)}
    )

    made = checklist_of(
        record.model_copy(update={"dossier": (*record.dossier, later)}), None, MORNING.date()
    )

    assert "Giấy của năm sau" not in [paper.name for paper in made.papers]


def test_an_answer_leads_to_the_list_of_its_procedure_and_case() -> None:
    site = Site(script=lambda _: an_answer(case="nha-thue"))
    asked = site.client.post(HOME, data={"text": "tạm trú ở trọ"}).headers["location"]

    led = site.client.get(f"{asked}/list")

    assert f'href="{asked}/list"' in site.client.get(asked).text
    assert (led.status_code, led.headers["location"]) == (302, f"{LIST}?case=nha-thue")


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/p/muc-dong-bhyt-ho-gia-dinh/list", id="a guide"),
        pytest.param("/p/khong-co/list", id="unknown record"),
        pytest.param("/a/khong-co/list", id="unknown answer"),
        pytest.param("/p/khong-co/list.png", id="picture of an unknown record"),
    ],
)
def test_where_there_is_no_list_a_page_helps(path: str) -> None:
    response = Site().client.get(f"{HOME}{path}", headers={"accept": "text/html"})

    assert response.status_code == 404
    assert "Hỏi cán bộ" in response.text


def test_the_picture_holds_the_same_list() -> None:
    response = Site().client.get(f"{LIST}.png")

    drawn = Image.open(BytesIO(response.content))
    assert response.headers["content-type"] == "image/png"
    assert 'filename="danh-sach-dang-ky-tam-tru.png"' in response.headers["content-disposition"]
    assert drawn.width == 1080
    assert 1500 < drawn.height < 12_000
    assert len(response.content) < 400_000


def test_pictures_are_drawn_only_so_often() -> None:
    site = Site(limits=WebLimits(requests_per_minute=1))

    assert site.client.get(f"{LIST}.png").status_code == 200
    assert site.client.get(f"{LIST}.png").status_code == 429


def test_a_long_line_stays_in_the_picture_and_a_longer_list_makes_it_taller() -> None:
    short = Image.open(BytesIO(draw(Picture((Heading("Đăng ký", large=True),)))))
    lines = (Tick("Giấy tờ " * 30, "ghi chú"), Text("https://" + "a" * 200, small=True))
    tall = Image.open(BytesIO(draw(Picture(lines))))

    assert tall.height > short.height
    right = tall.crop((tall.width - 60, 0, tall.width, tall.height))
    assert right.getextrema() == (255, 255), "nothing is drawn in the right margin"


def test_a_list_without_end_is_cut_and_says_so() -> None:
    drawn = Image.open(BytesIO(draw(Picture((Text("Dòng"),) * 1000))))

    assert drawn.height < 12_500
