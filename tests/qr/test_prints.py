"""Every size and kind of print carries exactly its links, also badly photographed."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pypdfium2 as pdfium
import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageFilter

from knowledge_base.units import Units
from qr.lettering import typeface
from qr.poster import (
    DISCLAIMER,
    EXAMPLES,
    NOTICE,
    TAGLINE,
    TELEPHONES_HEADING,
    WITHOUT_TELEPHONES,
    Poster,
    TextTooLongError,
)
from qr.prints import Kind, Size, file_name, pages_of, printed
from qr.sheet import Text
from qr.stickers import A_SHEET
from tests.thorough import mostly_thorough

LINK = "https://hoixa.danang.gov.vn/q/"
ONE = Poster(
    "xã Hòa Tiến",
    "Quầy 3",
    f"{LINK}k7n3xp",
    telephones=("Trung tâm Phục vụ hành chính công xã Hòa Tiến: (0236) 3 846 123",),
)
LONG = replace(
    ONE,
    commune_name="phường Văn Miếu - Quốc Tử Giám",
    place="Nhà văn hóa thôn Lệ Sơn Nam, bảng tin trước cổng trụ sở cũ, cạnh chợ Lệ Trạch",
    telephones=(
        "Trung tâm Phục vụ hành chính công phường Văn Miếu - Quốc Tử Giám: (024) 3 846 123",
        "Công an phường Văn Miếu - Quốc Tử Giám: (024) 3 123 456",
    ),
)
SEVERAL = (
    *(replace(ONE, place=f"Quầy {n}", link=f"{LINK}k7n3x{n}") for n in range(2, 6)),
    LONG,
    replace(ONE, commune_name="đặc khu Hoàng Sa", telephones=(), link=f"{LINK}zzz234", place=""),
    replace(ONE, place="Cổng", link="http://192.168.1.20:8000/q/wwwwww"),
)
"""A sheet of stickers and one more."""

CASES = [
    pytest.param((ONE,), Size.A4, id="A4"),
    pytest.param((LONG,), Size.A4, id="A4, long"),
    pytest.param((ONE,), Size.A5, id="A5"),
    pytest.param((LONG,), Size.A5, id="A5, long"),
    pytest.param((ONE,), Size.STICKERS, id="stickers of one code"),
    pytest.param(SEVERAL, Size.STICKERS, id="stickers"),
]
DPI = 300
MM = DPI / 25.4
WIDTHS = {Size.A4: 210, Size.A5: 148, Size.STICKERS: 210}
HEIGHTS = {Size.A4: 297, Size.A5: 210, Size.STICKERS: 297}


@cache
def files(posters: tuple[Poster, ...], size: Size, kind: Kind) -> tuple[bytes, ...]:
    return tuple(one.data for one in printed(posters, size, kind))


def from_pdf(data: bytes) -> list[Image.Image]:
    """The pages in grey at 300 dpi."""
    with pdfium.PdfDocument(data) as document:
        return [
            page.render(scale=DPI / 72, grayscale=True).to_pil().convert("L") for page in document
        ]


@cache
def pages(posters: tuple[Poster, ...], size: Size, kind: Kind) -> tuple[Image.Image, ...]:
    """The pages as they come out of a printer."""
    data = files(posters, size, kind)
    if kind is Kind.PDF:
        return tuple(from_pdf(data[0]))
    return tuple(Image.open(io.BytesIO(one)).convert("L") for one in data)


@pytest.fixture(scope="module")
def drawn(chromium: Any) -> Iterator[Any]:
    """What a browser draws of an SVG, in grey."""
    page = chromium.new_page()

    def draw(svg: bytes, size: Size) -> Image.Image:
        page.set_viewport_size({"width": WIDTHS[size] * 8, "height": HEIGHTS[size] * 8})
        page.set_content(
            '<body style="margin:0"><style>svg{width:100vw;height:100vh}</style>'
            + svg.decode().partition("?>")[2]
        )
        return Image.open(io.BytesIO(page.screenshot())).convert("L")

    yield draw
    page.close()


def links_in(image: Image.Image) -> list[str]:
    return sorted(found.text for found in zxingcpp.read_barcodes(image, try_invert=False))


def wanted(posters: tuple[Poster, ...], size: Size) -> list[list[str]]:
    """The links of each page."""
    links = [poster.link for poster in posters]
    if size is not Size.STICKERS:
        return [[link] for link in links]
    if len(links) == 1:
        links *= A_SHEET
    return [sorted(links[start : start + A_SHEET]) for start in range(0, len(links), A_SHEET)]


def photographed(page: Image.Image, height: int) -> Image.Image:
    """A hasty picture: small, askew, out of focus, grainy, in poor light."""
    small = page.resize((page.width * height // page.height, height), Image.Resampling.BILINEAR)
    askew = small.rotate(10, Image.Resampling.BILINEAR, expand=True, fillcolor=150)
    blurred = np.asarray(askew.filter(ImageFilter.GaussianBlur(1.2)), dtype=float)
    grain = np.random.default_rng(2026).normal(0, 10, blurred.shape)
    return Image.fromarray((blurred * 0.45 + 70 + grain).clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize("kind", [Kind.PDF, Kind.PNG])
@pytest.mark.parametrize(("posters", "size"), mostly_thorough(CASES))
def test_every_code_of_a_print_is_read_back_as_exactly_its_link(
    posters: tuple[Poster, ...], size: Size, kind: Kind
) -> None:
    found = [links_in(page) for page in pages(posters, size, kind)]

    assert found == wanted(posters, size)


@pytest.mark.thorough
@pytest.mark.parametrize(("posters", "size"), CASES)
def test_every_code_of_an_svg_is_read_back_as_exactly_its_link(
    posters: tuple[Poster, ...], size: Size, drawn: Any
) -> None:
    found = [links_in(drawn(svg, size)) for svg in files(posters, size, Kind.SVG)]

    assert found == wanted(posters, size)


@pytest.mark.thorough
@pytest.mark.parametrize("kind", [Kind.PDF, Kind.PNG])
@pytest.mark.parametrize(("posters", "size"), CASES)
def test_a_hasty_photo_of_each_page_still_carries_every_link(
    posters: tuple[Poster, ...], size: Size, kind: Kind
) -> None:
    # a sheet of six is photographed from nearer, or one code at a time
    height = 2000 if size is Size.STICKERS else 1000
    found = [links_in(photographed(page, height)) for page in pages(posters, size, kind)]

    assert found == wanted(posters, size)


@pytest.mark.thorough
@pytest.mark.parametrize(("posters", "size"), CASES)
def test_a_hasty_photo_of_an_svg_still_carries_every_link(
    posters: tuple[Poster, ...], size: Size, drawn: Any
) -> None:
    height = 2000 if size is Size.STICKERS else 1000
    shots = [photographed(drawn(svg, size), height) for svg in files(posters, size, Kind.SVG)]

    assert [links_in(shot) for shot in shots] == wanted(posters, size)


@pytest.mark.thorough
@pytest.mark.parametrize(("posters", "size"), CASES)
def test_a_copy_in_pure_black_and_white_still_carries_every_link(
    posters: tuple[Poster, ...], size: Size
) -> None:
    copies = [
        page.point(lambda value: 255 if value > 127 else 0)
        for page in pages(posters, size, Kind.PNG)
    ]

    assert [links_in(copy) for copy in copies] == wanted(posters, size)


@pytest.mark.thorough
@pytest.mark.parametrize(("posters", "size"), CASES)
def test_the_three_kinds_show_the_same(posters: tuple[Poster, ...], size: Size, drawn: Any) -> None:
    [pdf, *_], [png, *_] = (pages(posters, size, kind) for kind in (Kind.PDF, Kind.PNG))
    svg = drawn(files(posters, size, Kind.SVG)[0], size)

    for other in (png, svg):
        same = other.resize((620, 877)).filter(ImageFilter.GaussianBlur(1))
        plain = pdf.resize((620, 877)).filter(ImageFilter.GaussianBlur(1))
        differs = np.asarray(ImageChops.difference(plain, same), dtype=float)
        assert differs.mean() < 2.5
        assert (differs > 120).mean() < 0.001


@pytest.mark.parametrize(("posters", "size"), mostly_thorough(CASES, 2))
def test_a_print_has_its_size_on_paper(posters: tuple[Poster, ...], size: Size) -> None:
    with pdfium.PdfDocument(files(posters, size, Kind.PDF)[0]) as document:
        on_paper = [tuple(round(side / 72 * 25.4) for side in page.get_size()) for page in document]
    png = Image.open(io.BytesIO(files(posters, size, Kind.PNG)[0]))
    svg = ElementTree.fromstring(files(posters, size, Kind.SVG)[0])

    assert set(on_paper) == {(WIDTHS[size], HEIGHTS[size])}
    assert [round(side / MM) for side in png.size] == [WIDTHS[size], HEIGHTS[size]]
    assert [round(dots) for dots in png.info["dpi"]] == [DPI, DPI]
    assert svg.attrib["width"] == f"{WIDTHS[size]}mm"
    assert svg.attrib["height"] == f"{HEIGHTS[size]}mm"


@pytest.mark.parametrize(("posters", "size"), CASES)
def test_a_print_says_what_a_poster_must_say(posters: tuple[Poster, ...], size: Size) -> None:
    with pdfium.PdfDocument(files(posters, size, Kind.PDF)[0]) as document:
        said = "".join(page.get_textpage().get_text_range() for page in document)
    description = "".join(
        ElementTree.fromstring(svg).findtext("{http://www.w3.org/2000/svg}desc") or ""
        for svg in files(posters, size, Kind.SVG)
    )

    for words in ("".join(said.split()), "".join(description.split())):
        for poster in posters:
            numbers = (TELEPHONES_HEADING, *poster.telephones)
            for text in (
                poster.name,
                poster.place,
                poster.link.removeprefix("https://"),
                TAGLINE,
                NOTICE,
                DISCLAIMER,
                *EXAMPLES,
                *(numbers if poster.telephones else (WITHOUT_TELEPHONES,)),
            ):
                assert "".join(text.split()) in words
    assert unicodedata.is_normalized("NFC", said)


@pytest.mark.parametrize(("posters", "size"), CASES)
def test_nothing_lies_on_anything_else(posters: tuple[Poster, ...], size: Size) -> None:
    with pdfium.PdfDocument(files(posters, size, Kind.PDF)[0]) as document:
        for page in document:
            text = page.get_textpage()
            boxes = [text.get_rect(number) for number in range(text.count_rects())]
            for number, (left, bottom, right, top) in enumerate(boxes):
                for other_left, other_bottom, other_right, other_top in boxes[number + 1 :]:
                    beside = left >= other_right or other_left >= right
                    assert beside or bottom >= other_top or other_bottom >= top


def overflow(poster: Poster) -> list[str]:
    """What of a poster does not stay on its page, or on its own sticker."""
    found = []
    for size in Size:
        [page, *_] = pages_of([poster], size)
        least = 13.9 if size is not Size.STICKERS else 14.9
        for mark in page.marks:
            if not isinstance(mark, Text):
                continue
            right = mark.left + typeface(mark.style).width(mark.text, mark.size)
            outside = mark.left < least or right > page.width - least
            # in six stickers nothing crosses the line between two columns
            crosses = size is Size.STICKERS and mark.left < 105 - 5.1 and right > 105 - 4.9
            if outside or crosses or not 10 < mark.baseline < page.height - 10:
                found.append(f"{size}: {mark.text}")
    return found


def with_name(name: str) -> Poster:
    numbers = (
        f"Trung tâm Phục vụ hành chính công {name}: (0236) 3 846 123",
        f"Công an {name}: (0236) 3 846 113",
    )
    return replace(LONG, commune_name=name, telephones=numbers)


def names() -> list[str]:
    units = Units.packaged().by_code.values()
    return sorted((unit.full_name for unit in units), key=len, reverse=True)


@pytest.mark.thorough
def test_the_longest_names_and_labels_stay_where_they_belong() -> None:
    for name in names()[:12]:
        assert overflow(with_name(name)) == []
    assert overflow(replace(ONE, commune_name="xã " + "Nghiêng" * 9)) == []
    label = "BỘ PHẬN TIẾP NHẬN VÀ TRẢ KẾT QUẢ, TẦNG 2 NHÀ VĂN HÓA XÃ CŨ, PHƯỜNG NGHĨA HÀNH"
    assert overflow(replace(LONG, place=label)) == []
    assert overflow(replace(ONE, place="W" * 80)) == []


@pytest.mark.thorough
def test_the_four_hundred_longest_names_of_the_country_can_be_printed() -> None:
    assert [name for name in names()[:400] if overflow(with_name(name))] == []


@pytest.mark.thorough
def test_a_very_long_address_stays_in_its_sticker() -> None:
    link = "https://" + "hoixa." * 12 + "danang.gov.vn/q/k7n3xp"

    assert overflow(replace(ONE, link=link)) == []
    assert links_in(pages((replace(ONE, link=link),), Size.STICKERS, Kind.PNG)[0]) == [link] * 6


def test_what_leaves_no_room_for_a_code_is_refused_in_every_size() -> None:
    endless = replace(ONE, questions=("Cần giấy tờ gì? " * 60, "Hai?", "Ba?"))
    for size in Size:
        with pytest.raises(TextTooLongError, match="rút gọn"):
            printed([endless], size, Kind.PDF)


@pytest.mark.parametrize("kind", Kind)
def test_equal_prints_are_equal_files(kind: Kind) -> None:
    assert printed([replace(ONE)], Size.A5, kind) == printed([ONE], Size.A5, kind)


@pytest.mark.thorough
def test_several_pictures_are_numbered_and_a_pdf_holds_all_pages() -> None:
    assert [one.ending for one in printed(SEVERAL, Size.STICKERS, Kind.PNG)] == [
        "-1.png",
        "-2.png",
    ]
    assert [one.ending for one in printed([ONE], Size.A4, Kind.SVG)] == [".svg"]
    assert [one.ending for one in printed(SEVERAL, Size.A4, Kind.PDF)] == [".pdf"]
    assert len(from_pdf(files(SEVERAL, Size.A4, Kind.PDF)[0])) == len(SEVERAL)


def test_file_names_are_read_on_every_system() -> None:
    assert file_name("phường Đống Đa", "Quầy 3 / tầng 2") == "phuong-dong-da-quay-3-tang-2"
    assert file_name("", "…") == ""
