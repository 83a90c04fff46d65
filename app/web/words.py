"""The words of the interface: Vietnamese in the code, English read from ``locale/en.po``.

Templates say ``{{ _("Gửi") }}``, code says ``phrase("Hãy đợi %(seconds)s giây", seconds=5)``. What
comes from a record stays Vietnamese and is marked as such inside English pages.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cache, reduce
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from fastapi import Request, Response
from markupsafe import Markup

from app.answering.answer import Language
from app.answering.foreign import LOANS, is_spelt
from knowledge_base.syllables import fold, is_marked, syllables

LOCALE = Path(__file__).parent / "locale"

COOKIE = "hoixa_lang"
_COOKIE_SECONDS = 365 * 24 * 3600
PARAMETER = "lang"

_ENGLISH = frozenset(
    """
    a an and are at can do for have how i in is it my of on or the this to we what you
    """.split()  # noqa: SIM905 - a list of words is read more easily so
)


class Phrase(str):
    """A Vietnamese text that can be said in another language once its reader is known.

    It is the Vietnamese text wherever nobody asks for another language: in logs and in the API's
    types.
    """

    text: str
    """As in the code, with ``%(name)s`` for what is filled in."""
    values: dict[str, object]

    def in_language(self, language: Language) -> str:
        """The text in a language, with its values filled in."""
        said = translations(language).gettext(self.text)
        if not self.values:
            return said
        return said % {name: in_language(value, language) for name, value in self.values.items()}


def phrase(text: str, **values: object) -> Phrase:
    """A text of the interface outside a template; values that are phrases are translated too."""
    made = Phrase(text % values if values else text)
    made.text, made.values = text, values
    return made


def listed(phrases: Iterable[Phrase]) -> Phrase:
    """Phrases one after the other, between semicolons; at least one."""
    return reduce(
        lambda first, more: phrase("%(first)s; %(more)s", first=first, more=more), phrases
    )


def in_language(value: object, language: Language) -> object:
    """A phrase in a language; anything else as it is."""
    return value.in_language(language) if isinstance(value, Phrase) else value


@cache
def translations(language: Language) -> NullTranslations:
    """The translations into a language, read once; Vietnamese needs none.

    Babel reads the ``.po`` file itself, so that nothing has to be built before a start.
    """
    if language is Language.VI:
        return NullTranslations()
    with (LOCALE / f"{language}.po").open("rb") as file:
        catalog = read_po(file, locale=language.value, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)


def language_of(request: Request) -> Language:
    """The language of a page: the one asked for in its address, else the one chosen before.

    ``Accept-Language`` is not asked: many phones in Vietnam are set to English, or were never set
    at all, by people who read Vietnamese.
    """
    asked = request.query_params.get(PARAMETER)
    for wanted in (asked, request.cookies.get(COOKIE)):
        if wanted in set(Language):
            return Language(wanted)
    return Language.VI


def keep_language(request: Request, response: Response) -> None:
    """Remember a language that the address asks for; the cookie says nothing else."""
    if request.query_params.get(PARAMETER) in set(Language):
        response.set_cookie(
            COOKIE,
            language_of(request).value,
            max_age=_COOKIE_SECONDS,
            path=request.scope.get("root_path") or "/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="lax",
        )


def clear_language(text: str) -> Language | None:
    """The language of a text, by its marks and by how its words are spelt; None if unclear."""
    words = [word for word in syllables(text) if word.isalpha() and fold(word) not in LOANS]
    plain = [fold(word) for word in words if not is_marked(word)]
    strange = sum(not is_spelt(word) for word in plain)
    english = sum(word in _ENGLISH for word in plain)
    if len(plain) < len(words):
        # “fee in Hòa Vang” names a place with its marks
        most = strange * 2 > len(plain) and strange * 3 >= len(words)
        return Language.EN if most else Language.VI
    if strange:
        return Language.EN if english else None
    return Language.VI if len(words) > 1 and english * 2 < len(words) else None


def language_attribute(text: str, language: Language) -> Markup:
    """`` lang="vi"`` for a text in another language than its page (WCAG 3.1.2)."""
    own = clear_language(text) or language
    return Markup("") if own is language else Markup(' lang="{}"').format(own)
