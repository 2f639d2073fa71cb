from __future__ import annotations

import tomllib

import pytest

from bot import setup


@pytest.mark.parametrize("blog", ["https://blog.example/😀", "https://blog.example/中文", 'https://blog.example/"\\'])
def test_what_init_writes_is_read_back(blog: str) -> None:
    """Whatever stands in an address, the file is TOML."""
    written = tomllib.loads(setup._text(blog, {"telegram": "1:x"}, "zh", "Asia/Shanghai"))
    assert written["feeds"] == [{"url": blog}]
    assert (written["language"], written["timezone"], written["telegram"]) == ("zh", "Asia/Shanghai", {"token": "1:x"})


def test_the_way_by_which_a_token_was_tried_is_written_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the environment goes into the file, which only its owner reads: the next start may not have it."""
    monkeypatch.setenv("INCOMING_TELEGRAM__PROXY", "socks5://127.0.0.1:1080")
    written = tomllib.loads(setup._text("https://blog.example/", {"telegram": "1:x", "discord": "a.b.c"}, "zh", "UTC"))
    assert written["telegram"] == {"token": "1:x", "proxy": "socks5://127.0.0.1:1080"}
    assert written["discord"] == {"token": "a.b.c"}
