"""``/language``: in which language the bot speaks here."""

from __future__ import annotations

from dataclasses import replace

from bot.commands.arguments import shown
from bot.commands.desk import Room
from bot.commands.say import reply
from bot.core.models import Choice, Reply
from bot.core.ports import Ask
from bot.i18n import LANGUAGES
from bot.reading.text import fold

_NAMES = {"zh": "简体中文", "zh-TW": "繁體中文", "en": "English"}
"""Each language's name in itself."""
_CALLED = {
    "zh": ("zh", "zh-cn", "zh-hans", "chinese", "中文", "简体", "简体中文", "汉语"),
    "zh-TW": ("zh-tw", "zh-hk", "zh-mo", "zh-hant", "繁体", "繁体中文", "正体", "正体中文"),
    "en": ("en", "en-us", "en-gb", "english", "英文", "英语"),
}


def changes(ask: Ask) -> bool:
    """Tell whether the request changes anything."""
    return bool(ask.args.strip())


async def run(room: Room) -> Reply:
    """Ask which language, or speak another one from now on."""
    wanted = fold(room.ask.args).strip().replace("_", "-")
    language = next((tag for tag in LANGUAGES if wanted in _CALLED[tag]), None)
    if language is None:
        said = room.words("language_unknown", x=shown(room.ask.args)) if wanted else ""
        # The chat's own: who asks may be answered in another one.
        now = room.desk.words(room.chat.language).language
        row = [Choice(_NAMES[tag], f"language {tag}", on=tag == now, sole=True) for tag in LANGUAGES]
        return reply(said, room.words("language_ask"), choices=(row,))
    await room.work.save_chat(replace(await room.stored(), language=language))
    # In both languages: who pressed the wrong button must be able to read the answer.
    other = room.desk.words("zh" if language == "en" else "en")
    return reply(
        room.desk.words(language)("language_set", name=_NAMES[language]), other("language_set", name=_NAMES[language])
    )
