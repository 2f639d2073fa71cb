"""What is shown of addresses, and of feeds whose name is their address: user info and query may be secrets."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from bot.reading.patterns import rare

_URL: Final = rare(r"https?://\S+", re.IGNORECASE)


def is_url(text: str) -> bool:
    """Tell whether this is meant as an address."""
    return _URL.fullmatch(text) is not None


def shown_url(url: str) -> str:
    """Write an address without user info and query: both may be secrets."""
    try:
        parts = urlsplit(url)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    except ValueError:
        return url.partition("?")[0].rpartition("@")[2]


def called(name: str) -> str:
    """Say a feed's name, or the title that it gives itself."""
    return shown_url(name) if is_url(name) else name
