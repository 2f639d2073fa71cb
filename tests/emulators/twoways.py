"""A feed in XML read the plain way and through feedparser, and whether both say the same."""

from __future__ import annotations

from dataclasses import dataclass
from unittest.mock import patch

from bot.reading.doc import Doc, Paragraph, Text
from bot.sources import fields, xmlfeed
from bot.sources.anyxml import read_any
from bot.sources.document import Parsed
from bot.sources.plainxml import read_plain

URL = "https://blog.example/feed"


@dataclass(frozen=True, slots=True)
class BothWays:
    """What both ways say of a document; nothing where it is not plain."""

    plain: Parsed | None
    other: Parsed | None


def both_ways(document: bytes) -> BothWays:
    """Read a document without an XML declaration. A text is compared as it stands, without making a Doc of it."""
    said = read_plain(document)
    if said is None:
        return BothWays(None, None)
    with patch.object(fields, "document", _as_it_stands):
        return BothWays(xmlfeed._parsed(said, document, URL), xmlfeed._parsed(read_any(document), document, URL))


def _as_it_stands(markup: object, base: str, *, is_html: bool = True) -> Doc:
    if not isinstance(markup, str) or not markup.strip():
        return Doc()
    return Doc((Paragraph((Text(f"{markup}\n{base}\n{is_html}"),)),))
