"""What ``docker compose`` would do with our compose.yaml, for an engine that brings no compose.

It reads the file as it stands and refuses a key that it does not know: nothing that is written there goes untested.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).resolve().parents[2] / "compose.yaml"
_VARIABLE: Final = re.compile(r"\$\{(\w+):-(\w*)\}")
_PAIR: Final = re.compile(r"(\S+): *(.*)")


@dataclass(frozen=True, slots=True)
class Service:
    """The one service: single values, lists, and its environment."""

    values: Mapping[str, str]
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    logging: Mapping[str, str] = field(default_factory=dict)


def read(text: str) -> Service:
    """Read the service of a compose file as ours is written: two blanks a level."""
    values: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    tables: dict[str, dict[str, str]] = {"environment": {}, "logging": {}}
    above = ""
    for line in text.partition("  incoming:\n")[2].partition("\nvolumes:")[0].splitlines():
        said = line.strip()
        if not said or said.startswith("#"):
            continue
        pair = _PAIR.fullmatch(said)
        if line.startswith("      - "):
            lists.setdefault(above, []).append(said[2:])
        elif pair is None:
            msg = f"compose.yaml: not understood: {said}"
            raise ValueError(msg)
        elif line.startswith("      "):
            tables[above][pair[1]] = pair[2]
        elif pair[2].startswith("["):
            lists[pair[1]] = [each.strip(' "') for each in pair[2].strip("[]").split(",")]
        elif pair[2]:
            values[pair[1]] = pair[2]
        else:
            above = pair[1]
    return Service(values, lists, tables["environment"], tables["logging"])


def options(service: Service, shell: Mapping[str, str], volume: str) -> list[str]:
    """Give the words for ``docker run`` that stand for the service; ``shell`` is the environment of who calls."""
    values = dict(service.values)
    words = ["--restart", values.pop("restart"), "--memory", values.pop("mem_limit")]
    words += ["--stop-timeout", values.pop("stop_grace_period").rstrip("s")]
    words += ["--read-only"] if values.pop("read_only") == "true" else []
    lists = dict(service.lists)
    words += [word for each in lists.pop("cap_drop") for word in ("--cap-drop", each)]
    words += [word for each in lists.pop("security_opt") for word in ("--security-opt", each)]
    words += [word for each in lists.pop("volumes") for word in ("-v", each.replace("data:", f"{volume}:", 1))]
    logging = dict(service.logging)
    words += ["--log-driver", logging.pop("driver")]
    for pair in logging.pop("options").strip("{}").split(","):
        name, _, value = pair.strip().partition(": ")
        words += ["--log-opt", f"{name}={value.strip(chr(34))}"]
    for name, value in service.environment.items():
        words += ["-e", f"{name}={_VARIABLE.sub(lambda found: shell.get(found[1], found[2]), value)}"]
    # The image and how it is built are the caller's business.
    left = [*(set(values) - {"image", "build"}), *lists, *logging]
    if left:
        msg = f"compose.yaml: nothing is known of {', '.join(left)}"
        raise ValueError(msg)
    return words
