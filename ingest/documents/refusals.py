"""Why a document is not read, in words that tell its bringer what to do."""

from __future__ import annotations

from enum import StrEnum

_SAVE_AS = "Mở tệp bằng Word hoặc LibreOffice, chọn “Lưu thành” (Save As) dạng .docx rồi nạp lại."
_SAVE_AS_SHEET = "Mở tệp bằng Excel hoặc LibreOffice, lưu thành .xlsx rồi nạp lại."


class Refusal(StrEnum):
    """The reasons, each with its Vietnamese message."""

    MISSING = "Không mở được tệp. Kiểm tra đường dẫn và quyền đọc."
    EMPTY = "Tệp rỗng, không có nội dung."
    TOO_LARGE = "Tệp lớn quá mức cho phép (DOCUMENT_MAX_MB). Tách nhỏ hoặc nén ảnh trong tệp."
    UNKNOWN = (
        "Không nhận ra loại tệp. Dùng DOCX, PDF, HTML, Markdown, XLSX, hoặc ảnh JPG, PNG, TIFF."
    )
    LYING = "Phần đuôi của tên tệp không khớp với nội dung bên trong. Kiểm tra lại nguồn tệp."
    ENCRYPTED = "Tệp có mật khẩu. Mở bằng mật khẩu, lưu một bản không mật khẩu rồi nạp lại."
    OLD_WORD = f"Tệp Word đời cũ (.doc). {_SAVE_AS}"
    OLD_EXCEL = f"Tệp Excel đời cũ (.xls). {_SAVE_AS_SHEET}"
    OLD_OFFICE = f"Tệp Office đời cũ. {_SAVE_AS}"
    RICH_TEXT = f"Tệp RTF. {_SAVE_AS}"
    OPEN_DOCUMENT = f"Tệp OpenDocument (.odt, .ods). {_SAVE_AS}"
    MACROS = (
        "Tệp có macro (đoạn mã chạy được) nên không nhận. "
        "Lưu thành .docx hoặc .xlsx thường, không macro, rồi nạp lại."
    )
    BROKEN = "Tệp hỏng hoặc chưa tải xong. Lấy lại bản gốc rồi nạp lại."
    ZIP_BOMB = (
        "Nội dung nén của tệp bung ra quá lớn (DOCUMENT_MAX_UNZIPPED_MB). "
        "Tệp có thể được làm để phá hoại; kiểm tra lại nguồn."
    )
    DOCTYPE = (
        "Tệp chứa khai báo DOCTYPE hoặc ENTITY mà Word, Excel không bao giờ ghi. "
        "Tệp có thể được làm để phá hoại; kiểm tra lại nguồn."
    )
    NO_PAGE = "Tài liệu không có trang nào."
    TOO_MANY_PAGES = "Tài liệu nhiều trang quá mức (DOCUMENT_MAX_PAGES). Tách phần cần nạp ra."
    TOO_MANY_SCANS = (
        "Bản quét nhiều trang quá mức (DOCUMENT_MAX_SCANNED_PAGES). Tách phần cần nạp ra."
    )
    TOO_MANY_CELLS = "Bảng tính có quá nhiều ô. Chỉ giữ các trang tính cần nạp."
    TOO_MANY_POINTS = "Ảnh quá lớn về kích thước điểm ảnh. Chụp hoặc quét lại ở 200–300 dpi."
    NO_OCR = (
        "Đây là ảnh hoặc bản quét, cần chương trình nhận dạng chữ. Cài bằng: "
        "apt install tesseract-ocr tesseract-ocr-vie"
    )
    NOTHING_READ = "Không đọc được chữ nào. Chụp hoặc quét lại rõ hơn, đủ sáng, thẳng trang."
    TOO_SLOW = "Đọc quá lâu (DOCUMENT_SECONDS) nên đã dừng. Tách nhỏ tài liệu rồi nạp lại."
    TOO_HEAVY = "Đọc tốn quá nhiều bộ nhớ (DOCUMENT_MEMORY_MB) nên đã dừng. Tách nhỏ tài liệu."
    FAULT = "Chương trình không đọc nổi tệp này. Báo kỹ thuật viên kèm tệp."


class RefusedDocumentError(Exception):
    """A document that is not read; ``str`` is what its bringer is told."""

    def __init__(self, refusal: Refusal, detail: str = "") -> None:
        self.refusal = refusal
        self.detail = detail
        """For the technician's log; not shown."""
        super().__init__(refusal.value)
