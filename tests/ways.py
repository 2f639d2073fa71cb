"""How the nursery's children begin and end, and in which ways a start of the program may differ from another."""

from __future__ import annotations

import atexit
import ctypes
import fcntl
import functools
import gc
import importlib
import os
import resource
import sys
import termios
import threading
import time
from collections.abc import Callable
from typing import Any, Final
from unittest.mock import patch

from bot import app, check, cli, demo, failpoint, i18n, ledger, lists, platforms, preview, setup, transfer
from bot.core.ports import Limits, Window
from bot.platforms.discord import allowance
from bot.platforms.discord.platform import Discord
from bot.platforms.discord.rest import Rest
from bot.platforms.telegram import platform as telegram
from bot.sources import child
from bot.sources.process import Process
from bot.store import backup
from tests import births, forked

PRELOADED = (app, backup, check, child, cli, demo, ledger, lists, preview, setup, transfer)
FREE = Window(100_000, 1.0)
_CAPABILITIES: Final = 0x20080522
"""How the kernel calls the version of capabilities that have 64 bits."""
_OF_FILES: Final = 0b110
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH."""


@functools.cache
def preload(main: str) -> None:
    """Have at hand what each start needs."""
    importlib.import_module(main)
    for name in platforms.NAMES:
        platforms.load(name)
    for language in i18n.LANGUAGES:
        i18n.load(language)
    gc.collect()
    gc.freeze()


def live(order: dict[str, Any]) -> None:
    """Be the program, and end as it does."""
    try:
        _be(order)
    except SystemExit as told:
        if not isinstance(told.code, int):
            raise
        code = told.code
    else:
        code = 0
    _leave(code)


def _be(order: dict[str, Any]) -> None:
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    os.chdir(order["cwd"])
    sys.argv[1:] = order["argv"]
    importlib.reload(failpoint)
    births.share(order["door"])
    patch.object(Process, "start", forked.start).start()
    for way in order["ways"]:
        WAYS[way]()
    importlib.import_module(order["main"]).main()


def _leave(code: int) -> None:
    """End as the interpreter does: threads, exit functions, what was lost in circles (and complains), the streams."""
    threading._shutdown()  # type: ignore[attr-defined]  # the interpreter's own way, which typeshed leaves out
    atexit._run_exitfuncs()
    gc.collect()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _free() -> None:
    """Let the platforms' limits be as good as none: a thousand kills at the real ones would take days."""
    patch.object(telegram, "FREE", FREE).start()
    patch.dict(telegram.PLACES, clear=True).start()
    patch.object(Discord, "limits", Limits((FREE,), {})).start()
    patch.object(Rest.__init__, "__defaults__", (allowance.Allowance(FREE, FREE),)).start()
    patch.object(platforms, "NAMES", tuple({**dict.fromkeys(platforms.NAMES), "discord": None})).start()


def _session() -> None:
    """Belong to no terminal."""
    os.setsid()


def _terminal() -> None:
    """Belong to the terminal that is the input: Ctrl-C comes from there, and questions for secrets go there."""
    _session()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _humble() -> None:
    """Be a user like any other, whom files' permissions bind. Linux alone has these capabilities."""
    if os.geteuid() != 0:
        return
    libc, header, sets = ctypes.CDLL(None), (ctypes.c_uint32 * 2)(_CAPABILITIES, 0), (ctypes.c_uint32 * 6)()
    libc.capget(header, sets)
    # The lower halves of what is in force, of what may be, and of what is handed on.
    for number in range(3):
        sets[number] &= ~_OF_FILES
    libc.capset(header, sets)


def _full() -> None:
    """Write no file at all, as on a disk without room."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _closed(number: int, name: str) -> None:
    """Have no such stream; the interpreter says so in this way."""
    os.close(number)
    setattr(sys, name, None)


WAYS: Final[dict[str, Callable[[], None]]] = {
    "free": _free,
    "full": _full,
    "humble": _humble,
    "session": _session,
    "terminal": _terminal,
    "without stdin": functools.partial(_closed, 0, "stdin"),
    "without stdout": functools.partial(_closed, 1, "stdout"),
}
