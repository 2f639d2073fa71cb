"""The polite feed reader's rules, E1 to E23: simulated days over a real server that logs raw headers.

The rules are those that Rachel Kroll publishes for feed readers, as others have numbered and annotated them. The real
loop, store and HTTP run; only the time is simulated.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import aiosqlite
import pytest
import pytest_asyncio
from aiohttp import web

from bot.core.models import Feed, Trouble
from bot.core.schedule import USUAL, Bounds, held_until
from bot.sources.client import FetchSettings
from bot.sources.http import HttpSource
from bot.store.sqlite import Store
from bot.topics.match import Matcher
from bot.watch import Watch, loop
from tests.clock import START, SimulatedClock
from tests.emulators.blog import Answer, Asked, Blog
from tests.emulators.documents import Entry, rss
from tests.emulators.reader import Reader
from tests.world import World, hurry

NOW = format_datetime(START, usegmt=True)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OLD = Entry("Old", "Written long before, and long enough to be told from others.", path="/old", day=-40)
NEW = Entry("New", "Written now, and long enough to be told from others as well.", path="/new", day=19)
ETAG = ("ETag", '"one"')
MORNING, AFTERNOON = ("".join(f"<hour>{hour}</hour>" for hour in half) for half in (range(12), range(12, 24)))
SYNDICATION = "http://purl.org/rss/1.0/modules/syndication/"


@dataclass
class DatedBlog(Blog):
    """A blog that remembers when each request came."""

    clock: SimulatedClock = field(default_factory=SimulatedClock)
    times: list[datetime] = field(default_factory=list)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.times.append(self.clock.now())
        return await super()._serve(request)


@dataclass
class Days:
    """A watch with its store and a blog, and time that passes."""

    clock: SimulatedClock
    blog: DatedBlog
    store: Store
    path: Path
    source: HttpSource

    async def watch(self, path: str = "/feed.xml", *, interval: float | None = None) -> int:
        """Watch an address."""
        async with self.store.begin() as work:
            feed = Feed(0, path, self.blog.url(path), interval=interval, next_check=self.clock.now())
            return await work.put_feed(feed)

    async def live(self, time: timedelta, bounds: Bounds = USUAL) -> None:
        """Let the loop run for some time."""
        watching = Watch(self.store, self.source, Matcher([]), self.clock, lambda: None, bounds=bounds)
        async with _running(watching):
            await self.clock.sleep(time.total_seconds())

    async def feed(self, number: int = 1) -> Feed:
        """Read a feed."""
        async with self.store.begin() as work:
            feed = await work.feed(number)
        assert feed is not None
        return feed

    async def trouble(self) -> Trouble:
        """Read what is wrong."""
        trouble = (await self.feed()).trouble
        assert trouble is not None
        return trouble

    @property
    def asked(self) -> list[Asked]:
        """Every request so far."""
        return self.blog.requests

    def gaps(self) -> list[timedelta]:
        """Give the times between requests."""
        return [later - earlier for earlier, later in zip(self.blog.times, self.blog.times[1:], strict=False)]

    def conditions(self) -> list[tuple[bytes | None, bytes | None]]:
        """Give the validators of every request."""
        return [(each.header("If-None-Match"), each.header("If-Modified-Since")) for each in self.asked]


@contextlib.asynccontextmanager
async def _running(watching: Watch) -> AsyncIterator[None]:

    task = asyncio.create_task(watching.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def deadline() -> float:
    """Give the real seconds for a look: more than a busy machine needs; tests of silence have their own."""
    return 20.0


@pytest_asyncio.fixture
async def days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deadline: float) -> AsyncIterator[Days]:
    """Open everything."""
    clock = SimulatedClock()
    monkeypatch.setattr(aiosqlite.Connection, "_execute", clock.count(aiosqlite.Connection._execute))
    monkeypatch.setattr(HttpSource, "look", clock.count(HttpSource.look))
    monkeypatch.setattr(loop, "LONGEST_REST", 1e9)
    store = Store(tmp_path / "days.db")
    await store.open()
    await hurry(store)
    settings = FetchSettings(allow_addresses=("127.0.0.0/8",), contact="https://bot.example/about", deadline=deadline)
    try:
        async with DatedBlog(clock=clock) as blog, HttpSource(Reader(), clock, settings) as source:
            yield Days(clock, blog, store, tmp_path / "days.db", source)
    finally:
        await store.close()


def ok(*headers: tuple[str, str], entries: Sequence[Entry] = (OLD,), extra: str = "") -> Answer:
    """Answer with a feed; ``extra`` is XML for its head."""
    body = rss(list(entries)).replace(b"<description>words", extra.encode() + b"<description>words")
    return Answer(200, body, headers)


@pytest.mark.asyncio
async def test_e1_first_contact_is_one_unconditional_get(days: Days) -> None:
    """Exactly one GET, and neither validator is sent: not empty, not made up."""
    days.blog.script("/feed.xml", ok(ETAG))
    await days.watch()
    await days.live(HOUR / 2)
    (first,) = days.asked
    assert first.method == "GET"
    assert days.conditions() == [(None, None)]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("etag", "modified"),
    [
        ('W/"weak"', "Sat, 24 Jan 2026 08:00:00 GMT"),
        ("no-quotes-at-all", "Saturday, 24-Jan-26 08:00:00 GMT"),
        ('"two" "pieces"', "2026-01-24T08:00:00+08:00"),
        ('""', "Thu, 01 Jan 1970 00:00:00 GMT"),
        ('"ü"', "yesterday"),
    ],
)
async def test_e2_validators_come_back_byte_for_byte(days: Days, etag: str, modified: str) -> None:
    """Whatever a server calls its document, it hears the same again, for days."""
    days.blog.script("/feed.xml", ok(("ETag", etag), ("Last-Modified", modified)), Answer(304))
    await days.watch()
    await days.live(2 * DAY)
    assert len(days.asked) > 3
    assert set(days.conditions()[1:]) == {(etag.encode(), modified.encode())}


@pytest.mark.asyncio
async def test_e2_a_date_that_goes_back_is_taken_as_it_is(days: Days) -> None:
    """A document restored from a copy is older than the one before: its date comes back, not the latest one seen."""
    days.blog.script(
        "/feed.xml",
        ok(("Last-Modified", "Sat, 24 Jan 2026 08:00:00 GMT")),
        ok(("Last-Modified", "Thu, 01 Jan 2015 08:00:00 GMT"), entries=(NEW, OLD)),
        Answer(304),
    )
    await days.watch()
    await days.live(2 * DAY)
    assert {condition for _, condition in days.conditions()[2:]} == {b"Thu, 01 Jan 2015 08:00:00 GMT"}


@pytest.mark.asyncio
async def test_e3_both_validators_come_from_one_answer(days: Days) -> None:
    """A 200 replaces them as a set: one that is no longer sent is dropped; a 304 renews those that it names."""
    days.blog.script(
        "/feed.xml",
        ok(("ETag", '"a"'), ("Last-Modified", "then")),
        Answer(304, headers=(("ETag", '"b"'),)),
        ok(("Last-Modified", "later"), entries=(NEW, OLD)),
        Answer(304),
    )
    await days.watch()
    await days.live(2 * DAY)
    assert days.conditions()[:4] == [(None, None), (b'"a"', b"then"), (b'"b"', b"then"), (None, b"later")]


@pytest.mark.asyncio
async def test_e4_a_touched_document_brings_new_validators(days: Days) -> None:
    """The same bytes under new validators are nothing new, and the new validators are used."""
    days.blog.script("/feed.xml", ok(("ETag", '"1"')), ok(("ETag", '"2"')), Answer(304))
    await days.watch()
    await days.live(DAY)
    assert [condition for condition, _ in days.conditions()[:3]] == [None, b'"1"', b'"2"']


BAD = {
    "429": Answer(429, headers=(("ETag", '"error"'),)),
    "503": Answer(503, b"down", (("Last-Modified", "now"),)),
    "404": Answer(404),
    "timeout": Answer(200, delay=1.5),
    "reset": Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<rss"),
    "no feed": Answer(200, b"<!doctype html><p>Captive portal", (("ETag", '"portal"'),)),
    "broken": Answer(200, b"<rss><channel><<<", (("ETag", '"broken"'),)),
    "binary": Answer(200, b"\x89PNG\r\n\x1a\n\x00\x00", (("ETag", '"png"'),)),
}


@pytest.mark.asyncio
@pytest.mark.parametrize(("name", "deadline"), [(name, 1.0 if name == "timeout" else 20.0) for name in BAD])
async def test_e5_e6_a_failure_changes_no_validators(days: Days, name: str) -> None:
    """After a refusal, a silence or a document that cannot be read, the request is as conditional as before."""
    days.blog.script("/feed.xml", ok(ETAG), BAD[name], Answer(304))
    await days.watch()
    await days.live(2 * DAY)
    assert len(days.asked) >= 3
    assert {condition for condition, _ in days.conditions()[1:]} == {b'"one"'}
    assert (await days.feed()).trouble is None


@pytest.mark.asyncio
async def test_e7_validators_never_grow_old(days: Days) -> None:
    """Two months of 304 are two months of conditional requests."""
    days.blog.script("/feed.xml", ok(ETAG), Answer(304))
    await days.watch()
    await days.live(60 * DAY)
    assert len(days.asked) > 200
    assert {condition for condition, _ in days.conditions()[1:]} == {b'"one"'}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        ("7200", 2 * HOUR, 6 * HOUR),
        (format_datetime(START + 3 * DAY, usegmt=True), 3 * DAY - HOUR, 4 * DAY),
        (format_datetime(START - 3 * DAY, usegmt=True), HOUR, 6 * HOUR),
        ("soon, I hope", HOUR, 6 * HOUR),
        ("-5", HOUR, 6 * HOUR),
        ("315360000", 31 * DAY, 32 * DAY),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
async def test_e8_retry_after_is_waited_out(
    days: Days, status: int, value: str, least: timedelta, most: timedelta
) -> None:
    """Seconds or a date are waited out; nonsense counts as not said; ten years are a month. Restarts do not matter."""
    days.blog.script("/feed.xml", Answer(status, headers=(("Retry-After", value),)), ok(ETAG), Answer(304))
    await days.watch()
    await days.live(min(least / 2, DAY))
    assert len(days.asked) == 1
    held = held_until(await days.feed())
    assert (held is not None) == (least > HOUR or "2026" in value)
    await days.live(most)
    assert least <= days.gaps()[0] <= most


@pytest.mark.asyncio
async def test_e8_what_one_feed_is_told_holds_for_its_whole_host(days: Days) -> None:
    """Ten feeds that are due together: the first is told to wait, and nine ask nothing before that time either."""
    busy = Answer(429, b"", (("Retry-After", "7200"),))
    for number in range(10):
        days.blog.script(f"/{number}", busy, ok())
        await days.watch(f"/{number}")
    await days.live(timedelta(minutes=1))
    feeds = [await days.feed(number + 1) for number in range(10)]
    assert {feed.trouble and feed.trouble.name for feed in feeds} == {"rate_limited"}
    assert all(feed.next_check >= START + 2 * HOUR for feed in feeds)
    await days.live(timedelta(minutes=118))
    assert len(days.asked) == 1
    for number in range(10):
        days.blog.script(f"/{number}", ok())
    await days.live(DAY)
    assert {each.path for each in days.asked} == {f"/{number}" for number in range(10)}


@pytest.mark.asyncio
async def test_e9_a_bare_429_slows_down(days: Days) -> None:
    """Too often, and no word on how long: four times the usual wait, then more."""
    days.blog.script("/feed.xml", Answer(429))
    await days.watch()
    await days.live(2 * DAY)
    assert days.gaps()[0] >= 4 * HOUR
    assert days.gaps()[1] >= 8 * HOUR


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ((("Cache-Control", "max-age=86400"),), DAY, 1.2 * DAY),
        ((("Date", NOW), ("Expires", format_datetime(START + DAY, usegmt=True))), DAY, 1.2 * DAY),
        ((("Cache-Control", "no-cache, max-age=315360000"),), HOUR, 6.7 * HOUR),
        ((("Cache-Control", "max-age=315360000"),), 31 * DAY, 35 * DAY),
        ((("Cache-Control", "max-age=60"),), HOUR, 6.7 * HOUR),
    ],
)
async def test_e10_freshness_is_believed_within_reason(
    days: Days, headers: tuple[tuple[str, str], ...], least: timedelta, most: timedelta
) -> None:
    """What the server calls fresh is not asked for again; "no-cache" revokes that, and a month is the most."""
    days.blog.script("/feed.xml", ok(ETAG, *headers), Answer(304))
    await days.watch()
    await days.live(most)
    assert least <= days.gaps()[0] <= most


@pytest.mark.asyncio
async def test_e11_a_quiet_blog_is_asked_less_and_a_new_post_resets_that(days: Days) -> None:
    """A week of silence stretches the hour to six; a new post brings the hour back."""
    days.blog.script("/feed.xml", ok(ETAG), Answer(304))
    await days.watch()
    await days.live(14 * DAY)
    quiet = days.gaps()[-1]
    assert quiet >= 4 * HOUR
    days.blog.script("/feed.xml", ok(("ETag", '"two"'), entries=(NEW, OLD)), Answer(304))
    before = len(days.asked)
    await days.live(DAY)
    assert days.gaps()[before] <= 1.2 * HOUR
    assert (await days.feed()).last_new is not None


@pytest.mark.asyncio
@pytest.mark.parametrize(("quiet", "least", "most"), [(1, 2.0, 2.2), (14, 3.0, 3.3)])
async def test_e11_the_operators_bounds_are_kept(days: Days, quiet: int, least: float, most: float) -> None:
    """Asked for two hours at least and three at most, a blog that just wrote has two, and a silent one three."""
    new = Entry("New", "Written yesterday, and long enough to be told from others.", path="/new", day=20 - quiet)
    days.blog.script("/feed.xml", ok(ETAG, entries=[new]), Answer(304))
    await days.watch()
    await days.live(DAY / 2, Bounds(floor=2 * HOUR.total_seconds(), ceiling=3 * HOUR.total_seconds()))
    assert len(days.gaps()) > 2
    assert all(least * HOUR <= gap <= most * HOUR for gap in days.gaps())


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("wish", "least", "most"),
    [
        ("<ttl>720</ttl>", 12 * HOUR, 14 * HOUR),
        ("<ttl>100000</ttl>", DAY, 1.2 * DAY),
        (f"<skipHours>{AFTERNOON}</skipHours>", 12 * HOUR, 19 * HOUR),
        ("<skipDays><day>Tuesday</day><day>Wednesday</day></skipDays>", 36 * HOUR, 43 * HOUR),
        (f"<skipHours>{MORNING}{AFTERNOON}</skipHours>", HOUR, 6.7 * HOUR),
        ("<ttl>soon</ttl>", HOUR, 6.7 * HOUR),
        (f'<sy:updatePeriod xmlns:sy="{SYNDICATION}">yearly</sy:updatePeriod>', HOUR, 6.7 * HOUR),
    ],
)
async def test_e12_the_feeds_own_wishes(days: Days, wish: str, least: timedelta, most: timedelta) -> None:
    """The start is a Tuesday noon: ttl, skipHours and skipDays hold within bounds; updatePeriod does not."""
    days.blog.script("/feed.xml", ok(ETAG, extra=wish), Answer(304))
    await days.watch()
    await days.live(most)
    assert least <= days.gaps()[0] <= most


@pytest.mark.asyncio
@pytest.mark.parametrize(("headers", "least"), [((), DAY), ((ETAG,), HOUR)])
async def test_e13_an_hour_between_conditional_requests_and_a_day_between_others(
    days: Days, headers: tuple[tuple[str, str], ...], least: timedelta
) -> None:
    """However lively a blog is: with validators once an hour, without them once a day."""
    lively = [Entry(f"Post {day}", f"What was said on day {day}.", path=f"/{day}", day=day) for day in range(19, 0, -1)]
    days.blog.script("/feed.xml", ok(*headers, entries=lively), *[Answer(304)] * bool(headers))
    await days.watch()
    await days.live(5 * DAY)
    assert least <= min(days.gaps()) <= 1.2 * least


@pytest.mark.asyncio
async def test_e14_one_host_is_asked_one_at_a_time(days: Days) -> None:
    """Eight feeds on one host never meet there."""
    for number in range(8):
        days.blog.script(f"/{number}.xml", Answer(200, ok().body, delay=0.01))
        await days.watch(f"/{number}.xml")
    await days.live(HOUR / 2)
    assert len(days.asked) == 8
    assert days.blog.together == 1


@pytest.mark.asyncio
async def test_e15_restarts_ask_nothing(days: Days) -> None:
    """Fifty starts within an hour, also after a refusal, make no request: what is due stands in the database."""
    days.blog.script("/feed.xml", ok(ETAG), Answer(304))
    days.blog.script("/down.xml", Answer(503))
    await days.watch()
    await days.watch("/down.xml")
    while None in [(await days.feed(number)).last_check for number in (1, 2)]:
        # The simulated minute of a slow machine may end before its answer is there; that look was none.
        await days.live(timedelta(minutes=1))
    asked = len(days.asked)
    for _ in range(50):
        await days.live(timedelta(minutes=1))
    assert len(days.asked) == asked


@pytest.mark.asyncio
async def test_e16_e17_nothing_but_the_feed_is_asked_for(days: Days) -> None:
    """Only GETs of the very address, its query as it was written, by a product with version and contact."""
    days.blog.script("/feed.xml", ok(ETAG), Answer(304))
    await days.watch("/feed.xml?a=1&b=%E4%B8%AD&c")
    await days.live(3 * DAY)
    assert {(each.method, each.path) for each in days.asked} == {("GET", "/feed.xml?a=1&b=%E4%B8%AD&c")}
    (agent,) = {each.header("User-Agent") for each in days.asked}
    assert agent is not None
    assert agent.startswith(b"Incoming/")
    assert b"+https://bot.example/about" in agent


@pytest.mark.asyncio
async def test_e18_what_is_no_feed_is_trouble_with_a_word_on_it(days: Days) -> None:
    """Something else than a feed is named with its first words, and reaches nobody but the operator."""
    days.blog.script("/feed.xml", Answer(200, b"Welcome to the hotel! Please log in."))
    number = await days.watch()
    world = World(days.store, days.clock, None, Matcher([]), number)  # type: ignore[arg-type]  # nothing is sent
    chat = await world.subscribe()
    await days.live(HOUR / 2)
    trouble = await days.trouble()
    assert trouble.name == "not_a_feed"
    assert "Welcome to the hotel" in trouble.cause
    assert await world.states(chat) == {}


@pytest.mark.asyncio
async def test_e19_failures_are_asked_less_and_less(days: Days) -> None:
    """The wait doubles up to a day; after a month the feed sleeps, and is asked once a week."""
    days.blog.script("/feed.xml", Answer(500))
    await days.watch()
    await days.live(70 * DAY)
    gaps = days.gaps()
    assert gaps[:4] == sorted(gaps[:4])
    assert gaps[3] >= 8 * HOUR
    assert max(gaps[:20]) <= 1.2 * DAY
    assert gaps[-1] >= 7 * DAY
    assert len(gaps) < 50


@pytest.mark.asyncio
async def test_e19_what_is_gone_is_asked_no_more(days: Days) -> None:
    """410 says that there will be nothing: three years bring no second request."""
    days.blog.script("/feed.xml", Answer(410))
    await days.watch()
    await days.live(3 * 365 * DAY)
    assert len(days.asked) == 1
    assert (await days.trouble()).name == "gone"


def sent_on(status: int, path: str) -> Answer:
    """Answer that it is elsewhere."""
    return Answer(status, headers=(("Location", path),))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("hops", "kept"),
    [((301,), "/1"), ((308, 301), "/2"), ((302,), "/0"), ((307, 301), "/0"), ((301, 302), "/1"), ((303,), "/0")],
)
async def test_e20_only_permanent_moves_are_kept(days: Days, hops: tuple[int, ...], kept: str) -> None:
    """Of a chain that ends in a feed twice, the permanent beginning is kept; what is temporary never."""
    for number, status in enumerate(hops):
        days.blog.script(f"/{number}", sent_on(status, f"/{number + 1}"))
    days.blog.script(f"/{len(hops)}", ok(ETAG), Answer(304))
    await days.watch("/0")
    await days.live(HOUR / 2)
    assert (await days.feed()).url == days.blog.url("/0")
    await days.live(DAY)
    assert (await days.feed()).url == days.blog.url(kept)


@pytest.mark.asyncio
async def test_e20_a_chain_that_ends_badly_moves_nothing(days: Days) -> None:
    """A login page that redirects everything once is not where the blog lives now."""
    days.blog.script("/feed.xml", sent_on(301, "/login"), ok(ETAG), Answer(304))
    days.blog.script("/login", Answer(200, b"<!doctype html><p>Log in"))
    await days.watch()
    await days.live(2 * DAY)
    feed = await days.feed()
    assert feed.url == days.blog.url("/feed.xml")
    assert feed.trouble is None


@pytest.mark.asyncio
async def test_e20_a_move_that_is_taken_back_loses_nobody(days: Days) -> None:
    """Where the new place is given up, the address that was asked for leads on; what was seen is not news."""
    days.blog.script("/feed.xml", sent_on(301, "/new"))
    days.blog.script("/new", ok(ETAG), Answer(304))
    await days.watch()
    await days.live(DAY)
    assert (await days.feed()).url == days.blog.url("/new")
    days.blog.script("/new", Answer(404))
    days.blog.script("/feed.xml", ok(ETAG), Answer(304))
    await days.live(3 * DAY)
    feed = await days.feed()
    assert (feed.url, feed.trouble, feed.last_new) == (days.blog.url("/feed.xml"), None, None)


@pytest.mark.asyncio
async def test_e20_a_page_whose_feed_moved_is_asked_again(days: Days) -> None:
    """A blog that is watched by its own address may change its feed's."""

    def naming(feed: str) -> Answer:
        head = f'<!doctype html><link rel="alternate" type="application/rss+xml" href="{feed}"><p>A blog'
        return Answer(200, head.encode(), (("Content-Type", "text/html"),))

    days.blog.script("/", naming("/rss"))
    days.blog.script("/rss", ok(ETAG), Answer(304))
    await days.watch("/")
    await days.live(DAY)
    assert (await days.feed()).url == days.blog.url("/rss")
    days.blog.script("/", naming("/atom"))
    days.blog.script("/rss", Answer(404))
    days.blog.script("/atom", ok(ETAG), Answer(304))
    await days.live(3 * DAY)
    feed = await days.feed()
    assert (feed.url, feed.trouble, feed.last_new) == (days.blog.url("/atom"), None, None)


@pytest.mark.asyncio
async def test_e21_gzip_is_offered_and_read(days: Days) -> None:
    """Compression is asked for, and what comes compressed is read."""
    days.blog.script("/feed.xml", Answer(200, gzip.compress(ok().body), (("Content-Encoding", "gzip"),)))
    await days.watch()
    await days.live(HOUR / 2)
    assert b"gzip" in (days.asked[0].header("Accept-Encoding") or b"")
    assert (await days.feed()).baseline


@pytest.mark.asyncio
async def test_e22_no_cookies_and_no_referrer(days: Days) -> None:
    """Cookies that are set, by a redirect too, never come back; nobody hears where a request came from."""
    cookie = ("Set-Cookie", "id=1; Path=/")
    days.blog.script("/feed.xml", Answer(302, headers=(("Location", "/there"), cookie)))
    days.blog.script("/there", ok(ETAG, cookie), Answer(304, headers=(cookie,)))
    await days.watch()
    await days.live(2 * DAY)
    assert len(days.asked) > 4
    assert not [each for each in days.asked if each.header("Cookie") or each.header("Referer")]


@pytest.mark.asyncio
async def test_e23_many_chats_are_one_request(days: Days) -> None:
    """A hundred chats on one address cost the blog what one costs, and each gets the new post."""
    days.blog.script("/feed.xml", ok(ETAG), ok(("ETag", '"two"'), entries=(NEW, OLD)), Answer(304))
    number = await days.watch()
    world = World(days.store, days.clock, None, Matcher([]), number)  # type: ignore[arg-type]  # nothing is sent
    chats = [await world.subscribe(str(place)) for place in range(100)]
    await days.live(8 * HOUR)
    assert len(days.asked) >= 2
    assert min(days.gaps()) >= HOUR
    assert [list((await world.states(chat)).values()) for chat in (chats[0], chats[-1])] == [["wanted"], ["wanted"]]


def test_every_rule_is_tested() -> None:
    """E1 to E23: none is left out."""
    tests = [name for name in globals() if name.startswith("test_e")]
    named = {int(number) for name in tests for number in re.findall(r"_e(\d+)(?=_)", name)}
    assert named == set(range(1, 24))
