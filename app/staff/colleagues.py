"""Officers as their colleagues read of them."""

from __future__ import annotations

from app.staff.service import StaffService


def names_of(service: StaffService, *usernames: str) -> dict[str, str]:
    """The names of officers; the username of whom no account is left."""
    found = {}
    for username in dict.fromkeys(usernames):
        account = service.accounts.find(username)
        found[username] = account.name if account else username
    return found
