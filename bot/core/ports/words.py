"""The words in a language."""

from __future__ import annotations

from typing import Protocol

from bot.core.models import (
    Phrase,
)
from bot.reading.doc import Inline


class Words(Protocol):
    """The catalogue in one language. ``values`` fill the text's ``{names}``; ``n`` chooses the plural."""

    language: str

    def __call__(self, key: str, /, **values: str | int) -> str:
        """Say it as a plain string."""
        ...

    def phrase(self, key: str, /, **values: str | int | Inline) -> Phrase:
        """Say it as inlines, where a value may be a link, code or a formula."""
        ...
