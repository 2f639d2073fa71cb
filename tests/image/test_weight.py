"""What a container takes while nothing happens: `make image-test`."""

from __future__ import annotations

import pytest

from benchmarks.idle import measure_container
from tests.image.engine import IMAGE
from tests.integration.test_web import free_port

pytestmark = pytest.mark.skipif(not IMAGE, reason="no image: `make image-test` builds one and sets INCOMING_IMAGE")

MOST = 90_000_000
REST = 25
"""Seconds after which the processes that read have ended."""


@pytest.mark.asyncio
async def test_an_idle_bot_is_light() -> None:
    """With both platforms and ten feeds, all processes counted: ready after 2 s of processor time, at rest 90 MB."""
    seconds, weight = await measure_container(10, REST, free_port())
    assert seconds <= 2
    assert (weight.processes, weight.resident <= MOST) == (2, True), weight
