"""Platforms: what each offers to the others, and what it needs of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from bot.core.models import (
    Address,
    Chat,
    Notice,
    Outcome,
    Part,
    Payload,
    PlaceKind,
)
from bot.core.ports.talk import Answer, Ask
from bot.core.ports.time import Clock


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``count`` requests in any ``seconds``."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast a platform may be talked to: all of it together, and one place by its kind."""

    overall: tuple[Window, ...]
    place: Mapping[PlaceKind, tuple[Window, ...]]


class Platform(Protocol):
    """A way to reach chats. Everything that tells one platform from another stands behind this."""

    name: str
    limits: Limits
    can_repeat: bool
    """Whether the platform itself recognises a repeated nonce, so that an uncertain part may be sent again safely."""
    options: tuple[str, ...]
    """Settings that this platform alone has, by their names in ``Chat.options``."""
    formulas: tuple[str, ...]
    """The ways in which it can show formulas here and now, of ``unicode``, ``rich`` and ``picture``."""
    images: tuple[str, ...]
    """Where it can put a post's picture, ``below`` the words or ``above`` them."""

    def render(self, notice: Notice, chat: Chat) -> tuple[Payload, ...]:
        """Write a notice as the requests that it takes; pure."""
        ...

    def plainly(self, payload: Payload) -> Payload:
        """Give a request without anything that a platform could refuse but its text; pure."""
        ...

    async def send(self, part: Part) -> Outcome:
        """Make one request. Every failure is an Outcome; only cancellation raises."""
        ...

    async def edit(self, ref: str, part: Part) -> Outcome:
        """Replace what was sent as ``ref``, in the kind in which it was sent, without ringing.

        Sent where it says so now, or said so before; Rejected where it is not there any more, or may not be edited.
        """
        ...

    def listen(self, answer: Answer) -> AbstractAsyncContextManager[None]:
        """Take commands while the context is open."""
        ...

    async def catch_up(self, answer: Answer) -> None:
        """Answer the commands that wait, and return (``incoming once``)."""
        ...

    async def invitation(self, code: str) -> str | None:
        """Say how somebody sends the bot ``/start CODE``: a link, or the line to type; None where nobody can."""
        ...

    async def entrances(self) -> Sequence[tuple[str, str]]:
        """Give the links by which the bot is added, each with a word for what it is added to; empty if unknown."""
        ...

    @property
    def account(self) -> str:
        """Give the number of the bot's account, as its token says it; empty where there is none, or it says none."""
        ...

    @property
    def private_link(self) -> str:
        """Give where a private chat with the bot is opened; empty where there is no such link."""
        ...

    async def close(self) -> None:
        """Close the connections; a later request opens new ones."""
        ...

    def person(self, user: str) -> Address:
        """Give the private chat with a user; pure."""
        ...

    async def reach(self, user: str) -> None:
        """Make sure that a user can be written to; raises ConfigError, with the remedy, where that is not so."""
        ...

    async def lacks(self, address: Address) -> Sequence[str]:
        """Name the permissions that are missing in a place, by the platform's own names; raises ConfigError."""
        ...

    async def probe(self) -> str:
        """Ask the platform who we are (``@name``); raises ConfigError, with the remedy, where it refuses."""
        ...

    @property
    def told(self) -> str:
        """Give the ``Date`` of the platform's newest answer; empty before the first one, and where it tells none."""
        ...

    async def astray(self, *, running: bool) -> str:
        """Say why commands do not come here, with the remedy; empty where they do, and where it cannot be asked.

        ``running`` tells whether a bot should be taking them at this moment.
        """
        ...


class Artist(Protocol):
    """Draws formulas."""

    async def draw(self, formulas: Sequence[str]) -> bytes | None:
        """Draw formulas, TeX that ``reading.tex.drawable`` gave, one below the other as a PNG.

        The same formulas give the same picture without being drawn again, for as long as it is kept. None where none
        of them can be drawn. Only cancellation raises.
        """
        ...


class Inbox(Protocol):
    """Where a platform's updates are kept until they are dealt with (promise 6)."""

    async def store(self, platform: str, update_id: int, raw: str) -> bool:
        """Keep an update; tell whether it was new."""
        ...

    async def pending(self, platform: str) -> Sequence[tuple[int, str]]:
        """Give the updates that were kept and not dealt with, oldest first."""
        ...

    async def done(self, platform: str, update_id: int) -> None:
        """Mark an update as dealt with."""
        ...


@dataclass(frozen=True, slots=True)
class Doors:
    """What the app gives a platform.

    ``pace`` waits until a reply may go to a place; ``closed`` says that a place will take nothing any more, and why (a
    reason that begins with ``thread_`` is about the address's thread alone); ``opened`` that it takes messages again;
    ``moved`` that it has a new id (platform, old, new); ``needs_admin`` tells whether a request needs the asker's
    rights; ``menu`` are the commands to register: names with descriptions by language.

    ``chat`` gives a chat's settings, those that it would begin with (``id`` 0) where nothing is stored, by the client's
    language in a private one; ``subscribed`` tells whether it gets anything; ``formulas`` stores how formulas are
    written for a chat from now on, where the platform refused the way that it had chosen.

    ``places`` gives where a platform's chats are, and why each is closed (empty while it is open); ``suggest`` offers
    feeds or topics for what is being typed: what is shown, and what it stands for in a command line; ``recall`` and
    ``remember`` keep a platform's own words by their keys; ``artist`` draws formulas, and is None where nothing can.
    """

    inbox: Inbox
    clock: Clock
    pace: Callable[[Address, PlaceKind], Awaitable[None]]
    closed: Callable[[Address, str], Awaitable[None]]
    moved: Callable[[str, str, str], Awaitable[None]]
    needs_admin: Callable[[Ask], bool]
    menu: Sequence[tuple[str, Mapping[str, str]]]
    opened: Callable[[Address], Awaitable[None]]
    chat: Callable[[Address, PlaceKind, str], Awaitable[Chat]]
    subscribed: Callable[[Address], Awaitable[bool]]
    formulas: Callable[[Address, str], Awaitable[None]]
    places: Callable[[str], Awaitable[Sequence[tuple[Address, str]]]]
    suggest: Callable[[Ask, str], Awaitable[Sequence[tuple[str, str]]]]
    recall: Callable[[str], Awaitable[str | None]]
    remember: Callable[[str, str], Awaitable[None]]
    artist: Artist | None = None
