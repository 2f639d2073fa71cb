"""A message as a photo of its display formulas, with its text as the caption; pure.

The formulas stay in the text too, in Unicode: a caption is what is searched, read aloud and shown in a list of chats,
and a picture that does not load must not take the message with it. The picture itself is no part of a payload, but
drawn from ``formulas`` when it is sent, so that a payload stays small and the same after a crash.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.core.models import Payload
from bot.reading.text import graphemes, utf16

METHOD: Final = "sendPhoto"
EDIT: Final = "editMessageMedia"
FORMULAS: Final = "formulas"
"""What stands in a payload for the sender alone: the TeX of what is to be drawn."""
FILE: Final = "formulas"
"""Under which name the picture is uploaded."""
CAPTION: Final = 1024
"""UTF-16 units of a caption."""
_CAPTIONED: Final = {"text": "caption", "entities": "caption_entities"}
_KEPT: Final = ("disable_notification", "reply_markup")


def pictured(payload: Payload, formulas: Sequence[str]) -> Payload:
    """Give a text message as a photo of formulas, below its words; the text where it is too long to be a caption."""
    if not formulas or utf16(str(payload["text"])) > CAPTION:
        return payload
    kept = {name: payload[name] for name in _KEPT if name in payload}
    photo: Payload = {"method": METHOD, "photo": f"attach://{FILE}", FORMULAS: list(formulas)}
    return photo | _caption(payload) | kept | {"fallback": payload}


def worded(payload: Payload) -> Payload:
    """Give the text that a photo falls back to; anything else as it is."""
    text = payload.get("fallback")
    return text if FORMULAS in payload and isinstance(text, dict) else payload


def _caption(payload: Payload) -> Payload:
    caption = {ours: payload[name] for name, ours in _CAPTIONED.items() if name in payload}
    return caption | {"show_caption_above_media": True}


def replacing(payload: Payload, number: int) -> Payload:
    """Give what replaces a photo that was sent: another one where there still are formulas, else its caption alone.

    The other one falls back to the caption too. A photo never becomes a text; its words are then cut to a caption.
    """
    text = payload.get("fallback")
    bare = _words(text if isinstance(text, dict) else payload) | {"message_id": number}
    if FORMULAS not in payload:
        return bare
    media = {name: value for name, value in bare.items() if "caption" in name}
    media |= {"type": "photo", "media": f"attach://{FILE}"}
    kept = {name: value for name, value in bare.items() if name in ("message_id", "reply_markup")}
    return {"method": EDIT, "media": media, FORMULAS: payload[FORMULAS], "fallback": bare} | kept


def _cut(text: str) -> str:
    """Cut a text wherever a caption ends, but not within a character: nothing else of the message is left to see."""
    room, kept = CAPTION - 1, []
    for piece in graphemes(text):
        room -= utf16(piece)
        if room < 0:
            break
        kept.append(piece)
    return "".join(kept) + "…"


def _words(payload: Payload) -> Payload:
    kept = {name: payload[name] for name in ("reply_markup",) if name in payload}
    text = str(payload["text"])
    if utf16(text) > CAPTION:
        payload = {"text": _cut(text)}
    return {"method": "editMessageCaption"} | _caption(payload) | kept
