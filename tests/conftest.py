"""What every test may use: a clean environment and the real input, where it is there."""

from __future__ import annotations

import gc
import logging
import os
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings

from bot import log
from tests import births

# How fast a machine is says nothing about what a test states, and neither does chance: `make fuzz` looks further.
settings.register_profile(
    "incoming", max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("incoming")

# The program is started hundreds of times, and the tests are read by several processes: let the first one leave the
# bytecode for the others. To write the tests' assertions anew takes each process seven seconds.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
LEADER = "gw0"
LONGEST = 120.0
"""Seconds that the others wait for it; then they do what it would have done for them."""


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Let the processes in which the tests run share a nursery: to have everything imported takes each a second.

    And, where no test was ever compiled, the compiling, which takes each ten.
    """
    node.workerinput["nursery"] = births.door()
    node.workerinput["fresh"] = not any(Path(__file__).parent.glob("unit/__pycache__/*-pytest-*.pyc"))


def pytest_configure(config: pytest.Config) -> None:
    """Take the nursery that is shared, in such a process."""
    if shared_by_all := getattr(config, "workerinput", {}).get("nursery"):
        births.share(shared_by_all)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Compile the tests of a fresh clone in one process, and let the others read what it wrote."""
    given = getattr(session.config, "workerinput", {})
    if not given.get("fresh"):
        return (yield)
    # xdist gives each process a folder in the run's own.
    compiled = Path(session.config.getoption("basetemp")).parent / "compiled"
    if given["workerid"] == LEADER:
        try:
            return (yield)
        finally:
            compiled.touch()
    end = time.monotonic() + LONGEST
    while not compiled.exists() and time.monotonic() < end:
        time.sleep(0.05)
    return (yield)


def pytest_collection_finish() -> None:
    """Keep the collector off what stays to the end: thousands of tests and all modules, a tenth of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def clean_environ(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine reaches a test."""
    for name in list(os.environ):
        if name.startswith("INCOMING_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """No log that a test sets up outlives it: it would write to what pytest has closed."""
    yield
    structlog.reset_defaults()
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if type(handler).__module__ == log.__name__:
            root.removeHandler(handler)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of real input beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("no real input: ../shared is not there")
    return SHARED


@pytest.fixture(scope="session")
def real_feeds(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the real feeds into a cache outside the checkout, once for all runs."""
    unpack = shared / "feeds" / "unpack"
    if not unpack.is_file():
        pytest.skip("no real feeds: ../shared/feeds is not there")
    cache = Path(os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))) / "incoming-tests" / "feeds"
    subprocess.run([str(unpack), str(cache)], check=True, capture_output=True)
    return cache
