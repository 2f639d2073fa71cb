"""What the commands of the command line share: the options that most take, and how they begin."""

from __future__ import annotations

import asyncio
import gc
import math
import signal
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from bot.config import Config

Result = TypeVar("Result")
DEFAULT: Final = Path("config.toml")
_WHEREABOUTS: Final = {"database", "language", "timezone"}
"""Settings that give a bot nothing to do."""

config_option = click.option(
    "--config", "path", type=click.Path(path_type=Path), help="The configuration file (default: config.toml)."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class Seconds(click.FloatRange):
    """A number of seconds within bounds. Not ``nan``, which no bound keeps out."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read it."""
        if math.isnan(found := super().convert(value, param, ctx)):
            self.fail(f"{value} is no number of seconds", param, ctx)
        return found


def load(path: Path | None) -> Config:
    """Read the configuration: the file that is named, else ``config.toml`` where there is one, else none."""
    from bot.parts import load_config  # noqa: PLC0415 -- so that --help answers at once

    return load_config(path or (DEFAULT if DEFAULT.exists() else None))


def is_bare(config: Config, path: Path | None) -> bool:
    """Tell whether nothing says what to do: no file, and of the environment neither a feed nor a platform."""
    return path is None and not DEFAULT.exists() and not config.model_fields_set - _WHEREABOUTS


def complete(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a command's work to its end.

    What ``cli.main`` has loaded by now stays, so it is never searched for lost circles: 50 ms of a pass of ``once``.
    """
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
    return asyncio.run(work)


async def interrupted(work: Coroutine[Any, Any, Result]) -> Result:
    """Do work that SIGTERM ends as Ctrl-C does: by cancelling it, so that it can put in order what it has begun."""
    if threading.current_thread() is threading.main_thread():
        # Another thread hears no signals.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, signal.raise_signal, signal.SIGINT)
    return await work


async def until_told(work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Do work until SIGTERM or Ctrl-C, of which it is told by an event."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await work(stop)
