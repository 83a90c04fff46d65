"""Who may do what, and where: roles, permissions, and the areas that an officer is bound to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.records.accounts import Role as Role
from knowledge_base.commune import Commune
from knowledge_base.record import NATIONAL


class Permission(StrEnum):
    """One kind of thing that an officer may do in an area."""

    READ = "read"
    """See records, drafts and their history."""
    EDIT = "edit"
    """Write and upload drafts, and propose changes of what is not one's own."""
    PUBLISH = "publish"
    """Publish, undo, end, and settle conflicts, of records of the area's own scope."""
    REVIEW = "review"
    """Judge proposals, reported answers and the random sample."""
    REPLY = "reply"
    """Read, answer, assign, forward and close residents' tickets."""
    PIN = "pin"
    """Fix the answer to a question for a while."""
    SEE = "see"
    """The dashboard, its exports and the monthly report."""
    PLACES = "places"
    """Codes, posters, counters, hours, the notice and the switch."""
    ACCOUNTS = "accounts"
    """Make, change and block officers."""
    AUDIT = "audit"
    """Read and export the audit log."""
    KEEP = "keep"
    """Purge and export what is kept."""


_EVERYTHING = frozenset(Permission)

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.PROVINCE_ADMIN: _EVERYTHING,
    Role.COMMUNE_ADMIN: _EVERYTHING,
    Role.EDITOR: frozenset(
        {
            Permission.READ,
            Permission.EDIT,
            Permission.PUBLISH,
            Permission.REPLY,
            Permission.PIN,
            Permission.SEE,
        }
    ),
    Role.REVIEWER: frozenset(
        {
            Permission.READ,
            Permission.PUBLISH,
            Permission.REVIEW,
            Permission.REPLY,
            Permission.PIN,
            Permission.SEE,
        }
    ),
    Role.ANALYST: frozenset({Permission.SEE}),
}
"""The same in every area that an officer is bound to; nothing in any other."""

PERMISSION_NAMES = {
    Permission.READ: "xem tri thức",
    Permission.EDIT: "soạn, tải văn bản, đề nghị sửa",
    Permission.PUBLISH: "công bố",
    Permission.REVIEW: "kiểm duyệt",
    Permission.REPLY: "trả lời người dân",
    Permission.PIN: "ghim câu trả lời",
    Permission.SEE: "xem số liệu",
    Permission.PLACES: "mã QR, quầy, thông báo",
    Permission.ACCOUNTS: "quản lý cán bộ",
    Permission.AUDIT: "xem nhật ký",
    Permission.KEEP: "lưu giữ, xuất, xóa",
}

ROLE_NAMES = {
    Role.PROVINCE_ADMIN: "Quản trị tỉnh",
    Role.COMMUNE_ADMIN: "Quản trị xã",
    Role.EDITOR: "Biên tập",
    Role.REVIEWER: "Kiểm duyệt",
    Role.ANALYST: "Xem số liệu",
}


@dataclass(frozen=True, slots=True)
class Area:
    """Where an officer works now: a scope of records and the communes in it."""

    scope: str
    """``national``, ``province:<slug>`` or ``commune:<slug>``, also the area's part of a path."""
    name: str
    """Such as “xã Hòa Tiến”, “tỉnh, thành phố Đà Nẵng”, “mọi xã”."""
    communes: tuple[Commune, ...]
    """The communes switched on that lie in it."""

    @property
    def commune(self) -> Commune | None:
        """The commune, where the area is one."""
        return self.communes[0] if self.scope.startswith("commune:") else None

    @property
    def commune_ids(self) -> tuple[str, ...]:
        """The ids of its communes."""
        return tuple(commune.id for commune in self.communes)

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes of the records that are this area's own."""
        provinces = [f"province:{one.province}" for one in self.communes]
        communes = [f"commune:{one.id}" for one in self.communes]
        within = communes if self.scope != NATIONAL else provinces + communes
        return tuple(dict.fromkeys((self.scope, *within)))


@dataclass(frozen=True, slots=True)
class Officer:
    """A person who signed in (cán bộ)."""

    id: int
    username: str
    name: str
    """As colleagues read it; residents never do."""
    role: Role
    bound_to: tuple[str, ...]
    """Scopes: ``national`` for the whole deployment, a province, or communes."""

    def is_bound(self, scope: str, province: str | None) -> bool:
        """Whether the officer works in a scope.

        Args:
            scope: the scope asked about.
            province: the slug of the province that a commune's scope lies in; None for others.
        """
        above = {scope, NATIONAL} | ({f"province:{province}"} if province else set())
        return not above.isdisjoint(self.bound_to)

    def may(self, permission: Permission, scope: str, province: str | None = None) -> bool:
        """Whether the officer may do something in a scope."""
        return permission in PERMISSIONS[self.role] and self.is_bound(scope, province)
