"""What officers announced, for the page or call at hand; and the refusal while we do not answer."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from app.answering.answer import Language
from app.records.notices import Level, Notice
from app.records.standing import Standing
from app.web.service import service_of
from app.web.words import Phrase, phrase
from knowledge_base.commune import Commune

LEVELS: dict[Level, Phrase] = {
    Level.NOTE: phrase("Thông báo"),
    Level.WARNING: phrase("Cảnh báo"),
    Level.DANGER: phrase("Khẩn cấp"),
}

PAUSED = phrase("Trợ lý AI đang tạm dừng")


@dataclass(frozen=True, slots=True)
class ShownNotice:
    """A notice as a page shows it."""

    level: Level
    heading: Phrase
    words: str
    own: Language
    """The language of the words."""
    until: int
    """When a copy that a phone kept must no longer show it: milliseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Paused:
    """Why there is no answer, as a page says it."""

    reason: str
    own: Language


def standing_of(request: Request, commune: Commune) -> Standing:
    """How a commune stands, asked once for each request."""
    known: dict[str, Standing] = request.scope.setdefault("state", {}).setdefault("standing", {})
    if commune.id not in known:
        known[commune.id] = service_of(request).standings.of(commune)
    return known[commune.id]


def shown_notices(standing: Standing, language: Language) -> tuple[ShownNotice, ...]:
    """The notices in a language; in Vietnamese where an officer gave no English."""
    return tuple(_shown(notice, language) for notice in standing.notices)


def _shown(notice: Notice, language: Language) -> ShownNotice:
    entered = notice.entered
    words, own = _in(entered.words, entered.english, language)
    until = int(entered.ends_at.timestamp() * 1000)
    return ShownNotice(entered.level, LEVELS[entered.level], words, own, until)


def paused(standing: Standing, language: Language) -> Paused | None:
    """Why there is no answer, in a language; None where there is one."""
    off = standing.off
    return Paused(*_in(off.reason, off.english, language)) if off else None


def _in(words: str, english: str | None, language: Language) -> tuple[str, Language]:
    if language is Language.EN and english:
        return english, Language.EN
    return words, Language.VI


def state_of(standing: Standing) -> str:
    """Another text for another state: what phones keep is fetched again."""
    return repr((standing.notices, standing.off))
