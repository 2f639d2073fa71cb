"""The page that shows posts as the platforms would: what it draws, and that nothing of a post acts in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import i18n
from bot.core.models import EPOCH, Post
from bot.platforms.discord.markdown import DIALECT, escaped, written
from bot.preview import Sample, discord, page, telegram, terminal
from bot.preview.markdown import read, said
from bot.reading.doc import (
    Block,
    CodeBlock,
    CodeSpan,
    Doc,
    Heading,
    Inline,
    Link,
    Listing,
    Math,
    Paragraph,
    Quote,
    Styled,
    Text,
    bold,
)
from bot.reading.render import Flat, flatten, markup


def drawn(markdown: str) -> str:
    """Draw Markdown."""
    return discord.marked(markdown)


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("**a** *b* __c__ ~~d~~", "<strong>a</strong> <em>b</em> <u>c</u> <s>d</s>"),
        ("**a *b***", "<strong>a <em>b</em></strong>"),
        ("||a||", '<span class="spoiler">a</span>'),
        (r"\*a\* \_b\_ \~\~ \|\| \[x\](y)", "*a* _b_ ~~ || [x](y)"),
        ("`a*b` ``c`d``", "<code>a*b</code> <code>c`d</code>"),
        ("```python\na = 1\n```\nb", "<pre>a = 1</pre>b"),
        ("> a\n> b\nc", "<blockquote>a\nb</blockquote>c"),
        ("[a](<https://x.y/?a=1&b=2>)", '<a href="https://x.y/?a=1&amp;b=2" rel="noreferrer">a</a>'),
        ("https://x.y/a_b_c.", '<a href="https://x.y/a_b_c" rel="noreferrer">https://x.y/a_b_c</a>.'),
        ("# a", '<span class="heading">a</span>'),
        (r"\# a", "# a"),
        ("<@123>", '<span class="mention">&lt;@123&gt;</span>'),
        ("[a](javascript:x)", "[a](javascript:x)"),
        ("<script>", "&lt;script&gt;"),
        ("snake_case_name 2*3*4", "snake_case_name 2<em>3</em>4"),
    ],
)
def test_markdown_as_the_client_reads_it(markdown: str, html: str) -> None:
    """Styles, code, quotations and links are drawn; what is escaped is text."""
    assert drawn(markdown) == html


_SIGNS = st.text(alphabet=r"a*_~`|[]()<>@#-+>.1: \/中" + "\n", max_size=60)


@settings(max_examples=300, deadline=None)
@given(_SIGNS)
def test_escaped_lines_read_back(text: str) -> None:
    """Whatever signs a title has, a client shows these signs."""
    line = " ".join(text.split())
    assert said(read(escaped(text, 4096))) == line


@settings(max_examples=300, deadline=None)
@given(_SIGNS)
def test_escaped_text_reads_back(text: str) -> None:
    """Whatever signs a text has, at the beginning of lines too, a client shows these signs and no style."""
    flat = Flat(text.strip())
    pieces = read(markup(flat, DIALECT))
    assert said(pieces) == flat.text
    assert {piece.kind for piece in pieces} <= {"text"}


_LEAF: st.SearchStrategy[Inline] = st.sampled_from(
    [
        *(Text("a*b_c"), Text(" # x "), Text("1. y"), Text("中文，"), Math("x_t"), CodeSpan("a*b"), CodeSpan("a`b")),
        *(Link("https://x.y/a_b?c=1", (Text("[l]"),)), bold("b*"), Styled("italic", (Text("i_"),)), Text(" ")),
    ]
)
_BLOCK: st.SearchStrategy[Block] = st.one_of(
    st.lists(_LEAF, min_size=1, max_size=5).map(lambda kids: Paragraph(tuple(kids))),
    st.sampled_from([CodeBlock("a\n  *b*", "python"), Heading(2, (Text("h"),)), Quote((Paragraph((Text("q"),)),))]),
    st.lists(_LEAF, min_size=1, max_size=2).map(lambda kids: Listing(1, ((Paragraph(tuple(kids)),),))),
)
_DOCS = st.lists(_BLOCK, max_size=4).map(lambda blocks: Doc(tuple(blocks)))


@settings(max_examples=200, deadline=None)
@given(_DOCS)
def test_a_post_reads_back(doc: Doc) -> None:
    """What a client shows of a post in Markdown are the post's own words."""
    flat = flatten(doc, DIALECT)
    shown = said(read(written(flat)))
    assert "".join(shown.split()) == "".join(flat.text.split())


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80) | _SIGNS)
def test_any_markdown_is_read(markdown: str) -> None:
    """No input raises, and none makes an element of its own."""
    html = drawn(markdown)
    assert set(re.findall(r"<(/?\w+)", html)) <= {
        f"{end}{tag}"
        for end in ("", "/")
        for tag in ("strong", "em", "u", "s", "code", "pre", "blockquote", "span", "a")
    }


def test_entities_are_drawn() -> None:
    """Offsets count UTF-16 units; ranges nest; hashtags outside of them are coloured, buttons drawn."""
    message = {
        "text": "😀ab c\n#标签",
        "entities": [
            {"type": "bold", "offset": 2, "length": 2},
            {"type": "text_link", "offset": 2, "length": 2, "url": "https://x.y"},
            {"type": "code", "offset": 5, "length": 1},
        ],
        "reply_markup": {
            "inline_keyboard": [[{"text": "Read", "url": "https://x.y"}, {"text": "⚙", "callback_data": "why"}]]
        },
        "link_preview_options": {"url": "https://x.y/a.png"},
    }
    assert telegram.shown(message) == (
        '<div class="bubble">😀<strong><a href="https://x.y" rel="noreferrer">ab</a></strong> <code>c</code>\n'
        '<span class="tag">#标签</span><div class="card">🖼 a.png</div></div>'
        '<div class="row"><span class="button">Read ↗</span><span class="button">⚙</span></div>'
    )


def test_an_embed_is_drawn() -> None:
    """Title, text, colour, picture's name, topics and day."""
    message = {
        "content": "t",
        "embeds": [
            {
                "title": "t",
                "url": "https://x.y",
                "description": "**a**",
                "color": 0xFF,
                "author": {"name": "Blog"},
                "footer": {"text": "ML"},
                "image": {"url": "https://x.y/a.png"},
                "timestamp": "2026-01-24T01:30:00+00:00",
            }
        ],
        "components": [{"type": 1, "components": [{"type": 2, "label": "Read", "url": "https://x.y"}]}],
    }
    assert discord.shown(message) == (
        '<div class="content">t</div><div class="embed" style="border-color:#0000ff"><div class="author">Blog</div>'
        '<div class="title"><a href="https://x.y" rel="noreferrer">t</a></div>'
        '<div class="description"><strong>a</strong></div><div class="image">🖼 a.png</div>'
        '<div class="footer">ML • 2026/01/24</div></div><div class="row"><span class="button">Read ↗</span></div>'
    )


def test_a_terminal_shows_each_platforms_own_message() -> None:
    """Text, embed and buttons, without the styles; a blog's control characters steer nothing."""
    telegram_message = {
        "text": "Title\n\n\x1b[2Jbody",
        "reply_markup": {"inline_keyboard": [[{"text": "Read", "url": "https://blog.example"}, {"text": "⚙"}]]},
    }
    discord_message = {
        "content": "Title",
        "embeds": [{"title": "Title", "description": "one\\_two\nthree", "footer": {"text": "Topic"}}],
        "components": [{"type": 1, "components": [{"label": "Read"}]}],
    }
    assert terminal.shown([telegram_message]).splitlines()[1:-1] == ["Title", "", "\ufffd[2Jbody", "[Read] [⚙]"]
    assert terminal.shown([discord_message]).splitlines()[1:-1] == [
        "Title",
        "┃ Title",
        "┃ one\\_two",
        "┃ three",
        "┃ Topic",
        "[Read]",
    ]
    assert terminal.shown([{"method": "sendPhoto", "caption": "Words"}]).splitlines()[1:-1] == ["Words"]


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'</style>"


def sample(text: str) -> Sample:
    """Make a post that says a text everywhere."""
    messages: tuple[dict[str, object], ...] = (
        {"text": text, "entities": [{"type": text, "offset": 0, "length": 9, "url": text}], "content": text},
        {"embeds": [{"title": text, "description": text, "url": text, "color": text, "image": {"url": text}}]},
    )
    return Sample(Post(1, 1, text, None, Doc(), first_seen=EPOCH), text, {}, ((text, text, "tag"),), messages, text)


def test_nothing_of_a_post_acts_in_the_page() -> None:
    """Markup in a post is text, addresses are web addresses, and the page loads nothing."""
    html = page(HOSTILE, {"telegram": [sample(HOSTILE)], "discord": [sample(HOSTILE)]}, i18n.load("en"), "en")
    assert "<script" not in html
    assert "<img" not in html
    assert html.count("</style>") == 1
    assert "default-src 'none'" in html
    assert re.findall(r"(?:src|href)=\"(?!data:,)", html) == []


def test_the_page_names_its_source_without_secrets() -> None:
    """It is made to be shown to others."""
    html = page("https://me:hunter2@blog.example/feed?key=hunter2", {"telegram": []}, i18n.load("en"), "en")
    assert "https://blog.example/feed" in html
    assert "hunter2" not in html


def test_an_empty_source_says_so() -> None:
    """A page without posts is no blank page."""
    assert "还没有文章" in page("a.xml", {"telegram": [], "discord": []}, i18n.load("zh"), "zh")
