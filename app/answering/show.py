"""Answers as they are shown: about a record, about an office, or without either."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from app.answering import replies
from app.answering.answer import (
    Answer,
    AnswerStatus,
    Choice,
    Citation,
    Language,
    Office,
    RecordRef,
)
from app.answering.asked import Asked
from app.answering.card import card_of
from app.answering.english_wording import named, titled, vietnamese, wording_of
from app.answering.office import describe, office_of
from app.answering.rest import left_open
from app.answering.retrieve import Candidate
from app.answering.verify import MARK
from knowledge_base.commune import Commune
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import CounterKind, Facet, RecordKind
from knowledge_base.section import day_words, sections_of


def bare(asked: Asked, status: AnswerStatus, text: str | None = None) -> Answer:
    """A status with its reply, or with a text of its own."""
    return Answer(
        id=uuid.uuid4().hex,
        conversation_id=asked.conversation_id,
        status=status,
        text=text if text is not None else replies.reply(status, asked.language),
        asked=asked.understood.text,
        language=asked.language,
        hotlines=tuple(line.text for line in asked.commune.hotlines),
    )


def about_record(
    asked: Asked,
    found: Candidate,
    status: AnswerStatus,
    text: str,
    facet: Facet,
    *,
    case: str | None,
    section: Facet | str,
    citations: tuple[Citation, ...] = (),
    engine: str = "composed",
) -> Answer:
    """An answer about a record, with its card and the counter that receives it."""
    record = found.record
    counter = record.where[0].counter if isinstance(record, Procedure) else CounterKind.ONE_STOP
    return replace(
        bare(asked, status, text),
        facet=facet,
        confidence=round(found.probability, 3),
        engine=engine,
        procedure=_reference(record, asked.commune),
        case=case,
        card=card_of(record, case, section, asked.edition.day, asked.language),
        citations=citations,
        office=office_of_kind(asked, counter),
        suggestions=_suggestions(asked, record, section),
        disclaimer=replies.in_language(replies.DISCLAIMER, asked.language).format(
            checked=day_words(record.checked_on)
        ),
    )


def without_record(
    asked: Asked,
    status: AnswerStatus,
    words: tuple[str, str] | None = None,
    *,
    examples: bool = False,
    counter: CounterKind = CounterKind.ONE_STOP,
) -> Answer:
    """A reply that rests on no record, with the counter to ask."""
    text = replies.in_language(words, asked.language) if words else None
    return replace(
        bare(asked, status, text),
        office=office_of_kind(asked, counter),
        suggestions=replies.EXAMPLES[asked.language] if examples else (),
    )


def scam_warning(asked: Asked, about: Answer | None) -> Answer:
    """The warning, with what a record on scams says below it."""
    warning = without_record(asked, AnswerStatus.SCAM_WARNING, counter=CounterKind.POLICE)
    if about is None:
        return warning
    return replace(
        about,
        status=warning.status,
        text=f"{warning.text}\n{about.text}",
        office=warning.office,
        choices=(),
    )


def which_record(asked: Asked, offered: Sequence[Candidate]) -> Answer:
    """A button for each record that may be meant; it asks the same question of that record."""
    return replace(
        without_record(asked, AnswerStatus.CLARIFY_PROCEDURE),
        confidence=round(offered[0].probability, 3),
        choices=tuple(
            Choice(
                _name(found.record, asked.language), asked.understood.text, f"{found.record.id}/"
            )
            for found in offered
        ),
    )


def joined(asked: Asked, first: Answer, second: Answer) -> Answer:
    """One answer to two questions: the first one's, with the second's text and citations below."""
    offset = len(first.citations)
    numbers = {
        citation.number: place + 1 + offset for place, citation in enumerate(second.citations)
    }
    heads = [_named(answer) for answer in (first, second)]
    text = MARK.sub(lambda mark: f"[{numbers.get(int(mark[1]), mark[1])}]", second.text)
    return replace(
        first,
        asked=asked.understood.text,
        text=f"{heads[0]}:\n{first.text}\n{heads[1]}:\n{text}",
        also=second.procedure,
        citations=(
            *first.citations,
            *(replace(one, number=numbers[one.number]) for one in second.citations),
        ),
        choices=(*first.choices, *second.choices),
        suggestions=(),
    )


def with_open(asked: Asked, record: Procedure | Guide, answer: Answer) -> Answer:
    """An answer with the questions of the message that it does not speak of."""
    if answer.status is not AnswerStatus.ANSWERED or asked.language is not Language.VI:
        return answer
    cited = {citation.section for citation in answer.citations}
    headings = wording_of(Language.VI).heading
    told = {
        section.facet
        for section in sections_of(record, asked.edition.day)
        if not cited.isdisjoint({section.heading, headings(section.facet)})
    }
    said = f"{record.title}\n{answer.text}"
    return replace(answer, open=left_open(asked.understood.text, told, said))


def about_office(asked: Asked) -> Answer:
    """Address, hours and telephone of the counter a question names."""
    commune = asked.commune
    one_stop = commune.counter(CounterKind.ONE_STOP)
    counter = commune.counter(asked.understood.counter or CounterKind.ONE_STOP) or one_stop
    if counter is None:
        return without_record(asked, AnswerStatus.ABSTAINED_NO_PASSAGE)
    facts = [fact for fact in (counter.address, counter.opening_hours, counter.telephone) if fact]
    calendar = asked.calendars(commune)
    office = describe(counter, asked.moment, asked.language, calendar)
    known = None
    if not office.hours and one_stop is not None and one_stop.opening_hours is not None:
        known = describe(one_stop, asked.moment, asked.language, calendar)
        facts.append(one_stop.opening_hours)
    lines = _office_lines(office, known, asked.language)
    if not facts:
        return without_record(asked, AnswerStatus.ABSTAINED_NO_PASSAGE, counter=counter.kind)
    source = commune.sources[facts[0].source_keys[0]]
    address = source.address or ""
    citation = Citation(
        number=1,
        record_id=commune.id,
        title=commune.full_name,
        section=replies.in_language(replies.OFFICE_SECTION, asked.language),
        quote="\n".join(lines),
        legal_basis=(),
        source_title=f"{source.title} ({source.publisher})",
        source_url=address if address.startswith("https://") else None,
        checked_on=commune.checked_on,
    )
    return replace(
        bare(asked, AnswerStatus.ANSWERED, "\n".join(f"{line} [1]" for line in lines)),
        office=office,
        facet=Facet.WHERE,
        citations=(citation,),
    )


def office_of_kind(asked: Asked, kind: CounterKind) -> Office | None:
    """The counter of a kind in the resident's commune, or else its one-stop counter."""
    commune, calendar = asked.commune, asked.calendars(asked.commune)
    there = office_of(commune, kind, asked.moment, asked.language, calendar)
    return there or office_of(commune, CounterKind.ONE_STOP, asked.moment, asked.language, calendar)


def _office_lines(office: Office, known: Office | None, language: Language) -> list[str]:
    """What is known of a counter, line by line; ``known`` is another whose hours are known."""
    english = language is Language.EN
    own = vietnamese if english else str
    unknown = replies.in_language(replies.NO_DETAILS, language)
    address, hours, now, telephone = (
        ("Address", "Opening hours", "Now", "Telephone")
        if english
        else ("Địa chỉ", "Giờ làm việc", "Bây giờ", "Điện thoại")
    )
    lines = [f"{own(office.name)}."]
    lines.append(f"{address}: {own(office.address) if office.address else unknown}.")
    lines.append(f"{hours}: {'; '.join(office.hours) or unknown}.")
    if office.hours_now:
        lines.append(f"{now}: {office.hours_now}.")
    lines.extend(f"{line}." for line in office.days_off)
    if known is not None:
        lines.append(f"{own(known.name)}: {'; '.join(known.hours)}; {known.hours_now}.")
        lines.extend(f"{line}." for line in known.days_off)
    lines.append(f"{telephone}: {office.telephone or unknown}.")
    if office.note:
        lines.append(f"{own(office.note[:1].upper() + office.note[1:].rstrip('.'))}.")
    return lines


def _name(record: Procedure | Guide, language: Language) -> str:
    """A record's name as a reader of a language knows it."""
    return titled(record) if language is Language.EN else record.title


def _named(answer: Answer) -> str:
    """The name of the record that an answer is about."""
    assert answer.procedure is not None and answer.card is not None
    return answer.card.title


def _suggestions(asked: Asked, record: Procedure | Guide, section: Facet | str) -> tuple[str, ...]:
    """Three questions to go on with: in Vietnamese the record's own about other parts of it."""
    if asked.language is Language.EN:
        return _english_suggestions(asked, record, section)
    seen = {str(section)}
    chosen = []
    for question in record.questions:
        if question.section not in seen:
            seen.add(question.section)
            chosen.append(question.text)
    return tuple(chosen[:3])


def _english_suggestions(
    asked: Asked, record: Procedure | Guide, section: Facet | str
) -> tuple[str, ...]:
    """Other parts of a procedure by its English name; beside a guide, the related records."""
    if record.title_en is None:
        return ()
    if isinstance(record, Procedure):
        there = record.section_ids() - {str(section), Facet.WHERE.value}
        return tuple(
            ask.format(named(record)) for facet, ask in replies.ASKS.items() if facet.value in there
        )[:3]
    records = asked.edition.scope(asked.commune.id).records
    related = [records[one] for one in record.related if one in records]
    return tuple(replies.TELL_ME.format(named(one)) for one in related if one.title_en)[:3]


def _reference(record: Procedure | Guide, commune: Commune) -> RecordRef:
    return RecordRef(
        record.id,
        RecordKind.PROCEDURE if isinstance(record, Procedure) else RecordKind.GUIDE,
        record.code if isinstance(record, Procedure) else None,
        record.title,
        record.topic,
        f"/c/{commune.id}/p/{record.id}",
        record.title_en,
    )
