"""Excerpts: where a text is cut, and what never is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reading.doc import (
    Block,
    CodeBlock,
    CodeSpan,
    Doc,
    Heading,
    Image,
    Inline,
    Link,
    Listing,
    Math,
    MathBlock,
    Paragraph,
    Quote,
    Styled,
    Table,
    Text,
    bold,
    link,
    paragraph,
)
from bot.reading.excerpt import excerpt, first_clause
from bot.reading.html import to_doc
from bot.reading.render import Dialect, flatten
from bot.reading.text import columns, graphemes, plain

DIALECT = Dialect("any", styles=frozenset(("bold", "code", "pre", "quote", "link")))


def cut(budget: int, *blocks: Block) -> str:
    """Give what an excerpt of blocks says."""
    return flatten(excerpt(Doc(blocks), budget), DIALECT).text


def test_a_text_that_fits_is_left_alone() -> None:
    """Nothing is added to what is whole."""
    doc = Doc((paragraph("一句话。"), MathBlock("x_t")))
    assert excerpt(doc, 480) == doc


def test_minus_one_is_all_and_zero_nothing() -> None:
    """The two special budgets: the full text, and the title alone."""
    doc = Doc((paragraph("a" * 1000), Image("https://x.y/a.png", "")))
    assert excerpt(doc, -1) == doc
    assert excerpt(doc, 0) == Doc()


def test_a_sentence_end_is_preferred() -> None:
    """The last whole sentence that leaves the excerpt well filled ends it; its full stop becomes the ellipsis."""
    assert cut(30, paragraph("第一句话在这里。第二句话，也在这里。第三句")) == "第一句话在这里…"
    assert cut(40, paragraph("One sentence is here. Another one, which is far longer")) == "One sentence is here…"
    assert cut(24, paragraph("他说“够了！”然后走了出去再也没有回来")) == "他说“够了！”…"


def test_full_stops_that_end_no_sentence() -> None:
    """Abbreviations, initials and numbers do not end a sentence."""
    text = "It is slow. See e.g. Adam by Kingma et al. in v. 1.5 for more of it"
    assert cut(40, paragraph(text)) == "It is slow. See e.g. Adam by Kingma et…"


def test_else_a_clause_else_a_word() -> None:
    """Without a sentence end in the second half, a comma does; without that, a word's end."""
    assert cut(24, paragraph("短。很长的一句话，没有结束，还在继续写")) == "短。很长的一句话…"
    assert cut(20, paragraph("unbelievably long words everywhere")) == "unbelievably long…"
    assert cut(11, paragraph("没有任何标点的一句话")) == "没有任何标…"
    assert cut(6, paragraph("unbelievably")) == "unbel…"


def test_a_clause_in_brackets_does_not_end_it() -> None:
    """An open bracket or quotation is not left behind."""
    assert cut(24, paragraph("流程如下，先（甲，乙，丙，丁，戊，己，庚）再做")) == "流程如下，先（甲，乙，…".replace(
        "，…", "…"
    )


@pytest.mark.parametrize("end", ["...", "…", "……", " …", "[…]", "[...]", "。。。", "，", "：", "。"])
def test_one_ellipsis_never_two(end: str) -> None:
    """What the source ends in is replaced, not added to."""
    assert cut(480, paragraph("a b" + end), Image("https://x.y/a.png", "")).count("…") <= 1
    assert cut(12, paragraph("甲乙丙" + end), paragraph("很长的一段话在后面")) == "甲乙丙…"


def test_an_ellipsis_on_a_line_of_its_own_joins_the_text() -> None:
    """A last paragraph of nothing but dots ends the one before."""
    assert cut(480, paragraph("甲。"), paragraph("…")) == "甲…"


def test_a_source_cut_in_a_formula_has_one_ellipsis() -> None:
    """The formula is written as far as it goes, then comes the only ellipsis."""
    doc = to_doc(r"输入的图像记为 \(x\in...")
    assert flatten(excerpt(doc, 480), DIALECT).text == "输入的图像记为 x ∈…"


def test_formulas_links_and_code_are_kept_whole() -> None:
    """A cut that would fall inside comes before."""
    assert cut(16, paragraph("加噪 ", Math("x_t=(1-t)x_0+t\\varepsilon"), " 之后")) == "加噪…"
    assert cut(16, paragraph("go to ", link("https://x.y", "the long page"), " now")) == "go to…"
    assert cut(16, paragraph("run ", CodeSpan("pip install torch"), " now")) == "run…"


def test_a_paragraph_that_is_one_long_link_becomes_text() -> None:
    """Rather than an empty excerpt, the beginning of its text."""
    doc = excerpt(Doc((paragraph(link("https://x.y", "many words that are all one link")),)), 20)
    assert doc == Doc((paragraph("many words that are…"),))


def test_a_displayed_formula_that_does_not_fit_ends_the_excerpt() -> None:
    """It is never divided; what announces it gets the ellipsis."""
    assert cut(20, paragraph("公式："), MathBlock("x = " + "a + " * 20 + "b")) == "公式…"


def test_code_is_at_most_six_lines() -> None:
    """Longer code ends the excerpt with its sixth line; at the very beginning it is passed over."""
    code = CodeBlock("\n".join(f"line {n}" for n in range(9)), "python")
    prose = paragraph("很长的一段话。" * 10)
    short = cut(480, prose, code, paragraph("后面"))
    assert short.splitlines()[-7:] == [*(f"line {n}" for n in range(6)), "…"]
    assert cut(480, code, paragraph("后面")) == "后面"
    assert cut(480, paragraph("a"), CodeBlock("b\nc"), paragraph("d")) == "a\nb\nc\nd"


def test_lists_quotes_and_tables() -> None:
    """A list ends with its last whole item, a quotation is cut inside, a long table after its sixth row."""
    items = tuple((paragraph(f"第{n}项写得相当相当长"),) for n in range(5))
    assert cut(60, Listing(1, items)) == "1. 第0项写得相当相当长\n2. 第1项写得相当相当长…"
    assert cut(20, Quote((paragraph("甲乙丙。"), paragraph("丁戊己庚辛壬癸子丑")))).startswith("甲乙丙")
    table = Table(tuple(((Text("a"),), (Text(str(n)),)) for n in range(9)))
    assert cut(480, paragraph("x"), table) == "x\na  0\na  1\na  2\na  3\na  4\na  5\n…"
    assert cut(20, paragraph("x"), table) == "x…"


def test_images_and_dangling_headings_are_left_out() -> None:
    """A picture is shown elsewhere; a heading whose section did not fit says nothing."""
    assert cut(480, Image("https://x.y/a.png", "alt"), paragraph("甲")) == "甲"
    long = paragraph("没有标点的一句很长的话" * 4)
    assert cut(30, paragraph("甲乙丙丁戊己庚辛。"), Heading(2, (Text("乙"),)), long) == "甲乙丙丁戊己庚辛…"


# -- fillers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "title",
    [
        "概述",
        "1. 简介",
        "一、背景",
        "引言与背景",
        "前言：",
        "Introduction",
        "TL;DR",
        "Overview",
        "簡介",
        "はじめに",
        "## Abstract",
    ],
)
def test_leading_headings_that_say_nothing_are_left_out(title: str) -> None:
    """Fillers do not eat the budget, as headings or as short paragraphs."""
    assert cut(480, Heading(2, (Text(title),)), paragraph("甲")) == "甲"
    assert cut(480, paragraph(bold(title)), paragraph("甲")) == "甲"


def test_headings_that_say_something_stay() -> None:
    """A real heading is part of the excerpt."""
    assert cut(480, Heading(2, (Text("为什么是流"),)), paragraph("甲")) == "为什么是流\n甲"


def test_bookmarks_icons_and_contents_are_left_out() -> None:
    """An address under a bookmark, the label above it, a bulb, and a table of contents are no text."""
    blocks = (
        paragraph("论文地址:"),
        paragraph("🔖 ", link("https://x.y", "https://x.y")),
        paragraph("代码地址:"),
        Heading(2, (Text("前言"),)),
        Heading(2, (Text("目录"),)),
        Listing(1, ((paragraph("甲"),), (paragraph("乙"),))),
        paragraph("💡 正文"),
    )
    assert cut(480, *blocks) == "正文"


def test_a_filler_that_lost_its_line_is_taken_off() -> None:
    """In a plain summary the heading is the first word of the text."""
    assert cut(480, paragraph("概述 在计算机视觉领域")) == "在计算机视觉领域"
    assert cut(480, paragraph("TL;DR: it works")) == "it works"
    assert cut(480, paragraph("前言后语")) == "前言后语"


def test_a_text_of_nothing_but_fillers_stays() -> None:
    """Something is better than nothing."""
    assert cut(480, Heading(2, (Text("概述"),))) == "概述"


# -- titles -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<h2>概述</h2><p>流模型很精巧，也很难。后面</p>", "流模型很精巧，也很难"),
        ("<p>Read this! And that.</p>", "Read this!"),
        ("<p>记 $x_t$ 为变量。</p>", "记 xₜ 为变量"),
        ("<p>" + "很长的第一句话没有结束" * 5 + "</p>", "很长的第一句话没有结束很长的第一句话没有结束很长的第一句话…"),
        ("<img src=/a.png><pre>x</pre>", ""),
        ("", ""),
    ],
)
def test_a_title_is_made_from_the_first_clause(html: str, title: str) -> None:
    """A post without a title is called by its beginning, on one short line."""
    made = first_clause(to_doc(html, base="https://x.y/"))
    assert columns(made) <= 60
    assert made == title or (made.endswith("…") and title.endswith("…") and made[:20] == title[:20])


# -- properties -------------------------------------------------------------------------------------------------------

_WORDS = st.text(alphabet="ab 汉字，。！.!?…\u0301😀（）", max_size=40)
_INLINE: st.SearchStrategy[Inline] = st.deferred(
    lambda: st.one_of(
        _WORDS.map(Text),
        st.sampled_from(["x_t", "\\frac{a}{b+c}", "\\sum_{i=1}^n x_i"]).map(Math),
        st.sampled_from(["a b", "f(x)."]).map(CodeSpan),
        st.lists(_INLINE, max_size=2).map(lambda kids: bold(*kids)),
        st.sampled_from(["sub", "sup"]).map(lambda style: Styled(style, (Text("AB"),))),
        st.sampled_from(["a link. here", "链接，这里"]).map(lambda text: link("https://x.y/", text)),
    )
)
_BLOCK: st.SearchStrategy[Block] = st.deferred(
    lambda: st.one_of(
        st.lists(_INLINE, max_size=5).map(lambda kids: Paragraph(tuple(kids))),
        st.lists(_INLINE, max_size=2).map(lambda kids: Heading(2, tuple(kids))),
        st.sampled_from(["x_t = y", "a\\\\b"]).map(MathBlock),
        st.integers(1, 9).map(lambda count: CodeBlock("\n".join(["x = 1"] * count))),
        st.lists(_BLOCK, min_size=1, max_size=2).map(lambda kids: Quote(tuple(kids))),
        st.lists(_BLOCK, min_size=1, max_size=2).map(lambda kids: Listing(9, (tuple(kids), tuple(kids)))),
        _WORDS.map(lambda text: Table((((Text(text),), (Text("b"),)),))),
        st.just(Image("https://x.y/a.png", "c")),
    )
)
_DOCS = st.lists(_BLOCK, max_size=5).map(lambda blocks: Doc(tuple(blocks)))


def leaves(nodes: object) -> Iterator[object]:
    """Give the formulas, code and links in a tree."""
    if isinstance(nodes, tuple):
        for node in nodes:
            yield from leaves(node)
    elif isinstance(nodes, (Math, MathBlock, CodeSpan, Link)):
        yield nodes
    elif isinstance(nodes, (Paragraph, Heading, Quote, Styled)):
        yield from leaves(nodes.children)
    elif isinstance(nodes, Listing):
        yield from leaves(nodes.items)


@settings(max_examples=200, deadline=None)
@given(_DOCS, st.integers(0, 200))
def test_an_excerpt_is_never_over_its_budget(doc: Doc, budget: int) -> None:
    """As it is shown, bullets, numbers and ellipsis included."""
    assert columns(flatten(excerpt(doc, budget), DIALECT).text) <= budget


@settings(max_examples=200, deadline=None)
@given(_DOCS, st.integers(1, 200))
def test_no_formula_code_or_link_is_divided(doc: Doc, budget: int) -> None:
    """Every one in the excerpt is one of the source."""
    source = set(leaves(doc.blocks))
    assert set(leaves(excerpt(doc, budget).blocks)) <= source


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="汉字ab 👨\u200d👩\u0301🇨🇳。，", max_size=80), st.integers(2, 60))
def test_no_grapheme_is_divided(text: str, budget: int) -> None:
    """The excerpt's text consists of whole characters of the source."""
    said = plain(excerpt(Doc((paragraph(text),)), budget)).rstrip("…").rstrip()
    whole = graphemes(text)
    assert all(cluster in whole or cluster.isspace() for cluster in graphemes(said))


@settings(max_examples=100, deadline=None)
@given(_DOCS)
def test_a_title_is_one_short_line(doc: Doc) -> None:
    """Whatever the text, at most 60 columns and no line end."""
    title = first_clause(doc)
    assert columns(title) <= 60
    assert "\n" not in title


def test_real_summaries_end_well(shared: Path) -> None:
    """The blog's own summaries, all cut somewhere: no backslash is left and one ellipsis ends each."""
    feed = feedparser.parse(
        (shared / "blog" / "site" / "rss.xml").read_bytes(), sanitize_html=False, resolve_relative_uris=False
    )
    for entry in feed.entries:
        for body in (entry.summary, entry.content[0].value):
            text = flatten(excerpt(to_doc(body, base=entry.link), 480), DIALECT).text
            assert "\\" not in text
            assert text.endswith("…") == ("…" in text)
            assert text.count("…") <= 1
            assert columns(text) <= 480
