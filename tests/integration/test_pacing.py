"""The pacing that ships, against Telegram's FAQ and against the emulator's own count."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.models import PlaceKind
from bot.core.ports import Limits, Window
from bot.platforms.telegram.platform import Telegram
from bot.platforms.telegram.settings import TelegramSettings
from tests.clock import START
from tests.emulators.telegram_rules import Gate, Rate, Rates, RefusedError
from tests.world import World

FAQ = Rates(overall=Rate(30, 1.0), private=Rate(1, 1.0), group=Rate(20, 60.0))
"""What Telegram names: 30 a second to all, one a second to a person, 20 a minute to a group."""
SHIPPED = Telegram(TelegramSettings()).limits


def admit_all(world: World) -> None:
    """Let the emulator count every request; it raises at the first one that Telegram would refuse."""
    gate = Gate(FAQ)
    for request in sorted(world.platform.requests, key=lambda each: each.at):
        gate.admit(request.place, private=not request.place.startswith("-"), now=(request.at - START).total_seconds())


@pytest.mark.parametrize(
    ("windows", "rate"),
    [
        (SHIPPED.overall, FAQ.overall),
        (SHIPPED.place[PlaceKind.PRIVATE], FAQ.private),
        (SHIPPED.place[PlaceKind.GROUP], FAQ.group),
        (SHIPPED.place[PlaceKind.CHANNEL], FAQ.group),
    ],
)
def test_the_limits_that_ship_are_telegrams(windows: tuple[Window, ...], rate: Rate) -> None:
    """As many messages as the FAQ allows, in a time at least as long and not much longer."""
    (window,) = windows
    assert window.count == rate.count
    assert rate.seconds <= window.seconds <= rate.seconds * 1.05


@pytest.mark.asyncio
async def test_with_the_limits_that_ship_telegram_refuses_nothing(world: World) -> None:
    """Thirteen posts to sixty people, to a forum's three threads and to a channel arrive; none is answered with 429."""
    world.platform.limits = SHIPPED
    for number in range(1, 61):
        await world.subscribe(str(number))
    for thread in ("", "7", "8"):
        await world.subscribe("-1", thread=thread, kind=PlaceKind.GROUP)
    await world.subscribe("-2", kind=PlaceKind.CHANNEL)
    await world.publish(*"abc")
    await world.deliver(20)
    await world.publish(*(f"{number}" for number in range(10)))
    await world.deliver(200)
    assert len(world.platform.texts()) == 13 * 64
    admit_all(world)
    assert max(world.platform.times()) - START < timedelta(seconds=160)


@pytest.mark.asyncio
@pytest.mark.parametrize(("kind", "places", "posts"), [*((kind, 1, 25) for kind in PlaceKind), (None, 61, 1)])
async def test_a_limit_that_is_too_wide_is_caught(
    world: World, kind: PlaceKind | None, places: int, posts: int
) -> None:
    """The check is not blind: with any one of the limits doubled, the emulator refuses."""
    doubled = {name: (replace(window, count=window.count * 2),) for name, (window,) in SHIPPED.place.items()}
    overall = tuple(replace(window, count=window.count * 2) for window in SHIPPED.overall)
    place = dict(SHIPPED.place) if kind is None else {**SHIPPED.place, kind: doubled[kind]}
    world.platform.limits = Limits(overall if kind is None else SHIPPED.overall, place)
    sign = "" if kind in {None, PlaceKind.PRIVATE} else "-"
    for number in range(1, places + 1):
        await world.subscribe(f"{sign}{number}", kind=kind or PlaceKind.PRIVATE)
    await world.publish(*(f"{number}" for number in range(posts)))
    await world.deliver(60)
    with pytest.raises(RefusedError, match="Too Many Requests"):
        admit_all(world)
