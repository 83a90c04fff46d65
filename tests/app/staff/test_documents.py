"""Documents that officers bring: sent whole and within limits, read, laid beside the record."""

from __future__ import annotations

import asyncio
import html
import io
import re
import threading
import time
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.main import build_app
from app.records.accounts import Role
from app.records.files import StoredFilePartRow, StoredFileRow
from app.records.jobs import JobProgress, JobResult
from app.settings import Settings
from app.staff.desk import COOKIE, sending_token
from app.staff.service import StaffService
from ingest.documents.blocks import Block, Heading, Paragraph, Table
from knowledge_base.difference import differences
from knowledge_base.record import RecordKind
from tests.app.staff.small_service import LEVELS, Small, small_service
from tests.ingest.documents import bad, made
from tests.officers import client_for, new_officer, officer_client
from tests.thorough import mostly_thorough

HOA_TIEN = "commune:hoa-tien"
HERE = f"/staff/{HOA_TIEN}"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PATIENCE_SECONDS = 300
NOTICE: list[Block] = [
    Table(
        (
            ("ỦY BAN NHÂN DÂN\nXÃ HÒA TIẾN", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
            ("Số: 12/TB-UBND", "Hòa Tiến, ngày 15 tháng 11 năm 2026"),
        )
    ),
    Heading(1, "THÔNG BÁO"),
    Paragraph("Về việc điều chỉnh lệ phí đăng ký tạm trú nộp trực tuyến"),
    Paragraph("Lệ phí nộp trực tuyến: 5.000 đồng/lần."),
]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    """A service that takes three files of a megabyte each, and two together."""
    with small_service(
        tmp_path_factory.mktemp("documents"),
        document_max_mb=1,
        upload_files=3,
        upload_max_mb=2,
        uploads_at_once=2,
        document_max_unzipped_mb=5,
    ) as small:
        yield small


@pytest.fixture
def editor(small: Small) -> TestClient:
    return officer_client(small.app, Role.EDITOR, HOA_TIEN)


def staff_of(app: FastAPI) -> StaffService:
    staff: StaffService = app.state.staff
    return staff


def notice(folder: Path, name: str = "thong-bao.docx") -> bytes:
    made.as_docx(NOTICE, folder / name)
    return (folder / name).read_bytes()


def sent(browser: TestClient, *files: tuple[str, bytes], here: str = HERE, **fields: str) -> Any:
    parts = [("files", (name, data)) for name, data in files]
    return browser.post(f"{here}/documents", files=parts, data=fields)


def told(browser: TestClient, address: str) -> dict[str, Any]:
    """What is told of a job once it has ended."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found: dict[str, Any] = browser.get(f"{address}.json").json()
        if not found["open"]:
            return found
        assert time.monotonic() < deadline, "the job never ended"
        time.sleep(0.05)


def read(browser: TestClient, *files: tuple[str, bytes], **fields: str) -> dict[str, Any]:
    """Send files and wait until they are read."""
    begun = sent(browser, *files, **fields)
    assert begun.status_code == 303, begun.text
    return told(browser, begun.headers["location"])


def kept_bytes(small: Small) -> int:
    with Session(small.stores.engine) as session:
        parts = select(func.coalesce(func.sum(func.length(StoredFilePartRow.data)), 0))
        return session.scalar(parts) or 0


# --- what is refused before anything is kept


@pytest.mark.parametrize(
    ("change", "status"),
    [
        pytest.param({"X-CSRF": "khong-phai"}, 403, id="forged token"),
        pytest.param({"X-CSRF": ""}, 403, id="no token"),
        pytest.param({"Cookie": ""}, 303, id="nobody"),
    ],
)
def test_nothing_of_a_body_is_read_for_who_may_not(
    small: Small, change: dict[str, str], status: int
) -> None:
    account = new_officer(small.app, Role.EDITOR, HOA_TIEN)
    cookie = client_for(small.app, account).cookies[COOKIE]
    taken: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        for number in range(1000):
            taken.append(number)
            yield b"x" * 10_000

    headers = {
        "Accept": "text/html",
        "Content-Type": "multipart/form-data; boundary=x",
        "Cookie": f"{COOKIE}={cookie}",
        **change,
    }

    async def ask() -> int:
        transport = httpx.ASGITransport(app=small.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://xa") as client:
            answer = await client.post(f"{HERE}/documents", content=body(), headers=headers)
            return answer.status_code

    assert asyncio.run(ask()) == status
    assert len(taken) <= 1


def test_who_may_not_edit_there_may_not_send(small: Small, tmp_path: Path) -> None:
    data = notice(tmp_path)
    reviewer = officer_client(small.app, Role.REVIEWER, HOA_TIEN)
    elsewhere = officer_client(small.app, Role.EDITOR, "commune:ba-na")

    assert sent(reviewer, ("a.docx", data)).status_code == 403
    assert sent(elsewhere, ("a.docx", data)).status_code == 403


def test_the_token_of_a_form_without_script_stands_in_its_address(
    small: Small, tmp_path: Path
) -> None:
    browser = officer_client(small.app, Role.EDITOR, HOA_TIEN)
    csrf = str(browser.headers.pop("X-CSRF"))
    form = browser.get(f"{HERE}/documents").text
    action = re.search(r'action="([^"]+documents\?token=[^"]+)"', form)
    assert action is not None
    files = [("files", ("a.docx", notice(tmp_path)))]

    assert browser.post(action.group(1), files=files).status_code == 303
    assert csrf not in action.group(1)
    assert action.group(1).endswith(sending_token(csrf))
    assert browser.post(f"{HERE}/documents?token={csrf}", files=files).status_code == 403


@pytest.mark.parametrize("announced", [True, False])
def test_more_than_is_allowed_is_refused_and_nothing_kept(
    small: Small, editor: TestClient, announced: bool
) -> None:
    before = kept_bytes(small)
    part = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n'
    body = part + b"x" * 2_500_000 + b"\r\n--x--\r\n"

    def pieces() -> Iterator[bytes]:
        for at in range(0, len(body), 100_000):
            yield body[at : at + 100_000]

    answer = editor.post(
        f"{HERE}/documents",
        content=body if announced else pieces(),
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )

    assert answer.status_code == 413
    assert "2 MB" in answer.text
    assert kept_bytes(small) == before


def test_too_many_files_are_refused(editor: TestClient, tmp_path: Path) -> None:
    answer = sent(editor, *[(f"{number}.docx", notice(tmp_path)) for number in range(4)])

    assert answer.status_code == 413
    assert "3 tệp" in answer.text


@pytest.mark.parametrize("cut", [4, 10, 500])
def test_what_is_cut_off_in_the_middle_is_not_taken(
    small: Small, editor: TestClient, tmp_path: Path, cut: int
) -> None:
    before = kept_bytes(small)
    request = editor.build_request(
        "POST",
        f"{HERE}/documents",
        files=[("files", ("a.docx", notice(tmp_path))), ("files", ("b.docx", notice(tmp_path)))],
    )
    whole = request.read()

    answer = editor.post(
        f"{HERE}/documents",
        content=whole[:-cut],
        headers={"Content-Type": request.headers["Content-Type"]},
    )

    assert answer.status_code == 400
    assert kept_bytes(small) == before


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"files=a", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"--x--\r\n", "multipart/form-data"),
        (b"\x00" * 100, "multipart/form-data; boundary=x"),
    ],
)
def test_what_is_no_form_of_files_is_refused(editor: TestClient, content: bytes, kind: str) -> None:
    answer = editor.post(f"{HERE}/documents", content=content, headers={"Content-Type": kind})

    assert answer.status_code == 400


def test_a_form_without_a_file_is_refused(editor: TestClient) -> None:
    answer = editor.post(f"{HERE}/documents", files=[("files", ("", b""))])

    assert answer.status_code == 422
    assert "Chưa chọn tệp" in answer.text


def test_every_other_path_keeps_its_limit(editor: TestClient) -> None:
    for path in (f"{HERE}/documents/x", f"{HERE}/drafts", "/staff/sign-in", "/staff/documents"):
        answer = editor.post(path, content=b"x" * 3_000_000)

        assert answer.status_code == 413, path


def test_more_sendings_at_once_than_are_allowed_are_sent_away(
    small: Small, editor: TestClient, tmp_path: Path
) -> None:
    data = notice(tmp_path)
    with small.staff.sendings.receiving(), small.staff.sendings.receiving():
        busy = sent(editor, ("a.docx", data))
    free = sent(editor, ("a.docx", data))

    assert (busy.status_code, free.status_code) == (503, 303)


def test_calls_are_told_in_json_where_to_look(editor: TestClient, tmp_path: Path) -> None:
    accept = {"Accept": "application/json"}
    files = [("files", ("a.docx", notice(tmp_path)))]

    taken = editor.post(f"{HERE}/documents", files=files, headers=accept)
    refused = editor.post(f"{HERE}/documents", files=[("files", ("", b""))], headers=accept)

    assert taken.status_code == 202
    assert taken.json()["url"].startswith(f"{HERE}/jobs/")
    assert "Chưa chọn tệp" in refused.json()["detail"]


# --- what is refused when it is read


def zip_bomb(folder: Path) -> bytes:
    return bad.bomb(folder / "bom.docx", 50).read_bytes()


def encrypted(folder: Path) -> bytes:
    return bad.good_pdf(folder / "khoa.pdf", password="bimat").read_bytes()


def cut_zip(folder: Path) -> bytes:
    return notice(folder)[:-300]


def macro(folder: Path) -> bytes:
    return bad.with_part(bad.good_docx(folder / "m.docx"), "word/vbaProject.bin", b"x").read_bytes()


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("rong.docx", lambda folder: b"", "Tệp rỗng"),
        ("anh.docx", lambda folder: b"\x89PNG\r\n\x1a\n" + b"x" * 99, "không khớp"),
        ("phan-mem.exe", lambda folder: b"MZ\x00\x00" * 99, "Không nhận ra loại tệp"),
        ("khoa.pdf", encrypted, "có mật khẩu"),
        ("cut.docx", cut_zip, "Tệp hỏng"),
        ("bom.docx", zip_bomb, "bung ra quá lớn"),
        ("macro.docx", macro, "macro"),
        ("lon.pdf", lambda folder: b"%PDF-1.7\n" + b"x" * 1_200_000, "Tệp lớn quá mức"),
    ],
)
def test_a_bad_file_is_named_with_its_reason_and_not_kept(
    small: Small, editor: TestClient, tmp_path: Path, name: str, make: Any, words: str
) -> None:
    before = kept_bytes(small)

    job = read(editor, (name, make(tmp_path)))

    assert job["state"] == "failed"
    assert job["words"].startswith(f"{name}: KHÔNG NHẬN.")
    assert words in job["words"]
    assert kept_bytes(small) == before


@pytest.mark.thorough
def test_a_refused_file_does_not_stop_the_others(editor: TestClient, tmp_path: Path) -> None:
    begun = sent(editor, ("rong.docx", b""), ("tot.docx", notice(tmp_path)))
    job = told(editor, begun.headers["location"])
    page = editor.get(begun.headers["location"]).text

    assert job["state"] == "done"
    assert "Đã đọc 1 văn bản. Không nhận 1 tệp." in job["words"]
    assert "rong.docx: KHÔNG NHẬN." in job["words"]
    assert re.search(rf'href="{HERE}/documents/\w+">tot\.docx<', page)


@pytest.mark.thorough
def test_a_name_with_a_path_or_strange_signs_is_made_plain(
    small: Small, editor: TestClient, tmp_path: Path
) -> None:
    read(editor, ('..\\..\\C:\\a/../<b>"tệp".docx', notice(tmp_path)))

    newest = small.staff.documents.kept.recent([HOA_TIEN], 1)[0]
    page = editor.get(f"{HERE}/documents/{newest.id}").text
    assert newest.name.endswith(".docx")
    assert "/" not in newest.name
    assert "\\" not in newest.name
    assert '<b>"tệp"' not in page
    assert "&lt;b&gt;" in page


def test_html_in_a_document_is_shown_as_its_text_alone(small: Small, editor: TestClient) -> None:
    html = (
        "<html><body><h1>Đăng ký tạm trú</h1><p>Chào &lt;img src=x onerror=alert(1)&gt;</p>"
        "<script>alert(2)</script><p onclick='x'>Lệ phí trực tuyến: 5.000 đồng/lần</p>"
        "</body></html>"
    )

    job = read(editor, ("a.html", html.encode()))
    page = editor.get(job["url"]).text

    assert "<img src=x" not in page
    assert "alert(2)" not in page
    assert "onclick" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


# --- many at once, and what others may see


@pytest.mark.thorough
def test_twenty_sent_at_once_are_all_read(tmp_path: Path) -> None:
    with small_service(tmp_path, uploads_at_once=20, jobs_at_once=4) as small:
        browser = officer_client(small.app, Role.EDITOR, HOA_TIEN)
        data = notice(tmp_path)
        jobs: list[str] = []

        def send(number: int) -> None:
            own = TestClient(small.app, follow_redirects=False, headers=dict(browser.headers))
            own.cookies = browser.cookies
            jobs.append(sent(own, (f"van-ban-{number}.docx", data)).headers["location"])

        threads = [threading.Thread(target=send, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(set(jobs)) == 20
        assert {told(browser, job)["state"] for job in jobs} == {"done"}
        names = {one.name for one in small.staff.documents.kept.recent([HOA_TIEN], 50)}
        assert names == {f"van-ban-{number}.docx" for number in range(20)}


def test_a_guide_is_compared_section_by_section(
    small: Small, editor: TestClient, tmp_path: Path
) -> None:
    made.as_docx(
        [
            Heading(1, "Mức đóng bảo hiểm y tế hộ gia đình"),
            Heading(2, "1. Mỗi người đóng bao nhiêu"),
            Paragraph("Người thứ nhất đóng 5% lương cơ sở."),
            Paragraph("Người thứ hai đóng bằng 70%."),
            Heading(3, "Cách tính"),
            Paragraph("Người thứ ba đóng bằng 60%."),
            Heading(2, "2. Đóng ở đâu"),
            Paragraph("Đóng ở điểm thu của xã."),
            Heading(2, "3. Đổi thẻ"),
            Paragraph("Thẻ hỏng thì đổi ở bảo hiểm xã hội cơ sở."),
        ],
        tmp_path / "bhyt.docx",
    )
    begun = sent(editor, ("bhyt.docx", (tmp_path / "bhyt.docx").read_bytes()))
    told(editor, begun.headers["location"])
    kept = small.staff.documents.kept.recent([HOA_TIEN], 1)[0]

    page = html.unescape(editor.get(f"{HERE}/documents/{kept.id}?record={LEVELS}").text)

    assert "Khác với bản đang công bố" in page
    assert "<del>4,5% </del>" in page
    assert "<ins>5% </ins>" in page
    assert "Đổi thẻ" in page
    assert "Giống bản đang công bố (1)" in page
    (changed, added) = re.findall(r'name="take" value="([^"]+)"( checked)?', page)
    assert (bool(changed[1]), bool(added[1])) == (True, False)

    told_of = editor.post(
        f"{HERE}/documents/{kept.id}/draft", data={"record": LEVELS, "take": [changed[0]]}
    )
    draft = small.staff.drafts.find(int(told_of.headers["location"].rpartition("/")[2]))
    assert draft is not None
    first, second = draft.data["sections"]
    assert (first["id"], first["answer"]) == ("muc-dong", "Người thứ nhất đóng 5% lương cơ sở.")
    assert first["entries"] == [{"label": "Người thứ hai", "text": "Người thứ hai đóng bằng 70%."}]
    assert second["answer"] == "Đóng ở điểm thu của xã."


def test_another_area_sees_neither_job_nor_document_nor_file(
    small: Small, editor: TestClient, tmp_path: Path
) -> None:
    begun = sent(editor, ("a.docx", notice(tmp_path)))
    told(editor, begun.headers["location"])
    job_id = begun.headers["location"].rsplit("/", 1)[1]
    document = small.staff.documents.kept.recent([HOA_TIEN], 1)[0]
    paths = [
        f"/jobs/{job_id}",
        f"/jobs/{job_id}.json",
        f"/documents/{document.id}",
        f"/files/{document.files[0]}",
    ]
    other = officer_client(small.app, Role.EDITOR, "commune:ba-na")
    analyst = officer_client(small.app, Role.ANALYST, HOA_TIEN)
    province = officer_client(small.app, Role.EDITOR, "province:da-nang")

    for path in paths:
        assert editor.get(f"{HERE}{path}").status_code == 200, path
        assert province.get(f"/staff/province:da-nang{path}").status_code == 200, path
        assert other.get(f"/staff/commune:ba-na{path}").status_code == 404, path
        assert other.get(f"{HERE}{path}").status_code == 403, path
        assert analyst.get(f"{HERE}{path}").status_code in (403, 404), path
    assert document.name not in analyst.get(f"{HERE}/jobs").text
    assert other.post(f"/staff/commune:ba-na/documents/{document.id}/remove").status_code == 404
    assert small.staff.documents.kept.find(document.id) is not None


def test_a_file_is_saved_by_the_browser_and_never_run(small: Small, editor: TestClient) -> None:
    html = "<p>Đăng ký tạm trú</p>".encode()
    read(editor, ("Thông báo số 1.html", html))
    document = small.staff.documents.kept.recent([HOA_TIEN], 1)[0]

    for show in ("", "?show=1"):
        answer = editor.get(f"{HERE}/files/{document.files[0]}{show}")

        assert answer.content == html
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"] == (
            'attachment; filename="Th_ng b_o s_ 1.html"; '
            "filename*=UTF-8''Th%C3%B4ng%20b%C3%A1o%20s%E1%BB%91%201.html"
        )
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]


def test_a_job_that_fails_says_why_on_its_page(small: Small, editor: TestClient) -> None:
    def work(progress: JobProgress) -> JobResult:
        raise ZeroDivisionError

    job_id = small.staff.jobs.start("documents", HOA_TIEN, "ai-do", "Một việc", work)
    told(editor, f"{HERE}/jobs/{job_id}")
    page = editor.get(f"{HERE}/jobs/{job_id}").text

    assert "Không xong" in page
    assert "Có lỗi ngoài dự tính" in page
    assert "http-equiv" not in page


def test_a_job_that_goes_on_is_followed_with_and_without_script(
    small: Small, editor: TestClient
) -> None:
    go, begun = threading.Event(), threading.Event()

    def work(progress: JobProgress) -> JobResult:
        progress(1, 4, "Đang đọc trang 1")
        begun.set()
        go.wait(20)
        return JobResult("Xong rồi.", "/documents")

    job_id = small.staff.jobs.start("documents", HOA_TIEN, "ai-do", "Một việc", work)
    assert begun.wait(20)
    page = editor.get(f"{HERE}/jobs/{job_id}").text
    called = editor.get(f"{HERE}/jobs/{job_id}.json").json()
    go.set()
    told(editor, f"{HERE}/jobs/{job_id}")
    after = editor.get(f"{HERE}/jobs/{job_id}").text

    assert '<progress aria-labelledby="job-state" max="4" value="1">' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert f'data-watch="{HERE}/jobs/{job_id}.json"' in page
    assert (called["share"], called["words"]) == ("25 %", "Đang đọc trang 1")
    assert f'href="{HERE}/documents">Xem kết quả' in after
    assert "http-equiv" not in after


def test_a_restart_tells_of_what_it_interrupted(tmp_path: Path) -> None:
    with small_service(tmp_path) as small:
        job_id = small.staff.jobs.start(
            "documents", HOA_TIEN, "ai-do", "Một việc", lambda progress: _forever(progress)
        )
        browser = officer_client(small.app, Role.EDITOR, HOA_TIEN)
        assert browser.get(f"{HERE}/jobs/{job_id}.json").json()["open"]
        jobs = small.staff.jobs

    found = jobs.find(job_id)
    assert found is not None
    assert found.words.startswith("Việc bị ngắt")


def _forever(progress: JobProgress) -> JobResult:
    while True:
        progress(1, 2)
        time.sleep(0.01)


def test_what_was_sent_and_removed_is_written_down(
    small: Small, editor: TestClient, tmp_path: Path
) -> None:
    job = read(editor, ("a.docx", notice(tmp_path)))
    document = small.staff.documents.kept.recent([HOA_TIEN], 1)[0]

    removed = editor.post(f"{HERE}/documents/{document.id}/remove")

    assert removed.headers["location"] == f"{HERE}/documents"
    assert editor.get(job["url"]).status_code == 404
    assert small.staff.files.find(document.files[0]) is None
    assert {"document.uploaded", "document.removed"} <= set(small.audited())


# --- settings


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("setting", "value", "status"),
    [("upload_files", 1, 413), ("upload_max_mb", 1, 413), ("files_max_mb", 1, 503)],
)
def test_the_limits_of_sending_can_be_set(
    tmp_path: Path, setting: str, value: int, status: int
) -> None:
    files = [("a.docx", b"x" * 700_000), ("b.docx", b"y" * 700_000)]
    with small_service(tmp_path, **{setting: value}) as small:
        browser = officer_client(small.app, Role.EDITOR, HOA_TIEN)
        refused = sent(browser, *files)
        with Session(small.stores.engine) as session:
            left = session.scalar(select(func.count()).select_from(StoredFileRow))

    assert refused.status_code == status
    assert left == 0


def test_the_days_and_numbers_of_settings_reach_what_obeys_them(
    small: Small, tmp_path: Path
) -> None:
    settings = Settings.model_validate(
        {
            "data_dir": tmp_path,
            "jobs_at_once": 7,
            "jobs_waiting": 3,
            "job_days": 5,
            "document_days": 11,
            "made_file_days": 12,
            "uploads_at_once": 9,
            "document_pictures": 4,
        }
    )
    staff = staff_of(build_app(settings, small.stores.engine, small.staff.live))

    assert (staff.jobs._at_once, staff.jobs._most, staff.jobs._lasts.days) == (7, 10, 5)
    assert (staff.files._limits.document_days, staff.files._limits.result_days) == (11, 12)
    assert staff.documents.kept._lasts.days == 11
    assert staff.sendings.limits.at_once == 9
    assert staff.documents.limits.max_pictures == 4


# --- the whole way, on the release's content


def form_with_fee(amount: int) -> list[Block]:
    one = next(one for one in made.chosen() if one.id == "dang-ky-tam-tru")
    fees = tuple(
        fee.model_copy(update={"amount": amount}) if fee.amount == 7000 else fee
        for fee in one.fees or ()
    )
    return made.form_of(one.model_copy(update={"fees": fees}), 0)


def drafted(browser: TestClient, url: str, here: str, *more: str) -> int:
    """Make a draft with what is ticked, and more; its id."""
    page = browser.get(url).text
    record = re.search(r'name="record" value="([^"]+)"', page)
    assert record is not None
    ticked = re.findall(r'name="take" value="(\w+)" checked', page)
    form = {"record": record.group(1), "take": [*ticked, *more]}
    made_of = browser.post(f"{url}/draft", data=form)
    assert made_of.status_code == 303, made_of.text
    assert made_of.headers["location"].startswith(f"{here}/drafts/")
    return int(made_of.headers["location"].rsplit("/", 1)[1])


@pytest.mark.parametrize("area", mostly_thorough([HOA_TIEN, "national"]))
@pytest.mark.parametrize("suffix", mostly_thorough([".docx", ".pdf"]))
def test_a_changed_fee_becomes_a_draft_that_differs_in_exactly_that(
    app: FastAPI, tmp_path: Path, area: str, suffix: str
) -> None:
    browser = officer_client(app, Role.EDITOR, area)
    path = tmp_path / f"bieu-mau{suffix}"
    (made.as_docx if suffix == ".docx" else made.as_pdf)(form_with_fee(5000), path)
    begun = sent(browser, (path.name, path.read_bytes()), here=f"/staff/{area}")
    job = told(browser, begun.headers["location"])
    page = browser.get(job["url"]).text

    draft = staff_of(app).drafts.find(drafted(browser, job["url"], f"/staff/{area}"))

    assert "Số tiền: 7.000 đồng" in page
    assert "Số tiền: 5.000 đồng" in page
    assert "<q>Cá nhân, hộ gia đình: 5.000 đồng/lần (trực tuyến)</q>" in page
    assert ("<img" in page) == (suffix == ".pdf")
    assert draft is not None
    assert (draft.record_id, draft.scope, draft.kind) == (
        "dang-ky-tam-tru",
        area,
        RecordKind.PROCEDURE,
    )
    catalogue = staff_of(app).live.edition().catalogue
    whole = next(
        dict(body.data)
        for body in catalogue.bodies
        if body.key[1:] == (draft.record_id, "national")
    )
    if area == "national":
        after = draft.data
        assert draft.base_revision_id is not None
    else:
        assert set(draft.data) == {"id", "scope", "fees", "sources", "checked_on"}
        assert draft.base_revision_id is None
        sources = {**whole["sources"], **draft.data["sources"]}
        after = {**whole, **draft.data, "scope": "national", "sources": sources}
    told_of = [one for one in differences(whole, after) if not one.provenance]
    assert [one.path for one in told_of] == ["fees.1.amount"]
    (key,) = set(draft.data["sources"]) - set(whole["sources"])
    assert draft.data["fees"][1]["source"] == key
    assert draft.data["sources"][key]["address"] == f"tệp {path.name}"
    assert browser.get(f"/staff/{area}/drafts/{draft.id}").status_code == 200


@pytest.mark.thorough
def test_photographs_of_one_document_are_compared_and_ticked_by_hand(
    app: FastAPI, tmp_path: Path
) -> None:
    pytest.importorskip("pypdfium2")
    browser = officer_client(app, Role.EDITOR, HOA_TIEN)
    blocks = [*NOTICE, *(Paragraph(f"Nơi nhận thứ {number}: các thôn.") for number in range(40))]
    photos = made.as_photos(blocks, tmp_path / "trang", seed=2)
    files = [(photo.name, photo.read_bytes()) for photo in reversed(photos)]
    assert len(files) > 1

    job = told(browser, sent(browser, *files, as_one="1").headers["location"])
    page = browser.get(job["url"]).text
    (change,) = re.findall(r'name="take" value="(\w+)"', page)
    plain = staff_of(app).drafts.find(drafted(browser, job["url"], HERE))
    taken = staff_of(app).drafts.find(drafted(browser, job["url"], HERE, change))

    assert page.count("<img") == len(files)
    assert "so từng con số với ảnh" in page
    assert "12/TB-UBND" in page
    assert plain is not None
    assert "fees" not in plain.data
    assert taken is not None
    assert taken.data["fees"][1]["amount"] == 5000
    assert any("nhận dạng chữ" in warning for warning in taken.warnings)
    picture = re.search(rf'src="({HERE}/files/\w+\?show=1)"', page)
    assert picture is not None
    shown = browser.get(picture.group(1))
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.content.startswith(b"\xff\xd8")


def test_another_record_or_a_new_one_can_be_chosen(app: FastAPI, tmp_path: Path) -> None:
    browser = officer_client(app, Role.EDITOR, HOA_TIEN)
    (tmp_path / "a").mkdir()
    job = read(browser, ("bieu-mau.docx", _docx(tmp_path, form_with_fee(5000))))

    other = browser.get(f"{job['url']}?record=gia-han-tam-tru").text
    new = browser.get(f"{job['url']}?record=new").text
    nowhere = browser.get(f"{job['url']}?record=khong-co")
    created = browser.post(f"{job['url']}/draft", data={"record": "new"})

    assert 'value="gia-han-tam-tru" selected' in other
    assert "Hồ sơ mới: Đăng ký tạm trú" in new
    assert "lĩnh vực" in new
    assert nowhere.status_code == 404
    draft = staff_of(app).drafts.find(int(created.headers["location"].rsplit("/", 1)[1]))
    assert draft is not None
    assert (draft.record_id, draft.scope) == ("dang-ky-tam-tru-commune-hoa-tien", HOA_TIEN)
    assert draft.missing == ("lĩnh vực",)


def test_a_tick_that_no_longer_fits_is_told_and_nothing_is_made(
    app: FastAPI, tmp_path: Path
) -> None:
    browser = officer_client(app, Role.EDITOR, HOA_TIEN)
    job = read(browser, ("bieu-mau.docx", _docx(tmp_path, form_with_fee(5000))))
    before = len(staff_of(app).drafts.listed([HOA_TIEN]))

    answer = browser.post(
        f"{job['url']}/draft", data={"record": "dang-ky-tam-tru", "take": ["0" * 12]}
    )

    assert answer.status_code == 422
    assert "vừa thay đổi" in answer.text
    assert len(staff_of(app).drafts.listed([HOA_TIEN])) == before


def _docx(folder: Path, blocks: list[Block]) -> bytes:
    path = folder / "tam.docx"
    made.as_docx(blocks, path)
    assert zipfile.is_zipfile(io.BytesIO(path.read_bytes()))
    return path.read_bytes()
