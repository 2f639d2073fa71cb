"""What a post says, in the form in which it is searched: no URLs, no formulas, folded, with its edges visible."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.core.models import Post
from bot.reading.doc import (
    Break,
    CodeBlock,
    CodeSpan,
    Doc,
    Image,
    InlineImage,
    Link,
    Listing,
    Math,
    MathBlock,
    Node,
    Quote,
    Styled,
    Table,
    Text,
)
from bot.reading.patterns import rare
from bot.reading.text import fold
from bot.topics.keyword import cased, squeeze

MAX_TITLE = 1_000
MAX_TEXT = 100_000
"""Characters of a post that are searched: a post is a feed's to write, and a feed may be hostile."""

# An address ends where blanks, brackets, quotes or Chinese begin: Chinese text follows one without a blank.
_URL = rare(r"(?:https?://|www\.)[!#-&*-;=?-~]+", re.IGNORECASE)

# Only titles have formulas as text: a Doc has them as nodes. `$5 and $10` is money.
_TEX = rare(
    r"""
    \\\((?:(?!\\\)).){0,400}\\\)
    | \\\[(?:(?!\\\]).){0,400}\\\]
    | \$\$[^$]{1,400}\$\$
    | \$(?=[^\s$])[^$]{0,399}(?<=[^\s\\])\$(?![0-9])
    | \\begin\{([a-z]{1,16}\*?)\}(?:(?!\\end).){0,400}\\end\{\1\}
    """,
    re.VERBOSE | re.DOTALL,
)
_ELLIPSIS = re.compile(r"(?:\.{3}|…)$")


@dataclass(frozen=True, slots=True)
class PostText:
    """A post's title and text, folded. Whatever is no text (a formula, an address, a paragraph's end) is a line end."""

    folded: str
    """One line for the title, then the text; blanks and hyphens as they were."""
    title: str
    """The title, folded."""
    key: str
    """``folded``, squeezed (``topics.keyword.squeeze``)."""
    gaps: bytearray
    """Where blanks and hyphens stood in ``key``."""
    cased: str
    """``key`` in its own case."""
    title_end: int
    """Where in ``key`` the title ends."""
    repeated: bool
    """Whether the text begins with the title: feeds without titles get one made of the first words."""


def post_text(post: Post) -> PostText:
    """Read a post for searching: its title and its text, or its summary where it has none."""
    title = cased(_URL.sub("\n", _TEX.sub("\n", " ".join(post.title[:MAX_TITLE].split()))))
    body = cased(_URL.sub("\n", _said(post.doc or post.summary)))
    folded_title, folded_body = fold(title), fold(body)
    folded = f"{folded_title}\n{folded_body}"
    key, gaps = squeeze(folded)
    end = len(squeeze(folded_title)[0])
    begins = _ELLIPSIS.sub("", key[:end])
    return PostText(
        folded=folded,
        title=folded_title,
        key=key,
        gaps=gaps,
        cased=_aligned(f"{title}\n{body}", folded, key),
        title_end=end,
        repeated=bool(begins) and key.startswith(begins, end + 1),
    )


def _aligned(text: str, folded: str, key: str) -> str:
    """Squeeze a text that keeps its case so that it has the places of ``key``.

    Few characters fold to more or fewer than one (``ß``). A word that has one of them is taken as it is folded.
    """
    if len(text) != len(folded):
        ours, theirs = text.split(" "), folded.split(" ")
        if len(ours) != len(theirs):
            return key
        text = " ".join(word if len(word) == len(other) else other for word, other in zip(ours, theirs, strict=True))
    squeezed = squeeze(text)[0]
    return squeezed if len(squeezed) == len(key) else key


def _said(doc: Doc) -> str:
    """Give a Doc's words; one line per block, formulas as line ends. Not recursive: how deep a Doc goes is its own."""
    out: list[str] = []
    room = MAX_TEXT
    stack: list[Node | str] = [*reversed(doc.blocks)]
    while stack and room > 0:
        node = stack.pop()
        if isinstance(node, str):
            out.append(node[:room])
            room -= len(node)
        else:
            stack.extend(reversed(tuple(_parts(node))))
    return "".join(out)


def _parts(node: Node) -> Iterable[Node | str]:
    parts: Iterable[Node | str]
    match node:
        case Text(text) | CodeSpan(text) | InlineImage(_, text):
            parts = (text,)
        case CodeBlock(text) | Image(_, text):
            parts = (text, "\n")
        case Break():
            parts = (" ",)
        case Math() | MathBlock():
            parts = ("\n",)
        case Styled(_, children) | Link(_, children):
            parts = children
        case Listing(_, items):
            parts = (block for item in items for block in item)
        case Table(rows):
            parts = _cells(rows)
        case Quote(blocks):
            parts = blocks
        case _:
            parts = (*node.children, "\n")
    return parts


def _cells(rows: Iterable[Iterable[Iterable[Node]]]) -> Iterator[Node | str]:
    for row in rows:
        for cell in row:
            yield from cell
            yield "\n"
