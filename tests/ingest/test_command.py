"""`hoixa ingest` as an operator meets it."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from typer.testing import CliRunner, Result

from app.cli import app
from app.records.database import open_database
from ingest.live import LiveKnowledge
from knowledge_base.catalogue import Body
from knowledge_base.embedding import (
    Embedder,
    EmbeddingUnavailableError,
    PackagedEmbedding,
    Vectors,
)
from knowledge_base.index import VectorIndex, owning
from knowledge_base.record import NATIONAL, RecordKind
from knowledge_base.revisions import IngestJobRow, newest_snapshot, publish
from tests import servers
from tests.knowledge_base.records import (
    PROCEDURE,
    guide,
    procedure,
    put,
    put_small_content,
)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the command is set to use, with small content."""
    data = tmp_path / "data"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(data))
    monkeypatch.setenv("CONTENT_DIR", str(put_small_content(tmp_path / "content")))
    monkeypatch.setenv("MINIMUM_FREE_MB", "0")
    return data


@pytest.fixture
def content(data: Path) -> Path:
    """The small content that the command is set to load."""
    return data.parent / "content"


@pytest.fixture
def engine(data: Path) -> Iterator[Engine]:
    """The database of the command."""
    data.mkdir()
    engine = open_database(f"sqlite:///{data / 'hoixa.db'}")
    yield engine
    engine.dispose()


def ingest(*options: str) -> Result:
    return CliRunner().invoke(app, ["ingest", *options])


def refused(*options: str) -> str:
    """What the command says when it ends with an error."""
    result = ingest(*options)
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit), result.exception
    return result.stderr.strip()


def test_the_first_run_says_what_it_loaded_and_the_second_that_nothing_changed(data: Path) -> None:
    first, second = ingest(), ingest()

    assert first.stdout.splitlines() == [
        "Nội dung: 3 mới, 0 đổi, 0 rút, 0 giữ nguyên.",
        "Chỉ mục: 27 đoạn, 27 đoạn mới.",
    ]
    assert second.stdout.splitlines() == [
        "Nội dung: 0 mới, 0 đổi, 0 rút, 3 giữ nguyên.",
        "Chỉ mục: 27 đoạn, 0 đoạn mới.",
    ]


def test_a_rebuild_embeds_everything_again(data: Path) -> None:
    ingest()

    again = ingest("--rebuild")

    assert "Chỉ mục: 27 đoạn, 27 đoạn mới." in again.stdout


def test_bad_content_is_refused_and_changes_nothing(data: Path, content: Path) -> None:
    ingest()
    put(content, PROCEDURE, procedure(feess=[]))

    said = refused()

    assert said == f"{PROCEDURE}: feess: khóa lạ “feess”. Có phải `fees`?"
    put(content, PROCEDURE, procedure())
    assert "0 mới, 0 đổi, 0 rút, 3 giữ nguyên" in ingest().stdout


def test_a_content_folder_that_is_not_there_withdraws_nothing(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest()
    monkeypatch.setenv("CONTENT_DIR", "/khong/co")

    assert refused() == "/khong/co: không có tệp nội dung nào. Kiểm tra đường dẫn (CONTENT_DIR)."


def test_what_staff_changed_is_told_as_a_conflict(engine: Engine, content: Path) -> None:
    ingest()
    mine = procedure(title="Bản của cán bộ")
    with Session(engine) as session, session.begin():
        publish(session, Body(RecordKind.PROCEDURE, mine["id"], NATIONAL, mine, ""), "tran-van-a")
    put(content, PROCEDURE, procedure(title="Bản phát hành mới"))

    result = ingest()

    assert result.exit_code == 0
    assert "Xung đột, giữ bản của cán bộ: dang-ky-tam-tru (national)" in result.stderr


def test_too_little_free_disk_stops_the_command_before_it_writes(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINIMUM_FREE_MB", "999999999")

    said = refused()

    assert "cần ít nhất 999999999 MB (MINIMUM_FREE_MB)" in said
    assert "chưa có gì bị thay đổi" in said
    assert list(data.iterdir()) == []


def test_a_data_folder_that_is_a_file_is_named(data: Path) -> None:
    data.write_text("một tệp")

    assert refused() == f"Không dùng được thư mục {data} (File exists). Kiểm tra DATA_DIR."


def test_a_model_that_is_not_there_leaves_the_index_as_it_is(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest()
    monkeypatch.setenv("EMBEDDING_MODEL", "/khong/co/mo-hinh")

    said = refused()

    assert "Không mở được mô hình “/khong/co/mo-hinh”" in said
    monkeypatch.delenv("EMBEDDING_MODEL")
    assert "0 đoạn mới" in ingest().stdout


class BrokenEmbedding(PackagedEmbedding):
    """The packaged embedding on a machine without memory."""

    def embed_documents(self, texts: list[str]) -> Vectors:
        raise EmbeddingUnavailableError("Mô hình nhúng không tính được: hết bộ nhớ")


@contextmanager
def service(engine: Engine, folder: Path, embedding: Embedder) -> Iterator[LiveKnowledge]:
    """What a running service does with its index."""
    with owning(folder):
        live = LiveKnowledge(engine, VectorIndex.embedded(folder, embedding), poll_seconds=0.05)
        live.start()
        try:
            yield live
        finally:
            live.stop()


def test_work_that_the_service_cannot_do_is_told_with_the_reason(
    engine: Engine, data: Path
) -> None:
    ingest()
    embedding = BrokenEmbedding()

    with service(engine, data / "index", embedding):
        said = refused("--rebuild")

    assert said == "Dịch vụ không làm được: Mô hình nhúng không tính được: hết bộ nhớ"


def test_an_owner_that_does_nothing_is_not_waited_for_without_end(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest()
    monkeypatch.setenv("INGEST_WAIT_SECONDS", "0.3")

    with owning(data / "index"):
        said = refused()

    assert "chưa làm xong sau 0.3 giây (INGEST_WAIT_SECONDS)" in said
    assert "dừng dịch vụ rồi chạy lại" in said


def test_when_the_owner_lets_go_of_the_index_the_command_does_the_work_itself(
    engine: Engine, data: Path, content: Path
) -> None:
    ingest()
    put(content, PROCEDURE, procedure(title="Khai báo tạm trú"))
    owned = threading.Event()

    def own_for_a_while() -> None:
        with owning(data / "index"):
            owned.set()
            time.sleep(0.5)

    other_ingest = threading.Thread(target=own_for_a_while)
    other_ingest.start()
    owned.wait()
    result = ingest()
    other_ingest.join()

    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith("Chỉ mục: 27 đoạn, ")
    with Session(engine) as session:
        assert session.query(IngestJobRow).count() == 0
        assert newest_snapshot(session) is not None


def serve() -> str:
    """What `hoixa serve` says when it does not start."""
    result = CliRunner().invoke(app, ["serve"])
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit), result.exception
    return result.stderr.strip()


def test_the_service_does_not_start_before_the_first_ingest(data: Path) -> None:
    assert serve() == "Chưa có chỉ mục. Chạy `hoixa ingest` trước."


def test_the_service_does_not_start_on_an_index_that_another_process_owns(data: Path) -> None:
    ingest()

    with owning(data / "index"):
        said = serve()

    assert said.startswith(f"Chỉ mục ở {data / 'index'} đang do một tiến trình khác giữ")


@pytest.mark.thorough
def test_run_while_the_service_is_up_the_work_is_handed_to_it_and_answers_at_once(
    data: Path, content: Path
) -> None:
    ingest()
    environment = {name: os.environ[name] for name in ("DATA_DIR", "CONTENT_DIR")}
    environment |= {"MINIMUM_FREE_MB": "0", "POLL_SECONDS": "0.2"}

    with servers.serving(data.parent, environment) as running:
        before = titles(running.url)
        put(content, PROCEDURE, procedure(title="Khai báo tạm trú"))
        put(content, "guides/health_insurance/muc-huong.yaml", guide(id="muc-huong"))
        handed = subprocess.run(
            [servers.hoixa_command(), "ingest", "--rebuild"],
            cwd=data.parent,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        after = titles(running.url)

    assert handed.returncode == 0, handed.stderr
    said = handed.stdout.splitlines()
    assert said[0] == "Nội dung: 1 mới, 1 đổi, 0 rút, 2 giữ nguyên."
    assert said[1] == "Dịch vụ đang chạy và giữ chỉ mục: giao việc cho dịch vụ."
    assert said[2].startswith("Dịch vụ đã cập nhật chỉ mục: ")
    assert before == {"Đăng ký tạm trú", "Mức đóng bảo hiểm y tế hộ gia đình"}
    assert after == before - {"Đăng ký tạm trú"} | {"Khai báo tạm trú"}


def titles(url: str) -> set[str]:
    """The titles that the service shows for the commune."""
    with urllib.request.urlopen(f"{url}/api/v1/communes/hoa-tien/procedures", timeout=10) as reply:
        listed = json.load(reply)
    return {record["title"] for record in listed}
