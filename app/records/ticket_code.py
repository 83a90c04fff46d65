"""The six characters that open a ticket again: made, read back from what people type, shown.

There are 21⁶ = 85,766,121 codes. Who tries W wrong ones an hour, day and night, meets one of N
tickets 24·W·N/21⁶ times a day: with 1,000 tickets and the default limits 0.0056 times from one
address (once in 179 days) and 0.056 times from all together (once in 18 days), each time some
masked question with its reply.
"""

from __future__ import annotations

import secrets

from qr.link import CODE_LENGTH

ALPHABET = "23456789DFHJKNPQRTVWX"
"""Copied by hand and told over the telephone: of what looks alike one stays (2 for Z, 5 for S,
6 for G, 8 for B, V for U, Q for O and 0) or none (1, I, L). No vowel nor Y, so no word forms; no C
nor M, so that no curse of two letters does."""

_MEANT = str.maketrans("ZSGBUO0Đ", "2568VQQD", " \t\r\n.,-_–—\u00a0\u200b")
"""What is typed for a character of the alphabet, and what people put between characters."""


def new_code() -> str:
    """A fresh code; the caller checks that no ticket bears it yet."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def read_code(text: str) -> str | None:
    """The code that a person meant, in its one spelling; None for what can be none."""
    code = text.upper().translate(_MEANT)
    return code if len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) else None


def shown(code: str) -> str:
    """A code as it is read aloud and copied: ``D4F H7K``."""
    return f"{code[: CODE_LENGTH // 2]} {code[CODE_LENGTH // 2 :]}"
