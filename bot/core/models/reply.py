"""What is said in a chat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from bot.core.models.chat import Chat
from bot.reading.doc import Doc, Inline


@dataclass(frozen=True, slots=True)
class Choice:
    """A button. Pressing it runs ``command`` (a command line without its slash, at most 60 bytes) or opens ``url``.

    With ``picks`` (``channel``, ``group``) it opens the platform's own list of such places, where that has one; the one
    that is picked becomes the address of ``command``.

    A command carries the wanted state (``topics 1 +diffusion``), never a toggle: pressing twice changes nothing.
    ``on`` draws it as ticked (True) or not (False); None is a plain button. Of choices that are ``sole`` exactly one
    can be ticked: choosing one unticks the others.
    """

    label: str
    command: str = ""
    url: str = ""
    on: bool | None = None
    picks: str = ""
    sole: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notification says, before a platform lays it out. An empty ``title`` makes it a plain text."""

    body: Doc
    title: str = ""
    link: str | None = None
    source: str = ""
    """The feed's name; empty where the chat has only one."""
    date: datetime | None = None
    """Shown only where it is worth it."""
    topics: tuple[str, ...] = ()
    """Names, the ticked ones first, at most four."""
    keys: tuple[str, ...] = ()
    """The keys of all the topics, for what a chat hangs on them."""
    image: str | None = None
    choices: tuple[tuple[Choice, ...], ...] = ()
    """Rows of buttons."""
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Errand:
    """What a command leaves to its caller, because it takes long and must not hold a transaction.

    Look at a feed once the reply's transaction is committed, then answer ``then``, a command line without its slash.
    """

    feed_id: int
    then: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A command's answer. ``private`` is for the asker's eyes only where the platform can do that.

    ``edits`` says that it replaces the message whose button was pressed; ``toast`` is a short line shown beside it.
    """

    notice: Notice
    private: bool = True
    edits: bool = False
    toast: str = ""
    errand: Errand | None = None
    asks: bool = False
    """Whether it is a question: what the asker answers next, within ten minutes, is the command's argument. A platform
    hands it over as an ``Ask`` with an empty name."""
    chat: Chat | None = None
    """The settings that it is drawn by; None leaves them to the platform."""


Phrase: TypeAlias = tuple[Inline, ...]
