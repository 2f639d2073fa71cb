"""A Doc in a platform's terms: flattening, joining, splitting, marking up."""

from __future__ import annotations

import dataclasses

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
from bot.reading.html import to_doc
from bot.reading.render import Dialect, Flat, Span, Style, flatten, join, markup, split
from bot.reading.text import MEASURES, Unit

_ALL: frozenset[Style] = frozenset(("bold", "italic", "underline", "strike", "spoiler", "code", "pre", "quote", "link"))
RANGES = Dialect("ranges", styles=_ALL)
MARKDOWN = Dialect(
    "markdown",
    styles=_ALL,
    wrappers={
        "bold": ("**", "**"),
        "italic": ("*", "*"),
        "strike": ("~~", "~~"),
        "code": ("`", "`"),
        "pre": ("```{value}\n", "\n```"),
        "link": ("[", "](<{value}>)"),
    },
    quote="> ",
    escapes="\\*_~`|[]<",
    starts=r"(?=[#>-])|\d+(?=\. )",
    fence="`",
)


def marked(flat: Flat) -> list[tuple[str, str, str]]:
    """Give what each range covers: style, text, value."""
    return [(span.style, flat.text[span.start : span.end], span.value) for span in flat.spans]


def flat_of(*blocks: Block) -> Flat:
    """Flatten blocks for a platform that takes ranges."""
    return flatten(Doc(blocks), RANGES)


def test_the_layout_of_an_excerpt() -> None:
    """A formula stands on its own line, code is a block, and what introduces them keeps close."""
    flat = flat_of(
        paragraph("加噪公式："),
        MathBlock("x_t=(1-t)x_0"),
        paragraph("写成代码："),
        CodeBlock("xt = (1 - t) * x0", "python"),
        paragraph("数据变成噪声…"),
    )
    assert flat.text == "加噪公式：\nxₜ = (1−t)x₀\n写成代码：\nxt = (1 - t) * x0\n数据变成噪声…"
    assert marked(flat) == [("pre", "xt = (1 - t) * x0", "python")]
    assert [flat.text[start:end] for start, end in flat.atoms] == ["xₜ = (1−t)x₀"]


def test_paragraphs_of_prose_and_sections_get_air() -> None:
    """Two long paragraphs, and a new section, are set apart by an empty line; short lines are not."""
    prose = paragraph("word " * 12)
    assert flat_of(prose, prose).text.count("\n\n") == 1
    assert flat_of(paragraph("a"), Heading(2, (Text("b"),)), paragraph("c")).text == "a\n\nb\nc"
    assert flat_of(paragraph("a"), paragraph("b")).text == "a\nb"


def test_lists_are_numbered_and_nested() -> None:
    """Items carry their number or bullet; what is nested is indented, and a second paragraph stays under its item."""
    flat = flat_of(
        Listing(9, ((paragraph("a"), Listing(None, ((paragraph("b"),),))), (paragraph("c"), paragraph("d")))),
    )
    assert flat.text == "9. a\n  ◦ b\n10. c\n  d"


def test_a_narrow_table_is_drawn_and_a_wide_one_becomes_rows() -> None:
    """Columns are aligned by width, wide characters counted; what a phone cannot show in one line is listed."""
    narrow = Table((((Text("名"),), (Text("v"),)), ((Text("x"),), (Text("12"),))), header=True)
    assert marked(flat_of(narrow)) == [("pre", "名  v\n--  --\nx   12", "")]
    wide = Table((((Text("k" * 30),), (Text("v" * 30),)), ((Text("a"),), (link("https://x.y", "b"),))), header=True)
    flat = flat_of(wide)
    assert flat.text == "k" * 30 + " | " + "v" * 30 + "\na | b"
    assert [style for style, _, _ in marked(flat)] == ["bold", "link"]


def test_nothing_nests_in_code_and_no_link_in_a_link() -> None:
    """Bold around code leaves the code out; code in a link is link text; an inner link is text."""
    flat = flat_of(
        paragraph(bold("a ", CodeSpan("b"), " c"), link("https://x.y", CodeSpan("d"), link("https://z", "e")))
    )
    assert marked(flat) == [
        ("bold", "a", ""),
        ("code", "b", ""),
        ("bold", "c", ""),
        ("link", "de", "https://x.y"),
    ]


def test_ranges_have_no_blanks_at_their_edges() -> None:
    """A blank at the border of a bold word belongs to the text around it."""
    assert marked(flat_of(paragraph("a", bold(" b "), "c"))) == [("bold", "b", "")]


def test_a_style_that_the_platform_lacks_leaves_plain_text() -> None:
    """The words stay, the range does not."""
    flat = flatten(Doc((paragraph(bold("a")),)), Dialect("plain", styles=frozenset()))
    assert flat == Flat("a")


@pytest.mark.parametrize(
    ("style", "text", "said"),
    [("sub", "i", "ᵢ"), ("sup", "2", "²"), ("sub", "AB", "_{AB}"), ("sup", "[1]", "[1]"), ("sub", "小字", "小字")],
)
def test_indices_are_raised_and_lowered(style: str, text: str, said: str) -> None:
    """All characters get their Unicode form or none does; what is no index stays text."""
    assert flat_of(paragraph("x", Styled(style, (Text(text),)))).text == "x" + said


def test_an_image_is_a_link_with_its_alternative_text() -> None:
    """In a full text a picture is shown by what it says of itself, linked."""
    assert marked(flat_of(Image("https://x.y/a.png", "a cat"))) == [("link", "🖼 a cat", "https://x.y/a.png")]


def test_quotations_do_not_nest() -> None:
    """A quotation inside another is part of it."""
    flat = flat_of(Quote((paragraph("a"), Quote((paragraph("b"),)))))
    assert marked(flat) == [("quote", "a\nb", "")]


def test_join_moves_ranges_and_drops_empty_parts() -> None:
    """Parts are put one after the other, an empty one leaves no separator behind."""
    one = flat_of(paragraph(bold("a"), Math("x_t")))
    joined = join(one, Flat(""), one)
    assert joined.text == "axₜ\n\naxₜ"
    assert marked(joined) == [("bold", "a", ""), ("bold", "a", "")]
    assert joined.atoms == ((1, 3), (6, 8))


# -- splitting --------------------------------------------------------------------------------------------------------


def test_split_prefers_paragraphs_to_lines_to_sentences() -> None:
    """The best border that leaves a part reasonably full is taken."""
    flat = Flat("one two. three\n\nfour five six")
    assert [part.text for part in split(flat, 20, "utf16")] == ["one two. three", "four five six"]
    assert [part.text for part in split(Flat("一二三。四五六"), 5, "codepoint")] == ["一二三。", "四五六"]


def test_split_keeps_formulas_links_and_code_whole() -> None:
    """Parts end before what must not be divided."""
    flat = flat_of(paragraph("aaaa ", Math("x+y=z"), " b ", link("https://x.y", "long link"), " ", CodeSpan("a b c d")))
    texts = [part.text for part in split(flat, 12, "utf16")]
    for whole in ("x + y = z", "long link", "a b c d"):
        assert any(whole in text for text in texts)


def test_split_divides_long_code_at_its_lines() -> None:
    """Each part of a code block is a code block, and keeps its first line's indentation."""
    flat = flat_of(CodeBlock("\n".join(f"    line {n}" for n in range(9)), "python"))
    parts = split(flat, 40, "utf16")
    assert all(marked(part) == [("pre", part.text, "python")] for part in parts)
    assert all(part.text.startswith("    line") for part in parts)


_INLINE: st.SearchStrategy[Inline] = st.deferred(
    lambda: st.one_of(
        st.text(max_size=30).map(Text),
        st.sampled_from(["x_t", "\\frac{a}{b}", "\\sum_{i=1}^n x_i"]).map(Math),
        st.text(min_size=1, max_size=8).map(CodeSpan),
        st.lists(_INLINE, max_size=2).map(lambda kids: bold(*kids)),
        st.lists(_INLINE, max_size=2).map(lambda kids: link("https://x.y/", *kids)),
    )
)
_BLOCK: st.SearchStrategy[Block] = st.deferred(
    lambda: st.one_of(
        st.lists(_INLINE, max_size=4).map(lambda kids: Paragraph(tuple(kids))),
        st.text(max_size=40).map(CodeBlock),
        st.lists(_BLOCK, max_size=2).map(lambda kids: Quote(tuple(kids))),
        st.lists(_BLOCK, max_size=2).map(lambda kids: Listing(1, (tuple(kids),))),
    )
)
DOCS = st.lists(_BLOCK, max_size=4).map(lambda blocks: Doc(tuple(blocks)))


@settings(max_examples=150, deadline=None)
@given(DOCS)
def test_ranges_are_in_bounds_and_nested(doc: Doc) -> None:
    """Every range is inside the text, none is empty, two either nest or do not touch, none is inside code."""
    flat = flatten(doc, RANGES)
    assert flat.text == flat.text.rstrip()
    assert not flat.text.startswith("\n")
    for span in flat.spans:
        assert 0 <= span.start < span.end <= len(flat.text)
    for one in flat.spans:
        for two in flat.spans:
            apart = one.end <= two.start or two.end <= one.start
            nested = (one.start <= two.start and two.end <= one.end) or (two.start <= one.start and one.end <= two.end)
            assert apart or nested
            assert apart or one is two or one.style != "code" or two.style == "quote"


@settings(max_examples=150, deadline=None)
@given(DOCS, st.integers(2, 60), st.sampled_from(["utf16", "columns", "codepoint"]))
def test_parts_are_never_too_long_and_lose_nothing_but_blanks(doc: Doc, limit: int, unit: Unit) -> None:
    """Each part fits, none is empty, and together they say what the whole says."""
    flat = flatten(doc, RANGES)
    parts = split(flat, limit, unit)
    assert all(part.text and MEASURES[unit](part.text) <= limit for part in parts)
    assert "".join("".join(part.text.split()) for part in parts) == "".join(flat.text.split())


@settings(max_examples=150, deadline=None)
@given(DOCS, st.integers(30, 60))
def test_no_part_ends_inside_something_whole(doc: Doc, limit: int) -> None:
    """Formulas, links and code spans that fit into a part are never divided."""
    flat = flatten(doc, RANGES)
    whole = [flat.text[start:end] for start, end in flat.atoms if end - start <= limit]
    texts = [part.text for part in split(flat, limit, "codepoint")]
    assert all(any(piece in text for text in texts) for piece in whole)


# -- markup -----------------------------------------------------------------------------------------------------------


def write(*blocks: Block) -> str:
    """Write blocks in a Markdown."""
    return markup(flatten(Doc(blocks), MARKDOWN), MARKDOWN)


def test_markup_escapes_what_would_mean_something() -> None:
    """Signs of the dialect are escaped in text, not in code and not in addresses."""
    assert write(paragraph("a*b_c ", CodeSpan("a*b"), " https://x.y/a_b")) == "a\\*b\\_c `a*b` https://x.y/a_b"


def test_markup_escapes_the_beginning_of_lines() -> None:
    """A hash or a number that would make a heading or a list is escaped there only."""
    assert write(paragraph("# a # b"), paragraph("1. c")) == "\\# a # b\n1\\. c"


def test_markup_nests_links_and_quotes_every_line() -> None:
    """Styles close in reverse order; code in a quotation carries the quotation's mark on each line."""
    assert write(paragraph(bold("a ", link("https://x.y", "b")))) == "**a [b](<https://x.y>)**"
    assert write(Quote((paragraph("a"), CodeBlock("b", "c")))) == "> a\n> ```c\n> b\n> ```"


def test_markup_writes_an_address_bare() -> None:
    """A link whose text is an address is not masked, which Markdown would refuse to link."""
    assert write(paragraph(link("https://x.y/a_b", "https://x.y/a_b"))) == "https://x.y/a_b"


def test_markup_keeps_fences_closed() -> None:
    """Backticks inside code do not end it."""
    assert write(paragraph(CodeSpan("a`b"))) == "`` a`b ``"
    assert write(CodeBlock("```")).count("```") == 2


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="a*_~`|[]<#->\\1. \n", max_size=60))
def test_escaped_text_reads_back(text: str) -> None:
    """Without its backslashes before signs, escaped text is the text."""
    flat = Flat(text.strip())
    written = markup(flat, dataclasses.replace(MARKDOWN, quote=""))
    out, at = [], 0
    while at < len(written):
        at += written[at] == "\\"
        out.append(written[at])
        at += 1
    assert "".join(out) == flat.text


def test_overlapping_ranges_come_out_nested() -> None:
    """Ranges that overlap are closed and opened again."""
    flat = Flat("abc", (Span(0, 2, "bold"), Span(1, 3, "italic")))
    assert markup(flat, MARKDOWN) == "**a*b****c*"


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_html_can_be_written(html: str) -> None:
    """From any HTML to marked-up text, nothing raises."""
    assert isinstance(markup(flatten(to_doc(html), MARKDOWN), MARKDOWN), str)
