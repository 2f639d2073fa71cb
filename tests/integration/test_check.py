"""``incoming check``: every misconfiguration that was met is named, with what mends it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot import check as checking
from bot import platforms, surroundings
from bot.check import check
from bot.clock import SystemClock
from bot.config import load
from bot.core.incidents import Kind, Sign
from bot.core.models import Address, DeliveryState, Failed, Feed, FetchInfo, PlaceKind, Sighting, Verdict
from bot.core.schedule import settle
from bot.platforms.telegram.places import lacking
from bot.sources.http import HttpSource
from bot.store.engine import Lease
from bot.store.sqlite import Store
from tests.emulators import discord_rules as rules
from tests.emulators.blog import Answer, Blog
from tests.emulators.discord import Discord
from tests.emulators.documents import Entry, rss
from tests.emulators.telegram import Telegram
from tests.emulators.telegram_people import BOT_ID
from tests.forked import forked_readers
from tests.integration.test_web import free_port

OPERATOR, BOSS, CHANNEL = 1001, "100000000000000001", "500000000000000001"
PAGE = b'<!doctype html><title>b</title><link rel="alternate" type="application/rss+xml" href="/feed.xml"><p>hello'


@dataclass
class Place:
    """An operator's machine, between a blog, a Telegram and a Discord."""

    folder: Path
    blog: Blog
    telegram: Telegram
    discord: Discord
    given: dict[str, Any] = field(default_factory=dict)
    clock: SystemClock = field(default_factory=SystemClock)
    apart: bool = False
    """Feeds are read in a process of their own, as they are where this is no test."""

    @property
    def database(self) -> Path:
        """Give the database's path."""
        return self.folder / "incoming.db"

    async def check(self, *feeds: str, kind: str = "auto", **given: Any) -> tuple[int, list[str]]:
        """Check with these feeds and tables; give the findings and the lines.

        Without a feed it is the blog's own, with an empty one there is none.
        """
        talking = {
            "telegram": {"token": self.telegram.token, "api_base": self.telegram.base, "operators": [OPERATOR]},
            "discord": {
                "token": self.discord.token,
                "api_base": self.discord.base,
                "gateway": self.discord.gateway,
                "operators": [int(BOSS)],
            },
        }
        tables: dict[str, Any] = {
            "fetch": {"allow_addresses": ["127.0.0.0/8"]},
            "database": str(self.database),
        } | talking
        for name, table in given.items():
            tables[name] = {**tables.get(name, {}), **table}
        urls = feeds or (self.blog.url(),)
        watched = [{"url": url, "name": f"feed{n}", "kind": kind} for n, url in enumerate(urls)]
        tables["feeds"] = watched if feeds != ("",) else []
        settings = {name: platforms.load(name).Settings for name in platforms.NAMES}
        lines: list[str] = []
        with contextlib.nullcontext() if self.apart else forked_readers():
            found = await check(load(None, settings, given=tables), self.clock, lambda line: lines.append(str(line)))
        return found, lines

    async def bad(self, *feeds: str, kind: str = "auto", **given: Any) -> list[str]:
        """Give the findings' lines alone; their number is said at the end."""
        found, lines = await self.check(*feeds, kind=kind, **given)
        said = [line.removeprefix("BAD  ") for line in lines if line.startswith("BAD")]
        assert (len(said), lines[-1]) == (found, f"{found} to mend" if found else "all well")
        return said


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """Give a place where all is well."""
    async with Blog() as blog, Telegram() as telegram, Discord() as discord:
        telegram.world.add_chat(OPERATOR)
        discord.world.add_channel(CHANNEL)
        blog.publish("/feed.xml", rss([Entry("旧文章", "从前。", (), "/old")]))
        yield Place(tmp_path, blog, telegram, discord)


async def subscribe(place: Place, address: Address, kind: PlaceKind) -> None:
    """Let a chat be known."""
    store = Store(place.database)
    await store.open()
    async with store.begin() as work:
        await work.open_chat(address, kind, "", place.clock.now(), language="en", timezone="UTC")
    await store.close()


@pytest.mark.asyncio
async def test_where_all_is_well_nothing_is_found(place: Place) -> None:
    """Database, both platforms and the feed have a line each; a page that names its feed is well too."""
    place.blog.publish("/", PAGE, "text/html")
    found, lines = await place.check(place.blog.url(), place.blog.url("/"))
    assert (found, lines[-1]) == (0, "all well"), lines
    assert [line.split()[1].rstrip(":") for line in lines if line.startswith("ok")] == [
        "database",
        "telegram",
        "discord",
        "feed",
        "feed",
    ]
    empty = [line.partition(" yet; ")[2].partition(": ")[0] for line in lines if line.startswith("note no chat on")]
    assert empty == ["private", "group", "channel", "server"]
    await subscribe(place, Address("discord", CHANNEL), PlaceKind.CHANNEL)
    assert not [line for line in (await place.check())[1] if "no chat on discord" in line]


@pytest.mark.asyncio
async def test_tokens_and_platforms(place: Place) -> None:
    """A wrong token, a platform that does not answer, a proxy that is not there: which, and where to look."""
    tokens = await place.bad(telegram={"token": "1:wrong"}, discord={"token": "wrong"})
    assert "telegram.token: Telegram does not know this token; ask @BotFather" in tokens[0]
    assert "discord.token: Discord does not know this token; reset it on discord.com/developers" in tokens[1]
    nobody = f"http://127.0.0.1:{free_port()}"
    silent = await place.bad(telegram={"api_base": f"{nobody}/bot"}, discord={"api_base": nobody})
    assert (
        "127.0.0.1 does not answer (connect); check the network, or set telegram.proxy (INCOMING_TELEGRAM__PROXY)"
        in silent[0]
    )
    assert (
        "127.0.0.1 does not answer (connect); check the network, or set discord.proxy (INCOMING_DISCORD__PROXY)"
        in silent[1]
    )
    plain = place.telegram.base.replace("http:", "https:"), place.discord.base.replace("http:", "https:")
    unproved = await place.bad(telegram={"api_base": plain[0]}, discord={"api_base": plain[1]})
    assert all("127.0.0.1 cannot prove who it is (tls); check this machine's clock" in line for line in unproved)
    secret = nobody.replace("//", "//me:secret@")
    proxies = await place.bad(telegram={"proxy": secret}, discord={"proxy": secret})
    assert "telegram.proxy does not answer; see whether it runs at that address" in proxies[0]
    assert "discord.proxy does not answer; see whether it runs at that address" in proxies[1]
    assert "secret" not in "".join(proxies)


@pytest.mark.asyncio
async def test_a_webhook_that_takes_the_commands(place: Place) -> None:
    """Another program's, by its host alone; one's own that cannot be reached, once the bot runs to be reached."""
    other = {"url": "https://other.example/hook/secret-path?key=1"}
    place.telegram.world.webhook = other
    (foreign,) = await place.bad()
    assert foreign.startswith("telegram: a webhook at other.example takes this bot's commands: another program")
    assert "secret" not in foreign
    own: dict[str, Any] = {"url": "https://bot.example.org/telegram", "secret": "0123456789abcdef", "port": free_port()}
    assert await place.bad(telegram={"webhook": own}) == [foreign]
    with socket.socket() as other_program:
        other_program.bind(("127.0.0.1", own["port"]))
        other_program.listen()
        (taken,) = await place.bad(telegram={"webhook": own})
        assert f"127.0.0.1 port {own['port']} cannot be had: " in taken
        assert taken.endswith("choose another [telegram.webhook] port")
    place.telegram.world.webhook = {"url": own["url"], "last_error_message": "Connection refused"}
    place.telegram.world.say(OPERATOR, OPERATOR, "/status")
    assert await place.bad(telegram={"webhook": own}) == []
    lease = Lease(place.database)
    lease.take()
    (lost,) = await place.bad(telegram={"webhook": own})
    lease.drop()
    assert lost.startswith("telegram: commands cannot be brought to telegram.webhook.url: Connection refused; see")
    assert lost.endswith(f"127.0.0.1 port {own['port']}")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("minutes", "said"), [(2, ""), (-2, ""), (45, "45 minutes ahead of"), (-45, "45 minutes behind")]
)
async def test_a_clock_that_is_wrong(place: Place, minutes: int, said: str) -> None:
    """Against what the platforms say that time it is; once for both, and with what sets it."""
    right = place.clock

    class Wrong(SystemClock):
        def now(self) -> datetime:
            return right.now() + timedelta(minutes=minutes)

    place.clock = Wrong()
    found = await place.bad()
    assert [line for line in found if f"this machine's clock is {said}" in line and "timedatectl" in line] == found
    assert len(found) == bool(said)


@pytest.mark.asyncio
async def test_operators_who_would_hear_nothing(place: Place) -> None:
    """One who never started the bot on Telegram, one who shares no server on Discord; none at all is worth a note."""
    place.telegram.world.add_chat(4004).barred = "blocked"
    refusal = {"status": 400, "code": 50033, "message": "Invalid Recipient(s)"}
    place.discord.world.fault("answer", path="/users/@me/channels", **refusal)
    lost = await place.bad(telegram={"operators": [OPERATOR, 4004]}, discord={"operators": [404]})
    assert "telegram: operator user 4004 has not started this bot, or has blocked it; let them open" in lost[0]
    assert "discord: operator user 404 is none that this bot can write to; they must share a server" in lost[1]
    found, lines = await place.check(telegram={"operators": []}, discord={"operators": []})
    assert found == 0
    todo = "note no operator yet; to become one within 24 hours, on"
    assert any(line.startswith(f"{todo} Telegram, open https://t.me/") for line in lines)
    assert any(line.startswith(f"{todo} Discord, send the bot in private: /start ") for line in lines)


@pytest.mark.asyncio
async def test_missing_permissions_by_discords_own_names(place: Place) -> None:
    """All that a channel lacks, at once; a channel that is gone is named too."""
    place.discord.world.set_role(rules.EVERYONE & ~rules.EMBED & ~rules.HISTORY)
    await subscribe(place, Address("discord", CHANNEL), PlaceKind.CHANNEL)
    await subscribe(place, Address("discord", "599999999999999999"), PlaceKind.CHANNEL)
    lacks, gone = await place.bad()
    assert lacks.startswith(f"discord:{CHANNEL}: the bot lacks Embed Links, Read Message History; grant it there")
    assert "Discord does not show this channel" in gone
    assert "subscribe another one, or remove it" in gone


@pytest.mark.asyncio
async def test_places_that_are_not_looked_at_are_counted(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rights are looked at in so many places and no more; that it stopped there is said. Private chats do not count."""
    monkeypatch.setattr(checking, "PLACES", 2)
    world = place.telegram.world
    await subscribe(place, Address("telegram", str(OPERATOR)), PlaceKind.PRIVATE)
    for number in (-1, -2, -3):
        _, lines = await place.check()
        assert not [line for line in lines if "looked at" in line]
        world.add_chat(number, type="supergroup").members[BOT_ID] = "restricted"
        for thread in ("", "7"):
            await subscribe(place, Address("telegram", str(number), thread), PlaceKind.GROUP)
    found, lines = await place.check()
    (note,) = [line for line in lines if "looked at" in line]
    assert note.startswith("note rights: looked at in 2 of 3 groups and channels; of the others, ")
    assert found == 2


@pytest.mark.asyncio
async def test_groups_and_channels_of_telegram(place: Place) -> None:
    """One that restricts the bot, ones that it was taken out of, each named once; private chats are not asked about."""
    world = place.telegram.world
    for number, status in ((-1, "member"), (-2, "restricted"), (-3, "kicked")):
        world.add_chat(number, type="supergroup").members[BOT_ID] = status
        await subscribe(place, Address("telegram", str(number)), PlaceKind.GROUP)
    world.add_chat(-4, type="supergroup").barred = "kicked"
    for thread in ("", "7", "8"):
        await subscribe(place, Address("telegram", "-4", thread), PlaceKind.GROUP)
    await subscribe(place, Address("telegram", str(OPERATOR)), PlaceKind.PRIVATE)
    store = Store(place.database)
    await store.open()
    async with store.begin() as work:
        sign = Sign(Kind.PLACE, "telegram:-4", {"place": "Lab", "reason": "kicked"})
        await work.open_incident(sign, place.clock.now())
    await store.close()
    restricted, *gone = await place.bad()
    assert restricted.startswith("telegram:-2: the bot lacks Send Messages; grant it there")
    away = "telegram:{0}: the bot is not in this chat; add it there again, or `incoming chats remove telegram:{0}`"
    assert gone == [away.format(-3), away.format(-4)]
    assert lacking({"status": "administrator", "can_post_messages": False}) == ("Post Messages",)


@pytest.mark.asyncio
async def test_feeds(place: Place) -> None:
    """A page without a feed, nothing there, an address within the network: the cause, and what to do."""
    place.apart = True
    place.blog.publish("/page", b"<!doctype html><p>no feed here", "text/html")
    page, none = await place.bad(place.blog.url("/page"), place.blog.url("/none.xml"))
    assert "feed0: it is a web page" in page
    assert "use the address that the blog calls RSS or Atom" in page
    assert "look up the feed's present address on the blog" in none
    place.blog.script("/bare.xml", Answer(200, rss([Entry("One", "Text")])))
    _, lines = await place.check(place.blog.url("/bare.xml"))
    assert "note feed feed0: its server cannot say whether it changed" in "\n".join(lines)
    place.blog.publish("/", PAGE, "text/html")
    (named,) = await place.bad(place.blog.url("/"), kind="feed")
    assert f"it is a web page; it names its feed: {place.blog.url()}" in named
    (inside,) = await place.bad(fetch={"allow_addresses": []})
    assert "add that network to allow_addresses under [fetch]" in inside


@pytest.mark.asyncio
async def test_a_feed_is_judged_as_a_look_judges_it(place: Place) -> None:
    """No entries where there were some, and a first document that breaks off, are findings, whatever could be read."""
    whole = rss([Entry("One", "Text"), Entry("Two", "More text", (), "/two")])
    place.blog.publish("/feed.xml", whole[: whole.index(b"More")])
    (said,) = await place.bad()
    assert said.startswith("feed feed0: it breaks off")
    place.blog.publish("/feed.xml", rss([]))
    assert await place.bad() == []
    store = Store(place.database)
    await store.open()
    async with store.begin() as work:
        (feed,) = await work.feeds()
        await work.add_post(feed.id, Sighting("1", "https://blog.example/1", "One"), [], "", place.clock.now())
    await store.close()
    (said,) = await place.bad()
    assert said.startswith("feed feed0: no entries where there were some before; ")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("seconds", "said"), [(86400, ""), (100_000, "for 2 days"), (7 * 86400, "for 7 days"), (31_536_000, "for 31 days")]
)
async def test_a_server_that_wants_to_be_asked_rarely_is_named(place: Place, seconds: int, said: str) -> None:
    """A year of Cache-Control on a feed is a slip of its owner, who learns by this why posts come late."""
    headers = (("Cache-Control", f"max-age={seconds}"), ("ETag", '"1"'))
    place.blog.script("/slow.xml", Answer(200, rss([Entry("One", "Text")]), headers))
    findings, lines = await place.check(place.blog.url("/slow.xml"))
    notes = [line for line in lines if line.startswith("note feed feed0: its server asks not to be asked again")]
    assert (findings, len(notes)) == (0, bool(said))
    assert said in "".join(notes)


@pytest.mark.asyncio
async def test_a_feed_whose_server_wants_rest_is_not_asked(place: Place) -> None:
    """A Retry-After binds whoever looks; until when is said, and is nothing to mend."""
    await place.check()
    look = Failed("rate_limited", "HTTP 429", FetchInfo(429, retry_after=7200))
    store = Store(place.database)
    await store.open()
    async with store.begin() as work:
        (feed,) = await work.feeds()
        await work.save_feed(settle(feed, look, now=place.clock.now(), new=0, jitter=0.0))
    await store.close()
    asked = len(place.blog.requests)
    found, lines = await place.check()
    assert found == 0, lines
    assert any(line.startswith("note feed feed0: not asked, since its server wants rest until 20") for line in lines)
    assert len(place.blog.requests) == asked


@pytest.mark.asyncio
async def test_the_way_to_the_feeds(place: Place) -> None:
    """A proxy that is away is not the blog's fault; a bot without a feed has nothing to do."""
    (away,) = await place.bad("http://blog.example/feed", fetch={"proxy": f"http://127.0.0.1:{free_port()}"})
    assert "the proxy does not answer; see whether the proxy runs, and check its address" in away
    place.database.unlink()
    assert await place.bad("") == ["no feed is watched; add [[feeds]] to the configuration, or set INCOMING_FEEDS"]


@pytest.mark.asyncio
async def test_the_machine(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that somebody else has, a folder for copies that is none, a disk that is nearly full."""
    (place.folder / "backups").write_text("in the way")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setattr(surroundings, "LOW_DISK", 1 << 60)
        web, copies, disk = await place.bad(web={"port": port}, backup={"daily": True})
    assert web == f"web: 127.0.0.1 port {port} cannot be had: Address already in use; choose another [web] port"
    assert copies.startswith(f"{place.folder}/backups: cannot be written")
    assert "daily copies" in copies
    assert disk.startswith(f"{place.folder}: only ")
    assert "free some space" in disk


@pytest.mark.asyncio
async def test_a_folder_for_copies_that_takes_none(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else's: with the chown line; nothing is said of it where no copies are asked for."""
    folder, real = place.folder / "backups", os.access
    folder.mkdir()
    monkeypatch.setattr(os, "access", lambda path, *more, **how: path != folder and real(path, *more, **how))
    (copies,) = await place.bad()
    assert copies.startswith(f"{folder}: cannot be written: give it to user {os.getuid()}: chown -R")
    assert await place.bad(backup={"daily": False}) == []


@pytest.mark.asyncio
async def test_a_bot_without_a_token_is_said_to_be_for_this_terminal_alone(place: Place) -> None:
    """Not as something to mend: it is what was asked for, or a token that was forgotten."""
    found, lines = await place.check(
        telegram={"token": None, "operators": []}, discord={"token": None, "operators": []}
    )
    assert found == 0
    assert "note no token is set, so this terminal is the only chat; `incoming init` asks for one" in lines


@pytest.mark.asyncio
async def test_a_running_bots_own_port_is_none_that_is_taken(place: Place) -> None:
    """While it runs on this database its web side has the port, as it should."""
    lease = Lease(place.database)
    lease.take()
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        own.listen()
        assert await place.bad(web={"port": own.getsockname()[1]}) == []
    lease.drop()


@pytest.mark.asyncio
async def test_what_the_running_bot_found(place: Place) -> None:
    """Its open incidents, in the words in which they were told; a platform's own only while it runs."""
    store = Store(place.database)
    await store.open()
    async with store.begin() as work:
        await work.open_incident(
            Sign(Kind.PLACE, "telegram:-5", {"place": "Lab", "reason": "kicked"}), place.clock.now()
        )
        cause = {"platform": "telegram", "cause": "another program", "since": place.clock.now().isoformat()}
        await work.open_incident(Sign(Kind.PLATFORM, "telegram", cause), place.clock.now())
    await store.close()
    (found,) = await place.bad()
    assert found.startswith("Lab takes no messages from me any more: I was removed.")
    lease = Lease(place.database)
    lease.take()
    assert any("another program" in line for line in await place.bad())
    lease.drop()


@pytest.mark.asyncio
async def test_what_single_passes_met(place: Place) -> None:
    """Under cron nobody goes round and opens incidents: a message that nobody confirmed is found by check itself."""
    store, now = Store(place.database), place.clock.now()
    await store.open()
    async with store.begin() as work:
        feed = await work.put_feed(Feed(0, "blog", place.blog.url(), next_check=now))
        reader = Address("telegram", str(OPERATOR))
        chat = await work.open_chat(reader, PlaceKind.PRIVATE, "", now, language="en", timezone="UTC")
        wants = (await work.subscribe(chat.id, feed, now)).filter
        post = await work.add_post(feed, Sighting("1", "https://blog.example/1", "One"), [("guid", "1")], "", now)
        await work.want(post, feed, {wants.id: Verdict(passes=True)}, now)
        await work.drop(1, chat.id, "unconfirmed", now, state=DeliveryState.DEAD)
    await store.close()
    (found,) = await place.bad()
    assert found.startswith('Whether 1 copy of "One" arrived on telegram is unknown')
    assert found.endswith("`incoming deliveries` shows its number N, and `incoming deliveries retry N` sends it again.")


@pytest.mark.asyncio
async def test_the_database(place: Place) -> None:
    """One that a newer program wrote, and a file that is none: named, with the way out; nothing else is tried."""
    place.database.write_bytes(b"no database at all, but long enough to be taken for one" * 20)
    (none,) = await place.bad()
    assert "is not an Incoming database; move it away" in none or "is damaged (file is not a database)" in none
    place.database.unlink()
    with sqlite3.connect(place.database) as connection:
        connection.execute("PRAGMA user_version=9999")
    connection.close()
    (newer,) = await place.bad()
    assert "written by a newer Incoming (schema 9999" in newer
    assert "run that version, or restore a backup" in newer


@pytest.mark.asyncio
async def test_feeds_are_tried_together(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of a long list that do not answer are not waited for one after the other; the lines keep the order."""
    asked: list[str] = []
    together = asyncio.Event()

    async def look(_: HttpSource, feed: Feed) -> Failed:
        asked.append(feed.name)
        if len(asked) == 3:
            together.set()
        await asyncio.wait_for(together.wait(), 20)
        return Failed("timeout", "no complete answer")

    monkeypatch.setattr(HttpSource, "look", look)
    said = await place.bad(*(place.blog.url(f"/{number}.xml") for number in range(3)))
    assert [line.partition(":")[0] for line in said] == ["feed feed0", "feed feed1", "feed feed2"]


@pytest.mark.asyncio
async def test_readers_of_a_feed_that_left_the_configuration_are_counted(place: Place) -> None:
    """Who gave one a new name and a new address at once learns that its readers did not come along."""
    await place.check()
    address = Address("telegram", str(OPERATOR))
    await subscribe(place, address, PlaceKind.PRIVATE)
    store = Store(place.database)
    await store.open()
    async with store.begin() as work:
        (feed,), chat = await work.feeds(), await work.chat(address)
        assert chat is not None
        await work.subscribe(chat.id, feed.id, place.clock.now())
    await store.close()
    said = "note feed feed0: paused, with 1 chat that reads it; under this name in [[feeds]] it goes on for them"
    assert said not in (await place.check())[1]
    assert said in (await place.check(""))[1]


@pytest.mark.asyncio
async def test_chats_of_a_platform_that_is_off_are_named(place: Place) -> None:
    """It may be meant; or the token was lost, and nobody hears of it."""
    await subscribe(place, Address("telegram", "1001"), PlaceKind.PRIVATE)
    told = "note telegram: nothing goes to its open chats, which are 1: no token is set"
    _, lines = await place.check(telegram={"token": None, "operators": []})
    assert told in lines
    _, lines = await place.check()
    assert told not in lines
