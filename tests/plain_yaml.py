"""YAML as our own files are written, for machines that bring no reader of it; what is not understood is refused.

Mappings and lists by indentation, mappings and lists in brackets on one line, text bare or in quotation marks. Every
value is text: nothing here asks for more.
"""

from __future__ import annotations

import re
from typing import Any, Final

_LINE: Final = re.compile(r"(?P<indent> *)(?P<said>\S.*?) *")
_KEY: Final = re.compile(r"(?P<key>[\w.-]+):(?: +(?P<value>.*)|)")
_BARE: Final = re.compile(r"""[^\s"'\[\]{}&*!|>%@`#,-](?:[^#]|(?<! )#)*|-\S*""")
Row = tuple[int, str]
"""How far a line is indented, and what it says."""


def read(text: str) -> Any:
    """Read a document. Raises ValueError, with the line, for what our files do not use."""
    found = [_LINE.fullmatch(line) for line in text.splitlines()]
    rows = [(len(row["indent"]), row["said"]) for row in found if row and not row["said"].startswith("#")]
    value, left = _block(rows, 0)
    if left:
        raise _refused(left[0])
    return value


def _refused(row: Row) -> ValueError:
    return ValueError(f"not understood: {row[1]}")


def _block(rows: list[Row], least: int) -> tuple[Any, list[Row]]:
    """Read the block that begins with the first row, if it is indented that far; give what is left as well."""
    if not rows or rows[0][0] < least:
        return "", rows
    return _list(rows) if rows[0][1].startswith("- ") else _mapping(rows)


def _list(rows: list[Row]) -> tuple[list[Any], list[Row]]:
    level, made = rows[0][0], list[Any]()
    while rows and rows[0][0] == level and rows[0][1].startswith("- "):
        said = rows[0][1].removeprefix("- ")
        if _KEY.fullmatch(said):
            # A mapping's first key stands beside the dash, the others below it.
            value, rows = _mapping([(level + 2, said), *rows[1:]])
        else:
            value, rows = flow(said), rows[1:]
        made.append(value)
    return made, rows


def _mapping(rows: list[Row]) -> tuple[dict[str, Any], list[Row]]:
    level, made = rows[0][0], dict[str, Any]()
    while rows and rows[0][0] == level:
        pair = _KEY.fullmatch(rows[0][1])
        if pair is None or pair["key"] in made:
            raise _refused(rows[0])
        if pair["value"]:
            made[pair["key"]], rows = flow(pair["value"]), rows[1:]
        else:
            made[pair["key"]], rows = _block(rows[1:], level + 1)
    return made, rows


def flow(said: str) -> Any:
    """Read what stands on one line: text, or a list or mapping in brackets."""
    said = said.strip()
    if said[:1] == '"' == said[-1:] and said.count('"') == 2:
        return said[1:-1]
    if said[:1] + said[-1:] == "[]":
        return [flow(each) for each in _parts(said[1:-1])]
    if said[:1] + said[-1:] == "{}":
        pairs = [_KEY.fullmatch(each.strip()) for each in _parts(said[1:-1])]
        if None in pairs:
            raise _refused((0, said))
        return {pair["key"]: flow(pair["value"]) for pair in pairs if pair}
    # After a blank, a colon would begin a mapping: bare text with one in it is a mistake in any YAML.
    if not _BARE.fullmatch(said) or ": " in said or " #" in said:
        raise _refused((0, said))
    return said


def _parts(inner: str) -> list[str]:
    """Split at commas that stand neither in quotation marks nor in brackets."""
    return [each for each in re.findall(r'(?:"[^"]*"|\[[^\]]*\]|\{[^}]*\}|[^,])+', inner) if each.strip()]
