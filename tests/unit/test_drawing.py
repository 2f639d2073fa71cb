"""Formulas as pictures: what may be drawn, how shapes are filled, what is left out."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.tex_commands import formulas
from bot.drawing import available, picture
from bot.drawing.layout import FLATTEST, HIGHEST, NARROWEST, WIDEST
from bot.drawing.raster import Edge, Sheet
from bot.drawing.typeset import Refused, mathml, typeset
from bot.reading.displayed import displayed
from bot.reading.doc import Doc, Listing, Math, MathBlock, Paragraph, Quote, Text
from bot.reading.tex.check import checked
from bot.reading.tex.drawable import MAX_NESTING, drawable
from bot.reading.tex.symbols import SYMBOLS
from tests.emulators import png

LOSS = r"\mathcal{L}=\mathbb{E}_{t}\left[\left\|\mathbf{v}_\theta(\mathbf{x}_t,t)-\frac{a}{\sqrt{b}}\right\|^2\right]"


def square(left: float, top: float, right: float, bottom: float) -> tuple[Edge, ...]:
    """Outline a rectangle."""
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return tuple((*one, *other) for one, other in zip(corners, [*corners[1:], corners[0]], strict=True))


def grey(sheet: Sheet) -> list[list[int]]:
    """Give a sheet's pixels."""
    return [list(row) for row in png.rows(sheet.png())]


def said(name: str) -> str | None:
    """Give the character that a command draws; None where the converter does not know it."""
    with contextlib.suppress(Exception):
        return "".join(mathml(f"\\{name}").itertext())
    return None


# -- what may be drawn ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tex",
    [
        r"\foo{x}",  # unknown to us
        r"\frac{a}{",  # not whole
        r"\text{损失}=1",  # no mathematical font has it
        r"\boxed{x}",  # drawn with a pen, not filled
        r"\LaTeX",
        r"\sqrt{" * (MAX_NESTING + 1) + "x" + "}" * (MAX_NESTING + 1),
        r"\left(" * (MAX_NESTING + 1) + "x" + r"\right)" * (MAX_NESTING + 1),
        "x" * 1001,
        "",
    ],
)
def test_what_may_not_be_drawn_stays_text(tex: str) -> None:
    """Unknown commands, halves, scripts that the font lacks, depth and length: no picture is even tried."""
    assert drawable(tex) is None


def test_display_formulas_are_found_wherever_they_stand() -> None:
    """In quotes and lists too, in their order, each once; formulas within a line and those that may not are left."""
    doc = Doc(
        (
            Paragraph((Text("a"), Math("x"))),
            MathBlock("a=1"),
            Quote((MathBlock("b=2"), MathBlock(r"\foo"))),
            Listing(None, ((MathBlock("a=1"), MathBlock("c=3")),)),
        )
    )
    assert displayed(doc) == ("a=1", "b=2", "c=3")
    assert displayed(doc, 2) == ("a=1", "b=2")
    assert len(displayed(Doc(tuple(MathBlock(f"x={n}") for n in range(50))))) == 6


# -- shapes to pixels -------------------------------------------------------------------------------------------------


def test_a_shape_covers_what_it_covers() -> None:
    """Whole pixels are black, halves grey, the rest white, whichever way round the outline goes."""
    expected = [[255] * 5, [255, 128, 0, 128, 255], [255, 191, 128, 191, 255], [255] * 5]
    for edges in (square(1.5, 1, 3.5, 2.5), tuple((x1, y1, x0, y0) for x0, y0, x1, y1 in square(1.5, 1, 3.5, 2.5))):
        sheet = Sheet(5, 4)
        sheet.fill(edges)
        assert grey(sheet) == expected


def test_an_inner_outline_of_the_other_direction_is_a_hole() -> None:
    """As in the letter o."""
    sheet = Sheet(5, 5)
    inner = tuple((x1, y1, x0, y0) for x0, y0, x1, y1 in square(2, 2, 3, 3))
    sheet.fill((*square(1, 1, 4, 4), *inner))
    assert grey(sheet)[2] == [255, 0, 255, 0, 255]


def test_a_shape_beside_the_sheet_is_an_error() -> None:
    """Nothing is drawn around the corner."""
    for edges in (square(-1, 0, 1, 1), square(0, -1, 1, 1), square(0, 0, 6, 1), square(0, 0, 1, 6)):
        with pytest.raises(IndexError):
            Sheet(5, 5).fill(edges)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0, 20)), min_size=3, max_size=3))
@example([(0.0, 0.0), (1.0, 0.0), (2.2e-309, 1.0)])
def test_a_triangle_has_its_area(corners: list[tuple[float, float]]) -> None:
    """The darkness of all pixels together is the area, however it lies on the grid."""
    (ax, ay), (bx, by), (cx, cy) = corners
    area = abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2
    sheet = Sheet(21, 21)
    sheet.fill([(*one, *other) for one, other in zip(corners, [*corners[1:], corners[0]], strict=True)])
    dark = sum(255 - pixel for row in grey(sheet) for pixel in row) / 255
    assert dark == pytest.approx(area, abs=0.35)


# -- formulas to pictures ---------------------------------------------------------------------------------------------


def test_a_formula_becomes_a_sound_picture() -> None:
    """White all around, black on it, of the promised size, the same every time."""
    assert available()
    found = picture([LOSS])
    assert found is not None
    width, height = png.size(found) or (0, 0)
    assert NARROWEST <= width <= WIDEST
    assert width / height <= FLATTEST
    pixels = png.rows(found)
    assert {*pixels[0], *pixels[-1], *(row[0] for row in pixels), *(row[-1] for row in pixels)} == {255}
    assert 0 in {pixel for row in pixels for pixel in row}
    assert picture([LOSS]) == found


def test_formulas_stand_below_one_another() -> None:
    """Two need more room than one, and between them is an empty line; what is too much for a sheet is left out."""
    one, two = picture(["a=1"]), picture([r"\sum_{i=1}^n a_i", r"\frac{b}{c}"])
    assert one
    assert two
    assert (png.size(two) or (0, 0))[1] > (png.size(one) or (0, 0))[1]
    inked = [min(row) < 255 for row in png.rows(two)]
    first, last = inked.index(True), len(inked) - inked[::-1].index(True)
    assert [ink for ink in inked[first:last] if not ink][:30] == [False] * 30
    tall = r"\begin{aligned}" + r"a&=b\\" * 40 + r"\end{aligned}"
    assert (png.size(picture([tall, tall]) or b"") or (0, 0))[1] <= HIGHEST


@pytest.mark.parametrize(
    "tex",
    [
        r"\softmax x",  # our own command, not the converter's
        "a" * 300,  # wider than can be read
        "字",  # not in the font
        r"\unknowncommand",
        r"\not\ll",  # a stroke beside a sign
        "{",
        "x_a_b",
        r"\begin{rcases}a\end{rcases}",
        "&",
        "",
    ],
)
def test_what_does_not_render_fully_is_no_picture(tex: str) -> None:
    """Not an exception, not an empty box, not the source: nothing, and the formula beside it is drawn alone."""
    assert picture([tex]) is None
    assert picture([tex, "x=1"]) == picture(["x=1"])


def test_a_formula_that_fails_leaves_nothing_behind() -> None:
    """What comes after it is drawn as it would be alone."""
    formulas = [r"x'_a+\text{if }x>0", r"\sum_i\mathbf{AV}_i^2"]
    before = [picture([tex]) for tex in formulas]
    for tex in (
        r"\text{a 字}",
        r"a_{\text{b 字}}",
        r"\frac{\text{c-d 字}}{b}",
        r"\left(x\text{字}\right)^2",
        "字",
        "{",
    ):
        assert picture([tex]) is None
        assert [picture([tex]) for tex in formulas] == before


def test_letters_keep_their_alphabets() -> None:
    """A word in bold or double-struck is neither slanted nor plain, which is what the library makes of it alone."""
    for command, letter in ((r"\mathbb{RE}", "ℝ"), (r"\mathbf{RE}", "𝐑"), (r"\mathtt{RE}", "𝚁"), (r"\mathsf{RE}", "𝖱")):
        assert letter in "".join(mathml(command).itertext())


def test_signs_are_those_that_the_text_would_show() -> None:
    """Two tables that know nothing of one another agree: TeX's names mean the same in text and picture."""
    wrong, known = [], 0
    for name, (shown, _) in SYMBOLS.items():
        found = said(name) if name.isalpha() else None
        known += found is not None
        if found is not None and found.casefold().split() != shown.casefold().split():
            wrong.append(name)
    assert known > 500
    # Each was looked at: another form of the same sign (≤ and ⩽, Γ upright and slanted, a longer bar).
    assert len(wrong) <= 45
    assert not {"leq", "sum", "alpha", "to", "in", "nabla", "infty", "ne", "subset", "cup"} & set(wrong)


def test_no_formula_raises_anything_but_what_it_says() -> None:
    """Pieces of formulas in any order: a picture or none."""
    pieces = [
        r"\frac",
        "{",
        "}",
        "a",
        "_",
        "^",
        r"\left(",
        r"\right)",
        "&",
        r"\\",
        r"\begin{cases}",
        r"\end{cases}",
        "'",
    ]
    chance = random.Random(7)
    for _ in range(150):
        picture(["".join(chance.choices(pieces, k=8))])
    with pytest.raises(Refused):
        typeset(r"\quad")


def test_formulas_of_the_blog_are_drawn(shared: Path) -> None:
    """Every formula of the first blog may be drawn, and is."""
    found = formulas([shared / "blog"])
    assert len(found) >= 15
    assert [tex for tex in found if (sound := drawable(tex)) is None or picture([sound]) is None] == []


def test_formulas_of_real_feeds_are_drawn(real_feeds: Path) -> None:
    """Nearly all that pass the check are drawn; the others are too wide, or are no formulas."""
    sound = [tex for tex in map(drawable, formulas([real_feeds / "snapshots"])) if tex is not None]
    chosen = random.Random(1).sample(sound, 40)
    assert sum(picture([tex]) is None for tex in chosen) <= 2
    assert all(checked(tex) == tex for tex in chosen)
