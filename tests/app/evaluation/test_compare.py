from __future__ import annotations

import pytest

from app.evaluation.compare import (
    Compared,
    Difference,
    NothingInCommonError,
    compare_reports,
    compared_markdown,
    compared_sheets,
)
from app.evaluation.judge import Judged, Outcome
from app.evaluation.report import summarise
from tests.app.evaluation.rows import SUBJECT, judged, missed, refused, unanswerable


def compared(first: list[Judged], second: list[Judged]) -> Compared:
    return compare_reports(summarise(SUBJECT, first), summarise(SUBJECT, second))


def difference(found: Compared, name: str, kind: str = "") -> Difference:
    return next(one for one in found.differences if (one.name, one.kind) == (name, kind))


def test_questions_are_compared_one_by_one() -> None:
    ids = "abcdefghij"
    first = [judged(id) for id in ids[:2]] + [missed(id) for id in ids[2:]]
    second = [missed("a"), *(judged(id) for id in ids[1:])]

    found = compared(first, second)

    hit = difference(found, "hit@1")
    assert (hit.first, hit.second, hit.of) == (0.2, 0.9, 10)
    assert (hit.only_first, hit.only_second) == (1, 8)
    assert hit.p == pytest.approx(2 * (1 + 9) / 512)
    assert hit.low < hit.difference < hit.high
    ranks = difference(found, "MRR")
    assert ranks.difference == pytest.approx((8 * 0.5 - 0.5) / 10)
    assert ranks.low > 0 and ranks.p < 0.05


def test_the_same_answers_do_not_differ() -> None:
    rows = [judged("a"), missed("b"), unanswerable("c")]

    found = compared(rows, rows)

    assert all(one.difference == 0 and one.p == 1 for one in found.differences)
    assert found.changes == ()


def test_only_what_both_were_asked_is_compared() -> None:
    found = compared(
        [judged("a"), judged("b"), judged("c", question="cũ")],
        [judged("a"), judged("c", question="mới"), judged("d")],
    )

    assert (found.shared, found.only_in_first, found.only_in_second) == (1, 2, 2)


def test_reports_of_other_questions_cannot_be_compared() -> None:
    with pytest.raises(NothingInCommonError):
        compared([judged("a")], [judged("b")])


def test_kinds_and_abstentions_have_figures_of_their_own() -> None:
    found = compared(
        [judged("a"), missed("b", kind="typo"), unanswerable("u", Outcome.ASKED_BACK)],
        [judged("a"), judged("b", kind="typo"), unanswerable("u")],
    )

    assert difference(found, "hit@1", "typo").difference == 1
    assert difference(found, "hit@1", "plain").difference == 0
    assert difference(found, "biết từ chối").only_second == 1


def test_derived_rows_count_in_their_own_kind_only() -> None:
    found = compared(
        [judged("a"), judged("a1", kind="stripped", derived=True)],
        [judged("a"), missed("a1", kind="stripped", derived=True)],
    )

    assert difference(found, "hit@1").of == 1
    assert difference(found, "hit@1", "stripped").difference == -1


def test_every_question_that_changed_is_listed_on_its_side() -> None:
    page = compared_markdown(
        compared([judged("a"), refused("b", ranking=())], [missed("a"), judged("b")])
    )

    better, worse = page.split("## A đúng, B sai (1)")
    assert "B đúng, A sai (1)" in better
    assert "`b`" in better and "A: không tìm; B: nuoi-ong" in better
    assert "`a`" in worse and "A: nuoi-ong; B: gia-ve-dieu" in worse


def test_tables_are_whole() -> None:
    for sheet in compared_sheets(compared([judged("a")], [missed("a")])):
        assert all(len(line) == len(sheet.headings) for line in sheet.lines)
