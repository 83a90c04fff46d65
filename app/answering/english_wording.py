"""A record's facts said in English, with the counter's Vietnamese words kept between “ ”.

What is typed (amounts, channels, time limits, copies, counters) is said in English; what a record
says in words of its own stays Vietnamese. Everything Vietnamese stands between “ and ”, and nothing
else does, so that a page can mark it as Vietnamese. Figures keep their Vietnamese form: they are
what stands on the counter's papers, and what the number gate compares.
"""

from __future__ import annotations

import re

from app.answering.answer import Language
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
from knowledge_base.record import ONLINE_CHANNELS, Channel, CounterKind, Facet
from knowledge_base.section import VIETNAMESE, Wording, day_words, money, sentence
from knowledge_base.source import LegalBasis

HEADINGS = {
    Facet.SUMMARY: "What it is",
    Facet.ELIGIBILITY: "Who can apply, conditions",
    Facet.DOSSIER: "What to bring",
    Facet.STEPS: "Steps",
    Facet.WHERE: "Where to apply",
    Facet.ONLINE: "How to apply, online",
    Facet.TIME_LIMIT: "How long it takes",
    Facet.FEE: "Fee",
    Facet.RESULT: "What you get",
    Facet.FORM: "Form",
    Facet.LEGAL_BASIS: "Legal basis",
}
IN_VIETNAMESE = frozenset({Facet.SUMMARY, Facet.ELIGIBILITY, Facet.STEPS, Facet.RESULT})
"""Facets that records put in words of their own, which stay Vietnamese."""

_CHANNELS = {
    Channel.IN_PERSON: "in person",
    Channel.POST: "by post",
    Channel.ONLINE: "online",
    Channel.PORTAL: "on the public service portal (“Cổng Dịch vụ công”)",
    Channel.VNEID: "in the VNeID app",
    Channel.APP: "in an app",
    Channel.PHONE: "by telephone",
    Channel.EMAIL: "by e-mail",
}
_COUNTERS = {
    CounterKind.ONE_STOP: "the commune's one-stop counter",
    CounterKind.POLICE: "the police",
    CounterKind.LAND_BRANCH: "the land registration office",
    CounterKind.SOCIAL_INSURANCE: "the social insurance office",
    CounterKind.HEALTH_STATION: "a health facility",
    CounterKind.TAX: "the tax office",
    CounterKind.OTHER: "another office, named here in Vietnamese",
}
_UNITS = {
    TimeUnit.WORKING_DAY: "working day",
    TimeUnit.DAY: "day",
    TimeUnit.MONTH: "month",
    TimeUnit.HOUR: "hour",
}
_PER = {
    "bản": "per copy",
    "lần": "each time",
    "trang": "per page",
    "giao dịch": "per transaction",
    "thẻ": "per card",
    "người": "per person",
    "trường hợp": "per case",
    "thí sinh": "per candidate",
    "văn bản": "per document",
    "năm": "per year",
    "người/năm": "per person per year",
    "giấy phép": "per permit",
    "di chúc": "per will",
    "tháng": "per month",
}
_EXEMPT = {
    "gia đình có công với cách mạng": "families with meritorious service to the revolution",
    "hộ nghèo": "poor households",
    "người khuyết tật": "people with disabilities",
    "trẻ em": "children",
    "trẻ em (trừ trường hợp có yếu tố nước ngoài)": (
        "children (except where a foreign element is involved)"
    ),
    "người cao tuổi": "elderly people",
    "người thuộc hộ nghèo": "people of poor households",
    "người có công và thân nhân": "people with meritorious service and their relatives",
    "người từ đủ 16 đến dưới 18 tuổi mồ côi cả cha mẹ": (
        "people aged 16 to under 18 who have lost both parents"
    ),
}
"""Those whom laws exempt again and again; a list with anybody else stays Vietnamese."""
_PLAIN_FORM = re.compile(r"[A-Z0-9][A-Za-z0-9./-]*")
_SMALL_LATER = re.compile(r"[A-Z](?=[a-z ])")


def vietnamese(text: str) -> str:
    """Vietnamese words inside English ones: ``“Đăng ký tạm trú”``."""
    return f"“{text.strip().replace('“', '‘').replace('”', '’')}”"


def wording_of(language: Language) -> Wording:
    """How facts are said in a language."""
    return ENGLISH if language is Language.EN else VIETNAMESE


def named(record: Procedure | Guide) -> str:
    """A record's English name inside a sentence; its Vietnamese title where it has none."""
    return lower_first(record.title_en) if record.title_en else vietnamese(record.title)


def titled(record: Procedure | Guide) -> str:
    """Both names: ``Marriage registration (“Đăng ký kết hôn”)``."""
    own = vietnamese(record.title)
    return f"{record.title_en} ({own})" if record.title_en else own


def lower_first(text: str) -> str:
    """The text as it stands within a sentence: ``Fee`` → ``fee``, but ``DNA`` stays."""
    return text[:1].lower() + text[1:] if _SMALL_LATER.match(text) else text


def _heading(facet: Facet) -> str:
    """The heading of a procedure's section, which says where Vietnamese follows."""
    return HEADINGS[facet] + (" (in Vietnamese)" if facet in IN_VIETNAMESE else "")


def _dossier(item: DossierItem) -> str:
    """Such as ``“Tờ khai thay đổi thông tin cư trú” (form CT01): 1 original.``."""
    words = vietnamese(item.item)
    if item.form and item.form.lower() not in item.item.lower():
        words = f"{words} (form {_form_number(item.form)})"
    counts = [
        _counted(count, thing)
        for count, thing in ((item.originals, "original"), (item.copies, "copy"))
        if count
    ]
    words = f"{words}: {', '.join(counts)}." if counts else f"{words}."
    if item.provided_by is Provider.OFFICE:
        words += " The office looks this up itself."
    return words + _note(item.note)


def _where(place: WhereTo) -> str:
    """Such as ``The police (“Công an xã nơi đến tạm trú”).``."""
    return sentence(f"{_COUNTERS[place.counter]} ({vietnamese(place.text.rstrip('. '))})")


def _channel(option: ChannelOption) -> str:
    """Such as ``In the VNeID app. Note: “Cần tài khoản mức 2”.``."""
    words = sentence(_CHANNELS[option.channel]) + _note(option.note)
    if option.link and option.channel in ONLINE_CHANNELS:
        words = f"{words} {str(option.link).rstrip('/')}"
    return words


def _time(limit: TimeLimit) -> str:
    """Such as ``3 working days, online.``."""
    if limit.unit is TimeUnit.AT_ONCE:
        words = "handled at once"
    else:
        assert limit.amount is not None
        words = _counted(limit.amount, _UNITS[limit.unit])
    return sentence(words + _narrowed(limit.channel, limit.label)) + _note(limit.note)


def _fee(fee: Fee) -> str:
    """Such as ``7.000 đồng each time, online, for “Cá nhân, hộ gia đình”.``."""
    if fee.amount is None:
        words = "the record gives no fixed amount"
    elif fee.amount == 0:
        words = "free of charge"
    else:
        words = money(fee.amount)
        if fee.per:
            words += f" {_PER.get(fee.per) or 'per ' + vietnamese(fee.per)}"
    words += _narrowed(fee.channel, fee.label)
    if fee.effective_to:
        start = f"from {day_words(fee.effective_from)} " if fee.effective_from else ""
        words += f" ({start}to {day_words(fee.effective_to)}, day/month/year)"
    words = sentence(words)
    if fee.exemption:
        words += f" Free for {_exempt(fee.exemption)}."
    return words + _note(fee.note)


def _form(form: Form) -> str:
    """Such as ``Form CT01 (“Tờ khai thay đổi thông tin cư trú”).``."""
    name = vietnamese(form.name)
    return f"Form {_form_number(form.number)} ({name})." if form.number else f"{name}."


def _basis(basis: LegalBasis) -> str:
    """Such as ``“Luật Cư trú 68/2020/QH14, Điều 27”.``."""
    article = f", {basis.article}" if basis.article else ""
    return f"{vietnamese(f'{basis.name} {basis.number}{article}')}."


def _counted(count: int, thing: str) -> str:
    many = "copies" if thing == "copy" else f"{thing}s"
    return f"{count} {thing if count == 1 else many}"


def _form_number(number: str) -> str:
    return number if _PLAIN_FORM.fullmatch(number) else vietnamese(number)


def _narrowed(channel: Channel | None, label: str | None) -> str:
    """What an amount or a time is for: ``, online, for “Cấp đổi”``."""
    way = f", {_CHANNELS[channel]}" if channel else ""
    return way + (f", for {vietnamese(label)}" if label else "")


def _note(text: str | None) -> str:
    return f" Note: {vietnamese(text.rstrip('. '))}." if text else ""


def _exempt(text: str) -> str:
    """Who pays nothing: in English too, where the whole list is known."""
    plain = text.strip().rstrip(".")
    parts = [part.strip().lower() for part in re.split(r"[,;] ", plain)]
    own = vietnamese(plain)
    if not all(part in _EXEMPT for part in parts):
        return own
    return f"{', '.join(_EXEMPT[part] for part in parts)} ({own})"


ENGLISH = Wording(
    heading=_heading,
    own_heading=vietnamese,
    free=vietnamese,
    dossier=_dossier,
    where=_where,
    channel=_channel,
    time=_time,
    fee=_fee,
    form=_form,
    basis=_basis,
)
"""English around Vietnamese terms."""
