"""Photos as the Bot API takes them: by their URL, or as a file in the request; sent, and put in another's place.

What is uploaded has to be a whole PNG within the limits of ``sendPhoto``: at most 10 MB, width and height together at
most 10,000, neither more than twenty times the other.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from aiohttp import web

from tests.emulators import png
from tests.emulators import telegram_rules as rules
from tests.emulators.telegram_people import BOT
from tests.emulators.telegram_rules import Json, refuse

if TYPE_CHECKING:
    from tests.emulators.telegram_api import Api

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 10_000
"""Width and height together."""
FLATTEST = 20


def received(field: web.FileField) -> Json:
    """Describe an uploaded file as JSON: its bytes in hex, and what names them."""
    data = field.file.read()
    return {
        "filename": field.filename,
        "content_type": field.content_type,
        "sha256": hashlib.sha256(data).hexdigest(),
        "hex": data.hex(),
    }


def send(api: Api, payload: Json, markup: Json) -> Json:
    """Check and keep a photo with its caption."""
    chat = api.place(payload)
    content = {"photo": _photo(api, payload, str(payload["photo"]))} | _caption(payload) | markup
    message = api.world.message(chat, payload.get("message_thread_id"))
    message |= {"from": BOT} | content
    api.world.record("sendPhoto", message, payload)
    return message


def edit_caption(api: Api, payload: Json, markup: Json) -> Json:
    """Replace the words under a photo."""
    message = _own_photo(api, payload)
    return _edited(api, "editMessageCaption", message, _caption(payload) | markup, payload)


def edit_media(api: Api, payload: Json, markup: Json) -> Json:
    """Replace a photo and the words under it."""
    message, media = _own_photo(api, payload), payload["media"]
    if media.get("type") != "photo":
        refuse("the emulator edits messages in the kind that they were sent as")
    content = {"photo": _photo(api, payload, str(media["media"]))} | _caption(media) | markup
    return _edited(api, "editMessageMedia", message, content, payload)


def _own_photo(api: Api, payload: Json) -> Json:
    message = api.own(payload, "edit")
    if "photo" not in message:
        refuse("there is no caption in the message to edit")
    return message


def _edited(api: Api, method: str, message: Json, content: Json, payload: Json) -> Json:
    kept = {name: message[name] for name in ("photo", "caption", "caption_entities", "reply_markup") if name in message}
    if kept | content == kept and set(kept) - {"photo"} == set(content) - {"photo"}:
        refuse("message is not modified")
    for name in set(kept) - {"photo"}:
        del message[name]
    message |= content | {"edit_date": int(api.world.clock())}
    api.world.record(method, message, payload)
    return message


def _caption(payload: Json) -> Json:
    caption, entities = str(payload.get("caption", "")), payload.get("caption_entities") or []
    if payload.get("parse_mode"):
        refuse("the emulator takes entities only")
    if caption:
        rules.check_text(caption, rules.CAPTION_LIMIT)
    rules.check_entities(caption, entities)
    return {"caption": caption, "caption_entities": entities}


def _photo(api: Api, payload: Json, given: str) -> list[Json]:
    if not given.startswith("attach://"):
        if given in api.world.bad_images:
            refuse("failed to get HTTP URL content")
        return [{"file_id": given, "file_unique_id": given, "width": 1, "height": 1}]
    upload = payload.get(given.removeprefix("attach://"))
    if not isinstance(upload, dict):
        refuse("there is no file to upload in the request")
    data = bytes.fromhex(upload["hex"])
    size = png.size(data)
    if size is None or len(data) > MOST_BYTES:
        refuse("IMAGE_PROCESS_FAILED")
    if sum(size) > MOST_PIXELS or max(size) > FLATTEST * min(size):
        refuse("PHOTO_INVALID_DIMENSIONS")
    name = upload["sha256"]
    return [{"file_id": name, "file_unique_id": name, "width": size[0], "height": size[1]}]
