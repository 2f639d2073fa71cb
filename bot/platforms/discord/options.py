"""The settings that only Discord has, checked before they are kept: what could never work is refused, and why."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from bot.platforms.discord.draw import OPTIONS, PUBLISH, ROLE, TAG
from bot.reading.text import fold

_BETWEEN: Final = re.compile(r"[\s,，、;；]+")
_OFF: Final = frozenset(("off", "no", "false", "0", "关", "关闭", "否", "无"))
_ON: Final = frozenset(("on", "yes", "true", "1", "开", "开启", "是", "打开"))


def unfit(args: str, roles: Collection[str], tags: Collection[str] | None) -> tuple[str, str] | None:
    """Say what is wrong with the arguments of ``/settings``: a catalogue key, and what it names; None where nothing is.

    ``roles`` are the server's role ids, ``tags`` the names of the forum's tags, None where the channel is no forum.
    """
    name, _, value = args.strip().partition(" ")
    name, value = fold(name), value.strip()
    if name not in OPTIONS or not value or fold(value) in _OFF:
        return None
    if name == PUBLISH:
        return None if fold(value) in _ON else ("discord_publish_wrong", value)
    return _tag(value, tags) if name == TAG else _roles(value, roles)


def _tag(value: str, tags: Collection[str] | None) -> tuple[str, str] | None:
    if tags is None:
        return "discord_tag_no_forum", value
    return None if fold(value) in {fold(tag) for tag in tags} else ("discord_tag_unknown", ", ".join(tags))


def _roles(value: str, roles: Collection[str]) -> tuple[str, str] | None:
    rest = _BETWEEN.sub("", ROLE.sub("", value))
    if rest:
        return "discord_roles_wrong", rest
    unknown = [role for _, role in ROLE.findall(value) if role not in roles]
    return ("discord_role_unknown", unknown[0]) if unknown else None
