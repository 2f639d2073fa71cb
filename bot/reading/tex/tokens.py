"""TeX's text as tokens, with the macros of the same text expanded, and everything bounded.

A tokenizer of our own: pylatexenc's raises on deep nesting, and by itself costs more than the whole walk here
(docs/adr/0003-tex-tokenizer.md).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

MAX_CHARACTERS = 3_000
MAX_WORK = 1_050
"""What one formula may cost, a token other than a brace being 1: under five milliseconds. More is a page of
derivations."""
MAX_EXPANSION = 600
"""So many tokens may the macros of a formula add; what is not expanded then keeps its name."""
_BRACES = frozenset("{}")
_MAX_LOOKAHEAD = 60
_MAX_PARAMETERS = 9

_TOKEN = re.compile(
    r"\\(?:[A-Za-z]+|[^A-Za-z]|$)|\s+|#[1-9]|:=|<=|>=|->|=>|\|\||\.\.\.|'+|[^\u0300-\u036f\u20d0-\u20ff][\u0300-\u036f\u20d0-\u20ff]{0,4}|."
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z]{2,31}\d{0,2});")
# A comment ends with its line. Where white space was folded no line ends, and what follows must not be lost.
_COMMENT = re.compile(r"(?<![\\0-9])%[^\n]*\n\s*")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff\x00\ufe0e\ufe0f"))
_DEFINING = frozenset(
    (
        "\\newcommand",
        "\\renewcommand",
        "\\providecommand",
        "\\def",
        "\\gdef",
        "\\edef",
        "\\xdef",
        "\\DeclareMathOperator",
        "\\DeclareRobustCommand",
        "\\let",
    )
)


_DEFINES = re.compile(r"\\(?:(?:re|provide)?(?:newcommand|command)|[gex]?def|Declare|let)")


class Macro(NamedTuple):
    """What a command stands for: ``#1`` to ``#9`` in the body are its arguments, the first may have a default."""

    arity: int
    body: tuple[str, ...]
    default: tuple[str, ...] | None = None


def _resolve(tex: str) -> str:
    """Resolve entities that HTML left over, also those that were escaped twice."""
    for _ in range(2):
        if "&" not in tex:
            break
        tex = _ENTITY.sub(lambda found: html.unescape(found[0]), tex)
    return tex


def tokenize(tex: str) -> list[str]:
    """Cut TeX into commands with their backslash, single characters with their marks, and runs of white space."""
    return _TOKEN.findall(_COMMENT.sub("", _resolve(tex).translate(_INVISIBLE)))


class Tokens:
    """A stream of tokens, read once, with macros expanded on the way; it always ends."""

    def __init__(self, tex: str, macros: Mapping[str, tuple[int, str]]) -> None:
        self.cut = len(tex) > MAX_CHARACTERS
        self._left = tokenize(tex[:MAX_CHARACTERS])[::-1]
        self._work = MAX_WORK
        self._expansion = MAX_EXPANSION
        self.macros = {
            name.lstrip("\\"): Macro(min(arity, _MAX_PARAMETERS), tuple(tokenize(body[:MAX_CHARACTERS])))
            for name, (arity, body) in macros.items()
        }

    def raw(self) -> str | None:
        """Give the next token as it stands, None at the end."""
        return self._left.pop() if self._left else None

    def back(self, *tokens: str) -> None:
        """Put tokens in front of what is left."""
        self._left.extend(reversed(tokens))

    def next(self) -> str | None:
        """Give the next token after expanding macros and taking in definitions, None at the end."""
        while self._left:
            item = self._left.pop()
            self.spend(item not in _BRACES)
            if item in _DEFINING:
                self._define(item)
            elif not (self.macros and item[0] == "\\" and item[1:] in self.macros and self._expand(item[1:])):
                return item
        return None

    def spend(self, work: int) -> None:
        """Count work; where there was too much, the rest is left out."""
        self._work -= work
        if self._work <= 0 and self._left:
            self.cut, self._left = True, []

    def peek(self) -> str | None:
        """Skip white space, and give the token behind it without taking it."""
        while self._left and self._left[-1].isspace():
            self._left.pop()
        return self._left[-1] if self._left else None

    def braced(self) -> bool:
        """Tell whether a group opens right here."""
        return bool(self._left) and self._left[-1] == "{"

    def ahead(self, count: int) -> str:
        """Give the next tokens as they stand, without taking them."""
        return "".join(self._left[: -count - 1 : -1])

    def group(self) -> list[str]:
        """Give the tokens of the next argument: of a group without its braces, else the next token."""
        if self.peek() in {None, "}"}:
            return []
        item = self._left.pop()
        return list(self._inside()) if item == "{" else [item]

    def text(self) -> str:
        """Give the next argument as it was written, its commands without their backslash."""
        return "".join(self.group()).replace("\\", "")

    def option(self) -> list[str] | None:
        """Give the tokens of the next argument in square brackets, None where there is none."""
        if self.peek() != "[":
            return None
        depth = 0
        for place, item in enumerate(self._left[-2 : -2 - _MAX_LOOKAHEAD : -1]):
            depth += (item == "{") - (item == "}")
            if depth < 0:
                return None
            if item == "]" and not depth:
                found = self._left[-1 - place : -1][::-1]
                del self._left[-2 - place :]
                return found
        return None

    def star(self) -> bool:
        """Skip a star behind a command, and tell whether there was one."""
        found = bool(self._left) and self._left[-1] == "*"
        if found:
            self._left.pop()
        return found

    def _inside(self) -> Iterator[str]:
        depth = 1
        while (item := self.raw()) is not None:
            depth += (item == "{") - (item == "}")
            if not depth:
                return
            yield item

    def _expand(self, name: str) -> bool:
        """Put a macro's body in front of what is left; False where macros have added enough."""
        if self._expansion <= 0:
            return False
        macro = self.macros[name]
        given: list[Sequence[str]] = []
        if macro.default is not None:
            option = self.option()
            given.append(macro.default if option is None else option)
        while len(given) < macro.arity:
            given.append(self.group())
        body = list(islice(_filled(macro.body, given), MAX_EXPANSION))
        self._expansion -= len(body) + 1
        self.back(*body)
        return True

    def _define(self, command: str) -> None:
        self.star()
        name = "".join(self.group()).strip()[1:]
        if command == "\\let":
            if self.peek() == "=":
                self.raw()
            macro = Macro(0, tuple(self.group()))
        else:
            macro = self._macro(command)
        if name and "\\" + name not in macro.body:
            self.macros[name] = macro

    def _macro(self, command: str) -> Macro:
        if command == "\\DeclareMathOperator":
            return Macro(0, ("\\operatorname", "{", *self.group(), "}"))
        if command.endswith("def"):
            return Macro(self._parameters(), tuple(self.group()))
        number = "".join(self.option() or ()).strip()
        arity = int(number) if number in set("123456789") else 0
        default = self.option() if arity else None
        return Macro(arity, tuple(self.group()), None if default is None else tuple(default))

    def _parameters(self) -> int:
        arity = 0
        while (item := self.peek()) is not None and item[0] == "#":
            arity += 1
            self.raw()
        return min(arity, _MAX_PARAMETERS)


def _filled(body: Sequence[str], given: Sequence[Sequence[str]]) -> Iterator[str]:
    for item in body:
        if item[0] == "#" and item[1:].isdigit():
            yield from given[int(item[1]) - 1] if int(item[1]) <= len(given) else ()
        else:
            yield item


def definitions(tex: str) -> dict[str, tuple[int, str]]:
    """Collect the macros that a text defines, in the form that ``to_unicode`` takes.

    A macro whose first argument has a default comes with that default filled in.
    """
    if not _DEFINES.search(tex):
        return {}
    tokens = Tokens(tex, {})
    while tokens.next() is not None:
        pass
    return {name: _exported(macro) for name, macro in tokens.macros.items()}


def _exported(macro: Macro) -> tuple[int, str]:
    if macro.default is None:
        return macro.arity, "".join(macro.body)
    given = [macro.default, *(("#" + str(number),) for number in range(1, macro.arity))]
    return macro.arity - 1, "".join(_filled(macro.body, given))
