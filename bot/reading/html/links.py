"""Addresses in a text: made absolute, and rid of what only follows the reader around."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote, urljoin, urlsplit, urlunsplit

from bot.reading.patterns import rare

LONGEST = 2000
_SCHEMES = frozenset(("http", "https", "mailto", "tg"))
_TRACKING = rare(
    r"utm_\w+|[fgdy]bclid|gclid|gclsrc|dclid|yclid|msclkid|twclid|ttclid|igshid|igsh|mc_[ce]id|mkt_tok|_hs\w+|hsctatracking|"
    r"vero_\w+|oly_\w+_id|wickedid|ref_src|ref_url|spm|scm|spm_id_from|share_source|share_medium|share_session_id|"
    r"vd_source|wt_mc|wt\.mc_id|at_medium|at_campaign|cmpid|trk|trkcampaign|_openstat|ns_\w+|__s",
    re.IGNORECASE,
)

# Sites that send every outgoing link through a page of theirs, with the real address in a parameter.
_DETOURS = {
    "link.zhihu.com": "target",
    "link.juejin.cn": "target",
    "link.csdn.net": "target",
    "www.jianshu.com/go-wild": "url",
    "links.jianshu.com": "to",
    "www.google.com/url": "q",
    "gate.sc": "url",
    "steamcommunity.com/linkfilter": "url",
    "t.umblr.com": "z",
    "out.reddit.com": "url",
}
_CLEAN = re.compile(r"https?://[a-z0-9-]++(?:\.[a-z0-9-]++)*+(?::\d++)?+(?:/[\w.~%!$&'()*+,:@-]*+)*+", re.ASCII)
"""The common address: absolute, with nothing behind its path that would have to be looked at."""

_NO_HOST = rare(r"[a-z]+:/*", re.IGNORECASE)
_UNSAFE = re.compile(r"[\s<>\"\\^`{|}\x00-\x20\x7f]")
_INVISIBLE = rare(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ue000\ue001]")


def clean_link(href: str, base: str = "") -> str | None:
    """Make an address absolute and take tracking parameters off it.

    None where it is nothing to open: a place in the same page, a script, something malformed, over 2,000 characters,
    or a relative address without a base.
    """
    if len(href) <= LONGEST and _CLEAN.fullmatch(href):
        return href
    href = _INVISIBLE.sub("", href).strip()
    if not href or href.startswith("#") or len(href) > LONGEST or _NO_HOST.fullmatch(href):
        return None
    try:
        return _cleaned(urljoin(base, href) if base else href)
    except ValueError:  # an unfinished IPv6 address and the like
        return None


def _cleaned(url: str) -> str | None:
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    if scheme not in _SCHEMES or (scheme.startswith("http") and not parts.hostname):
        return None
    if scheme.startswith("http"):
        if target := _target(parts.hostname or "", parts.path, parts.query):
            return target
        query = _without_tracking(parts.query)
        fragment = "" if parts.fragment.startswith((":~:", "utm_")) else parts.fragment
        url = urlunsplit((scheme, parts.netloc, parts.path, query, fragment))
    url = _UNSAFE.sub(lambda char: quote(char[0]), url)
    return url if len(url) <= LONGEST else None


def _target(host: str, path: str, query: str) -> str | None:
    name = _DETOURS.get(host) or _DETOURS.get(host + path.rstrip("/"))
    if not name:
        return None
    target = _INVISIBLE.sub("", dict(parse_qsl(query)).get(name, ""))
    parts = urlsplit(target)
    return target if parts.scheme in ("http", "https") and parts.hostname and not _UNSAFE.search(target) else None


def _without_tracking(query: str) -> str:
    if not query:
        return query
    kept = [pair for pair in query.split("&") if not _TRACKING.fullmatch(unquote(pair.partition("=")[0]))]
    return "&".join(kept)
