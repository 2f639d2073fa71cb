"""What stands around a text in its HTML, or only steers the browser, and is no part of what a reader reads."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.reading.patterns import rare

Attributes = Mapping[str, str | None]

_ELEMENTS = re.compile(
    "-comment|-doctype|script|style|head|iframe|object|embed|form|button|select|textarea|svg|canvas|nav|template|audio|"
    "video|source|map|dialog|link|meta|title|rp|datalist|progress|meter|applet"
)
DROPPED = frozenset(_ELEMENTS.pattern.split("|"))
"""Elements whose content is no text."""

# Classes and ids that blog engines and plugins give to share bars, tables of contents, related posts, and to what is
# there for screen readers or as the second form of a formula.
_NAMES = rare(
    r"(?:^|\s)(?:sharedaddy|jp-relatedposts|addtoany\S*|a2a_\S+|social-?share\S*|share-?(?:buttons?|bar|links?|box)|"
    r"sharing\S*|feedflare|related-?posts?|post-?copyright|copyright-?(?:box|info|notice)|creative-?commons|reward\S*|"
    r"donate\S*|read-?more|more-?link|toc|toc[-_]container|ez-toc\S*|table-of-contents|markdown-toc|post-toc|"
    r"newsletter\S*|subscription-widget\S*|subscribe-widget|adsbygoogle|breadcrumbs?|pagination|post-nav\S*|"
    r"katex-html|headerlink|header-?anchor|heading-?anchor|anchor-?link|markdownIt-Anchor|sr-only|screen-reader-text|"
    r"visually-hidden|mw-editsection|MathJax_Preview|mwe-math-fallback-\S+|footnote-backref|footnote-back|"
    r"reversefootnote|data-footnote-backref|copy-code-button|codepen|tabs?-nav|nav-tabs|tab-list|post-tags?|tag-links|"
    r"blogger-post-footer|button-wrapper|gist-meta|jp-\w*Prompt|(?:input|output)_prompt|cnblogs_code_(?:toolbar|copy)|"
    r"code-block-extension-header|kg-bookmark-(?:metadata|thumbnail|icon))(?:\s|$)",
    re.IGNORECASE,
)
_ROLES = frozenset(("navigation", "search", "tablist", "toolbar", "menubar"))
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def is_around(attributes: Attributes) -> bool:
    """Tell by its attributes whether an element is no part of the text."""
    if "hidden" in attributes or attributes.get("aria-hidden") == "true" or attributes.get("role") in _ROLES:
        return True
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    if names != " " and _NAMES.search(names):
        return True
    return bool(_HIDDEN.search(attributes.get("style") or ""))
