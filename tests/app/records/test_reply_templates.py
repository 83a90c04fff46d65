"""Templates of replies: filled in, an area's own kept apart from the release's."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Engine

from app.records.audit import AuditFilter, AuditLog
from app.records.reply_templates import (
    PLACES,
    ReplyTemplate,
    ReplyTemplates,
    TemplateError,
    packaged,
)

HERE = "commune:hoa-tien"


@pytest.fixture
def templates(engine: Engine) -> ReplyTemplates:
    return ReplyTemplates(engine, AuditLog(engine))


def test_the_release_s_templates_use_places_that_are_filled() -> None:
    for one in packaged():
        assert set(re.findall(r"\{([^{}]+)\}", one.text)) <= set(PLACES), one.key


def test_what_is_not_known_is_left_to_the_officer() -> None:
    template = ReplyTemplate("1", "Thử", "{xã}, {điện thoại}.")

    assert template.filled({"xã": "Xã Hòa Tiến"}) == "Xã Hòa Tiến, [điền điện thoại]."


def test_an_area_s_own_are_listed_before_the_release_s(templates: ReplyTemplates) -> None:
    templates.keep(None, HERE, " Mẫu  rác ", "{xã} thu gom rác.", "lan")

    own = templates.listed((HERE,))
    elsewhere = templates.listed(("commune:ba-na",))

    assert (own[0].title, own[0].scope) == ("Mẫu rác", HERE)
    assert own[1:] == elsewhere == packaged()


def test_it_is_changed_and_deleted_in_its_own_area_alone(
    templates: ReplyTemplates, engine: Engine
) -> None:
    templates.keep(None, HERE, "Mẫu rác", "Một", "lan")
    key = templates.listed((HERE,))[0].key
    templates.keep(key, HERE, "Mẫu rác", "Hai", "minh")

    with pytest.raises(TemplateError):
        templates.keep(key, "commune:ba-na", "Mẫu rác", "Ba", "lan")
    with pytest.raises(TemplateError):
        templates.delete(key, "commune:ba-na", "lan")
    templates.delete(key, HERE, "lan")

    assert templates.listed((HERE,)) == packaged()
    entries = AuditLog(engine).page(AuditFilter(), 0, 5)
    assert [one.entry.action for one in entries] == [
        "template.deleted",
        "template.kept",
        "template.kept",
    ]
    assert entries[1].entry.details["before"]["text"] == "Một"


@pytest.mark.parametrize(
    ("title", "text", "words"),
    [
        ("", "Có chữ", "một tên"),
        ("Tên", "   ", "một đoạn văn"),
        ("Tên", "Gọi {số bí mật}", "số bí mật"),
    ],
)
def test_a_template_that_cannot_be_filled_is_refused(
    templates: ReplyTemplates, title: str, text: str, words: str
) -> None:
    with pytest.raises(TemplateError, match=words):
        templates.keep(None, HERE, title, text, "lan")
