"""Records in the portal's two forms, small and whole."""

from __future__ import annotations

import json
from typing import Any

Data = dict[str, Any]


def paper(name: str, originals: int = 0, copies: int = 0, *files: str) -> Data:
    return {
        "name": name,
        "originalQty": originals,
        "copyQty": copies,
        "required": False,
        "attachments": [{"fileName": file} for file in files],
    }


def method(
    channel: str = "DIRECT", time: object = 3, unit: str = "WORKING_DAY", *fees: Data
) -> Data:
    return {
        "submissionMethod": channel,
        "processingTime": time,
        "processingTimeUnit": unit,
        "description": "",
        "fees": list(fees),
    }


def fee(value: int | None, words: str = "", currency: str | None = "Việt Nam Đồng") -> Data:
    return {"type": "FEE", "value": value, "description": words} | (
        {"currencyName": currency} if currency else {}
    )


def detail(**changes: object) -> Data:
    """The ``data`` of a detail answer; a changed field replaces the usual one."""
    whole: Data = {
        "id": "019d",
        "code": "1.004194",
        "name": "Thủ tục đăng ký tạm trú",
        "executionSteps": [{"name": "", "description": "Bước 1: Nộp hồ sơ.\nBước 2: Nhận."}],
        "executionMethods": [method(), method("ONLINE")],
        "executionCases": [
            {
                "name": "",
                "profileComponents": [
                    paper(
                        "- Tờ khai thay đổi thông tin cư trú (Mẫu CT01 ban hành kèm theo Thông tư "
                        "số 53/2025/TT-BCA);",
                        1,
                    ),
                    paper("Bản sao hợp đồng thuê nhà", 0, 2),
                ],
            }
        ],
        "requirementsAndConditions": "Có chỗ ở hợp pháp.",
        "legalBasisesDetails": [
            {"code": "68/2020/QH14", "name": "Luật Cư trú ngày 13 tháng 11 năm 2020"}
        ],
        "resultsDetails": [{"name": "Thông báo kết quả"}],
        "subjectTypesDetails": [{"name": "Công dân Việt Nam"}],
        "departmentsExecuting": [{"name": "Công an cấp Xã"}],
        "categoriesDetails": [{"name": "Đăng ký, quản lý cư trú"}],
        "departmentPromulgateName": "Bộ Công an",
        "isWard": True,
        "createdAt": 1774458000000,
        "updatedAt": 1776247896922,
    }
    return whole | changes


def answer(**changes: object) -> Data:
    """The detail as the portal answers it."""
    return {"code": "OK", "data": detail(**changes)}


def prose(**changes: object) -> Data:
    """A record of the prose copy; a changed field replaces the usual one."""
    whole: Data = {
        "code": "2.000815",
        "name": "Chứng thực bản sao từ bản chính",
        "topic": "certification",
        "field": "Chứng thực",
        "level": "Cấp Xã",
        "levels_all": "Cấp xã, Cơ quan khác",
        "issued_by": "Bộ Tư pháp",
        "scope": "national",
        "subjects": "Công dân Việt Nam, Tổ chức (không bao gồm doanh nghiệp, HTX)",
        "steps": "Xuất trình bản chính.",
        "dossier": [
            {"case": "", "items": [{"name": "Bản chính giấy tờ", "original": 1, "copy": 0}]}
        ],
        "time_limit": [{"channel": "Trực tiếp", "time": "1 ngày làm việc"}],
        "fee": [{"channel": "Trực tiếp", "fee": "2000 VNĐ (/trang)"}],
        "agency": "Ủy ban nhân dân cấp xã",
        "forms": [],
        "conditions": "",
        "legal_basis": [{"number": "23/2015/NĐ-CP", "title": "Về chứng thực"}],
        "result": "Bản sao được chứng thực",
        "raw_url": "https://dichvucong.gov.vn/thu-tuc-hanh-chinh/019d",
        "portal_record_created": "2026-03-26",
        "portal_updated_at": None,
        "crawled_at": "2026-07-17",
        "quality_flags": [],
        "currency_notes": [],
    }
    return whole | changes


def lines(*records: Data) -> bytes:
    """Records one a line."""
    return b"".join(json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in records)
