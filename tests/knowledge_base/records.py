"""Small records in the form of content files, and the folders that hold them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from knowledge_base.catalogue import Catalogue, read_content
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure

Data = dict[str, Any]

TODAY = date(2026, 11, 21)

PROCEDURE = "procedures/residence/dang-ky-tam-tru.yaml"
GUIDE = "guides/health_insurance/muc-dong-bhyt.yaml"
COMMUNE = "communes/da-nang/hoa-tien.yaml"
ENDED = "legal_texts/residence.yaml"


def _source(title: str) -> Data:
    return {
        "kind": "gazette",
        "publisher": "Công báo",
        "title": title,
        "text_date": "2020-11-13",
        "seen_on": "2026-11-21",
    }


def _question(text: str, section: str, case: str | None = None) -> Data:
    return {"text": text, "section": section} | ({"case": case} if case else {})


def procedure(**changes: object) -> Data:
    """A whole procedure; a changed field replaces the usual one, None takes it away."""
    whole: Data = {
        "id": "dang-ky-tam-tru",
        "title": "Đăng ký tạm trú",
        "topic": "residence",
        "aliases": ["làm KT3"],
        "code": "1.004194",
        "summary": {"text": "Báo nơi đang ở với Công an xã.", "source": "luat"},
        "dossier": [{"item": "Tờ khai", "form": "CT01", "originals": 1, "source": "luat"}],
        "cases": [
            {
                "id": "nha-thue",
                "title": "Ở nhà thuê",
                "aliases": ["ở trọ"],
                "dossier": [{"item": "Hợp đồng thuê nhà", "copies": 1, "source": "luat"}],
                "source": "luat",
            },
            {"id": "nha-minh", "title": "Ở nhà của mình", "source": "luat"},
        ],
        "where": [{"counter": "police", "text": "Công an xã nơi đang ở", "source": "luat"}],
        "time_limits": [{"amount": 3, "unit": "working_day", "source": "luat"}],
        "fees": [
            {"amount": 15000, "channel": "in_person", "per": "lần", "source": "phi"},
            {"amount": 7000, "channel": "online", "per": "lần", "source": "phi"},
        ],
        "legal_basis": [
            {
                "number": "68/2020/QH14",
                "name": "Luật Cư trú",
                "issued": "2020-11-13",
                "source": "luat",
            }
        ],
        "questions": [
            _question("tạm trú cần giấy tờ gì", "dossier"),
            _question("ở trọ thì tạm trú cần gì", "dossier", "nha-thue"),
            _question("đăng ký tạm trú mất bao lâu", "time_limit"),
            _question("lệ phí tạm trú bao nhiêu", "fee"),
            _question("làm tạm trú ở đâu", "where"),
            _question("tạm trú là gì", "summary"),
        ],
        "sources": {"luat": _source("Luật Cư trú"), "phi": _source("Thông tư 75/2022/TT-BTC")},
        "checked_on": "2026-11-21",
    }
    return _changed(whole, changes)


def guide(**changes: object) -> Data:
    """A whole guide; a changed field replaces the usual one, None takes it away."""
    whole: Data = {
        "id": "muc-dong-bhyt",
        "title": "Mức đóng bảo hiểm y tế hộ gia đình",
        "topic": "health_insurance",
        "sections": [
            {
                "id": "muc-dong",
                "heading": "Mỗi người đóng bao nhiêu",
                "facet": "fee",
                "answer": "Người thứ nhất đóng 4,5% lương cơ sở.",
                "entries": [
                    {"label": "Người thứ hai", "text": "Người thứ hai đóng bằng 70%."},
                ],
                "body": "## Cách tính\n\n- Người thứ ba đóng bằng 60%.",
                "source": "luat",
            },
            {
                "id": "dong-o-dau",
                "heading": "Đóng ở đâu",
                "facet": "where",
                "answer": "Đóng ở điểm thu của xã.",
                "source": "luat",
            },
        ],
        "questions": [
            _question("bhyt hộ gia đình bao nhiêu tiền", "muc-dong"),
            _question("người thứ hai đóng bao nhiêu", "muc-dong"),
            _question("cả nhà mua bảo hiểm hết mấy đồng", "muc-dong"),
            _question("mức đóng bảo hiểm năm nay", "muc-dong"),
            _question("mua bảo hiểm y tế ở đâu", "dong-o-dau"),
            _question("đóng tiền bảo hiểm chỗ nào", "dong-o-dau"),
        ],
        "sources": {"luat": _source("Luật Bảo hiểm y tế")},
        "checked_on": "2026-11-21",
    }
    return _changed(whole, changes)


def commune(**changes: object) -> Data:
    """A whole commune; a changed field replaces the usual one, None takes it away."""
    whole: Data = {
        "id": "hoa-tien",
        "code": "20314",
        "kind": "xã",
        "name": "Hòa Tiến",
        "province": "da-nang",
        "province_name": "thành phố Đà Nẵng",
        "counters": [
            {
                "kind": "one_stop",
                "name": "Trung tâm Phục vụ hành chính công",
                "opening_hours": {
                    "shifts": [
                        {
                            "days": ["mon", "tue", "wed", "thu", "fri"],
                            "opens": "07:30",
                            "closes": "11:30",
                        },
                        {"days": ["mon"], "opens": "13:30", "closes": "17:00"},
                    ],
                    "source": "xa",
                },
            }
        ],
        "sources": {"xa": _source("Trang của xã")},
        "checked_on": "2026-11-21",
    }
    return _changed(whole, changes)


def ended_text(**changes: object) -> Data:
    """A legal text that no longer holds."""
    whole: Data = {
        "number": "55/2021/TT-BCA",
        "name": "Thông tư quy định chi tiết Luật Cư trú",
        "ended_on": "2026-07-01",
        "replaced_by": "116/2026/TT-BCA",
        "source": "Thông tư 116/2026/TT-BCA, Điều 27",
    }
    return _changed(whole, changes)


def _changed(whole: Data, changes: Mapping[str, object]) -> Data:
    return {name: value for name, value in {**whole, **changes}.items() if value is not None}


def put(folder: Path, name: str, data: object) -> Path:
    """Write one content file; JSON is YAML too."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def put_small_content(folder: Path) -> Path:
    """A content folder with one record of each kind and one ended text."""
    put(folder, PROCEDURE, procedure())
    put(folder, GUIDE, guide())
    put(folder, COMMUNE, commune())
    put(folder, ENDED, [ended_text()])
    return folder


def small_catalogue(folder: Path) -> Catalogue:
    """The records of ``put_small_content``, read."""
    return read_content(put_small_content(folder))


def a_procedure(**changes: object) -> Procedure:
    """``procedure``, validated."""
    return Procedure.model_validate(procedure(**changes))


def a_guide(**changes: object) -> Guide:
    """``guide``, validated."""
    return Guide.model_validate(guide(**changes))
