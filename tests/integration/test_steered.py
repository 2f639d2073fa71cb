"""What others write, in what commands print: it must not steer the operator's terminal."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import cli
from bot.core.models import Address, Feed, PlaceKind
from bot.store.sqlite import Store
from tests.clock import START

STEERED = "red \x1b[31m, a bell \x07, \x9b2J and \u202ebackwards"
TOPIC = '[[topics]]\nid = "red"\nname = { en = "Red" }\nstrong = ["red"]\n'


def told(*words: str) -> str:
    """Run a command that ends well; give what it printed."""
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    return done.output


def steers(text: str) -> set[str]:
    """Give the characters of a text that are none."""
    return {char for char in text if not char.isprintable()} - {"\n"}


@pytest.mark.parametrize("command", [("preview",), ("topics", "test")])
def test_a_post_does_not_steer_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """Neither its title nor its text, nor its categories, by which it matches."""
    monkeypatch.chdir(tmp_path)
    Path("config.toml").write_text(TOPIC)
    item = {"id": STEERED, "url": "https://b.example/1", "title": STEERED, "content_text": STEERED, "tags": [STEERED]}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": STEERED, "items": [item]}
    Path("feed.json").write_text(json.dumps(feed))
    said = told(*command, "feed.json")
    assert "red" in said
    assert steers(said) == set()


def test_feeds_and_chats_do_not_steer_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A blog's title and a group's are what strangers wrote; as JSON they are what they are."""
    monkeypatch.chdir(tmp_path)

    async def fill() -> None:
        store = Store(Path("data/incoming.db"))
        await store.open()
        async with store.begin() as work:
            await work.put_feed(Feed(0, "blog", "https://b.example/feed", title=f"{STEERED}\nnext", next_check=START))
            await work.open_chat(
                Address("telegram", "-5"), PlaceKind.GROUP, STEERED, START, language="en", timezone="UTC"
            )
        await store.close()

    asyncio.run(fill())
    for command in ("feeds", "chats"):
        said = told(command)
        assert "red" in said
        assert (steers(said), said.count("\n")) == (set(), 1)
        assert json.loads(told(command, "--json"))[0]["title"].startswith(STEERED)
