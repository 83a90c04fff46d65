from __future__ import annotations

import json
import shutil
import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.embedding import (
    PACKAGED,
    EmbeddingUnavailableError,
    PackagedEmbedding,
    SentenceTransformersEmbedding,
    load_embedding,
)

SENTENCES = ["Đăng ký tạm trú", "Cấp giấy phép xây dựng nhà ở riêng lẻ", "🙏 phí 20.000 đồng?"]
UNUSUAL = [
    *("", "   ", "?!", "🙏🙏", "日本語", "xin chào 日本", "Mất CCCD 🙏 làm lại ở đâu???"),
    *("20.000đ/bản; CT-01", "dduowjc ko z", "x" * 5000, "đất\x00\u200bđai\tở đâu", "ñ é ß İ ǅ"),
    *(unicodedata.normalize("NFD", sentence) for sentence in SENTENCES),
    *(sentence.upper() for sentence in SENTENCES),
    "Ủy ban nhân dân xã tiếp nhận hồ sơ, kiểm tra và trả kết quả. " * 200,
]


@pytest.fixture(scope="module")
def packaged() -> PackagedEmbedding:
    return PackagedEmbedding()


def test_without_a_model_the_packaged_embedding_is_used(packaged: PackagedEmbedding) -> None:
    embedding = load_embedding("")

    assert isinstance(embedding, PackagedEmbedding)
    assert embedding.fingerprint == packaged.fingerprint
    assert embedding.dimension == len(embedding.embed_query("xã"))


def test_vectors_have_the_stated_dimension_and_unit_length(packaged: PackagedEmbedding) -> None:
    vectors = np.array(packaged.embed_documents(SENTENCES))

    assert vectors.shape == (3, packaged.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert packaged.embed_documents([]) == []


def test_a_question_and_a_passage_of_the_same_words_have_one_vector(
    packaged: PackagedEmbedding,
) -> None:
    alone = [packaged.embed_query(sentence) for sentence in SENTENCES]

    assert alone == packaged.embed_documents(SENTENCES)


@pytest.mark.parametrize("text", ["", "?!", "🙏🙏", "日本語", "\ud83d"])
def test_a_text_without_known_words_is_like_nothing(packaged: PackagedEmbedding, text: str) -> None:
    assert not np.any(packaged.embed_query(text))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(unicodedata.normalize("NFD", "Ủy ban nhân dân xã Hòa Tiến"), id="NFD"),
        pytest.param("ỦY BAN NHÂN DÂN XÃ HÒA TIẾN", id="capitals"),
        pytest.param("Uỷ ban nhân dân xã Hoà Tiến", id="the tone's other place"),
        pytest.param("“Ủy ban” nhân dân – xã Hòa Tiến 🙏?!", id="punctuation"),
    ],
)
def test_spelling_that_changes_no_word_changes_no_vector(
    packaged: PackagedEmbedding, other: str
) -> None:
    assert packaged.embed_query(other) == packaged.embed_query("Ủy ban nhân dân xã Hòa Tiến")


def test_what_sentence_transformers_gives_from_the_same_folder_is_the_same(
    packaged: PackagedEmbedding,
) -> None:
    other = SentenceTransformersEmbedding(str(PACKAGED))

    np.testing.assert_allclose(
        packaged.embed_documents(UNUSUAL), other.embed_documents(UNUSUAL), atol=1e-5
    )


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        pytest.param("đăng kí tạm chú", "Đăng ký tạm trú", id="misspelt"),
        pytest.param("dang ky tam tru", "Đăng ký tạm trú", id="without marks"),
        pytest.param("giay phep xay dung nha", "Cấp giấy phép xây dựng nhà ở riêng lẻ", id="part"),
        pytest.param("làm giấy cưới ở mô", "Đăng ký kết hôn", id="another word"),
        pytest.param("xin giấy độc thân", "Xác nhận tình trạng hôn nhân", id="no word in common"),
        pytest.param("mần giấy khai sanh cho sắp nhỏ", "Đăng ký khai sinh", id="dialect"),
        pytest.param("birth certificate", "Đăng ký khai sinh", id="English"),
    ],
)
def test_a_question_is_nearer_to_what_it_means_than_to_anything_else(
    packaged: PackagedEmbedding, question: str, meant: str
) -> None:
    texts = [
        *("Đăng ký tạm trú", "Cấp giấy phép xây dựng nhà ở riêng lẻ", "Đăng ký kết hôn"),
        *("Xác nhận tình trạng hôn nhân", "Đăng ký khai sinh", "Thẻ bảo hiểm y tế hộ gia đình"),
        *("Đăng ký khai tử", "Tách thửa đất", "Trợ cấp hưu trí xã hội", "Chứng thực bản sao"),
    ]

    likeness = np.array(packaged.embed_documents(texts)) @ np.array(packaged.embed_query(question))

    assert texts[int(likeness.argmax())] == meant


def test_many_threads_get_the_vectors_of_one(packaged: PackagedEmbedding) -> None:
    texts = [f"{sentence} {number}" for number in range(40) for sentence in SENTENCES]
    alone = packaged.embed_documents(texts)

    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(packaged.embed_query, texts))

    np.testing.assert_allclose(together, alone, atol=1e-6)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PACKAGED, tmp_path / "model"))


def test_another_model_file_has_another_fingerprint(
    packaged: PackagedEmbedding, copied: Path
) -> None:
    same = PackagedEmbedding(copied).fingerprint
    tokenizer = copied / "tokenizer.json"
    tokenizer.write_text(json.dumps(json.loads(tokenizer.read_text()), indent=1))

    assert same == packaged.fingerprint != PackagedEmbedding(copied).fingerprint


@pytest.mark.parametrize(
    ("file", "left"),
    [
        pytest.param("model.safetensors", None, id="no weights"),
        pytest.param("model.safetensors", b"\x08", id="weights cut short"),
        pytest.param("tokenizer.json", None, id="no tokenizer"),
        pytest.param("tokenizer.json", b"{}", id="tokenizer cut short"),
        pytest.param(
            "tokenizer.json",
            b'{"model": {"type": "Unigram", "vocab": [["a", 0]], "unk_id": 0}}',
            id="another model's tokenizer",
        ),
    ],
)
def test_a_damaged_installation_says_how_to_mend_it(
    copied: Path, file: str, left: bytes | None
) -> None:
    (copied / file).unlink() if left is None else (copied / file).write_bytes(left)

    with pytest.raises(EmbeddingUnavailableError, match=r"mô hình nhúng đi kèm.*Cài lại"):
        PackagedEmbedding(copied)


def test_importing_opens_no_model_and_loading_needs_no_torch() -> None:
    program = (
        "import sys\n"
        "opened = []\n"
        "sys.addaudithook(lambda event, args: event == 'open' and opened.append(str(args[0])))\n"
        "import knowledge_base.embedding as embedding\n"
        "assert not [name for name in opened if str(embedding.PACKAGED) in name], opened\n"
        "embedding.load_embedding('').embed_query('xã')\n"
        "assert [name for name in opened if str(embedding.PACKAGED) in name]\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'sklearn'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


def test_the_model_is_small_enough_for_git() -> None:
    assert sum(path.stat().st_size for path in PACKAGED.rglob("*")) < 25e6


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
