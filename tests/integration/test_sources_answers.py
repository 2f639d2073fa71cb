"""What a reading process answers comes whole, whatever its size: real processes."""

from __future__ import annotations

import pytest

from bot.reading.text import plain
from bot.sources.document import Parsed
from bot.sources.worker import Workers, WorkerSettings


@pytest.mark.asyncio
@pytest.mark.parametrize("sizes", [[], [10], [70_000], [3000] * 40, [10, 200_000, 10, 65_000, 600, 600]])
async def test_answers_of_any_size_come_whole(sizes: list[int]) -> None:
    """However many lists they take, and whatever is larger than a list."""
    items = [b"<item><title>%d</title><description>%b</description></item>" % (n, b"x" * n) for n in sizes]
    body = b"<rss version='2.0'><channel><title>x</title>%b</channel></rss>" % b"".join(items)
    async with Workers(WorkerSettings(processes=1)) as workers:
        found = await workers.parse(body)
        assert isinstance(found, Parsed)
        assert [each.title for each in found.sightings] == [str(size) for size in sizes]
        assert [len(plain(each.doc)) for each in found.sightings] == sizes
