"""Installing the page on a phone, and what the phone shows without a network.

The worker in ``static/worker.js`` asks the network first, always. Only where that fails it shows
what was kept: the counters, the last answers, the most asked records, each with the day it was
kept. The records come in one page, fetched when the phone has nothing else to do.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from app.answering.answer import Card, Language
from app.web.favourites import Chosen, choose_ids, counted_weeks
from app.web.incoming import CommuneDep
from app.web.listing import Item, offices_of
from app.web.service import ServiceDep, WebService
from app.web.standing import standing_of, state_of
from app.web.view import STATIC, asset, render
from app.web.words import language_of, phrase
from knowledge_base.commune import Commune
from knowledge_base.record import Facet

router = APIRouter(include_in_schema=False)

_ICONS = (
    ("icon-192.png", 192, "any"),
    ("icon-512.png", 512, "any"),
    ("maskable.png", 512, "maskable"),
)
_SHELL = ("hoixa.css", "hoixa.js", "offline.js", "kept.js", "hoixa.svg")
_HOUR = "private, max-age=3600"
_BAR, _PAPER = "#0b4a46", "#ffffff"
"""The head's and the page's colour, as in ``hoixa.css``."""

_FACTS = frozenset({Facet.FEE, Facet.TIME_LIMIT})
"""What changes most, and costs most when it is wrong: an old copy does not show it."""
_KEPT_FACETS = (Facet.DOSSIER, Facet.WHERE, Facet.ONLINE, Facet.TIME_LIMIT, Facet.FEE)

_WORDS = {
    "kept": phrase("Không có mạng. Đây là bản lưu ngày %(day)s, có thể đã thay đổi.", day="{day}"),
    "old": phrase(
        "Không có mạng, và bản lưu ngày %(day)s này đã quá cũ: phí, thời hạn, giấy tờ có thể đã "
        "khác. Hãy gọi hỏi cán bộ trước khi đi.",
        day="{day}",
    ),
    "open": phrase("Vẫn xem bản cũ"),
}


@router.get("/c/{commune_id}/manifest.webmanifest")
def manifest(request: Request, commune: CommuneDep) -> Response:
    """What a phone needs to put the commune's page on its home screen."""
    home = _home(request, commune)
    name = phrase("Hỏi thủ tục %(place)s", place=commune.full_name)
    language = language_of(request)
    return JSONResponse(
        {
            "id": home,
            "name": name.in_language(language),
            "short_name": commune.name,
            "description": phrase("Hỏi đáp thủ tục hành chính của xã, có dẫn nguồn.").in_language(
                language
            ),
            "lang": language.value,
            "start_url": home,
            "scope": home,
            "display": "standalone",
            "theme_color": _BAR,
            "background_color": _PAPER,
            "icons": [
                {
                    "src": f"{_base(request)}{asset(file)}",
                    "sizes": f"{side}x{side}",
                    "type": "image/png",
                    "purpose": purpose,
                }
                for file, side, purpose in _ICONS
            ],
        },
        media_type="application/manifest+json",
        headers={"Cache-Control": _HOUR, "Vary": "Cookie"},
    )


@router.get("/c/{commune_id}/sw.js")
def worker(request: Request, commune: CommuneDep, service: ServiceDep) -> Response:
    """The commune's service worker: what it keeps, then the program, which is the same for all."""
    home, base = _home(request, commune), _base(request)
    program = (STATIC / "worker.js").read_text("utf-8")
    kept: dict[str, Any] = {
        "home": home,
        "files": f"{base}/static/",
        "shell": [f"{base}{asset(name)}" for name in _SHELL],
        "pages": [f"{home}/offline?cards=0", f"{home}/office"],
        "answers": service.offline.answers,
        "days": service.offline.days,
        "words": {
            language.value: {name: words.in_language(language) for name, words in _WORDS.items()}
            for language in Language
        },
    }
    # another state makes a phone fetch these pages again, another address the records
    announced = state_of(standing_of(request, commune))
    kept["state"] = _fingerprint(program, kept, commune.model_dump_json(), announced)
    kept["cards"] = f"{home}/offline?cards={chosen_for(service, commune).version}"
    settled = json.dumps(kept, ensure_ascii=False)
    return Response(
        f"self.KEPT = {settled};\n{program}",
        media_type="text/javascript",
        headers={"Cache-Control": _HOUR, "Service-Worker-Allowed": home},
    )


@router.get("/c/{commune_id}/offline")
def kept_page(
    request: Request, commune: CommuneDep, service: ServiceDep, cards: str = ""
) -> Response:
    """The counters and the most asked records, as a phone keeps them; ``cards=0`` without records.

    Any other ``cards`` only gives a newer state another address.
    """
    records = service.knowledge.records(commune.id)
    language = language_of(request)
    ids = () if cards == "0" else chosen_for(service, commune).ids
    return render(
        request,
        "offline.html",
        commune=commune,
        offices=offices_of(service, commune, language),
        cards=[(records[one], _short(service, commune, records[one], language)) for one in ids],
        facts=_FACTS,
        today=service.today,
        days=service.offline.days,
        question_chars=service.limits.question_chars,
        headers=[("Hoixa-Keep", "cards" if cards != "0" else "page")],
    )


def chosen_for(service: WebService, commune: Commune) -> Chosen:
    """The records that phones of a commune keep now."""
    return service.favourites.of(
        commune.id, service.knowledge.version(), lambda: _choose(service, commune)
    )


def _choose(service: WebService, commune: Commune) -> Chosen:
    records = service.knowledge.records(commune.id)
    count = service.offline.cards
    since, until = counted_weeks(service.now())
    asked = service.question_log.most_asked(commune.id, since, until, count) if count else ()
    ids = choose_ids(records, asked, count)
    shown = [repr(_short(service, commune, records[one])) for one in sorted(ids)]
    template = (STATIC.parent / "templates" / "offline.html").read_text("utf-8")
    return Chosen(ids, _fingerprint(template, commune.model_dump_json(), *shown))


def _short(
    service: WebService, commune: Commune, item: Item, language: Language = Language.VI
) -> Card:
    """A record's card with the parts that one needs before setting out."""
    card = service.cards.card(item, commune, language)
    order = {facet: place for place, facet in enumerate(_KEPT_FACETS)}
    sections = [section for section in card.sections if section.facet in order]
    if sections:
        sections.sort(key=lambda section: order[section.facet])
    else:
        sections = list(card.sections)
    return Card(card.title, None, tuple(sections), card.pitfalls, card.to_confirm)


def _base(request: Request) -> str:
    base: str = request.scope.get("root_path", "")
    return base


def _home(request: Request, commune: Commune) -> str:
    return f"{_base(request)}/c/{commune.id}"


def _fingerprint(*parts: object) -> str:
    text = "\0".join(map(str, parts))
    return hashlib.sha256(text.encode()).hexdigest()[:10]
