"""The register of legal texts knows every text that the content names."""

from __future__ import annotations

import re

from knowledge_base.catalogue import CONTENT, text_number
from tests.service import release

NUMBER = re.compile(
    r"(?<![\w/.])\d+(?:\.\d+)?/(?:\d{4}/)?"
    r"(?:NĐ-CP|NQ-CP|NQ-HĐND|NQ-UBTVQH\d+|QH\d+|UBTVQH\d+|VBHN-[A-ZĐ]+|QĐ-[A-ZĐa-z]+(?:-[A-Z]\d+)?"
    r"|TT-[A-ZĐ]+|TTLT-[A-ZĐ-]+)"
)
"""A law, decree, circular, resolution or decision as the content writes it."""


def test_every_text_that_the_content_names_is_in_the_register() -> None:
    known = release().legal_texts

    unknown = {
        f"{number} ({path.relative_to(CONTENT)})"
        for folder in ("procedures", "guides", "communes")
        for path in (CONTENT / folder).rglob("*.yaml")
        for number in NUMBER.findall(path.read_text(encoding="utf-8"))
        if text_number(number) not in known
    }

    assert sorted(unknown) == [], "add them to legal_texts/, with what a source says of them"


def test_the_register_is_written_in_one_spelling() -> None:
    spelt = {
        text.number
        for number, text in release().legal_texts.items()
        if number != text.number.upper()
    }

    assert spelt == set()


def test_every_successor_is_in_the_register_too() -> None:
    texts = release().legal_texts

    replaced = [text for text in texts.values() if text.replaced_by]

    assert len(replaced) > 20
    assert [
        f"{text.number} → {text.replaced_by}"
        for text in replaced
        if text_number(text.replaced_by or "") not in texts
    ] == []


def test_legal_bases_agree_with_the_register() -> None:
    texts = release().legal_texts
    apart = set()

    for item in release().records.values():
        for basis in item.legal_basis:
            text = texts.get(text_number(basis.number))
            if text is None:
                continue
            for name in ("issued", "effective_from"):
                here, there = getattr(basis, name), getattr(text, name)
                if here and there and here != there:
                    apart.add(f"{item.id}: {basis.number} {name} {here}, danh mục {there}")

    assert sorted(apart) == []
