from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app
from knowledge_base.catalogue import ContentError, read_content
from knowledge_base.commune import Commune
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from tests.knowledge_base.records import (
    COMMUNE,
    ENDED,
    GUIDE,
    PROCEDURE,
    commune,
    ended_text,
    guide,
    procedure,
    put,
    put_small_content,
)

Break = Callable[[Path], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return put_small_content(tmp_path / "content")


def refused(folder: Path) -> list[str]:
    """What `hoixa knowledge check` says about a folder that it refuses."""
    result = CliRunner().invoke(app, ["knowledge", "check", str(folder)])
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit), result.exception
    return result.stderr.strip().splitlines()


def fee(**changes: object) -> dict[str, object]:
    return {"amount": 15000, "source": "phi", **changes}


def with_fee(**changes: object) -> Break:
    return lambda folder: put(
        folder,
        PROCEDURE,
        procedure(fees=[{k: v for k, v in fee(**changes).items() if v is not ...}]),
    )


def with_basis(number: str, **changes: object) -> Break:
    usual = {"name": "Thông tư về cư trú", "issued": "2021-05-15", "source": "luat"}
    basis = {"number": number, **usual, **changes}
    return lambda folder: put(folder, PROCEDURE, procedure(legal_basis=[basis]))


def with_procedure(**changes: object) -> Break:
    return lambda folder: put(folder, PROCEDURE, procedure(**changes))


def with_text(name: str, text: str | bytes) -> Break:
    raw = text.encode() if isinstance(text, str) else text
    return lambda folder: (folder / name).write_bytes(raw)


def pointing(section: str, case: str | None = None) -> list[dict[str, Any]]:
    questions: list[dict[str, Any]] = procedure()["questions"]
    questions[5] = {"text": "hỏi sai chỗ", "section": section, "case": case}
    return questions


P = "procedures/residence/dang-ky-tam-tru.yaml"

BROKEN = {
    "a misspelt key": (
        with_procedure(feess=[]),
        f"{P}: feess: khóa lạ “feess”. Có phải `fees`?",
    ),
    "a misspelt key inside a fee": (
        with_fee(exemtion="trẻ em"),
        f"{P}: fees.0.exemtion: khóa lạ “exemtion”. Có phải `exemption`?",
    ),
    "a key like no other": (with_procedure(zzz="gì đó"), f"{P}: zzz: khóa lạ “zzz”."),
    "a fee without source": (
        with_fee(source=...),
        f"{P}: fees.0.source: số liệu không có nguồn. Thêm `source:` với một khóa trong sources.",
    ),
    "a fee with an empty list of sources": (
        with_fee(source=[]),
        f"{P}: fees.0.source: số liệu không có nguồn. Thêm `source:` với một khóa trong sources.",
    ),
    "a fee with an empty source": (
        with_fee(source=""),
        f"{P}: fees.0.source: số liệu không có nguồn. Thêm `source:` với một khóa trong sources.",
    ),
    "a source that is a number": (
        with_fee(source=5),
        f"{P}: fees.0.source: phải là một khóa trong sources, hoặc danh sách khóa; đang là 5.",
    ),
    "an unknown source": (
        with_fee(source="tt75"),
        f"{P}: fees.0: nguồn “tt75” không có trong sources. Thêm nó vào sources hoặc sửa lại tên.",
    ),
    "a fee of 20.000, which YAML reads as twenty": (
        with_fee(amount=20.0),
        f"{P}: fees.0.amount: phải là số nguyên viết liền như 20000, đang là 20.0.",
    ),
    "a fee in words": (
        with_fee(amount="20,000"),
        f"{P}: fees.0.amount: phải là số nguyên viết liền như 20000, đang là '20,000'.",
    ),
    "a fee below zero": (
        with_fee(amount=-1),
        f"{P}: fees.0.amount: phải từ 0 trở lên, đang là -1.",
    ),
    "a fee that says nothing": (
        with_fee(amount=None),
        f"{P}: fees.0: amount để trống thì phải có note nói cách tính hoặc phải hỏi ai",
    ),
    "a time limit without amount": (
        with_procedure(time_limits=[{"unit": "day", "source": "luat"}]),
        f"{P}: time_limits.0: amount phải có, trừ khi unit là at_once (giải quyết ngay)",
    ),
    "an unknown unit": (
        with_procedure(time_limits=[{"amount": 1, "unit": "week", "source": "luat"}]),
        f"{P}: time_limits.0.unit: “week” không hợp lệ. Chọn một trong: 'working_day', 'day', "
        "'month', 'hour' hoặc 'at_once'.",
    ),
    "a legal basis that ended before it was checked": (
        with_basis("15/2019/TT-BCA", effective_to="2026-06-30", replaced_by="20/2026/TT-BCA"),
        f"{P}: legal_basis.0: 15/2019/TT-BCA đã hết hiệu lực sau 30/06/2026. Dùng 20/2026/TT-BCA.",
    ),
    "a repealed law": (
        with_basis("55/2021/TT-BCA"),
        f"{P}: legal_basis.0: 55/2021/TT-BCA đã hết hiệu lực từ 01/07/2026. Dùng 116/2026/TT-BCA.",
    ),
    "a repealed law written another way": (
        with_basis("Thông tư 55/2021/tt–bca"),
        f"{P}: legal_basis.0: Thông tư 55/2021/tt–bca đã hết hiệu lực từ 01/07/2026. "
        "Dùng 116/2026/TT-BCA.",
    ),
    "a legal basis without any date": (
        with_basis("55/2023/TT-BCA", issued=None),
        f"{P}: legal_basis.0: cần issued hoặc effective_from (ngày ban hành hoặc ngày có hiệu lực)",
    ),
    "two records with one id": (
        lambda folder: put(folder, "procedures/land/dang-ky-tam-tru.yaml", procedure()),
        f"{P}: id: “dang-ky-tam-tru” (national) đã có ở procedures/land/dang-ky-tam-tru.yaml. "
        "Đổi id hoặc xoá một trong hai tệp.",
    ),
    "one id in two kinds": (
        lambda folder: put(
            folder, "guides/residence/dang-ky-tam-tru.yaml", guide(id="dang-ky-tam-tru")
        ),
        f"guides/residence/dang-ky-tam-tru.yaml: id: “dang-ky-tam-tru” đã là id của {P}. Đổi id.",
    ),
    "another file name than the id": (
        lambda folder: put(folder, "procedures/residence/tach-ho.yaml", procedure(id="tach-khau")),
        "procedures/residence/tach-ho.yaml: id: khác tên tệp. "
        "Đổi tên tệp thành tach-khau.yaml hoặc sửa id.",
    ),
    "no id": (
        with_procedure(id=None),
        f"{P}: id: thiếu. Thêm dòng `id: ten-khong-dau`.",
    ),
    "an unquoted code": (
        with_procedure(code=1.004194),
        f"{P}: code: phải là chữ, đang là 1.004194. Đặt trong dấu ngoặc kép.",
    ),
    "a code of another form": (
        with_procedure(code="1.04194"),
        f"{P}: code: “1.04194” sai dạng; phải khớp ^\\d\\.\\d{{6}}$.",
    ),
    "a title without letters": (with_procedure(title="2026"), f"{P}: title: phải là câu chữ"),
    "a missing title": (with_procedure(title=None), f"{P}: title: thiếu. Thêm `title:`."),
    "a key written twice": (
        with_text(P, "id: dang-ky-tam-tru\ntitle: Một\ntitle: Hai\n"),
        f"{P}: một khóa viết hai lần, ở dòng 3. Xoá một trong hai.",
    ),
    "text that is not YAML": (
        with_text(P, "id: dang-ky-tam-tru\ntitle: [Một, Hai\nfees: 1\n"),
        f"{P}: không đọc được YAML",
    ),
    "a tab for indentation": (
        with_text(P, "id: dang-ky-tam-tru\nsummary:\n\ttext: Báo nơi ở\n"),
        f"{P}: không đọc được YAML",
    ),
    "a list where fields should be": (
        with_text(P, "- id: dang-ky-tam-tru\n"),
        f"{P}: id: thiếu. Thêm dòng `id: ten-khong-dau`.",
    ),
    "an anchor inside itself": (
        with_text(P, "id: dang-ky-tam-tru\naliases: &a [*a]\n"),
        f"{P}: không đọc được YAML",
    ),
    "a date for a key": (
        with_text(P, "id: dang-ky-tam-tru\n2026-01-01: gì đó\n"),
        f"{P}: không đọc được YAML",
    ),
    "another encoding than UTF-8": (
        with_text(P, "id: dang-ky-tam-tru\ntitle: Đăng ký tạm trú\n".encode("utf-16")),
        f"{P}: không phải UTF-8. Lưu lại tệp với mã UTF-8.",
    ),
    "bytes that are no text": (
        with_text(P, bytes(range(128, 256))),
        f"{P}: không phải UTF-8. Lưu lại tệp với mã UTF-8.",
    ),
    "an empty file": (with_text(P, ""), f"{P}: tệp trống. Viết nội dung hoặc xoá tệp."),
    "a file with comments only": (
        with_text(P, "# sẽ viết sau\n"),
        f"{P}: tệp trống. Viết nội dung hoặc xoá tệp.",
    ),
    "too few questions": (
        with_procedure(questions=procedure()["questions"][:5]),
        f"{P}: questions: cần ít nhất 6 mục, đang có 5.",
    ),
    "a question pointing at an empty section": (
        with_procedure(questions=pointing("form")),
        f"{P}: questions.5.section: mục “form” không có nội dung. Các mục có: dossier, fee, "
        "legal_basis, summary, time_limit, where.",
    ),
    "a question pointing at an unknown case": (
        with_procedure(questions=pointing("dossier", "o-nho")),
        f"{P}: questions.5.case: trường hợp “o-nho” không có trong cases.",
    ),
    "a note pointing at an unknown section": (
        with_procedure(to_confirm=[{"text": "giờ làm việc", "section": "hours"}]),
        f"{P}: to_confirm.0.section: không có mục “hours”.",
    ),
    "a single case": (
        with_procedure(cases=procedure()["cases"][:1]),
        f"{P}: cases: chỉ có một trường hợp thì ghi thẳng vào hồ sơ chung",
    ),
    "two cases with one id": (
        with_procedure(cases=procedure()["cases"] + procedure()["cases"][:1]),
        f"{P}: cases: hai trường hợp trùng id. Đổi một id.",
    ),
    "a day that does not exist": (
        with_procedure(checked_on="2026-02-30"),
        f"{P}: checked_on: “2026-02-30” không phải ngày giờ hợp lệ. "
        "Viết như 2026-11-21 hoặc 07:30.",
    ),
    "an unquoted day that does not exist": (
        with_text(P, "id: dang-ky-tam-tru\nchecked_on: 2026-02-30\n"),
        f"{P}: không đọc được YAML",
    ),
    "a day written the Vietnamese way": (
        with_procedure(checked_on="21/11/2026"),
        f"{P}: checked_on: “21/11/2026” không phải ngày giờ hợp lệ. "
        "Viết như 2026-11-21 hoặc 07:30.",
    ),
    "an end before the start": (
        with_fee(effective_from="2026-02-01", effective_to="2026-01-31"),
        f"{P}: fees.0: effective_to đứng trước effective_from",
    ),
    "a related record that is not there": (
        with_procedure(related=["dang-ky-thuong-tru"]),
        f"{P}: related: không có hồ sơ nào mang id “dang-ky-thuong-tru”.",
    ),
    "a scope of another form": (
        with_procedure(scope="Đà Nẵng"),
        f"{P}: scope: “Đà Nẵng” sai dạng",
    ),
    "a province that no commune is in": (
        with_procedure(scope="province:da-nag"),
        f"{P}: scope: không có xã nào thuộc “province:da-nag”. Có phải “province:da-nang”?",
    ),
    "a web address that is none": (
        with_procedure(forms=[{"name": "Tờ khai", "link": "dichvucong", "source": "luat"}]),
        f"{P}: forms.0.link: “dichvucong” không phải địa chỉ web. Viết đủ, như https://…",
    ),
    "a text where a list belongs": (
        with_procedure(steps="Nộp hồ sơ"),
        f"{P}: steps: phải là danh sách, mỗi mục một dòng bắt đầu bằng “- ”.",
    ),
    "a text where fields belong": (
        with_procedure(summary="Báo nơi ở"),
        f"{P}: summary: phải có các trường con, đang là 'Báo nơi ở'.",
    ),
    "an overlay of nothing, without most fields": (
        lambda folder: put(
            folder,
            "procedures/residence/tach-ho.da-nang.yaml",
            {"id": "tach-ho", "scope": "province:da-nang", "title": "Tách hộ"},
        ),
        "procedures/residence/tach-ho.da-nang.yaml: questions: thiếu. Thêm `questions:`.",
    ),
    "two guide sections with one id": (
        lambda folder: put(folder, GUIDE, guide(sections=guide()["sections"] * 2)),
        f"{GUIDE}: sections: hai mục trùng id. Đổi một id.",
    ),
    "an unquoted commune code": (
        lambda folder: put(folder, COMMUNE, commune(code=20314)),
        f"{COMMUNE}: code: phải là chữ, đang là 20314. Đặt trong dấu ngoặc kép.",
    ),
    "a commune hotline with an unknown source": (
        lambda folder: put(folder, COMMUNE, commune(hotlines=[{"text": "1022 xã", "source": "q"}])),
        f"{COMMUNE}: hotlines.0: nguồn “q” không có trong sources.",
    ),
    "hours that end before they begin": (
        lambda folder: put(
            folder, COMMUNE, commune(counters=[counter_open("mon", "11:30", "07:30")])
        ),
        f"{COMMUNE}: counters.0.opening_hours.shifts.0: closes phải sau opens",
    ),
    "an hour that does not exist": (
        lambda folder: put(
            folder, COMMUNE, commune(counters=[counter_open("mon", "07:30", "25:00")])
        ),
        f"{COMMUNE}: counters.0.opening_hours.shifts.0.closes: “25:00” không phải ngày giờ hợp lệ. "
        "Viết như 2026-11-21 hoặc 07:30.",
    ),
    "a legal text without its number": (
        lambda folder: put(folder, ENDED, [ended_text(number=None)]),
        f"{ENDED}: 0.number: thiếu. Thêm `number:`.",
    ),
    "a legal text that ended before it was issued": (
        lambda folder: put(folder, ENDED, [ended_text(issued="2026-08-01")]),
        f"{ENDED}: 0: ended_on đứng trước issued",
    ),
    "a legal text twice in the register": (
        lambda folder: put(folder, ENDED, [ended_text(), ended_text(number="55/2021/tt–bca")]),
        f"{ENDED}: 1.number: “55/2021/tt–bca” đã có trong danh mục văn bản.",
    ),
    "ended texts that are no list": (
        lambda folder: put(folder, ENDED, ended_text()),
        f"{ENDED}: phải là danh sách văn bản, mỗi mục bắt đầu bằng “- number:”.",
    ),
    "a file that would not be read": (
        lambda folder: put(folder, "procedures/residence/tach-ho.yml", procedure(id="tach-ho")),
        "procedures/residence/tach-ho.yml: không được đọc. Tệp nội dung nằm trong communes, "
        "guides, legal_texts, official, procedures và có đuôi .yaml.",
    ),
    "a folder that would not be read": (
        lambda folder: put(folder, "procedure/tach-ho.yaml", procedure(id="tach-ho")),
        "procedure/tach-ho.yaml: không được đọc. Tệp nội dung nằm trong communes, "
        "guides, legal_texts, official, procedures và có đuôi .yaml.",
    ),
}


def counter_open(day: str, opens: str, closes: str) -> dict[str, Any]:
    shift = {"days": [day], "opens": opens, "closes": closes}
    return {
        "kind": "one_stop",
        "name": "Trung tâm",
        "opening_hours": {"shifts": [shift], "source": "xa"},
    }


@pytest.mark.parametrize(("breaks", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_a_bad_file_is_refused_by_a_message_with_its_name_its_field_and_the_mend(
    folder: Path, breaks: Break, message: str
) -> None:
    breaks(folder)

    said = refused(folder)

    assert any(line.startswith(message) for line in said), said


def test_one_fault_is_told_once(folder: Path) -> None:
    with_fee(source=...)(folder)
    put(
        folder,
        "procedures/residence/dang-ky-tam-tru.da-nang.yaml",
        {"id": "dang-ky-tam-tru", "scope": "province:da-nang", "title": "Đăng ký tạm trú"},
    )

    said = refused(folder)

    assert said == [BROKEN["a fee without source"][1]]


def test_every_fault_of_every_file_is_told_at_once(folder: Path) -> None:
    with_fee(source=...)(folder)
    put(folder, GUIDE, guide(titel="Mức đóng"))
    (folder / COMMUNE).write_bytes(b"")

    said = refused(folder)

    assert {line.split(":")[0] for line in said} == {PROCEDURE, GUIDE, COMMUNE}


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_a_folder_without_content_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()

    said = refused(tmp_path / name)

    assert said == [
        f"{tmp_path / name}: không có tệp nội dung nào. Kiểm tra đường dẫn (CONTENT_DIR)."
    ]


def test_good_content_passes_and_is_counted(folder: Path) -> None:
    result = CliRunner().invoke(app, ["knowledge", "check", str(folder)])

    assert result.exit_code == 0
    assert "Đạt: 2 hồ sơ, 1 xã" in result.stdout


def test_a_file_saved_by_windows_notepad_is_read(folder: Path) -> None:
    path = folder / PROCEDURE
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))

    catalogue = read_content(folder)

    assert ("dang-ky-tam-tru", "national") in catalogue.records


def test_a_law_that_ends_later_may_still_be_cited(folder: Path) -> None:
    with_basis("15/2019/TT-BCA", effective_to="2026-11-21")(folder)

    catalogue = read_content(folder)

    assert catalogue.records["dang-ky-tam-tru", "national"].legal_basis


PROVINCE = "province:da-nang"
OVERLAY = "procedures/residence/dang-ky-tam-tru.da-nang.yaml"
COMMUNE_OVERLAY = "procedures/residence/dang-ky-tam-tru.hoa-tien.yaml"


def overlay(scope: str, **fields: object) -> dict[str, object]:
    return {"id": "dang-ky-tam-tru", "scope": scope, **fields}


def of(record: Procedure | Guide | None) -> Procedure:
    assert isinstance(record, Procedure)
    return record


def test_a_provinces_version_replaces_whole_fields_and_keeps_the_others(folder: Path) -> None:
    free = {"amount": 0, "source": "nq"}
    source = {"kind": "gazette", "publisher": "HĐND", "title": "NQ 1", "seen_on": "2026-11-21"}
    put(folder, OVERLAY, overlay(PROVINCE, fees=[free], sources={"nq": source}))

    catalogue = read_content(folder)

    national = of(catalogue.records["dang-ky-tam-tru", "national"])
    province = of(catalogue.records["dang-ky-tam-tru", PROVINCE])
    assert [fee.amount for fee in national.fees or ()] == [15000, 7000]
    assert [fee.amount for fee in province.fees or ()] == [0]
    assert province.dossier == national.dossier
    assert set(province.sources) == {"luat", "phi", "nq"}


def test_a_narrower_versions_questions_are_added_to_the_wider_ones(folder: Path) -> None:
    asked = {"text": "ở Đà Nẵng tạm trú miễn phí không", "section": "fee"}
    put(folder, OVERLAY, overlay(PROVINCE, questions=[asked]))

    catalogue = read_content(folder)

    province = catalogue.records["dang-ky-tam-tru", PROVINCE]
    assert [question.text for question in province.questions][-1] == asked["text"]
    assert len(province.questions) == 7
    assert len(catalogue.records["dang-ky-tam-tru", "national"].questions) == 6


def test_a_communes_version_lies_over_its_provinces_version(folder: Path) -> None:
    put(folder, COMMUNE_OVERLAY, overlay("commune:hoa-tien", title="Tạm trú ở Hòa Tiến"))
    put(folder, OVERLAY, overlay(PROVINCE, aliases=["tạm trú Đà Nẵng"]))
    put(folder, "communes/da-nang/ba-na.yaml", commune(id="ba-na", code="20308", name="Bà Nà"))

    catalogue = read_content(folder)

    here = catalogue.for_commune("hoa-tien")["dang-ky-tam-tru"]
    there = catalogue.for_commune("ba-na")["dang-ky-tam-tru"]
    assert (here.title, here.aliases) == ("Tạm trú ở Hòa Tiến", ("tạm trú Đà Nẵng",))
    assert (there.title, there.aliases) == ("Đăng ký tạm trú", ("tạm trú Đà Nẵng",))


def test_another_provinces_version_does_not_apply(folder: Path) -> None:
    put(folder, OVERLAY, overlay("province:hue", title="Tạm trú ở Huế"))
    elsewhere = commune(id="phu-bai", code="19999", name="Phú Bài", province="hue")
    put(folder, "communes/hue/phu-bai.yaml", elsewhere)

    catalogue = read_content(folder)

    assert catalogue.for_commune("hoa-tien")["dang-ky-tam-tru"].title == "Đăng ký tạm trú"
    assert catalogue.for_commune("phu-bai")["dang-ky-tam-tru"].title == "Tạm trú ở Huế"


def test_where_a_provinces_version_has_ended_the_national_one_applies(folder: Path) -> None:
    put(folder, OVERLAY, overlay(PROVINCE, title="Tạm trú cũ", effective_to="2026-10-31"))
    catalogue = read_content(folder)

    before = catalogue.in_force(date(2026, 10, 31)).for_commune("hoa-tien")
    after = catalogue.in_force(date(2026, 11, 1)).for_commune("hoa-tien")

    assert before["dang-ky-tam-tru"].title == "Tạm trú cũ"
    assert after["dang-ky-tam-tru"].title == "Đăng ký tạm trú"


def test_a_record_holds_from_its_first_day_to_its_last(folder: Path) -> None:
    with_procedure(effective_from="2026-07-01", effective_to="2026-12-31")(folder)
    catalogue = read_content(folder)

    held = {
        day: ("dang-ky-tam-tru", "national") in catalogue.in_force(day).records
        for day in (date(2026, 6, 30), date(2026, 7, 1), date(2026, 12, 31), date(2027, 1, 1))
    }

    assert list(held.values()) == [False, True, True, False]


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        pytest.param(datetime(2026, 11, 23, 7, 29), False, id="Monday, a minute too early"),
        pytest.param(datetime(2026, 11, 23, 7, 30), True, id="Monday, at opening"),
        pytest.param(datetime(2026, 11, 23, 11, 30), False, id="Monday, at closing"),
        pytest.param(datetime(2026, 11, 23, 13, 30), True, id="Monday afternoon"),
        pytest.param(datetime(2026, 11, 24, 13, 30), False, id="Tuesday afternoon"),
        pytest.param(datetime(2026, 11, 21, 9, 0), False, id="Saturday"),
    ],
)
def test_a_counter_is_open_in_its_hours_only(moment: datetime, is_open: bool) -> None:
    counter = Commune.model_validate(commune()).counters[0]

    assert counter.opening_hours is not None
    assert counter.opening_hours.open_at(moment) is is_open


def test_all_problems_travel_in_the_error(folder: Path) -> None:
    with_fee(source=...)(folder)

    with pytest.raises(ContentError) as refusal:
        read_content(folder)

    (problem,) = refusal.value.problems
    assert (problem.place, problem.field) == (PROCEDURE, "fees.0.source")
