"""The dashboard's figures in words, tables and charts, from the counts of ``Insights``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.records.asked import Asked, Chosen, DayCount, Totals
from app.records.insights import CommuneCount, InsightLimits, Insights, PlaceCount
from app.records.outcome import Outcome
from app.staff.cards import Cards, Counted, Figure, too_few
from app.staff.charts import Chart
from app.staff.chosen import Choice
from app.staff.figure_words import (
    NOTHING,
    OUTCOME_NAMES,
    WEEKDAY_NAMES,
    WITHOUT_SCAN,
    peak_words,
    span_words,
)
from app.staff.tables import Cell, Hidden, Table, share, shown
from app.staff.view import number_words
from app.staff.working_days import working_days_before
from knowledge_base.labels import TOPIC_NAMES
from knowledge_base.record import Topic

_MOST_DAYS_APART = 92
"""Longer spans are drawn month by month."""


@dataclass(frozen=True, slots=True)
class Names:
    """How what is counted is called."""

    record: Callable[[str], str]
    """The title of a record, by its id."""
    commune: Callable[[str], str]
    """The name of a commune, by its id."""


class Figures:
    """The figures of what an officer chose, each counted when it is asked for."""

    def __init__(
        self,
        insights: Insights,
        choice: Choice,
        names: Names,
        limits: InsightLimits,
        now: datetime,
    ) -> None:
        self._insights = insights
        self._choice = choice
        self._names = names
        self._limits = limits
        self._now = now
        self._least = limits.least if choice.chosen.place else 0
        self._most = limits.top
        self._read: dict[Chosen, Asked] = {}

    @property
    def tables(self) -> Mapping[str, Callable[[], Table]]:
        """Every table, by the name that it has in addresses."""
        return {
            "overview": self.overview,
            "days": lambda: self.days().table,
            "hours": lambda: self.hours().table,
            "weekdays": lambda: self.weekdays().table,
            "procedures": lambda: self.procedures().table,
            "topics": lambda: self.topics().table,
            "unanswered": self.unanswered,
            "places": lambda: self.places().table,
            "communes": lambda: self.communes().table,
        }

    def whole(self) -> Figures:
        """The same, with as many rows in each table as an export may have."""
        made = Figures(self._insights, self._choice, self._names, self._limits, self._now)
        made._most = self._limits.export_rows
        return made

    def asked(self, chosen: Chosen | None = None) -> Asked:
        """The questions of a span, read once; None: of what the officer chose."""
        chosen = chosen or self._choice.chosen
        if chosen not in self._read:
            self._read[chosen] = self._insights.asked(chosen)
        return self._read[chosen]

    def counted(self, chosen: Chosen) -> Counted:
        """The numbers of a span of days."""
        return Counted(
            self.asked(chosen).totals(),
            self._insights.scans(chosen),
            self.asked(chosen).times(),
            self._insights.replies(chosen, working_days_before(self._now, self._limits.reply_days)),
        )

    def too_few(self, totals: Totals) -> bool:
        """Whether a place has too few questions for anything but the scans to be shown."""
        return too_few(totals, self._least)

    def cards(self, now: Counted, before: Counted) -> tuple[Figure, ...]:
        """The numbers on top of the page."""
        return Cards(self._choice, self._least, self._limits.reply_days).of(now, before)

    def overview(self) -> Table:
        """The numbers on top as a table, beside those of the days before."""
        now, before = (self.counted(one) for one in (self._choice.chosen, self._choice.before))
        return Table(
            "overview",
            "Tổng quan",
            ("Số liệu", "Kỳ này", "Ghi chú", "Kỳ trước"),
            tuple(
                (Cell(one.title), Cell(one.value, one.to), Cell(one.detail), Cell(one.before))
                for one in self.cards(now, before)
            ),
            f"Kỳ này {span_words(self._choice.chosen)}; "
            f"kỳ trước {span_words(self._choice.before)}.",
        )

    def days(self) -> Chart:
        """Questions of each day, or of each month of a long span, by what became of them."""
        days = self.asked().days()
        monthly = len(days) > _MOST_DAYS_APART
        groups = _months(days) if monthly else [(_short(one.day), (one,)) for one in days]
        counts = [sum(one.questions for one in group) for _, group in groups]
        totals = shown(counts, self._least)
        spans = [
            {"from": group[0].day.isoformat(), "to": group[-1].day.isoformat()}
            for _, group in groups
        ]
        heading = "Tháng" if monthly else "Ngày"
        first: list[Cell] = [Cell(label if monthly else group[0].day) for label, group in groups]
        title = "Câu hỏi từng tháng" if monthly else "Câu hỏi từng ngày"
        summary = peak_words(
            [label for label, _ in groups], totals, "câu", "tháng" if monthly else "ngày"
        )
        if self._least:
            rows: tuple[tuple[Cell, ...], ...] = tuple(
                (cell, Cell(count)) for cell, count in zip(first, totals, strict=True)
            )
            table = Table("days", title, (heading, "Câu hỏi"), rows)
            series: tuple[tuple[str, tuple[int | None, ...]], ...] = (("Câu hỏi", _drawn(totals)),)
        else:
            parts = {
                outcome: tuple(
                    sum(one.outcomes.get(outcome, 0) for one in group) for _, group in groups
                )
                for outcome in Outcome
            }
            rows = tuple(
                (
                    first[number],
                    self._counted(totals[number], **spans[number]),
                    *(
                        self._counted(part[number], outcome=outcome.value, **spans[number])
                        for outcome, part in parts.items()
                    ),
                )
                for number in range(len(groups))
            )
            columns = (heading, "Câu hỏi", *(OUTCOME_NAMES[outcome] for outcome in Outcome))
            table = Table("days", title, columns, rows)
            series = tuple((OUTCOME_NAMES[outcome], part) for outcome, part in parts.items())
        return Chart(table, summary, tuple(label for label, _ in groups), series)

    def hours(self) -> Chart:
        """Questions by the hour of the day."""
        counts = shown(self.asked().hours(), self._least)
        labels = tuple(f"{hour} giờ" for hour in range(24))
        rows = tuple(
            (Cell(label), self._counted(count, hour=hour))
            for hour, (label, count) in enumerate(zip(labels, counts, strict=True))
        )
        table = Table("hours", "Theo giờ trong ngày", ("Giờ", "Câu hỏi"), rows)
        return Chart(
            table, peak_words(labels, counts, "câu", "giờ"), labels, (("Câu hỏi", _drawn(counts)),)
        )

    def weekdays(self) -> Chart:
        """Questions by the day of the week."""
        totals = [0] * 7
        for one in self.asked().days():
            totals[one.day.weekday()] += one.questions
        counts = shown(totals, self._least)
        rows = tuple(
            (Cell(name), self._counted(count, weekday=number))
            for number, (name, count) in enumerate(zip(WEEKDAY_NAMES, counts, strict=True))
        )
        table = Table("weekdays", "Theo ngày trong tuần", ("Ngày", "Câu hỏi"), rows)
        summary = peak_words(WEEKDAY_NAMES, counts, "câu", "ngày")
        return Chart(table, summary, WEEKDAY_NAMES, (("Câu hỏi", _drawn(counts)),))

    def procedures(self) -> Chart:
        """The records asked about most."""
        found = [one for one in self.asked().records(self._most) if one.questions >= self._least]
        rows = tuple(
            (
                Cell(self._names.record(one.record_id)),
                Cell(TOPIC_NAMES[Topic(one.topic)] if one.topic else None),
                self._counted(one.questions, record=one.record_id),
                *(
                    ()
                    if self._least
                    else (
                        Cell(one.answered),
                        Cell(share(one.helpful, one.helpful + one.unhelpful)),
                        Cell(one.helpful + one.unhelpful),
                    )
                ),
            )
            for one in found
        )
        more = () if self._least else ("Đã trả lời", "Hữu ích", "Lượt chấm")
        columns = ("Thủ tục", "Lĩnh vực", "Câu hỏi", *more)
        table = Table("procedures", "Thủ tục được hỏi nhiều", columns, rows, self._left_out)
        best = found[: self._limits.top]
        labels = tuple(self._names.record(one.record_id) for one in best)
        summary = (
            f"Hỏi nhiều nhất: {labels[0]} ({number_words(best[0].questions)} câu)."
            if best
            else NOTHING
        )
        series = (("Câu hỏi", tuple(one.questions for one in best)),)
        return Chart(table, summary, labels, series, horizontal=True)

    def topics(self) -> Chart:
        """Questions by topic."""
        counts = self.asked().topics()
        found = [topic for topic in counts if counts[topic] >= self._least]
        found.sort(key=lambda topic: -counts[topic])
        rows = tuple(
            (
                Cell(TOPIC_NAMES[topic], self._look(topic=topic.value)),
                self._counted(counts[topic], topic=topic.value),
            )
            for topic in found
        )
        note = "Câu chưa trả lời được thì chưa rõ lĩnh vực, nên không có ở đây."
        note = f"{note} {self._left_out}".strip()
        table = Table("topics", "Theo lĩnh vực", ("Lĩnh vực", "Câu hỏi"), rows, note)
        names = tuple(TOPIC_NAMES[topic] for topic in found)
        summary = (
            f"Nhiều nhất: {names[0]} ({number_words(counts[found[0]])} câu)." if found else NOTHING
        )
        series = (("Câu hỏi", tuple(counts[topic] for topic in found)),)
        return Chart(table, summary, names, series, horizontal=True)

    def unanswered(self) -> Table:
        """What was asked most and not answered."""
        found = self._insights.unanswered(self._choice.chosen, self._most)
        rows = tuple(
            (
                Cell(one.example),
                self._counted(one.questions, unanswered=one.words),
                Cell(one.last),
            )
            for one in found
            if one.questions >= self._least
        )
        note = "Gộp những câu cùng lời, có dấu hay không dấu, viết hoa hay thường."
        columns = ("Câu hỏi", "Số lần", "Lần cuối")
        return Table("unanswered", "Hỏi nhiều mà chưa trả lời được", columns, rows, note)

    def places(self) -> Chart:
        """Scans and questions of each place."""
        every = self._insights.places(self.asked())
        hidden = shown([one.questions for one in every], self._limits.least)
        found = list(zip(every, hidden, strict=True))[: self._most]
        several = len(self._choice.chosen.communes) > 1
        rows = tuple(
            (
                Cell(
                    self._place_name(one),
                    self._look(place=one.place.code, commune=one.commune) if one.place else None,
                ),
                *((Cell(self._names.commune(one.commune)),) if several else ()),
                Cell(one.scans if one.place else None),
                Cell(count),
            )
            for one, count in found
        )
        columns = ("Điểm đặt", *(("Xã",) if several else ()), "Lượt quét", "Câu hỏi")
        note = (
            f"Số câu hỏi dưới {self._limits.least} của riêng một điểm không hiện, để không lần ra "
            "người hỏi; số ấy vẫn nằm trong tổng của xã."
        )
        table = Table("places", "Theo điểm đặt mã QR", columns, rows, note)
        best = [(one, count) for one, count in found if one.place][: self._limits.top]
        labels = tuple(
            f"{self._place_name(one)}, {self._names.commune(one.commune)}"
            if several
            else self._place_name(one)
            for one, _ in best
        )
        summary = (
            f"Quét nhiều nhất: {labels[0]} ({number_words(best[0][0].scans)} lượt)."
            if best
            else "Chưa có điểm đặt mã nào."
        )
        series = (
            ("Lượt quét", tuple(one.scans for one, _ in best)),
            ("Câu hỏi", _drawn([count for _, count in best])),
        )
        return Chart(table, summary, labels, series, horizontal=True)

    def communes(self) -> Chart:
        """The communes side by side."""
        found = self._insights.communes(self.asked())
        order = sorted(found, key=lambda one: -one.totals.questions)
        rows = tuple(self._commune_row(one) for one in order)
        columns = (
            "Xã, phường",
            "Lượt quét",
            "Câu hỏi",
            "Đã trả lời",
            "Hỏi lại cho rõ",
            "Chưa trả lời được",
            "Hữu ích",
            "Lượt chấm",
            "Giọng nói",
        )
        table = Table("communes", "Các xã, phường cạnh nhau", columns, rows[: self._most * 20])
        silent = sum(not one.totals.questions for one in found)
        summary = (
            f"Nhiều câu hỏi nhất: {self._names.commune(order[0].commune)} "
            f"({number_words(order[0].totals.questions)} câu)."
            + (f" {number_words(silent)} xã chưa có câu hỏi nào." if silent else "")
            if order and order[0].totals.questions
            else NOTHING
        )
        best = [one for one in order if one.totals.questions][: self._limits.top]
        labels = tuple(self._names.commune(one.commune) for one in best)
        series = (
            ("Đã trả lời", tuple(one.totals.outcomes.get(Outcome.ANSWERED, 0) for one in best)),
            (
                "Chưa trả lời được",
                tuple(one.totals.outcomes.get(Outcome.ABSTAINED, 0) for one in best),
            ),
        )
        return Chart(table, summary, labels, series, horizontal=True)

    def _commune_row(self, one: CommuneCount) -> tuple[Cell, ...]:
        totals = one.totals

        def part(outcome: Outcome) -> Cell:
            return Cell(share(totals.outcomes.get(outcome, 0), totals.questions))

        return (
            Cell(self._names.commune(one.commune), self._look(commune=one.commune)),
            Cell(one.scans),
            self._counted(totals.questions, commune=one.commune),
            part(Outcome.ANSWERED),
            part(Outcome.CLARIFIED),
            part(Outcome.ABSTAINED),
            Cell(share(totals.helpful, totals.rated)),
            Cell(totals.rated),
            Cell(share(totals.spoken, totals.questions)),
        )

    @property
    def _left_out(self) -> str:
        return f"Việc có dưới {self._least} câu hỏi không kể ra." if self._least else ""

    def _counted(self, count: int | Hidden, **rows: object) -> Cell:
        """A count that leads to its questions, where there are any to show."""
        return Cell(
            count, self._choice.questions(**rows) if isinstance(count, int) and count else None
        )

    def _look(self, **more: object) -> str:
        return f"?{self._choice.query(**more)}"

    def _place_name(self, one: PlaceCount) -> str:
        if one.place is None:
            return WITHOUT_SCAN
        return f"{one.place.label} (đã thôi dùng)" if one.place.retired else one.place.label


def _drawn(counts: Sequence[int | Hidden]) -> tuple[int | None, ...]:
    return tuple(None if isinstance(count, Hidden) else count for count in counts)


def _short(day: date) -> str:
    return f"{day.day}/{day.month}"


def _months(days: Sequence[DayCount]) -> list[tuple[str, tuple[DayCount, ...]]]:
    found: dict[str, list[DayCount]] = {}
    for one in days:
        found.setdefault(f"{one.day.month}/{one.day.year}", []).append(one)
    return [(label, tuple(group)) for label, group in found.items()]
