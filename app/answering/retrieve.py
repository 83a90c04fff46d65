"""Finds the records that may answer: dense and lexical candidates, fused and grouped by record."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from numpy.typing import NDArray
from pydantic import ConfigDict

from knowledge_base.chunk import Chunk, ChunkKind
from knowledge_base.edition import Edition
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.syllables import marked_share, tokens

Features = NDArray[np.float64]

FEATURES = (
    "name",
    "question",
    "section",
    "dense",
    "covered",
    "named",
    "whole_name",
    "unknown",
    "name_rank",
    "question_rank",
    "section_rank",
    "dense_rank",
)
"""What the probability of a record is made of; see ``_features``."""
_WEIGHTS: Features = np.array([0.0, 3.0, 0.0, 0.0, 1.6, 1.0, 2.1, -4.3, 2.4, 0.0, 3.0, 2.0])
_BIAS = -9.2

_NEAREST = 60
_ASKING_PAIRS = frozenset(
    (
        "giay_to",
        "ho_so",
        "thu_tuc",
        "le_phi",
        "thoi_han",
        "cong_an",
        "bao_lau",
        "bao_nhieu",
        "nhu_the",
        "the_nao",
        "o_dau",
        "lam_sao",
        "duoc_khong",
        "co_duoc",
        "can_giay",
        "lam_o",
        "uy_ban",
        "nhan_dan",
        "tai_xa",
        "o_xa",
        "cap_xa",
        "xa_hay",
        "mat_bao",
        "dieu_kien",
        "may_ngay",
        "nop_o",
        "truc_tuyen",
        "qua_mang",
        "dich_vu",
        "vu_cong",
        "lam_thu",
        "thu_tuc_gi",
        "can_gi",
        "nguoi_dan",
        "dang_ky",
        "co_phai",
        "phai_lam",
        "lam_gi",
        "bi_mat",
        "khi_nao",
        "thi_sao",
        "co_can",
        "bao_gio",
    )
)
"""Pairs that ask about any procedure and so name none."""


class Knowledge(Protocol):
    """What is published and in force now."""

    def edition(self) -> Edition:
        """The records, chunks and lexical index of the newest snapshot."""
        ...

    def nearest(self, text: str, commune_id: str, count: int) -> Mapping[str, float]:
        """Cosine similarities of the nearest chunks by id; empty when there are no vectors."""
        ...


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for."""

    text: str
    """The question in the records' words, with what was added to them."""
    commune: str
    without: frozenset[str] = frozenset()
    """Ids of chunks that must not be found: for measuring on the records' own questions."""
    always: str | None = None
    """A record that is returned whatever its rank: the one a conversation is about."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that may answer, and how well each of its sections fits."""

    record: Procedure | Guide
    probability: float
    """That this record answers the question, from 0 to 1."""
    section_scores: Mapping[str, float]
    """By section id; the share of the question's weight that the section's best chunk holds."""
    best_question: Chunk | None
    """The record's own example question nearest to this one."""
    best_question_score: float
    features: Features

    @property
    def odds(self) -> float:
        """The logarithm of the odds that this record answers."""
        return float(self.features @ _WEIGHTS + _BIAS)

    @property
    def named_in_full(self) -> bool:
        """Whether a whole title or alias of the record stands in the question."""
        return bool(self.features[FEATURES.index("whole_name")] > 0.999)


@dataclass(frozen=True, slots=True)
class _Layout:
    """The chunks of one commune, arranged for grouping by record."""

    ids: tuple[str, ...]
    """Record ids; the position is the record's number."""
    record_of: NDArray[np.int64]
    """Shape (chunks,); -1 for chunks of other communes."""
    kinds: Mapping[ChunkKind, NDArray[np.bool_]]
    vocabulary: tuple[frozenset[str], ...]
    """Folded syllables and pairs of all the record's chunks."""
    names: tuple[frozenset[str], ...]
    """Folded pairs of the record's titles, aliases, cases and headings."""
    single_names: tuple[tuple[frozenset[str], ...], ...]
    """The folded syllables and pairs of each title and alias by itself."""
    all_names: frozenset[str]
    record_rarity: Mapping[str, float]
    """How few records use a word: log((records + 1) / (records with it + 0.5))."""

    def rarity(self, word: str) -> float:
        """A word that no record uses is the rarest."""
        return self.record_rarity.get(word, math.log((len(self.ids) + 1) / 0.5))


_LAYOUTS: WeakKeyDictionary[Edition, dict[str, _Layout]] = WeakKeyDictionary()


def _layout(edition: Edition, commune: str) -> _Layout:
    layouts = _LAYOUTS.setdefault(edition, {})
    if commune not in layouts:
        layouts[commune] = _arranged(edition, commune)
    return layouts[commune]


def _arranged(edition: Edition, commune: str) -> _Layout:
    allowed = edition.scope(commune).allowed
    ids = tuple(sorted(edition.scope(commune).records))
    number = {record_id: place for place, record_id in enumerate(ids)}
    record_of = np.array(
        [
            number[chunk.record_id] if allowed[place] else -1
            for place, chunk in enumerate(edition.chunks)
        ],
        dtype=np.int64,
    )
    vocabulary: list[set[str]] = [set() for _ in ids]
    names: list[set[str]] = [set() for _ in ids]
    single_names: list[list[frozenset[str]]] = [[] for _ in ids]
    for place, chunk in enumerate(edition.chunks):
        if (record := record_of[place]) < 0:
            continue
        words = set(tokens(chunk.text, marked=False))
        vocabulary[record] |= words
        if chunk.kind is ChunkKind.NAME:
            names[record] |= {word for word in words if "_" in word} - _ASKING_PAIRS
            single_names[record].append(frozenset(words))
    return _Layout(
        ids,
        record_of,
        {
            kind: np.array([chunk.kind is kind for chunk in edition.chunks], dtype=np.bool_)
            for kind in ChunkKind
        },
        tuple(map(frozenset, vocabulary)),
        tuple(map(frozenset, names)),
        tuple(map(tuple, single_names)),
        frozenset().union(*names),
        {
            word: math.log((len(ids) + 1) / (count + 0.5))
            for word, count in Counter(word for words in vocabulary for word in words).items()
        },
    )


class HybridRetriever(BaseRetriever):
    """Dense and BM25 search over names, sections and residents' questions, grouped by record.

    As a LangChain retriever it returns one ``Document`` a record, best first.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    knowledge: Any
    """A :class:`Knowledge`."""
    commune: str = ""
    """The commune searched when called as a LangChain retriever."""
    count: int = 8
    """How many records are returned."""

    def candidates(self, query: Query) -> tuple[Candidate, ...]:
        """The records that may answer, most probable first; at most ``count``, and one more."""
        knowledge: Knowledge = self.knowledge
        edition = knowledge.edition()
        layout = _layout(edition, query.commune)
        words = tokens(query.text, marked=marked_share(query.text) > 0)
        weight = sum(edition.lexical.rarity(word) for word in words)
        if not words or not layout.ids or weight <= 0:
            return ()

        usable = layout.record_of >= 0
        for chunk_id in query.without:
            if chunk_id in edition.place_of:
                usable[edition.place_of[chunk_id]] = False
        lexical = np.where(usable, edition.lexical.scores(words) / weight, 0.0)
        dense = np.zeros(len(edition.chunks))
        for chunk_id, similarity in knowledge.nearest(query.text, query.commune, _NEAREST).items():
            if (place := edition.place_of.get(chunk_id)) is not None and usable[place]:
                dense[place] = similarity

        features = self._features(edition, layout, words, lexical, dense, query.without)
        odds = features @ _WEIGHTS + _BIAS
        best = [int(place) for place in np.argsort(-odds, kind="stable")[: self.count]]
        if query.always in layout.ids and (kept := layout.ids.index(query.always)) not in best:
            best.append(kept)
        records = edition.scope(query.commune).records
        return tuple(
            self._candidate(edition, layout, records, place, features, odds, lexical + dense)
            for place in best
        )

    def names_something(self, text: str, commune: str) -> bool:
        """Whether the text holds words that name records, so it has a subject of its own."""
        layout = _layout(self.knowledge.edition(), commune)
        return any(word in layout.all_names for word in tokens(text, marked=False))

    def _features(
        self,
        edition: Edition,
        layout: _Layout,
        words: list[str],
        lexical: NDArray[np.float64],
        dense: NDArray[np.float64],
        without: frozenset[str],
    ) -> Features:
        """One row a record, one column a name in ``FEATURES``."""

        def best(scores: NDArray[np.float64], which: NDArray[np.bool_]) -> NDArray[np.float64]:
            found = np.zeros(len(layout.ids))
            chosen = which & (layout.record_of >= 0)
            np.maximum.at(found, layout.record_of[chosen], scores[chosen])
            return found

        everything = np.ones(len(edition.chunks), dtype=np.bool_)
        plain = {word: layout.rarity(word) for word in words if not word.startswith("=")}
        total = sum(plain.values()) or 1.0
        naming = {word: rarity for word, rarity in plain.items() if word in layout.all_names}
        naming_total = sum(naming.values())
        unknown = (
            sum(rarity for word, rarity in plain.items() if word not in layout.record_rarity)
            / total
        )
        covered = [
            sum(rarity for word, rarity in plain.items() if word in vocabulary) / total
            for vocabulary in self._vocabularies(edition, layout, without)
        ]
        named = [
            sum(rarity for word, rarity in naming.items() if word in names) / naming_total
            if naming_total
            else 0.0
            for names in layout.names
        ]
        rarity_of = layout.rarity
        whole = [
            max(
                sum(rarity_of(word) for word in name if word in plain)
                / (sum(map(rarity_of, name)) or 1.0)
                for name in names
            )
            if names
            else 0.0
            for names in layout.single_names
        ]
        scored = [
            best(lexical, layout.kinds[ChunkKind.NAME]),
            best(lexical, layout.kinds[ChunkKind.QUESTION]),
            best(lexical, layout.kinds[ChunkKind.SECTION]),
            best(dense, everything),
        ]
        return np.column_stack(
            [
                *scored,
                np.array(covered),
                np.array(named),
                np.array(whole),
                np.full(len(layout.ids), unknown),
                *(column / (column.max() or 1.0) for column in scored),
            ]
        )

    def _vocabularies(
        self, edition: Edition, layout: _Layout, without: frozenset[str]
    ) -> tuple[frozenset[str], ...]:
        """Each record's vocabulary; cut anew for the records of left-out chunks."""
        if not without:
            return layout.vocabulary
        places = [
            edition.place_of[chunk_id] for chunk_id in without if chunk_id in edition.place_of
        ]
        found = list(layout.vocabulary)
        for number in {int(layout.record_of[place]) for place in places} - {-1}:
            kept = [
                edition.chunks[place].text
                for place in np.flatnonzero(layout.record_of == number)
                if place not in places
            ]
            found[number] = frozenset(word for text in kept for word in tokens(text, marked=False))
        return tuple(found)

    def _candidate(
        self,
        edition: Edition,
        layout: _Layout,
        records: Mapping[str, Procedure | Guide],
        number: int,
        features: Features,
        odds: NDArray[np.float64],
        scores: NDArray[np.float64],
    ) -> Candidate:
        sections: dict[str, float] = {}
        best_question, best_score = None, 0.0
        for place in np.flatnonzero(layout.record_of == number):
            chunk, score = edition.chunks[place], float(scores[place])
            sections[chunk.section] = max(sections.get(chunk.section, 0.0), score)
            if chunk.kind is ChunkKind.QUESTION and score > best_score:
                best_question, best_score = chunk, score
        return Candidate(
            records[layout.ids[number]],
            1.0 / (1.0 + math.exp(-float(odds[number]))),
            sections,
            best_question,
            best_score,
            features[number],
        )

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [
            Document(
                page_content=candidate.record.title,
                id=candidate.record.id,
                metadata={"probability": candidate.probability},
            )
            for candidate in self.candidates(Query(query, self.commune))
        ]
