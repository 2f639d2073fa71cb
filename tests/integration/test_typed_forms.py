"""Every button has a typed form: whatever a press does, a line that somebody types does too.

The buttons are read from the source, so that a new one fails here until it has a typed form.
"""

from __future__ import annotations

import ast
import asyncio
import re
import shutil
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from bot.core.models import Feed, Sighting
from bot.reading.doc import Doc, paragraph
from bot.store.sqlite import Store
from bot.topics.match import Matcher
from bot.topics.rules import category_key
from tests.talks import READER, Chat, fill
from tests.unit.fakes import NOW, RULES, buttons, text

BOT: Final = Path(__file__).resolve().parents[2] / "bot"
NEW: Final = "https://new.example/feed.xml"
AT: Final = {"Choice": 1, "button": 2}
"""Which argument of what makes a button is its command."""


def _made_in(source: Path) -> set[str]:
    """Give the commands of the buttons that a module makes, as they are written there; a name with its module's."""
    found = set[str]()
    written = source.read_text(encoding="utf-8")
    # Every process that runs tests reads them all; few modules make a button.
    for call in ast.walk(ast.parse(written)) if any(f"{name}(" in written for name in AT) else ():
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in AT:
            at = AT[call.func.id]
            given = [*call.args[at : at + 1], *(word.value for word in call.keywords if word.arg == "command")]
            found |= {f"{source.stem}.{one.id}" if isinstance(one, ast.Name) else ast.unparse(one) for one in given}
    return found


WRITTEN: Final = {
    command
    for source in BOT.rglob("*.py")
    if "discord" not in source.parts and source.name != "say.py"
    for command in _made_in(source)
}
"""All of them but Discord's own, whose commands are options; ``say.py`` only hands on what it is given."""

TELEGRAM: Final = {"'channels'", "'latest there'", "f'{PICKS} {place.address.place}'"}
"""Buttons about channels, which only Telegram's side can press: typed in tests/acceptance/test_telegram_channels.py."""

FIXED: Final = sorted(ast.literal_eval(each) for each in WRITTEN - TELEGRAM if each.startswith("'"))
"""Those that say the same wherever they stand: typed, they are the same with a slash."""


@dataclass(frozen=True)
class Case:
    """A button: what is said ``before``, what shows it, its command there, and what is typed instead of pressing it."""

    shows: str
    command: str
    typed: str
    before: tuple[str, ...] = ()
    feeds: int = 1
    words: bool = True
    """Whether the answer is the same, too; what is ticked in a list answers with that list."""


TYPED: Final[dict[str, tuple[Case, ...]]] = {
    "f'digest {text}'": (Case("/digest", "digest weekly mon 08:00", "/digest weekly mon 08:00", ("/subscribe",)),),
    "f'filter{grid.which(room, feeds)} off'": (
        Case("/filter feed:blog", "filter #1 off", "/filter feed:blog off", ("/subscribe all", "/filter 篇"), feeds=2),
    ),
    "f'filter{of} off'": (
        Case("/filter feed:blog 篇", "filter #1 off", "/filter feed:blog off", ("/subscribe all",), feeds=2),
    ),
    "f'latest{of} 1'": (
        Case("/filter feed:blog 篇", "latest #1 1", "/latest feed:blog 1", ("/subscribe all",), feeds=2),
    ),
    "f'digest {timing.write_rhythm(own)}'": (
        Case("/digest", "digest daily 09:30", "/digest daily 09:30", ("/subscribe", "/digest daily 09:30")),
    ),
    "f\"subscribe {('-' if everything else '+')}all p{at}\"": (
        Case("/subscribe", "subscribe +all p0", "/subscribe all", feeds=2, words=False),
        Case("/subscribe", "subscribe -all p0", "/unsubscribe all", ("/subscribe all",), feeds=2, words=False),
    ),
    "f\"subscribe {('-' if on else '+')}#{feed.id} p{page}\"": (
        Case("/subscribe", "subscribe +#1 p0", "/subscribe blog", feeds=2, words=False),
        Case("/subscribe", "subscribe -#1 p0", "/unsubscribe blog", ("/subscribe all",), feeds=2, words=False),
    ),
    "f'subscribe p{target}'": (Case("/subscribe", "subscribe p1", "/subscribe page:2", feeds=12),),
    "f'latest{shows} 1'": (
        Case("/subscribe blog", "latest #1 1", "/latest feed:blog 1", feeds=2),
        Case("/subscribe all", "latest 1", "/latest 1", feeds=2),
    ),
    "f'feeds check #{feed.id}'": (Case("/feeds blog", "feeds check #1", "/feeds check blog"),),
    "f'feeds remove #{feed.id}'": (
        Case(f"/feeds {NEW}", "feeds remove #2", f"/feeds remove {NEW}", (f"/feeds add {NEW}",)),
    ),
    "feeds.again": (Case(f"/feeds remove {NEW}", f"feeds add {NEW}", f"/feeds add {NEW}", (f"/feeds add {NEW}",)),),
    "feeds_named.command": (Case(f"/subscribe {NEW}", f"feeds add {NEW}", f"/feeds add {NEW}"),),
    "f'unsubscribe{feed}'": (
        Case("/topics feed:blog", "unsubscribe #1", "/unsubscribe blog", ("/subscribe all",), feeds=2),
    ),
    "f'{command}{close.key}'": (
        Case("/topics difusion", "topics +diffusion", "/topics +diffusion"),
        Case("/latest difusion", "latest 1 diffusion", "/latest 1 diffusion"),
    ),
    "f\"{head} {('-' if topic.key in ticked else '+')}{topic.key} p{page}\"": (
        Case("/topics", "topics +diffusion p0", "/topics +diffusion", ("/subscribe",)),
        Case("/topics", "topics -diffusion p0", "/topics -diffusion", ("/topics diffusion, flow-matching",)),
        Case("/topics feed:blog", "topics #1 +diffusion p0", "/topics feed:blog +diffusion", feeds=2),
    ),
    "f'{head} p{target}'": (Case("/topics", "topics p1", "/topics page:2"),),
    "f'subscribe{feed} all'": (Case("/topics feed:blog", "subscribe #1 all", "/subscribe blog all", feeds=2),),
    "f'latest{feed} 1'": (Case("/topics feed:blog diffusion", "latest #1 1", "/latest feed:blog 1", feeds=2),),
    "f'language {tag}'": (Case("/language", "language zh-TW", "/language zh-TW"),),
    "f'pause {span}'": (Case("/pause", "pause 7d", "/pause 7d", ("/subscribe",)),),
    "searching.more": (Case("/search 正文", "search 正文 p1", "/search 正文 page:2"),),
    "f'settings {setting.name} {value}'": (
        Case("/settings length", "settings length title", "/settings length title", words=False),
    ),
    "f'settings {each.name}'": (Case("/settings", "settings quiet", "/settings quiet"),),
    "f'topics{grid.which(room, feeds)} ={topic.key}'": (
        Case("/start t_diffusion", "topics =diffusion", "/topics =diffusion", ("/subscribe",)),
        Case(
            "/start t_diffusion", "topics #1 =diffusion", "/topics feed:blog =diffusion", ("/subscribe blog",), feeds=2
        ),
    ),
    "stopping.undo": (
        Case("/stop", "subscribe undo #1", "/subscribe undo", ("/topics diffusion", "/filter flow")),
        Case("/stop", "subscribe undo #1 #2", "/subscribe undo all", ("/subscribe all", "/filter flow"), feeds=2),
        Case("/stop", "subscribe undo #1 #2", "/subscribe undo", ("/subscribe all", "/filter flow"), feeds=2),
    ),
    "unsubscribe.undo": (
        Case("/unsubscribe blog", "subscribe undo #1", "/subscribe undo blog", ("/subscribe all",), feeds=2),
        Case(
            "/unsubscribe blog",
            "subscribe undo #1",
            "/subscribe undo",
            ("/subscribe all", "/unsubscribe feed2", "+"),
            2,
        ),
    ),
    "f'latest{which} 1'": (Case("/subscribe blog", "latest #1 1", "/latest feed:blog 1", feeds=2),),
    "f'topics{which}'": (Case("/subscribe blog", "topics #1", "/topics feed:blog", feeds=2),),
    "f'unsubscribe #{feed.id}'": (
        Case("/unsubscribe", "unsubscribe #2", "/unsubscribe feed2", ("/subscribe all",), feeds=2),
    ),
    "f'why #{post.id}'": (Case("/latest", "why #3", "/why https://blog.example/3", ("/subscribe",)),),
    "lists.whole": (Case("", "resume send 4-5", "/resume send 4-5", ("/pause 7d", "+", "+", "/resume")),),
}
"""For each way in which a button's command is written: buttons of that kind, and what is typed instead."""


def test_every_button_is_either_typed_as_it_is_or_in_the_table() -> None:
    """A new button fails here until somebody says what is typed instead of it."""
    assert {each for each in WRITTEN - TELEGRAM if not each.startswith("'")} == set(TYPED)
    assert TELEGRAM < WRITTEN


@pytest.mark.asyncio
@pytest.mark.parametrize("case", [case for cases in TYPED.values() for case in cases], ids=lambda case: case.typed)
async def test_what_is_typed_does_what_the_press_does(tmp_path: Path, blogs: Path, case: Case) -> None:
    """The store is the same afterwards, to the last row, and so is the answer."""
    pressed, typed = [await _done(tmp_path, blogs, case, press=press) for press in (True, False)]
    assert typed[1] == pressed[1]
    assert typed[0] == pressed[0] or not case.words


@pytest.mark.asyncio
@pytest.mark.parametrize("command", FIXED)
async def test_a_button_that_always_says_the_same_can_be_typed(tmp_path: Path, blogs: Path, command: str) -> None:
    """In a chat with topics, a filter, a digest, and a pause that holds posts."""
    before = ("/topics 扩散模型", "/filter -python", "/digest daily 08:00", "/pause 7d", "+", "+")
    case = Case("", command, f"/{command}", before)
    pressed, typed = [await _done(tmp_path, blogs, case, press=press) for press in (True, False)]
    assert typed == pressed


@pytest.fixture(scope="module")
def blogs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make stores with one, two and twelve blogs, to be copied."""
    folder = tmp_path_factory.mktemp("blogs")

    async def make() -> None:
        for feeds in {case.feeds for cases in TYPED.values() for case in cases}:
            store = Store(folder / f"{feeds}.db")
            await store.open()
            await _filled(store, feeds)
            await store.close()

    asyncio.run(make())
    return folder


async def _done(folder: Path, blogs: Path, case: Case, *, press: bool) -> tuple[str, dict[str, list[str]]]:
    """Say what comes before; press or type; give the answer, and all that is then stored."""
    path = folder / f"{'pressed' if press else 'typed'}.db"
    shutil.copy(blogs / f"{case.feeds}.db", path)
    store = Store(path)
    await store.open()
    try:
        operator = case.typed.startswith("/feeds")
        chat = Chat(store, asker=replace(READER, operator=operator))
        for line in case.before:
            await (_publish(chat) if line == "+" else chat.say(line))
        shown = buttons(await chat.say(case.shows)) if case.shows else []
        assert not case.shows or case.command in {each.command for each in shown}, [each.command for each in shown]
        said = await (chat.say(case.command, pressed=True) if press else chat.say(case.typed))
        return text(said), await _all(store)
    finally:
        await store.close()


async def _filled(store: Store, feeds: int) -> None:
    """Put in a blog with a dozen topics and posts, and others with nothing yet."""
    await fill(store)
    tags = [f"主题{number}" for number in range(12)]
    async with store.begin() as work:
        for number in range(2, feeds + 1):
            name = f"feed{number}"
            await work.put_feed(Feed(0, name, f"https://{name}.example/rss"), in_config=True)
        for number in range(12):
            seen = NOW - timedelta(days=40 - number)
            link = f"https://blog.example/old/{number}"
            sighting = Sighting(guid=link, link=link, title=f"第 {number} 篇", doc=Doc((paragraph("正文。"),)))
            await work.add_post(1, sighting, [("guid", link)], link, seen)
        await work.add_categories(1, [(category_key(tag), tag) for tag in tags])


async def _publish(chat: Chat) -> None:
    """Let the blog publish a post on diffusion, an hour later."""
    chat.now += timedelta(hours=1)
    link = f"https://blog.example/{chat.now:%H}"
    sighting = Sighting(guid=link, link=link, title="扩散模型", doc=Doc((paragraph("正文。"),)))
    async with chat.store.begin() as work:
        number = await work.add_post(1, sighting, [("guid", link)], link, chat.now)
        (post,) = await work.posts([number])
        await work.want(number, 1, Matcher(RULES).match(post, await work.filters(1)), chat.now)


async def _all(store: Store) -> dict[str, list[str]]:
    """Give everything that is stored."""
    reader = store._engine.reader
    tables = await reader.execute_fetchall("SELECT name FROM sqlite_schema WHERE type = 'table'")
    found = {}
    for (name,) in tables:
        lines = await reader.execute_fetchall(f'SELECT * FROM "{name}"')  # noqa: S608 -- names of our own tables
        # What stands for forgotten words is made by chance.
        found[name] = [re.sub(r"\\x1f[0-9A-F]{32}", "forgotten", repr(tuple(line))) for line in lines]
    return found
