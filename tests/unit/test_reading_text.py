"""Lengths, folding and what a Doc says."""

from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st

from bot.reading.doc import (
    Break,
    CodeBlock,
    Doc,
    Heading,
    Image,
    Listing,
    Math,
    MathBlock,
    Quote,
    Table,
    Text,
    bold,
    link,
    paragraph,
)
from bot.reading.text import clean, columns, fold, graphemes, plain, utf16


@given(st.text())
def test_utf16_counts_what_the_codec_writes(text: str) -> None:
    """A length in UTF-16 units is half of the bytes of the UTF-16 form, surrogates included."""
    assert utf16(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2


def test_columns_are_those_of_a_terminal() -> None:
    """A Chinese character takes two columns, a Latin or mathematical letter one, a combining mark none."""
    assert columns("ab") == 2
    assert columns("汉字，") == 6
    assert columns("𝐱ₜ") == 2
    assert columns("e\u0301\u200d") == 1


@given(st.text())
def test_graphemes_lose_nothing(text: str) -> None:
    """Put together again, the graphemes are the text."""
    assert "".join(graphemes(text)) == text


def test_a_grapheme_is_what_a_reader_calls_a_character() -> None:
    """A family, a flag and an accented letter are one each."""
    assert graphemes("👨‍👩‍👧🇨🇳e\u0301") == ["👨‍👩‍👧", "🇨🇳", "e\u0301"]


def test_fold_makes_the_same_what_is_meant_to_be_the_same() -> None:
    """Width, case and the two Chinese scripts do not matter."""
    assert fold("ＦＬＯＷ擴散模型") == fold("flow扩散模型")
    assert fold("Straße") == "strasse"


@given(st.text())
def test_fold_takes_any_text(text: str) -> None:
    """Whatever comes in, text comes out, and folding again changes no ASCII."""
    folded = fold(text)
    assert not folded.isascii() or fold(folded) == folded


def test_clean_takes_out_what_hides() -> None:
    """Zero-width blanks, direction overrides and controls vanish, lone surrogates are replaced, joiners stay."""
    assert clean("a\u200bb\u202ec\x00d\ud800") == "abcd\ufffd"
    assert clean("👨\u200d👩 \n\t") == "👨\u200d👩 \n\t"


def test_clean_bounds_heaps_of_marks() -> None:
    """A letter under a thousand accents keeps a few, so that it cannot fill a message unseen."""
    assert len(clean("a" + "\u0301" * 1000)) < 20


def test_what_is_thought_harmless_is() -> None:
    """No character, and no heap of one, is left in a text that would be taken out beside an unusual one."""
    for at in (*range(0x3100), *range(0xD7F0, 0x10000), *range(0x10000, sys.maxunicode, 97)):
        heap = 9 * chr(at)
        assert clean(heap) + "🙂" == clean(heap + "🙂"), hex(at)


def test_plain_says_everything_once() -> None:
    """Every paragraph, item, row and formula is a line; styles and addresses are gone."""
    doc = Doc(
        (
            Heading(2, (Text("Noise"),)),
            paragraph("a ", bold("b ", link("https://x.y", "c")), Break(), Math("x_t")),
            Listing(1, ((paragraph("one"), Listing(None, ((paragraph("two"),),))),)),
            Quote((paragraph("said"),)),
            CodeBlock("x = 1\n\ny = 2", "python"),
            MathBlock("x^2"),
            Image("https://x.y/a.png", "a cat"),
            Table((((Text("k"),), (Text("v"),)),), header=True),
        )
    )
    assert plain(doc).split("\n") == [
        "Noise",
        "a b c",
        "xₜ",
        "one",
        "two",
        "said",
        "x = 1",
        "y = 2",
        "x²",
        "a cat",
        "k | v",
    ]
