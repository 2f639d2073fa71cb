"""Which TeX commands a corpus of posts uses most, and what becomes of each: writes docs/formulas.md.

    python benchmarks/tex_commands.py FOLDER… [--out docs/formulas.md]

A folder may hold feeds (RSS, Atom, JSON), HTML pages and text, in any depth.
"""

from __future__ import annotations

import argparse
import html
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.reading.tex.letters import ACCENTS
from bot.reading.tex.written import to_unicode

SUFFIXES = frozenset((".xml", ".rss", ".atom", ".json", ".html", ".htm", ".txt", ".md"))
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_MARKED = re.compile(
    r"<script[^>]*math/tex[^>]*>(.*?)</script>|<annotation[^>]*application/x-tex[^>]*>(.*?)</annotation>"
    r"|<math[^>]*\balttext=\"([^\"]*)\"",
    re.DOTALL | re.IGNORECASE,
)
_NOT_TEXT = re.compile(
    r"<(script|style|pre|code|math|svg)\b.*?</\1>|<span class=\"katex-html\".*?</span></span></span>",
    re.DOTALL | re.IGNORECASE,
)
_INLINE = re.compile(r"</?(?:a|b|br|em|font|i|span|strong|sub|sup|u|wbr)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z!?][^<>]*>")
# Within a block; a formula that its excerpt cut off ends with the block.
_DELIMITED = re.compile(
    r"\$\$(?P<display>[^\f]+?)\$\$"
    r"|\\\[(?P<bracket>(?:(?!\\[(\[])[^\f])+?)(?:\\\]|(?=\f|\Z))"
    r"|\\\((?P<paren>(?:(?!\\[(\[])[^\f])+?)(?:\\\)|(?=\f|\Z))"
    r"|(?P<environment>\\begin\{(?P<name>[a-z]+\*?)\}[^\f]+?\\end\{(?P=name)\})"
    r"|(?<![\\$\w])\$(?![\s$])(?P<inline>[^$\f]{1,600}?)(?<![\s\\])\$(?![\d$])"
)
_COMMAND = re.compile(r"\\(begin\{[A-Za-z]+\*?\}|(?!end\b)[A-Za-z]+|[^A-Za-z\s])")
_ROWS = 100
_EXAMPLES = {
    "frac": r"\frac{a+b}{2c}",
    "dfrac": r"\dfrac{1}{n} x",
    "tfrac": r"\tfrac{1}{2}",
    "binom": r"\binom{n}{k}",
    "sqrt": r"\sqrt{x} + \sqrt[3]{1+x}",
    "left": r"\left( \frac{a}{b} \right)",
    "right": r"\left. f \right|_{x=0}",
    "sum": r"\sum_{i=1}^n x_i",
    "prod": r"\prod_{i \in S} x_i",
    "int": r"\int_0^\infty f(x)\,dx",
    "bigcup": r"\bigcup_{i=1}^n A_i",
    "lim": r"\lim_{x \to 0} f(x)",
    "log": r"\log p(x)",
    "ln": r"\ln x",
    "exp": r"\exp(-x)",
    "sin": r"2\sin x",
    "cos": r"2\cos x",
    "tan": r"\tan x",
    "min": r"\min_x f(x)",
    "max": r"\max(a,b)",
    "arg": r"\arg\max_\theta L",
    "text": r"x \text{ 当 } x > 0",
    "tag": r"a = b \tag{1}",
    "label": r"a = b \label{eq}",
    "ref": r"\ref{eq}",
    "not": r"a \not= b",
    "underset": r"\underset{x}{\min} f",
    "mathop": r"\mathop{\mathrm{argmax}}_x f",
    "limits": r"\lim\limits_{n} a_n",
    "operatorname": r"\operatorname{rank} A",
    "boldsymbol": r"\boldsymbol{\theta}",
    "mathbf": r"\mathbf{x}_t",
    "mathrm": r"\mathrm{d}x",
    "mathcal": r"\mathcal{N}",
    "mathbb": r"\mathbb{R}^n",
    "texttt": r"\texttt{ab}",
    "mathtt": r"\mathtt{T}",
    "quad": r"a \quad b",
    "qquad": r"a \qquad b",
    "space": r"a\space b",
    "displaystyle": r"\displaystyle x",
    "top": r"A^\top",
    "prime": r"f^\prime",
    "dagger": r"A^\dagger",
    "mid": r"p(x \mid y)",
    "bmod": r"a \bmod b",
    "colon": r"f\colon A \to B",
    "begin{aligned}": r"\begin{aligned} a &= b \\ &= c \end{aligned}",
    "begin{align}": r"\begin{align} a &= b \\ &= c \end{align}",
    "begin{align*}": r"\begin{align*} a &= b \\ &= c \end{align*}",
    "begin{cases}": r"\begin{cases} x & x \ge 0 \\ -x & x < 0 \end{cases}",
    "begin{bmatrix}": r"\begin{bmatrix} a & b \\ c & d \end{bmatrix}",
    "begin{pmatrix}": r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
    "begin{equation}": r"\begin{equation} a = b \end{equation}",
    "\\": r"a = b \\ c = d",
    ",": r"f(x)\,dx",
    ";": r"a\;b",
    ":": r"a\:b",
    " ": r"a\ b",
    "!": r"a\!b",
    "{": r"\{a, b\}",
    "}": r"\{a, b\}",
    "|": r"\|x\|_2",
}
"""Commands that need more than themselves to show what becomes of them."""
_HEAD = """# Formulas

A formula is written as Unicode text, so that it can be read in any chat. The rules:

- Letters of a styled alphabet become Unicode's own: `\\mathbf{x}` is `𝐱`, `\\mathcal{N}` is `𝒩`.
- A subscript or superscript is lowered or raised only where every character has such a form: `x_{t-1}` is `xₜ₋₁`, but
  `x_{t,\\theta}` is `x_{t,θ}`. A single character needs no braces: `p_θ`.
- Relations and operations stand between blanks at the top, and close up in brackets, fractions and scripts:
  `𝐱ₜ = (1−t)𝐱₀ + tε`. Brackets that hold blanks anyway keep them there too: `(n log n + m)`.
- A fraction is written with a slash and with the parentheses that it needs: `(a+b)/(2c)`, `(1/n)∑ᵢ xᵢ`.
- Rows of `aligned` and its kin stand on lines; a matrix is `[a b; c d]`, its cells divided by commas where one of them
  holds a blank or a comma; cases are `{x, x≥0; −x, x<0}`.
- An unknown command keeps its name and arguments: `\\foo{a}{b}` is `foo(a, b)`.
- Macros that the text defines are expanded. A formula of over some 2,500 characters is cut, and ends with `…`.
- Labels, colours, sizes and phantoms say nothing on a line of text and are left out.

## Pictures

A chat may ask for pictures (`/settings formulas picture`). Then the formulas that stand on lines of their own, at most
six, are drawn on one white picture: on Telegram a photo whose caption is the excerpt, on Discord the image of the
embed. The words stay as they are, with every formula in Unicode, for searching, reading aloud, and where a picture does
not load. A formula is drawn only if all of it can be: no command that the bot or the typesetter does not know, no
Chinese, Japanese or Korean (`\\text{损失}`) and no emoji, which mathematical fonts lack, no box, at most seven groups
deep and 1,600 pixels wide at 40 to the em. What cannot be drawn, a picture that is refused, and an excerpt that is too
long for a caption (over 1,024 UTF-16 units) come as text, in the same delivery.
[Why it is done so](adr/0013-formula-pictures.md).

## The hundred most used commands

Counted in the formulas of real blogs; made by `python benchmarks/tex_commands.py FOLDER…`.

| command | times | for example | becomes |
|---|---|---|---|
"""


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _documents(path: Path) -> Iterator[str]:
    """Give the pieces of HTML in a file."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".json":
        try:
            yield from _strings(json.loads(text))
        except ValueError:
            return
    elif path.suffix in {".xml", ".rss", ".atom"}:
        yield from _CDATA.findall(text)
        yield html.unescape(_CDATA.sub(" ", text))
    else:
        yield text.replace("\n", "\f") if path.suffix == ".txt" else text


def formulas_in(document: str) -> Iterator[str]:
    """Give the formulas of a piece of HTML, as TeX without delimiters."""
    for found in _MARKED.finditer(document):
        yield html.unescape(next(filter(None, found.groups()), "")).strip()
    plain = html.unescape(_TAG.sub("\f", _INLINE.sub("", _NOT_TEXT.sub(" ", document))))
    for found in _DELIMITED.finditer(plain):
        tex = next(text for name, text in found.groupdict().items() if text and name != "name")
        if not found["inline"] or _is_formula(tex):
            yield tex.strip()


def _is_formula(tex: str) -> bool:
    """Tell prices, shell variables and code between two dollar signs from formulas."""
    if re.search(r"\\[A-Za-z]|[_^]", tex):
        return not re.search(r"[\"`;]|=>", tex)
    return bool(re.fullmatch(r"[-+=<>*/\w\s(),.|'!\[\]]{1,30}", tex)) and len(re.findall(r"[A-Za-z]{4,}", tex)) == 0


def formulas(folders: Iterable[Path]) -> list[str]:
    """Give the different formulas of all files in the folders."""
    found: dict[str, None] = {}
    for folder in folders:
        for path in sorted(item for item in folder.rglob("*") if item.suffix in SUFFIXES and item.is_file()):
            for document in _documents(path):
                found |= dict.fromkeys(formulas_in(document))
    return [tex for tex in found if tex]


def _code(text: str) -> str:
    return "`` " + text.replace("|", "\\|").replace("\n", " ⏎ ") + " ``"


def table(found: Iterable[str]) -> str:
    """Give the rows of the table for the commands that the formulas use most."""
    counted = Counter(command for tex in found for command in _COMMAND.findall(tex))
    rows = []
    for name, times in sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:_ROWS]:
        example = _EXAMPLES.get(name) or (f"\\{name}{{x}}" if name in ACCENTS else f"\\{name}")
        rows.append(f"| {_code(chr(92) + name)} | {times} | {_code(example)} | {_code(to_unicode(example))} |")
    return "\n".join(rows) + "\n"


def main() -> None:
    """Read the folders and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=Path("docs/formulas.md"))
    options = parser.parse_args()
    options.out.write_text(_HEAD + table(formulas(options.folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
