"""What this machine says of whoever sits at it: the language that they read, and the time zone that they live in."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bot import i18n

_NONE: Final = {"", "C", "POSIX"}
_CATEGORIES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
"""By POSIX's order: the first one that is set decides."""


def language(environ: Mapping[str, str]) -> str | None:
    """Give the language of ours that is nearest to the locale's; None where the locale names none (unset, C, POSIX)."""
    named = next((value for name in _CATEGORIES if (value := environ.get(name))), "")
    tag = re.split(r"[.@]", named)[0]
    return None if tag in _NONE else i18n.nearest(tag)


def timezone(environ: Mapping[str, str], root: Path = Path("/")) -> str | None:
    """Give the machine's time zone by its IANA name: TZ, what /etc/localtime leads to, /etc/timezone; else None."""
    known = zoneinfo.available_timezones()
    said = (environ.get("TZ", "").removeprefix(":"), _linked(root / "etc/localtime"), _written(root / "etc/timezone"))
    return next((name for name in said if name in known), None)


def _linked(path: Path) -> str:
    try:
        return str(path.readlink()).rpartition("zoneinfo/")[2]
    except OSError:
        return ""


def _written(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
