"""`init` where not all is as it should be: an address without its scheme, no token, a platform out of reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.parts import load_config
from bot.setup import _HOST
from tests.acceptance.terminal import terminal
from tests.emulators.blog import Blog
from tests.emulators.documents import Entry, rss
from tests.integration.test_web import free_port

OWN_NETWORK = {"INCOMING_FETCH__ALLOW_ADDRESSES": '["127.0.0.0/8"]'}
TOKEN = "777:TEST-token"


@pytest.mark.asyncio
async def test_what_was_answered_is_kept_where_telegram_is_out_of_reach(tmp_path: Path) -> None:
    """What is no token is asked for again without the network; whoever agrees gets the file, with the token untried.

    The address without a scheme is tried with both; what comes next names the file.
    """
    nobody = f"http://127.0.0.1:{free_port()}/bot"
    async with Blog() as blog:
        blog.publish("/feed.xml", rss([Entry("旧文章", "从前。", (), "/old")], title="信号站"))
        away = {**OWN_NETWORK, "INCOMING_TELEGRAM__API_BASE": nobody}
        words = ("init", "--language", "en", "--output", "my bot.toml")
        async with terminal(tmp_path, *words, **away) as there:
            for question, times, answer in (
                ("Time zone", 1, "UTC"),
                ("Address of the blog's feed", 1, blog.url().removeprefix("http://")),
                ("Telegram token from", 1, "hello"),
                ("Telegram token from", 2, TOKEN),
                ("token untried? [Y/n]", 1, "n"),
                ("Telegram token from", 3, TOKEN),
                ("token untried? [Y/n]", 2, "y"),
                ("Discord token", 1, "hello"),
                ("Discord token", 2, ""),
            ):
                await there.see(question, times)
                there.type(f"{answer}\n")
            assert await there.ended() == 0, there.shown
            await there.see("next: `incoming check --config 'my bot.toml'`, then `incoming run --config 'my bot.toml'`")
        config = load_config(tmp_path / "my bot.toml")
        assert [feed.url for feed in config.feeds] == [blog.url()]
    assert config.platform("telegram").token.get_secret_value() == TOKEN
    assert there.shown.count("set telegram.proxy (INCOMING_TELEGRAM__PROXY)") == 2
    assert "that is no token of Telegram: one looks like 123456:" in there.shown
    assert "that is no token of Discord" in there.shown


@pytest.mark.parametrize(
    ("written", "is_host"),
    [
        ("blog.example", True),
        ("博客.example/订阅?a=b", True),
        ("localhost:8080/feed", True),
        ("blog", False),
        ("my blog.example", False),
        ("/srv/feed.xml", False),
        ("me@blog.example", False),
        ("mailto:me", False),
        ("https://blog.example", False),
    ],
)
def test_an_address_without_a_scheme_has_a_host(written: str, *, is_host: bool) -> None:
    """A dot or a port makes a host of it; anything else is refused and asked for again."""
    assert (_HOST.fullmatch(written) is not None) is is_host
