from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.embedding import (
    EmbeddingUnavailableError,
    HashedEmbedding,
    SentenceTransformersEmbedding,
    load_embedding,
)

SENTENCES = ["Đăng ký tạm trú", "Cấp giấy phép xây dựng nhà ở riêng lẻ", "🙏 phí 20.000 đồng?"]


def likeness(question: str, text: str) -> float:
    embedding = HashedEmbedding()
    return float(np.dot(embedding.embed_query(question), embedding.embed_documents([text])[0]))


def test_without_a_model_the_packaged_embedding_is_used() -> None:
    embedding = load_embedding("")

    assert isinstance(embedding, HashedEmbedding)
    assert embedding.dimension == 1024
    assert embedding.fingerprint == "hashed-syllables-1/1024"


def test_vectors_have_the_stated_dimension_and_unit_length() -> None:
    vectors = np.array(HashedEmbedding(256).embed_documents(SENTENCES))

    assert vectors.shape == (3, 256)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_the_same_text_has_the_same_vector_every_time() -> None:
    first, again = HashedEmbedding(), HashedEmbedding()

    assert first.embed_documents(SENTENCES) == again.embed_documents(SENTENCES)
    assert first.embed_query(SENTENCES[0]) == again.embed_documents(SENTENCES[:1])[0]


@pytest.mark.parametrize("text", ["", "?!", "🙏🙏"])
def test_a_text_without_words_is_like_nothing(text: str) -> None:
    assert not np.any(HashedEmbedding().embed_query(text))


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        pytest.param("đăng kí tạm chú", "Đăng ký tạm trú", id="misspelt"),
        pytest.param("dang ky tam tru", "Đăng ký tạm trú", id="without marks"),
        pytest.param("giay phep xay dung nha", "Cấp giấy phép xây dựng nhà ở riêng lẻ", id="part"),
    ],
)
def test_a_clumsy_question_is_nearer_to_what_it_means_than_to_anything_else(
    question: str, meant: str
) -> None:
    others = {"Đăng ký kết hôn", "Thẻ bảo hiểm y tế hộ gia đình", *SENTENCES[:2]} - {meant}

    assert likeness(question, meant) > 1.5 * max(likeness(question, other) for other in others)


def test_two_sizes_have_two_fingerprints() -> None:
    assert HashedEmbedding(128).fingerprint != HashedEmbedding(256).fingerprint


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sentence-transformers model of nine words."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    words = ["[UNK]", "hỏi", "đoạn", ":", "tạm", "trú", "khai", "sinh", "xã"]
    tokenizer = Tokenizer(
        WordLevel({word: place for place, word in enumerate(words)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = Whitespace()
    weights = np.random.default_rng(7).normal(size=(len(words), 16)).astype(np.float32)
    folder = tmp_path_factory.mktemp("model")
    module = StaticEmbedding(tokenizer, embedding_weights=weights)
    SentenceTransformer(modules=[module], device="cpu").save(str(folder))
    return folder


def test_a_model_folder_gives_unit_vectors(tiny_model: Path) -> None:
    embedding = load_embedding(str(tiny_model))

    vectors = np.array(embedding.embed_documents(["tạm trú", "khai sinh"]))

    assert isinstance(embedding, SentenceTransformersEmbedding)
    assert vectors.shape == (2, embedding.dimension) == (2, 16)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert embedding.embed_query("tạm trú") == pytest.approx(vectors[0].tolist(), abs=1e-6)


def test_prefixes_are_put_before_questions_and_before_passages(tiny_model: Path) -> None:
    plain = load_embedding(str(tiny_model))
    prefixed = load_embedding(str(tiny_model), "hỏi : ", "đoạn : ")

    question, (passage,) = prefixed.embed_query("tạm trú"), prefixed.embed_documents(["tạm trú"])

    assert question == pytest.approx(plain.embed_query("hỏi : tạm trú"), abs=1e-6)
    assert passage == pytest.approx(plain.embed_query("đoạn : tạm trú"), abs=1e-6)
    assert prefixed.fingerprint != plain.fingerprint


@pytest.mark.parametrize("name", ["/khong/co/thu-muc", "khong-co/mo-hinh-nao"])
def test_a_model_that_is_not_there_is_named(tiny_model: Path, name: str) -> None:
    with pytest.raises(EmbeddingUnavailableError, match=f"(?s)“{name}”.*Kiểm tra EMBEDDING_MODEL"):
        load_embedding(name)


@pytest.mark.parametrize(
    ("file", "left"),
    [
        pytest.param("model.safetensors", b"\x08", id="weights cut short"),
        pytest.param("tokenizer.json", b"{}", id="no tokenizer"),
        pytest.param("modules.json", b"{", id="modules cut short"),
    ],
)
def test_a_model_that_was_copied_in_part_is_named(
    tiny_model: Path, tmp_path: Path, file: str, left: bytes
) -> None:
    for path in tiny_model.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / file).write_bytes(left)

    with pytest.raises(EmbeddingUnavailableError, match="Kiểm tra EMBEDDING_MODEL"):
        load_embedding(str(tmp_path))


def test_without_the_extra_the_message_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)

    with pytest.raises(EmbeddingUnavailableError, match=r"gói mở rộng “models”.*make run"):
        load_embedding("bất kỳ")
