"""Place codes are easy to read and links are what a phone can open."""

import pytest

from qr.link import InvalidBaseUrlError, commune_link, is_code, new_code, place_link


def test_a_new_code_is_a_code() -> None:
    codes = [new_code() for _ in range(500)]

    assert all(is_code(code) for code in codes)
    assert len(set(codes)) == len(codes)


def test_a_code_has_no_character_that_is_mistaken_for_another() -> None:
    used = {character for _ in range(500) for character in new_code()}

    assert not used & set("0o1li")


def test_a_code_spells_no_word() -> None:
    used = {character for _ in range(500) for character in new_code()}

    assert not used & set("aeiouy")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("k7n3x", id="five characters"),
        pytest.param("k7n3xpp", id="seven characters"),
        pytest.param("K7N3XP", id="capitals"),
        pytest.param("k7n3x0", id="a zero"),
        pytest.param("k7n3xp\n", id="a line end"),
        pytest.param("../../", id="a path"),
        pytest.param("k7n3xđ", id="a letter with a mark"),
    ],
)
def test_what_only_looks_like_a_code_is_none(text: str) -> None:
    assert not is_code(text)


@pytest.mark.parametrize(
    ("base_url", "link"),
    [
        ("https://hoixa.danang.gov.vn", "https://hoixa.danang.gov.vn/q/k7n3xp"),
        ("https://hoixa.danang.gov.vn/", "https://hoixa.danang.gov.vn/q/k7n3xp"),
        (" HTTPS://HoiXa.DaNang.gov.vn ", "https://hoixa.danang.gov.vn/q/k7n3xp"),
        ("http://192.168.1.20:8000", "http://192.168.1.20:8000/q/k7n3xp"),
        ("http://localhost:8000", "http://localhost:8000/q/k7n3xp"),
        ("http://[fd00::20]:8000", "http://[fd00::20]:8000/q/k7n3xp"),
        ("https://danang.gov.vn/hoi-xa/", "https://danang.gov.vn/hoi-xa/q/k7n3xp"),
        ("https://xn--hix-ima1g.vn", "https://xn--hix-ima1g.vn/q/k7n3xp"),
    ],
)
def test_a_place_link_is_the_base_address_and_the_code(base_url: str, link: str) -> None:
    assert place_link(base_url, "k7n3xp") == link


def test_a_commune_link_is_the_base_address_and_the_commune() -> None:
    link = commune_link("https://hoixa.danang.gov.vn/", "da-nang-xa-hoa-tien")

    assert link == "https://hoixa.danang.gov.vn/c/da-nang-xa-hoa-tien"


@pytest.mark.parametrize(
    ("base_url", "reason"),
    [
        ("", "http://"),
        ("hoixa.danang.gov.vn", "http://"),
        ("localhost:8000", "http://"),
        ("ftp://hoixa.vn", "http://"),
        ("javascript://hoixa.vn", "http://"),
        ("https://", "thiếu tên máy chủ"),
        ("http:///q", "thiếu tên máy chủ"),
        ("https://hỏixã.vn", "xn--"),
        ("https://hoi_xa.vn", "gạch nối"),
        ("https://hoixa..vn", "gạch nối"),
        ("https://hoixa.vn:", "cổng"),
        ("https://hoixa.vn:0", "cổng"),
        ("https://hoixa.vn:99999", "không đọc được"),
        ("https://hoixa.vn:cổng", "không đọc được"),
        ("http://[fd00::20", "không đọc được"),
        ("https://admin@hoixa.vn", "tên đăng nhập"),
        ("https://hoixa.vn?x=1", "sau tên máy chủ"),
        ("https://hoixa.vn/#a", "sau tên máy chủ"),
        ("https://hoixa.vn/xã", "sau tên máy chủ"),
        ("https://hoixa.vn/../x", "sau tên máy chủ"),
        ("https://hoi xa.vn", "khoảng trắng"),
        ("https://hoixa\n.vn", "khoảng trắng"),
        ("https://" + "a" * 120 + ".vn", "dài quá"),
    ],
)
def test_a_base_address_that_no_phone_could_open_is_refused_with_its_reason(
    base_url: str, reason: str
) -> None:
    with pytest.raises(InvalidBaseUrlError, match=reason):
        place_link(base_url, "k7n3xp")


def test_a_link_is_not_made_from_what_is_no_code() -> None:
    with pytest.raises(ValueError, match="không phải mã điểm đặt"):
        place_link("https://hoixa.vn", "../staff")


def test_a_link_is_not_made_from_what_is_no_commune() -> None:
    with pytest.raises(ValueError, match="không phải mã định danh"):
        commune_link("https://hoixa.vn", "Hòa Tiến")
