"""Many posters at once: a ZIP whose names anybody can read, with a list of what is in it."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
import zxingcpp
from PIL import Image

from app.records.places import Place
from app.records.posters import INDEX, poster_of, write_zip
from knowledge_base.commune import Commune
from qr.prints import Kind, Size
from tests.fakes import COMMUNE_DATA, changed

BASE = "https://hoixa.example.vn"
ONE = Commune.model_validate(COMMUNE_DATA)
OTHER = Commune.model_validate(changed(COMMUNE_DATA, id="dong-da", name="Đống Đa"))
COMMUNES = {ONE.id: ONE, OTHER.id: OTHER}


def places(count: int = 2) -> list[Place]:
    own = [Place(f"bcdfg{n}", ONE.id, f"Quầy số {n}", retired=False) for n in range(2, 2 + count)]
    return [*own, Place("zzzzzz", OTHER.id, "=Cổng/chợ", retired=False)]


def packed(size: Size, kind: Kind, some: list[Place]) -> tuple[zipfile.ZipFile, list[list[str]]]:
    file, told = io.BytesIO(), []
    count = write_zip(file, some, COMMUNES, BASE, size, kind, lambda *one: told.append(one))
    assert told[-1][:2] == (count, count)
    archive = zipfile.ZipFile(file)
    rows = list(csv.reader(io.StringIO(archive.read(INDEX).decode("utf-8-sig"))))
    return archive, rows[1:]


def test_every_place_has_a_file_with_a_name_without_marks() -> None:
    archive, rows = packed(Size.A4, Kind.PDF, places())

    names = archive.namelist()
    assert names == [
        "xa-thu/xa-thu-quay-so-2-bcdfg2-a4.pdf",
        "xa-thu/xa-thu-quay-so-3-bcdfg3-a4.pdf",
        "dong-da/dong-da-cong-cho-zzzzzz-a4.pdf",
        INDEX,
    ]
    assert all(name.isascii() for name in names)
    assert [row[0] for row in rows] == names[:-1]
    assert rows[2][1:4] == ["zzzzzz", f"{BASE}/q/zzzzzz", "'=Cổng/chợ"]


def test_the_list_says_on_which_sheet_each_sticker_is() -> None:
    archive, rows = packed(Size.STICKERS, Kind.PNG, places(8))

    for name in archive.namelist()[:-1]:
        image = Image.open(io.BytesIO(archive.read(name))).convert("L")
        read = sorted(one.text for one in zxingcpp.read_barcodes(image, try_invert=False))
        listed = sorted(row[2] for row in rows if row[0] == name)
        # a single code fills its sheet
        assert sorted(set(read)) == listed
    assert [row[0] for row in rows].count("xa-thu/xa-thu-tem-1.png") == 6
    assert [row[0] for row in rows].count("xa-thu/xa-thu-tem-2.png") == 2


def test_a_place_of_a_commune_that_is_switched_off_is_left_out() -> None:
    gone = Place("wwwwww", "khac", "Quầy", retired=False)

    _, rows = packed(Size.A5, Kind.SVG, [*places(1), gone])

    assert [row[1] for row in rows] == ["bcdfg2", "zzzzzz"]


def test_a_poster_tells_the_telephones_that_are_known() -> None:
    poster = poster_of(places()[0], ONE, BASE)

    assert poster.link == f"{BASE}/q/bcdfg2"
    assert poster.telephones == (f"{ONE.counters[0].name}: 0236 3000 111",)
    silent = ONE.model_copy(update={"counters": (), "hotlines": ()})
    assert poster_of(places()[0], silent, BASE).telephones == ()


@pytest.mark.parametrize("label", ["=1+1", "+84", "-x", "@SUM(A1)"])
def test_a_label_that_looks_like_a_formula_is_none(label: str) -> None:
    _, rows = packed(Size.A4, Kind.SVG, [Place("bcdfg2", ONE.id, label, retired=False)])

    assert rows[0][3] == f"'{label}"
