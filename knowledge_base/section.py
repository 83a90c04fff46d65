"""A record cut into sections, each line in the words that residents read.

The page, the index and the citations all use these lines, so what is found is what is shown and
what is quoted. Another language words the same lines through a ``Wording`` of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from knowledge_base.guide import Guide
from knowledge_base.procedure import (
    ChannelOption,
    DossierItem,
    Fee,
    Form,
    Procedure,
    Provider,
    TimeLimit,
    TimeUnit,
    WhereTo,
)
from knowledge_base.record import ONLINE_CHANNELS, Channel, Facet
from knowledge_base.source import Fact, LegalBasis, Statement

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


@dataclass(frozen=True, slots=True)
class Wording:
    """How facts are said; in every language a record has the same lines in the same order."""

    heading: Callable[[Facet], str]
    """The heading of a procedure's section."""
    own_heading: Callable[[str], str]
    """The heading that a guide gives a section."""
    free: Callable[[str], str]
    """What a record says in sentences of its own."""
    dossier: Callable[[DossierItem], str]
    where: Callable[[WhereTo], str]
    channel: Callable[[ChannelOption], str]
    time: Callable[[TimeLimit], str]
    fee: Callable[[Fee], str]
    form: Callable[[Form], str]
    basis: Callable[[LegalBasis], str]


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


def channel_words(option: ChannelOption) -> str:
    """A way to hand in as one line, ``Nộp trên VNeID: Cần tài khoản mức 2.``."""
    words = sentence(CHANNEL_WORDS[option.channel])
    if option.note:
        words = f"{words[:-1]}: {sentence(option.note)}"
    if option.link and option.channel in ONLINE_CHANNELS:
        words = f"{words} {str(option.link).rstrip('/')}"
    return words


def form_words(form: Form) -> str:
    """A form as one line, ``Mẫu CT01: Tờ khai thay đổi thông tin cư trú.``."""
    number = form.number or ""
    marked = number if number.lower().startswith("mẫu") else f"Mẫu {number}"
    return sentence(f"{marked}: {form.name}" if number else form.name)


def basis_words(basis: LegalBasis) -> str:
    """A legal text as one line, ``Luật Cư trú 68/2020/QH14, Điều 27.``."""
    article = f", {basis.article}" if basis.article else ""
    return sentence(f"{basis.name} {basis.number}{article}")


VIETNAMESE = Wording(
    heading=FACET_HEADINGS.__getitem__,
    own_heading=str,
    free=str,
    dossier=dossier_words,
    where=lambda place: sentence(place.text),
    channel=channel_words,
    time=time_words,
    fee=fee_words,
    form=form_words,
    basis=basis_words,
)
"""The words of the records themselves."""


def sections_of(
    record: Procedure | Guide, day: date, wording: Wording = VIETNAMESE
) -> tuple[Section, ...]:
    """The sections of a record that have something to say on ``day``."""
    made = (
        _procedure(record, day, wording)
        if isinstance(record, Procedure)
        else _guide(record, day, wording)
    )
    return tuple(section for section in made if section.lines)


def _guide(record: Guide, day: date, wording: Wording) -> list[Section]:
    made = []
    for part in record.sections:
        if not part.in_force(day):
            continue
        said = [part.answer, *(entry.text for entry in part.entries)]
        said += [
            text
            for block in part.body.split("\n")
            if (text := block.strip().lstrip("-*# ").strip())
        ]
        lines = tuple(Line(wording.free(text), part.source_keys) for text in said)
        made.append(Section(part.id, part.facet, wording.own_heading(part.heading), lines))
    return made


def _procedure(record: Procedure, day: date, wording: Wording) -> list[Section]:
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

    def stated(statement: Statement, case: str | None = None) -> list[Line]:
        return line(statement, wording.free(sentence(statement.text)), case)

    lines: dict[Facet, list[Line]] = {facet: [] for facet in Facet}
    lines[Facet.SUMMARY] += line(record.summary, wording.free(record.summary.text))
    for statement in (*record.who_can_apply, *record.conditions):
        lines[Facet.ELIGIBILITY] += stated(statement)
    for paper in record.dossier:
        lines[Facet.DOSSIER] += line(paper, wording.dossier(paper))
    for step in record.steps:
        lines[Facet.STEPS] += stated(step)
    for place in record.where:
        lines[Facet.WHERE] += line(place, wording.where(place))
    for option in record.channels:
        lines[Facet.ONLINE] += line(option, wording.channel(option), channel=option.channel)
    for limit in record.time_limits:
        lines[Facet.TIME_LIMIT] += line(
            limit, wording.time(limit), channel=limit.channel, default=True
        )
    for fee in record.fees or ():
        lines[Facet.FEE] += line(
            fee, wording.fee(fee), channel=fee.channel, default=fee.amount != 0
        )
    for outcome in record.result:
        lines[Facet.RESULT] += stated(outcome)
    for form in record.forms:
        lines[Facet.FORM] += line(form, wording.form(form))
    for basis in record.legal_basis:
        lines[Facet.LEGAL_BASIS] += line(basis, wording.basis(basis))

    for case in record.cases:
        if not case.in_force(day):
            continue
        for condition in case.conditions:
            lines[Facet.ELIGIBILITY] += stated(condition, case.id)
        for paper in case.dossier:
            lines[Facet.DOSSIER] += line(paper, wording.dossier(paper), case.id)
        if case.note:
            lines[Facet.DOSSIER] += line(case, wording.free(sentence(case.note)), case.id)
        for limit in case.time_limits:
            lines[Facet.TIME_LIMIT] += line(limit, wording.time(limit), case.id, limit.channel)
        for fee in case.fees:
            lines[Facet.FEE] += line(fee, wording.fee(fee), case.id, fee.channel)

    return [
        Section(facet.value, facet, wording.heading(facet), tuple(found))
        for facet, found in lines.items()
    ]
