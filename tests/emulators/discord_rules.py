"""What Discord refuses, and how fast it may be talked to; pure. The source is Discord's developer documentation."""

from __future__ import annotations

import json
import re
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias

from tests.emulators import png

Json: TypeAlias = dict[str, Any]

ADMINISTRATOR, MANAGE_CHANNELS, VIEW, SEND, EMBED, HISTORY = 1 << 3, 1 << 4, 1 << 10, 1 << 11, 1 << 14, 1 << 16
ATTACH, IN_THREADS = 1 << 15, 1 << 38
EVERYONE = VIEW | SEND | EMBED | ATTACH | HISTORY | IN_THREADS
ALL = (1 << 50) - 1
TEXT, DM, ANNOUNCEMENTS, THREAD, FORUM = 0, 1, 5, 11, 15
EPHEMERAL = 1 << 6
_LANGUAGES = frozenset(["zh-CN", "zh-TW", "en-US", "en-GB", "de", "fr", "ja", "ko"])


class RefusedError(Exception):
    """An answer other than 2xx: HTTP's status, Discord's code and words, and headers."""

    def __init__(self, status: int, code: int, message: str, *, extra: Json | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.body: Json = {"message": message, "code": code} | (extra or {})
        self.headers: dict[str, str] = {}


def refuse(field: str, why: str) -> NoReturn:
    """Answer 400 as Discord does for a body that breaks a rule."""
    errors = {field: {"_errors": [{"code": "BASE_TYPE_BAD_LENGTH", "message": why}]}}
    raise RefusedError(400, 50035, "Invalid Form Body", extra={"errors": errors})


def units(text: str) -> int:
    """Count UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def _length(field: str, text: Any, most: int) -> int:
    if not isinstance(text, str):
        refuse(field, "not a string")
    if units(text) > most:
        refuse(field, f"Must be {most} or fewer in length.")
    return units(text)


def check_message(body: Json) -> None:
    """Refuse a message that Discord would refuse."""
    content, embeds = body.get("content") or "", body.get("embeds") or []
    _length("content", content, 2000)
    if not content.strip() and not embeds and not body.get("sticker_ids"):
        raise RefusedError(400, 50006, "Cannot send an empty message")
    if len(embeds) > 10:
        refuse("embeds", "Must be 10 or fewer in length.")
    if sum(map(_check_embed, embeds)) > 6000:
        refuse("embeds", "Embed size exceeds maximum size of 6000")
    check_components(body.get("components") or [])
    _check_mentions(body.get("allowed_mentions") or {})
    _check_files(body)
    if "nonce" in body:
        _length("nonce", body["nonce"], 25)
    if int(body.get("flags", 0)) & ~((1 << 2) | EPHEMERAL | (1 << 12)):
        refuse("flags", "unknown flags")


def _check_files(body: Json) -> None:
    """Refuse files that no attachment names, names of files that are not there, and a PNG that is none."""
    files, named = body.get("files") or {}, [each["filename"] for each in body.get("attachments") or []]
    shown = re.findall(r"attachment://([^\"]+)", json.dumps(body.get("embeds") or []))
    if sorted(files) != sorted(named) or not set(shown) <= set(files):
        refuse("attachments", "what is named and what is there are not the same")
    for name, data in files.items():
        if name.endswith(".png") and png.size(bytes.fromhex(data)) is None:
            raise RefusedError(400, 50046, "Invalid asset")


def _check_embed(embed: Json) -> int:
    total = _length("title", embed.get("title", ""), 256) + _length("description", embed.get("description", ""), 4096)
    total += _length("footer", embed.get("footer", {}).get("text", ""), 2048)
    total += _length("author", embed.get("author", {}).get("name", ""), 256)
    if len(embed.get("fields", ())) > 25:
        refuse("fields", "Must be 25 or fewer in length.")
    pictures = [(name, embed.get(name, {}).get("url")) for name in ("image", "thumbnail")]
    for field, url in (("url", embed.get("url")), *pictures):
        if url is not None and (not re.match(r"(https?|attachment)://[^\s]+$", url) or len(url) > 2048):
            refuse(field, f'Not a well formed URL: "{url}"')
    if not 0 <= int(embed.get("color", 0)) <= 0xFFFFFF:
        refuse("color", "out of range")
    if not embed.keys() & {"title", "description", "image", "author", "footer", "fields"}:
        raise RefusedError(400, 50006, "Cannot send an empty message")
    return total


def check_components(rows: Iterable[Json]) -> None:
    """Refuse buttons and menus that Discord refuses."""
    rows, seen = list(rows), set[str]()
    if len(rows) > 5:
        refuse("components", "Must be 5 or fewer in length.")
    for row in rows:
        items = row.get("components", [])
        if row.get("type") != 1 or not 1 <= len(items) <= 5:
            refuse("components", "a row has 1 to 5 items")
        for item in items:
            key = item.get("custom_id") or item.get("url", "")
            if item.get("custom_id") in seen:
                refuse("components", "COMPONENT_CUSTOM_ID_DUPLICATED")
            seen.add(key)
            _check_item(item, alone=len(items) == 1)


def _check_item(item: Json, *, alone: bool) -> None:
    if item["type"] == 2:
        _length("label", item.get("label", ""), 80)
        link = item["style"] == 5
        if link and (_length("url", item.get("url", ""), 512) == 0 or "custom_id" in item):
            refuse("url", "a link button has an address and nothing else")
        if not link and not 1 <= len(item.get("custom_id", "")) <= 100:
            refuse("custom_id", "Must be between 1 and 100 in length.")
        if not item.get("label"):
            refuse("label", "required")
        return
    options = item.get("options", [])
    if item["type"] != 3 or not alone or not 1 <= len(options) <= 25:
        refuse("options", "a menu stands alone and has 1 to 25 options")
    values = [option["value"] for option in options]
    if len(set(values)) < len(values) or item.get("max_values", 1) > len(options):
        refuse("options", "values must be unique")
    for option in options:
        if not _length("option.label", option["label"], 100) or not _length("option.value", option["value"], 100):
            refuse("options", "required")
    if sum(bool(option.get("default")) for option in options) > item.get("max_values", 1):
        refuse("options", "more defaults than may be chosen")


def _check_mentions(allowed: Json) -> None:
    if set(allowed.get("parse", ())) & {"roles"} and allowed.get("roles"):
        refuse("allowed_mentions", "parse:[roles] and roles: [ids...] are mutually exclusive.")


def pinged(body: Json) -> list[str]:
    """Tell whom a message rings: ``everyone`` or ids, as its content and ``allowed_mentions`` say."""
    content, allowed = str(body.get("content") or ""), body.get("allowed_mentions")
    parse = {"everyone", "users", "roles"} if allowed is None else set(allowed.get("parse", ()))
    roles = re.findall(r"(?<!\\)<@&(\d+)>", content)
    users = re.findall(r"(?<!\\)<@!?(\d+)>", content)
    found = ["everyone"] if "everyone" in parse and re.search(r"@(everyone|here)", content) else []
    found += [role for role in roles if "roles" in parse or role in (allowed or {}).get("roles", ())]
    return found + [user for user in users if "users" in parse or user in (allowed or {}).get("users", ())]


# -- commands ---------------------------------------------------------------------------------------------------------

_NAME = re.compile(r"^[-_'\w\u0900-\u097f\u0e00-\u0e7f]{1,32}$")


def check_commands(commands: list[Json]) -> None:
    """Refuse a list of commands that Discord would refuse."""
    if len(commands) > 110:
        refuse("commands", "too many")
    for command in commands:
        _check_named(command)
        _check_options(command.get("options", []))


def _check_named(thing: Json) -> None:
    listed = "required" in thing or thing.get("type", 1) == 1
    for name in (thing["name"], *(thing.get("name_localizations") or {}).values()):
        if not 1 <= units(name) <= 32 or (listed and (not _NAME.match(name) or name.lower() != name)):
            refuse("name", "Command name is invalid")
    said = [thing["description"], *(thing.get("description_localizations") or {}).values()] if listed else []
    for text in said:
        if not 1 <= units(text) <= 100:
            refuse("description", "Must be between 1 and 100 in length.")
    for table in ("name_localizations", "description_localizations"):
        if not set(thing.get(table) or {}) <= _LANGUAGES:
            refuse(table, "unknown locale")


def _check_options(options: list[Json]) -> None:
    if len(options) > 25 or len({option["name"] for option in options}) < len(options):
        refuse("options", "too many, or two of one name")
    required = [bool(option.get("required")) for option in options]
    if required != sorted(required, reverse=True):
        refuse("options", "Required options must be placed before non-required options")
    for option in options:
        _check_named(option)
        if len(option.get("choices") or []) > 25 or (option.get("choices") and option.get("autocomplete")):
            refuse("choices", "Must be 25 or fewer, and not beside autocomplete.")


def check_suggestions(choices: list[Json]) -> None:
    """Refuse what Discord would not show while somebody types."""
    if len(choices) > 25:
        refuse("choices", "Must be 25 or fewer in length.")
    for choice in choices:
        if not 1 <= units(choice["name"]) <= 100 or not 1 <= units(str(choice["value"])) <= 100:
            refuse("choices", "Must be between 1 and 100 in length.")


# -- how fast ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rates:
    """Requests: of a bot each second, and to one channel's messages in ``seconds``."""

    overall: int = 50
    bucket: int = 5
    seconds: float = 5.0


class Gate:
    """Counts requests; refuses those beyond the limits with 429, and says in headers how much room is left."""

    def __init__(self, rates: Rates) -> None:
        self.rates = rates
        self._all: deque[float] = deque()
        self._buckets: dict[str, deque[float]] = defaultdict(deque)

    def admit(self, bucket: str, now: float, *, counts: bool) -> dict[str, str]:
        """Take one request; give the headers for its answer. Raises RefusedError."""
        rates, mine = self.rates, self._buckets[bucket]
        for times, seconds in ((self._all, 1.0), (mine, rates.seconds)):
            while times and times[0] <= now - seconds:
                times.popleft()
        if len(self._all) >= rates.overall:
            raise _too_many(self._all[0] + 1.0 - now, "global")
        self._all.append(now)
        if not counts:
            return {}
        if len(mine) >= rates.bucket:
            raise _too_many(mine[0] + rates.seconds - now, "user")
        mine.append(now)
        return {
            "X-RateLimit-Limit": str(rates.bucket),
            "X-RateLimit-Remaining": str(rates.bucket - len(mine)),
            "X-RateLimit-Reset-After": f"{mine[0] + rates.seconds - now:.3f}",
            "X-RateLimit-Bucket": f"{abs(hash(bucket)):x}"[:12],
        }


def _too_many(seconds: float, scope: str) -> RefusedError:
    extra = {"retry_after": round(seconds, 3), "global": scope == "global"}
    error = RefusedError(429, 0, "You are being rate limited.", extra=extra)
    error.headers = {"X-RateLimit-Scope": scope, "Retry-After": str(int(seconds) + 1), "Via": "1.1 emulator"}
    if scope == "global":
        error.headers["X-RateLimit-Global"] = "true"
    return error
