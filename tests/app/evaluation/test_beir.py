"""A small folder in BEIR layout, searched for real; and folders that are not in it."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from app.evaluation.beir import (
    BeirError,
    BeirReport,
    Retrieved,
    beir_markdown,
    beir_sheets,
    measure_beir,
    read_beir,
)
from app.evaluation.variants import without_marks
from tests.knowledge_base.fakes import HashedEmbedding

DOCUMENTS = {
    "ong": "Đăng ký nuôi ong mật với xã, nộp tờ khai đàn ong.",
    "ghe": "Đăng kiểm ghe thuyền trước khi ra sông.",
    "dieu": "Giá vé hội thả diều: người lớn 45.000 đồng.",
    "cho": "Họp chợ phiên ngày rằm, thuê sạp ở ban quản lý.",
}
QUERIES = {
    "q1": "nuôi ong mật nộp tờ khai ở đâu",
    "q2": "ghe thuyền ra sông phải đăng kiểm",
    "q3": "thuê sạp chợ phiên",
    "unjudged": "giá vàng",
}
GRADES = "query-id\tcorpus-id\tscore\nq1\tong\t1\nq2\tghe\t2\nq2\tdieu\t1\nq3\tcho\t1\nq3\tong\t0\n"


def put(
    folder: Path,
    documents: dict[str, str] = DOCUMENTS,
    queries: dict[str, str] = QUERIES,
    grades: str = GRADES,
) -> Path:
    (folder / "qrels").mkdir(parents=True)
    for name, texts in (("corpus", documents), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text(
            "".join(
                json.dumps({"_id": id, "title": "", "text": text}, ensure_ascii=False) + "\n"
                for id, text in texts.items()
            ),
            encoding="utf-8",
        )
    (folder / "qrels" / "test.tsv").write_text(grades, encoding="utf-8")
    return folder


def measured(folder: Path) -> BeirReport:
    return measure_beir(folder, HashedEmbedding(), str.upper, lambda *_: None)


def result(report: BeirReport, method: str, questions: str = "như đã viết") -> Retrieved:
    return next(one for one in report.results if (one.method, one.questions) == (method, questions))


def test_every_search_finds_what_shares_its_words(tmp_path: Path) -> None:
    report = measured(put(tmp_path / "beir"))

    assert (report.documents, report.queries) == (4, 3)
    assert len(report.results) == 4 * 3
    for one in report.results:
        assert one.hit1.value == 1, (one.method, one.questions)
        assert one.mrr10.value == 1
        assert 0 < one.p50_ms <= one.p95_ms


def test_grades_weigh_and_unjudged_documents_do_not(tmp_path: Path) -> None:
    report = measured(put(tmp_path / "beir"))

    # q2: the kite shares no word with the question, so it is not found
    ideal = 2 + 1 / math.log2(3)
    assert result(report, "BM25").ndcg10.value == pytest.approx((1 + 2 / ideal + 1) / 3)


def test_what_is_not_found_counts_as_nothing(tmp_path: Path) -> None:
    report = measured(put(tmp_path / "beir", grades="q1\tong\t1\nq2\tcho\t1\nq3\tcho\t1\n"))

    lexical = result(report, "BM25")
    assert (lexical.hit1.count, lexical.hit1.of) == (2, 3)
    assert report.ranks["BM25, như đã viết"]["q2"] is None
    assert lexical.mrr10.value == pytest.approx(2 / 3)


def test_fused_searches_are_held_against_the_words_alone(tmp_path: Path) -> None:
    report = measured(put(tmp_path / "beir"))

    assert result(report, "BM25").over_lexical is None
    assert result(report, "gộp theo điểm").over_lexical == pytest.approx(0)
    assert result(report, "gộp theo điểm").p == 1


def test_the_stripped_form_is_without_marks_and_the_restored_one_restored(tmp_path: Path) -> None:
    seen: list[str] = []

    def restore(text: str) -> str:
        seen.append(text)
        return text

    measure_beir(put(tmp_path / "beir"), HashedEmbedding(), restore, lambda *_: None)

    assert seen == [without_marks(QUERIES[query]) for query in ("q1", "q2", "q3")]


def test_titles_are_searched_too(tmp_path: Path) -> None:
    folder = put(tmp_path / "beir")
    (folder / "corpus.jsonl").write_text(
        '{"_id": "ong", "title": "Nuôi ong", "text": "Nộp tờ khai."}\n'
        '{"_id": "ghe", "text": "Ghe."}\n{"_id": "dieu", "text": "x"}\n'
        '{"_id": "cho", "text": "Chợ."}\n',
        encoding="utf-8",
    )

    assert read_beir(folder).texts[0] == "Nuôi ong\nNộp tờ khai."


def test_tables_are_whole(tmp_path: Path) -> None:
    report = measured(put(tmp_path / "beir"))

    for sheet in beir_sheets(report):
        assert all(len(line) == len(sheet.headings) for line in sheet.lines)
    assert "4 văn bản, 3 câu hỏi" in beir_markdown(report)


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        pytest.param("corpus.jsonl", None, "corpus.jsonl", id="no corpus"),
        pytest.param("corpus.jsonl", '{"_id": "a"}', "dòng 1: thiếu trường", id="no text"),
        pytest.param("corpus.jsonl", "{", "không phải JSON", id="no JSON"),
        pytest.param("corpus.jsonl", "[]", "đối tượng JSON", id="no object"),
        pytest.param(
            "corpus.jsonl", '{"_id": "a", "text": "x"}\n' * 2, "trùng", id="the same id twice"
        ),
        pytest.param("queries.jsonl", None, "queries.jsonl", id="no queries"),
        pytest.param("qrels/test.tsv", None, "test.tsv", id="no judgements"),
        pytest.param("qrels/test.tsv", "q1 ong 1\nq1 ong 1", "dòng 2", id="spaces for tabs"),
        pytest.param("qrels/test.tsv", "q1\tvit\t1", "“vit”", id="an unknown document"),
        pytest.param("qrels/test.tsv", "q9\tong\t1", "“q9”", id="an unknown query"),
        pytest.param("qrels/test.tsv", "q1\tong\t0", "văn bản đúng", id="nothing is relevant"),
    ],
)
def test_a_folder_that_is_not_in_the_layout_is_explained(
    tmp_path: Path, file: str, text: str | None, words: str
) -> None:
    path = put(tmp_path / "beir") / file
    if text is None:
        path.unlink()
    else:
        path.write_text(text, encoding="utf-8")

    with pytest.raises(BeirError) as raised:
        read_beir(tmp_path / "beir")

    assert words in str(raised.value)
