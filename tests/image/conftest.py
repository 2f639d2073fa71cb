from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from tests.image.engine import docker


@pytest.fixture
def volume() -> Iterator[str]:
    """Give a data volume, and remove it afterwards."""
    name = f"incoming-test-{os.getpid()}-{time.monotonic_ns()}"
    docker("volume", "create", name)
    yield name
    docker("rm", "-f", f"{name}-bot", check=False)
    docker("volume", "rm", "-f", name, check=False)
