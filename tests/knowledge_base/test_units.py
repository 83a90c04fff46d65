"""Every unit of today, what was merged into it, and how residents' words find it."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from app.evaluation.places import draw, measured
from knowledge_base.catalogue import Catalogue
from knowledge_base.commune import Commune, UnitKind
from knowledge_base.record import CounterKind
from knowledge_base.register import commune_of, ids_of, known_commune, with_register
from knowledge_base.unit_names import (
    MOST_CHARACTERS,
    Found,
    OneOf,
    Unknown,
    Why,
    letters_wrong,
    resolve,
)
from knowledge_base.units import Share, Units, UnitsTableError, read_units, slug_of
from tests.service import release

UNITS = Units.packaged()
EMPTY = Catalogue((), {}, {})


def today(text: str, near: str | None = "da-nang") -> set[str]:
    """The units of today that a place may be, such as ``xã Hòa Tiến``."""
    found = resolve(text, near)
    if isinstance(found, Unknown):
        return set()
    places = (found.place,) if isinstance(found, Found) else found.places
    return {place.unit.full_name for place in places}


def test_all_units_of_today_are_there() -> None:
    kinds = Counter(unit.kind for unit in UNITS.by_code.values())

    assert len(UNITS.provinces) == 34
    assert kinds == {UnitKind.COMMUNE: 2621, UnitKind.WARD: 687, UnitKind.SPECIAL_ZONE: 13}
    assert len(UNITS.by_id) == len(UNITS.by_code) == 3321
    assert all(unit.merged_from for unit in UNITS.by_code.values())


def test_what_was_split_came_in_parts_to_several_and_the_rest_whole_to_one() -> None:
    shares: dict[tuple[str, str, str], list[Share]] = {}
    for unit in UNITS.by_code.values():
        for one in unit.merged_from:
            key = (one.full_name, one.district.full_name, one.district.province)
            shares.setdefault(key, []).append(one.share)

    split = [found for found in shares.values() if len(found) > 1]
    assert len(shares) == 10_040
    assert len(split) == 471
    assert all(Share.WHOLE not in found and found.count(Share.MAIN) == 1 for found in split)
    assert all(found == [Share.WHOLE] for found in shares.values() if len(found) == 1)


def test_the_register_agrees_with_every_content_file() -> None:
    for commune in release().communes.values():
        unit = UNITS.by_code[commune.code]
        former = {one.full_name for one in unit.merged_from}
        assert (unit.id, unit.kind, unit.name) == (commune.id, commune.kind, commune.name)
        assert {one.name for one in commune.merged_from} == former
        assert unit.province.slug == commune.province


@pytest.mark.parametrize(
    "line", ["X\ta", "U\t00001\ta\txã\tA", "P\t01\ta", "F\txã\tA\twhole\t", "S\tx\tnot a day"]
)
def test_a_broken_table_names_the_line(line: str) -> None:
    with pytest.raises(UnitsTableError, match="line 1"):
        read_units([line])


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("Hòa Khương", "xã Hòa Tiến"),
        ("xã Hòa Khương cũ", "xã Hòa Tiến"),
        ("Hoà Khương ngày trước", "xã Hòa Tiến"),
        ("hoa khuong", "xã Hòa Tiến"),
        ("hoakhuong", "xã Hòa Tiến"),
        ("Hòa Khươg", "xã Hòa Tiến"),
        ("hoa khuogn", "xã Hòa Tiến"),
        ("xã Hòa Khương, huyện Hòa Vang, Đà Nẵng", "xã Hòa Tiến"),
        ("xa hoa khuong huyen hoa vang da nang", "xã Hòa Tiến"),
        ("Hòa Khương Hòa Vang", "xã Hòa Tiến"),
        ("thôn Phú Sơn, xã Hòa Khương, huyện Hòa Vang", "xã Hòa Tiến"),
        ("P. Hòa Cường Bắc", "phường Hòa Cường"),
        ("thị trấn Nam Phước", "xã Nam Phước"),
        ("Tam Xuân 1", "xã Tam Xuân"),
        ("Tam Xuân I", "xã Tam Xuân"),
        ("Zuoih", "xã Nam Giang"),
        ("p5 q3 tphcm", "phường Bàn Cờ"),
        ("Phường 05, Quận 3, TP.HCM", "phường Bàn Cờ"),
        ("phườg 5, quận 3, Sài Gòn", "phường Bàn Cờ"),
        ("huyện Côn Đảo", "đặc khu Côn Đảo"),
        ("Hòa Tiến, Hưng Hà, Thái Bình", "xã Ngự Thiên"),
    ],
)
def test_a_place_is_found_however_it_is_written(text: str, unit: str) -> None:
    found = resolve(text, "da-nang")

    assert isinstance(found, Found), found
    assert found.unit.full_name == unit


def test_the_reason_names_the_place_of_before_in_full() -> None:
    found = resolve("Hòa Khương cũ")

    assert isinstance(found, Found)
    assert found.reason == (
        "Xã Hòa Khương, huyện Hòa Vang, thành phố Đà Nẵng cũ, từ 1/7/2025 thuộc xã Hòa Tiến, "
        "thành phố Đà Nẵng."
    )


def test_a_split_commune_has_the_choice_of_its_successors_the_larger_first() -> None:
    found = resolve("xã Hòa Liên")

    assert isinstance(found, OneOf)
    assert found.why is Why.SPLIT
    assert [place.unit.full_name for place in found.places] == [
        "phường Liên Chiểu",
        "phường Hải Vân",
    ]


def test_a_district_has_the_choice_of_its_successors() -> None:
    found = resolve("huyện Hòa Vang", "da-nang")

    assert isinstance(found, OneOf)
    assert found.why is Why.DISTRICT
    assert today("huyện Hòa Vang") == {
        "xã Hòa Vang",
        "xã Hòa Tiến",
        "xã Bà Nà",
        "phường Hòa Xuân",
        "phường Hòa Khánh",
        "phường Hải Vân",
        "phường Liên Chiểu",
    }


def test_of_one_name_the_askers_province_comes_first_but_only_of_equals() -> None:
    anywhere = resolve("Hòa Phong")

    assert isinstance(anywhere, OneOf)
    assert anywhere.why is Why.SAME_NAME
    assert today("Hòa Phong", "da-nang") == {"xã Hòa Vang"}
    assert today("Hòa Phong, huyện Tây Hòa", "da-nang") == {"xã Tây Hòa"}


def test_a_name_written_exactly_far_away_does_not_beat_one_nearly_so_written_nearby() -> None:
    found = resolve("phường Nam Dương", "da-nang")

    assert isinstance(found, OneOf)
    assert "phường Hải Châu" in today("phường Nam Dương", "da-nang")


def test_a_name_of_today_and_of_before_is_asked_about_unless_it_says_which() -> None:
    assert isinstance(resolve("Hòa Vang", "da-nang"), OneOf)
    assert today("xã Hòa Vang") == {"xã Hòa Vang"}
    assert "phường Hải Vân" in today("Hòa Vang cũ")


@pytest.mark.parametrize("text", ["", "cũ", "xã", ",,,", "abc xyz", "phường", "9", "a" * 5000])
def test_what_is_no_place_is_unknown(text: str) -> None:
    assert isinstance(resolve(text, "da-nang"), Unknown)


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert isinstance(resolve("," * MOST_CHARACTERS + "Hòa Khương"), Unknown)
    assert isinstance(resolve("," * (MOST_CHARACTERS - 20) + "Hòa Khương"), Found)


def test_another_number_is_another_ward_and_no_misspelling() -> None:
    assert isinstance(resolve("phường 77, quận 3"), Unknown)


@pytest.mark.parametrize(
    ("one", "other", "wrong"),
    [("hoa", "hoa", 0), ("hao", "hoa", 1), ("ho", "hoa", 1), ("hoaa", "hoa", 1), ("xyz", "hoa", 3)],
)
def test_letters_are_counted(one: str, other: str, wrong: int) -> None:
    assert letters_wrong(one, other, 2) == wrong


@pytest.mark.thorough
def test_former_units_from_all_over_the_country_are_found_again() -> None:
    mistyped = "one letter wrong"
    came = Counter(
        (where, spelling, result) for where, spelling, _, result in measured(draw(3, 40), 3)
    )

    wrong = {key[:2]: count for key, count in came.items() if key[2] == "wrong"}
    assert set(wrong) <= {("in the province", mistyped), ("elsewhere", mistyped)}
    assert all(count <= 2 for count in wrong.values())  # a slip may write another place's name
    for spelling in ("as written", "no marks, no kind", "in full"):
        assert came["in the province", spelling, "unknown"] == 0
        assert came["in the province", spelling, "right"] >= 28
    assert came["in the province", mistyped, "right"] >= 28
    assert came["elsewhere", "in full", "right"] >= 38


@pytest.mark.thorough
def test_any_unit_can_be_switched_on_and_says_what_is_not_entered() -> None:
    for unit in UNITS.by_code.values():
        commune = commune_of(unit)
        assert commune.to_confirm and commune.counters
        assert not any(counter.address or counter.telephone for counter in commune.counters)


def test_a_setting_names_communes_by_id_by_code_or_by_province() -> None:
    hue = [unit for unit in UNITS.by_code.values() if unit.province.slug == "hue"]

    assert ids_of(["20332", "hoa-tien"], release()) == ("hoa-tien",)
    assert ids_of(["province:hue"], release()) == tuple(unit.id for unit in hue)
    assert ids_of(["khong-co", "99999"], release()) == ("khong-co", "99999")


def test_a_content_file_comes_before_the_register() -> None:
    hoa_tien = UNITS.by_code["20332"]
    ours = release().communes["hoa-tien"]
    other = Commune.model_validate({**ours.model_dump(), "id": "ten-khac"})
    renamed = Catalogue((), {}, {"ten-khac": other})

    assert with_register(release(), ["20332"]) is release()
    assert ids_of(["20332"], renamed) == ("ten-khac",)
    assert known_commune(hoa_tien, renamed) is other
    assert known_commune(hoa_tien, EMPTY) == commune_of(hoa_tien)
    assert with_register(EMPTY, ["20332"]).communes == {"hoa-tien": commune_of(hoa_tien)}


def test_what_the_register_says_of_a_commune_names_its_source() -> None:
    commune = commune_of(next(iter(UNITS.by_code.values())))

    assert commune.counter(CounterKind.ONE_STOP) is not None
    assert {key for one in commune.merged_from for key in one.source_keys} == {"vau"}
    assert commune.checked_on == UNITS.seen_on >= date(2026, 11, 1)


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Hòa Tiến", "hoa-tien"), ("Ea H'leo", "ea-hleo"), ("Đồng Đăng", "dong-dang")],
)
def test_ids_are_plain(name: str, slug: str) -> None:
    assert slug_of(name) == slug
