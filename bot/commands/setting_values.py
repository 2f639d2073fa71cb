"""What may be typed as a setting's value, in both languages: each function gives the chat with it, None if it is none.

Values come folded.
"""

from __future__ import annotations

import functools
import re
import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Final

from bot import times
from bot.core import timing
from bot.core.models import ABOVE, BELOW, NOWHERE, Chat
from bot.reading.text import fold

SHORTEST, LONGEST = 40, 4000
"""Columns of an excerpt."""
USUAL: Final = 480
MOST_A_DAY: Final = 100
OFF: Final = frozenset(("off", "no", "false", "0", "关", "关闭", "否", "无"))
_ON: Final = frozenset(("on", "yes", "true", "1", "开", "开启", "是", "打开"))
_NEAR: Final = 3
"""Time zones that are offered in place of what is none, and letters of a part of a name."""
_CITY: Final = 40
"""Characters of what is compared with time zones' names."""
_DASH: Final = re.compile(r"\s*[-–—~至到]\s*|\s+")
_LENGTHS: Final = {"full": -1, "全文": -1, "excerpt": USUAL, "摘要": USUAL, "title": 0, "标题": 0}
_FORMULAS: Final = {"unicode": "unicode", "rich": "rich", "富文本": "rich", "picture": "picture", "图片": "picture"}
_IMAGES: Final = {
    **dict.fromkeys((*_ON, "below", "下面", "在下面"), BELOW),
    **dict.fromkeys(("above", "上面", "在上面"), ABOVE),
    **dict.fromkeys(OFF, NOWHERE),
}


def _switch(text: str) -> bool | None:
    return True if text in _ON else False if text in OFF else None


def length(chat: Chat, text: str) -> Chat | None:
    """How long an excerpt is: a word, or columns."""
    if text in _LENGTHS:
        return replace(chat, length=_LENGTHS[text])
    if not (text.isascii() and text.isdigit() and SHORTEST <= int(text[:9]) <= LONGEST):
        return None
    return replace(chat, length=int(text))


def formulas(chat: Chat, text: str) -> Chat | None:
    """How formulas are shown."""
    return replace(chat, formulas=_FORMULAS[text]) if text in _FORMULAS else None


def images(chat: Chat, text: str) -> Chat | None:
    """Where a post's picture stands."""
    return replace(chat, images=_IMAGES[text]) if text in _IMAGES else None


def silent(chat: Chat, text: str) -> Chat | None:
    """Whether messages ring."""
    return None if (on := _switch(text)) is None else replace(chat, silent=on)


def hashtags(chat: Chat, text: str) -> Chat | None:
    """Whether topics are named."""
    return None if (on := _switch(text)) is None else replace(chat, hashtags=on)


def quiet(chat: Chat, text: str) -> Chat | None:
    """When nothing may ring."""
    if text in OFF:
        return replace(chat, quiet=None)
    hours = timing.read_hours(_DASH.sub("-", text.strip()))
    return replace(chat, quiet=hours) if hours else None


def zone(chat: Chat, text: str) -> Chat | None:
    """Which time zone a chat lives in."""
    found = [name for name in zoneinfo.available_timezones() if name.casefold() == text] or _cities().get(text, ())
    return replace(chat, timezone=found[0]) if len(found) == 1 else None


@functools.lru_cache(maxsize=1)
def _cities() -> Mapping[str, Sequence[str]]:
    """Give the zones by their cities, folded, in English and Chinese. Etc/GMT+8 is none: its sign misleads."""
    chinese = times.cities()
    cities: dict[str, list[str]] = {city: ["Asia/Shanghai"] for city in ("beijing", "北京")}
    for name in sorted(zoneinfo.available_timezones()):
        region, _, city = name.rpartition("/")
        if region and region != "Etc":
            for called in {city.replace("_", " "), chinese.get(name, "")} - {""}:
                cities.setdefault(fold(called), []).append(name)
    return cities


def zones_near(text: str) -> Sequence[str]:
    """Give up to three zones whose city is called like this, nearest first."""
    cities = _cities()
    wanted = text[:_CITY].rpartition("/")[2].replace("_", " ").strip()
    close = get_close_matches(wanted, cities, _NEAR, 0.75)
    having = [city for city in cities if len(wanted) >= _NEAR and wanted in city]
    return [name for city in dict.fromkeys((*close, *having)) for name in cities[city]][:_NEAR]


def limit(chat: Chat, text: str) -> Chat | None:
    """How many posts a day come one by one."""
    if text in OFF:
        return replace(chat, cap=0)
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_A_DAY):
        return None
    return replace(chat, cap=int(text))
