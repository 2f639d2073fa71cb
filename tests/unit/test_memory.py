from __future__ import annotations

import ctypes
import gc
from pathlib import Path

import pytest

from bot import memory


def resident() -> int:
    """Give this process's resident memory in bytes."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="the C library gives nothing back")
def test_what_was_freed_goes_back_to_the_system() -> None:
    """A hundred megabytes of crumbs, freed but for the last one, which would keep them all."""
    crumbs = [bytearray(2_000) for _ in range(50_000)]
    last = bytearray(2_000)
    full = resident()
    crumbs.clear()
    memory.give_back()
    assert full - resident() > 50_000_000
    assert len(last) == 2_000


def test_a_c_library_that_cannot_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """As musl, which has no such call."""
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    memory.give_back()


def test_what_is_there_for_good_is_not_gone_through_again() -> None:
    """The search for lost circles leaves it out, and waits for more than what two hundred requests need."""
    usual, frozen = gc.get_threshold(), gc.get_freeze_count()
    try:
        memory.settle()
        assert gc.get_freeze_count() > frozen
        assert gc.get_threshold()[0] == memory.YOUNG
    finally:
        gc.unfreeze()
        gc.set_threshold(*usual)
