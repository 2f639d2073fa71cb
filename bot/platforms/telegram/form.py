"""Parameters of the Bot API as the body of a request: a form, whose values are strings or JSON."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote_plus

KEPT: Final = 64
"""Messages whose forms are kept: many chats get the same one."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form that is written already. PTB hands it through from whoever asks to our own request class."""

    body: bytes


def form(params: Mapping[str, object]) -> str:
    """Write parameters; those that are None are left out."""
    return "&".join(f"{name}={_value(value)}" for name, value in params.items() if value is not None)


def _value(value: object) -> str:
    return quote_plus(value if isinstance(value, str) else json.dumps(value), errors="replace")


class Forms:
    """Writes messages' forms, each once as long as it is kept. What is given must not change any more."""

    def __init__(self) -> None:
        # By identity: to compare two messages would cost as much as to write one.
        self._kept: OrderedDict[int, tuple[Mapping[str, object], str]] = OrderedDict()

    def of(self, message: Mapping[str, object], leaving: tuple[str, ...]) -> str:
        """Write a message's parameters without some; always the same ones, for the same message."""
        found = self._kept.get(id(message))
        if found is None:
            found = message, form({name: value for name, value in message.items() if name not in leaving})
            self._kept[id(message)] = found
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found[1]
