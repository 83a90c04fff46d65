"""The pages of publishing on a large screen and on a phone: axe-core, width, thumbs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.records.draft import DraftChangedError, DraftState, NewDraft, Wish
from app.records.sessions import SignInMethod
from app.staff.access import Role
from app.staff.desk import COOKIE
from knowledge_base.record import RecordKind
from tests.app.staff.small_service import LEVELS, Data, Small, new_fee, small_service
from tests.journeys.test_access import OUTSIDE, SMALL_TARGETS
from tests.officers import client_for, new_officer
from tests.serving import served

pytest.importorskip("playwright", reason="make setup-dev")
Axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="make setup-dev").Axe

VERSIONS = "/staff/national/knowledge/procedure/dang-ky-tam-tru/versions"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    with small_service(tmp_path_factory.mktemp("look")) as service:
        yield service


@pytest.fixture(scope="module")
def paths(small: Small) -> dict[str, str]:
    """Every page, with something on it."""
    account = new_officer(small.app, Role.PROVINCE_ADMIN, "national", username="lan")
    lan = client_for(small.app, account)

    def place(change: Any) -> tuple[int, str]:
        draft = small.draft(change, "lan")
        return draft.id, f"/staff/national/drafts/{draft.id}/publish"

    def broken(data: Data) -> None:
        data["fees"][1]["source"] = "khong-co"

    def renamed(data: Data) -> None:
        data["title"] = "Đăng ký tạm trú tại xã"
        data["fees"][1]["amount"] = 8000

    waiting, behind = place(renamed)
    _, problems = place(broken)
    small.publish(new_fee, "lan")
    revision = small.staff.versions.history(("procedure", "dang-ky-tam-tru", "national"))[-1]
    undo = f"{VERSIONS}/change?scope=national&revision={revision.revision.revision_id}"
    small.release(lambda data: data["fees"][1].update(amount=9900))
    small.staff.drafts.move(waiting, DraftState.IN_REVIEW, "lan", "nhờ xem")
    _, tried = place(lambda data: data["fees"].pop())
    small.tried(lan, f"{tried}/trial", {"from_day": ""})
    published = small.draft(lambda data: data.update(title="Tạm trú"), "lan")
    small.staff.publishing.publish(
        published.body, "lan", base=published.base_revision_id, draft_id=published.id
    )
    new = NewDraft(
        RecordKind.PROCEDURE,
        revision.revision.body.id,
        "national",
        revision.revision.body.data,
        wish=Wish.UNDO,
        wished_id=revision.revision.revision_id,
    )
    wish = small.staff.drafts.ask(new, "minh", "phí ghi nhầm").id
    returned = small.staff.drafts.ask(replace(new, last_day=small.staff.now().date()), "minh").id
    small.staff.drafts.move(returned, DraftState.RETURNED, "lan", "còn dùng")
    mine = small.draft(lambda data: data["fees"][0].update(amount=1), "minh")
    theirs = small.staff.drafts.begin_from_record(mine.body.key, "lan")
    small.staff.drafts.save(theirs.id, mine.data, theirs.version, "minh")
    with contextlib.suppress(DraftChangedError):
        clash = {**theirs.data, "fees": [{**theirs.data["fees"][0], "amount": 2}]}
        small.staff.drafts.save(theirs.id, clash, theirs.version, "lan")
    commune = {**small.live_body(("commune", "hoa-tien", "national")).data, "name": "Hòa Tiến A"}
    counters = small.staff.drafts.ask(
        NewDraft(RecordKind.COMMUNE, "hoa-tien", "commune:hoa-tien", commune), "minh", "đổi giờ"
    ).id
    return {
        "a wish": f"/staff/national/drafts/{wish}/wish",
        "a wish returned": f"/staff/national/drafts/{returned}/wish",
        "two editors": f"/staff/national/drafts/{theirs.id}/compare",
        "counters in review": f"/staff/commune:hoa-tien/drafts/{counters}/publish",
        "what others changed": behind,
        "problems": problems,
        "tried": tried,
        "published": f"/staff/national/drafts/{published.id}/publish",
        "versions": VERSIONS,
        "levels": f"/staff/commune:hoa-tien/knowledge/guide/{LEVELS}/versions",
        "undo": undo,
        "conflicts": "/staff/national/conflicts",
        "conflict": "/staff/national/conflicts/procedure/dang-ky-tam-tru?scope=national",
        "proposals": "/staff/national/review/proposals",
        "office": "/staff/commune:hoa-tien/office",
        "offices of a province": "/staff/province:da-nang/office",
    }


@pytest.fixture(scope="module")
def address(small: Small) -> Iterator[str]:
    with served(small.app) as address:
        yield address


@pytest.mark.thorough
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 740)])
def test_every_page_can_be_used_by_everybody(
    small: Small, paths: dict[str, str], address: str, chromium: Any, width: int, height: int
) -> None:
    account = small.staff.accounts.find("lan")
    assert account is not None
    cookie = small.staff.kept_sessions.open(account.id, SignInMethod.PROVIDER)
    context = chromium.new_context(viewport={"width": width, "height": height})
    context.add_cookies([{"name": COOKIE, "value": cookie, "url": f"{address}/staff"}])
    page = context.new_page()
    wrong = {}
    for name, path in paths.items():
        answer = page.goto(address + path)
        found = [
            f"{one['id']}: {one['nodes'][0]['html'][:120]}"
            for one in Axe().run(page).response["violations"]
        ]
        found += page.evaluate(OUTSIDE)
        if width == 360:
            found += [one for one in page.evaluate(SMALL_TARGETS) if "href" not in one]
        if answer.status != 200 or found:
            wrong[name] = (answer.status, found)
    context.close()

    assert wrong == {}
