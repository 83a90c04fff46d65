"""What the figures of a report count, on rows made up for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.evaluation.judge import Judged, Outcome
from app.evaluation.pictures import RELIABILITY, TRADE_OFF, draw
from app.evaluation.report import Loss, Report, ReportError, Target, read_report, summarise
from app.evaluation.rows import Sort
from app.evaluation.variants import STRIPPED
from app.evaluation.wording import markdown, sheets
from knowledge_base.record import Facet, Topic
from tests.app.evaluation.rows import SUBJECT, judged, missed, refused, unanswerable


def report_of(*rows: Judged) -> Report:
    return summarise(SUBJECT, rows)


def target(report: Report, name: str) -> Target:
    return next(one for one in report.targets if name in one.name)


def loss(report: Report, *kinds: str) -> Loss:
    return next(one for one in report.losses if one.kinds == kinds)


def test_ranks_and_outcomes_are_counted() -> None:
    report = report_of(
        judged("a"), judged("b"), missed("c"), refused("d", rank=4), judged("e", rank=3)
    )

    overall = report.overall
    assert (overall.hit1.count, overall.hit3.count, overall.rows) == (2, 4, 5)
    assert overall.mrr.value == pytest.approx((1 + 1 + 1 / 2 + 1 / 4 + 1 / 3) / 5)
    assert overall.outcomes[Outcome.RIGHT] == 3
    assert (overall.wrong.count, overall.refused.count) == (1, 1)


def test_facets_count_only_where_the_record_is_right() -> None:
    report = report_of(
        judged("a"),
        judged("b", facet=Facet.WHERE),
        judged("c", facet=Facet.WHERE, facets=(Facet.FEE, Facet.WHERE)),
        judged("d", outcome=Outcome.NOT_SAID),
        missed("e", facet=Facet.FEE),
        judged("f", facets=()),
    )

    assert (report.overall.facet.count, report.overall.facet.of) == (3, 4)


def test_facts_are_shared_out_over_all_rows_that_expect_some() -> None:
    report = report_of(
        judged("a", facts=("1", "2"), facts_shown=("1",), facts_in_text=()),
        missed("b", facts=("3",)),
    )

    overall = report.overall
    assert (overall.facts.count, overall.facts.of) == (1, 3)
    assert (overall.facts_in_text.count, overall.facts_when_right.of) == (0, 2)


def test_losses_are_taken_pair_by_pair() -> None:
    report = report_of(
        judged("a"),
        judged("b"),
        missed("c"),
        judged("d"),
        missed("a1", of="a", kind=STRIPPED, derived=True),
        judged("b1", of="b", kind=STRIPPED, derived=True),
        judged("c1", of="c", kind=STRIPPED, derived=True),
        missed("d1", of="d", kind=STRIPPED, derived=True),
        judged("t", kind="typo"),
    )

    found = loss(report, STRIPPED)
    assert (found.pairs, found.plain, found.other) == (4, 0.75, 0.5)
    assert found.points == pytest.approx(25)
    assert found.low < found.points < found.high
    assert found.p == pytest.approx(1.0)
    assert [one.kinds for one in report.losses] == [(STRIPPED,)]


def test_dialect_and_spoken_are_also_taken_together() -> None:
    report = report_of(
        judged("a"), judged("d", of="a", kind="dialect"), missed("s", of="a", kind="spoken")
    )

    together = loss(report, "dialect", "spoken")
    assert (together.pairs, together.points) == pytest.approx((2, 50))


def test_derived_rows_count_in_their_own_kind_only() -> None:
    report = report_of(judged("a"), missed("a1", of="a", kind=STRIPPED, derived=True))

    assert report.overall.rows == 1
    assert {group.name: group.hit1.value for group in report.by_kind} == {"plain": 1, STRIPPED: 0}
    assert report.calibration.of == 1


def test_asking_back_is_no_abstention() -> None:
    report = report_of(
        unanswerable("a"),
        unanswerable("b", kind="chat"),
        unanswerable("c", Outcome.ASKED_BACK),
        unanswerable("d", Outcome.WRONG),
        refused("e"),
        judged("f"),
        refused("g", outcome=Outcome.NOT_SAID),
    )

    found = report.abstention
    assert (found.recall.count, found.recall.of) == (2, 4)
    assert (found.precision.count, found.precision.of) == (2, 3)
    assert found.asked_back.count == 1
    assert found.by_kind["near-miss"].value == pytest.approx(1 / 3)
    assert (report.overall.refused.count, report.overall.refused.of) == (2, 3)


def test_emergencies_stand_apart_from_what_must_not_be_answered() -> None:
    report = report_of(
        unanswerable("a", kind="emergency", sort=Sort.STATUS),
        unanswerable("b", Outcome.WRONG, kind="emergency", sort=Sort.STATUS),
    )

    assert report.statuses["emergency"].value == 0.5
    assert report.statuses["scam"].value is None
    assert report.abstention.recall.of == 0


def test_unanswerable_questions_count_against_the_calibration() -> None:
    report = report_of(
        judged("a", ranking=(("nuoi-ong", 0.95),)),
        unanswerable("b", ranking=(("nuoi-ong", 0.95),)),
        unanswerable("c", ranking=()),
    )

    assert report.calibration.of == 2
    assert report.calibration.ece_width == pytest.approx(0.45)


def test_the_curve_trades_answers_for_right_ones() -> None:
    report = report_of(
        judged("a", ranking=(("nuoi-ong", 0.9),)),
        missed("b", ranking=(("gia-ve-dieu", 0.4),)),
        unanswerable("c", ranking=(("nuoi-ong", 0.2),)),
        refused("d", ranking=()),
    )

    at = {point.threshold: point for point in report.curve}
    assert (at[0.0].coverage, at[0.0].accuracy, at[0.0].false_answers) == pytest.approx(
        (2 / 3, 1 / 3, 1)
    )
    assert (at[0.4].coverage, at[0.4].accuracy) == pytest.approx((2 / 3, 0.5))
    assert (at[0.41].coverage, at[0.41].accuracy) == pytest.approx((1 / 3, 1))
    assert (at[0.95].coverage, at[0.95].accuracy) == (0, None)


def test_follow_ups_and_two_in_one_have_figures_of_their_own() -> None:
    both = (Facet.FEE, Facet.WHERE)
    report = report_of(
        judged("a", history=("trước",), kind="follow-up"),
        judged("b", history=("trước",), kind="follow-up", facet=Facet.WHERE),
        missed("c", history=("trước",), kind="follow-up"),
        judged("d", both=True, facets=both, facets_shown=both),
        judged("e", both=True, facets=both),
        judged("f", both=True, expected=("nuoi-ong", "x"), shown=("nuoi-ong", "x")),
        judged("g", both=True, expected=("nuoi-ong", "x")),
    )

    assert (report.follow_ups.count, report.follow_ups_with_facet.count) == (2, 1)
    assert (report.two_facets.count, report.two_facets.of) == (1, 2)
    assert (report.two_records.count, report.two_records.of) == (1, 2)
    assert report.calibration_alone.of == 4


def test_targets_say_plainly_what_is_met() -> None:
    rows = [judged(str(number)) for number in range(93)]
    rows += [missed(str(number), rank=2) for number in range(93, 100)]

    report = report_of(*rows, unanswerable("u", Outcome.ASKED_BACK))

    assert target(report, "hit@1, câu thường").met is True
    assert target(report, "hit@3, câu thường").met is True
    assert target(report, "Biết từ chối").met is False
    assert target(report, "Từ chối nhầm").met is True
    assert target(report, "gõ sai").met is None


@pytest.mark.parametrize(
    "failed",
    [
        pytest.param(missed("a"), id="another record"),
        pytest.param(judged("a", facet=Facet.WHERE), id="another facet"),
        pytest.param(judged("a", facts=("20.000",)), id="a fact is missing"),
        pytest.param(judged("a", both=True, expected=("nuoi-ong", "x")), id="one of two"),
        pytest.param(unanswerable("a", Outcome.ASKED_BACK), id="asked back"),
    ],
)
def test_every_failure_is_listed(failed: Judged) -> None:
    report = report_of(judged("ok"), failed, unanswerable("fine"))

    assert [row.id for row in report.failures] == ["a"]
    assert f"**{failed.question}**" in markdown(report, ())
    assert "câu ok" not in markdown(report, ())


def test_a_failure_shows_what_was_wanted_and_what_came() -> None:
    page = markdown(
        report_of(
            missed("a", question="ong | vườn\nnhà", history=("trước đó",), facts=("20.000",))
        ),
        (),
    )

    assert "**trước đó → ong \\| vườn nhà** (`a`)" in page
    assert "cần: nuoi-ong (fee)" in page
    assert "gia-ve-dieu 0,80, nuoi-ong 0,20" in page
    assert "thiếu dữ kiện: 20.000" in page


def test_an_empty_kind_of_question_leaves_the_tables_whole() -> None:
    report = report_of(unanswerable("u", ranking=()))

    for sheet in sheets(report):
        assert all(len(line) == len(sheet.headings) for line in sheet.lines)
    assert report.overall.rows == 0


def test_a_report_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    report = report_of(judged("a", topic=Topic.LAND), unanswerable("b"))
    (tmp_path / "report.json").write_text(report.model_dump_json(), encoding="utf-8")

    assert read_report(tmp_path) == report
    assert read_report(tmp_path / "report.json") == report


def test_a_report_of_another_kind_is_named(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text('{"format": 1}', encoding="utf-8")

    with pytest.raises(ReportError, match="không phải báo cáo"):
        read_report(tmp_path)
    with pytest.raises(ReportError, match="Không đọc được"):
        read_report(tmp_path / "khong-co")


def test_pictures_are_drawn_the_same_every_time(tmp_path: Path) -> None:
    report = report_of(judged("a"), missed("b"), unanswerable("c"))

    names = draw(report, tmp_path)
    before = [(tmp_path / name).read_bytes() for name in names]
    draw(report, tmp_path)

    assert names == (RELIABILITY, TRADE_OFF)
    assert [(tmp_path / name).read_bytes() for name in names] == before
    assert all(picture.startswith(b"<?xml") for picture in before)
