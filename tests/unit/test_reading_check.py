"""Whether TeX may be handed to another typesetter."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.tex_commands import formulas
from bot.reading.tex.check import MAX_RAW, checked
from bot.reading.tex.written import to_unicode


@pytest.mark.parametrize(
    ("tex", "sent"),
    [
        (r"x_t=(1-t)x_0", r"x_t=(1-t)x_0"),
        (r"\frac{a}{b}\sqrt[3]{x}", r"\frac{a}{b}\sqrt[3]{x}"),
        (r"\left\{\begin{array}{l}a\\b\end{array}\right.", r"\left\{\begin{array}{l}a\\b\end{array}\right."),
        (r"\newcommand{\R}{\mathbb{R}}\R^n", r"\mathbb{R}^n"),
        (r"\def\a{\alpha}\a b", r"\alpha b"),
        (r"\newcommand{\v}[1]{\mathrm#1}\v x", r"\mathrm x"),
        (r"\begin{align*}a&=b\\c&=d\end{align*}", r"\begin{aligned}a&=b\\c&=d\end{aligned}"),
        (r"\begin{equation}a=b\label{eq:1}\tag{1}\end{equation}", r"a=b\qquad\text{(1)}"),
        (r"50% of \text{损失 a_b}", r"50\% of \text{损失 a_b}"),
        (r"\operatorname*{argmin}_x f\nonumber", r"\operatorname*{argmin}_x f"),
    ],
)
def test_sound_tex_is_sent(tex: str, sent: str) -> None:
    """Common commands stay; macros, labels and environments of a page become what stands inside a formula."""
    assert checked(tex) == sent


@pytest.mark.parametrize(
    "tex",
    [
        "",
        "  ",
        r"\frac{a}{",
        r"\frac{a}",
        "x_",
        "x_}",
        "{x",
        "x}",
        "x_a_b",
        "x^a_b^c",
        r"\left(x",
        r"\left x\right)",
        r"x\right)",
        r"\begin{aligned}a",
        r"\begin{aligned}a\end{cases}",
        r"\begin{tikzpicture}\end{tikzpicture}",
        "a & b",
        "a $ b",
        "#1",
        r"\foo{x}",
        r"\ce{H2O}",
        r"\href{https://x.y}{z}",
        r"\text{a $x$}",
        r"\tag{{",
        r"\text{a{b",
        "{" * 40 + "x" + "}" * 40,
        "x+" * MAX_RAW + "x",
    ],
)
def test_what_another_typesetter_might_refuse_is_not_sent(tex: str) -> None:
    """Cut, unbalanced, unknown, nested too deep, too long: Unicode is the safer form."""
    assert checked(tex) is None


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *("{", "}", "x", "_", "^", "&", "$", "#1", "\\\\", " ", "[", "]", "(", ")", "%", "'", "中"),
                *(r"\frac", r"\sqrt", r"\left(", r"\right)", r"\begin{cases}", r"\end{cases}", r"\text{a}", r"\alpha"),
                *(r"\newcommand{\a}[1]{#1\a}", r"\a", r"\tag", r"\label", r"\operatorname*", r"\big", r"\begin"),
            ]
        ),
        max_size=30,
    ).map("".join)
)
def test_what_is_sent_is_closed_and_settles(tex: str) -> None:
    """No input raises; what comes out has closed braces, is short, and is sent unchanged when it is checked again."""
    sent = checked(tex)
    if sent is not None:
        assert len(sent) <= MAX_RAW
        assert sent.replace("\\{", "").count("{") == sent.replace("\\}", "").count("}")
        assert checked(sent) == sent
        assert to_unicode(sent).split() == to_unicode(tex).split() or "\\tag" in tex


def test_formulas_of_the_blog_can_be_sent(shared: Path) -> None:
    """Every whole formula of the blog passes."""
    found = formulas([shared / "blog"])
    assert len(found) >= 15
    assert [tex for tex in found if checked(tex) is None] == []


def test_formulas_of_real_feeds_can_be_sent(real_feeds: Path) -> None:
    """Nearly all formulas of real feeds pass; what does not is broken or refers to another one."""
    found = formulas([real_feeds / "snapshots"])
    assert sum(checked(tex) is None for tex in found) <= len(found) // 50
