"""What each command takes on Discord: its options, and the line of arguments that they make; pure.

The commands themselves are those of ``bot.commands.TABLE``. One that is not described here takes whatever its usage
says as one line of words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Type: TypeAlias = Literal["words", "number", "yes", "channel"]
Value: TypeAlias = str | int | bool


@dataclass(frozen=True, slots=True)
class Option:
    """One option. ``suggests`` is what is offered while it is typed: ``feed`` or ``topic``.

    The catalogues have its name, ``option_NAME``, and what it is for, ``about_NAME``.
    """

    name: str
    type: Type = "words"
    suggests: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    least: int = 1
    most: int = 10


FEED: Final = Option("feed", suggests="feed")
TOPIC: Final = Option("topic", suggests="topic")
CHANNEL: Final = Option("channel", "channel")
PRIVATE: Final = Option("private", "yes")
SHARE: Final = Option("share", "yes")
WORDS: Final = Option("words")
"""What a command takes of which nothing more is known here."""

OPTIONS: Final[Mapping[str, tuple[Option, ...]]] = {
    "start": (Option("code"),),
    "help": (Option("command"),),
    "subscribe": (FEED, TOPIC, CHANNEL, PRIVATE),
    "unsubscribe": (FEED, CHANNEL, PRIVATE),
    "topics": (TOPIC, FEED, CHANNEL, PRIVATE),
    "filter": (Option("query"), Option("test", "yes"), CHANNEL, PRIVATE),
    "latest": (Option("count", "number"), TOPIC, FEED, SHARE),
    "search": (Option("words", required=True),),
    "digest": (Option("when"), CHANNEL, PRIVATE),
    "pause": (Option("until"), CHANNEL, PRIVATE),
    "resume": (CHANNEL, PRIVATE),
    "why": (Option("link"), CHANNEL, PRIVATE),
    "settings": (Option("setting"), Option("value"), CHANNEL, PRIVATE),
    "language": (Option("language", choices=("zh", "zh-TW", "en")), CHANNEL, PRIVATE),
    "status": (CHANNEL, PRIVATE),
    "privacy": (),
    "stop": (CHANNEL, PRIVATE),
    "feeds": (Option("action", choices=("check", "add", "remove")), FEED),
}


def options_of(name: str, usage: str) -> tuple[Option, ...]:
    """Give a command's options."""
    return OPTIONS.get(name, (WORDS,) if usage else ())


def line(name: str, given: Mapping[str, Value | None]) -> str:
    """Write the options that were given as the command's line of arguments, in the order of its options."""
    pieces = [_piece(option, given) for option in OPTIONS.get(name, (WORDS,))]
    return " ".join(filter(None, pieces))


def _piece(option: Option, given: Mapping[str, Value | None]) -> str:
    value = given.get(option.name)
    if value is None or option.name in {"channel", "private", "share"}:
        return ""
    if option.name == "query":
        return f"test {value}" if given.get("test") else str(value)
    if option.type == "yes":
        return ""
    if option.suggests == "feed":
        return str(value) if "action" in given else f"feed:{_quoted(str(value))}"
    return _quoted(str(value)) if option.suggests == "topic" else str(value)


def _quoted(text: str) -> str:
    return '"' + text.strip().replace('"', "") + '"'
