"""Starts the real program cheaply: a process that has everything imported, and forks for each start.

A child is a real process with its own pid, environment, folder and streams, and runs ``bot.cli.main`` as ``python -m
bot`` does; the process in which it reads documents comes from here, too (``tests.forked``). Two things are spared: to
import everything and read the catalogues first, which takes more than a second, and to take it all apart at the end,
which copies the nursery's memory page by page, a tenth of one. ``tests.births`` is the other side, ``tests.ways`` what
a child does.

An order is one message: ``argv``, ``cwd``, ``env``, ``main`` (the module whose ``main`` is run), ``ways`` (in which the
start differs), and beside it the file descriptors for the streams: output and errors, before them the input where there
is one. The answers are the pid, with a handle for signals beside it, and, once the child has ended, its exit code
(negative: the signal).
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import selectors
import socket
import sys
from typing import Any

_LARGEST = 1 << 17
"""Bytes of an order."""


class Nursery:
    """Takes orders at ``door`` until ``lifeline`` ends, which is when whoever started it is gone."""

    def __init__(self, lifeline: socket.socket, door: socket.socket) -> None:
        self._lifeline = lifeline
        self._door = door
        self._events = selectors.DefaultSelector()
        self._living: dict[int, tuple[int, socket.socket]] = {}

    def serve(self) -> dict[str, Any] | None:
        """Take orders; give one in the child that is to fulfil it, and None in the nursery at the end."""
        for each in (self._lifeline, self._door):
            self._events.register(each, selectors.EVENT_READ)
        while True:
            for key, _ in self._events.select():
                if key.fileobj is self._lifeline:
                    return None
                if key.fileobj is self._door:
                    # Whoever comes in may be killed or stopped before they have said what they want.
                    self._events.register(self._door.accept()[0], selectors.EVENT_READ)
                elif isinstance(key.fileobj, int):
                    self._bury(key.fileobj)
                elif isinstance(key.fileobj, socket.socket) and (order := self._bear(key.fileobj)) is not None:
                    return order

    def _bear(self, asker: socket.socket) -> dict[str, Any] | None:
        self._events.unregister(asker)
        said, streams, _, _ = socket.recv_fds(asker, _LARGEST, 3)
        if not said:
            asker.close()
            return None
        order: dict[str, Any] = json.loads(said)
        importlib.import_module("tests.ways").preload(order["main"])
        pid = os.fork()
        if pid == 0:
            asker.close()
            order["door"] = self._door.getsockname()
            self._leave(streams)
            return order
        for stream in streams:
            os.close(stream)
        handle = os.pidfd_open(pid)
        with contextlib.suppress(OSError):  # killed meanwhile
            socket.send_fds(asker, [str(pid).encode()], [handle])
        self._living[handle] = pid, asker
        self._events.register(handle, selectors.EVENT_READ)
        return None

    def _bury(self, handle: int) -> None:
        pid, asker = self._living.pop(handle)
        self._events.unregister(handle)
        os.close(handle)
        _, status = os.waitpid(pid, 0)
        with asker, contextlib.suppress(OSError):  # a test that failed does not wait for its program
            asker.send(str(os.waitstatus_to_exitcode(status)).encode())

    def _leave(self, streams: list[int]) -> None:
        """Let go of all that is the nursery's, and take the streams."""
        for key in self._events.get_map().values():
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self._events.close()
        for handle, (_, asker) in self._living.items():
            os.close(handle)
            asker.close()
        for number, stream in enumerate(streams, 3 - len(streams)):
            os.dup2(stream, number)
            os.close(stream)
        # The nursery's own objects remember what stood behind these numbers. These are as the interpreter makes them.
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 -- stays open
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 -- stays open
        sys.stderr = open(2, "w", 1, errors="backslashreplace", closefd=False)  # noqa: SIM115 -- stays open


if __name__ == "__main__":
    ordered = Nursery(*(socket.socket(fileno=int(number)) for number in sys.argv[1:3])).serve()
    if ordered is not None:
        importlib.import_module("tests.ways").live(ordered)
