"""The chunks of one commune arranged by record, to score every record for a question at once."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from knowledge_base.chunk import ChunkKind
from knowledge_base.edition import Edition
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import Facet
from knowledge_base.section import sections_of
from knowledge_base.syllables import tokens

Postings = Mapping[str, NDArray[np.int64]]
"""For each word, the numbers of what holds it, ascending."""

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
class Layout:
    """Records of one commune by number, and where each word occurs among them."""

    ids: tuple[str, ...]
    """Record ids; the position is the record's number."""
    record_of: NDArray[np.int64]
    """The record's number of each chunk, -1 for chunks of other communes; shape ``(chunks,)``."""
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
        there = self.vocabulary.get(word)
        return math.log((len(self.ids) + 1) / ((0 if there is None else len(there)) + 0.5))

    def best(self, scores: NDArray[np.float64], which: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The best score of each record's chunks among ``which``; shape ``(records,)``."""
        found = np.zeros(len(self.ids))
        chosen = which & (self.record_of >= 0)
        np.maximum.at(found, self.record_of[chosen], scores[chosen])
        return found

    def several(self, scores: NDArray[np.float64], count: int) -> NDArray[np.float64]:
        """The mean of each record's ``count`` best chunks; shape ``(records,)``."""
        here = np.flatnonzero(self.record_of >= 0)
        order = here[np.lexsort((-scores[here], self.record_of[here]))]
        records = self.record_of[order]
        starts = np.searchsorted(records, np.arange(len(self.ids)))
        place = np.arange(len(order)) - starts[records]
        found = np.zeros(len(self.ids))
        np.add.at(found, records[place < count], scores[order[place < count]])
        return found / count

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
            if (numbers := postings.get(word)) is not None:
                found[numbers] += weight
        return found


_LAYOUTS: WeakKeyDictionary[Edition, dict[str, Layout]] = WeakKeyDictionary()


def layout_of(edition: Edition, commune: str) -> Layout:
    """The layout of a commune, made once for each edition."""
    layouts = _LAYOUTS.setdefault(edition, {})
    if commune not in layouts:
        layouts[commune] = _arranged(edition, commune)
    return layouts[commune]


def _arranged(edition: Edition, commune: str) -> Layout:
    scope = edition.scope(commune)
    ids = tuple(sorted(scope.records))
    number = {record_id: place for place, record_id in enumerate(ids)}
    record_of = np.full(len(edition.chunks), -1, dtype=np.int64)
    vocabulary: defaultdict[str, set[int]] = defaultdict(set)
    naming: defaultdict[str, set[int]] = defaultdict(set)
    name_words: defaultdict[str, set[int]] = defaultdict(set)
    names: list[tuple[int, set[str]]] = []
    for place in np.flatnonzero(scope.allowed):
        chunk = edition.chunks[place]
        record = number[chunk.record_id]
        record_of[place] = record
        words = set(tokens(chunk.text, marked=False))
        for word in words:
            vocabulary[word].add(record)
        if chunk.kind is ChunkKind.NAME:
            for word in words:
                name_words[word].add(len(names))
                if _is_naming(word):
                    naming[word].add(record)
            names.append((record, words))
    layout = Layout(
        ids,
        record_of,
        {
            kind: np.array([chunk.kind is kind for chunk in edition.chunks], dtype=np.bool_)
            for kind in ChunkKind
        },
        _posted(vocabulary),
        _posted(naming),
        _posted(name_words),
        np.ones(len(names)),
        np.array([record for record, _ in names], dtype=np.int64),
        np.array([isinstance(scope.records[one], Guide) for one in ids], dtype=np.float64),
        _facets(scope.records, ids, edition.day),
    )
    for name, (_, words) in enumerate(names):
        layout.name_weights[name] = sum(map(layout.rarity, words)) or 1.0
    return layout


def _facets(
    records: Mapping[str, Procedure | Guide], ids: tuple[str, ...], day: date
) -> Mapping[Facet, NDArray[np.float64]]:
    found = {facet: np.zeros(len(ids)) for facet in Facet}
    for number, record_id in enumerate(ids):
        for section in sections_of(records[record_id], day):
            found[section.facet][number] = 1.0
    return found


def _posted(found: Mapping[str, set[int]]) -> Postings:
    return {word: np.array(sorted(numbers), dtype=np.int64) for word, numbers in found.items()}


def _is_naming(word: str) -> bool:
    """Whether a token is a pair of syllables that may name a record."""
    left, _, right = word.partition("_")
    return bool(right) and not (left in _ASKING and right in _ASKING)
