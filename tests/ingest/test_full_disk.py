"""A disk that is full: a clear message, what was there keeps answering, and room is enough."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.main import open_stores
from ingest.live import LiveKnowledge
from ingest.sync import make_snapshot, sync_content, today
from knowledge_base.index import VectorStoreFullError
from tests.ingest.interrupted import Hashes, hashes_of, look, settings_of, standing
from tests.ingest.processes import in_another_process
from tests.ingest.small_disk import SmallDisk
from tests.knowledge_base.records import PROCEDURE, procedure, put, put_small_content

pytestmark = pytest.mark.thorough


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    disk = SmallDisk(folder)
    yield disk
    disk.close()


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return put_small_content(tmp_path / "content")


def run(data: Path, content: Path, limited: bool) -> tuple[int, str]:
    """`hoixa ingest`: its exit code and what it says."""
    if limited:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    settings = {"DATA_DIR": str(data), "CONTENT_DIR": str(content), "MINIMUM_FREE_MB": "0"}
    result = CliRunner().invoke(app, ["ingest"], env=settings)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def ingest(disk: SmallDisk, content: Path) -> tuple[int, str]:
    return in_another_process(run, disk.folder / "data", content, disk.limited)


def answers_of(data: Path) -> tuple[Hashes, int]:
    """What a service that starts now answers from, and how many neighbours it finds."""
    with open_stores(settings_of(data)) as stores:
        live = LiveKnowledge(stores.engine, stores.vectors, poll_seconds=3600, clock=today)
        edition = live._load()  # its thread would try to make the new state answer
        found = live.nearest(edition, "đăng ký tạm trú", "hoa-tien", 3)
        return hashes_of(edition.catalogue), len(found)


@pytest.mark.parametrize("left", [60_000, 12_000_000])
def test_an_ingest_on_a_full_disk_says_so_changes_nothing_and_is_completed_with_room(
    disk: SmallDisk, content: Path, left: int
) -> None:
    ingest(disk, content)
    data = disk.folder / "data"
    before = in_another_process(look, data)
    assert before is not None
    many = [{"text": f"hỏi tạm trú lần {number}", "section": "fee"} for number in range(300)]
    put(content, PROCEDURE, procedure(title="Bản mới", questions=many))
    disk.fill(left)

    code, said = ingest(disk, content)
    answered = in_another_process(answers_of, data)
    disk.clear()
    again, _ = ingest(disk, content)

    assert code == 1
    assert disk.says_so(said), said
    assert answered == (before.hashes, 3)
    after = in_another_process(look, data)
    assert again == 0
    assert after is not None
    assert after.hashes != before.hashes
    assert (after.without_vector, after.stale) == (0, 0)


def serve_through(data: Path, content: Path) -> tuple[list[int], bool, int]:
    """A service whose disk somebody else fills while it writes vectors, and then clears.

    How many neighbours it finds before, during and after; whether it named the full disk; how many
    vectors are missing in the end.
    """
    filler = data.parent / "filler"

    def fill(_done: int, _total: int) -> None:
        with filler.open("ab") as file, suppress(OSError):
            while True:
                file.write(bytes(4096))
                file.flush()

    def found() -> int:
        return len(live.nearest(live.edition(), "đăng ký tạm trú", "hoa-tien", 3))

    with open_stores(settings_of(data)) as stores:
        live = LiveKnowledge(stores.engine, stores.vectors, poll_seconds=3600, clock=today)
        live._load()
        neighbours = [found()]
        sync_content(stores.engine, content)
        try:
            make_snapshot(stores.engine, stores.vectors, today(), progress=fill)
        except VectorStoreFullError:
            named = True
        else:
            named = False
        neighbours.append(found())
        filler.unlink()
        make_snapshot(stores.engine, stores.vectors, today())
        neighbours.append(found())
        after = standing(stores)
        assert after is not None
        return neighbours, named, after.without_vector


def test_a_service_whose_disk_fills_up_while_it_writes_answers_on_and_recovers_without_a_restart(
    disk: SmallDisk, content: Path
) -> None:
    if not disk.mounted:
        return  # there is no disk that may be filled
    ingest(disk, content)
    many = [{"text": f"hỏi tạm trú lần {number}", "section": "fee"} for number in range(600)]
    put(content, PROCEDURE, procedure(title="Bản mới", questions=many))

    neighbours, named, without_vector = in_another_process(
        serve_through, disk.folder / "data", content
    )

    assert named
    assert neighbours in ([3, 0, 3], [3, 3, 3])
    assert without_vector == 0


def test_the_first_ingest_on_a_full_disk_leaves_nothing_behind_that_stops_the_next(
    disk: SmallDisk, content: Path
) -> None:
    disk.fill(30_000)

    code, said = ingest(disk, content)
    disk.clear()

    assert code == 1
    assert disk.says_so(said), said
    assert ingest(disk, content)[0] == 0
