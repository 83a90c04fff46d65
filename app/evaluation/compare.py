"""Two reports side by side, question by question, with paired tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from app.evaluation.errors import EvaluationError
from app.evaluation.judge import Judged, Outcome
from app.evaluation.measures import (
    Measured,
    bootstrap,
    bootstrap_p,
    mcnemar,
    reciprocal_rank,
)
from app.evaluation.report import Report, Subject
from app.evaluation.rows import Sort
from app.evaluation.wording import Sheet, in_cell, kind_name, number, percent


class NothingInCommonError(EvaluationError):
    """Two reports share no question."""


class Difference(Measured):
    """One figure of both, and whether chance may explain the difference."""

    name: str
    kind: str
    """Empty: over all kinds."""
    of: int
    first: float
    second: float
    difference: float
    """The second minus the first."""
    low: float
    high: float
    """The ends of the 95 % interval of the difference, by the paired bootstrap."""
    only_first: int | None
    """Questions that only the first had right; None for means."""
    only_second: int | None
    p: float
    """McNemar's exact test for shares, the paired bootstrap for means."""


class Change(Measured):
    """A question that one of them ranks first and the other does not."""

    id: str
    kind: str
    question: str
    expected: tuple[str, ...]
    first: str
    """The record that the first ranks first; empty where it looked for none."""
    second: str
    better: bool
    """Whether the second is the one that is right."""


class Compared(Measured):
    """What two reports say of the same questions."""

    first: Subject
    second: Subject
    shared: int
    only_in_first: int
    only_in_second: int
    differences: tuple[Difference, ...]
    changes: tuple[Change, ...]


def compare_reports(first: Report, second: Report) -> Compared:
    """Compare the rows that both reports asked, by id, question and what was expected.

    Raises:
        NothingInCommonError: when there are none.
    """
    theirs = {_key(row): row for row in second.rows}
    pairs = [(row, theirs[key]) for row in first.rows if (key := _key(row)) in theirs]
    if not pairs:
        raise NothingInCommonError(
            "Hai báo cáo không có câu hỏi nào chung. So hai lần hỏi cùng một bộ câu hỏi."
        )
    answerable = [pair for pair in pairs if pair[0].sort is Sort.ANSWER]
    kinds = dict.fromkeys(before.kind for before, _ in pairs)
    differences: list[Difference] = []
    for kind in ("", *kinds):
        among = [pair for pair in answerable if pair[0].kind == kind]
        if not kind:  # as in a report, over written rows
            among = [pair for pair in answerable if not pair[0].derived]
        if among:
            differences += [
                _share("hit@1", kind, among, lambda row: row.hit),
                _mean("MRR", kind, among, lambda row: reciprocal_rank(row.rank)),
                _share("đúng ngay", kind, among, lambda row: row.outcome is Outcome.RIGHT),
            ]
            facet = [pair for pair in among if pair[0].record_right and pair[1].record_right]
            if not kind and facet:
                differences.append(
                    _share(
                        "đúng phần (cả hai đúng hồ sơ)", kind, facet, lambda row: row.facet_right
                    )
                )
    rest = [pair for pair in pairs if pair[0].sort is Sort.ABSTAIN]
    if rest:
        differences.append(
            _share("biết từ chối", "", rest, lambda row: row.outcome is Outcome.RIGHT)
        )
    statuses = [pair for pair in pairs if pair[0].sort is Sort.STATUS]
    if statuses:
        differences.append(
            _share(
                "nhận ra khẩn cấp, lừa đảo…", "", statuses, lambda row: row.outcome is Outcome.RIGHT
            )
        )
    return Compared(
        first=first.subject,
        second=second.subject,
        shared=len(pairs),
        only_in_first=len(first.rows) - len(pairs),
        only_in_second=len(second.rows) - len(pairs),
        differences=tuple(differences),
        changes=tuple(
            Change(
                id=before.id,
                kind=before.kind,
                question=" → ".join((*before.history, before.question)),
                expected=before.expected,
                first=before.ranking[0][0] if before.ranking else "",
                second=after.ranking[0][0] if after.ranking else "",
                better=after.hit,
            )
            for before, after in answerable
            if before.hit != after.hit
        ),
    )


def _key(row: Judged) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
    return row.id, row.question, row.history, row.expected


Pairs = Sequence[tuple[Judged, Judged]]


def _share(name: str, kind: str, pairs: Pairs, right: Callable[[Judged], bool]) -> Difference:
    found = [(right(before), right(after)) for before, after in pairs]
    only_first = sum(before and not after for before, after in found)
    only_second = sum(after and not before for before, after in found)
    values = np.array(found, dtype=np.float64)
    low, high = bootstrap(values[:, 1] - values[:, 0])
    return Difference(
        name=name,
        kind=kind,
        of=len(found),
        first=float(values[:, 0].mean()),
        second=float(values[:, 1].mean()),
        difference=float((values[:, 1] - values[:, 0]).mean()),
        low=low,
        high=high,
        only_first=only_first,
        only_second=only_second,
        p=mcnemar(only_first, only_second),
    )


def _mean(name: str, kind: str, pairs: Pairs, value: Callable[[Judged], float]) -> Difference:
    values = np.array([(value(before), value(after)) for before, after in pairs])
    change = values[:, 1] - values[:, 0]
    low, high = bootstrap(change)
    return Difference(
        name=name,
        kind=kind,
        of=len(values),
        first=float(values[:, 0].mean()),
        second=float(values[:, 1].mean()),
        difference=float(change.mean()),
        low=low,
        high=high,
        only_first=None,
        only_second=None,
        p=bootstrap_p(change),
    )


def compared_about(compared: Compared) -> str:
    """What was compared, in one paragraph."""
    words = [f"{compared.shared} câu chung"]
    if compared.only_in_first or compared.only_in_second:
        words.append(
            f"không so {compared.only_in_first} câu chỉ có ở A và "
            f"{compared.only_in_second} câu chỉ có ở B"
        )
    for name, subject in (("A", compared.first), ("B", compared.second)):
        words.append(
            f"{name}: {subject.made_at}, nhúng {subject.embedding}, mô hình ngôn ngữ "
            f"{subject.chat_model or 'không'}, ngưỡng {number(subject.answer_threshold, 2)} và "
            f"{number(subject.clarify_threshold, 2)}"
        )
    return "; ".join(words) + "."


def compared_sheets(compared: Compared) -> tuple[Sheet, ...]:
    """The table of differences."""

    def shown(value: float, one: Difference) -> str:
        return number(value) if one.only_first is None else percent(value)

    return (
        Sheet(
            "So sánh A và B",
            ("Số đo", "Kiểu hỏi", "Câu", "A", "B", "B − A [95 %]", "Chỉ A / chỉ B", "p"),
            tuple(
                (
                    one.name,
                    kind_name(one.kind) or "mọi kiểu",
                    str(one.of),
                    shown(one.first, one),
                    shown(one.second, one),
                    f"{number(one.difference)} [{number(one.low)}–{number(one.high)}]",
                    "–" if one.only_first is None else f"{one.only_first} / {one.only_second}",
                    number(one.p),
                )
                for one in compared.differences
            ),
            "p: phép thử McNemar chính xác cho tỷ lệ, bootstrap từng cặp cho MRR.",
        ),
    )


def compared_markdown(compared: Compared) -> str:
    """The comparison as a Markdown page, with every question whose first record changed."""
    parts = ["# So hai lần đo", compared_about(compared)]
    parts += [sheet.markdown() for sheet in compared_sheets(compared)]
    for better, title in ((True, "B đúng, A sai"), (False, "A đúng, B sai")):
        changed = [one for one in compared.changes if one.better is better]
        parts.append(f"## {title} ({len(changed)})")
        parts += [
            f"- **{in_cell(one.question)}** (`{one.id}`, {kind_name(one.kind)}): "
            f"cần {', '.join(one.expected)}; A: {one.first or 'không tìm'}; "
            f"B: {one.second or 'không tìm'}"
            for one in changed
        ]
    return "\n\n".join(parts) + "\n"
