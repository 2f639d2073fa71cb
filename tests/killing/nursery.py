"""Starts the real program cheaply: a process that has everything imported, and forks for each start.

The child is a real process with its own pid, killed with SIGKILL, and runs ``bot.cli.main`` as ``python -m bot`` does;
it only does not import everything and read the catalogues first, which takes a second. Two things are other than in a
fresh process: the failpoint is read from the environment after the fork, and the platforms' rate limits are lifted,
since a thousand kills at the real limits would take days.

One line of JSON comes in for each start (``argv``, ``cwd``, ``env``, ``log``, and ``main``: a module with another
``main``), and two go out: the pid, and, once the child has ended, its exit code (negative: the signal). Between them
the nursery waits for a line, so that the pid is still the child's when the other side takes hold of it.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
from typing import Any
from unittest.mock import patch

from bot import app, check, cli, failpoint, i18n, platforms
from bot.core.ports import Limits, Window
from bot.platforms.discord import allowance
from bot.platforms.discord.platform import Discord
from bot.platforms.discord.rest import Rest
from bot.platforms.telegram import platform as telegram
from tests.killing import naive

PRELOADED = (app, check)
MAINS = {"bot.cli": cli.main, "tests.killing.naive": naive.main}
FREE = Window(100_000, 1.0)


def main() -> None:
    """Serve until the input ends."""
    _preload()
    _say("ready")
    for line in iter(sys.stdin.readline, ""):
        pid = os.fork()
        if pid == 0:
            _become(json.loads(line))
        _say(pid)
        sys.stdin.readline()
        _, status = os.waitpid(pid, 0)
        _say(os.waitstatus_to_exitcode(status))


def _say(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def _preload() -> None:
    for language in i18n.LANGUAGES:
        i18n.load(language)
    patch.object(telegram, "FREE", FREE).start()
    patch.dict(telegram.PLACES, clear=True).start()
    patch.object(Discord, "limits", Limits((FREE,), {})).start()
    patch.object(Rest.__init__, "__defaults__", (allowance.Allowance(FREE, FREE),)).start()
    patch.object(platforms, "NAMES", tuple({**dict.fromkeys(platforms.NAMES), "discord": None})).start()
    gc.freeze()


def _become(order: dict[str, Any]) -> None:
    """Be the program."""
    code = 70
    try:
        sink = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        os.environ.update(order["env"])
        os.chdir(order["cwd"])
        sys.argv[1:] = order["argv"]
        importlib.reload(failpoint)
        MAINS[order["main"]]()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
