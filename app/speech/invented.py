"""Sentences that Whisper makes up where it hears nothing: mostly how its training videos end.

Seen in reports of silence and noise that became text; whoever asks at a commune does not say them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_WHISPERX = "github.com/m-bain/whisperX/issues/1086"
_WHISPER_CPP = "github.com/ggml-org/whisper.cpp/issues/1051"
_JAVIS = "github.com/blogminhquy/javis-os/pull/321"
_DISCUSSION = "github.com/openai/whisper/discussions/928"


@dataclass(frozen=True, slots=True)
class Invented:
    """A sentence that is made up, and where it was seen."""

    pattern: re.Pattern[str]
    """Against words in small letters, without marks of tone or punctuation, one space between."""
    source: str
    alone: bool = False
    """Left out only where nothing else is said: a resident may begin or end with it."""


def _anywhere(pattern: str, source: str) -> Invented:
    return Invented(re.compile(rf"(?:^|(?<= ))(?:{pattern})(?= |$)"), source)


def _alone(pattern: str, source: str) -> Invented:
    return Invented(re.compile(pattern), source, alone=True)


_OPENING = r"(?:(?:cac ban|moi nguoi|hay|nho|dung quen|nhan|bam|va) )*"
_AUDIENCE = r"(?:(?:tat ca )?(?:cac ban|quy vi(?: va cac ban)?|moi nguoi|ban))"

INVENTED: Final = (
    _anywhere(rf"{_OPENING}su?bs?cribe(?: .*)?", _WHISPERX),
    _anywhere(
        rf"{_OPENING}dang k[iy] (?:cho )?kenh (?:de ung ho|de khong|cua|nay|youtube|nhe|"
        r"la la school|lalaschool|ghien mi go).*",
        _WHISPERX,
    ),
    _anywhere(r"(?:de )?khong bo lo nhung video(?: .*)?", _WHISPER_CPP),
    _anywhere(r"ghien mi go(?: .*)?", _WHISPER_CPP),
    _anywhere(r"la ?la ?school(?: .*)?", _WHISPERX),
    _anywhere(rf"{_OPENING}like (?:va )?(?:share|sub|dang ky|chia se)(?: .*)?", _JAVIS),
    _anywhere(rf"{_OPENING}(?:bam|nhan|bat) chuong thong bao(?: .*)?", _JAVIS),
    _anywhere(
        rf"(?:xin )?(?:chan thanh )?cam on {_AUDIENCE} (?:da|vi da) "
        r"(?:quan tam )?(?:theo doi|xem|don xem|lang nghe|ung ho)(?: .*)?",
        _JAVIS,
    ),
    _anywhere(
        rf"(?:(?:xin chao|tam biet|cam on|chao tam biet|va) )*hen gap lai(?: {_AUDIENCE})? "
        r"(?:(?:trong|o|vao|nhung|cac) )*(?:video|tap|clip|vlog|so|chuong trinh)(?: .*)?",
        _JAVIS,
    ),
    _anywhere(r"hen (?:dai gia dinh|cac ban) (?:o |trong )?(?:nhung )?video tiep theo.*", _JAVIS),
    _anywhere(r"(?:phu de|ban dich|sub) (?:duoc )?(?:thuc hien|tao|dich|lam) boi .*", _DISCUSSION),
    _anywhere(r"(?:.* )?amara ?org(?: .*)?", _DISCUSSION),
    _anywhere(r"(?:thank you|thanks) for watching(?: .*)?", _DISCUSSION),
    _alone(rf"(?:xin )?cam on(?: {_AUDIENCE})?(?: nhe| nhieu)?", _DISCUSSION),
    _alone(rf"(?:(?:cam on|xin chao|chao) )?(?:va )?hen gap lai(?: {_AUDIENCE})?(?: nhe)?", _JAVIS),
    _alone(rf"(?:xin chao|chao|tam biet|chao tam biet|xin chao tam biet) {_AUDIENCE}", _JAVIS),
    _alone(r"(?:chao )?tam biet", _JAVIS),
    _alone(rf"(?:xin )?chuc {_AUDIENCE} .*(?:tot lanh|vui ve|thanh cong).*", _JAVIS),
    _alone(r"(?:am nhac|nhac nen|tieng nhac|tieng vo tay|tieng cuoi)(?: .*)?", _DISCUSSION),
    _alone(r"thank you(?: very much| so much)?|you|bye|bye bye|thanks|okay|ok", _DISCUSSION),
)
