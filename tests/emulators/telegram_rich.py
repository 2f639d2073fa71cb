"""What sendRichMessage refuses in its HTML; pure. Limits of Bot API 10.1, and what brings clients down."""

from __future__ import annotations

from html.parser import HTMLParser

from tests.emulators.telegram_rules import Json, refuse

TEXT_LIMIT = 32_768
FORMULA_LIMIT = 4096
NESTING_LIMIT = 16
BLOCKS_LIMIT = 500
COLUMNS_LIMIT = 20
_VOID = frozenset({"br", "hr", "img"})
_BLOCKS = frozenset(
    [
        *(
            "p",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "pre",
            "ul",
            "ol",
            "li",
        ),
        *(
            "blockquote",
            "aside",
            "details",
            "summary",
            "table",
            "tr",
            "hr",
            "footer",
            "tg-math-block",
            "img",
        ),
    ]
)
_INLINES = frozenset(
    [
        *(
            "b",
            "strong",
            "i",
            "em",
            "u",
            "s",
            "del",
            "code",
            "a",
            "sub",
        ),
        *(
            "sup",
            "mark",
            "br",
            "tg-spoiler",
            "tg-math",
            "tg-emoji",
            "th",
            "td",
            "caption",
        ),
    ]
)


class _Reader(HTMLParser):
    """Follows the tags, and refuses what Telegram does."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.open: list[str] = []
        self.formulas: list[str] = []
        self.images: list[str] = []
        self.links: list[str] = []
        self.blocks = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _BLOCKS | _INLINES:
            refuse(f'can\'t parse rich message: unsupported start tag "{tag}"')
        self.blocks += tag in _BLOCKS
        given = dict(attrs)
        if tag == "img":
            self.images.append(given.get("src") or "")
        if tag == "a":
            self.links.append(given.get("href") or "")
        if tag in _VOID:
            return
        if tag.startswith("tg-math"):
            if "details" in self.open:
                refuse("the emulator takes no formula in details: desktop clients crash on it")
            self.formulas.append("")
        self.open.append(tag)
        if len(self.open) > NESTING_LIMIT:
            refuse("rich message is nested too deep")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            refuse(f'can\'t parse rich message: unmatched end tag "{tag}"')
        self.text += "\n" if tag in _BLOCKS else ""

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.open and self.open[-1].startswith("tg-math"):
            self.formulas[-1] += data


def check_rich(message: Json, bad_images: frozenset[str]) -> tuple[str, list[str], list[str]]:
    """Check an InputRichMessage, and give its text, its formulas and its links; or raise RefusedError."""
    html = message.get("html")
    if not isinstance(html, str) or not html.strip():
        refuse("rich message is empty")
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if reader.open:
        refuse(f"can't parse rich message: can't find end tag corresponding to start tag \"{reader.open[-1]}\"")
    if len(reader.text) > TEXT_LIMIT or reader.blocks > BLOCKS_LIMIT:
        refuse("rich message is too long")
    if any(len(formula) > FORMULA_LIMIT or not formula.strip() for formula in reader.formulas):
        refuse("the emulator takes no such formula: desktop clients crash on it")
    if bad_images.intersection(reader.images):
        refuse("failed to get HTTP URL content")
    return reader.text, reader.formulas, reader.links
