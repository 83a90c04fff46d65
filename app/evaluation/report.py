"""The report of an evaluation: what was measured, on what, and every question with its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import ValidationError

from app.evaluation.errors import EvaluationError
from app.evaluation.judge import Judged, Outcome
from app.evaluation.measures import (
    Calibration,
    Mean,
    Measured,
    Share,
    bootstrap,
    mcnemar,
    percentiles_ms,
    reciprocal_rank,
)
from app.evaluation.rows import PLAIN, STATUS_KINDS, Sort
from app.evaluation.variants import SPEECH_ERROR, STRIPPED

FORMAT = 1
"""Of ``report.json``; another number is another format."""


class ReportError(EvaluationError):
    """A report that cannot be read."""


class Asked(Measured):
    """One file of questions."""

    name: str
    sha256: str
    rows: int


class Subject(Measured):
    """What was measured."""

    made_at: str
    version: str
    origin: str
    """``published`` or ``content``: where the knowledge came from."""
    records: int
    embedding: str
    chat_model: str
    answer_threshold: float
    clarify_threshold: float
    files: tuple[Asked, ...]
    problems: tuple[str, ...]
    """What is wrong with rows that were left out."""


class Group(Measured):
    """Figures over some of the questions that a record answers."""

    name: str
    rows: int
    hit1: Share
    hit3: Share
    mrr: Mean
    outcomes: dict[Outcome, int]
    right: Share
    """The record expected was shown at once."""
    reached: Share
    """Shown at once or one tap away."""
    refused: Share
    """Refused, or found and nothing said of it."""
    wrong: Share
    facet: Share
    """Of the rows whose record was right: the facet was too."""
    facts: Share
    """Facts expected that stand in the text or on the card; a wrong answer shows none."""
    facts_in_text: Share
    facts_when_right: Share
    """The same over the rows whose record was shown."""


class Loss(Measured):
    """What a way of asking costs against the plain rows that it puts in other words."""

    name: str
    kinds: tuple[str, ...]
    pairs: int
    plain: float
    """hit@1 of the plain rows."""
    other: float
    points: float
    """The difference in percentage points; above 0 is a loss."""
    low: float
    high: float
    p: float
    """McNemar's."""


class Abstention(Measured):
    """How questions that no record answers were met."""

    recall: Share
    """Of the questions that must not be answered, those that were not; asking back is no
    abstention."""
    precision: Share
    """Of the questions that were not answered, those that must not be."""
    asked_back: Share
    """Of the questions that must not be answered, those asked back."""
    by_kind: dict[str, Share]
    """Recall by kind."""


class Point(Measured):
    """What an answer threshold would do if the probability alone decided."""

    threshold: float
    coverage: float
    """Of the answerable questions, the share answered."""
    accuracy: float | None
    """Of everything answered, must-abstain questions too, the share with the right record."""
    false_answers: float | None
    """Of the must-abstain questions, the share answered."""


class Target(Measured):
    """A figure that was promised."""

    name: str
    goal: float
    at_most: bool
    """Whether the goal is an upper bound."""
    value: float | None
    low: float | None
    high: float | None
    of: int
    met: bool | None
    """None where there was nothing to measure."""
    unit: Literal["share", "points", "error"]


class Report(Measured):
    """Everything an evaluation found."""

    format: int
    subject: Subject
    targets: tuple[Target, ...]
    overall: Group
    """Over all written rows that a record answers."""
    by_kind: tuple[Group, ...]
    """Derived kinds too."""
    by_topic: tuple[Group, ...]
    by_facet: tuple[Group, ...]
    losses: tuple[Loss, ...]
    abstention: Abstention
    statuses: dict[str, Share]
    """Emergencies, scams, abuses and office questions met as such."""
    follow_ups: Share
    """The record expected was shown at once."""
    follow_ups_with_facet: Share
    two_records: Share
    """Of rows that ask about two records, those where both were shown."""
    two_facets: Share
    calibration: Calibration
    """Over every written row for which a record was looked for."""
    calibration_alone: Calibration
    """The same without rows that continue a conversation."""
    curve: tuple[Point, ...]
    timing: dict[str, tuple[float, float]]
    """By step and for the whole: median and 95th percentile in milliseconds."""
    rows: tuple[Judged, ...]

    @property
    def failures(self) -> tuple[Judged, ...]:
        """The rows that were not met as they should be, written ones first."""
        failed = (row for row in self.rows if not succeeded(row))
        return tuple(sorted(failed, key=lambda row: row.derived))


def succeeded(row: Judged) -> bool:
    """Whether nothing about the answer is to be mended."""
    if row.outcome is not Outcome.RIGHT:
        return False
    if row.sort is not Sort.ANSWER:
        return True
    facet = row.facet_right or not row.facets
    facts = set(row.facts) <= set(row.facts_shown)
    return row.hit and facet and facts and (row.both_right or not row.both)


def summarise(subject: Subject, rows: Sequence[Judged]) -> Report:
    """The figures over the rows asked."""
    written = [row for row in rows if not row.derived]
    answerable = [row for row in written if row.sort is Sort.ANSWER]
    every = [row for row in rows if row.sort is Sort.ANSWER]
    follow_ups = [row for row in answerable if row.history]
    both = [row for row in answerable if row.both]
    losses = _losses(rows)
    report = Report(
        format=FORMAT,
        subject=subject,
        targets=(),
        overall=_group("", answerable),
        by_kind=_grouped(every, lambda row: (row.kind,)),
        by_topic=_grouped(answerable, lambda row: (row.topic.value,) if row.topic else ()),
        by_facet=_grouped(answerable, lambda row: [facet.value for facet in row.facets[:1]]),
        losses=losses,
        abstention=_abstention(written),
        statuses={
            kind: Share.of_all(
                row.outcome is Outcome.RIGHT
                for row in written
                if row.kind == kind and row.sort is Sort.STATUS
            )
            for kind in STATUS_KINDS
        },
        follow_ups=Share.of_all(row.outcome is Outcome.RIGHT for row in follow_ups),
        follow_ups_with_facet=Share.of_all(
            row.outcome is Outcome.RIGHT and row.facet_right for row in follow_ups
        ),
        two_records=Share.of_all(row.both_right for row in both if len(row.expected) > 1),
        two_facets=Share.of_all(row.both_right for row in both if len(row.expected) == 1),
        calibration=_calibration(written),
        calibration_alone=_calibration([row for row in written if not row.history]),
        curve=_curve(written),
        timing=_timing(rows),
        rows=tuple(rows),
    )
    return report.model_copy(update={"targets": _targets(report)})


def _group(name: str, rows: Sequence[Judged]) -> Group:
    def facts(shown: Callable[[Judged], tuple[str, ...]], among: Iterable[Judged]) -> Share:
        return Share.of_all(fact in shown(row) for row in among for fact in row.facts)

    def outcome(*wanted: Outcome) -> Share:
        return Share.of_all(row.outcome in wanted for row in rows)

    return Group(
        name=name,
        rows=len(rows),
        hit1=Share.of_all(row.hit for row in rows),
        hit3=Share.of_all(row.rank is not None and row.rank <= 3 for row in rows),
        mrr=Mean.of_all([reciprocal_rank(row.rank) for row in rows]),
        outcomes={one: sum(row.outcome is one for row in rows) for one in Outcome},
        right=outcome(Outcome.RIGHT),
        reached=outcome(Outcome.RIGHT, Outcome.ONE_TAP),
        refused=outcome(Outcome.REFUSED, Outcome.NOT_SAID),
        wrong=outcome(Outcome.WRONG),
        facet=Share.of_all(row.facet_right for row in rows if row.record_right and row.facets),
        facts=facts(lambda row: row.facts_shown, rows),
        facts_in_text=facts(lambda row: row.facts_in_text, rows),
        facts_when_right=facts(
            lambda row: row.facts_shown, [row for row in rows if row.record_right]
        ),
    )


def _grouped(rows: Sequence[Judged], names: Callable[[Judged], Iterable[str]]) -> tuple[Group, ...]:
    """A group a name, in the order in which the names first occur."""
    found: dict[str, list[Judged]] = {}
    for row in rows:
        for name in names(row):
            found.setdefault(name, []).append(row)
    return tuple(_group(name, members) for name, members in found.items())


_WAYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Bỏ hết dấu (cùng câu)", (STRIPPED,)),
    ("Gõ không dấu", ("no-diacritics",)),
    ("Gõ sai, viết tắt", ("typo",)),
    ("Tiếng địa phương", ("dialect",)),
    ("Văn nói", ("spoken",)),
    ("Tiếng địa phương, văn nói", ("dialect", "spoken")),
    ("Lỗi nhận giọng mô phỏng", (SPEECH_ERROR,)),
)


def _losses(rows: Sequence[Judged]) -> tuple[Loss, ...]:
    """What each way of asking costs, over its pairs of a plain row and its rewrite."""
    by_id = {row.id: row for row in rows}
    named = {kind for _, kinds in _WAYS for kind in kinds}
    paired = [
        (by_id[row.of], row)
        for row in rows
        if row.of in by_id and row.sort is Sort.ANSWER and by_id[row.of].sort is Sort.ANSWER
    ]
    others = dict.fromkeys(row.kind for _, row in paired if row.kind not in named)
    found: list[Loss] = []
    for name, kinds in (*_WAYS, *((kind, (kind,)) for kind in others)):
        pairs = [(plain.hit, row.hit) for plain, row in paired if row.kind in kinds]
        if not pairs or (len(kinds) > 1 and len({r.kind for _, r in paired} & set(kinds)) < 2):
            continue
        hits = np.array(pairs, dtype=np.float64)
        low, high = bootstrap(hits[:, 0] - hits[:, 1])
        found.append(
            Loss(
                name=name,
                kinds=kinds,
                pairs=len(pairs),
                plain=float(hits[:, 0].mean()),
                other=float(hits[:, 1].mean()),
                points=100 * float((hits[:, 0] - hits[:, 1]).mean()),
                low=100 * low,
                high=100 * high,
                p=mcnemar(
                    sum(plain and not other for plain, other in pairs),
                    sum(other and not plain for plain, other in pairs),
                ),
            )
        )
    return tuple(found)


def _abstention(written: Sequence[Judged]) -> Abstention:
    unanswerable = [row for row in written if row.sort is Sort.ABSTAIN]
    abstained = [
        row
        for row in written
        if (row.sort is Sort.ABSTAIN and row.outcome is Outcome.RIGHT)
        or (row.sort is Sort.ANSWER and row.outcome is Outcome.REFUSED)
    ]
    kinds = dict.fromkeys(row.kind for row in unanswerable)
    return Abstention(
        recall=Share.of_all(row.outcome is Outcome.RIGHT for row in unanswerable),
        precision=Share.of_all(row.sort is Sort.ABSTAIN for row in abstained),
        asked_back=Share.of_all(row.outcome is Outcome.ASKED_BACK for row in unanswerable),
        by_kind={
            kind: Share.of_all(
                row.outcome is Outcome.RIGHT for row in unanswerable if row.kind == kind
            )
            for kind in kinds
        },
    )


def _weighed(rows: Iterable[Judged]) -> list[tuple[float, Judged]]:
    """The rows for which a record was looked for, with the first one's probability."""
    return [(row.probability, row) for row in rows if row.probability is not None]


def _calibration(rows: Sequence[Judged]) -> Calibration:
    weighed = _weighed(rows)
    return Calibration.of_all([chance for chance, _ in weighed], [row.hit for _, row in weighed])


def _curve(rows: Sequence[Judged]) -> tuple[Point, ...]:
    answerable = sum(row.sort is Sort.ANSWER for row in rows)
    unanswerable = sum(row.sort is Sort.ABSTAIN for row in rows)
    weighed = [(chance, row) for chance, row in _weighed(rows) if row.sort is not Sort.STATUS]
    points: list[Point] = []
    for threshold in np.linspace(0, 1, 101):
        answered = [row for chance, row in weighed if chance >= threshold]
        right = sum(row.hit for row in answered)
        among = sum(row.sort is Sort.ANSWER for row in answered)
        points.append(
            Point(
                threshold=round(float(threshold), 2),
                coverage=among / answerable if answerable else 0.0,
                accuracy=right / len(answered) if answered else None,
                false_answers=(len(answered) - among) / unanswerable if unanswerable else None,
            )
        )
    return tuple(points)


def _timing(rows: Sequence[Judged]) -> dict[str, tuple[float, float]]:
    found: dict[str, list[float]] = {}
    for row in rows:
        for step, seconds in row.seconds.items():
            found.setdefault(step, []).append(seconds)
        found.setdefault("total", []).append(sum(row.seconds.values()))
    return {step: percentiles_ms(seconds) for step, seconds in found.items()}


def _targets(report: Report) -> tuple[Target, ...]:
    """What was promised of the test part, with what was found."""
    plain = next((group for group in report.by_kind if group.name == PLAIN), _group(PLAIN, ()))
    losses = {loss.kinds: loss for loss in report.losses}

    def share(name: str, found: Share, goal: float, *, at_most: bool = False) -> Target:
        return _target(name, "share", goal, at_most, found.value, found.low, found.high, found.of)

    def loss(name: str, goal: float, *kinds: str) -> Target:
        found = losses.get(kinds)
        if found is None:
            return _target(name, "points", goal, True, None, None, None, 0)
        return _target(name, "points", goal, True, found.points, found.low, found.high, found.pairs)

    calibration = report.calibration
    # the question written without marks need not put a plain one in other words
    unmarked = ("no-diacritics",)
    written_unmarked = (loss("Mất hit@1 khi gõ không dấu", 2, *unmarked),)
    return (
        share("hit@1, câu thường", plain.hit1, 0.92),
        share("hit@3, câu thường", plain.hit3, 0.97),
        loss("Mất hit@1 khi bỏ hết dấu (cùng câu)", 2, STRIPPED),
        *(written_unmarked if unmarked in losses else ()),
        loss("Mất hit@1 khi gõ sai, viết tắt", 5, "typo"),
        loss("Mất hit@1 với tiếng địa phương", 5, "dialect"),
        loss("Mất hit@1 với văn nói", 5, "spoken"),
        loss("Mất hit@1 với lỗi nhận giọng mô phỏng", 8, SPEECH_ERROR),
        share("Đúng phần được hỏi", report.overall.facet, 0.95),
        share("Câu hỏi tiếp", report.follow_ups, 0.90),
        share("Biết từ chối", report.abstention.recall, 0.95),
        share("Từ chối nhầm", report.overall.refused, 0.05, at_most=True),
        _target(
            "Sai số hiệu chuẩn (ECE)",
            "error",
            0.05,
            True,
            calibration.ece_width,
            None,
            None,
            calibration.of,
        ),
    )


def _target(
    name: str,
    unit: Literal["share", "points", "error"],
    goal: float,
    at_most: bool,
    value: float | None,
    low: float | None,
    high: float | None,
    of: int,
) -> Target:
    met = None
    if value is not None:
        met = value <= goal + 1e-9 if at_most else value >= goal - 1e-9
    return Target(
        name=name,
        goal=goal,
        at_most=at_most,
        value=value,
        low=low,
        high=high,
        of=of,
        met=met,
        unit=unit,
    )


def read_report(path: Path) -> Report:
    """A ``report.json``, or the one in a folder.

    Raises:
        ReportError: when there is none, or it is of another release or was changed.
    """
    file = path / "report.json" if path.is_dir() else path
    try:
        return Report.model_validate_json(file.read_bytes())
    except OSError as error:
        raise ReportError(f"Không đọc được {file} ({error.strerror}).") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ReportError(
            f"{file} không phải báo cáo của bản này ({place}: {first['msg']}). "
            "Chạy lại `hoixa evaluate --questions` để có báo cáo mới."
        ) from error
