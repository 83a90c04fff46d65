"""Decides what a question is about: one record, several that may be meant, or none."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from app.answering.aim import matching_case
from app.answering.asked import Asked, Thresholds, Turn
from app.answering.follow import chances, follow_features, in_context, nearest
from app.answering.retrieve import Candidate, HybridRetriever, Query
from app.answering.understand import Understood
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import Facet
from knowledge_base.section import sections_of
from knowledge_base.syllables import syllables, tokens

_SURE_OFF_TOPIC = 0.9
"""From this probability on, a record answers a question that names what no counter handles, such as
another country's nationality; below, none does."""
_CLOSE = 0.7
"""Records whose log-odds are nearer than this are both offered."""
_MOST_CHOICES = 4
_IN_TALK = 0.4
"""From this probability on, a record answers what is asked after an answer. Who is asked back in
the middle of a talk is held up more than who is shown the likelier record, and may go on."""
_ASKED_IN_TALK = 0.25
"""From this probability on, the resident is asked back there."""
_CLOSE_IN_TALK = 0.3
"""The same as ``_CLOSE`` after an answer. Both were chosen on written conversations."""
_BARE_SYLLABLES = 4
_MOSTLY_UNKNOWN = 0.3
"""So short a question for a facet, in words that records know and that name none, can only go on:
“thế mất mấy ngày”."""
_OUTSIDE = 0.5
"""From this probability on, a question is taken to be about what no commune's counter handles."""
_PRACTICAL = frozenset(
    {Facet.DOSSIER, Facet.WHERE, Facet.ONLINE, Facet.TIME_LIMIT, Facet.FEE, Facet.FORM}
)
"""Facets that a procedure answers better than a guide that lacks them."""
_RELATED = 0.05
"""A related procedure less probable than this is not what was meant."""

_OWN_ANSWERS = 0.65
"""From this probability on, a record of the commune's own answers what would be refused or asked
back, and what would be taken for a question about the office."""
_OWN_FIRST = 0.9
"""From this probability on, it also goes before a record of the release."""
_OWN_OFFERED = 0.03
"""From this probability on, it is offered by a button. These were chosen on the development
part of ``tests/evaluation/office.yaml``."""
_OWN_BESIDE_OFFICE = 0.3
"""The same for what would be taken for a question about the office."""
_OWN_CLOSE = 1.0
"""Own records whose log-odds are nearer than this are both offered."""

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
    carried: Facet | None = None
    """The facet of the last answer, which a question that goes on from it may ask for again."""


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

    def __init__(self, retriever: HybridRetriever, thresholds: Thresholds) -> None:
        self._retriever = retriever
        self._thresholds = thresholds

    def decide(self, asked: Asked) -> tuple[Decision, tuple[Candidate, ...]]:
        """What the question is about, and the records weighed, the one decided on first."""
        turn = asked.turn
        candidates = self._candidates(asked, ()) if turn is None else self._after(asked, turn)
        decision = _own_word(asked, self._decision(asked, candidates), candidates)
        if isinstance(decision, About):
            others = (one for one in candidates if one.record is not decision.found.record)
            candidates = (decision.found, *others)
        return decision, candidates

    def own(self, asked: Asked) -> About | OneOf | None:
        """The commune's own record that a question taken for one about the office is after."""
        if not self._retriever.has_own(asked.commune.id, asked.edition):
            return None
        decision = _own_word(asked, Nothing(found=True), self._candidates(asked, ()))
        if isinstance(decision, OneOf) and decision.offered[0].own < _OWN_BESIDE_OFFICE:
            return None
        return decision if isinstance(decision, About | OneOf) else None

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
            if best.odds - other.odds < (_CLOSE if turn is None else _CLOSE_IN_TALK)
            and not (best.named_in_full and not other.named_in_full)
        ]
        inside = not understood.off_topic and understood.outside < _OUTSIDE
        about = f"{understood.subject} {understood.added} {understood.english}"
        only_asks = not tokens(about, marked=False)
        if understood.facet is not None and only_asks and not best.named_in_full:
            return Unnamed()
        if understood.off_topic and best.probability < _SURE_OFF_TOPIC:
            return Nothing(found=True)
        # “còn thường trú thì sao?” says by a whole name which record comes next
        chosen = turn is not None and best.record.id in turn.offered
        goes_over = turn is not None and best.named_in_full and (understood.continues or chosen)
        least = self._thresholds.answer if turn is None else min(_IN_TALK, self._thresholds.answer)
        clarify = (
            self._thresholds.clarify
            if turn is None
            else min(_ASKED_IN_TALK, self._thresholds.clarify)
        )
        if goes_over:
            least = clarify
        if best.probability >= least and not rivals:
            facet = understood.facet
            if facet is None and turn and chosen:
                facet = turn.facet
            carried = turn.facet if turn and understood.continues else None
            found = _practical(best, facet or carried, candidates, asked)
            return About(found, facet, carried=carried)
        # “người có công” may be any of five records: each is improbable, that it is one is not
        if sum(found.probability for found in candidates[:_MOST_CHOICES]) >= clarify:
            return OneOf(self._worth_offering(candidates))
        named = tuple(found for found in candidates if understood.added and found.named_in_full)
        if named and inside:  # an old name says what is meant, however little else fits
            return OneOf(named[:_MOST_CHOICES])
        return Nothing(found=True)

    def _which_of(
        self, offered: tuple[Candidate, ...], facet: Facet | None, own_subject: bool
    ) -> Decision:
        """The one that words instead of a button tell, or the same ones once more.

        One of them is meant, so that a probability is a share of theirs.
        """
        best = max(offered, key=lambda found: found.probability)
        share = best.probability / max(sum(found.probability for found in offered), 1e-9)
        if own_subject and share >= self._thresholds.answer:
            return About(replace(best, probability=share), facet)
        return OneOf(offered)

    def chosen(self, asked: Asked) -> About | None:
        """The record, and the case, that a button names, or else the question itself by a title.

        None where neither names one of ours.
        """
        record_id, _, case = (asked.question.case or asked.understood.named or "").partition("/")
        record = asked.edition.scope(asked.commune.id).records.get(record_id)
        cases = record.case_ids() if record else frozenset()
        if record is None or (case not in ("", NO_CASE) and case not in cases):
            return None
        candidates = self._candidates(asked, (record_id,))
        found = next((one for one in candidates if one.record.id == record_id), None)
        if found is None:
            return None
        facet = asked.understood.facet
        if facet is None and asked.turn and record_id in _of_the_last(asked.turn):
            facet = asked.turn.facet
        return About(found, facet, case if case in cases else None, case == NO_CASE)

    def _candidates(self, asked: Asked, always: tuple[str, ...]) -> tuple[Candidate, ...]:
        query = Query.of(asked.understood, asked.commune.id, always)
        return self._retriever.candidates(query, asked.edition)

    def has_subject(self, asked: Asked, understood: Understood) -> bool:
        """Whether a question has words that name records, and so a subject of its own."""
        return self._retriever.names_something(understood.words, asked.commune.id, asked.edition)

    def _worth_offering(self, candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        least = min(self._thresholds.clarify, candidates[0].probability / 5)
        return tuple(found for found in candidates if found.probability >= least)[:_MOST_CHOICES]

    def _after(self, asked: Asked, turn: Turn) -> tuple[Candidate, ...]:
        """The records that a question after an answer may be about, most probable first."""
        understood, commune, edition = asked.understood, asked.commune.id, asked.edition
        last = edition.scope(commune).records.get(turn.record_id)
        if last is None or understood.off_topic:
            return self._candidates(asked, _of_the_last(turn))
        context = self._retriever.chances(in_context(understood, last, commune), edition)
        candidates = self._candidates(asked, (*_of_the_last(turn), *nearest(context)))
        same = next((found for found in candidates if found.record is last), None)
        if same is None:
            return candidates
        features = follow_features(
            understood,
            candidates,
            same,
            context,
            own_subject=self.has_subject(asked, understood),
            unknown=self._retriever.unknown(understood.subject, commune, edition),
        )
        weighed = (
            replace(found, probability=float(chance))
            for found, chance in zip(candidates, chances(*features), strict=True)
        )
        return tuple(sorted(weighed, key=lambda found: -found.probability))

    def _inherited(
        self, asked: Asked, turn: Turn, candidates: tuple[Candidate, ...]
    ) -> Decision | None:
        """The last turn's record, if that is what the question goes on about."""
        same = next((found for found in candidates if found.record.id == turn.record_id), None)
        understood = asked.understood
        if same is None or understood.off_topic:
            return None
        own_subject = self.has_subject(asked, understood)
        unknown = self._retriever.unknown(understood.subject, asked.commune.id, asked.edition)
        bare = (
            understood.facet is not None
            and not own_subject
            and unknown < _MOSTLY_UNKNOWN
            and len(syllables(understood.words)) <= _BARE_SYLLABLES
        )
        best = candidates[0]
        if not bare and (best.record.id not in _of_the_last(turn) or best.probability < _IN_TALK):
            return None
        offered = tuple(found for found in candidates if found.record.id in turn.offered)[
            :_MOST_CHOICES
        ]
        if len(offered) > 1:
            return self._which_of(offered, understood.facet or turn.facet, own_subject)
        case = (
            matching_case(same.record, understood) if isinstance(same.record, Procedure) else None
        )
        found = _practical(same, understood.likely_facet or turn.facet, candidates, asked)
        return About(
            replace(found, probability=max(same.probability, float(bare))),
            understood.facet,
            case.id if case else turn.case,
            carried=turn.facet,
        )


def _of_the_last(turn: Turn | None) -> tuple[str, ...]:
    """The records that a question may go on about."""
    if turn is None:
        return ()
    return turn.offered or (turn.record_id,)


def _own_word(asked: Asked, decision: Decision, candidates: tuple[Candidate, ...]) -> Decision:
    """The decision, or the commune's own record where that is nearer than what was fitted knows.

    What is refused, asked back or found elsewhere by weights that never saw the officers' records
    is looked at once more; see ``app.answering.own``.
    """
    near = sorted(
        (replace(one, probability=max(one.probability, one.own)) for one in candidates),
        key=lambda one: -one.own,
    )
    if not near or near[0].own < _OWN_OFFERED:
        return decision
    best = near[0]
    rivals = [one for one in near[1:] if _log_odds(best.own) - _log_odds(one.own) < _OWN_CLOSE]
    if isinstance(decision, About):
        if decision.found.own or best.own < _OWN_FIRST or rivals:
            return decision
        return About(best, asked.understood.facet)
    if best.own >= _OWN_ANSWERS and not rivals:
        return About(best, asked.understood.facet)
    if isinstance(decision, Unnamed):
        return decision
    known = {best.record.id, *(one.record.id for one in rivals)}
    others = decision.offered if isinstance(decision, OneOf) else ()
    offered = (best, *rivals, *(one for one in others if one.record.id not in known))
    return OneOf(offered[:_MOST_CHOICES])


def _log_odds(probability: float) -> float:
    return math.log(max(probability, 1e-12) / max(1 - probability, 1e-12))


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
