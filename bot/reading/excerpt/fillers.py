"""What stands at the beginning of many texts and says nothing: "Introduction", a bookmark, a table of contents."""

from __future__ import annotations

import re

from bot.reading.doc import Block, Heading, Image, Inline, Listing, Paragraph, Text
from bot.reading.text import columns, fold, inline_text

_WORD = (
    r"概述|概览|概要|简介|介绍|背景|背景介绍|背景知识|前言|引言|导言|导语|导读|引子|绪论|摘要|序|序言|写在前面|写在前面的话|开篇|"
    r"起因|缘起|前情提要|说明|总览|太长不看|一句话总结|introduction|intro|overview|background|abstract|summary|preface|foreword|"
    r"preamble|prologue|motivation|tl;?\s?dr|about this (?:post|article)|"
    r"はじめに|まえがき|前書き|序論|導入|서론|개요|"
    r"들어가며|들어가기|머리말|소개|배경|einleitung|einführung|überblick|résumé|introducción|resumen|introdução|resumo|введение|"
    r"вступление|предисловие"
)
_CONTENTS = re.compile(
    r"目录|目次|本文目录|文章目录|(?:table of )?contents|toc|outline|목차|содержание|índice|sommaire|inhalt"
)
_NUMBER = r"(?:(?:第?[0-9一二三四五六七八九十零]+[.、．:章节]*|§|#+|[ivx]+\.)\s*)*"
_FILLER = re.compile(rf"{_NUMBER}(?:{_WORD})(?:\s*(?:[与和及、/&+]|and)\s*(?:{_WORD}))*[\s:：.。!！]*")
_LEADING = re.compile(rf"(?:{_WORD})\s*[:：]\s*|(?:概述|概要|简介|背景|前言|引言|导言|摘要)\s+", re.IGNORECASE)
_ICON = r"[\U0001F300-\U0001FAFF\u2600-\u27BF\u2B50\u2B55\ufe0f\u200d]"
_SIGNPOST = re.compile(r"\s*[💡🔖🔗📌📍📎📝📖📚📄📃🗒✏🏷📢📣🔔👉ℹ][\ufe0f\s]*")
_BOOKMARK = re.compile(rf"(?:{_ICON}|\s)*(?:https?://\S+\s*)*")
_LABEL = re.compile(r".{1,20}[:：]", re.DOTALL)
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
    return isinstance(block, Paragraph) and _BOOKMARK.fullmatch(_said(block)) is not None


def _filling(blocks: list[Block]) -> int:
    """Count the blocks at the beginning that are one filler: 0, 1, or 2 for a table of contents."""
    said = _said(blocks[0])
    following = blocks[1] if len(blocks) > 1 else None
    if isinstance(blocks[0], Image):
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


def _without_lead(children: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """Take icons, and a filler that lost its line, off the beginning of the first paragraph."""
    first = children[0]
    if not isinstance(first, Text):
        return children
    text = first.text
    for lead in (_SIGNPOST, _LEADING):
        found = lead.match(text)
        if found and (found.end() < len(text) or len(children) > 1):
            text = text[found.end() :]
    return (Text(text), *children[1:]) if text else children[1:]
