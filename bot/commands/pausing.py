"""``/pause`` and ``/resume``: nothing for a while; what came meanwhile is kept, and listed at the end."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from bot.commands.arguments import shown
from bot.commands.desk import Room
from bot.commands.say import button, reply, titles
from bot.core import timing
from bot.core.models import Reply
from bot.core.ports import Ask
from bot.reading.text import fold
from bot.times import moment, zone

LONGEST = timedelta(days=366)
_LISTED = 100
_EXAMPLE = timedelta(days=14)
_SPAN = re.compile(r"([0-9]{1,5})\s*(m|min|分|分钟|h|hours?|小时|时|d|days?|天|日|w|weeks?|周|星期)")
_UNITS = {"m": 60, "分": 60, "h": 3600, "小": 3600, "时": 3600, "d": 86_400, "天": 86_400, "日": 86_400}
_WEEK = 604_800
_DATE = re.compile(r"(?:([0-9]{4})[-/.年])?([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_RANGE = re.compile(r"([0-9]{1,15})-([0-9]{1,15})")


def changes(ask: Ask) -> bool:
    """Tell whether the request changes anything."""
    return bool(ask.args.strip())


async def pause(room: Room) -> Reply:
    """Pause for a time or until a date; alone, say how it stands, or ask for how long."""
    wanted = fold(room.ask.args).strip()
    if not room.subscriptions:
        return reply(room.words("not_subscribed"), choices=((button(room, "subscribe", "subscribe"),),))
    if not wanted:
        return _how_it_stands(room)
    until = until_when(wanted, room.ask.now, room.chat.timezone)
    if until is None or not room.ask.now < until <= room.ask.now + LONGEST:
        return reply(room.words("pause_unknown", x=shown(room.ask.args)), _how(room), asks=True)
    await room.work.pause(room.chat.id, until, room.ask.now)
    return _paused(room, until)


def _how_it_stands(room: Room) -> Reply:
    until = room.chat.paused_until
    if until is not None and until > room.ask.now:
        return _paused(room, until)
    row = tuple(button(room, key, f"pause {span}") for key, span in _OFFERED)
    return reply(room.words("pause_ask"), _how(room), choices=(row,), asks=True)


def _how(room: Room) -> str:
    """Give examples that work as they stand: a date of last year would be refused."""
    day = timing.day_of(room.ask.now, zone(room.chat.timezone)) + _EXAMPLE
    return room.words("pause_how", date=day.isoformat())


_OFFERED = (("pause_hours", "2h"), ("pause_day", "1d"), ("pause_week", "7d"))


def standing(room: Room) -> str:
    """Say until when the chat is paused; empty where it is not."""
    until = room.chat.paused_until
    return _until(room, until) if until is not None and until > room.ask.now else ""


def _until(room: Room, until: datetime) -> str:
    return room.words("paused", date=moment(room.words.language, until, room.chat.timezone, now=room.ask.now))


def _paused(room: Room, until: datetime) -> Reply:
    return reply(_until(room, until), choices=((button(room, "resume", "resume"),),))


def until_when(text: str, now: datetime, timezone: str) -> datetime | None:
    """Read until when: ``2h``, ``7d``, ``2026-02-01``, ``2-1`` (the next such day, as it begins); None for others."""
    if span := _SPAN.fullmatch(text):
        unit = span[2]
        return now + timedelta(seconds=int(span[1]) * (_WEEK if unit[0] in "w周星" else _UNITS[unit[0]]))
    found = _DATE.fullmatch(text)
    return _day(found[1], int(found[2]), int(found[3]), now, timezone) if found else None


def _day(year: str | None, month: int, day: int, now: datetime, timezone: str) -> datetime | None:
    here = zone(timezone)
    this = timing.day_of(now, here).year
    for number in (int(year),) if year else (this, this + 1):
        try:
            at = timing.local(date(number, month, day), 0, here)
        except (ValueError, OverflowError):
            continue
        if year or at > now:
            return at
    return None


# -- /resume ----------------------------------------------------------------------------------------------------------


async def resume(room: Room) -> Reply:
    """End the pause and list what is held; or send the posts themselves, when that was asked for."""
    verb, _, which = room.ask.args.strip().partition(" ")
    if verb == "send":
        return await _send(room, which)
    if not room.chat.id:
        return reply(room.words("not_paused"))
    was = room.chat.paused_until is not None and room.chat.paused_until > room.ask.now
    posts = await room.work.resume(room.chat.id, room.ask.now)
    if not posts:
        return reply(room.words("resumed" if was else "not_paused"))
    more = room.words("and_more", n=len(posts) - _LISTED) if len(posts) > _LISTED else ""
    said = room.words("resumed_with", n=len(posts))
    row = (button(room, "send_them", "resume send"),)
    return reply(said, titles(room, posts[:_LISTED]), more, choices=(row,))


async def _send(room: Room, which: str) -> Reply:
    """Send the posts themselves that a pause holds, or that a list named; pressing twice sends them once."""
    found = _RANGE.fullmatch(which)
    first, last = (int(found[1]), int(found[2])) if found else (0, 0)
    count = await room.work.send_whole(room.chat.id, first, last, room.ask.now) if room.chat.id else 0
    return reply(room.words("sending", n=count) if count else room.words("sending_none"))
