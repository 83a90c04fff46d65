from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from app.evaluation.beir import read_beir
from app.evaluation.zalo import is_same_article, make_zalo, shingles, words_of

BEES = (
    "1. Người nuôi ong phải đăng ký với Ủy ban nhân dân cấp xã nơi đặt trại ong trước khi đặt "
    "trại ít nhất năm ngày làm việc.\n2. Hồ sơ gồm tờ khai đàn ong và sơ đồ trại ong."
)
BEES_TITLED = f"Đăng ký nuôi ong\n{BEES}"
BOATS = (
    "Chủ ghe thuyền phải đưa ghe thuyền đi kiểm tra mỗi năm một lần tại nơi do Sở Giao thông vận "
    "tải chỉ định, và nộp phí kiểm tra theo quy định của Bộ Tài chính."
)
KITES = (
    "Người thả diều không thả gần đường dây điện, sân bay và trạm biến áp; mỗi người chỉ thả một "
    "diều, và phải thu diều về khi có giông."
)
DEFINITIONS = "Trong Nghị định này, các từ ngữ dưới đây được hiểu như sau:"


def question(id: str, text: str, *golds: str, held: bool = True) -> dict[str, Any]:
    return {"id": id, "question": text, "all_gold_in_corpus": held, "gold_text": list(golds)}


def put(folder: Path, questions: list[dict[str, Any]], pairs: list[tuple[str, str]]) -> Path:
    folder.mkdir()
    (folder / "zalo_dev.jsonl").write_text(
        "".join(json.dumps(one) + "\n" for one in questions), encoding="utf-8"
    )
    with gzip.open(folder / "pairs_open.jsonl.gz", "wt", encoding="utf-8") as file:
        for source, positive in pairs:
            file.write(json.dumps({"query": "?", "positive": positive, "source": source}) + "\n")
    return folder


def test_a_gold_article_stands_once_and_without_its_title(tmp_path: Path) -> None:
    data = put(
        tmp_path / "data",
        [question("q1", "nuôi ong?", BEES_TITLED), question("q2", "ong?", BEES_TITLED)],
        [
            ("zalo2021_train", BEES_TITLED),
            ("law_title:phapdien", BEES),
            ("law_title:other", BEES.upper()),
            ("law_title:phapdien", BOATS),
            ("dvc:ho_so", "Hồ sơ của một thủ tục, không phải điều luật."),
        ],
    )

    made = make_zalo(data, tmp_path / "beir")

    corpus = read_beir(tmp_path / "beir")
    assert sorted(corpus.texts) == sorted([BEES, BOATS])
    gold = corpus.ids[corpus.texts.index(BEES)]
    assert corpus.grades == {"q1": {gold: 1}, "q2": {gold: 1}}
    assert (made.documents, made.queries, made.merged, made.added, made.dropped) == (2, 2, 1, 0, 1)


def test_a_gold_article_that_no_pair_holds_is_added_as_the_others_are(tmp_path: Path) -> None:
    data = put(
        tmp_path / "data",
        [
            question("q1", "thả diều?", f"Thả diều an toàn\n{KITES}"),
            question("q2", "xe máy?", held=False),
        ],
        [("law_title:phapdien", BOATS)],
    )

    made = make_zalo(data, tmp_path / "beir")

    corpus = read_beir(tmp_path / "beir")
    assert corpus.texts == (BOATS, KITES)
    assert list(corpus.queries) == ["q1"]
    assert (made.added, made.not_held) == (1, 1)


def test_an_article_is_the_same_with_a_title_or_cut_elsewhere_but_not_for_a_phrase() -> None:
    def same(first: str, second: str) -> bool:
        return is_same_article(shingles(words_of(first)), shingles(words_of(second)))

    assert same(BEES, BEES_TITLED)
    assert same(BEES_TITLED, BEES[:150])
    assert not same(BEES, BOATS)
    assert not same(DEFINITIONS, f"{DEFINITIONS} {BEES} {BOATS}")
