"""What an answer of the Bot API means for a message: PTB's errors as Outcomes; pure.

The phrases are those of tdlib's Bot API server and of the answers that it passes on from Telegram. What is certainly
not sent may be repeated freely: a refusal, and a request that never left. A broken link, a timeout and an error of the
server itself (5xx) may have delivered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from bot.core.models import Gone, Moved, Outcome, Rejected, Retry, Uncertain
from bot.platforms.telegram.outage import SERVER_ERROR
from bot.platforms.telegram.request import BrokenError, NotSentError

_FORBIDDEN: Final = (
    ("blocked", "blocked"),
    ("deactivated", "deactivated"),
    ("kicked", "kicked"),
    ("not a member", "kicked"),
    ("deleted", "kicked"),
    ("initiate conversation", "blocked"),
    ("send messages to bots", "deactivated"),
)
_CLOSED: Final = (
    ("message thread not found", "thread_deleted"),
    ("topic_deleted", "thread_deleted"),
    ("topic_id_invalid", "thread_deleted"),
    ("topic_closed", "thread_closed"),
    ("user_is_blocked", "blocked"),
    ("chat not found", "chat_not_found"),
    ("peer_id_invalid", "chat_not_found"),
    ("user not found", "chat_not_found"),
    ("group chat was deactivated", "deactivated"),
    ("not enough rights", "no_rights"),
    ("no rights to send", "no_rights"),
    ("need administrator rights", "no_rights"),
    ("chat_write_forbidden", "no_rights"),
    ("chat_send_plain_forbidden", "no_rights"),
    ("chat_restricted", "no_rights"),
    ("chat_admin_required", "no_rights"),
)
_REASON_LENGTH: Final = 200


def outcome(error: TelegramError) -> Outcome:
    """Say what became of a message whose request ended in this error."""
    for kind, read in _READERS:
        if isinstance(error, kind):
            return read(error)
    return Retry("flood") if "too many requests" in error.message.lower() else Uncertain(SERVER_ERROR)


def _bad_request(error: TelegramError) -> Outcome:
    closed = _word(error, _CLOSED)
    return Gone(closed) if closed else Rejected(error.message[:_REASON_LENGTH])


def _word(error: TelegramError, table: tuple[tuple[str, str], ...]) -> str:
    said = error.message.lower()
    return next((word for phrase, word in table if phrase in said), "")


_READERS: Final[tuple[tuple[type[TelegramError], Callable[[Any], Outcome]], ...]] = (
    (RetryAfter, lambda error: Retry("flood", error.retry_after.total_seconds())),
    (ChatMigrated, lambda error: Moved(str(error.new_chat_id))),
    (Forbidden, lambda error: Gone(_word(error, _FORBIDDEN) or "no_rights")),
    (InvalidToken, lambda _: Retry("bad_token", scope="platform")),
    (Conflict, lambda _: Retry("conflict")),
    (BadRequest, _bad_request),
    (NotSentError, lambda error: Retry(error.message, scope="platform")),
    (BrokenError, lambda error: Uncertain(error.message)),
)
"""In this order: BadRequest is a NetworkError for PTB, like the last two."""
