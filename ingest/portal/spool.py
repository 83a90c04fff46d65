"""Keeps records on disk while a run reads all its files, so that both forms of one can be joined.

A file of 500 MB parsed at once would not fit the memory of a small machine; here one record is in
memory at a time.
"""

from __future__ import annotations

import sqlite3
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from ingest.portal.merge import filled
from ingest.portal.read import read_record
from ingest.portal.record import Form, PortalRecord

_FAST = 1


class Spool:
    """Raw records by code and form, in a file that is gone when the run ends."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="hoixa-import-")
        self._file = sqlite3.connect(Path(self._folder.name) / "spool.db", isolation_level=None)
        self._file.execute("PRAGMA journal_mode = OFF")
        self._file.execute("PRAGMA synchronous = OFF")
        self._file.execute(
            "CREATE TABLE record (code TEXT, form TEXT, raw BLOB, PRIMARY KEY (code, form))"
        )
        self._file.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        self._folder.cleanup()

    def add(self, record: PortalRecord, raw: bytes) -> bool:
        """Keep a record; False when it takes the place of one with the same code and form."""
        before = self._file.execute(
            "SELECT 1 FROM record WHERE code = ? AND form = ?", (record.code, record.form.value)
        ).fetchone()
        self._file.execute(
            "INSERT OR REPLACE INTO record VALUES (?, ?, ?)",
            (record.code, record.form.value, zlib.compress(raw, _FAST)),
        )
        return before is None

    def records(self) -> Iterator[PortalRecord]:
        """Every procedure once, by code, the detail form filled from the prose form."""
        codes = self._file.execute("SELECT DISTINCT code FROM record ORDER BY code")
        for (code,) in codes:
            forms = {
                found.form: found
                for (raw,) in self._file.execute("SELECT raw FROM record WHERE code = ?", (code,))
                if isinstance(found := read_record(zlib.decompress(raw), code), PortalRecord)
            }
            detail, prose = forms.get(Form.DETAIL), forms.get(Form.PROSE)
            if detail and prose:
                yield filled(detail, prose)
            elif found := detail or prose:
                yield found
