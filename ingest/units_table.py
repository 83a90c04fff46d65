"""Makes ``knowledge_base/units.tsv`` from the open library ``vietnamadminunits``.

``python -m ingest.units_table`` where ``pip install vietnamadminunits==1.0.4`` has been run; the
service itself never needs the library (decision 0016). Ids of communes that have a content file
stay theirs; another unit is called by its name, with the province where the name is not unique.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from knowledge_base.catalogue import read_content
from knowledge_base.spelling import tone_placed
from knowledge_base.units import TABLE, FormerKind, Share, bare_province, slug_of

_LIBRARY = "vietnamadminunits"
_KINDS = ("thành phố", "thị trấn", "đặc khu", "thị xã", "phường", "huyện", "quận", "tỉnh", "xã")
_KEY_KINDS = tuple(
    sorted(
        ("thanhpho", "thitran", "dackhu", "thixa", "phuong", "huyen", "quan", "xa", "tx", "tp"),
        key=len,
        reverse=True,
    )
)


class UnknownMappingError(Exception):
    """The library's tables do not fit together; carries the unit."""


@dataclass(frozen=True, slots=True)
class Tables:
    """What the library offers: units of today, units of before, and what became what."""

    units: list[Mapping[str, Any]]
    former: list[Mapping[str, Any]]
    whole: Mapping[str, Mapping[str, list[str]]]
    """Province key → today's unit key → keys of the former units that came whole."""
    divided: Mapping[str, Mapping[str, list[Mapping[str, Any]]]]
    """Province key → former unit's key → the units of today that share it."""


def installed_tables() -> Tables:
    """The installed library's tables.

    Raises:
        ModuleNotFoundError: when the library is not installed.
    """
    database = importlib.import_module(f"{_LIBRARY}.database")
    converter = importlib.import_module(f"{_LIBRARY}.converter.converter_2025")
    return Tables(
        database.get_data(table="admin_units"),
        database.get_data(table="admin_units_legacy"),
        converter.DICT_PROVINCE_WARD_NO_DIVIDED,
        converter.DICT_PROVINCE_WARD_DIVIDED,
    )


def table_lines(tables: Tables, ids: Mapping[str, str], origin: str, seen_on: date) -> list[str]:
    """The lines of the table.

    Args:
        tables: what the library offers.
        ids: ids that units already have, by code.
        origin: the library's name and version.
        seen_on: the day on which it was read.

    Raises:
        UnknownMappingError: when a former unit is not known, or a unit has no former one.
    """
    former = {
        f"{row['provinceKey']}_{row['districtKey']}_{row['wardKey'] or ''}": row
        for row in tables.former
    }
    merged: dict[tuple[str, str], list[tuple[str, Share]]] = {}
    for province, units in tables.whole.items():
        for unit, keys in units.items():
            merged.setdefault((province, unit), []).extend((key, Share.WHOLE) for key in keys)
    for province, shared in tables.divided.items():
        for key, parts in shared.items():
            for part in parts:
                share = Share.MAIN if part["isDefaultNewWard"] else Share.PART
                merged.setdefault((province, part["newWardKey"]), []).append((key, share))
    lines = [f"S\t{origin}\t{seen_on.isoformat()}"]
    unit_ids = _ids(tables.units, ids)
    provinces: dict[str, list[Mapping[str, Any]]] = {}
    for row in sorted(tables.units, key=lambda row: row["wardCode"]):
        provinces.setdefault(row["provinceCode"], []).append(row)
    for code, rows in sorted(provinces.items()):
        olds = {
            _province(former[key]["province"])
            for row in rows
            for key, _ in merged.get((row["provinceKey"], row["wardKey"]), [])
            if key in former
        }
        name = _province(rows[0]["province"])
        slug = slug_of(bare_province(name))
        lines.append(f"P\t{code}\t{slug}\t{name}\t{';'.join(sorted(olds))}")
        for row in rows:
            kind, own_name = _split(row["ward"])
            lines.append(f"U\t{row['wardCode']}\t{unit_ids[row['wardCode']]}\t{kind}\t{own_name}")
            came = merged.get((row["provinceKey"], row["wardKey"]))
            if not came or any(key not in former for key, _ in came):
                raise UnknownMappingError(row["ward"])
            lines += _former_lines([(former[key], share) for key, share in came])
    return lines


def _former_lines(parts: Iterable[tuple[Mapping[str, Any], Share]]) -> Iterator[str]:
    last = ""
    for row, share in sorted(parts, key=lambda part: (part[0]["districtCode"], str(part[0]))):
        kind, name = _split(row["district"])
        older = _older(row["districtAlias"], name)
        district = f"D\t{kind}\t{name}\t{_province(row['province'])}\t{older}"
        if district != last:
            yield district
            last = district
        # an island district had no communes below it
        kind, name = _split(row["ward"] or row["district"])
        yield f"F\t{FormerKind(kind)}\t{name}\t{share}\t{_older(row['wardAlias'], name)}"


def _split(full_name: str) -> tuple[str, str]:
    """Kind and name; the library's own column of kinds is wrong in a few rows."""
    text = tone_placed(" ".join(full_name.split()))
    kind = next(kind for kind in _KINDS if text.lower().startswith(f"{kind} "))
    return kind, text[len(kind) + 1 :]


def _province(full_name: str) -> str:
    kind, name = _split(full_name)
    return f"{kind} {name}"


def _older(aliases: str | None, name: str) -> str:
    """Other names by which people call a former unit, as keys without kinds."""
    own = slug_of(name).replace("-", "")
    keys = []
    for alias in json.loads(aliases) if aliases else ():
        kind = next((kind for kind in _KEY_KINDS if alias.startswith(kind)), "")
        key = alias.removeprefix(kind)
        number = key.lstrip("0") if key.isdigit() and kind == "quan" else ""
        if number or (key != own and len(key) > 3 and not any(c.isdigit() for c in key)):
            keys.append(number or key)
    return ",".join(sorted(set(keys)))


def _ids(rows: Iterable[Mapping[str, Any]], given: Mapping[str, str]) -> dict[str, str]:
    """An id for each unit by code: its name, and what tells it from others of that name."""
    forms: dict[str, tuple[str, ...]] = {}
    for row in rows:
        kind, name = _split(row["ward"])
        province = slug_of(bare_province(_province(row["province"])))
        own, kind = slug_of(name), slug_of(kind)
        longer = (own, f"{own}-{province}", f"{kind}-{own}-{province}")
        forms[row["wardCode"]] = (*longer, f"{longer[-1]}-{row['wardCode']}")
    used = [Counter(form[place] for form in forms.values()) for place in range(4)]
    taken = set(given.values())
    ids = dict(given)
    for code, form in forms.items():
        if code not in ids:
            ids[code] = next(
                text
                for place, text in enumerate(form)
                if used[place][text] == 1 and text not in taken
            )
    return ids


def main(out: Path = TABLE) -> None:
    """Write the table; says how many units it holds."""
    known = {commune.code: commune.id for commune in read_content().communes.values()}
    origin = f"{_LIBRARY} {version(_LIBRARY)}"
    lines = table_lines(installed_tables(), known, origin, date.today())
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    kinds = Counter(line[0] for line in lines)
    sys.stdout.write(f"{out}: {kinds['P']} provinces, {kinds['U']} units, {kinds['F']} mergings\n")


if __name__ == "__main__":
    main()
