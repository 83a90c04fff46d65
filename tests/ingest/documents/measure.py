"""How much of what a document says is read right, per format.

``python -m tests.ingest.documents.measure [FORMAT…]`` makes ten documents of each format from ten
published procedures, reads them through the reading process, and prints the shares.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np

from ingest.documents.blocks import Block, Document, lines_of
from ingest.documents.child import read_document
from ingest.documents.importing import joined
from ingest.documents.limits import Limits
from ingest.documents.recognise import recognise
from knowledge_base.procedure import Procedure
from tests.ingest.documents import made

DAY = date(2026, 11, 21)
_ALIKE = 0.9
"""Of a name's or sentence's letters."""


@dataclass(slots=True)
class Score:
    """Fields found right, of all; and characters."""

    right: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    distance: int = 0
    characters: int = 0
    seconds: float = 0.0
    documents: int = 0

    def share(self, *kinds: str) -> float:
        """The share of right fields, of all kinds when none is named."""
        asked = sum(count for kind, count in self.asked.items() if not kinds or kind in kinds)
        right = sum(count for kind, count in self.right.items() if not kinds or kind in kinds)
        return right / asked if asked else 1.0


def alike(one: str, other: str) -> bool:
    """Whether two names are the same but for a few misread letters."""
    return SequenceMatcher(None, one.lower(), other.lower(), autojunk=False).ratio() >= _ALIKE


def expected(one: Procedure) -> Iterator[tuple[str, Callable[[Mapping[str, Any]], bool], str]]:
    """Every field the documents of a procedure state: its kind, how to check it, its words."""

    def among(key: str, **wanted: Any) -> Callable[[Mapping[str, Any]], bool]:
        return lambda body: any(
            all(found.get(name) == value for name, value in wanted.items())
            for found in body.get(key, [])
        )

    def texts(key: str, text: str) -> Callable[[Mapping[str, Any]], bool]:
        return lambda body: any(alike(found["text"], text) for found in body.get(key, []))

    yield "tên", lambda body: alike(body["title"], one.title), one.title
    if one.code:
        yield "mã", lambda body: body.get("code") == one.code, one.code
    cases = [case for case in one.cases if case.dossier]
    for case in cases:
        yield "trường hợp", _has_case(case.title), case.title
    for paper in (*one.dossier, *(paper for case in cases for paper in case.dossier)):
        counts = {
            name: value
            for name, value in (("originals", paper.originals), ("copies", paper.copies))
            if value
        }

        yield "giấy tờ", _has_paper(paper.item, {}), paper.item
        if counts:
            yield "số bản", _has_paper(paper.item, counts), f"{paper.item}: {counts}"
    for limit in one.time_limits:
        wanted = {"unit": limit.unit.value} | ({"amount": limit.amount} if limit.amount else {})
        yield "thời hạn", among("time_limits", **wanted), str(wanted)
    for fee in one.fees or ():
        yield "lệ phí", among("fees", amount=fee.amount), str(fee.amount)
    for form in one.forms:
        if form.number:
            yield "mẫu đơn", _has_form(form.number), form.number
    for law in one.legal_basis:
        yield "số văn bản", among("legal_basis", number=law.number), law.number
        if law.issued:
            day = law.issued.isoformat()
            yield (
                "ngày văn bản",
                among("legal_basis", number=law.number, issued=day),
                f"{law.number} {day}",
            )
    for place in one.where:
        yield "nơi nộp", among("where", counter=place.counter.value), place.counter.value
    for way in one.channels:
        yield "cách nộp", among("channels", channel=way.channel.value), way.channel.value
    for key, lines in (
        ("steps", one.steps),
        ("who_can_apply", one.who_can_apply),
        ("conditions", one.conditions),
        ("result", one.result),
    ):
        for line in lines:
            yield "câu chữ", texts(key, " ".join(line.text.split())), f"{key}: {line.text}"


Check = Callable[[Mapping[str, Any]], bool]


def _has_paper(name: str, counts: Mapping[str, int]) -> Check:
    return lambda body: any(
        (alike(found["item"], name) or alike(_bare(found.get("note", "")), name))
        and all(found.get(key) == value for key, value in counts.items())
        for found in _papers(body)
    )


def _papers(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from body.get("dossier", [])
    for case in body.get("cases", []):
        yield from case["dossier"]


def _bare(note: str) -> str:
    return note.split(" (mẫu ")[0]


def _has_case(title: str) -> Check:
    return lambda body: any(alike(found["title"], title) for found in body.get("cases", []))


def _has_form(number: str) -> Check:
    return lambda body: any(
        number_of(str(found.get("number", ""))) == number_of(number)
        for found in body.get("forms", [])
    )


def number_of(form: str) -> str:
    """A form's number without the words around it."""
    words = form.split(" kèm ")[0].replace("Mẫu số", "").replace("Mẫu", "").split()
    return " ".join(words).lower()


def score(one: Procedure, body: Mapping[str, Any], into: Score) -> None:
    """Compare a draft's body with the procedure its document was made of."""
    for kind, check, words in expected(one):
        into.asked[kind] += 1
        if check(body):
            into.right[kind] += 1
        else:
            into.wrong.append(f"{one.id} {kind}: {words}")


def distance(one: str, other: str) -> int:
    """The fewest letters to put in, leave out or change (Levenshtein)."""
    right = np.frombuffer(other.encode("utf-32-le"), dtype=np.uint32)
    row = np.arange(len(right) + 1)
    for place, letter in enumerate(one, 1):
        changed = row[:-1] + (right != ord(letter))
        best = np.minimum(changed, row[1:] + 1)
        steps = np.concatenate(([place], best)) - np.arange(len(right) + 1)
        row = np.minimum.accumulate(steps) + np.arange(len(right) + 1)
    return int(row[-1])


def letters(blocks: Sequence[Block]) -> str:
    """The letters of a document without the blanks between lines and the bullets before them."""
    return " ".join(
        " ".join(line.split()).removeprefix("- ").removeprefix("+ ")
        for block in blocks
        for line in lines_of(block)
    )


Maker = Callable[[Sequence[Block], Path, int], list[Path]]


def makers() -> dict[str, Maker]:
    """The formats by name, each with what writes a document and returns its files."""

    def one(write: Callable[[Sequence[Block], Path], None], suffix: str) -> Maker:
        def make(blocks: Sequence[Block], path: Path, seed: int) -> list[Path]:
            write(blocks, path.with_suffix(suffix))
            return [path.with_suffix(suffix)]

        return make

    def scan(blocks: Sequence[Block], path: Path, seed: int) -> list[Path]:
        made.as_scanned_pdf(blocks, path.with_suffix(".pdf"), seed)
        return [path.with_suffix(".pdf")]

    return {
        "DOCX": one(made.as_docx, ".docx"),
        "DOCX TCVN3": one(made.as_old_docx, ".docx"),
        "PDF": one(made.as_pdf, ".pdf"),
        "HTML": one(made.as_html, ".html"),
        "XLSX": one(made.as_xlsx, ".xlsx"),
        "PDF quét": scan,
        "Ảnh chụp": lambda blocks, path, seed: made.as_photos(
            blocks, path.with_suffix(".jpg"), seed
        ),
    }


OCR = ("PDF quét", "Ảnh chụp")
FIGURES = ("mã", "số bản", "thời hạn", "lệ phí", "mẫu đơn", "số văn bản", "ngày văn bản")


def measure(
    name: str, folder: Path, procedures: Sequence[Procedure], limits: Limits | None = None
) -> Score:
    """Make and read one document of each procedure in a format."""
    found = Score()
    for place, procedure in enumerate(procedures):
        blocks = made.form_of(procedure, place)
        files = makers()[name](blocks, folder / f"{procedure.id}-{place}", 100 * place + place % 2)
        started = time.monotonic()
        read: list[Document] = [read_document(file, limits or Limits()) for file in files]
        found.seconds += time.monotonic() - started
        document = joined(read)
        found.documents += 1
        score(procedure, recognise(document, files[0].name, DAY).draft.body, found)
        if name in OCR:
            wanted = letters(blocks)
            found.distance += distance(wanted, letters(document.blocks))
            found.characters += len(wanted)
    return found


def main() -> None:
    """Print the table of shares, and what was missed, to the terminal."""
    wanted = sys.argv[1:] or list(makers())
    procedures = made.chosen()
    print(
        "| Định dạng | Tài liệu | Trường đúng | Số liệu đúng | Câu chữ đúng | Ký tự đúng | Giây |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|")
    missed: list[str] = []
    for name in wanted:
        with tempfile.TemporaryDirectory() as folder:
            found = measure(name, Path(folder), procedures)
        characters = f"{1 - found.distance / found.characters:.2%}" if found.characters else "–"
        fields = sum(found.asked.values())
        print(
            f"| {name} | {found.documents} | {found.share():.1%} ({fields}) "
            f"| {found.share(*FIGURES):.1%} ({sum(found.asked[kind] for kind in FIGURES)}) "
            f"| {found.share('câu chữ'):.1%} | {characters} "
            f"| {found.seconds / found.documents:.1f} |",
            flush=True,
        )
        missed += [f"{name}: {words}" for words in found.wrong]
    print("\nTrường sai hoặc thiếu:")
    for words in missed:
        print(f"- {words}")


if __name__ == "__main__":
    main()
