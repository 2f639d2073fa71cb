"""``/digest``: posts together, once a day or once a week, instead of one by one."""

from __future__ import annotations

from dataclasses import replace

from bot.commands import pausing
from bot.commands.arguments import shown
from bot.commands.desk import Room
from bot.commands.say import button, reply
from bot.core import timing
from bot.core.models import Choice, Reply, Rhythm
from bot.core.ports import Ask
from bot.reading.text import fold
from bot.times import at, zone

_OFF = frozenset(("off", "关", "关闭", "无"))
_NOW = frozenset(("now", "现在"))
_DAILY = frozenset(("daily", "day", "每天", "每日"))
_WEEKLY = frozenset(("weekly", "week", "每周", "每星期"))
_DAYS = (
    ("mon", "monday", "一", "周一", "星期一"),
    ("tue", "tuesday", "二", "周二", "星期二"),
    ("wed", "wednesday", "三", "周三", "星期三"),
    ("thu", "thursday", "四", "周四", "星期四"),
    ("fri", "friday", "五", "周五", "星期五"),
    ("sat", "saturday", "六", "周六", "星期六"),
    ("sun", "sunday", "日", "天", "周日", "周天", "星期日", "星期天"),
)
_SHORT = ("daily 08:00", "weekly mon 08:00")


def changes(ask: Ask) -> bool:
    """Tell whether the request changes anything."""
    return bool(ask.args.strip())


async def run(room: Room) -> Reply:
    """Show how it stands, set it, end it, or have one now."""
    wanted = fold(room.ask.args).strip()
    if not wanted:
        return _shown(room)
    if not room.subscriptions:
        return reply(room.words("not_subscribed"), choices=((button(room, "subscribe", "subscribe"),),))
    if wanted in _NOW:
        return await _now(room)
    rhythm = read(wanted)
    if rhythm is None and wanted not in _OFF:
        return reply(room.words("digest_unknown", x=shown(room.ask.args)), room.words("digest_how"))
    chat = replace(await room.stored(), digest=rhythm)
    await room.work.save_chat(chat)
    return _shown(replace(room, chat=chat))


def read(text: str) -> Rhythm | None:
    """Read when: ``daily``, ``daily 8:30``, ``weekly fri 18:00``, ``每周五 18:00``; None for anything else."""
    for name in (*_WEEKLY, *_DAILY):
        if text.startswith(name) and not name.isascii():
            text = f"{name} {text[len(name) :]}"
            break
    how, *rest = text.split() or [""]
    minute = timing.MORNING
    if rest and (clock := timing.read_clock(rest[-1])) is not None:
        minute, rest = clock, rest[:-1]
    if how in _DAILY and not rest:
        return Rhythm(minute)
    if how not in _WEEKLY or len(rest) > 1:
        return None
    day = next((number for number, names in enumerate(_DAYS) if rest and rest[0] in names), None if rest else 0)
    return None if day is None else Rhythm(minute, day)


def _shown(room: Room, lead: str = "") -> Reply:
    chat = room.chat
    offered = [
        Choice(_said(room, rhythm), f"digest {text}", on=rhythm == chat.digest, sole=True)
        for text, rhythm in _offered()
    ]
    own = chat.digest if chat.digest and chat.digest not in [rhythm for _, rhythm in _offered()] else None
    set_now = [Choice(_said(room, own), f"digest {timing.write_rhythm(own)}", on=True, sole=True)] if own else []
    last = [button(room, "one_now", "digest now"), button(room, "digest_end", "digest off")] if chat.digest else []
    said = lead or standing(room) or room.words("digest_none")
    return reply(said, room.words("digest_how"), choices=(set_now, offered, last), edits=room.ask.pressed)


def _offered() -> list[tuple[str, Rhythm]]:
    return [(text, rhythm) for text in _SHORT if (rhythm := timing.read_rhythm(text)) is not None]


def _said(room: Room, rhythm: Rhythm) -> str:
    time = timing.write_clock(rhythm.minute)
    if rhythm.weekday is None:
        return room.words("digest_daily", time=time)
    return room.words("digest_weekly", day=_DAY_WORDS[rhythm.weekday](room), time=time)


_DAY_WORDS = (
    lambda room: room.words("monday"),
    lambda room: room.words("tuesday"),
    lambda room: room.words("wednesday"),
    lambda room: room.words("thursday"),
    lambda room: room.words("friday"),
    lambda room: room.words("saturday"),
    lambda room: room.words("sunday"),
)


def standing(room: Room) -> str:
    """Say when the chat's next digest comes; empty where it has none."""
    chat = room.chat
    if chat.digest is None:
        return ""
    due = timing.next_digest(chat.digest, zone(chat.timezone), room.ask.now)
    when = at(room.words, due, chat.timezone, now=room.ask.now)
    return room.words("digest_set", what=_said(room, chat.digest), time=when)


async def _now(room: Room) -> Reply:
    """Send what has come together so far, out of turn; in a pause nothing comes, one by one or together."""
    if paused := pausing.standing(room):
        return reply(paused)
    if room.chat.digest is None:
        return _shown(room, room.words("digest_now_none"))
    await room.work.save_chat(replace(room.chat, digest_asked=room.ask.now))
    count = await room.work.hurry(room.chat.id, room.ask.now)
    return reply(room.words("digest_coming", n=count) if count else room.words("digest_empty"))
