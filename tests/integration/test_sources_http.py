"""One look at a feed over real HTTP, with the reading replaced by a double: politeness and transport."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from bot import __version__
from bot.core.models import (
    RECOGNISED,
    Failed,
    Feed,
    FeedKind,
    Fetched,
    Look,
    NotModified,
    Remembered,
    Selectors,
    Sighting,
    Validators,
)
from bot.core.ports import Event
from bot.core.trouble import TroubleName
from bot.sources import client
from bot.sources.client import FetchSettings
from bot.sources.document import Parsed, Unreadable
from bot.sources.http import HttpSource
from bot.sources.inflate import unpacked
from bot.sources.packing import PLAIN, Packing
from tests.emulators.blog import Answer, Blog

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BODY = b"<rss><channel><title>T</title></channel></rss>"


def gz(body: bytes) -> bytes:
    """Pack without a time in it: tests are named by what they are given, and each worker must find the same ones."""
    return gzip.compress(body, mtime=0)


ODD = (("ETag", 'W/"a\\b, c"'), ("Last-Modified", "Thu, 31-Feb-2019 25:00:00 CEST"))


class Clock:
    """It is always the same moment."""

    def now(self) -> datetime:
        """Give that moment."""
        return NOW

    async def sleep(self, seconds: float) -> None:
        """Do not wait."""
        await asyncio.sleep(0)

    async def wait(self, event: Event, seconds: float) -> bool:
        """Do not wait."""
        return True


@dataclass
class Reader:
    """Notes what it is given and finds one entry in everything but what begins with ``bad``."""

    read: list[tuple[bytes, str, str]] = field(default_factory=list)

    async def parse(
        self,
        body: bytes,
        content_type: str = "",
        url: str = "",
        known: Iterable[str] = (),
        *,
        kind: FeedKind = FeedKind.FEED,
        selectors: Selectors = RECOGNISED,
        packing: Packing = PLAIN,
    ) -> Parsed | Unreadable:
        """Read."""
        document = unpacked(body, packing)
        if isinstance(document, Unreadable):
            return document
        self.read.append((document, content_type, url))
        if document.startswith(b"bad"):
            return Unreadable("not_a_feed", "it is bad")
        return Parsed((Sighting(guid="1", title="one"),), title="T")


@dataclass
class Desk:
    """A blog, a reader and a way to look."""

    blog: Blog
    reader: Reader
    source: HttpSource

    async def look(self, path: str = "/feed.xml", **changes: Any) -> Look:
        """Look at a path of the blog."""
        feed = Feed(id=1, name="f", url=self.blog.url(path))
        return await self.source.look(replace(feed, **changes))


@asynccontextmanager
async def desk(**settings: Any) -> AsyncIterator[Desk]:
    """Set everything up, with some settings of the fetch."""
    reader = Reader()
    chosen = FetchSettings(**({"allow_addresses": ("127.0.0.0/8",), "contact": "https://example.org/bot"} | settings))
    async with Blog() as blog, HttpSource(reader, Clock(), chosen) as source:
        yield Desk(blog, reader, source)


@pytest_asyncio.fixture
async def at() -> AsyncIterator[Desk]:
    """Set everything up as usual."""
    async with desk() as made:
        yield made


def name_of(look: Look) -> str:
    """Give the name of a failure."""
    assert isinstance(look, Failed)
    return look.name


@pytest.mark.asyncio
async def test_first_contact_is_one_bare_get(at: Desk) -> None:
    """E1, E16: a first look is exactly one GET without conditions or an invented query."""
    at.blog.publish("/feed.xml", BODY)
    await at.look()
    (asked,) = at.blog.requests
    assert (asked.method, asked.path) == ("GET", "/feed.xml")
    assert asked.header("If-None-Match") is None
    assert asked.header("If-Modified-Since") is None


@pytest.mark.asyncio
async def test_validators_come_back_byte_for_byte(at: Desk) -> None:
    """E2: odd quotes, weak marks and impossible dates are echoed as they were sent."""
    at.blog.script("/feed.xml", Answer(200, BODY, ODD), Answer(304))
    first = await at.look()
    assert isinstance(first, Fetched)
    await at.look(validators=first.info.validators)
    assert at.blog.requests[1].header("If-None-Match") == ODD[0][1].encode()
    assert at.blog.requests[1].header("If-Modified-Since") == ODD[1][1].encode()


@pytest.mark.asyncio
async def test_validators_are_replaced_as_a_set(at: Desk) -> None:
    """E3: a validator that a new 200 no longer has is dropped."""
    at.blog.script("/feed.xml", Answer(200, BODY, (("Last-Modified", "yesterday"),)))
    look = await at.look(validators=Validators('"old"', "before"))
    assert isinstance(look, Fetched)
    assert look.info.validators == Validators(None, "yesterday")


@pytest.mark.asyncio
async def test_a_304_updates_what_it_names(at: Desk) -> None:
    """E3: a 304's own validator replaces the old one, the other one stays (RFC 9111)."""
    at.blog.script("/feed.xml", Answer(304, b"", (("ETag", '"new"'),)))
    look = await at.look(validators=Validators('"old"', "before"))
    assert isinstance(look, NotModified)
    assert look.info.validators == Validators('"new"', "before")


@pytest.mark.asyncio
async def test_same_bytes_with_new_validators_are_not_modified(at: Desk) -> None:
    """E4: a touched file is not read again, and its new validators are stored."""
    at.blog.script("/feed.xml", Answer(200, BODY, (("ETag", '"1"'),)), Answer(200, BODY, (("ETag", '"2"'),)))
    first = await at.look()
    assert isinstance(first, Fetched)
    again = await at.look(body_hash=first.body_hash, validators=first.info.validators)
    assert isinstance(again, NotModified)
    assert again.info.validators.etag == '"2"'
    assert len(at.reader.read) == 1


class Two:
    """``core.ports.Memory`` of a document with two entries."""

    async def slices(self) -> Remembered:
        """Give both."""
        pairs = [(number, Sighting(name, slice=name)) for number, name in enumerate("ab", 1)]
        return Remembered(Remembered().renewed((), pairs))

    async def knows(self, sightings: Sequence[Sighting]) -> bool:
        """Know them."""
        return True

    async def news(self, sightings: Sequence[Sighting]) -> Sequence[Sighting]:
        """Announce nothing."""
        return ()


@pytest.mark.asyncio
@pytest.mark.parametrize(("shown", "look"), [("ab", NotModified), ("ba", NotModified), ("a", Fetched)])
async def test_other_bytes_with_the_same_entries_are_not_modified(
    at: Desk, shown: str, look: type[Look], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new build date is nothing new; an entry that is gone is, though all that are left were there before."""

    async def parse(*_: object, **__: object) -> Parsed:
        return Parsed(known=tuple(enumerate(shown)))

    monkeypatch.setattr(at.reader, "parse", parse)
    at.blog.publish("/feed.xml", BODY)
    found = await at.source.look(Feed(id=1, name="f", url=at.blog.url("/feed.xml")), Two())
    assert type(found) is look


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("status", "name"),
    [
        (204, "bad_status"),
        (300, "bad_status"),
        (401, "unauthorized"),
        (403, "forbidden"),
        (404, "not_found"),
        (418, "client_error"),
        (429, "rate_limited"),
        (451, "forbidden"),
        (500, "server_error"),
        (503, "server_error"),
    ],
)
async def test_statuses_have_names(at: Desk, status: int, name: str) -> None:
    """E5: each refusal is a Failed with a stable name and no validators of its own."""
    at.blog.script("/feed.xml", Answer(status, b"", (("ETag", '"error page"'),)))
    look = await at.look(validators=Validators('"kept"'))
    assert isinstance(look, Failed)
    assert (look.name, look.info.status, look.gone) == (name, status, False)
    assert look.info.validators == Validators()


@pytest.mark.asyncio
async def test_gone_says_so(at: Desk) -> None:
    """E19: a 410 asks to stop."""
    at.blog.script("/feed.xml", Answer(410))
    look = await at.look()
    assert isinstance(look, Failed)
    assert (look.name, look.gone) == (TroubleName.GONE, True)


@pytest.mark.asyncio
async def test_an_unconditional_304_is_an_error(at: Desk) -> None:
    """A 304 to a request without conditions says nothing, so it does not count as unchanged."""
    at.blog.script("/feed.xml", Answer(304))
    assert name_of(await at.look()) == "bad_status"


@pytest.mark.asyncio
async def test_a_bad_document_leaves_no_validators(at: Desk) -> None:
    """E6: what could not be read is asked for again, not called "not modified" for ever."""
    at.blog.script("/feed.xml", Answer(200, b"bad", (("ETag", '"bad"'),)))
    look = await at.look()
    assert isinstance(look, Failed)
    assert look.info.validators == Validators()
    assert look.cause == "it is bad"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("Sun, 01 Mar 2026 12:10:00 GMT", 600.0),
        ("Sun, 01 Mar 2020 12:10:00 GMT", 0.0),
        ("315360000", 31 * 86400.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
async def test_retry_after(at: Desk, value: str, seconds: float | None) -> None:
    """E8: seconds, dates, the past, nonsense and ten years are understood and clamped."""
    at.blog.script("/feed.xml", Answer(503, b"", (("Retry-After", value),)))
    look = await at.look()
    assert look.info.retry_after == seconds


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ((("Cache-Control", "public, max-age=7200"),), 7200.0),
        ((("Cache-Control", 'max-age="7200"'), ("Age", "200")), 7000.0),
        ((("Cache-Control", "no-cache, max-age=315360000"),), None),
        ((("Cache-Control", "max-age=315360000"),), 31 * 86400.0),
        ((("Expires", "Sun, 01 Mar 2026 13:00:00 GMT"), ("Date", "Sun, 01 Mar 2026 12:30:00 GMT")), 1800.0),
        ((("Expires", "0"),), None),
        ((("Cache-Control", "max-age=tomorrow"), ("Expires", "Sun, 01 Mar 2030 13:00:00 GMT")), None),
    ],
)
async def test_freshness(at: Desk, headers: tuple[tuple[str, str], ...], seconds: float | None) -> None:
    """E10: max-age and Expires are read, nonsense is not, and a month is the most."""
    at.blog.script("/feed.xml", Answer(200, BODY, headers))
    look = await at.look()
    assert look.info.max_age == seconds


@pytest.mark.asyncio
async def test_one_request_a_host_at_a_time(at: Desk) -> None:
    """E14: looks at feeds of one host wait for each other."""
    for number in range(4):
        at.blog.script(f"/{number}.xml", Answer(200, BODY, delay=0.02))
    await asyncio.gather(*(at.look(f"/{number}.xml") for number in range(4)))
    assert at.blog.together == 1
    assert len(at.blog.requests) == 4


@pytest.mark.asyncio
async def test_the_user_agent_names_product_version_and_contact(at: Desk) -> None:
    """E17: a server's operator can see who asks, and whom to write to."""
    at.blog.publish("/feed.xml", BODY)
    await at.look()
    assert at.blog.requests[0].header("User-Agent") == f"Incoming/{__version__} (+https://example.org/bot)".encode()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("hops", "lasting"),
    [
        ((301, 308), "/2"),
        ((302, 301), None),
        ((301, 302), "/1"),
        ((307,), None),
        ((303,), None),
        ((308, 302, 301), "/1"),
    ],
)
async def test_only_the_permanent_prefix_of_redirects_lasts(
    at: Desk, hops: tuple[int, ...], lasting: str | None
) -> None:
    """E20: the address is reported up to the last hop before which all were permanent."""
    for number, status in enumerate(hops):
        at.blog.script(f"/{number}", Answer(status, b"", (("Location", f"/{number + 1}"),)))
    at.blog.publish(f"/{len(hops)}", BODY)
    look = await at.look("/0")
    assert isinstance(look, Fetched)
    assert look.info.url == (at.blog.url(lasting) if lasting else None)
    assert at.reader.read[0][2] == at.blog.url(f"/{len(hops)}")


@pytest.mark.asyncio
async def test_a_permanent_redirect_to_an_error_does_not_last(at: Desk) -> None:
    """E20: only a chain that ends in a 200 or 304 moves a feed."""
    at.blog.script("/0", Answer(301, b"", (("Location", "/1"),)))
    look = await at.look("/0")
    assert name_of(look) == "not_found"
    assert look.info.url is None


@pytest.mark.asyncio
async def test_redirects_end(at: Desk) -> None:
    """A loop of redirects is given up after five, and one without a target at once."""
    at.blog.script("/0", Answer(302, b"", (("Location", "/0"),)))
    assert name_of(await at.look("/0")) == "redirect_loop"
    assert len(at.blog.requests) == 6
    at.blog.script("/1", Answer(302))
    assert name_of(await at.look("/1")) == "redirect_loop"


@pytest.mark.asyncio
@pytest.mark.parametrize("target", ["ftp://example.org/", "file:///etc/passwd", "http://[::1", "javascript:alert(1)"])
async def test_redirects_out_of_the_web_are_refused(at: Desk, target: str) -> None:
    """Only http and https with a host are followed."""
    at.blog.script("/0", Answer(301, b"", (("Location", target),)))
    assert name_of(await at.look("/0")) == "bad_url"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gz(BODY)),
        ("x-gzip", gz(BODY[:9]) + gz(BODY[9:]) + b"\0" * 64),
        ("deflate", zlib.compress(BODY)),
        ("deflate", zlib.compress(BODY)[2:-4]),
        ("identity", BODY),
    ],
)
async def test_compression(at: Desk, encoding: str, packed: bytes) -> None:
    """E21: gzip, also in several members, and both sorts of deflate are asked for and understood."""
    at.blog.script("/feed.xml", Answer(200, packed, (("Content-Encoding", encoding),)))
    assert isinstance(await at.look(), Fetched)
    assert at.reader.read[0][0] == BODY
    assert at.blog.requests[0].header("Accept-Encoding") == b"gzip, deflate"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gz(BODY)[:-12]),
        ("gzip", b"this is no gzip"),
        ("br", b"\x0b\x00\x80x\x03"),
        ("zstd", b"\x28\xb5\x2f\xfd\x04\x00\x01\x00\x00"),
        ("gzip, gzip", gz(gz(BODY))),
        ("gzip", gz(b"") * 2000),
    ],
)
async def test_damaged_compression_is_named(at: Desk, encoding: str, packed: bytes) -> None:
    """A stream that breaks off, lies, was never asked for or comes in thousands of members is a broken answer."""
    at.blog.script("/feed.xml", Answer(200, packed, (("Content-Encoding", encoding),)))
    assert name_of(await at.look()) == "broken_answer"


@pytest.mark.asyncio
async def test_a_zip_bomb_is_stopped_while_it_unpacks() -> None:
    """The cap counts what comes out: 100 MB in 100 KB never stand in memory."""
    bomb = gzip.compress(b"\0" * 100_000_000, 9)
    async with desk(max_bytes=1_000_000) as at:
        at.blog.script("/feed.xml", Answer(200, bomb, (("Content-Encoding", "gzip"),)))
        assert name_of(await at.look()) == "too_big"


@pytest.mark.asyncio
async def test_a_big_document_is_refused() -> None:
    """A body over the cap is refused, announced or not."""
    async with desk(max_bytes=1000) as at:
        at.blog.script("/feed.xml", Answer(200, b"x" * 1001))
        assert name_of(await at.look()) == "too_big"
        endless = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 5000
        at.blog.script("/feed.xml", Answer(raw=endless))
        assert name_of(await at.look()) == "too_big"


@pytest.mark.asyncio
async def test_no_cookies_and_no_referrer(at: Desk) -> None:
    """E22: a cookie is never sent back, and no page is named as the one we come from, also not after a redirect."""
    cookie = ("Set-Cookie", "id=7; Path=/")
    at.blog.script("/0", Answer(302, b"", (("Location", "/1"), cookie)))
    at.blog.script("/1", Answer(200, BODY, (cookie,)))
    await at.look("/0")
    await at.look("/1")
    for asked in at.blog.requests:
        assert asked.header("Cookie") is None
        assert asked.header("Referer") is None


@pytest.mark.asyncio
async def test_the_deadline_covers_everything() -> None:
    """A server that answers too late fails by its name, and the others go on."""
    async with desk(deadline=0.05) as at:
        at.blog.script("/feed.xml", Answer(200, BODY, delay=0.5))
        assert name_of(await at.look()) == "timeout"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf", "disconnected"),
        (b"", "disconnected"),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", "broken_answer"),
        (b"HTTP/1.1 200 OK\r\n" + b"X-Y: " + b"z" * 100_000 + b"\r\n\r\n", "broken_answer"),
    ],
)
async def test_broken_answers_are_named(at: Desk, raw: bytes, name: str) -> None:
    """Half a body, no answer, another protocol and monstrous headers each fail by name."""
    at.blog.script("/feed.xml", Answer(raw=raw))
    assert name_of(await at.look()) == name


@pytest.mark.asyncio
async def test_nobody_there_is_refused(at: Desk) -> None:
    """A closed port is a refusal."""
    await at.blog.__aexit__()
    assert name_of(await at.look()) == "refused"


@pytest.mark.asyncio
async def test_tls_against_a_plain_server_is_named(at: Desk) -> None:
    """A server that speaks no TLS where it should is a TLS failure."""
    assert name_of(await at.look(url=at.blog.url().replace("http:", "https:"))) == "tls"


@pytest.mark.asyncio
async def test_a_name_without_address_is_named(at: Desk) -> None:
    """A host that cannot be resolved is a DNS failure; the reserved name needs no network to fail."""
    assert name_of(await at.look(url="http://nowhere.invalid/feed")) == "dns"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "url", ["", "feed.xml", "ftp://example.org/", "http:///x", "http://[bad/", "http://ex ample:x/"]
)
async def test_what_is_no_web_address_is_named(at: Desk, url: str) -> None:
    """An address that cannot be fetched fails at once."""
    assert name_of(await at.look(url=url)) == "bad_url"


@pytest.mark.asyncio
async def test_an_address_goes_out_as_it_was_written(at: Desk) -> None:
    """Escapes in a path or a signed query are not rewritten."""
    at.blog.script("/a%7Eb", Answer(200, BODY))
    await at.look("/a%7Eb/?sig=%2fA%2B&x=~")
    assert at.blog.requests[0].path == "/a%7Eb/?sig=%2fA%2B&x=~"


@pytest.mark.asyncio
async def test_credentials_are_never_told(at: Desk) -> None:
    """An address's user name and query do not stand in any cause."""
    for path in ("/missing?token=s3cret", "/loop?token=s3cret"):
        look = await at.look(url=at.blog.url(path).replace("//", "//user:s3cret@"))
        assert isinstance(look, Failed)
        assert "s3cret" not in look.cause


# -- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0", "[::1]", "[::]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]"],
)
async def test_a_readers_feed_never_reaches_this_machine(at: Desk, host: str) -> None:
    """However an inner address is written, a feed that the operator did not write is refused before any connection."""
    for port, name in ((80, "blocked_address"), (at.blog.port, "blocked_port")):
        look = await at.look(url=f"http://{host}:{port}/feed.xml", from_config=False)
        assert name_of(look) in {name, "bad_url"}
    assert at.blog.requests == []


@pytest.mark.asyncio
async def test_a_kept_connection_is_not_lent_to_a_readers_feed(at: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An open connection that the operator's feed may use is closed to everybody else, on whichever port it is."""
    monkeypatch.setattr(client, "_check_port", lambda *_, **__: None)  # as if the blog stood on port 80
    at.blog.publish("/feed.xml", BODY)
    assert isinstance(await at.look(), Fetched)
    assert name_of(await at.look(from_config=False)) == "blocked_address"
    assert len(at.blog.requests) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("http://localhost:{port}/feed.xml", "blocked_port"),
        ("http://127.0.0.1/", "blocked_address"),
        ("http://169.254.169.254/", "blocked_address"),
    ],
)
async def test_a_redirect_elsewhere_loses_the_permission(at: Desk, target: str, name: str) -> None:
    """The allow-list holds for the operator's own origin; a redirect to another inner address is refused."""
    at.blog.script("/0", Answer(302, b"", (("Location", target.format(port=at.blog.port)),)))
    assert name_of(await at.look("/0")) == name
    assert len(at.blog.requests) == 1


@pytest.mark.asyncio
async def test_without_an_allow_list_inner_addresses_are_closed_to_all() -> None:
    """The default reaches the public internet only, also for the operator's feeds."""
    async with desk(allow_addresses=()) as at:
        assert name_of(await at.look()) == "blocked_address"
        assert at.blog.requests == []


@pytest.mark.asyncio
async def test_a_readers_feed_may_not_carry_credentials(at: Desk) -> None:
    """User names in addresses are for the operator's feeds only."""
    assert name_of(await at.look(url="http://user@example.org/", from_config=False)) == "bad_url"
