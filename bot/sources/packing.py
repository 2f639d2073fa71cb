"""How a document is packed on its way here: what is asked for, and how the process that unpacks it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ACCEPTED: Final = "gzip, deflate"
"""Brotli and zstd save a feed little and are two more decoders to trust."""
_KINDS: Final = {"": "", "identity": "", "gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate", "x-deflate": "deflate"}


@dataclass(frozen=True, slots=True)
class Packing:
    """What a body has to be freed from. ``kind`` is ``gzip``, ``deflate`` or nothing.

    ``most`` is how many bytes it may have after that.
    """

    kind: str = ""
    most: int = 10_000_000


PLAIN: Final = Packing()


class StrangePackingError(Exception):
    """The server packs in a way that was never asked for."""


def kind_of(encoding: str) -> str:
    """Name the packing that a Content-Encoding means. Raises StrangePackingError for one that was not asked for."""
    named = encoding.strip().lower()
    if named not in _KINDS:
        msg = f"the server sent {named.removeprefix('x-')[:40]!r}, which was not asked for"
        raise StrangePackingError(msg)
    return _KINDS[named]
