"""Links on codes and posters: place codes, the base address, the addresses made from them."""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlsplit

ALPHABET = "bcdfghjknpqrstvwxz23456789"
"""No 0/o, 1/l/i, to be read from a wall; no vowels nor y, so no word forms; no m, so no “đm”."""

CODE_LENGTH = 6

LONGEST_BASE_URL = 120
"""Longer addresses make a code too dense to scan from two metres."""

_CODE = re.compile(rf"[{ALPHABET}]{{{CODE_LENGTH}}}")
_COMMUNE_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*|[0-9a-f]*:[0-9a-f:.]+")
"""A name, an IPv4 or an IPv6 address, as ``urlsplit`` gives it."""
_PATH = re.compile(r"(/[A-Za-z0-9_~][A-Za-z0-9._~-]*)*")


class InvalidBaseUrlError(ValueError):
    """The base address cannot start a link; the message is for the technician, in Vietnamese."""


def new_code() -> str:
    """A fresh place code (mã điểm đặt); the caller checks that no place bears it yet."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def is_code(text: str) -> bool:
    """Whether a text has the form of a place code, exactly as ``new_code`` writes it."""
    return _CODE.fullmatch(text) is not None


def checked_base_url(text: str) -> str:
    """The base address without a trailing slash; raises ``InvalidBaseUrlError``."""
    base_url = text.strip().rstrip("/")
    if len(base_url) > LONGEST_BASE_URL:
        raise InvalidBaseUrlError(
            f"Địa chỉ gốc dài quá {LONGEST_BASE_URL} ký tự, mã QR sẽ khó quét: “{base_url}”."
        )
    if any(character.isspace() for character in base_url):
        raise InvalidBaseUrlError(f"Địa chỉ gốc “{base_url}” có khoảng trắng ở giữa.")

    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidBaseUrlError(f"Địa chỉ gốc “{base_url}” không đọc được.") from error

    if parts.scheme not in ("http", "https"):
        raise InvalidBaseUrlError(
            f"Địa chỉ gốc “{base_url}” phải bắt đầu bằng http:// hoặc https://."
        )
    if not host:
        raise InvalidBaseUrlError(f"Địa chỉ gốc “{base_url}” thiếu tên máy chủ.")
    if not _HOST.fullmatch(host):
        raise InvalidBaseUrlError(
            f"Tên máy chủ trong “{base_url}” chỉ được gồm chữ không dấu, số, dấu chấm và gạch nối; "
            "tên miền có dấu thì viết ở dạng xn--."
        )
    if "@" in parts.netloc or parts.netloc.endswith(":") or port == 0:
        raise InvalidBaseUrlError(
            f"Địa chỉ gốc “{base_url}” có tên đăng nhập hoặc cổng không hợp lệ."
        )
    if "?" in base_url or "#" in base_url or not _PATH.fullmatch(parts.path):
        raise InvalidBaseUrlError(
            f"Địa chỉ gốc “{base_url}” chỉ được có chữ không dấu, số và “/” sau tên máy chủ."
        )

    shown_host = f"[{host}]" if ":" in host else host
    shown_port = "" if port is None else f":{port}"
    return f"{parts.scheme}://{shown_host}{shown_port}{parts.path}"


def place_link(base_url: str, code: str) -> str:
    """The address that a poster at one place carries.

    Raises ``InvalidBaseUrlError``, and ``ValueError`` for what is not a place code.
    """
    if not is_code(code):
        raise ValueError(f"“{code}” không phải mã điểm đặt.")
    return f"{checked_base_url(base_url)}/q/{code}"


def commune_link(base_url: str, commune_id: str) -> str:
    """The address of a commune's page.

    Raises ``InvalidBaseUrlError``, and ``ValueError`` for what is not a commune's id.
    """
    if not _COMMUNE_ID.fullmatch(commune_id):
        raise ValueError(f"“{commune_id}” không phải mã định danh của xã.")
    return f"{checked_base_url(base_url)}/c/{commune_id}"
