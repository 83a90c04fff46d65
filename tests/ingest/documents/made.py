"""Makes documents of every format from published procedures, so that what they say is known.

Each is worded and laid out as communes do it: the official form as headings, as a two-column
table, with the portal's own table of papers, numbered in several ways.
"""

from __future__ import annotations

import html
import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import docx
import numpy as np
import openpyxl
from docx.oxml.ns import qn
from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from PIL import Image, ImageFilter
from ruamel.yaml import YAML

from ingest.documents.blocks import Block, Heading, Items, Paragraph, Table
from knowledge_base.catalogue import CONTENT
from knowledge_base.legacy import from_tcvn3
from knowledge_base.procedure import DossierItem, Fee, Procedure, TimeLimit, TimeUnit
from knowledge_base.record import Channel, CounterKind

_OWN = Path(__file__).parents[3] / "qr" / "fonts"
_SHARED = Path("/usr/share/fonts/truetype")
_FONTS = (
    _SHARED / "noto" / "NotoSerif-Regular.ttf",
    _OWN / "BeVietnamPro-Regular.ttf",
)
"""Offices write in Times New Roman; the first of these that is there comes nearest. Liberation
Serif would come nearer, but its first release lacks letters of Vietnamese."""
CHOSEN = (
    "dang-ky-tam-tru",
    "gia-han-tam-tru",
    "dang-ky-ket-hon",
    "dang-ky-khai-tu",
    "chung-thuc-chu-ky",
    "chung-thuc-ban-sao-tu-ban-chinh",
    "cap-lai-so-bi-mat",
    "cap-lai-doi-the-bhyt",
    "cap-giay-xac-nhan-tinh-trang-hon-nhan",
    "cap-lai-giay-xac-nhan-khuyet-tat",
)
_CHANNELS = {
    Channel.IN_PERSON: "Trực tiếp",
    Channel.POST: "Qua dịch vụ bưu chính công ích",
    Channel.ONLINE: "Trực tuyến",
    Channel.PORTAL: "Trực tuyến trên Cổng Dịch vụ công quốc gia",
    Channel.VNEID: "Trên ứng dụng VNeID",
    Channel.APP: "Trên ứng dụng của ngành",
    Channel.PHONE: "Qua điện thoại",
    Channel.EMAIL: "Qua thư điện tử",
}
_UNITS = {
    TimeUnit.WORKING_DAY: "ngày làm việc",
    TimeUnit.DAY: "ngày",
    TimeUnit.MONTH: "tháng",
    TimeUnit.HOUR: "giờ",
}
_PLACES = {
    CounterKind.ONE_STOP: "Trung tâm Phục vụ hành chính công xã",
    CounterKind.POLICE: "Công an xã",
    CounterKind.LAND_BRANCH: "Chi nhánh Văn phòng đăng ký đất đai",
    CounterKind.SOCIAL_INSURANCE: "Cơ quan Bảo hiểm xã hội",
    CounterKind.HEALTH_STATION: "Trạm y tế xã",
    CounterKind.TAX: "Cơ quan thuế",
    CounterKind.OTHER: "Văn phòng công chứng",
}


@cache
def chosen() -> tuple[Procedure, ...]:
    """The ten procedures that documents are made of."""
    yaml = YAML(typ="safe", pure=True)
    paths = [next(CONTENT.glob(f"procedures/*/{name}.yaml")) for name in CHOSEN]
    return tuple(Procedure.model_validate(yaml.load(path)) for path in paths)


def form_of(procedure: Procedure, layout: int) -> list[Block]:
    """The official form of a procedure; ``layout`` varies numbering, wording and tables."""
    style = layout % 3
    parts = _parts(procedure, style)
    title = procedure.title.upper() if style else f"Thủ tục: {procedure.title}"
    code = [Paragraph(f"Mã thủ tục: {procedure.code}")] if procedure.code else []
    if style == 2:
        rows = [(label, "\n".join(_words_of(inside))) for label, inside in parts]
        numbered = [(str(number), *row) for number, row in enumerate(rows, 1)]
        chosen_rows = numbered if layout % 2 else rows
        return [Heading(1, title), *code, Table(tuple(tuple(row) for row in chosen_rows))]
    blocks: list[Block] = [Heading(1, title), *code]
    for number, (label, inside) in enumerate(parts, 1):
        if style == 0:
            blocks.append(Heading(2, f"{number}. {label}"))
            blocks += inside
            continue
        if len(inside) == 1 and isinstance(inside[0], Paragraph):
            blocks.append(Paragraph(f"1.{number}. {label}: {inside[0].text}"))
        else:
            blocks += [Paragraph(f"1.{number}. {label}:"), *inside]
    return blocks


def _words_of(blocks: Sequence[Block]) -> list[str]:
    lines: list[str] = []
    for block in blocks:
        match block:
            case Items():
                lines += [f"- {item}" for item in block.items]
            case Table():
                for row in block.rows[1:]:
                    name, form, originals, copies = row
                    lines.append(_paper_line(name, form, originals, copies))
            case _:
                lines.append(block.text)
    return lines


def _paper_line(name: str, form: str, originals: str, copies: str) -> str:
    counts = [
        f"{int(count):02} bản {kind}"
        for count, kind in ((originals, "chính"), (copies, "sao"))
        if count and int(count)
    ]
    written = f"- {name}"
    written += f" (mẫu {form})" if form else ""
    return f"{written}: {', '.join(counts)};" if counts else f"{written};"


def _cells(item: DossierItem) -> tuple[str, str, str, str]:
    return (
        item.item,
        item.form or "",
        "" if item.originals is None else str(item.originals),
        "" if item.copies is None else str(item.copies),
    )


def _parts(one: Procedure, style: int) -> list[tuple[str, list[Block]]]:
    def said(lines: Sequence[str]) -> list[Block]:
        lines = [" ".join(line.split()) for line in lines]
        return [Paragraph(lines[0])] if len(lines) == 1 else [Items(tuple(lines))]

    papers = [_cells(item) for item in one.dossier]
    dossier: list[Block]
    if style == 0:
        head = ("Tên giấy tờ", "Mẫu đơn, tờ khai", "Số bản chính", "Số bản sao")
        dossier = [Table((head, *papers))]
    else:
        dossier = [Items(tuple(_paper_line(*paper).removeprefix("- ") for paper in papers))]
    for number, case in enumerate((case for case in one.cases if case.dossier), 1):
        lines = (_paper_line(*_cells(paper)).removeprefix("- ") for paper in case.dossier)
        dossier += [Paragraph(f"Trường hợp {number}: {case.title}:"), Items(tuple(lines))]
    return [
        ("Trình tự thực hiện", said([step.text for step in one.steps])),
        ("Cách thức thực hiện", said([_CHANNELS[way.channel] for way in one.channels])),
        (("Thành phần hồ sơ", "Thành phần, số lượng hồ sơ", "Hồ sơ gồm")[style], dossier),
        ("Thời hạn giải quyết", said([_limit(limit) for limit in one.time_limits])),
        ("Đối tượng thực hiện", said([who.text for who in one.who_can_apply])),
        ("Cơ quan thực hiện", said([_PLACES[place.counter] for place in one.where])),
        (("Kết quả", "Kết quả thực hiện")[style > 0], said([text.text for text in one.result])),
        (("Phí, lệ phí (nếu có)", "Lệ phí", "Phí, lệ phí")[style], said(_fees(one))),
        ("Tên mẫu đơn, mẫu tờ khai", said(_forms(one))),
        ("Yêu cầu, điều kiện thực hiện", said([text.text for text in one.conditions] or ["Không"])),
        ("Căn cứ pháp lý", said([_law(one, place) for place in range(len(one.legal_basis))])),
    ]


def _limit(limit: TimeLimit) -> str:
    amount = (
        "Giải quyết ngay trong ngày"
        if limit.amount is None
        else f"{limit.amount:02} {_UNITS[limit.unit]}"
    )
    label = f"{limit.label}: " if limit.label else ""
    channel = f" ({_CHANNELS[limit.channel].lower()})" if limit.channel else ""
    return f"{label}{amount}{channel}"


def _fees(one: Procedure) -> list[str]:
    return [_fee(fee) for fee in one.fees or ()] or ["Không quy định"]


def _fee(fee: Fee) -> str:
    label = f"{fee.label}: " if fee.label else ""
    channel = f" ({_CHANNELS[fee.channel].lower()})" if fee.channel else ""
    if fee.amount is None:
        return f"{label}Theo quy định của Hội đồng nhân dân thành phố{channel}"
    if fee.amount == 0:
        return f"{label}Miễn lệ phí{channel}"
    amount = f"{fee.amount:,}".replace(",", ".")
    return f"{label}{amount} đồng{f'/{fee.per}' if fee.per else ''}{channel}"


def _forms(one: Procedure) -> list[str]:
    return [
        f"{form.name} (mẫu {form.number})" if form.number else form.name for form in one.forms
    ] or ["Không"]


def _law(one: Procedure, place: int) -> str:
    text = one.legal_basis[place]
    named = f"{text.name} số {text.number}"
    if text.issued is None:
        return named
    return f"{named} ngày {text.issued.day:02}/{text.issued.month:02}/{text.issued.year}"


# --- the formats


def as_docx(blocks: Sequence[Block], path: Path, font: str = "Times New Roman") -> None:
    """A Word file with real headings, lists and tables."""
    word = docx.Document()
    normal = word.styles["Normal"]
    normal.font.name = font
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), font)
    for block in blocks:
        match block:
            case Heading():
                paragraph = word.add_paragraph()
                run = paragraph.add_run(block.text)
                run.bold = True
            case Paragraph():
                word.add_paragraph(block.text)
            case Items():
                for item in block.items:
                    word.add_paragraph(item, style="List Bullet")
            case Table():
                table = word.add_table(rows=0, cols=len(block.rows[0]), style="Table Grid")
                for row in block.rows:
                    for cell, text in zip(table.add_row().cells, row, strict=True):
                        cell.text = text
    word.save(str(path))


_TO_TCVN3 = {
    from_tcvn3(chr(code)): chr(code)
    for code in range(0xA1, 0x100)
    if from_tcvn3(chr(code)) != chr(code)
}


def in_tcvn3(text: str) -> str:
    """The text as an old Word file holds it; capital letters with marks need another font."""
    return "".join(_TO_TCVN3.get(char, _TO_TCVN3.get(char.lower(), char)) for char in text)


def as_old_docx(blocks: Sequence[Block], path: Path) -> None:
    """A Word file typed in .VnTime, saved again as .docx by someone."""
    as_docx([_in_tcvn3(block) for block in blocks], path, font=".VnTime")


def _in_tcvn3(block: Block) -> Block:
    match block:
        case Heading():
            return Heading(block.level, in_tcvn3(block.text.capitalize()))
        case Paragraph():
            return Paragraph(in_tcvn3(block.text))
        case Items():
            return Items(tuple(map(in_tcvn3, block.items)))
        case Table():
            return Table(tuple(tuple(map(in_tcvn3, row)) for row in block.rows))


def as_pdf(blocks: Sequence[Block], path: Path) -> None:
    """A PDF with text, wrapped lines and ruled tables."""
    pdf = FPDF(format="A4")
    pdf.set_margins(20, 20, 15)
    regular = next(font for font in _FONTS if font.exists())
    pdf.add_font("B", "", regular)
    pdf.add_font("B", "B", regular.with_name(regular.name.replace("Regular", "Bold")))
    pdf.add_page()
    for block in blocks:
        pdf.set_font("B", "B" if isinstance(block, Heading) else "", 13)
        match block:
            case Heading() | Paragraph():
                pdf.multi_cell(0, 7, block.text, new_x="LMARGIN", new_y="NEXT", align="L")
                pdf.ln(2)
            case Items():
                for item in block.items:
                    pdf.multi_cell(0, 7, f"- {item}", new_x="LMARGIN", new_y="NEXT", align="L")
                pdf.ln(2)
            case Table():
                widths = {2: (45, 130), 3: (12, 43, 120), 4: (90, 35, 25, 25)}
                with pdf.table(
                    col_widths=widths[len(block.rows[0])],
                    borders_layout=TableBordersLayout.ALL,
                    first_row_as_headings=False,
                    line_height=7,
                    text_align="LEFT",
                ) as table:
                    for row in block.rows:
                        line = table.row()
                        for text in row:
                            line.cell(text)
                pdf.ln(2)
    pdf.output(str(path))


def pages_of(pdf: Path, dpi: int) -> list[Image.Image]:
    """The pages of a PDF as grey pictures."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=dpi / 72, grayscale=True).to_pil() for page in document]
    finally:
        document.close()


def scanned(page: Image.Image, seed: int) -> Image.Image:
    """A page from an office scanner: a little askew, a little noise, grey specks."""
    chance = np.random.default_rng(seed)
    angle = float(chance.uniform(-1.2, 1.2))
    turned = page.rotate(angle, resample=Image.Resampling.BICUBIC, fillcolor=255)
    level = np.asarray(turned, dtype=np.float32) * 0.94 + chance.normal(0, 6, turned.size[::-1])
    return Image.fromarray(np.clip(level, 0, 255).astype(np.uint8))


def photographed(page: Image.Image, seed: int) -> Image.Image:
    """A page taken by telephone: perhaps on its side, askew, soft, noisy, lit from one side."""
    chance = np.random.default_rng(seed)
    angle = float(chance.uniform(-4, 4))
    canvas = Image.new("L", (page.width + 260, page.height + 260), 90)  # a desk around the sheet
    canvas.paste(page, (130, 130))
    turned = canvas.rotate(angle, resample=Image.Resampling.BICUBIC, fillcolor=90)
    soft = turned.filter(ImageFilter.GaussianBlur(float(chance.uniform(0.7, 1.3))))
    width, height = soft.size
    across = np.linspace(float(chance.uniform(0.55, 0.7)), 1.0, width)[None, :]
    downwards = np.linspace(1.0, float(chance.uniform(0.75, 0.9)), height)[:, None]
    level = np.asarray(soft, dtype=np.float32) * across * downwards
    level += chance.normal(0, 8, level.shape)
    photo = Image.fromarray(np.clip(level, 0, 255).astype(np.uint8))
    return photo.rotate(90 * (seed % 2), expand=True)


def as_scanned_pdf(blocks: Sequence[Block], path: Path, seed: int, dpi: int = 200) -> None:
    """A PDF that holds only pictures of pages."""
    as_pdf(blocks, path)
    pages = [scanned(page, seed + at) for at, page in enumerate(pages_of(path, dpi))]
    shown = FPDF(format="A4", unit="pt")
    for page in pages:
        written = io.BytesIO()
        page.save(written, "JPEG", quality=80)
        shown.add_page()
        shown.image(written, 0, 0, shown.w, shown.h)
    shown.output(str(path))


def as_photos(blocks: Sequence[Block], path: Path, seed: int, dpi: int = 220) -> list[Path]:
    """A photograph of each page."""
    pdf = path.with_suffix(".pdf")
    as_pdf(blocks, pdf)
    photos = []
    for at, page in enumerate(pages_of(pdf, dpi)):
        photo = path.with_name(f"{path.stem}-{at + 1}.jpg")
        photographed(page, seed + at).save(photo, quality=82)
        photos.append(photo)
    pdf.unlink()
    return photos


def as_html(blocks: Sequence[Block], path: Path) -> None:
    """A page as a commune's site has it, with a menu and a script around it."""
    parts = ["<!DOCTYPE html><html><head><meta charset='utf-8'><title>Xã</title></head><body>"]
    parts.append("<nav><ul><li>Trang chủ</li><li>Liên hệ</li></ul></nav><script>x=1</script><div>")
    for block in blocks:
        match block:
            case Heading():
                parts.append(f"<h{block.level}>{html.escape(block.text)}</h{block.level}>")
            case Paragraph():
                parts.append(f"<p>{html.escape(block.text)}</p>")
            case Items():
                inner = "".join(f"<li>{html.escape(item)}</li>" for item in block.items)
                parts.append(f"<ul>{inner}</ul>")
            case Table():
                rows = (
                    "<tr>"
                    + "".join(
                        f"<td>{html.escape(cell).replace(chr(10), '<br>')}</td>" for cell in row
                    )
                    + "</tr>"
                    for row in block.rows
                )
                parts.append(f"<table border=1>{''.join(rows)}</table>")
    path.write_text("".join([*parts, "</div></body></html>"]), encoding="utf-8")


def as_xlsx(blocks: Sequence[Block], path: Path) -> None:
    """A sheet of two columns: the heading, and what stands under it."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Thủ tục"
    for block in blocks:
        match block:
            case Heading():
                sheet.append([block.text])
            case Paragraph():
                head, _, rest = block.text.partition(": ")
                sheet.append([head, rest] if rest and len(head) < 60 else [block.text])
            case Items():
                for item in block.items:
                    sheet.append(["", f"- {item}"])
            case Table():
                for row in block.rows:
                    sheet.append(list(row))
    book.save(path)
