"""Messages as they are sent: what many chats get is written once, and each adds the nonce of its own part."""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import Final

from bot.core.models import Payload
from bot.platforms.discord.draw import PUBLISH, TAG
from bot.platforms.discord.picture import FORMULAS

KEPT: Final = 64
"""Messages whose text is kept."""
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def bare(payload: Payload) -> Payload:
    """Give a payload without what is meant for the sender alone."""
    return {name: value for name, value in payload.items() if name not in {PUBLISH, TAG, FORMULAS}}


def named(nonce: str) -> Payload:
    """Write by what Discord recognises a message that it has already."""
    return {"enforce_nonce": True, "nonce": nonce}


def written(body: object) -> bytes:
    """Write a body as JSON."""
    return _ENCODER.encode(body).encode("utf-8", "replace")


class Texts:
    """Writes messages, each once as long as it is kept. What is given must not change any more."""

    def __init__(self) -> None:
        # By identity: to compare two messages would cost as much as to write one.
        self._kept: OrderedDict[int, tuple[Payload, bytes]] = OrderedDict()

    def of(self, payload: Payload, nonce: str) -> bytes:
        """Write a message under a part's nonce, which is letters and digits."""
        found = self._kept.get(id(payload))
        if found is None:
            # All but the nonce: it comes last, and its text and the two closing marks are missing.
            found = payload, written(bare(payload) | named(""))[:-2]
            self._kept[id(payload)] = found
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return b'%b%b"}' % (found[1], nonce.encode("ascii"))
