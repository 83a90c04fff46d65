"""Officers keep the posted codes: nothing dies, nobody is sent in a circle, all of it is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from app.records.audit import AuditFilter, AuditLog
from app.records.place_book import (
    PlaceBook,
    Totals,
    UnknownPlaceError,
    Wanted,
    WrongPlaceError,
)
from app.records.places import Places

DAY = date(2026, 11, 22)
HERE = ("hoa-tien",)
BOTH = ("hoa-tien", "ba-na")
BY = "lan"


@pytest.fixture
def book(engine: Engine) -> PlaceBook:
    return PlaceBook(engine, AuditLog(engine), most_at_once=5)


def told(engine: Engine) -> list[tuple[str, str]]:
    page = AuditLog(engine).page(AuditFilter(), 0, 50)
    return [(one.entry.action, one.entry.subject) for one in reversed(page)]


def test_several_places_are_made_at_once_and_each_once(engine: Engine, book: PlaceBook) -> None:
    made = book.add("hoa-tien", ["Quầy 1", " Quầy   1 ", "", "Nhà văn hóa"], BY)
    again = book.add("hoa-tien", ["Quầy 1", "Quầy 2"], BY)

    assert sorted(place.label for place in made) == ["Nhà văn hóa", "Quầy 1"]
    assert [place.label for place in again] == ["Quầy 2"]
    assert len({place.code for place in (*made, *again)}) == 3
    assert [action for action, _ in told(engine)] == ["place.added"] * 3


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        pytest.param([" ", ""], "mỗi nơi một dòng", id="none"),
        pytest.param([f"Quầy {number}" for number in range(6)], "nhiều nhất 5", id="too many"),
        pytest.param(["Q" * 81], "80 ký tự", id="too long"),
    ],
)
def test_what_is_no_list_of_places_is_refused(
    book: PlaceBook, labels: list[str], reason: str
) -> None:
    with pytest.raises(WrongPlaceError, match=reason):
        book.add("hoa-tien", labels, BY)

    assert book.in_use(HERE) == ()


def test_a_renamed_place_keeps_its_code(engine: Engine, book: PlaceBook) -> None:
    [place] = book.add("hoa-tien", ["Quầy 1"], BY)

    renamed = book.rename(place.code, "Quầy số 1", HERE, BY)

    assert (renamed.code, renamed.label) == (place.code, "Quầy số 1")
    assert told(engine)[-1] == ("place.renamed", f"place:{place.code}")


def test_two_places_of_a_commune_never_bear_one_name(book: PlaceBook) -> None:
    one, _ = book.add("hoa-tien", ["Quầy 1", "Quầy 2"], BY)
    other = "Quầy 2" if one.label == "Quầy 1" else "Quầy 1"

    with pytest.raises(WrongPlaceError, match="Đã có"):
        book.rename(one.code, other, HERE, BY)


def test_a_retired_code_can_be_brought_back(engine: Engine, book: PlaceBook) -> None:
    [place] = book.add("hoa-tien", ["Trụ sở cũ"], BY)

    assert book.retire(place.code, HERE, BY).retired
    assert book.in_use(HERE) == ()
    assert not book.bring_back(place.code, HERE, BY).retired
    assert [action for action, _ in told(engine)[1:]] == ["place.retired", "place.brought_back"]


def test_another_communes_code_is_as_good_as_none(book: PlaceBook) -> None:
    [place] = book.add("ba-na", ["Quầy 1"], BY)

    changes: tuple[Callable[[], object], ...] = (
        lambda: book.find(place.code, HERE),
        lambda: book.rename(place.code, "Của tôi", HERE, BY),
        lambda: book.retire(place.code, HERE, BY),
        lambda: book.bring_back(place.code, HERE, BY),
        lambda: book.redirect_to_commune(place.code, "hoa-tien", HERE, BOTH, BY),
        lambda: book.lead_home(place.code, HERE, BY),
    )
    for change in changes:
        with pytest.raises(UnknownPlaceError):
            change()
    assert book.some([place.code], HERE) == ()


def test_a_redirected_code_leads_elsewhere_and_is_counted_where_it_hangs(
    engine: Engine, book: PlaceBook
) -> None:
    [old], [new] = book.add("hoa-tien", ["Cổng"], BY), book.add("ba-na", ["Cổng"], BY)

    book.redirect_to_place(old.code, new.code, HERE, BOTH, BY)
    scanned = Places(engine).scan(old.code, DAY)

    assert scanned is not None and scanned.redirected
    assert (scanned.commune_id, scanned.to_commune) == ("hoa-tien", "ba-na")
    assert Places(engine).scans(old.code, DAY) == 1
    assert Places(engine).scans(new.code, DAY) == 0
    assert told(engine)[-1] == ("place.redirected", f"place:{old.code}")

    book.lead_home(old.code, HERE, BY)
    back = Places(engine).scan(old.code, DAY)
    assert back is not None and not back.redirected


def test_redirects_make_neither_circles_nor_chains(book: PlaceBook) -> None:
    first, second, third = book.add("hoa-tien", ["Một", "Hai", "Ba"], BY)
    book.redirect_to_place(first.code, second.code, HERE, BOTH, BY)

    for code, target, reason in (
        (first.code, first.code, "chính nó"),
        (third.code, first.code, "đã được chuyển"),
        (second.code, first.code, "đã được chuyển"),
        (second.code, third.code, f"Chuyển mã {first.code} trước"),
        (third.code, "bcdfgh", "Không có mã"),
        (third.code, "../../", "Không có mã"),
    ):
        with pytest.raises(WrongPlaceError, match=reason):
            book.redirect_to_place(code, target, HERE, BOTH, BY)
    with pytest.raises(WrongPlaceError, match=f"Chuyển mã {first.code} trước"):
        book.redirect_to_commune(second.code, "ba-na", HERE, BOTH, BY)


def test_a_code_leads_to_no_commune_that_is_not_here(book: PlaceBook) -> None:
    [place], [far] = book.add("hoa-tien", ["Cổng"], BY), book.add("ba-na", ["Cổng"], BY)

    with pytest.raises(WrongPlaceError, match="không dùng Hỏi Xã"):
        book.redirect_to_commune(place.code, "ba-na", HERE, HERE, BY)
    with pytest.raises(WrongPlaceError, match="chính xã này"):
        book.redirect_to_commune(place.code, "hoa-tien", HERE, BOTH, BY)
    with pytest.raises(WrongPlaceError, match="Không có mã"):
        book.redirect_to_place(place.code, far.code, HERE, HERE, BY)


def test_nothing_leads_to_a_retired_code(book: PlaceBook) -> None:
    one, other = book.add("hoa-tien", ["Một", "Hai"], BY)
    book.retire(other.code, HERE, BY)

    with pytest.raises(WrongPlaceError, match="thôi dùng"):
        book.redirect_to_place(one.code, other.code, HERE, BOTH, BY)


def test_scans_are_told_for_today_thirty_days_and_ever(engine: Engine, book: PlaceBook) -> None:
    [place] = book.add("hoa-tien", ["Cổng"], BY)
    book.add("hoa-tien", ["Chưa ai quét"], BY)
    scans = {DAY: 2, DAY - timedelta(days=29): 3, DAY - timedelta(days=30): 5}
    for day, count in scans.items():
        for _ in range(count):
            Places(engine).scan(place.code, day)

    uses = book.listed(Wanted(HERE), DAY)

    assert [(use.place.label, use.today, use.month, use.total) for use in uses] == [
        ("Chưa ai quét", 0, 0, 0),
        ("Cổng", 2, 5, 10),
    ]
    assert book.totals(Wanted(HERE), DAY) == Totals(2, 2, 5, 10)


def test_places_are_found_by_words_code_and_state(book: PlaceBook) -> None:
    made = {place.label: place for place in book.add("hoa-tien", ["Quầy 1", "Cổng", "Chợ"], BY)}
    book.retire(made["Chợ"].code, HERE, BY)
    book.redirect_to_place(made["Cổng"].code, made["Quầy 1"].code, HERE, HERE, BY)

    def labels(**wanted: str) -> list[str]:
        return [use.place.label for use in book.listed(Wanted(HERE, **wanted), DAY)]

    assert labels(words="uầ") == ["Quầy 1"]
    assert labels(words=made["Chợ"].code.upper()) == ["Chợ"]
    assert labels(state="used") == ["Quầy 1"]
    assert labels(state="retired") == ["Chợ"]
    assert labels(state="redirected") == ["Cổng"]
    assert labels(words="%") == []
    assert [use.place.label for use in book.listed(Wanted(HERE), DAY, 1, 1)] == ["Quầy 1"]
