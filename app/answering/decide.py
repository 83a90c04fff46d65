"""Decides what a question is about: one record, several that may be meant, or none."""

from __future__ import annotations

from dataclasses import dataclass

from app.answering.aim import matching_case
from app.answering.asked import Asked, Thresholds, Turn
from app.answering.lexicon import Lexicon
from app.answering.retrieve import Candidate, HybridRetriever, Query
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import Facet
from knowledge_base.section import sections_of
from knowledge_base.syllables import syllables, tokens

_CLOSE = 0.7
"""Records whose log-odds are nearer than this are both offered."""
_SURE = 0.8
"""From this probability on, a new record takes over a conversation by itself."""
_MOST_CHOICES = 4
_FOLLOW_UP_SYLLABLES = 8
"""A longer question is taken to stand by itself."""
_PRACTICAL = frozenset(
    {Facet.DOSSIER, Facet.WHERE, Facet.ONLINE, Facet.TIME_LIMIT, Facet.FEE, Facet.FORM}
)
"""Facets that a procedure answers better than a guide that lacks them."""
_RELATED = 0.05
"""A related procedure less probable than this is not what was meant."""

NO_CASE = "-"
"""The case of a button that says: none of these."""


@dataclass(frozen=True, slots=True)
class About:
    """The question is about one record."""

    found: Candidate
    facet: Facet | None
    case: str | None = None
    no_case: bool = False
    """The resident said that none of the cases is theirs."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """The question may be about any of these."""

    offered: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Unnamed:
    """The question asks for a fee, a place or a time, but of nothing."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No record answers; nothing was found at all where ``found`` is False."""

    found: bool


Decision = About | OneOf | Unnamed | Nothing


class Decider:
    """Weighs the candidates against each other, the thresholds and the conversation."""

    def __init__(
        self, retriever: HybridRetriever, thresholds: Thresholds, lexicon: Lexicon
    ) -> None:
        self._retriever = retriever
        self._thresholds = thresholds
        self._lexicon = lexicon

    def decide(self, asked: Asked) -> tuple[Decision, tuple[Candidate, ...]]:
        """What the question is about, and the records weighed, the one decided on first."""
        candidates = self._candidates(asked, asked.turn.record_id if asked.turn else None)
        decision = self._decision(asked, candidates)
        if isinstance(decision, About):
            others = (other for other in candidates if other is not decision.found)
            candidates = (decision.found, *others)
        return decision, candidates

    def _decision(self, asked: Asked, candidates: tuple[Candidate, ...]) -> Decision:
        understood, turn = asked.understood, asked.turn
        if turn is not None:
            inherited = self._inherited(asked, turn, candidates)
            if inherited is not None:
                return inherited
        if not candidates:
            return Nothing(found=False)

        best = candidates[0]
        rivals = [
            other
            for other in candidates[1:]
            if best.odds - other.odds < _CLOSE
            and other.probability >= self._thresholds.clarify
            and not (best.named_in_full and not other.named_in_full)
        ]
        only_asks = not tokens(f"{understood.subject} {understood.added}", marked=False)
        if understood.facet is not None and only_asks and not best.named_in_full:
            return Unnamed()
        if best.probability >= self._thresholds.answer and not rivals:
            facet = understood.facet
            if facet is None and turn and understood.continues:
                facet = turn.facet
            return About(_practical(best, facet, candidates, asked), facet)
        if best.probability >= self._thresholds.clarify:
            return OneOf(self._worth_offering(candidates))
        off_topic = self._lexicon.is_off_topic(understood.text)
        named = tuple(found for found in candidates if understood.added and found.named_in_full)
        if named and not off_topic:  # an old name says what is meant, however little else fits
            return OneOf(named[:_MOST_CHOICES])
        if understood.facet is not None and not off_topic and not self._has_subject(asked):
            return Unnamed()
        return Nothing(found=True)

    def chosen(self, asked: Asked) -> About | None:
        """The record, and the case, that a button names; None where it names none of ours."""
        record_id, _, case = (asked.question.case or "").partition("/")
        record = asked.edition.scope(asked.commune.id).records.get(record_id)
        cases = record.case_ids() if record else frozenset()
        if record is None or (case not in ("", NO_CASE) and case not in cases):
            return None
        candidates = self._candidates(asked, record_id)
        found = next((one for one in candidates if one.record.id == record_id), None)
        if found is None:
            return None
        facet = asked.understood.facet
        if facet is None and asked.turn and asked.turn.record_id == record_id:
            facet = asked.turn.facet
        return About(found, facet, case if case in cases else None, case == NO_CASE)

    def _candidates(self, asked: Asked, always: str | None) -> tuple[Candidate, ...]:
        understood = asked.understood
        query = Query(
            understood.words,
            asked.commune.id,
            understood.subject,
            understood.added,
            always=always,
        )
        return self._retriever.candidates(query, asked.edition)

    def _has_subject(self, asked: Asked) -> bool:
        return self._retriever.names_something(
            asked.understood.words, asked.commune.id, asked.edition
        )

    def _worth_offering(self, candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        least = min(self._thresholds.clarify, candidates[0].probability / 5)
        return tuple(found for found in candidates if found.probability >= least)[:_MOST_CHOICES]

    def _inherited(
        self, asked: Asked, turn: Turn, candidates: tuple[Candidate, ...]
    ) -> Decision | None:
        """The last turn's record, if that is what the question goes on about.

        Where its words go on but name another record too, without certainty, both are offered.
        """
        same = next((found for found in candidates if found.record.id == turn.record_id), None)
        if same is None or self._lexicon.is_off_topic(asked.understood.text):
            return None
        understood, best = asked.understood, candidates[0]
        case = (
            matching_case(same.record, understood) if isinstance(same.record, Procedure) else None
        )
        own_subject = self._has_subject(asked)
        short = len(syllables(understood.words)) <= _FOLLOW_UP_SYLLABLES
        weak = best.probability < self._thresholds.answer
        goes_on = (
            (not own_subject and (short or understood.continues) and weak)
            or (not own_subject and understood.facet is not None and short)
            or (case is not None and (understood.continues or weak))
            or (understood.continues and short and best.probability < self._thresholds.clarify)
        )
        same_again = best is same and not weak
        if goes_on or same_again:
            facet = understood.facet or turn.facet
            return About(
                _practical(same, facet, candidates, asked), facet, case.id if case else turn.case
            )
        unsure = best.probability < _SURE and not best.named_in_full
        if understood.continues and unsure and not weak:
            return OneOf((same, *self._worth_offering(candidates))[:_MOST_CHOICES])
        return None


def _practical(
    found: Candidate, facet: Facet | None, candidates: tuple[Candidate, ...], asked: Asked
) -> Candidate:
    """The related procedure where a guide was found that lacks the facet asked for."""
    guide = found.record
    if not isinstance(guide, Guide) or facet not in _PRACTICAL:
        return found
    sections = sections_of(guide, asked.edition.day)
    if any(section.facet is facet for section in sections):
        return found
    related = [
        other
        for other in candidates
        if other.probability >= _RELATED
        and other.record.id in guide.related
        and isinstance(other.record, Procedure)
        and facet in other.record.section_ids()
    ]
    return related[0] if related else found
