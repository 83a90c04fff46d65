"""The flow of one answer: mask → understand → retrieve → compose → verify → cite."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from app.answering import replies
from app.answering.answer import (
    Answer,
    AnswerStatus,
    Choice,
    Citation,
    Language,
    OnStep,
    Question,
    RecordRef,
    Step,
)
from app.answering.chat_model import ChatComposer, ModelUnavailableError
from app.answering.cite import cite
from app.answering.compose import (
    Draft,
    card_of,
    cases_of,
    draft_guide,
    draft_procedure,
    matching_case,
    matching_entry,
)
from app.answering.lexicon import Lexicon
from app.answering.mask import mask
from app.answering.office import describe, office_of
from app.answering.retrieve import Candidate, HybridRetriever, Query
from app.answering.understand import QuestionKind, Understood, understand
from app.answering.verify import verify
from knowledge_base.commune import Commune
from knowledge_base.edition import Edition
from knowledge_base.guide import Guide, GuideSection
from knowledge_base.procedure import Procedure
from knowledge_base.record import CounterKind, Facet, RecordKind
from knowledge_base.section import day_words, sections_of
from knowledge_base.syllables import syllables

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """What the last answer of a conversation was about."""

    record_id: str
    facet: Facet | None
    case: str | None


class Conversations(Protocol):
    """Remembers the last turn of each conversation."""

    def last(self, conversation_id: str, commune: str) -> Turn | None:
        """The last turn, or None when it is unknown, elsewhere or too old."""
        ...

    def keep(self, conversation_id: str, commune: str, turn: Turn) -> None:
        """Remember a turn."""
        ...


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When to answer, when to ask back; probabilities from 0 to 1."""

    answer: float
    clarify: float


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question on its way, with what is known about it so far."""

    question: Question
    understood: Understood
    commune: Commune
    edition: Edition
    turn: Turn | None
    conversation_id: str
    moment: datetime
    on_step: OnStep

    @property
    def language(self) -> Language:
        return self.understood.language


_CLOSE = 0.7
"""Records whose log-odds are nearer than this are both offered."""
_MOST_CHOICES = 4
_FOLLOW_UP_SYLLABLES = 8
_INSTEAD = {
    Facet.ONLINE: (Facet.WHERE, Facet.SUMMARY),
    Facet.FORM: (Facet.DOSSIER, Facet.SUMMARY),
    Facet.STEPS: (Facet.ONLINE, Facet.SUMMARY),
    Facet.DOSSIER: (Facet.ELIGIBILITY, Facet.SUMMARY),
}
"""Where a facet has nothing, what comes nearest; a fee or a time limit has nothing near it."""


class Pipeline:
    """Answers questions from the edition of the moment."""

    def __init__(
        self,
        retriever: HybridRetriever,
        conversations: Conversations,
        thresholds: Thresholds,
        clock: Callable[[], datetime],
        *,
        lexicon: Lexicon | None = None,
        chat: ChatComposer | None = None,
    ) -> None:
        self._retriever = retriever
        self._conversations = conversations
        self._thresholds = thresholds
        self._clock = clock
        self._lexicon = lexicon or Lexicon.packaged()
        self._chat = chat

    def answer(self, question: Question, on_step: OnStep | None = None) -> Answer:
        """Answer from the commune's records, or say why we cannot.

        Raises:
            KeyError: when the commune is unknown; pages check that first.
        """
        started = time.perf_counter()
        tell = on_step or (lambda _step: None)
        tell(Step.UNDERSTAND)
        edition = self._retriever.knowledge.edition()
        conversation_id = question.conversation_id or uuid.uuid4().hex
        asked = _Asked(
            question,
            understand(mask(question.text), self._lexicon, question.language),
            edition.catalogue.communes[question.commune],
            edition,
            self._conversations.last(conversation_id, question.commune),
            conversation_id,
            self._clock(),
            tell,
        )
        answer = self._answer(asked)
        return replace(answer, elapsed_ms=round((time.perf_counter() - started) * 1000))

    def _answer(self, asked: _Asked) -> Answer:
        if asked.question.case is not None and (chosen := self._chosen(asked)) is not None:
            return chosen
        match asked.understood.kind:
            case QuestionKind.EMERGENCY:
                return self._without_record(asked, AnswerStatus.EMERGENCY)
            case QuestionKind.SCAM:
                return self._without_record(
                    asked, AnswerStatus.SCAM_WARNING, counter=CounterKind.POLICE
                )
            case QuestionKind.FOREIGN:
                return self._without_record(asked, AnswerStatus.OUT_OF_SCOPE, examples=True)
            case QuestionKind.SMALL_TALK:
                return self._without_record(asked, AnswerStatus.SMALL_TALK, examples=True)
            case QuestionKind.THANKS:
                return self._without_record(asked, AnswerStatus.SMALL_TALK, replies.THANKS)
            case QuestionKind.WHO_ARE_YOU:
                return self._without_record(
                    asked, AnswerStatus.SMALL_TALK, replies.WHO, examples=True
                )
            case QuestionKind.ABUSE:
                return self._without_record(asked, AnswerStatus.SMALL_TALK, replies.ABUSE)
            case QuestionKind.UNREADABLE:
                return self._without_record(
                    asked, AnswerStatus.ABSTAINED_NO_PASSAGE, replies.UNREADABLE, examples=True
                )
            case QuestionKind.OFFICE:
                return self._office(asked)
            case QuestionKind.PROCEDURE:
                return self._from_records(asked)

    # Which record

    def _from_records(self, asked: _Asked) -> Answer:
        asked.on_step(Step.RETRIEVE)
        understood, turn = asked.understood, asked.turn
        query = Query(
            understood.searched,
            asked.commune.id,
            understood.subject,
            understood.added,
            always=turn.record_id if turn else None,
        )
        candidates = self._retriever.candidates(query, asked.edition)
        if turn and (inherited := self._inherited(asked, turn, candidates)) is not None:
            return inherited
        if not candidates:
            return self._nothing_found(asked, AnswerStatus.ABSTAINED_NO_PASSAGE)

        best = candidates[0]
        rivals = [
            other
            for other in candidates[1:]
            if best.odds - other.odds < _CLOSE
            and other.probability >= self._thresholds.clarify
            and not (best.named_in_full and not other.named_in_full)
        ]
        if best.probability >= self._thresholds.answer and not rivals:
            facet = understood.facet
            if facet is None and turn and understood.continues:
                facet = turn.facet
            return self._about(asked, best, facet, None)
        if best.probability >= self._thresholds.clarify:
            return self._which_record(asked, candidates)
        if not self._retriever.names_something(
            understood.words, asked.commune.id, asked.edition
        ) and (understood.facet is not None and not self._lexicon.is_off_topic(understood.text)):
            return self._without_record(
                asked, AnswerStatus.CLARIFY_PROCEDURE, replies.WHICH_RECORD, examples=True
            )
        return self._nothing_found(asked, AnswerStatus.ABSTAINED_LOW_CONFIDENCE)

    def _inherited(
        self, asked: _Asked, turn: Turn, candidates: tuple[Candidate, ...]
    ) -> Answer | None:
        """The answer about the last turn's record, if that is what the question goes on about."""
        same = next((found for found in candidates if found.record.id == turn.record_id), None)
        if same is None or self._lexicon.is_off_topic(asked.understood.text):
            return None
        understood = asked.understood
        own_subject = self._retriever.names_something(
            understood.words, asked.commune.id, asked.edition
        )
        case = (
            matching_case(same.record, understood) if isinstance(same.record, Procedure) else None
        )
        best = candidates[0]
        short = len(syllables(understood.words)) <= _FOLLOW_UP_SYLLABLES
        weak = best.probability < self._thresholds.answer
        goes_on = (
            (not own_subject and (short or understood.continues) and weak)
            or (not own_subject and understood.facet is not None and short)
            or (case is not None and (understood.continues or weak))
            or (understood.continues and short and best.probability < self._thresholds.clarify)
        )
        if not goes_on and best.record.id != turn.record_id:
            return None
        if not goes_on and weak:
            return None
        facet = understood.facet or turn.facet
        return self._about(asked, same, facet, case.id if case else turn.case)

    def _chosen(self, asked: _Asked) -> Answer | None:
        """The answer for a case chosen with a button."""
        record_id, _, case = (asked.question.case or "").partition("/")
        record = asked.edition.scope(asked.commune.id).records.get(record_id)
        if not isinstance(record, Procedure) or (case and case not in record.case_ids()):
            return None
        query = Query(
            asked.understood.searched,
            asked.commune.id,
            asked.understood.subject,
            asked.understood.added,
            always=record_id,
        )
        candidates = self._retriever.candidates(query, asked.edition)
        found = next((one for one in candidates if one.record.id == record_id), None)
        if found is None:
            return None
        facet = asked.understood.facet
        if facet is None and asked.turn and asked.turn.record_id == record_id:
            facet = asked.turn.facet
        return self._about(asked, found, facet, case or None)

    # What the record says

    def _about(
        self, asked: _Asked, found: Candidate, facet: Facet | None, case: str | None
    ) -> Answer:
        asked.on_step(Step.COMPOSE)
        if isinstance(found.record, Guide):
            return self._about_guide(asked, found, found.record, facet)
        return self._about_procedure(asked, found, found.record, facet, case)

    def _about_guide(
        self, asked: _Asked, found: Candidate, record: Guide, facet: Facet | None
    ) -> Answer:
        section = _best_section(record, found, facet, asked)
        draft = draft_guide(record, section.id, asked.understood, asked.edition.day)
        return self._shown(asked, found, draft, section.facet, None, section.id)

    def _about_procedure(
        self,
        asked: _Asked,
        found: Candidate,
        record: Procedure,
        facet: Facet | None,
        case: str | None,
    ) -> Answer:
        day = asked.edition.day
        if case is None and (matched := matching_case(record, asked.understood)) is not None:
            case = matched.id
        there = {
            section.facet: section
            for section in sections_of(record, day)
            if case is None or section.for_case(case)
        }
        facet = facet or _facet_of_example(found) or Facet.SUMMARY
        if facet not in there:
            nearest = next((near for near in _INSTEAD.get(facet, ()) if near in there), None)
            if nearest is None:
                return self._not_said(asked, found, facet, case)
            facet = nearest
        draft = draft_procedure(record, facet, case, asked.understood, day)
        if case is not None:
            return self._shown(asked, found, draft, facet, case, facet)
        cases = cases_of(record, facet, day)
        choices = tuple(
            Choice(one.title, asked.understood.text, f"{record.id}/{one.id}") for one in cases
        )
        if len(cases) > 1 or not there[facet].for_case(None):
            return self._which_case(asked, found, draft, facet, choices)
        return replace(self._shown(asked, found, draft, facet, case, facet), choices=choices)

    def _shown(
        self,
        asked: _Asked,
        found: Candidate,
        draft: Draft,
        facet: Facet,
        case: str | None,
        section: Facet | str,
    ) -> Answer:
        text, citations, engine = self._verified(asked, draft)
        if not citations:
            return self._not_said(asked, found, facet, case)
        self._keep(asked, found, facet, case)
        return self._record_answer(
            asked, found, AnswerStatus.ANSWERED, text, facet, case, section, citations, engine
        )

    def _which_case(
        self,
        asked: _Asked,
        found: Candidate,
        draft: Draft,
        facet: Facet,
        choices: tuple[Choice, ...],
    ) -> Answer:
        """The part of the answer that all cases share, and a button for each case."""
        verified = verify(draft.text, draft.numbered())
        citations = cite(verified.text, draft.passages, asked.edition.day)
        self._keep(asked, found, facet, None)
        ask = replies.reply(AnswerStatus.CLARIFY_CASE, asked.language)
        answer = self._record_answer(
            asked,
            found,
            AnswerStatus.CLARIFY_CASE,
            f"{verified.text}\n{ask}".strip(),
            facet,
            None,
            facet,
            citations,
            "composed",
        )
        return replace(answer, choices=choices)

    def _verified(self, asked: _Asked, draft: Draft) -> tuple[str, tuple[Citation, ...], str]:
        """The text that passed the number gate, its citations, and who worded it."""
        numbered = draft.numbered()
        if self._chat is not None:
            try:
                worded = self._chat.draft(asked.understood.text, numbered)
            except ModelUnavailableError:
                log.exception("the composed answer is shown")
            else:
                asked.on_step(Step.VERIFY)
                verified = verify(worded, numbered)
                citations = cite(verified.text, draft.passages, asked.edition.day)
                if verified.direct_passed and citations:
                    return verified.text, citations, self._chat.name
                log.warning("model draft failed the number gate: %d dropped", len(verified.dropped))
        asked.on_step(Step.VERIFY)
        verified = verify(draft.text, numbered)
        if not verified.direct_passed:
            return "", (), "composed"
        return verified.text, cite(verified.text, draft.passages, asked.edition.day), "composed"

    # What is shown

    def _record_answer(
        self,
        asked: _Asked,
        found: Candidate,
        status: AnswerStatus,
        text: str,
        facet: Facet,
        case: str | None,
        section: Facet | str,
        citations: tuple[Citation, ...],
        engine: str,
    ) -> Answer:
        record = found.record
        counter = record.where[0].counter if isinstance(record, Procedure) else CounterKind.ONE_STOP
        return replace(
            self._bare(asked, status, text),
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

    def _not_said(self, asked: _Asked, found: Candidate, facet: Facet, case: str | None) -> Answer:
        """The record is right but does not say what was asked."""
        self._keep(asked, found, facet, case)
        text = replies.NOT_SAID.get(facet.value, replies.NOT_SAID["other"])
        return self._record_answer(
            asked,
            found,
            AnswerStatus.ABSTAINED_UNSUPPORTED,
            text,
            facet,
            case,
            facet,
            (),
            "composed",
        )

    def _which_record(self, asked: _Asked, candidates: tuple[Candidate, ...]) -> Answer:
        worth_offering = min(self._thresholds.clarify, candidates[0].probability / 5)
        offered = [found for found in candidates if found.probability >= worth_offering]
        return replace(
            self._bare(asked, AnswerStatus.CLARIFY_PROCEDURE),
            confidence=round(candidates[0].probability, 3),
            choices=tuple(
                Choice(found.record.title, _question_about(found.record, asked), None)
                for found in offered[:_MOST_CHOICES]
            ),
            office=office_of(asked.commune, CounterKind.ONE_STOP, asked.moment),
        )

    def _nothing_found(self, asked: _Asked, status: AnswerStatus) -> Answer:
        if self._lexicon.is_off_topic(asked.understood.text):
            return self._without_record(asked, AnswerStatus.OUT_OF_SCOPE, examples=True)
        return self._without_record(asked, status)

    def _without_record(
        self,
        asked: _Asked,
        status: AnswerStatus,
        words: tuple[str, str] | None = None,
        *,
        examples: bool = False,
        counter: CounterKind = CounterKind.ONE_STOP,
    ) -> Answer:
        text = replies.in_language(words, asked.language) if words else None
        return replace(
            self._bare(asked, status, text),
            office=office_of(asked.commune, counter, asked.moment)
            or office_of(asked.commune, CounterKind.ONE_STOP, asked.moment),
            suggestions=replies.EXAMPLES if examples else (),
        )

    def _office(self, asked: _Asked) -> Answer:
        """Address, hours and telephone of the counter a question names."""
        commune = asked.commune
        kind = asked.understood.counter or CounterKind.ONE_STOP
        counter = commune.counter(kind) or commune.counter(CounterKind.ONE_STOP)
        if counter is None:
            return self._without_record(asked, AnswerStatus.ABSTAINED_NO_PASSAGE)
        office = describe(counter, asked.moment)
        lines = [f"{office.name}."]
        lines.append(f"Địa chỉ: {office.address or replies.NO_DETAILS}.")
        lines.append(f"Giờ làm việc: {'; '.join(office.hours) or replies.NO_DETAILS}.")
        if office.hours_now:
            lines.append(f"Bây giờ: {office.hours_now}.")
        lines.append(f"Điện thoại: {office.telephone or replies.NO_DETAILS}.")
        facts = [
            fact for fact in (counter.address, counter.opening_hours, counter.telephone) if fact
        ]
        citations: tuple[Citation, ...] = ()
        if facts:
            source = commune.sources[facts[0].source_keys[0]]
            address = source.address or ""
            lines = [f"{line} [1]" for line in lines]
            citations = (
                Citation(
                    1,
                    commune.id,
                    commune.full_name,
                    "Địa chỉ, giờ làm việc",
                    "\n".join(line.removesuffix(" [1]") for line in lines),
                    (),
                    f"{source.title} ({source.publisher})",
                    address if address.startswith("https://") else None,
                    commune.checked_on,
                ),
            )
        status = AnswerStatus.ANSWERED if citations else AnswerStatus.ABSTAINED_NO_PASSAGE
        text = "\n".join(lines) if citations else None
        return replace(
            self._bare(asked, status, text), office=office, facet=Facet.WHERE, citations=citations
        )

    def _bare(self, asked: _Asked, status: AnswerStatus, text: str | None = None) -> Answer:
        return Answer(
            id=uuid.uuid4().hex,
            conversation_id=asked.conversation_id,
            status=status,
            text=text if text is not None else replies.reply(status, asked.language),
            asked=asked.understood.text,
            language=asked.language,
            hotlines=tuple(line.text for line in asked.commune.hotlines),
        )

    def _keep(self, asked: _Asked, found: Candidate, facet: Facet, case: str | None) -> None:
        self._conversations.keep(
            asked.conversation_id, asked.commune.id, Turn(found.record.id, facet, case)
        )


_FACET_FITS = 0.25
_ENTRY_FITS = 0.35
_EXAMPLE_FITS = 1.7


def _best_section(
    record: Guide, found: Candidate, facet: Facet | None, asked: _Asked
) -> GuideSection:
    """The section whose words, facet and lines fit the question best."""
    there = {section.id for section in sections_of(record, asked.edition.day)}

    def fit(part: GuideSection) -> float:
        return (
            found.section_scores.get(part.id, 0.0)
            + (_FACET_FITS if part.facet is facet else 0.0)
            + (_ENTRY_FITS if matching_entry(part, asked.understood) else 0.0)
        )

    return max((part for part in record.sections if part.id in there), key=fit)


def _facet_of_example(found: Candidate) -> Facet | None:
    """The facet of the record's own question that is nearly this one."""
    if found.best_question is None or found.best_question_score < _EXAMPLE_FITS:
        return None
    return Facet(found.best_question.section)


def _suggestions(record: Procedure | Guide, section: Facet | str) -> tuple[str, ...]:
    """Three of the record's questions about other parts of it."""
    seen = {str(section)}
    chosen = []
    for question in record.questions:
        if question.section not in seen:
            seen.add(question.section)
            chosen.append(question.text)
    return tuple(chosen[:3])


def _question_about(record: Procedure | Guide, asked: _Asked) -> str:
    """The question a button asks: the record by name, with the facet first asked for."""
    words = _FACET_WORDS.get(asked.understood.facet) if asked.understood.facet else None
    return f"{record.title}: {words}" if words else record.title


_FACET_WORDS = {
    Facet.FEE: "lệ phí bao nhiêu?",
    Facet.TIME_LIMIT: "mất bao lâu?",
    Facet.DOSSIER: "cần giấy tờ gì?",
    Facet.WHERE: "nộp ở đâu?",
    Facet.ONLINE: "nộp qua mạng được không?",
    Facet.STEPS: "các bước thế nào?",
    Facet.ELIGIBILITY: "ai được làm?",
    Facet.FORM: "dùng mẫu đơn nào?",
    Facet.LEGAL_BASIS: "căn cứ pháp lý nào?",
    Facet.RESULT: "kết quả là gì?",
}


def _reference(record: Procedure | Guide, commune: Commune) -> RecordRef:
    return RecordRef(
        record.id,
        RecordKind.PROCEDURE if isinstance(record, Procedure) else RecordKind.GUIDE,
        record.code if isinstance(record, Procedure) else None,
        record.title,
        record.topic,
        f"/c/{commune.id}/p/{record.id}",
    )
