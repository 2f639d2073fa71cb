from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.models import Address, Chat, Filter, PlaceKind, Post, Rhythm, Verdict
from bot.core.notice import Item, by_topic, of_post
from bot.core.outgoing import Cause
from bot.core.ports import ListBid, Wanted
from bot.deliver.lists import Chapter, ListWriter
from bot.i18n import load
from bot.platforms.telegram import sketch
from bot.reading.doc import Block, CodeBlock, Doc, Image, Link, Math, MathBlock, Text, paragraph
from bot.reading.excerpt.opening import opening
from bot.reading.html import to_doc
from bot.reading.text import columns, inline_text
from bot.topics.match import Matcher
from bot.topics.rules import RuleSpec

NOW = datetime(2026, 1, 26, 0, 0, tzinfo=UTC)
RULES = (RuleSpec("diffusion", (("zh", "扩散模型"), ("en", "Diffusion")), strong=("flow matching",)),)
CHAT = Chat(1, Address("telegram", "1"), PlaceKind.PRIVATE, 1, digest=Rhythm(480, 0))
TEXT = Doc(
    (
        paragraph("从一步加噪说起，"),
        MathBlock(r"\mathbf{x}_t = (1-t)\mathbf{x}_0 + t\varepsilon"),
        CodeBlock("xt = (1 - t) * x0 + t * eps", "python"),
        paragraph("后面还有很多。"),
    )
)


def post(number: int, title: str, doc: Doc = TEXT) -> Post:
    """Make a post."""
    return Post(number, number, title, f"https://blog.example/{number}", doc, first_seen=NOW - timedelta(days=3))


def bid(chat: Chat, cause: Cause, *posts: Post, size: int = 0, source: str = "") -> ListBid:
    """Write a list as Telegram takes it."""
    matcher = Matcher(RULES)
    entries = []
    for number, each in enumerate(posts, 1):
        verdict = matcher.judge(each, Filter(1, ("diffusion",)))
        kept = verdict if verdict.passes else Verdict(passes=True)
        entries.append((Wanted(number, each.id, 1, kept, NOW, (), source), Item(each, kept)))
    return ListWriter(sketch(), matcher).bid(chat, Chapter(cause, tuple(entries), size), NOW)


def said(found: ListBid) -> list[str]:
    """Give the lines of all messages."""
    return [line for payload in found.payloads for line in str(payload["text"]).split("\n") if line]


def pressed(found: ListBid) -> list[tuple[str, str]]:
    """Give the buttons under the last message."""
    markup = found.payloads[-1]["reply_markup"]
    assert isinstance(markup, dict)
    return [(each["text"], each["callback_data"]) for row in markup["inline_keyboard"] for each in row]


# -- the layouts of UX.md, section 3 ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "lines", "button"),
    [
        (
            "zh",
            [
                "本周文摘 · 1月19–25日 · 2 篇",
                "扩散模型",
                "• 从一步加噪看 Flow Matching：从一步加噪说起， 𝐱ₜ = (1−t)𝐱₀ + tε 后面还有很多。",
                "其他",
                "• 别的：从一步加噪说起， 𝐱ₜ = (1−t)𝐱₀ + tε 后面还有很多。",
            ],
            "调整文摘",
        ),
        (
            "en",
            [
                "This week · 19–25 Jan · 2 posts",
                "Diffusion",
                "• 从一步加噪看 Flow Matching: 从一步加噪说起， 𝐱ₜ = (1−t)𝐱₀ + tε 后面还有很多。",
                "Other",
                "• 别的: 从一步加噪说起， 𝐱ₜ = (1−t)𝐱₀ + tε 后面还有很多。",
            ],
            "Change digest",
        ),
    ],
)
def test_a_digest(language: str, lines: list[str], button: str) -> None:
    """Its days and count; topics as headings, those without one last; titles that are links; no code."""
    chat = replace(CHAT, language=language)
    found = bid(chat, Cause.DIGEST, post(1, "别的"), post(2, "从一步加噪看 Flow Matching"))
    assert said(found) == lines
    assert pressed(found) == [(button, "digest")]
    entities = found.payloads[0]["entities"]
    assert isinstance(entities, list)
    links = [each["url"] for each in entities if each["type"] == "text_link"]
    assert links == ["https://blog.example/2", "https://blog.example/1"]


@pytest.mark.parametrize(
    ("language", "lines", "button"),
    [
        (
            "zh",
            [
                "博客一次出现了 34 篇新文章",
                "可能是搬家或导入旧文，所以只推了最新的一篇。你订阅的另有 12 篇：",
                *(f"{number}. 文 {number}" for number in range(1, 13)),
            ],
            "全部 12 篇",
        ),
        (
            "en",
            [
                "34 posts appeared at once",
                "Perhaps the blog moved or imported old posts, so you got only the newest. 12 more match you:",
                *(f"{number}. 文 {number}" for number in range(1, 13)),
            ],
            "All 12",
        ),
    ],
)
def test_after_a_flood(language: str, lines: list[str], button: str) -> None:
    """Count and cause, every other matching post with its link, and a button that brings them all."""
    posts = [post(number, f"文 {number}") for number in range(1, 13)]
    found = bid(replace(CHAT, language=language), Cause.FLOOD, *posts, size=34)
    assert said(found) == lines
    assert pressed(found) == [(button, "resume send 1-12")]


@pytest.mark.parametrize(
    ("language", "title"), [("zh", "信号站一次出现了 34 篇新文章"), ("en", "34 posts of 信号站 appeared at once")]
)
def test_after_a_flood_in_one_of_several_blogs(language: str, title: str) -> None:
    """A chat that has several blogs reads which one it was."""
    found = bid(replace(CHAT, language=language), Cause.FLOOD, post(1, "文"), size=34, source="信号站")
    assert said(found)[0] == title


def test_a_long_list_is_divided_and_each_part_names_its_own() -> None:
    """As few messages as hold it; every delivery is carried once, by the part that names it."""
    posts = [post(number, f"{number} {'长' * 190}") for number in range(1, 61)]
    found = bid(CHAT, Cause.BACKLOG, *posts)
    assert 3 <= len(found.payloads) <= 5
    assert [each.delivery_id for each in found.carried] == list(range(1, 61))
    for each, written in zip(found.carried, posts, strict=True):
        assert written.title in str(found.payloads[each.part]["text"])
    assert "reply_markup" not in found.payloads[0]
    assert len(set(found.nonces)) == len(found.payloads)
    assert all(len(nonce) <= 25 and nonce.isascii() for nonce in found.nonces)


def test_one_section_without_topics_has_no_heading() -> None:
    """Where no post has a topic, [Other] would be the heading of everything."""
    assert [section.topic for section in by_topic([Item(post(1, "别的"))], Matcher(RULES), "zh")] == [""]
    assert "其他" not in said(bid(CHAT, Cause.DIGEST, post(1, "别的")))


def test_settings_of_a_chat_are_kept_in_its_notifications() -> None:
    """No picture and no topics where the chat wants none; the gear in private chats alone."""
    shown = replace(post(1, "Flow Matching"), image="https://blog.example/a.png")

    def written(chat: Chat) -> tuple[str | None, tuple[str, ...], list[str]]:
        notice = of_post(shown, chat, None, words=load("en"), judge=Matcher(RULES), now=NOW)
        return notice.image, notice.topics, [choice.label for row in notice.choices for choice in row]

    assert written(CHAT) == (shown.image, ("扩散模型",), ["Read", "⚙"])
    bare = replace(CHAT, images="off", hashtags=False, kind=PlaceKind.CHANNEL)
    assert written(bare) == (None, (), ["Read"])


# -- a text's first sentence ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>One sentence. And another one.</p>", "One sentence."),
        ("<p>第一句。第二句。</p>", "第一句。"),
        ('<p>See <a href="https://a.example/">this</a> and <b>that</b>.</p>', "See this and that."),
        ("<h2>Introduction</h2><pre>x = 1</pre><p>The text.</p>", "The text."),
        ("<p>The rate is $x_t$, always.</p>", "The rate is xₜ, always."),
        ("<ul><li>only a list</li></ul>", ""),
        ("<p>no end of a sentence</p>", "no end of a sentence"),
    ],
)
def test_openings(html: str, expected: str) -> None:
    """The first sentence, with its formulas, without links, code and lists."""
    assert inline_text(opening(to_doc(html), 80)) == expected


def test_an_opening_is_cut_at_its_budget_and_never_in_a_formula() -> None:
    """What does not fit ends with an ellipsis."""
    line = opening(Doc((paragraph("字" * 35, Math("x" * 30), "。"),)), 80)
    assert inline_text(line) == "字" * 35 + "…"
    assert opening(Doc((Image("https://a.example/1.png"),)), 80) == ()


words = st.text("字a .。，$", max_size=60)
blocks = st.one_of(
    words.map(paragraph),
    words.map(lambda text: paragraph(Link("https://a.example/", (Text(text),)), Math(text), "。")),
    words.map(MathBlock),
    words.map(CodeBlock),
)


@settings(max_examples=100)
@given(st.lists(blocks, max_size=4), st.integers(2, 100))
def test_openings_fit(some: list[Block], budget: int) -> None:
    """Whatever a text holds, its opening is one line within the budget."""
    line = inline_text(opening(Doc(tuple(some)), budget))
    assert columns(line) <= budget
    assert "\n" not in line
