"""A document laid beside a record: exactly what it says differently is found, and where."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ingest.documents import compare as module
from ingest.documents.about import Why, guesses
from ingest.documents.amend import Published, amended, source_key
from ingest.documents.blocks import (
    Block,
    Document,
    DocumentFormat,
    Heading,
    Items,
    Paragraph,
    Table,
)
from ingest.documents.child import page_pictures, read_document
from ingest.documents.compare import Change, Comparison, Finding, compare
from ingest.documents.letterhead import Letterhead, TextKind, letterhead_of, source_kind_of
from ingest.documents.limits import Limits
from ingest.documents.said import said_in
from knowledge_base.difference import differences
from knowledge_base.procedure import Fee, Procedure
from knowledge_base.source import SourceKind
from tests.ingest.documents import made
from tests.service import release, release_edition
from tests.thorough import mostly_thorough

TODAY = date(2026, 11, 23)
SOURCE = {
    "kind": "secondary",
    "publisher": "UBND xã",
    "title": "Thông báo",
    "seen_on": "2026-11-23",
}
RESIDENCE = "dang-ky-tam-tru"


def procedure(name: str = RESIDENCE) -> Procedure:
    return next(one for one in made.chosen() if one.id == name)


def published(name: str = RESIDENCE) -> dict[str, Any]:
    """The record in the form of content files, as revisions hold it."""
    body = next(body for body in release().bodies if body.id == name and body.scope == "national")
    data: dict[str, Any] = json.loads(json.dumps(dict(body.data)))
    return data


def with_fee(one: Procedure, before: int, after: int) -> Procedure:
    fees = tuple(
        fee.model_copy(update={"amount": after}) if fee.amount == before else fee
        for fee in one.fees or ()
    )
    return one.model_copy(update={"fees": fees})


def compared(blocks: Sequence[Block], record: dict[str, Any] | None = None) -> Comparison:
    document = Document(DocumentFormat.DOCX, tuple(blocks))
    return compare(record or published(), said_in(document), document, letterhead_of(document))


def sure(comparison: Comparison) -> list[Finding]:
    return [one for one in comparison.findings if one.sure]


def differing(comparison: Comparison) -> list[Finding]:
    return [one for one in comparison.findings if one.change is not Change.GONE]


NOTICE: list[Block] = [
    Table(
        (
            ("ỦY BAN NHÂN DÂN\nXÃ HÒA TIẾN", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập – Tự do"),
            ("Số: 12/TB-UBND", "Hòa Tiến, ngày 15 tháng 11 năm 2026"),
        )
    ),
    Heading(1, "THÔNG BÁO"),
    Paragraph("Về việc điều chỉnh mức thu lệ phí đăng ký tạm trú nộp trực tuyến"),
    Paragraph("Căn cứ Nghị quyết số 45/2026/NQ-HĐND ngày 10/11/2026 của HĐND thành phố;"),
    Paragraph("1. Lệ phí nộp trực tuyến giảm từ 7.000 đồng/lần xuống còn 5.000 đồng/lần."),
    Paragraph("2. Mức thu này áp dụng từ ngày 01 tháng 12 năm 2026."),
]
RESOLUTION: list[Block] = [
    Paragraph("HỘI ĐỒNG NHÂN DÂN"),
    Paragraph("THÀNH PHỐ ĐÀ NẴNG"),
    Paragraph("Số: 45/2026/NQ-HĐND"),
    Paragraph("Đà Nẵng, ngày 10 tháng 11 năm 2026"),
    Heading(1, "NGHỊ QUYẾT"),
    Paragraph("Quy định mức thu lệ phí đăng ký cư trú trên địa bàn thành phố Đà Nẵng"),
    Paragraph("Điều 1. Mức thu"),
    Paragraph("Lệ phí đăng ký tạm trú nộp trực tuyến: 5.000 đồng/lần"),
    Paragraph("Điều 2. Nghị quyết này có hiệu lực thi hành từ ngày 20 tháng 11 năm 2026."),
]


# --- the fee


@pytest.mark.parametrize("layout", range(3))
def test_a_changed_fee_is_the_one_thing_that_differs(layout: int) -> None:
    changed = with_fee(procedure(), 7000, 5000)

    comparison = compared(made.form_of(changed, layout))

    (found,) = differing(comparison)
    assert found.sure
    assert (found.field, found.path) == ("fees", ("fees", 1))
    assert found.before is not None
    assert found.after == {**found.before, "amount": 5000}
    assert "5.000 đồng" in found.words
    assert len(comparison.same) >= 15


@pytest.mark.parametrize("name", mostly_thorough(made.CHOSEN))
@pytest.mark.parametrize("layout", range(3))
def test_a_document_that_says_the_same_changes_nothing(name: str, layout: int) -> None:
    comparison = compared(made.form_of(procedure(name), layout), published(name))

    assert sure(comparison) == []


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("Lệ phí nộp trực tuyến: 5.000 đồng/lần", ("fees", 1)),
        ("Lệ phí nộp trực tiếp: 20.000 đồng/lần", ("fees", 0)),
        ("Mức thu lệ phí qua Cổng Dịch vụ công quốc gia là 6.000đ/lần", ("fees", 1)),
        ("Lệ phí trực tuyến giảm từ 7.000 đồng xuống còn 5.000 đồng", ("fees", 1)),
        ("Lệ phí nộp trực tuyến: miễn lệ phí", None),
        ("Lệ phí: 5.000 đồng/người, theo danh sách, nộp trực tuyến", None),
        ("Xử phạt 500.000 đồng khi không đăng ký", None),
    ],
)
def test_a_line_outside_the_form_counts_where_it_names_fee_and_channel(
    line: str, path: tuple[str | int, ...] | None
) -> None:
    found = sure(compared([Paragraph("Thông báo về đăng ký tạm trú"), Paragraph(line)]))

    assert [one.path for one in found if one.field == "fees"] == ([path] if path else [])


def test_free_in_the_form_replaces_what_was_paid_through_that_channel() -> None:
    form: list[Block] = [
        Heading(2, "Lệ phí"),
        Items(("Trực tuyến: Miễn lệ phí", "Trực tiếp: 15.000 đồng/lần")),
    ]

    (found,) = sure(compared(form))

    assert found.after is not None
    assert (found.path, found.after["amount"]) == (("fees", 1), 0)


def test_who_pays_nothing_does_not_make_it_free_for_all() -> None:
    form: list[Block] = [
        Heading(2, "Lệ phí"),
        Items(("Người cao tuổi: miễn lệ phí khi nộp trực tuyến",)),
    ]

    assert [one.path for one in sure(compared(form))] == []


def test_a_fee_with_no_place_in_the_record_is_offered_and_not_taken() -> None:
    form: list[Block] = [Heading(2, "Lệ phí"), Items(("Cấp lại bản giấy: 9.000 đồng/bản",))]

    (found,) = differing(compared(form))

    assert found.change is Change.ADDED
    assert not found.sure
    assert found.doubts == (module.NEW,)


def test_several_alike_are_not_guessed_between() -> None:
    record = published()
    record["fees"] = [
        {"amount": 7000, "channel": "online", "label": "Hộ A", "source": "tt75"},
        {"amount": 8000, "channel": "online", "label": "Hộ B", "source": "tt75"},
    ]
    form: list[Block] = [Heading(2, "Lệ phí"), Paragraph("Trực tuyến: 5.000 đồng")]

    (found,) = differing(compared(form, record))

    assert module.SEVERAL in found.doubts


def test_what_the_form_does_not_mention_is_only_told() -> None:
    form: list[Block] = [Heading(2, "Lệ phí"), Items(("Trực tiếp: 15.000 đồng/lần",))]

    gone = [one for one in compared(form).findings if one.change is Change.GONE]

    assert ("fees", 1) in [one.path for one in gone]
    assert not any(one.sure for one in gone)


# --- the other fields


def test_a_changed_time_limit_is_found() -> None:
    form: list[Block] = [Heading(2, "Thời hạn giải quyết"), Paragraph("02 ngày làm việc")]

    (found,) = differing(compared(form))

    assert found.sure
    assert found.after is not None
    assert (found.path, found.after["amount"]) == (("time_limits", 0), 2)


def test_a_figure_is_compared_with_the_line_that_its_label_names() -> None:
    record = published()
    record["time_limits"] = [
        {"amount": 3, "unit": "working_day", "label": "Khai sinh", "source": "l30"},
        {"amount": 3, "unit": "working_day", "label": "Thẻ bảo hiểm y tế", "source": "l30"},
        {"amount": 5, "unit": "working_day", "label": "Thẻ căn cước", "source": "l30"},
    ]
    limits = Items(
        (
            "Khai sinh: 03 ngày làm việc",
            "Thẻ bảo hiểm y tế: 05 ngày làm việc",
            "Thẻ căn cước: 05 ngày làm việc",
        )
    )

    comparison = compared([Heading(2, "Thời hạn giải quyết"), limits], record)

    (found,) = comparison.findings
    assert found.sure
    assert found.after is not None
    assert (found.path, found.after["amount"]) == (("time_limits", 1), 5)


def test_given_at_once_replaces_days() -> None:
    form: list[Block] = [Heading(2, "Thời hạn giải quyết"), Paragraph("Giải quyết ngay trong ngày")]

    (found,) = differing(compared(form))

    assert found.after is not None
    assert found.after["unit"] == "at_once"
    assert "amount" not in found.after


def test_another_number_of_copies_and_another_form_are_found() -> None:
    form: list[Block] = [
        Heading(2, "Thành phần hồ sơ"),
        Items(("Tờ khai thay đổi thông tin cư trú (mẫu CT02): 02 bản chính",)),
    ]

    (found,) = [one for one in differing(compared(form)) if one.field == "dossier"]

    assert found.sure
    assert found.after is not None
    assert (found.after["form"], found.after["originals"]) == ("CT02", 2)


def test_a_new_paper_is_offered_in_its_case_and_not_taken() -> None:
    form: list[Block] = [
        Heading(2, "Thành phần hồ sơ"),
        Paragraph("Trường hợp 1: Nhà của mình:"),
        Items(("Bản vẽ mặt bằng ngôi nhà: 01 bản sao",)),
        Paragraph("Trường hợp 2: Thuê, mượn nhà hoặc ở nhờ:"),
        Items(("Hợp đồng hoặc giấy cho thuê, cho mượn, cho ở nhờ: 01 bản chính",)),
    ]

    (found,) = [one for one in differing(compared(form)) if one.field == "dossier"]

    assert (found.change, found.path) == (Change.ADDED, ("cases", 1, "dossier"))
    assert not found.sure


def test_a_legal_text_of_another_date_and_a_new_one_are_found() -> None:
    form: list[Block] = [
        Heading(2, "Căn cứ pháp lý"),
        Items(
            (
                "Thông tư số 75/2022/TT-BTC ngày 23/12/2022 về lệ phí đăng ký cư trú",
                "Nghị định số 200/2026/NĐ-CP ngày 01/10/2026 về cư trú",
                "Luật Cư trú số 68/2020/QH14 ngày 13/11/2020",
            )
        ),
    ]

    found = [one for one in differing(compared(form)) if one.field == "legal_basis"]

    assert [(one.change, (one.after or {})["number"], one.sure) for one in found] == [
        (Change.CHANGED, "75/2022/TT-BTC", True),
        (Change.ADDED, "200/2026/NĐ-CP", False),
    ]


# --- what the document says of itself


def test_a_notice_tells_its_number_date_issuer_subject_and_effect() -> None:
    head = letterhead_of(Document(DocumentFormat.DOCX, tuple(NOTICE)))

    assert head == Letterhead(
        TextKind.NOTICE,
        "12/TB-UBND",
        "Ủy ban nhân dân xã Hòa Tiến",
        "điều chỉnh mức thu lệ phí đăng ký tạm trú nộp trực tuyến",
        date(2026, 11, 15),
        date(2026, 12, 1),
    )
    assert not head.is_normative


def test_a_form_of_a_procedure_claims_no_number_of_its_own() -> None:
    for layout in range(3):
        blocks = made.form_of(procedure(), layout)

        assert letterhead_of(Document(DocumentFormat.DOCX, tuple(blocks))) == Letterhead()


@pytest.mark.parametrize(
    ("file", "blocks", "kind"),
    [
        (DocumentFormat.PDF, RESOLUTION, SourceKind.GAZETTE),
        (DocumentFormat.IMAGE, RESOLUTION, SourceKind.GAZETTE),
        (DocumentFormat.DOCX, RESOLUTION, SourceKind.SECONDARY),
        (DocumentFormat.PDF, NOTICE, SourceKind.SECONDARY),
    ],
)
def test_only_a_signed_text_counts_as_one(
    file: DocumentFormat, blocks: list[Block], kind: SourceKind
) -> None:
    document = Document(file, tuple(blocks))

    assert source_kind_of(document, letterhead_of(document)) is kind


def test_a_resolution_is_itself_the_new_legal_basis() -> None:
    found = sure(compared(RESOLUTION))

    assert [(one.field, one.change) for one in found] == [
        ("fees", Change.CHANGED),
        ("legal_basis", Change.ADDED),
    ]
    assert found[1].after == {
        "number": "45/2026/NQ-HĐND",
        "name": "Nghị quyết quy định mức thu lệ phí đăng ký cư trú trên địa bàn thành phố Đà Nẵng",
        "issued": "2026-11-10",
        "effective_from": "2026-11-20",
    }


def test_what_a_notice_rests_on_is_offered_and_not_taken() -> None:
    (found,) = [one for one in compared(NOTICE).findings if one.field == "legal_basis"]

    assert found.after is not None
    assert found.after["number"] == "45/2026/NQ-HĐND"
    assert not found.sure


# --- the draft


def record_in(scope: str, own: dict[str, Any] | None = None) -> Published:
    whole = published()
    merged = {**whole, **(own or {})}
    return Published(RESIDENCE, scope, None if scope == "national" else whole, own, merged)


def merged_with(whole: dict[str, Any], narrower: dict[str, Any]) -> dict[str, Any]:
    return {**whole, **narrower, "sources": {**whole["sources"], **narrower["sources"]}}


def test_a_commune_draft_holds_only_the_changed_fee_its_source_and_the_day() -> None:
    changed = with_fee(procedure(), 7000, 5000)
    chosen = sure(compared(made.form_of(changed, 0)))

    draft = amended(record_in("commune:hoa-tien"), chosen, SOURCE, "tb-12", TODAY)

    assert set(draft) == {"id", "scope", "fees", "sources", "checked_on"}
    assert (draft["id"], draft["scope"]) == (RESIDENCE, "commune:hoa-tien")
    whole = published()
    told = differences(whole, merged_with(whole, draft))
    assert {one.path for one in told if not one.provenance} == {"fees.1.amount", "scope"}
    assert draft["fees"][1]["source"] == "tb-12"
    assert draft["fees"][0] == whole["fees"][0]
    assert Procedure.model_validate(merged_with(whole, draft)).fees is not None


def test_a_national_draft_is_the_whole_record_with_that_fee() -> None:
    chosen = sure(compared(made.form_of(with_fee(procedure(), 7000, 5000), 1)))

    draft = amended(record_in("national"), chosen, SOURCE, "tb-12", TODAY)

    told = [one.path for one in differences(published(), draft) if not one.provenance]
    assert told == ["fees.1.amount"]
    assert Procedure.model_validate(draft).checked_on == TODAY


def test_what_a_commune_had_changed_before_stays() -> None:
    own = {
        "id": RESIDENCE,
        "scope": "commune:hoa-tien",
        "time_limits": [{"amount": 2, "unit": "working_day", "source": "cu"}],
        "sources": {"cu": SOURCE},
    }
    chosen = sure(compared(NOTICE))

    draft = amended(record_in("commune:hoa-tien", own), chosen, SOURCE, "moi", date(2026, 12, 2))

    assert draft["time_limits"] == own["time_limits"]
    assert set(draft["sources"]) == {"cu", "moi"}
    assert draft["fees"][1]["amount"] == 5000


def test_what_holds_from_a_day_to_come_stands_beside_what_holds_until_then() -> None:
    chosen = sure(compared(NOTICE))

    draft = amended(record_in("commune:hoa-tien"), chosen, SOURCE, "tb-12", TODAY)

    before, after = draft["fees"][1:3]
    assert (before["amount"], before["effective_to"]) == (7000, "2026-11-30")
    assert (after["amount"], after["effective_from"]) == (5000, "2026-12-01")
    fees = Procedure.model_validate(merged_with(published(), draft)).fees or ()

    def online(day: date) -> list[Fee]:
        return [one for one in fees if one.channel == "online" and one.in_force(day)]

    assert [one.amount for one in online(date(2026, 11, 30))] == [7000]
    assert [one.amount for one in online(date(2026, 12, 1))] == [5000]


def test_what_holds_already_replaces_and_says_since_when() -> None:
    chosen = sure(compared(RESOLUTION))

    draft = amended(record_in("province:da-nang"), chosen, SOURCE, "nq-45", TODAY)

    assert [fee["amount"] for fee in draft["fees"][:2]] == [15000, 5000]
    assert draft["fees"][1]["effective_from"] == "2026-11-20"
    assert draft["legal_basis"][-1]["number"] == "45/2026/NQ-HĐND"
    assert Procedure.model_validate(merged_with(published(), draft))


def test_additions_and_removals_of_one_list_do_not_disturb_each_other() -> None:
    def finding(change: Change, path: tuple[str | int, ...], amount: int) -> Finding:
        whole = published()
        before = whole["fees"][path[1]] if len(path) > 1 else None
        after = None if change is Change.GONE else {"amount": amount, "label": "Mới"}
        return Finding(f"{path}", "fees", change, path, before, after, "", True)

    chosen = [
        finding(Change.GONE, ("fees", 0), 0),
        finding(Change.CHANGED, ("fees", 1), 1),
        finding(Change.GONE, ("fees", 3), 0),
        finding(Change.ADDED, ("fees",), 9),
    ]

    draft = amended(record_in("national"), chosen, SOURCE, "k", TODAY)

    assert [fee["amount"] for fee in draft["fees"]] == [1, 0, 9]


def test_the_record_that_is_published_is_left_as_it_is() -> None:
    record = record_in("national")
    before = json.dumps(record.merged)

    amended(record, sure(compared(NOTICE)), SOURCE, "k", TODAY)

    assert json.dumps(record.merged) == before


def test_a_source_gets_a_key_of_its_own() -> None:
    assert source_key({}, "45/2026/NQ-HĐND", "a.docx") == "45-2026-nq-hdnd"
    assert source_key({"a-docx": 1, "a-docx-2": 1}, None, "a.docx") == "a-docx-3"


# --- which record


def nobody_near(_text: str) -> dict[str, float]:
    return {}


def first_guess(blocks: Sequence[Block], name: str = "tep.docx") -> tuple[str, Why]:
    document = Document(DocumentFormat.DOCX, tuple(blocks))
    records = release_edition().scope("hoa-tien").records
    found = guesses(document, letterhead_of(document), name, records, nobody_near)
    return found[0].record_id, found[0].why


@pytest.mark.parametrize("name", mostly_thorough(made.CHOSEN, 2))
def test_the_national_code_names_the_record(name: str) -> None:
    one = procedure(name)
    if one.code is None:
        pytest.skip("has no code")

    assert first_guess(made.form_of(one, 1)) == (name, Why.CODE)


@pytest.mark.parametrize("name", mostly_thorough(made.CHOSEN, 2))
def test_without_a_code_the_title_names_it(name: str) -> None:
    one = procedure(name).model_copy(update={"code": None})

    assert first_guess(made.form_of(one, 1)) == (name, Why.TITLE)


@pytest.mark.parametrize(
    ("subject", "record"),
    [
        ("điều chỉnh lệ phí đăng ký tạm trú nộp trực tuyến", "dang-ky-tam-tru"),
        ("thay đổi thủ tục xóa đăng ký tạm trú", "xoa-dang-ky-tam-tru"),
        ("mức thu lệ phí gia hạn tạm trú", "gia-han-tam-tru"),
        ("thời hạn đăng ký khai tử tại xã", "dang-ky-khai-tu"),
    ],
)
def test_a_notice_is_about_the_longest_title_in_its_subject(subject: str, record: str) -> None:
    assert first_guess([Heading(1, "THÔNG BÁO"), Paragraph(f"Về việc {subject}")])[0] == record


def test_what_is_near_in_meaning_alone_is_offered_too() -> None:
    document = Document(DocumentFormat.DOCX, (Paragraph("Ở trọ phải báo với ai"),))
    records = release_edition().scope("hoa-tien").records

    found = guesses(
        document,
        Letterhead(),
        "a.docx",
        records,
        lambda text: {"dang-ky-ket-hon": 0.8, "khong-co": 0.9, "dang-ky-khai-tu": 0.1},
    )

    assert ("dang-ky-ket-hon", Why.MEANING) in [(one.record_id, one.why) for one in found]
    assert {"khong-co", "dang-ky-khai-tu"}.isdisjoint(one.record_id for one in found)


# --- the same out of real files

Writer = Callable[[Sequence[Block], Path], None]


@pytest.mark.parametrize(
    ("write", "suffix"),
    [
        (made.as_docx, ".docx"),
        (made.as_pdf, ".pdf"),
        (made.as_xlsx, ".xlsx"),
        (made.as_html, ".html"),
    ],
)
def test_a_file_of_any_format_says_the_changed_fee(
    tmp_path: Path, write: Writer, suffix: str
) -> None:
    path = tmp_path / f"bieu-mau{suffix}"
    write(made.form_of(with_fee(procedure(), 7000, 5000), 0), path)
    document = read_document(path, Limits(seconds=60))

    comparison = compare(published(), said_in(document), document, letterhead_of(document))

    (found,) = sure(comparison)
    assert found.after is not None
    assert (found.path, found.after["amount"]) == (("fees", 1), 5000)


def test_a_photograph_is_compared_and_nothing_of_it_is_taken_unseen(
    tmp_path: Path, tesseract: None
) -> None:
    (photo,) = made.as_photos(NOTICE, tmp_path / "anh", seed=2)
    document = read_document(photo, Limits(seconds=120))

    comparison = compare(published(), said_in(document), document, letterhead_of(document))

    (found,) = [one for one in comparison.findings if one.field == "fees"]
    assert found.after is not None
    assert (found.path, found.after["amount"]) == (("fees", 1), 5000)
    assert found.doubts[0] == module.FROM_PICTURE
    assert sure(comparison) == []


# --- pictures of pages and progress


def test_the_first_pages_of_a_pdf_are_painted_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    made.as_pdf(made.form_of(procedure(), 0), path)

    pictures = page_pictures(path, Limits(seconds=60, max_pictures=2))

    assert len(pictures) == 2
    assert all(picture.startswith(b"\xff\xd8\xff") for picture in pictures)


def test_a_word_file_has_no_pictures(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    made.as_docx(NOTICE, path)

    assert page_pictures(path, Limits(seconds=60)) == []


def test_reading_tells_how_many_pages_are_done_and_can_be_ended(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    made.as_pdf(made.form_of(procedure(), 0) * 12, path)
    seen: list[tuple[int, int]] = []

    def watch(done: int, pages: int) -> None:
        seen.append((done, pages))
        if pages:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_document(path, Limits(seconds=120), watch)

    assert 0 <= seen[-1][0] < seen[-1][1]
