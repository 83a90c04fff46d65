"""Writes the settings into README.md and .env.example, by cog, when `make fix` runs it."""

from __future__ import annotations

import textwrap

from app.settings import Settings


def as_table() -> str:
    """A Markdown table of every setting, its default and its sentence."""
    rows = ["| Setting | Default | What it does |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = _default(name)
        shown = f"`{default}`" if default else "*empty*"
        rows.append(f"| `{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(rows)


def as_env_file() -> str:
    """Every setting with its default, commented out."""
    blocks = []
    for name, field in Settings.model_fields.items():
        sentence = textwrap.fill(
            field.description or "", 98, initial_indent="# ", subsequent_indent="# "
        )
        blocks.append(f"{sentence}\n# {name.upper()}={_default(name)}\n")
    return "\n" + "\n".join(blocks)


def _default(name: str) -> str:
    default = Settings.model_fields[name].get_default()
    return "" if default in (None, ()) else str(default)
