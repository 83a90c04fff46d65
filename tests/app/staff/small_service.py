"""The whole service on a handful of made-up records: publishing and trying take half a second."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.main import Stores, open_service, open_stores
from app.records.audit import AuditRow
from app.records.draft import Draft, DraftOrigin, NewDraft
from app.staff.service import StaffService
from ingest.sync import make_snapshot, sync_content, today
from knowledge_base.catalogue import Body
from knowledge_base.record import RecordKind
from knowledge_base.revisions import Key, load_release
from tests.database import put_database
from tests.knowledge_base.records import commune, guide, procedure, put
from tests.service import settings_in

Data = dict[str, Any]
PATIENCE_SECONDS = 60
FEE = "lệ phí đăng ký tạm trú bao nhiêu"
RECORD = ("procedure", "dang-ky-tam-tru", "national")
LEVELS = "muc-dong-bhyt"


@dataclass(frozen=True, slots=True)
class Small:
    """A running service and what it stands on."""

    app: FastAPI
    stores: Stores

    @property
    def staff(self) -> StaffService:
        """The officers' side."""
        staff: StaffService = self.app.state.staff
        return staff

    def draft(
        self, change: Callable[[Data], object], by: str, key: Key = RECORD, area: str | None = None
    ) -> Draft:
        """A draft of a record with a change saved; proposed by an area, where one is given."""
        draft = self.staff.drafts.begin_from_record(key, by, area)
        data = deepcopy(dict(draft.data))
        change(data)
        return self.staff.drafts.save(draft.id, data, draft.version, by)

    def new_draft(self, data: Data, scope: str, by: str) -> Draft:
        """A draft of a version that is not there yet."""
        new = NewDraft(RecordKind.PROCEDURE, data["id"], scope, data, origin=DraftOrigin.EMPTY)
        return self.staff.drafts.begin(new, by)

    def publish(self, change: Callable[[Data], object], by: str, key: Key = RECORD) -> int:
        """Publish a change without a page."""
        draft = self.draft(change, by, key)
        return self.staff.publishing.publish(
            draft.body, by, base=draft.base_revision_id, draft_id=draft.id
        )

    def answer(self, question: str = FEE, where: str = "hoa-tien") -> str:
        """What a resident reads."""
        site = TestClient(self.app)
        reply = site.post(f"/api/v1/communes/{where}/answers", json={"question": question})
        return str(reply.json()["text"])

    def release(self, change: Callable[[Data], object], key: Key = RECORD) -> None:
        """A release that changes one record."""
        bodies = []
        for body in self.staff.live.edition().catalogue.bodies:
            data = deepcopy(dict(body.data))
            if body.key == key:
                change(data)
            bodies.append(replace(body, data=data))
        with Session(self.stores.engine) as session, session.begin():
            load_release(session, bodies)

    def live_body(self, key: Key = RECORD) -> Body:
        """What is published of a record."""
        return next(one for one in self.staff.live.edition().catalogue.bodies if one.key == key)

    def audited(self) -> list[str]:
        """Every action written down, the oldest first."""
        with Session(self.stores.engine) as session:
            rows = session.query(AuditRow).order_by(AuditRow.number)
            return [row.action for row in rows]

    def tried(self, browser: TestClient, path: str, data: Data) -> str:
        """Start a trial by a form and wait for it; the page that it leads to."""
        begun = browser.post(path, data=data)
        assert begun.status_code == 303, begun.text
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            told = browser.get(f"{begun.headers['location']}.json").json()
            if not told["open"]:
                assert told["state"] == "done", told
                return str(told["url"])
            assert time.monotonic() < deadline, "the trial never ended"
            time.sleep(0.05)


@contextlib.contextmanager
def small_service(folder: Path, **settings: object) -> Iterator[Small]:
    """A service with one procedure, one guide at three levels, and two communes."""
    content = folder / "content"
    questions = procedure()["questions"]
    questions[3] |= {"text": FEE, "facts": ["7.000 đồng"]}
    put(
        content,
        "procedures/residence/dang-ky-tam-tru.yaml",
        procedure(questions=questions, related=[LEVELS]),
    )
    put(content, f"guides/health_insurance/{LEVELS}.yaml", guide())
    put(
        content,
        f"guides/health_insurance/{LEVELS}.da-nang.yaml",
        {"id": LEVELS, "scope": "province:da-nang", "title": "Mức đóng bảo hiểm y tế ở Đà Nẵng"},
    )
    put(
        content,
        f"guides/health_insurance/{LEVELS}.hoa-tien.yaml",
        {"id": LEVELS, "scope": "commune:hoa-tien", "aliases": ["bảo hiểm y tế Hòa Tiến"]},
    )
    put(content, "communes/da-nang/hoa-tien.yaml", commune())
    put(content, "communes/da-nang/ba-na.yaml", commune(id="ba-na", code="20317", name="Bà Nà"))
    made = settings_in(
        folder / "data",
        **{"content_dir": content, "poll_seconds": 0.2, "trial_neighbours": 4, **settings},
    )
    put_database(made.data_dir / "hoixa.db")
    with open_stores(made) as stores:
        sync_content(stores.engine, content)
        make_snapshot(stores.engine, stores.vectors, today())
        with open_service(made, stores) as app:
            yield Small(app, stores)


def new_fee(data: Data) -> None:
    """7.000 → 8.500 đồng, online."""
    data["fees"][1]["amount"] = 8500
