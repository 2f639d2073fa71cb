"""One request: made, and judged."""

from __future__ import annotations

import random
from datetime import datetime

import structlog

from bot import failpoint
from bot.core import edits, plan
from bot.core.models import Outcome, Part, PartState, Payload, Rewrite, Uncertain
from bot.core.ports import Platform

log = structlog.get_logger()


async def make(platform: Platform, part: Part) -> Outcome:
    """Make a part's request. A fault of ours is an uncertain outcome."""
    failpoint.reach("requesting")
    try:
        return await (platform.edit(part.ref, part) if isinstance(part, Rewrite) else platform.send(part))
    except Exception as error:  # noqa: BLE001 -- a fault of ours: nobody knows how far the request came
        log.warning("deliver.fault", part=part.id, error=said(error))
        return Uncertain(f"fault: {type(error).__name__}")


def judge(platform: Platform, outcome: Outcome, part: Part, now: datetime) -> tuple[plan.Step, Payload | None]:
    """Decide what an outcome means; give the part's payload as plain text where it is to be sent so."""
    if isinstance(part, Rewrite):
        return edits.after(outcome, part.attempts, now, jitter=random.random()), None
    step = plan.after(outcome, part, now, can_repeat=platform.can_repeat, jitter=random.random())
    try:
        return step, platform.plainly(part.payload) if step.plain else None
    except Exception as error:  # noqa: BLE001 -- likewise: it was refused, and cannot be said more plainly
        log.warning("deliver.fault", part=part.id, error=said(error))
        return plan.Step(PartState.DEAD, f"rejected: {step.reason}", uncertain=part.uncertain), None


def said(error: Exception) -> str:
    """Name an error for the log."""
    return f"{type(error).__name__}: {error}"
