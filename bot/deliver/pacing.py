"""When something may go out: posts and replies share a platform's limits, and replies go first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.core.models import Address, Chat, PartState, PlaceKind
from bot.core.plan import Step
from bot.core.ports import Clock, Limits
from bot.deliver.budget import Budget


class Pacing:
    """One platform's budget, and who waits for it. ``replied`` is called when a reply goes: it is to be recorded."""

    def __init__(self, limits: Limits, clock: Clock, replied: Callable[[], None]) -> None:
        self.budget = Budget(limits)
        self.replies: list[tuple[Address, datetime]] = []
        """Replies that went and are not recorded yet: where, when."""
        self._clock = clock
        self._replied = replied
        self._asking: dict[str, int] = {}

    async def reply(self, address: Address, kind: PlaceKind) -> None:
        """Wait until a reply may go to a place, and count it. Posts for that place let it go first."""
        place = address.place
        self._asking[place] = self._asking.get(place, 0) + 1
        try:
            while (wait := self._wait(place, kind)) > 0:
                await self._clock.sleep(wait)
            now = self._clock.now()
            self.budget.spend(place, now)
            self.replies.append((address, now))
            self._replied()
        finally:
            self._asking[place] -= 1
            if not self._asking[place]:
                del self._asking[place]

    def _wait(self, place: str, kind: PlaceKind) -> float:
        now = self._clock.now()
        opens = max(self.budget.opens(place, kind, now), self.budget.free(now))
        return (opens - now).total_seconds()

    def room(self, now: datetime) -> int:
        """Count the posts that may go now, wherever to, with room left for the replies that wait."""
        return self.budget.room(now) - len(self._asking)

    def opens(self, chat: Chat, now: datetime) -> datetime:
        """Tell when the next post may go to a chat."""
        place = chat.address.place
        opens = self.budget.opens(place, chat.kind, now, self._asking.get(place, 0))
        return max(opens, self.budget.held(place))

    def learn(self, chat: Chat, step: Step, now: datetime) -> datetime:
        """Keep back what an outcome says; tell when its chat may be due again."""
        place = chat.address.place
        if step.hold is not None:
            self.budget.hold(step.hold)
        elif step.state is PartState.RETRY and step.at is not None and not step.alone:
            self.budget.hold_place(place, step.at, now)
        return max(step.at or now, self.budget.opens(place, chat.kind, now))

    def wait(self, due: datetime, now: datetime) -> float:
        """Give the seconds until what is due then may go."""
        return (max(due, self.budget.next(now)) - now) / timedelta(seconds=1)
