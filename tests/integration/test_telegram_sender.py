from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any, Self

import pytest
import pytest_asyncio
from telegram.error import TelegramError

from bot.core.errors import ConfigError
from bot.core.models import (
    Address,
    Chat,
    Gone,
    Moved,
    Notice,
    Outcome,
    Part,
    Payload,
    PlaceKind,
    Rejected,
    Retry,
    Sent,
    Uncertain,
)
from bot.platforms import telegram as room
from bot.platforms.telegram.api import Api
from bot.platforms.telegram.platform import Telegram as Platform
from bot.platforms.telegram.request import BrokenError, NotSentError
from bot.platforms.telegram.settings import TelegramSettings
from bot.reading.doc import Doc, bold, paragraph
from tests.emulators import telegram_rules as rules
from tests.emulators.telegram import TOKEN, Telegram
from tests.emulators.telegram_doors import House, settings

HELLO: Payload = {"method": "sendMessage", "text": "hello"}


def part(place: int, *, thread: str = "", payload: Payload = HELLO) -> Part:
    """Make a part for a chat."""
    return Part(1, 1, 0, "nonce", payload, Address("telegram", str(place), thread))


@pytest_asyncio.fixture
async def telegram() -> AsyncIterator[Telegram]:
    """Give an emulator without limits."""
    async with Telegram() as server:
        yield server


@pytest_asyncio.fixture
async def platform(telegram: Telegram) -> AsyncIterator[Platform]:
    """Give the platform, talking to the emulator."""
    made = room.build(settings(telegram), House().doors())
    assert made is not None
    yield made
    await made.close()


@pytest.mark.asyncio
async def test_a_drawn_notice_arrives_in_its_thread(telegram: Telegram, platform: Platform) -> None:
    """What render makes, send delivers: text, entities, thread; the reference is the message's number."""
    telegram.world.add_chat(-100, "supergroup", forum=True, threads={7: True})
    address = Address("telegram", "-100", "7")
    chat = Chat(1, address, PlaceKind.GROUP, 1)
    (payload,) = platform.render(Notice(Doc((paragraph("见 ", bold("公式")),)), title="T"), chat)
    outcome = await platform.send(part(-100, thread="7", payload=payload))
    (entry,) = telegram.world.ledger
    assert outcome == Sent(str(entry.message_id))
    assert (entry.chat, entry.thread, entry.text) == (-100, 7, "T\n\n见 公式")
    assert [one["type"] for one in entry.entities] == ["bold", "bold"]


ANSWERS: list[tuple[dict[str, Any], Outcome]] = [
    ({"kind": "blocked"}, Gone("blocked")),
    ({"kind": "deactivated"}, Gone("deactivated")),
    ({"kind": "kicked"}, Gone("kicked")),
    ({"kind": "left"}, Gone("kicked")),
    ({"kind": "no_start"}, Gone("blocked")),
    ({"code": 403, "description": "Forbidden: something new"}, Gone("no_rights")),
    ({"code": 400, "description": "Bad Request: chat not found"}, Gone("chat_not_found")),
    ({"code": 400, "description": "Bad Request: message thread not found"}, Gone("thread_deleted")),
    ({"code": 400, "description": "Bad Request: TOPIC_CLOSED"}, Gone("thread_closed")),
    (
        {"code": 400, "description": "Bad Request: not enough rights to send text messages to the chat"},
        Gone("no_rights"),
    ),
    ({"code": 400, "description": "Bad Request: need administrator rights in the channel chat"}, Gone("no_rights")),
    ({"code": 400, "description": "x", "parameters": {"migrate_to_chat_id": -1005}}, Moved("-1005")),
    (
        {"code": 400, "description": "Bad Request: can't parse entities: byte 5"},
        Rejected("Can't parse entities: byte 5"),
    ),
    ({"code": 400, "description": "Bad Request: message is too long"}, Rejected("Message is too long")),
    ({"code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 7}}, Retry("flood", 7.0)),
    ({"code": 429, "description": "Too Many Requests"}, Retry("flood")),
    ({"code": 409, "description": "Conflict: x"}, Retry("conflict")),
    ({"code": 401, "description": "Unauthorized"}, Retry("bad_token", scope="platform")),
    ({"code": 404, "description": "Not Found"}, Retry("bad_token", scope="platform")),
    ({"code": 500, "description": "Internal Server Error: restart"}, Uncertain("server_error")),
    ({"code": 502, "description": "Bad Gateway"}, Uncertain("server_error")),
    ({"kind": "reset"}, Uncertain("reset")),
    ({"kind": "drop"}, Uncertain("reset")),
    ({"kind": "half"}, Uncertain("half_answer")),
    ({"kind": "garbage"}, Uncertain("garbage")),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("fault", "outcome"), ANSWERS)
async def test_every_answer_has_its_outcome(
    telegram: Telegram, platform: Platform, fault: dict[str, Any], outcome: Outcome
) -> None:
    """Refusals are told apart by what they mean for the chat; broken links and 5xx are uncertain."""
    telegram.world.fault(**({"kind": "answer"} | fault))
    assert await platform.send(part(5)) == outcome


@pytest.mark.asyncio
async def test_a_server_that_is_not_there_was_not_told(telegram: Telegram, platform: Platform) -> None:
    """Refused connections are known not to have sent, and concern the whole platform."""
    await telegram.__aexit__()
    assert await platform.send(part(5)) == Retry("connect", scope="platform")
    async with telegram:
        assert isinstance(await platform.send(part(5)), Sent)


@pytest.mark.asyncio
async def test_an_answer_that_is_too_late_is_uncertain(telegram: Telegram) -> None:
    """A timeout after the request went out may have delivered."""
    api = Api(settings(telegram))
    telegram.world.fault("delay", method="getMe", seconds=0.5)
    with pytest.raises(BrokenError, match="timeout"):
        await api.call("getMe", patience=0.05)
    await api.close()


@pytest.mark.asyncio
async def test_the_second_place_in_a_row_at_its_limit_means_everybody(telegram: Telegram, platform: Platform) -> None:
    """One chat's 429 delays that chat; two without a success between them delay the platform."""
    telegram.world.fault("answer", code=429, parameters={"retry_after": 3}, times=3)
    assert await platform.send(part(5)) == Retry("flood", 3.0)
    assert await platform.send(part(5)) == Retry("flood", 3.0)
    assert await platform.send(part(6)) == Retry("flood", 3.0, scope="platform")
    assert isinstance(await platform.send(part(7)), Sent)
    telegram.world.fault("answer", code=429, parameters={"retry_after": 3})
    assert await platform.send(part(6)) == Retry("flood", 3.0)


@pytest.mark.asyncio
async def test_the_overall_limit_is_seen_as_such(platform: Platform, telegram: Telegram) -> None:
    """A burst beyond 30 a second, to as many chats, is told to the whole platform by its second refusal."""
    async with Telegram(rates=rules.Rates(), clock=lambda: 0.0) as strict:
        made = Platform(settings(strict))
        outcomes = [await made.send(part(place)) for place in range(1, 33)]
        await made.close()
    assert [type(one) for one in outcomes[:30]] == [Sent] * 30
    assert outcomes[30:] == [Retry("flood", 1.0), Retry("flood", 1.0, scope="platform")]


@pytest.mark.asyncio
async def test_after_a_doubtful_send_the_next_one_waits_for_a_sign_of_life(
    telegram: Telegram, platform: Platform
) -> None:
    """An outage makes one part doubtful, not all after it: they are not sent until a harmless question is answered."""
    telegram.world.fault("answer", code=502, description="Bad Gateway", method="*", times=3)
    assert await platform.send(part(5)) == Uncertain("server_error")
    assert await platform.send(part(6)) == Retry("unreachable", scope="platform")
    assert await platform.send(part(6)) == Retry("unreachable", scope="platform")
    assert isinstance(await platform.send(part(6)), Sent)
    assert isinstance(await platform.send(part(7)), Sent)
    methods = [one.method for one in telegram.world.requests]
    assert methods == ["sendMessage", "getMe", "getMe", "getMe", "sendMessage", "sendMessage"]


@pytest.mark.asyncio
async def test_paid_broadcast_is_asked_for_only_when_it_is_set(telegram: Telegram) -> None:
    """The setting raises the limit and is told with every message."""
    made = Platform(settings(telegram, allow_paid_broadcast=True))
    await made.send(part(5))
    await made.close()
    assert telegram.world.ledger[0].payload["allow_paid_broadcast"] is True
    assert made.limits.overall[0].count == 1000
    assert Platform(TelegramSettings()).limits.overall[0].count == 30


@pytest.mark.asyncio
async def test_probe_tells_who_we_are_or_how_to_mend_it(telegram: Telegram, platform: Platform) -> None:
    """The bot's name, or one line that names the setting and the remedy."""
    assert await platform.probe() == "@incoming_test_bot"
    assert platform.private_link == "https://t.me/incoming_test_bot"
    assert await platform.invitation("abc") == "https://t.me/incoming_test_bot?start=abc"
    telegram.revoked = True
    with pytest.raises(ConfigError, match=r"telegram\.token.*BotFather"):
        await platform.probe()
    await telegram.__aexit__()
    with pytest.raises(ConfigError, match=r"127\.0\.0\.1 does not answer \((connect|reset)\).*telegram\.proxy"):
        await platform.probe()
    unknown = Platform(settings(telegram))
    assert await unknown.invitation("abc") is None
    await unknown.close()


@pytest.mark.asyncio
async def test_the_token_is_in_no_word_that_leaves_the_room(telegram: Telegram) -> None:
    """Errors, their causes and representations never have it, whatever goes wrong."""
    said: list[str] = []
    kinds = ("reset", "drop", "half", "garbage", "answer")
    for base in (telegram.base, "http://127.0.0.1:1/bot", "http://[::bad/bot", "https://127.0.0.1:1/bot"):
        api = Api(TelegramSettings.model_construct(token=settings(telegram).token, api_base=base, proxy=None))
        said.append(repr(api))
        for kind in kinds:
            telegram.world.fault(kind, method="getMe")
            with pytest.raises(TelegramError) as caught:
                await api.call("getMe")
            said += [str(caught.value), repr(caught.value), repr(caught.value.__cause__)]
        await api.close()
    said.append(repr(settings(telegram, proxy="socks5://user:hunter2@127.0.0.1:1")))
    assert not [line for line in said if TOKEN in line or "hunter2" in line]


# -- proxies ----------------------------------------------------------------------------------------------------------


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
    writer.close()


class Proxy:
    """A small proxy: SOCKS5 without a password, or HTTP with absolute addresses; it refuses CONNECT."""

    def __init__(self) -> None:
        self.used = 0
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.used += 1
        first = await reader.readexactly(1)
        if first == b"\x05":
            await self._socks(reader, writer)
        else:
            await self._http(first, reader, writer)

    async def _socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        methods = (await reader.readexactly(1))[0]
        await reader.readexactly(methods)
        writer.write(b"\x05\x00")
        _, _, _, kind = await reader.readexactly(4)
        length = 4 if kind == 1 else (await reader.readexactly(1))[0]
        await reader.readexactly(length)
        port = int.from_bytes(await reader.readexactly(2), "big")
        writer.write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        await self._join(port, b"", reader, writer)

    async def _http(self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = first + await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"CONNECT"):
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            writer.close()
            return
        port = int(head.split(b"://127.0.0.1:", 1)[1].split(b"/", 1)[0])
        await self._join(port, head, reader, writer)

    async def _join(self, port: int, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        back.write(head)
        await asyncio.gather(_pump(reader, back), _pump(there, writer))


@pytest.mark.asyncio
@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_requests_go_through_the_proxy(telegram: Telegram, scheme: str) -> None:
    """Both kinds of proxy carry the message."""
    async with Proxy() as proxy:
        made = Platform(settings(telegram, proxy=f"{scheme}://127.0.0.1:{proxy.port}"))
        assert isinstance(await made.send(part(5)), Sent)
        await made.close()
        assert proxy.used == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_is_not_there_means_not_sent(telegram: Telegram, scheme: str) -> None:
    """A proxy's failure before the request is no uncertainty."""
    made = Platform(settings(telegram, proxy=f"{scheme}://127.0.0.1:1"))
    outcome = await made.send(part(5))
    await made.close()
    assert outcome == Retry("proxy", scope="platform")
    assert telegram.world.requests == []


@pytest.mark.asyncio
async def test_a_proxy_that_refuses_a_tunnel_means_not_sent() -> None:
    """For https the proxy is asked for a tunnel first; its refusal comes before any byte of the request."""
    async with Proxy() as proxy:
        given = {"token": TOKEN, "api_base": "https://127.0.0.1:1/bot", "proxy": f"http://127.0.0.1:{proxy.port}"}
        api = Api(TelegramSettings.model_validate(given))
        with pytest.raises(NotSentError, match="proxy"):
            await api.call("getMe")
        await api.close()


@pytest.mark.parametrize("proxy", ["ftp://x", "nonsense", "socks5://"])
def test_an_address_that_is_no_proxy_is_refused_without_being_shown(proxy: str) -> None:
    """The error names the schemes, and the secret setting stays secret."""
    with pytest.raises(ValueError, match="socks5"):
        TelegramSettings.model_validate({"proxy": proxy})


def test_the_room_offers_what_the_house_expects() -> None:
    """Without a token the platform is off; a sketch draws; ids tell people from groups."""
    assert room.build(room.Settings(), House().doors()) is None
    chat = Chat(1, Address("telegram", "5"), PlaceKind.PRIVATE, 1)
    assert json.dumps(room.sketch().render(Notice(Doc((paragraph("x"),))), chat))
    assert (room.kind_of("5"), room.kind_of("-5")) == (PlaceKind.PRIVATE, PlaceKind.GROUP)
    with pytest.raises(ValueError, match="is a number"):
        room.kind_of("x")
