r"""Whether TeX can be handed to somebody else's typesetter, which answers a mistake with nothing at all.

What comes out uses common commands alone: macros are expanded, labels gone, a tag is text behind the formula, and the
environments that only number or align at the top of a page are those that stand inside a formula.
"""

from __future__ import annotations

from bot.reading.tex.letters import ACCENTS, STYLES, SWITCHES
from bot.reading.tex.symbols import SPACES, SYMBOLS
from bot.reading.tex.tokens import Tokens

MAX_RAW = 1000
"""Characters up to which a formula is sent as TeX."""

_MAX_DEPTH = 16
_ARGUMENTS = {
    **dict.fromkeys((*STYLES, *ACCENTS, "boxed", "operatorname", "mathop", "substack", "sqrt"), 1),
    **dict.fromkeys(("mathrel", "mathbin", "mathord", "mathopen", "mathclose", "mathpunct", "pmod"), 1),
    **dict.fromkeys(("underbrace", "overbrace", "xrightarrow", "xleftarrow", "not"), 1),
    **dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac", "binom", "dbinom", "tbinom"), 2),
    **dict.fromkeys(("overset", "underset", "stackrel"), 2),
}
_OPTIONAL = frozenset(("sqrt", "xrightarrow", "xleftarrow"))
_TEXTS = frozenset(("text", "textrm", "textit", "textbf", "texttt", "textsf", "textnormal", "mbox"))
_PLAIN = frozenset(("limits", "nolimits", "displaystyle", "textstyle", "scriptstyle", "hline", *SWITCHES))
_LEFT_OUT = frozenset(("nonumber", "notag", "nobreak", "allowbreak", "relax", "displaylimits"))
_NO_ARGUMENT = _LEFT_OUT | {"label", "tag", "begin"}
_BIG = frozenset(size + side for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m"))
_KEPT = frozenset(
    ("aligned", "gathered", "array", "matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix")
) | {"cases", "dcases", "rcases"}
_INNER = {
    **{name: name for name in _KEPT},
    **dict.fromkeys(("align", "split", "flalign", "eqnarray"), "aligned"),
    **dict.fromkeys(("gather", "multline"), "gathered"),
    **dict.fromkeys(("equation", "displaymath", "math"), ""),
}
_DELIMITERS = frozenset("()[]|/.<>‖⟨⟩⌊⌋⌈⌉")
_CLOSING = frozenset(("}", "\\right", "\\end", "&", "\\\\", "_", "^", "\\cr", "\\middle", "\\limits", "\\nolimits"))


class _Refused(Exception):  # noqa: N818 -- no error: an answer
    """The formula is not to be sent."""


class _Checker:
    """Reads tokens and writes them again, as long as they make sense."""

    def __init__(self, tex: str) -> None:
        self._tokens = Tokens(tex, {})
        self._out: list[str] = []
        self._depth = 0
        self._cells = 0

    def whole(self) -> str:
        """Write the whole formula."""
        self._sequence(None)
        if self._tokens.cut:
            raise _Refused
        return "".join(self._out).strip()

    def _put(self, text: str) -> None:
        if self._out and text[:1].isalpha() and self._out[-1][:1] == "\\" and self._out[-1][-1:].isalpha():
            self._out.append(" ")
        self._out.append(text)

    def _sequence(self, stop: str | None) -> None:
        """Copy up to the closing token, which is taken and not written."""
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise _Refused
        scripts = ""
        while (item := self._tokens.next()) != stop:
            if item is None:
                raise _Refused
            if item in {"_", "^"}:
                scripts = self._script(item, scripts)
            else:
                scripts = scripts if item.isspace() or item == "\\limits" else ""
                self._take(item)
        self._depth -= 1

    def _script(self, mark: str, before: str) -> str:
        if mark in before:
            raise _Refused  # two indices at one letter
        self._put(mark)
        self._argument()
        return before + mark

    def _argument(self) -> None:
        item = self._tokens.next() if self._tokens.peek() is not None else None
        if item is None or item in _CLOSING or item[1:] in _NO_ARGUMENT:
            raise _Refused
        self._take(item)

    def _take(self, item: str) -> None:
        if item == "{":
            self._put("{")
            self._sequence("}")
            self._put("}")
        elif item[0] == "\\":
            self._command(item[1:])
        elif item in {"$", "}", "#"} or item[0] == "#" or (item == "&" and not self._cells):
            raise _Refused
        else:
            self._put("\\%" if item == "%" else item)

    def _command(self, name: str) -> None:
        if name == "left":
            self._delimited()
        elif name == "begin":
            self._environment()
        elif name in _TEXTS:
            self._text(f"\\{name}")
        elif name == "tag":
            self._tokens.star()
            self._text("\\qquad\\text", "({})")
        elif name == "label":
            self._tokens.group()
        elif name in _BIG or name == "middle":
            self._put(f"\\{name}")
            self._delimiter()
        elif name in _ARGUMENTS:
            self._with_arguments(name)
        elif name in _PLAIN or name == "\\" or name in SYMBOLS or name in SPACES:
            self._put(f"\\{name}")
        elif name not in _LEFT_OUT:
            raise _Refused

    def _with_arguments(self, name: str) -> None:
        starred = name == "operatorname" and self._tokens.star()
        self._put(f"\\{name}*" if starred else f"\\{name}")
        option = self._tokens.option() if name in _OPTIONAL else None
        if option is not None:
            self._tokens.back(*option, "]")
            self._put("[")
            self._sequence("]")
            self._put("]")
        for _ in range(_ARGUMENTS[name]):
            self._argument()

    def _text(self, command: str, pattern: str = "{}") -> None:
        inside = self._tokens.group()
        if "$" in inside or any(item[0] == "\\" and item[1:].isalpha() for item in inside):
            raise _Refused
        if inside.count("{") != inside.count("}"):
            raise _Refused  # the formula ends within it
        self._put(command + "{" + pattern.format("".join(inside)) + "}")

    def _delimited(self) -> None:
        self._put("\\left")
        self._delimiter()
        self._sequence("\\right")
        self._put("\\right")
        self._delimiter()

    def _delimiter(self) -> None:
        item = self._tokens.next() if self._tokens.peek() is not None else None
        known = item is not None and (item in _DELIMITERS or (item[0] == "\\" and item[1:] in SYMBOLS))
        if item is None or not known:
            raise _Refused
        self._put(item)

    def _environment(self) -> None:
        name = self._tokens.text().strip()
        inner = _INNER.get(name.rstrip("*"))
        if inner is None:
            raise _Refused
        columns = "{" + "".join(self._tokens.group()) + "}" if inner == "array" else ""
        self._cells += 1
        self._put(f"\\begin{{{inner}}}{columns}" if inner else "")
        self._sequence("\\end")
        if self._tokens.text().strip() != name:
            raise _Refused
        self._put(f"\\end{{{inner}}}" if inner else "")
        self._cells -= 1


def checked(tex: str) -> str | None:
    r"""Give TeX that may be sent as it is to somebody else's typesetter, or None where Unicode is the safer form.

    It is at most 1,000 characters long, its braces, ``\left`` and environments are closed, every command is a common
    one with all its arguments, and nothing has two indices. Macros are expanded, labels left out. No input raises.
    """
    try:
        text = _Checker(tex).whole()
    except _Refused:
        return None
    return text if 0 < len(text) <= MAX_RAW else None
