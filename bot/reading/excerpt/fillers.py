"""What stands at the beginning of many texts and says nothing: "Introduction", a bookmark, a table of contents."""

from __future__ import annotations

import re

from bot.reading.doc import Block, Break, CodeSpan, Heading, Image, Inline, Link, Listing, Math, Paragraph, Quote, Text
from bot.reading.patterns import rare
from bot.reading.text import columns, fold, inline_text, lines

_WORD = (
    r"概述|概览|概要|简介|介绍|背景|背景介绍|背景知识|前言|引言|导言|导语|导读|引子|绪论|摘要|序|序言|写在前面|写在前面的话|开篇|"
    r"起因|缘起|前情提要|说明|总览|太长不看|一句话总结|introduction|intro|overview|background|abstract|summary|preface|foreword|"
    r"preamble|prologue|motivation|tl;?\s?dr|about this (?:post|article)|"
    r"はじめに|まえがき|前書き|序論|導入|서론|개요|"
    r"들어가며|들어가기|머리말|소개|배경|einleitung|einführung|überblick|résumé|introducción|resumen|introdução|resumo|введение|"
    r"вступление|предисловие"
)
_CONTENTS = rare(
    r"目录|目次|本文目录|文章目录|(?:table of )?contents|toc|outline|목차|содержание|índice|sommaire|inhalt"
)
_NUMBER = r"(?:(?:第?[0-9一二三四五六七八九十零]+[.、．:章节]*|§|#+|[ivx]+\.)\s*)*"
_FILLER = rare(rf"{_NUMBER}(?:{_WORD})(?:\s*(?:[与和及、/&+]|and)\s*(?:{_WORD}))*[\s:：.。!！]*")
_LOOSE_WORD = "概述|概要|简介|背景|前言|引言|导言|摘要"
_LEADING = rare(
    rf"(?:{_WORD})\s*[:：]\s*|(?:{_LOOSE_WORD})(?:[与和及、](?:{_LOOSE_WORD}))*\s+",
    re.IGNORECASE,
)
_ADDRESS_LABEL = rare(
    r"(?:论文|代码|项目|原文|源码|视频|数据集?|模型|博客|文章|官网|参考|仓库)(?:地址|链接|主页|网址)?\s*[:：]\s*"
    r"(?=[🔖🔗📎]|https?://|论文|代码|项目|原文|源码|$|(?:前言|概述|引言|背景|简介|摘要)\s)|"
    r"(?:paper|code|project(?: page)?|github|arxiv|link|url)\s*:\s*(?=[🔖🔗📎]|https?://)",
    re.IGNORECASE,
)
_ADDRESS = rare(r"https?://[^\s\u2e80-\uffef]+\s+(?=\S)")
_CREDIT = rare(
    r"(?:^|[\s，,；;。|·])(?:作者|译者|翻译|校对|审校|定稿|编辑|原文(?:链接|地址|日期)?|来源|日期|发布(?:于|时间)|"
    r"author|translator|original|source|published|editor)(?:\s*[:：]|(?=[，,；;。\s]|$))",
    re.IGNORECASE,
)
_CREDITS, _LONGEST_CREDITS = 3, 320
_LEADS = 8
_ICON = r"[\U0001F300-\U0001FAFF\u2600-\u27BF\u2B50\u2B55\ufe0f\u200d]"
_SIGNPOST = rare(r"\s*[💡🔖🔗📌📍📎📝📖📚📄📃🗒✏🏷📢📣🔔👉ℹ][\ufe0f\s]*")
_BOOKMARK = rare(rf"(?:{_ICON}|\s)*+(?:https?://\S++\s*+)*+")
_LABEL = rare(r".{1,20}[:：]", re.DOTALL)
_SHORT = 40


def without_fillers(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Take fillers off the beginning, and bookmarks out of the whole; a text of nothing else stays as it is."""
    kept = [block for block in blocks if not _is_bookmark(block)]
    while kept and (count := _filling(kept)):
        del kept[:count]
    if not kept:
        return blocks
    if isinstance(kept[0], Paragraph):
        kept[0] = Paragraph(_without_lead(kept[0].children))
    return tuple(kept)


def _said(block: Block) -> str:
    return inline_text(block.children).strip() if isinstance(block, (Paragraph, Heading)) else ""


def _is_bookmark(block: Block) -> bool:
    if not isinstance(block, Paragraph) or any(isinstance(child, (Math, CodeSpan)) for child in block.children):
        return False
    return _BOOKMARK.fullmatch(_said(block)) is not None


def _filling(blocks: list[Block]) -> int:
    """Count the blocks at the beginning that are one filler: 0, 1, or 2 for a table of contents."""
    said = _said(blocks[0])
    following = blocks[1] if len(blocks) > 1 else None
    if isinstance(blocks[0], Image) or _is_credits(blocks[0]):
        return 1
    if not said or columns(said) > _SHORT:
        return 0
    folded = fold(said)
    if _CONTENTS.fullmatch(folded) and isinstance(following, Listing):
        return 2
    dangling = _is_label(blocks[0]) and (following is None or isinstance(following, Heading) or _is_label(following))
    return 1 if dangling or _FILLER.fullmatch(folded) else 0


def _is_label(block: Block) -> bool:
    return _LABEL.fullmatch(_said(block)) is not None


def _is_credits(block: Block) -> bool:
    """Tell whether a block only names author, translator, source and date, as translated posts begin."""
    said = "\n".join(lines((block,))) if isinstance(block, (Paragraph, Quote)) else ""
    return columns(said) <= _LONGEST_CREDITS and len(_CREDIT.findall(said)) >= _CREDITS


def _without_lead(children: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """Take icons, addresses under a label, and fillers that lost their line, off the beginning of a paragraph."""
    for count in range(_LEADS):
        shorter = _without_one(children, led=count > 0)
        if shorter == children:
            break
        children = shorter
    return children


def _without_one(children: tuple[Inline, ...], *, led: bool) -> tuple[Inline, ...]:
    """Take one thing off; an address only where an icon or a label ``led`` to it, else a sentence is about it."""
    first, rest = children[0], children[1:]
    if led and isinstance(first, Link) and rest and _is_address(first):
        return _stripped(rest)
    if not isinstance(first, Text):
        return children
    for lead in (_SIGNPOST, _ADDRESS_LABEL, _LEADING, _ADDRESS):
        found = lead.match(first.text) if led or lead is not _ADDRESS else None
        if found and found.end() < len(first.text):
            return (Text(first.text[found.end() :]), *rest)
        if found and rest:
            return rest
    return children


def _is_address(link: Link) -> bool:
    return inline_text(link.children).startswith(("http://", "https://"))


def _stripped(children: tuple[Inline, ...]) -> tuple[Inline, ...]:
    first = children[0]
    if isinstance(first, Text) and (text := first.text.lstrip()):
        return (Text(text), *children[1:])
    return children[1:] or children if isinstance(first, (Text, Break)) else children
