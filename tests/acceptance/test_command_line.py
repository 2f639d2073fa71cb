"""The command line with the real program: bad input is one line that says what, where and how to mend it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import pytest

from bot.cli import main
from bot.demo import play
from bot.store.sqlite import Store
from tests import births
from tests.emulators.documents import Entry, rss
from tests.forked import forked_readers
from tests.integration.test_web import free_port

ROOT = Path(__file__).resolve().parents[2]
CHINESE = "你好，世界。这是一个没有声明编码的订阅源，全部用国标编码写成，应当照样能读。"


def told(monkeypatch: pytest.MonkeyPatch, folder: Path, *words: str) -> int:
    """Run a command in a folder, in this process: what it says is captured, its exit code given."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["incoming", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


def launch(
    folder: Path, *command: str, encoding: str = "utf-8", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run something in a folder, from which the program is found."""
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding=encoding,
        timeout=60,
        check=False,
    )


def cold(folder: Path, *words: str, encoding: str = "utf-8", **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder by an interpreter of its own, as a shell does."""
    return launch(folder, sys.executable, "-m", "bot", *words, encoding=encoding, env=env)


def incoming(folder: Path, *words: str, ways: Sequence[str] = (), **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, in a process that the nursery forks, in some ways of ``tests.ways``."""

    async def run() -> subprocess.CompletedProcess[str]:
        born = await births.start(words, folder, {**os.environ, **env}, ways=ways)
        async with asyncio.timeout(60):
            out, err = await born.communicate()
        return subprocess.CompletedProcess(words, await born.wait(), out.decode(), err.decode())

    return asyncio.run(run())


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_folder_of_somebody_else_is_named_with_the_chown_line(tmp_path: Path, command: str) -> None:
    """`run` and `check` name the folder, the user and what gives it to them; exit code 1."""
    (tmp_path / "data").mkdir(mode=0o555)
    done = incoming(tmp_path, command, ways=["humble"])
    assert done.returncode == 1
    said = f"data: cannot be written by user {os.geteuid()}; give it the folder: chown -R {os.geteuid()} "
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


async def made(path: Path) -> None:
    """Make a database."""
    store = Store(path)
    await store.open()
    await store.close()


@pytest.mark.parametrize("words", [("check",), ("once", "--all")])
def test_a_database_that_may_only_be_read_is_named_with_the_remedy(tmp_path: Path, words: tuple[str, ...]) -> None:
    """A file that belongs to somebody else, or came from a read-only copy: one line with the file, user and remedy."""
    path = tmp_path / "own.db"
    (tmp_path / "config.toml").write_text(f'database = "{path}"\n[[feeds]]\nurl = "http://127.0.0.1:9/feed"', "utf-8")
    asyncio.run(made(path))
    path.chmod(0o444)
    done = incoming(tmp_path, *words, ways=["humble"])
    assert done.returncode == 1, done
    said = f"{path}: cannot be written by user {os.geteuid()}; give it the file: chown {os.geteuid()} {path}"
    assert said in done.stdout + done.stderr
    assert "fault" not in done.stderr


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("config.toml", ("run",), "config.toml: cannot be read by user"),
        ("own.db", ("run",), "own.db: cannot be written by user"),
        ("feed.xml", ("preview", "feed.xml"), "feed.xml: Permission denied; name a readable file"),
        ("list.opml", ("import", "list.opml"), "Invalid value for 'FILE': Path 'list.opml' is not readable"),
    ],
)
def test_a_file_that_may_not_be_read_is_named_with_the_remedy(
    tmp_path: Path, name: str, words: tuple[str, ...], said: str
) -> None:
    """Configuration, database, feed or list: one line, also where the tests run as the superuser."""
    (tmp_path / "config.toml").write_text('database = "own.db"\n', encoding="utf-8")
    (tmp_path / name).touch()
    (tmp_path / name).chmod(0)
    done = incoming(tmp_path, *words, ways=["humble"])
    assert (done.returncode in {1, 2}, done.stdout) == (True, ""), done
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith(f"incoming: {said}"), done.stderr
    assert re.search(r"; (mend it with|name|give it|see `incoming)", done.stderr), done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('databse = "x"', "databse: unknown key; did you mean database"),
        ('[telegram]\ntokn = "x"', "telegram.tokn: unknown key; did you mean token"),
        (
            '[[feeds]]\nurl = "http://a.example/"\nintervall = 3',
            "feeds.0.intervall: unknown key; did you mean interval",
        ),
        ('[[feeds]]\nurl = "ftp://a.example/"', "feeds.0.url must begin with http:// or https://"),
        ('[[feeds]]\nurl = "http://a.example/"\ninterval = 5', "feeds.0.interval must be at least 60 seconds"),
        ("feeds = 3", "feeds must be a list"),
        ("feeds = [", "is not TOML"),
        ('timezone = "Asia/Shangai"', "timezone is no IANA time zone; did you mean Asia/Shanghai?"),
    ],
)
def test_a_wrong_configuration_names_file_key_and_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    """One line on standard error, exit code 1."""
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    assert told(monkeypatch, tmp_path, "run") == 1
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert error.startswith("incoming: config.toml")
    assert said in error


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("frobnicate",), 2, "No such command 'frobnicate'; see `incoming --help`"),
        (("preview",), 2, "Missing argument 'SOURCE'; see `incoming preview --help`"),
        (("preview", "nothing.xml"), 1, "nothing.xml: No such file"),
        (("preview", "page.html"), 1, "page.html: it is a web page; it names its feed: /rss.xml; "),
        (("preview", "empty.xml"), 1, "empty.xml: the document is empty; "),
        (("preview", "big.xml"), 1, "big.xml is larger than 10 MB"),
        (("preview", "text.txt"), 1, "text.txt: it is neither RSS nor Atom nor JSON Feed"),
        (("preview", "http://127.0.0.1:9/feed"), 1, "not on the public internet; "),
        (("preview", "http://nowhere.invalid/feed"), 1, "the host name has no address; "),
        (("preview", "feed.xml", "--length", "long"), 2, "--length: long is no number of columns"),
        (("preview", "feed.xml", "--length", "²"), 2, "--length: ² is no number of columns"),
        (("once", "--wait", "nan"), 2, "nan is no number of seconds"),
        (("once", "--wait", "inf"), 2, "Invalid value for '--wait'"),
        (("demo", "--for", "nan"), 2, "nan is no number of seconds"),
        (("run", "--config", "nowhere.toml"), 1, "nowhere.toml: no such file; make one with `incoming init`"),
        (("chats", "add", "pigeon:1"), 2, "pigeon:1 is no chat; write platform:id[:thread]"),
        (("chats", "add", "telegram:abc"), 2, "a Telegram chat is a number"),
        (("chats", "add", "telegram:１２"), 2, "a Telegram chat is a number"),
        (("chats", "add", "telegram:1_000"), 2, "a Telegram chat is a number"),
        (("chats", "add", "telegram:-1001:²"), 2, "a thread is a number, such as telegram:"),
        (("chats", "add", "discord:１２"), 2, "a place on Discord is a channel's id"),
        (("chats", "add", "telegram:1", "--feed", "ftp://a.example/"), 2, "is no web address; it must begin with http"),
        (("chats", "add", "telegram:1"), 2, "no feed is watched yet; add it with `incoming feeds add URL`"),
        (("chats", "remove", "telegram:1"), 2, "telegram:1: no such chat; `incoming chats` lists them"),
        (("feeds", "add", "blog"), 2, "blog is no web address"),
        (("feeds", "add", "http://[::1"), 2, "is no web address"),
        (("feeds", "add", "http://a.example:99999/"), 2, "is no web address"),
        (("feeds", "add", "http:///feed.xml"), 2, "is no web address"),
        (("import", "."), 2, "cannot be read: Is a directory; name a file"),
        (("feeds", "remove", "blog"), 2, "blog: no such feed is watched"),
    ],
)
def test_a_wrong_command_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    """What, where and how to mend it; never a traceback."""
    link = '<link rel="alternate" type="application/rss+xml" href="/rss.xml">'
    (tmp_path / "page.html").write_text(f"<!doctype html><html><head>{link}</head><body>hi", encoding="utf-8")
    (tmp_path / "empty.xml").touch()
    with (tmp_path / "big.xml").open("wb") as big:
        big.truncate(20_000_000)
    (tmp_path / "text.txt").write_text("Dear diary", encoding="utf-8")
    (tmp_path / "feed.xml").write_bytes(rss([Entry("One", "Text")]))
    with forked_readers():
        assert told(monkeypatch, tmp_path, *words) == code
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1, error
    assert said in error


@pytest.mark.parametrize("platform", ["telegram", "discord"])
@pytest.mark.parametrize("line", ["operators = [1]", 'token = ""'])
def test_a_missing_token_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], platform: str, line: str
) -> None:
    """A platform that has operators but no token, or an empty one: `run` and `check` say where a token comes from."""
    (tmp_path / "config.toml").write_text(f'database = "own.db"\n[{platform}]\n{line}\n', encoding="utf-8")
    said = rf"{platform}\.token is missing; (@BotFather|discord\.com/developers) gives one"
    assert told(monkeypatch, tmp_path, "run") == 1
    error = capsys.readouterr().err
    assert re.match(rf"incoming: {said}", error), error
    assert len(error.splitlines()) == 1
    assert told(monkeypatch, tmp_path, "check") == 1
    assert re.search(rf"^BAD +{said}", capsys.readouterr().out, re.MULTILINE)


def test_feeds_and_chats_come_and_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each answers in a line what was done; the lists show it, for people and as JSON."""
    topic = '[[topics]]\nid = "diffusion"\nname = { zh = "扩散模型", en = "Diffusion" }\nstrong = ["DDPM"]\n'
    (tmp_path / "config.toml").write_text(f'database = "own.db"\n{topic}', encoding="utf-8")

    def does(*words: str) -> str:
        assert told(monkeypatch, tmp_path, *words) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    def listed(what: str) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = json.loads(does(what, "--json"))
        return rows

    assert (listed("feeds"), listed("chats"), listed("deliveries")) == ([], [], [])
    url = "https://blog.example/feed.xml"
    assert does("feeds", "add", url, "--name", "blog").startswith("watching blog; ")
    assert does("feeds", "add", f"{url}?key=secret").startswith("watching ")
    first, second = listed("feeds")
    assert (first["name"], first["url"], first["state"]) == ("blog", url, "not looked at yet")
    assert "secret" not in str(second)
    assert url in does("feeds")
    for again in ((url,), ("HTTP://BLOG.example/feed.xml/", "--name", "other")):
        assert told(monkeypatch, tmp_path, "feeds", "add", *again) == 2
        said = f"incoming: {again[0]} is watched already, as blog; `incoming feeds` lists what is\n"
        assert capsys.readouterr().err == said
    said = does("chats", "add", "telegram:1002", "--feed", "http://blog.example/feed.xml/")
    assert said == "telegram:1002: subscribed to blog\n"
    assert does("chats", "remove", "telegram:1002")
    assert len(listed("feeds")) == 2

    query = ("--filter", "python -java")
    said = does("chats", "add", "telegram:1001", "--feed", "blog", *query, "--topic", "Diffusion")
    assert said == "telegram:1001: subscribed to blog; ticked now: 扩散模型\n"
    assert does("chats", "add", "telegram:-1001234:7").startswith("telegram:-1001234:7: subscribed to blog, ")
    one, two = listed("chats")
    expected = {"chat": "telegram:1001", "kind": "private", "state": "open", "feeds": ["blog"], "topics": ["diffusion"]}
    assert expected.items() <= one.items()
    assert one["filter"] == "python -java"
    assert (two["chat"], two["kind"], two["topics"]) == ("telegram:-1001234:7", "group", [])
    assert "telegram:-1001234:7" in does("chats")

    assert does("chats", "remove", "telegram:1001") == "telegram:1001: removed\n"
    assert [row["chat"] for row in listed("chats")] == ["telegram:-1001234:7"]
    assert does("feeds", "remove", "blog").startswith("no longer watching blog; it was never read; ")
    assert [row["state"] for row in listed("feeds")] == ["paused", "not looked at yet"]
    assert listed("deliveries") == []


def test_preview_reads_a_feed_of_another_encoding(tmp_path: Path) -> None:
    """GBK that nothing declares is read as what it is."""
    text = rss([Entry("深度学习", CHINESE, ("人工智能",))]).decode().replace(' encoding="utf-8"', "")
    (tmp_path / "gbk.xml").write_bytes(text.encode("gbk"))
    done = incoming(tmp_path, "preview", "gbk.xml")
    assert done.returncode == 0, done.stderr
    assert "深度学习" in done.stdout
    assert CHINESE in done.stdout


def test_preview_takes_the_name_of_a_watched_feed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether it stands in the configuration or was added beside it; what is neither name, file nor URL is refused."""
    port = free_port()
    named = f'[[feeds]]\nurl = "http://127.0.0.1:{port}/a.xml"\nname = "ann"\n'
    (tmp_path / "config.toml").write_text(f'[fetch]\nallow_addresses = ["127.0.0.0/8"]\n{named}', encoding="utf-8")
    assert told(monkeypatch, tmp_path, "preview", "jo") == 1
    refused = (
        "incoming: jo: No such file or directory; name a readable file, a URL with http:// or https://, or a watched"
    )
    assert capsys.readouterr().err.startswith(refused)
    assert told(monkeypatch, tmp_path, "feeds", "add", f"http://127.0.0.1:{port}/b.xml", "--name", "jo") == 0
    for name, path in (("ann", "a.xml"), ("jo", "b.xml")):
        for command in (("preview", name), ("topics", "test", name)):
            assert told(monkeypatch, tmp_path, *command) == 1
            assert capsys.readouterr().err.startswith(f"incoming: http://127.0.0.1:{port}/{path}: ")


def test_preview_of_a_feed_without_posts_says_so(tmp_path: Path) -> None:
    """Nothing to show is said, not shown."""
    (tmp_path / "empty.xml").write_bytes(rss([]))
    done = incoming(tmp_path, "preview", "empty.xml")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "empty.xml: there are no posts in it\n"


def test_a_name_in_another_encoding_is_one_line(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 cannot be stored as text: said, and nothing is stored."""
    words = ("feeds", "add", "https://blog.example/", "--name", "\udcc4\udce3")
    done = cold(tmp_path, *words, INCOMING_DATABASE="own.db", LC_ALL="C.UTF-8")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "incoming: the command line is not UTF-8; write it so, or set LC_ALL=C.UTF-8\n"


def test_letters_that_the_terminal_has_not_keep_no_post_back(tmp_path: Path) -> None:
    """Where the locale is GBK, a formula's letters are marks, and everything else is there."""
    (tmp_path / "feed.xml").write_bytes(rss([Entry("深度学习", r"公式 \(x_t\) 之后", ())]))
    done = cold(tmp_path, "preview", "feed.xml", encoding="gbk", PYTHONIOENCODING="gbk")
    assert (done.returncode, done.stderr) == (0, "")
    assert "深度学习" in done.stdout
    assert "公式 x? 之后" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_no_room_for_what_is_printed_is_one_line(tmp_path: Path) -> None:
    """A full disk is no fault of the program."""
    (tmp_path / "feed.xml").write_bytes(rss([Entry("One", "Text")]))

    async def run(full: BinaryIO, errors: BinaryIO) -> int:
        words, streams = ("preview", "feed.xml"), (full.fileno(), errors.fileno())
        return await births.bear(words, tmp_path, os.environ, streams).wait()

    with Path("/dev/full").open("wb") as full, (tmp_path / "said").open("wb") as errors:
        assert asyncio.run(run(full, errors)) == 1
    (line,) = (tmp_path / "said").read_text("utf-8").splitlines()
    assert line.startswith("incoming: what was to be written does not fit: ")


@pytest.mark.parametrize(
    ("words", "ways", "code", "said"),
    [
        ("preview feed.xml", ["without stdout"], 0, ""),
        ("init", ["without stdin"], 2, "incoming: the answers ended too early, nothing was written; "),
    ],
)
def test_closed_streams_are_nothing_to_stumble_over(
    tmp_path: Path, words: str, ways: list[str], code: int, said: str
) -> None:
    """As under a cron or a supervisor that closes them: the work is done, and only errors are said."""
    (tmp_path / "feed.xml").write_bytes(rss([Entry("One", "Text")]))
    done = incoming(tmp_path, *words.split(), ways=ways, INCOMING_DATABASE="own.db")
    assert done.returncode == code, done.stderr
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == bool(said), done.stderr


def test_a_pass_whose_streams_the_shell_has_closed_is_silent(tmp_path: Path) -> None:
    """The interpreter has neither input nor output from its start; the database must not get their numbers."""
    words = ("sh", "-c", f"exec {sys.executable} -m bot once --config /dev/null <&- >&-")
    done = launch(tmp_path, *words, env={"INCOMING_DATABASE": "own.db"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_preview_as_json_is_what_the_platform_would_get(tmp_path: Path) -> None:
    """One array, an object a post, with the fields that scripts rely on."""
    entry = Entry("动量", r"<p>更新规则：\(v_t=\beta v_{t-1}+g_t\)。</p>", ("优化",), "/momentum")
    (tmp_path / "feed.xml").write_bytes(rss([entry, Entry("Two", "Later", (), "/two", day=-1)]))
    done = incoming(tmp_path, "preview", "feed.xml", "--platform", "telegram", "--json", "--limit", "1")
    assert done.returncode == 0, done.stderr
    (post,) = json.loads(done.stdout)
    assert set(post) == {"id", "keys", "title", "link", "published", "topics", "text", "messages"}
    assert post["title"] == "动量"
    assert post["link"] == "https://blog.example/momentum"
    assert post["published"] == "2026-01-01T08:00:00+00:00"
    assert post["topics"] == ["优化"]
    assert post["text"] == "更新规则：vₜ = βvₜ₋₁ + gₜ。"
    (message,) = post["messages"]
    assert message["method"] == "sendMessage"
    assert message["text"].startswith("动量\n")
    assert "vₜ = βvₜ₋₁ + gₜ" in message["text"]


def test_preview_shows_the_real_blog_in_all_its_formats(
    tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """RSS, Atom and JSON Feed of one site say the same."""
    shown = []
    for name in ("rss.xml", "atom.xml", "feed.json"):
        file = shared / "blog" / "site" / name
        assert told(monkeypatch, tmp_path, "preview", str(file), "--json", "--limit", "30") == 0
        shown.append(json.loads(capsys.readouterr().out))
    assert [len(posts) for posts in shown] == [24, 24, 24]
    titles = [[post["title"] for post in posts] for posts in shown]
    assert titles[0] == titles[1] == titles[2]
    assert not any("\\" in message["text"] for posts in shown for post in posts for message in post["messages"])


def test_make_demo_plays_its_conversation_and_ends_well() -> None:
    """`make demo FOR=2`: notifications as a reader sees them, what was left out and why, and exit code 0."""
    # What is installed is what runs this test: it is neither made nor touched.
    words = ("make", "-s", "-o", ".venv/.installed", "demo", "FOR=2", f"BIN={Path(sys.executable).parent}")
    done = launch(ROOT, *words)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "𝐱ₜ = (1−t)𝐱₀ + tε" in done.stdout
    assert "– 没送：《用 asyncio 写一个不丢消息的队列》" in done.stdout
    assert "被你的过滤词 -蒸馏 挡住了" in done.stdout
    assert "> /topics" in done.stdout


def test_the_demo_without_a_terminal_needs_no_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It plays its conversation to the end by itself, here in English and in quick motion, and says what to do next."""
    monkeypatch.setattr(play, "PAUSE", 0.1)
    assert told(monkeypatch, tmp_path, "demo", "--language", "en") == 0
    shown, said = capsys.readouterr()
    assert said == ""
    opening, *_, closing = shown.strip().splitlines()
    assert opening.startswith("Signal Post is a sample blog")
    assert closing == "That was the demo. For your own blog: incoming init"
    for command in ("/status", "/topics", "/filter -distill", "/latest 3", "/filter off", "/help"):
        assert f"\n> {command}" in shown
    assert "Flow Matching in one noising step\n" in shown
    assert "\n#Diffusion" in shown
    assert re.search(r"http://127\.0\.0\.1:\d+/posts/1\b", shown)
    assert "𝐱ₜ = (1−t)𝐱₀ + tε" in shown
    assert "Topics of the post: Python. Ticked here: Diffusion." in shown
    assert re.search(r"Not sent: .*\. Your filter -\w+ blocked it\.", shown)
    assert list(tmp_path.iterdir()) == []


def test_the_example_configuration_is_valid(tmp_path: Path) -> None:
    """Every key of config.example.toml is known, also those that stand in comments."""
    lines = (ROOT / "config.example.toml").read_text(encoding="utf-8").splitlines()
    keys = [line.removeprefix("# ") if _is_setting(line) else line for line in lines]
    (tmp_path / "config.toml").write_text("\n".join(keys), encoding="utf-8")
    done = incoming(tmp_path, "feeds", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["name"] == "blog"


def _is_setting(line: str) -> bool:
    bare = line.removeprefix("# ")
    return line.startswith("# ") and (bare.startswith("[") or (" = " in bare and bare.split(" = ")[0].isidentifier()))
