"""`kill -9`, a full disk or an ingest beside it: a publish is whole, or was never there."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.app.records import interrupted_publish as interrupted
from tests.app.records.interrupted_publish import Found, Kept
from tests.ingest.interrupted import Moment, look, steps_of
from tests.ingest.processes import in_another_process
from tests.ingest.small_disk import SmallDisk
from tests.knowledge_base.records import PROCEDURE, procedure, put, put_small_content
from tests.servers import hoixa_command

pytestmark = pytest.mark.thorough

SEED = 20261122
KILLS = 20


@dataclass(frozen=True, slots=True)
class World:
    """An installation with a draft that waits to be published."""

    data: Path
    content: Path
    draft: int


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("world")
    content = put_small_content(folder / "content")
    draft = in_another_process(interrupted.begin, folder / "data", content)
    return World(folder / "data", content, draft)


def test_a_publish_killed_at_twenty_moments_is_whole_or_was_never_there(
    world: World, tmp_path: Path
) -> None:
    old = in_another_process(look, world.data)
    undisturbed = tmp_path / "undisturbed.diary"
    whole = shutil.copytree(world.data, tmp_path / "undisturbed")
    in_another_process(interrupted.publish_until, None, undisturbed, whole, world.draft)
    new = in_another_process(look, whole)
    assert old is not None and new is not None and old.hashes != new.hashes
    steps, chance = len(steps_of(undisturbed)), random.Random(SEED)
    # every other one at once, so that each kind of step is met
    moments = [
        Moment(
            1 + int((number + chance.random()) * steps / KILLS),
            chance.expovariate(200) if number % 2 else 0,
        )
        for number in range(KILLS)
    ]

    def attempt(number: int) -> tuple[str, Found]:
        data = shutil.copytree(world.data, tmp_path / f"data-{number}")
        diary = tmp_path / f"{number}.diary"
        landed = interrupted.kill_a_publish(moments[number], diary, data, world.draft)
        return landed, in_another_process(interrupted.examine, data, world.draft)

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(attempt, range(KILLS)))

    for landed, found in made:
        kept = found.kept
        assert kept in (Kept(False, False, 0, True), Kept(True, True, 1, True)), landed
        assert found.standing.hashes in (old.hashes, new.hashes), landed
        assert found.standing.without_vector == 0, landed
        assert found.answered == found.standing.hashes, landed
        assert kept.revised or found.answered == old.hashes, landed
        assert found.again == ("closed" if kept.closed else "published"), landed
        assert found.kept_then == Kept(True, True, 1, True)
        completed = found.completed
        assert (completed.hashes, completed.without_vector) == (new.hashes, 0)
        # what the old text left goes with the next snapshot, and is found by nobody until then
        assert completed.stale == 0 or found.again == "closed"
    reached = {(found.kept.revised, found.answered == new.hashes) for _, found in made}
    assert reached == {(False, False), (True, False), (True, True)}
    landed_in = {landed for landed, _ in made}
    assert {"revisions", "vectors", "audit"} <= landed_in, landed_in


@pytest.mark.parametrize("left", [4_000, 40_000, 12_000_000])
def test_on_a_full_disk_the_officer_is_told_and_nothing_is_half_there(
    world: World, tmp_path: Path, left: int
) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    disk = SmallDisk(folder)
    try:
        data = shutil.copytree(world.data, folder / "data")

        first, second = in_another_process(
            interrupted.publish_through_a_full_disk, data, world.draft, left, disk.mounted
        )

        assert first.startswith(("refused", "late")), first
        assert disk.says_so(first) or not disk.mounted, first
        assert second == ("shown" if first.startswith("refused") else "closed")
    finally:
        disk.close()


def test_an_officer_who_publishes_while_hoixa_ingest_runs_has_the_last_word(
    world: World, tmp_path: Path
) -> None:
    data = shutil.copytree(world.data, tmp_path / "data")
    content = put_small_content(tmp_path / "content")
    put(content, PROCEDURE, procedure(title="Tạm trú của bản phát hành"))
    settings = {"DATA_DIR": str(data), "CONTENT_DIR": str(content), "MINIMUM_FREE_MB": "0"}
    titles = [f"Mức đóng, lần {number}" for number in range(12)]

    with ThreadPoolExecutor(1) as pool:
        service = pool.submit(in_another_process, interrupted.publish_guides, data, titles)
        ingests = [
            subprocess.run(
                [hoixa_command(), "ingest"],
                env=os.environ | settings,
                capture_output=True,
                text=True,
                check=False,
            )
            for _ in range(2)
        ]
        answers = service.result()

    assert answers["muc-dong-bhyt"] == titles[-1]
    said = [f"{one.returncode} {one.stdout} {one.stderr}" for one in ingests]
    assert all(one.returncode == 0 for one in ingests), said
    after = in_another_process(look, data)
    assert after is not None
    assert (after.without_vector, after.stale) == (0, 0)
