"""The key that signs officers' cookies: as the operator set it, or made once and kept here."""

from __future__ import annotations

import secrets

from sqlalchemy import Engine, String
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from knowledge_base.revisions import Base, database_errors

_NAME = "staff-cookies"


class SecretRow(Base):
    """A secret that every replica must know."""

    __tablename__ = "secret"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(128))


class SigningKey:
    """The key, read or made when it is first needed."""

    def __init__(self, engine: Engine, as_set: str = "") -> None:
        """Take the key that is set; without one, that of the database."""
        self._engine = engine
        self._known = as_set

    def value(self) -> str:
        """The key.

        Raises:
            DatabaseUnavailableError: when it can be neither read nor made.
        """
        while not self._known:
            try:
                with database_errors(), Session(self._engine) as session, session.begin():
                    row = session.get(SecretRow, _NAME)
                    if row is None:
                        row = SecretRow(name=_NAME, value=secrets.token_hex(32))
                        session.add(row)
                        session.flush()
                    found = row.value
                self._known = found
            except IntegrityError:
                continue  # another replica made it just before: take that one
        return self._known
