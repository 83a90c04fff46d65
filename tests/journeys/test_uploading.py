"""An officer sends documents in a browser: a bar while they go, a bar while they are read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from app.records.accounts import Role
from app.records.jobs import JobProgress, JobResult
from app.staff.reading import Documents
from tests.app.staff.test_documents import NOTICE, form_with_fee
from tests.ingest.documents import made
from tests.officers import PASSWORD, new_officer, sign_in_by_page

Axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="make setup-dev").Axe

HERE = "/staff/commune:hoa-tien"


@pytest.fixture
def page(chromium: Any, app: FastAPI, address: str) -> Iterator[Any]:
    officer = new_officer(app, Role.EDITOR, "commune:hoa-tien", password=PASSWORD)
    context = chromium.new_context(locale="vi-VN", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(60_000)
    sign_in_by_page(page, address, officer.username, path=f"{HERE}/documents")
    yield page
    context.close()


def well_made(page: Any) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.thorough
def test_from_a_dropped_file_to_the_draft(page: Any, tmp_path: Path) -> None:
    path = tmp_path / "Biểu mẫu mới.docx"
    made.as_docx(form_with_fee(5000), path)
    well_made(page)
    handle = page.evaluate_handle(
        """bytes => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], "Biểu mẫu mới.docx"));
          return data;
        }""",
        list(path.read_bytes()),
    )
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": handle})
    assert "Biểu mẫu mới.docx (" in page.locator(".chosen").inner_text()

    page.get_by_role("button", name="Nạp và đọc").click()
    page.wait_for_url("**/documents/*")

    assert page.get_by_label("Lấy vào bản nháp").is_checked()
    well_made(page)
    page.get_by_role("link", name="Xem chỗ này").click()
    assert page.locator("mark:target").inner_text().startswith("Cá nhân, hộ gia đình: 5.000")
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 740})
        well_made(page)
    page.get_by_role("button", name="Tạo bản nháp").click()
    page.wait_for_url("**/drafts/*")


@pytest.mark.thorough
def test_the_bars_show_how_far_sending_and_reading_are(
    page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "anh.docx"
    made.as_docx(NOTICE, path)
    looked = threading.Event()
    plain = Documents.work

    def slow(self: Documents, *given: Any, **more: Any) -> Callable[[JobProgress], JobResult]:
        work = plain(self, *given, **more)

        def begun(progress: JobProgress) -> JobResult:
            progress(1, 4, "Đang đọc trang 2/4")
            assert looked.wait(60)
            return work(progress)

        return begun

    monkeypatch.setattr(Documents, "work", slow)
    page.set_input_files("#files", str(path))
    page.get_by_role("button", name="Nạp và đọc").click()
    page.wait_for_url("**/jobs/*")
    page.get_by_text("Đang đọc trang 2/4").wait_for()

    assert page.locator("#job progress").evaluate("bar => bar.value / bar.max") == 0.25
    assert page.get_by_text("25 %").is_visible()
    well_made(page)
    looked.set()
    page.wait_for_url("**/documents/*")
    assert "12/TB-UBND" in page.content()


@pytest.mark.thorough
def test_too_much_is_told_before_it_is_sent(page: Any) -> None:
    page.evaluate("document.getElementById('sending').setAttribute('data-most-mb', '0.00001')")
    page.set_input_files("#files", {"name": "a.docx", "mimeType": "x/y", "buffer": b"x" * 1000})
    page.get_by_role("button", name="Nạp và đọc").click()

    assert "Chia làm nhiều lần" in page.get_by_role("alert").inner_text()
    assert page.url.endswith("/documents")
