"""The reading process: takes a path and limits, writes what it read; see ``child.py``.

Whatever a document makes a library do happens here, where memory, time and files are limited.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path

from ingest.documents.blocks import Document, DocumentFormat, to_json
from ingest.documents.encodings import modern
from ingest.documents.limits import MAX_RESULT_BYTES, PROGRESS, Limits
from ingest.documents.refusals import Refusal, RefusedDocumentError
from ingest.documents.sniff import format_of

_SPARE_SECONDS = 5
"""Processor time beyond the wall clock's: the parent ends us first, if there still is one."""


def untold(done: int, total: int) -> None:
    """Progress that nobody waits for."""


def read(path: Path, limits: Limits, told: Callable[[int, int], None] = untold) -> Document:
    """Read a document in this very process, telling how many of its pages are done.

    Raises:
        RefusedDocumentError: when it is not read, with the reason.
    """
    # Each reader brings its libraries, of which one file needs one.
    match format_of(path, limits):
        case DocumentFormat.DOCX:
            from ingest.documents.read_docx import read_docx

            document = read_docx(path)
        case DocumentFormat.XLSX:
            from ingest.documents.read_xlsx import read_xlsx

            document = read_xlsx(path)
        case DocumentFormat.PDF:
            from ingest.documents.read_pdf import read_pdf

            document = read_pdf(path, limits, told)
        case DocumentFormat.HTML:
            from ingest.documents.read_html import read_html

            document = read_html(path)
        case DocumentFormat.MARKDOWN:
            from ingest.documents.read_markdown import read_markdown

            document = read_markdown(path)
        case DocumentFormat.IMAGE:
            from ingest.documents.read_image import read_image

            document = read_image(path, limits, told)
    if not any(character.isalnum() for line in document.lines() for character in line):
        raise RefusedDocumentError(Refusal.NOTHING_READ)
    return modern(document)


def confine(limits: Limits) -> None:
    """Limit this process, and those it starts, for good."""
    seconds = int(limits.seconds) + _SPARE_SECONDS
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, MAX_RESULT_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def note(done: int, total: int) -> None:
    """Leave word of the progress for the parent, in the folder that we run in."""
    Path(PROGRESS).write_text(f"{done} {total}", encoding="ascii")


def main() -> None:
    """Do for ``argv[1]``, within the limits of ``argv[2]``, what ``argv[3]`` names.

    ``read`` writes the document, ``pictures`` how many pages were painted; or the refusal.
    """
    limits = Limits(**json.loads(sys.argv[2]))
    confine(limits)
    told: dict[str, object]
    try:
        if sys.argv[3] == "pictures":
            from ingest.documents.pictures import paint

            told = {"pictures": paint(Path(sys.argv[1]), limits, Path())}
        else:
            told = {"document": to_json(read(Path(sys.argv[1]), limits, note))}
    except RefusedDocumentError as error:
        told = {"refusal": error.refusal.name, "detail": error.detail[:2000]}
    except MemoryError:
        told = {"refusal": Refusal.TOO_HEAVY.name, "detail": ""}
    except RecursionError:
        told = {"refusal": Refusal.BROKEN.name, "detail": "nested too deeply"}
    sys.stdout.write(json.dumps(told, ensure_ascii=False))


if __name__ == "__main__":
    main()
