"""A poster on the wall, a scan, a question typed into the page, an answer, a word of thanks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import zxingcpp
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import MetaData, select, text
from sqlalchemy.orm import Session

from app.main import Stores, local_now
from app.records.places import Places
from app.records.tables import AnswerRow

ROOT = Path(__file__).parents[2]
POSTER = "from app.cli import app; app()"
PERSONAL = {
    "cccd": "048201001234",
    "sđt": "0905 123 456",
    "thư": "le.van.b@gmail.com",
    "thẻ": "GD4480123456789",
    "stk": "0041000123456",
}


@pytest.fixture(scope="module")
def link(folder: Path, tmp_path_factory: pytest.TempPathFactory, app: object) -> str:
    """What a phone reads from the poster that ``hoixa poster`` draws while the service runs."""
    out = tmp_path_factory.mktemp("posters")
    subprocess.run(
        [sys.executable, "-c", POSTER, "poster", "hoa-tien", "--place", "Quầy 3", "--out", out],
        cwd=ROOT,
        env={
            **os.environ,
            "DATA_DIR": str(folder / "data"),
            "PUBLIC_URL": "https://hoixa.example.vn",
        },
        check=True,
        capture_output=True,
    )
    (picture,) = out.glob("hoa-tien-*.png")
    assert picture.with_suffix(".pdf").stat().st_size > 1000
    with Image.open(picture) as image:
        (code,) = zxingcpp.read_barcodes(image.convert("L"))
    return code.text


def rows(stores: Stores) -> Iterator[str]:
    """Every row of every table, as text."""
    metadata = MetaData()
    with stores.engine.connect() as connection:
        metadata.reflect(connection)
        for table in metadata.tables:
            if table not in ("revision", "snapshot_revision"):
                for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                    yield f"{table}: {tuple(row)}"


def scanned(stores: Stores, link: str) -> int:
    return Places(stores.engine).scans(link.rsplit("/", 1)[1], local_now().date())


def test_a_resident_scans_asks_reads_and_says_whether_it_helped(
    site: TestClient, stores: Stores, link: str
) -> None:
    before = scanned(stores, link)
    assert re.fullmatch(r"https://hoixa\.example\.vn/q/\w{6}", link)

    scan = site.get(urlsplit(link).path)
    home = site.get(scan.headers["location"])
    asked = site.post(
        scan.headers["location"], data={"text": "Đăng ký tạm trú online tốn bao nhiêu?"}
    )
    answer = site.get(asked.headers["location"])
    page = unescape(answer.text)
    path = urlsplit(asked.headers["location"]).path
    thanked = site.post(f"{path}/feedback", data={"helpful": "yes"})

    code = link.rsplit("/", 1)[1]
    assert (scan.status_code, scan.headers["location"]) == (302, f"/c/hoa-tien?place={code}")
    with Session(stores.engine) as session:
        kept = session.scalars(select(AnswerRow).where(AnswerRow.place == code)).all()
    assert [(row.topic, row.helpful) for row in kept] == [("residence", True)]
    assert scanned(stores, link) == before + 1
    assert home.status_code == 200 and "Bà con cần hỏi thủ tục gì?" in home.text
    assert asked.status_code == 303
    assert answer.status_code == 200
    assert "7.000 đồng" in page
    assert 'id="nguon-1"' in page and "<blockquote>" in page
    assert "kiểm tra" in page and "75/2022/TT-BTC" in page
    assert thanked.status_code == 303
    assert "Cảm ơn bà con" in site.get(thanked.headers["location"]).text


def test_every_scan_counts_once_and_a_reload_of_the_page_does_not(
    site: TestClient, stores: Stores, link: str
) -> None:
    before = scanned(stores, link)

    for _ in range(3):
        site.get(urlsplit(link).path)
    for _ in range(3):
        site.get("/c/hoa-tien")

    assert scanned(stores, link) == before + 3


def test_an_unknown_code_still_helps_and_counts_nothing(site: TestClient, stores: Stores) -> None:
    before = sorted(row for row in rows(stores) if row.startswith("scan:"))

    page = site.get("/q/zzzzzz")

    assert page.status_code == 404
    assert "/c/hoa-tien" in page.text
    assert sorted(row for row in rows(stores) if row.startswith("scan:")) == before


def test_nothing_personal_is_kept_whatever_door_it_came_in_by(
    site: TestClient, stores: Stores, link: str
) -> None:
    said = ", ".join(f"{name} {number}" for name, number in PERSONAL.items())
    question = f"Đăng ký tạm trú cần giấy tờ gì? ({', '.join(PERSONAL.values())})"
    phone = {"user-agent": "Zalo/23.4 iPhone", "x-forwarded-for": "203.0.113.77"}

    site.get(urlsplit(link).path, headers=phone)
    by_api = site.post(
        "/api/v1/communes/hoa-tien/answers", json={"question": question}, headers=phone
    ).json()
    by_page = site.post("/c/hoa-tien", data={"text": question}, headers=phone)
    by_chat = site.post(
        "/v1/chat/completions",
        json={"model": "hoixa/hoa-tien", "messages": [{"role": "user", "content": question}]},
    )
    site.post(
        f"/api/v1/answers/{by_api['id']}/feedback",
        json={"helpful": False, "reason": "wrong", "comment": f"gọi tôi: {said}"},
    )
    kept = "\n".join(rows(stores))

    assert by_api["procedure"]["id"] == "dang-ky-tam-tru"
    assert by_page.status_code == 303 and by_chat.status_code == 200
    assert by_api["asked"].count("[số") >= 4
    assert kept.count("[số điện thoại]") >= 4
    shown = (str(by_api), site.get(by_page.headers["location"]).text, by_chat.text)
    for number in (*PERSONAL.values(), "0905123456", "iPhone", "203.0.113.77", "testclient"):
        assert number not in kept
        assert all(number not in page for page in shown)


def test_a_scan_keeps_only_the_code_the_day_and_the_count(stores: Stores, link: str) -> None:
    code = link.rsplit("/", 1)[1]

    (row,) = (row for row in rows(stores) if row.startswith(f"scan: ('{code}'"))

    assert re.fullmatch(rf"scan: \('{code}', '?[\d-]+'?, \d+\)", row)
    assert str(date.today().year) in row
