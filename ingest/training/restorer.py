"""Trains the restorer of marks: a model of three syllables in a row, pruned to fit the product."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.catalogue import read_content
from knowledge_base.spelling import is_syllable, ordinary
from knowledge_base.syllables import fold, nfc

Ids = NDArray[np.int64]
Reals = NDArray[np.float64]

SPOKEN = Path(__file__).with_name("spoken.txt")
"""Sentences as residents say them, written for this purpose."""

_WORD = re.compile(r"[^\W_]+")
_SENTENCE_END = re.compile(r"[.?!;:()\n“”\"]+")
_START, _OTHER = 0, 1
_WEIGHT_OF_SOURCE = {"zalo2021_train": 5, "alqac2025": 2, "moh_faq:cardi-ay": 10}
_WEIGHT_OF_CONTENT = 150
_WEIGHT_OF_SPOKEN = 150
_VARIANTS = 4
_DRAWN = 80
_PERSONS = ("tôi", "tui", "em", "con", "cháu", "mình", "bác", "cô", "chú", "anh", "chị")
_PARENTS = ("ba", "bố", "cha", "má", "mẹ")
_RARE = 4
"""Syllables of the corpus seen fewer times are misprints more often than words."""
_DISCOUNT = 0.75
_STEP = 1 / 12
"""Natural logarithms are kept in a byte, in steps of this size."""


@dataclass(frozen=True, slots=True)
class Model:
    """What is stored; every array of keys is sorted, every score is a byte of ``-log p / step``."""

    words: tuple[str, ...]
    """From number 2 on; 0 starts a sentence and 1 is any other word or number."""
    one: Reals
    back_one: Reals
    two_keys: Ids
    """``left * size + right``."""
    two: Reals
    back_two: Reals
    three_keys: Ids
    """``place of the pair in two_keys * size + right``."""
    three: Reals

    @property
    def size(self) -> int:
        """How many numbers a syllable can have."""
        return len(self.words) + 2


def train_restorer(
    data: Path,
    out: Path,
    seed: int,
    *,
    questions: Iterable[str] | None = None,
    pairs: int = 500_000,
    threes: int = 700_000,
) -> dict[str, float]:
    """Train on a folder laid out as ``retrieval_train`` and write one ``.npz`` file.

    Args:
        data: the folder with ``corpus_text_open.txt.gz`` and ``pairs_open.jsonl.gz``.
        out: the file to write; the same input and seed give the same bytes.
        seed: chooses the persons and parents put in place of others in residents' questions.
        questions: residents' questions to learn from; by default those of our own records.
        pairs: how many pairs of syllables to keep.
        threes: how many runs of three to keep.

    Returns:
        Sizes of the model, for its card.
    """
    counted = _Counted()
    counted.add(_lines(data / "corpus_text_open.txt.gz"), 1)
    for weight, text in _questions(data / "pairs_open.jsonl.gz"):
        counted.add([text], weight)
    generator = np.random.default_rng(seed)
    if questions is None:
        records = read_content().records.values()
        questions = (asked.text for record in records for asked in record.questions)
    spoken = [
        line
        for line in SPOKEN.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    counted.add(_varied(sorted(set(questions)), generator), _WEIGHT_OF_CONTENT)
    counted.add(_said(spoken, generator), _WEIGHT_OF_SPOKEN)
    model = _pruned(counted, pairs, threes)
    out.parent.mkdir(parents=True, exist_ok=True)
    _write(model, out)
    return {
        "syllables": len(model.words),
        "pairs": len(model.two_keys),
        "threes": len(model.three_keys),
        "bytes": out.stat().st_size,
    }


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from file


def _questions(path: Path) -> Iterator[tuple[int, str]]:
    for line in _lines(path):
        row = json.loads(line)
        yield _WEIGHT_OF_SOURCE.get(row["source"], 1), row["query"]


def _varied(sentences: Iterable[str], generator: np.random.Generator) -> list[str]:
    """Each sentence, and as many again with other persons and parents in it."""
    found = []
    for sentence in sentences:
        found.append(sentence)
        for _ in range(_VARIANTS - 1):
            person, parent = _drawn(_PERSONS, generator), _drawn(_PARENTS, generator)
            found.append(
                " ".join(
                    person
                    if word.lower() in ("tôi", "em", "tui")
                    else parent
                    if word.lower() in _PARENTS
                    else word
                    for word in sentence.split()
                )
            )
    return found


def _drawn(words: Sequence[str], generator: np.random.Generator) -> str:
    return words[int(generator.integers(len(words)))]


def _said(patterns: Iterable[str], generator: np.random.Generator) -> list[str]:
    """Sentences drawn from each pattern, more from those with more alternatives."""
    found = []
    for pattern in patterns:
        slots = [slot.split("/") for slot in pattern.split(" ")]
        for _ in range(min(sum(map(len, slots)), _DRAWN) if "/" in pattern else 1):
            said = " ".join(_drawn(slot, generator) for slot in slots)
            found.append(said.replace("_", " "))
    return found


@dataclass(slots=True)
class _Counted:
    """Sentences as numbers, each with its weight."""

    numbers: dict[str, int] = field(default_factory=dict)
    chunks: list[tuple[Ids, int]] = field(default_factory=list)

    def add(self, texts: Iterable[str], weight: int) -> None:
        row: list[int] = []
        numbers = self.numbers
        for text in texts:
            for sentence in _SENTENCE_END.split(nfc(text).lower()):
                row.append(_START)
                row += [
                    numbers.setdefault(word, len(numbers) + 2) for word in _WORD.findall(sentence)
                ]
        self.chunks.append((np.array(row, dtype=np.int64), weight))


def _vocabulary(counted: _Counted) -> tuple[tuple[str, ...], Ids, dict[int, Ids]]:
    """The words kept, the new number of each old one, and the sentences by weight."""
    raw = len(counted.numbers) + 2
    total = np.zeros(raw)
    asked = np.zeros(raw)
    by_weight: dict[int, list[Ids]] = defaultdict(list)
    for chunk, weight in counted.chunks:
        by_weight[weight].append(chunk)
    joined = {weight: np.concatenate(chunks) for weight, chunks in sorted(by_weight.items())}
    for weight, row in joined.items():
        counts = np.bincount(row, minlength=raw)
        total += counts
        if weight > 1:
            asked += counts
    tally: Counter[str] = Counter()
    spelt = {word: ordinary(word) for word in counted.numbers}
    for word, number in counted.numbers.items():
        if word.isalpha() and (is_syllable(word) or (word.isascii() and total[number] >= 20)):
            tally[spelt[word]] += int(total[number] if asked[number] else total[number] - _RARE + 1)
    words = tuple(sorted(word for word, count in tally.items() if count > 0))
    new = {word: number for number, word in enumerate(words, 2)}
    renumbered = np.full(raw, _OTHER, dtype=np.int64)
    renumbered[_START] = _START
    for word, number in counted.numbers.items():
        renumbered[number] = new.get(spelt[word], _OTHER)
    return words, renumbered, joined


def _tallied(keys: Ids, weights: Reals) -> tuple[Ids, Reals, Reals]:
    """Keys in order, their weight, and their mean weight a time."""
    unique, inverse, times = np.unique(keys, return_inverse=True, return_counts=True)
    weight = np.asarray(np.bincount(inverse, weights=weights), np.float64)
    return unique, weight, weight / np.asarray(times, np.float64)


def _pruned(counted: _Counted, pairs: int, threes: int) -> Model:
    """Interpolated absolute discounting, kept where it changes a reading most."""
    words, renumbered, joined = _vocabulary(counted)
    size = len(words) + 2
    row = np.concatenate([renumbered[chunk] for chunk in joined.values()])
    weight = np.concatenate([np.full(len(chunk), w, float) for w, chunk in joined.items()])

    # The start of the next sentence ends the last: what is said last is a thing of its own.
    inside = (row[:-1] != _START) | (row[1:] != _START)
    two_keys, two_count, two_mean = _tallied(
        (row[:-1] * size + row[1:])[inside], weight[1:][inside]
    )
    inside3 = row[1:-1] != _START
    three_all = (row[:-2] * size + row[1:-1]) * size + row[2:]
    three_keys, three_count, three_mean = _tallied(three_all[inside3], weight[2:][inside3])

    left, right = np.divmod(two_keys, size)
    continued = np.bincount(right, minlength=size).astype(float)
    seen = np.bincount(row, weights=weight, minlength=size)
    one = 0.5 * continued / continued.sum() + 0.5 * seen / seen.sum()
    one = 0.999 * one + 0.001 / size

    two = _interpolated(two_count, two_mean, left, one[right], size)
    pair, last = np.divmod(three_keys, size)
    place = np.searchsorted(two_keys, pair)
    lower_place = np.searchsorted(two_keys, three_keys % (size * size))
    three = _interpolated(three_count, three_mean, place, two[lower_place], len(two_keys))

    ambiguous = _ambiguous(words)
    gain3 = three_count * np.abs(np.log(three / two[lower_place]))
    gain3 *= (
        ambiguous[last] | ambiguous[two_keys[place] % size] | ambiguous[two_keys[place] // size]
    )
    gain3[three_count < 2] = 0
    kept3 = np.sort(np.argsort(-gain3, kind="stable")[:threes])
    kept3 = kept3[gain3[kept3] > 0]
    gain2 = two_count * np.abs(np.log(two / one[right]))
    gain2 *= ambiguous[left] | ambiguous[right]
    needed = np.zeros(len(two_keys), bool)
    needed[np.argsort(-gain2, kind="stable")[:pairs]] = True
    needed &= gain2 > 0
    needed[place[kept3]] = True
    kept2 = np.flatnonzero(needed)
    renamed = np.cumsum(needed) - 1

    back_one = _left_over(left[kept2], two[kept2], one[right[kept2]], size)
    lower = np.where(
        needed[lower_place],
        two[lower_place],
        back_one[two_keys[lower_place] // size] * one[last],
    )
    back_two = _left_over(renamed[place[kept3]], three[kept3], lower[kept3], len(kept2))
    return Model(
        words,
        one,
        back_one,
        two_keys[kept2],
        two[kept2],
        back_two,
        renamed[place[kept3]] * size + last[kept3],
        three[kept3],
    )


def _interpolated(count: Reals, mean: Reals, context: Ids, lower: Reals, contexts: int) -> Reals:
    """Probabilities with a part of each kind of event left to the lower order."""
    total = np.bincount(context, weights=count, minlength=contexts)
    discount = _DISCOUNT * mean
    taken = np.bincount(context, weights=discount, minlength=contexts)
    share = (taken / np.maximum(total, 1e-9))[context]
    return (count - discount) / total[context] + share * lower


def _left_over(context: Ids, kept: Reals, lower: Reals, contexts: int) -> Reals:
    """What each context leaves for the words it does not keep, as a factor on the lower order."""
    rest = 1 - np.bincount(context, weights=kept, minlength=contexts)
    below = 1 - np.bincount(context, weights=lower, minlength=contexts)
    return np.clip(np.maximum(rest, 1e-3) / np.maximum(below, 1e-3), 1e-6, 1.0)


def _ambiguous(words: tuple[str, ...]) -> NDArray[np.bool_]:
    readings = Counter(fold(word) for word in words)
    found = np.zeros(len(words) + 2, bool)
    found[2:] = [readings[fold(word)] > 1 for word in words]
    return found


def _bytes(probabilities: Reals) -> NDArray[np.uint8]:
    return np.clip(np.rint(-np.log(probabilities) / _STEP), 0, 255).astype(np.uint8)


def _planes(keys: Ids) -> NDArray[np.uint8]:
    """Distances between sorted keys, byte by byte: the form that packs best."""
    steps = np.diff(keys, prepend=0).astype("<u4")
    return np.ascontiguousarray(steps.view(np.uint8).reshape(-1, 4).T)


def _write(model: Model, out: Path) -> None:
    assert (np.diff(model.three_keys) < 2**32).all()
    with out.open("wb") as file:
        np.savez_compressed(
            file,
            step=np.float32(_STEP),
            words=np.frombuffer("\n".join(model.words).encode(), np.uint8),
            one=_bytes(model.one),
            back_one=_bytes(model.back_one),
            two_keys=_planes(model.two_keys),
            two=_bytes(model.two),
            back_two=_bytes(model.back_two),
            three_keys=_planes(model.three_keys),
            three=_bytes(model.three),
        )
