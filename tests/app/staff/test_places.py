"""Officers keep the posted codes of their communes, and print them."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator

import pytest
import zxingcpp
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import text

from app.main import Stores, build_app
from app.records.places import Places
from app.settings import Settings
from app.staff.access import Role
from ingest.live import LiveKnowledge
from knowledge_base.day import today
from tests.officers import officer_client

HERE = "/staff/commune:hoa-tien"
PUBLIC = "https://hoixa.example.vn"
PATIENCE_SECONDS = 60


@pytest.fixture(autouse=True)
def _no_places(stores: Stores) -> Iterator[None]:
    yield
    with stores.engine.begin() as connection:
        connection.execute(text("DELETE FROM scan"))
        connection.execute(text("DELETE FROM place"))


@pytest.fixture(scope="module")
def printing(settings: Settings, stores: Stores, live: LiveKnowledge) -> FastAPI:
    """The same service with a public address, and few posters at once."""
    changed = {"public_url": PUBLIC, "posters_at_once": 3, "places_at_once": 4}
    return build_app(settings.model_copy(update=changed), stores.engine, live)


@pytest.fixture
def officer(printing: FastAPI) -> TestClient:
    return officer_client(printing, Role.COMMUNE_ADMIN, "commune:hoa-tien")


def added(stores: Stores, label: str, commune: str = "hoa-tien") -> str:
    return Places(stores.engine).at(commune, label).code


def test_a_list_of_places_becomes_codes_that_lead_to_the_page(
    officer: TestClient, site: TestClient
) -> None:
    made = officer.post(f"{HERE}/places", data={"labels": "Quầy 1\r\nQuầy 2\r\n\r\nQuầy 1"})

    assert made.status_code == 303
    page = officer.get(made.headers["location"]).text
    assert "Đã thêm 2 mã" in page
    assert page.count(f"{PUBLIC}/q/") == 2
    code = page.partition(f"{PUBLIC}/q/")[2][:6]
    assert site.get(f"/q/{code}").headers["location"].startswith("/c/hoa-tien")
    assert "1 hôm nay" in officer.get(f"{HERE}/places").text


@pytest.mark.parametrize(
    ("labels", "reason"),
    [("", "Chưa ghi nơi dán nào"), ("x" * 81, "80 ký tự"), ("1\n2\n3\n4\n5", "nhiều nhất 4 nơi")],
)
def test_a_list_that_is_none_is_refused_and_stays_in_its_box(
    officer: TestClient, labels: str, reason: str
) -> None:
    refused = officer.post(f"{HERE}/places", data={"labels": labels})

    assert refused.status_code == 422
    assert reason in refused.text
    assert labels.replace("\n", "\r\n") in refused.text.replace("\r", "").replace("\n", "\r\n")


def test_places_are_filtered_by_the_address(officer: TestClient, stores: Stores) -> None:
    added(stores, "Quầy 1")
    officer.post(f"{HERE}/places/{added(stores, 'Cổng cũ')}/retire")

    assert "Cổng cũ" not in officer.get(f"{HERE}/places?state=used").text
    assert "Quầy 1" not in officer.get(f"{HERE}/places?state=retired").text
    assert "Cổng cũ" not in officer.get(f"{HERE}/places?q=quầy").text
    assert "Không có mã nào khớp" in officer.get(f"{HERE}/places?q=không có").text


@pytest.mark.parametrize(
    ("path", "form", "shown"),
    [
        ("rename", {"label": "Quầy số 1"}, "Quầy số 1"),
        ("retire", {}, "Thôi dùng"),
        ("redirect", {"to_commune": "ba-na"}, "Chuyển hướng"),
    ],
)
def test_a_place_is_changed_and_the_change_is_in_the_audit_log(
    officer: TestClient, stores: Stores, path: str, form: dict[str, str], shown: str
) -> None:
    at = f"{HERE}/places/{added(stores, 'Quầy 1')}"

    changed = officer.post(f"{at}/{path}", data=form)

    assert changed.status_code == 303
    assert shown in officer.get(changed.headers["location"]).text
    log = officer.get("/staff/commune:hoa-tien/audit").text
    assert at.rpartition("/")[2] in log


def test_a_retired_code_still_helps_and_comes_back(
    officer: TestClient, stores: Stores, site: TestClient
) -> None:
    code = added(stores, "Trụ sở cũ")
    officer.post(f"{HERE}/places/{code}/retire")

    gone = site.get(f"/q/{code}")
    assert gone.status_code == 410
    assert "/c/hoa-tien" in gone.text
    officer.post(f"{HERE}/places/{code}/bring-back")
    assert site.get(f"/q/{code}").status_code == 302


def test_a_code_is_redirected_by_a_code_a_link_or_a_commune_and_back(
    officer: TestClient, stores: Stores, site: TestClient
) -> None:
    one, other = added(stores, "Cổng"), added(stores, "Cổng", "ba-na")

    for target in (other, f" {PUBLIC}/q/{other.upper()} "):
        officer.post(f"{HERE}/places/{one}/redirect", data={"to_code": target})
        assert site.get(f"/q/{one}").headers["location"] == "/c/ba-na"
        officer.post(f"{HERE}/places/{one}/lead-home")
        assert site.get(f"/q/{one}").headers["location"].startswith("/c/hoa-tien")
    assert Places(stores.engine).scans(one, today()) == 4
    assert Places(stores.engine).scans(other, today()) == 0

    refused = officer.post(f"{HERE}/places/{one}/redirect", data={"to_code": one})
    assert refused.status_code == 422
    assert "chính nó" in refused.text


def test_another_communes_code_is_not_found(officer: TestClient, stores: Stores) -> None:
    code = added(stores, "Quầy 1", "ba-na")

    assert officer.get(f"{HERE}/places/{code}").status_code == 404
    assert officer.get(f"{HERE}/places/{code}/poster").status_code == 404
    for path in ("rename", "retire", "bring-back", "redirect", "lead-home"):
        assert officer.post(f"{HERE}/places/{code}/{path}").status_code == 404
    assert "Quầy 1" not in officer.get(f"{HERE}/places").text
    assert officer.get("/staff/commune:ba-na/places").status_code == 403
    made = officer.post(f"{HERE}/places", data={"labels": "Quầy 9", "commune": "ba-na"})
    assert made.status_code == 422


@pytest.mark.parametrize("role", [Role.EDITOR, Role.REVIEWER, Role.ANALYST])
def test_only_administrators_keep_codes(printing: FastAPI, role: Role) -> None:
    officer = officer_client(printing, role, "commune:hoa-tien")

    assert officer.get(f"{HERE}/places").status_code == 403
    assert officer.post(f"{HERE}/places", data={"labels": "Quầy 1"}).status_code == 403


@pytest.mark.thorough
@pytest.mark.parametrize("size", ["a4", "a5", "stickers"])
@pytest.mark.parametrize(
    ("kind", "starts"), [("pdf", b"%PDF"), ("png", b"\x89PNG"), ("svg", b"<?")]
)
def test_a_poster_is_fetched_in_every_size_and_kind(
    officer: TestClient, stores: Stores, size: str, kind: str, starts: bytes
) -> None:
    code = added(stores, "Quầy 1")

    file = officer.get(f"{HERE}/places/{code}/poster?size={size}&kind={kind}")

    assert file.status_code == 200
    assert file.content.startswith(starts)
    assert f'filename="hoa-tien-quay-1-{code}-{size}.{kind}"' in file.headers["content-disposition"]
    if kind == "png":
        read = zxingcpp.read_barcodes(Image.open(io.BytesIO(file.content)).convert("L"))
        assert {one.text for one in read} == {f"{PUBLIC}/q/{code}"}


def test_a_poster_that_cannot_be_printed_says_why(officer: TestClient, stores: Stores) -> None:
    code = added(stores, "Quầy 🙂")

    refused = officer.get(f"{HERE}/places/{code}/poster")

    assert refused.status_code == 422
    assert "không in được" in refused.text


def zip_of(officer: TestClient, area: str, form: dict[str, object]) -> zipfile.ZipFile:
    """The ZIP that the job makes in the end."""
    begun = officer.post(f"/staff/{area}/places/posters", data=form)
    assert begun.status_code == 303, begun.text
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        job = officer.get(f"{begun.headers['location']}.json").json()
        if not job["open"]:
            break
        assert time.monotonic() < until
        time.sleep(0.1)
    assert job["state"] == "done", job
    return zipfile.ZipFile(io.BytesIO(officer.get(job["file_url"]).content))


def test_the_codes_in_use_are_printed_as_a_zip(officer: TestClient, stores: Stores) -> None:
    codes = {added(stores, label) for label in ("Quầy 1", "Quầy 2")}
    officer.post(f"{HERE}/places/{added(stores, 'Cũ')}/retire")

    archive = zip_of(officer, "commune:hoa-tien", {"size": "stickers", "kind": "png"})

    [sheet, index] = archive.namelist()
    image = Image.open(io.BytesIO(archive.read(sheet))).convert("L")
    read = {one.text.rpartition("/")[2] for one in zxingcpp.read_barcodes(image)}
    assert read == codes
    assert all(code in archive.read(index).decode() for code in codes)
    assert "làm áp phích" in officer.get(f"{HERE}/audit").text


def test_only_the_codes_that_were_ticked_and_are_ones_own_are_printed(
    officer: TestClient, stores: Stores
) -> None:
    one, _ = added(stores, "Quầy 1"), added(stores, "Quầy 2")
    far = added(stores, "Quầy 1", "ba-na")

    archive = zip_of(officer, "commune:hoa-tien", {"codes": [one, far], "kind": "svg"})

    assert [name for name in archive.namelist() if name.endswith(".svg")] == [
        f"hoa-tien/hoa-tien-quay-1-{one}-a4.svg"
    ]


def test_a_province_is_printed_at_once(printing: FastAPI, stores: Stores) -> None:
    admin = officer_client(printing, Role.PROVINCE_ADMIN, "province:da-nang")
    for commune in ("hoa-tien", "ba-na"):
        added(stores, "Quầy 1", commune)

    archive = zip_of(admin, "province:da-nang", {"kind": "pdf", "size": "a5"})

    folders = {name.partition("/")[0] for name in archive.namelist() if "/" in name}
    assert folders == {"hoa-tien", "ba-na"}


def test_more_codes_than_are_allowed_are_refused(officer: TestClient, stores: Stores) -> None:
    for number in range(4):
        added(stores, f"Quầy {number}")

    refused = officer.post(f"{HERE}/places/posters", data={})

    assert refused.status_code == 422
    assert "nhiều nhất 3" in refused.text


def test_nothing_to_print_is_told(officer: TestClient) -> None:
    refused = officer.post(f"{HERE}/places/posters", data={})

    assert refused.status_code == 422
    assert "Chưa có mã nào" in refused.text


def test_without_a_public_address_the_page_warns(app: FastAPI) -> None:
    page = officer_client(app, Role.COMMUNE_ADMIN, "commune:hoa-tien").get(f"{HERE}/places").text

    assert "PUBLIC_URL" in page
