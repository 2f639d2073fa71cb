"""What feeds hang on to the end of a text that is not the author's: "read more", "appeared first on"."""

from __future__ import annotations

import re

from bot.reading.doc import Block, Break, Heading, Inline, Link, Paragraph, Styled, Text
from bot.reading.said import inline_text

_LONGEST = 240
_MORE = re.compile(
    r"[\W_]*(?:(?:click here to )?(?:read|continue|keep) (?:more|on|reading|the (?:rest|full|whole|entire|original))\b"
    r".{0,80}|"
    r"read (?:this|the) (?:post|article|story).{0,60}|more\.{3}|learn more|full (?:story|article|post)|"
    r"(?:点击)?(?:阅读|查看|浏览)(?:更多|全文|原文|余下全文|剩余部分|完整内容).{0,40}|继续阅读.{0,60}|原文(?:链接|地址)\W*.{0,120}|"
    r"続きを読む.{0,40}|もっと読む|全文を読む|더 ?보기|계속 읽기|(?:lire la suite|leer más|seguir leyendo|weiterlesen|"
    r"continua a leggere|leia mais|continue lendo|читать далее|читать дальше|подробнее|اقرأ المزيد).{0,60})[\W_]*",
    re.IGNORECASE | re.DOTALL,
)
_FIRST = re.compile(
    r"(?:the post|l’article|l'article|la entrada|der beitrag|o post|文章|这篇文章).{1,200}"
    r"(?:appeared first on|est apparu en premier sur|se publicó primero en|erschien zuerst auf|apareceu primeiro em|"
    r"最先出现在|首先出现在).{1,100}",
    re.IGNORECASE | re.DOTALL,
)
_BRACKET = re.compile(r"\s*\[[^\[\]]{0,60}\b(?:read|access|visit|see|original)\b[^\[\]]{0,100}\]?\s*$", re.IGNORECASE)


def without_tails(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Take the tails off the end; a text that is nothing else stays."""
    kept = list(blocks)
    while len(kept) > 1 and _is_tail(kept[-1]):
        kept.pop()
    if kept and isinstance(kept[-1], Paragraph):
        kept[-1] = Paragraph(_shortened(kept[-1].children))
    return tuple(kept)


def _is_tail(block: Block) -> bool:
    if not isinstance(block, (Paragraph, Heading)):
        return False
    said = inline_text(block.children).strip()
    return len(said) <= _LONGEST and bool(_MORE.fullmatch(said) or _FIRST.fullmatch(said))


def _shortened(children: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """Take a link to the rest, and a note in brackets about it, off the end of a paragraph."""
    kept = list(children)
    while len(kept) > 1 and _is_more(kept[-1]):
        kept.pop()
    if len(kept) < len(children) and isinstance(kept[-1], Text):
        kept[-1] = Text(kept[-1].text.rstrip())
    if isinstance(kept[-1], Text):
        kept[-1] = Text(_BRACKET.sub("", kept[-1].text) or kept[-1].text)
    return tuple(kept)


def _is_more(node: Inline) -> bool:
    if isinstance(node, Break):
        return True
    if isinstance(node, Text):
        return not node.text.strip()
    return isinstance(node, (Link, Styled)) and bool(_MORE.fullmatch(inline_text((node,)).strip()))
