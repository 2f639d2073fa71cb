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
