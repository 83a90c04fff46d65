"""Days off, notices and the switch: who entered them, whom they reach, and when they end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from app.records.audit import AuditFilter, AuditLog
from app.records.closures import Closures, NewClosure, UnknownClosureError, WrongClosureError
from app.records.notices import Level, NewNotice, Notices, UnknownNoticeError, WrongNoticeError
from app.records.switches import NoReasonError, Switches
from knowledge_base.commune import Commune, Weekday
from tests.database import new_database
from tests.fakes import COMMUNE_DATA

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=VIETNAM)
COMMUNE = Commune.model_validate(COMMUNE_DATA)
NATIONAL, PROVINCE, OWN = COMMUNE.scopes
BY = "lan"


def told(engine: Engine) -> list[tuple[str, str]]:
    page = AuditLog(engine).page(AuditFilter(), 0, 50)
    return [(one.entry.action, one.entry.scope) for one in reversed(page)]


@pytest.fixture
def closures(engine: Engine) -> Closures:
    return Closures(engine, AuditLog(engine), most_days=30, clock=lambda: DAY)


@pytest.fixture
def notices(engine: Engine) -> Notices:
    return Notices(engine, AuditLog(engine), most_characters=100, most_days=7, clock=lambda: NOON)


def closed(scope: str, day: date, words: str = "Nghỉ lễ hội", **more: object) -> NewClosure:
    return NewClosure(scope, day, day, words, **more)  # type: ignore[arg-type]


def test_a_day_that_officers_entered_is_in_the_calendar(engine: Engine, closures: Closures) -> None:
    closures.add(NewClosure(OWN, date(2026, 12, 1), date(2026, 12, 3), "Nghỉ sửa trụ sở"), BY)

    calendar = closures.calendar(COMMUNE)

    found = calendar(date(2026, 12, 2))
    assert found is not None
    assert (found.name, found.certain, found.works_as) == ("sửa trụ sở", True, None)
    assert calendar(date(2026, 11, 30)) is None
    assert calendar(date(2026, 12, 4)) is None
    assert told(engine) == [("closure.added", OWN)]


def test_public_holidays_are_there_without_being_entered(closures: Closures) -> None:
    found = closures.calendar(COMMUNE)(date(2027, 1, 1))

    assert found is not None
    assert found.name == "Tết Dương lịch"


def test_the_narrowest_area_knows_best_then_what_was_entered_last(closures: Closures) -> None:
    day = date(2026, 11, 24)
    closures.add(closed(NATIONAL, day, "Nghỉ Ngày Văn hóa Việt Nam"), BY)
    of_all = closures.calendar(COMMUNE)(day)
    closures.add(closed(OWN, day, "làm việc bình thường", works_as=Weekday.TUE), BY)
    own = closures.calendar(COMMUNE)(day)
    closures.add(closed(OWN, day, "Nghỉ bù"), BY)
    newest = closures.calendar(COMMUNE)(day)

    assert of_all is not None and of_all.certain and of_all.works_as is None
    assert own is not None and own.works_as is Weekday.TUE
    assert newest is not None and newest.name == "bù"


def test_another_communes_days_are_not_ours(closures: Closures) -> None:
    closures.add(closed("commune:khac", date(2026, 12, 1)), BY)

    assert closures.calendar(COMMUNE)(date(2026, 12, 1)) is None


def test_days_taken_back_hold_no_longer_and_can_be_restored(
    engine: Engine, closures: Closures
) -> None:
    day = date(2026, 12, 1)
    one = closures.add(closed(OWN, day), BY)

    closures.remove(one, [OWN], BY)
    assert closures.calendar(COMMUNE)(day) is None
    closures.restore(one, [OWN], BY)

    assert closures.calendar(COMMUNE)(day) is not None
    assert [action for action, _ in told(engine)] == [
        "closure.added",
        "closure.removed",
        "closure.restored",
    ]
    with pytest.raises(UnknownClosureError):
        closures.remove(one, ["commune:khac"], BY)


def test_days_that_cannot_be_meant_are_refused(closures: Closures) -> None:
    with pytest.raises(WrongClosureError, match="đứng trước"):
        NewClosure(OWN, date(2026, 12, 2), date(2026, 12, 1), "Nghỉ")
    with pytest.raises(WrongClosureError, match="lý do"):
        closed(OWN, DAY, "  ")
    with pytest.raises(WrongClosureError, match="120"):
        closed(OWN, DAY, "x" * 121)
    with pytest.raises(WrongClosureError, match="30 ngày"):
        closures.add(NewClosure(OWN, DAY, date(2027, 11, 22), "Nghỉ Tết"), BY)


def test_without_the_database_the_public_holidays_still_hold(tmp_path: Path) -> None:
    engine = new_database(tmp_path / "x.db")
    closures = Closures(engine, AuditLog(engine), clock=lambda: DAY)
    engine.dispose()
    (tmp_path / "x.db").write_bytes(b"not a database at all, but long enough to look like one" * 50)

    assert closures.calendar(COMMUNE)(date(2027, 1, 1)) is not None


def notice(**more: object) -> NewNotice:
    whole: dict[str, object] = {
        "scope": OWN,
        "level": Level.WARNING,
        "words": "Bão số 9: trụ sở đóng cửa chiều nay, gọi 0236 3 846 123.",
        "english": None,
        "starts_at": NOON,
        "ends_at": NOON + timedelta(hours=6),
        **more,
    }
    return NewNotice(**whole)  # type: ignore[arg-type]


def test_a_notice_is_shown_from_its_beginning_to_its_end(engine: Engine, notices: Notices) -> None:
    notices.add(notice(), BY)

    def shown(moment: datetime) -> list[str]:
        return [one.entered.words for one in notices.showing(COMMUNE.scopes, moment)]

    assert shown(NOON - timedelta(minutes=1)) == []
    assert shown(NOON) == [notice().words], "its telephone number too"
    assert shown(NOON + timedelta(hours=5, minutes=59)) == [notice().words]
    assert shown(NOON + timedelta(hours=6)) == []
    assert notices.showing(["commune:khac"], NOON) == ()
    assert told(engine) == [("notice.added", OWN)]


def test_the_most_urgent_notice_comes_first(notices: Notices) -> None:
    for level in (Level.WARNING, Level.DANGER, Level.NOTE):
        notices.add(notice(level=level, scope=PROVINCE), BY)

    levels = [one.entered.level for one in notices.showing(COMMUNE.scopes, NOON)]

    assert levels == [Level.DANGER, Level.WARNING, Level.NOTE]


def test_a_notice_ended_by_hand_is_gone_and_says_by_whom(engine: Engine, notices: Notices) -> None:
    one = notices.add(notice(), BY)

    with pytest.raises(UnknownNoticeError):
        notices.end(one, ["commune:khac"], "hoa")
    notices.end(one, [OWN], "hoa")
    notices.end(one, [OWN], "ai khác")

    assert notices.showing(COMMUNE.scopes, NOON + timedelta(minutes=1)) == ()
    [kept] = notices.listed([OWN])
    assert kept.ended_by == "hoa"
    assert [action for action, _ in told(engine)] == ["notice.added", "notice.ended"]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        pytest.param({"words": " "}, "Chưa có nội dung", id="nothing"),
        pytest.param({"words": "x" * 101}, "100 ký tự", id="too long"),
        pytest.param({"english": "x" * 101}, "100 ký tự", id="too long in English"),
        pytest.param({"ends_at": NOON}, "đứng trước", id="ends as it begins"),
        pytest.param(
            {"starts_at": NOON - timedelta(days=2), "ends_at": NOON - timedelta(days=1)},
            "đã qua",
            id="over",
        ),
        pytest.param({"ends_at": NOON + timedelta(days=8)}, "7 ngày", id="for too long"),
    ],
)
def test_a_notice_that_cannot_be_shown_is_refused(
    notices: Notices, more: dict[str, object], reason: str
) -> None:
    with pytest.raises(WrongNoticeError, match=reason):
        notices.add(notice(**more), BY)

    assert notices.listed([OWN]) == ()


def test_a_switch_reaches_its_area_at_once_and_back(engine: Engine) -> None:
    one, other = (Switches(engine, AuditLog(engine)) for _ in range(2))

    one.turn_off(PROVINCE, "Đang cập nhật phí", "Fees are being updated", BY)
    off = other.off(COMMUNE.scopes)

    assert off is not None
    assert (off.scope, off.reason, off.english) == (
        PROVINCE,
        "Đang cập nhật phí",
        "Fees are being updated",
    )
    assert other.off(["national", "province:khac", "commune:khac"]) is None
    one.turn_on(PROVINCE, BY)
    one.turn_on(PROVINCE, BY)
    assert other.off(COMMUNE.scopes) is None
    assert told(engine) == [("assistant.off", PROVINCE), ("assistant.on", PROVINCE)]


def test_the_widest_switch_says_why(engine: Engine) -> None:
    switches = Switches(engine, AuditLog(engine))
    switches.turn_off(OWN, "Xã nghỉ", None, BY)
    switches.turn_off(NATIONAL, "Cả hệ thống nghỉ", None, BY)

    off = switches.off(COMMUNE.scopes)

    assert off is not None and off.reason == "Cả hệ thống nghỉ"
    switches.turn_on(NATIONAL, BY)
    off = switches.off(COMMUNE.scopes)
    assert off is not None and off.reason == "Xã nghỉ"


@pytest.mark.parametrize("reason", ["", "  ", "x" * 11])
def test_nobody_is_left_without_a_reason_that_can_be_read(engine: Engine, reason: str) -> None:
    switches = Switches(engine, AuditLog(engine), most_characters=10)

    with pytest.raises(NoReasonError):
        switches.turn_off(OWN, reason, None, BY)

    assert switches.off(COMMUNE.scopes) is None


def test_moments_come_back_with_their_time_zone(notices: Notices) -> None:
    notices.add(notice(), BY)

    [one] = notices.listed([OWN])

    assert one.entered.starts_at == NOON
    assert one.entered.starts_at.tzinfo is UTC
    assert one.is_over(NOON + timedelta(hours=6))
    assert one.is_waiting(NOON - timedelta(hours=1))
