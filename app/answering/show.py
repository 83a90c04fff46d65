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
    RecordRef,
)
from app.answering.asked import Asked
from app.answering.card import card_of
from app.answering.office import describe, office_of
from app.answering.retrieve import Candidate
from app.answering.verify import MARK
from knowledge_base.commune import Commune
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import CounterKind, Facet, RecordKind
from knowledge_base.section import day_words


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
    if asked.language is Language.EN and citations:
        text = f"{replies.ENGLISH_LEAD}\n{text}"
    counter = record.where[0].counter if isinstance(record, Procedure) else CounterKind.ONE_STOP
    return replace(
        bare(asked, status, text),
        facet=facet,
        confidence=round(found.probability, 3),
        engine=engine,
        procedure=_reference(record, asked.commune),
        case=case,
        card=card_of(record, case, section, asked.edition.day),
        citations=citations,
        office=office_of(asked.commune, counter, asked.moment)
        or office_of(asked.commune, CounterKind.ONE_STOP, asked.moment),
        suggestions=_suggestions(record, section),
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
        office=office_of(asked.commune, counter, asked.moment)
        or office_of(asked.commune, CounterKind.ONE_STOP, asked.moment),
        suggestions=replies.EXAMPLES if examples else (),
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
            Choice(found.record.title, asked.understood.text, f"{found.record.id}/")
            for found in offered
        ),
    )


def joined(first: Answer, second: Answer) -> Answer:
    """One answer to two questions: the first one's, with the second's text and citations below."""
    offset = len(first.citations)
    numbers = {
        citation.number: place + 1 + offset for place, citation in enumerate(second.citations)
    }
    assert first.procedure is not None and second.procedure is not None
    text = MARK.sub(lambda mark: f"[{numbers.get(int(mark[1]), mark[1])}]", second.text)
    return replace(
        first,
        text=f"{first.procedure.title}:\n{first.text}\n{second.procedure.title}:\n{text}",
        also=second.procedure,
        citations=(
            *first.citations,
            *(replace(one, number=numbers[one.number]) for one in second.citations),
        ),
        choices=(*first.choices, *second.choices),
        suggestions=(),
    )


def about_office(asked: Asked) -> Answer:
    """Address, hours and telephone of the counter a question names."""
    commune = asked.commune
    one_stop = commune.counter(CounterKind.ONE_STOP)
    counter = commune.counter(asked.understood.counter or CounterKind.ONE_STOP) or one_stop
    if counter is None:
        return without_record(asked, AnswerStatus.ABSTAINED_NO_PASSAGE)
    facts = [fact for fact in (counter.address, counter.opening_hours, counter.telephone) if fact]
    office = describe(counter, asked.moment)
    lines = [f"{office.name}."]
    lines.append(f"Địa chỉ: {office.address or replies.NO_DETAILS}.")
    lines.append(f"Giờ làm việc: {'; '.join(office.hours) or replies.NO_DETAILS}.")
    if office.hours_now:
        lines.append(f"Bây giờ: {office.hours_now}.")
    if not office.hours and one_stop is not None and one_stop.opening_hours is not None:
        known = describe(one_stop, asked.moment)
        lines.append(f"{known.name}: {'; '.join(known.hours)}; {known.hours_now}.")
        facts.append(one_stop.opening_hours)
    lines.append(f"Điện thoại: {office.telephone or replies.NO_DETAILS}.")
    if office.note:
        lines.append(f"{office.note[:1].upper()}{office.note[1:].rstrip('.')}.")
    if not facts:
        return without_record(asked, AnswerStatus.ABSTAINED_NO_PASSAGE, counter=counter.kind)
    source = commune.sources[facts[0].source_keys[0]]
    address = source.address or ""
    citation = Citation(
        number=1,
        record_id=commune.id,
        title=commune.full_name,
        section="Địa chỉ, giờ làm việc",
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


def _suggestions(record: Procedure | Guide, section: Facet | str) -> tuple[str, ...]:
    """Three of the record's questions about other parts of it."""
    seen = {str(section)}
    chosen = []
    for question in record.questions:
        if question.section not in seen:
            seen.add(question.section)
            chosen.append(question.text)
    return tuple(chosen[:3])


def _reference(record: Procedure | Guide, commune: Commune) -> RecordRef:
    return RecordRef(
        record.id,
        RecordKind.PROCEDURE if isinstance(record, Procedure) else RecordKind.GUIDE,
        record.code if isinstance(record, Procedure) else None,
        record.title,
        record.topic,
        f"/c/{commune.id}/p/{record.id}",
    )
