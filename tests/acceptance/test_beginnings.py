"""The first minutes at a shell: the wrong folder, and whose language the program speaks before it is told one."""

from __future__ import annotations

import asyncio
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from bot import machine
from bot.demo import play
from bot.demo.blog import SampleBlog
from tests.acceptance.harness import until
from tests.acceptance.test_command_line import ROOT, told
from tests.emulators.documents import Entry, rss
from tests.forked import forked_readers

NOTHING = (
    "incoming: no config.toml here, and no feed is watched; make one with `incoming init`, or name it with --config\n"
)


def test_a_pass_in_the_wrong_folder_says_so_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No file, no feed: one line and exit code 2, and no folder is made; nor where an empty database stands there."""
    assert told(monkeypatch, tmp_path, "once") == 2
    assert capsys.readouterr() == ("", NOTHING)
    assert list(tmp_path.iterdir()) == []
    assert told(monkeypatch, tmp_path, "feeds") == 0
    capsys.readouterr()
    assert told(monkeypatch, tmp_path, "once") == 2
    assert capsys.readouterr().err.endswith(NOTHING)
    for name, value in (("INCOMING_FEEDS", "http://127.0.0.1:9/"), ("INCOMING_DELIVER__EDITS_FOR", "0")):
        monkeypatch.setenv(name, value)
        told(monkeypatch, tmp_path, "once")
        assert NOTHING not in capsys.readouterr().err
        monkeypatch.delenv(name)


def test_a_check_in_the_wrong_folder_says_so_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Likewise a check, as its only finding: whoever has not begun is told what makes a configuration."""
    assert told(monkeypatch, tmp_path, "check") == 1
    assert capsys.readouterr().out == NOTHING.replace("incoming:", "BAD ", 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("locale", "words", "said"),
    [
        ("C", (), "信号站"),
        ("zh_TW.UTF-8", (), "信号站"),
        ("en_US.UTF-8", (), "Signal Post"),
        ("fr_FR", (), "Signal Post"),
        ("en_US.UTF-8", ("--language", "zh"), "信号站"),
        ("zh_CN.UTF-8", ("--language", "en"), "Signal Post"),
    ],
)
def test_the_demo_speaks_the_locales_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locale: str, words: tuple[str, ...], said: str
) -> None:
    """Chinese where the locale is Chinese or names none, else English; an option leads."""
    blogs: list[str] = []

    async def run(_stop: object, *, seconds: float | None, language: str) -> None:
        blogs.append(SampleBlog(language).title)
        assert seconds == 1

    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.setattr("bot.demo.run", run)
    assert told(monkeypatch, tmp_path, "demo", "--for", "1", *words) == 0
    assert blogs == [said]


@pytest.mark.parametrize(
    ("environ", "given", "asked"),
    [
        ({}, (), ""),
        ({"LANGUAGE": "en"}, (), ""),
        ({}, ("LANGUAGE=en",), "--language en"),
        ({"FOR": "3"}, (), "--for 3"),
    ],
)
def test_make_demo_takes_a_language_that_is_given_to_make(
    environ: dict[str, str], given: tuple[str, ...], asked: str
) -> None:
    """`make demo LANGUAGE=en`; in the environment that variable belongs to gettext."""
    words = ("make", "-n", "-o", ".venv/.installed", "demo", *given, "BIN=bin")
    done = subprocess.run(words, cwd=ROOT, env={"PATH": "/usr/bin:/bin", **environ}, capture_output=True, check=True)
    assert done.stdout.decode().split() == ["bin/incoming", "demo", *asked.split()]


@pytest.mark.parametrize(
    ("locale", "config", "words", "said"),
    [
        ("C", "", (), "阅读原文"),
        ("en_US.UTF-8", "", (), '"Read"'),
        ("en_US.UTF-8", 'language = "zh"', (), "阅读原文"),
        ("zh_CN.UTF-8", 'language = "zh"', ("--language", "en"), '"Read"'),
        ("zh_TW.UTF-8", "", (), "閱讀原文"),
    ],
)
def test_preview_speaks_the_configurations_language_or_the_locales(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    locale: str,
    config: str,
    words: tuple[str, ...],
    said: str,
) -> None:
    """An option before the file before the locale."""
    (tmp_path / "config.toml").write_text(config, encoding="utf-8")
    (tmp_path / "feed.xml").write_bytes(rss([Entry("One", "Text")]))
    monkeypatch.setenv("LC_ALL", locale)
    with forked_readers():
        assert told(monkeypatch, tmp_path, "preview", "feed.xml", "--platform", "telegram", "--json", *words) == 0
    shown = capsys.readouterr().out
    assert said in shown


@pytest.mark.parametrize(("language", "zone", "said"), [("en", "Asia/Tokyo", "Asia/Tokyo"), ("en", "", "UTC")])
def test_the_english_demo_lives_in_the_machines_zone(
    monkeypatch: pytest.MonkeyPatch, language: str, zone: str, said: str
) -> None:
    """A clock that is nobody's would puzzle whoever tries it."""
    monkeypatch.setattr(machine, "timezone", lambda _: zone or None)
    assert play.zone(language) == said
    assert play.zone("zh") == "Asia/Shanghai"


@pytest.mark.asyncio
async def test_the_demo_says_which_post_was_the_last(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever waits for more is told that there is none, and what is left to try; nothing ends by itself."""
    monkeypatch.setattr(play, "PAUSE", 0.05)
    ours, theirs = pty.openpty()
    shown, stop = "", asyncio.Event()

    def seen(text: str) -> bool:
        nonlocal shown
        shown += capsys.readouterr().out
        return text in shown

    with forked_readers(), os.fdopen(ours, "wb"), os.fdopen(theirs, "r") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        async with asyncio.TaskGroup() as group:
            group.create_task(play.run(stop, seconds=None, language="en"))
            await until(lambda: seen("That was the last sample post. Still to try: /latest 5"), "the last post")
            stop.set()
    assert seen("That was the demo.")
    assert shown.count("last sample post") == 1


@pytest.mark.parametrize("words", [(), ("topics",)])
def test_without_a_command_the_help_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """As it is, not as an error about itself."""
    assert told(monkeypatch, tmp_path, *words) == 2
    shown, said = capsys.readouterr()
    assert shown.startswith("Usage: incoming")
    assert (said, shown.count("incoming --help")) == ("", 0)


@pytest.mark.parametrize("words", [(), ("feeds",), ("chats",), ("deliveries",), ("topics",)])
def test_no_summary_of_a_command_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """In a terminal of 80 columns each is a whole sentence."""
    monkeypatch.setenv("COLUMNS", "80")
    assert told(monkeypatch, tmp_path, *words, "--help") == 0
    lines = capsys.readouterr().out.partition("Commands:\n")[2].splitlines()
    assert lines
    assert [line for line in lines if not line.endswith(".") or line.endswith("..")] == []
