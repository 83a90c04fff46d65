"""What became of a place of before, and which office handles the matter there now.

Looks at every answer once it is made: where the question names a place, the answer says which unit
it is today, from the register of units, and names that unit's counter with what is known of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.answering import replies, show
from app.answering.answer import Answer, AnswerStatus, Choice, Citation, Language, Office
from app.answering.asked import Asked
from app.answering.english_wording import vietnamese
from app.answering.mention import Mention, mention_of
from app.answering.office import office_of, seat_of
from app.answering.understand import QuestionKind
from knowledge_base.commune import Commune
from knowledge_base.procedure import Procedure
from knowledge_base.record import CounterKind, Facet, Topic
from knowledge_base.register import known_commune, register_source
from knowledge_base.source import Fact
from knowledge_base.unit_names import Found, OneOf, Successor, Why
from knowledge_base.units import MERGED_ON, Unit, Units

_MOST_CHOICES = 12
"""More successors than these are not offered as buttons; the resident writes the old name."""
_SHORT_LINE = 160
"""Characters; a record's own sentence about a place is no longer than this."""
_HANDLERS = {
    CounterKind.ONE_STOP: "Trung tâm Phục vụ hành chính công {}",
    CounterKind.POLICE: "Công an {}",
    CounterKind.LAND_BRANCH: "Chi nhánh Văn phòng đăng ký đất đai phụ trách {}",
    CounterKind.SOCIAL_INSURANCE: "Cơ quan bảo hiểm xã hội phụ trách {}",
    CounterKind.HEALTH_STATION: "Trạm Y tế {}",
    CounterKind.TAX: "Cơ quan thuế phụ trách {}",
    CounterKind.OTHER: "Ủy ban nhân dân {}",
}
_WITH_RECORD = (AnswerStatus.ANSWERED, AnswerStatus.CLARIFY_CASE)
_UNANSWERED = (
    AnswerStatus.ABSTAINED_NO_PASSAGE,
    AnswerStatus.ABSTAINED_LOW_CONFIDENCE,
    AnswerStatus.OUT_OF_SCOPE,
)
_ASKED = (QuestionKind.PROCEDURE, QuestionKind.OFFICE)


@dataclass(frozen=True, slots=True)
class _Line:
    """One sentence, and the commune's fact that it rests on; without one, the register."""

    text: str
    commune: Commune | None = None
    fact: Fact | None = None


def placed(asked: Asked, answer: Answer, again: Callable[[str], Answer]) -> Answer:
    """The answer, with what it has to say about a place that the question names.

    Args:
        asked: the question.
        answer: what is answered to the whole of it.
        again: answers other words of the same resident, for a question that names a place too.
    """
    understood = asked.understood
    if understood.kind not in _ASKED:
        return answer
    mention = mention_of(understood.text, asked.commune.province, marked=understood.marked)
    if mention is None or _is_here(asked, mention):
        return answer
    names_office = (
        understood.counter is not None
        and answer.status in _UNANSWERED
        and _first(mention).province.slug == asked.commune.province
    )
    if understood.kind is QuestionKind.OFFICE or names_office:
        return _office_there(asked, mention) if mention.outright else answer
    sure = mention.outright or mention.whereabouts
    if sure and mention.rest and asked.question.case is None and _unclear(answer):
        other = again(mention.rest)
        another = other.procedure is not None and other.procedure != answer.procedure
        if another and other.status in _WITH_RECORD:
            return _handled(asked, mention, replace(other, asked=answer.asked))
    if mention.whereabouts:
        return answer if _says_it(answer, mention) else _where_it_went(asked, mention, answer)
    if answer.procedure is None or answer.status not in _WITH_RECORD or not mention.outright:
        return answer
    return _handled(asked, mention, answer)


def _unclear(answer: Answer) -> bool:
    """Whether the place's name, as it seems, hid what else was asked."""
    about_places = answer.procedure is not None and answer.procedure.topic is Topic.LOCAL_GOVERNMENT
    return answer.status is AnswerStatus.CLARIFY_PROCEDURE or about_places


def _is_here(asked: Asked, mention: Mention) -> bool:
    """Whether the place is the commune scanned, by the name that it bears today."""
    found = mention.place
    return (
        isinstance(found, Found)
        and found.unit.code == asked.commune.code
        and not mention.whereabouts
        and (found.place.former is None or found.place.former.name == found.unit.name)
    )


def _says_it(answer: Answer, mention: Mention) -> bool:
    """Whether a record's own sentence already names the unit of today."""
    found = mention.place
    line = answer.text.split("\n", 1)[0]
    return (
        answer.status is AnswerStatus.ANSWERED
        and isinstance(found, Found)
        and len(line) <= _SHORT_LINE
        and found.unit.full_name in line
    )


def _where_it_went(asked: Asked, mention: Mention, answer: Answer) -> Answer:
    """The register's answer; a guide on the new communes that was found stays beside it."""
    found = mention.place
    guide = answer.procedure
    if guide is not None and guide.topic is not Topic.LOCAL_GOVERNMENT:
        guide = None
    if isinstance(found, Found):
        commune = known_commune(found.unit, asked.edition.catalogue)
        lines = _at(found, commune, CounterKind.ONE_STOP, asked.language)
        status, choices = AnswerStatus.ANSWERED, tuple[Choice, ...]()
        office = _office_of(asked, commune, CounterKind.ONE_STOP)
    else:
        assert isinstance(found, OneOf)
        lines = _several(found, asked.language)
        choices = _choices(asked, mention, found)
        clear = found.why is not Why.SAME_NAME
        status = AnswerStatus.ANSWERED if clear else AnswerStatus.CLARIFY_CASE
        office = _own_office(asked, found, CounterKind.ONE_STOP)
    text, citations = _cited(lines, 1, _first(mention), asked.language)
    return replace(
        show.bare(asked, status, text),
        facet=Facet.WHERE,
        procedure=guide,
        office=office,
        citations=citations,
        choices=choices,
    )


def _handled(asked: Asked, mention: Mention, answer: Answer) -> Answer:
    """An answer about a record, with who handles the matter at the place named."""
    found, office, choices = mention.place, answer.office, answer.choices
    assert answer.procedure is not None
    record = asked.edition.scope(asked.commune.id).records.get(answer.procedure.id)
    kind = record.where[0].counter if isinstance(record, Procedure) else CounterKind.ONE_STOP
    if isinstance(found, Found):
        commune = known_commune(found.unit, asked.edition.catalogue)
        lines = _at(found, commune, kind, asked.language)
        office = _office_of(asked, commune, kind)
    else:
        assert isinstance(found, OneOf)
        lines = _several(found, asked.language)
        office = _own_office(asked, found, kind) and office
        choices = choices or _choices(asked, mention, found)
    text, citations = _cited(lines, len(answer.citations) + 1, _first(mention), asked.language)
    return replace(
        answer,
        text=f"{answer.text}\n{text}",
        citations=(*answer.citations, *citations),
        office=office,
        choices=choices,
    )


def _own_office(asked: Asked, found: OneOf, kind: CounterKind) -> Office | None:
    """The scanned commune's counter, where the resident may be of it."""
    if all(place.unit.code != asked.commune.code for place in found.places):
        return None
    return _office_of(asked, asked.commune, kind)


def _office_of(asked: Asked, commune: Commune, kind: CounterKind) -> Office | None:
    """A commune's counter of a kind, or else its one-stop counter."""
    calendar = asked.calendars(commune)
    there = office_of(commune, kind, asked.moment, asked.language, calendar)
    return there or office_of(commune, CounterKind.ONE_STOP, asked.moment, asked.language, calendar)


def _office_there(asked: Asked, mention: Mention) -> Answer:
    """Address, hours and telephone of a counter at the place named, as far as they are known."""
    found = mention.place
    if isinstance(found, OneOf):
        return _where_it_went(asked, mention, show.bare(asked, AnswerStatus.ANSWERED))
    assert isinstance(found, Found)
    commune = known_commune(found.unit, asked.edition.catalogue)
    kind = asked.understood.counter or CounterKind.ONE_STOP
    there = show.about_office(replace(asked, commune=commune))
    if there.citations:
        line = _Line(_became(found.place, asked.language))
        text, citations = _cited([line], len(there.citations) + 1, found.unit, asked.language)
        return replace(
            there, text=f"{there.text}\n{text}", citations=(*there.citations, *citations)
        )
    lines = _at(found, commune, kind, asked.language)
    text, citations = _cited(lines, 1, found.unit, asked.language)
    return replace(
        show.bare(asked, AnswerStatus.ANSWERED, text),
        facet=Facet.WHERE,
        office=_office_of(asked, commune, kind),
        citations=citations,
    )


def _at(found: Found, commune: Commune, kind: CounterKind, language: Language) -> list[_Line]:
    """What a place is today, and who receives the matter there."""
    return [_Line(_became(found.place, language)), *_counter_lines(commune, kind, language)]


def _became(place: Successor, language: Language) -> str:
    """Such as ``Xã Hòa Khương (huyện Hòa Vang) cũ nay thuộc xã Hòa Tiến, thành phố Đà Nẵng.``."""
    former, unit = place.former, place.unit
    today = f"{unit.full_name}, {unit.province.full_name}"
    if former is None:
        merged = ", ".join(dict.fromkeys(one.full_name for one in unit.merged_from))
        if language is Language.EN:
            return f"{vietnamese(_capital(today))} was formed from {vietnamese(merged)}."
        return f"{_capital(today)} gồm {merged} cũ."
    of = f" ({former.district.full_name})" if former.district else ""
    if language is Language.EN:
        before = vietnamese(f"{former.full_name}{of}")
        return f"The former {before} is now part of {vietnamese(today)}, since {_day()}."
    return f"{_capital(former.full_name)}{of} cũ nay thuộc {today}, từ {_day()}."


def _several(found: OneOf, language: Language) -> list[_Line]:
    words = _several_in_english if language is Language.EN else _several_words
    return [_Line(text) for text in words(found)]


def _several_in_english(found: OneOf) -> list[str]:
    units = dict.fromkeys(place.unit for place in found.places)
    names = vietnamese(", ".join(unit.full_name for unit in units))
    former = found.places[0].former
    if found.why is Why.SAME_NAME or former is None:
        if len(units) > _MOST_CHOICES:
            return ["Many places have this name. Please add the former district and province."]
        return ["Several places have this name. Please choose yours."]
    before = vietnamese(former.full_name)
    if found.why is Why.DISTRICT:
        return [
            f"{before} no longer exists since {_day()}; it is now: {names}.",
            "Tell me the former commune or ward to learn which of them it belongs to.",
        ]
    return [
        f"The former {before} was divided among several units: {names}.",
        "Ask your village or neighbourhood head, or one of these units, which part is yours.",
    ]


def _several_words(found: OneOf) -> list[str]:
    units = dict.fromkeys(place.unit for place in found.places)
    names = ", ".join(unit.full_name for unit in units)
    former = found.places[0].former
    if found.why is Why.SAME_NAME or former is None:
        if len(units) > _MOST_CHOICES:
            return ["Nhiều nơi cùng tên này. Bà con ghi thêm tên huyện, tỉnh cũ."]
        return ["Nhiều nơi có tên này. Bà con chọn nơi của mình."]
    if found.why is Why.DISTRICT:
        name = _capital(former.full_name)
        return [
            f"{name} không còn từ {_day()}, nay là: {names}.",
            "Bà con cho biết tên xã, phường cũ của mình để biết nay thuộc nơi nào.",
        ]
    return [
        f"{_capital(former.full_name)} cũ chia về nhiều nơi: {names}.",
        "Bà con hỏi trưởng thôn, tổ trưởng hoặc một trong các nơi này để biết phần của mình.",
    ]


def _choices(asked: Asked, mention: Mention, found: OneOf) -> tuple[Choice, ...]:
    """A button for each successor; it asks the same question with the place written out."""
    text = asked.understood.text
    own = vietnamese if asked.language is Language.EN else str
    offered: dict[str, Choice] = {}
    for place in found.places:
        same = found.why is Why.SAME_NAME
        today = f"{place.unit.full_name}, {place.unit.province.full_name}"
        label = place.written_out if same else place.unit.full_name
        named = place.written_out if same else today
        offered.setdefault(label, Choice(own(label), _asked_of(text, mention, named)))
    return tuple(offered.values()) if len(offered) <= _MOST_CHOICES else ()


def _asked_of(text: str, mention: Mention, named: str) -> str:
    if mention.whereabouts:
        return f"{named} nay thuộc xã, phường nào?"
    return f"Tôi ở {named}, {mention.rest or text}"


def _counter_lines(commune: Commune, kind: CounterKind, language: Language) -> list[_Line]:
    """Who receives the matter in a commune, and what is known of that counter."""
    english = language is Language.EN
    own = vietnamese if english else str
    receives, at, by = (
        ("Received by", "Address", "Telephone")
        if english
        else ("Nơi nhận", "Địa chỉ", "Điện thoại")
    )
    unknown = replies.in_language(replies.NO_DETAILS, language)
    counter = commune.counter(kind)
    if counter is None:
        line = f"{receives}: {own(_HANDLERS[kind].format(commune.full_name))}, {unknown}."
        if kind is CounterKind.ONE_STOP or commune.counter(CounterKind.ONE_STOP) is None:
            return [_Line(line)]
        return [_Line(line), *_counter_lines(commune, CounterKind.ONE_STOP, language)]
    name = f"{receives}: {own(counter.name)}."
    facts = [fact for fact in (counter.address, counter.telephone) if fact is not None]
    if facts:
        known = (
            own(counter.address.text) if counter.address else unknown,
            counter.telephone.text if counter.telephone else unknown,
        )
        return [_Line(f"{name} {at}: {known[0]}. {by}: {known[1]}.", commune, facts[0])]
    lines = [_Line(f"{name} {at}, {by.lower()}: {unknown}.")]
    seat = seat_of(commune)
    if seat is not None and seat.address is not None:
        text = f"{own(seat.name)}: {own(seat.address.text)}."
        note = f"{text} {own(seat.note)}" if seat.note else text
        lines.append(_Line(note, commune, seat.address))
    return lines


def _cited(
    lines: Sequence[_Line], first: int, unit: Unit, language: Language
) -> tuple[str, tuple[Citation, ...]]:
    """The lines with their marks, and a citation for the register and for the commune's record."""
    text: list[str] = []
    citations: list[Citation] = []
    for sourced in (False, True):
        own = [line for line in lines if (line.fact is not None) is sourced]
        if not own:
            continue
        number = first + len(citations)
        text += [f"{line.text} [{number}]" for line in own]
        quote = "\n".join(line.text for line in own)
        citations.append(_citation(number, quote, unit, own[0], language))
    return "\n".join(text), tuple(citations)


def _citation(number: int, quote: str, unit: Unit, line: _Line, language: Language) -> Citation:
    if line.commune is None or line.fact is None:
        source, title = register_source(), "Xã, phường cũ nay thuộc đâu"
        checked_on, both = Units.packaged().seen_on, ("Nơi cũ, nơi mới", "Former and present units")
    else:
        source, title = line.commune.sources[line.fact.source_keys[0]], line.commune.full_name
        checked_on, both = line.commune.checked_on, replies.OFFICE_SECTION
    address = source.address or ""
    return Citation(
        number=number,
        record_id=unit.id,
        title=title,
        section=replies.in_language(both, language),
        quote=quote,
        legal_basis=(),
        source_title=f"{source.title} ({source.publisher})",
        source_url=address if address.startswith("https://") else None,
        checked_on=checked_on,
    )


def _first(mention: Mention) -> Unit:
    found = mention.place
    if isinstance(found, Found):
        return found.unit
    assert isinstance(found, OneOf)
    return found.places[0].unit


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _day() -> str:
    return f"{MERGED_ON.day}/{MERGED_ON.month}/{MERGED_ON.year}"
