"""Decompression that cannot be made to run away: bounded output, bounded steps, bounded gzip members.

Only gzip and deflate are asked for: brotli and zstd save a feed little and are two more decoders to trust.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

ACCEPTED = "gzip, deflate"
STEP = 262_144
"""Bytes that one step puts out at most, so that the caller can stop or yield between steps."""
_MEMBERS = 1000
_GZIP = 16 + zlib.MAX_WBITS


class BrokenCompressionError(Exception):
    """The bytes are not what Content-Encoding says, or cost more to unpack than they are worth."""


class Inflater:
    """Turns chunks as they came over the wire into chunks of the document. ``encoding`` is the Content-Encoding.

    gzip may have up to 1,000 members; deflate comes with its zlib header or, from some servers, without.
    Raises BrokenCompressionError for an encoding that was never asked for.
    """

    def __init__(self, encoding: str) -> None:
        self._kind = encoding.strip().lower().removeprefix("x-") or "identity"
        if self._kind not in {"identity", "gzip", "deflate"}:
            msg = f"the server sent {self._kind[:40]!r}, which was not asked for"
            raise BrokenCompressionError(msg)
        self._engine: zlib._Decompress | None = None
        self._ended = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Unpack a chunk, at most STEP bytes at a time. Raises BrokenCompressionError."""
        if self._kind == "identity":
            yield data
            return
        try:
            yield from self._unpack(data)
        except zlib.error as error:
            msg = str(error)
            raise BrokenCompressionError(msg) from None

    def finish(self) -> None:
        """Check that nothing is missing: half a document would look as if posts had vanished.

        Raises BrokenCompressionError.
        """
        if self._engine is not None:
            msg = "the compressed answer breaks off"
            raise BrokenCompressionError(msg)

    def _unpack(self, data: bytes) -> Iterator[bytes]:
        out = b""
        while data or len(out) == STEP:
            if self._engine is None:
                if self._after_the_end(data):
                    return
                self._engine = self._start(data)
            out = self._engine.decompress(data, STEP)
            yield out
            data = self._engine.unconsumed_tail
            if self._engine.eof:
                data = self._engine.unused_data.lstrip(b"\0")  # archives are padded with zeros
                self._engine = None
                self._ended += 1

    def _after_the_end(self, data: bytes) -> bool:
        """Tell whether what follows is junk to be left alone, as every browser does."""
        if self._ended > _MEMBERS:
            msg = f"more than {_MEMBERS} gzip members"
            raise BrokenCompressionError(msg)
        return not data or (self._ended > 0 and (self._kind == "deflate" or data[:1] != b"\x1f"))

    def _start(self, data: bytes) -> zlib._Decompress:
        if self._kind == "gzip":
            return zlib.decompressobj(_GZIP)
        # A zlib header is told from raw deflate by its checksum (RFC 1950, section 2.2).
        wrapped = data[0] % 16 == zlib.DEFLATED and int.from_bytes(data[:2], "big") % 31 == 0
        return zlib.decompressobj(zlib.MAX_WBITS if wrapped or len(data) == 1 else -zlib.MAX_WBITS)
