"""The gist of a text, and how much of two texts is common by their gists."""

from __future__ import annotations

from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.gist import gist_of, likeness
from bot.core.keys import letters

LONG = "Probability flow and score matching, told once more from the start and without a single stochastic integral."
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
FACTORS = [int.from_bytes(blake2b(b"gist").digest()[at : at + 4], "little") % 2**21 for at in range(0, 24, 4)]


def defined(text: str) -> str:
    """Make a gist run by run, as it is defined."""
    data = text[:4000].encode("utf-16-le", "replace")
    units = [pow(3, byte, 257) - 1 for byte in data[::2]]
    least: dict[int, tuple[int, int]] = {}
    for end in range(min(6, len(units)), len(units) + 1):
        run = units[max(end - 6, 0) : end]
        value = sum(factor * unit for factor, unit in zip(FACTORS, reversed(run), strict=False))
        rank, mark, cell = max(value >> 16 & 255, 1), value >> 8 & 63, value & 63
        least[cell] = min(least.get(cell, (256, 0)), (rank, mark))
    return "".join(ALPHABET[least[cell][1]] if cell in least else "." for cell in range(64)) if units else ""


PIECES = st.lists(st.text(st.characters(codec="utf-16"), max_size=40), min_size=1, max_size=8)


@given(PIECES, st.sampled_from((1, 3, 40, 300)))
def test_a_gist_is_what_it_is_defined_to_be(pieces: list[str], times: int) -> None:
    """Short texts and long ones, one letter over and over, letters of any script."""
    text = "".join(piece + str(number) * 2 for number in range(times) for piece in pieces)[:4100]
    assert gist_of(text) == defined(text)
    assert gist_of("".join(pieces)) == defined("".join(pieces))


def test_long_texts_are_looked_at_up_to_a_limit() -> None:
    """The four thousandth letter counts, the next one does not, and where letters repeat all cells are looked for."""
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 4000)))
    assert gist_of(text) == gist_of(text + "a" * 4000) == defined(text)
    assert "." not in gist_of(text)
    assert gist_of("a" * 4000) == gist_of("a" * 6) == defined("a" * 6)


@pytest.mark.parametrize(
    ("text", "gist"),
    [
        (
            "扩散模型的采样过程，flow matching 是一个ＯＤＥ：x_t=(1−t)x_0+tε。" * 3,
            ".1..z.T.....m..._Of..f_F6.w..CO.H.Q5..8.J.W..-a.b.....C....n8f..",
        ),
        ("a", ".............................W.................................."),
        ("half \ud83d\ude00 characters", "........0........................3.....9c..3..c.G....G.m........"),
    ],
)
def test_a_gist_is_the_same_for_good(text: str, gist: str) -> None:
    """It stands in databases."""
    assert gist_of(letters(text)) == gist


def test_likeness_is_between_none_and_one() -> None:
    """The same text is 1, an unrelated one near 0, and no text tells nothing."""
    gist = gist_of(LONG)
    assert likeness(gist, gist) == 1
    other = likeness(gist, gist_of("".join(map(str, range(1000)))))
    assert other is not None
    assert other < 0.1
    assert likeness(gist, "") is likeness("", "") is likeness("." * 64, "." * 64) is None
