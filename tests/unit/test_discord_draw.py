from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.models import Address, Chat, Choice, Notice, Payload, PlaceKind
from bot.platforms.discord.buttons import changed
from bot.platforms.discord.draw import COLOURS, colour_of, draw, plainly
from bot.platforms.discord.markdown import cut, escaped, pieces
from bot.reading.doc import (
    CodeBlock,
    Doc,
    Image,
    Listing,
    MathBlock,
    Paragraph,
    Styled,
    Text,
    bold,
    link,
    paragraph,
)
from bot.reading.html import to_doc
from bot.reading.render import Flat
from bot.reading.text import utf16
from tests.emulators.discord_rules import check_message, pinged

SERVER = Chat(1, Address("discord", "5"), PlaceKind.GROUP, 1)
PERSON = Chat(2, Address("discord", "@1"), PlaceKind.PRIVATE, 2)
BODY = Doc(
    (
        paragraph("Flow Matching 的一步加噪公式："),
        MathBlock(r"\mathbf{x}_t = (1-t)\mathbf{x}_0 + t\varepsilon"),
        CodeBlock("xt = (1 - t) * x0 + t * eps", "python"),
    )
)
NOTICE = Notice(
    BODY,
    title="从一步加噪看 Flow_Matching",
    link="https://b.example/flow",
    topics=("扩散模型", "生成模型"),
    date=datetime(2026, 1, 19, 8, tzinfo=UTC),
    image="https://b.example/a.png",
    choices=((Choice("阅读原文", url="https://b.example/flow"),),),
)


def description(*blocks: Paragraph) -> str:
    """Draw some paragraphs and give the description."""
    (payload,) = draw(replace(NOTICE, body=Doc(blocks)), SERVER)
    return str(first_of(payload)["description"])


def first_of(payload: Payload) -> dict[str, Any]:
    """Give a message's first embed."""
    embeds = payload["embeds"]
    assert isinstance(embeds, list)
    embed: dict[str, Any] = embeds[0]
    return embed


def rows_of(payload: Payload) -> list[dict[str, Any]]:
    """Give a message's rows of buttons and menus."""
    rows = payload["components"]
    assert isinstance(rows, list)
    return rows


def test_the_layout_of_a_post() -> None:
    """Each part of the embed is where readers look for it, formulas in Unicode, code with its language."""
    (payload,) = draw(NOTICE, SERVER)
    assert payload == {
        "embeds": [
            {
                "title": "从一步加噪看 Flow\\_Matching",
                "url": "https://b.example/flow",
                "description": "Flow Matching 的一步加噪公式：\n𝐱ₜ = (1−t)𝐱₀ + tε\n"
                "```python\nxt = (1 - t) * x0 + t * eps\n```",
                "color": colour_of("扩散模型"),
                "footer": {"text": "扩散模型 · 生成模型"},
                "timestamp": "2026-01-19T08:00:00+00:00",
                "image": {"url": "https://b.example/a.png"},
            }
        ],
        "allowed_mentions": {"parse": []},
        "components": [
            {"type": 1, "components": [{"type": 2, "style": 5, "label": "阅读原文", "url": "https://b.example/flow"}]}
        ],
    }
    check_message(payload)


def test_a_direct_message_rings_with_its_title() -> None:
    """An embed alone shows as an empty notification: in direct messages the title stands above it."""
    (payload,) = draw(NOTICE, PERSON)
    assert payload["content"] == "从一步加噪看 Flow\\_Matching"


def test_the_source_is_the_author() -> None:
    """The feed's name stands on top, where the chat has several."""
    (payload,) = draw(replace(NOTICE, source="A  blog"), SERVER)
    assert first_of(payload)["author"] == {"name": "A blog"}


def test_a_silent_chat_is_not_rung() -> None:
    """The flag for silent messages, from the chat or the notice."""
    for notice, chat in ((replace(NOTICE, silent=True), SERVER), (NOTICE, replace(SERVER, silent=True))):
        (payload,) = draw(notice, chat)
        assert payload["flags"] == 1 << 12


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a_b_c *d* ~~e~~ ||f|| `g`", "a\\_b\\_c \\*d\\* \\~\\~e\\~\\~ \\|\\|f\\|\\| \\`g\\`"),
        ("# no heading", "\\# no heading"),
        ("-# no small print", "\\-# no small print"),
        ("> no quotation", "\\> no quotation"),
        ("- no list", "\\- no list"),
        ("1. no list", "1\\. no list"),
        ("2026. 5 of them", "2026\\. 5 of them"),
        ("@everyone <@1> <@&2> <#3> <:x:4> <t:5>", "\\@everyone \\<\\@1> \\<\\@&2> \\<#3> \\<:x:4> \\<t:5>"),
        ("[x](https://e.example)", "\\[x\\](https://e.example)"),
        ("https://e.example/a_b_c*d", "https://e.example/a_b_c*d"),
        (r"back\slash", r"back\\slash"),
    ],
)
def test_what_would_be_markdown_is_escaped(text: str, expected: str) -> None:
    """A post's own characters mean nothing, and addresses stay whole."""
    assert description(paragraph(text)) == expected


def test_brackets_beside_a_link() -> None:
    """Brackets around a link, inside its words and in its address leave the link whole."""
    shown = description(paragraph("[1]", link("https://e.example/w_(x)>y", "see [2]"), "(3)"))
    assert shown == "\\[1\\][see \\[2\\]](<https://e.example/w_%28x%29%3Ey>)(3)"


def test_a_link_that_discord_does_not_know_is_text() -> None:
    """A mailto link keeps its words."""
    assert description(paragraph(link("mailto:a@b.example", "write"))) == "write"


def test_numbered_lists_keep_their_numbers() -> None:
    """Our own numbers are escaped like others: Discord would count from one again after a break."""
    items = Listing(7, ((paragraph("a"),), (paragraph("- b"),)))
    (payload,) = draw(replace(NOTICE, body=Doc((items,))), SERVER)
    assert first_of(payload)["description"] == "7\\. a\n8\\. - b"


def test_asterisks_that_meet_are_kept_apart() -> None:
    """Bold beside italic would be read as one run of asterisks: the italic gives way."""
    italic = Styled("italic", (Text("b"),))
    assert description(paragraph(bold("a"), italic, " ", italic)) == "**a**b *b*"


def test_code_cannot_end_its_block() -> None:
    """Three backticks inside code are broken up, and a language that is none is left out."""
    (payload,) = draw(replace(NOTICE, body=Doc((CodeBlock("```\n@everyone", "py thon"),))), SERVER)
    shown = first_of(payload)["description"]
    assert shown.startswith("```\n`\u200b`\u200b`\n")
    assert shown.count("```") == 2


def test_nobody_is_ever_pinged() -> None:
    """Whatever stands in a post, nobody is rung."""
    hostile = replace(NOTICE, title="@everyone <@1>", body=Doc((paragraph("<@&2> @here <@!3>"),)))
    for chat in (SERVER, PERSON):
        assert [who for payload in draw(hostile, chat) for who in pinged(payload)] == []


def test_a_long_text_becomes_a_few_messages() -> None:
    """At most four, each within the limits; the head is on the first, footer and buttons on the last."""
    body = Doc(tuple(paragraph(f"{number} _*_ " * 400) for number in range(60)))
    payloads = draw(replace(NOTICE, body=body), SERVER)
    assert len(payloads) == 4
    for payload in payloads:
        check_message(payload)
    assert ["title" in first_of(payload) for payload in payloads] == [True, False, False, False]
    assert ["components" in payload for payload in payloads] == [False, False, False, True]
    assert [payload.get("flags", 0) for payload in payloads] == [0, 4096, 4096, 4096]
    assert first_of(payloads[-1])["description"].endswith("…")


def test_what_has_no_title_is_plain_text() -> None:
    """Answers are text without previews, so that those see them who have embeds switched off."""
    (payload,) = draw(Notice(Doc((paragraph("see ", link("https://e.example", "this")),))), SERVER)
    assert payload == {
        "content": "see [this](<https://e.example>)",
        "allowed_mentions": {"parse": []},
        "flags": 4,
    }


def test_a_long_answer_is_an_embed() -> None:
    """What does not fit into 2,000 is put where 4,096 fit."""
    (payload,) = draw(Notice(Doc((paragraph("word " * 500),))), SERVER)
    assert "content" not in payload
    check_message(payload)


def test_links_and_pictures_that_discord_refuses_are_left_out() -> None:
    """An address that is no web address would have the whole message refused."""
    (payload,) = draw(replace(NOTICE, link="tg://resolve", image="data:image/png;base64,x", choices=()), SERVER)
    assert first_of(payload).keys().isdisjoint({"url", "image"})
    check_message(payload)


def test_plainly_gives_words_alone() -> None:
    """Without embed and buttons: title, link and text, within the limit, no block of code left open."""
    (payload,) = draw(replace(NOTICE, silent=True), SERVER)
    assert plainly(payload) == {
        "content": "从一步加噪看 Flow\\_Matching\nhttps://b.example/flow\n"
        "Flow Matching 的一步加噪公式：\n𝐱ₜ = (1−t)𝐱₀ + tε\n\nxt = (1 - t) * x0 + t * eps",
        "allowed_mentions": {"parse": []},
        "flags": (1 << 12) | (1 << 2),
    }
    long = draw(replace(NOTICE, body=Doc((CodeBlock("x\n" * 3000, "c"),))), SERVER)[0]
    check_message(plainly(long))


# -- buttons and menus ------------------------------------------------------------------------------------------------


def test_boxes_become_a_menu_and_the_rest_buttons() -> None:
    """Boxes are one menu with several choices, each value the command; buttons carry theirs in the custom_id."""
    boxes = tuple(Choice(f"T{n}", f"topics +t{n} p0", on=n == 1) for n in range(3))
    rows = (boxes[:2], boxes[2:], (Choice("‹", "topics p0"), Choice("退订", "unsubscribe")))
    (payload,) = draw(Notice(Doc((paragraph("?"),)), choices=rows), SERVER)
    menu, buttons = rows_of(payload)
    (select,) = menu["components"]
    assert [(each["label"], each["value"], each["default"]) for each in select["options"]] == [
        ("T0", "topics +t0 p0", False), ("T1", "topics +t1 p0", True), ("T2", "topics +t2 p0", False),
    ]  # fmt: skip
    assert (select["min_values"], select["max_values"]) == (0, 3)
    assert [each["custom_id"] for each in buttons["components"]] == ["run:|topics p0", "run:|unsubscribe"]
    check_message(payload)


def test_of_boxes_that_exclude_each_other_one_can_be_chosen() -> None:
    """Such a menu holds exactly one, and says by its name that the others need no command."""
    row = tuple(Choice(each, f"language {each}", on=each == "en", sole=True) for each in ("zh", "zh-TW", "en"))
    (payload,) = draw(Notice(Doc((paragraph("?"),)), choices=(row,)), SERVER)
    ((select,),) = [each["components"] for each in rows_of(payload)]
    assert (select["custom_id"], select["min_values"], select["max_values"]) == ("pick:|0", 1, 1)
    assert [each["default"] for each in select["options"]] == [False, False, True]
    check_message(payload)


def test_many_boxes_become_several_menus() -> None:
    """A menu holds 25; what is beyond five rows is left out rather than refused."""
    rows = tuple((Choice(f"T{n}", f"topics +t{n}", on=False),) for n in range(200))
    (payload,) = draw(Notice(Doc((paragraph("?"),)), choices=rows), SERVER)
    assert len(rows_of(payload)) == 5
    check_message(payload)


def test_what_was_ticked_is_the_difference() -> None:
    """The boxes whose state changed, and no others, are acted upon."""
    options = [("a", True), ("b", False), ("c", True)]
    assert changed(options, ["a", "b"]) == ["b", "c"]
    assert changed(options, ["a", "c"]) == []


def test_a_choice_that_discord_would_refuse_is_left_out() -> None:
    """No label, an address that is too long, a command that does not fit."""
    row = (
        Choice(" ", "x"),
        Choice("a", url="https://e.example/" + "x" * 600),
        Choice("b", "y" * 200),
        Choice("c", "ok"),
    )
    (payload,) = draw(Notice(Doc((paragraph("?"),)), choices=(row,)), SERVER)
    assert [each["label"] for each in rows_of(payload)[0]["components"]] == ["c"]


# -- properties -------------------------------------------------------------------------------------------------------

NASTY = st.text(st.sampled_from("ab 文*_~`|#>-[]()<@:/\\\n1.😀𝐱"), max_size=400)


@settings(max_examples=150, deadline=None)
@given(NASTY, NASTY, st.integers(0, 5))
def test_no_text_breaks_a_limit(title: str, text: str, image: int) -> None:
    """Whatever a post says, Discord takes every message, and the plain one too."""
    body = Doc((paragraph(text * 40), CodeBlock(text, text[:9]), paragraph(link("https://e.example/" + text, text))))
    notice = replace(NOTICE, title=title or "x", body=body, topics=(text, title), source=text)
    for payload in draw(replace(notice, image="https://e.example/a.png" if image else text), PERSON):
        check_message(payload)
        check_message(plainly(payload))


@settings(max_examples=150, deadline=None)
@given(NASTY)
def test_escaping_hides_nothing(text: str) -> None:
    """Without its backslashes the escaped text is the text."""
    line = " ".join(text.replace("\\", "").split())
    assert re.sub(r"\\([^\sA-Za-z0-9])", r"\1", escaped(line, 10_000)) == line


@given(st.text(max_size=50), st.integers(4, 20))
def test_cut_keeps_to_its_limit(text: str, limit: int) -> None:
    """Never longer than asked, never a half of a pair of surrogates."""
    shown = cut(text.strip(), limit)
    assert utf16(shown) <= limit
    shown.encode("utf-16-le")


def test_pieces_that_need_many_backslashes_are_made_smaller() -> None:
    """A text of nothing but special characters doubles; every piece still fits."""
    found = list(pieces(Flat("*" * 1000), 100))
    assert all(utf16(piece) <= 100 for piece in found)
    assert sum(piece.count("*") for piece in found) == 1000


def test_a_topic_keeps_its_colour() -> None:
    """The same name has the same colour, however it is written."""
    assert colour_of("Diffusion") == colour_of("diffusion ".strip().upper()) in COLOURS


def test_real_html_is_within_the_limits() -> None:
    """A post with everything in it."""
    html = "<h2>A</h2><p>b<br>c <code>d`e</code></p><blockquote><p>f</p><p>g</p></blockquote><pre>h</pre>" * 200
    for payload in draw(replace(NOTICE, body=to_doc(html)), SERVER):
        check_message(payload)


def test_a_picture_in_the_text_is_a_link() -> None:
    """Embeds show one picture; others are linked."""
    (payload,) = draw(replace(NOTICE, body=Doc((Image("https://e.example/x.png", "a plot"),))), SERVER)
    assert first_of(payload)["description"] == "[🖼 a plot](<https://e.example/x.png>)"
