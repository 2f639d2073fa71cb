"""The log: one line an event, for people on a terminal, as JSON elsewhere. Secrets are taken out on the way."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

# A bot token as Telegram and Discord write them, a URL's user info, and its query; what is kept is the first group.
_SECRETS: Final = (
    re.compile(r"()\d{5,}:[A-Za-z0-9_-]{20,}"),
    re.compile(r"()[\w-]{20,}\.[\w-]{6}\.[\w-]{25,}"),
    re.compile(r"(?<=://)()[^/@\s]+@"),
    re.compile(r"(://[^\s?#\"']*)\?[^\s\"']*"),
)


def clean(text: str) -> str:
    """Take tokens, user info and queries out of a text."""
    for pattern in _SECRETS:
        text = pattern.sub(r"\1", text)
    return text


def _clean_event(logger: object, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    del logger, name
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = clean(value)
    return event


def set_up(*, quiet: bool = False) -> None:
    """Send the log to standard error, and the libraries' warnings with it; ``quiet`` leaves out what is no trouble."""
    terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso" if not terminal else "%H:%M:%S", utc=not terminal),
            _clean_event,
            structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING if quiet else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.ERROR, handlers=[_Bridge()], force=True)


class _Bridge(logging.Handler):
    """What libraries log, as one line of ours, without their tracebacks."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().warning("library", source=record.name, message=record.getMessage())
