"""Decompression that cannot be made to run away: bounded output and members. Runs in the reading process (``child``).

There a bomb meets a bound of memory and a timer that kills, and costs the event loop nothing.
"""

from __future__ import annotations

import importlib
import re
import zlib
from typing import Final, Protocol

from bot.core.trouble import TroubleName
from bot.sources.document import Unreadable
from bot.sources.packing import Packing

_PIECE: Final = 65_536
"""Bytes that one step takes: whatever follows the end of a member is copied with it."""
_MEMBERS: Final = 1000
_GZIP: Final = 16 + zlib.MAX_WBITS
_ZEROS: Final = re.compile(rb"\0*")


class _Engine(Protocol):
    """What unpacks one member; ``unused_data`` is what followed its end."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class Library(Protocol):
    """What makes such engines: ``zlib``, or a module with its interface."""

    @property
    def error(self) -> type[Exception]:
        """What it raises for bytes that are no such format."""
        ...

    def decompressobj(self, wbits: int, /) -> _Engine:
        """Make an engine for a format."""
        ...


def quickest() -> Library:
    """Give ISA-L where it is installed, else zlib: 0.24 ms for 160 KB of feed instead of 0.63 (docs/adr/0018)."""
    try:
        library: Library = importlib.import_module("isal.isal_zlib")
    except ImportError:
        return zlib
    return library


LIBRARY: Final = quickest()


class _BrokenError(Exception):
    """The bytes are not what they are called, or cost more to unpack than they are worth."""


def unpacked(body: bytes, packing: Packing, library: Library = LIBRARY) -> bytes | Unreadable:
    """Unpack a body; Unreadable where it is damaged, breaks off, or is larger than it may be.

    gzip may have up to 1,000 members and zeros between them; deflate comes with its zlib header or, from some servers,
    without. Junk behind the end is left alone, as every browser does.
    """
    if not packing.kind:
        return body
    try:
        parts = _unpack(body, packing, library)
    except _BrokenError as error:
        return Unreadable(TroubleName.BROKEN_ANSWER, f"the answer cannot be unpacked: {error}")
    except library.error:
        # Whose words would be others on other machines.
        return Unreadable(TroubleName.BROKEN_ANSWER, f"the answer cannot be unpacked: damaged, or no {packing.kind}")
    if parts is None:
        return Unreadable(TroubleName.TOO_BIG, f"more than {packing.most / 1e6:g} MB")
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _unpack(body: bytes, packing: Packing, library: Library) -> list[bytes] | None:
    """Give the pieces of a document; None as soon as they are more than they may be."""
    parts: list[bytes] = []
    left, at, members = packing.most, 0, 0
    while _goes_on(body, at, members, packing.kind):
        engine = library.decompressobj(_window(body, at, packing.kind))
        while not engine.eof:
            if at >= len(body):
                # Half a document would look as if posts had vanished.
                msg = "the compressed answer breaks off"
                raise _BrokenError(msg)
            piece = body[at : at + _PIECE]
            # With room for one byte too many, nothing that may be had stays inside: ISA-L would not tell that it does.
            part = engine.decompress(piece, left + 1)
            left -= len(part)
            if left < 0:
                return None
            parts.append(part)
            at += len(piece)
        at -= len(engine.unused_data)
        at, members = _behind_zeros(body, at), members + 1
    return parts


def _goes_on(body: bytes, at: int, members: int, kind: str) -> bool:
    """Tell whether there is a member, the first or a further one, at a place."""
    if not members:
        return bool(body)
    if kind != "gzip" or not body.startswith(b"\x1f", at):
        return False
    if members >= _MEMBERS:
        msg = f"more than {_MEMBERS} gzip members"
        raise _BrokenError(msg)
    return True


def _behind_zeros(body: bytes, at: int) -> int:
    """Give the place behind what archives are padded with."""
    found = _ZEROS.match(body, at)
    return found.end() if found else at


def _window(body: bytes, at: int, kind: str) -> int:
    """Give the number by which zlib's interface tells formats apart."""
    if kind == "gzip":
        return _GZIP
    # A zlib header is told from raw deflate by its checksum (RFC 1950, section 2.2).
    wrapped = body[at] % 16 == zlib.DEFLATED and int.from_bytes(body[at : at + 2], "big") % 31 == 0
    return zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS
