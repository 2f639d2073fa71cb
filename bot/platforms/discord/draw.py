"""A Notice as the messages that show it on Discord; pure.

Layout (UX.md, section 3): one embed a message. The title is the tap target, the excerpt its description, the topics
its footer; the link button stands under the last message. What has no title is a plain text.

Limits (Discord's documentation of messages): content 2,000, title 256, description 4,096, author 256, footer 2,048, all
embeds of a message 6,000. They are counted here in UTF-16 units, the stricter of the two readings.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from bot.core.models import Chat, Notice, Payload, PlaceKind
from bot.platforms.discord.buttons import components
from bot.platforms.discord.markdown import DIALECT, WEB, cut, escaped, pieces
from bot.reading.render import Flat, flatten, join, split
from bot.reading.text import fold, utf16

PARTS: Final = 4
"""The most messages that one text becomes."""
CONTENT: Final = 2000
TITLE: Final = 256
DESCRIPTION: Final = 4096
_LEFT_OUT: Final = "\n…"
_ROOM: Final = DESCRIPTION - len(_LEFT_OUT)
"""What is written of a description: where it is the last of too many, it says so."""
_AUTHOR: Final = 256
_FOOTER: Final = 512
"""Far below Discord's 2,048, so that a message never comes near 6,000."""
NO_PREVIEW: Final = 1 << 2
SILENT: Final = 1 << 12
COLOURS: Final = (
    0x1ABC9C, 0x2ECC71, 0x3498DB, 0x9B59B6, 0xE91E63, 0xF1C40F, 0xE67E22, 0xE74C3C, 0x11806A, 0x1F8B4C, 0x206694,
    0x71368A,
)  # fmt: skip
"""What topics are told apart by: they stand out on Discord's light and dark grounds alike."""
OPTIONS: Final = ("roles", "publish", "tag")
"""Settings of a chat on Discord alone: ``roles`` are rung for topics (``diffusion=@Diffusion``), posts in announcement
channels are published to the servers that follow them, ``tag`` is what a forum's threads get where no topic fits.
"""
PUBLISH: Final = "publish"
TAG: Final = "tag"
"""What stands in a payload for the sender alone."""
ROLE: Final = re.compile(r"([^\s=,，、;；]{1,60})\s*=\s*(?:<@&)?(\d{5,20})>?")
"""A topic and the role that is rung for it."""
_FENCE: Final = re.compile(r"```(?:[A-Za-z0-9_+\-.#]{1,30}(?=\n))?")


def draw(notice: Notice, chat: Chat, target: str = "") -> tuple[Payload, ...]:
    """Write a notice as bodies of "create message"; only the first one rings, the last has the buttons.

    ``target`` is what the buttons' commands are meant for, as ``buttons`` writes it.
    """
    parts = _embeds(notice) if notice.title else _texts(notice)
    payloads = [part.payload(silent=notice.silent or chat.silent or number > 0) for number, part in enumerate(parts)]
    if notice.title and chat.kind is PlaceKind.PRIVATE:
        # What only has an embed shows as an empty notification on phones.
        payloads[0] = {"content": escaped(notice.title, TITLE), **payloads[0]}
    elif notice.title:
        payloads[0] = _rung(notice, chat, payloads[0])
    if rows := components(notice.choices, target):
        payloads[-1] |= {"components": rows}
    return tuple(payloads)


def _rung(notice: Notice, chat: Chat, payload: Payload) -> Payload:
    """Add what a chat on a server wants besides: its topics' roles, publishing, a tag."""
    options = dict(chat.options)
    names = {fold(name) for name in (*notice.keys, *notice.topics)}
    roles = [role for topic, role in ROLE.findall(options.get("roles", "")) if fold(topic) in names]
    rung: Payload = {}
    if roles := list(dict.fromkeys(roles)):
        said = " ".join(f"<@&{role}>" for role in roles)
        rung = {"content": f"{said} {escaped(notice.title, TITLE)}", "allowed_mentions": {"parse": [], "roles": roles}}
    if PUBLISH in options:
        rung[PUBLISH] = True
    if tag := options.get(TAG):
        rung[TAG] = tag
    return payload | rung


@dataclass(frozen=True, slots=True)
class _Message:
    """What one message shows: plain content, or one embed."""

    content: str = ""
    embed: Payload | None = None

    def payload(self, *, silent: bool) -> Payload:
        flags = (SILENT if silent else 0) | (NO_PREVIEW if self.embed is None else 0)
        shown: Payload = {"content": self.content} if self.embed is None else {"embeds": [self.embed]}
        return shown | {"allowed_mentions": {"parse": []}} | ({"flags": flags} if flags else {})


def _texts(notice: Notice) -> list[_Message]:
    """Write an answer or a note: plain where it fits, since some people have embeds switched off."""
    whole = list(pieces(_body(notice), _ROOM)) or ["…"]
    if len(whole) == 1 and utf16(whole[0]) <= CONTENT:
        return [_Message(content=whole[0])]
    return [_Message(embed={"description": text}) for text in _bounded(whole)]


def _embeds(notice: Notice) -> list[_Message]:
    texts = _bounded(list(pieces(_body(notice), _ROOM))) or [""]
    embeds: list[Payload] = [{"description": text} if text else {} for text in texts]
    colour = {"color": colour_of(notice.topics[0])} if notice.topics else {}
    embeds = [embed | colour for embed in embeds]
    embeds[0] = _head(notice) | embeds[0]
    embeds[-1] |= _foot(notice)
    return [_Message(embed=embed) for embed in embeds]


def _body(notice: Notice) -> Flat:
    """Flatten the body, at most as much of it as the parts could ever hold."""
    body = flatten(notice.body, DIALECT)
    first, *rest = split(body, PARTS * DESCRIPTION, DIALECT.unit) or (body,)
    return join(first, Flat("…"), sep="\n") if rest else first


def _bounded(texts: list[str]) -> list[str]:
    """Leave out what would be a flood of messages; the title's link leads to the rest."""
    if len(texts) <= PARTS:
        return texts
    return [*texts[: PARTS - 1], texts[PARTS - 1] + _LEFT_OUT]


def _head(notice: Notice) -> Payload:
    source = cut(" ".join(notice.source.split()), _AUTHOR)
    author: Payload = {"author": {"name": source}} if source else {}
    link: Payload = {"url": notice.link} if notice.link and WEB.fullmatch(notice.link) else {}
    return author | {"title": escaped(notice.title, TITLE) or "…"} | link


def _foot(notice: Notice) -> Payload:
    foot: Payload = {}
    if names := " · ".join(" ".join(name.split()) for name in notice.topics):
        foot["footer"] = {"text": cut(names, _FOOTER)}
    if notice.date is not None:
        foot["timestamp"] = notice.date.isoformat()
    if notice.image and WEB.fullmatch(notice.image):
        foot["image"] = {"url": notice.image}
    return foot


def colour_of(topic: str) -> int:
    """Give a topic its colour, the same in every message."""
    return COLOURS[hashlib.sha256(fold(topic).encode(errors="replace")).digest()[0] % len(COLOURS)]


def plainly(payload: Payload) -> Payload:
    """Give a message's words alone: no embed, no buttons; the title's link goes below it."""
    embeds = payload.get("embeds")
    embed = embeds[0] if isinstance(embeds, list) and embeds else {"title": payload.get("content", "")}
    text = "\n".join(str(embed[name]) for name in ("title", "url", "description") if embed.get(name))
    kept: Payload = {name: payload[name] for name in ("allowed_mentions", PUBLISH, TAG) if name in payload}
    given = payload.get("flags", 0)
    flags = NO_PREVIEW | (given if isinstance(given, int) else 0)
    # A cut could fall inside a block of code, and turn everything after it into code.
    return kept | {"content": cut(_FENCE.sub("", text).strip() or "…", CONTENT), "flags": flags}
