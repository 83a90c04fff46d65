"""Finds the unit of today that a place belongs to, as residents write places.

Old and new names of communes, wards and districts; with or without marks, kind, district and
province; run together; misspelt by a letter or two. What could be several places is told as
several, never guessed: only of places that fit equally well does the asker's province come first.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, lru_cache

from knowledge_base.spelling import tone_placed
from knowledge_base.syllables import fold, is_marked, nfc
from knowledge_base.units import (
    DISTRICT_KINDS,
    MERGED_ON,
    District,
    FormerKind,
    Merged,
    Share,
    Unit,
    Units,
    bare_province,
)

MOST_CHARACTERS = 200
"""A longer text is no place; only so much of it is read."""
_MOST_WORDS = 16
_LONG_ENOUGH = {1: 5, 2: 8}
"""The shortest key, in letters, in which so many letters may be wrong."""
_NOT_THERE = 1.5
"""A district or province written beside a name and not its own weighs like so many letters."""
_TOO_FAR = 2.5
"""Nothing is taken for a place that is written so differently."""
_NEARLY = 1
_OLDER = 2
_UNMARKED = 0.5
_MOST_MARKS = 4
_SHARES = (Share.WHOLE, Share.MAIN, Share.PART)


class Why(StrEnum):
    """Why there is more than one answer."""

    SPLIT = "split"
    """The former commune or ward was shared among several."""
    DISTRICT = "district"
    """A district became several communes and wards."""
    SAME_NAME = "same_name"
    """Several places have, or had, the name."""


@dataclass(frozen=True, slots=True)
class FormerPlace:
    """A commune, ward or district of before, and the units of today that it went to."""

    kind: FormerKind
    name: str
    district: District | None
    """None for a district."""
    province: str
    """The full name of its province of before."""
    units: tuple[Unit, ...]
    """What holds most of it first."""

    @property
    def full_name(self) -> str:
        """Such as ``xã Hòa Khương``."""
        return f"{self.kind} {self.name}"

    @property
    def written_out(self) -> str:
        """Such as ``xã Hòa Khương, huyện Hòa Vang, thành phố Đà Nẵng``."""
        parts = (self.full_name, self.district.full_name if self.district else "", self.province)
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Successor:
    """A unit of today, and the place of before that leads to it; None where it is named itself."""

    unit: Unit
    former: FormerPlace | None

    @property
    def written_out(self) -> str:
        """The place that was written, in full."""
        if self.former is not None:
            return self.former.written_out
        return f"{self.unit.full_name}, {self.unit.province.full_name}"


@dataclass(frozen=True, slots=True)
class Found:
    """One unit of today."""

    place: Successor
    exact: bool
    """False where letters or marks were mended, or something beside the name does not fit."""

    @property
    def unit(self) -> Unit:
        """The unit of today."""
        return self.place.unit

    @property
    def reason(self) -> str:
        """Why it is this unit, as a sentence for residents."""
        unit, former = self.unit, self.place.former
        today = f"{unit.full_name}, {unit.province.full_name}"
        if former is None:
            names = " và ".join(dict.fromkeys(one.full_name for one in unit.merged_from))
            return f"{_capital(today)} gồm {names} cũ."
        return f"{_capital(former.written_out)} cũ, từ {_day()} thuộc {today}."


@dataclass(frozen=True, slots=True)
class OneOf:
    """Several units of today, of which only the resident knows theirs."""

    places: tuple[Successor, ...]
    why: Why
    exact: bool


@dataclass(frozen=True, slots=True)
class Unknown:
    """No place of that name."""


Resolution = Found | OneOf | Unknown


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _day() -> str:
    return f"{MERGED_ON.day}/{MERGED_ON.month}/{MERGED_ON.year}"


@dataclass(frozen=True, slots=True)
class _Entry:
    """One name of one place."""

    key: str
    syllables: tuple[str, ...]
    """The name's syllables, lower case; empty for names known as keys only."""
    kind: str
    is_district: bool
    former: FormerPlace | None
    units: tuple[Unit, ...]
    around: frozenset[str]
    """Keys of the districts and provinces that may be written beside it."""


@dataclass(frozen=True, slots=True)
class _Read:
    """One way to read what was written."""

    name: tuple[str, ...]
    kind: str
    beside: tuple[str, ...]
    """Keys of what was written beside the name."""
    old: bool
    """Whether it says that the place is one of before."""

    @property
    def key(self) -> str:
        return key_of(self.name)


_KINDS = {
    "xã": "xã",
    "phường": "phường",
    "huyện": "huyện",
    "quận": "quận",
    "tỉnh": "tỉnh",
    "thị trấn": "thị trấn",
    "thị xã": "thị xã",
    "thành phố": "thành phố",
    "đặc khu": "đặc khu",
    "tp": "thành phố",
    "tt": "thị trấn",
    "tx": "thị xã",
    "p": "phường",
    "q": "quận",
    "h": "huyện",
    "x": "xã",
    "t": "tỉnh",
}
_FOLDED_KINDS = {fold(written): kind for written, kind in _KINDS.items()}
_DISTRICTS = frozenset(kind.value for kind in DISTRICT_KINDS)
_BELOW = frozenset({"thon", "to", "ap", "khoi", "khu", "ban", "lang", "buon", "so", "duong"})
"""What begins an address below the commune; followed by a commune's kind, it is passed over."""
_OLD = re.compile(
    r"(?:[ ,(]+(?:cũ|cu|ngày trước|ngay truoc|hồi trước|hoi truoc|trước đây|truoc day|trước kia|"
    r"truoc kia|ngày xưa|ngay xua|hồi xưa|hoi xua|hồi đó|hoi do)[ )]*)+$"
)
_OLD_INSIDE = re.compile(r"(?<=\w) (?:cũ|trước đây|trước kia)(?= ?,| (?:xã|phường|huyện|quận|t))")
_RUN_IN = re.compile(r"\b([pqhx]|tp|tx|tt)[.](?=\s*\w)|\b([pq])(?=\d)")
_NUMBERED = re.compile(r"(?:^|(?<=[,;]) ?)([^\W\d_]{4,8})(?= \d)")
_WORD = re.compile(r"[^\W_]+")
_SHORT_PROVINCES = {
    "hcm": "hochiminh",
    "tphcm": "hochiminh",
    "saigon": "hochiminh",
    "sg": "hochiminh",
    "hn": "hanoi",
    "thuathienhue": "hue",
    "brvt": "bariavungtau",
    "vungtau": "bariavungtau",
    "baria": "bariavungtau",
}
"""What people write for a province."""
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}


def key_of(words: Iterable[str]) -> str:
    """Words as names are compared: folded, without spaces; ``y`` as ``i``, ``05`` as ``5``."""
    return "".join(map(fold, _numbered(tuple(words)))).replace("y", "i")


def _numbered(words: tuple[str, ...]) -> tuple[str, ...]:
    """Numbers in one spelling: ``05`` as ``5``, and ``Tam Xuân II`` as ``Tam Xuân 2``."""
    last = (_ROMAN.get(words[-1], words[-1]),) if len(words) > 1 else words[-1:]
    return tuple(
        word.lstrip("0") or word if word.isdigit() else word for word in (*words[:-1], *last)
    )


def _mended_kind(match: re.Match[str]) -> str:
    """A misspelt “phường” or “quận” before a number, without which the number names nothing."""
    word = fold(match[1])
    kinds = ("phường", "quận")
    return next((kind for kind in kinds if letters_wrong(word, fold(kind), 1) <= 1), match[1])


def _words(text: str) -> list[str]:
    return _WORD.findall(text.replace("'", "").replace("’", ""))


@lru_cache(maxsize=16384)
def _name_key(name: str) -> str:
    return key_of(_words(name.lower()))


@dataclass(frozen=True, slots=True, eq=False)
class UnitNames:
    """All names, indexed once."""

    entries: Mapping[str, tuple[_Entry, ...]]
    around: frozenset[str]
    """Every key that may stand beside a name."""
    letters: Mapping[str, int]
    """The letters of each key as bits, to pass over most names without comparing."""
    _lengths: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    @cache
    def packaged(cls) -> UnitNames:
        """The names of the packaged table."""
        return cls.of(Units.packaged())

    @classmethod
    def of(cls, units: Units) -> UnitNames:
        """Index every present and former name."""
        found: dict[str, list[_Entry]] = {}
        around: set[str] = set()
        for entry in _entries(units):
            found.setdefault(entry.key, []).append(entry)
            around |= entry.around
        lengths: dict[int, list[str]] = {}
        for key in found:
            lengths.setdefault(len(key), []).append(key)
        return cls(
            {key: tuple(entries) for key, entries in found.items()},
            frozenset(around),
            {key: _letters(key) for key in found},
            {length: tuple(keys) for length, keys in lengths.items()},
        )

    def resolve(self, text: str, near: str | None = None, *, typos: bool = True) -> Resolution:
        """The unit of today that a written place belongs to.

        Args:
            text: a place as a resident writes it, and nothing else.
            near: the slug of the asker's province; breaks ties only.
            typos: whether letters may be wrong.
        """
        reads = tuple(
            read
            for read in dict.fromkeys(self._reads(text))
            if (read.kind or not read.key.isdigit()) and not _is_kind(read.name)
        )
        scored = list(self._named(reads))
        sure = (near is None or _is_in(entry, near) for score, entry in scored if score[0] < 1)
        if typos and not any(sure):
            scored += self._misspelt(reads)
        scored = [found for found in scored if found[0][0] <= _TOO_FAR]
        if not scored:
            return Unknown()
        least = min(score for score, _ in scored)
        best = [entry for score, entry in scored if score == least]
        if here := [entry for entry in best if _is_in(entry, near)]:
            best = here
        elif near is not None:  # as likely as a place far away: one nearby, nearly so written
            close = (found for found in scored if _is_in(found[1], near))
            best += [entry for score, entry in close if score[0] <= least[0] + _NEARLY]
        return _resolution(list({id(entry): entry for entry in best}.values()), sum(least[:3]) < 1)

    def _named(self, reads: tuple[_Read, ...]) -> Iterator[tuple[tuple[float, ...], _Entry]]:
        for read in reads:
            for entry in self.entries.get(read.key, ()):
                score = _score(read, entry, 0)
                if not read.key.isdigit() or not score[1]:  # “quận 9” says nothing of a ward 9
                    yield score, entry

    def _misspelt(self, reads: tuple[_Read, ...]) -> Iterator[tuple[tuple[float, ...], _Entry]]:
        near: dict[str, list[tuple[str, int]]] = {}
        for read in reads:
            if read.key not in near:
                near[read.key] = list(self._near_keys(read.key))
            for key, wrong in near[read.key]:
                for entry in self.entries[key]:
                    yield _score(read, entry, wrong), entry

    def _near_keys(self, key: str) -> Iterator[tuple[str, int]]:
        allowed = max(
            (n for n, shortest in _LONG_ENOUGH.items() if len(key) >= shortest), default=0
        )
        letters = _letters(key)
        for length in range(len(key) - allowed, len(key) + allowed + 1):
            for other in self._lengths.get(length, ()):
                if (letters ^ self.letters[other]).bit_count() <= 2 * allowed and other != key:
                    wrong = letters_wrong(key, other, allowed)
                    if wrong <= allowed and not _numbers_differ(key, other):
                        yield other, wrong

    def _reads(self, text: str) -> Iterator[_Read]:
        """The ways to read a text: where its kinds stand, what is name and what stands beside."""
        plain = _RUN_IN.sub(lambda m: f"{m[1] or m[2]} ", nfc(text)[:MOST_CHARACTERS].lower())
        plain = _NUMBERED.sub(_mended_kind, tone_placed(" ".join(plain.split())))
        bare = _OLD.sub("", _OLD_INSIDE.sub("", plain))
        forms = [(bare, True), (plain, False)] if bare != plain else [(plain, False)]
        for form, old in forms:
            for parts in _parts(form):
                yield from self._parts_read(parts, old)

    def _parts_read(self, parts: list[tuple[str, tuple[str, ...]]], old: bool) -> Iterator[_Read]:
        kinds = [kind for kind, _ in parts]
        first = 0
        if fold(" ".join(parts[0][1])).split(" ")[0] in _BELOW and len(parts) > 1:
            first = next((place for place, kind in enumerate(kinds) if kind), 1)
        kind, words = parts[first]
        beside = tuple(itertools.chain.from_iterable(self._keys(w) for _, w in parts[first + 1 :]))
        for cut in range(len(words), 0, -1):
            tail = words[cut:]
            keys = self._keys(tail) if tail else ()
            if all(key in self.around for key in keys):
                yield _Read(words[:cut], kind, (*keys, *beside), old)

    def _keys(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """What stands beside a name: a district or a province, or one after the other."""
        for split in range(len(words), 0, -1):
            keys = tuple(key_of(part) for part in (words[:split], words[split:]) if part)
            if all(key in self.around for key in keys):
                return keys
        return (key_of(words),)


def _parts(text: str) -> Iterator[list[tuple[str, tuple[str, ...]]]]:
    """Kinds with the words after each; without marks a kind may be a part of a name."""
    clauses = [_words(clause)[:_MOST_WORDS] for clause in re.split(r"[,;()\n-]", text)]
    clauses = [clause for clause in clauses if clause]
    doubtful = [
        (row, place)
        for row, clause in enumerate(clauses)
        for place, word in enumerate(clause)
        if word in _FOLDED_KINDS and word not in _KINDS and not is_marked(word)
    ][:4]
    for names in itertools.chain.from_iterable(
        itertools.combinations(doubtful, count) for count in range(len(doubtful) + 1)
    ):
        parts: list[tuple[str, tuple[str, ...]]] = []
        for row, clause in enumerate(clauses):
            own = {place for at, place in names if at == row}
            parts += _clause_parts(clause, own)
        if parts:
            yield parts


def _clause_parts(clause: list[str], names: set[int]) -> list[tuple[str, tuple[str, ...]]]:
    parts: list[tuple[str, list[str]]] = [("", [])]
    place = 0
    while place < len(clause):
        two = " ".join(clause[place : place + 2])
        one = clause[place]
        if place not in names and place + 1 < len(clause):
            if (kind := _KINDS.get(two) or _FOLDED_KINDS.get(two)) is not None:
                parts.append((kind, []))
                place += 2
                continue
            if (kind := _KINDS.get(one) or _FOLDED_KINDS.get(one)) is not None:
                parts.append((kind, []))
                place += 1
                continue
        parts[-1][1].append(one)
        place += 1
    return [(kind, tuple(words)) for kind, words in parts if words]


def _score(read: _Read, entry: _Entry, wrong: int) -> tuple[float, ...]:
    """How badly a reading fits a place, most telling first; 0 is perfect."""
    strangers = sum(not _stands_beside(key, entry.around) for key in read.beside)
    letters = float(wrong)
    written = _numbered(read.name)
    marked = any(map(is_marked, written))
    if entry.syllables and marked:
        letters = max(letters, _marked_wrong(written, entry.syllables))
    elif not entry.syllables:  # the marks of a still older name are not known
        letters += _OLDER if wrong else _UNMARKED * marked
    exactly = not entry.syllables or not marked or written == entry.syllables
    kind = bool(read.kind) and read.kind != entry.kind
    level = bool(read.kind) and (read.kind in _DISTRICTS) is not entry.is_district
    return (
        letters + _NOT_THERE * strangers,
        float(level),
        float(not exactly),
        float(read.old and entry.former is None),
        float(kind),
        float(-len(read.name)),
    )


def _marked_wrong(written: tuple[str, ...], name: tuple[str, ...]) -> int:
    """Letters and marks that are wrong; a syllable without any mark may stand for marked ones."""
    if len(written) != len(name):
        return letters_wrong("".join(written), "".join(name), _MOST_MARKS)
    return sum(
        letters_wrong(one, other if is_marked(one) else fold(other), _MOST_MARKS)
        for one, other in zip(written, name, strict=True)
    )


def _stands_beside(key: str, around: frozenset[str]) -> bool:
    return key in around or any(
        abs(len(key) - len(other)) <= 1 and len(key) > 4 and letters_wrong(key, other, 1) <= 1
        for other in around
    )


def _is_kind(words: tuple[str, ...]) -> bool:
    return fold(" ".join(words)) in _FOLDED_KINDS


def _is_in(entry: _Entry, province: str | None) -> bool:
    return any(unit.province.slug == province for unit in entry.units)


def _resolution(entries: list[_Entry], exact: bool) -> Resolution:
    places: dict[tuple[str, str], Successor] = {}
    for entry in entries:
        for unit in entry.units:
            written = entry.former.written_out if entry.former else ""
            places.setdefault((unit.code, written), Successor(unit, entry.former))
    successors = tuple(places.values())
    if len({place.unit.code for place in successors}) == 1:
        # the place of before says more than today's unit of the same name
        told = next((place for place in successors if place.former), successors[0])
        return Found(told, exact)
    former = {place.former.written_out if place.former else "" for place in successors}
    why = Why.SAME_NAME
    if len(former) == 1 and entries[0].former is not None:
        why = Why.DISTRICT if entries[0].is_district else Why.SPLIT
    return OneOf(successors, why, exact)


def _entries(units: Units) -> Iterator[_Entry]:
    former: dict[tuple[Merged | District, str], list[tuple[Share, Unit]]] = {}
    districts: dict[District, dict[str, Unit]] = {}
    for unit in units.by_code.values():
        provinces = {unit.province.name, *map(bare_province, unit.province.merged_from)}
        olds = {one.district.name for one in unit.merged_from}
        around = _keys_around(provinces | olds)
        yield _entry(unit.name, unit.kind.value, None, (unit,), around, is_district=False)
        for one in unit.merged_from:
            whole = Merged(one.kind, one.name, one.district, Share.WHOLE, one.older)
            former.setdefault((whole, one.district.province), []).append((one.share, unit))
            districts.setdefault(one.district, {})[unit.code] = unit
    for (merged, province), shares in former.items():
        assert isinstance(merged, Merged)
        if merged.kind in DISTRICT_KINDS:  # an island without communes below it
            continue
        ordered = tuple(
            unit for _, unit in sorted(shares, key=lambda share: _SHARES.index(share[0]))
        )
        place = FormerPlace(merged.kind, merged.name, merged.district, province, ordered)
        around = _around(place)
        yield _entry(place.name, place.kind, place, ordered, around, is_district=False)
        for key in merged.older:
            yield _Entry(key.replace("y", "i"), (), place.kind, False, place, ordered, around)
    for district, by_code in districts.items():
        ordered = tuple(by_code.values())
        place = FormerPlace(district.kind, district.name, None, district.province, ordered)
        around = _around(place)
        yield _entry(place.name, place.kind, place, ordered, around, is_district=True)
        for key in district.older:
            yield _Entry(key.replace("y", "i"), (), place.kind, True, place, ordered, around)


def _around(place: FormerPlace) -> frozenset[str]:
    today = {unit.province.name for unit in place.units}
    names = {bare_province(place.province), *today}
    older: tuple[str, ...] = ()
    if place.district is not None:
        names.add(place.district.name)
        older = place.district.older
    return _keys_around(names) | frozenset(older)


def _keys_around(names: Iterable[str]) -> frozenset[str]:
    keys = frozenset(map(_name_key, names))
    return keys | {short for short, long in _SHORT_PROVINCES.items() if long in keys}


def _entry(
    name: str,
    kind: str,
    former: FormerPlace | None,
    units: tuple[Unit, ...],
    around: frozenset[str],
    *,
    is_district: bool,
) -> _Entry:
    syllables = _numbered(tuple(_words(tone_placed(name.lower()))))
    return _Entry(_name_key(name), syllables, kind, is_district, former, units, around)


def _letters(key: str) -> int:
    bits = 0
    for letter in key:
        bits |= 1 << (ord(letter) % 64)
    return bits


def _numbers_differ(one: str, other: str) -> bool:
    """Whether two keys differ in digits: a wrong number is another ward, not a misspelling."""
    return re.sub(r"\D", "", one) != re.sub(r"\D", "", other)


def letters_wrong(one: str, other: str, most: int) -> int:
    """Letters to change, add, drop or swap with the next; anything above ``most`` is most + 1."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    same = 0
    while same < min(len(one), len(other)) and one[same] == other[same]:
        same += 1
    one, other = one[same:], other[same:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    if not one or not other:
        return max(len(one), len(other))
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        now = [row]
        for place, against in enumerate(other, start=1):
            cost = min(last[place] + 1, now[place - 1] + 1, last[place - 1] + (letter != against))
            if row > 1 and place > 1 and letter == other[place - 2] and one[row - 2] == against:
                cost = min(cost, before[place - 2] + 1)
            now.append(cost)
        if min(now) > most:
            return most + 1
        before, last = last, now
    return min(last[-1], most + 1)


def resolve(text: str, near: str | None = None, *, typos: bool = True) -> Resolution:
    """The unit of today that a written place belongs to; see ``UnitNames.resolve``."""
    return UnitNames.packaged().resolve(text, near, typos=typos)
