"""What feeds hang on to the end of a text that is not the author's: "read more", "appeared first on"."""

from __future__ import annotations

import re

from bot.reading.doc import Block, Break, Heading, Inline, Link, Math, Paragraph, Quote, Styled, Text
from bot.reading.said import inline_text

_LONGEST = 240
_MORE = re.compile(
    r"[\W_]*(?:(?:click here to )?(?:read|continue|keep) (?:more|on|reading|the (?:rest|full|whole|entire|original))\b"
    r".{0,80}|"
    r"read (?:this|the) (?:post|article|story).{0,60}|read full topic|more(?:\.{3}|…)|learn more|"
    r"full (?:story|article|post)|"
    r"(?:点击)?(?:阅读|查看|浏览)(?:更多|全文|原文|余下全文|剩余部分|完整内容).{0,40}|继续阅读.{0,60}|原文(?:链接|地址)\W*.{0,120}|"
    r"続きを読む.{0,40}|もっと読む|全文を読む|더 ?보기|계속 읽기|(?:lire la suite|leer más|seguir leyendo|weiterlesen|"
    r"continua a leggere|leia mais|continue lendo|читать далее|читать дальше|подробнее|اقرأ المزيد).{0,60})[\W_]*",
    re.IGNORECASE | re.DOTALL,
)
_FIRST = re.compile(
    r"(?:the post|l’article|l'article|la entrada|der beitrag|o post|文章|这篇文章).{1,200}"
    r"(?:appeared first on|first appeared on|est apparu en premier sur|se publicó primero en|erschien zuerst auf|"
    r"apareceu primeiro em|最先出现在|首先出现在).{1,100}",
    re.IGNORECASE | re.DOTALL,
)
_SIGN_OFF = re.compile(
    r"(?:转载(?:到)?请|.{0,8}转载(?:事宜|说明|须知)|如需转载|未经(?:作者)?(?:授权|许可|允许|同意)|本文(?:链接|地址|网址|永久链接|作者)\W|版权声明|"
    r"(?:本文|原文)(?:首发|原载|发表|发布)(?:于|在)).{0,200}|"
    r"(?:(?:this (?:post|article|story) |.{1,160} )?was )?originally (?:published|posted|appeared) (?:at|on|in) "
    r".{1,160}|"
    r"thanks for reading.{0,80}[!.] (?:subscribe|this post is public).{0,120}|"
    r"(?:subscribe|share|leave a comment|refer a friend)(?: now)?|"
    r"\d{1,4} ?(?:条|则|个)?(?:评论|留言|回复)|\d{1,4} (?:comments?|posts? - \d{1,4} participants?)|"
    r"please enable javascript .{1,100}",
    re.IGNORECASE | re.DOTALL,
)
"""What only a whole paragraph at the end can be: licences, other places, invitations, counts."""

_SOMETHING = Text("\ufffc")
"""Stands for a formula where it is looked for what is said around it: no letter, but something."""

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
    if isinstance(block, Quote):
        return all(map(_is_tail, block.children))
    if not isinstance(block, (Paragraph, Heading)):
        return False
    # To write a formula in Unicode takes 0.1 ms, and 10 ms the first time; hardly ever it is one in a tail.
    around = tuple([_SOMETHING if isinstance(child, Math) else child for child in block.children])
    return _is_said_last(around) and (around == block.children or _is_said_last(block.children))


def _is_said_last(children: tuple[Inline, ...]) -> bool:
    said = inline_text(children).strip()
    return len(said) <= _LONGEST and any(tail.fullmatch(said) for tail in (_MORE, _FIRST, _SIGN_OFF))


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
