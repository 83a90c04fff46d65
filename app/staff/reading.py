"""Reads the documents that officers bring, and lays them beside what is published."""

from __future__ import annotations

import contextlib
import logging
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.records.audit import AuditEntry, AuditLog
from app.records.draft import Draft, DraftOrigin, NewDraft
from app.records.drafts import Drafts
from app.records.files import FilePurpose, Files
from app.records.jobs import JobFailedError, JobProgress, JobResult, JobStoppedError
from app.records.read_documents import ReadDocument, ReadDocuments
from app.staff.access import Area
from ingest.documents.about import Guess, Why, guesses
from ingest.documents.amend import Published, amended, source_key
from ingest.documents.blocks import Document, from_json, to_json
from ingest.documents.child import page_pictures, read_document
from ingest.documents.compare import Comparison, compare
from ingest.documents.compare_guide import compare_sections
from ingest.documents.importing import joined
from ingest.documents.letterhead import Letterhead, letterhead_of, source_kind_of
from ingest.documents.limits import Limits
from ingest.documents.recognise import SOURCE, Recognised, recognise, title_of
from ingest.documents.refusals import RefusedDocumentError
from ingest.documents.said import said_in
from ingest.live import LiveKnowledge
from ingest.portal.naming import slug
from knowledge_base.catalogue import laid_over
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import NATIONAL, RecordKind
from knowledge_base.revisions import RevisionState, database_errors, live_revision
from knowledge_base.section import day_words

log = logging.getLogger(__name__)

_NEAREST = 10
_LONGEST_NOTE = 20_000
"""Characters of a part's own prose that go with a draft."""
_SUFFIX = re.compile(r"\.[a-z0-9]{1,10}$")
_A_FILE = 100
"""What one file counts for in a job's progress."""


@dataclass(frozen=True, slots=True)
class Brought:
    """A file that was sent and is kept."""

    file_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that is not read."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Beside:
    """A document beside the record that it is laid beside."""

    document: Document
    head: Letterhead
    recognised: Recognised
    guesses: tuple[Guess, ...]
    record: Published | None
    """None where it becomes a new record."""
    kind: RecordKind
    comparison: Comparison


class UnknownRecordError(LookupError):
    """No such record applies here."""


class Documents:
    """What becomes of the documents that officers bring."""

    def __init__(
        self,
        engine: Engine,
        live: LiveKnowledge,
        files: Files,
        kept: ReadDocuments,
        drafts: Drafts,
        audit: AuditLog,
        limits: Limits,
        now: Callable[[], datetime],
    ) -> None:
        """Read within limits.

        Args:
            engine: the database.
            live: what is published.
            files: where the documents and the pictures of their pages lie.
            kept: what was read of them.
            drafts: what becomes of them.
            audit: where it is written down.
            limits: of reading.
            now: the local time of every commune.
        """
        self._engine = engine
        self._live = live
        self._files = files
        self._drafts = drafts
        self._audit = audit
        self._now = now
        self.kept = kept
        self.limits = limits

    # --- reading

    def work(
        self,
        brought: Sequence[Brought],
        area: Area,
        by: str,
        *,
        as_one: bool = False,
        refused: Sequence[Refused] = (),
    ) -> Callable[[JobProgress], JobResult]:
        """What a job does with files that were brought: read each, and keep what was read.

        Args:
            brought: the files, in their order.
            area: for which the documents are to count.
            by: the username of who brought them.
            as_one: whether they are the pages of one document.
            refused: files that were not even kept.
        """

        def work(progress: JobProgress) -> JobResult:
            groups = [list(brought)] if as_one and brought else [[one] for one in brought]
            all_refused = list(refused)
            read: list[tuple[str, str]] = []
            done = 0
            for group in groups:
                try:
                    document_id, missed = self._read(group, area, by, progress, done, len(brought))
                except JobStoppedError:  # what nobody will read is not kept
                    self._files.remove([one.file_id for one in brought[done:]])
                    raise
                done += len(group)
                all_refused += missed
                if document_id is not None:
                    read.append((document_id, group[0].name))
            return _result(read, all_refused)

        return work

    def _read(
        self,
        group: Sequence[Brought],
        area: Area,
        by: str,
        progress: JobProgress,
        before: int,
        total: int,
    ) -> tuple[str | None, list[Refused]]:
        """Read one document; its id, or None, and the files of it that are refused."""
        documents: list[Document] = []
        kept: list[Brought] = []
        pictures: list[bytes] = []
        refused: list[Refused] = []
        for number, one in enumerate(group, before):

            def watch(done: int, pages: int, one: Brought = one, number: int = number) -> None:
                part = _A_FILE * done // pages if pages else 0
                where = f", trang {done + 1}/{pages}" if pages > 1 else ""
                words = f"Đang đọc {one.name}{where} (tệp {number + 1}/{total})"
                progress(number * _A_FILE + part, total * _A_FILE, words)

            watch(0, 0)
            with self._on_disk(one) as path:
                try:
                    documents.append(read_document(path, self.limits, watch))
                except RefusedDocumentError as error:
                    refused.append(Refused(one.name, str(error)))
                    self._files.remove([one.file_id])
                    continue
                kept.append(one)
                watch(1, 1)
                room = self.limits.max_pictures - len(pictures)
                pictures += _pictures_of(path, self.limits)[:room]
        if not documents:
            return None, refused
        document, name = joined(documents), group[0].name
        picture_ids = [
            self._files.add(
                f"trang-{number}.jpg",
                "image/jpeg",
                picture,
                area.scope,
                by,
                purpose=FilePurpose.DOCUMENT,
                needs="edit",
            )
            for number, picture in enumerate(pictures, 1)
        ]
        found = self._guesses(document, name, area)
        document_id = self.kept.add(
            scope=area.scope,
            name=name,
            files=[one.file_id for one in kept],
            pictures=picture_ids,
            content=to_json(document),
            found={
                "guesses": [[one.record_id, one.why.value, one.share] for one in found],
                "refused": [[one.name, one.reason] for one in refused],
            },
            by=by,
        )
        return document_id, refused

    @contextlib.contextmanager
    def _on_disk(self, one: Brought) -> Iterator[Path]:
        """The file under a harmless name with its own ending, which says what it should be."""
        suffix = _SUFFIX.search(one.name.lower())
        with tempfile.TemporaryDirectory(prefix="hoixa-") as folder:
            path = Path(folder) / f"tep{suffix.group() if suffix else ''}"
            with path.open("wb") as file:
                for piece in self._files.pieces(one.file_id):
                    file.write(piece)
            yield path

    def _guesses(self, document: Document, name: str, area: Area) -> tuple[Guess, ...]:
        def near(text: str) -> Mapping[str, float]:
            if not area.communes:
                return {}
            edition = self._live.edition()
            found: dict[str, float] = {}
            nearest = self._live.nearest(edition, text, area.communes[0].id, _NEAREST)
            for chunk_id, cosine in nearest.items():
                if (place := edition.place_of.get(chunk_id)) is not None:
                    record_id = edition.chunks[place].record_id
                    found[record_id] = max(cosine, found.get(record_id, 0.0))
            return found

        return guesses(document, letterhead_of(document), name, self.records(area), near)

    # --- comparing

    def records(self, area: Area) -> Mapping[str, Procedure | Guide]:
        """The records that apply in an area, by id, in the version that its own would stand on."""
        edition = self._live.edition()
        if area.commune is not None:
            return edition.scope(area.commune.id).records
        wanted = [NATIONAL, area.scope]
        found: dict[str, Procedure | Guide] = {}
        for scope in wanted:
            for (record_id, at), record in edition.catalogue.records.items():
                if at == scope:
                    found[record_id] = record
        return found

    def beside(self, kept: ReadDocument, area: Area, record_id: str | None) -> Beside:
        """A read document beside a record; beside none for a new one.

        Raises:
            UnknownRecordError: when no such record applies in the area.
        """
        document = from_json(kept.content)
        head = letterhead_of(document)
        recognised = recognise(document, kept.name, self._day())
        found = tuple(Guess(one, Why(why), share) for one, why, share in kept.found["guesses"])
        if record_id is None:
            nothing = Comparison((), ())
            return Beside(document, head, recognised, found, None, recognised.kind, nothing)
        records = self.records(area)
        if record_id not in records:
            raise UnknownRecordError(record_id)
        guide = isinstance(records[record_id], Guide)
        kind = RecordKind.GUIDE if guide else RecordKind.PROCEDURE
        published = self._published(kind, record_id, area.scope)
        if guide:
            comparison = compare_sections(published.merged, document)
        else:
            comparison = compare(published.merged, said_in(document), document, head)
        return Beside(document, head, recognised, found, published, kind, comparison)

    def _published(self, kind: RecordKind, record_id: str, scope: str) -> Published:
        catalogue = self._live.edition().catalogue
        wider = catalogue.wider(kind, record_id, scope)
        key = (kind.value, record_id, scope)
        own = next((dict(body.data) for body in catalogue.bodies if body.key == key), None)
        return Published(record_id, scope, wider, own, laid_over(wider or {}, own or {}))

    # --- the draft

    def draft(
        self, kept: ReadDocument, area: Area, beside: Beside, taken: Iterable[str], by: str
    ) -> Draft:
        """Begin a draft: what is published, with what was taken over from the document.

        Args:
            kept: the document.
            area: for which it is to count.
            beside: the document beside its record.
            taken: the ids of the findings that the officer ticked.
            by: the officer's username.

        Raises:
            DraftTooLargeError: when it is larger than is allowed.
        """
        new = (
            self._new_record(kept, area, beside)
            if beside.record is None
            else self._change(kept, beside, beside.record, frozenset(taken))
        )
        draft = self._drafts.begin(new, by)
        self.kept.drafted(kept.id, draft.id)
        return draft

    def _change(
        self, kept: ReadDocument, beside: Beside, record: Published, taken: frozenset[str]
    ) -> NewDraft:
        chosen = [one for one in beside.comparison.findings if one.id in taken]
        day = self._day()
        source = self._source(kept, beside)
        key = source_key(record.merged.get("sources", {}), beside.head.number, kept.name)
        with database_errors(), Session(self._engine) as session:
            live = live_revision(session, (beside.kind.value, record.id, record.scope), day)
        counts = live is not None and live.state is RevisionState.PUBLISHED
        return NewDraft(
            beside.kind,
            record.id,
            record.scope,
            amended(record, chosen, source, key, day),
            base_revision_id=live.revision_id if live is not None and counts else None,
            origin=DraftOrigin.DOCUMENT,
            origin_ref=kept.id,
            warnings=self._warnings(beside, chosen_days=[one.effective_from for one in chosen]),
            notes=_notes(beside.recognised),
            file_id=kept.files[0] if kept.files else None,
        )

    def _new_record(self, kept: ReadDocument, area: Area, beside: Beside) -> NewDraft:
        found = beside.recognised
        body = dict(found.draft.body)
        taken = {record_id for record_id, _ in self._live.edition().catalogue.records}
        wanted = str(body["id"])
        body |= {
            "id": wanted if wanted not in taken else slug(f"{wanted}-{area.scope}", 80),
            "scope": area.scope,
            "sources": {SOURCE: self._source(kept, beside)},
        }
        return NewDraft(
            found.kind,
            str(body["id"]),
            area.scope,
            body,
            origin=DraftOrigin.DOCUMENT,
            origin_ref=kept.id,
            missing=found.draft.missing,
            warnings=self._warnings(beside, chosen_days=[beside.head.effective_from]),
            notes=_notes(found),
            file_id=kept.files[0] if kept.files else None,
        )

    def _source(self, kept: ReadDocument, beside: Beside) -> dict[str, Any]:
        """The document as an entry of a record's sources."""
        head, document = beside.head, beside.document
        title = head.name() or title_of(document, kept.name)
        if head.number is not None:
            title = f"{title} ({head.number})" if title else head.number
        entry: dict[str, Any] = {
            "kind": source_kind_of(document, head).value,
            "publisher": head.issuer or "Tài liệu do cán bộ đưa vào",
            "title": title,
            "address": f"tệp {kept.name}",
        }
        if head.issued is not None:
            entry["text_date"] = head.issued.isoformat()
        return {**entry, "seen_on": self._day().isoformat()}

    def _warnings(self, beside: Beside, chosen_days: Iterable[date | None]) -> tuple[str, ...]:
        doubts = beside.recognised.draft.warnings if beside.record is None else ()
        begins = beside.head.effective_from
        if beside.kind is RecordKind.GUIDE and begins is not None and begins > self._day():
            doubts = (*doubts, f"Văn bản áp dụng từ {day_words(begins)}: chọn ngày đó khi công bố.")
        coming = sorted({day for day in chosen_days if day is not None and day > self._day()})
        return (
            *dict.fromkeys((*beside.document.notes, *doubts)),
            *(
                f"Văn bản áp dụng từ {day_words(day)}: mức cũ được giữ đến hôm trước, mức mới tính "
                "từ ngày đó."
                for day in coming
            ),
        )

    def _day(self) -> date:
        return self._now().date()

    # --- removing

    def remove(self, kept: ReadDocument, by: str) -> None:
        """Delete a document, its pictures and what was read; drafts made of it stay."""
        self._files.remove([*kept.files, *kept.pictures])
        self.kept.remove(kept.id)
        entry = AuditEntry(by, "document.removed", kept.scope, f"document:{kept.id}")
        self._audit.write(entry)

    def note_sent(self, brought: Sequence[Brought], area: Area, by: str) -> None:
        """Write down that documents were brought."""
        details = {"files": [one.name for one in brought]}
        self._audit.write(AuditEntry(by, "document.uploaded", area.scope, "documents", details))


def _pictures_of(path: Path, limits: Limits) -> list[bytes]:
    """Pictures of the pages; a page that cannot be painted costs no reading."""
    try:
        return page_pictures(path, limits)
    except RefusedDocumentError as error:
        log.warning("no pictures of a document's pages: %s", error.detail or error)
        return []


def _notes(found: Recognised) -> dict[str, str]:
    return {heading: text[:_LONGEST_NOTE] for heading, text in found.draft.notes.items()}


def _result(read: Sequence[tuple[str, str]], refused: Sequence[Refused]) -> JobResult:
    """Where the officer goes on to, and what is told of what was not read.

    Raises:
        JobFailedError: when nothing was read.
    """
    told = "\n".join(f"{one.name}: KHÔNG NHẬN. {one.reason}" for one in refused)
    if not read:
        raise JobFailedError(told or "Không có tệp nào.")
    count = f"Đã đọc {len(read)} văn bản." + (f" Không nhận {len(refused)} tệp." if refused else "")
    alone = len(read) == 1 and not refused
    return JobResult(
        f"{count}\n{told}".strip(),
        f"/documents/{read[0][0]}" if alone else None,
        data={"links": [[name, f"/documents/{one}"] for one, name in read]},
    )
