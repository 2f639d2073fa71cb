"""The operator's topics: what a rule is, how its words are weighed, and the keys by which topics are known."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

from bot.core.models import Topic
from bot.reading.text import clean, fold

MAX_KEY = 40
"""Characters of a topic's key: links and buttons carry it (Telegram: 64 bytes with everything else)."""

_SIGNS = str.maketrans({"+": "plus", "#": "sharp"})  # C, C++ and C# are three categories
_HASH = re.compile(r"t[a-z2-7]{10}")
_NO_SLUG = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A topic as the operator wrote it. Keywords may be ``python*``, ``*GAN`` or ``=ViT``.

    A ``strong`` keyword decides alone, ``weak`` ones decide when they are mentioned twice, and one of ``tags`` (the
    feed's own categories) decides alone, as do the rule's id and names where a category is called so.
    """

    id: str
    names: tuple[tuple[str, str], ...] = ()
    strong: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def rule_topic(spec: RuleSpec) -> Topic:
    """Give the topic that a rule stands for."""
    return Topic(spec.id, spec.names or (("", spec.id),))


@lru_cache(maxsize=16_384)
def category_key(name: str) -> str:
    """Give the stable key of a feed's category: its ASCII slug, or ``t`` and 10 base32 characters of its hash.

    ``Deep Learning`` is ``deep-learning``, ``C++`` is ``cplusplus``. The hash is the SHA-256 of the folded name; it
    also stands in for slugs that are empty or over ``MAX_KEY`` characters. Remembered: a blog may have thousands, and
    all of them are asked for while a reader types.
    """
    folded = " ".join(fold(clean(name)).split())
    slug = _NO_SLUG.sub("-", folded.translate(_SIGNS)).strip("-") if folded.isascii() else ""
    if slug and len(slug) <= MAX_KEY:
        return slug
    digest = hashlib.sha256(folded.encode()).digest()
    return "t" + base64.b32encode(digest).decode()[:10].lower()


def is_nameless(key: str) -> bool:
    """Tell whether a key looks like a hash, which tells nobody anything; a few words of that length do too."""
    return _HASH.fullmatch(key) is not None


def category_topic(name: str) -> Topic:
    """Give the topic that a feed's own category is."""
    return Topic(category_key(name), (("", name),), category=name)
