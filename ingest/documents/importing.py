"""Brings documents in as draft revisions, one by one: a refused one does not stop the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ingest.documents.blocks import Document
from ingest.documents.child import read_document
from ingest.documents.limits import Limits
from ingest.documents.lines import over_pages
from ingest.documents.recognise import Recognised, recognise
from ingest.documents.refusals import RefusedDocumentError
from ingest.documents.sniff import READABLE
from knowledge_base.catalogue import Body
from knowledge_base.record import RecordKind
from knowledge_base.revisions import add_draft, content_hash, database_errors
from knowledge_base.syllables import nfc

AUTHOR = "documents"
"""The author of drafts that came out of documents."""
_LONGEST_NOTE = 300
_NAMES = {RecordKind.PROCEDURE: "thủ tục", RecordKind.GUIDE: "hướng dẫn"}


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of one file."""

    path: Path
    recognised: Recognised | None = None
    refusal: str = ""
    """Why it was refused; empty when it was not."""
    revision_id: int | None = None
    """None where an earlier import of the file said the same."""


def files_in(paths: Iterable[Path]) -> Iterator[Path]:
    """The files named, and those of a readable kind in the folders named, in order."""
    for path in paths:
        if path.is_dir():
            yield from sorted(
                found
                for found in path.rglob("*")
                if found.is_file() and found.suffix.lower() in READABLE
            )
        else:
            yield path


def joined(documents: Sequence[Document]) -> Document:
    """Several files, such as photographs of pages, as the one document that they are."""
    first = documents[0]
    if len(documents) == 1:
        return first
    return Document(
        first.format,
        tuple(over_pages([list(one.blocks) for one in documents])),
        sum(one.pages or 1 for one in documents),
        any(one.recognised for one in documents),
        tuple(dict.fromkeys(note for one in documents for note in one.notes)),
    )


def bring_in(
    engine: Engine, paths: Iterable[Path], limits: Limits, day: date, *, as_one: bool = False
) -> Iterator[Brought]:
    """Store a draft for every file that can be read; tells of each as soon as it is done.

    With ``as_one`` the files are the pages of one document, in their order, and make one draft.

    Raises:
        DatabaseUnavailableError: when a draft cannot be stored; those before it are.
    """
    files = list(files_in(paths))
    for group in [files] if as_one and files else [[path] for path in files]:
        path, read = group[0], []
        for page in group:
            try:
                read.append(read_document(page, limits))
            except RefusedDocumentError as error:
                yield Brought(page, refusal=str(error))
        if not read:
            continue
        name = nfc(path.name)
        found = recognise(joined(read), name, day)
        body = found.draft.body
        stored = Body(found.kind, str(body["id"]), str(body["scope"]), found.draft.as_data(), name)
        with database_errors(), Session(engine) as session, session.begin():
            revision = add_draft(
                session, stored, AUTHOR, note=name[:_LONGEST_NOTE], digest=_digest(found)
            )
        yield Brought(path, found, revision_id=revision)


def _digest(found: Recognised) -> str:
    """What counts as the same draft: all but the day on which the document was brought."""
    data = found.draft.as_data()
    sources = {
        key: {name: value for name, value in source.items() if name != "seen_on"}
        for key, source in data["body"]["sources"].items()
    }
    return content_hash({**data, "body": {**data["body"], "sources": sources}})


def lines_about(brought: Brought) -> list[str]:
    """What staff are told of one file."""
    if brought.recognised is None:
        return [f"{brought.path.name}: KHÔNG NHẬN. {brought.refusal}"]
    found = brought.recognised
    draft = found.draft
    state = "bản nháp mới" if brought.revision_id is not None else "đã nạp trước đây, không đổi"
    told = [f"{brought.path.name}: {_NAMES[found.kind]} “{draft.body['title']}” ({state})"]
    told.append(f"  Tìm thấy: {', '.join(found.found) or 'không có đề mục nào'}")
    if draft.missing:
        told.append(f"  Chưa tìm thấy: {', '.join(draft.missing)}")
    told += [f"  Lưu ý: {warning}" for warning in draft.warnings]
    return told
