"""What the platform itself has to say to people: drawn and sent like the answers of commands."""

from __future__ import annotations

from dataclasses import replace

from bot.core.models import Chat, Choice, Notice, Reply
from bot.i18n import load
from bot.platforms.telegram.updates import MARK, PICKS, named
from bot.reading.doc import Doc, Link, Paragraph, Text, paragraph


def _said(chat: Chat, *texts: str) -> Reply:
    return Reply(Notice(Doc(tuple(paragraph(text) for text in texts))), chat=chat)


def stale(chat: Chat) -> str:
    """Say that a button means nothing any more."""
    return load(chat.language)("telegram_stale")


def unverified(chat: Chat) -> str:
    """Say how an admin whom Telegram does not show gets it done."""
    return load(chat.language)("telegram_unverified")


def sampled(chat: Chat, place: str, *, arrived: bool) -> Reply:
    """Say, in short, that a sample was posted, or that nothing could be posted in that place."""
    words = load(chat.language)
    said = words("sample_sent") if arrived else words("telegram_no_place", place=place)
    return Reply(Notice(Doc()), toast=said, chat=chat)


def no_such_place(chat: Chat, name: str) -> Reply:
    """Say that the bot is not in a place that was named."""
    return _said(chat, load(chat.language)("telegram_no_place", place=name))


def not_its_admin(chat: Chat, title: str) -> Reply:
    """Say that a place's settings are for its admins."""
    return _said(chat, load(chat.language)("telegram_not_admin", place=title))


def greeting(chat: Chat, bot: str, *, forum: bool) -> Reply:
    """Say hello to a group, and what to type. The command stands on a line of its own, where it can be tapped."""
    words = load(chat.language)
    how = words("telegram_hello_forum") if forum else words("telegram_hello_group")
    return _said(chat, words("telegram_hello"), how, f"/subscribe@{bot}")


def with_warning(reply: Reply, chat: Chat, title: str) -> Reply:
    """Add to an answer that a channel and its discussion group would both get each post."""
    text = load(chat.language)("telegram_linked", place=title)
    body = replace(reply.notice.body, blocks=(*reply.notice.body.blocks, paragraph(text)))
    return replace(reply, notice=replace(reply.notice, body=body))


def with_channels(reply: Reply, chat: Chat) -> Reply:
    """Add to the list of commands the one that only Telegram has a use for."""
    line = paragraph(f"/{PICKS} – {load(chat.language)('short_channels')}")
    first, *others = reply.notice.body.blocks
    return replace(reply, notice=replace(reply.notice, body=Doc((first, line, *others))))


def about(reply: Reply, place: str, title: str) -> Reply:
    """Make an answer that is given elsewhere say which place it is about, and its buttons mean that place.

    A post stays as the place itself would show it.
    """
    if reply.notice.title:
        return reply
    link = Link(named(place), (Text(f"📢 {title or place}"),))
    notice = reply.notice
    body = Doc((Paragraph((link,)), *notice.body.blocks))
    rows = tuple(tuple(_marked(choice) for choice in row) for row in notice.choices)
    return replace(reply, notice=replace(notice, body=body, choices=rows))


def _marked(choice: Choice) -> Choice:
    return replace(choice, command=MARK + choice.command) if choice.command and not choice.picks else choice
