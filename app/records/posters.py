"""Posted codes as posters, one and many: what each says, and a ZIP of them all with an index."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO

from app.records.places import Place
from knowledge_base.commune import Commune
from qr.link import place_link
from qr.poster import Poster
from qr.prints import Kind, Printed, Size, file_name, printed
from qr.stickers import A_SHEET

INDEX = "danh-sach.csv"
_MOST_TELEPHONES = 2
_BOM = "\ufeff"
"""Without it Excel reads the index as another alphabet."""
_HEAD = ("tệp", "mã", "địa chỉ", "nơi dán", "xã, phường", "tỉnh, thành phố", "xã dẫn tới")

Told = Callable[[int, int, str], None]


def poster_of(place: Place, commune: Commune, base_url: str) -> Poster:
    """What the poster of a place says; the telephones are those of the commune's counters.

    Raises ``InvalidBaseUrlError``.
    """
    counters = tuple(
        f"{counter.name}: {counter.telephone.text}"
        for counter in commune.counters
        if counter.telephone
    )
    hotlines = tuple(line.text for line in commune.hotlines)[:1]
    return Poster(
        commune_name=commune.full_name,
        place=place.label,
        link=place_link(base_url, place.code),
        telephones=counters[:_MOST_TELEPHONES] or hotlines,
    )


def stem_of(place: Place) -> str:
    """The name of a place's file without its ending: ``hoa-tien-quay-3-k7n3xp``."""
    return file_name(place.commune_id, place.label, place.code)


def write_zip(
    file: IO[bytes],
    places: Sequence[Place],
    communes: Mapping[str, Commune],
    base_url: str,
    size: Size,
    kind: Kind,
    told: Told,
) -> int:
    """Write the prints of many places and an index; returns how many codes are in them.

    Args:
        file: where to, open for writing.
        places: what is printed, sorted by commune; stickers of one commune share sheets.
        communes: those that the places are posted in, by id; a place of any other is left out.
        base_url: what the links begin with.
        size: of what is printed.
        kind: of the files.
        told: hears how far it is.

    Raises ``InvalidBaseUrlError``, ``UnprintableTextError``, ``TextTooLongError`` and
    ``LinkTooLongError``.
    """
    known = [place for place in places if place.commune_id in communes]
    rows: list[tuple[str, ...]] = []
    # pictures and PDFs are compressed already
    method = zipfile.ZIP_DEFLATED if kind is Kind.SVG else zipfile.ZIP_STORED
    with zipfile.ZipFile(file, "w", method) as packed:
        for stem, group in _groups(known, size):
            told(len(rows), len(known), communes[group[0].commune_id].full_name)
            posters = [poster_of(one, communes[one.commune_id], base_url) for one in group]
            files = printed(posters, size, kind)
            for one in files:
                packed.writestr(f"{stem}{one.ending}", one.data)
            rows.extend(_rows(stem, files, group, posters, communes))
        packed.writestr(INDEX, _index(rows), zipfile.ZIP_DEFLATED)
    told(len(rows), len(known), "")
    return len(rows)


def _groups(places: Sequence[Place], size: Size) -> Iterator[tuple[str, list[Place]]]:
    """What goes into one print: a place, or for stickers all places of a commune."""
    if size is not Size.STICKERS:
        for place in places:
            yield f"{file_name(place.commune_id)}/{stem_of(place)}-{size}", [place]
        return
    by_commune: dict[str, list[Place]] = {}
    for place in places:
        by_commune.setdefault(place.commune_id, []).append(place)
    for commune_id, group in by_commune.items():
        yield f"{file_name(commune_id)}/{file_name(commune_id)}-tem", group


def _rows(
    stem: str,
    files: Sequence[Printed],
    group: Sequence[Place],
    posters: Sequence[Poster],
    communes: Mapping[str, Commune],
) -> Iterator[tuple[str, ...]]:
    for number, (place, poster) in enumerate(zip(group, posters, strict=True)):
        # sheets of stickers are filled in order
        ending = files[number // A_SHEET].ending if len(files) > 1 else ""
        commune = communes[place.commune_id]
        yield (
            f"{stem}{ending or files[0].ending}",
            place.code,
            poster.link,
            place.label,
            commune.full_name,
            commune.province_name,
            place.to_commune or place.commune_id,
        )


def _index(rows: Sequence[tuple[str, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_HEAD)
    writer.writerows([tuple(map(_harmless, row)) for row in rows])
    return _BOM + text.getvalue()


def _harmless(cell: str) -> str:
    """A label that begins like a formula stays a label in a spreadsheet."""
    return f"'{cell}" if cell[:1] in "=+-@\t" else cell
