"""What the world hears of the house beside the commands' own answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot import commands, config
from bot.core.models import Address, PlaceKind
from bot.core.ports import Ask, Asker
from bot.frontdesk import FrontDesk
from bot.operators import Operators
from bot.watch import Watch
from tests.unit.fakes import text
from tests.world import ScriptedSource, World


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("kind", "language", "said"),
    [
        (PlaceKind.PRIVATE, "en-GB", "Something broke on my side"),
        (PlaceKind.PRIVATE, "zh-hant", "我這邊出錯了"),
        (PlaceKind.PRIVATE, "", "我这边出错了"),
        (PlaceKind.GROUP, "en-GB", "我这边出错了"),
    ],
)
async def test_a_fault_of_ours_is_said_in_the_askers_language(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: PlaceKind, language: str, said: str
) -> None:
    """In a private chat; elsewhere others read it, too, and it is the configuration's."""
    settings = config.load(None, {}, given={"database": str(tmp_path / "incoming.db"), "language": "zh"})
    watch = Watch(world.store, ScriptedSource(world.clock), world.matcher, world.clock, lambda: None)
    platforms = {"telegram": world.platform}
    wake = world.lane().wake
    desk = FrontDesk(settings, world.store, world.matcher, Operators(()), world.clock, watch, platforms, wake)

    async def serve(*_: Any) -> None:
        raise LookupError

    monkeypatch.setattr(commands, "serve", serve)
    asker = Asker("7", admin=True, language=language)
    reply = await desk.answer(Ask(Address("telegram", "7"), kind, "", asker, "topics", "", world.clock.now()))
    assert reply is not None
    assert text(reply).startswith(said)
    ask = Ask(Address("telegram", "7"), kind, "", asker, "topics", "", world.clock.now(), speaks="en")
    spoken = await desk.answer(ask)
    assert spoken is not None
    assert text(spoken).startswith("Something broke on my side"), "whoever alone reads it is spoken to"
