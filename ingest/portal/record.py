"""One procedure as the national portal shows it, whichever of its two forms was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from knowledge_base.procedure import TimeUnit
from knowledge_base.record import Channel, Topic


class Form(StrEnum):
    """How the record was written down, the better typed first."""

    DETAIL = "detail"
    """The portal's own detail answer (JSON)."""
    PROSE = "prose"
    """A copy whose figures stand in sentences."""
    BOTH = "detail+prose"


class Level(StrEnum):
    """Which level of government carries the procedure out."""

    MINISTRY = "ministry"
    PROVINCE = "province"
    COMMUNE = "commune"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Duration:
    """A time limit as the portal gives it."""

    amount: float | None
    """None where the portal has only words."""
    unit: TimeUnit | None
    """None where the portal names no unit; such a figure must not be shown as days."""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Money:
    """A fee as the portal gives it."""

    value: int | None
    """0 is what the portal fills in by itself; it does not mean free."""
    currency: str = ""
    """Empty where the portal names none."""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Method:
    """One way to hand in, with its time limit and fees."""

    channel: Channel
    time: Duration | None
    fees: tuple[Money, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """One line of the dossier, a paper or a remark between papers."""

    name: str
    originals: int = 0
    copies: int = 0
    required: bool = False
    """Every record seen so far says False, so it is read but means nothing."""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Papers under one heading; the heading is empty, a case, or a kind of paper."""

    title: str
    papers: tuple[Paper, ...]


@dataclass(frozen=True, slots=True)
class CitedText:
    """A legal text the record cites."""

    number: str
    name: str


@dataclass(frozen=True, slots=True)
class PortalRecord:
    """What both forms have in common; empty where the portal says nothing."""

    code: str
    name: str
    form: Form
    topic: Topic | None = None
    field: str = ""
    levels: frozenset[Level] = frozenset()
    national: bool = True
    issued_by: str = ""
    decision: str = ""
    methods: tuple[Method, ...] = ()
    groups: tuple[Group, ...] = ()
    results: tuple[str, ...] = ()
    legal: tuple[CitedText, ...] = ()
    subjects: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    receiving: str = ""
    steps: tuple[str, ...] = ()
    conditions: str = ""
    remarks: str = ""
    form_names: tuple[str, ...] = ()
    created_on: date | None = None
    updated_on: date | None = None
    seen_on: date | None = None
    address: str = ""
    is_test: bool = False
    flags: tuple[str, ...] = ()
    """Warnings that came with the record, in words for the editor."""
