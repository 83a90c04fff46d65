"""The portal's dossier as papers, cases and forms; remarks between the papers stay prose."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ingest.portal.naming import slug
from ingest.portal.record import Group, Paper, PortalRecord
from ingest.portal.wording import form_number, line, short_name, unbulleted
from knowledge_base.syllables import fold

_LONG_REMARK = 200
"""A line without originals and copies longer than this is a remark, not a paper."""
_KINDS = (
    ("luu y", "remark"),
    ("ghi chu", "remark"),
    ("giay to phai xuat trinh", "shown"),
    ("giay to xuat trinh", "shown"),
    ("giay to phai nop", "given"),
    ("giay to nop", "given"),
    ("thanh phan ho so", "given"),
    ("ho so gom", "given"),
    ("ho so bao gom", "given"),
    ("bao gom", "given"),
    ("mot trong cac giay to", "given"),
)
_COPIES_WILL_DO = "khong quy dinh la ban chinh"
"""Social insurance heads its papers with a sentence about copies."""
_NEVER_A_PAPER = re.compile(
    r"^(?:(?:thanh phan ho so ?\d*|gom|bao gom)$|luu y|ghi chu|trong do|khi co nguoi|"
    r"so luong ho so|cac thanh phan ho so)"
)
"""Lines that the portal counts as papers, originals and all."""
_REMARK = re.compile(
    r"^(?:truong hop|ca nhan co quyen|doi voi giay to|nguoi tiep nhan|nguoi yeu cau|khi den|luu y|"
    r"so luong|giay to do co quan co tham quyen cua nuoc ngoai|co quan dang ky|can cu)"
)
SHOWN = "Xuất trình, không phải nộp."


@dataclass(slots=True)
class Dossier:
    """What the record's groups hold, in the form of content files."""

    common: list[dict[str, Any]] = field(default_factory=list)
    cases: list[dict[str, Any]] = field(default_factory=list)
    forms: list[dict[str, Any]] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)
    """Every line as the portal has it, under its heading."""
    files: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read_dossier(record: PortalRecord, source: str) -> Dossier:
    """Part the record's groups into common papers and cases.

    A group whose heading only names a kind of paper (to hand in, to show) is no case. A single
    case is joined with the common papers and told of, since a case needs another beside it.
    """
    found = Dossier()
    cases: list[tuple[Group, list[dict[str, Any]]]] = []
    for group in record.groups:
        kind = _kind(group)
        found.prose.append(f"## {group.title or 'Hồ sơ'}")
        papers = []
        for paper in group.papers:
            found.prose.append(_told(paper))
            found.files.extend(paper.files)
            uncounted = not (paper.originals or paper.copies)
            if _is_remark(paper) or (kind == "remark" and uncounted):
                continue
            papers.append(_item(paper, source, shown=kind == "shown"))
            _add_form(found.forms, paper, source)
        if kind == "case":
            cases.append((group, papers))
        else:
            found.common.extend(papers)
    if len(cases) == 1:
        group, papers = cases[0]
        found.common.extend(papers)
        found.warnings.append(f"Hồ sơ chỉ có một trường hợp, đã gộp vào chung: {group.title}")
    elif cases:
        _add_cases(found, cases, source)
    found.common = _distinct(found.common)
    return found


def _kind(group: Group) -> str:
    spelt = fold(unbulleted(group.title)).strip(" :.*")
    if not spelt:
        return "given"
    if _COPIES_WILL_DO in spelt:
        return "given"
    return next((kind for words, kind in _KINDS if spelt.startswith(words)), "case")


def _is_remark(paper: Paper) -> bool:
    spelt = fold(unbulleted(paper.name)).strip(" .;")
    if _NEVER_A_PAPER.match(spelt):
        return True
    if paper.originals or paper.copies or paper.files:
        return False
    return (
        spelt.endswith(":")
        or len(spelt) > _LONG_REMARK
        or _REMARK.match(spelt) is not None
        or not re.search(r"[a-z]{2}", spelt)
    )


def _told(paper: Paper) -> str:
    count = ", ".join(
        part
        for part in (
            f"bản chính {paper.originals}" if paper.originals else "",
            f"bản sao {paper.copies}" if paper.copies else "",
            *(f"tệp {name}" for name in paper.files),
        )
        if part
    )
    return f"- {line(unbulleted(paper.name))}" + (f" [{count}]" if count else "")


def _item(paper: Paper, source: str, *, shown: bool) -> dict[str, Any]:
    """A paper; a count of 0 is the portal's default and says nothing."""
    item: dict[str, Any] = {"item": short_name(paper.name)}
    if (number := form_number(paper.name)) is not None:
        item["form"] = number
    if paper.originals:
        item["originals"] = paper.originals
    if paper.copies:
        item["copies"] = paper.copies
    if shown:
        item["note"] = SHOWN
    return {**item, "source": source}


def _add_form(forms: list[dict[str, Any]], paper: Paper, source: str) -> None:
    number = form_number(paper.name)
    if number is None and not paper.files:
        return
    form = {"number": number} if number else {}
    form |= {"name": short_name(paper.name), "source": source}
    if form not in forms:
        forms.append(form)


def _add_cases(
    found: Dossier, cases: list[tuple[Group, list[dict[str, Any]]]], source: str
) -> None:
    taken: set[str] = set()
    for number, (group, papers) in enumerate(cases, start=1):
        name = slug(short_name(group.title)) or "truong-hop"
        if name in taken:
            name = f"{name}-{number}"
        taken.add(name)
        case: dict[str, Any] = {"id": name, "title": short_name(group.title)}
        if papers := _distinct(papers):
            case["dossier"] = papers
        found.cases.append({**case, "source": source})


def _distinct(papers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = []
    for paper in papers:
        if paper not in kept:
            kept.append(paper)
    return kept
