"""What a browser would send for a form: its successful controls, read from the HTML itself."""

from __future__ import annotations

from typing import Any

from lxml import html


def sent(page: str) -> list[tuple[str, str]]:
    """The names and values of the inputs of the first form, without its buttons.

    As HTML says: boxes only where they are ticked, of a choice the chosen value, text areas
    without the line break right behind their tag, line breaks as CR LF.
    """
    root: Any = html.fromstring(page)
    form = root.xpath("//form[@data-draft]")[0]
    found: list[tuple[str, str]] = []
    for one in form.iter("input", "textarea", "select"):
        name = one.get("name")
        if not name or one.get("disabled") is not None:
            continue
        if one.tag == "select":
            options = one.xpath(".//option")
            chosen = next((option for option in options if "selected" in option.attrib), options[0])
            found.append((name, chosen.get("value")))
        elif one.tag == "textarea":
            text = (one.text or "").removeprefix("\n")
            found.append((name, text.replace("\n", "\r\n")))
        elif one.get("type") not in ("checkbox", "radio") or one.get("checked") is not None:
            found.append((name, one.get("value", "on" if one.get("type") else "")))
    return found
