"""How often a former unit, drawn by a seed from all over the country, is found again.

``python -m app.evaluation.places [SEED] [COUNT]`` writes each in three spellings (as it is written;
without marks and without its kind; with one letter wrong), asks with the asker's province known and
unknown, and prints the shares.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from knowledge_base.syllables import fold
from knowledge_base.unit_names import Found, OneOf, Resolution, resolve
from knowledge_base.units import DISTRICT_KINDS, Merged, Share, Unit, Units

SEED = 20261122
COUNT = 50
_LETTERS = "abcdeghiklmnopqrstuvxy"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A former unit and where it truly went."""

    former: Merged
    units: tuple[Unit, ...]

    @property
    def codes(self) -> frozenset[str]:
        """The codes of its units of today."""
        return frozenset(unit.code for unit in self.units)


def draw(seed: int, count: int) -> tuple[Drawn, ...]:
    """Former communes and wards drawn evenly from all of them; the same for the same seed."""
    went: dict[Merged, list[Unit]] = {}
    for unit in Units.packaged().by_code.values():
        for one in unit.merged_from:
            if one.kind not in DISTRICT_KINDS:
                whole = Merged(one.kind, one.name, one.district, Share.WHOLE, one.older)
                went.setdefault(whole, []).append(unit)
    every = sorted(went, key=lambda one: (one.district.province, one.district.name, str(one)))
    chosen = random.Random(seed).sample(every, count)  # noqa: S311 - no secret is made
    return tuple(Drawn(former, tuple(went[former])) for former in chosen)


def spellings(former: Merged, rng: random.Random) -> dict[str, str]:
    """How residents write a former unit: as it is, without marks and kind, one letter wrong."""
    numbered = former.name.isdigit()  # a number without its kind names nothing
    return {
        "as written": former.full_name,
        "no marks, no kind": fold(former.full_name if numbered else former.name),
        "one letter wrong": _mistyped(former.full_name, rng)
        if numbered
        else f"{former.kind} {_mistyped(former.name, rng)}",
        "in full": f"{former.full_name}, {former.district.full_name}",
    }


def _mistyped(name: str, rng: random.Random) -> str:
    places = [place for place, letter in enumerate(name) if letter.isalpha()]
    place = rng.choice(places)
    before, letter, after = name[:place], name[place], name[place + 1 :]
    match rng.randrange(4):
        case 0:
            return before + after
        case 1:
            return before + letter * 2 + after
        case 2 if after and after[0].isalpha():
            return before + after[0] + letter + after[1:]
        case _:
            others = [other for other in _LETTERS if other != fold(letter)]
            return before + rng.choice(others) + after


def outcome(found: Resolution, drawn: Drawn) -> str:
    """``right``, ``asked back`` with the right ones among the choices, ``wrong`` or ``unknown``."""
    if isinstance(found, Found):
        return "right" if drawn.codes == {found.unit.code} else "wrong"
    if isinstance(found, OneOf):
        codes = {place.unit.code for place in found.places}
        if codes == drawn.codes:
            return "right"
        return "asked back" if drawn.codes <= codes else "wrong"
    return "unknown"


def measured(drawn: Iterable[Drawn], seed: int) -> Iterator[tuple[str, str, str, str]]:
    """Where the asker is, the spelling, what was written, and how it came out."""
    rng = random.Random(seed)  # noqa: S311 - no secret is made
    for one in drawn:
        province = one.units[0].province.slug
        for spelling, text in spellings(one.former, rng).items():
            for near in (province, None):
                where = "in the province" if near else "elsewhere"
                yield where, spelling, text, outcome(resolve(text, near), one)


def main(seed: int = SEED, count: int = COUNT) -> None:
    """Print the shares, and what came out wrong or unknown."""
    counts: Counter[tuple[str, str, str]] = Counter()
    failed = []
    for where, spelling, text, came in measured(draw(seed, count), seed):
        counts[where, spelling, came] += 1
        if came in ("wrong", "unknown"):
            failed.append(f"{where}: {text!r} ({spelling}): {came}")
    print_ = sys.stdout.write
    print_(f"seed {seed}, {count} former units\n")
    kinds = ("right", "asked back", "wrong", "unknown")
    for where, spelling in dict.fromkeys(key[:2] for key in counts):
        shares = "  ".join(f"{kind} {counts[where, spelling, kind] / count:.2f}" for kind in kinds)
        print_(f"{where:16} {spelling:18} {shares}\n")
    print_("\n".join(failed) + "\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
