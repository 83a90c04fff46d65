"""Sessions and accounts as the pages ask for them: which officer holds a cookie."""

from __future__ import annotations

from app.records.accounts import Account, Accounts
from app.records.sessions import SignInMethod, StaffSessions
from app.staff.access import Officer
from app.staff.service import SignedIn


class OfficerSessions:
    """The officers who are signed in."""

    def __init__(self, sessions: StaffSessions, accounts: Accounts) -> None:
        self._sessions = sessions
        self._accounts = accounts

    def find(self, cookie: str) -> SignedIn | None:
        """Who holds a cookie; None for a forged, ended or revoked one, or a blocked account."""
        held = self._sessions.find(cookie)
        account = self._accounts.get(held.session.officer_id) if held else None
        if held is None or account is None or account.blocked:
            return None
        by_password = held.session.method is SignInMethod.PASSWORD
        return SignedIn(
            officer_of(account), held.session.id, held.csrf, account.must_change and by_password
        )


def officer_of(account: Account) -> Officer:
    """The officer of an account."""
    return Officer(account.id, account.username, account.name, account.role, account.bound_to)
