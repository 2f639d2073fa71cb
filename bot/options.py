"""What the commands of the command line share: the options that most take, and how they begin."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from bot.config import Config

Result = TypeVar("Result")
DEFAULT: Final = Path("config.toml")

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


def complete(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a command's work to its end."""
    return asyncio.run(work)
