"""What a file really is, by its first bytes and its inside, and whether it is safe to open."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

from defusedxml import sax
from defusedxml.common import DefusedXmlException

from ingest.documents.blocks import DocumentFormat
from ingest.documents.limits import MAX_ZIP_ENTRIES, Limits
from ingest.documents.refusals import Refusal, RefusedDocumentError

_HEAD = 4_096
_PDF_WITHIN = 1_024
"""PDF readers accept the mark anywhere in the first kilobyte."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"BM")
_HTML = re.compile(rb"<\s*(?:!doctype\s+html|html|head|body|table|div|p|h[1-6])[\s>/]", re.I)
_EXTENSIONS = {
    DocumentFormat.DOCX: {".docx"},
    DocumentFormat.XLSX: {".xlsx"},
    DocumentFormat.PDF: {".pdf"},
    DocumentFormat.HTML: {".html", ".htm", ".xhtml"},
    DocumentFormat.MARKDOWN: {".md", ".markdown", ".txt"},
    DocumentFormat.IMAGE: {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp"},
}
_MACRO_EXTENSIONS = {".docm", ".dotm", ".xlsm", ".xltm", ".xlsb"}
READABLE = frozenset().union(*_EXTENSIONS.values())
"""The extensions that are looked at when a folder is given."""
_CHUNK = 1 << 16


def format_of(path: Path, limits: Limits) -> DocumentFormat:
    """The format of a file that may be read.

    Raises:
        RefusedDocumentError: when it must not be, with the reason.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise RefusedDocumentError(Refusal.MISSING, str(error)) from error
    if size > limits.max_bytes:
        raise RefusedDocumentError(Refusal.TOO_LARGE)
    if not head.strip(b"\x00\t\r\n \xef\xbb\xbf"):
        raise RefusedDocumentError(Refusal.EMPTY)
    suffix = path.suffix.lower()
    found = _by_content(path, head, suffix, limits)
    if suffix not in _EXTENSIONS[found]:
        raise RefusedDocumentError(
            Refusal.LYING if suffix in READABLE | _MACRO_EXTENSIONS else Refusal.UNKNOWN
        )
    return found


def _by_content(path: Path, head: bytes, suffix: str, limits: Limits) -> DocumentFormat:
    if head.startswith(_OLE):
        raise RefusedDocumentError(_inside_ole(path))
    if head.startswith(_ZIP):
        return _inside_zip(path, suffix, limits)
    if b"%PDF-" in head[:_PDF_WITHIN]:
        return DocumentFormat.PDF
    if head.startswith(_PICTURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return DocumentFormat.IMAGE
    if head.startswith(b"{\\rtf"):
        raise RefusedDocumentError(Refusal.RICH_TEXT)
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\x00" in head and not wide:
        raise RefusedDocumentError(Refusal.LYING if suffix in READABLE else Refusal.UNKNOWN)
    if _HTML.search(head.replace(b"\x00", b"")):
        # a Markdown file may hold HTML
        markdown = suffix in _EXTENSIONS[DocumentFormat.MARKDOWN] and not head.lstrip().startswith(
            b"<"
        )
        return DocumentFormat.MARKDOWN if markdown else DocumentFormat.HTML
    if suffix in _EXTENSIONS[DocumentFormat.HTML]:
        return DocumentFormat.HTML
    return DocumentFormat.MARKDOWN


def _inside_ole(path: Path) -> Refusal:
    """What the old container holds: its folder names its parts in UTF-16."""
    content = path.read_bytes()  # no larger than the limit
    for name, refusal in (
        ("EncryptedPackage", Refusal.ENCRYPTED),
        ("WordDocument", Refusal.OLD_WORD),
        ("Workbook", Refusal.OLD_EXCEL),
    ):
        if name.encode("utf-16-le") in content:
            return refusal
    return Refusal.OLD_OFFICE


def _inside_zip(path: Path, suffix: str, limits: Limits) -> DocumentFormat:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check_sizes(entries, limits)
            names = {entry.filename for entry in entries}
            if any(entry.flag_bits & 1 for entry in entries):
                raise RefusedDocumentError(Refusal.ENCRYPTED)
            if "mimetype" in names and archive.read("mimetype")[:80].startswith(
                b"application/vnd.oasis.opendocument"
            ):
                raise RefusedDocumentError(Refusal.OPEN_DOCUMENT)
            _check_parts(archive, entries, limits)
            if _has_macros(archive, names) or suffix in _MACRO_EXTENSIONS:
                raise RefusedDocumentError(Refusal.MACROS)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise RefusedDocumentError(Refusal.BROKEN, str(error)) from error
    if "word/document.xml" in names:
        return DocumentFormat.DOCX
    if "xl/workbook.xml" in names:
        return DocumentFormat.XLSX
    if "[Content_Types].xml" in names:
        raise RefusedDocumentError(Refusal.BROKEN)
    raise RefusedDocumentError(Refusal.LYING if suffix in READABLE else Refusal.UNKNOWN)


def _check_sizes(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > MAX_ZIP_ENTRIES:
        raise RefusedDocumentError(Refusal.ZIP_BOMB)
    if sum(entry.file_size for entry in entries) > limits.max_unzipped_bytes:
        raise RefusedDocumentError(Refusal.ZIP_BOMB)


def _has_macros(archive: zipfile.ZipFile, names: set[str]) -> bool:
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        return True
    return "[Content_Types].xml" in names and b"macroEnabled" in archive.read("[Content_Types].xml")


def _check_parts(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    """Unzip every part once, counting what really comes out and looking for a DOCTYPE.

    The sizes that an archive states may lie; Office never writes a DOCTYPE.
    """
    left = limits.max_unzipped_bytes
    for entry in entries:
        is_xml = entry.filename.lower().endswith((".xml", ".rels", ".vml"))
        parser = sax.make_parser()
        parser.forbid_dtd = True
        parser.setContentHandler(ContentHandler())
        try:
            with archive.open(entry) as part:
                while chunk := part.read(_CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        raise RefusedDocumentError(Refusal.ZIP_BOMB)
                    if is_xml:
                        parser.feed(chunk)
            if is_xml and entry.file_size:
                parser.close()
        except DefusedXmlException as error:
            raise RefusedDocumentError(Refusal.DOCTYPE, str(error)) from error
        except SAXException as error:
            raise RefusedDocumentError(Refusal.BROKEN, str(error)) from error
