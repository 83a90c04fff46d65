"""Retrieval measured on a corpus in BEIR layout: dense, lexical and fused side by side.

The embedding and the BM25 index are the service's own. The vectors are held in one float32 matrix
and compared with all of them at once, without Chroma: its search is approximate, and here the
embedding is measured, not the store. 60,000 passages of 1,024 dimensions are 245 MB.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.evaluation.errors import EvaluationError
from app.evaluation.fusion import (
    Scores,
    best_first,
    normalised_sum,
    reciprocal_rank_fusion,
)
from app.evaluation.measures import (
    Mean,
    Measured,
    Share,
    bootstrap_p,
    ndcg,
    percentiles_ms,
    reciprocal_rank,
)
from app.evaluation.variants import without_marks
from app.evaluation.wording import Sheet, mean, number, percent, share
from knowledge_base.embedding import Embedder
from knowledge_base.lexical import LexicalIndex
from knowledge_base.syllables import marked_share, tokens

Tell = Callable[[str, int, int], None]
"""Told a step, how much of it is done, and of how much."""

_DEPTH = 10
_BATCH = 256
_DENSE, _LEXICAL = "dense", "BM25"
_RRF, _SUM = "gộp theo hạng", "gộp theo điểm"
_MARKED, _STRIPPED, _RESTORED = "như đã viết", "bỏ dấu", "bỏ dấu, phục hồi"


class BeirError(EvaluationError):
    """A folder that is not in BEIR layout."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts, the questions that have a judgement, and the judgements."""

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    """Title and text of each document, in the order of ``ids``."""
    queries: Mapping[str, str]
    grades: Mapping[str, Mapping[str, int]]
    """By query, then by document; above 0 is relevant."""


class Retrieved(Measured):
    """One way of searching over one form of the questions."""

    method: str
    questions: str
    """As written, stripped of marks, or stripped and restored."""
    hit1: Share
    hit10: Share
    """At least one relevant document among the first ten."""
    mrr10: Mean
    ndcg10: Mean
    over_lexical: float | None
    """By what share of it MRR@10 is above that of BM25 on the same questions; None for BM25."""
    p: float | None
    """How often chance alone makes such a difference, by the paired bootstrap."""
    p50_ms: float
    p95_ms: float


class BeirReport(Measured):
    """What was measured on a BEIR folder."""

    corpus: str
    documents: int
    queries: int
    embedding: str
    dimension: int
    dense_index_seconds: float
    lexical_index_seconds: float
    results: tuple[Retrieved, ...]
    ranks: dict[str, dict[str, int | None]]
    """By method and form of the questions, by query: the rank of the first relevant document among
    the first ten."""


def read_beir(folder: Path) -> Corpus:
    """Read ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/test.tsv``.

    Only queries with a relevant document are kept, as in BEIR (Thakur et al., “BEIR: A
    Heterogeneous Benchmark for Zero-shot Evaluation of Information Retrieval Models”, NeurIPS
    2021).

    Raises:
        BeirError: when a file is missing, malformed, or names what is not there.
    """
    ids, texts = [], []
    for place, row in _lines(folder / "corpus.jsonl"):
        ids.append(_text(row, "_id", place))
        title = str(row.get("title") or "").strip()
        text = _text(row, "text", place)
        texts.append(f"{title}\n{text}" if title else text)
    queries = {
        _text(row, "_id", place): _text(row, "text", place)
        for place, row in _lines(folder / "queries.jsonl")
    }
    if len(set(ids)) < len(ids):
        raise BeirError(f"{folder / 'corpus.jsonl'}: có _id trùng nhau.")
    grades = _grades(folder / "qrels" / "test.tsv", queries, frozenset(ids))
    return Corpus(tuple(ids), tuple(texts), {query: queries[query] for query in grades}, grades)


def _grades(
    path: Path, queries: Mapping[str, str], documents: frozenset[str]
) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for number_, line in enumerate(_read(path).splitlines(), start=1):
        parts = line.split("\t")
        if not line.strip() or (number_ == 1 and not parts[-1].strip().lstrip("-").isdigit()):
            continue  # the usual heading: query-id, corpus-id, score
        if len(parts) != 3 or not parts[2].strip().lstrip("-").isdigit():
            raise BeirError(
                f"{path}, dòng {number_}: phải là query-id, corpus-id và điểm, cách nhau bằng tab."
            )
        query, document, grade = parts[0], parts[1], int(parts[2])
        if query not in queries or document not in documents:
            unknown = query if query not in queries else document
            raise BeirError(f"{path}, dòng {number_}: không có “{unknown}” trong tệp tương ứng.")
        if grade > 0:
            found.setdefault(query, {})[document] = grade
    if not found:
        raise BeirError(f"{path}: không có câu hỏi nào có văn bản đúng.")
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BeirError(
            f"Không đọc được {path} ({error.strerror}). Thư mục BEIR cần corpus.jsonl, "
            "queries.jsonl và qrels/test.tsv."
        ) from error
    except UnicodeDecodeError as error:
        raise BeirError(f"{path} không phải chữ UTF-8.") from error


def _lines(path: Path) -> Iterator[tuple[str, dict[str, object]]]:
    for number_, line in enumerate(_read(path).split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{path}, dòng {number_}"
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise BeirError(f"{place}: không phải JSON hợp lệ ({error.msg}).") from error
        if not isinstance(row, dict):
            raise BeirError(f"{place}: phải là một đối tượng JSON.")
        yield place, row


def _text(row: Mapping[str, object], key: str, place: str) -> str:
    value = row.get(key)
    if not isinstance(value, str):
        raise BeirError(f"{place}: thiếu trường chữ “{key}”.")
    return value


def measure_beir(
    folder: Path, embedding: Embedder, restore: Callable[[str], str], tell: Tell
) -> BeirReport:
    """Index a BEIR folder and search it every way, marked, stripped and restored.

    Milliseconds are of a whole search for one question: embedding, scoring all texts and sorting; a
    fused search includes both that it joins. Restoring is not counted.

    Args:
        folder: in BEIR layout.
        embedding: of questions and texts.
        restore: puts marks back.
        tell: of the progress.

    Raises:
        BeirError: when the folder is not in BEIR layout.
        EmbeddingUnavailableError: when the embedding fails.
    """
    corpus = read_beir(folder)
    began = time.perf_counter()
    vectors = _embedded(corpus.texts, embedding, tell)
    dense_seconds = time.perf_counter() - began
    tell("Lập chỉ mục từ", 0, len(corpus.texts))
    began = time.perf_counter()
    lexical = LexicalIndex(corpus.texts)
    lexical_seconds = time.perf_counter() - began

    forms: tuple[tuple[str, Callable[[str], str]], ...] = (
        (_MARKED, str),
        (_STRIPPED, without_marks),
        (_RESTORED, lambda text: restore(without_marks(text))),
    )
    results: list[Retrieved] = []
    ranks: dict[str, dict[str, int | None]] = {}
    for form, rewrite in forms:
        searched = _searched(corpus, rewrite, vectors, lexical, embedding, tell)
        base = [reciprocal_rank(rank) for rank in _ranks(searched[_LEXICAL], corpus).values()]
        for method, found in searched.items():
            ranks[f"{method}, {form}"] = _ranks(found, corpus)
            results.append(
                _retrieved(method, form, found, corpus, base if method != _LEXICAL else None)
            )
    return BeirReport(
        corpus=folder.name,
        documents=len(corpus.ids),
        queries=len(corpus.queries),
        embedding=embedding.fingerprint,
        dimension=embedding.dimension,
        dense_index_seconds=dense_seconds,
        lexical_index_seconds=lexical_seconds,
        results=tuple(results),
        ranks=ranks,
    )


_Found = dict[str, tuple[tuple[str, ...], float]]
"""By query: the first ten documents and the seconds that it took."""


def _embedded(texts: Sequence[str], embedding: Embedder, tell: Tell) -> NDArray[np.float32]:
    """Unit vectors; shape ``(texts, dimension)``."""
    matrix = np.empty((len(texts), embedding.dimension), dtype=np.float32)
    for start in range(0, len(texts), _BATCH):
        batch = list(texts[start : start + _BATCH])
        matrix[start : start + len(batch)] = embedding.embed_documents(batch)
        tell("Tính vectơ", start + len(batch), len(texts))
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    np.divide(matrix, lengths, out=matrix, where=lengths > 0)
    return matrix


def _searched(
    corpus: Corpus,
    rewrite: Callable[[str], str],
    vectors: NDArray[np.float32],
    lexical: LexicalIndex,
    embedding: Embedder,
    tell: Tell,
) -> dict[str, _Found]:
    found: dict[str, _Found] = {_DENSE: {}, _LEXICAL: {}, _RRF: {}, _SUM: {}}

    def keep(method: str, query: str, scores: Scores, began: float, before: float) -> None:
        best = best_first(scores, _DEPTH)
        documents = tuple(corpus.ids[place] for place in best if scores[place] > 0)
        found[method][query] = (documents, before + time.perf_counter() - began)

    for number_, (query, written) in enumerate(corpus.queries.items(), start=1):
        text = rewrite(written)
        began = time.perf_counter()
        vector = np.asarray(embedding.embed_query(text), dtype=np.float32)
        near: Scores = (vectors @ vector).astype(np.float64)
        near_seconds = time.perf_counter() - began
        keep(_DENSE, query, near, began, 0.0)

        began = time.perf_counter()
        words = tokens(text, marked=marked_share(text) > 0)
        worded: Scores = lexical.scores(words).astype(np.float64)
        worded_seconds = time.perf_counter() - began
        keep(_LEXICAL, query, worded, began, 0.0)

        for method, fuse in ((_RRF, reciprocal_rank_fusion), (_SUM, normalised_sum)):
            began = time.perf_counter()
            keep(method, query, fuse([near, worded]), began, near_seconds + worded_seconds)
        tell("Tìm", number_, len(corpus.queries))
    return found


def _ranks(found: _Found, corpus: Corpus) -> dict[str, int | None]:
    """By query: the rank of the first relevant document among the first ten."""
    return {
        query: next(
            (
                rank
                for rank, one in enumerate(documents, start=1)
                if corpus.grades[query].get(one, 0) > 0
            ),
            None,
        )
        for query, (documents, _) in found.items()
    }


def _retrieved(
    method: str, form: str, found: _Found, corpus: Corpus, base: Sequence[float] | None
) -> Retrieved:
    """The figures of one search; ``base`` are BM25's reciprocal ranks to hold it against."""
    ranks = _ranks(found, corpus)
    reciprocal = [reciprocal_rank(rank) for rank in ranks.values()]
    over, p = None, None
    if base is not None and sum(base) > 0:
        over = sum(reciprocal) / sum(base) - 1
        p = bootstrap_p(np.array(reciprocal) - np.array(base))
    p50, p95 = percentiles_ms([seconds for _, seconds in found.values()])
    return Retrieved(
        method=method,
        questions=form,
        hit1=Share.of_all(rank == 1 for rank in ranks.values()),
        hit10=Share.of_all(rank is not None for rank in ranks.values()),
        mrr10=Mean.of_all(reciprocal),
        ndcg10=Mean.of_all(
            [ndcg(documents, corpus.grades[query]) for query, (documents, _) in found.items()]
        ),
        over_lexical=over,
        p=p,
        p50_ms=p50,
        p95_ms=p95,
    )


def beir_sheets(report: BeirReport, *, brief: bool = True) -> tuple[Sheet, ...]:
    """The table of results."""

    def over(one: Retrieved) -> str:
        if one.over_lexical is None or one.p is None:
            return "–"
        words = f"{100 * one.over_lexical:+.1f} %"
        return (words if brief else f"{words} (p {one.p:.3f})").replace(".", ",")

    return (
        Sheet(
            f"{report.corpus}: {report.documents} văn bản, {report.queries} câu hỏi",
            (
                "Cách tìm",
                "Câu hỏi",
                "hit@1",
                "hit@10",
                "MRR@10",
                "so với BM25",
                "nDCG@10",
                "p50, ms",
                "p95, ms",
            ),
            tuple(
                (
                    one.method,
                    one.questions,
                    share(one.hit1, brief=brief),
                    percent(one.hit10.value),
                    mean(one.mrr10, brief=brief),
                    over(one),
                    mean(one.ndcg10, brief=brief),
                    number(one.p50_ms, 1),
                    number(one.p95_ms, 1),
                )
                for one in report.results
            ),
            f"Nhúng {report.embedding}; lập chỉ mục: vectơ {report.dense_index_seconds:.1f} giây, "
            f"từ {report.lexical_index_seconds:.1f} giây.",
        ),
    )


def beir_markdown(report: BeirReport) -> str:
    """The results as a Markdown page."""
    parts = ["# Đo tìm kiếm", *(sheet.markdown() for sheet in beir_sheets(report, brief=False))]
    return "\n\n".join(parts) + "\n"
