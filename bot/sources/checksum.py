"""Two checksums of different making, 64 bits together, which no accident deceives.

Who makes bytes that look like other ones deceives nobody but the readers of this very feed. ISA-L takes 0.05 ms for
160 KB, SHA-256 0.13 where the processor has instructions for it, and 0.4 where it has none.
"""

from __future__ import annotations

try:
    from isal.isal_zlib import adler32, crc32
except ImportError:  # there is no build of it for this machine
    from zlib import adler32, crc32

__all__ = ["adler32", "crc32"]
