"""A random sample of answers for officers to judge, and what they judged."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.answering.mask import mask
from app.records.audit import AuditEntry, AuditLog
from app.records.judgements import VerdictRow
from app.records.tables import AnswerRow
from knowledge_base.day import VIETNAM, utc
from knowledge_base.revisions import database_errors, now


class Verdict(StrEnum):
    """What an officer thinks of an answer."""

    RIGHT = "right"
    PARTLY = "partly"
    WRONG = "wrong"


class AlreadyJudgedError(Exception):
    """The answer has its verdict; the message is in Vietnamese."""

    def __init__(self) -> None:
        super().__init__("Câu trả lời này đã có người xem rồi.")


@dataclass(frozen=True, slots=True)
class Week:
    """The verdicts of one week."""

    first_day: date
    """A Monday."""
    verdicts: Mapping[Verdict, int]

    @property
    def total(self) -> int:
        """How many."""
        return sum(self.verdicts.values())

    def share(self, verdict: Verdict) -> float:
        """From 0 to 1."""
        return self.verdicts.get(verdict, 0) / self.total if self.total else 0.0


class Sample:
    """The sample and its verdicts. Raises ``DatabaseUnavailableError`` like all stores."""

    def __init__(self, engine: Engine, audit: AuditLog) -> None:
        self._engine = engine
        self._audit = audit

    def drawn(self, communes: Sequence[str], today: date, days: int, size: int) -> tuple[str, ...]:
        """Ids of answers to judge today: of the last days, by chance, from every status.

        The same all day for an area; what is judged drops out and nothing takes its place until
        tomorrow, so the day's work ends.
        """
        since = datetime.combine(today - timedelta(days=days), datetime.min.time(), VIETNAM)
        until = datetime.combine(today, datetime.min.time(), VIETNAM)
        wanted = select(AnswerRow.id, AnswerRow.status).where(
            AnswerRow.commune.in_(communes),
            AnswerRow.made_at >= since.astimezone(UTC),
            AnswerRow.made_at < until.astimezone(UTC),
        )
        morning = until.astimezone(UTC)
        with database_errors(), Session(self._engine) as session:
            judged = {
                answer_id: utc(at)
                for answer_id, at in session.execute(
                    select(VerdictRow.answer_id, VerdictRow.judged_at).where(
                        VerdictRow.commune.in_(communes)
                    )
                )
            }
            by_status: defaultdict[str, list[str]] = defaultdict(list)
            for answer_id, status in session.execute(wanted):
                if judged.get(answer_id, morning) >= morning:
                    by_status[status].append(answer_id)
        chosen = _stratified(by_status, size, f"{today.isoformat()} {' '.join(sorted(communes))}")
        return tuple(answer_id for answer_id in chosen if answer_id not in judged)

    def judge(self, answer_id: str, scope: str, verdict: Verdict, note: str, by: str) -> None:
        """Keep a verdict, its note masked.

        Raises:
            AlreadyJudgedError: when the answer has one.
            LookupError: when there is no such answer.
        """
        note = mask(note)
        try:
            with database_errors(), Session(self._engine) as session, session.begin():
                answer = session.get(AnswerRow, answer_id)
                if answer is None:
                    raise LookupError(answer_id)
                session.add(
                    VerdictRow(
                        answer_id=answer_id,
                        commune=answer.commune,
                        verdict=verdict.value,
                        note=note,
                        judged_by=by,
                        judged_at=now(),
                    )
                )
                session.flush()
                details = {"verdict": verdict.value, "note": note}
                entry = AuditEntry(by, "answer.judged", scope, f"answer:{answer_id}", details)
                self._audit.add(session, entry)
        except IntegrityError:
            raise AlreadyJudgedError from None

    def weeks(self, communes: Sequence[str], count: int, today: date) -> tuple[Week, ...]:
        """The verdicts of the last weeks that have any, the newest first."""
        monday = today - timedelta(days=today.weekday())
        oldest = monday - timedelta(weeks=count - 1)
        since = datetime.combine(oldest, datetime.min.time(), VIETNAM).astimezone(UTC)
        wanted = select(VerdictRow.verdict, VerdictRow.judged_at).where(
            VerdictRow.commune.in_(communes), VerdictRow.judged_at >= since
        )
        found: defaultdict[date, Counter[Verdict]] = defaultdict(Counter)
        with database_errors(), Session(self._engine) as session:
            for verdict, at in session.execute(wanted):
                day = utc(at).astimezone(VIETNAM).date()
                found[day - timedelta(days=day.weekday())][Verdict(verdict)] += 1
        return tuple(Week(day, dict(found[day])) for day in sorted(found, reverse=True))


def _stratified(by_status: Mapping[str, Sequence[str]], size: int, seed: str) -> list[str]:
    """So many ids, of every status as many as its share, and one at least where size allows.

    Whole numbers after Hare and Niemeyer: what is left goes to the largest remainders.
    """
    total = sum(map(len, by_status.values()))
    if total == 0:
        return []
    size = min(size, total)
    statuses = sorted(by_status, key=lambda status: (-len(by_status[status]), status))[:size]
    shares = {status: size * len(by_status[status]) / total for status in statuses}
    seats = {status: max(1, int(share)) for status, share in shares.items()}
    while sum(seats.values()) > size:
        richest = max((one for one in statuses if seats[one] > 1), key=lambda one: seats[one])
        seats[richest] -= 1
    while sum(seats.values()) < size:
        free = [one for one in statuses if seats[one] < len(by_status[one])]
        seats[max(free, key=lambda one: shares[one] - seats[one])] += 1
    return [
        answer_id
        for status in statuses
        for answer_id in sorted(by_status[status], key=lambda one: _chance(seed, one))[
            : seats[status]
        ]
    ]


def _chance(seed: str, answer_id: str) -> str:
    return hashlib.sha256(f"{seed} {answer_id}".encode()).hexdigest()
