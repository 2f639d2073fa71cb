"""Formulas of which a page kept only the drawing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reading.doc import Math, MathBlock, Paragraph
from bot.reading.html import to_doc
from bot.reading.text import formula, plain


def glyph(kind: str, code: str) -> str:
    """Draw a letter as MathJax 3 does in CHTML."""
    return f'<mjx-{kind} class="mjx-i"><mjx-c class="mjx-c{code} TEX-I"></mjx-c></mjx-{kind}>'


def chtml(inside: str, *, display: bool = False) -> str:
    """Wrap what MathJax 3 drew."""
    attribute = ' display="true"' if display else ""
    return (
        f'<mjx-container class="MathJax" jax="CHTML"{attribute}><mjx-math class="MJX-TEX" aria-hidden="true">'
        f"{inside}</mjx-math></mjx-container>"
    )


def svg(inside: str) -> str:
    """Wrap what MathJax 3 drew as a picture."""
    return (
        '<mjx-container class="MathJax" jax="SVG"><svg><defs></defs><g stroke="currentColor">'
        f'<g data-mml-node="math">{inside}</g></g></svg></mjx-container>'
    )


def use(kind: str, code: str) -> str:
    """Draw a letter as MathJax 3 does in SVG."""
    return f'<g data-mml-node="{kind}"><use data-c="{code}" xlink:href="#MJX-TEX-I-{code}"></use></g>'


def written(html: str) -> str:
    """Give the one formula of a paragraph as text."""
    (block,) = to_doc(f"<p>设 {html} 为</p>").blocks
    assert isinstance(block, Paragraph)
    (math,) = (child for child in block.children if isinstance(child, Math))
    return formula(math.tex)


X, J, TWO, PLUS = glyph("mi", "1D465"), glyph("mi", "1D456"), glyph("mn", "32"), glyph("mo", "2B")
FRACTION = (
    f"<mjx-mfrac><mjx-frac><mjx-num><mjx-nstrut></mjx-nstrut>{X}</mjx-num><mjx-dbox><mjx-dtable><mjx-line></mjx-line>"
    f"<mjx-row><mjx-den><mjx-dstrut></mjx-dstrut>{TWO}{J}</mjx-den></mjx-row></mjx-dtable></mjx-dbox></mjx-frac></mjx-mfrac>"
)
ROOT = (
    '<mjx-msqrt><mjx-sqrt><mjx-surd><mjx-mo><mjx-c class="mjx-c221A TEX-S1"></mjx-c></mjx-mo></mjx-surd>'
    f"<mjx-box>{X}</mjx-box></mjx-sqrt></mjx-msqrt>"
)
SUM = (
    f"<mjx-munderover><mjx-over>{TWO}</mjx-over><mjx-box><mjx-munder><mjx-row><mjx-base>"
    f"{glyph('mo', '2211')}</mjx-base></mjx-row><mjx-row><mjx-under>{J}</mjx-under></mjx-row></mjx-munder></mjx-box>"
    "</mjx-munderover>"
)
BOTH = f"<mjx-msubsup>{X}<mjx-script>{TWO}<mjx-spacer></mjx-spacer>{J}</mjx-script></mjx-msubsup>"


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        (X + PLUS + TWO, "x + 2"),
        (f"<mjx-msub>{X}<mjx-script>{J}</mjx-script></mjx-msub>", "xᵢ"),
        (BOTH, "xᵢ²"),
        (FRACTION, "x/(2i)"),
        (ROOT, "√x"),
        (SUM + X, "∑ᵢ² x"),
        (
            "<mjx-mroot><mjx-root>" + TWO + f"</mjx-root><mjx-sqrt><mjx-box>{X}</mjx-box></mjx-sqrt></mjx-mroot>",
            "²√x",
        ),
        ('<mjx-mi><mjx-c class="mjx-c1D44E"></mjx-c></mjx-mi><mjx-mo><mjx-c class="mjx-c"></mjx-c></mjx-mo>', "a"),
    ],
)
def test_mathjax_glyphs_become_a_formula(inside: str, text: str) -> None:
    """Each glyph's code point stands in its class, each group has its MathML name."""
    assert written(chtml(inside)) == text


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        (use("mi", "1D465") + use("mo", "3D") + use("mn", "31"), "x = 1"),
        (
            f'<g data-mml-node="msubsup">{use("mi", "1D465")}{use("mi", "1D456")}{use("mn", "32")}</g>',
            "xᵢ²",
        ),
        (f'<g data-mml-node="mfrac">{use("mi", "1D465")}{use("mi", "1D6FC")}<rect></rect></g>', "x/α"),
        (f'<g data-mml-node="msqrt"><g>{use("mi", "1D465")}</g>{use("mo", "221A")}<rect></rect></g>', "√x"),
        ('<g data-mml-node="mtext"><text data-variant="normal">损失</text></g>', "损失"),
    ],
)
def test_mathjax_pictures_become_a_formula(inside: str, text: str) -> None:
    """The groups of a picture say which MathML they are, its glyphs which character."""
    assert written(svg(inside)) == text


def test_a_drawn_display_is_a_block() -> None:
    """A drawing that says so stands on a line of its own."""
    assert to_doc("<p>" + chtml(X, display=True) + "</p>").blocks == (MathBlock("x"),)


def test_labels_of_mathjax_2() -> None:
    """Its label for those who cannot see is the source."""
    html = (
        '<span class="mjx-chtml"><span class="mjx-math" aria-label="\\frac{a}{b}"><span class="mjx-mrow" '
        'aria-hidden="true">ab</span></span></span>'
    )
    assert written(html) == "a/b"


def test_what_mathjax_2_drew_without_its_source_keeps_its_letters() -> None:
    """Where nothing tells the structure, the characters are better than a hole."""
    html = '<span class="MathJax"><nobr><span class="mi">E</span><span class="mo">=</span></nobr></span>'
    assert plain(to_doc(f"<p>设 {html} 为</p>")) == "设 E= 为"


def katex(*levels: tuple[float, str], kind: str) -> str:
    """Draw a stack as KaTeX does."""
    spans = "".join(f'<span style="top:{top}em;"><span class="pstrut"></span>{text}</span>' for top, text in levels)
    return f'<span class="{kind}"><span class="vlist-t"><span class="vlist">{spans}</span></span></span>'


def test_katex_without_its_source() -> None:
    """Indices are told by their height, a fraction's parts by their order."""
    scripts = katex((-2.55, "t"), (-3.063, "2"), kind="msupsub")
    parts = katex((-2.655, "b"), (-3.23, '<span class="frac-line"></span>'), (-3.394, "a"), kind="mfrac")
    drawn = f'<span class="katex-html" aria-hidden="true"><span class="strut"></span>x{scripts}={parts}</span>'
    assert written(f'<span class="katex">{drawn}</span>') == "xₜ² = a/b"


@pytest.mark.parametrize(
    "html",
    [
        '<span class="katex"><span class="katex-mathml">\n x \n i \n x_i \n</span></span>',
        '<span class="ztext-math" data-eeimg="1" data-tex="x_i">[公式]</span>',
        '<span class="ql-formula" data-value="x_i">\ufeff</span>',
        '<span class="math" data-latex="x_i"><svg></svg></span>',
    ],
)
def test_sources_that_editors_keep(html: str) -> None:
    """An attribute, or the last line of what a sanitiser left of the MathML, has the TeX."""
    assert written(html) == "xᵢ"


_TAGS = st.sampled_from(
    [
        *(
            f"<mjx-{name}>"
            for name in ("msub", "msubsup", "script", "mfrac", "num", "den", "munder", "mroot", "mtable")
        ),
        *("</mjx-msub>", "</mjx-mfrac>", '<g data-mml-node="mfrac">', '<g data-mml-node="msubsup">', "</g>", "<svg>"),
        *('<use data-c="1D465">', '<use data-c="FFFFFFFF">', '<use data-c="D800">', '<mjx-c class="mjx-c110000">'),
        *(
            '<span class="msupsub">',
            '<span class="vlist">',
            '<span style="top:-2em">',
            '<span class="mfrac">',
            "</span>",
        ),
        *("x", "$", "中"),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_TAGS, max_size=40).map("".join), st.sampled_from(["mjx-container", 'span class="katex"']))
def test_any_drawing_is_read(inside: str, tag: str) -> None:
    """Whatever stands in it, nothing raises and the text can be stored."""
    plain(to_doc(f"<p>a<{tag}>{inside}")).encode()
