"""Pins in the database: the narrowest in force for exactly a question, and who changed what."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine

from app.records.audit import AuditFilter, AuditLog
from app.records.pins import NewPin, PinBoard, PinChangedError

TODAY = date(2026, 11, 21)
SCOPES = ("national", "province:da-nang", "commune:hoa-tien")
NEW = NewPin(
    "commune:hoa-tien",
    "Chợ đêm họp hôm nào?",
    "Tối thứ Sáu.",
    (),
    "Xã Hòa Tiến",
    date(2026, 12, 1),
)


@pytest.fixture
def board(engine: Engine) -> PinBoard:
    return PinBoard(engine, AuditLog(engine))


def actions(engine: Engine) -> list[str]:
    return [one.entry.action for one in AuditLog(engine).page(AuditFilter(), 0, 20)]


def test_a_pin_answers_its_question_until_its_last_day(board: PinBoard) -> None:
    board.pin(NEW, "lan", TODAY)

    on_the_last, after = (board.find("chợ đêm họp hôm nào", SCOPES, day) for day in DAYS)

    assert on_the_last is not None and on_the_last.text == "Tối thứ Sáu."
    assert after is None
    assert board.find("Chợ đêm họp hôm nào?", ("national", "commune:ba-na"), TODAY) is None


DAYS = (date(2026, 12, 1), date(2026, 12, 2))


def test_the_narrowest_pin_answers(board: PinBoard) -> None:
    board.pin(NEW, "lan", TODAY)
    board.pin(replace(NEW, scope="national", text="Cả nước."), "lan", TODAY)

    found = board.find(NEW.question, SCOPES, TODAY)

    assert found is not None and found.scope == "commune:hoa-tien"


def test_pinning_again_takes_the_place_of_the_first(board: PinBoard, engine: Engine) -> None:
    first = board.pin(NEW, "lan", TODAY)
    second = board.pin(replace(NEW, question="CHỢ ĐÊM họp hôm nào", text="Thứ Bảy."), "minh", TODAY)

    found, before = board.find(NEW.question, SCOPES, TODAY), board.kept(first)

    assert found is not None and found.id == second
    assert before is not None and before.ended_by == "minh"
    assert actions(engine) == ["pin.made", "pin.made"]


def test_what_was_changed_stands_in_the_audit_log(board: PinBoard, engine: Engine) -> None:
    pin = board.pin(NEW, "lan", TODAY)
    board.change(pin, replace(NEW, text="Tối thứ Bảy."), "minh", TODAY, version=1)
    board.end(pin, "minh", version=2)

    assert board.find(NEW.question, SCOPES, TODAY) is None
    entries = AuditLog(engine).page(AuditFilter(), 0, 20)
    assert [one.entry.action for one in entries] == ["pin.ended", "pin.changed", "pin.made"]
    change = entries[1].entry.details
    assert (change["before"]["text"], change["after"]["text"]) == ("Tối thứ Sáu.", "Tối thứ Bảy.")
    assert entries[1].entry.scope == "commune:hoa-tien"


def test_of_two_officers_the_second_is_told(board: PinBoard) -> None:
    pin = board.pin(NEW, "lan", TODAY)
    board.change(pin, replace(NEW, text="Tối thứ Bảy."), "minh", TODAY, version=1)

    with pytest.raises(PinChangedError):
        board.change(pin, replace(NEW, text="Chủ nhật."), "lan", TODAY, version=1)
    with pytest.raises(PinChangedError):
        board.end(pin, "lan", version=1)


def test_a_pinned_question_is_masked(board: PinBoard) -> None:
    pin = board.pin(replace(NEW, question="Gọi 0905123456 hỏi chợ đêm"), "lan", TODAY)

    kept = board.kept(pin)

    assert kept is not None and kept.pin.question == "Gọi [số điện thoại] hỏi chợ đêm"


def test_numbers_of_papers_are_masked_in_what_is_pinned_and_telephones_stay(
    board: PinBoard,
) -> None:
    told = "CCCD 048201001234 đã cấp. Gọi 0236 3846 123."
    pin = board.pin(replace(NEW, text=told), "lan", TODAY)
    made = board.kept(pin)
    board.change(pin, replace(NEW, text=f"Sửa: {told}"), "lan", TODAY, version=1)
    changed = board.kept(pin)

    assert made is not None and made.pin.text == "CCCD [số giấy tờ] đã cấp. Gọi 0236 3846 123."
    assert changed is not None and "048201001234" not in changed.pin.text


def test_what_is_over_stands_below_what_is_in_force(board: PinBoard) -> None:
    days = {"cũ": 1, "mới cũ": 20, "còn lâu": 30, "gần hết": 22}
    for name, day in days.items():
        new = replace(NEW, question=f"hỏi {name}", last_day=date(2026, 11, day))
        board.pin(new, "lan", TODAY)

    listed = board.listed(SCOPES, TODAY, ended=False, count=3)

    assert [one.pin.question for one in listed] == ["hỏi gần hết", "hỏi còn lâu", "hỏi mới cũ"]
