"""Whose chats these are: another bot's token would have every one of them refused, and closed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from bot.core.models import Chat
from bot.core.ports import Platform


class AccountWork(Protocol):
    """What is read and written, inside a transaction."""

    async def meta(self, key: str) -> str | None:
        """Read a remembered word."""
        ...

    async def set_meta(self, key: str, value: str | None) -> None:
        """Remember a word, or forget it."""
        ...

    async def chats(self) -> Sequence[Chat]:
        """Give all chats."""
        ...


async def strangers(work: AccountWork, platforms: Iterable[Platform]) -> Sequence[str]:
    """Say of each platform whose account is not the one that its chats were made with how that is mended.

    One without open chats has nothing to lose, and no account is a stranger before the first one was ``settled``.
    """
    found = []
    for platform in platforms:
        known = await work.meta(_key(platform.name))
        if known is None or platform.account in {"", known}:
            continue
        chats = sum(not chat.closed and chat.address.platform == platform.name for chat in await work.chats())
        if chats:
            found.append(
                f"{platform.name}: the token is bot {platform.account}'s, but bot {known} has "
                f"{chats} open chat{'s' if chats > 1 else ''} here, which would be closed; put its token back, or, "
                f"where the other bot takes over, run `incoming chats hand-over {platform.name}`"
            )
    return found


async def settle(work: AccountWork, platforms: Iterable[Platform]) -> None:
    """Remember that the chats of platforms belong to the accounts that these have now."""
    for platform in platforms:
        if platform.account:
            await work.set_meta(_key(platform.name), platform.account)


async def forget(work: AccountWork, platform: str) -> None:
    """Let the next account that is settled have a platform's chats, whosever it is."""
    await work.set_meta(_key(platform), None)


def _key(platform: str) -> str:
    return f"account:{platform}"
