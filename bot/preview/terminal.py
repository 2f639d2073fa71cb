"""A platform's message in a terminal: its text as it is sent, an embed behind a bar, the buttons in a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bot.platforms.console.draw import WIDTH, safe

RULE: Final = "━" * WIDTH
_BAR: Final = "┃ "


def shown(messages: Sequence[Mapping[str, object]]) -> str:
    """Write messages between two lines; styles are left out, what is escaped stays so."""
    return "\n".join([RULE, *(safe(line) for message in messages for line in _lines(message)), RULE])


def _lines(message: Mapping[str, object]) -> Iterator[str]:
    for key in ("text", "caption", "content"):
        yield from str(message.get(key) or "").splitlines()
    for embed in _maps(message.get("embeds")):
        yield from (_BAR + line for line in _embed(embed))
    markup = message.get("reply_markup")
    keyboard = markup.get("inline_keyboard") if isinstance(markup, Mapping) else None
    labels = [str(button.get("text")) for row in _rows(keyboard) for button in _maps(row)]
    labels += [str(button.get("label")) for row in _maps(message.get("components")) for button in _inside(row)]
    if labels:
        yield " ".join(f"[{label}]" for label in labels)


def _embed(embed: Mapping[str, object]) -> Iterator[str]:
    footer = embed.get("footer")
    for said in (
        embed.get("title"),
        embed.get("description"),
        footer.get("text") if isinstance(footer, Mapping) else "",
    ):
        yield from str(said or "").splitlines()


def _inside(row: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    return _maps(row.get("components"))


def _rows(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def _maps(value: object) -> Sequence[Mapping[str, object]]:
    return [each for each in _rows(value) if isinstance(each, Mapping)]
