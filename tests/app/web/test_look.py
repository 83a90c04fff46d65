"""The page's weight, its colours, and that it needs nothing from elsewhere."""

from __future__ import annotations

import gzip
import re

import pytest

from app.html import is_official, markdown
from app.web.view import STATIC, asset, blocks, phones, rich
from tests.app.web.fakes import COMMUNE, Site

HOME = f"/c/{COMMUNE}"
MOST_BYTES = 60_000
LEAST_CONTRAST = 4.5
LEAST_EDGE_CONTRAST = 3.0

TEXT_PAIRS = [
    ("ink", "paper"),
    ("ink", "wash"),
    ("ink", "act-wash"),
    ("ink", "warn-wash"),
    ("soft", "paper"),
    ("soft", "wash"),
    ("soft", "act-wash"),
    ("act", "paper"),
    ("act", "wash"),
    ("act", "act-wash"),
    ("act-ink", "act"),
    ("bar-ink", "bar"),
    ("warn", "warn-wash"),
    ("warn", "act-wash"),
    ("warn-ink", "warn"),
]


def palette(mode: str) -> dict[str, str]:
    css = (STATIC / "hoixa.css").read_text("utf-8")
    roots = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    return dict(re.findall(r"--([\w-]+): (#\w{6});", roots[{"light": 0, "dark": 1}[mode]]))


def luminance(colour: str) -> float:
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (
        value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("pair", TEXT_PAIRS, ids="-on-".join)
def test_text_can_be_read_in_light_and_dark(mode: str, pair: tuple[str, str]) -> None:
    colours = palette(mode)

    assert contrast(colours[pair[0]], colours[pair[1]]) >= LEAST_CONTRAST


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_edges_of_boxes_can_be_seen(mode: str) -> None:
    colours = palette(mode)

    assert contrast(colours["edge"], colours["paper"]) >= LEAST_EDGE_CONTRAST


@pytest.mark.parametrize("path", [HOME, f"{HOME}/a/a1", f"{HOME}/p/dang-ky-tam-tru", "/"])
def test_a_first_load_is_light(path: str) -> None:
    client = Site().client
    client.post(HOME, data={"text": "a"})
    page = client.get(path)
    parts = [page.content]
    parts += [
        client.get(address).content for address in re.findall(r'"(/static/[^"]+)"', page.text)
    ]

    assert len(parts) >= 4
    assert sum(len(gzip.compress(part)) for part in parts) < MOST_BYTES


@pytest.mark.parametrize("path", [HOME, f"{HOME}/a/a1", f"{HOME}/p/dang-ky-tam-tru", "/khong-co"])
def test_a_page_loads_nothing_from_elsewhere_and_has_nothing_inline(path: str) -> None:
    client = Site().client
    client.post(HOME, data={"text": "a"})
    page = client.get(path).text

    assert all(
        address.startswith(("/static/", f"{HOME}/"))
        for address in re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="([^"]+)"', page)
    )
    assert not re.search(r"<style|<script>|\sstyle=|\son\w+=", page)


@pytest.mark.parametrize("path", [HOME, f"{HOME}/a/a1", f"{HOME}/office", "/", "/khong-co"])
def test_a_page_has_one_heading_one_live_region_and_a_label_for_every_box(path: str) -> None:
    client = Site().client
    client.post(HOME, data={"text": "a"})
    page = client.get(path).text

    assert '<html lang="vi">' in page
    assert page.count("<h1") == 1
    assert page.count("aria-live=") == 1
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for box in re.findall(r'<textarea id="([^"]+)"', page):
        assert f'<label for="{box}">' in page


def test_pages_are_compressed_and_static_files_are_kept() -> None:
    client = Site().client

    assert client.get(HOME).headers["content-encoding"] == "gzip"
    assert "immutable" in client.get(asset("hoixa.css")).headers["cache-control"]
    assert "no-cache" in client.get(HOME).headers["cache-control"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("gọi 1022 bấm 3", ["1022"]),
        ("(0236) 3 846 113", ["02363846113"]),
        ("(0236) 3846 113", ["02363846113"]),
        ("0236.3846.113 hoặc 0905 123 456", ["02363846113", "0905123456"]),
        ("1900 1234", ["19001234"]),
        ("ngày 01.07.2025, mã 0123", []),
        ("0236-3846-113", ["02363846113"]),
        ("19001022 và 113.850 đồng", ["19001022"]),
        ("hết 1.022 đồng, 115/2020, 113", ["113"]),
    ],
)
def test_telephone_numbers_can_be_tapped_and_amounts_cannot(text: str, found: list[str]) -> None:
    assert re.findall(r'href="tel:(\d+)"', phones(text)) == found


@pytest.mark.parametrize(
    ("address", "official"),
    [
        ("https://dichvucong.gov.vn", True),
        ("https://hoatien.danang.gov.vn/x?y", True),
        ("http://vanban.chinhphu.vn", True),
        ("https://gov.vn.example.com", False),
        ("https://evilgov.vn", False),
        ("https://gov.vn@example.com", False),
        ("https://example.com\\@gov.vn/", False),
        ("https://example.com%2f@gov.vn/", False),
        ("https://example.com\\.gov.vn", False),
        ("javascript:alert(1)//.gov.vn", False),
        ("https://[", False),
        ("docs/luat.txt trong kho x.gov.vn", False),
        (None, False),
    ],
)
def test_only_sites_of_the_state_are_linked(address: str | None, official: bool) -> None:
    assert is_official(address) is official


def test_a_record_links_to_no_other_sites_than_the_states() -> None:
    made = markdown(
        "Nộp [ở **đây**](https://lua-dao.example/nop) <https://lua-dao.example> "
        "[x](https://lua-dao.example\\@gov.vn) hoặc [ở kia](https://dichvucong.gov.vn/a)"
    )

    assert re.findall(r'href="([^"]+)"', made) == ["https://dichvucong.gov.vn/a"]
    assert made.count("<a ") == made.count("</a>") == 1
    assert "Nộp ở <strong>đây</strong> https://lua-dao.example x hoặc" in made


def test_marks_and_official_addresses_in_an_answer_are_links() -> None:
    made = rich("Nộp ở https://dichvucong.gov.vn. [1] Không phải https://x.vn & <b>")

    assert 'href="https://dichvucong.gov.vn"' in made
    assert 'href="#nguon-1"' in made
    assert "https://x.vn &amp; &lt;b&gt;" in made
    assert made.count("<a ") == 2


def test_lines_behind_a_colon_are_its_list_until_another_passage_begins() -> None:
    made = blocks("Lệ phí:\nMột. [1]\nHai. [1]\nNơi nộp: xã. [2]\n- a\n- b")

    assert [(block.paragraph, block.items) for block in made] == [
        ("Lệ phí:", ("Một. [1]", "Hai. [1]")),
        ("Nơi nộp: xã. [2]", ()),
        ("", ("a", "b")),
    ]


def test_a_title_stands_above_the_list_of_its_own_answer() -> None:
    made = blocks("Làm thẻ:\nTại xã. [1]\nKhai tử:\nCần mang:\nTờ khai. [2]\nGiấy báo tử. [2]")

    assert [(block.paragraph, block.items) for block in made] == [
        ("Làm thẻ:", ("Tại xã. [1]",)),
        ("Khai tử:", ()),
        ("Cần mang:", ("Tờ khai. [2]", "Giấy báo tử. [2]")),
    ]


@pytest.mark.parametrize(
    ("line", "label", "words"),
    [
        ("Nơi nộp: Công an xã. [2]", "Nơi nộp:", "Công an xã. [2]"),
        ("Từ 1/7/2026: 7.000 đồng", "", "Từ 1/7/2026: 7.000 đồng"),
        ("Mở 7:30", "", "Mở 7:30"),
    ],
)
def test_a_line_that_begins_with_a_label_is_told_apart(line: str, label: str, words: str) -> None:
    (block,) = blocks(line)

    assert (block.label, block.words) == (label, words)


def test_headings_in_markdown_stand_below_those_of_the_page() -> None:
    assert markdown("# Một\n\n###### Sáu") == "<h3>Một</h3>\n<h6>Sáu</h6>\n"
