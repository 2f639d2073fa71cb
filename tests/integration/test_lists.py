"""What `incoming feeds`, `chats` and their likes print for a person, and for a script."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import lists
from bot.cli import cli
from bot.core.errors import UsageError
from bot.store.engine import Lease
from bot.store.sqlite import Store
from bot.topics.rules import category_key
from tests.world import categories

BLOG = "http://blog.example/feed.xml"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of its own, with one feed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INCOMING_FEEDS", BLOG)


def told(*words: str) -> Result:
    """Run a command that ends well."""
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    return done


def test_a_feed_is_a_line_that_says_nothing_twice() -> None:
    """A feed without a name of its own shows its address once; times are for people."""
    line = told("feeds").stdout.rstrip("\n")
    assert line.count(BLOG) == 1
    assert line.startswith(f"{BLOG}  not looked at yet  next 20")
    assert line.endswith(" UTC")


def test_feeds_come_and_go() -> None:
    """What is added is watched by its name; what is removed is paused, with what was seen kept."""
    added = told("feeds", "add", "http://second.example/", "--name", "second").stdout
    assert added == "watching second; not looked at yet; `incoming check` tells whether it can be read\n"
    assert "second  http://second.example/  not looked at yet" in told("feeds").stdout
    never = "it was never read; it stays in the list, as paused"
    assert told("feeds", "remove", "second").stdout == f"no longer watching second; {never}\n"
    rows = json.loads(told("feeds", "--json").stdout)
    assert {row["name"]: row["state"] for row in rows} == {BLOG: "not looked at yet", "second": "paused"}
    assert told("feeds", "add", "http://second.example/").stdout.startswith("watching second; ")
    rows = json.loads(told("feeds", "--json").stdout)
    assert {row["name"]: row["state"] for row in rows} == {BLOG: "not looked at yet", "second": "not looked at yet"}


def test_a_feed_moves_under_its_name() -> None:
    """A second address under one name is the same blog elsewhere, and that is said."""
    told("feeds", "add", "http://second.example/", "--name", "second")
    said = told("feeds", "add", "http://third.example/", "--name", "second").stdout
    assert "at http://third.example/ instead of http://second.example/, with what was seen there" in said


def test_a_feed_of_the_configuration_is_taken_out_there() -> None:
    """Removed from the shell alone it would be back at the next start."""
    done = CliRunner().invoke(cli, ["feeds", "remove", BLOG])
    assert str(done.exception) == f"{BLOG} stands in the configuration; take it out there, and it is watched no more"
    assert isinstance(done.exception, UsageError)


def test_chats_come_and_go() -> None:
    """A chat is a line: where, what sort, and what it gets; removed, it is gone."""
    told("chats", "add", "telegram:1001", "--filter", "flow -python")
    told("chats", "add", "telegram:-1002:7")
    assert told("chats").stdout.splitlines() == [
        f"telegram:1001  private  zh  open  feeds: {BLOG}  filter: flow -python",
        f"telegram:-1002:7  group  zh  open  feeds: {BLOG}",
    ]
    assert [row["feeds"] for row in json.loads(told("chats", "--json").stdout)] == [[BLOG], [BLOG]]
    told("chats", "add", "telegram:1001")
    assert "filter: flow -python" in told("chats").stdout, "what is not given stays"
    told("chats", "add", "telegram:1001", "--filter", "")
    assert "filter:" not in told("chats").stdout
    assert told("chats", "remove", "telegram:1001").stdout == "telegram:1001: removed\n"
    assert "1001 " not in told("chats").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("chats",), "no chat yet; send /start to the bot"),
        (("deliveries",), "nothing is waiting or has failed"),
        (("deliveries", "--state", "sent"), "there is none"),
    ],
)
def test_an_empty_list_says_so_beside_it(words: tuple[str, ...], said: str) -> None:
    """A person reads why nothing stands there; a script's input stays empty, its JSON an empty list."""
    done = told(*words)
    assert done.stderr.startswith(said)
    assert not done.stdout
    assert told(*words, "--json").stdout == "[]\n"


def test_no_feed_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where none is watched, it says how one comes to be."""
    monkeypatch.delenv("INCOMING_FEEDS")
    assert told("feeds").stderr.startswith("no feed is watched; `incoming feeds add URL`")
    assert told("links").stderr.startswith("nothing to link to yet")


def test_without_a_token_it_says_where_the_only_chat_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """`check` names what is missing for a real chat, though nothing is wrong with that."""
    monkeypatch.delenv("INCOMING_FEEDS")
    told("feeds")
    done = CliRunner().invoke(cli, ["check"])
    assert "note no token is set, so this terminal is the only chat; `incoming init` asks for one" in done.stdout


def test_a_command_in_another_environment_takes_no_feed_from_a_bot_that_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service has its feeds from variables that the operator's shell has not: to list is not to pause."""

    def states() -> list[str]:
        return [row["state"] for row in json.loads(told("feeds", "--json").stdout)]

    told("feeds")
    monkeypatch.delenv("INCOMING_FEEDS")
    lease = Lease(tmp_path / "data" / "incoming.db")
    lease.take()
    told("chats")
    CliRunner().invoke(cli, ["check"])
    told("links")
    assert states() == ["not looked at yet"]
    lease.drop()
    assert states() == ["paused"]


def test_a_copy_says_which_folder_was_made_for_it() -> None:
    """A typing error in the path, or a disk that is not mounted, would look well; what is there is not named."""
    told("feeds")
    assert "checked; the folder not/there was made for it; to restore" in told("backup", "not/there/copy.db").stdout
    for there in ("not/there/copy.db", "copy.db"):
        assert "folder" not in told("backup", there).stdout


# -- the topics of chats ----------------------------------------------------------------------------------------------


def looked_at(*tags: str) -> None:
    """Let the feeds have been looked at, with these categories in the first of them."""

    async def work() -> None:
        store = Store(Path("data/incoming.db"))
        await store.open()
        async with store.begin() as work:
            feeds = await work.feeds()
            for feed in feeds:
                await work.save_feed(replace(feed, baseline=True))
            await work.add_categories(feeds[0].id, categories(*tags))
        await store.close()

    asyncio.run(work())


def test_chats_show_topics_by_their_names() -> None:
    """People read a topic as the blog or the configuration calls it; programs get its key, too."""
    told("feeds")
    looked_at("数学", "Machine Learning")
    told("chats", "add", "telegram:1", "--topic", "数学", "--topic", "machine learning")
    line = told("chats").stdout
    assert "topics: Machine Learning, 数学" in line
    assert category_key("数学") not in line
    (row,) = json.loads(told("chats", "--json").stdout)
    assert row["topics"] == ["machine-learning", category_key("数学")]
    assert row["topic_names"] == ["Machine Learning", "数学"]


def test_before_the_first_look_a_topic_is_taken_for_a_category() -> None:
    """What a blog calls its categories is not known yet: the name is taken at its word, and that is said."""
    said = told("chats", "add", "telegram:1", "--topic", "数学").stdout
    taken = "数学: taken for a category, since the blog was not looked at yet"
    assert said == f"telegram:1: subscribed to {BLOG}; ticked now: 数学; {taken}\n"
    assert "topics: 数学" in told("chats").stdout, "the blog has not said yet what it is called"
    looked_at("数学")
    assert "topics: 数学" in told("chats").stdout


def test_what_has_a_label_stands_beside_what_is_called_the_same() -> None:
    """A group called like its topic, and like its filter, shows all three."""
    row: dict[str, object] = {
        "title": "数学",
        "state": "数学",
        "feeds": ["数学"],
        "topic_names": ["数学"],
        "filter": "数学",
    }
    assert lists._line(row) == "数学  feeds: 数学  topics: 数学  filter: 数学"


def test_what_was_mistyped_is_no_category(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is nearly a rule's is refused, and that rule is offered; one that is nothing, too."""
    rule = '[[topics]]\nid = "diffusion"\nname = { en = "Diffusion models" }\nstrong = ["diffusion"]\n'
    Path("config.toml").write_text(f'{rule}[[feeds]]\nurl = "{BLOG}"\n', encoding="utf-8")
    monkeypatch.delenv("INCOMING_FEEDS")
    for name, why in (
        (
            "difusion",
            "no such topic; did you mean diffusion? there are: diffusion; not looked at yet: {}; `incoming once` looks",
        ),
        ("", "a topic has a name"),
    ):
        done = CliRunner().invoke(cli, ["chats", "add", "telegram:5", "--topic", name])
        assert isinstance(done.exception, UsageError)
        shown = name or '--topic ""'
        assert str(done.exception) == f"{shown}: {why.format(BLOG)}"
    assert "dissertations: taken for" in told("chats", "add", "telegram:5", "--topic", "dissertations").stdout


def test_a_topic_that_is_given_twice_is_named_once() -> None:
    """Also where there are several blogs, of which none was looked at."""
    told("feeds", "add", "http://second.example/", "--name", "second")
    said = told("chats", "add", "telegram:1", "--topic", "数学", "--topic", "数学").stdout
    assert "; ticked now: 数学; " in said
    assert said.endswith("; 数学: taken for a category, since none of the blogs was looked at yet\n")


def test_a_category_of_one_blog_is_ticked_for_all() -> None:
    """As in the chat: a topic that one of the blogs has may be chosen for all of them."""
    told("feeds", "add", "http://second.example/", "--name", "second")
    looked_at("数学")
    told("chats", "add", "telegram:1", "--topic", "数学")
    (row,) = json.loads(told("chats", "--json").stdout)
    assert (row["feeds"], row["topic_names"]) == ([BLOG, "second"], ["数学"])


def test_topics_that_differ_are_shown_by_feed() -> None:
    """Who ticks a topic for one blog sees what is ticked for which, and what that took the place of."""
    told("feeds", "add", "http://second.example/", "--name", "second")
    looked_at("数学", "物理")
    told("chats", "add", "telegram:1")
    said = told("chats", "add", "telegram:1", "--feed", BLOG, "--topic", "数学").stdout
    assert said == f"telegram:1: subscribed to {BLOG}; ticked now: 数学\n"
    said = told("chats", "add", "telegram:1", "--feed", BLOG, "--topic", "物理").stdout
    assert said == f"telegram:1: subscribed to {BLOG}; ticked now: 物理 (instead of 数学)\n"
    assert told("chats").stdout.endswith(f"topics by feed: {BLOG}: 物理; second: all posts\n")
    (row,) = json.loads(told("chats", "--json").stdout)
    assert row["by_feed"] == {BLOG: ["物理"], "second": []}
    said = told("chats", "add", "telegram:1").stdout
    assert said == f"telegram:1: subscribed to {BLOG}, second; ticked now: {BLOG}: 物理; second: all posts\n"
    told("chats", "add", "telegram:1", "--topic", "物理")
    assert told("chats").stdout.endswith("topics: 物理\n")


def test_an_unknown_topic_of_blogs_that_were_looked_at_is_refused() -> None:
    """The topics that there are get named, and a blog that could still have it."""
    told("feeds")
    looked_at("数学")
    done = CliRunner().invoke(cli, ["chats", "add", "telegram:1", "--topic", "nowhere"])
    assert str(done.exception) == "nowhere: no such topic; there are: 数学"
    told("feeds", "add", "http://second.example/", "--name", "second")
    done = CliRunner().invoke(cli, ["chats", "add", "telegram:1", "--topic", "nowhere"])
    more = "; not looked at yet: second; `incoming once` looks, or name one with --feed"
    assert str(done.exception) == f"nowhere: no such topic; there are: 数学{more}"
    done = CliRunner().invoke(cli, ["chats", "add", "telegram:1", "--feed", "second", "--topic", " "])
    assert "a topic has a name" in str(done.exception)
    assert not told("chats").stdout


def test_json_that_is_no_object_is_no_export() -> None:
    """An empty list has no place to name."""
    Path("list.json").write_text("[]", encoding="utf-8")
    done = CliRunner().invoke(cli, ["import", "list.json"])
    assert isinstance(done.exception, UsageError)
    assert str(done.exception).endswith("no backup of MonitoRSS: it is no JSON object")


def test_what_a_removed_feed_showed_is_kept() -> None:
    """Of one that was read, that is said."""
    told("feeds", "add", "http://second.example/", "--name", "second")
    looked_at("数学")
    assert told("feeds", "remove", "second").stdout == "no longer watching second; what was seen stays seen\n"
