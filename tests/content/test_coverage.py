"""How much of the State's list the content covers is stated, and the statement is current."""

from __future__ import annotations

from collections import Counter

import pytest

from knowledge_base.catalogue import CONTENT
from knowledge_base.coverage import PAGE, coverage_page
from knowledge_base.official import ExclusionKind, OfficialList, read_official
from knowledge_base.procedure import Procedure
from knowledge_base.record import NATIONAL
from tests.service import release


@pytest.fixture(scope="module")
def official() -> OfficialList:
    return read_official(CONTENT)


def national_codes() -> list[tuple[str, str]]:
    """Every code that a national record claims, with the record's id."""
    return [
        (code, item.id)
        for item in release().records.values()
        if isinstance(item, Procedure) and item.scope == NATIONAL
        for code in item.codes
    ]


def test_the_page_says_what_the_content_covers_now(official: OfficialList) -> None:
    page = (CONTENT / PAGE).read_text(encoding="utf-8")

    assert page == coverage_page(release(), official), "run: hoixa knowledge coverage"


def test_the_list_is_as_long_as_the_source_says(official: OfficialList) -> None:
    counts = Counter(one.topic.value for one in official.procedures.values())

    assert counts == {
        "land": 22,
        "health_insurance": 8,
        "residence": 41,
        "social_policy": 92,
        "local_government": 15,
        "civil_status": 48,
        "certification": 12,
    }


def test_no_code_belongs_to_two_records() -> None:
    claimed = Counter(code for code, _ in national_codes())

    assert {code: n for code, n in claimed.items() if n > 1} == {}


def test_no_record_stands_for_what_was_excluded(official: OfficialList) -> None:
    dead = {
        code
        for code, exclusion in official.exclusions.items()
        if exclusion.kind is not ExclusionKind.LEFT_OUT
    }

    assert [(code, name) for code, name in national_codes() if code in dead] == []


def test_nothing_excluded_was_replaced_by_something_excluded(official: OfficialList) -> None:
    chained = [
        code
        for code, exclusion in official.exclusions.items()
        if set(exclusion.replaced_by) & set(official.exclusions)
    ]

    assert chained == []
