"""Makes the content files of Đà Nẵng's communes from the sheet of facts gathered about them.

``python -m ingest.commune_files SHEET`` writes a file for every unit that has none yet; what a
person has written stays. Only what names a source is taken over. Left out, and asked of the commune
instead: telephone numbers, which the sheet wants tried first; plans of before the merger; addresses
whose purpose is not known.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from knowledge_base.catalogue import CONTENT

Row = Mapping[str, Any]

PROVINCE = "da-nang"
_SEEN_ON = date(2026, 11, 21)
_SOURCES: Mapping[str, tuple[str, str, str, str, str | None]] = {
    "vau": (
        "secondary",
        "Thư viện mở vietnamadminunits",
        "Bảng đơn vị hành chính sau sắp xếp, bản 1.0.4",
        "https://pypi.org/project/vietnamadminunits/",
        None,
    ),
    "dnm": (
        "secondary",
        "Dự án bản đồ tra cứu phường xã mới Đà Nẵng",
        "Bảng trụ sở 94 đơn vị cấp xã",
        "src/data/administrative-information.json trong kho duckvhuynh/danangmoi",
        "2025-07-04",
    ),
    "hot1": (
        "press",
        "vietnam.vn dẫn Sở Khoa học và Công nghệ Đà Nẵng",
        "Đà Nẵng vận hành đường dây nóng gỡ rối cho hoạt động chính quyền hai cấp",
        "https://www.vietnam.vn/en/da-nang-van-hanh-duong-day-nong-go-roi-cho-hoat-dong-chinh-quyen-hai-cap",
        "2025-06-25",
    ),
    "hc": (
        "secondary",
        "Tiện ích điền hồ sơ hộ kinh doanh của phường Hải Châu",
        "Địa chỉ nhận kết quả",
        "tệp GitHub 69404072660, 69825813896",
        None,
    ),
    "lc1": (
        "secondary",
        "Dự án LC Compass",
        "Thẻ thông tin phường Liên Chiểu có dẫn nguồn",
        "web/content/data/cards.csv trong kho cat1454/lc-compass",
        "2026-09-19",
    ),
    "tl": (
        "secondary",
        "Ứng dụng làm cho Ủy ban nhân dân xã Trà Liên",
        "Thông tin dẫn trang của xã",
        "Backend/scripts/seed-site-content.js trong kho Anvo2004/TRALIEN",
        "2026-09-14",
    ),
}
"""Kind, publisher, title, address and date of each source of the sheet that is used."""
_MONTHS = {"DNM": "7/2025", "HC": "2026", "LC1": "9/2026", "TL": "9/2026"}
_BETTER_THAN_THE_LIST = frozenset({"TL"})
"""Where these name the committee's seat, theirs is newer than the list of July 2025."""
_COUNTERS = {
    "one_stop": ("one_stop", "Trung tâm Phục vụ hành chính công"),
    "police": ("police", "Công an"),
    "peoples_committee": ("other", "Ủy ban nhân dân"),
    "Trạm Y tế": ("health_station", "Trạm Y tế"),
}
_WEBSITE_READ = frozenset({"AS2", "LC2", "LC3", "TL"})
"""Sources that read a page of the website; the others only link to it."""
_WEEK = re.compile(r"Thứ 2–6: (\d\d:\d\d)–(\d\d:\d\d), (\d\d:\d\d)–(\d\d:\d\d)")
_FORMER_SEAT = re.compile(r"^Trụ sở (\S.* cũ)\.$")
_COMMON = re.compile(r"^(Thôn|Đường|Số|Khối|Lô|Tổ|Khu|Quốc lộ)(?= )")
_UNSAFE = re.compile(r"^[\d\W]|: | #|[\"{}\[\]]|:$")
_SHEET_KIND = re.compile(r"^(Xã|Phường|Thị trấn|TTHC) ", re.IGNORECASE)


def commune_yaml(unit: Row) -> str:
    """The content file of one unit of the sheet."""
    full_name, kind = str(unit["name"]), str(unit["type"])
    offices = {key: _office(unit, key) for key in _COUNTERS}
    used = ["vau", "dnm", "hot1"]
    used += sorted({_key(office) for office in offices.values() if office is not None} - {*used})
    lines = [
        f"id: {unit['slug']}",
        f'code: "{unit["code"]}"',
        f"kind: {kind}",
        f"name: {full_name.removeprefix(kind).strip()}",
        f"province: {PROVINCE}",
        "province_name: thành phố Đà Nẵng",
        "merged_from:",
        *(f"  - {_former(former)}" for former in unit["former_units"]),
        "counters:",
    ]
    for key, (counter, title) in _COUNTERS.items():
        office = offices[key]
        if office is None and (key == "Trạm Y tế" or not _has_counters(unit)):
            continue
        lines += [f"  - kind: {counter}", f"    name: {title} {full_name}"]
        lines += _details(office, kind) if office is not None else ()
    lines += [
        "hotlines:",
        "  - text: Tổng đài 1022 Đà Nẵng, bấm nhánh 3 để hỏi thủ tục hành chính",
        "    source: hot1",
    ]
    website, confirmed = unit["website"], _website_read(unit)
    if website and confirmed:
        lines.append(f"website: {website}")
    lines.append("to_confirm:")
    lines += [f"  - text: {_scalar(text)}" for text in _to_confirm(unit, offices, confirmed)]
    lines += ["", "sources:"]
    for key in used:
        lines += _source(key)
    lines += [f"checked_on: {_SEEN_ON.isoformat()}", ""]
    return "\n".join(lines)


def _has_counters(unit: Row) -> bool:
    """An island without inhabitants' offices has only what the sheet names."""
    return str(unit["type"]) != "đặc khu"


def _key(office: Row) -> str:
    return str(office["source"]).lower()


def _office(unit: Row, key: str) -> Row | None:
    """The office of a kind whose source is among those used; the newer one of two."""
    found = [
        office
        for office in unit["offices"] or ()
        if (office["kind"] == key or str(office["name"]).startswith(key))
        and office["source"] in _MONTHS
        and (office["address"] or office["hours"])
    ]
    found.sort(key=lambda office: office["source"] not in _BETTER_THAN_THE_LIST)
    return found[0] if found else None


def _former(former: Row) -> str:
    name = str(former["name"]).split(" (")[0]
    cells = [f"name: {name}"]
    if former.get("district"):
        cells.append(f"district: {former['district']}")
    cells.append(f"province: {former['province']}")
    if former.get("part"):
        cells.append("part: true")
    return "{" + ", ".join([*cells, "source: [vau, dnm]"]) + "}"


def _details(office: Row, kind: str) -> Iterator[str]:
    source = _key(office)
    if office["address"]:
        yield "    address:"
        yield f"      text: {_scalar(_address(office))}"
        yield f"      source: {source}"
    week = _WEEK.fullmatch(office["hours"] or "")
    if week:
        yield "    opening_hours:"
        yield "      shifts:"
        for opens, closes in ((week[1], week[2]), (week[3], week[4])):
            days = "[mon, tue, wed, thu, fri]"
            yield f'        - {{days: {days}, opens: "{opens}", closes: "{closes}"}}'
        yield f"      source: {source}"
    what = "Địa chỉ và giờ làm việc" if week else "Địa chỉ"
    month = _MONTHS[office["source"]]
    when = f"tháng {month}" if "/" in month else f"năm {month}"
    yield f"    note: {what} theo thông tin {when}, {kind} chưa xác nhận."


def _address(office: Row) -> str:
    text = str(office["address"]).removesuffix(", thành phố Đà Nẵng")
    text = _COMMON.sub(lambda match: match.group().lower(), text)
    seat = _FORMER_SEAT.match(office.get("notes") or "")
    if seat and "(" not in text:
        former = _SHEET_KIND.sub(lambda match: match.group().lower(), seat[1])
        text += f" (trụ sở {former.replace('tthc', 'hành chính')})"
    return text


def _website_read(unit: Row) -> bool:
    notes = " ".join(note for note in unit["notes"] if note.startswith("Trang web:"))
    return bool(set(re.findall(r"[A-Z]{1,3}\d?", notes)) & _WEBSITE_READ)


def _to_confirm(unit: Row, offices: Mapping[str, Row | None], confirmed: bool) -> Iterator[str]:
    name, kind = unit["name"], unit["type"]
    committee = offices["peoples_committee"]
    if _has_counters(unit):
        one_stop, police = offices["one_stop"], offices["police"]
        known = one_stop is not None and one_stop["address"]
        place = "" if known else "địa chỉ, "
        yield f"{place}số điện thoại và giờ làm việc của Trung tâm Phục vụ hành chính công {name}"
        known = police is not None and police["address"]
        yield f"{'' if known else 'địa chỉ và '}số điện thoại của Công an {name}"
    if committee is not None and committee["source"] == "DNM":
        yield f"địa chỉ và số điện thoại hiện nay của Ủy ban nhân dân {name}"
    else:
        yield f"số điện thoại của Ủy ban nhân dân {name}"
    if any(office["source"] in ("DNM0630", "TN") for office in unit["offices"] or ()):
        yield f"{kind} còn nơi làm việc nào khác ngoài trụ sở Ủy ban nhân dân"
    if offices["Trạm Y tế"] is None and _has_counters(unit):
        yield f"địa chỉ Trạm Y tế {name}"
    if unit["website"] and not confirmed:
        yield f"trang {str(unit['website']).removeprefix('https://')} có phải của {name}"
    if any(former.get("part") for former in unit["former_units"]):
        yield "thôn, tổ nào của đơn vị cũ bị chia về đây"


def _source(key: str) -> Iterator[str]:
    kind, publisher, title, address, text_date = _SOURCES[key]
    yield f"  {key}:"
    yield f"    kind: {kind}"
    yield f"    publisher: {publisher}"
    yield f"    title: {title}"
    yield f"    address: {address}"
    if text_date:
        yield f"    text_date: {text_date}"
    yield f"    seen_on: {_SEEN_ON.isoformat()}"


def _scalar(text: str) -> str:
    return '"' + text.replace('"', "”") + '"' if _UNSAFE.search(text) else text


def write_files(sheet: Path, folder: Path) -> list[Path]:
    """Write the files that are missing; returns them."""
    units = YAML(typ="safe").load(sheet.read_text(encoding="utf-8"))["units"]
    written = []
    for unit in units:
        path = folder / f"{unit['slug']}.yaml"
        if not path.exists():
            path.write_text(commune_yaml(unit), encoding="utf-8")
            written.append(path)
    return written


if __name__ == "__main__":
    made = write_files(Path(sys.argv[1]), CONTENT / "communes" / PROVINCE)
    sys.stdout.write(f"{len(made)} files written\n")
