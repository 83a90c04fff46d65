"""Imports files of the portal: every record a draft revision, compared with what is published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ingest.draft import Draft
from ingest.portal.compare import Difference, differences
from ingest.portal.draft import Provenance, draft_of
from ingest.portal.known import Known
from ingest.portal.naming import Names, plain_title
from ingest.portal.read import BadRecord, PortalFileError, read_file
from ingest.portal.record import Form, Level, PortalRecord
from ingest.portal.spool import Spool
from ingest.portal.write import write_draft
from knowledge_base.catalogue import Body
from knowledge_base.record import RecordKind, Topic
from knowledge_base.revisions import add_draft, database_errors, newest_drafts

AUTHOR = "import-portal"
"""The author of drafts that an import makes."""
_AT_ONCE = 100
"""Records in one transaction: what an import killed half-way leaves is whole."""

_NOTES = {
    Form.DETAIL: "bản chi tiết của Cổng",
    Form.PROSE: "bản chữ của Cổng",
    Form.BOTH: "bản chi tiết của Cổng, chỗ trống lấy từ bản chữ",
}
_MAIN = frozenset(
    {
        "nơi nộp",
        "cách nộp",
        "thành phần hồ sơ",
        "thời hạn",
        "kết quả",
        "căn cứ pháp lý",
        "trình tự",
    }
)
"""What every procedure has; a fee, a form or a topic of ours may rightly be absent."""
_DATE_OF = "ngày ban hành của "


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records to import."""

    topic: Topic | None = None
    commune_level: bool = False
    """Only those that a commune carries out and that hold in the whole country."""

    def takes(self, record: PortalRecord) -> bool:
        """Whether a record is among them."""
        if self.topic is not None and record.topic is not self.topic:
            return False
        return not self.commune_level or (record.national and Level.COMMUNE in record.levels)


@dataclass(frozen=True, slots=True)
class Compared:
    """A record whose code is published, and where it differs."""

    code: str
    title: str
    record_id: str
    """The id of the published record."""
    differences: tuple[Difference, ...]


@dataclass(slots=True)
class Report:
    """What an import found and did."""

    read: Counter[Form] = field(default_factory=Counter)
    """Good records by form, before any filter."""
    repeated: int = 0
    """Records that took the place of an earlier one with the same code and form."""
    bad: int = 0
    tests: list[str] = field(default_factory=list)
    """Codes of the portal's own test records, left out."""
    unwanted: int = 0
    new: int = 0
    unchanged: int = 0
    whole: int = 0
    """Drafts with every main field found."""
    missing: Counter[str] = field(default_factory=Counter)
    matched: int = 0
    differing: int = 0
    written: int = 0

    @property
    def drafts(self) -> int:
        """How many procedures became drafts."""
        return self.new + self.unchanged


def import_portal(
    engine: Engine,
    paths: Sequence[Path],
    known: Known,
    *,
    wanted: Wanted | None = None,
    provenance: Provenance | None = None,
    out: Path | None = None,
    bad: Callable[[BadRecord], None] = lambda _: None,
    compared: Callable[[Compared], None] = lambda _: None,
) -> Report:
    """Store a draft revision for every record wanted, and tell each that differs from ours.

    Bad records are told to ``bad`` and the others go on. Importing the same files again adds
    nothing, and an import killed half-way is completed by the next.

    Raises:
        PortalFileError: when a file cannot be opened, or ``out`` cannot be written.
        DatabaseUnavailableError: when the database cannot be read or written.
    """
    wanted, report = wanted or Wanted(), Report()
    with Spool() as spool:
        for path in paths:
            for found in read_file(path):
                if isinstance(found, BadRecord):
                    report.bad += 1
                    bad(found)
                else:
                    report.read[found.record.form] += 1
                    report.repeated += not spool.add(found.record, found.raw)
        with database_errors():
            names = Names(known, _ids_of_drafts(engine))
            for batch in _batches(_taken(spool, wanted, report)):
                with Session(engine) as session, session.begin():
                    for record in batch:
                        draft = draft_of(
                            record,
                            names.id_of(record.code, plain_title(record.name)),
                            known,
                            provenance,
                        )
                        _store(session, record, draft, report)
                        _compare(draft, known, report, compared)
                        _write(draft, out, report)
    return report


def _ids_of_drafts(engine: Engine) -> dict[str, str]:
    with Session(engine) as session:
        return {
            str(code): drafted.body.id
            for drafted in newest_drafts(session, AUTHOR)
            if (code := drafted.body.data["body"].get("code"))
        }


def _taken(spool: Spool, wanted: Wanted, report: Report) -> Iterator[PortalRecord]:
    for record in spool.records():
        if record.is_test:
            report.tests.append(record.code)
        elif wanted.takes(record):
            yield record
        else:
            report.unwanted += 1


def _batches(records: Iterator[PortalRecord]) -> Iterator[list[PortalRecord]]:
    batch: list[PortalRecord] = []
    for record in records:
        batch.append(record)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _store(session: Session, record: PortalRecord, draft: Draft, report: Report) -> None:
    body = Body(
        RecordKind.PROCEDURE,
        str(draft.body["id"]),
        str(draft.body["scope"]),
        draft.as_data(),
        f"procedure {draft.body['id']}",
    )
    added = add_draft(session, body, AUTHOR, note=_NOTES[record.form], digest=draft.digest())
    if added is None:
        report.unchanged += 1
    else:
        report.new += 1
    report.whole += _MAIN.isdisjoint(draft.missing)
    report.missing.update(
        {f"{_DATE_OF}căn cứ" if gap.startswith(_DATE_OF) else gap for gap in draft.missing}
    )


def _compare(
    draft: Draft, known: Known, report: Report, compared: Callable[[Compared], None]
) -> None:
    code = str(draft.body["code"])
    published = known.procedures.get(code)
    if published is None:
        return
    report.matched += 1
    found = differences(published, draft.body)
    report.differing += bool(found)
    compared(Compared(code, str(published["title"]), str(published["id"]), found))


def _write(draft: Draft, out: Path | None, report: Report) -> None:
    if out is None:
        return
    try:
        write_draft(draft, out)
    except OSError as error:
        raise PortalFileError(f"Không ghi được vào {out} ({error.strerror}).") from error
    report.written += 1
