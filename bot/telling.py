"""Incidents in words: one message for all that there is to tell an operator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

from bot.core.incidents import THREAD, Facts, Incident, Kind, News
from bot.core.models import THREAD_ONLY, Chat, Notice
from bot.core.ports import Words
from bot.reading.doc import Doc, Listing, Paragraph, Text, paragraph
from bot.times import duration

LISTED: Final = 10
"""Incidents that one message names; the others are counted."""
_CLOSED: Final = {
    "kicked": "closed_removed",
    "blocked": "closed_removed",
    "deactivated": "closed_gone",
    "chat_not_found": "closed_gone",
    "channel_deleted": "closed_gone",
    "archived_thread": "closed_thread",
    "locked_thread": "closed_thread",
    "no_access": "closed_access",
    "tag_required": "closed_tag",
}
"""The platforms' words for why a place takes nothing, and ours; any other speaks for itself."""
_TITLE: Final = 80
_CAUSE: Final = 200


def written(news: News, words: Words, now: datetime) -> Notice:
    """Write what there is to tell: what is wrong first, then what is over."""
    lines = [line(each, words, now) for each in news.begun] + [_over(each, words) for each in news.over]
    shown = lines[:LISTED]
    if len(lines) > LISTED:
        shown.append(words("incidents_more", n=len(lines) - LISTED))
    if len(shown) == 1:
        return Notice(Doc((paragraph(shown[0]),)))
    return Notice(Doc((Listing(None, tuple((Paragraph((Text(line),)),) for line in shown)),)))


def plain(words: Words, key: str, **values: str | int) -> Notice:
    """Write one sentence."""
    return Notice(Doc((paragraph(words(key, **values)),)))


def line(incident: Incident, words: Words, now: datetime) -> str:
    """Say what is wrong, and what mends it."""
    return _BEGUN[incident.kind](incident.facts, words, now)


def _feed(facts: Facts, words: Words, now: datetime) -> str:
    return words("operator_trouble", **_feed_values(facts, words, now))


def _asleep(facts: Facts, words: Words, now: datetime) -> str:
    return words("incident_asleep", **_feed_values(facts, words, now))


def _feed_values(facts: Facts, words: Words, now: datetime) -> dict[str, str | int]:
    name = facts.get("trouble", "")
    return {
        "feed": _short(facts, "feed", _TITLE),
        "time": _since(facts, words, now),
        "cause": _known(words, f"trouble_{name}") or _short(facts, "cause", _CAUSE),
        "remedy": _known(words, f"remedy_{name}") or words("remedy_other"),
    }


def _silent(facts: Facts, words: Words, now: datetime) -> str:
    usual = duration(words, float(facts.get("usual", "0")))
    return words("incident_silent", feed=_short(facts, "feed", _TITLE), time=_since(facts, words, now), usual=usual)


def _held(facts: Facts, words: Words, _now: datetime) -> str:
    return words("incident_held", feed=_short(facts, "feed", _TITLE), n=int(facts.get("n", "1")))


def _delivery(facts: Facts, words: Words, _now: datetime) -> str:
    key = "incident_unconfirmed" if facts.get("reason") == "unconfirmed" else "incident_lost"
    return words(
        key,
        n=int(facts.get("n", "1")),
        title=_short(facts, "title", _TITLE),
        platform=facts.get("platform", ""),
        reason=_short(facts, "reason", _CAUSE),
    )


def _place(facts: Facts, words: Words, _now: datetime) -> str:
    return closed(words, _named(facts, words, "place"), facts.get("reason", ""))


def thread_of(words: Words, place: str, thread: str) -> str:
    """Name a place, or a thread of it; ``thread`` is empty for all of the place."""
    return words("place_thread", place=place, n=thread) if thread else place


def closed_chat(words: Words, chat: Chat) -> str:
    """Say it of a chat, or of its thread where that alone is closed; the one without a number is called General."""
    alone = chat.closed.startswith(THREAD_ONLY)
    thread = (chat.address.thread or "General") if alone else ""
    return closed(words, thread_of(words, chat.title or chat.address.place, thread), chat.closed)


def closed(words: Words, place: str, reason: str) -> str:
    """Say that a place, or a thread, takes nothing, why, and what mends it."""
    if reason.startswith(THREAD_ONLY):
        return words("incident_thread", place=place)
    if reason == "no_rights":
        return words("missing_right", place=place, right=words("right_send"))
    known = _CLOSED.get(reason)
    return words("incident_place", place=place, reason=words(known) if known else reason)


def _platform(facts: Facts, words: Words, now: datetime) -> str:
    values = {"platform": facts.get("platform", ""), "cause": _short(facts, "cause", _CAUSE)}
    key = "incident_rival" if "rival" in facts else "incident_platform"
    return words(key, time=_since(facts, words, now), **values)


def _disk(facts: Facts, words: Words, _now: datetime) -> str:
    return words("incident_disk_low", free=facts.get("free", "0"), folder=facts.get("folder", ""))


def _backup(facts: Facts, words: Words, _now: datetime) -> str:
    return words("incident_backup", cause=_short(facts, "cause", _CAUSE))


_BEGUN: Final[Mapping[Kind, Callable[[Facts, Words, datetime], str]]] = {
    Kind.FEED: _feed,
    Kind.ASLEEP: _asleep,
    Kind.SILENT: _silent,
    Kind.HELD: _held,
    Kind.DELIVERY: _delivery,
    Kind.PLACE: _place,
    Kind.PLATFORM: _platform,
    Kind.DISK: _disk,
    Kind.BACKUP: _backup,
}
_OVER: Final[Mapping[Kind, tuple[str, str]]] = {
    Kind.FEED: ("incident_feed_over", "feed"),
    Kind.SILENT: ("incident_silent_over", "feed"),
    Kind.PLACE: ("incident_place_over", "place"),
    Kind.PLATFORM: ("incident_platform_over", "platform"),
    Kind.DISK: ("incident_disk_over", "folder"),
    Kind.BACKUP: ("incident_backup_over", "folder"),
}
"""The text for the end of a trouble, and the fact that names its subject there."""


def _over(incident: Incident, words: Words) -> str:
    key, subject = _OVER[incident.kind]
    lasted = ((incident.closed or incident.opened) - incident.opened).total_seconds()
    return words(key, time=duration(words, lasted), **{subject: _named(incident.facts, words, subject)})


def _named(facts: Facts, words: Words, subject: str) -> str:
    return thread_of(words, _short(facts, subject, _TITLE), facts.get(THREAD, ""))


def _since(facts: Facts, words: Words, now: datetime) -> str:
    try:
        since = datetime.fromisoformat(facts["since"])
    except (KeyError, ValueError):
        return words("minutes", n=1)
    return duration(words, (now - since).total_seconds())


def _known(words: Words, key: str) -> str:
    text = words(key)
    return "" if text == key else text


def _short(facts: Facts, name: str, most: int) -> str:
    text = " ".join(facts.get(name, "").split())
    return text if len(text) <= most else text[: most - 1] + "…"


def kinds(incidents: Iterable[Incident]) -> str:
    """Name the kinds of some incidents, for the log."""
    return ",".join(sorted({each.kind.value for each in incidents}))
