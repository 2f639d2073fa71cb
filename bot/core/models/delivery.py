"""Deliveries, messages and their parts, and what a platform answers to a send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from bot.core.models.chat import Address


class DeliveryState(StrEnum):
    """The decision about one post in one chat."""

    WANTED = "wanted"
    HELD = "held"
    SENT = "sent"
    DROPPED = "dropped"
    DEAD = "dead"


class PartState(StrEnum):
    """One request's way."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    RETRY = "retry"
    UNCERTAIN = "uncertain"
    DEAD = "dead"


class MessageKind(StrEnum):
    """Why a message is sent."""

    POST = "post"
    DIGEST = "digest"
    SUMMARY = "summary"
    NOTICE = "notice"


Payload: TypeAlias = dict[str, object]
"""One request in a platform's own terms, JSON values only."""


@dataclass(frozen=True, slots=True)
class Part:
    """What goes out in one request. ``nonce`` is the same at every attempt, at most 25 ASCII characters."""

    id: int
    message_id: int
    number: int
    nonce: str
    payload: Payload
    address: Address
    attempts: int = 0
    """Requests started before this one."""
    uncertain: int = 0
    """How many of them may have arrived."""
    first_try: datetime | None = None
    plain: bool = False
    """Already stepped down to plain text."""


@dataclass(frozen=True, slots=True)
class Rewrite(Part):
    """What replaces a part that stands in its chat already, since its post has changed.

    ``ref`` is the platform's id of what is replaced, ``mark`` names what will stand there (``core.edits``). ``asked``
    is how often the post had changed when this was written; ``last`` says that nothing of the message is left to edit.
    """

    ref: str = ""
    mark: str = ""
    asked: int = 0
    last: bool = True


@dataclass(frozen=True, slots=True)
class Sent:
    """It is there; ``ref`` is the platform's id of the message."""

    ref: str


@dataclass(frozen=True, slots=True)
class Retry:
    """It is certainly not there; ``seconds`` is how long the platform asked to wait, None if it did not say.

    ``scope`` is what has to wait: ``message`` (it and what follows in its chat), ``chat`` (the place) or ``platform``
    (everything on it).
    """

    reason: str
    seconds: float | None = None
    scope: str = "chat"


@dataclass(frozen=True, slots=True)
class Uncertain:
    """It may be there: the link broke after the request went out. ``blind`` says that it cannot be asked about."""

    reason: str
    blind: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """The place will take nothing any more (blocked, removed, deleted). ``reason`` is a stable word."""

    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The place has a new id; nothing was sent."""

    place: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The platform refuses this content; nothing was sent."""

    reason: str


Outcome: TypeAlias = Sent | Retry | Uncertain | Gone | Moved | Rejected
