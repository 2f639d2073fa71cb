"""Rare texts: what is cut, numbered, raised or marked up must still say what its author wrote."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.core.models import Address, Chat, Notice, Payload, PlaceKind
from bot.platforms.console.draw import safe
from bot.platforms.discord import draw as discord
from bot.platforms.discord.markdown import DIALECT, pieces, written
from bot.platforms.telegram.draw import plainly
from bot.platforms.telegram.rich import rich
from bot.preview.markdown import read, said
from bot.reading.doc import (
    Block,
    Break,
    CodeBlock,
    CodeSpan,
    Doc,
    Heading,
    Image,
    InlineImage,
    Link,
    Listing,
    Math,
    MathBlock,
    Paragraph,
    Quote,
    Table,
    Text,
    bold,
    link,
    paragraph,
    to_json,
    to_text,
)
from bot.reading.excerpt import excerpt
from bot.reading.html import clean_link, to_doc
from bot.reading.render import Dialect, Flat, Span, flatten
from bot.reading.tex.written import to_unicode
from bot.reading.text import clean, columns, plain, utf16

PLAIN = Dialect("plain", unit="columns", styles=frozenset())
SERVER = Chat(1, Address("discord", "5"), PlaceKind.GROUP, 1)
CODE = CodeBlock("\n".join(f"line {number}" for number in range(20)))


def shown(html: str) -> str:
    """Write HTML as text."""
    return flatten(to_doc(html), PLAIN).text


def begun(budget: int, *blocks: Block) -> str:
    """Write the excerpt of some blocks."""
    return flatten(excerpt(Doc(blocks), budget), PLAIN).text


def embeds(payload: Payload) -> list[dict[str, Any]]:
    """Give a message's embeds."""
    found = payload["embeds"]
    assert isinstance(found, list)
    return found


# -- excerpts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "last",
    [(CODE,), (MathBlock("x" * 300),), (Quote((CODE,)),), (Listing(None, ((CODE,),)),)],
    ids=["code", "formula", "quoted", "listed"],
)
def test_what_is_passed_over_at_the_end_is_missed(last: tuple[Block, ...]) -> None:
    """A text that goes on with what does not fit says so, also where nothing comes after that."""
    assert begun(200, paragraph("短短一句。"), *last) == "短短一句…"


def test_items_that_are_passed_over_keep_their_numbers() -> None:
    """The second item of a list is the second one, whatever the first was."""
    picture = (Image("https://b.example/a.png"),)
    items = (picture, (paragraph("two"),), picture, (paragraph("four"),))
    assert begun(300, Listing(1, items)) == "2. two\n3. …\n4. four"
    assert begun(300, Listing(None, items)) == "• two\n• four"


def test_a_blank_before_a_heading_counts() -> None:
    """It stays where the heading is an item of a list, and so is part of the budget."""
    item = (Heading(2, (Text(" ?"), Math(r"\frac{a}{b+c}"))),)
    assert columns(begun(13, Listing(9, (item, item)))) <= 13


def test_an_address_in_the_text_is_not_cut() -> None:
    """What is left of one would lead elsewhere."""
    text = paragraph("The address is https://example.com/a/very/long/path and so on, for ever and ever.")
    assert begun(40, text) == "The address is…"


@pytest.mark.parametrize("number", ["1,000,000", "99.57%", "2026.11.21"])
def test_a_number_is_not_cut(number: str) -> None:
    """Its beginning would be another number."""
    for budget in range(12, 22):
        said = begun(budget, paragraph(f"It was {number} that day, as everybody knew."))
        assert number in said or not any(map(str.isdigit, said))


@pytest.mark.parametrize("run", ["1", "1,", "1.1%", "https://", "a" * 50 + "://"])
def test_endless_numbers_and_addresses_cost_no_more_than_their_room(run: str) -> None:
    """What is looked at grows with the budget, not with the text."""
    assert begun(40, paragraph("It is " + run * 150_000)).startswith("It is")


# -- HTML -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("html", [r"It went from $5 to \$10", r"$20 is 5\% of \$400."])
def test_money_with_a_backslash_is_no_formula(html: str) -> None:
    """Prices of which one is escaped are not a formula that was cut."""
    assert shown(html) == html.replace("\\$", "$")


def test_a_link_to_a_note_elsewhere_keeps_its_words() -> None:
    """A word is no footnote's number, though the address ends in one."""
    html = '<p>see <a href="https://b.example/docs#note-1">documentation</a></p>'
    assert to_doc(html).blocks == (paragraph("see ", link("https://b.example/docs#note-1", "documentation")),)
    for number in ("1", "a", "iv", "*"):
        assert shown(f'<p>x<sup><a href="#fn-1">{number}</a></sup></p>') == f"x[{number}]"


def test_a_rule_divides_paragraphs() -> None:
    """What stands before a line and what stands behind it do not run together."""
    assert shown("first<hr>second<hr/>") == "first\nsecond"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("x<sub><i>i</i></sub>", "xᵢ"),
        ("2<sup><em>n</em>+1</sup>", "2ⁿ⁺¹"),
        ("2<sup>n/2</sup>", "2^{n/2}"),
        ("e<sup>iπ</sup>", "e^{iπ}"),
        ("L<sub>∞</sub>", "L_∞"),
        ("说<sup>注一</sup>", "说注一"),
        ("a<sup>[1]</sup>", "a[1]"),
    ],
)
def test_what_is_raised_or_lowered_stays_so(html: str, text: str) -> None:
    """Variables are slanted in HTML, and an exponent may be a fraction or Greek."""
    assert shown(f"<p>{html}</p>") == text


def test_isolates_turn_no_line_round() -> None:
    """Marks that isolate a direction go with those that override it."""
    assert clean("a\u2067b\u2069c") == "abc"
    assert safe("a\u2067b") == "a\ufffdb"
    assert clean_link("https://b.example/\u2067a") == "https://b.example/a"


def test_a_cell_of_two_lines_stays_in_its_row() -> None:
    """A row of a table that is too wide to be drawn is one line."""
    cell = (Text("x"), Break(), Text("y"))
    doc = Doc((Table((((Text("a" * 40),), (Text("b"),)), (cell, (Text("z"),)))),))
    assert flatten(doc, PLAIN).text == plain(doc) == f"{'a' * 40} | b\nx y | z"


def test_a_coloured_box_keeps_its_formula() -> None:
    r"""``\bbox`` only paints what stands in it."""
    assert to_unicode(r"\bbox[yellow,5px]{x+1}=2") == "x + 1 = 2"


# -- Discord and Telegram ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["```", "use ```py here", "`````", "``a````b``", "`"])
def test_no_run_of_backticks_ends_code(code: str) -> None:
    """However many there are, the client reads one piece of code."""
    for block in (Doc((paragraph("a ", CodeSpan(code), " b"),)), Doc((CodeBlock(f"{code}\n**x**"),))):
        (piece,) = (piece for piece in read(written(flatten(block, DIALECT))) if piece.kind in {"code", "pre"})
        assert said(piece.inside).replace("\u200b", "").strip() in {code, f"{code}\n**x**"}


def test_an_address_inside_a_word_hides_no_markup() -> None:
    """The client links no address that begins in a word: what follows is escaped like any text."""
    assert written(Flat("xhttps://[a](https://e.example)")) == r"xhttps://\[a\](https://e.example)"
    assert written(Flat("见https://e.example/a_b")) == "见https://e.example/a_b"


def test_words_beside_an_address_in_a_link_are_kept() -> None:
    """Markdown masks no link whose text holds an address; its words are worth more than the mask."""
    both = Doc((paragraph(link("https://e.example/a", "论文 https://e.example/a 的正文")),))
    assert written(flatten(both, DIALECT)) == "论文 https://e.example/a 的正文"
    other = Doc((paragraph(link("https://e.example/b", "paper (https://e.example/a)")),))
    assert written(flatten(other, DIALECT)) == "paper (https://e.example/a) <https://e.example/b>"
    short = Doc((paragraph(link("https://e.example/abc", "https://e.example/a…")),))
    assert written(flatten(short, DIALECT)) == "https://e.example/abc"


def test_an_endless_address_tears_no_text_apart() -> None:
    """A link that is written in more characters than a message has leaves its words."""
    doc = Doc((Paragraph((Text("前文 "), Link("https://e.example/" + "汉" * 800, (Text("*点* 这里"),)))),))
    assert list(pieces(flatten(doc, DIALECT), 4096)) == [r"前文 \*点\* 这里"]


def test_what_fits_no_piece_is_escaped_all_the_same() -> None:
    """Where marks leave no room at all, the words come without them, and mean nothing."""
    flat = Flat("**a** ||b||", (Span(0, 11, "link", "https://e.example/" + "a" * 200),))
    assert list(pieces(flat, 60, 12)) == [r"\*\*a\*\* \|\|b\|\|"]


@pytest.mark.parametrize("text", ["字" * 40_000, "字" * 16_384 + "\n完", "x" * 4096 * 5, "a b " * 20_000])
def test_a_text_too_long_for_discord_says_so(text: str) -> None:
    """The last of too many messages ends with an ellipsis, and is no longer than it may be."""
    notice = Notice(Doc((paragraph(text),)), title="t", link="https://b.example/a")
    for drawn in (discord.draw(notice, SERVER), discord.draw(replace(notice, title=""), SERVER)):
        texts = [str(embed["description"]) for payload in drawn for embed in embeds(payload)]
        assert len(texts) == discord.PARTS
        assert texts[-1].endswith("\n…")
        assert all(utf16(each) <= discord.DESCRIPTION for each in texts)


def test_a_mention_that_goes_on_in_bold_is_none() -> None:
    """Telegram looks for names and commands in the words alone, wherever a style begins."""
    body = Doc((paragraph(Math("x_1"), " see @", bold("name"), " or /", bold("start"), ", 1/", bold("2")),))
    html = rich(Notice(body, title="t"), "", ())
    assert "@\u2060<b>name</b> or /\u2060<b>start</b>, 1/<b>2</b>" in html
    assert rich(Notice(Doc((paragraph(Math("x_1"), " a&b"),))), "", ()).endswith(" a&amp;b</p>")


def test_plain_words_for_telegram_say_where_they_are_cut() -> None:
    """The link below the text takes its room; what it takes it from is missed."""
    link_below = {"type": "text_link", "offset": 0, "length": 1, "url": "https://b.example/" + "a" * 300}
    payload = plainly({"method": "sendMessage", "text": "字" * 4000, "entities": [link_below]})
    body, _, below = str(payload["text"]).rpartition("\n")
    assert (body[-2:], below) == ("\n…", link_below["url"])
    assert utf16(str(payload["text"])) <= 4096
    assert "…" not in str(plainly({"method": "sendMessage", "text": "字" * 4000})["text"])


def test_a_doc_is_written_at_once_as_by_way_of_its_values() -> None:
    """Every kind of node, numbers, flags and what is missing, quotes and control characters."""
    inlines = (
        Text('"\\\n\x01\u2028 中😀'),
        Break(),
        bold("b"),
        CodeSpan("c"),
        link("https://a.example", "d"),
        Math("x"),
    )
    doc = Doc(
        (
            Paragraph((*inlines, InlineImage("https://a.example/i.png", "i"))),
            Heading(2, inlines),
            Listing(None, ((paragraph("e"),), ())),
            Listing(
                3,
                (
                    (
                        Quote(
                            (CodeBlock("f", "py"), MathBlock("y")),
                        ),
                    ),
                ),
            ),
            Image("https://a.example/j.png"),
            Table(((inlines, ()), ()), header=True),
        )
    )
    for each in (doc, Doc()):
        assert to_text(each) == json.dumps(to_json(each), ensure_ascii=False, separators=(",", ":"))
