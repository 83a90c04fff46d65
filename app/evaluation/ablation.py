"""What each part of the search is worth: ``python -m app.evaluation.ablation``.

The records of the content files are searched by words, by vectors, by both joined and by the fitted
ranker, and again without one part. Only the search is measured: questions that stand alone and that
a record answers, each with the record expected among the first ten or not. Thresholds, re-ranking
and conversations take no part. A record's score is its best chunk. The ranker's weights stay as
fitted for the packaged embedding, whatever is left out and whichever embedding takes its place. It
is not part of the product.
"""

from __future__ import annotations

import argparse
import gc
import resource
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

import numpy as np
from rich.console import Console

from app.answering.clean import clean
from app.answering.layout import layout_of
from app.answering.lexicon import Lexicon
from app.answering.mask import mask
from app.answering.retrieve import HybridRetriever, Query
from app.answering.understand import Understood, understand
from app.evaluation.fusion import Scores, best_first, normalised_sum, reciprocal_rank_fusion
from app.evaluation.measures import mcnemar, percentiles_ms, reciprocal_rank
from app.evaluation.memory import KnowledgeInMemory
from app.evaluation.rows import Known, Row, Sort, read_questions
from app.evaluation.variants import SPEECH_ERROR, STRIPPED, variants_of
from app.evaluation.wording import Sheet
from ingest.sync import today
from knowledge_base.catalogue import read_content
from knowledge_base.edition import Edition
from knowledge_base.embedding import Embedder, PackagedEmbedding, load_embedding
from knowledge_base.lexical import LexicalIndex
from knowledge_base.revisions import Snapshot
from knowledge_base.syllables import marked_share, tokens

WRITTEN = ("plain", "no-diacritics", "typo", "dialect", "spoken", "situation", "english")
"""Kinds of question that are measured, beside what is made of plain ones."""

PACKAGED = "packaged"
_ALL = "written, all"
_DEPTH = 10
_NOTHING = "–"
_LEXICAL, _RRF, _SUM = "BM25", "reciprocal rank fusion", "normalised sum"
_QUESTIONS, _RESTORER = "residents' questions", "restorer"
_FACETS, _VECTORS = "facet features", "vectors"

Load = Callable[[], Embedder]
Find = Callable[[Query], tuple[str, ...]]
"""The ids of the ten best records, best first."""
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the search sees it."""

    row: Row
    understood: Understood

    def query(self, left_out: str) -> Query:
        """What is searched for, without the restorer or the facet where that is left out."""
        understood = self.understood
        if left_out == _RESTORER:
            understood = replace(understood, searched=understood.words)
        elif left_out == _FACETS:
            understood = replace(understood, facet=None)
        return Query.of(understood, self.row.commune)


@dataclass(frozen=True, slots=True)
class Searched:
    """What one search made of all questions."""

    search: str
    left_out: str
    """Empty where nothing is."""
    ranks: Mapping[str, Sequence[int | None]]
    """By kind of question: where the first record expected stood among the ten best."""
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Indexed:
    """What it took to make the chunks findable."""

    name: str
    dimension: int | None
    seconds: float
    mebibytes: float | None
    """Resident memory added, by the model and its vectors; None where it cannot be told."""


class RecordScores:
    """How well each record fits a question, by its best chunk."""

    def __init__(self, knowledge: KnowledgeInMemory) -> None:
        self._knowledge = knowledge

    def by_words(self, query: Query) -> Scores:
        """The BM25 score of each record; shape ``(records,)``."""
        words = tokens(query.text, marked=marked_share(query.text) > 0)
        scores = self._knowledge.edition().lexical.scores(words).astype(np.float64)
        return self._by_record(scores, query)

    def by_meaning(self, query: Query) -> Scores:
        """The cosine similarity of each record; shape ``(records,)``."""
        return self._by_record(self._knowledge.similarities(query.meaning), query)

    def _by_record(self, scores: Scores, query: Query) -> Scores:
        return layout_of(self._knowledge.edition(), query.commune).best(scores)

    def best(self, scores: Scores, query: Query) -> tuple[str, ...]:
        """The ids of the best records that were found at all, best first."""
        ids = layout_of(self._knowledge.edition(), query.commune).ids
        return tuple(ids[place] for place in best_first(scores, _DEPTH) if scores[place] > 0)


def searches_of(knowledge: KnowledgeInMemory, embedding: str) -> dict[str, Find]:
    """The searches that are held against each other, by name."""
    retriever = HybridRetriever(knowledge=knowledge, count=_DEPTH)
    records = RecordScores(knowledge)

    def fused(fuse: Callable[[Sequence[Scores]], Scores]) -> Find:
        return lambda query: records.best(
            fuse([records.by_meaning(query), records.by_words(query)]), query
        )

    def ranked(query: Query) -> tuple[str, ...]:
        return tuple(one.record.id for one in retriever.candidates(query, knowledge.edition()))

    return {
        _LEXICAL: lambda query: records.best(records.by_words(query), query),
        f"dense, {embedding}": lambda query: records.best(records.by_meaning(query), query),
        _RRF: fused(reciprocal_rank_fusion),
        _SUM: fused(normalised_sum),
        f"ranker, {embedding}": ranked,
    }


def searched(search: str, find: Find, asked: Sequence[Asked], left_out: str = "") -> Searched:
    """Search for every question; each takes the time of its embedding and its search."""
    ranks: dict[str, list[int | None]] = {}
    seconds = []
    for one in asked:
        query = one.query(left_out)
        began = time.perf_counter()
        found = find(query)
        seconds.append(time.perf_counter() - began)
        places = (rank for rank, record in enumerate(found, 1) if record in one.row.expected)
        ranks.setdefault(one.row.kind, []).append(next(places, None))
    return Searched(search, left_out, ranks, *percentiles_ms(seconds))


def ablated(
    edition: Edition, asked: Sequence[Asked], embeddings: Mapping[str, Load], tell: Tell
) -> tuple[list[Searched], list[Indexed]]:
    """Every search, whole and without each part; other embeddings whole only.

    Args:
        edition: what is searched.
        asked: the questions.
        embeddings: by name; the first is the one whose parts are left out.
        tell: of the progress.
    """
    layout_of(edition, asked[0].row.commune)
    found: list[Searched] = []
    indexed = [_lexical_index(edition)]
    for number, (name, load) in enumerate(embeddings.items()):
        tell(name)
        gc.collect()
        before, began = resident(), time.perf_counter()
        embedder = load()
        chunks = KnowledgeInMemory(edition, embedder)
        seconds = time.perf_counter() - began
        indexed.append(Indexed(name, embedder.dimension, seconds, _added(before)))
        whole = searches_of(chunks, name)
        if number:
            found += [
                searched(search, find, asked)
                for search, find in whole.items()
                if search.endswith(name)
            ]
            continue
        fewer = searches_of(chunks.without_questions(), name)
        for left_out in ("", _QUESTIONS, _RESTORER):
            tell(f"{name}, without {left_out or 'nothing'}")
            finds = fewer if left_out == _QUESTIONS else whole
            found += [searched(search, find, asked, left_out) for search, find in finds.items()]
        ranker = f"ranker, {name}"
        wordy = searches_of(chunks.without_vectors(), name)
        found.append(searched(ranker, whole[ranker], asked, _FACETS))
        found.append(searched(ranker, wordy[ranker], asked, _VECTORS))
    return found, indexed


def _lexical_index(edition: Edition) -> Indexed:
    texts = [chunk.text for chunk in edition.chunks]
    before, began = resident(), time.perf_counter()
    index = LexicalIndex(texts)
    seconds = time.perf_counter() - began
    added = _added(before)
    del index
    return Indexed(_LEXICAL, None, seconds, added)


def resident() -> float | None:
    """MiB of memory that the process holds; None where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return None
    return pages * resource.getpagesize() / 2**20


def _added(before: float | None) -> float | None:
    after = resident()
    return None if before is None or after is None else after - before


def standing_alone(rows: Iterable[Row]) -> list[Row]:
    """The rows that are measured: of a kind measured, answered by a record, without a history."""
    return [
        row
        for row in rows
        if row.kind in (*WRITTEN, STRIPPED, SPEECH_ERROR)
        and row.sort is Sort.ANSWER
        and not row.history
    ]


def understood(rows: Iterable[Row]) -> list[Asked]:
    """The rows as the service reads them."""
    lexicon = Lexicon.packaged()
    return [Asked(row, understand(mask(clean(row.question)), lexicon)) for row in rows]


def quality(found: Sequence[Searched]) -> Sheet:
    """How often each search finds the record; the same whenever the same is searched."""
    kinds = [kind for kind in (*WRITTEN, STRIPPED, SPEECH_ERROR) if kind in found[0].ranks]
    groups = {_ALL: [kind for kind in kinds if kind in WRITTEN]} | {kind: [kind] for kind in kinds}

    def ranks(one: Searched, group: str) -> list[int | None]:
        return [rank for kind in groups[group] for rank in one.ranks[kind]]

    return Sheet(
        "What each part of the search is worth",
        ("search", "without", *(f"{group} ({len(ranks(found[0], group))})" for group in groups)),
        tuple(
            (
                one.search,
                one.left_out or _NOTHING,
                *(_cell(ranks(one, group)) for group in groups),
            )
            for one in found
        ),
        "hit@1 / hit@3 / MRR@10.",
    )


def against_the_ranker(found: Sequence[Searched]) -> Sheet:
    """On which written questions the whole ranker and each search put a right record first.

    McNemar’s exact test on the questions that one of both has right.
    """
    ranker = next(one for one in found if one.search.startswith("ranker") and not one.left_out)
    kinds = [kind for kind in WRITTEN if kind in ranker.ranks]
    rows = []
    for other in found:
        if other is ranker:
            continue
        pairs = [
            (first == 1, second == 1)
            for kind in kinds
            for first, second in zip(ranker.ranks[kind], other.ranks[kind], strict=True)
        ]
        won, lost = pairs.count((True, False)), pairs.count((False, True))
        rows.append(
            (
                other.search,
                other.left_out or _NOTHING,
                str(won),
                str(lost),
                f"{mcnemar(won, lost):.3f}",
            )
        )
    return Sheet(
        f"{ranker.search} against each search, hit@1 of all written questions",
        ("search", "without", "only the ranker is right", "only the search is", "p"),
        tuple(rows),
    )


def _cell(ranks: Sequence[int | None]) -> str:
    if not ranks:
        return _NOTHING
    figures = (
        [rank == 1 for rank in ranks],
        [rank is not None and rank <= 3 for rank in ranks],
        [reciprocal_rank(rank) for rank in ranks],
    )
    return " / ".join(f"{float(np.mean(values)):.3f}" for values in figures)


def cost(found: Sequence[Searched], indexed: Sequence[Indexed]) -> tuple[Sheet, Sheet]:
    """What the searches and the indexes take."""
    return (
        Sheet(
            "Milliseconds of one question: its embedding and its search",
            ("search", "p50", "p95"),
            tuple(
                (one.search, f"{one.p50_ms:.1f}", f"{one.p95_ms:.1f}")
                for one in found
                if not one.left_out
            ),
        ),
        Sheet(
            "Indexes",
            ("index", "dimension", "seconds", "MiB added"),
            tuple(
                (
                    one.name,
                    str(one.dimension or _NOTHING),
                    f"{one.seconds:.1f}",
                    _NOTHING if one.mebibytes is None else f"{one.mebibytes:.0f}",
                )
                for one in indexed
            ),
            "Loading the model, embedding or cutting all chunks, and the memory that stays.",
        ),
    )


def embedding_named(name: str) -> Load:
    """An embedding by ``module:Class``, or a sentence-transformers model by folder or hub name."""
    module, colon, made_by = name.partition(":")
    if colon:
        return lambda: getattr(import_module(module), made_by)()
    return lambda: load_embedding(name)


def main() -> None:
    """Measure and write the tables."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--questions", type=Path, default=Path("tests/evaluation/test.jsonl"))
    options.add_argument(
        "--embedding", nargs="*", default=[], metavar="[TITLE=]NAME", help="other embeddings"
    )
    options.add_argument("--out", type=Path)
    chosen = options.parse_args()
    console, errors = Console(highlight=False, soft_wrap=True), Console(stderr=True)

    edition = Edition.load(Snapshot(1, 1, "none", frozenset()), read_content(), today())
    known = Known({id: edition.scope(id).records for id in edition.catalogue.communes})
    (file,) = read_questions([chosen.questions], known)
    rows = standing_alone([*file.rows, *variants_of(file.rows)])
    embeddings: dict[str, Load] = {PACKAGED: PackagedEmbedding}
    for named in chosen.embedding:
        title, equals, name = named.partition("=")
        embeddings[title] = embedding_named(name if equals else title)
    found, indexed = ablated(edition, understood(rows), embeddings, errors.print)

    sheets = (quality(found), against_the_ranker(found), *cost(found, indexed))
    text = "\n\n".join(
        (
            f"{today()}, {chosen.questions.name}, {len(file.problems)} rows left out as unusable; "
            f"{len(known.records[rows[0].commune])} records in {len(edition.chunks)} chunks.",
            *(sheet.markdown() for sheet in sheets),
        )
    )
    if chosen.out:
        chosen.out.write_text(text + "\n", encoding="utf-8")
    else:
        console.print(text, markup=False)


if __name__ == "__main__":
    main()
