"""E8 and E14 at every hop: feeds of many hosts that redirect to one, as a feed service's customers do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest
import pytest_asyncio
from yarl import URL

from bot.core.models import Failed, Feed, Fetched, FetchInfo, Look, Validators
from bot.sources import client
from bot.sources import hosts as hosts_module
from bot.sources.client import FetchSettings
from bot.sources.headers import DAY
from bot.sources.http import HttpSource
from tests.clock import START, SimulatedClock
from tests.emulators.blog import Answer, Blog
from tests.emulators.documents import Entry, rss
from tests.emulators.reader import Reader

FEED = rss([Entry("Old", "Written long before, and long enough to be told from others.", path="/old")])
MANY = 5


@dataclass
class Hosts:
    """A feed service, and blogs of hosts of their own that send on to it."""

    clock: SimulatedClock
    service: Blog
    blogs: list[Blog]
    source: HttpSource

    async def look(self, blog: Blog) -> Look:
        """Look at a blog's feed."""
        return await self.source.look(Feed(id=1, name="f", url=blog.url("/feed")))


@pytest_asyncio.fixture
async def hosts(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hosts]:
    """Open them. Ports stand for hosts, and this machine for the public internet."""
    monkeypatch.setattr(client, "socket_factory", lambda _: None)
    monkeypatch.setattr(client, "_check_port", lambda *_, **__: None)
    clock = SimulatedClock()
    async with AsyncExitStack() as stack:
        service, *blogs = [await stack.enter_async_context(Blog()) for _ in range(MANY + 1)]
        for number, blog in enumerate(blogs):
            blog.script("/feed", Answer(302, headers=(("Location", service.url(f"/{number}")),)))
        source = await stack.enter_async_context(HttpSource(Reader(), clock, FetchSettings(deadline=20)))
        yield Hosts(clock, service, blogs, source)


@pytest.mark.asyncio
async def test_e14_where_redirects_lead_is_asked_one_at_a_time(hosts: Hosts) -> None:
    """Blogs of many hosts that send on to one never meet there."""
    for number in range(MANY):
        hosts.service.script(f"/{number}", Answer(200, FEED, delay=0.03))
    looks = await asyncio.gather(*map(hosts.look, hosts.blogs))
    assert {type(look) for look in looks} == {Fetched}
    assert hosts.service.together == 1


@pytest.mark.asyncio
async def test_e14_who_waits_for_one_host_keeps_no_other_waiting(hosts: Hosts) -> None:
    """Two hosts that send on to each other: neither look waits for the other's end."""
    one, other = hosts.blogs[:2]
    one.script("/feed", Answer(302, headers=(("Location", other.url("/end")),), delay=0.03))
    other.script("/feed", Answer(302, headers=(("Location", one.url("/end")),), delay=0.03))
    for blog in (one, other):
        blog.script("/end", Answer(200, FEED))
    looks = await asyncio.wait_for(asyncio.gather(hosts.look(one), hosts.look(other)), 10)
    assert {type(look) for look in looks} == {Fetched}


@pytest.mark.asyncio
async def test_waiting_for_a_turn_counts_for_no_deadline(monkeypatch: pytest.MonkeyPatch, hosts: Hosts) -> None:
    """A slow server is given up at its own deadline, and whoever waited for it has the whole time."""
    monkeypatch.setattr(hosts.source._client, "_settings", FetchSettings(deadline=2.0))
    for number in range(MANY):
        hosts.service.script(f"/{number}", Answer(200, FEED, delay=0.5))
    looks = await asyncio.gather(*map(hosts.look, hosts.blogs))
    assert {type(look) for look in looks} == {Fetched}


@pytest.mark.asyncio
async def test_the_deadline_is_one_for_all_hops(monkeypatch: pytest.MonkeyPatch, hosts: Hosts) -> None:
    """Five redirects of a while each are too long, though none of them is."""
    monkeypatch.setattr(hosts.source._client, "_settings", FetchSettings(deadline=0.3))
    (one, *_) = hosts.blogs
    for number in range(4):
        one.script(f"/{number}", Answer(302, headers=(("Location", f"/{number + 1}"),), delay=0.2))
    one.script("/feed", Answer(302, headers=(("Location", "/0"),)))
    one.script("/4", Answer(200, FEED))
    look = await hosts.look(one)
    assert isinstance(look, Failed)
    assert look.name == "timeout"


@pytest.mark.asyncio
async def test_e8_who_says_wait_is_left_alone_by_all_that_lead_there(hosts: Hosts) -> None:
    """A Retry-After behind a redirect holds for the host that said it, and not for the one that sent us on."""
    one, other = hosts.blogs[:2]
    hosts.service.script("/0", Answer(429, headers=(("Retry-After", "7200"),)), Answer(200, FEED))
    hosts.service.script("/1", Answer(200, FEED))
    other.script("/own", Answer(200, FEED))
    for blog in (one, other):
        look = await hosts.look(blog)
        assert isinstance(look, Failed)
        assert (look.name, look.info.retry_after) == ("rate_limited", 7200)
    assert [each.path for each in hosts.service.requests] == ["/0"]
    assert isinstance(await hosts.source.look(Feed(id=2, name="g", url=other.url("/own"))), Fetched)
    await hosts.clock.sleep(7201)
    assert isinstance(await hosts.look(other), Fetched)


def test_e8_others_of_a_host_are_held_for_a_day_at_most() -> None:
    """Ten years were said to one feed; the others of its host did nothing. Encrypted or not, it is one host."""
    asked = hosts_module.Hosts(SimulatedClock())
    asked.hold(URL("https://Blog.example./one"), 3650 * DAY)
    for url in ("https://blog.example/two", "http://blog.example:80/"):
        rest = asked.rest(URL(url))
        assert rest is not None
        assert rest.retry_after == DAY
    assert asked.rest(URL("https://other.example/")) is asked.rest(URL("https://blog.example:8443/")) is None


def test_e8_a_clock_that_is_set_back_makes_no_rest_longer() -> None:
    """An hour was asked for while the clock was years ahead: nobody leaves the host alone for years."""
    asked, url = hosts_module.Hosts(SimulatedClock()), URL("https://blog.example/one")
    asked.hold(url, 3600)
    asked._clock = SimulatedClock(START - timedelta(days=3650))
    assert asked.rest(url) is None


@pytest.mark.asyncio
async def test_credentials_in_a_redirect_go_nowhere(hosts: Hosts) -> None:
    """They are not sent, and the address that is kept has none of them."""
    (one, *_) = hosts.blogs
    target = hosts.service.url("/there").replace("//", "//user:secret@")
    one.script("/feed", Answer(301, headers=(("Location", target),)))
    hosts.service.script("/there", Answer(200, FEED))
    look = await hosts.look(one)
    assert isinstance(look, Fetched)
    assert look.info.url == hosts.service.url("/there")
    assert [each.header("Authorization") for each in hosts.service.requests] == [None]


@pytest.mark.asyncio
async def test_a_proxy_of_the_environment_is_nobodys_wish(monkeypatch: pytest.MonkeyPatch, hosts: Hosts) -> None:
    """It would be told all addresses, and would reach inner ones: only the configuration names a proxy."""
    dead = "http://127.0.0.1:9"
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, dead)
    hosts.service.script("/0", Answer(200, FEED))
    assert isinstance(await hosts.look(hosts.blogs[0]), Fetched)


@pytest.mark.asyncio
@pytest.mark.parametrize(("begin", "end", "lasts"), [("http", "https", True), ("https", "http", False)])
async def test_a_move_that_gives_encryption_up_does_not_last(
    begin: str, end: str, monkeypatch: pytest.MonkeyPatch, *, lasts: bool
) -> None:
    """E20: whoever can change what goes in clear could keep a feed there for good."""
    first, last = URL(f"{begin}://blog.example/feed"), URL(f"{end}://blog.example/feed")

    async def hop(
        _: client.Client, url: URL, __: Validators, moved: str | None, *, own: bool
    ) -> client.Document | tuple[int, URL]:
        del own
        return (301, last) if url == first else client.Document(FetchInfo(200, url=moved), str(url), body=FEED)

    monkeypatch.setattr(client.Client, "_hop", hop)
    async with HttpSource(Reader(), SimulatedClock()) as source:
        look = await source.look(Feed(id=1, name="f", url=str(first)))
    assert isinstance(look, Fetched)
    assert look.info.url == (str(last) if lasts else None)
