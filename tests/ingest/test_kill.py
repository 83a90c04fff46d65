"""`kill -9` at any moment of an ingest leaves the old state or the new one, never a mixture."""

from __future__ import annotations

import os
import random
import re
import select
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from knowledge_base.catalogue import CONTENT
from tests.ingest.interrupted import (
    Found,
    Hashes,
    Moment,
    Standing,
    examine,
    ingest_plainly,
    ingest_until,
    kill_an_ingest,
    look,
    steps_of,
)
from tests.ingest.processes import in_another_process
from tests.knowledge_base.records import PROCEDURE, commune, procedure, put
from tests.servers import hoixa_command

pytestmark = pytest.mark.thorough

SEED = 20261121

_RELATED = re.compile(r"^related:.*\n(?:[ -].*\n)*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class World:
    """Two versions of a small content, and an installation that holds the first."""

    a: Path
    b: Path
    data: Path
    hashes: dict[str, Hashes]
    """By version."""


def put_real_content(folder: Path) -> Path:
    """The twelve shortest procedures of the release and a commune."""
    places = sorted(
        (path for path in CONTENT.glob("procedures/*/*.yaml") if path.name.count(".") == 1),
        key=lambda path: (path.stat().st_size, path.name),
    )
    for path in places[:12]:
        copy = folder / path.relative_to(CONTENT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(_RELATED.sub("", path.read_text(encoding="utf-8")), encoding="utf-8")
    put(folder, "communes/da-nang/hoa-tien.yaml", commune())
    return folder


def put_next_version(folder: Path) -> Path:
    """The same content with a record less, three changed, one more and one for the province."""
    gone, *changed = sorted(put_real_content(folder).glob("procedures/*/*.yaml"))[:4]
    gone.unlink()
    for path in changed:
        words = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"(?m)^title: ", "title: Bản mới của ", words), encoding="utf-8")
    put(folder, PROCEDURE, procedure())
    local = {"id": "dang-ky-tam-tru", "scope": "province:da-nang", "title": "Tạm trú ở Đà Nẵng"}
    put(folder, PROCEDURE.replace(".yaml", ".da-nang.yaml"), local)
    return folder


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("world")
    a, b = put_real_content(folder / "a"), put_next_version(folder / "b")
    in_another_process(ingest_plainly, folder / "at-a", a)
    in_another_process(ingest_plainly, folder / "at-b", b)
    standing = {name: in_another_process(look, folder / f"at-{name}") for name in "ab"}
    hashes = {name: whole(found).hashes for name, found in standing.items()}
    assert hashes["a"] != hashes["b"]
    return World(a, b, folder / "at-a", hashes)


def whole(found: Standing | None) -> Standing:
    assert found is not None
    assert found.chunks > 100 and found.without_vector == 0
    return found


@dataclass(frozen=True, slots=True)
class Attempt:
    """One ingest ended by `kill -9`."""

    landed: str
    """The step that it was in."""
    found: Found


def attempts(
    folder: Path,
    content: Path,
    start: Path | None,
    count: int,
    *,
    meet: tuple[str, ...] = (),
    rebuild: bool = False,
) -> list[Attempt]:
    """End an ingest at ``count`` moments, spread at random over its steps.

    Each begins from a copy of ``start``, or from nothing. The kinds of steps to ``meet`` are met
    for certain: some are few beside the others.
    """
    chance = random.Random(SEED)

    def fresh(name: str) -> Path:
        data = folder / name
        if start is not None:
            shutil.copytree(start, data)
        return data

    undisturbed = folder / "undisturbed.diary"
    in_another_process(ingest_until, None, undisturbed, fresh("undisturbed"), content, rebuild)
    steps = steps_of(undisturbed)
    # every other one at once, so that each kind of step is met
    moments = [
        Moment(
            1 + int((number + chance.random()) * len(steps) / count),
            chance.expovariate(200) if number % 2 else 0,
        )
        for number in range(count)
    ]
    moments[0] = Moment(1, 0)  # the first step is short beside all the others
    for place, kind in enumerate(meet):
        moments[2 * place + 2] = Moment(1 + steps.index(kind), 0)

    def attempt(number: int) -> Attempt:
        data, diary = fresh(f"data-{number}"), folder / f"{number}.diary"
        landed = kill_an_ingest(moments[number], diary, data, content, rebuild=rebuild)
        again = content if number % 4 == 3 or number == count - 1 else None
        return Attempt(landed, in_another_process(examine, data, again))

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(attempt, range(count)))


def test_an_update_killed_at_twenty_moments_answers_from_the_old_state_or_the_new(
    world: World, tmp_path: Path
) -> None:
    old, new = world.hashes["a"], world.hashes["b"]

    made = attempts(tmp_path, world.b, world.data, 20, meet=("revisions", "vectors"))

    for attempt in made:
        standing = whole(attempt.found.standing)
        assert standing.hashes in (old, new), attempt.landed
        assert attempt.found.answered in (standing.hashes, new)
    assert_completed(made, new)
    reached = {attempt.found.standing.hashes == new for attempt in made if attempt.found.standing}
    assert reached == {False, True}
    landed = {attempt.landed for attempt in made}
    assert {"revisions", "vectors"} <= landed and {"drop", "dropped"} & landed, landed


def test_a_first_ingest_killed_at_any_moment_answers_from_nothing_or_from_a_whole_state(
    world: World, tmp_path: Path
) -> None:
    made = attempts(tmp_path, world.a, None, 7, meet=("revisions", "vectors"))

    for attempt in made:
        standing = attempt.found.standing
        assert standing is None or whole(standing).hashes == world.hashes["a"], attempt.landed
        assert attempt.found.answered == (standing and standing.hashes)
    assert_completed(made, world.hashes["a"])
    assert {"tables", "revisions", "vectors"} <= {attempt.landed for attempt in made}


def test_a_rebuild_killed_at_any_moment_leaves_one_whole_index(
    world: World, tmp_path: Path
) -> None:
    made = attempts(tmp_path, world.a, world.data, 4, rebuild=True)

    for attempt in made:
        assert whole(attempt.found.standing).hashes == world.hashes["a"], attempt.landed
    assert_completed(made, world.hashes["a"])
    assert "vectors" in {attempt.landed for attempt in made}


def assert_completed(made: list[Attempt], wanted: Hashes) -> None:
    """Every ingest that followed a killed one left the whole new state and nothing else."""
    again = [whole(attempt.found.completed) for attempt in made if attempt.found.completed]
    assert made[-1].found.completed is not None
    assert all((standing.hashes, standing.stale) == (wanted, 0) for standing in again)


def start_command(data: Path, content: Path) -> subprocess.Popen[bytes]:
    settings = {"DATA_DIR": str(data), "CONTENT_DIR": str(content), "MINIMUM_FREE_MB": "0"}
    return subprocess.Popen(
        [hoixa_command(), "ingest"],
        cwd=data.parent,
        env=os.environ | settings | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def wait_for_tables(process: subprocess.Popen[bytes], data: Path) -> None:
    while process.poll() is None and not (data / "hoixa.db").exists():
        time.sleep(0.001)


def wait_for_revisions(process: subprocess.Popen[bytes], _data: Path) -> None:
    """Until the command says that the revisions are there; the index comes next."""
    assert process.stdout is not None
    select.select([process.stdout], [], [], 60)


def test_the_command_itself_may_be_killed(world: World, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    plans = [(None, wait_for_tables), (None, wait_for_revisions), (world.data, wait_for_revisions)]

    def killed(number: int) -> tuple[Hashes | None, Found]:
        start, wait = plans[number]
        data = tmp_path / str(number)
        if start is not None:
            shutil.copytree(start, data)
        with start_command(data, world.b) as process:
            wait(process, data)
            time.sleep(chance.uniform(0, 0.4))
            process.kill()
        assert process.returncode == -9
        before = world.hashes["a"] if start else None
        return before, in_another_process(examine, data, world.b)

    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(killed, range(len(plans))))

    for before, found in results:
        stood = found.standing and whole(found.standing).hashes
        assert stood in (before, world.hashes["b"])
        completed = whole(found.completed)
        assert (completed.hashes, completed.stale) == (world.hashes["b"], 0)
