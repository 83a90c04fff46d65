"""What is set for officers' sign-in reaches what obeys it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from app.records.accounts import Accounts, NewAccount, Role
from app.records.audit import AuditLog
from app.records.sessions import SignInMethod, StaffSessions
from app.settings import Settings
from app.staffing import session_limits, signing_key
from tests.app.staff.small_service import small_service
from tests.database import new_database
from tests.officers import PASSWORD, new_officer

KEY = "a" * 32


def test_sessions_last_as_long_as_is_set_and_are_signed_with_the_key_that_is_set(
    tmp_path: Path,
) -> None:
    engine = new_database(tmp_path / "x.db")
    linked = NewAccount("hoa", "Hoa", Role.EDITOR, ("national",), "hoa@xa")
    officer = Accounts(engine, AuditLog(engine)).add(linked, "x", "national").id
    begun = datetime.now(UTC)
    settings = Settings.model_validate(
        {"staff_idle_minutes": 10, "staff_session_hours": 1, "secret_key": KEY}
    )

    def sessions(minutes: float, changed: Settings = settings) -> StaffSessions:
        def now() -> datetime:
            return begun + timedelta(minutes=minutes)

        return StaffSessions(engine, signing_key(changed, engine), session_limits(changed), now)

    idle, used = (sessions(0).open(officer, SignInMethod.PASSWORD) for _ in range(2))
    other = Settings.model_validate({"secret_key": "b" * 32})
    assert sessions(0, other).find(used) is None
    for minutes in range(9, 60, 9):
        assert sessions(minutes).find(used) is not None
    assert sessions(10).find(idle) is None
    assert sessions(60).find(used) is None
    engine.dispose()


def test_how_long_a_browser_is_known_reaches_the_pages(tmp_path: Path) -> None:
    with small_service(tmp_path, known_browser_days=3) as small:
        officer = new_officer(small.app, Role.EDITOR, "commune:hoa-tien", password=PASSWORD)
        told = TestClient(small.app).post(
            "/staff/sign-in",
            data={"username": officer.username, "password": PASSWORD},
            follow_redirects=False,
        )

    assert "Max-Age=259200; Path=/staff/sign-in" in told.headers["set-cookie"]


def test_a_short_key_is_refused_without_being_shown() -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({"secret_key": "ngan-qua-mat"})

    assert "SECRET_KEY" in str(caught.value)
    assert "ngan-qua-mat" not in str(caught.value)
