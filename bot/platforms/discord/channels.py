"""Where chats are: what Discord tells of a channel, remembered, and the channel of a person's direct messages."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final

from bot.core.models import Address, Gone, Outcome, Retry, Uncertain
from bot.platforms.discord import rights
from bot.platforms.discord.outcomes import of_answer, of_error
from bot.platforms.discord.rest import Answer, Rest, RestError

PERSON: Final = "@"
"""What a place begins with that is a person's direct messages; their user id follows."""
KEPT: Final = 10_000

Json = dict[str, Any]


class RefusedError(Exception):
    """Discord does not tell. Nothing was sent: ``outcome`` is never uncertain."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = Retry(outcome.reason) if isinstance(outcome, Uncertain) else outcome


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel or thread. ``tags`` are a forum's: (name, id) pairs; ``moderated`` ones are left out."""

    id: str
    kind: int
    guild: str = ""
    parent: str = ""
    name: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    needs_tag: bool = False
    overwrites: tuple[Json, ...] = ()

    @property
    def forum(self) -> bool:
        """Tell whether each message there begins a thread."""
        return self.kind in rights.FORUMS


_NEEDS_TAG: Final = 1 << 4


def channel_of(data: Json) -> Channel:
    """Read a channel object."""
    tags = [tag for tag in data.get("available_tags", ()) if not tag.get("moderated")]
    return Channel(
        id=str(data["id"]),
        kind=int(data.get("type", 0)),
        guild=str(data.get("guild_id") or ""),
        parent=str(data.get("parent_id") or ""),
        name=str(data.get("name") or ""),
        tags=tuple((str(tag["name"]), str(tag["id"])) for tag in tags),
        needs_tag=bool(int(data.get("flags", 0)) & _NEEDS_TAG),
        overwrites=tuple(data.get("permission_overwrites", ())),
    )


class Channels:
    """Finds channels, and who the bot is."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._known: OrderedDict[str, Channel] = OrderedDict()
        self._me: Json = {}

    async def find(self, address: Address, *, fresh: bool = False) -> Channel:
        """Find the channel of an address; ``fresh`` asks again. Raises RefusedError."""
        known = self._known.get(address.place)
        if known is not None and not fresh:
            self._known.move_to_end(address.place)
            return known
        if address.place.startswith(PERSON):
            data = await self.ask("POST", "/users/@me/channels", {"recipient_id": address.place.removeprefix(PERSON)})
        else:
            data = await self.ask("GET", f"/channels/{address.place}")
        found = channel_of(data)
        self._known[address.place] = found
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return found

    def forget(self, place: str) -> None:
        """Ask again the next time: the channel has changed."""
        self._known.pop(place, None)

    async def me(self) -> Json:
        """Give the bot's own user object. Raises RefusedError."""
        if not self._me:
            self._me = await self.ask("GET", "/users/@me")
        return self._me

    async def rights_in(self, channel: Channel) -> int:
        """Work out what the bot may do in a server's channel. Raises RefusedError."""
        if not channel.guild:
            return rights.NEEDED
        me = str((await self.me())["id"])
        guild = await self.ask("GET", f"/guilds/{channel.guild}")
        member = await self.ask("GET", f"/guilds/{channel.guild}/members/{me}")
        overwrites = channel.overwrites
        if channel.kind in rights.THREADS and channel.parent:
            # A thread has no overwrites of its own: its parent's count.
            overwrites = (await self.find(Address("discord", channel.parent), fresh=True)).overwrites
        return rights.permissions(guild, member, overwrites)

    async def ask(self, method: str, path: str, body: object = None) -> Any:
        """Ask for something and give it. Raises RefusedError."""
        try:
            answer = await self._rest.call(method, path, body)
        except RestError as error:
            raise RefusedError(of_error(error)) from None
        if not answer.ok or answer.data is None:
            raise RefusedError(_refusal(answer))
        return answer.data


def _refusal(answer: Answer) -> Outcome:
    outcome = of_answer(answer)
    return outcome if isinstance(outcome, (Gone, Retry)) else Retry(f"status_{answer.status}")
