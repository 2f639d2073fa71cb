"""Entries that look like drafts, on a blog that says nothing else for a long time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.models import Feed, Look
from bot.watch import Watch
from tests.clock import START
from tests.world import BLOG, ScriptedSource, entry, open_world

OLD = tuple(entry(f"old {number}", published=START - timedelta(days=number + 1)) for number in range(6))
NOTE = replace(entry("a note", published=START), title="")


class Watched(ScriptedSource):
    """Remembers which looks were conditional."""

    conditional: tuple[bool, ...] = ()

    async def look(self, feed: Feed, memory: object = None) -> Look:
        """Show what is up."""
        self.conditional += (feed.validators.etag is not None,)
        return await super().look(feed)


@pytest.mark.asyncio
@pytest.mark.parametrize("stays", [True, False])
async def test_a_note_that_stays_for_a_day_is_pushed_though_nothing_else_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, stays: bool
) -> None:
    """It was seen and left aside, and the document's bytes are the same: it is read once more when its day is over.

    One that was taken back meanwhile is not asked for.
    """
    async with open_world(tmp_path / "incoming.db", monkeypatch) as world:
        source = Watched(world.clock)
        chat = await world.subscribe("1")
        watch = Watch(world.store, source, world.matcher, world.clock, lambda: None)

        async def look() -> None:
            async with world.store.begin() as work:
                feeds = await work.feeds()
            await watch.look_at(feeds)

        for shown in (OLD, (NOTE, *OLD)):
            source.show(BLOG, *shown, etag="1")
            await look()
        if not stays:
            source.show(BLOG, *OLD, etag="1")
        for _ in range(6):
            await world.clock.sleep(5 * 3600)
            await look()
        assert len(await world.states(chat)) == (1 if stays else 0)
        # But for the first look, all are conditional, and one more where there is something to read again.
        assert source.conditional.count(False) == (2 if stays else 1)
