"""A change that is about to be made, and what it would break on any day from then on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from ingest.draft import TO_WRITE, to_write
from ingest.live import LiveKnowledge
from knowledge_base import revisions
from knowledge_base.catalogue import Body
from knowledge_base.problem import Problem
from knowledge_base.record import NATIONAL, RecordKind
from knowledge_base.revisions import Key, Published, RevisionState
from knowledge_base.source import LegalText
from knowledge_base.units import Units

_IDENTITY = ("id", "scope")
"""With these wrong, a body is not the record that it is to be."""
_OURS = "bản sắp công bố"
"""Tells what is wrong in the text to be published from the same in what residents read."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is about to be true of a record from a day on; a body of None withdraws it."""

    key: Key
    body: Body | None
    begins: date


class ChangeCheck:
    """Finds what changes would break, in the text itself and in every other record."""

    def __init__(
        self, live: LiveKnowledge, legal_texts: Mapping[str, LegalText], day: Callable[[], date]
    ) -> None:
        """Check against what is published.

        Args:
            live: what answers; it keeps what it knows of unchanged records.
            legal_texts: the register by which ended legal bases are refused.
            day: the date in Vietnam.
        """
        self._live = live
        self._legal_texts = legal_texts
        self._day = day

    def problems(
        self,
        session: Session,
        changes: Collection[Change],
        without: Collection[int] = (),
    ) -> tuple[Problem, ...]:
        """What the changes would break on any day from the first of them on.

        What is wrong already, in others, does not stand in the way of mending one.

        Args:
            session: reads what is published.
            changes: what is about to be true.
            without: scheduled revisions that are about to be called back.
        """
        begins = min((change.begins for change in changes), default=self._day())
        coming = revisions.scheduled(session, begins)
        standing = {
            key: one.body
            for key, one in revisions.live_on(session, begins, self._live.reuse.known).items()
            if one.state is not RevisionState.WITHDRAWN
        }
        communes = {body.id for body in standing.values() if body.kind is RecordKind.COMMUNE}
        bodies = [change.body for change in changes if change.body is not None]
        found = [problem for body in bodies for problem in _own_problems(body, communes)]
        if any(problem.field in _IDENTITY for problem in found):
            return tuple(dict.fromkeys(found))
        ours = {body.key: replace(body, place=_OURS) for body in bodies}
        changed = dict(standing)
        days = {begins} | {one.live_from for one in coming} | {one.begins for one in changes}
        for day in sorted(days):
            for one in coming:
                if one.live_from == day:
                    _put(standing, one.body.key, _body_of(one))
                    if one.revision_id not in without:
                        _put(changed, one.body.key, _body_of(one))
            for change in changes:
                if change.begins == day:
                    _put(changed, change.key, change.body and ours[change.key])
            problems = self._live.problems_of(changed.values(), self._legal_texts)
            if problems:
                before = self._live.problems_of(standing.values(), self._legal_texts)
                found += [
                    replace(problem, place=bodies[0].place) if problem.place == _OURS else problem
                    for problem in problems
                    if problem not in before
                ]
        return tuple(dict.fromkeys(found))


def _body_of(found: Published) -> Body | None:
    return None if found.state is RevisionState.WITHDRAWN else found.body


def _put(state: dict[Key, Body], key: Key, body: Body | None) -> None:
    if body is None:
        state.pop(key, None)
    else:
        state[key] = body


def _own_problems(body: Body, communes: Collection[str]) -> Iterable[Problem]:
    """What is wrong with a body by itself, in a country with such communes."""
    for place in to_write(body.data):
        yield Problem(body.place, place, f"còn “{TO_WRITE}”. Viết nốt rồi công bố.")
    if body.data.get("id") != body.id:
        yield Problem(body.place, "id", f"phải là “{body.id}”, mã của hồ sơ này.")
    if body.kind is RecordKind.COMMUNE:
        return
    if body.data.get("scope", NATIONAL) != body.scope:
        yield Problem(body.place, "scope", f"phải là “{body.scope}”, nơi hồ sơ này thuộc về.")
    level, _, slug = body.scope.partition(":")
    units = Units.packaged()
    known = {"province": units.provinces, "commune": {*units.by_id, *communes}}
    if level in known and slug not in known[level]:
        yield Problem(body.place, "scope", f"không có nơi nào là “{body.scope}”.")
