"""Formulas as Unicode text."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.tex_commands import formulas, table
from bot.reading.tex.commands import COMMANDS
from bot.reading.tex.symbols import DROPPED, IGNORED, SPACES, SYMBOLS
from bot.reading.tex.tokens import MAX_CHARACTERS, MAX_EXPANSION, MAX_WORK, definitions
from bot.reading.tex.written import to_unicode

LETTERS = [
    (r"\mathbf{x}_t=(1-t)\mathbf{x}_0+t\varepsilon", "𝐱ₜ = (1−t)𝐱₀ + tε"),
    (r"\alpha\beta\Gamma\epsilon\varphi\ell\hbar", "αβΓϵφℓℏ"),
    (r"\mathcal{N}\mathscr{L}\mathbb{R}\mathfrak{g}\mathsf{X}\mathtt{T}", "𝒩ℒℝ𝔤𝖷𝚃"),
    (r"\boldsymbol{\theta}, \bm{W}, \boldsymbol{\Sigma}, \mathbf{0}", "𝜽, 𝑾, 𝚺, 𝟎"),
    (r"\boldsymbol{\mathcal{L}}\mathbb{1}", "𝓛𝟙"),
    (r"{\bf x}y{\cal L}", "𝐱yℒ"),
    (r"\mathrm{d}x, \mathrm{Var}(X), 10\mathrm{kg}", "dx, Var(X), 10 kg"),
    (r"\hat{x}\tilde{y}\bar{z}\vec{v}\dot{q}\ddot{q}", "x̂ỹz̄v⃗q̇q̈"),
    (r"\hat{\mathbf{x}}_i, \bar{x_i}, \overline{AB}", "𝐱̂ᵢ, x̄ᵢ, A̅B̅"),
    ("设 x 为变量, 1 if x, 2 x", "设 x 为变量, 1 if x, 2x"),
    ("𝑥∈ℝ, ‖𝐱‖≤1", "𝑥 ∈ ℝ, ‖𝐱‖ ≤ 1"),
    (r"\text{损失} = \mbox{误差}^2", "损失 = 误差²"),
    (r"x\text{ if $a>0$ and }y", "x if a > 0 and y"),
    ("f'(x)+f''(x)+x'_i", "f′(x) + f″(x) + x′ᵢ"),
]
SCRIPTS = [
    ("x_i^2", "xᵢ²"),
    ("x^2_i", "xᵢ²"),
    ("x_{t-1}^{(l)}", "xₜ₋₁⁽ˡ⁾"),
    (r"p_\theta(x)", "p_θ(x)"),
    (r"x_{t,\theta}", "x_{t,θ}"),
    ("z_K z_0", "z_K z₀"),
    (r"x_{t_i}^{y^2}", "x_{tᵢ}^{y²}"),
    (r"x_\theta^2", "x²_θ"),
    (r"L_{\text{CE}}+x_{\mathrm{max}}", "L_{CE} + xₘₐₓ"),
    (r"A^\top B, A^T, 90^\circ", "A^⊤ B, Aᵀ, 90°"),
    (r"\pi^*(s), x^*y", "π*(s), x* y"),
    (r"{}_2F_1", "₂F₁"),
    (r"{x^2}^3, {x_i}_j, f'^2", "(x²)³, (xᵢ)ⱼ, f′²"),
    (r"\mathop{\mathbb{E}}_{x}[x] + \mathop{\sum}_i x", "𝔼ₓ[x] + ∑ᵢ x"),
    (r"e^{-x^2/2}", "e^{−x²/2}"),
    (r"\sum_{i=1}^n x_i", "∑ᵢ₌₁ⁿ xᵢ"),
    (r"\sum\limits_{i \in S} x_i", "∑_{i∈S} xᵢ"),
    (r"\int_0^\infty f(x)\,dx", "∫₀^∞ f(x) dx"),
    (r"\lim_{x\to 0} f(x)", "lim_{x→0} f(x)"),
    (r"\mathop{\mathrm{argmax}}\limits_{y} p", "argmax_y p"),
    (r"\underset{x}{\operatorname{argmin}} f", "argminₓ f"),
    (r"\operatorname*{argmin}_x f", "argminₓ f"),
    (r"\sum_{\substack{i<j\\j<n}} a", "∑_{i<j, j<n} a"),
    (r"A \overset{\text{def}}{=} B \stackrel{d}{\to} C", "A =ᵈᵉᶠ B →ᵈ C"),
    (r"x \xrightarrow[n]{f} y", "x →ₙᶠ y"),
    (r"\underbrace{a+b}_{\text{和}} + \overbrace{xy}^{n}", "(a+b)_和 + (xy)ⁿ"),
]
FRACTIONS = [
    (r"\frac{a}{b} + \dfrac{a+b}{2c} + \tfrac12", "a/b + (a+b)/(2c) + 1/2"),
    (r"\frac{1}{N}\sum_i x_i", "(1/N) ∑ᵢ xᵢ"),
    (r"\frac{\partial L}{\partial w} = \frac{dy}{dx}", "∂L/∂w = dy/dx"),
    (r"\frac{p(x,y)}{p(x)}, \frac{1}{n!}, \frac{a}{(n-1)!}", "p(x,y)/p(x), 1/n!, a/(n−1)!"),
    (r"\frac{a}{c(x+1)}, \frac{a}{2[b]}", "a/(c(x+1)), a/(2[b])"),
    (r"\log\frac{a}{b}", "log(a/b)"),
    (r"\frac{\frac{a}{b}}{c}", "(a/b)/c"),
    (r"\frac{x}{\|x\|_2}, \frac{1}{|A||B|}, \sqrt{|x|}", "x/‖x‖₂, 1/(|A||B|), √|x|"),
    (r"\frac{a}{b}^2", "(a/b)²"),
    (r"-\frac{1}{2}|x|, |\frac{1}{2}|", "−(1/2)|x|, |1/2|"),
    (r"{a+b \over c}", "(a+b)/c"),
    (r"\binom{n}{k} = {n \choose k}", "C(n,k) = C(n,k)"),
    (r"\sqrt{x} + \sqrt{d_k} + \sqrt{x+y} + \sqrt[3]{x} + \sqrt2 x", "√x + √dₖ + √(x+y) + ³√x + √2 x"),
]
SPACES_AND_BRACKETS = [
    ("a+b=-c", "a + b = −c"),
    ("(a+b)(c=d)", "(a+b)(c=d)"),
    (r"O(n\log n + m)", "O(n log n + m)"),
    ("f(x,y), f(x, y), 1,000", "f(x,y), f(x, y), 1,000"),
    (r"f: X \to Y, f\colon X, a:=b", "f: X → Y, f: X, a := b"),
    (r"a\quad b\,c\!d\;e~f", "a  b cd e f"),
    (r"\left( \frac{a}{b} \right) \left\{ x \right.", "(a/b){x"),
    (r"\left.\frac{df}{dx}\right|_{x=0}", "(df/dx)|ₓ₌₀"),
    (r"\big(a\big)\Bigl[b\Bigr]\bigg\|c\bigg\|", "(a)[b]‖c‖"),
    (r"\|x\|_2, ||x||, \lVert x\rVert, |a||b|", "‖x‖₂, ‖x‖, ‖x‖, |a||b|"),
    (r"\langle a,b\rangle\lfloor x\rfloor\lceil y\rceil", "⟨a,b⟩⌊x⌋⌈y⌉"),
    (r"p(x\mid y), D(p\|q)", "p(x|y), D(p‖q)"),
    (r"2\sin x, -\log p, \arg\max_\theta L", "2 sin x, −log p, arg max_θ L"),
    (r"1, \ldots, n + \cdots", "1, …, n + ⋯"),
    (r"a = b \tag{1}", "a = b  (1)"),
    ("loss of x y", "loss of xy"),
]
SIGNS = [
    (r"a \leq b \ge c \neq d \approx e \equiv f \propto g", "a ≤ b ≥ c ≠ d ≈ e ≡ f ∝ g"),
    (r"a \not= b \not\in C \not\subset D", "a ≠ b ∉ C ⊄ D"),
    (r"x \to y \Rightarrow z \iff w \mapsto v", "x → y ⇒ z ⟺ w ↦ v"),
    (r"\forall x \exists y: \neg p \land q \lor r", "∀x∃y: ¬p ∧ q ∨ r"),
    (r"A \cup B \cap C \setminus D \subseteq \emptyset", "A ∪ B ∩ C ∖ D ⊆ ∅"),
    (r"a \times b \cdot c \otimes d \pm e", "a × b · c ⊗ d ± e"),
    ("x<=y->z", "x ≤ y → z"),
    (r"x \equiv a \pmod{n}, a \bmod b", "x ≡ a (mod n), a mod b"),
    (r"50\%, \$5, a\_b, \{x\}, \&", "50%, $5, a_b, {x}, &"),
    ("x &lt; y &amp;lt; z &#8804; w", "x < y < z ≤ w"),
]
ROWS = [
    (r"\begin{aligned} a &= b + c \\ &= d \end{aligned}", "a = b + c\n= d"),
    (r"\begin{align*} a &= b, & c &= d \\[2pt] e &= f \end{align*}", "a = b,  c = d\ne = f"),
    (r"\begin{equation}\begin{split} a &= b \\ c &= d \end{split}\label{e}\end{equation}", "a = b\nc = d"),
    (r"\begin{gather} a \\ b \end{gather}", "a\nb"),
    (r"a \\ b", "a\nb"),
    (r"\bigl(\begin{smallmatrix} a & b \\ c & d \end{smallmatrix}\bigr)", "(a b; c d)"),
    (r"\begin{rcases} a=1 \\ b=2 \end{rcases} = c", "a=1; b=2} = c"),
    (r"\left\{\begin{array}{ll} x, & x>0, \\ -x, & x<0 \end{array}\right.", "{x, x>0; −x, x<0}"),
    (r"\eqalign{a &= b \cr c &= d}", "a = b\nc = d"),
    (
        r"\begin{tikzcd} A \arrow[r, \"f\"] \arrow[d] & B \arrow[dl, \"g\"', dashed] \\ C \end{tikzcd}",
        "A →ᶠ↓ B ↙ᵍ\nC",
    ),
    (r"\begin{CD} A @>a>> B @= C \\ @VVbV @. @| \\ D \end{CD}", "A →ᵃ B = C\n↓_b ‖\nD"),
    (r"\xymatrix{A \ar[r]^f & B}", "A→ᶠ B"),
    (r"\begin{bmatrix} a & b \\ c & d \end{bmatrix}", "[a b; c d]"),
    (r"\begin{pmatrix} \cos t & 0 \\ 0 & 1 \end{pmatrix}", "(cos t, 0; 0, 1)"),
    (r"\begin{vmatrix} a & b \\ c & d \end{vmatrix}", "|a b; c d|"),
    (r"|x| = \begin{cases} x, & x \ge 0 \\ -x, & \text{otherwise} \end{cases}", "|x| = {x, x≥0; −x, otherwise}"),
    (r"\left\{\begin{array}{l} a=1 \\ b=2 \end{array}\right.", "{a=1; b=2}"),
    (r"\left[\begin{array}{cc} a & b \\ c & d \end{array}\right]", "[a b; c d]"),
    (r"\begin{array}{c|c} a & b \\ \hline c & d \end{array}", "a b\nc d"),
    (r"\begin{eqnarray} a & = & b \\ c & = & d \end{eqnarray}", "a = b\nc = d"),
]
OTHERS = [
    (r"\color{red}{x} + \textcolor{blue}{y} + \boxed{z} + \cancel{w} + \phantom{xx} v", "x + y + z + w̶ + v"),
    (r"\eqref{a}, \ref{b}\label{c}", "(a), b"),
    (r"\ce{2H2 + O2 -> 2H2O}, \ce{SO4^2-}", "2H₂ + O₂ → 2H₂O, SO₄²⁻"),
    (r"\ket{\psi}\bra{\phi}\abs{x}\norm{y}", "|ψ⟩⟨ϕ||x|‖y‖"),
    (
        r"\dv{f}{x} + \pdv{f}{x} + \pdv[2]{f}{x} + \pdv{f}{x}{y} + \dd[3]{x}",
        "df/dx + ∂f/∂x + ∂²f/∂x² + ∂²f/(∂x∂y) + d³x",
    ),
    (r"\braket{a}{b}\braket{a|b}\ev{A}\ev{A}{\psi}\mel{a}{H}{b}", "⟨a|b⟩⟨a|b⟩⟨A⟩⟨ψ|A|ψ⟩⟨a|H|b⟩"),
    (r"\ketbra{a}{b}\dyad{a}\comm{A}{B}\acomm{A}{B}\order{n^2}", "|a⟩⟨b||a⟩⟨a|[A, B]{A, B}𝒪(n²)"),
    (r"\eval{x^2}_0^1, \qty(\frac{a}{b}), \qty{x}, \curl{\vb*{B}}, \laplacian\phi", "x²|₀¹, (a/b), {x}, ∇×𝐁, ∇²ϕ"),
    (r"\SI{10}{\metre\per\second}, \SI[x=y]{3e8}{m/s}, \qty{5}{\kilo\ohm}", "10 m/s, 3×10⁸ m/s, 5 kΩ"),
    (r"\si{\kilogram\square\metre\per\second\squared\per\mol}", "kg·m²/s²/mol"),
    (r"\num{1.5e-3}, \ang{30;5}, \SIrange{1}{2}{\km}, \unit{N.m}", "1.5×10⁻³, 30°5′, 1–2 km, N·m"),
    (r"\ce{CH3-CH=CH2 <=> A}, \prescript{14}{6}{C}", "CH₃−CH=CH₂ ⇌ A, ₆¹⁴C"),
    (r"\cancelto{0}{x}, \slashed{D}, \overparen{A}, \rlap{x}y, \multicolumn{2}{c}{z}", "x̶^{→0}, D̸, Ȃ, xy, z"),
    (r"\unknown x + \foo{a}{b_1}", "unknown x + foo(a, b₁)"),
    (r"\displaystyle\hspace{1em}x\kern3pt y\rule{1pt}{2pt}", "x y"),
    ("a % comment\nb", "ab"),
    ("50% of x", "50% of x"),
    ("", ""),
]
CUT = [
    (r"\mathbf{x}_t=(1-", "𝐱ₜ = (1−"),
    (r"\frac{a}{", "a"),
    (r"\frac{a+b}{2", "(a+b)/2"),
    (r"x_{", "x"),
    (r"\left( \frac{a", "(a"),
    (r"\begin{aligned} a &= b \\ &=", "a = b\n="),
    (r"\begin{al", ""),
    ("x\\", "x"),
    (r"\sqrt[3", "√[3"),
    ("}x}", "x"),
    (r"a \right) \end{cases}", "a)"),
]


@pytest.mark.parametrize(
    ("tex", "text"),
    [*LETTERS, *SCRIPTS, *FRACTIONS, *SPACES_AND_BRACKETS, *SIGNS, *ROWS, *OTHERS, *CUT],
)
def test_written(tex: str, text: str) -> None:
    """A formula is written as a reader expects it."""
    assert to_unicode(tex) == text


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\newcommand{\R}{\mathbb{R}} x \in \R^n", "x ∈ ℝⁿ"),
        (r"\newcommand{\n}[2][2]{\|#2\|_{#1}} \n{x}, \n[1]{y}", "‖x‖₂, ‖y‖₁"),
        (r"\def\v#1{\mathbf{#1}} \v{x}\v y", "𝐱𝐲"),
        (r"\DeclareMathOperator{\sg}{sg} 2\sg x", "2 sg x"),
        (r"\let\eps=\varepsilon \eps", "ε"),
        (r"\renewcommand\vec[1]{\mathbf{#1}} \vec{x}", "𝐱"),
        (r"\newcommand{\a}{\a} \a", "a"),
        (r"\def\a{\b}\def\b{\a} x", "x"),
    ],
)
def test_macros_of_the_text(tex: str, text: str) -> None:
    """Macros that a formula defines are expanded in it, and one that calls itself keeps its name."""
    assert to_unicode(tex) == text


def test_macros_given() -> None:
    """Macros of another formula of the same text are collected once and given to each."""
    macros = definitions(r"\newcommand{\E}{\mathbb{E}}\newcommand{\n}[2][2]{\|#2\|_{#1}}\DeclareMathOperator{\KL}{KL}")
    assert macros == {"E": (0, r"\mathbb{E}"), "n": (1, r"\|#1\|_{2}"), "KL": (0, r"\operatorname{KL}")}
    assert to_unicode(r"\E[x] + \n{x} + 2\KL(p\|q)", macros=macros) == "𝔼[x] + ‖x‖₂ + 2 KL(p‖q)"
    assert to_unicode(r"\x", macros={r"\x": (0, "y")}) == "y"
    assert definitions(r"x = \frac{a}{b}") == {}


# A command each would be a test each, by the hundred; together they are as quick as one, and those that fail are named.


def _written(name: str) -> str:
    return to_unicode(f"\\{name}{{u}}{{v}}" if name.isalpha() else f"\\{name} u v")


@pytest.mark.parametrize(
    "known",
    [COMMANDS, SYMBOLS, SPACES, IGNORED, DROPPED],
    ids=["commands", "symbols", "spaces", "ignored", "dropped"],
)
def test_no_known_command_shows(known: Iterable[str]) -> None:
    """No known command leaves a backslash; its arguments stay."""
    assert {name: text for name in known if "\\" in (text := _written(name))} == {}


def test_a_known_sign_is_shown() -> None:
    """A command that has a sign is written as that sign."""
    assert {name: text for name, sign in SYMBOLS.items() if sign[0].strip() not in (text := _written(name))} == {}


THEMES = {
    "letters": LETTERS,
    "scripts": SCRIPTS,
    "fractions": FRACTIONS,
    "spaces and brackets": SPACES_AND_BRACKETS,
    "signs": SIGNS,
    "rows": ROWS,
    "others": OTHERS,
}


@pytest.mark.parametrize("theme", THEMES)
def test_cut_anywhere(theme: str) -> None:
    """A formula cut at any place is written as far as it goes, without a backslash."""
    cut = [tex[:end] for tex, _ in THEMES[theme] for end in range(len(tex))]
    assert [tex for tex in cut if "\\" in to_unicode(tex)] == []


PARTS = st.sampled_from(
    [
        *(
            "{",
            "}",
            "^",
            "_",
            "&",
            "$",
            "\\\\",
            "\\",
            "[",
            "]",
            "(",
            ")",
            "|",
            "#1",
            "%",
            "'",
            "\n",
            " ",
            "x",
            "12",
            ",",
        ),
        *(r"\frac", r"\sqrt", r"\left(", r"\right)", r"\left", r"\right", r"\begin{aligned}", r"\end{aligned}"),
        *(r"\begin{pmatrix}", r"\end{pmatrix}", r"\begin{cases}", r"\end{cases}", r"\begin", r"\end", r"\text{"),
        *(r"\newcommand{\a}[1]{#1\a #1}", r"\a", r"\def\b{\c\c}", r"\def\c{\b\b}", r"\b", r"\let\d\b", r"\d"),
        *(r"\over", r"\choose", r"\hat", r"\not", r"\mathbf", r"\mathrm{", r"\operatorname", r"\overset", r"\tag"),
        *(r"\substack{", r"\ce{A2", r"\kern", r"\big", r"\sum", r"\log", r"\foo{", r"\dv", r"\sideset", r"\genfrac"),
        *(r"\SI{", r"\qty{", r"\num{1e5", r"\ang{", r"\per\metre", r"\braket{", r"\mel", r"\eqalign{", r"\cancelto"),
        *(r"\begin{CD}", r"\end{CD}", "@>f>>", "@VV", r'\ar[dr, "f', r"\xymatrix{", r"\begin{tikzcd}", r"\prescript{"),
        *("\u0301", "\u200b", "𝐱", "中", "&lt;", "&amp;lt;", "\x00", "\ud800"),
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PARTS, max_size=120).map("".join) | st.text(max_size=200))
def test_total(tex: str) -> None:
    """No input raises, and no backslash is left of any."""
    text = to_unicode(tex)
    assert "\\" not in text
    assert len(text) <= 40 * len(tex) + 1
    definitions(tex)


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("ab cxyz 123αβ中文。，"), max_size=60))
def test_plain_text_settles(text: str) -> None:
    """Plain text keeps its letters, and what was written once is not changed by writing it again."""
    once = to_unicode(text)
    assert to_unicode(once) == once
    assert once.replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("tex", [r"x_1 = \frac{a}{b}, ", "+", "{", r"\begin{a}", r"\dv", r"\left(", "ab "])
def test_long_formula_is_cut(tex: str) -> None:
    """A formula too long to be read is cut, and says so; the work that it costs is bounded."""
    text = to_unicode(tex * 5_000)
    assert text.endswith("…")
    assert len(text) <= MAX_CHARACTERS


def test_macros_cannot_grow_without_bound() -> None:
    """Macros that double each other add so many tokens and no more."""
    doubling = r"\def\a{xx}" + "".join(
        rf"\def\{b}{{\{a}\{a}}}" for a, b in zip("abcdefghij", "bcdefghijk", strict=True)
    )
    text = to_unicode(doubling + r"\k")
    assert 0 < len(text) <= MAX_WORK + MAX_EXPANSION


@pytest.mark.parametrize(
    ("repeated", "times", "end"), [("{", 100, "x"), ("{a}{", 100, "x"), ("{", 15, "\\word" * 500 + "x")]
)
def test_commands_around_each_other_do_not_grow(repeated: str, times: int, end: str) -> None:
    """A command in its own arguments, as deep as groups go, writes no more than a few times what it was given."""
    nested = {name: f"\\{name}{repeated}" * times + end for name in COMMANDS if name.isalpha()}
    texts = {name: to_unicode(tex) for name, tex in nested.items()}
    assert {name: text for name, text in texts.items() if len(text) > 2 * MAX_CHARACTERS or "\\" in text} == {}


def test_deep_nesting_is_cut() -> None:
    """Groups nested deeper than anybody writes are given up for an ellipsis."""
    assert "…" in to_unicode("{" * 500 + "x" + "}" * 500)
    assert to_unicode("{" * 500 + "x" + "}" * 500 + "+y").endswith("y")


# -- the formulas of real posts ---------------------------------------------------------------------------------------

# Commands whose arguments say nothing to a reader.
SILENT = re.compile(r"\\(?:begin|end|label|color|hspace|vspace|phantom)\s*\*?\{[^{}]*\}(?:\{[lcr|\s]*\})?")
LOSSES: dict[str, str] = {}
"""Formulas of the corpus that may lose a symbol, with the reason."""


def folded(text: str) -> Counter[str]:
    """Count letters and digits whatever their style."""
    return Counter(char for char in unicodedata.normalize("NFKD", text) if char.isalnum())


def lost(tex: str, text: str) -> set[str]:
    """Tell which letters, digits and signs of a formula are missing in its text."""
    plain = SILENT.sub("", tex).replace(r"\\", " ")
    written = unicodedata.normalize("NFKD", text)
    missing = set(folded(re.sub(r"\\[A-Za-z]+", "", plain)) - folded(text))
    for name in re.findall(r"\\([A-Za-z]+)", plain):
        sign = unicodedata.normalize("NFKD", SYMBOLS[name][0]) if name in SYMBOLS else ""
        if sign not in written and not (name == "circ" and "°" in written):
            missing.add(name)
    return missing


def check_corpus(folder: Path, *, at_least: int) -> None:
    """Write every formula of the files in a folder and look for what is lost."""
    found = formulas([folder])
    assert len(found) >= at_least
    bad = {}
    for tex in found:
        text = to_unicode(tex)
        if "\\" in text or (tex not in LOSSES and lost(tex, text)):
            bad[tex] = text
    assert not bad


def test_formulas_of_the_blog(shared: Path) -> None:
    """Every formula of the blog's pages and site is written without a backslash and without a lost symbol."""
    check_corpus(shared / "blog", at_least=15)


def test_formulas_of_real_feeds(real_feeds: Path) -> None:
    """Every formula of the real feeds is written without a backslash and without a lost symbol."""
    check_corpus(real_feeds / "snapshots", at_least=1_000)


def test_page_of_commands() -> None:
    """The page lists the most used commands with what becomes of them."""
    rows = table([r"\alpha + \hat{x}", r"\alpha"]).splitlines()
    assert rows == [r"| `` \alpha `` | 2 | `` \alpha `` | `` α `` |", r"| `` \hat `` | 1 | `` \hat{x} `` | `` x̂ `` |"]
