"""What the Bot API refuses, and how fast it may be talked to; pure. The sources are its manual and observed answers."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, NoReturn, TypeAlias

Json: TypeAlias = dict[str, Any]

TEXT_LIMIT = 4096
"""UTF-16 units of a message's text, after entities are parsed."""
CAPTION_LIMIT = 1024
CALLBACK_LIMIT = 64
"""Bytes of a button's data."""
BUTTONS_LIMIT = 100
ENTITIES_LIMIT = 100
"""Telegram ignores the entities beyond these; the emulator refuses them, since ignored ones are not what was meant."""
_AUTO_TYPES = ["mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"]
_BLOCK_TYPES = ["blockquote", "expandable_blockquote", "pre"]
_TEXT_TYPES = ["bold", "italic", "underline", "strikethrough", "spoiler", "code", "text_link", "text_mention"]
ENTITY_TYPES = frozenset([*_AUTO_TYPES, *_BLOCK_TYPES, *_TEXT_TYPES])


class RefusedError(Exception):
    """An answer other than 200. ``parameters`` are the Bot API's ResponseParameters."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> Json:
        """Write it as the Bot API does."""
        answer: Json = {"ok": False, "error_code": self.code, "description": self.description}
        return answer | ({"parameters": self.parameters} if self.parameters else {})


def refuse(description: str) -> NoReturn:
    """Answer 400."""
    raise RefusedError(400, f"Bad Request: {description}")


def units(text: str) -> int:
    """Count UTF-16 code units, the Bot API's measure of length and offset."""
    return len(text.encode("utf-16-le")) // 2


def cut(text: str, offset: int, length: int) -> str:
    """Take a piece by UTF-16 offset and length."""
    raw = text.encode("utf-16-le")[offset * 2 : (offset + length) * 2]
    return raw.decode("utf-16-le", "replace")


def check_text(text: str, limit: int = TEXT_LIMIT) -> None:
    """Refuse an empty or too long text."""
    if not text.strip():
        refuse("message text is empty")
    if units(text) > limit:
        refuse("message is too long" if limit == TEXT_LIMIT else "message caption is too long")


def _boundaries(text: str) -> set[int]:
    at, places = 0, {0}
    for char in text:
        at += units(char)
        places.add(at)
    return places


def check_entities(text: str, entities: Iterable[Json]) -> None:
    """Refuse entities out of bounds, inside a surrogate pair, empty, crossing, unknown or too many."""
    given = list(entities)
    places, end = _boundaries(text), units(text)
    if len(given) > ENTITIES_LIMIT:
        refuse(f"too many entities: {len(given)}")
    for entity in given:
        start, length = int(entity["offset"]), int(entity["length"])
        if entity["type"] not in ENTITY_TYPES:
            refuse(f'can\'t parse MessageEntity: Unsupported type "{entity["type"]}"')
        if entity["type"] == "text_link" and not re.match(r"(https?|tg|mailto):", str(entity.get("url", ""))):
            refuse("entity has an invalid URL")
        if start < 0 or length < 1 or start + length > end:
            refuse(f"entity beginning at UTF-16 offset {start} ends after the end of the text at UTF-16 offset {end}")
        if start not in places or start + length not in places:
            refuse(f"entity beginning at UTF-16 offset {start} ends in a middle of a UTF-16 symbol")
    spans = sorted((int(one["offset"]), int(one["offset"]) + int(one["length"])) for one in given)
    for index, (start, stop) in enumerate(spans):
        if any(start < other < stop < after for other, after in spans[index + 1 :]):
            refuse("entities cross")


def check_keyboard(markup: Json) -> None:
    """Refuse buttons that Telegram refuses."""
    buttons = [button for row in markup.get("inline_keyboard", []) for button in row]
    if len(buttons) > BUTTONS_LIMIT:
        refuse("REPLY_MARKUP_TOO_LONG")
    for button in buttons:
        if not button.get("text"):
            refuse('can\'t parse inline keyboard button: Field "text" must not be empty')
        data, url = button.get("callback_data"), button.get("url")
        if data is None and url is None:
            refuse("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
        if data is not None and not 1 <= len(str(data).encode()) <= CALLBACK_LIMIT:
            refuse("BUTTON_DATA_INVALID")
        if url is not None and not re.match(r"(https?://[^\s/]+|tg://)", str(url)):
            refuse(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


# -- what clients make of a text by themselves ------------------------------------------------------------------------

_AUTO = {
    "mention": re.compile(r"(?<![\w/])@[A-Za-z0-9_]{2,32}\b"),
    "bot_command": re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])"),
    "hashtag": re.compile(r"(?<!\w)#(?=\d*[^\W\d])\w{1,256}(?![\w#])"),
    "cashtag": re.compile(r"(?<!\w)\$[A-Z]{1,8}(?!\w)"),
}
_OPAQUE = frozenset({"code", "pre", "text_link", "url"})
_URL = re.compile(r"https?://[\w\-.~:/?#\[\]@!$&'()*+,;=%]+", re.ASCII)


def autolinks(text: str, entities: Iterable[Json] = ()) -> list[tuple[str, str]]:
    """Find what Telegram links unasked: (type, text) pairs. Nothing is found inside code, links and URLs."""
    hidden = [(int(e["offset"]), int(e["offset"]) + int(e["length"])) for e in entities if e["type"] in _OPAQUE]
    hidden += [(units(text[: hit.start()]), units(text[: hit.end()])) for hit in _URL.finditer(text)]
    found = []
    for kind, pattern in _AUTO.items():
        for hit in pattern.finditer(text):
            at = units(text[: hit.start()])
            if not any(start <= at < stop for start, stop in hidden):
                found.append((at, kind, hit.group()))
    return [(kind, piece) for _, kind, piece in sorted(found)]


# -- how fast ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``count`` accepted requests in any ``seconds`` (a rolling window)."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Rates:
    """The limits of Telegram's FAQ. A private chat tolerates a burst of three, as the real one about does.

    ``paid`` is the overall one for requests with ``allow_paid_broadcast``.
    """

    overall: Rate = Rate(30, 1.0)
    paid: Rate = Rate(1000, 1.0)
    private: Rate = Rate(3, 3.0)
    group: Rate = Rate(20, 60.0)


class Gate:
    """Counts accepted requests and refuses those beyond the limits with 429 and ``retry_after`` (whole seconds)."""

    def __init__(self, rates: Rates) -> None:
        self.rates = rates
        self._seen: Mapping[str, deque[float]] = defaultdict(deque)

    def admit(self, place: str, *, private: bool, now: float, paid: bool = False) -> None:
        """Take one request at ``now`` (seconds), or raise; a refused one counts for nothing."""
        chat_rate = self.rates.private if private else self.rates.group
        windows = (("", self.rates.paid if paid else self.rates.overall), (place, chat_rate))
        wait = max(self._wait(key, rate, now) for key, rate in windows)
        if wait > 0:
            seconds = max(1, ceil(wait))
            raise RefusedError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        for key, _ in windows:
            self._seen[key].append(now)

    def _wait(self, key: str, rate: Rate, now: float) -> float:
        seen = self._seen[key]
        while seen and seen[0] <= now - rate.seconds:
            seen.popleft()
        return seen[-rate.count] + rate.seconds - now if len(seen) >= rate.count else 0.0
