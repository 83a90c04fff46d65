"""Runs Tesseract, the one program that reads letters from pictures for us."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image

from ingest.documents.refusals import Refusal, RefusedDocumentError

LANGUAGE = "vie"
_FIELDS = 12


@dataclass(frozen=True, slots=True)
class Word:
    """A word that was read, its box in points of the picture."""

    text: str
    left: int
    top: int
    right: int
    bottom: int
    confidence: float
    """0 to 100."""
    line: tuple[int, int, int]
    """Which block, paragraph and line it stands in."""


_ZERO = re.compile(
    r"(?<=[\d.,/])[Oo](?![^\W\d_oO])|(?<![^\W\d_])[Oo](?=[\dOo.,/]*\d)|(?<=CT)O(?=\d)"
)
_ONE = re.compile(r"(?<=\d)[lI|](?=[\d/.,]|$)|(?<![^\W_])[lI|](?=\d)")


def _mended(word: str) -> str:
    """Letters between digits that can only be digits: ``O3`` → ``03``, ``15.OOO`` → ``15.000``."""
    before = ""
    while word != before:
        before, word = word, _ONE.sub("1", _ZERO.sub("0", word))
    return word


@lru_cache(maxsize=1)
def can_recognise() -> bool:
    """Whether Tesseract and its Vietnamese are installed."""
    program = shutil.which("tesseract")
    if program is None:
        return False
    listed = subprocess.run(  # noqa: S603 - a fixed program, no shell
        [program, "--list-langs"], capture_output=True, text=True, check=False
    )
    return LANGUAGE in listed.stdout.split()


def words_in(picture: Image.Image, *, one_block: bool) -> list[Word]:
    """The words of an upright picture; ``one_block`` for a table's column, else a whole page.

    Raises:
        RefusedDocumentError: when Tesseract is not there or fails.
    """
    options = ("--psm", "6" if one_block else "4", "-c", "preserve_interword_spaces=0", "tsv")
    rows = csv.reader(
        io.StringIO(_run(picture, "-l", LANGUAGE, *options)),
        delimiter="\t",
        quoting=csv.QUOTE_NONE,
    )
    found = []
    for row in rows:
        if len(row) != _FIELDS or row[0] != "5" or not row[11].strip():
            continue
        left, top, width, height = map(int, row[6:10])
        found.append(
            Word(
                _mended(row[11].strip()),
                left,
                top,
                left + width,
                top + height,
                float(row[10]),
                (int(row[2]), int(row[3]), int(row[4])),
            )
        )
    return found


def quarter_turns(picture: Image.Image) -> int:
    """How many quarter turns counter-clockwise make the picture upright; 0 where unsure."""
    try:
        told = _run(picture, "-l", "osd", "--psm", "0")
    except RefusedDocumentError:
        return 0  # too few letters to tell
    values = dict(line.split(": ", 1) for line in told.splitlines() if ": " in line)
    try:
        sure = float(values.get("Orientation confidence", "0")) >= _SURE
        return (4 - int(values.get("Rotate", "0")) // 90) % 4 if sure else 0
    except ValueError:
        return 0


_SURE = 2.0


def _run(picture: Image.Image, *options: str) -> str:
    if not can_recognise():
        raise RefusedDocumentError(Refusal.NO_OCR)
    program = shutil.which("tesseract")
    assert program is not None
    written = io.BytesIO()
    picture.save(written, "PPM")
    # the reading process that runs this is itself ended when its time is over
    done = subprocess.run(  # noqa: S603 - a fixed program, no shell
        [program, "stdin", "stdout", *options],
        input=written.getvalue(),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise RefusedDocumentError(Refusal.NOTHING_READ, done.stderr.decode(errors="replace"))
    return done.stdout.decode("utf-8", errors="replace")
