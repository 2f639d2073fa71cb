"""One keyword against one text, and the keys of categories."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.models import Filter, Post
from bot.reading.doc import (
    Break,
    CodeBlock,
    CodeSpan,
    Doc,
    Image,
    Listing,
    Math,
    MathBlock,
    Quote,
    Table,
    Text,
    link,
    paragraph,
)
from bot.topics.keyword import keyword
from bot.topics.match import Matcher
from bot.topics.rules import category_key
from bot.topics.text import MAX_TEXT, post_text


def lets(query: str, post: Post) -> bool:
    """Tell whether a query lets a post through."""
    return Matcher().judge(post, Filter(1, (), query)).passes


def said(text: str, title: str = "") -> Post:
    """Make a post that says something."""
    return Post(1, 1, title, None, Doc((paragraph(text),)))


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("VAE", "本文比较VAE和GAN", True),
        ("gan", "an organ", False),
        ("gan", "two gans", False),
        ("gan", "my_gan", False),
        ("gan", "gan2", False),
        ("gan", "用ＧＡＮ生成", True),
        ("nai", "naïve", False),
        ("кот", "который", False),
        ("кот", "мой кот спит", True),
        ("扩散", "讲扩散模型", True),
        ("擴散", "讲扩散模型", True),
        ("扩散模型", "講擴散模型", True),
        ("扩散模型", "扩散 模型", True),
        ("flow模型", "tensorflow模型", False),
        ("flow模型", "tensor flow模型", True),
        ("flow模型", "用 flow 模型", True),
        ("flow-based", "Flowbased", True),
        ("flow-based", "flow based", True),
        ("flow based", "flow–based", True),
        ("flow-based", "flow, based", False),
        ("flowbased", "flow-based", False),
        ("today", "to day", False),
        ("c++", "用c++写", True),
        ("c++", "用c#写", False),
        (".net", "用.NET写", True),
        ("python*", "pythonic", True),
        ("python", "pythonic", False),
        ("python*", "cpython", False),
        ("*gan", "stylegan", True),
        ("*gan", "stylegans", False),
        ("*gan*", "stylegans", True),
        ("=ViT", "用ViT做", True),
        ("=ViT", "vit", False),
        ("=ViT", "VIT", False),
        ("=ViT", "Straße, ViT", True),
        ("=vit", "ViT", False),
        ("＝ViT", "ViT", True),
        ("gan", "see https://example.org/gan介绍", False),
        ("介绍", "see https://example.org/gan介绍", True),
        ("gan", "(https://example.org/)gan", True),
        ("gan", "HTTPS://EXAMPLE.ORG/gan and www.example.org/gan", False),
        ("ga\u200bn", "g\u00adan", True),
    ],
)
def test_a_keyword_is_found_as_readers_expect(word: str, text: str, *, found: bool) -> None:
    """Words end at ASCII edges, Chinese is found anywhere, blanks and hyphens of the keyword may be missing."""
    assert lets(f'"{word}"' if " " in word else word, said(text)) is found


@pytest.mark.parametrize("source", ["", " ", "*", "=", "=*", "-", "- -", "\u200b", "＊"])
def test_nothing_is_no_keyword(source: str) -> None:
    """What has no character to look for is none."""
    assert keyword(source) is None


@pytest.mark.parametrize(
    "title", ["On \\(gan\\)", "On \\[gan\\]", "On $gan$", "On $$gan$$", "On \\begin{align}gan\\end{align}"]
)
def test_formulas_in_titles_are_not_searched(title: str) -> None:
    """TeX between delimiters is no text."""
    assert not lets("gan", said("nothing", title))


def test_money_in_a_title_is_no_formula() -> None:
    """Two prices have words between them."""
    assert lets("gan", said("nothing", "A gan for $5 and a gan for $10"))


def test_formulas_part_words() -> None:
    """A formula is taken out, and what stands beside it does not become one word."""
    doc = Doc((paragraph("扩散", Math("x"), "模型 and flow ", Math("y"), " based"), MathBlock("gan")))
    post = Post(1, 1, "", None, doc)
    assert [lets(query, post) for query in ("扩散模型", '"flow based"', "gan", "扩散", "x")] == [0, 0, 0, 1, 0]


def test_every_block_is_searched_and_none_runs_into_the_next() -> None:
    """Lists, quotes, code, tables, links and pictures' texts count; words do not reach over paragraphs."""
    doc = Doc(
        (
            paragraph("one扩散"),
            paragraph("模型two", CodeSpan("three"), Break(), link("https://example.org/no", "four")),
            Listing(None, ((paragraph("five"),), (Quote((paragraph("six"),)),))),
            CodeBlock("seven = 1", "no"),
            Table((((Text("eight"),), (Text("nine"),)),)),
            Image("https://example.org/no.png", "ten"),
        )
    )
    post = Post(1, 1, "", None, doc)
    words = ["one", "two*", "*three", "four", "five", "six", "seven", "eight", "nine", "ten", "no", "扩散模型"]
    assert [word for word in words if not lets(word, post)] == ["no", "扩散模型"]


def test_the_summary_is_searched_where_there_is_no_text() -> None:
    """A feed may give its excerpt only."""
    post = Post(1, 1, "", None, Doc(), Doc((paragraph("gan"),)))
    assert lets("gan", post)


def test_no_depth_and_no_length_of_a_doc_is_too_much() -> None:
    """A feed may nest quotes as deep and write posts as long as it likes."""
    block: Quote | Listing = Quote((paragraph("gan"),))
    for _ in range(20_000):
        block = Quote((block,))
    assert lets("gan", Post(1, 1, "", None, Doc((block,))))
    assert len(post_text(said("字" * (3 * MAX_TEXT))).key) <= MAX_TEXT + 2


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Python", "python"),
        ("Deep Learning", "deep-learning"),
        ("deep_learning", "deep-learning"),
        ("Ｐｙｔｈｏｎ", "python"),
        ("C", "c"),
        ("C++", "cplusplus"),
        ("C#", "csharp"),
    ],
)
def test_a_category_with_an_ascii_name_has_its_slug_for_a_key(name: str, key: str) -> None:
    """Keys are stable, and names that differ in signs alone have different ones."""
    assert category_key(name) == key


def test_other_categories_have_a_hash_for_a_key() -> None:
    """Traditional and simplified names are one category; another name is another."""
    key = category_key("扩散模型")
    assert key == category_key("擴散模型 ")
    assert key != category_key("生成模型")
    assert len(key) == 11
    assert key.startswith("t")


@given(st.text(max_size=100))
def test_every_category_has_a_key_that_links_can_carry(name: str) -> None:
    """Whatever a feed calls a category: 1 to 40 characters of a small alphabet."""
    key = category_key(name)
    assert 1 <= len(key) <= 40
    assert set(key) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_and_any_word_can_be_compared(text: str, word: str) -> None:
    """Nothing raises, whatever stands in either."""
    keyword(word)
    post_text(said(text, word))
