"""The optional re-ranker: a real, tiny cross-encoder, and what its word changes in a search."""

from __future__ import annotations

import logging
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from app.answering.features import Floats
from app.answering.rerank import CrossEncoderReranker, RerankerUnavailableError
from app.answering.retrieve import Candidate, HybridRetriever, Query
from tests.fakes import BEE_HIVES, BOATS, COMMUNE, KITES, FixedKnowledge, edition_of

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "nuôi", "ong", "mật", "ghe", "thuyền", "xã")
PASSAGES = ("nuôi ong mật", "ghe thuyền", "xã")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a cross-encoder of six words whose weights mean nothing."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    folder = tmp_path_factory.mktemp("cross-encoder")
    vocabulary = {word: place for place, word in enumerate(WORDS)}
    BertTokenizer(vocab=vocabulary, strip_accents=False).save_pretrained(folder)
    torch.manual_seed(5)
    made = BertForSequenceClassification(
        BertConfig(
            vocab_size=len(WORDS),
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            max_position_embeddings=512,
            initializer_range=1.0,
            id2label={0: "answers"},
        )
    )
    made.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def reranker(folder: Path) -> CrossEncoderReranker:
    return CrossEncoderReranker(str(folder))


def test_every_passage_gets_one_number_and_always_the_same(reranker: CrossEncoderReranker) -> None:
    once = reranker.log_odds("nuôi ong", PASSAGES)

    again = reranker.log_odds("nuôi ong", PASSAGES)

    assert once.shape == (3,)
    assert once.dtype == np.float64
    assert np.isfinite(once).all()
    assert once.tolist() == again.tolist()


def test_question_and_passage_are_read_together_one_pair_at_a_time(
    reranker: CrossEncoderReranker,
) -> None:
    together = reranker.log_odds("nuôi ong", PASSAGES)

    alone = [float(reranker.log_odds("nuôi ong", [passage])[0]) for passage in PASSAGES]
    of_another = reranker.log_odds("ghe thuyền", PASSAGES)

    assert together.tolist() == pytest.approx(alone, abs=1e-4)
    assert len({round(value, 3) for value in alone}) == 3
    assert not np.allclose(together, of_another, atol=1e-3)


def test_what_is_told_are_log_odds_as_the_model_gives_them(
    reranker: CrossEncoderReranker, folder: Path
) -> None:
    import torch
    from transformers import BertForSequenceClassification, BertTokenizer

    model = BertForSequenceClassification.from_pretrained(folder)
    pairs = BertTokenizer.from_pretrained(folder)(
        ["nuôi ong"] * 3, list(PASSAGES), padding=True, return_tensors="pt"
    )
    with torch.no_grad():
        wanted = model(**pairs).logits[:, 0].tolist()

    found = reranker.log_odds("nuôi ong", PASSAGES).tolist()

    assert found == pytest.approx(wanted, abs=1e-4)
    assert not all(0 <= value <= 1 for value in wanted)


def test_a_long_passage_is_read_as_far_as_the_model_goes(reranker: CrossEncoderReranker) -> None:
    long, longer = "nuôi ong mật " * 300, "nuôi ong mật " * 300 + "ghe"

    found = reranker.log_odds("nuôi ong", [long, longer])

    assert found[0] == pytest.approx(found[1], abs=1e-4)


@pytest.mark.parametrize("name", ["/khong/co/thu-muc", "khong-co/mo-hinh-nao"])
def test_a_model_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(
        RerankerUnavailableError, match=f"(?s)Không mở được.*“{name}”.*Kiểm tra RERANKER_MODEL"
    ):
        CrossEncoderReranker(name)


@pytest.mark.parametrize(
    ("file", "left"),
    [
        pytest.param("model.safetensors", b"\x08", id="weights cut short"),
        pytest.param("tokenizer.json", b"{}", id="no tokenizer"),
        pytest.param("config.json", b"{", id="description cut short"),
    ],
)
def test_a_model_that_was_copied_in_part_is_named(
    folder: Path, tmp_path: Path, file: str, left: bytes
) -> None:
    copied = Path(shutil.copytree(folder, tmp_path / "model"))
    (copied / file).write_bytes(left)

    with pytest.raises(RerankerUnavailableError, match="Kiểm tra RERANKER_MODEL"):
        CrossEncoderReranker(str(copied))


def test_without_the_extra_the_message_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)

    with pytest.raises(
        RerankerUnavailableError, match=r"RERANKER_MODEL cần gói mở rộng “models”.*make run"
    ):
        CrossEncoderReranker("bất kỳ")


@pytest.mark.parametrize("fault", [MemoryError("hết bộ nhớ"), RuntimeError("hỏng tensor")])
def test_a_model_that_fails_at_its_work_is_our_error(
    reranker: CrossEncoderReranker, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(reranker._model, "predict", fails)

    with pytest.raises(RerankerUnavailableError, match=f"không tính được: {fault}"):
        reranker.log_odds("nuôi ong", PASSAGES)


EDITION = edition_of(BEE_HIVES, BOATS, KITES)
BOTH = Query("đăng ký nuôi ong mật và đăng kiểm ghe thuyền", COMMUNE)
"""Names two records, the first of them better."""


class Prefers:
    """A re-ranker for which one record's passages are the likeliest by far."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.read: list[tuple[str, tuple[str, ...]]] = []

    def log_odds(self, question: str, passages: Sequence[str]) -> Floats:
        self.read.append((question, tuple(passages)))
        return np.array([9.0 if one.startswith(self.title) else 0.0 for one in passages])


class Fails:
    """A re-ranker whose model fails."""

    def log_odds(self, question: str, passages: Sequence[str]) -> Floats:
        raise RerankerUnavailableError("hết bộ nhớ")


def searched(reranker: object, query: Query = BOTH, count: int = 10) -> tuple[Candidate, ...]:
    retriever = HybridRetriever(knowledge=FixedKnowledge(EDITION), reranker=reranker, count=count)
    return retriever.candidates(query, EDITION)


def ids(candidates: Sequence[Candidate]) -> list[str]:
    return [found.record.id for found in candidates]


def test_the_record_that_the_reranker_prefers_comes_first() -> None:
    before = searched(None)
    second = before[1]

    after = searched(Prefers(second.record.title))

    assert ids(after)[0] == second.record.id != ids(before)[0]
    assert [one.probability for one in after] == sorted(
        (one.probability for one in after), reverse=True
    )
    assert sum(one.probability for one in after) == pytest.approx(
        sum(one.probability for one in before)
    )


def test_each_record_is_read_by_its_best_section() -> None:
    prefers = Prefers(BOATS["title"])

    searched(prefers, Query("đăng kiểm ghe thuyền nộp ở công an xã", COMMUNE))

    ((question, passages),) = prefers.read
    assert question == "đăng kiểm ghe thuyền nộp ở công an xã"
    assert len(passages) == 3
    assert passages[0].startswith(f"{BOATS['title']}. Nộp ở đâu.\n")


def test_only_the_records_that_are_returned_are_read_again() -> None:
    prefers = Prefers(BEE_HIVES["title"])

    found = searched(prefers, count=2)

    ((_, passages),) = prefers.read
    assert len(passages) == len(found) == 2


def test_the_record_of_the_conversation_is_read_with_the_best_ones() -> None:
    query = Query("đăng ký nuôi ong mật", COMMUNE, always=(KITES["id"],))

    found = searched(Prefers(BEE_HIVES["title"]), query, count=1)

    assert ids(found) == [BEE_HIVES["id"], KITES["id"]]


def test_a_reranker_that_fails_changes_nothing_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = searched(None)

    with caplog.at_level(logging.ERROR):
        after = searched(Fails())

    assert [(one.record.id, one.probability) for one in after] == [
        (one.record.id, one.probability) for one in before
    ]
    assert "the records keep their order" in caplog.text
    assert "hết bộ nhớ" in caplog.text


def test_a_model_that_judges_no_pairs_is_refused(folder: Path, tmp_path: Path) -> None:
    from transformers import BertConfig, BertModel

    bare = tmp_path / "encoder"
    shutil.copytree(folder, bare)
    (bare / "model.safetensors").unlink()
    BertModel(
        BertConfig(
            vocab_size=len(WORDS),
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
        )
    ).save_pretrained(bare)

    with pytest.raises(RerankerUnavailableError, match="BertModel"):
        CrossEncoderReranker(str(bare))


def test_no_more_is_read_than_a_section_needs(folder: Path, tmp_path: Path) -> None:
    long = tmp_path / "long"
    shutil.copytree(folder, long)
    config = long / "config.json"
    config.write_text(
        config.read_text(encoding="utf-8").replace(
            '"max_position_embeddings": 512', '"max_position_embeddings": 8192'
        ),
        encoding="utf-8",
    )
    (long / "model.safetensors").unlink()
    from transformers import BertConfig, BertForSequenceClassification

    BertForSequenceClassification(BertConfig.from_pretrained(long)).save_pretrained(long)

    made = CrossEncoderReranker(str(long))

    assert made._model.max_seq_length == 512
