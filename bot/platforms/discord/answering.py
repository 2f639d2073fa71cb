"""One interaction's answer: in time, where only the asker sees it, in place of the message whose button was pressed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import discord
import structlog

from bot.core.models import Payload
from bot.platforms.discord.draw import CONTENT, plainly
from bot.platforms.discord.markdown import cut
from bot.platforms.discord.rest import Rest, RestError

log = structlog.get_logger()

EPHEMERAL: Final = 1 << 6
_MESSAGE, _LATER, _LATER_EDIT, _EDIT = 4, 5, 6, 7
_BAD: Final = 400
_INVALID: Final = 50035
"""Discord's "invalid form body"."""


class Answering:
    """The way back of one interaction. Discord waits three seconds for the first word, then 15 minutes."""

    def __init__(self, rest: Rest, interaction: discord.Interaction[Any], *, hidden: bool) -> None:
        self._rest = rest
        self._flags = EPHEMERAL if hidden else 0
        self._pressed = interaction.type is discord.InteractionType.component
        self._callback = f"/interactions/{interaction.id}/{interaction.token}/callback"
        self._later = f"/webhooks/{interaction.application_id}/{interaction.token}"
        self._begun = 0

    async def wait(self) -> bool:
        """Ask for more time; tell whether anybody still waits."""
        self._begun = _LATER_EDIT if self._pressed else _LATER
        body: Payload = {"type": self._begun}
        if not self._pressed:
            body["data"] = {"flags": self._flags}
        return await self._post("POST", self._callback, body)

    async def give(self, payloads: Sequence[Payload], *, edits: bool = False) -> None:
        """Show an answer; ``edits`` puts it in place of the message whose button was pressed."""
        first, *rest = payloads
        if edits and self._pressed:
            await self._replace(first)
        else:
            await self._show(first)
        for payload in rest:
            await self._post("POST", self._later, self._visible(payload))

    async def _replace(self, payload: Payload) -> None:
        whole: Payload = {"content": "", "embeds": [], "components": []} | payload
        whole.pop("flags", None)
        if self._begun:
            await self._post("PATCH", f"{self._later}/messages/@original", whole)
        else:
            await self._post("POST", self._callback, {"type": _EDIT, "data": whole})

    async def _show(self, payload: Payload) -> None:
        whole = self._visible(payload)
        if self._begun == _LATER:
            await self._post("PATCH", f"{self._later}/messages/@original", whole)
        elif self._begun:
            await self._post("POST", self._later, whole)
        else:
            await self._post("POST", self._callback, {"type": _MESSAGE, "data": whole})

    def _visible(self, payload: Payload) -> Payload:
        given = payload.get("flags", 0)
        return payload | {"flags": (given if isinstance(given, int) else 0) | self._flags}

    async def _post(self, method: str, path: str, body: Payload) -> bool:
        """Make a request; an answer that fails is lost: its asker is there and asks again."""
        try:
            answer = await self._rest.answer(method, path, body)
            if answer.status == _BAD and answer.code == _INVALID and (plain := self._plain(body)):
                answer = await self._rest.answer(method, path, plain)
        except RestError as error:
            log.info("discord.answer_lost", reason=error.reason)
            return False
        if not answer.ok:
            log.info("discord.answer_refused", status=answer.status, code=answer.code, said=answer.said)
        return answer.ok

    def _plain(self, body: Payload) -> Payload:
        """Give a refused body with its words alone; nothing where it shows none."""
        shown = _shown(body)
        # What replaces a message takes its looks away, too.
        gone: Payload = {name: [] for name in ("embeds", "components") if name in shown}
        plain = gone | self._visible(plainly(shown)) if shown else {}
        return body | {"data": plain} if plain and "data" in body else plain


def _shown(body: Payload) -> Payload:
    """Find the message in a body: one that comes later than the first word is the body itself."""
    data = body.get("data", body)
    return data if isinstance(data, dict) and ("content" in data or "embeds" in data) else {}


def with_toast(payload: Payload, toast: str) -> Payload:
    """Put a short line above an answer."""
    content = str(payload.get("content", ""))
    return payload | {"content": cut("\n".join(filter(None, (f"-# {toast}", content))), CONTENT)}
