"""Officers make officers: never beyond their own role and areas, never themselves."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.records.accounts import Account, Role
from app.records.audit import AuditFilter
from app.staff.service import StaffService
from tests.officers import client_for, new_officer

HOA_TIEN, BA_NA, DA_NANG = "commune:hoa-tien", "commune:ba-na", "province:da-nang"
OFFICERS = f"/staff/{HOA_TIEN}/officers"
WRONG = re.compile(r'class="wrong" id="(\w+)-wrong"')


@pytest.fixture
def staff(app: FastAPI) -> StaffService:
    service: StaffService = app.state.staff
    return service


@pytest.fixture
def boss(app: FastAPI) -> TestClient:
    return client_for(app, new_officer(app, Role.COMMUNE_ADMIN, HOA_TIEN))


def typed(**more: object) -> dict[str, object]:
    return {
        "username": "nguoi.moi",
        "name": "Trần Văn Bình",
        "role": "editor",
        "areas": [HOA_TIEN],
        "linked_to": "",
    } | more


def test_an_officer_is_made_signs_in_and_has_to_change_the_password(
    app: FastAPI, boss: TestClient, staff: StaffService
) -> None:
    made = boss.post(OFFICERS, data=typed())
    password = re.findall(r'class="code">([^<]+)<', made.text)[0]
    browser = TestClient(app, follow_redirects=False, headers={"Accept": "text/html"})
    signed = browser.post("/staff/sign-in", data={"username": "nguoi.moi", "password": password})

    assert signed.status_code == 303
    assert browser.get(f"/staff/{HOA_TIEN}").headers["location"] == "/staff/me"
    assert "Trần Văn Bình" in boss.get(OFFICERS).text
    account = staff.accounts.find("nguoi.moi")
    assert account is not None
    assert password not in boss.get(f"{OFFICERS}/{account.id}").text, "shown once"
    row = next(staff.audit.each(AuditFilter(subject="officer:nguoi.moi")))
    assert (row.entry.action, row.entry.scope) == ("officer.added", HOA_TIEN)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (typed(username="Ô"), "username"),
        (typed(name=""), "name"),
        (typed(role="province_admin"), "role"),
        (typed(role="chu_tich"), "role"),
        (typed(areas=[]), "areas"),
        (typed(areas=[BA_NA]), "areas"),
        (typed(areas=[HOA_TIEN, BA_NA]), "areas"),
        (typed(areas=[DA_NANG]), "areas"),
        (typed(areas=["national"]), "areas"),
    ],
)
def test_what_goes_beyond_is_refused_and_what_was_typed_stays(
    boss: TestClient, staff: StaffService, wrong: dict[str, object], field: str
) -> None:
    before = len(staff.accounts.listed())

    told = boss.post(
        OFFICERS,
        data=wrong | {"username": wrong["username"] + "x1"}  # type: ignore[operator]
        if field != "username"
        else wrong,
    )

    assert told.status_code == 422
    assert WRONG.findall(told.text) == [field]
    if field != "name":
        assert 'value="Trần Văn Bình"' in told.text
    assert len(staff.accounts.listed()) == before


def test_a_province_gives_what_lies_in_it(app: FastAPI, staff: StaffService) -> None:
    boss = client_for(app, new_officer(app, Role.PROVINCE_ADMIN, DA_NANG))
    path = f"/staff/{DA_NANG}/officers"

    allowed = boss.post(path, data=typed(username="trong.tinh", areas=[HOA_TIEN, BA_NA]))
    beyond = boss.post(path, data=typed(username="ngoai.tinh", areas=["national"]))
    peer = boss.post(path, data=typed(username="ngang", role="province_admin", areas=[DA_NANG]))

    assert (allowed.status_code, beyond.status_code, peer.status_code) == (200, 422, 200)
    assert staff.accounts.find("ngoai.tinh") is None


def test_somebody_is_given_something_in_the_area_that_is_worked_at(app: FastAPI) -> None:
    boss = client_for(app, new_officer(app, Role.PROVINCE_ADMIN, DA_NANG))

    told = boss.post(OFFICERS, data=typed(username="cho.khac", areas=[BA_NA]))

    assert WRONG.findall(told.text) == ["areas"]


def actions_on(account: Account) -> dict[str, dict[str, object]]:
    path = f"{OFFICERS}/{account.id}"
    return {
        path: typed(name="Tên khác", role="analyst"),
        f"{path}/block": {},
        f"{path}/unblock": {},
        f"{path}/password": {},
        f"{path}/sign-out": {},
    }


@pytest.mark.parametrize(
    ("role", "areas"),
    [
        pytest.param(Role.PROVINCE_ADMIN, ("national",), id="wider role"),
        pytest.param(Role.PROVINCE_ADMIN, (DA_NANG, HOA_TIEN), id="wider role, same commune"),
        pytest.param(Role.EDITOR, (HOA_TIEN, BA_NA), id="also somewhere else"),
        pytest.param(Role.EDITOR, (HOA_TIEN, DA_NANG), id="wider area"),
    ],
)
def test_nobody_changes_who_has_more(
    app: FastAPI, boss: TestClient, staff: StaffService, role: Role, areas: tuple[str, ...]
) -> None:
    account = new_officer(app, role, *areas)

    told = [boss.post(path, data=data).status_code for path, data in actions_on(account).items()]

    assert told == [403 if HOA_TIEN in areas else 404] * 5
    assert staff.accounts.get(account.id) == account
    if HOA_TIEN in areas:
        page = boss.get(f"{OFFICERS}/{account.id}").text
        assert "Chỉ xem" in page
        assert f'action="{OFFICERS}/{account.id}' not in page


def test_nobody_changes_the_own_account_here(app: FastAPI, staff: StaffService) -> None:
    own = new_officer(app, Role.COMMUNE_ADMIN, HOA_TIEN)
    client = client_for(app, own)

    told = [client.post(path, data=data).status_code for path, data in actions_on(own).items()]

    assert told == [403] * 5
    assert staff.accounts.get(own.id) == own
    assert "tài khoản của mình" in client.get(f"{OFFICERS}/{own.id}").text


def test_an_officer_of_another_commune_is_not_there(app: FastAPI, boss: TestClient) -> None:
    account = new_officer(app, Role.EDITOR, BA_NA)

    assert boss.get(f"{OFFICERS}/{account.id}").status_code == 404
    for path, data in actions_on(account).items():
        assert boss.post(path, data=data).status_code == 404
    assert account.name not in boss.get(OFFICERS).text


def test_a_changed_role_ends_the_sessions_and_is_told_before_and_after(
    app: FastAPI, boss: TestClient, staff: StaffService
) -> None:
    account = new_officer(app, Role.EDITOR, HOA_TIEN)
    inside = client_for(app, account)

    told = boss.post(
        f"{OFFICERS}/{account.id}",
        data=typed(name=account.name, role="reviewer", linked_to=account.linked_to),
    )

    assert "Đã ghi thay đổi" in boss.get(told.headers["location"]).text
    assert inside.get(f"/staff/{HOA_TIEN}").status_code == 303
    page = boss.get(f"/staff/{HOA_TIEN}/audit?subject=officer:{account.username}").text
    assert "vai trò: <del>Biên tập</del> → <ins>Kiểm duyệt</ins>" in page


def test_blocking_is_undone(app: FastAPI, boss: TestClient, staff: StaffService) -> None:
    account = new_officer(app, Role.EDITOR, HOA_TIEN)
    path = f"{OFFICERS}/{account.id}"

    boss.post(f"{path}/block")
    blocked = staff.accounts.get(account.id)
    assert blocked is not None and blocked.blocked
    assert "Đã khóa" in boss.get(f"{OFFICERS}?state=blocked&q={account.username}").text
    boss.post(f"{path}/unblock")

    assert client_for(app, account).get(f"/staff/{HOA_TIEN}").status_code == 200


def test_a_reset_password_is_shown_once(
    app: FastAPI, boss: TestClient, staff: StaffService
) -> None:
    account = new_officer(app, Role.EDITOR, HOA_TIEN)
    inside = client_for(app, account)

    page = boss.post(f"{OFFICERS}/{account.id}/password").text
    password = re.findall(r'class="code">([^<]+)<', page)[0]

    assert inside.get("/staff/me").status_code == 303
    found = staff.accounts.check_password(account.username, password)
    assert found is not None and found.must_change


def test_sessions_are_ended_from_here(app: FastAPI, boss: TestClient) -> None:
    account = new_officer(app, Role.EDITOR, HOA_TIEN)
    inside = client_for(app, account)

    assert boss.post(f"{OFFICERS}/{account.id}/sign-out").status_code == 303

    assert inside.get("/staff/me").status_code == 303


def test_the_list_is_filtered_by_name_without_marks_role_and_state(
    app: FastAPI, boss: TestClient
) -> None:
    one = new_officer(app, Role.ANALYST, HOA_TIEN)
    other = new_officer(app, Role.REVIEWER, HOA_TIEN)

    page = boss.get(f"{OFFICERS}?q=can bo {one.username}&role=analyst&state=active").text

    assert one.name in page
    assert other.name not in page


def test_the_last_administrator_of_everything_cannot_be_blocked_by_page(
    app: FastAPI, staff: StaffService
) -> None:
    first = new_officer(app, Role.PROVINCE_ADMIN, "national")
    second = new_officer(app, Role.PROVINCE_ADMIN, "national")
    others = [
        one
        for one in staff.accounts.listed()
        if "national" in one.bound_to and one.role is Role.PROVINCE_ADMIN and not one.blocked
    ]
    for one in others:
        if one.id not in (first.id, second.id):
            staff.accounts.set_blocked(one.id, "x", "national", blocked=True)
    client = client_for(app, second)
    staff.accounts.set_blocked(first.id, "x", "national", blocked=True)

    # what nobody may do to themselves, nobody else could do here: there is nobody else
    told = client.post(f"/staff/national/officers/{second.id}/block")

    assert told.status_code == 403
    still = staff.accounts.get(second.id)
    assert still is not None and not still.blocked
