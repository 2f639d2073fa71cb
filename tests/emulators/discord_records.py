"""What the Discord that runs here writes down, and the faults that it is told to have."""

from __future__ import annotations

from dataclasses import dataclass

from tests.emulators.discord_rules import Json


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted effect: a message that stands in a channel, or was edited. ``time`` is the clock's."""

    time: float
    kind: str
    channel: str
    message_id: str
    content: str
    embeds: tuple[Json, ...]
    components: tuple[Json, ...]
    flags: int
    pinged: tuple[str, ...]
    payload: Json


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived, and the status that it got (0: none was sent)."""

    time: float
    method: str
    path: str
    status: int
    body: Json


@dataclass
class Fault:
    """What to do to the next ``times`` requests whose method and path begin so.

    ``kind``: ``answer`` (refuse with ``status``, ``code``, ``message``), ``reset`` (nothing happens, the link breaks),
    ``drop`` (it happens, no reply), ``half`` (it happens, half a reply), ``late`` (it happens, the reply is an error of
    the server with ``status``), ``delay`` (``seconds``, then all is well), ``garbage`` (it happens, 200 with HTML),
    ``ban`` (429 from the network before Discord: no JSON, no ``Via``).
    """

    kind: str
    method: str = "POST"
    path: str = "/channels/"
    times: int = 1
    status: int = 502
    code: int = 0
    message: str = "refused"
    seconds: float = 0.0

    def fits(self, method: str, path: str) -> bool:
        """Tell whether a request is meant."""
        return self.times > 0 and self.method in {method, "*"} and path.startswith(self.path)
