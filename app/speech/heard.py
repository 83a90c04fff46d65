"""Whether a transcript can be believed: else “chưa nghe rõ” is said, and not what was made up."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from app.speech.invented import INVENTED
from app.speech.transcribe import LEAST_LOG_PROBABILITY, MOST_COMPRESSION, Said
from knowledge_base.syllables import fold

_NO_SPEECH: Final = 0.6
_SURE: Final = -0.5
"""An engine that thinks nobody speaks is believed unless it is surer of its words than this."""
_SYLLABLES_A_SECOND: Final = 8.0
_SPARE_SYLLABLES: Final = 3
"""Nobody speaks faster; a sentence over a cough is made up."""
_CIRCLES: Final = 4
"""A word or phrase said so often in a row is an engine going in circles."""
_LONGEST_CIRCLE: Final = 8
_RECITED: Final = 3
"""So many terms of the prompt in its own order are the prompt, not the speaker."""

_ASIDE = re.compile(r"\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|[♪♫♬]")
_BETWEEN_SENTENCES = re.compile(r"(?<=[.!?…])\s+|\n+")
_NOT_A_WORD = re.compile(r"[\W_]+")


def believable(said: Sequence[Said], speech_seconds: float, prompt: str = "") -> str:
    """What of a transcript can be shown for correction; empty where nothing was understood.

    Args:
        said: what the engine understood, window by window.
        speech_seconds: how long somebody spoke.
        prompt: the terms that the engine was given, between commas.
    """
    sure = [part.text for part in said if _is_sure(part)]
    text = " ".join(_without_invented(" ".join(sure)))
    words = _words(text)
    if (
        not words
        or len(words) > _SYLLABLES_A_SECOND * speech_seconds + _SPARE_SYLLABLES
        or any(found.alone and found.pattern.fullmatch(" ".join(words)) for found in INVENTED)
        or _goes_in_circles(words)
        or _recites(text, prompt)
        or not _is_latin(text)
    ):
        return ""
    return text


def _is_sure(part: Said) -> bool:
    log_probability = part.log_probability if part.log_probability is not None else 0.0
    return not (
        math.isnan(log_probability)
        or log_probability < LEAST_LOG_PROBABILITY
        or (part.compression or 0.0) > MOST_COMPRESSION
        or ((part.no_speech_probability or 0.0) > _NO_SPEECH and log_probability < _SURE)
    )


def _words(text: str) -> list[str]:
    """Folded, in small letters, without punctuation."""
    bare = (_bare(word) for word in text.split())
    return [word for word in bare if word]


def _bare(word: str) -> str:
    return _NOT_A_WORD.sub(" ", fold(word.lower())).strip()


def _without_invented(text: str) -> Iterator[str]:
    """The sentences of a text without what is made up in them."""
    clean = unicodedata.normalize("NFC", _ASIDE.sub(" ", text))
    for sentence in _BETWEEN_SENTENCES.split(clean):
        words = [word for word in sentence.split() if _bare(word)]
        if kept := _kept(words):
            yield " ".join(kept)


def _kept(words: list[str]) -> list[str]:
    """The words that no invented sentence covers."""
    for found in INVENTED:
        # a word such as “amara.org” is two words bare: it is held together while counting
        line = " ".join(_bare(word).replace(" ", "") for word in words)
        match = None if found.alone else found.pattern.search(line)
        if match:
            first = line[: match.start()].count(" ")
            last = first + match.group().count(" ") + 1
            words = words[:first] + words[last:]
    return words


def _goes_in_circles(words: Sequence[str]) -> bool:
    for length in range(1, _LONGEST_CIRCLE + 1):
        for start in range(len(words) - _CIRCLES * length + 1):
            once = words[start : start + length]
            if list(once) * _CIRCLES == list(words[start : start + _CIRCLES * length]):
                return True
    return False


def _recites(text: str, prompt: str) -> bool:
    terms = [" ".join(_words(term)) for term in prompt.split(", ")]
    said = f" {' '.join(_words(text))} "
    return any(
        f" {' '.join(terms[start : start + _RECITED])} " in said
        for start in range(len(terms) - _RECITED + 1)
    )


def _is_latin(text: str) -> bool:
    """Whether every letter can stand in a Vietnamese word; an engine lost writes other scripts."""
    return all(
        unicodedata.name(character, "").startswith("LATIN")
        for character in text
        if character.isalpha()
    )
