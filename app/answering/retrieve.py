"""Finds the records that may answer: dense and lexical candidates, fused and grouped by record."""

from __future__ import annotations

import logging
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from app.answering.features import Floats, Scores, question_features, record_features
from app.answering.layout import Layout, Places, layout_of
from app.answering.own import has_own, own_nearness
from app.answering.ranker import RECORD_FEATURES, Ranker
from app.answering.rerank import RerankerUnavailableError, reranked
from app.answering.understand import Understood
from knowledge_base.chunk import ChunkKind
from knowledge_base.edition import Edition
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import Facet
from knowledge_base.syllables import marked_share, tokens

log = logging.getLogger(__name__)

_NEAREST = 80
_OWN_BESIDE = 3
"""So many of the commune's own records are looked at beside the most probable ones."""


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


class Reranker(Protocol):
    """Judges passages against a question."""

    def log_odds(self, question: str, passages: Sequence[str]) -> Floats:
        """The log-odds that each passage answers; shape ``(passages,)``."""
        ...


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for."""

    text: str
    """The question in the records' words."""
    commune: str
    english: str = ""
    """The telling words of an English question, searched for by meaning beside its translation."""
    subject: str = ""
    """What the question is about in its own words, folded; by default the whole text."""
    added: str = ""
    """Words that name the same by today's names."""
    facet: Facet | None = None
    """What is asked of the record."""
    outside: float = 0.0
    """How probable it is that no commune's counter handles such a matter."""
    off_topic: bool = False
    """Whether it names something that no commune's counter handles."""
    without: frozenset[str] = frozenset()
    """Ids of chunks that must not be found: for measuring on the records' own questions."""
    always: tuple[str, ...] = ()
    """Records that are returned whatever their rank: those that a conversation is about."""

    @property
    def meaning(self) -> str:
        """What is searched for by meaning."""
        return ", ".join(filter(None, [self.text, self.english]))

    @classmethod
    def of(cls, understood: Understood, commune: str, always: tuple[str, ...] = ()) -> Query:
        """What is searched for to answer a question."""
        return cls(
            understood.searched,
            commune,
            understood.english,
            understood.subject,
            understood.added,
            understood.facet,
            understood.outside,
            understood.off_topic,
            always=always,
        )


@dataclass(frozen=True, slots=True)
class SectionFit:
    """How well one section fits a question, by words and by meaning; see ``Scores``."""

    text: float = 0.0
    """The section's own text, by words."""
    text_dense: float = 0.0
    question: float = 0.0
    """The best of the residents' questions that it answers, by words."""
    question_dense: float = 0.0
    heading: float = 0.0
    asked: float = 0.0
    """1 where a residents' question is there at all."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that may answer, and how well each of its sections fits."""

    record: Procedure | Guide
    probability: float
    """That this record answers the question, from 0 to 1."""
    sections: Mapping[str, SectionFit]
    """By section id."""
    named_in_full: bool
    """Whether a whole title or alias of the record stands in the question."""
    own: float = 0.0
    """For a record that the release never had: how probable it is by nearness alone."""

    @property
    def odds(self) -> float:
        """The logarithm of the probability; differences are log-odds between records."""
        return math.log(max(self.probability, 1e-12))


@dataclass(frozen=True, slots=True)
class Fit:
    """What a question's candidates are weighed by."""

    ids: tuple[str, ...]
    """Of the commune's records; the rows of ``records``."""
    scores: Scores
    records: Floats
    """Shape ``(records, len(RECORD_FEATURES))``."""
    question: Floats
    """Shape ``(len(QUESTION_FEATURES),)``."""
    own: Mapping[int, float] = field(default_factory=dict)
    """Rows of the commune's own records, with how probable each is by nearness; see ``own``."""


class HybridRetriever(BaseRetriever):
    """Dense and BM25 search over names, sections and residents' questions, grouped by record.

    As a LangChain retriever it returns one ``Document`` a record, best first.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    knowledge: Any
    """A :class:`Knowledge`."""
    ranker: Any = None
    """A :class:`Ranker`; by default the packaged one."""
    reranker: Any = None
    """A :class:`Reranker` that reads the best candidates again; none by default."""
    commune: str = ""
    """The commune searched when called as a LangChain retriever."""
    count: int = 10
    """How many records are returned."""

    def candidates(self, query: Query, edition: Edition) -> tuple[Candidate, ...]:
        """The records that may answer, most probable first.

        At most ``count``, and beside them those asked for and the nearest of the commune's own.
        """
        fit = self.fit(query, edition)
        if fit is None:
            return ()
        layout = layout_of(edition, query.commune)
        probabilities = self._probabilities(fit, query)
        best = [int(place) for place in np.argsort(-probabilities, kind="stable")[: self.count]]
        for wanted in query.always:
            if wanted in layout.ids and (kept := layout.ids.index(wanted)) not in best:
                best.append(kept)
        near = sorted(fit.own, key=lambda place: -fit.own[place])[:_OWN_BESIDE]
        best += [place for place in near if place not in best]
        if self.reranker is not None:
            probabilities[best] = self._reread(query, edition, layout, fit, best, probabilities)
            best.sort(key=lambda place: -probabilities[place])
        return tuple(
            self.candidate(edition, query.commune, fit, place, float(probabilities[place]))
            for place in best
        )

    def chances(self, query: Query, edition: Edition) -> Mapping[str, float]:
        """How probable each record is, by id; empty where there is nothing to search for."""
        fit = self.fit(query, edition)
        if fit is None:
            return {}
        return dict(zip(fit.ids, self._probabilities(fit, query).tolist(), strict=True))

    def _probabilities(self, fit: Fit, query: Query) -> Floats:
        vectors, english = bool(fit.scores.dense.any()), bool(query.english)
        ranker = self.ranker or Ranker.packaged(vectors=vectors, english=english)
        found: Floats = ranker.probabilities(fit.records, fit.question)
        return found

    def _reread(
        self,
        query: Query,
        edition: Edition,
        layout: Layout,
        fit: Fit,
        places: Sequence[int],
        probabilities: Floats,
    ) -> Floats:
        """The probabilities of these records once the re-ranker has read their best passages."""
        reranker: Reranker = self.reranker
        fits = np.where(
            layout.kinds[ChunkKind.SECTION], fit.scores.lexical + fit.scores.dense, -np.inf
        )
        passages = []
        for place in places:
            own = layout.places(place)
            passages.append(edition.chunks[own[np.argmax(fits[own])]].text)
        try:
            return reranked(probabilities[places], reranker.log_odds(query.meaning, passages))
        except RerankerUnavailableError:
            log.exception("the records keep their order")
            return probabilities[places]

    def fit(self, query: Query, edition: Edition) -> Fit | None:
        """How well every record of the commune fits; None where there is nothing to search for."""
        knowledge: Knowledge = self.knowledge
        layout = layout_of(edition, query.commune)
        words = tokens(query.text, marked=marked_share(query.text) > 0)
        weight = sum(edition.lexical.rarity(word) for word in words)
        if not layout.ids or (weight <= 0 and not query.english):
            return None

        without = frozenset(
            edition.place_of[chunk_id] for chunk_id in query.without if chunk_id in edition.place_of
        )
        usable = layout.record_of >= 0
        usable[list(without)] = False
        lexical = np.where(usable, edition.lexical.scores(words) / (weight or 1.0), 0.0)
        nearest = knowledge.nearest(edition, query.meaning, query.commune, _NEAREST)
        if not words and not nearest:  # English words are searched for by meaning alone
            return None
        dense = np.where(usable, min(nearest.values(), default=0.0), 0.0)
        for chunk_id, similarity in nearest.items():
            if (place := edition.place_of.get(chunk_id)) is not None and usable[place]:
                dense[place] = similarity

        scores = Scores(lexical, dense)
        subject = frozenset(tokens(query.subject, marked=False))
        if not subject and not query.english:
            subject = frozenset(tokens(query.text, marked=False))
        named = subject | frozenset(tokens(query.added, marked=False))
        covered = layout.covered(subject, edition, without)
        records = record_features(layout, scores, named, query.facet, covered)
        question = question_features(
            layout, subject, records, outside=query.outside, off_topic=query.off_topic
        )
        own = own_nearness(edition, query.commune, layout, scores, subject, covered, query.outside)
        return Fit(layout.ids, scores, records, question, own)

    @staticmethod
    def has_own(commune: str, edition: Edition) -> bool:
        """Whether a commune has records that the release never had."""
        return has_own(edition, commune, layout_of(edition, commune))

    @staticmethod
    def names_something(text: str, commune: str, edition: Edition) -> bool:
        """Whether the text holds words that name records, so it has a subject of its own."""
        return layout_of(edition, commune).names(tokens(text, marked=False))

    @staticmethod
    def candidate(
        edition: Edition, commune: str, fit: Fit, number: int, probability: float
    ) -> Candidate:
        """The record of a row of ``fit``, with how well each of its sections fits."""
        whole = fit.records[number, RECORD_FEATURES.index("whole_name")]
        places = layout_of(edition, commune).places(number)
        return Candidate(
            edition.scope(commune).records[fit.ids[number]],
            probability,
            SectionFits(edition, fit.scores, places),
            named_in_full=bool(whole > 0.999),
            own=fit.own.get(number, 0.0),
        )

    @staticmethod
    def unknown(subject: str, commune: str, edition: Edition) -> float:
        """The share of a subject's weight in words that no record knows; 0 for no words."""
        return layout_of(edition, commune).unknown(frozenset(tokens(subject, marked=False)))

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


class SectionFits(Mapping[str, SectionFit]):
    """How well the sections of one record fit, by id; counted when it is first asked for.

    Most candidates are only weighed as a whole.
    """

    def __init__(self, edition: Edition, scores: Scores, places: Places) -> None:
        """Keep what is counted from: the chunks of the record by their places."""
        self._edition, self._scores, self._places = edition, scores, places

    @cached_property
    def _fits(self) -> Mapping[str, SectionFit]:
        fits: defaultdict[str, dict[str, float]] = defaultdict(dict)
        for place in self._places.tolist():
            chunk = self._edition.chunks[place]
            best = fits[chunk.section]
            for name, score in _parts(chunk.kind, self._scores, place):
                best[name] = max(best.get(name, 0.0), score)
        return {section: SectionFit(**parts) for section, parts in fits.items()}

    def __getitem__(self, section: str) -> SectionFit:
        return self._fits[section]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fits)

    def __len__(self) -> int:
        return len(self._fits)


def _parts(kind: ChunkKind, scores: Scores, place: int) -> tuple[tuple[str, float], ...]:
    """The fields of ``SectionFit`` that a chunk speaks for, with its scores."""
    lexical, dense = float(scores.lexical[place]), float(scores.dense[place])
    match kind:
        case ChunkKind.SECTION:
            return (("text", lexical), ("text_dense", dense))
        case ChunkKind.QUESTION:
            return (("question", lexical), ("question_dense", dense), ("asked", 1.0))
        case ChunkKind.HEADING:
            return (("heading", lexical + dense),)
        case ChunkKind.NAME:
            return ()
