"""How Vietnamese syllables are written: which exist, and where the tone mark stands."""

from __future__ import annotations

import re
import unicodedata

from knowledge_base.syllables import nfc


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TONES = str.maketrans("", "", "\u0300\u0301\u0303\u0309\u0323")
_ONSETS = _words("b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x")
_RIMES = _words(
    """
    a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
    e ec em en eng eo ep et ê êch êm ên ênh êp êt êu
    i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu
    o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc ooc oe oen oeo oet
    oi om on ong op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt
    u ua uân uâng uât uây uc uê uêch uênh ui um un ung uôc uôi uôm uôn uông uôt up ut
    uơ uy uya uych uyên uyêt uyn uynh uyp uyt uyu
    ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu
    y yêm yên yêng yêt yêu
    """
)
_AFTER_QU = _words("ych yn ynh yp yt")
_ALONE_OR_AFTER_QU = _words("yêm yên yêng yêt yêu")
_STOPPED = re.compile(r"(?:c|ch|p|t)$")
_STOPPED_TONES = frozenset("\u0301\u0323")
_OPEN_RIME = re.compile(
    r"(?<![\w])([^\W\d_]*?)(o[àáảãạ]|o[èéẻẽẹ]|(?<!q)u[ỳýỷỹỵ])(?![^\W\d_])", re.I
)
_I_FOR_Y = re.compile(r"(?<![^\W_])(?:[kl]í|[km]ĩ|quí|qui|sỹ)(?![^\W_])", re.IGNORECASE)
"""Only words whose other spelling means the same."""
_Y_FOR = {"í": "ý", "ĩ": "ỹ", "i": "y", "ỹ": "ĩ", "Í": "Ý", "Ĩ": "Ỹ", "I": "Y", "Ỹ": "Ĩ"}


def apart(syllable: str) -> tuple[str, str]:
    """A syllable in lower case without its tone, and the tone as a combining mark or nothing."""
    decomposed = unicodedata.normalize("NFD", syllable.lower())
    toneless = unicodedata.normalize("NFC", decomposed.translate(_TONES))
    return toneless, "".join(mark for mark in decomposed if not mark.translate(_TONES))


def is_syllable(word: str) -> bool:
    """Whether a word is spelt as a Vietnamese syllable, marks included: ``được``, not ``đươc``."""
    toneless, tone = apart(word)
    if len(tone) > 1:
        return False
    stopped = _STOPPED.search(toneless) is not None
    if stopped and tone not in _STOPPED_TONES:
        return False
    return any(
        _fits(toneless[:length], toneless[length:]) for length in range(min(4, len(toneless)))
    )


def _fits(onset: str, rime: str) -> bool:
    if onset == "qu":
        return rime in _RIMES | _AFTER_QU and rime[0] not in "uư"
    if rime not in _RIMES or (onset and onset not in _ONSETS):
        return False
    if rime in _ALONE_OR_AFTER_QU:
        return not onset
    if onset in ("k", "gh", "ngh"):
        return rime[0] in "eêiy"
    if onset in ("c", "g", "ng"):
        return rime[0] not in "eê" and (rime[0] not in "iy" or onset == "g")
    return True


def ordinary(text: str) -> str:
    """``tone_placed``, with *y* where the records write it: ``đăng kí`` → ``đăng ký``."""
    return _I_FOR_Y.sub(
        lambda match: match.group()[:-1] + _Y_FOR[match.group()[-1]], tone_placed(text)
    )


def tone_placed(text: str) -> str:
    """The text in NFC with tone marks where the records place them: ``hoà`` → ``hòa``."""
    return _OPEN_RIME.sub(_moved, nfc(text))


def _moved(match: re.Match[str]) -> str:
    onset, rime = match.groups()
    first, last = unicodedata.normalize("NFD", rime[0]), unicodedata.normalize("NFD", rime[1])
    return onset + nfc(first + last[1:]) + last[0]
