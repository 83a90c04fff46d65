"""Every commune-level unit of today, with the former units merged into each, from one table.

``units.tsv`` is made by ``python -m ingest.units_table``; decision 0016 says from what and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType

from knowledge_base.commune import UnitKind
from knowledge_base.syllables import fold

TABLE = Path(__file__).parent / "units.tsv"
MERGED_ON = date(2025, 7, 1)
"""The day on which the units of today began and districts ended."""


class FormerKind(StrEnum):
    """The kinds of unit below the province before 1 July 2025."""

    COMMUNE = "xã"
    WARD = "phường"
    TOWNSHIP = "thị trấn"
    RURAL_DISTRICT = "huyện"
    URBAN_DISTRICT = "quận"
    TOWN = "thị xã"
    CITY = "thành phố"


DISTRICT_KINDS = frozenset(
    {
        FormerKind.RURAL_DISTRICT,
        FormerKind.URBAN_DISTRICT,
        FormerKind.TOWN,
        FormerKind.CITY,
    }
)


class Share(StrEnum):
    """How much of a former unit came to a unit of today."""

    WHOLE = "whole"
    MAIN = "main"
    """The part that the source takes where nothing more is known."""
    PART = "part"


@dataclass(frozen=True, slots=True)
class Province:
    """One of the 34 provinces and cities of today."""

    code: str
    slug: str
    full_name: str
    """Such as ``thành phố Đà Nẵng``."""
    merged_from: tuple[str, ...]
    """The provinces of before, by their full names."""

    @property
    def name(self) -> str:
        """Without the kind: ``Đà Nẵng``."""
        return bare_province(self.full_name)


@dataclass(frozen=True, slots=True)
class District:
    """A district (huyện, quận, thị xã, thành phố) of before; there are none today."""

    kind: FormerKind
    name: str
    province: str
    """The full name of its province of before."""
    older: tuple[str, ...] = ()
    """Still older names that people use, as keys: folded, without spaces."""

    @property
    def full_name(self) -> str:
        """Such as ``huyện Hòa Vang``."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Merged:
    """A former unit, and how much of it came to one unit of today."""

    kind: FormerKind
    name: str
    district: District
    share: Share
    older: tuple[str, ...] = ()
    """Still older names that people use, as keys: folded, without spaces."""

    @property
    def full_name(self) -> str:
        """Such as ``xã Hòa Khương``."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Unit:
    """A commune, ward or special zone of today."""

    code: str
    """The five digits of the national list."""
    id: str
    kind: UnitKind
    name: str
    province: Province
    merged_from: tuple[Merged, ...]

    @property
    def full_name(self) -> str:
        """Such as ``xã Hòa Tiến``."""
        return f"{self.kind} {self.name}"


class UnitsTableError(Exception):
    """The packaged table is not what this release brings; carries the line."""


@dataclass(frozen=True, slots=True)
class Units:
    """All provinces and units of today."""

    origin: str
    """The name and version of what the table was made from."""
    seen_on: date
    provinces: Mapping[str, Province]
    """By slug."""
    by_id: Mapping[str, Unit]
    by_code: Mapping[str, Unit]

    @classmethod
    @cache
    def packaged(cls) -> Units:
        """The table of this release, read once.

        Raises:
            UnitsTableError: when a line of it cannot be read.
        """
        return read_units(TABLE.read_text(encoding="utf-8").splitlines())


def read_units(lines: Iterable[str]) -> Units:
    """Read a table's lines: ``P`` province, ``U`` unit, ``D`` district, ``F`` former unit.

    Raises:
        UnitsTableError: when a line cannot be read, with its number.
    """
    origin, seen_on = "", date.min
    provinces: dict[str, Province] = {}
    units: list[tuple[list[str], Province, list[Merged]]] = []
    province: Province | None = None
    district: District | None = None
    for number, line in enumerate(lines, start=1):
        mark, *cells = line.split("\t")
        try:
            match mark:
                case "S":
                    origin, seen_on = cells[0], date.fromisoformat(cells[1])
                case "P":
                    code, slug, name, former = cells
                    province = Province(code, slug, name, tuple(former.split(";")))
                    provinces[slug] = province
                case "U":
                    assert province is not None
                    units.append((cells, province, []))
                case "D":
                    kind, name, of, older = cells
                    district = District(FormerKind(kind), name, of, _keys(older))
                case "F":
                    assert district is not None
                    kind, name, share, older = cells
                    units[-1][2].append(
                        Merged(FormerKind(kind), name, district, Share(share), _keys(older))
                    )
                case _:
                    raise ValueError(mark)
        except (AssertionError, IndexError, ValueError) as error:
            raise UnitsTableError(f"units.tsv, line {number}: {line!r}") from error
    made = [
        Unit(code, unit_id, UnitKind(kind), name, of, tuple(merged))
        for (code, unit_id, kind, name), of, merged in units
    ]
    return Units(
        origin,
        seen_on,
        MappingProxyType(provinces),
        MappingProxyType({unit.id: unit for unit in made}),
        MappingProxyType({unit.code: unit for unit in made}),
    )


def _keys(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(",")) if cell else ()


def bare_province(full_name: str) -> str:
    """A province's name without its kind: ``tỉnh Quảng Nam`` → ``Quảng Nam``."""
    return full_name.removeprefix("tỉnh ").removeprefix("thành phố ")


def slug_of(name: str) -> str:
    """A name as it stands in addresses: ``Hòa Tiến`` → ``hoa-tien``."""
    plain = fold(name).replace("'", "").replace("’", "")
    return "-".join("".join(c if c.isalnum() else " " for c in plain).split())
