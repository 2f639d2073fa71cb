"""What a saved image gives away to whoever has it: each of its layers, and what it says of itself."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Final

_PRIVATE: Final = {".env", "pip.conf", ".netrc", ".pypirc", "config.toml", "id_rsa", "id_ed25519"}
_TOKEN: Final = re.compile(
    rb"\b\d{8,10}:AA[\w-]{33}\b|\b[MN][A-Za-z\d]{23,25}\.[\w-]{6}\.[\w-]{27,}\b|-----BEGIN (?:\w+ )?PRIVATE KEY"
)
_BITE: Final = 1 << 20
_LONGEST: Final = 200
"""Bytes that two bites share: a token that begins in the one is whole in the other."""


def secrets(saved: Path) -> tuple[list[str], int]:
    """Name what is secret in a saved image; give that, and how many layers were looked into.

    Every layer counts, whatever a later one covers or removes; so does what is no layer: the image's environment, and
    the commands that made it.
    """
    found: list[str] = []
    layers = 0
    with tarfile.open(saved) as image:
        for member in image:
            file = image.extractfile(member)
            if file is None:
                continue
            if tarfile.is_tarfile(file):
                file.seek(0)
                layers += 1
                with tarfile.open(fileobj=file) as layer:
                    found += [f"{member.name}: {each}" for each in _within(layer)]
            elif _tells(file):
                found.append(f"{member.name}: a token")
    return found, layers


def _within(layer: tarfile.TarFile) -> Iterator[str]:
    """Name files that are meant for secrets, or that hold something like a token."""
    for member in layer:
        if _private(PurePosixPath(member.name)):
            yield member.name
        file = layer.extractfile(member) if member.isfile() else None
        if file is not None and _tells(file):
            yield f"{member.name}: a token"


def _private(name: PurePosixPath) -> bool:
    # What only says that a file of a layer below is gone holds nothing; the layer below is looked into.
    return not name.name.startswith(".wh.") and (
        name.name in _PRIVATE or name.suffix in {".env", ".db"} or "secrets" in name.parts[:2]
    )


def _tells(file: IO[bytes]) -> bool:
    file.seek(0)
    before = b""
    while bite := file.read(_BITE):
        if _TOKEN.search(before + bite):
            return True
        before = bite[-_LONGEST:]
    return False
