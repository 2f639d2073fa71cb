"""What the elements that make paragraphs and larger things mean: lists, quotations, code, images, tables."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

from bot.reading.doc import Block, CodeBlock, Image, InlineImage, Listing, Quote, Styled
from bot.reading.html import pictures
from bot.reading.html.around import Attributes
from bot.reading.html.builder import renumbered
from bot.reading.html.codeblock import code_text, language, lined
from bot.reading.html.inlines import is_displayed, kept_tex
from bot.reading.html.links import clean_link
from bot.reading.html.mask import Formula
from bot.reading.html.mathml import pictured
from bot.reading.html.tables import is_layout, table_of
from bot.reading.html.walk import Handler, Walk
from bot.reading.said import lines

_CODE_HOLDER = re.compile(r"(?:^|\s)(?:syntaxhighlighter|crayon-\S+|js-file-line-container)(?:\s|$)", re.IGNORECASE)
_BOXES = {"checkbox checkbox-on": "☑ ", "checkbox checkbox-off": "☐ "}
"""How an editor of notes exports the state of a task."""

_START = re.compile(r"\d{1,6}", re.ASCII)
_LONGEST_ALT = 100


def _block(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    if not attributes:
        walk.builder.flush()
        walk.children(node)
        walk.builder.flush()
    elif tex := kept_tex(attributes):
        walk.formula(Formula(tex, display=True))
    elif box := _BOXES.get(attributes.get("class") or ""):
        walk.builder.text(box)
    elif not _held_code(walk, node, attributes):
        walk.builder.flush()
        if is_displayed(attributes):
            with walk.displayed():
                walk.children(node)
        else:
            walk.children(node)
        walk.builder.flush()


def _heading(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    del attributes
    with walk.builder.heading(int((node.tag or "h1")[1])):
        walk.children(node)


def _quote(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    del attributes
    if blocks := walk.blocks(node):
        walk.builder.block(Quote(renumbered(blocks)))


def _term(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    del attributes
    walk.builder.flush()
    with walk.builder.wrapped(lambda children: Styled("bold", children)):
        walk.children(node)
    walk.builder.flush()


def _list(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    items: list[tuple[Block, ...]] = []
    for child in node.iter():
        blocks = _item(walk, child)
        if blocks and items and child.tag in ("ul", "ol"):  # a list between the items belongs to the one before it
            items[-1] += blocks
        elif blocks:
            items.append(blocks)
    if items:
        walk.builder.block(Listing(_start(node, attributes) if node.tag == "ol" else None, tuple(items)))


def _item(walk: Walk, node: LexborNode) -> tuple[Block, ...]:
    if node.tag == "li":
        return renumbered(walk.blocks(node))
    with walk.builder.nested() as blocks:
        walk.node(node)
    return tuple(blocks)


def _start(node: LexborNode, attributes: Attributes) -> int:
    first = node.css_first("li")
    value = (first.attributes.get("value") if first is not None else None) or attributes.get("start") or ""
    return int(value) if _START.fullmatch(value) else 1


# -- code -------------------------------------------------------------------------------------------------------------


def _pre(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    del attributes
    _add_code(walk, code_text(node), language(node))


def _held_code(walk: Walk, node: LexborNode, attributes: Attributes) -> bool:
    """Add the code of a highlighter that does without ``pre``; tell whether it was one."""
    code = lined(node) if _CODE_HOLDER.search(attributes.get("class") or "") else None
    if code is not None:
        _add_code(walk, code, language(node))
    return code is not None


def _add_code(walk: Walk, masked: str, name: str) -> None:
    code = walk.unmasked(masked)
    if not code.strip():
        return
    if name == "math":
        walk.builder.display(code)
    else:
        walk.builder.code(CodeBlock(code, name))


# -- images and tables ------------------------------------------------------------------------------------------------


def _image(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    del node
    src, alt = pictures.source(attributes), (attributes.get("alt") or "").strip()
    if tex := pictured(src, alt, attributes.get("class") or ""):
        walk.formula(Formula(tex, display=False))
    elif pictures.is_pixel(attributes, src):
        return
    elif walk.builder.inline_only or pictures.is_small(attributes, src):
        if alt:
            walk.builder.inline(InlineImage(clean_link(src, walk.base) or "", alt[:_LONGEST_ALT]))
    else:
        _large_image(walk, src, attributes)


def _large_image(walk: Walk, src: str, attributes: Attributes) -> None:
    target = clean_link(src, walk.base)
    last = walk.builder.last()
    again = isinstance(last, Image) and last.src == target  # lazy loading repeats it for browsers without scripts
    if target and not again:
        walk.builder.block(Image(target, pictures.alternative(attributes)))


def _figure(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Read a figure; its caption is the alternative text of its last image."""
    caption = node.css_first("figcaption")
    if caption is None or node.css_first("img") is None or node.css_first("pre, table, figure figure") is not None:
        _block(walk, node, attributes)
        return
    said = " ".join(lines(walk.blocks(caption)))
    caption.decompose()
    blocks = walk.blocks(node)
    last = max((index for index, block in enumerate(blocks) if isinstance(block, Image)), default=-1)
    for index, block in enumerate(blocks):
        walk.builder.block(Image(block.src, said or block.alt) if isinstance(block, Image) and index == last else block)


def _table(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    if _held_code(walk, node, attributes):
        return
    if is_layout(node):
        _block(walk, node, attributes)
    elif table := table_of(node, lambda cell: _cell(walk, cell)):
        for caption in node.iter():
            if caption.tag == "caption":
                walk.node(caption)
        walk.builder.block(table)


def _cell(walk: Walk, cell: LexborNode) -> list[Block]:
    walk.builder.inline_only += 1
    blocks = walk.blocks(cell)
    walk.builder.inline_only -= 1
    return blocks


_PLAIN = (
    "p div section article main header footer aside address center fieldset hgroup dl dd tbody thead tfoot tr td th li "
    "caption legend search details figcaption hr"
)
BLOCKS: dict[str, Handler] = {
    **dict.fromkeys(_PLAIN.split(), _block),
    **{f"h{level}": _heading for level in range(1, 7)},
    "blockquote": _quote,
    "summary": _term,
    "dt": _term,
    "ul": _list,
    "ol": _list,
    "menu": _list,
    "pre": _pre,
    "xmp": _pre,
    "listing": _pre,
    "img": _image,
    "figure": _figure,
    "table": _table,
}
