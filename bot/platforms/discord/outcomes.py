"""What an answer of Discord's means for a message; pure.

The numbers are those of Discord's documentation ("JSON error codes"). What is certainly not sent may be repeated
freely: a refusal, and a request that never left. A broken link and an error of the server itself (5xx) may have
delivered.
"""

from __future__ import annotations

from typing import Final

from bot.core.models import Gone, Outcome, Rejected, Retry, Sent, Uncertain
from bot.platforms.discord.rest import Answer, BrokenError, NotSentError, RestError

LOST: Final = {
    10003: "channel_deleted",
    10004: "kicked",
    10013: "user_gone",
    50001: "no_access",
    50007: "dms_closed",
    50013: "no_rights",
    50083: "archived_thread",
    50278: "no_shared_server",
    40067: "tag_required",
    160005: "locked_thread",
}
"""Why a place takes nothing: Discord's numbers, our words. ``kicked`` is also what the gateway tells."""
UNKNOWN_MESSAGE: Final = 10008
"""Said also of a repeated nonce whose message was deleted meanwhile: it was there."""
FULL: Final = frozenset((30046, 160006, 160007))
"""Too many of something for now: edits of an old message, active threads."""
SLOW: Final = 20016
SERVER: Final = 500
_TOO_MANY, _UNAUTHORISED, _FORBIDDEN, _MISSING = 429, 401, 403, 404
_A_WHILE: Final = 600.0
"""Seconds to keep away after a refusal by the network before Discord that does not say how long."""


def of_answer(answer: Answer, ref: str = "") -> Outcome:
    """Say what became of a message whose request was answered so; ``ref`` is what it became where that is good."""
    if answer.ok:
        return Sent(ref) if ref else Uncertain("garbage")
    if answer.code in LOST:
        return Gone(LOST[answer.code])
    if answer.code == UNKNOWN_MESSAGE:
        return Sent("deleted")
    if answer.status == _TOO_MANY or answer.code == SLOW:
        return _slower(answer)
    if answer.code in FULL:
        return Retry("full", seconds=answer.seconds or 60.0)
    return _by_status(answer)


def _slower(answer: Answer) -> Retry:
    if answer.everywhere:
        return Retry("flood", _A_WHILE if answer.seconds is None else answer.seconds, scope="platform")
    return Retry("flood", answer.seconds)


def _by_status(answer: Answer) -> Outcome:
    if answer.status >= SERVER:
        return Uncertain(f"server_error_{answer.status}")
    if answer.status == _UNAUTHORISED:
        return Retry("bad_token", scope="platform")
    if answer.data is None or (answer.status == _MISSING and not answer.code):
        # No word of Discord's: a proxy or a wrong address says nothing about the channel.
        return Retry(f"not_discord_{answer.status}", scope="platform")
    if answer.status == _FORBIDDEN:
        return Gone("no_rights")
    return Rejected(answer.said or f"status {answer.status}")


def of_error(error: RestError) -> Outcome:
    """Say what became of a message whose request was not answered."""
    match error:
        case NotSentError(reason="bucket"):
            return Retry("bucket", error.seconds)
        case NotSentError():
            return Retry(error.reason, error.seconds, scope="platform")
        case BrokenError():
            return Uncertain(error.reason)
    return Uncertain("link")
