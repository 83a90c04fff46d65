"""How much of the State's list of commune-level procedures the content covers, topic by topic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from knowledge_base.catalogue import Catalogue
from knowledge_base.official import (
    EXCLUSIONS,
    LIST,
    ExclusionKind,
    OfficialList,
    OfficialProcedure,
)
from knowledge_base.procedure import Procedure
from knowledge_base.record import NATIONAL, Topic

PAGE = "COVERAGE.md"
WANTED = 0.95
"""The share of procedures in force that the content should cover, of each topic and of all."""

_FIELDS = {
    Topic.LAND: "Đất đai",
    Topic.HEALTH_INSURANCE: "Bảo hiểm y tế",
    Topic.RESIDENCE: "Cư trú, căn cước",
    Topic.SOCIAL_POLICY: "Chính sách xã hội",
    Topic.LOCAL_GOVERNMENT: "Chính quyền địa phương",
    Topic.CIVIL_STATUS: "Hộ tịch",
    Topic.CERTIFICATION: "Chứng thực",
}
"""The fields (lĩnh vực) as officers call them."""
_KINDS = {
    ExclusionKind.REPEALED: "đã bãi bỏ",
    ExclusionKind.SUPERSEDED: "văn bản mới hơn đã thay",
    ExclusionKind.DUPLICATE: "trùng thủ tục khác",
    ExclusionKind.ELSEWHERE: "không làm ở cấp xã",
    ExclusionKind.LEFT_OUT: "còn hiệu lực nhưng chưa viết",
}
_TEST = "bản ghi thử trên Cổng"


@dataclass(frozen=True, slots=True)
class TopicCoverage:
    """What the content covers of one topic of the list."""

    topic: Topic
    covered: Mapping[OfficialProcedure, str]
    """The id of the record, by procedure."""
    missing: tuple[OfficialProcedure, ...]
    """In force, with no record."""
    excluded: tuple[OfficialProcedure, ...]
    """No longer in force at the commune."""

    @property
    def in_force(self) -> int:
        """How many procedures residents still have done at the commune."""
        return len(self.covered) + len(self.missing)


def coverage_of(catalogue: Catalogue, official: OfficialList) -> tuple[TopicCoverage, ...]:
    """What the national records of a catalogue cover of the list, topic by topic."""
    record_of = {
        code: item.id
        for item in catalogue.records.values()
        if isinstance(item, Procedure) and item.scope == NATIONAL
        for code in item.codes
    }
    return tuple(
        TopicCoverage(
            topic,
            {
                one: record_of[one.code]
                for one in listed
                if official.in_force(one.code) and one.code in record_of
            },
            tuple(
                one for one in listed if official.in_force(one.code) and one.code not in record_of
            ),
            tuple(one for one in listed if not official.in_force(one.code)),
        )
        for topic in Topic
        if (listed := [one for one in official.procedures.values() if one.topic is topic])
    )


def coverage_page(catalogue: Catalogue, official: OfficialList) -> str:
    """The page that stands beside the content, in Markdown."""
    topics = coverage_of(catalogue, official)
    return "\n".join([*_summary(topics, official), *_topics(topics, official)]).rstrip() + "\n"


def write_coverage(catalogue: Catalogue, official: OfficialList, content: Path) -> Path:
    """Write the page into the content folder."""
    path = content / PAGE
    path.write_text(coverage_page(catalogue, official), encoding="utf-8")
    return path


def _summary(topics: Iterable[TopicCoverage], official: OfficialList) -> Iterator[str]:
    topics = tuple(topics)
    seen = sorted({one.seen_on for one in official.procedures.values()})
    yield "<!-- Tạo bởi `hoixa knowledge coverage`; đừng sửa tay. -->"
    yield "# Độ phủ thủ tục cấp xã"
    yield ""
    yield (
        f"Danh sách gồm {len(official.procedures)} thủ tục do Trung ương ban hành, có làm ở cấp "
        f"xã, thuộc các lĩnh vực của trợ lý, theo bản chụp Cổng Dịch vụ công quốc gia từ "
        f"{seen[0]:%d/%m/%Y} đến {seen[-1]:%d/%m/%Y} (`{LIST}`). Lý do loại ghi ở `{EXCLUSIONS}`. "
        "Một thủ tục là đã có khi một hồ sơ toàn quốc mang mã của nó."
    )
    yield ""
    yield "| Lĩnh vực | Trong danh sách | Đã loại | Còn hiệu lực | Đã có | Tỷ lệ |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for one in topics:
        yield _line(_FIELDS[one.topic], len(one.excluded), one.in_force, len(one.covered))
    yield _line(
        "**Cộng**",
        sum(len(one.excluded) for one in topics),
        sum(one.in_force for one in topics),
        sum(len(one.covered) for one in topics),
    )


def _line(name: str, excluded: int, in_force: int, covered: int) -> str:
    share = f"{100 * covered / in_force:.1f} %".replace(".", ",") if in_force else "–"
    return f"| {name} | {excluded + in_force} | {excluded} | {in_force} | {covered} | {share} |"


def _topics(topics: Iterable[TopicCoverage], official: OfficialList) -> Iterator[str]:
    for one in topics:
        yield f"\n## {_FIELDS[one.topic]}"
        if one.missing:
            yield "\n### Còn hiệu lực, chưa có hồ sơ\n"
            yield "| Mã | Thủ tục | Lý do |"
            yield "| --- | --- | --- |"
            for missing in one.missing:
                why = _why_missing(missing, official)
                yield f"| {missing.code} | {_cell(missing.title)} | {why} |"
        if one.excluded:
            yield "\n### Đã loại\n"
            yield "| Mã | Thủ tục | Lý do | Nguồn |"
            yield "| --- | --- | --- | --- |"
            for excluded in one.excluded:
                why = _why_out(excluded, official)
                yield f"| {excluded.code} | {_cell(excluded.title)} | {why} |"
        if one.covered:
            yield "\n### Đã có\n"
            yield "| Mã | Thủ tục | Hồ sơ |"
            yield "| --- | --- | --- |"
            for covered, record_id in one.covered.items():
                yield f"| {covered.code} | {_cell(covered.title)} | `{record_id}` |"


def _why_missing(one: OfficialProcedure, official: OfficialList) -> str:
    exclusion = official.exclusions.get(one.code)
    return _cell(exclusion.reason) if exclusion else "chưa viết"


def _why_out(one: OfficialProcedure, official: OfficialList) -> str:
    """The last two cells of a row: the reason and its source."""
    exclusion = official.exclusions.get(one.code)
    if exclusion is None:
        return f"{_TEST} | `{LIST}`"
    instead = f" Nay: {', '.join(exclusion.replaced_by)}." if exclusion.replaced_by else ""
    reason = f"{_KINDS[exclusion.kind]}: {exclusion.reason}{instead}"
    return f"{_cell(reason)} | {_cell(exclusion.source)}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
