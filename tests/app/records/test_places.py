"""Posted codes never die and never move; scans are counted by day and nothing else."""

from __future__ import annotations

import threading
from datetime import date

from sqlalchemy import Engine, inspect, text
from sqlalchemy.orm import Session

from app.records.places import Places
from app.records.tables import PlaceRow
from tests.app.records.kinds import only_sqlite

DAY = date(2026, 11, 21)


def test_a_place_keeps_its_code(engine: Engine) -> None:
    places = Places(engine)

    first, again = places.at("hoa-tien", "Quầy 3"), places.at("hoa-tien", "Quầy 3")

    assert first == again
    assert (first.commune_id, first.label, first.retired) == ("hoa-tien", "Quầy 3", False)


def test_every_place_of_every_commune_has_a_code_of_its_own(engine: Engine) -> None:
    places = Places(engine)

    codes = {
        places.at(commune, label).code
        for commune in ("hoa-tien", "ba-na")
        for label in ("Quầy 3", "Nhà văn hóa")
    }

    assert len(codes) == 4


def test_scans_are_counted_a_day_and_a_place(engine: Engine) -> None:
    places = Places(engine)
    counter, hall = places.at("hoa-tien", "Quầy 3"), places.at("hoa-tien", "Nhà văn hóa")

    for _ in range(3):
        assert places.scan(counter.code, DAY) == counter
    places.scan(hall.code, DAY)
    places.scan(counter.code, date(2026, 11, 22))

    assert places.scans(counter.code, DAY) == 3
    assert places.scans(hall.code, DAY) == 1
    assert places.scans(counter.code, date(2026, 11, 22)) == 1
    assert places.scans(counter.code, date(2026, 11, 20)) == 0


def test_an_unknown_code_counts_nothing(engine: Engine) -> None:
    assert Places(engine).scan("khongco", DAY) is None
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM scan")).scalar_one() == 0


def test_a_retired_code_still_leads_to_its_commune(engine: Engine) -> None:
    places = Places(engine)
    code = places.at("hoa-tien", "Trụ sở cũ").code
    with Session(engine) as session, session.begin():
        session.get_one(PlaceRow, code).retired = True

    scanned = places.scan(code, DAY)

    assert scanned is not None
    assert (scanned.commune_id, scanned.retired) == ("hoa-tien", True)


def test_a_scan_keeps_a_code_a_day_and_a_count(engine: Engine) -> None:
    columns = {column["name"] for column in inspect(engine).get_columns("scan")}

    assert columns == {"code", "day", "count"}


def test_no_scan_is_lost_when_many_scan_at_once(engine: Engine) -> None:
    places = Places(engine)
    code = places.at("hoa-tien", "Cổng xã").code

    threads = [threading.Thread(target=places.scan, args=(code, DAY)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert places.scans(code, DAY) == 12


@only_sqlite
def test_a_scan_that_cannot_be_counted_still_leads_on(engine: Engine) -> None:
    places = Places(engine)
    place = places.at("hoa-tien", "Quầy 3")
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE scan"))

    assert places.scan(place.code, DAY) == place
