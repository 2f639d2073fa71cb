"""What stands between a formula's delimiters: whether it is a formula at all, and the TeX that it was meant to be."""

from __future__ import annotations

import html as entities
import re

from bot.reading.html.scan import ANY_TAG, MARKUP
from bot.reading.patterns import rare
from bot.reading.said import formula

_BLOCK_EDGE = re.compile(
    r"</?(?:p|div|li|ul|ol|h[1-6]|table|tr|td|th|blockquote|pre|section|article|figure|hr|dd|dt)[\s/>]|\n[ \t]*\n",
    re.IGNORECASE,
)
# An underscore in ``x_i`` and ``dp_{i,j}`` lowers an index; in ``my_var`` it is part of a name.
_EVIDENCE = rare(r"\\[A-Za-z%{}|,;!#&]|@[kKnN\d]|_(?:[{\\]|[A-Za-z0-9](?![A-Za-z]))|[\^=<>≤≥≈∈∝→×·±√∑∫]|&[lg]t;")
_STRONG = rare(r"\\[A-Za-z]{2,}|(?<![A-Za-z])[A-Za-z)\]}](?:_[{\\A-Za-z0-9](?![A-Za-z]{2})|\^[{\\A-Za-z0-9])")
_BARE = rare(r"[\w\s,.;:()\[\]|!'+\-*/~…′−]{1,60}", re.ASCII)
_AIRY = rare(
    r"(?!.*(?:[a-z]{2}\s+[a-z]{2}|\s[-/][a-z]{2}))(?:[a-z0-9]{1,3}(?![a-z0-9])|[\s,.()\[\]|!+\-*/…'′−])+",
    re.ASCII | re.IGNORECASE,
)
"""What may stand between blanks and dollar signs: numbers and letters, but no words."""
_WORDS = re.compile(r"[A-Za-z]{4,}")
_FUNCTIONS = rare(
    r"(?:arc|arg)?(?:sin|cos|tan|cot|sec|csc|max|min)h?|logit|log|ln|lg|exp|lim|sup|inf|det|rank|mod|gcd|lcm|sqrt|deg|"
    r"softmax|sigmoid|relu|sign|sgn|poly|diag|var|cov|dist|card|span|dim|ker",
    re.IGNORECASE,
)
"""Names of functions, which are no words of a sentence: ``O(nlogn)``."""
_TEMPLATE = re.compile(r"\{[A-Za-z_][\w.]+(?:\[[^\]{}]*\])?\}(?![_^])", re.ASCII)
"""What a dollar sign begins in many languages' templates: ``${name}``."""
_CODE = re.compile(
    r"[`\"]|\(\);|\\[dwsDWSbB](?:[+*?{)\]|$]|\\)|\[\^|\(\?[:=!<]|\[(?:a-z|A-Z|0-9)|\s--?[A-Za-z]\S*\s.*[/@~]|~/|"
    r"\w@\w+[_.]|&&|&amp;&amp;"
)
"""What stands in programs, regular expressions and shells, and in no formula."""
_SENTENCE_WORDS = re.compile(r"(?<![A-Za-z\\])[^\W\d_]{4,}")
_MANY_WORDS, _WORDS_OF_TEX = 3, 8
_WIDE_MARKS = rare(r"[，。；：、！？“”…—]")
_LONGEST_WIDE = 60
_CJK = rare(r"[\u3000-\u9fff\uac00-\ud7af\uff00-\uffef]")
_TEXT_COMMAND = re.compile(r"\\(?:text|mbox|mathrm|tag|operatorname)[a-z]*\s*\{[^{}]*\}")
_INLINE_TAG = re.compile(r"</?(?:em|i|strong|b|sub|sup|br|span|wbr|a)[\s/>]", re.IGNORECASE)
_LINE_END = re.compile(r"<br\s*/?>\s*", re.IGNORECASE)
_EMPHASIS = {"em": "_", "i": "_", "strong": "**", "b": "**"}
_EMPHASIS_TAG = re.compile(r"</?(em|i|strong|b)(?:\s[^<>]*)?>", re.IGNORECASE)
_TORN_ROW = re.compile(r"(?<!\\)\\\n")
_DOLLAR = re.compile(r"(?<!\\)\$")
_LONGEST_CUT = 800
_TEX_COMMAND = re.compile(r"\\(?![$%#&_\s])")
"""A backslash that says more than that a sign is meant as it stands: ``\\$10`` is money."""
_LAST_COMMAND = re.compile(r"(?:\\([A-Za-z]*)|[_^])\s*$")


def divided(content: str) -> bool:
    """Tell whether a paragraph ends inside, which no formula goes across."""
    return _BLOCK_EDGE.search(content) is not None


def ends_inside(rest: str) -> bool:
    """Tell whether a paragraph ends inside the rest of a text, before the very end."""
    edge = _BLOCK_EDGE.search(rest)
    return edge is not None and bool(ANY_TAG.sub("", rest[edge.start() :]).strip())


def plausible(before: str, content: str, after: str) -> bool:
    """Tell a formula between single dollar signs from money, shell variables and the rest.

    ``before`` and ``after`` are the characters outside of the dollar signs, empty at the text's ends.
    """
    if _is_money(before, content, after) or _is_program(content):
        return False
    return _is_formula(content, after) and not (
        before.isascii() and before[-1:].isalnum() and not _STRONG.search(content)
    )


def _is_money(before: str, content: str, after: str) -> bool:
    if after.isdigit() or after == "_" or content[0] in ",.;!?)]，。；、！？）":
        return True  # as in "$5 and $10"
    if content[0].isspace() != content[-1].isspace():
        return content[0].isdigit() or not _STRONG.search(content) or bool(_prose(content))
    if before.isascii() and before[-1:].isalnum() and content[0].isdigit():
        return True  # as in "US$5"
    return content[0].isspace() and before.strip()[-1:].isdigit()  # as in "5 $ - 10 $"


def _is_program(content: str) -> bool:
    """Tell whether a dollar sign belongs to a program: ``${name}``, a pattern's end, a shell's prompt."""
    if _TEMPLATE.match(content):
        return True
    core = _TEXT_COMMAND.sub("", ANY_TAG.sub("", content) if "<" in content else content)
    if _CODE.search(core):
        return True
    words = len(_prose(core))
    return words >= (_WORDS_OF_TEX if "\\" in core else _MANY_WORDS)


def _prose(content: str) -> list[str]:
    return [word for word in _SENTENCE_WORDS.findall(content) if not _FUNCTIONS.fullmatch(word)]


def _is_formula(content: str, after: str) -> bool:
    core = content.strip()
    if content.count("{") != content.count("}") or _has_foreign_tag(content):
        return False
    if _CJK.search(_TEXT_COMMAND.sub("", core)):
        return "\\" in core or _is_wide(core, after)
    if after.isascii() and after.isalpha():
        return len(core) == 1 or any(sign in core for sign in "\\^{")  # "the $n$th", but not "$HOME:$PATH"
    if _EVIDENCE.search(core):
        return True
    return _is_airy(core) if content != core else _is_bare(core)


def _is_wide(core: str, after: str) -> bool:
    """Tell whether Chinese words without a command are an equation, ``准确率 = TP/N``, and no part of a sentence."""
    whole = len(core) <= _LONGEST_WIDE and not _WIDE_MARKS.search(core) and not core[0].isdigit()
    return whole and "=" in core[1:-1] and not (after.isascii() and after.isalnum())


def _has_foreign_tag(content: str) -> bool:
    return any(not _INLINE_TAG.match(tag[0]) for tag in MARKUP.finditer(content))


def _is_bare(core: str) -> bool:
    """Tell whether letters, digits and simple signs are more likely a formula than words."""
    return bool(_BARE.fullmatch(core)) and (core.isalnum() or not _WORDS.search(_FUNCTIONS.sub("", core)))


def _is_airy(core: str) -> bool:
    """Tell whether what stands between blanks is a letter, or numbers and letters with operations between them."""
    said = _FUNCTIONS.sub("f", core)
    return len(core) == 1 or bool(_AIRY.fullmatch(said) and re.search(r"[A-Za-z]", said) and not said.isalpha())


def escaped_brackets(content: str) -> bool:
    r"""Tell whether brackets that Markdown escaped, ``\(see below\)``, hold words and no formula."""
    if "\\" in content:
        return False
    if _EVIDENCE.search(content):
        return _CODE.search(content) is not None
    return len(_prose(content)) >= _MANY_WORDS or bool(_CJK.search(content) and _WIDE_MARKS.search(content))


def mistaken(content: str) -> list[str] | None:
    r"""Take apart a formula that holds dollar signs: somebody's converter took the text between two formulas for one.

    Gives formula and text in turns, the text alone where nobody can tell; None where it holds none.
    """
    core = content.strip().strip("$")
    pieces = _DOLLAR.split(_TEXT_COMMAND.sub(lambda found: found[0].replace("$", "\x00"), core))
    if len(pieces) == 1:
        return None
    pieces = [piece.replace("\x00", "$") for piece in pieces]
    return pieces if len(pieces) % 2 else ["", " ".join(piece.strip() for piece in pieces)]


def looks_cut(text: str, opening: str) -> bool:
    """Tell whether what follows an opening delimiter that is never closed is the beginning of a formula."""
    if opening != "$":
        return opening != "$$" or bool(_EVIDENCE.search(text)) or not _CJK.search(text)
    return (
        len(text) <= _LONGEST_CUT and bool(_TEX_COMMAND.search(text)) and not _CJK.search(_TEXT_COMMAND.sub("", text))
    )


def finished(tex: str) -> str:
    r"""Take off what a cut left of the last command: ``\ti`` may have been a ``\times``."""
    tex = tex.strip()
    last = _LAST_COMMAND.search(tex)
    if last and (not last[1] or formula("\\" + last[1]) in ("", last[1])):
        return tex[: last.start()].rstrip()
    return tex


def repaired(content: str) -> str:
    r"""Give the TeX of what stood between delimiters, and mend what Markdown made of it before.

    Markdown takes ``_`` for emphasis, ``**`` for a strong one, and leaves one of the two backslashes that end a row.
    """
    if "<" in content:
        content = _LINE_END.sub("\n", content)
        content = _EMPHASIS_TAG.sub(lambda tag: _EMPHASIS[tag[1].lower()], content)
        content = ANY_TAG.sub("", content)
    content = (entities.unescape(content) if "&" in content else content).strip()
    content = content.removeprefix("$").removesuffix("" if content.endswith("\\$") else "$")
    if "&" in content:
        content = content.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return _TORN_ROW.sub(r"\\\\\n", content).strip() if "\\\n" in content else content.strip()
