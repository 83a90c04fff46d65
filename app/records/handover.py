"""Everything that is kept of some communes, in one ZIP: to hand over, to look through, to leave.

Rows are JSON lines, one file a table, as the database holds them; a program can read them back
and a person can open them. Records are the content files of ``hoixa knowledge export``.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Collection, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, Protocol

from sqlalchemy import ColumnElement, Engine, Table, select
from sqlalchemy.orm import Session

from app.records.files import FilePurpose, Files, StoredFileRow
from ingest.export import export_content
from knowledge_base.catalogue import Body
from knowledge_base.day import today
from knowledge_base.record import RecordKind
from knowledge_base.revisions import Base, RevisionRow, database_errors, published

NOT_HANDED_OVER = {
    "audit_head": "the end of the log's chain, of the whole deployment",
    "day_sheet": "counted from the answers, which are handed over",
    "ingest_job": "work on the index, of the whole deployment",
    "job": "work that is done; its files are handed over",
    "officer": "accounts are the deployment's; the audit log names who did what",
    "officer_area": "likewise",
    "open_day": "days whose sheet is made anew",
    "sheet_word": "how sheets of days write a word",
    "sign_in_try": "slowed guesses of passwords",
    "snapshot": "the index is derived from the revisions",
    "snapshot_revision": "likewise",
    "secret": "signs the cookies of the whole deployment",
    "staff_session": "who is signed in now",
    "stored_file_part": "documents are handed over as files",
}
"""Tables that no commune's export holds, each with the reason."""

_ROWS_AT_ONCE = 500


class Progress(Protocol):
    """Told how far it is."""

    def __call__(self, done: int, total: int, words: str = "") -> None:
        """So many tables of so many."""
        ...


def hand_over(
    engine: Engine,
    files: Files,
    communes: Collection[str],
    scopes: Collection[str],
    out: IO[bytes],
    progress: Progress,
) -> int:
    """Write the ZIP of what is kept of some communes; how many rows it holds.

    Args:
        engine: the database.
        files: the documents that officers brought.
        communes: ids of the communes.
        scopes: the scopes whose records, drafts and entries belong to them.
        out: where to; it must be seekable.
        progress: told of each table.

    Raises:
        DatabaseUnavailableError: when the database cannot be read.
    """
    chosen = tables_of(communes, scopes)
    rows = 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (table, which) in enumerate(chosen.items()):
            progress(number, len(chosen), f"Đang ghi bảng {table.name}")
            with archive.open(f"bang/{table.name}.jsonl", "w") as file:
                for row in _rows(engine, table, which):
                    file.write(json.dumps(row, ensure_ascii=False, default=_plain).encode() + b"\n")
                    rows += 1
        _add_records(engine, archive, communes, scopes)
        _add_documents(engine, files, archive, scopes)
        progress(len(chosen), len(chosen), "Đã ghi xong")
    return rows


def tables_of(
    communes: Collection[str], scopes: Collection[str]
) -> dict[Table, ColumnElement[bool]]:
    """The tables that hold something of communes, each with which of its rows do.

    A table belongs to communes by a column ``commune`` or ``scope``, or by pointing at one that
    does; :data:`NOT_HANDED_OVER` names every other.
    """
    found: dict[Table, ColumnElement[bool]] = {}
    for table in Base.metadata.sorted_tables:
        if table.name in NOT_HANDED_OVER:
            continue
        if table.name == RevisionRow.__tablename__:
            # the records of the communes themselves are of no narrower scope
            own = (table.c.kind == RecordKind.COMMUNE.value) & table.c.record_id.in_(list(communes))
            found[table] = table.c.scope.in_(list(scopes)) | own
        elif "commune" in table.c:
            found[table] = table.c.commune.in_(list(communes))
        elif "scope" in table.c:
            found[table] = table.c.scope.in_(list(scopes))
        else:
            parent = next(
                (
                    (key.parent, key.column)
                    for key in sorted(table.foreign_keys, key=lambda key: key.parent.name)
                    if key.column.table in found
                ),
                None,
            )
            if parent is not None:
                column, theirs = parent
                found[table] = column.in_(select(theirs).where(found[theirs.table]))
    return found


def _rows(engine: Engine, table: Table, which: ColumnElement[bool]) -> Iterator[dict[str, Any]]:
    wanted = select(table).where(which).order_by(*table.primary_key.columns)
    with database_errors(), Session(engine) as session:
        found = session.execute(wanted.execution_options(yield_per=_ROWS_AT_ONCE))
        for row in found.mappings():
            yield dict(row)


def _add_records(
    engine: Engine, archive: zipfile.ZipFile, communes: Collection[str], scopes: Collection[str]
) -> None:
    with database_errors(), Session(engine) as session:
        bodies = [one.body for one in published(session, today())]
    own = [body for body in bodies if _is_of(body, communes, scopes)]
    with tempfile.TemporaryDirectory() as folder:
        export_content(own, Path(folder))
        for path in sorted(Path(folder).rglob("*.yaml")):
            archive.write(path, f"tri-thuc/{path.relative_to(folder).as_posix()}")


def _add_documents(
    engine: Engine, files: Files, archive: zipfile.ZipFile, scopes: Collection[str]
) -> None:
    wanted = select(StoredFileRow.id, StoredFileRow.name).where(
        StoredFileRow.scope.in_(list(scopes)), StoredFileRow.purpose == FilePurpose.DOCUMENT.value
    )
    with database_errors(), Session(engine) as session:
        found = session.execute(wanted.order_by(StoredFileRow.made_at)).all()
    for file_id, name in found:
        safe = name.replace("/", "_").replace("\\", "_")
        with archive.open(f"van-ban/{file_id[:8]}-{safe}", "w", force_zip64=True) as out:
            for piece in files.pieces(file_id):
                out.write(piece)


def _is_of(body: Body, communes: Collection[str], scopes: Collection[str]) -> bool:
    if body.kind is RecordKind.COMMUNE:
        return body.id in communes
    return body.scope in scopes


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
