"""Unpacking, by ISA-L and by zlib: the same of whatever is whole, a failure of whatever is damaged, bounds always."""

from __future__ import annotations

import gzip
import sys
import zlib
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sources.document import Unreadable
from bot.sources.inflate import LIBRARY, Library, quickest, unpacked
from bot.sources.packing import PLAIN, Packing, StrangePackingError, kind_of

isal: Any = pytest.importorskip("isal.isal_zlib", reason="there is no ISA-L for this machine")
LIBRARIES: dict[str, Library] = {"isal": isal, "zlib": zlib}
TEXTS = st.binary(max_size=300) | st.builds(
    lambda piece, times: piece * times, st.binary(min_size=1, max_size=40), st.integers(1, 20_000)
)
WINDOWS = {"gzip": ("gzip", 31), "zlib": ("deflate", 15), "raw": ("deflate", -15)}


@st.composite
def packed(draw: st.DrawFn, formats: tuple[str, ...] = ("gzip", "zlib", "raw")) -> tuple[str, bytes, bytes]:
    """Pack something, perhaps in several blocks; give the kind, the bytes, and what is in them."""
    kind, window = WINDOWS[draw(st.sampled_from(formats))]
    parts = draw(st.lists(TEXTS, max_size=3))
    packer = zlib.compressobj(draw(st.integers(0, 9)), zlib.DEFLATED, window, 8, draw(st.integers(0, 4)))
    mode = draw(st.sampled_from([zlib.Z_NO_FLUSH, zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH]))
    body = b"".join([*(packer.compress(part) + packer.flush(mode) for part in parts), packer.flush()])
    return kind, body, b"".join(parts)


def both(body: bytes, kind: str, most: int = 10_000_000) -> tuple[bytes | Unreadable, bytes | Unreadable]:
    """Unpack with each."""
    return unpacked(body, Packing(kind, most), isal), unpacked(body, Packing(kind, most), zlib)


@given(packed(), st.sampled_from([b"", b"\0", b"\0" * 70_000, b"junk", b"\0junk\x1f\x8b"]))
@settings(max_examples=60)
def test_what_is_whole_is_read_by_both(made: tuple[str, bytes, bytes], behind: bytes) -> None:
    """Also where zeros or junk follow, as behind many an archive."""
    kind, body, inside = made
    assert both(body + behind, kind) == (inside, inside)


@given(st.lists(packed(("gzip",)), min_size=1, max_size=4), st.integers(0, 3))
@settings(max_examples=30)
def test_members_make_one_document(made: list[tuple[str, bytes, bytes]], zeros: int) -> None:
    """A gzip may be written in pieces, and padded between them."""
    body, inside = (bytes(zeros).join(each[1] for each in made), b"".join(each[2] for each in made))
    assert both(body, "gzip") == (inside, inside)


@given(packed(), st.data())
@settings(max_examples=60)
def test_what_breaks_off_is_refused_by_both(made: tuple[str, bytes, bytes], data: st.DataObject) -> None:
    """Half a document would look as if posts had vanished; of nothing at all nothing is missing."""
    kind, body, _ = made
    cut = body[: data.draw(st.integers(0, len(body) - 1))]
    for found in both(cut, kind):
        assert found == b"" if not cut else isinstance(found, Unreadable) and found.name == "broken_answer"


@given(packed(("gzip", "zlib")), st.data())
@settings(max_examples=100)
def test_what_is_damaged_is_refused_by_both(made: tuple[str, bytes, bytes], data: st.DataObject) -> None:
    """A checksum is checked. In a header there are bits that mean nothing, which one of them minds."""
    kind, body, inside = made
    at = data.draw(st.integers(10 if kind == "gzip" else 2, len(body) - 1))
    hurt = body[:at] + bytes([body[at] ^ 1 << data.draw(st.integers(0, 7))]) + body[at + 1 :]
    quick, thorough = both(hurt, kind)
    assert isinstance(quick, Unreadable) == isinstance(thorough, Unreadable)
    assert thorough == inside or isinstance(thorough, Unreadable)
    assert quick == inside or isinstance(quick, Unreadable)


@given(packed(("raw",)), st.data())
@settings(max_examples=100)
def test_damage_without_a_checksum_is_read_alike_or_refused(
    made: tuple[str, bytes, bytes], data: st.DataObject
) -> None:
    """What zlib reads, ISA-L reads as the same; it may read what zlib finds odd."""
    kind, body, _ = made
    at = data.draw(st.integers(0, len(body) - 1))
    hurt = body[:at] + bytes([data.draw(st.integers(0, 255))]) + body[at + 1 :]
    quick, thorough = both(hurt, kind)
    assert quick == thorough or isinstance(thorough, Unreadable)


@given(st.sampled_from(["gzip", "deflate"]), st.binary(max_size=200))
@settings(max_examples=60)
def test_noise_is_one_kind_of_failure(kind: str, noise: bytes) -> None:
    """Nothing raises, and nothing grows over its bound."""
    for found in both(b"\x1f\x8b\x08\0" + noise if kind == "gzip" else noise, kind, 1000):
        assert found.name in {"broken_answer", "too_big"} if isinstance(found, Unreadable) else len(found) <= 1000


@given(packed(), st.integers(-2, 2))
@settings(max_examples=60)
def test_the_bound_is_what_comes_out(made: tuple[str, bytes, bytes], more: int) -> None:
    """To the byte, whichever unpacks."""
    kind, body, inside = made
    most = max(0, len(inside) + more)
    found = inside if most >= len(inside) else Unreadable("too_big", f"more than {most / 1e6:g} MB")
    assert both(body, kind, most) == (found, found)


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_bomb_is_left_before_it_goes_off(name: str) -> None:
    """A thousand times its size never stands in memory: no call may give more than the rest of what is allowed."""
    asked: list[int] = []

    class Engine:
        def __init__(self, window: int) -> None:
            self._engine = LIBRARIES[name].decompressobj(window)

        eof = property(lambda self: self._engine.eof)
        unused_data = property(lambda self: self._engine.unused_data)

        def decompress(self, data: bytes, length: int) -> bytes:
            asked.append(length)
            return self._engine.decompress(data, length)

    class Watched:
        error = LIBRARIES[name].error
        decompressobj = Engine

    bomb = gzip.compress(bytes(50_000_000), 9)
    found = unpacked(gzip.compress(b"x" * 1000) + bomb, Packing("gzip", 1_000_000), Watched())
    assert found == Unreadable("too_big", "more than 1 MB")
    assert asked == [1_000_001, 999_001]


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_thousand_members_are_enough(name: str) -> None:
    """Each costs its start."""
    whole = unpacked(gzip.compress(b"x") * 1000, Packing("gzip"), LIBRARIES[name])
    assert whole == b"x" * 1000
    found = unpacked(gzip.compress(b"x") * 1001, Packing("gzip"), LIBRARIES[name])
    assert found == Unreadable("broken_answer", "the answer cannot be unpacked: more than 1000 gzip members")


@pytest.mark.parametrize("name", LIBRARIES)
def test_the_cause_is_the_same_on_every_machine(name: str) -> None:
    """It is neither library's number of an error."""
    found = unpacked(b"this is no gzip", Packing("gzip"), LIBRARIES[name])
    assert found == Unreadable("broken_answer", "the answer cannot be unpacked: damaged, or no gzip")


def test_zlib_unpacks_where_there_is_nothing_quicker() -> None:
    """Machines for which ISA-L is not built read the same feeds."""
    assert LIBRARY is quickest() is isal
    with patch.dict(sys.modules, {"isal": None, "isal.isal_zlib": None}):
        assert quickest() is zlib


def test_encodings_have_one_name_each() -> None:
    """Old names and capitals are those of RFC 9110; what was not asked for is refused by its name."""
    said = ["", "identity", "GZip", "x-gzip", " deflate "]
    assert [kind_of(each) for each in said] == ["", "", "gzip", "gzip", "deflate"]
    assert unpacked(b"as it is", PLAIN) == b"as it is"
    with pytest.raises(StrangePackingError, match="'br', which was not asked for"):
        kind_of("br")
