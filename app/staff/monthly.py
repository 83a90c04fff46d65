"""The month in plain sentences for the chairperson, with the charts and tables behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.records.asked import Asked, Chosen, RecordCount
from app.records.insights import InsightLimits, Insights, PlaceCount, UnansweredCount
from app.records.outcome import Outcome
from app.staff.access import Area
from app.staff.cards import Counted
from app.staff.charts import Chart
from app.staff.chosen import Choice, Preset, before, month_of
from app.staff.figure_words import change_words
from app.staff.figures import Figures, Names
from app.staff.tables import Table, lasting, share, value_words
from app.staff.view import number_words
from knowledge_base.labels import TOPIC_NAMES
from knowledge_base.record import Topic
from knowledge_base.section import day_words

_MANY = 20
"""Records and questions looked at for what ought to be done; the report shows fewer."""
_NAMED = 3
_JUDGED = 10
"""Fewer marks than these say little about an answer."""
_POOR = 0.6
_WORKING_HOURS = range(7, 17)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Passage:
    """A heading with plain sentences."""

    heading: str
    sentences: tuple[str, ...]
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """The report of a month (báo cáo tháng), before it is a document of any kind."""

    office: tuple[str, str]
    """Who makes it, on two lines in capitals."""
    of: str
    """The area's name."""
    place: str
    """Stands before the day it is made."""
    month: date
    """Its first day."""
    made_on: date
    subject: str
    """What it reports on, below the word “Báo cáo”."""
    addressee: str
    summary: tuple[Passage, ...]
    """What fits on the first page."""
    charts: tuple[Chart, ...]
    tables: tuple[Table, ...]
    method: tuple[str, ...]
    """How the figures are counted."""

    @property
    def name(self) -> str:
        """Of its files, without an ending."""
        return f"Báo cáo Hỏi Xã {self.month:%Y-%m} {self.of}"


@dataclass(frozen=True, slots=True)
class _Month:
    """What the sentences are made from."""

    area: Area
    chosen: Chosen
    words: str
    now: Counted
    before: Counted
    topics: Mapping[Topic, int]
    records: tuple[RecordCount, ...]
    unanswered: tuple[UnansweredCount, ...]
    places: tuple[PlaceCount, ...]
    outside: int
    """Questions outside the counters' hours."""


def make_report(
    insights: Insights,
    area: Area,
    month: date,
    names: Names,
    limits: InsightLimits,
    now: datetime,
) -> Report:
    """The report of a month, compared with the month before.

    Args:
        insights: what is counted.
        area: one commune, or several side by side.
        month: any day of the month.
        names: what records and communes are called.
        limits: as on the dashboard.
        now: the local moment; of the month that it lies in, only the days until then count.
    """
    first, last = month_of(month)
    is_whole = last < now.date()
    chosen = Chosen(area.commune_ids, first, last if is_whole else now.date())
    earlier = before(chosen, Preset.LAST_MONTH)
    if not is_whole:  # as many days of the month before, so that they can be compared
        until = min(earlier.last, earlier.first + timedelta(days=chosen.days - 1))
        earlier = Chosen(area.commune_ids, earlier.first, until)
    choice = Choice(chosen, earlier, Preset.DAYS, None)
    figures = Figures(insights, choice, names, limits, now)
    asked = figures.asked()
    found = _Month(
        area,
        chosen,
        f"tháng {month.month} năm {month.year}",
        figures.counted(chosen),
        figures.counted(earlier),
        asked.topics(),
        asked.records(_MANY),
        insights.unanswered(chosen, _MANY),
        insights.places(asked),
        _outside_hours(asked),
    )
    several = len(area.communes) > 1
    any_asked = found.now.totals.questions > 0
    charts = (
        (figures.days(), figures.hours(), figures.procedures(), figures.topics())
        if any_asked
        else ()
    )
    tables = (
        figures.overview(),
        *((figures.unanswered(),) if any_asked else ()),
        *((figures.communes().table,) if several else (figures.places().table,)),
    )
    return Report(
        office=_office(area),
        of=area.name,
        place=area.commune.name if area.commune else _plain(area.name),
        month=first,
        made_on=now.date(),
        subject=f"Hỏi đáp thủ tục hành chính qua trợ lý Hỏi Xã, {found.words}",
        addressee=_addressee(area),
        summary=tuple(_summary(found, names, limits, is_whole=is_whole)),
        charts=charts,
        tables=tables,
        method=_method(limits, several=several),
    )


def _summary(
    month: _Month, names: Names, limits: InsightLimits, *, is_whole: bool
) -> Iterator[Passage]:
    yield Passage("Bà con cần gì", tuple(_needed(month, names, is_whole=is_whole)))
    if month.now.totals.questions:
        yield Passage("Trả lời được đến đâu", tuple(_answered(month)))
    yield Passage("Bà con hỏi cán bộ", tuple(_tickets(month, limits)))
    yield Passage("Việc nên làm", tuple(_to_do(month, names, limits)), is_list=True)


def _needed(month: _Month, names: Names, *, is_whole: bool) -> Iterator[str]:
    now, earlier = month.now.totals, month.before.totals
    until = "" if is_whole else f" (tính đến hết ngày {day_words(month.chosen.last)})"
    if not now.questions:
        yield (
            f"Trong {month.words}{until}, chưa có câu hỏi nào gửi đến trợ lý Hỏi Xã của "
            f"{month.area.name}; mã QR được quét {number_words(month.now.scans)} lượt."
        )
        return
    yield (
        f"Trong {month.words}{until}, bà con {month.area.name} hỏi {number_words(now.questions)} "
        f"câu, {change_words(now.questions, earlier.questions)} so với tháng trước "
        f"({number_words(earlier.questions)} câu). Mã QR được quét {number_words(month.now.scans)} "
        f"lượt, {change_words(month.now.scans, month.before.scans)}."
    )
    if month.records:
        listed = "; ".join(
            f"{names.record(one.record_id)} ({number_words(one.questions)} câu)"
            for one in month.records[:_NAMED]
        )
        yield f"Được hỏi nhiều nhất: {listed}."
    if month.topics:
        best = max(month.topics, key=lambda topic: month.topics[topic])
        yield (
            f"Lĩnh vực được hỏi nhiều nhất là {TOPIC_NAMES[best]} "
            f"({number_words(month.topics[best])} câu)."
        )
    spoken = share(now.spoken, now.questions)
    outside = share(month.outside, now.questions)
    yield (
        f"{value_words(outside)} số câu đến ngoài giờ làm việc (trước 7 giờ, sau 17 giờ, thứ Bảy "
        f"và Chủ nhật); {value_words(spoken)} số câu hỏi bằng giọng nói."
    )
    if len(month.area.communes) > 1:
        yield (
            f"Báo cáo gồm {number_words(len(month.area.communes))} xã, phường; số liệu từng nơi ở "
            "bảng cuối."
        )


def _answered(month: _Month) -> Iterator[str]:
    now, earlier = month.now.totals, month.before.totals

    def part(outcome: Outcome) -> str:
        return value_words(share(now.outcomes.get(outcome, 0), now.questions))

    was = value_words(share(earlier.outcomes.get(Outcome.ANSWERED, 0), earlier.questions))
    yield (
        f"Trợ lý trả lời được {part(Outcome.ANSWERED)} số câu (tháng trước {was}), hỏi lại cho rõ "
        f"{part(Outcome.CLARIFIED)}, chưa trả lời được {part(Outcome.ABSTAINED)} "
        f"({number_words(now.outcomes.get(Outcome.ABSTAINED, 0))} câu), ngoài phạm vi "
        f"{part(Outcome.OUT_OF_SCOPE)}."
    )
    if now.rated:
        good = value_words(share(now.helpful, now.rated))
        yield (
            f"Bà con chấm {number_words(now.rated)} câu, {good} là hữu ích "
            f"(tháng trước {value_words(share(earlier.helpful, earlier.rated))})."
        )
    if month.unanswered:
        listed = "; ".join(
            f"“{one.example}” ({number_words(one.questions)} lần)"
            for one in month.unanswered[:_NAMED]
        )
        yield f"Hỏi nhiều mà chưa trả lời được: {listed}."


def _tickets(month: _Month, limits: InsightLimits) -> Iterator[str]:
    replies = month.now.replies
    if not replies.tickets:
        yield "Trong tháng không có câu nào gửi cán bộ."
        return
    yield (
        f"Bà con gửi cán bộ {number_words(replies.tickets)} câu "
        f"(tháng trước {number_words(month.before.replies.tickets)}); "
        + (f"{number_words(replies.replied)} câu đã có" if replies.replied else "chưa câu nào có")
        + " trả lời."
    )
    if replies.replied:
        yield (
            f"Một nửa số ấy được trả lời trong vòng {lasting(replies.median)}, 90% trong vòng "
            f"{lasting(replies.p90)}."
        )
    if replies.waiting:
        yield (
            f"{number_words(replies.waiting)} câu còn đang chờ, trong đó "
            + (f"{number_words(replies.overdue)} câu" if replies.overdue else "chưa câu nào")
            + f" chờ quá {limits.reply_days} ngày làm việc."
        )


def _to_do(month: _Month, names: Names, limits: InsightLimits) -> Iterator[str]:
    found = False
    if month.now.replies.overdue:
        found = True
        yield (
            f"Trả lời {number_words(month.now.replies.overdue)} câu bà con gửi cán bộ đã chờ quá "
            f"{limits.reply_days} ngày làm việc (trang Câu hỏi)."
        )
    again = [one for one in month.unanswered if one.questions > 1]
    if again:
        found = True
        yield (
            "Soạn câu trả lời cho những việc hay hỏi mà chưa có, trước hết là "
            f"“{again[0].example}” (trang Chưa trả lời)."
        )
    poor = [
        one
        for one in month.records
        if one.helpful + one.unhelpful >= _JUDGED
        and one.helpful / (one.helpful + one.unhelpful) < _POOR
    ]
    for one in poor[:_NAMED]:
        found = True
        yield (
            f"Xem lại câu trả lời về “{names.record(one.record_id)}”: "
            f"{number_words(one.unhelpful)} trong {number_words(one.helpful + one.unhelpful)} lượt "
            "chấm là chưa hữu ích."
        )
    unused = [
        one.place.label
        for one in month.places
        if one.place and not one.place.retired and not one.scans
    ]
    # where nothing at all was scanned, the codes were not posted yet
    if unused and month.now.scans and len(month.area.communes) == 1:
        found = True
        listed = ", ".join(unused[:_NAMED]) + (" …" if len(unused) > _NAMED else "")
        yield f"Xem tấm mã QR còn ở chỗ không, cả tháng không có lượt quét: {listed}."
    if not found:
        yield "Theo số liệu, không có việc nào phải làm ngay."


def _method(limits: InsightLimits, *, several: bool) -> tuple[str, ...]:
    made = [
        "Số liệu do dịch vụ Hỏi Xã đếm tự động; ngày giờ là giờ Việt Nam. Mỗi câu gửi đi được đếm "
        "một lần, kể cả câu hỏi lại và lời chào.",
        "Không có thông tin cá nhân: lời hỏi đã che số căn cước, điện thoại, tài khoản trước khi "
        "lưu, và dịch vụ không biết ai hỏi.",
        "“Được chấm” tính lần chấm cuối của mỗi câu. Phần trăm tính trên tổng số câu hỏi, riêng "
        "phần trăm hữu ích tính trên số câu được chấm.",
        "Thời gian cán bộ trả lời tính liên tục, kể cả đêm và ngày nghỉ, cho những câu gửi trong "
        "tháng, đến lúc lập báo cáo. Câu quá hạn lưu giữ đã xóa thì không còn trong số này.",
        "Tháng trước là cả tháng liền trước; nếu tháng này chưa hết thì là bằng ấy ngày đầu của "
        "tháng trước.",
    ]
    if not several:
        made.append(
            f"Số câu hỏi dưới {limits.least} của riêng một điểm đặt mã không hiện, để không lần ra "
            "người hỏi; số ấy vẫn nằm trong tổng của xã."
        )
    return tuple(made)


def _outside_hours(asked: Asked) -> int:
    by_hour = asked.weekday_hours()
    return sum(
        count
        for (weekday, hour), count in by_hour.items()
        if weekday >= _SATURDAY or hour not in _WORKING_HOURS
    )


def _office(area: Area) -> tuple[str, str]:
    if area.scope == "national":
        return "HỎI XÃ", "MỌI XÃ, PHƯỜNG"
    return "ỦY BAN NHÂN DÂN", area.name.upper()


def _plain(name: str) -> str:
    return name.removeprefix("thành phố ").removeprefix("tỉnh ")


def _addressee(area: Area) -> str:
    if area.scope == "national":
        return "Lãnh đạo phụ trách"
    return f"Chủ tịch Ủy ban nhân dân {area.name}"
