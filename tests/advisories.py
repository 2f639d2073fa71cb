"""The lock against docs/advisories.md: ``python -m tests.advisories``, for where no advisory service can be asked."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.image.sbom import LOCK, python_packages

LIST: Final = Path(__file__).resolve().parents[1] / "docs" / "advisories.md"
_ROW: Final = re.compile(r"^\| ([a-z][\w.-]*) \| (\d[\d.]*) \| ([^|]+) \|", re.MULTILINE)


def listed() -> Sequence[tuple[str, str, str]]:
    """Give the list's rows: a library, the version that mends it, and the advisories."""
    return [(name, version, ids.strip()) for name, version, ids in _ROW.findall(LIST.read_text(encoding="utf-8"))]


def locked() -> Mapping[str, str]:
    """Give the versions that the lock names."""
    return {each["name"]: each["version"] for each in python_packages(LOCK.read_text(encoding="utf-8"))}


def behind(versions: Mapping[str, str]) -> Sequence[str]:
    """Say which of some libraries are older than what mends them; one that is not there is no trouble."""
    return [
        f"{name} {versions[name]}: {ids}; take {mended} or newer"
        for name, mended, ids in listed()
        if name in versions and _order(versions[name]) < _order(mended)
    ]


def _order(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))


def main() -> None:
    """Print what is behind; exit 1 where something is."""
    found = behind(locked())
    sys.stdout.write(
        ("\n".join(found) or f"nothing of docs/advisories.md ({len(listed())} lines) concerns the lock") + "\n"
    )
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
