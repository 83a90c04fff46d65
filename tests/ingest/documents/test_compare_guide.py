"""A document laid beside a guide: each section that it says differently is found, no other."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from ingest.documents.amend import Published, amended
from ingest.documents.blocks import (
    Block,
    Document,
    DocumentFormat,
    Heading,
    Items,
    Paragraph,
    Table,
)
from ingest.documents.compare import FROM_PICTURE, NEW, NOT_SAID, Change, Comparison
from ingest.documents.compare_guide import ANSWER_KEPT, BY_WORDS, NO_BODY, compare_sections
from knowledge_base.guide import Guide
from knowledge_base.record import RecordKind
from tests.service import release

Data = dict[str, Any]
TODAY = date(2026, 11, 23)
SOURCE = {
    "kind": "secondary",
    "publisher": "UBND xã",
    "title": "Thông báo",
    "seen_on": "2026-11-23",
}
CERTIFIED = "chung-thuc-o-xa-lam-gi-phi-bao-nhieu"
GUIDES = [
    body for body in release().bodies if body.kind is RecordKind.GUIDE and body.scope == "national"
]


def published(name: str = CERTIFIED) -> Data:
    """A guide of the release in the form of content files."""
    body = next(body for body in GUIDES if body.id == name)
    data: Data = json.loads(json.dumps(dict(body.data)))
    return data


def written(guide: Data, *, recognised: bool = False) -> Document:
    """The guide as an office writes it: numbered headings, lines of a section as a table."""
    blocks: list[Block] = [Heading(1, guide["title"])]
    for number, section in enumerate(guide["sections"], 1):
        blocks.append(Heading(2, f"{number}. {section['heading']}"))
        blocks.append(Paragraph(section["answer"]))
        if section.get("entries"):
            rows = ((one["label"], one["text"]) for one in section["entries"])
            blocks.append(Table((("Loại", "Mức thu"), *rows)))
        if section.get("body"):
            blocks.append(Paragraph(section["body"]))
    return Document(DocumentFormat.DOCX, tuple(blocks), recognised=recognised)


def compared(change: Callable[[Data], object], **how: bool) -> tuple[Data, Comparison]:
    """The guide, and what a document says differently after a change of its text."""
    guide = published()
    other = copy.deepcopy(guide)
    change(other)
    return guide, compare_sections(guide, written(other, **how))


@pytest.mark.parametrize("body", GUIDES, ids=lambda body: body.id)
def test_a_guide_beside_its_own_text_differs_in_nothing(body: Any) -> None:
    guide = json.loads(json.dumps(dict(body.data)))

    found = compare_sections(guide, written(guide))

    assert found.findings == ()
    assert len(found.same) == len(guide["sections"])


def new_line(guide: Data) -> None:
    guide["sections"][0]["entries"][4]["text"] = "Chứng thực di chúc thu 60.000 đồng một di chúc."


def test_a_changed_line_is_found_in_its_section_and_nothing_else_is_touched() -> None:
    guide, found = compared(new_line)

    (one,) = found.findings
    assert (one.change, one.path, one.sure) == (Change.CHANGED, ("sections", 0), True)
    assert one.words == one.case == guide["sections"][0]["heading"]
    wanted = copy.deepcopy(guide["sections"][0])
    wanted["entries"][4]["text"] = "Chứng thực di chúc thu 60.000 đồng một di chúc."
    wanted.pop("source")
    assert one.after == wanted
    assert len(found.same) == len(guide["sections"]) - 1


def test_a_changed_answer_keeps_what_questions_point_at() -> None:
    def change(guide: Data) -> None:
        guide["sections"][2]["answer"] = "Đến bất kỳ xã nào trong cả nước."

    guide, found = compared(change)

    (one,) = found.findings
    assert one.after is not None
    assert one.after["answer"] == "Đến bất kỳ xã nào trong cả nước."
    for kept in ("id", "heading", "facet", "body"):
        assert one.after[kept] == guide["sections"][2][kept]


def test_a_section_under_another_heading_is_found_by_its_words_and_not_believed() -> None:
    def change(guide: Data) -> None:
        guide["sections"][2]["heading"] = "Nơi nhận hồ sơ"
        guide["sections"][2]["body"] += " Có thể hẹn giờ trước qua điện thoại."

    _, found = compared(change)

    (one,) = found.findings
    assert (one.path, one.sure, one.doubts) == (("sections", 2), False, (BY_WORDS,))


def test_what_is_new_and_what_is_not_spoken_of_is_for_a_person_to_decide() -> None:
    def change(guide: Data) -> None:
        guide["sections"][3] = {
            "heading": "Người cao tuổi",
            "answer": "Người từ 80 tuổi được cán bộ đến nhà.",
        }

    guide, found = compared(change)

    added, gone = found.findings
    assert (added.change, added.doubts, added.sure) == (Change.ADDED, (NEW,), False)
    assert added.after == {
        "id": "nguoi-cao-tuoi",
        "heading": "Người cao tuổi",
        "answer": "Người từ 80 tuổi được cán bộ đến nhà.",
    }
    assert (gone.change, gone.doubts, gone.sure) == (Change.GONE, (NOT_SAID,), False)
    assert gone.before == guide["sections"][3]


@pytest.mark.parametrize("level", [2, 3], ids=["bold like the others", "deeper"])
def test_a_heading_within_a_section_stays_in_it(level: int) -> None:
    guide = published()
    section = guide["sections"][2]
    section["body"] = "Xã nhận hồ sơ.\n\n## Hẹn trước\n\nGọi điện để hẹn giờ."
    document = Document(
        DocumentFormat.DOCX,
        (
            Heading(1, "Chứng thực"),
            Heading(2, section["heading"]),
            Paragraph(section["answer"]),
            Paragraph("Xã nhận hồ sơ."),
            Heading(level, "Hẹn trước"),
            Paragraph("Gọi điện để hẹn giờ."),
            Heading(2, guide["sections"][1]["heading"]),
            Paragraph(guide["sections"][1]["answer"]),
        ),
    )

    found = compare_sections(guide, document)

    assert found.findings == ()
    assert [one.words for one in found.same] == [
        section["heading"],
        guide["sections"][1]["heading"],
    ]


def test_a_notice_of_one_matter_does_not_tell_the_rest_as_gone() -> None:
    guide = published()
    notice = Document(
        DocumentFormat.DOCX,
        (
            Heading(1, "Thông báo"),
            Heading(2, guide["sections"][2]["heading"]),
            Paragraph("Chỉ nhận ở trụ sở thôn Cẩm Nê."),
        ),
    )

    found = compare_sections(guide, notice)

    assert [one.change for one in found.findings] == [Change.CHANGED]
    assert compare_sections(guide, Document(DocumentFormat.DOCX, ())).findings == ()


def test_lines_that_the_document_does_not_speak_of_stay_and_are_told() -> None:
    def change(guide: Data) -> None:
        new_line(guide)
        del guide["sections"][0]["entries"][1]

    guide, found = compared(change)

    (one,) = found.findings
    assert one.after is not None
    assert one.after["entries"][1] == guide["sections"][0]["entries"][1]
    assert one.doubts == ("Giữ nguyên 1 dòng không thấy trong văn bản: “Chữ ký, điểm chỉ”.",)
    assert one.after["source"] == guide["sections"][0]["source"]


def test_a_long_text_without_an_answer_keeps_the_answer_of_before() -> None:
    guide = published()
    long = " ".join(["Hồ sơ được nhận tại Trung tâm Phục vụ hành chính công của xã."] * 12)
    document = Document(
        DocumentFormat.DOCX,
        (
            Heading(1, "A"),
            Heading(2, guide["sections"][2]["heading"]),
            Items((long, "Mang bản chính.")),
        ),
    )

    (one,) = compare_sections(guide, document).findings

    assert one.after is not None
    assert one.after["answer"] == guide["sections"][2]["answer"]
    assert one.after["body"] == f"- {long}\n- Mang bản chính."
    assert ANSWER_KEPT in one.doubts
    assert one.after["source"] == guide["sections"][2]["source"]


def test_a_section_that_would_lose_its_text_is_not_ticked() -> None:
    def change(guide: Data) -> None:
        guide["sections"][2]["answer"] = "Đến bất kỳ xã nào trong cả nước."
        del guide["sections"][2]["body"]

    _, found = compared(change)

    assert [(one.sure, one.doubts) for one in found.findings] == [(False, (NO_BODY,))]


def test_what_was_read_from_a_picture_is_never_sure() -> None:
    _, found = compared(new_line, recognised=True)

    assert [one.doubts for one in found.findings] == [(FROM_PICTURE,)]


def test_what_was_taken_over_makes_a_guide_that_is_valid_and_names_its_source() -> None:
    def change(guide: Data) -> None:
        new_line(guide)
        guide["sections"].append({"heading": "Người cao tuổi", "answer": "Cán bộ đến nhà."})

    guide, found = compared(change)
    record = Published(CERTIFIED, "national", None, guide, guide)

    data = amended(record, found.findings, SOURCE, "tb-12", TODAY)

    made = Guide.model_validate(data)
    assert made.sections[0].entries[4].text.startswith("Chứng thực di chúc thu 60.000")
    assert data["sections"][0]["source"] == "tb-12"
    assert data["sections"][-1]["source"] == "tb-12"
    assert data["sections"][1:-1] == guide["sections"][1:]
    assert "tb-12" in data["sources"]
    untouched = amended(record, (), SOURCE, "tb-12", TODAY)
    assert untouched["sections"] == guide["sections"]
