"""Gives every draft an id that stays the same from one import to the next."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ingest.portal.known import Known
from knowledge_base.syllables import fold

LONGEST_SLUG = 60
"""Characters; an id may have 80, and a code may follow."""


def slug(text: str, longest: int = LONGEST_SLUG) -> str:
    """``Đăng ký tạm trú`` → ``dang-ky-tam-tru``, cut at a word."""
    spelt = re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")
    if len(spelt) > longest:
        spelt = spelt[:longest].rsplit("-", 1)[0]
    return spelt.strip("-")


def plain_title(name: str) -> str:
    """The portal's name without “Thủ tục” before and the full stop behind."""
    title = re.sub(r"^(?:thủ tục)\s+(?:hành chính\s+)?(?=\w)", "", name.strip(), flags=re.I)
    title = title.strip(" .;")
    return title[:1].upper() + title[1:]


class Names:
    """The ids of procedures by national code.

    A published procedure keeps its id (for its own code, not for further ones that it covers),
    and so does a draft of an earlier import; a new one is named for its title, and for its code
    too where that name is taken.
    """

    def __init__(self, known: Known, drafts: Mapping[str, str]) -> None:
        published = {
            str(data["code"]): str(data["id"])
            for data in known.procedures.values()
            if data.get("code")
        }
        self._ids = {**drafts, **published}
        self._taken = {*known.ids, *self._ids.values()}

    def id_of(self, code: str, title: str) -> str:
        """The id of the procedure with this code."""
        if code not in self._ids:
            wanted = slug(title) or "thu-tuc"
            if wanted in self._taken:
                wanted = f"{wanted}-{code.replace('.', '-')}"
            self._ids[code] = wanted
            self._taken.add(wanted)
        return self._ids[code]
