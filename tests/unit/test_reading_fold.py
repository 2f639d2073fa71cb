"""A text that needs no dictionary to be folded is folded as with one."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from unittest import mock

import opencc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reading import text as reading
from bot.reading.text import fold
from bot.topics.rules import category_key

_CHARACTERS = [chr(point) for point in range(0x80, 0x10000) if not 0xD800 <= point < 0xE000]
_DICTIONARIES = Path(opencc.__file__).parent / "clib"


def thoroughly(text: str) -> str:
    """Fold by the dictionaries, whatever the text."""
    with mock.patch.object(reading, "_is_simple", return_value=False):
        return fold(text)


def test_each_character_is_folded_as_the_dictionaries_say() -> None:
    """Those of GB 2312 that are not simplified are known."""
    with mock.patch.object(reading, "_is_simple", return_value=False):
        thorough = list(map(fold, _CHARACTERS))
    assert list(map(fold, _CHARACTERS)) == thorough


def test_each_word_is_folded_as_the_dictionaries_say(tmp_path: Path) -> None:
    """A word may be written anew whose characters alone would stay: 土坏 is 土坯."""
    listed = tmp_path / "words"
    command: list[str | Path] = [_DICTIONARIES / "bin" / "opencc_dict", "-f", "ocd2", "-t", "text", "-o", listed, "-i"]
    try:
        subprocess.run(
            [*command, _DICTIONARIES / "share" / "opencc" / "TSPhrases.ocd2"], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this OpenCC brings no tool that lists its words")
    words = [line.partition("\t")[0] for line in listed.read_text("utf-8").splitlines()]
    assert len(words) > 200
    for word in words:
        assert fold(word) == thoroughly(word)


@given(st.text(st.sampled_from("生成模型扩散擴散乾坤沈浸土坏反覆 ，—·éГ日本の漢字\x00") | st.characters()))
def test_any_text_is_folded_as_the_dictionaries_say(text: str) -> None:
    """Scripts and signs mixed as they like."""
    assert fold(text) == thoroughly(text)


def test_names_of_real_blogs_keep_their_keys(real_feeds: Path) -> None:
    """A category that somebody chose is found again under its key; titles stand for more of them."""
    found = b"\n".join(path.read_bytes() for path in sorted((real_feeds / "snapshots").iterdir()))
    names = set(re.findall(r"<(?:category|title)[^>]*>(?:<!\[CDATA\[)?([^<\]]+)", found.decode("utf-8", "replace")))
    assert sum(not name.isascii() for name in names) > 100
    keys = {name: category_key.__wrapped__(name) for name in names}
    with mock.patch.object(reading, "_is_simple", return_value=False):
        assert {name: category_key.__wrapped__(name) for name in names} == keys
