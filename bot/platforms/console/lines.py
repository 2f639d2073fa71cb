"""What is typed: the lines of a file handle, read without a thread."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
from collections.abc import AsyncGenerator
from typing import Final

_LONGEST: Final = 8192
"""Characters of a line that are read; the rest of a longer one is dropped."""


async def typed(handle: int = 0) -> AsyncGenerator[str]:
    """Give the lines of a file handle, standard input by default, until it ends.

    Nothing blocks and no thread waits: a terminal or a pipe is read when it has something, a plain file at once.
    """
    decoder, rest = codecs.getincrementaldecoder("utf-8")("replace"), ""
    async with contextlib.aclosing(_chunks(handle)) as chunks:
        async for chunk in chunks:
            *lines, rest = (rest + decoder.decode(chunk)).split("\n")
            for line in lines:
                yield line[:_LONGEST]
            rest = rest[:_LONGEST]
    if rest:
        yield rest


async def _chunks(handle: int) -> AsyncGenerator[bytes]:
    while True:
        await _readable(handle)
        try:
            chunk = os.read(handle, _LONGEST)
        except OSError:  # closed, or the terminal is gone
            return
        if not chunk:
            return
        yield chunk


async def _readable(handle: int) -> None:
    """Wait until reading would not block.

    The event loop may tell of the same bytes twice: an event that outlived the read would let the next one block the
    whole loop until somebody types, so each wait has its own.
    """
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    try:
        loop.add_reader(handle, ready.set)
    except OSError:  # a plain file or /dev/null cannot be waited for, and need not be
        return
    try:
        await ready.wait()
    finally:
        loop.remove_reader(handle)
