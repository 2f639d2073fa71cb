from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import cli
from bot.core.errors import SourceError, UsageError
from bot.core.models import Address, DeliveryState, Feed, PlaceKind, Sighting, Verdict
from bot.store.sqlite import Store
from tests.emulators.documents import Entry, rss

NOW = datetime(2026, 1, 20, 12, 0, tzinfo=UTC)
CONFIG = """
language = "en"

[[feeds]]
name = "blog"
url = "http://127.0.0.1:9/feed"

[[topics]]
id = "diffusion"
name = { zh = "扩散模型", en = "Diffusion" }
strong = ["diffusion"]
weak = ["denoising", "noise"]
"""


async def _fill(path: Path, *states: tuple[DeliveryState, str]) -> None:
    """Make a chat with a delivery in each of some states, and a category."""
    store = Store(path)
    await store.open()
    async with store.begin() as work:
        feed = await work.put_feed(Feed(0, "blog", "http://127.0.0.1:9/feed"), in_config=True)
        await work.add_categories(feed, [("math", "Math")])
        chat = await work.open_chat(Address("console", "me"), PlaceKind.PRIVATE, "", NOW, language="en", timezone="UTC")
        made = await work.subscribe(chat.id, feed, NOW)
        for number, (state, reason) in enumerate(states, 1):
            seen = Sighting(guid=str(number), link=f"https://blog.example/{number}?secret=1", title=f"Post {number}")
            post = await work.add_post(feed, seen, [("guid", str(number))], "", NOW)
            await work.want(post, feed, {made.filter.id: Verdict(passes=True)}, NOW)
            if state is not DeliveryState.WANTED:
                await work.drop(number, chat.id, reason, NOW, state=state)
    await store.close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder with a configuration and some deliveries, and work in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    states = [
        (DeliveryState.WANTED, ""),
        (DeliveryState.HELD, "rekeyed"),
        (DeliveryState.DEAD, "unconfirmed"),
        (DeliveryState.DROPPED, "filter"),
        (DeliveryState.SENT, ""),
    ]
    asyncio.run(_fill(tmp_path / "data" / "incoming.db", *states))
    return tmp_path


def incoming(*words: str) -> Result:
    """Run a command in the folder."""
    return CliRunner().invoke(cli, words)


def rows(*words: str) -> list[dict[str, str]]:
    """List deliveries."""
    done = incoming("deliveries", "--json", *words)
    assert done.exit_code == 0, done.exception
    found: list[dict[str, str]] = json.loads(done.stdout)
    return found


@pytest.mark.usefixtures("folder")
def test_deliveries_are_listed_with_their_reasons() -> None:
    """What has not arrived and is not settled, the newest first; more on demand; no secret of a link is shown."""
    assert [(each["state"], each["reason"], each["title"]) for each in rows()] == [
        ("dead", "unconfirmed", "Post 3"),
        ("held", "rekeyed", "Post 2"),
        ("wanted", "", "Post 1"),
    ]
    assert [each["state"] for each in rows("--state", "sent", "--chat", "console:me")] == ["sent"]
    assert rows("--limit", "1")[0]["link"] == "https://blog.example/3"
    listed = incoming("deliveries")
    assert "unconfirmed" in listed.stdout
    assert "`incoming deliveries retry N` sends N after all, `drop N` lets it be" in listed.stderr


@pytest.mark.usefixtures("folder")
def test_deliveries_are_tried_again_and_dropped() -> None:
    """Dead and held ones become wanted, wanted ones dropped; of each of the others it is said why not."""
    again = incoming("deliveries", "retry", "2", "3", "5", "1", "99").stdout.splitlines()
    assert again == [
        "2 of 5 to be sent",
        "5: is already sent",
        "1: is already wanted",
        "99: there is no such delivery",
    ]
    assert incoming("deliveries", "drop", "1", "4").stdout == "1 of 2 dropped\n4: is already dropped\n"
    assert [(each["state"], each["title"]) for each in rows()] == [("wanted", "Post 3"), ("wanted", "Post 2")]
    assert [each["reason"] for each in rows("--state", "dropped")] == ["filter", "operator"]
    wrong = incoming("deliveries", "retry", "5", "99")
    assert isinstance(wrong.exception, UsageError)
    assert str(wrong.exception) == "5: is already sent; 99: there is no such delivery"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE place SET closed = 'blocked'", "takes nothing (blocked); what is held goes out when that is over"),
        ("UPDATE chat SET closed = 'thread_closed'", "takes nothing (thread_closed); what is held goes out"),
        (
            "UPDATE chat SET paused_until = 4000000000000",
            "is paused until 2096-10-02 07:06 UTC; what is held is listed",
        ),
    ],
)
def test_what_cannot_be_sent_now_is_not_said_to_be(folder: Path, change: str, why: str) -> None:
    """A chat that takes nothing, or wants nothing for a while: the delivery stays as it is, and can be dropped."""
    with contextlib.closing(sqlite3.connect(folder / "data" / "incoming.db")) as database, database:
        database.execute(change)
    told = incoming("deliveries", "retry", "2", "3")
    assert isinstance(told.exception, UsageError)
    assert str(told.exception).count(f"console:me {why}") == 2
    assert [each["state"] for each in rows()] == ["dead", "held", "wanted"]
    assert incoming("deliveries", "drop", "2").stdout == "1 of 1 dropped\n"


@pytest.mark.usefixtures("folder")
def test_links_lead_to_topics_and_feeds() -> None:
    """Rules, categories that no rule stands for, and feeds, as the platform takes them."""
    done = incoming("links", "--json")
    assert done.exit_code == 0, done.exception
    assert [(each["for"], each["name"], each["link"]) for each in json.loads(done.stdout)] == [
        ("topic", "Diffusion", "/start t_diffusion"),
        ("topic", "Math", "/start t_math"),
        ("feed", "blog", "/start f_1"),
    ]


def test_topics_are_tried_on_posts(folder: Path) -> None:
    """Which topics each post has and by which words, which come near, and how well that agrees with labels."""
    entries = [
        Entry("Diffusion by hand", "Nothing more.", path="/a"),
        Entry("On noise", "Nothing more.", path="/b"),
    ]
    (folder / "feed.xml").write_bytes(rss(entries))
    done = incoming("topics", "test", "feed.xml", "--json")
    assert done.exit_code == 0, done.exception
    found = {row["title"]: row for row in json.loads(done.stdout)["posts"]}
    assert found["Diffusion by hand"]["topics"] == [
        {"topic": "Diffusion", "id": "diffusion", "by": "text", "words": ["diffusion"]}
    ]
    assert [each["words"] for each in found["On noise"]["near"]] == [["noise"]]
    link = found["On noise"]["link"]
    (folder / "labels.json").write_text(json.dumps({link: ["diffusion"]}), encoding="utf-8")
    said = incoming("topics", "test", "feed.xml", "--labels", "labels.json").stdout
    assert "topics: Diffusion (diffusion)" in said
    assert said.splitlines()[-1] == "all: precision 1.0, recall 0.0"


def test_labels_that_cannot_be_read(folder: Path) -> None:
    """One line that says what they must be."""
    (folder / "feed.xml").write_bytes(rss([Entry("A", "Text.")]))
    (folder / "labels.json").write_text("[1]", encoding="utf-8")
    for name, said in (("labels.json", "must be an object"), ("none.json", "name a readable file")):
        done = incoming("topics", "test", "feed.xml", "--labels", name)
        assert isinstance(done.exception, SourceError)
        assert said in str(done.exception)
