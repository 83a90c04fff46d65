"""Whom an officer may make, change or block: nobody beyond the officer's own role and areas."""

from __future__ import annotations

from app.records.accounts import Account
from app.staff.access import Area, Officer, Role
from app.staff.desk import province_of
from app.staff.service import StaffService
from knowledge_base.record import NATIONAL

_GIVES: dict[Role, frozenset[Role]] = {
    Role.PROVINCE_ADMIN: frozenset(Role),
    Role.COMMUNE_ADMIN: frozenset(Role) - {Role.PROVINCE_ADMIN},
}


def roles_to_give(officer: Officer) -> tuple[Role, ...]:
    """The roles that an officer may give to others, in the order of pages."""
    return tuple(role for role in Role if role in roles_given_by(officer.role))


def roles_given_by(role: Role) -> frozenset[Role]:
    """The roles that those of a role may give to others."""
    return _GIVES.get(role, frozenset())


def may_manage(service: StaffService, officer: Officer, account: Account) -> bool:
    """Whether an officer may change an account, its password among it.

    Its role and every one of its areas must be the officer's to give: else a new password would
    hand over more than the officer has. Nobody manages the own account here.
    """
    return (
        account.id != officer.id
        and account.role in roles_to_give(officer)
        and may_give_areas(service, officer, account.bound_to)
    )


def may_give_areas(service: StaffService, officer: Officer, scopes: tuple[str, ...]) -> bool:
    """Whether every one of some scopes is one that the officer works in."""
    return all(officer.is_bound(scope, province_of(service, scope)) for scope in scopes)


def works_in(account: Account, area: Area) -> bool:
    """Whether an account belongs to an area: is bound to it, or to something in it."""
    return area.scope == NATIONAL or not set(area.scopes).isdisjoint(account.bound_to)
