"""Starts the real program cheaply: a process that has everything imported, and forks for each start.

A child is a real process with its own pid, environment, folder and streams, and runs ``bot.cli.main`` to the
interpreter's own end as ``python -m bot`` does; it only does not import everything and read the catalogues first, which
takes nearly a second. The failpoint is read from the environment after the fork. ``tests.births`` is the other side.

An order is one message: ``argv``, ``cwd``, ``env``, ``main`` (the module whose ``main`` is run), ``free`` (the
platforms' rate limits are lifted, since a thousand kills at the real limits would take days), and beside it the file
descriptors for standard output and standard error. The answers are the pid, with a handle for signals beside it, and,
once the child has ended, its exit code (negative: the signal).
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import selectors
import socket
import sys
import time
from typing import Any
from unittest.mock import patch

from bot import app, check, cli, failpoint, i18n, ledger, lists, platforms, preview, setup, transfer
from bot.core.ports import Limits, Window
from bot.platforms.discord import allowance
from bot.platforms.discord.platform import Discord
from bot.platforms.discord.rest import Rest
from bot.platforms.telegram import platform as telegram

PRELOADED = (app, check, cli, ledger, lists, preview, setup, transfer)
FREE = Window(100_000, 1.0)
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
                if key.fileobj is not self._door:
                    self._bury(key.fd)
                elif (order := self._bear()) is not None:
                    return order

    def _bear(self) -> dict[str, Any] | None:
        asker, _ = self._door.accept()
        said, streams, _, _ = socket.recv_fds(asker, _LARGEST, 2)
        order: dict[str, Any] = json.loads(said)
        importlib.import_module(order["main"])
        pid = os.fork()
        if pid == 0:
            asker.close()
            self._leave(streams)
            return order
        for stream in streams:
            os.close(stream)
        handle = os.pidfd_open(pid)
        socket.send_fds(asker, [str(pid).encode()], [handle])
        self._living[handle] = pid, asker
        self._events.register(handle, selectors.EVENT_READ)
        return None

    def _bury(self, handle: int) -> None:
        pid, asker = self._living.pop(handle)
        self._events.unregister(handle)
        os.close(handle)
        _, status = os.waitpid(pid, 0)
        with asker:
            try:
                asker.send(str(os.waitstatus_to_exitcode(status)).encode())
            except OSError:  # a test that failed does not wait for its program
                return

    def _leave(self, streams: list[int]) -> None:
        """Let go of all that is the nursery's, and take the streams."""
        self._events.close()
        self._lifeline.close()
        self._door.close()
        for handle, (_, asker) in self._living.items():
            os.close(handle)
            asker.close()
        for number, stream in enumerate(streams, 1):
            os.dup2(stream, number)
            os.close(stream)
        # The nursery's own objects remember what stood behind these numbers.
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 -- as the interpreter opens it
        sys.stderr = open(2, "w", 1, errors="backslashreplace", closefd=False)  # noqa: SIM115 -- so, too


def preload() -> None:
    """Have at hand what each start needs."""
    for name in platforms.NAMES:
        platforms.load(name)
    for language in i18n.LANGUAGES:
        i18n.load(language)
    gc.collect()
    gc.freeze()


def lift_limits() -> None:
    """Let the platforms' limits be as good as none."""
    patch.object(telegram, "FREE", FREE).start()
    patch.dict(telegram.PLACES, clear=True).start()
    patch.object(Discord, "limits", Limits((FREE,), {})).start()
    patch.object(Rest.__init__, "__defaults__", (allowance.Allowance(FREE, FREE),)).start()
    patch.object(platforms, "NAMES", tuple({**dict.fromkeys(platforms.NAMES), "discord": None})).start()


def become(order: dict[str, Any]) -> None:
    """Be the program."""
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    os.chdir(order["cwd"])
    sys.argv[1:] = order["argv"]
    importlib.reload(failpoint)
    if order["free"]:
        lift_limits()
    importlib.import_module(order["main"]).main()


if __name__ == "__main__":
    preload()
    ordered = Nursery(*(socket.socket(fileno=int(number)) for number in sys.argv[1:3])).serve()
    if ordered is not None:
        become(ordered)
