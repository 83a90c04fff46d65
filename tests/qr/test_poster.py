"""A printed poster scans from across the room and says what it must, whatever the names."""

import unicodedata
from dataclasses import replace
from functools import cache

import numpy as np
import pypdfium2 as pdfium
import pytest
import zxingcpp
from PIL import Image, ImageFilter

from qr.code import QUIET_ZONE, LinkTooLongError, code_modules
from qr.poster import (
    DISCLAIMER,
    TAGLINE,
    TELEPHONES_HEADING,
    WITHOUT_TELEPHONES,
    Poster,
    TextTooLongError,
    UnprintableTextError,
    poster_pdf,
)
from tests.thorough import mostly_thorough

POSTER = Poster(
    commune_name="xã Hòa Tiến",
    place="Quầy 3",
    link="https://hoixa.danang.gov.vn/q/k7n3xp",
    questions=(
        "Làm giấy khai sinh cho con cần mang gì?",
        "Đăng ký tạm trú hết bao nhiêu tiền?",
        "Mất sổ đỏ thì làm lại ở đâu?",
    ),
    telephones=("Bộ phận Một cửa: (0236) 3 846 123",),
)
LONG_NAME = "phường Nguyễn Hữu Thọ – Hòa Thuận Đông – Thanh Khê Trường Tây"
LONG_QUESTIONS = (
    "Vợ chồng tôi sinh con ở nước ngoài, nay về nước thì đăng ký khai sinh cho cháu ở đâu và cần "
    "mang theo những giấy tờ gì?",
    "Nhà tôi có người già trên 75 tuổi không có lương hưu thì xin trợ cấp hằng tháng thế nào?",
    "Sổ đỏ còn đứng tên bố mẹ đã mất, anh em trong nhà muốn sang tên thì bắt đầu từ đâu?",
)
LONG_LINK = "https://" + "hoixa." * 18 + "danang.gov.vn/c/da-nang-" + "hoa-" * 15 + "tien"

POSTERS = [
    pytest.param(POSTER, id="xã Hòa Tiến"),
    pytest.param(replace(POSTER, commune_name="đặc khu Hoàng Sa"), id="đặc khu Hoàng Sa"),
    pytest.param(replace(POSTER, commune_name="phường Ngũ Hành Sơn"), id="phường Ngũ Hành Sơn"),
    pytest.param(replace(POSTER, commune_name=LONG_NAME), id="name of sixty characters"),
    pytest.param(replace(POSTER, commune_name="xã " + "Nghiêng" * 9), id="name without spaces"),
    pytest.param(replace(POSTER, questions=LONG_QUESTIONS), id="long questions"),
    pytest.param(replace(POSTER, link="http://192.168.1.20:8000/q/k7n3xp"), id="local address"),
    pytest.param(replace(POSTER, link=LONG_LINK), id="long address"),
    pytest.param(replace(POSTER, telephones=(), place=""), id="no telephone, no place"),
    pytest.param(
        replace(
            POSTER,
            commune_name=LONG_NAME,
            place="Nhà văn hóa thôn Lệ Sơn Nam, bảng tin trước cổng",
            questions=LONG_QUESTIONS,
            telephones=(
                "Trung tâm Phục vụ hành chính công: (0236) 3 846 123",
                "Công an phường: (0236) 3 123 456",
            ),
        ),
        id="everything long",
    ),
]

MM = 300 / 25.4


@cache
def pdf_of(poster: Poster) -> bytes:
    return poster_pdf(poster)


@cache
def printed(poster: Poster) -> Image.Image:
    """The page in grey at 300 dpi."""
    with pdfium.PdfDocument(pdf_of(poster)) as document:
        image: Image.Image = document[0].render(scale=300 / 72, grayscale=True).to_pil()
    return image.convert("L")


def words_of(poster: Poster) -> str:
    """The text of the page with single spaces, as a reader program finds it."""
    with pdfium.PdfDocument(pdf_of(poster)) as document:
        text: str = document[0].get_textpage().get_text_range()
    return " ".join(text.split())


def links_in(image: Image.Image) -> list[str]:
    return [barcode.text for barcode in zxingcpp.read_barcodes(image, try_invert=False)]


def photographed(page: Image.Image) -> Image.Image:
    """A hasty picture: small, askew, out of focus, grainy, in poor light."""
    small = page.resize((page.width * 1000 // page.height, 1000), Image.Resampling.BILINEAR)
    askew = small.rotate(10, Image.Resampling.BILINEAR, expand=True, fillcolor=150)
    blurred = np.asarray(askew.filter(ImageFilter.GaussianBlur(1.3)), dtype=float)
    grain = np.random.default_rng(2026).normal(0, 10, blurred.shape)
    return Image.fromarray((blurred * 0.45 + 70 + grain).clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize("poster", mostly_thorough(POSTERS, 2))
def test_the_print_carries_exactly_the_link(poster: Poster) -> None:
    page = printed(poster)

    assert links_in(page) == [poster.link]


@pytest.mark.parametrize("poster", mostly_thorough(POSTERS, 2))
def test_a_hasty_photo_of_the_print_carries_exactly_the_link(poster: Poster) -> None:
    photo = photographed(printed(poster))

    assert links_in(photo) == [poster.link]


def test_a_copy_in_pure_black_and_white_carries_the_link_and_shows_the_tagline_band() -> None:
    copy = printed(POSTER).point(lambda value: 255 if value > 127 else 0)

    assert links_in(copy) == [POSTER.link]
    lines = (np.asarray(copy) == 0).mean(axis=1)
    assert lines.max() > 0.75


@pytest.mark.thorough
@pytest.mark.parametrize("poster", mostly_thorough(POSTERS, 2))
def test_nothing_stands_in_the_quiet_zone(poster: Poster) -> None:
    page = printed(poster)
    [barcode] = zxingcpp.read_barcodes(page)
    corner, opposite = barcode.position.top_left, barcode.position.bottom_right

    module = (opposite.x - corner.x) / len(code_modules(poster.link))
    quiet = round(module * (QUIET_ZONE - 0.3))
    area = page.crop(
        (corner.x - quiet, corner.y - quiet, opposite.x + quiet, opposite.y + quiet)
    ).point(lambda value: 255 - value)

    left, top, right, bottom = area.getbbox() or (0, 0, 0, 0)
    assert min(left, top, area.width - right, area.height - bottom) > quiet - module / 2


@pytest.mark.thorough
@pytest.mark.parametrize("poster", mostly_thorough(POSTERS, 2))
def test_the_code_is_large(poster: Poster) -> None:
    [barcode] = zxingcpp.read_barcodes(printed(poster))

    width = barcode.position.bottom_right.x - barcode.position.top_left.x

    assert width / MM >= 70


@pytest.mark.parametrize("poster", mostly_thorough(POSTERS, 2))
def test_nothing_reaches_into_the_margins(poster: Poster) -> None:
    page = printed(poster)

    left, top, right, bottom = page.point(lambda value: 255 - value).getbbox() or (0, 0, 0, 0)

    assert min(left, top, page.width - right, page.height - bottom) / MM > 13


@pytest.mark.parametrize("poster", mostly_thorough(POSTERS, 2))
def test_no_line_of_text_covers_another(poster: Poster) -> None:
    with pdfium.PdfDocument(pdf_of(poster)) as document:
        text = document[0].get_textpage()
        boxes = [text.get_rect(number) for number in range(text.count_rects())]

    assert len(boxes) >= 9
    for number, (left, bottom, right, top) in enumerate(boxes):
        for other_left, other_bottom, other_right, other_top in boxes[number + 1 :]:
            beside = left >= other_right or other_left >= right
            assert beside or bottom >= other_top or other_bottom >= top


@pytest.mark.parametrize("poster", mostly_thorough(POSTERS, 2))
def test_the_poster_is_one_sheet_of_a4(poster: Poster) -> None:
    with pdfium.PdfDocument(pdf_of(poster)) as document:
        width, height = document[0].get_size()

        assert len(document) == 1
        assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == (210, 297)


@pytest.mark.parametrize("poster", mostly_thorough(POSTERS, 2))
def test_the_text_of_the_poster_is_complete_with_its_marks(poster: Poster) -> None:
    words = words_of(poster)

    unbroken = words.replace(" ", "")
    said = [poster.commune_name[1:], poster.place, *poster.questions, *poster.telephones]
    for text in (*said, TAGLINE, DISCLAIMER):
        assert text.replace(" ", "") in unbroken
    assert unicodedata.is_normalized("NFC", words)


def test_the_name_starts_with_a_capital() -> None:
    assert words_of(POSTER).startswith("Xã Hòa Tiến")


@pytest.mark.parametrize(
    ("link", "letters"),
    [
        ("https://hoixa.danang.gov.vn/q/k7n3xp", " hoixa.danang.gov.vn/q/k7n3xp "),
        ("http://192.168.1.20:8000/q/k7n3xp", " http://192.168.1.20:8000/q/k7n3xp "),
    ],
)
def test_the_address_stands_in_letters_as_one_would_type_it(link: str, letters: str) -> None:
    poster = replace(POSTER, link=link)

    assert letters in words_of(poster)


def test_a_long_address_is_complete_over_several_lines() -> None:
    poster = replace(POSTER, link=LONG_LINK)

    assert LONG_LINK.removeprefix("https://") in words_of(poster).replace(" ", "")


def test_telephones_are_for_those_without_a_smartphone() -> None:
    assert f"{TELEPHONES_HEADING} {POSTER.telephones[0]}" in words_of(POSTER)


def test_without_a_telephone_the_poster_sends_to_an_officer() -> None:
    words = words_of(replace(POSTER, telephones=("  ",)))

    assert WITHOUT_TELEPHONES in words
    assert TELEPHONES_HEADING not in words


def test_text_typed_on_another_system_prints_alike() -> None:
    decomposed = replace(
        POSTER,
        commune_name=unicodedata.normalize("NFD", "xã  Hòa\u00a0Tiến\u200b"),
        place=unicodedata.normalize("NFD", POSTER.place),
    )

    assert poster_pdf(decomposed) == pdf_of(POSTER)


def test_equal_posters_are_equal_files_whenever_they_are_made() -> None:
    pdf = poster_pdf(replace(POSTER))

    assert pdf == pdf_of(POSTER)
    with pdfium.PdfDocument(pdf) as document:
        assert document.get_metadata_value("CreationDate").startswith("D:1970")


@pytest.mark.parametrize(
    ("poster", "character"),
    [
        pytest.param(replace(POSTER, place="Quầy 🙂"), "U+1F642", id="emoji"),
        pytest.param(replace(POSTER, commune_name="xã 和進"), "U+548C", id="Chinese"),
        pytest.param(replace(POSTER, telephones=("☎ 0236",)), "U+260E", id="symbol"),
        pytest.param(
            replace(POSTER, questions=("Làm b\u0309ìa?", "Hai?", "Ba?")), "U+0309", id="stray mark"
        ),
    ],
)
def test_text_that_the_font_lacks_is_named_and_not_printed(poster: Poster, character: str) -> None:
    with pytest.raises(UnprintableTextError, match=character.replace("+", r"\+")):
        poster_pdf(poster)


def test_text_that_leaves_no_room_for_the_code_is_refused() -> None:
    endless = replace(POSTER, questions=("Cần giấy tờ gì? " * 60, "Hai?", "Ba?"))

    with pytest.raises(TextTooLongError, match="rút gọn"):
        poster_pdf(endless)


@pytest.mark.thorough
def test_a_link_too_dense_to_scan_is_refused() -> None:
    with pytest.raises(LinkTooLongError):
        poster_pdf(replace(POSTER, link="https://hoixa.vn/".ljust(301, "x")))


@pytest.mark.parametrize(
    ("commune_name", "link", "question"),
    [(" ", "https://hoixa.vn", "Hỏi?"), ("xã A", "", "Hỏi?"), ("xã A", "https://hoixa.vn", " ")],
)
def test_a_poster_that_lacks_what_it_is_for_cannot_be_made(
    commune_name: str, link: str, question: str
) -> None:
    with pytest.raises(ValueError, match="thiếu"):
        Poster(commune_name, "Quầy 3", link, ("Một?", "Hai?", question))
