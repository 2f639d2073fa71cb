"""One self-contained page that shows posts as Telegram and Discord would show them, light and dark."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from bot import i18n
from bot.core.called import shown_url
from bot.core.errors import UsageError
from bot.core.ports import Words
from bot.preview import discord, telegram
from bot.preview.html import element, text
from bot.preview.samples import Sample

Shown = Callable[[Mapping[str, object]], str]
ROOMS: Mapping[str, tuple[str, Shown]] = {
    "telegram": ("Telegram", telegram.shown),
    "discord": ("Discord", discord.shown),
}
"""The platforms that are shown: title, and what draws a message."""
_BOTH = "both"
_THEMES = {_BOTH: "preview_both", "light": "preview_light", "dark": "preview_dark"}
"""What is shown, and its words."""
_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>{heading}</title>
<style>
{style}</style>
</head>
<body>
<h1>{heading}</h1>
{choices}
<main>
{main}</main>
</body>
</html>
"""
# Nothing is loaded from anywhere, whatever a post holds: pictures are named, not shown.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def page(source: str, samples: Mapping[str, Sequence[Sample]], words: Words, language: str) -> str:
    """Write the page. ``samples`` are the same posts for each platform, by its name."""
    style = files("bot.preview").joinpath("style.css").read_text("utf-8")
    heading = words("preview_title", source=shown_url(source) if "://" in source else Path(source).name)
    choices = "".join(
        f'<input type="radio" name="theme" id="{theme}"{" checked" if theme == _BOTH else ""}>'
        f'<label for="{theme}">{text(words(key))}</label>'
        for theme, key in _THEMES.items()
    )
    posts = "".join(_post(group, samples, words) for group in zip(*samples.values(), strict=True))
    main = posts or element("p", text(words("preview_empty")))
    return _PAGE.format(
        language=text(language), policy=_POLICY, heading=text(heading), style=style, choices=choices, main=main
    )


def _post(group: Sequence[Sample], samples: Mapping[str, Sequence[Sample]], words: Words) -> str:
    why = ", ".join(f"{name} ({word})" if word else name for name, word, _ in group[0].topics)
    label = element("p", text(words("preview_topics", topics=why)), "why") if why else ""
    shown = "".join(
        _screen(name, theme, sample)
        for name, sample in zip(samples, group, strict=True)
        for theme in _THEMES
        if theme != _BOTH
    )
    return element("section", label + element("div", shown, "screens")) + "\n"


def _screen(name: str, theme: str, sample: Sample) -> str:
    title, shown = ROOMS[name]
    messages = "".join(element("div", shown(message), "message") for message in sample.messages)
    return element("article", element("h2", title) + messages, f"{name} {theme}")


def save(samples: Mapping[str, Sequence[Sample]], source: str, language: str, output: Path) -> None:
    """Write the page to a file. Raises UsageError where that cannot be."""
    try:
        output.write_text(page(source, samples, i18n.load(language), language), "utf-8")
    except OSError as error:
        msg = f"{output}: {error.strerror}; name a file that can be written"
        raise UsageError(msg) from error
