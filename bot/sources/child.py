"""The process that reads what strangers wrote, started by ``worker``.

It takes one document at a time from standard input and answers on standard output, frames of four bytes of length
and then JSON (a document's body: bytes; an answer: lists, so that most are one frame). For each document that it begins
it writes a byte elsewhere. It ends when its input does, so it never outlives its parent. Before each document it sets a
timer of processor time whose signal kills: no regular expression, however bad, holds that up.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import resource
import select
import signal
import struct
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from bot.core.keys import sketch
from bot.core.sighting import FeedKind, Selectors, Sighting
from bot.drawing import picture
from bot.sources.document import Parsed, Unreadable, entry, head, written
from bot.sources.feed import parse
from bot.sources.inflate import unpacked
from bot.sources.own_page import read_own_page
from bot.sources.packing import Packing

NO_MEMORY = 77
"""The exit code of a process that ran into its memory bound."""
_PIECE = 65_536
"""Bytes of an answer that are read in one go."""
_HELD = 0.05
"""Seconds that an answer waits for the next one where more documents wait already: each wakes the reader once more."""


def main() -> None:
    """Serve until the input ends. Arguments: seconds of processor time a document, megabytes of memory, the tally."""
    gc.freeze()
    gc.enable()
    confine(int(sys.argv[2]))
    try:
        serve(float(sys.argv[1]), int(sys.argv[3]))
    except MemoryError:
        os._exit(NO_MEMORY)
    os._exit(0)  # taking everything down one by one takes 4 ms


def serve(seconds: float, counts: int) -> None:
    """Read one document after the other; count each that is begun, as a byte for a file descriptor."""
    # Nothing is read ahead, so that what waits can be seen from outside.
    source = io.BufferedReader(io.FileIO(0, closefd=False), 1)
    sink = os.fdopen(os.dup(1), "wb", buffering=_PIECE)
    tally, waits = _tally(counts), select.poll()
    waits.register(0, select.POLLIN)
    told = time.monotonic()
    while (request := read_frame(source)) is not None:
        body = read_frame(source)
        if body is None:
            return
        tally.write(b".")
        answer(sink, json.loads(request), body, seconds)
        if not waits.poll(0) or time.monotonic() - told > _HELD:
            sink.flush()
            told = time.monotonic()
        # Parsers leave rings behind. What was there before the document is frozen, so this takes no time, and an idle
        # process stays small; what is there now are the modules that the document needed.
        del request, body
        gc.collect()
        gc.freeze()


def _tally(counts: int) -> io.FileIO:
    """Give where what is begun is counted; whatever prints must spoil neither that nor the frames."""
    tally = io.FileIO(os.dup(counts), "w")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    return tally


def confine(megabytes: int) -> None:
    """Bound the address space, write no files, and be the first to go when the machine's memory is short."""
    size, resident = memory()
    limit = size - resident + megabytes * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def memory() -> tuple[int, int]:
    """Give this process's address space, and how much of it is in memory, in bytes.

    Where the system does not tell, there is more of the one, and the limit less tight.
    """
    with contextlib.suppress(OSError, ValueError, IndexError):
        pages = Path("/proc/self/statm").read_text().split()
        return int(pages[0]) * resource.getpagesize(), int(pages[1]) * resource.getpagesize()
    return 400_000_000, 30_000_000


def answer(sink: BinaryIO, request: dict[str, Any], body: bytes, seconds: float) -> None:
    """Read one document inside its bounds and write what was found; it may stay in the buffer."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    frames = [draw(request["formulas"])] if "formulas" in request else read(body, request)
    signal.setitimer(signal.ITIMER_PROF, 0)
    sink.writelines(struct.pack(">I", len(frame)) + frame for frame in frames)


def read(body: bytes, request: dict[str, Any]) -> list[bytes]:
    """Parse, and write the answer as frames: lists that together hold the head, then the sightings."""
    try:
        parsed = _parse(body, request)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a stranger's bytes found a fault in a parser: that feed's trouble alone
        parsed = Unreadable("poisoned", f"reading it failed ({type(error).__name__})")
    sightings = parsed.sightings if isinstance(parsed, Parsed) else ()
    return _lists([_bytes(written(head(parsed))), *(_bytes(entry(_sketched(sighting))) for sighting in sightings)])


def _lists(items: Iterable[bytes]) -> list[bytes]:
    """Put items into lists that are no longer than is read in one go, unless one alone is."""
    lists: list[list[bytes]] = []
    size = _PIECE
    for item in items:
        size += len(item)
        if size >= _PIECE:
            lists.append([])
            size = len(item)
        lists[-1].append(item)
    return [b"[%b]" % b",".join(each) for each in lists]


def _parse(body: bytes, request: dict[str, Any]) -> Parsed | Unreadable:
    content_type, url = str(request["content_type"]), str(request["url"])
    document = unpacked(body, Packing(request["packing"], request["most"]))
    if isinstance(document, Unreadable):
        return document
    if "own_page" in request:
        return read_own_page(document, content_type, url)
    return parse(
        document,
        content_type,
        url,
        dict.fromkeys(request["known"].split()),
        kind=FeedKind(request["kind"]),
        selectors=Selectors(**request["selectors"]),
    )


def draw(formulas: Sequence[str]) -> bytes:
    """Draw formulas; no bytes where none of them can be drawn."""
    return picture(formulas) or b""


def _sketched(sighting: Sighting) -> Sighting:
    """Add what identity needs of the text: here it costs the event loop nothing."""
    return replace(sighting, sketch=sketch(sighting.doc, sighting.summary))


def _bytes(text: str) -> bytes:
    # Lone surrogates, which JSON allows and UTF-8 does not, become question marks.
    return text.encode("utf-8", "replace")


def read_frame(source: BinaryIO) -> bytes | None:
    """Read a frame; None where the input has ended."""
    size = source.read(4)
    if len(size) < 4:  # noqa: PLR2004 -- what ">I" takes
        return None
    return source.read(struct.unpack(">I", size)[0])


if __name__ == "__main__":
    main()
