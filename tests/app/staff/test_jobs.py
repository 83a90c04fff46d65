"""The page of a long work: who sees it, who stops it, and what is left of it then."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from app.records.accounts import Account, Role
from app.records.audit import AuditFilter
from app.records.jobs import Job, JobProgress, JobResult, JobState
from app.staff.access import Permission
from app.staff.desk import area_of
from app.staff.reading import Brought
from tests.app.staff.small_service import Small, small_service
from tests.officers import client_for, new_officer, officer_client

HERE = "/staff/commune:hoa-tien"
HOA_TIEN = "commune:hoa-tien"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    with small_service(tmp_path_factory.mktemp("jobs")) as small:
        yield small


@pytest.fixture(scope="module")
def lan(small: Small) -> Account:
    return new_officer(small.app, Role.EDITOR, HOA_TIEN)


class Work:
    """Goes on until it is stopped, or the test ends."""

    def __init__(self, small: Small, by: str, needs: Permission = Permission.SEE) -> None:
        self.begun, self.enough = threading.Event(), threading.Event()
        self._jobs = small.staff.jobs
        self.id = self._jobs.start("test", HOA_TIEN, by, "Một việc dài", self._do, needs=needs)

    def _do(self, progress: JobProgress) -> JobResult:
        while not self.enough.is_set():
            progress(1, 4, "Đang làm bước 1")
            self.begun.set()
            time.sleep(0.01)
        return JobResult("Xong.")

    def ended(self) -> Job:
        """The job once it has ended."""
        for _ in range(1000):
            found = self._jobs.find(self.id)
            assert found is not None
            if not found.is_open:
                return found
            time.sleep(0.01)
        raise AssertionError("it does not end")


@pytest.fixture
def work(small: Small, lan: Account) -> Iterator[Work]:
    """Lan's, running."""
    work = Work(small, lan.username)
    assert work.begun.wait(20)
    yield work
    work.enough.set()


def test_who_began_it_stops_it(small: Small, lan: Account, work: Work) -> None:
    browser, path = client_for(small.app, lan), f"{HERE}/jobs/{work.id}"
    assert "Dừng việc này</button>" in browser.get(path).text

    told = browser.post(f"{path}/stop")
    assert (told.status_code, told.headers["location"]) == (303, path)
    assert work.ended().state is JobState.STOPPED

    page = browser.get(path).text
    assert "Đã dừng" in page
    assert f"Cán bộ {lan.username} đã yêu cầu dừng." in page
    assert "Dừng việc này</button>" not in page
    assert browser.get(f"{path}.json").json()["state"] == "stopped"
    assert "Đã dừng" in browser.get(f"{HERE}/jobs").text
    rows = small.staff.audit.each(AuditFilter(subject=f"job:{work.id}"))
    assert [(row.entry.action, row.entry.by) for row in rows] == [("job.stopped", lan.username)]
    assert browser.post(f"{path}/stop").status_code == 303, "it has ended, and stays so"


@pytest.mark.parametrize(
    ("role", "bound_to", "status"),
    [
        pytest.param(Role.COMMUNE_ADMIN, HOA_TIEN, 303, id="the commune's administrator"),
        pytest.param(Role.PROVINCE_ADMIN, "province:da-nang", 303, id="the province's"),
        pytest.param(Role.EDITOR, HOA_TIEN, 403, id="a colleague"),
        pytest.param(Role.ANALYST, HOA_TIEN, 403, id="who only sees figures"),
    ],
)
def test_an_administrator_stops_what_colleagues_do_not(
    small: Small, work: Work, role: Role, bound_to: str, status: int
) -> None:
    browser, path = officer_client(small.app, role, bound_to), f"{HERE}/jobs/{work.id}"

    offered = "Dừng việc này</button>" in browser.get(path).text
    told = browser.post(f"{path}/stop").status_code

    assert (told, offered) == (status, status == 303)
    if status == 303:
        assert work.ended().state is JobState.STOPPED
    else:
        found = small.staff.jobs.find(work.id)
        assert found is not None
        assert found.stop_by is None


def test_what_somebody_does_not_see_they_do_not_stop(small: Small, lan: Account) -> None:
    work = Work(small, lan.username, Permission.EDIT)
    assert work.begun.wait(20)
    analyst = officer_client(small.app, Role.ANALYST, HOA_TIEN)
    elsewhere = officer_client(small.app, Role.COMMUNE_ADMIN, "commune:ba-na")

    assert analyst.post(f"{HERE}/jobs/{work.id}/stop").status_code == 404
    assert elsewhere.post(f"/staff/commune:ba-na/jobs/{work.id}/stop").status_code == 404
    work.enough.set()
    assert work.ended().state is JobState.DONE


def test_who_lost_the_permission_sees_nothing_of_what_they_began(small: Small) -> None:
    account = new_officer(small.app, Role.COMMUNE_ADMIN, HOA_TIEN)
    work = Work(small, account.username, Permission.KEEP)
    work.enough.set()
    work.ended()
    file_id = small.staff.files.add(
        "a.zip", "application/zip", b"PK", HOA_TIEN, account.username, needs=Permission.KEEP
    )
    paths = (f"{HERE}/jobs/{work.id}", f"{HERE}/files/{file_id}")
    browser = client_for(small.app, account)
    assert [browser.get(path).status_code for path in paths] == [200, 200]

    small.staff.accounts.change(
        account.id,
        "x",
        HOA_TIEN,
        name=account.name,
        role=Role.ANALYST,
        bound_to=account.bound_to,
        linked_to=account.linked_to,
    )

    browser = client_for(small.app, account)
    assert [browser.get(path).status_code for path in paths] == [404, 404]


def test_stopping_an_import_leaves_no_files_that_nobody_will_read(
    small: Small, lan: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = threading.Event()

    def slow(path: Any, limits: Any, watch: Any) -> Any:
        while True:
            watch(0, 9)
            reading.set()
            time.sleep(0.01)

    monkeypatch.setattr("app.staff.reading.read_document", slow)
    ids = [
        small.staff.files.add(name, "text/html", b"<p>a</p>", HOA_TIEN, lan.username, needs="edit")
        for name in ("a.html", "b.html")
    ]
    area, browser = area_of(small.staff, HOA_TIEN), client_for(small.app, lan)
    assert area is not None
    doing = small.staff.documents.work([Brought(one, one) for one in ids], area, lan.username)
    job_id = small.staff.jobs.start("documents", HOA_TIEN, lan.username, "Đọc", doing, needs="edit")
    assert reading.wait(20)

    browser.post(f"{HERE}/jobs/{job_id}/stop")
    for _ in range(1000):
        found = small.staff.jobs.find(job_id)
        if found is not None and not found.is_open:
            break
        time.sleep(0.01)

    assert found is not None
    assert found.state is JobState.STOPPED
    assert [small.staff.files.find(one) for one in ids] == [None, None]
