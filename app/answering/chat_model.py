"""A chat model that words the explanation from the passages alone."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from functools import cache
from pathlib import Path

from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage

log = logging.getLogger(__name__)

_PROMPT = Path(__file__).parent / "prompts" / "answer.md"
_JOINED_MARKS = re.compile(r"\[(\d{1,2}(?:[,;] ?\d{1,2})+)\]")
"""``[1, 2]``, which models write for ``[1][2]``."""
_NUMBER = re.compile(r"\d+")
_LINK = re.compile(r"\(?(?:https?://|www\.)\S+")


class ModelUnavailableError(Exception):
    """The chat model cannot be used: not installed, refused, too slow or empty."""


class ChatComposer:
    """Drafts answers with a chat model.

    Raises:
        ModelUnavailableError: when its package or key is missing or its name is unknown.
    """

    def __init__(self, model: str, timeout_seconds: float) -> None:
        try:
            chat = init_chat_model(model, temperature=0, timeout=timeout_seconds, max_retries=0)
        except Exception as error:  # providers share no base class; all mean: cannot be used
            reason = str(error).strip().splitlines()[0].rstrip(".") if str(error) else error
            raise ModelUnavailableError(
                f"Không dùng được CHAT_MODEL “{model}”: {reason}. Viết dạng nhà_cung_cấp:tên, "
                "ví dụ openai:gpt-4o-mini, cài gói mở rộng “chat” và đặt khóa của nhà cung cấp."
            ) from error
        self._use(chat, model, timeout_seconds)

    @classmethod
    def of(cls, chat: BaseChatModel, name: str, timeout_seconds: float) -> ChatComposer:
        """A composer of a model made elsewhere."""
        composer = cls.__new__(cls)
        composer._use(chat, name, timeout_seconds)
        return composer

    def _use(self, chat: BaseChatModel, name: str, timeout_seconds: float) -> None:
        self.name = name
        self._chat = chat
        self._timeout_seconds = timeout_seconds
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="chat")

    def draft(self, question: str, passages: Mapping[int, str]) -> str:
        """A draft with marks from numbered passages, without links.

        Raises:
            ModelUnavailableError: when the model fails, says nothing or takes too long.
        """
        numbered = "\n\n".join(f"[{number}]\n{text}" for number, text in passages.items())
        messages = [
            SystemMessage(_prompt()),
            HumanMessage(f"Đoạn trích:\n{numbered}\n\nCâu hỏi: {question}"),
        ]
        future = self._threads.submit(self._chat.invoke, messages)
        try:
            draft = str(future.result(timeout=self._timeout_seconds).text).strip()
        except FutureTimeoutError as error:
            future.cancel()
            raise ModelUnavailableError(f"{self.name} took too long") from error
        except Exception as error:  # providers share no base class; every failure means the same
            raise ModelUnavailableError(f"{self.name} failed: {error}") from error
        if not draft:
            raise ModelUnavailableError(f"{self.name} said nothing")
        apart = _JOINED_MARKS.sub(
            lambda marks: "".join(f"[{number}]" for number in _NUMBER.findall(marks[1])), draft
        )
        return _LINK.sub("", apart)


@cache
def _prompt() -> str:
    return _PROMPT.read_text(encoding="utf-8")
