from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import aiohttp
import pytest
from aiohttp.test_utils import make_mocked_request
from pydantic import SecretStr

from bot import metrics
from bot.core.errors import ConfigError
from bot.core.incidents import Kind, Sign
from bot.core.models import Retry, Trouble
from bot.sections import WebSection
from bot.web.access import allowed
from bot.web.numbers import Numbers
from bot.web.server import Site, serve
from tests.counted import count
from tests.world import World

TOKEN = "s3cret-token"


@dataclass
class FakeVitals:
    """A bot that is as it is told to be."""

    loop: Mapping[str, bool] = field(default_factory=lambda: {"watch": True, "lane-telegram": True})
    platform: Mapping[str, str] = field(default_factory=lambda: {"telegram": ""})
    disks: str = ""

    def loops(self, now: datetime) -> Mapping[str, bool]:
        """Tell of the loops."""
        return self.loop

    def platforms(self) -> Mapping[str, str]:
        """Tell of the platforms."""
        return self.platform

    def disk(self) -> str:
        """Tell of the disk."""
        return self.disks


@dataclass
class Served:
    """A site that answers on a port of its own."""

    base: str
    vitals: FakeVitals
    world: World

    async def get(self, path: str, **headers: str) -> tuple[int, str, Mapping[str, str]]:
        """Get a page: status, text, headers."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(
                self.base + path, headers={name.replace("_", "-"): value for name, value in headers.items()}
            ) as answer,
        ):
            return answer.status, await answer.text(), answer.headers


def free_port() -> int:
    """Find a port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def page() -> str:
    """Stand in for the status page."""
    return "<p>the page"


@contextlib.asynccontextmanager
async def site(world: World, token: str = "") -> AsyncIterator[Served]:
    """Serve a site."""
    settings = WebSection(port=free_port(), token=SecretStr(token) if token else None)
    vitals = FakeVitals()
    async with serve(settings, Site(settings, vitals, world.store.facts, page, world.clock)) as base:
        yield Served(base, vitals, world)


@pytest.mark.asyncio
async def test_healthz_tells_that_a_loop_has_stalled(world: World) -> None:
    """200 while all loops do their work, 503 once one does not; anybody may ask."""
    async with site(world, TOKEN) as served:
        assert (await served.get("/healthz"))[:2] == (200, "ok\n")
        served.vitals.loop = {"watch": True, "lane-telegram": False}
        assert (await served.get("/healthz"))[:2] == (503, "stalled\n")


@pytest.mark.asyncio
async def test_readyz_names_what_is_in_the_way(world: World) -> None:
    """Each loop, platform, feed and the disk; a feed in trouble counts only where no other one is well."""
    async with site(world) as served:
        status, text, headers = await served.get("/readyz")
        assert (status, '"ready": true' in text, '"blog": "ok"' in text) == (200, True, True)
        assert headers["Content-Type"].startswith("application/json")
        served.vitals.platform = {"telegram": "bad_token"}
        status, text, _ = await served.get("/readyz")
        assert (status, '"telegram": "bad_token"' in text) == (503, True)
        served.vitals.platform = {"telegram": ""}
        served.vitals.disks = "full"
        status, text, _ = await served.get("/readyz")
        assert (status, '"disk": "full"' in text) == (503, True)
        served.vitals.disks = ""
        served.vitals.loop = {"watch": True, "lane-telegram": False}
        status, text, _ = await served.get("/readyz")
        assert (status, json.loads(text)["loops"]) == (503, {"watch": "ok", "lane-telegram": "stalled"})
        served.vitals.loop = {"watch": True, "lane-telegram": True}
        async with world.store.begin() as work:
            feed = (await work.feeds())[0]
            await work.save_feed(replace(feed, trouble=Trouble("dns", "no address", world.clock.now())))
        status, text, _ = await served.get("/readyz")
        assert (status, '"blog": "dns"' in text) == (503, True)
        async with world.store.begin() as work:
            await work.add_feed("https://other.example/feed", world.clock.now())
        assert (await served.get("/readyz"))[0] == 200


@pytest.mark.asyncio
@pytest.mark.parametrize("path", ["/", "/metrics"])
async def test_without_a_token_only_this_machine_may_look(world: World, path: str) -> None:
    """Not under another name, which a page in the operator's browser may have, and not through a proxy."""
    async with site(world) as served:
        assert (await served.get(path))[0] == 200
        assert (await served.get(path, Host="evil.example"))[0] == 403
        assert (await served.get(path, X_Forwarded_For="203.0.113.7"))[0] == 403
        assert (await served.get(path, Host="localhost:8080"))[0] == 200


@pytest.mark.parametrize(
    ("remote", "may"),
    [("127.0.0.1", True), ("::1", True), ("192.168.1.7", False), ("203.0.113.7", False), ("", False)],
)
def test_who_asks_from_another_machine_needs_the_token(remote: str, may: bool) -> None:  # noqa: FBT001 -- a parameter
    """Whatever name it asks by; by default nothing but this machine is listened to, and only where a port is set."""
    asked = make_mocked_request("GET", "/", headers={"Host": "localhost"}).clone(remote=remote)
    assert allowed(asked, "") is may
    assert (WebSection().host, WebSection().port) == ("127.0.0.1", 0)


@pytest.mark.asyncio
@pytest.mark.parametrize("path", ["/", "/metrics"])
async def test_a_token_is_asked_for_wherever_one_is_set(world: World, path: str) -> None:
    """As a bearer's or as a browser's password; also on this machine, where a proxy may run."""
    login = base64.b64encode(f"me:{TOKEN}".encode()).decode()
    async with site(world, TOKEN) as served:
        status, text, headers = await served.get(path)
        assert (status, headers["WWW-Authenticate"].partition(" ")[0]) == (401, "Basic")
        assert TOKEN not in text
        for given in (
            "Bearer wrong",
            "Basic !!!",
            f"Basic {base64.b64encode(b'me').decode()}",
            f"Bearer {TOKEN}x",
            "x",
        ):
            assert (await served.get(path, Authorization=given))[0] == 401
        for given in (f"Bearer {TOKEN}", f"bearer {TOKEN}", f"Basic {login}"):
            assert (await served.get(path, Authorization=given))[0] == 200
        status, text, _ = await served.get("/readyz")
        assert (status, text) == (200, "ready\n")


@pytest.mark.asyncio
@pytest.mark.parametrize("given", [b"Bearer \xff\xfe", b"Basic \xff\xff==", b"Basic /w==", b"\xff"])
async def test_a_token_that_is_no_text_is_a_wrong_one(world: World, given: bytes) -> None:
    """Refused like any other: no fault of ours, and nothing for a stranger to fill the log with."""
    async with site(world, TOKEN) as served:
        host, _, port = served.base.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: " + given + b"\r\n\r\n")
        answer = await reader.read()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 401 ")


@pytest.mark.asyncio
async def test_metrics_say_what_the_bot_counted_and_what_the_database_knows(world: World) -> None:
    """A post on its way shows in the queue; delivered, it shows in the latencies of its platform."""
    chat = await world.subscribe()
    async with site(world) as served:
        await world.publish("扩散")
        await world.clock.sleep(90)
        text = (await served.get("/metrics"))[1]
        assert "incoming_queue_wanted 1.0" in text
        assert "incoming_queue_due 1.0" in text
        assert "incoming_queue_age_seconds 90.0" in text
        assert "incoming_posts 1.0" in text
        assert 'incoming_active_chats{platform="telegram"} 1.0' in text
        assert 'incoming_loop_alive{loop="watch"} 1.0' in text
        assert 'incoming_platform_up{platform="telegram"} 1.0' in text
        before = _value(text, 'incoming_delivery_seconds_count{platform="telegram"}')
        sends = _value(text, 'incoming_sends_total{outcome="sent",platform="telegram"}')
        await world.deliver(5)
        assert list((await world.states(chat)).values()) == ["sent"]
        text = (await served.get("/metrics"))[1]
        assert "incoming_queue_wanted 0.0" in text
        assert _value(text, 'incoming_delivery_seconds_count{platform="telegram"}') == before + 1
        assert _value(text, 'incoming_sends_total{outcome="sent",platform="telegram"}') == sends + 1
        again = (await served.get("/metrics"))[1]
        assert _value(again, 'incoming_delivery_seconds_count{platform="telegram"}') == before + 1


@pytest.mark.asyncio
async def test_two_who_read_the_metrics_at_once_count_a_delivery_once(world: World) -> None:
    """It goes into the latencies with the first that reads it."""

    def counted() -> float:
        return count("incoming_delivery_seconds_count", platform="telegram")

    numbers = Numbers(world.store.facts, FakeVitals(), world.clock.now())
    await world.subscribe()
    await world.clock.sleep(1)
    await world.publish("扩散")
    await world.deliver(5)
    before = counted()
    await asyncio.gather(*(numbers.page(world.clock.now()) for _ in range(3)))
    assert counted() - before == 1


@pytest.mark.asyncio
async def test_metrics_count_refusals_for_haste_and_what_is_open(world: World) -> None:
    """A 429 counts beside the retry that it is, another retry does not; an incident counts under its kind."""
    async with world.store.begin() as work:
        await work.open_incident(Sign(Kind.BACKUP, "daily", {}), world.clock.now())
    async with site(world) as served:
        before = _value((await served.get("/metrics"))[1], 'incoming_rate_limited_total{platform="discord"}')
        metrics.sent("discord", Retry("flood", 3.0))
        metrics.sent("discord", Retry("connect"))
        text = (await served.get("/metrics"))[1]
    assert _value(text, 'incoming_rate_limited_total{platform="discord"}') == before + 1
    assert _value(text, 'incoming_sends_total{outcome="retry",platform="discord"}') >= 2
    assert 'incoming_incidents{kind="backup"} 1.0' in text
    assert 'incoming_incidents{kind="disk"} 0.0' in text


def _value(text: str, name: str) -> float:
    return next((float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name)), 0.0)


@pytest.mark.asyncio
async def test_nothing_but_reading_is_answered(world: World) -> None:
    """Other methods and paths are refused, and headers keep a page from being framed, kept or guessed at."""
    async with site(world) as served, aiohttp.ClientSession() as session:
        async with session.post(served.base + "/", data="x") as answer:
            assert answer.status == 405
        status, _, headers = await served.get("/nothing")
        assert status == 404
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["Cache-Control"] == "no-store"
        assert "aiohttp" not in headers["Server"]


@pytest.mark.asyncio
async def test_a_port_that_is_taken_is_named(world: World) -> None:
    """The error says which one, and what to change."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = WebSection(port=taken.getsockname()[1])
        with pytest.raises(ConfigError, match=r"cannot be had.*\[web\] port"):
            async with serve(settings, Site(settings, FakeVitals(), world.store.facts, page, world.clock)):
                pass


@pytest.mark.asyncio
async def test_latency_counts_no_dates_that_mean_nothing() -> None:
    """A post dated years back, or in the future, says nothing about how fast the bot is."""

    def counted() -> float:
        return count("incoming_publish_to_delivered_seconds_count", platform="x")

    seen = timedelta(seconds=20)
    for published in (None, timedelta(days=900), timedelta(seconds=-5), timedelta(seconds=10)):
        metrics.delivered("x", seen, published)
    assert counted() == 0
    metrics.delivered("x", seen, timedelta(minutes=10))
    assert counted() == 1
