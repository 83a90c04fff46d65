"""Puts the marks back into a question typed without them, in whole or in part."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from app.answering.foreign import LOANS
from app.answering.misspelt import Meant, Misspellings, other_marks
from knowledge_base.spelling import ordinary
from knowledge_base.syllables import fold, is_marked, nfc

_FILE = Path(__file__).parent / "restorer" / "syllables.npz"

_WORD = re.compile(r"[^\W_]+")
_SENTENCE_END = re.compile(r"[.?!;:()\n“”\"]")
_START, _OTHER = 0, 1
_READINGS = 12
"""No syllable has more readings than this in common use."""
_LONGEST = 60
"""Longer sentences are read in pieces of so many words."""
_LEFT = LOANS | frozenset("aeiu")
"""Foreign words, and letters that stand for whole words (“e” is “em”) rather than marked ones."""
_SURELY_MEANT = 0.8
"""From this probability on, a misspelt word is replaced; see ``Restorer.mended``."""
_OTHER_MARKS = 5.0
"""The cost of a syllable typed with wrong marks, beside what each mark costs."""
_SURELY_TONED = 0.9
_SUSPECTED = 3.0
"""A word that stands worse by less than this, in natural logarithms, is not looked at: another one
costs ``_OTHER_MARKS`` and more."""
_JOINED = 5
"""So many letters may be two syllables typed without a blank."""
_LITTLE = 1.5
"""A slip that costs so little is likelier than a blank left out."""
_VOWEL = re.compile("[aeiouy]")
_FOREIGN_SHARE = 0.3

Numbers = NDArray[np.int64]
Truths = NDArray[np.bool_]
Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Restored:
    """A text with its marks put back where there is little doubt."""

    text: str
    """Letter for letter as long as the text in NFC; letters change only by their marks."""
    restored: int
    """How many syllables were given marks."""
    doubtful: int
    """How many syllables have several readings of which none is likely enough."""
    certainty: float
    """The mean probability of the chosen readings of unmarked syllables; 1 without any."""


class Restorer:
    """A model of three syllables in a row, read from the file that training wrote."""

    def __init__(self, file: Path = _FILE, *, certain: float = 0.55, kept: float = 9.0) -> None:
        """Read a model.

        Args:
            file: what ``ingest.training.restorer`` wrote; by default the model of this release.
            certain: readings less probable than this leave the syllable as it was typed.
            kept: how strongly a syllable typed without marks is believed, in natural logarithms,
                when all around it carry theirs.
        """
        with np.load(file, allow_pickle=False) as data:
            self._step = -np.float32(data["step"])
            words = bytes(data["words"]).decode().split("\n")
            self._one = data["one"].astype(np.float32)
            self._back_one = data["back_one"].astype(np.float32)
            self._two_keys = _summed(data["two_keys"])
            self._two = data["two"].astype(np.float32)
            self._back_two = data["back_two"].astype(np.float32)
            self._three_keys = _summed(data["three_keys"])
            self._three = data["three"]
        self._size = len(words) + 2
        self._words = ["", "", *words]
        self._number = {word: number for number, word in enumerate(words, 2)}
        readings: defaultdict[str, list[int]] = defaultdict(list)
        for word, number in self._number.items():
            readings[fold(word)].append(number)
        self._readings = {
            plain: np.array(sorted(numbers, key=lambda number: self._one[number])[:_READINGS])
            for plain, numbers in readings.items()
        }
        self._misspellings = Misspellings(self._words[_OTHER + 1 :])
        self._certain, self._kept = certain, kept

    @classmethod
    @cache
    def packaged(cls) -> Restorer:
        """The model of this release."""
        return cls()

    def mended(self, text: str) -> str:
        """The text with misspelt words put right where there is little doubt what was meant.

        Only words that are spelt like no syllable are looked at; a text without marks stays so.
        """
        text = _WORD.sub(lambda match: self._parted(match.group()), nfc(text))
        words = [ordinary(match.group()).lower() for match in _WORD.finditer(text)]
        wrong = {word for word in words if self._misspellings.is_misspelt(word)}
        if not wrong or self._is_foreign([word for word in words if word not in wrong]):
            return text
        meant = {word: self._misspellings.candidates(word) for word in wrong}
        return self._replaced(text, meant, _SURELY_MEANT)

    def toned(self, text: str) -> str:
        """The text with syllables that carry wrong marks put right: “tữ chối” for “từ chối”.

        Such a syllable may be another word, so this is for searching, where little is lost.
        """
        text = nfc(text)
        words = [ordinary(match.group()).lower() for match in _WORD.finditer(text)]
        meant = {word: self._other_tones(word) for word in self._suspected(words)}
        return self._replaced(text, meant, _SURELY_TONED, np.inf) if meant else text

    def _suspected(self, words: Sequence[str]) -> set[str]:
        """The marked words in whose place other marks stand better between their neighbours.

        What the model does not know (“bưởi”) stands as well as any other unknown word.
        """
        places = [
            place
            for place, word in enumerate(words)
            if is_marked(word) and fold(word) in self._readings
        ]
        if not places:
            return set()
        numbers = np.array([_START, *(self._number.get(word, _OTHER) for word in words), _START])
        several = [np.append(self._readings[fold(words[at])], numbers[at + 1]) for at in places]
        sizes = np.array([len(readings) for readings in several])
        at = np.repeat(places, sizes)
        here = np.concatenate(several)
        stands = self._pair_scores(numbers[at], here) + self._pair_scores(here, numbers[at + 2])
        ends = np.cumsum(sizes)
        best = np.maximum.reduceat(stands, ends - sizes)
        better = best - stands[ends - 1] > _SUSPECTED
        return {
            words[place]
            for place, other in zip(places, better, strict=True)
            if other or self._misplaces_its_tone(words[place])
        }

    def _misplaces_its_tone(self, word: str) -> bool:
        """Whether the same letters with the same tone are a known word: “laí” for “lái”."""
        readings = self._readings[fold(word)].tolist()
        return word not in self._number and any(
            other_marks(word, self._words[number]) == 0 for number in readings
        )

    def _pair_scores(self, first: Numbers, second: Numbers) -> Scores:
        """``log p(second | first)`` of pairs of syllables; shape ``(pairs,)``."""
        known, place = _found(self._two_keys, [first * self._size + second])
        cost = np.where(known, self._two[place], self._back_one[first] + self._one[second])
        score: Scores = cost * self._step
        return score

    def _other_tones(self, word: str) -> Sequence[Meant]:
        """A word itself, and those that differ from it by their marks, with the cost of each."""
        others = [self._words[number] for number in self._readings[fold(word)].tolist()]
        return [
            *[(word, 0.0)] * (word in self._number),
            *(
                (other, _OTHER_MARKS + other_marks(word, other))
                for other in others
                if other != word
            ),
        ]

    def _replaced(
        self,
        text: str,
        meant: Mapping[str, Sequence[Meant]],
        least: float,
        kept: float | None = None,
    ) -> str:
        """The text with each of some words replaced by what it was meant for, where that is sure.

        Args:
            text: in NFC.
            meant: for a word in lower case what it may have been meant for, and the cost of each.
            least: the probability from which on a word is replaced.
            kept: how strongly all other words without marks are believed; by default as strongly
                as the share of marked words tells.
        """
        matches = list(_WORD.finditer(text))
        words = [ordinary(match.group()).lower() for match in matches]
        marked = [is_marked(word) for word in words]
        if kept is None:
            kept = self._believed(words, marked)
        found: list[tuple[int, float]] = []
        for start in range(0, len(words), _LONGEST):
            piece = slice(start, start + _LONGEST)
            found += self._read(words[piece], marked[piece], kept, True, meant)
        parts, end = [], 0
        for match, word, (number, probability) in zip(matches, words, found, strict=True):
            parts.append(text[end : match.start()])
            end = match.end()
            sure = meant.get(word) and probability >= least
            instead = self._words[number] if sure else ""
            parts.append((instead if any(marked) else fold(instead)) or match.group())
        return "".join(parts) + text[end:]

    def _believed(self, words: Sequence[str], marked: Sequence[bool]) -> float:
        """How strongly words without marks are believed: the more, the more others carry theirs."""
        letters = sum(map(str.isalpha, words))
        return self._kept * min(1.0, 2 * sum(marked) / max(letters, 1))

    def _parted(self, word: str) -> str:
        """Two syllables that were typed without a blank, where they are known to stand together."""
        plain = word.lower()
        slips = self._misspellings
        if len(plain) < _JOINED or not slips.is_misspelt(plain):
            return word
        if any(cost <= _LITTLE for _, cost in slips.candidates(plain)):
            return word
        found: dict[str, float] = {}
        for place in range(1, len(plain)):
            left, right = (self._spelt_so(part) for part in (plain[:place], plain[place:]))
            keys = left[:, None] * self._size + right
            known, where = _found(self._two_keys, [keys])
            if known.any():
                found[f"{word[:place]} {word[place:]}"] = float(self._two[where[known]].min())
        return min(found, key=found.__getitem__) if found else word

    def _spelt_so(self, word: str) -> Numbers:
        """The syllables that a word may be, with the marks that it has or, bare, with any."""
        if word in self._number:
            return self._readings[word] if word.isascii() else np.array([self._number[word]])
        return self._readings.get(word, np.array([], dtype=np.int64))

    def restore(self, text: str) -> Restored:
        """Put marks on the syllables without them; those with a mark stay, and so does English."""
        text = nfc(text)
        matches = list(_WORD.finditer(text))
        words = [ordinary(match.group()).lower() for match in matches]
        marked = [is_marked(word) for word in words]
        if all(marked) or self._is_foreign(words):
            return Restored(text, 0, 0, 1.0)
        kept = self._believed(words, marked)
        found: list[tuple[int, float]] = []
        start = 0
        for index in range(1, len(matches) + 1):
            if (
                index == len(matches)
                or index - start == _LONGEST
                or _SENTENCE_END.search(text, matches[index - 1].end(), matches[index].start())
            ):
                ended = index == len(matches) or index - start < _LONGEST
                found += self._read(words[start:index], marked[start:index], kept, ended)
                start = index
        return self._written(text, matches, words, marked, found)

    def _is_foreign(self, words: list[str]) -> bool:
        spoken = [word for word in words if word.isalpha() and _VOWEL.search(fold(word))]
        unknown = sum(
            word not in self._number and fold(word) not in self._readings for word in spoken
        )
        return unknown >= 2 and unknown >= _FOREIGN_SHARE * len(spoken)

    def _written(
        self,
        text: str,
        matches: list[re.Match[str]],
        words: list[str],
        marked: list[bool],
        found: list[tuple[int, float]],
    ) -> Restored:
        parts, end, restored, doubtful = [], 0, 0, 0
        sure: list[float] = []
        for match, word, has_mark, (number, probability) in zip(
            matches, words, marked, found, strict=True
        ):
            parts.append(text[end : match.start()])
            end = match.end()
            reading = match.group()
            if number > _OTHER and not has_mark:
                sure.append(probability)
                if probability < self._certain:
                    doubtful += 1
                elif self._words[number] != word:
                    restored += 1
                    reading = _cased(self._words[number], reading)
            parts.append(reading)
        certainty = sum(sure) / len(sure) if sure else 1.0
        return Restored("".join(parts) + text[end:], restored, doubtful, certainty)

    def _read(
        self,
        words: list[str],
        marked: list[bool],
        kept: float,
        ended: bool,
        meant: Mapping[str, Sequence[Meant]] = MappingProxyType({}),
    ) -> list[tuple[int, float]]:
        """The most probable reading of each word of a sentence, and its probability.

        ``meant`` says for a misspelt word what it may have been meant for, and the cost of each.
        """
        start = np.array([_START])
        readings: list[Numbers] = [start, start]
        costs: list[Scores] = []
        for word, has_mark in zip(words, marked, strict=True):
            if instead := meant.get(word):
                readings.append(np.array([self._number[other] for other, _ in instead]))
                costs.append(np.array([-cost for _, cost in instead], np.float32))
                continue
            number = self._number.get(word, _OTHER)
            sure = has_mark or word in _LEFT or np.isinf(kept)
            several = None if sure else self._readings.get(word)
            numbers = np.array([number]) if several is None else several
            readings.append(numbers)
            costs.append(np.where(numbers == number, np.float32(0), np.float32(-kept)))
        if ended:
            readings.append(start)
            costs.append(np.zeros(1, np.float32))
        steps = [
            np.exp(scores + cost)
            for scores, cost in zip(self._scores(readings), costs, strict=True)
        ]
        # Forward and backward over states of two neighbouring readings.
        forward = [np.ones((1, 1), np.float32)]
        for step in steps:
            state = (forward[-1][:, :, None] * step).sum(axis=0)
            forward.append(state / state.sum())
        backward = np.ones_like(forward[-1])
        found: list[tuple[int, float]] = []
        for i in range(len(steps) - 1, -1, -1):
            share = (forward[i + 1] * backward).sum(axis=0)
            best = int(share.argmax())
            found.append((int(readings[i + 2][best]), float(share[best] / share.sum())))
            backward = (steps[i] * backward).sum(axis=2)
            backward /= backward.sum()
        return found[::-1][: len(words)]

    def _scores(self, readings: list[Numbers]) -> list[Scores]:
        """``log p(third | first, second)`` of every three neighbouring readings, from the third."""
        size = self._size
        pair_keys = [left[:, None] * size + right for left, right in itertools.pairwise(readings)]
        pairs = _apart(*_found(self._two_keys, pair_keys), pair_keys)
        three_keys = [
            place[:, :, None] * size + third
            for (_, place), third in zip(pairs, readings[2:], strict=False)
        ]
        threes = _apart(*_found(self._three_keys, three_keys), three_keys)
        scores = []
        for i, (known, where) in enumerate(threes):
            context, at = pairs[i]
            here, place = pairs[i + 1]
            second, third = readings[i + 1], readings[i + 2]
            two = np.where(
                here, self._two[place], self._back_one[second][:, None] + self._one[third]
            )
            back = np.where(context, self._back_two[at], np.float32(0))
            lower = back[:, :, None] + two
            scores.append(
                np.where(known & context[:, :, None], self._three[where], lower) * self._step
            )
        return scores


def _found(keys: Numbers, wanted: list[Numbers]) -> tuple[Truths, Numbers]:
    joined = np.concatenate([part.ravel() for part in wanted])
    place = np.minimum(np.searchsorted(keys, joined), len(keys) - 1)
    return keys[place] == joined, place


def _apart(truths: Truths, places: Numbers, like: list[Numbers]) -> list[tuple[Truths, Numbers]]:
    """What was found for all parts at once, in the shape of each part."""
    parts, start = [], 0
    for part in like:
        end = start + part.size
        parts.append((truths[start:end].reshape(part.shape), places[start:end].reshape(part.shape)))
        start = end
    return parts


def _summed(planes: NDArray[np.uint8]) -> NDArray[np.int64]:
    steps = np.ascontiguousarray(planes.T).view("<u4").ravel()
    return np.cumsum(steps, dtype=np.int64)


def _cased(word: str, like: str) -> str:
    return "".join(
        letter.upper() if model.isupper() else letter
        for letter, model in zip(word, like, strict=True)
    )
