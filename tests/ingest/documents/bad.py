"""Makes the bad documents: each is small to make and dangerous or useless to read."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import docx
import openpyxl
from fpdf import FPDF

WORD = "word/document.xml"
SHEET = "xl/worksheets/sheet1.xml"


def good_docx(path: Path, text: str = "Thủ tục đăng ký tạm trú") -> Path:
    """An ordinary Word file."""
    word = docx.Document()
    word.add_paragraph(text)
    word.save(str(path))
    return path


def good_xlsx(path: Path, text: str = "Lệ phí") -> Path:
    """An ordinary workbook."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([text, "15.000 đồng"])
    book.save(path)
    return path


def good_pdf(path: Path, pages: int = 1, password: str = "") -> Path:
    """A PDF of plain Latin text."""
    pdf = FPDF()
    if password:
        pdf.set_encryption(owner_password=password + "!", user_password=password)
    for number in range(pages):
        pdf.add_page()
        pdf.set_font("helvetica", size=14)
        pdf.cell(text=f"Page {number + 1} of a plain document")
    pdf.output(str(path))
    return path


def with_part(path: Path, name: str, content: bytes) -> Path:
    """The zip with one part replaced or added."""
    with zipfile.ZipFile(path) as archive:
        parts = {entry: archive.read(entry) for entry in archive.namelist()}
    parts[name] = content
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, inside in parts.items():
            archive.writestr(entry, inside)
    return path


def part_of(path: Path, name: str) -> str:
    """The text of one part of a zip."""
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


def with_entity(path: Path, part: str, secret: Path, encoding: str = "utf-8") -> Path:
    """The file with an entity, in one of its parts, that names another file."""
    text = part_of(path, part)
    body = text.split("?>", 1)[-1].replace("15.000", "&xxe;").replace("tạm trú", "&xxe;")
    bad = (
        f'<?xml version="1.0" encoding="{encoding}"?>'
        f'<!DOCTYPE x [<!ENTITY xxe SYSTEM "{secret.as_uri()}">]>{body}'
    )
    return with_part(path, part, bad.encode(encoding))


def bomb(path: Path, megabytes: int) -> Path:
    """A Word file of a few kilobytes whose text unzips to so much."""
    good_docx(path)
    head, tail = part_of(path, WORD).split("<w:body>", 1)
    filler = b" " * 1_000_000
    with zipfile.ZipFile(path) as archive:
        parts = {entry: archive.read(entry) for entry in archive.namelist() if entry != WORD}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, inside in parts.items():
            archive.writestr(entry, inside)
        with archive.open(WORD, "w", force_zip64=True) as part:
            part.write(f"{head}<w:body>".encode())
            for _ in range(megabytes):
                part.write(filler)
            part.write(tail.encode())
    return path


def lying_bomb(path: Path, megabytes: int) -> Path:
    """The same, with a directory that states a small size."""
    content = bomb(path, megabytes).read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = archive.getinfo(WORD).file_size
    path.write_bytes(content.replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little")))
    return path


def ole(path: Path, stream: str) -> Path:
    """The old Office container, as far as its kind can be told: its mark and a stream's name."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504
    path.write_bytes(head + stream.encode("utf-16-le").ljust(64, b"\x00") + b"\x00" * 1024)
    return path


_PDF = """%PDF-1.4
1 0 obj
<</Type/Catalog/Pages 2 0 R{catalog}>>
endobj
2 0 obj
<</Type/Pages/Kids[{kids}]/Count {count}>>
endobj
{rest}"""


def raw_pdf(path: Path, pages: int, catalog: str = "", words: str = "") -> Path:
    """A PDF written by hand, of so many pages that share one content."""
    kids = " ".join(f"{number} 0 R" for number in range(10, 10 + pages))
    content = f"BT /F1 14 Tf 72 700 Td ({words}) Tj ET"
    rest = "".join(
        f"{number} 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 3 0 R"
        f"/Resources<</Font<</F1 4 0 R>>>>>>\nendobj\n"
        for number in range(10, 10 + pages)
    )
    rest += f"3 0 obj\n<</Length {len(content)}>>\nstream\n{content}\nendstream\nendobj\n"
    rest += "4 0 obj\n<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>\nendobj\n"
    body = _PDF.format(catalog=catalog, kids=kids, count=pages, rest=rest)
    places = {}
    for line_start in _starts(body):
        number = int(body[line_start:].split(" ", 1)[0])
        places[number] = line_start
    size = max(places) + 1
    table = "".join(
        f"{places[number]:010} 00000 n \n" if number in places else "0000000000 65535 f \n"
        for number in range(size)
    )
    path.write_bytes(
        f"{body}xref\n0 {size}\n{table}trailer\n<</Size {size}/Root 1 0 R>>\n"
        f"startxref\n{len(body)}\n%%EOF\n".encode("latin-1")
    )
    return path


def _starts(body: str) -> list[int]:
    found, place = [], 0
    for line in body.splitlines(keepends=True):
        if line.endswith(" 0 obj\n"):
            found.append(place)
        place += len(line)
    return found
