"""Finds the records that may answer: dense and lexical candidates, fused and grouped by record."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from numpy.typing import NDArray
from pydantic import ConfigDict

from app.answering.layout import Layout, layout_of
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


class Knowledge(Protocol):
    """What is published and in force now."""

    def edition(self) -> Edition:
        """The records, chunks and lexical index of the newest snapshot."""
        ...

    def nearest(
        self, edition: Edition, text: str, commune_id: str, count: int
    ) -> Mapping[str, float]:
        """Cosine similarities of the nearest chunks by id; empty when there are no vectors."""
        ...


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for."""

    text: str
    """The question in the records' words."""
    commune: str
    subject: str = ""
    """What the question is about in its own words, folded; by default the whole text."""
    added: str = ""
    """Words that name the same by today's names."""
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


class HybridRetriever(BaseRetriever):
    """Dense and BM25 search over names, sections and residents' questions, grouped by record.

    As a LangChain retriever it returns one ``Document`` a record, best first.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    knowledge: Any
    """A :class:`Knowledge`."""
    commune: str = ""
    """The commune searched when called as a LangChain retriever."""
    count: int = 10
    """How many records are returned."""

    def candidates(self, query: Query, edition: Edition) -> tuple[Candidate, ...]:
        """The records that may answer, most probable first; at most ``count``, and one more."""
        knowledge: Knowledge = self.knowledge
        layout = layout_of(edition, query.commune)
        words = tokens(query.text, marked=marked_share(query.text) > 0)
        weight = sum(edition.lexical.rarity(word) for word in words)
        if not words or not layout.ids or weight <= 0:
            return ()

        without = frozenset(
            edition.place_of[chunk_id] for chunk_id in query.without if chunk_id in edition.place_of
        )
        usable = layout.record_of >= 0
        usable[list(without)] = False
        lexical = np.where(usable, edition.lexical.scores(words) / weight, 0.0)
        dense = np.zeros(len(edition.chunks))
        for chunk_id, similarity in knowledge.nearest(
            edition, query.text, query.commune, _NEAREST
        ).items():
            if (place := edition.place_of.get(chunk_id)) is not None and usable[place]:
                dense[place] = similarity

        subject = tokens(query.subject, marked=False) or tokens(query.text, marked=False)
        named = frozenset(subject) | frozenset(tokens(query.added, marked=False))
        features = self._features(
            edition, layout, frozenset(subject), named, lexical, dense, without
        )
        odds = features @ _WEIGHTS + _BIAS
        best = [int(place) for place in np.argsort(-odds, kind="stable")[: self.count]]
        if query.always in layout.ids and (kept := layout.ids.index(query.always)) not in best:
            best.append(kept)
        records = edition.scope(query.commune).records
        return tuple(
            self._candidate(edition, layout, records, place, features, odds, lexical + dense)
            for place in best
        )

    @staticmethod
    def names_something(text: str, commune: str, edition: Edition) -> bool:
        """Whether the text holds words that name records, so it has a subject of its own."""
        return layout_of(edition, commune).names(tokens(text, marked=False))

    def _features(
        self,
        edition: Edition,
        layout: Layout,
        subject: frozenset[str],
        named: frozenset[str],
        lexical: NDArray[np.float64],
        dense: NDArray[np.float64],
        without: frozenset[int],
    ) -> Features:
        """One row a record, one column a name in ``FEATURES``."""
        kinds = layout.kinds
        scored = [
            layout.best(lexical, kinds[ChunkKind.NAME] | kinds[ChunkKind.HEADING]),
            layout.best(lexical, kinds[ChunkKind.QUESTION]),
            layout.best(lexical, kinds[ChunkKind.SECTION]),
            layout.best(dense, layout.record_of >= 0),
        ]
        return np.column_stack(
            [
                *scored,
                layout.covered(subject, edition, without),
                layout.named(named),
                layout.whole_name(named),
                np.full(len(layout.ids), layout.unknown(subject)),
                *(column / (column.max() or 1.0) for column in scored),
            ]
        )

    def _candidate(
        self,
        edition: Edition,
        layout: Layout,
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
            for candidate in self.candidates(Query(query, self.commune), self.knowledge.edition())
        ]
