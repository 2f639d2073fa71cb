from __future__ import annotations

import contextlib
import io
import json
import logging
import time
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot import log
from bot.log import clean

TELEGRAM = "7123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw_"
DISCORD = "MTE3OTM4NDc1NjI5NDgzNzU2Mg.GxYz12.abcdefghijklmnopqrstuvwxyzABCDEFGHIJ"


class Terminal(io.StringIO):
    """A standard error that is, or is not, a terminal."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        """Say which."""
        return self.terminal


@contextlib.contextmanager
def output(*, terminal: bool, verbose: bool = False) -> Iterator[Terminal]:
    """Set the log up, for a file or for a terminal; put everything back."""
    root = logging.getLogger()
    handlers, level, configured = root.handlers[:], root.level, structlog.get_config()
    stream = Terminal(terminal=terminal)
    with contextlib.redirect_stderr(stream):
        log.set_up(verbose=verbose)
        yield stream
    structlog.configure(**configured)
    root.handlers[:] = handlers
    root.setLevel(level)


either = pytest.mark.parametrize("terminal", [False, True], ids=["file", "terminal"])


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"token {TELEGRAM} is wrong", "token  is wrong"),
        (f"https://api.telegram.org/bot{TELEGRAM}/sendMessage", "https://api.telegram.org/bot/sendMessage"),
        (f"https://api.telegram.org/bot{TELEGRAM.replace(':', '%3A')}/getMe", "https://api.telegram.org/bot/getMe"),
        ("http://127.0.0.1:8081/bot42:TEST/getMe", "http://127.0.0.1:8081/bot/getMe"),
        (f"Authorization: Bot {DISCORD}", "Authorization: Bot "),
        ("socks5://user:p@ss@proxy.example:1080", "socks5://proxy.example:1080"),
        ("http://user@blog.example/feed", "http://blog.example/feed"),
        ("https://blog.example/feed?key=secret", "https://blog.example/feed"),
        ("https://blog.example/?key=secret", "https://blog.example/"),
        ("https://blog.example?key=secret", "https://blog.example"),
        ("https://blog.example/a#access_token=secret", "https://blog.example/a"),
        ("https://blog.example/?secret and more", "https://blog.example/ and more"),
        ("GET /feed?key=it's-a-secret HTTP/1.1", "GET /feed HTTP/1.1"),
        ("blog.example?key=secret", "blog.example"),
        ("看https://甲:密@blog.example/一?钥=密", "看https://blog.example/一"),
        (TELEGRAM.replace(":", "%3A"), ""),
        (f"{'a' * 20}.{'b' * 6}.{'c' * 25}", ""),
        ("/path#secret", "/path"),
        ("one\u2029line", "one line"),
        ("one\nline\r\x1b[31m only\u2028here", "one line [31m only here"),
    ],
)
def test_secrets_are_taken_out(text: str, left: str) -> None:
    """Tokens, user info, queries and fragments go, wherever they stand; what is left can still be understood."""
    assert clean(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "unknown key; did you mean token?",
        "is no IANA time zone; did you mean Asia/Shanghai?",
        "https://medium.example/feed/@somebody",
        "一步加噪是什么？",
        "C# and F# at 12:30, telegram:1001:7",
        "2026-01-20T12:00:00Z 127.0.0.1:8081",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    """Ordinary texts are not touched."""
    assert clean(text) == text


@given(st.text())
def test_cleaning_is_total_and_done_after_once(text: str) -> None:
    """Whatever comes, it comes out on one line, no longer than before."""
    once = clean(text)
    assert len(once) <= len(text)
    assert len(once.splitlines()) <= 1


PIECES = st.sampled_from(
    ("123456", ":", "%3A", "/", "/bot", "://", "@", "?", "=", "#", ".", "-", "a" * 20, "字", " ", "\n")
)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join)))
def test_what_is_passed_over_at_a_glance_holds_nothing_to_be_taken_out(text: str) -> None:
    """The quick look says no more than the thorough one."""
    assert clean(text) == log._cleansed(text)


@pytest.mark.parametrize("piece", ["a", "1", "/", "://", "?", "@", "a@", "-.", "1:", "\n"])
def test_long_texts_are_cleaned_in_time(piece: str) -> None:
    """Two hundred thousand characters of anything take no longer than reading them."""
    began = time.process_time()
    clean(piece * (200_000 // len(piece)))
    # Some hundredths of a second; what a regular expression does is seen by no count. Without end it would be minutes.
    assert time.process_time() - began < 10.0


@either
def test_no_secret_gets_through_any_value(terminal: bool) -> None:  # noqa: FBT001 -- a parameter
    """Strings, containers, exceptions and the event itself: none of them brings a secret out."""
    secret = f"https://user:hunter2@blog.example/bot{TELEGRAM}?key=hunter2"
    listed = [secret, (secret, {secret: {"deep": secret}})]
    with output(terminal=terminal) as said:
        structlog.get_logger().warning("at " + secret, plain=secret, listed=listed, raised=ValueError(secret))
    text = said.getvalue()
    assert "blog.example" in text
    assert "hunter2" not in text
    assert "AAHdq" not in text


def fail() -> None:
    """Raise an error that holds secrets."""
    msg = f"no way to https://user:hunter2@blog.example/?key={TELEGRAM}"
    raise RuntimeError(msg)


@either
def test_an_exception_is_one_line_that_names_its_place(terminal: bool) -> None:  # noqa: FBT001 -- a parameter
    """No traceback: the error, where it came up, and no secret in it."""
    with output(terminal=terminal) as said:
        try:
            fail()
        except RuntimeError:
            structlog.get_logger().exception("failed")
    text = said.getvalue()
    assert len(text.splitlines()) == 1
    assert "RuntimeError: no way to https://blog.example/" in text
    assert "test_log:" in text
    assert "Traceback" not in text
    assert "hunter2" not in text


def test_outside_a_terminal_every_line_is_json() -> None:
    """Programs read it: an object a line, with level, time and Chinese as it is."""
    with output(terminal=False) as said:
        structlog.get_logger().info("watch.new", feed="博客", posts=2, ratio=0.5, good=True, none=None)
    (line,) = said.getvalue().splitlines()
    assert "博客" in line
    event = json.loads(line)
    assert event.pop("timestamp").endswith("Z")
    numbers = {"posts": 2, "ratio": 0.5, "good": True, "none": None}
    assert event == {"event": "watch.new", "level": "info", "feed": "博客", **numbers}


@either
def test_what_libraries_say_is_one_clean_line(terminal: bool) -> None:  # noqa: FBT001 -- a parameter
    """Their errors come through without tracebacks and secrets; their chatter does not."""
    library = logging.getLogger("some.library")
    with output(terminal=terminal) as said:
        library.info("chatter")
        try:
            fail()
        except RuntimeError:
            library.exception("failed at %s", f"https://h/bot{TELEGRAM}/x?y")
    (line,) = said.getvalue().splitlines()
    assert "https://h/bot/x" in line
    assert "RuntimeError" in line
    assert "AAHdq" not in line
    assert "hunter2" not in line


def test_a_slip_in_a_librarys_message_is_no_error() -> None:
    """A message whose arguments do not fit is said as it stands; the caller never notices."""
    record = logging.LogRecord("some.library", logging.ERROR, "file.py", 1, "%d things", ("no number",), None)
    with output(terminal=False) as said:
        logging.getLogger().handlers[0].handle(record)
    assert json.loads(said.getvalue())["message"] == "%d things"


def test_details_are_said_only_when_they_are_asked_for() -> None:
    """Debug lines are silent, unless the log is set up to be verbose."""
    for verbose in (False, True):
        with output(terminal=False, verbose=verbose) as said:
            structlog.get_logger().debug("detail")
        assert ("detail" in said.getvalue()) == verbose
