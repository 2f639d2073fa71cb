"""The log: one line an event, for people on a terminal, as JSON elsewhere. Secrets are taken out on the way."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, Final

import structlog

# Bot tokens as Telegram and Discord write them, in a URL too, and a URL's user info. What is before each keeps a long
# text without any from being read again from every character on.
_SECRETS: Final = (
    re.compile(r"(?<!\d)\d{5,}+(?::|%3A)[A-Za-z0-9_-]{20,}"),
    re.compile(r"(?<=/bot)\d+(?::|%3A)[^/\s]*"),
    re.compile(r"(?<![\w-])[\w-]{20,}+\.[\w-]{6}\.[\w-]{25,}"),
    re.compile(r"(?<=://)[^/\s]*@"),
)
_WORD: Final = re.compile(r"\S+")
_QUERY: Final = re.compile(r"\?[^\s=?]+=")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SUSPECT: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029:%/?]|(?<![\w-])[\w-]{20,}+\.")
"""A text without any of these has nothing that ``clean`` takes out: most of what is logged, a name or an event."""


def clean(text: str) -> str:
    """Make one line of a text, without tokens and without the user info, query and fragment of URLs."""
    return _cleansed(text) if _SUSPECT.search(text) else text


def _cleansed(text: str) -> str:
    text = _CONTROL.sub(" ", text)
    for pattern in _SECRETS:
        text = pattern.sub("", text)
    return _WORD.sub(lambda word: _without_query(word[0]), text)


def _without_query(word: str) -> str:
    """Cut a word behind the path that it holds, or before what looks like a query."""
    path = word.find("/")
    # A question mark at the end is a question's: "did you mean Asia/Shanghai?"
    marks = [word.find("?", path, -1), word.find("#", path)] if path >= 0 else []
    found = _QUERY.search(word)
    ends = [end for end in (*marks, found.start() if found else -1) if end >= 0]
    return word[: min(ends)] if ends else word


def _cleaned(value: object) -> object:
    match value:
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {clean(str(key)): _cleaned(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_cleaned(each) for each in value]
        case _:
            return clean(str(value))


def _clean_event(logger: object, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    del logger, name
    error = _raised(event.pop("exc_info", None))
    if error is not None:
        event["error"], event["at"] = f"{type(error).__name__}: {error}", _place(error.__traceback__)
    for key, value in event.items():
        event[key] = _cleaned(value)
    return event


def _raised(info: object) -> BaseException | None:
    """Give the exception that an event tells of, in whichever form it was handed over."""
    if isinstance(info, tuple):
        info = info[1]
    elif info and not isinstance(info, BaseException):
        info = sys.exception()
    return info if isinstance(info, BaseException) else None


def _place(trace: TracebackType | None) -> str:
    """Name the line at which an exception came up: all that a reader of the log needs of a traceback."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace is not None else ""


def set_up(*, verbose: bool = False, quiet: bool = False) -> None:
    """Send the log to standard error, and the libraries' errors with it; ``quiet`` leaves out what is no trouble."""
    level = logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO
    terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _clean_event,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso" if not terminal else "%H:%M:%S", utc=not terminal),
            structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.ERROR, handlers=[_Bridge()], force=True)


class _Bridge(logging.Handler):
    """What libraries log, as one line of ours, without their tracebacks."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            # Its arguments do not fit its text: a library's slip, and not the caller's business.
            message = str(record.msg)
        structlog.get_logger().warning("library", source=record.name, message=message, exc_info=record.exc_info)
