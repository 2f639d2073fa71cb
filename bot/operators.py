"""Who runs the bot: those in the configuration, and whoever brought the one-time code to a chat."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.core.ports import Ask

CODE_LIFE: Final = timedelta(hours=24)
_KEY: Final = "operator_code"


class OperatorWork(Protocol):
    """What is read and written, inside a transaction."""

    async def operators(self) -> frozenset[tuple[str, str]]:
        """Give the operators that were made in chat: (platform, user id) pairs."""
        ...

    async def add_operator(self, platform: str, user: str, now: datetime) -> None:
        """Make somebody an operator."""
        ...

    async def meta(self, key: str) -> str | None:
        """Read a remembered word."""
        ...

    async def set_meta(self, key: str, value: str | None) -> None:
        """Remember a word, or forget it."""
        ...


class Operators:
    """The operators, as (platform, user id) pairs."""

    def __init__(self, configured: Iterable[tuple[str, str]]) -> None:
        self._all = set(configured)

    def __contains__(self, who: tuple[str, str]) -> bool:
        """Tell whether somebody is one."""
        return who in self._all

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Give them, in a fixed order."""
        return iter(sorted(self._all))

    def seat(self, platform: str, user: str) -> None:
        """Count somebody as an operator while this program runs: whoever sits at its terminal."""
        self._all.add((platform, user))

    async def load(self, work: OperatorWork) -> None:
        """Add those that were made in chat."""
        self._all |= await work.operators()

    async def code(self, work: OperatorWork, now: datetime) -> str:
        """Give out a new one-time code, unless there is an operator already; then the empty string.

        Only its hash is kept: whoever reads the database finds no code there.
        """
        if self._all:
            return ""
        code = secrets.token_urlsafe(12)
        await work.set_meta(_KEY, f"{_hash(code)} {(now + CODE_LIFE).isoformat()}")
        return code

    async def claim(self, ask: Ask, code: str, work: OperatorWork) -> bool:
        """Make the asker an operator if the code is the one that was given out, and use it up."""
        kept, _, end = (await work.meta(_KEY) or "").partition(" ")
        if not kept or datetime.fromisoformat(end) < ask.now or not hmac.compare_digest(kept, _hash(code)):
            return False
        await work.set_meta(_KEY, None)
        await work.add_operator(ask.address.platform, ask.asker.id, ask.now)
        self._all.add((ask.address.platform, ask.asker.id))
        return True


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode(errors="replace")).hexdigest()
