"""``incoming feeds`` and ``incoming chats``: what an operator does from the shell, beside a bot that runs."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import TypeAlias

from bot import i18n, platforms, surroundings
from bot.clock import SystemClock
from bot.config import Config
from bot.core.errors import UsageError
from bot.core.models import Address, Feed, Filter, PlaceKind
from bot.log import clean
from bot.sections import address_key, is_web
from bot.store.configure import configure, retire
from bot.store.sqlite import Store, Work
from bot.ticked import called, change, differ
from bot.topic_names import keys_of
from bot.topics.match import Matcher
from bot.topics.rules import category_key
from bot.upkeep import accounts

Row: TypeAlias = dict[str, object]


@contextlib.asynccontextmanager
async def working(config: Config) -> AsyncIterator[Work]:
    """Open a transaction on the database, in which the configuration's feeds are."""
    store = Store(config.database)
    await store.open()
    try:
        async with store.begin() as work:
            await configure(work, config, SystemClock().now())
            if not surroundings.running(config):
                await retire(work, config)
            yield work
    finally:
        await store.close()


# -- feeds ------------------------------------------------------------------------------------------------------------


async def list_feeds(config: Config) -> list[Row]:
    """List all feeds with their state."""
    async with working(config) as work:
        return [feed_row(feed) for feed in await work.all_feeds()]


def feed_row(feed: Feed) -> Row:
    """Give a feed as `incoming feeds` lists it: of one in trouble, the cause and what mends it."""
    trouble = feed.trouble
    return {
        "name": clean(feed.name),
        "url": clean(feed.url),
        "title": feed.title,
        "state": _state(feed),
        "cause": trouble.cause if trouble else "",
        "remedy": i18n.remedy(i18n.load("en"), trouble.name) if trouble else "",
        "last_check": feed.last_check and feed.last_check.isoformat(timespec="seconds"),
        "next_check": feed.next_check.isoformat(timespec="seconds") if feed.active else None,
        "last_new": feed.last_new and feed.last_new.isoformat(timespec="seconds"),
    }


def _state(feed: Feed) -> str:
    if not feed.active:
        return "paused"
    if feed.trouble is not None:
        return f"trouble: {feed.trouble.name}"
    return "ok" if feed.last_check else "not looked at yet"


async def add_feed(config: Config, url: str, name: str | None) -> str:
    """Watch a feed; give what was done."""
    async with working(config) as work:
        known = await work.all_feeds()
        names = {each.name: each for each in known}
        # One that is paused goes on under its own name, with what it showed and who reads it.
        paused = (each.name for each in known if not each.active and url in {each.asked, each.url})
        feed = _feed(url, name or (url if url in names else next(paused, url)))
        if (there := find_address(known, url)) and there.name != feed.name:
            msg = f"{clean(url)} is watched already, as {clean(there.name)}; `incoming feeds` lists what is"
            raise UsageError(msg)
        before = names.get(feed.name, feed)
        await work.put_feed(feed)
    said = f"watching {clean(feed.name)}"
    if before.url != url:
        said += f" at {clean(url)} instead of {clean(before.url)}, with what was seen there"
    if before.url != url or not before.last_check:
        said += "; not looked at yet"
    return f"{said}; `incoming check` tells whether it can be read"


def find_address(feeds: Sequence[Feed], url: str) -> Feed | None:
    """Find the feed that is watched at an address, or that was asked for there and has moved since."""
    wanted, active = address_key(url), [feed for feed in feeds if feed.active]
    places = [(feed.url, feed) for feed in active] + [(feed.asked, feed) for feed in active]
    return next((feed for place, feed in places if address_key(place) == wanted), None)


def _named_so(feeds: Sequence[Feed], text: str) -> Feed | None:
    by_name = next((feed for feed in feeds if text in {feed.name, feed.url}), None)
    return by_name or (find_address(feeds, text) if is_web(text) else None)


def _feed(url: str, name: str | None = None) -> Feed:
    """Make a feed that is due at once. Raises UsageError where its address is none."""
    if not is_web(url):
        msg = f"{url} is no web address; it must begin with http:// or https://"
        raise UsageError(msg)
    return Feed(id=0, name=name or url, url=url, next_check=SystemClock().now())


async def remove_feed(config: Config, name: str) -> str:
    """Stop watching a feed; give what was done."""
    async with working(config) as work:
        feed = _named_so(await work.feeds(), name)
        if feed is None:
            names = ", ".join(clean(each.name) for each in await work.feeds()) or "none"
            msg = f"{name}: no such feed is watched; watched are: {names}"
            raise UsageError(msg)
        if feed.name in {each.name or each.url for each in config.feeds}:
            msg = f"{clean(feed.name)} stands in the configuration; take it out there, and it is watched no more"
            raise UsageError(msg)
        await work.remove_feed(feed.id)
    # Nothing is ever deleted by this, and of one that was mistyped nothing else is left.
    kept = "what was seen stays seen" if feed.baseline else "it was never read; it stays in the list, as paused"
    return f"no longer watching {clean(feed.name)}; {kept}"


# -- chats ------------------------------------------------------------------------------------------------------------


async def list_chats(config: Config) -> list[Row]:
    """List all chats with their subscriptions."""
    async with working(config) as work:
        feeds = {feed.id: feed for feed in await work.all_feeds()}
        rules = _rules(config)
        rows: list[Row] = []
        for chat in await work.chats():
            subscriptions = await work.subscriptions(chat.id)
            keys = sorted({topic for each in subscriptions for topic in each.filter.topics})
            names = await _topic_names(work, rules, keys, feeds)
            by_feed = {_named(feeds[each.feed_id]): called(each.filter.topics, names) for each in subscriptions}
            rows.append(
                {
                    "chat": str(chat.address),
                    "kind": chat.kind.value,
                    "title": chat.title,
                    "language": chat.language,
                    "state": f"closed: {chat.closed}" if chat.closed else "open",
                    "feeds": [_named(feeds[each.feed_id]) for each in subscriptions],
                    "topics": keys,
                    "topic_names": called(keys, names),
                    "by_feed": by_feed if differ(by_feed) else {},
                    "filter": next((each.filter.query for each in subscriptions if each.filter.query), ""),
                }
            )
        return rows


def _rules(config: Config) -> dict[str, str]:
    return {topic.key: topic.name(config.language) for topic in _matcher(config).rules}


async def _topic_names(
    work: Work, rules: Mapping[str, str], keys: Iterable[str], feeds: Iterable[int]
) -> Mapping[str, str]:
    """Say what topics are called, by their keys: a rule's own name before a category's."""
    missing = [key for key in keys if key not in rules]
    return {**rules, **{topic.key: topic.name("") for topic in await work.called(missing, list(feeds))}}


def _matcher(config: Config) -> Matcher:
    return Matcher([topic.spec() for topic in config.topics])


def _named(feed: Feed) -> str:
    return clean(feed.name) + ("" if feed.active else " (paused)")


def parse_address(text: str) -> tuple[Address, PlaceKind]:
    """Read ``platform:place[:thread]``. Raises UsageError that says how an address looks."""
    name, _, rest = text.partition(":")
    place, _, thread = rest.partition(":")
    if name not in {*platforms.NAMES, platforms.CONSOLE} or not place:
        msg = f"{text} is no chat; write platform:id[:thread], such as telegram:1001 or console:me"
        raise UsageError(msg)
    if thread and not (thread.isascii() and thread.isdecimal()):
        msg = f"{text}: a thread is a number, such as telegram:-1001234567890:7"
        raise UsageError(msg)
    try:
        return Address(name, place, thread), platforms.load(name).kind_of(place)
    except ValueError as error:
        msg = f"{text}: {error}"
        raise UsageError(msg) from None


async def add_chat(config: Config, text: str, feed: str | None, query: str | None, topics: Sequence[str]) -> str:
    """Subscribe a chat; give what was done. A query or topics that are not given stay as they are."""
    address, kind = parse_address(text)
    matcher = _matcher(config)
    if wrong := matcher.check(query or ""):
        key, _, column = wrong.partition(":")
        msg = f"--filter: {key.replace('_', ' ')} at column {column}; see `/help filter` in a chat"
        raise UsageError(msg)
    now = SystemClock().now()
    async with working(config) as work:
        watched = await _feeds_named(work, feed)
        known = [*matcher.rules, *await work.topics(*(each.id for each in watched))]
        keys, unknown = keys_of(topics, known, watched)
        for name, each in itertools.product(unknown, watched):
            await work.name_category(each.id, category_key(name), clean(name))
        chat = await work.open_chat(address, kind, "", now, language=config.language, timezone=config.timezone)
        had = {each.feed_id: each.filter for each in await work.subscriptions(chat.id)}
        olds = {each.id: had.get(each.id, Filter(0)) for each in watched}
        every = {*keys, *(key for old in olds.values() for key in old.topics)}
        names = await _topic_names(work, _rules(config), every, olds)
        before, after = [
            {clean(each.name): called(taken or olds[each.id].topics, names) for each in watched} for taken in ((), keys)
        ]
        for each in watched:
            old = olds[each.id]
            wanted = old.query if query is None else query
            await work.subscribe(chat.id, each.id, now, topics=keys or old.topics, query=wanted)
    unread = "the blog was not" if len(watched) == 1 else "none of the blogs was"
    taken = f"taken for a category, since {unread} looked at yet"
    note = f"; {', '.join(map(clean, unknown))}: {taken}" if unknown else ""
    return f"{address}: subscribed to {', '.join(clean(each.name) for each in watched)}{change(before, after)}{note}"


async def _feeds_named(work: Work, name: str | None) -> Sequence[Feed]:
    feeds = await work.feeds()
    if name is not None:
        named = _named_so(feeds, name)
        feeds = [named] if named else []
        if not feeds and "://" in name:
            await work.put_feed(_feed(name))
            feeds = [feed for feed in await work.feeds() if feed.name == name]
    if not feeds:
        msg = f"--feed {name} is not watched" if name else "no feed is watched yet"
        msg += "; add it with `incoming feeds add URL`, or to the configuration"
        raise UsageError(msg)
    return feeds


async def remove_chat(config: Config, text: str) -> str:
    """Delete a chat's rows; give what was done."""
    address, _ = parse_address(text)
    async with working(config) as work:
        chat = await work.chat(address)
        if chat is None:
            msg = f"{text}: no such chat; `incoming chats` lists them"
            raise UsageError(msg)
        await work.forget_chat(chat.id)
    return f"{address}: removed"


async def hand_over(config: Config, name: str) -> str:
    """Let a platform's chats be those of whichever bot runs next; give what was done, and what is left to do."""
    if name not in platforms.NAMES:
        msg = f"{name} is no platform; there are: {', '.join(platforms.NAMES)}"
        raise UsageError(msg)
    async with working(config) as work:
        await accounts.forget(work, name)
    return (
        f"{name}: the bot that runs next takes the chats over. Add it to their groups and channels first, and let "
        "those who read in private start it: where it is not, a chat is closed until then"
    )
