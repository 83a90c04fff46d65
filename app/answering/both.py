"""Whether a message asks two things, and which two records answer it.

Every cut of a message gives two halves, each looked up by itself. How sure both are, whether both
ask, how well both records fit the whole message and what stands between them is weighed by a few
small networks with one hidden layer, whose mean is how sure the cut is. They are fitted by
``app.training.both`` and packaged in ``both.json``. A weighing in which each thing counts by itself
answered a quarter fewer pairs: a half that asks nothing is one thing after “và”, another after a
stop.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from app.answering.facets import asks
from app.answering.features import Floats
from app.answering.retrieve import Candidate
from app.answering.split import Cut, Joint, cuts
from app.answering.understand import Understood
from knowledge_base.syllables import fold, syllables

FEATURES = (
    "less_sure",
    "less_of_whole",
    "more_of_whole",
    "both_ask",
    "first_asks_nothing",
    "both_facets",
    "stop",
    "comma",
    "names",
    "same_topic",
    "first_leans",
    "second_leans",
    "outside",
    "continues",
    "second_named",
    "first_of_whole",
    "sure_of_one",
    "sure_of_both",
    "joints",
    "length",
    "shorter",
    "says_two",
    "first_margin",
    "second_margin",
    "first_subject",
    "second_subject",
    "first_ends_asking",
    "first_wishes",
    "first_question_words",
)
"""Logarithms of probabilities: of the less sure half's record, and of both records for the whole
message; whether both halves ask, the first does not, both have words for a facet; what joins them;
whether both records are of one topic. Log-odds: that a half cannot stand alone, that a half is
outside what counters handle; whether the second goes on by its words and names its record in full;
whether a record of the two comes first for the whole, and the log-odds of the first and of both.
Logarithms of the number of joints, of syllables in all and in the shorter half; whether the words
say that two things are asked; by how much each half's record is before its next; whether each half
names something; whether the first ends with a word that asks, or wishes for something, and the
logarithm of the number of its words that ask."""

_FILE = Path(__file__).with_name("both.json")
_SEARCHED = 3
"""Cuts whose halves are looked up, which is dear."""
_LIKE_TWO = 3
"""Of the two halves that ask and the two that name something, so many are there."""
_LEAST = 1e-4
"""A probability counts as no less."""
_LEAST_ODDS = 1e-3
"""The same for log-odds, and for the contrary."""
_ASKING = r"\b(?:gi|chi|mo|dau|nao|ai|bao|may|nhieu|rang|sao|khong|ko|hong|k|duoc|bn|dc)\b"
_QUESTION_WORD = re.compile(_ASKING)
_ENDS_ASKING = re.compile(rf"{_ASKING}(?: \w+)?\W*$")
_WISHES = re.compile(r"\b(?:muon|xin|tinh|dinh|can|hoi|nho|lam|cho biet|dang ky)\b")
_SAYS_TWO = re.compile(
    r"\b(?:(?:hai|2|ca hai|may|moi) (?:viec|thu|cai|chuyen|thu tuc|giay|loai|ben|khoan)|ca hai|"
    r"tien the|san (?:tien|lam|xin)|dong thoi|voi lai|thu hai|cai nao|luon the|ngoai ra|hoi them|"
    r"chung mot lan|mot luot|mot lan)\b"
)


@dataclass(frozen=True, slots=True)
class Reader:
    """How half a message is read and looked up where the whole was asked."""

    read: Callable[[str], Understood]
    names: Callable[[Understood], bool]
    """Whether a half has words that name records."""
    search: Callable[[Understood], tuple[Candidate, ...]]
    """The records that may answer, the one decided on first."""


@dataclass(frozen=True, slots=True)
class Half:
    """Half a message as it reads by itself."""

    understood: Understood
    asks: bool
    names: bool
    """Whether it has a subject of its own."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two questions, the record that answers each, and what the cut between them is weighed by."""

    halves: tuple[Understood, Understood]
    found: tuple[Candidate, Candidate]
    features: tuple[float, ...]
    """One number a name in ``FEATURES``."""


@dataclass(frozen=True, slots=True)
class _Network:
    """One hidden layer."""

    hidden: Floats
    """Shape ``(len(FEATURES), hidden)``."""
    shift: Floats
    out: Floats
    bias: float


@dataclass(frozen=True, slots=True)
class _Weights:
    mean: Floats
    spread: Floats
    networks: tuple[_Network, ...]
    sure: float
    """From this on, a message is two questions."""


def pairs(whole: Understood, candidates: Sequence[Candidate], reader: Reader) -> tuple[Pair, ...]:
    """The pairs of questions that a message may be.

    Args:
        whole: the message.
        candidates: the records that may answer it, most probable first.
        reader: reads and looks up the halves.
    """
    if not candidates:
        return ()
    ways = cuts(whole.text)
    read = [(cut, _half(cut.first, reader), _half(cut.second, reader)) for cut in ways]
    worth = [one for one in read if _likeness(*one[1:]) >= _LIKE_TWO]
    found = []
    for cut, first, second in sorted(worth, key=lambda one: -_promise(*one))[:_SEARCHED]:
        firsts, seconds = reader.search(first.understood), reader.search(second.understood)
        if firsts and seconds and not _of_one_family(firsts[0], seconds[0]):
            features = _features(
                whole, candidates, len(ways), cut, (first, second), (firsts, seconds)
            )
            found.append(Pair(_lent(first, second), (firsts[0], seconds[0]), features))
    return tuple(found)


def surest(found: Sequence[Pair]) -> Pair | None:
    """The pair that a message surely is; None where it is rather one question."""
    if not found:
        return None
    weights = _weights()
    sure = sureness(np.array([pair.features for pair in found]), weights)
    best = int(np.argmax(sure))
    return found[best] if sure[best] >= weights.sure else None


def sureness(features: Floats, weights: _Weights | None = None) -> Floats:
    """How sure each cut is, from 0 to 1; shape ``(cuts,)``."""
    weights = weights or _weights()
    scaled = (features - weights.mean) / weights.spread
    each = [
        1 / (1 + np.exp(-(np.tanh(scaled @ one.hidden + one.shift) @ one.out + one.bias)))
        for one in weights.networks
    ]
    mean: Floats = np.mean(each, axis=0)
    return mean


@cache
def _weights() -> _Weights:
    """The packaged weights.

    Raises:
        ValueError: when the file was fitted for other features.
    """
    data = json.loads(_FILE.read_text(encoding="utf-8"))
    if tuple(data["features"]) != FEATURES:
        raise ValueError(f"{_FILE.name} was fitted for other features; run `make train`")
    mean, spread = np.array(list(data["features"].values())).T
    networks = tuple(
        _Network(np.array(one["hidden"]), np.array(one["shift"]), np.array(one["out"]), one["bias"])
        for one in data["networks"]
    )
    return _Weights(mean, spread, networks, data["sure"])


def _half(text: str, reader: Reader) -> Half:
    understood = reader.read(text)
    asking = understood.facet is not None or asks(fold(understood.words))
    return Half(understood, asking, reader.names(understood))


def _likeness(first: Half, second: Half) -> int:
    return first.asks + second.asks + first.names + second.names


def _promise(cut: Cut, first: Half, second: Half) -> float:
    """How much a cut looks like one between two questions before anything is looked up."""
    clear = (cut.joint is Joint.STOP) + _ends_asking(first)
    return _likeness(first, second) + clear / 2


def _ends_asking(half: Half) -> bool:
    return _ENDS_ASKING.search(fold(half.understood.words)) is not None


def _of_one_family(first: Candidate, second: Candidate) -> bool:
    """Whether one record's title stands in the other's, or they are the same.

    “Đăng ký kết hôn” and “Đăng ký kết hôn với người nước ngoài”: half a message has lost the words
    that tell them apart, and the other one's papers would send a resident home. Where a message
    names both in full, it does ask for both.
    """
    titles = [f" {' '.join(syllables(fold(one.record.title)))} " for one in (first, second)]
    kin = titles[0] in titles[1] or titles[1] in titles[0]
    named = first.named_in_full and second.named_in_full
    return first.record.id == second.record.id or (kin and not named)


def _lent(first: Half, second: Half) -> tuple[Understood, Understood]:
    """Both halves; one that asks nothing asks what the other asks: “A và B bao nhiêu tiền”."""
    one, other = first.understood, second.understood
    if not first.asks:
        return replace(one, facet=other.facet), other
    if not second.asks:
        return one, replace(other, facet=one.facet)
    return one, other


def _features(
    whole: Understood,
    candidates: Sequence[Candidate],
    joints: int,
    cut: Cut,
    halves: tuple[Half, Half],
    found: tuple[Sequence[Candidate], Sequence[Candidate]],
) -> tuple[float, ...]:
    """One number a name in ``FEATURES``."""
    first, second = halves
    one, other = first.understood, second.understood
    firsts, seconds = found
    best = (firsts[0], seconds[0])
    chances = {candidate.record.id: candidate.probability for candidate in candidates}
    of_whole = [chances.get(candidate.record.id, 0.0) for candidate in best]
    lengths = [len(syllables(half.words)) for half in (one, other)]
    ids = {candidate.record.id for candidate in best}
    return (
        _log(min(candidate.probability for candidate in best)),
        _log(min(of_whole)),
        _log(max(of_whole)),
        float(first.asks and second.asks),
        float(not first.asks),
        float(one.facet is not None and other.facet is not None),
        float(cut.joint is Joint.STOP),
        float(cut.joint is Joint.COMMA),
        float(cut.joint is Joint.NAMES),
        float(best[0].record.topic is best[1].record.topic),
        _odds(one.leaning),
        _odds(other.leaning),
        _odds(max(one.outside, other.outside)),
        float(other.continues),
        float(best[1].named_in_full),
        float(candidates[0].record.id in ids),
        _odds(candidates[0].probability),
        _odds(sum(of_whole)),
        math.log(1 + joints),
        math.log(1 + len(syllables(whole.words))),
        math.log(max(min(lengths), 1)),
        float(_SAYS_TWO.search(fold(whole.text)) is not None),
        _margin(firsts),
        _margin(seconds),
        float(first.names),
        float(second.names),
        float(_ends_asking(first)),
        float(_WISHES.search(fold(one.words)) is not None),
        math.log(1 + len(_QUESTION_WORD.findall(fold(one.words)))),
    )


def _margin(found: Sequence[Candidate]) -> float:
    """By how much the first record is before the next probable one, in log-odds."""
    first, *others = found
    return _log(first.probability) - _log(max((one.probability for one in others), default=0.0))


def _log(probability: float) -> float:
    return math.log(max(probability, _LEAST))


def _odds(probability: float) -> float:
    return math.log(max(probability, _LEAST_ODDS) / max(1 - probability, _LEAST_ODDS))
