"""The chunks of one commune arranged by record, to score every record for a question at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from knowledge_base.chunk import ChunkKind
from knowledge_base.edition import Edition
from knowledge_base.guide import Guide
from knowledge_base.lexical import tokens_of
from knowledge_base.procedure import Procedure
from knowledge_base.record import Facet
from knowledge_base.syllables import MARKED, tokens

# fmt: off
_ASKING = frozenset((
    "ai", "an", "ban", "bao", "bi", "cach", "can", "cho", "chua", "co", "con", "cong", "dan",
    "dang", "dau", "den", "di", "dieu", "dong", "duoc", "gap", "gi", "giay", "gio", "gom", "ha",
    "han", "hay", "hen", "het", "ho", "hoi", "huyen", "khai", "khi", "khong", "kien", "ky", "la",
    "lai", "lam", "lau", "le", "luon", "mang", "mat", "may", "minh", "moi", "muon", "nam", "nao",
    "nay", "neu", "ngay", "nhan", "nhieu", "nhung", "noi", "nop", "o", "online", "phai", "phi",
    "phuong", "qua", "quan", "ra", "roi", "sao", "so", "tai", "thang", "the", "thi", "thoi",
    "thu", "tien", "to", "toi", "ton", "tra", "tren", "trong", "truc", "tuc", "tuyen", "ubnd",
    "uy", "vay", "ve", "vneid", "voi", "xa", "xin", "xong",
))
# fmt: on
"""Folded syllables of asking; a pair of two of them names no record."""


@dataclass(frozen=True, slots=True)
class Postings:
    """For each word, the numbers of what holds it."""

    number: Mapping[str, int]
    """Of each word, as the lexical index counts them."""
    starts: NDArray[np.int64]
    """Where the numbers of each word begin in ``found``; shape ``(words + 1,)``."""
    found: NDArray[np.int64]
    """Ascending for each word."""
    tokens: NDArray[np.int64]
    """The word's number beside each of ``found``."""

    def get(self, word: str) -> NDArray[np.int64]:
        """The numbers of what holds a word, ascending."""
        one = self.number.get(word)
        if one is None:
            return self.found[:0]
        return self.found[self.starts[one] : self.starts[one + 1]]

    def __contains__(self, word: str) -> bool:
        return len(self.get(word)) > 0


Places = NDArray[np.int32]
"""Places of chunks, one row a record; the number of all chunks fills the rows up."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Records of one commune by number, and where each word occurs among them."""

    ids: tuple[str, ...]
    """Record ids; the position is the record's number."""
    record_of: NDArray[np.int64]
    """The record's number of each chunk, -1 for chunks of other communes; shape ``(chunks,)``."""
    chunks_of: Places
    """The places of each record's chunks."""
    parts_of: Mapping[ChunkKind, Places]
    """The same for each kind of chunk."""
    kinds: Mapping[ChunkKind, NDArray[np.bool_]]
    vocabulary: Postings
    """Records by the folded syllables and pairs of all their chunks."""
    naming: Postings
    """Records by the folded pairs of their titles, aliases and cases."""
    name_words: Postings
    """Single names (a title, an alias, a case) by their folded syllables and pairs."""
    name_weights: NDArray[np.float64]
    """The summed rarity of each name's words; shape ``(names,)``."""
    record_of_name: NDArray[np.int64]
    guides: NDArray[np.float64]
    """1 where the record is a guide; shape ``(records,)``."""
    facets: Mapping[Facet, NDArray[np.float64]]
    """1 where the record has a section of the facet; shape ``(records,)``."""

    def rarity(self, word: str) -> float:
        """How few records use a word: log((records + 1) / (records with it + 0.5))."""
        return math.log((len(self.ids) + 1) / (len(self.vocabulary.get(word)) + 0.5))

    def best(self, scores: NDArray[np.float64], *kinds: ChunkKind) -> NDArray[np.float64]:
        """The best score of each record's chunks of some kinds, 0 at least; shape (records,)."""
        found = np.zeros(len(self.ids))
        for kind in kinds or tuple(self.parts_of):
            places = self.parts_of[kind]
            np.maximum(found, _gathered(scores, places, 0.0).max(axis=1, initial=0.0), out=found)
        return found

    def several(self, scores: NDArray[np.float64], count: int) -> NDArray[np.float64]:
        """The mean of each record's ``count`` best chunks; shape ``(records,)``."""
        each = _gathered(scores, self.chunks_of, -np.inf)
        if each.shape[1] > count:
            each = np.partition(each, -count, axis=1)[:, -count:]
        found: NDArray[np.float64] = np.where(np.isneginf(each), 0.0, each).sum(axis=1) / count
        return found

    def places(self, number: int) -> Places:
        """The places of the chunks of one record, ascending; shape ``(chunks of it,)``."""
        row = self.chunks_of[number]
        found: Places = row[row < len(self.record_of)]
        return found

    def has_facet(self, facet: Facet | None) -> NDArray[np.float64]:
        """1 where a record says something of a facet; everywhere without one."""
        if facet is None:
            return np.ones(len(self.ids))
        return self.facets.get(facet, np.zeros(len(self.ids)))

    def covered(
        self, words: frozenset[str], edition: Edition, without: frozenset[int]
    ) -> NDArray[np.float64]:
        """The share of the words' rarity that each record's vocabulary holds; shape (records,).

        ``without`` are places of the edition's chunks that count as not there.
        """
        weights = {word: self.rarity(word) for word in words}
        total = sum(weights.values()) or 1.0
        found = self._summed(weights, self.vocabulary, len(self.ids)) / total
        for number in {int(self.record_of[place]) for place in without} - {-1}:
            kept = {
                word
                for place in np.flatnonzero(self.record_of == number)
                if place not in without
                for word in tokens(edition.chunks[place].text, marked=False)
            }
            found[number] = sum(weight for word, weight in weights.items() if word in kept) / total
        return found

    def named(self, words: frozenset[str]) -> NDArray[np.float64]:
        """The share of the naming words' rarity that each record's names hold; (records,)."""
        weights = {word: self.rarity(word) for word in words if word in self.naming}
        found = self._summed(weights, self.naming, len(self.ids))
        return found / (sum(weights.values()) or 1.0)

    def whole_name(self, words: frozenset[str]) -> NDArray[np.float64]:
        """The share of each record's best-covered name that the words hold; (records,)."""
        weights = {word: self.rarity(word) for word in words if word in self.name_words}
        held = self._summed(weights, self.name_words, len(self.name_weights)) / self.name_weights
        found = np.zeros(len(self.ids))
        np.maximum.at(found, self.record_of_name, held)
        return found

    def unknown(self, words: frozenset[str]) -> float:
        """The share of the words' rarity that no record holds."""
        weights = {word: self.rarity(word) for word in words}
        strange = sum(weight for word, weight in weights.items() if word not in self.vocabulary)
        return strange / (sum(weights.values()) or 1.0)

    def names(self, words: Iterable[str]) -> bool:
        """Whether any of the words names a record."""
        return any(word in self.naming for word in words)

    @staticmethod
    def _summed(weights: Mapping[str, float], postings: Postings, size: int) -> NDArray[np.float64]:
        found = np.zeros(size)
        for word, weight in weights.items():
            found[postings.get(word)] += weight
        return found


def _gathered(scores: NDArray[np.float64], places: Places, missing: float) -> NDArray[np.float64]:
    """The scores of some chunks, and ``missing`` where a row is filled up."""
    found: NDArray[np.float64] = np.append(scores, missing)[places]
    return found


_LAYOUTS: WeakKeyDictionary[Edition, dict[tuple[tuple[str, str], ...], Layout]] = (
    WeakKeyDictionary()
)


def layout_of(edition: Edition, commune: str) -> Layout:
    """The layout of a commune, made once for each edition and all communes of the same records."""
    layouts = _LAYOUTS.setdefault(edition, {})
    same = edition.scope(commune).versions
    if same not in layouts:
        layouts[same] = _arranged(edition, commune)
    return layouts[same]


def _arranged(edition: Edition, commune: str) -> Layout:
    scope = edition.scope(commune)
    ids = tuple(sorted(scope.records))
    number = {record_id: place for place, record_id in enumerate(ids)}
    usable = np.flatnonzero(scope.allowed)
    record_of = np.full(len(edition.chunks), -1, dtype=np.int64)
    record_of[usable] = [number[edition.chunks[place].record_id] for place in usable]
    kinds = {
        kind: np.array([chunk.kind is kind for chunk in edition.chunks], dtype=np.bool_)
        for kind in ChunkKind
    }
    by_kind = {kind: np.where(which, record_of, -1) for kind, which in kinds.items()}
    named = usable[kinds[ChunkKind.NAME][usable]]
    vocabulary = _posted(edition, usable, record_of[usable])
    name_words = _posted(edition, named, np.arange(len(named)))
    rarity = np.log((len(ids) + 1) / (np.diff(vocabulary.starts) + 0.5))
    weights = np.bincount(name_words.found, weights=rarity[name_words.tokens], minlength=len(named))
    return Layout(
        ids,
        record_of,
        _in_rows(record_of, len(ids)),
        {kind: _in_rows(numbers, len(ids)) for kind, numbers in by_kind.items()},
        kinds,
        vocabulary,
        _posted(edition, named, record_of[named], _is_naming),
        name_words,
        np.where(weights == 0.0, 1.0, weights),
        record_of[named],
        np.array([isinstance(scope.records[one], Guide) for one in ids], dtype=np.float64),
        _facets(edition, record_of, kinds[ChunkKind.SECTION], scope.records, len(ids)),
    )


def _in_rows(record_of: NDArray[np.int64], count: int) -> Places:
    """The places of each record's chunks, one row a record."""
    order = np.argsort(record_of, kind="stable")
    order = order[record_of[order] >= 0]
    sizes = np.bincount(record_of[order], minlength=count)
    rows = np.full((count, int(sizes.max(initial=0))), len(record_of), dtype=np.int32)
    rows[np.arange(rows.shape[1]) < sizes[:, None]] = order
    return rows


def _facets(
    edition: Edition,
    record_of: NDArray[np.int64],
    sections: NDArray[np.bool_],
    records: Mapping[str, Procedure | Guide],
    count: int,
) -> Mapping[Facet, NDArray[np.float64]]:
    found = {facet: np.zeros(count) for facet in Facet}
    for place in np.flatnonzero(sections & (record_of >= 0)):
        chunk = edition.chunks[place]
        facet = _facet_of(records[chunk.record_id], chunk.section)
        found[facet][record_of[place]] = 1.0
    return found


def _facet_of(record: Procedure | Guide, section: str) -> Facet:
    if isinstance(record, Procedure):
        return Facet(section)
    return next(part.facet for part in record.sections if part.id == section)


def _posted(
    edition: Edition,
    places: NDArray[np.int64],
    numbers: NDArray[np.int64],
    wanted: Callable[[str], bool] = lambda _word: True,
) -> Postings:
    """Which of ``numbers``, one for each place, hold each folded token of the chunks there."""
    texts = [edition.lexical.cut[place] for place in places]
    token = tokens_of(texts).astype(np.int64)
    number = np.repeat(numbers, [len(text.tokens) for text in texts])
    words = edition.lexical.number
    there = np.bincount(token, minlength=len(words)) > 0
    good = [
        held and not word.startswith(MARKED) and wanted(word)
        for word, held in zip(words, there, strict=True)
    ]
    good_here = np.array(good, dtype=np.bool_)[token]
    size = int(numbers.max(initial=0)) + 1
    each = np.sort(token[good_here] * size + number[good_here])
    each = each[np.diff(each, prepend=-1) > 0]  # np.unique takes ten times as long
    token, number = np.divmod(each, size)
    starts = np.searchsorted(token, np.arange(len(words) + 1))
    return Postings(words, starts, number, token)


def _is_naming(word: str) -> bool:
    """Whether a token is a pair of syllables that may name a record."""
    left, _, right = word.partition("_")
    return bool(right) and not (left in _ASKING and right in _ASKING)
