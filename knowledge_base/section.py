"""A record cut into sections, each line in the words that residents read.

The page, the index and the citations all use these lines, so what is found is what is shown and
what is quoted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from knowledge_base.guide import Guide
from knowledge_base.procedure import (
    DossierItem,
    Fee,
    Procedure,
    Provider,
    TimeLimit,
    TimeUnit,
)
from knowledge_base.record import ONLINE_CHANNELS, Channel, Facet
from knowledge_base.source import Fact

FACET_HEADINGS = {
    Facet.SUMMARY: "Việc này là gì",
    Facet.ELIGIBILITY: "Ai được làm, điều kiện",
    Facet.DOSSIER: "Cần mang gì",
    Facet.STEPS: "Các bước",
    Facet.WHERE: "Nộp ở đâu",
    Facet.ONLINE: "Cách nộp, nộp qua mạng",
    Facet.TIME_LIMIT: "Bao lâu có",
    Facet.FEE: "Lệ phí",
    Facet.RESULT: "Nhận được gì",
    Facet.FORM: "Mẫu đơn",
    Facet.LEGAL_BASIS: "Căn cứ",
}

CHANNEL_WORDS = {
    Channel.IN_PERSON: "Nộp trực tiếp",
    Channel.POST: "Gửi qua bưu điện",
    Channel.ONLINE: "Nộp qua mạng",
    Channel.PORTAL: "Nộp qua Cổng Dịch vụ công",
    Channel.VNEID: "Nộp trên VNeID",
    Channel.APP: "Nộp trên ứng dụng",
    Channel.PHONE: "Gọi điện thoại",
    Channel.EMAIL: "Gửi thư điện tử",
}

_UNITS = {
    TimeUnit.WORKING_DAY: "ngày làm việc",
    TimeUnit.DAY: "ngày",
    TimeUnit.MONTH: "tháng",
    TimeUnit.HOUR: "giờ",
}


_OWN_FIRST = frozenset({Facet.FEE, Facet.TIME_LIMIT, Facet.ELIGIBILITY})
"""Sections in which a case's own lines answer before the common ones."""


@dataclass(frozen=True, slots=True)
class Line:
    """One statement of a section."""

    text: str
    sources: tuple[str, ...]
    case: str | None = None
    """The case it belongs to; None where it holds for all."""
    channel: Channel | None = None
    default: bool = False
    """A case's own line of the same section takes its place: a usual price or time limit."""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a record."""

    id: str
    """A facet of a procedure, or the id of a guide's section."""
    facet: Facet
    heading: str
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """All lines, one below the other."""
        return "\n".join(line.text for line in self.lines)

    def for_case(self, case: str | None) -> tuple[Line, ...]:
        """The lines that hold for a case: what is common and its own.

        A case's own fees and time limits take the place of the usual ones; exemptions stay.
        """
        own = tuple(line for line in self.lines if line.case is not None and line.case == case)
        common = tuple(line for line in self.lines if line.case is None)
        if own:
            common = tuple(line for line in common if not line.default)
        return own + common if self.facet in _OWN_FIRST else common + own


def money(amount: int) -> str:
    """``20000`` → ``20.000 đồng``."""
    return f"{amount:,} đồng".replace(",", ".")


def day_words(day: date) -> str:
    """``2026-07-01`` → ``1/7/2026``."""
    return f"{day.day}/{day.month}/{day.year}"


def sentence(text: str) -> str:
    """The text with its first letter large and a full stop at its end."""
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "…", ":")) else f"{text}."


def _lower_first(text: str) -> str:
    head = text.split(" ", 1)[0]
    return text if head.isupper() else text[:1].lower() + text[1:]


def fee_words(fee: Fee) -> str:
    """A fee as one line, ``Nộp qua mạng (cá nhân, hộ gia đình): 7.000 đồng/lần``."""
    head = CHANNEL_WORDS[fee.channel] if fee.channel else ""
    if fee.label:
        head = f"{head} ({_lower_first(fee.label)})" if head else fee.label
    if fee.amount is None:
        amount = fee.note or ""
    elif fee.amount == 0:
        amount = "không mất tiền"
    else:
        amount = money(fee.amount) + (f"/{fee.per}" if fee.per else "")
    words = f"{head}: {_lower_first(amount)}" if head and amount else head or amount
    words = sentence(words) if words else ""
    if words and fee.effective_to:
        start = f"từ {day_words(fee.effective_from)} " if fee.effective_from else ""
        words = f"{words[:-1]} ({start}đến hết {day_words(fee.effective_to)})."
    if fee.exemption:
        words += f" Miễn cho: {_lower_first(sentence(fee.exemption))}"
    if fee.note and fee.amount is not None:
        words += f" {sentence(fee.note)}"
    return words.strip()


def time_words(limit: TimeLimit) -> str:
    """A time limit as one line, ``Nộp qua mạng: 3 ngày làm việc``."""
    head = CHANNEL_WORDS[limit.channel] if limit.channel else ""
    if limit.label:
        head = f"{head} ({_lower_first(limit.label)})" if head else limit.label
    length = (
        "giải quyết ngay"
        if limit.unit is TimeUnit.AT_ONCE
        else f"{limit.amount} {_UNITS[limit.unit]}"
    )
    words = sentence(f"{head}: {length}" if head else length)
    return f"{words} {sentence(limit.note)}" if limit.note else words


def dossier_words(item: DossierItem) -> str:
    """A paper as one line, ``Tờ khai (mẫu CT01): 1 bản chính. Ghi chú``."""
    name = item.item
    if item.form and item.form.lower() not in name.lower():
        form = item.form if item.form.lower().startswith("mẫu") else f"mẫu {item.form}"
        name = f"{name} ({_lower_first(form)})"
    counts = [
        f"{count} {word}"
        for count, word in ((item.originals, "bản chính"), (item.copies, "bản sao"))
        if count
    ]
    words = name + (f": {', '.join(counts)}" if counts else "")
    if item.provided_by is Provider.OFFICE:
        words += " (cơ quan tự tra cứu)"
    words = sentence(words)
    return f"{words} {sentence(item.note)}" if item.note else words


def sections_of(record: Procedure | Guide, day: date) -> tuple[Section, ...]:
    """The sections of a record that have something to say on ``day``."""
    made = _procedure(record, day) if isinstance(record, Procedure) else _guide(record, day)
    return tuple(section for section in made if section.lines)


def _guide(record: Guide, day: date) -> list[Section]:
    made = []
    for part in record.sections:
        if not part.in_force(day):
            continue
        keys = part.source_keys
        lines = [Line(part.answer, keys)]
        lines += [Line(entry.text, keys) for entry in part.entries]
        if part.body:
            lines += [
                Line(text, keys)
                for block in part.body.split("\n")
                if (text := block.strip().lstrip("-*# ").strip())
            ]
        made.append(Section(part.id, part.facet, part.heading, tuple(lines)))
    return made


def _procedure(record: Procedure, day: date) -> list[Section]:
    def line(
        fact: Fact,
        text: str,
        case: str | None = None,
        channel: Channel | None = None,
        *,
        default: bool = False,
    ) -> list[Line]:
        if not fact.in_force(day):
            return []
        return [Line(text, fact.source_keys, case, channel, default)]

    lines: dict[Facet, list[Line]] = {facet: [] for facet in Facet}
    lines[Facet.SUMMARY] += line(record.summary, record.summary.text)
    for statement in (*record.who_can_apply, *record.conditions):
        lines[Facet.ELIGIBILITY] += line(statement, sentence(statement.text))
    for paper in record.dossier:
        lines[Facet.DOSSIER] += line(paper, dossier_words(paper))
    for step in record.steps:
        lines[Facet.STEPS] += line(step, sentence(step.text))
    for place in record.where:
        lines[Facet.WHERE] += line(place, sentence(place.text))
    for option in record.channels:
        words = sentence(CHANNEL_WORDS[option.channel])
        if option.note:
            words = f"{words[:-1]}: {sentence(option.note)}"
        if option.link and option.channel in ONLINE_CHANNELS:
            words = f"{words} {str(option.link).rstrip('/')}"
        lines[Facet.ONLINE] += line(option, words, channel=option.channel)
    for limit in record.time_limits:
        lines[Facet.TIME_LIMIT] += line(
            limit, time_words(limit), channel=limit.channel, default=True
        )
    for fee in record.fees or ():
        lines[Facet.FEE] += line(fee, fee_words(fee), channel=fee.channel, default=fee.amount != 0)
    for outcome in record.result:
        lines[Facet.RESULT] += line(outcome, sentence(outcome.text))
    for form in record.forms:
        number = form.number or ""
        marked = number if number.lower().startswith("mẫu") else f"Mẫu {number}"
        named = f"{marked}: {form.name}" if number else form.name
        lines[Facet.FORM] += line(form, sentence(named))
    for basis in record.legal_basis:
        article = f", {basis.article}" if basis.article else ""
        lines[Facet.LEGAL_BASIS] += line(basis, sentence(f"{basis.name} {basis.number}{article}"))

    for case in record.cases:
        if not case.in_force(day):
            continue
        for condition in case.conditions:
            lines[Facet.ELIGIBILITY] += line(condition, sentence(condition.text), case.id)
        for paper in case.dossier:
            lines[Facet.DOSSIER] += line(paper, dossier_words(paper), case.id)
        if case.note:
            lines[Facet.DOSSIER] += line(case, sentence(case.note), case.id)
        for limit in case.time_limits:
            lines[Facet.TIME_LIMIT] += line(limit, time_words(limit), case.id, limit.channel)
        for fee in case.fees:
            lines[Facet.FEE] += line(fee, fee_words(fee), case.id, fee.channel)

    return [
        Section(facet.value, facet, FACET_HEADINGS[facet], tuple(found))
        for facet, found in lines.items()
    ]
