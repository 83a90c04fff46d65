"""The flow of one answer: mask → understand → retrieve → decide → compose → verify → cite."""

from __future__ import annotations

import hashlib
import logging
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from app.answering import replies, show
from app.answering.aim import matching_case, section_of
from app.answering.answer import (
    Answer,
    AnswerStatus,
    Choice,
    Citation,
    Language,
    OnStep,
    Question,
    Step,
)
from app.answering.asked import (
    Asked,
    Calendars,
    Conversations,
    Thresholds,
    Turn,
    public_holidays,
)
from app.answering.both import Reader, pairs, surest
from app.answering.chat_model import ChatComposer, ModelUnavailableError
from app.answering.cite import cite
from app.answering.clean import clean
from app.answering.compose import Draft, cases_of, draft_guide, draft_procedure
from app.answering.compose_english import english_guide, english_procedure
from app.answering.decide import NO_CASE, About, Decider, Decision, Nothing, OneOf, Unnamed
from app.answering.english import titles_of
from app.answering.english_wording import vietnamese
from app.answering.lexicon import Lexicon
from app.answering.mask import mask
from app.answering.pins import Pins, holds, pinned_answer
from app.answering.places import placed
from app.answering.retrieve import Candidate, HybridRetriever
from app.answering.trace import Ranking, Stopwatch, Traced
from app.answering.understand import QuestionKind, Understood, understand
from app.answering.verify import verify
from knowledge_base.commune import Commune
from knowledge_base.edition import Edition
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import Facet
from knowledge_base.section import sections_of

__all__ = ["Conversations", "Pipeline", "Thresholds", "Turn"]

log = logging.getLogger(__name__)

_OWN_ID = re.compile(r"[0-9a-f]{32}")

_INSTEAD = {
    Facet.ONLINE: (Facet.WHERE, Facet.SUMMARY),
    Facet.FORM: (Facet.DOSSIER, Facet.SUMMARY),
    Facet.STEPS: (Facet.ONLINE, Facet.SUMMARY),
    Facet.DOSSIER: (Facet.ELIGIBILITY, Facet.SUMMARY),
    Facet.RESULT: (Facet.SUMMARY,),
}
"""Where a facet has nothing, what comes nearest; a fee or a time limit has nothing near it."""


_BEFORE_PINS = frozenset({QuestionKind.EMERGENCY, QuestionKind.SCAM, QuestionKind.ABUSE})
"""What no officer's answer goes before."""
_SURE_OF_FACET = 0.5
"""From this probability on, a facet that a record lacks is told to be missing."""


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
        calendars: Calendars = public_holidays,
        pins: Pins | None = None,
    ) -> None:
        self._retriever = retriever
        self._conversations = conversations
        self._clock = clock
        self._lexicon = lexicon or Lexicon.packaged()
        self._decider = Decider(retriever, thresholds)
        self._chat = chat
        self._calendars = calendars
        self._pins = pins

    def answer(self, question: Question, on_step: OnStep | None = None) -> Answer:
        """Answer from the commune's records, or say why we cannot.

        Raises:
            KeyError: when the commune is unknown; pages check that first.
        """
        return self.traced(question, on_step).answer

    def traced(self, question: Question, on_step: OnStep | None = None) -> Traced:
        """The answer, and how it came about; for measuring.

        Raises:
            KeyError: when the commune is unknown; pages check that first.
        """
        stopwatch = Stopwatch(on_step)
        tell = stopwatch.step
        tell(Step.UNDERSTAND)
        edition = self._retriever.knowledge.edition()
        conversation_id = _own_id(question.conversation_id)
        commune = edition.catalogue.communes[question.commune]
        asked = Asked(
            question,
            self._understood(mask(clean(question.text)), question.language, edition, commune),
            commune,
            edition,
            self._conversations.last(conversation_id, question.commune),
            conversation_id,
            self._clock(),
            tell,
            self._calendars,
        )
        ranking: Ranking = ()
        answer = self._pinned(asked)
        if answer is None:
            answer, ranking = self._answer(asked)
            answer = placed(asked, answer, lambda text: self._again(asked, text))
        seconds = stopwatch.seconds()
        return Traced(
            replace(answer, elapsed_ms=round(sum(seconds.values()) * 1000)),
            asked.understood,
            ranking,
            seconds,
        )

    def _understood(
        self, text: str, language: Language | None, edition: Edition, commune: Commune
    ) -> Understood:
        titles = titles_of(edition, commune.id)
        return understand(text, self._lexicon, language, titles, commune.province)

    def _pinned(self, asked: Asked) -> Answer | None:
        """What an officer answered exactly this question, while what it cites still stands so."""
        if self._pins is None or asked.question.case is not None:
            return None
        if asked.understood.kind in _BEFORE_PINS:
            return None
        commune, edition = asked.commune, asked.edition
        pin = self._pins.find(asked.understood.text, commune.scopes, edition.day)
        if pin is None or not holds(pin, edition, commune.id):
            return None
        if pin.citations:
            about = Turn(pin.citations[0].record_id, None, None)
            self._conversations.keep(asked.conversation_id, commune.id, about)
        return pinned_answer(asked, pin)

    def _again(self, asked: Asked, text: str) -> Answer:
        """The answer to other words of the same question."""
        understood = self._understood(text, asked.language, asked.edition, asked.commune)
        return self._answer(replace(asked, understood=understood))[0]

    def _answer(self, asked: Asked) -> tuple[Answer, Ranking]:
        if asked.question.case is not None or asked.understood.named is not None:
            asked.on_step(Step.RETRIEVE)
            if (chosen := self._decider.chosen(asked)) is not None:
                return self._about(asked, chosen), ((chosen.found.record.id, 1.0),)
        searched = (QuestionKind.PROCEDURE, QuestionKind.SCAM)
        if asked.understood.kind is QuestionKind.OFFICE:
            own = self._decider.own(asked)
            if own is not None:
                return self._decided(asked, own), ()
        if asked.understood.kind not in searched:
            return self._by_kind(asked), ()
        asked.on_step(Step.RETRIEVE)
        decision, candidates = self._decider.decide(asked)
        ranking = tuple((found.record.id, found.probability) for found in candidates)
        if asked.understood.kind is QuestionKind.SCAM:
            return self._scam(asked, decision), ranking
        return self._both(asked, candidates) or self._one(asked, decision), ranking

    def _one(self, asked: Asked, decision: Decision) -> Answer:
        """The answer to a message as one question; what else it asks is left open."""
        answer = self._decided(asked, decision)
        if isinstance(decision, About):
            return show.with_open(asked, decision.found.record, answer)
        return answer

    def _scam(self, asked: Asked, decision: Decision) -> Answer:
        """The warning; with it the guide that the question is surely about."""
        about = None
        if isinstance(decision, About) and isinstance(decision.found.record, Guide):
            found = self._about(asked, decision)
            about = found if found.citations else None
        return show.scam_warning(asked, about)

    def _both(self, asked: Asked, candidates: tuple[Candidate, ...]) -> Answer | None:
        """Both answers where one message surely asks two questions of two records.

        Only Vietnamese ones: what is weighed was learned on no English.
        """
        if asked.understood.english:
            return None
        reader = Reader(
            lambda text: self._understood(
                text, asked.question.language, asked.edition, asked.commune
            ),
            lambda half: self._decider.has_subject(asked, half),
            lambda half: self._decider.decide(replace(asked, understood=half, turn=None))[1],
        )
        pair = surest(pairs(asked.understood, candidates, reader))
        if pair is None:
            return None
        first, second = (
            self._about(replace(asked, understood=half, turn=None), About(found, half.facet))
            for half, found in zip(pair.halves, pair.found, strict=True)
        )
        if first.citations and second.citations:
            return show.joined(asked, first, second)
        return None

    def _by_kind(self, asked: Asked) -> Answer:
        """The reply to what no record is asked for."""
        match asked.understood.kind:
            case QuestionKind.EMERGENCY:
                return show.without_record(asked, AnswerStatus.EMERGENCY)
            case QuestionKind.FOREIGN:
                return show.without_record(asked, AnswerStatus.OUT_OF_SCOPE, examples=True)
            case QuestionKind.SMALL_TALK:
                return show.without_record(asked, AnswerStatus.SMALL_TALK, examples=True)
            case QuestionKind.THANKS:
                return show.without_record(asked, AnswerStatus.SMALL_TALK, replies.THANKS)
            case QuestionKind.WHO_ARE_YOU:
                return show.without_record(
                    asked, AnswerStatus.SMALL_TALK, replies.WHO, examples=True
                )
            case QuestionKind.ABUSE:
                return show.without_record(asked, AnswerStatus.SMALL_TALK, replies.ABUSE)
            case QuestionKind.UNREADABLE:
                return show.without_record(
                    asked, AnswerStatus.ABSTAINED_NO_PASSAGE, replies.UNREADABLE, examples=True
                )
            case _:
                return show.about_office(asked)

    def _decided(self, asked: Asked, decision: Decision) -> Answer:
        match decision:
            case About():
                return self._about(asked, decision)
            case OneOf(offered):
                self._keep_offered(asked, offered)
                return show.which_record(asked, offered)
            case Unnamed():
                return show.without_record(
                    asked, AnswerStatus.CLARIFY_PROCEDURE, replies.WHICH_RECORD, examples=True
                )
            case Nothing(found):
                if asked.understood.off_topic:
                    return show.without_record(asked, AnswerStatus.OUT_OF_SCOPE, examples=True)
                return show.without_record(
                    asked,
                    AnswerStatus.ABSTAINED_LOW_CONFIDENCE
                    if found
                    else AnswerStatus.ABSTAINED_NO_PASSAGE,
                )

    def _about(self, asked: Asked, about: About) -> Answer:
        asked.on_step(Step.COMPOSE)
        record = about.found.record
        if isinstance(record, Guide):
            return self._about_guide(asked, about, record)
        return self._about_procedure(asked, about, record)

    def _about_guide(self, asked: Asked, about: About, record: Guide) -> Answer:
        day, found = asked.edition.day, about.found
        sections = sections_of(record, day)
        section = section_of(sections, found, asked.understood, None, about.carried)
        compose = english_guide if asked.language is Language.EN else draft_guide
        draft = compose(record, section.id, asked.understood, day)
        return self._shown(asked, found, draft, section.facet, None, section.id)

    def _about_procedure(self, asked: Asked, about: About, record: Procedure) -> Answer:
        day, found, case = asked.edition.day, about.found, about.case
        if case is None and not about.no_case:
            matched = matching_case(record, asked.understood)
            case = matched.id if matched else None
        there = {
            section.facet: section
            for section in sections_of(record, day)
            if (case is None and not about.no_case) or section.for_case(case)
        }
        facet, understood = about.facet, asked.understood
        own = facet is not None and facet is understood.facet
        sure = own and understood.facets[facet.value] >= _SURE_OF_FACET if facet else False
        if facet is None or (own and (facet in there or not sure)):
            sections = tuple(there.values())
            facet = section_of(sections, found, understood, case, about.carried).facet
        elif facet not in there:
            nearest = next((near for near in _INSTEAD.get(facet, ()) if near in there), None)
            if nearest is None:
                return self._not_said(asked, found, facet, case)
            facet = nearest
        compose = english_procedure if asked.language is Language.EN else draft_procedure
        draft = compose(record, facet, case, asked.understood, day)
        if case is not None or about.no_case:
            return self._shown(asked, found, draft, facet, case, facet)
        choices = self._case_choices(asked, record, facet)
        common = there[facet].for_case(None)
        if len(choices) > 1 or not common:
            if common:
                none_of_these = f"{record.id}/{NO_CASE}"
                label = replies.in_language(replies.NO_CASE, asked.language)
                choices += (Choice(label, asked.understood.text, none_of_these),)
            return self._which_case(asked, found, draft, facet, choices)
        return replace(self._shown(asked, found, draft, facet, case, facet), choices=choices)

    @staticmethod
    def _case_choices(asked: Asked, record: Procedure, facet: Facet) -> tuple[Choice, ...]:
        return tuple(
            Choice(
                vietnamese(case.title) if asked.language is Language.EN else case.title,
                asked.understood.text,
                f"{record.id}/{case.id}",
            )
            for case in cases_of(record, facet, asked.edition.day)
        )

    def _shown(
        self,
        asked: Asked,
        found: Candidate,
        draft: Draft,
        facet: Facet,
        case: str | None,
        section: Facet | str,
    ) -> Answer:
        text, citations, engine = self._verified(asked, draft)
        if not citations:
            return self._not_said(asked, found, facet, case)
        if asked.question.case is None and asked.turn == Turn(found.record.id, facet, case):
            text = f"{replies.in_language(replies.SAME_PART, asked.language)}\n{text}"
        self._keep(asked, found, facet, case)
        return show.about_record(
            asked,
            found,
            AnswerStatus.ANSWERED,
            text,
            facet,
            case=case,
            section=section,
            citations=citations,
            engine=engine,
        )

    def _which_case(
        self,
        asked: Asked,
        found: Candidate,
        draft: Draft,
        facet: Facet,
        choices: tuple[Choice, ...],
    ) -> Answer:
        """The part of the answer that all cases share, and a button for each case."""
        verified = verify(draft.text, draft.numbered())
        self._keep(asked, found, facet, None)
        ask = replies.reply(AnswerStatus.CLARIFY_CASE, asked.language)
        answer = show.about_record(
            asked,
            found,
            AnswerStatus.CLARIFY_CASE,
            f"{verified.text}\n{ask}".strip(),
            facet,
            case=None,
            section=facet,
            citations=cite(verified.text, draft.passages, asked.edition.day, asked.language),
        )
        return replace(answer, choices=choices)

    def _not_said(self, asked: Asked, found: Candidate, facet: Facet, case: str | None) -> Answer:
        """The record is right but does not say what was asked."""
        self._keep(asked, found, facet, case)
        both = replies.NOT_SAID.get(facet.value, replies.NOT_SAID["other"])
        text = replies.in_language(both, asked.language)
        return show.about_record(
            asked,
            found,
            AnswerStatus.ABSTAINED_UNSUPPORTED,
            text,
            facet,
            case=case,
            section=facet,
        )

    def _verified(self, asked: Asked, draft: Draft) -> tuple[str, tuple[Citation, ...], str]:
        """The text that passed the number gate, its citations, and who worded it."""
        numbered = draft.numbered()
        # the prompt is Vietnamese, and so is the gate for numbers that a model spells out
        if self._chat is not None and asked.language is Language.VI:
            try:
                worded = self._chat.draft(asked.understood.text, numbered)
            except ModelUnavailableError:
                log.exception("the composed answer is shown")
            else:
                asked.on_step(Step.VERIFY)
                verified = verify(worded, numbered)
                citations = cite(verified.text, draft.passages, asked.edition.day, asked.language)
                if verified.direct_passed and citations:
                    return verified.text, citations, self._chat.name
                log.warning("model draft failed the number gate: %d dropped", len(verified.dropped))
        asked.on_step(Step.VERIFY)
        verified = verify(draft.text, numbered)
        if not verified.direct_passed:
            return "", (), "composed"
        return (
            verified.text,
            cite(verified.text, draft.passages, asked.edition.day, asked.language),
            "composed",
        )

    def _keep(self, asked: Asked, found: Candidate, facet: Facet, case: str | None) -> None:
        self._conversations.keep(
            asked.conversation_id, asked.commune.id, Turn(found.record.id, facet, case)
        )

    def _keep_offered(self, asked: Asked, offered: tuple[Candidate, ...]) -> None:
        ids = tuple(found.record.id for found in offered)
        turn = Turn(ids[0], asked.understood.facet, None, ids)
        self._conversations.keep(asked.conversation_id, asked.commune.id, turn)


def _own_id(given: str | None) -> str:
    """A conversation's id as it is kept; a client's own, which may name a person, is digested."""
    if given is None:
        return uuid.uuid4().hex
    if _OWN_ID.fullmatch(given):
        return given
    return hashlib.sha256(given.encode()).hexdigest()[:32]
