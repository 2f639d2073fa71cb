"""What response headers say about when to come back and how to ask again. Pure; every input is hostile."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.core.models import Validators

DAY = 86400.0
MAX_AGE_CAP = 31 * DAY
RETRY_AFTER_CAP = 31 * DAY
_ECHOABLE = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,2000}")
_DIRECTIVE = re.compile(r"""([a-z-]+)(?:\s*=\s*(?:"([^"]*)"|([^\s,;"]*)))?""")


def http_date(value: str) -> datetime | None:
    """Read a header's date; None where it is none."""
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _echoable(value: str | None) -> str | None:
    """Keep a validator only where it can be sent back byte for byte; a changed one would be made up."""
    return value if value is not None and _ECHOABLE.fullmatch(value) else None


def validators(headers: Mapping[str, str]) -> Validators:
    """Take both validators of one response as a set: one that is missing is None."""
    return Validators(_echoable(headers.get("ETag")), _echoable(headers.get("Last-Modified")))


def refreshed(old: Validators, headers: Mapping[str, str]) -> Validators:
    """Update validators from a 304: what it names replaces the old one, the rest stays (RFC 9111, section 4.3.4)."""
    new = validators(headers)
    return Validators(new.etag or old.etag, new.last_modified or old.last_modified)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read Retry-After in seconds from now (RFC 9110, section 10.2.3), from 0 to 31 days; None for none or nonsense."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:12]), RETRY_AFTER_CAP)
    moment = http_date(value) if value else None
    return None if moment is None else _clamp((moment - now).total_seconds(), RETRY_AFTER_CAP)


def _clamp(seconds: float, cap: float) -> float:
    return max(0.0, min(seconds, cap))


def _directives(value: str) -> dict[str, str]:
    return {name: quoted or bare for name, quoted, bare in _DIRECTIVE.findall(value.lower()[:1000])}


def max_age(headers: Mapping[str, str], now: datetime) -> float | None:
    """Tell for how many seconds the response is fresh, at most 31 days; None where it says nothing usable.

    ``no-cache`` and ``no-store`` make any max-age meaningless: servers do send ``no-cache, max-age=315360000``.
    Expires counts from the server's own Date, so that a wrong clock there does not matter.
    """
    directives = _directives(headers.get("Cache-Control", ""))
    if "no-cache" in directives or "no-store" in directives:
        return None
    if directives.get("max-age", "").isdigit():
        return _clamp(float(directives["max-age"][:12]) - _age(headers), MAX_AGE_CAP)
    expires = http_date(headers.get("Expires", ""))
    if expires is None or "max-age" in directives:
        return None
    return _clamp((expires - (http_date(headers.get("Date", "")) or now)).total_seconds(), MAX_AGE_CAP)


def _age(headers: Mapping[str, str]) -> float:
    value = headers.get("Age", "").strip()
    return float(value[:12]) if value.isascii() and value.isdigit() else 0.0
