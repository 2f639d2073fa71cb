"""``/settings``: how posts look here, and when they may ring."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from bot.commands import setting_values as values
from bot.commands.arguments import shown
from bot.commands.desk import Room
from bot.commands.say import bold, lines, reply
from bot.core import timing
from bot.core.models import ABOVE, BELOW, NOWHERE, Chat, Choice, Reply
from bot.core.ports import Ask, Words
from bot.reading.doc import Paragraph, Text
from bot.reading.text import fold

_OPTION = 500
"""Characters of a setting that one platform alone knows."""

Change: TypeAlias = Callable[[Chat, str], Chat | None]
"""Gives the chat with a value that was typed, folded; None where it is none."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. ``value`` says what it is now; ``offered`` are the values that buttons offer."""

    name: str
    called: tuple[str, ...]
    value: Callable[[Chat, Words], str]
    change: Change
    offered: tuple[str, ...]


def _onoff(words: Words, *, on: bool) -> str:
    return words("on" if on else "off")


def _say_length(chat: Chat, words: Words) -> str:
    if chat.length <= 0:
        return words("length_full" if chat.length else "length_title")
    return words("length_columns", n=chat.length)


SETTINGS = (
    Setting("length", ("长度",), _say_length, values.length, ("full", "excerpt", "title")),
    Setting(
        "formulas",
        ("公式",),
        lambda chat, words: _FORMULA_WORDS[chat.formulas](words),
        values.formulas,
        ("unicode", "rich", "picture"),
    ),
    Setting(
        "images",
        ("图片",),
        lambda chat, words: _IMAGE_WORDS[chat.images](words),
        values.images,
        (BELOW, ABOVE, NOWHERE),
    ),
    Setting("silent", ("静音",), lambda chat, words: _onoff(words, on=chat.silent), values.silent, ("on", "off")),
    Setting(
        "quiet",
        ("quiet hours", "quiet-hours", "免打扰"),
        lambda chat, words: timing.write_hours(chat.quiet).replace("-", "–") or words("off"),
        values.quiet,
        ("22:00-07:00", "23:00-08:00", "off"),
    ),
    Setting(
        "timezone",
        ("time zone", "time-zone", "tz", "时区"),
        lambda chat, _: chat.timezone,
        values.zone,
        ("Asia/Shanghai", "Europe/London", "America/New_York"),
    ),
    Setting("hashtags", ("标签",), lambda chat, words: _onoff(words, on=chat.hashtags), values.hashtags, ("on", "off")),
    Setting(
        "limit",
        ("cap", "每日上限", "上限"),
        lambda chat, words: words("limit_posts", n=chat.cap) if chat.cap else words("off"),
        values.limit,
        ("3", "5", "10", "off"),
    ),
)
_FORMULA_WORDS: Mapping[str, Callable[[Words], str]] = {
    "unicode": lambda words: words("formulas_unicode"),
    "rich": lambda words: words("formulas_rich"),
    "picture": lambda words: words("formulas_picture"),
}
_IMAGE_WORDS: Mapping[str, Callable[[Words], str]] = {
    BELOW: lambda words: words("images_below"),
    ABOVE: lambda words: words("images_above"),
    NOWHERE: lambda words: words("off"),
}
_FORMULAS_NAME, _IMAGES_NAME, _TIMEZONE_NAME = "formulas", "images", "timezone"
_FORMULAS_EXPLAINED: Mapping[str, Callable[[Words], str]] = {
    "rich": lambda words: words("formulas_rich_how"),
    "picture": lambda words: words("formulas_picture_how"),
}
_EXPLAINED: Mapping[str, Callable[[Words], str]] = {
    "length": lambda words: words("setting_length_how", n=values.USUAL),
    "formulas": lambda words: words("setting_formulas_how"),
    "images": lambda words: words("setting_images_how"),
    "silent": lambda words: words("setting_silent_how"),
    "quiet": lambda words: words("setting_quiet_how"),
    "timezone": lambda words: words("setting_timezone_how"),
    "hashtags": lambda words: words("setting_hashtags_how"),
    "limit": lambda words: words("setting_limit_how"),
}
_FITS: Mapping[str, Callable[[Words], str]] = {
    "length": lambda words: words("fits_length", least=values.SHORTEST, most=values.LONGEST),
    "quiet": lambda words: words("fits_quiet"),
    "timezone": lambda words: words("fits_timezone"),
    "limit": lambda words: words("fits_limit", most=values.MOST_A_DAY),
}
"""What may be typed where it is more than the values that buttons offer."""
_NAMES: Mapping[str, Callable[[Words], str]] = {
    "length": lambda words: words("setting_length"),
    "formulas": lambda words: words("setting_formulas"),
    "images": lambda words: words("setting_images"),
    "silent": lambda words: words("setting_silent"),
    "quiet": lambda words: words("setting_quiet"),
    "timezone": lambda words: words("setting_timezone"),
    "hashtags": lambda words: words("setting_hashtags"),
    "limit": lambda words: words("setting_limit"),
}


# -- the command ------------------------------------------------------------------------------------------------------


def changes(ask: Ask) -> bool:
    """Tell whether the request changes anything: a name alone only looks."""
    return bool(_split(ask.args)[1])


def _split(args: str) -> tuple[str, str]:
    """Take the name, which may have two words, from the value."""
    typed = args.strip()
    folded = fold(typed)
    for name in _called():
        if folded == name or folded.startswith(f"{name} "):
            return name, typed[len(name) :].strip()
    name, _, value = typed.partition(" ")
    return fold(name), value.strip()


def _called() -> list[str]:
    """Give all names, the longest first: ``quiet hours`` is no ``quiet`` with the value ``hours``."""
    names = [name for each in SETTINGS for name in (each.name, *each.called)]
    return sorted(names, key=len, reverse=True)


async def run(room: Room) -> Reply:
    """Show all settings, one with its choices, or change one."""
    name, value = _split(room.ask.args)
    if not name:
        return _overview(room)
    setting = next((each for each in SETTINGS if name in (each.name, *each.called)), None)
    if setting is None:
        return await _option(room, name, value) if name in room.desk.options else _unknown(room, name)
    if not value:
        return _one(room, setting)
    changed = setting.change(await room.stored(), fold(value))
    if changed is None or (setting.name == _IMAGES_NAME and changed.images not in _offered(room, setting)):
        near = values.zones_near(fold(value)) if setting.name == _TIMEZONE_NAME else ()
        return _one(room, setting, _wrong(room, setting, value, near), near)
    if changed.formulas not in room.desk.formulas and setting.name == _FORMULAS_NAME:
        return _one(room, setting, _away(changed, room))
    await room.work.save_chat(changed)
    said = room.words("setting_set", name=_NAMES[setting.name](room.words), value=setting.value(changed, room.words))
    warning = _FORMULAS_EXPLAINED.get(changed.formulas) if setting.name == _FORMULAS_NAME else None
    warned = warning(room.words) if warning else ""
    return _overview(replace(room, chat=changed), warned, toast=said, edits=room.ask.pressed)


def _overview(room: Room, warned: str = "", *, toast: str = "", edits: bool = False) -> Reply:
    words = room.words
    rows = [_line(_NAMES[each.name](words), each.value(room.chat, words)) for each in SETTINGS]
    kept = dict(room.chat.options)
    rows += [_line(_own(room, name), shown(kept.get(name, "")) or words("off")) for name in room.desk.options]
    names = [Choice(_NAMES[each.name](words), f"settings {each.name}") for each in SETTINGS]
    pairs = [tuple(names[at : at + 2]) for at in range(0, len(names), 2)]
    lead = "" if edits else toast
    shows = lines(*(row.children for row in rows))
    return reply(lead, warned, shows, choices=pairs, toast=toast if edits else "", edits=edits)


def _line(name: str, value: str) -> Paragraph:
    return Paragraph((bold(name), Text(f" · {value}")))


def _one(room: Room, setting: Setting, lead: str = "", near: Sequence[str] = ()) -> Reply:
    """Show a setting with its choices; ``near`` is what may have been meant instead of these."""
    words = room.words
    now = setting.value(room.chat, words)
    of_formulas = setting.name == _FORMULAS_NAME
    offered = near or _offered(room, setting)
    choices = [_offer(room, setting, value, now) for value in offered]
    explained = [_EXPLAINED[setting.name](words)]
    if of_formulas:
        explained += [_FORMULAS_EXPLAINED[way](words) for way in offered if way in _FORMULAS_EXPLAINED]
        lead = lead or ("" if room.chat.formulas in offered else _away(room.chat, room))
    back = Choice(words("back"), "settings")
    return reply(
        lead,
        _line(_NAMES[setting.name](words), now),
        *explained,
        choices=(choices, (back,)),
        edits=room.ask.pressed,
    )


def _wrong(room: Room, setting: Setting, value: str, near: Sequence[str]) -> str:
    """Say that a value does not fit, and what would."""
    says = None if near else _FITS.get(setting.name)
    fits = says(room.words) if says else room.listed(near or _offered(room, setting))
    return room.words("setting_wrong", x=shown(value), fits=fits)


def _offered(room: Room, setting: Setting) -> Sequence[str]:
    """Give the values that the asking platform has."""
    desk = room.desk
    return {_FORMULAS_NAME: desk.formulas, _IMAGES_NAME: (*desk.images, NOWHERE)}.get(setting.name, setting.offered)


def _away(chat: Chat, room: Room) -> str:
    """Say that formulas cannot be shown here as a chat wants them."""
    return room.words("formulas_away", x=_FORMULA_WORDS[chat.formulas](room.words))


def _offer(room: Room, setting: Setting, value: str, now: str) -> Choice:
    tried = setting.change(room.chat, fold(value))
    label = setting.value(tried, room.words) if tried else value
    return Choice(label, f"settings {setting.name} {value}", on=label == now, sole=True)


def _unknown(room: Room, name: str) -> Reply:
    names = [each.name for each in SETTINGS]
    close = difflib.get_close_matches(name[:40], [*names, *room.desk.options], 1, 0.5)
    key = "setting_unknown" if close else "setting_unknown_far"
    return reply(
        room.words(key, x=shown(name), y=close[0] if close else ""),
        room.words("setting_names", names=_listed(room, names)),
    )


def _listed(room: Room, names: Sequence[str]) -> str:
    return room.words("comma").join([*names, *room.desk.options])


def _own(room: Room, name: str) -> str:
    """Name a setting that this platform alone knows. Its texts are found by its name: no list of them is kept here."""
    return room.words(f"setting_{name}")


async def _option(room: Room, name: str, value: str) -> Reply:
    """Show or keep a setting that this platform alone knows; what it means is the platform's business."""
    if not value:
        now = shown(dict(room.chat.options).get(name, "")) or room.words("off")
        return reply(_line(_own(room, name), now), room.words(f"setting_{name}_how"))
    chat = await room.stored()
    kept = {**dict(chat.options), name: value[:_OPTION]}
    if fold(value) in values.OFF:
        del kept[name]
    changed = replace(chat, options=tuple(sorted(kept.items())))
    await room.work.save_chat(changed)
    return _overview(replace(room, chat=changed), toast=room.words("setting_set", name=name, value=shown(value)))
