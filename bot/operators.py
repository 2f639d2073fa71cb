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
MOST_CODES: Final = 10
"""Codes that are valid at once."""
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

        Only hashes are kept: whoever reads the database finds no code there. Codes given out before stay valid until
        their own end, the last ``MOST_CODES`` of them: `check` must not break the link that `run` printed.
        """
        if self._all:
            return ""
        code = secrets.token_urlsafe(12)
        kept = [f"{known} {end}" for known, end in _codes(await work.meta(_KEY)) if datetime.fromisoformat(end) >= now]
        made = f"{_hash(code)} {(now + CODE_LIFE).isoformat()}"
        await work.set_meta(_KEY, "\n".join([*kept, made][-MOST_CODES:]))
        return code

    async def claim(self, ask: Ask, code: str, work: OperatorWork) -> bool:
        """Make the asker an operator if the code is one that was given out, and use up all of them."""
        given = _codes(await work.meta(_KEY))
        valid = [known for known, end in given if datetime.fromisoformat(end) >= ask.now]
        if not any(hmac.compare_digest(known, _hash(code)) for known in valid):
            return False
        await work.set_meta(_KEY, None)
        await work.add_operator(ask.address.platform, ask.asker.id, ask.now)
        self._all.add((ask.address.platform, ask.asker.id))
        return True


def _codes(kept: str | None) -> list[tuple[str, str]]:
    """Read what is kept of the codes: (hash, end) of each."""
    return [(known, end) for known, _, end in (line.partition(" ") for line in (kept or "").splitlines())]


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode(errors="replace")).hexdigest()
