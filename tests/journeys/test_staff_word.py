"""What staff publish is in the very next answer, survives a release, and can be undone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.main import Stores, open_service, open_stores
from ingest.sync import make_snapshot, today
from knowledge_base.catalogue import Body
from knowledge_base.revisions import load_release, publish, published
from tests.service import ingested_copy, release, settings_in

RECORD = ("procedure", "dang-ky-tam-tru", "national")
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    folder = ingested_copy(tmp_path_factory.mktemp("staff"))
    with open_stores(settings_in(folder)) as stores:
        yield stores


@pytest.fixture(scope="module")
def site(stores: Stores) -> Iterator[TestClient]:
    settings = settings_in(Path("khong-dung"), poll_seconds=0.05)
    with open_service(settings, stores) as app:
        yield TestClient(app)


def body() -> Body:
    return next(body for body in release().bodies if body.key == RECORD)


def with_online_fee(amount: int) -> Body:
    data: dict[str, Any] = deepcopy(dict(body().data))
    for fee in data["fees"]:
        if fee["amount"] == 7000:
            fee["amount"] = amount
    return replace(body(), data=data)


def fee_now(site: TestClient) -> str:
    answer = site.post(
        "/api/v1/communes/hoa-tien/answers",
        json={"question": "lệ phí đăng ký tạm trú online bao nhiêu"},
    ).json()
    assert answer["procedure"]["id"] == "dang-ky-tam-tru"
    assert answer["citations"][0]["quote"].split("\n")[0] == answer["text"].split(" [1]")[0]
    return str(answer["text"])


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.3)  # asking takes the time that publishing needs


def test_what_an_officer_publishes_is_in_the_next_answer_and_outlives_a_release(
    site: TestClient, stores: Stores
) -> None:
    assert "7.000 đồng" in fee_now(site)

    with Session(stores.engine) as session, session.begin():
        publish(session, with_online_fee(8500), "editor", note="tăng từ 1/12")
    wait_until(lambda: "8.500 đồng" in fee_now(site))
    assert "7.000 đồng" not in fee_now(site)

    # the same release again: nothing to do
    with Session(stores.engine) as session, session.begin():
        report = load_release(session, release().bodies)
    assert (report.changed, report.added, report.conflicts) == (0, 0, ())

    # a release that changes the record too: staff decide, residents keep the officer's word
    others = [other for other in release().bodies if other.key != RECORD]
    with Session(stores.engine) as session, session.begin():
        report = load_release(session, [*others, with_online_fee(9900)])
    make_snapshot(stores.engine, stores.vectors, today())
    assert report.conflicts == ("dang-ky-tam-tru (national)",)
    assert "8.500 đồng" in fee_now(site)
    with Session(stores.engine) as session:
        authors = {found.body.key: found.author for found in published(session, today())}
    assert authors[RECORD] == "editor"

    # and it can be undone
    with Session(stores.engine) as session, session.begin():
        publish(session, body(), "editor", note="hoàn lại")
    wait_until(lambda: "7.000 đồng" in fee_now(site))


def test_a_revision_that_contradicts_itself_never_answers(site: TestClient, stores: Stores) -> None:
    """A fee whose source is missing must not take the service down, nor be shown."""
    broken = with_online_fee(1234)
    dict(broken.data)["fees"][0]["source"] = "khong-co"

    with Session(stores.engine) as session, session.begin():
        publish(session, broken, "editor")
    wait_until(lambda: site.get("/health/ready").status_code == 503)

    assert "7.000 đồng" in fee_now(site)
    with Session(stores.engine) as session, session.begin():
        publish(session, body(), "editor")
    wait_until(lambda: site.get("/health/ready").status_code == 200)
    assert "7.000 đồng" in fee_now(site)
