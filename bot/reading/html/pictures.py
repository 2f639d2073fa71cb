"""Images in HTML: which address is the real one, and what its alternative text is worth."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.reading.patterns import rare

Attributes = Mapping[str, str | None]

_LAZY = ("data-src", "data-original", "data-lazy-src", "data-actualsrc", "data-original-src", "data-url", "data-echo")
_FILE = rare(r"\S+\.(?:png|jpe?g|gif|webp|svg|bmp|avif|heic)(?:[?#]\S*)?", re.IGNORECASE)
_NAMELESS = rare(
    r"figure|alt|alt[ -]text|untitled|null|undefined|none|description|图片|图像|图|配图|插图|封面|图片描述|"
    r"在这里插入图片描述|请输入图片描述|"
    r"(?:image|img|pic|picture|photo|screenshot|screen shot|截屏|截图|屏幕截图|微信图片)[-_ .\d:at]*|"
    r"[0-9a-f]{12,}|[\d_-]{6,}|[0-9a-f]{8}-[0-9a-f-]{27}|IMG_\w+|DSC\w+|\W*",
    re.IGNORECASE,
)
_SMALL_CLASS = rare(r"(?:^|[\s_-])(?:emoji|emoticon|smiley|smilie|wp-smiley|icon|avatar|badge|inline)(?:$|[\s_-])")
_SMALL_HOST = rare(r"//(?:img\.shields\.io|badge\.fury\.io|travis-ci\.\w+|codecov\.io|badgen\.net)/|/emoji/|/smilies/")
_PIXEL = re.compile(
    r"//(?:pixel\.wp\.com|feeds\.feedburner\.com|feeds\.wordpress\.com|stats\.wordpress\.com|www\.google-analytics\.com)/"
)
_SMALL = 40
"""Pixels up to which an image is part of its line."""


def source(attributes: Attributes) -> str:
    """Give an image's real address: lazy loading puts a placeholder into ``src``."""
    for name in _LAZY:
        if value := attributes.get(name):
            return value.strip()
    src = (attributes.get("src") or "").strip()
    if src and not src.startswith("data:"):
        return src
    candidates = attributes.get("srcset") or attributes.get("data-srcset") or ""
    return candidates.split(",")[-1].strip().split(" ")[0]


def alternative(attributes: Attributes) -> str:
    """Give an image's alternative text, or nothing where it is a file name or says no more than that it is one."""
    alt = " ".join((attributes.get("alt") or "").split())[:300]
    return "" if _FILE.fullmatch(alt) or _NAMELESS.fullmatch(alt) else alt


def is_pixel(attributes: Attributes, src: str) -> bool:
    """Tell whether an image is there to count readers."""
    sizes = {_pixels(attributes.get("width")), _pixels(attributes.get("height"))}
    return bool(sizes & {0, 1}) or _PIXEL.search(src) is not None


def is_small(attributes: Attributes, src: str) -> bool:
    """Tell whether an image is part of its line: an emoji, an icon, a badge."""
    sizes = [size for name in ("width", "height") if (size := _pixels(attributes.get(name))) is not None]
    if sizes and max(sizes) <= _SMALL:
        return True
    return bool(_SMALL_CLASS.search((attributes.get("class") or "").lower()) or _SMALL_HOST.search(src))


def _pixels(value: str | None) -> int | None:
    found = re.match(r"\s*(\d{1,5})(?:px)?\s*$", value or "", re.ASCII)
    return int(found[1]) if found else None
