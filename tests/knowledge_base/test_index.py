from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import chromadb
import pytest
from chromadb.api import ClientAPI
from chromadb.api.client import Client

from knowledge_base.chunk import Chunk, ChunkKind
from knowledge_base.index import (
    IndexOwnedError,
    VectorIndex,
    VectorsUnavailableError,
    collection_name,
    owning,
)
from tests import servers
from tests.ingest.processes import in_another_process
from tests.knowledge_base.fakes import CountingEmbedding, HashedEmbedding


def chunk(text: str, scope: str = "national") -> Chunk:
    return Chunk(f"{scope}/{text}", ChunkKind.NAME, "tam-tru", scope, "summary", None, text)


TEMPORARY, BIRTH = chunk("Đăng ký tạm trú"), chunk("Đăng ký khai sinh")
LOCAL = chunk("Tạm trú ở Đà Nẵng", "province:da-nang")
ALL = (TEMPORARY, BIRTH, LOCAL)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[ClientAPI]:
    client = chromadb.PersistentClient(str(tmp_path / "index"))
    yield client
    assert isinstance(client, Client)
    client.close()


@pytest.fixture
def embedding() -> CountingEmbedding:
    return CountingEmbedding()


@pytest.fixture
def index(client: ClientAPI, embedding: CountingEmbedding) -> VectorIndex:
    return VectorIndex(lambda: client, embedding)


def collections(client: ClientAPI) -> set[str]:
    return {collection.name for collection in client.list_collections()}


def nearest(index: VectorIndex, text: str, *scopes: str, generation: int = 1) -> list[str]:
    found = index.nearest(text, scopes or ("national",), generation, 10)
    return sorted(found, key=lambda chunk_id: -found[chunk_id])


def test_each_scope_has_a_collection_of_its_own(index: VectorIndex, client: ClientAPI) -> None:
    index.write(ALL, 1)

    assert collections(client) == {"hoixa-national.g1", "hoixa-province-da-nang.g1"}
    assert collection_name("commune:hoa-tien", 2) == "hoixa-commune-hoa-tien.g2"


def test_only_the_scopes_asked_for_are_searched_and_the_nearest_text_is_found(
    index: VectorIndex,
) -> None:
    index.write(ALL, 1)

    assert nearest(index, "tạm trú") == [TEMPORARY.id, BIRTH.id]
    assert set(nearest(index, "tạm trú", "national", "province:da-nang")) == {
        made.id for made in ALL
    }
    assert nearest(index, "tạm trú", "province:da-nang") == [LOCAL.id]


def test_the_similarity_of_a_text_with_itself_is_one(index: VectorIndex) -> None:
    index.write(ALL, 1)

    found = index.nearest(TEMPORARY.text, ["national"], 1, 1)

    assert found == {TEMPORARY.id: pytest.approx(1, abs=1e-5)}


def test_what_is_there_already_is_not_embedded_again(
    index: VectorIndex, embedding: CountingEmbedding
) -> None:
    index.write([TEMPORARY], 1)
    embedding.embedded.clear()

    written = index.write(ALL, 1)

    assert written == 2
    assert sorted(embedding.embedded) == sorted([BIRTH.text, LOCAL.text])


def test_progress_tells_what_is_done_of_what_is_to_do(index: VectorIndex) -> None:
    many = [chunk(f"thủ tục {number}") for number in range(300)]
    told: list[tuple[int, int]] = []

    index.write(many, 1, lambda done, total: told.append((done, total)))

    assert told == [(0, 300), (128, 300), (256, 300), (300, 300)]


def test_missing_vectors_are_counted(index: VectorIndex) -> None:
    index.write([TEMPORARY], 1)

    assert index.missing(ALL, 1) == 2
    assert index.missing([TEMPORARY], 1) == 0


def test_vectors_that_no_chunk_names_are_dropped(index: VectorIndex, client: ClientAPI) -> None:
    index.write(ALL, 1)

    index.drop_stale([BIRTH], 1)

    assert nearest(index, "tạm trú") == [BIRTH.id]
    assert collections(client) == {"hoixa-national.g1"}


def test_collections_of_other_generations_are_dropped(
    index: VectorIndex, client: ClientAPI
) -> None:
    index.write(ALL, 1)
    index.write(ALL, 2)

    index.drop_stale(ALL, 2)

    assert collections(client) == {"hoixa-national.g2", "hoixa-province-da-nang.g2"}
    assert nearest(index, "tạm trú", generation=2) == [TEMPORARY.id, BIRTH.id]


def test_discarding_an_unfinished_generation_leaves_the_others(
    index: VectorIndex, client: ClientAPI
) -> None:
    index.write(ALL, 1)
    index.write(ALL, 11)

    index.discard(11)
    index.discard(11)

    assert collections(client) == {"hoixa-national.g1", "hoixa-province-da-nang.g1"}


def test_collections_of_other_programs_are_left_alone(
    index: VectorIndex, client: ClientAPI
) -> None:
    client.create_collection("someone-elses")
    index.write(ALL, 1)

    index.drop_stale([], 1)
    index.discard(1)

    assert collections(client) == {"someone-elses"}


def written_by_another(folder: Path) -> int:
    return VectorIndex.embedded(folder, HashedEmbedding(64)).write(ALL, 1)


def test_vectors_survive_the_process_that_wrote_them(tmp_path: Path) -> None:
    written = in_another_process(written_by_another, tmp_path)

    reopened = VectorIndex.embedded(tmp_path, HashedEmbedding(64))

    assert written == 3
    assert reopened.missing(ALL, 1) == 0
    assert nearest(reopened, "tạm trú") == [TEMPORARY.id, BIRTH.id]


def refusal_of(folder: Path) -> str:
    try:
        with owning(folder):
            return "owned"
    except IndexOwnedError as error:
        return str(error)


def test_a_second_process_cannot_own_the_index(tmp_path: Path) -> None:
    with owning(tmp_path):
        while_held = in_another_process(refusal_of, tmp_path)

    assert while_held == (
        f"Chỉ mục ở {tmp_path} đang do một tiến trình khác giữ, dịch vụ hoặc một lần nạp. "
        "Đợi nó xong hoặc dừng nó rồi chạy lại."
    )
    assert in_another_process(refusal_of, tmp_path) == "owned"


def test_an_index_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "chroma.sqlite3").write_bytes(b"no database" * 100)

    with pytest.raises(VectorsUnavailableError, match=r"Không đọc ghi được kho vectơ.*DATA_DIR"):
        VectorIndex.embedded(tmp_path, HashedEmbedding(64))


@pytest.mark.parametrize("url", ["chroma:8000", "chroma", "", "ftp://chroma:8000"])
def test_an_address_of_another_form_is_refused(url: str) -> None:
    with pytest.raises(VectorsUnavailableError, match=r"CHROMA_URL.*Viết như http://chroma:8000"):
        VectorIndex.server(url, HashedEmbedding(64))


def test_a_server_that_is_not_there_is_named() -> None:
    url = f"http://127.0.0.1:{servers.free_port()}"

    with pytest.raises(VectorsUnavailableError, match="Kiểm tra CHROMA_URL"):
        VectorIndex.server(url, HashedEmbedding(64))
