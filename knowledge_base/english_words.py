"""English as the search sees it: lower-case words in the singular, and those that tell."""

from __future__ import annotations

import re

from knowledge_base.syllables import fold

WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SKIPPED = frozenset(["a", "an", "the", "my", "our", "your", "his", "her", "their", "its"])
"""Between the words of a phrase these tell nothing: “divide my plot”, “divide the plot”."""


def english_words(text: str) -> list[str]:
    """Lower-case words in the singular, without articles and possessives."""
    plain = re.sub(r"(?<!that)(?<!let)(?<!it)[’']s\b|[’']", "", fold(text))
    return [singular(word) for word in WORD.findall(plain) if word not in _SKIPPED]


def telling(text: str) -> str:
    """The words of an English text that tell what it is about, in order; what only asks is left."""
    return " ".join(word for word in english_words(text) if word not in STOP_WORDS)


def singular(word: str) -> str:
    """An English word in the singular, by its ending."""
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith("s") and len(word) > 3 and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


STOP_WORDS = frozenset(
    singular(word)
    for word in """
    a about actually after again all already also always am an and another any anybody anyone
    anything around are as ask at away back be because been before being believe best both bring but
    by called came can cant come could couple currently day did didnt different do doe doesnt doing
    done dont due during each either else enough even ever every everything everyone exactly far few
    find first following for friend from full get getting give given go going gone good got great
    guy had has hasnt have havent having he hear heard her here hers hi him himself his hope how i
    id if ill im in instead into is isnt it its ive just keep kind know last late lately later least
    left let like little live lived living long longer look looking lot made make making many may
    maybe me mean might mine moment month more morning most much must my myself name near need
    needed needing never new next nice no nobody not nothing now of off officially ok okay old on
    once one
    only or other our ourselve out over own part past people person please point possible present
    probably properly put quick quickly quite rather read really recent recently regarding right
    said same say saying see seem send sent several shall she should show since sir so some somebody
    someone something somewhere soon sorry still stuff such supposed sure take taken taking tell
    than thank that thats the their theirs them themselve then there therefore theyre thing think
    this those though three through time to today together told tomorrow too took towards tried
    trying turn two understand unfortunately until up upon us use used using usually very via want
    wanted was way we week well went were what whatever when where whether which while who whole
    whom whose why will willing wish with within without won wonder wondering wont work world would
    wouldnt year yes yesterday yet you your youre
    dear hello hey madam mr mrs help advise advice anyhow cheer regard
    da nang danang hoa vang tien ba na hue vietnam vietnamese viet nam
    happen happened question information info detail understood explain
    """.split()  # noqa: SIM905 - a list of words is read more easily so
)
