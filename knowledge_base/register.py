"""Communes made from the register of units, where no content file describes them yet.

What the register does not know (addresses, telephones, hours) is absent and listed to be asked, so
pages say “chưa cập nhật”. A content file, or what staff published, always comes first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from knowledge_base.catalogue import Catalogue
from knowledge_base.commune import Commune, Counter, FormerUnit, UnitKind
from knowledge_base.record import CounterKind
from knowledge_base.source import Source, SourceKind, ToConfirm
from knowledge_base.units import DISTRICT_KINDS, Share, Unit, Units

SOURCE = "vau"
"""The key of the register among a commune's sources."""
_WHOLE_PROVINCE = "province:"


def register_source() -> Source:
    """Where the register's facts come from."""
    units = Units.packaged()
    return Source(
        kind=SourceKind.SECONDARY,
        publisher="Thư viện mở vietnamadminunits",
        title=f"Bảng đơn vị hành chính sau sắp xếp, bản {units.origin.rpartition(' ')[2]}",
        address="https://pypi.org/project/vietnamadminunits/",
        text_date=None,
        seen_on=units.seen_on,
    )


@lru_cache(maxsize=512)
def commune_of(unit: Unit) -> Commune:
    """What the register knows of a unit, as a commune with everything else still to be asked."""
    name = unit.full_name
    counters: tuple[Counter, ...] = (
        Counter(kind=CounterKind.ONE_STOP, name=f"Trung tâm Phục vụ hành chính công {name}"),
        Counter(kind=CounterKind.POLICE, name=f"Công an {name}"),
        Counter(kind=CounterKind.OTHER, name=f"Ủy ban nhân dân {name}"),
    )
    to_ask: tuple[str, ...] = (
        f"địa chỉ, số điện thoại và giờ làm việc của Trung tâm Phục vụ hành chính công {name}",
        f"địa chỉ và số điện thoại của Công an {name}",
        f"địa chỉ và số điện thoại của Ủy ban nhân dân {name}",
        f"địa chỉ Trạm Y tế {name}",
    )
    if unit.kind is UnitKind.SPECIAL_ZONE:  # an island may have fewer offices
        counters, to_ask = counters[2:], to_ask[2:3]
    return Commune(
        id=unit.id,
        code=unit.code,
        kind=unit.kind,
        name=unit.name,
        province=unit.province.slug,
        province_name=unit.province.full_name,
        merged_from=tuple(
            FormerUnit(
                name=former.full_name,
                district=None if former.kind in DISTRICT_KINDS else former.district.full_name,
                province=former.district.province,
                part=former.share is not Share.WHOLE,
                source=SOURCE,
            )
            for former in unit.merged_from
        ),
        counters=counters,
        to_confirm=tuple(ToConfirm(text=text) for text in to_ask),
        sources={SOURCE: register_source()},
        checked_on=Units.packaged().seen_on,
    )


def ids_of(wanted: Iterable[str], catalogue: Catalogue) -> tuple[str, ...]:
    """The ids of communes that a setting names, by id, by code or a whole ``province:<slug>``.

    A code means the commune whose record bears it. What is not known stays as it is.
    """
    by_code = {commune.code: commune.id for commune in catalogue.communes.values()}
    units = Units.packaged()
    found: dict[str, None] = {}
    for name in wanted:
        if (slug := name.removeprefix(_WHOLE_PROVINCE)) != name and slug in units.provinces:
            codes = [u.code for u in units.by_code.values() if u.province.slug == slug]
        elif name in catalogue.communes:
            found[name] = None
            continue
        else:
            unit = units.by_code.get(name) or units.by_id.get(name)
            codes = [unit.code] if unit else []
            if unit is None and name not in by_code:
                found[name] = None
                continue
            codes = codes or [name]
        found |= dict.fromkeys(by_code.get(code) or units.by_code[code].id for code in codes)
    return tuple(found)


def with_register(catalogue: Catalogue, wanted: Iterable[str]) -> Catalogue:
    """The catalogue with the communes that a setting names and no record describes."""
    units = Units.packaged()
    missing = [
        units.by_id[one]
        for one in ids_of(wanted, catalogue)
        if one not in catalogue.communes and one in units.by_id
    ]
    if not missing:
        return catalogue
    communes = {**catalogue.communes, **{unit.id: commune_of(unit) for unit in missing}}
    return replace(catalogue, communes=communes)


def known_commune(unit: Unit, catalogue: Catalogue) -> Commune:
    """What is published about a unit, or else what the register knows."""
    published = catalogue.communes.get(unit.id)
    if published is None or published.code != unit.code:
        published = next((c for c in catalogue.communes.values() if c.code == unit.code), None)
    return published or commune_of(unit)
