"""RSS 0.9x, 1.0 (RDF), 2.0 and Atom 0.3, 1.0: what is plain at once, everything else through feedparser."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from bot.core.trouble import TroubleName
from bot.sources import fields
from bot.sources.charset import is_utf8_if_valid
from bot.sources.document import Parsed, Unreadable
from bot.sources.excess import ENTRIES, without_excess
from bot.sources.pages import is_page
from bot.sources.plainxml import Said, read_plain
from bot.sources.slices import Short, cut, is_well_cut, shorten
from bot.sources.unfinished import finished
from bot.sources.xmlentry import Entry, alternate, get, read_entry, title

_BEFORE = b"\xef\xbb\xbf \t\r\n\0"
_DECLARATION = re.compile(rb"\s*<\?xml\b[^>]*\?>")
# XML 1.0 forbids these; one of them would send the whole document to the slow, guessing parser.
_FORBIDDEN = bytes(code for code in range(32) if code not in {9, 10, 13})
_NO_CHARACTERS = re.compile(rb"\xef\xbf[\xbe\xbf]")
_ITEM = re.compile(rb"<(?:\w+:)?(?:item|entry)\b")
# Half characters, as programs write emoji that think in UTF-16: no XML, and feedparser breaks down over them.
_HALVES = re.compile(rb"(?:&#(?:[xX][dD][89a-fA-F][0-9a-fA-F]{2}|5[5-7]\d{3});)+")
_HALF = (b"&#5", b"&#xd", b"&#xD", b"&#XD")
# feedparser takes another scheme's address beside a link for the link itself.
_OTHER_LINK = re.compile(rb"""(<link)\s+uri=(?:"[^"<>]*"|'[^'<>]*')\s*>(?=\s*https?:)""")
_END = re.compile(rb"</(?:\w+:)?(?:item|entry)\s*>")
_HEAD = 200_000
_HOURS = re.compile(r"<skiphours>(.{0,2000}?)</skiphours>", re.IGNORECASE | re.DOTALL)
_DAYS = re.compile(r"<skipdays>(.{0,2000}?)</skipdays>", re.IGNORECASE | re.DOTALL)
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MINUTE = 60.0


def parse_xml(text: str, url: str, known: Collection[str] = frozenset()) -> Parsed | Unreadable | None:
    """Read a feed in XML, also a damaged one as far as it goes; None for what is no feed at all.

    Of one that breaks off, the entry that it ends in is not read (``Parsed.is_cut``). One that does so before the end
    of the first is Unreadable: that is not the same as an empty feed.

    ``known`` are the slices (``slices.Sliced.hashes``) that need not be read again.
    """
    return _parse(_joined(_bare(text.lstrip("\ufeff \t\r\n\0").encode("utf-8", "replace"))), url, known)


def _parse(encoded: bytes, url: str, known: Collection[str], *, is_closed: bool = False) -> Parsed | Unreadable | None:
    quick = shorten(encoded, url, known)
    if quick is not None and (parsed := _rest(quick, url, is_proved=False)) is not None:
        return parsed
    document = _NO_CHARACTERS.sub(b"", encoded.translate(None, _FORBIDDEN))
    sliced = cut(document, url)
    if sliced is not None and (parsed := _rest((sliced, *sliced.without(known)), url, is_proved=True)) is not None:
        return parsed
    # What was closed once may still not look closed, behind a remark that never ends.
    if sliced is None and not is_closed and (left := finished(document)) is not None:
        return _cut_off(_parse(left, url, known, is_closed=True))
    whole = _shortened(document)
    result = _read(whole)
    return _parsed(result, whole, url) if result.version or result.entries else None


def _cut_off(found: Parsed | Unreadable | None) -> Parsed | Unreadable | None:
    """Say of what was read that the document broke off after it."""
    if not isinstance(found, Parsed):
        return found
    if not found.sightings and not found.known:
        return Unreadable(TroubleName.NOT_A_FEED, "it begins like a feed, but breaks off before the end of an entry")
    return replace(found, is_cut=True)


def parse_rest(body: bytes, content_type: str, url: str, known: Collection[str]) -> Parsed | None:
    """Do what ``parse_xml`` does, without decoding what is known; None where that may have another outcome.

    What is known was text when it was read, so the whole is UTF-8 where the rest of it is.
    """
    if not known or not is_utf8_if_valid(body[:400], content_type):
        return None
    quick = shorten(_bare(body.lstrip(_BEFORE)), url, known)
    if quick is None or not _is_feed(quick[1]):
        return None
    return _rest(quick, url, is_proved=False)


def _is_feed(well_formed: bytes) -> bool:
    try:
        return not is_page(well_formed.decode())
    except UnicodeDecodeError:
        return False


def _bare(document: bytes) -> bytes:
    """Take the declaration off, which says how the document was encoded."""
    declaration = _DECLARATION.match(document)
    return document[declaration.end() :] if declaration else document


def _joined(document: bytes) -> bytes:
    """Put half characters together."""
    # One byte is found ten times as fast as three.
    if b"&" in document and any(mark in document for mark in _HALF):
        return _HALVES.sub(_character, document)
    return document


def _character(match: re.Match[bytes]) -> bytes:
    """Make characters of halves; what stays half is a replacement character."""
    units = [each[2:].decode() for each in match.group().split(b";")[:-1]]
    text = "".join(chr(int(unit[1:], 16) if unit[0] in "xX" else int(unit)) for unit in units)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _rest(left: Short, url: str, *, is_proved: bool) -> Parsed | None:
    """Read the entries that are not known; None where the reader sees others in what is left than the knife did."""
    sliced, short, places = left
    document = _linked(short)
    plain = read_plain(document)
    # What is plain is well-formed, and no entry of it has an odd one inside: that it could be read is the proof.
    if not is_proved and (plain is None or document != short) and not is_well_cut(*left):
        return None
    result = plain or _read_any(document)
    if not result.version or len(result.entries) != len(places):
        return None
    return _placed(_parsed(result, short, url), sliced.hashes, places)


def _read(document: bytes) -> Said:
    document = _linked(document)
    return read_plain(document) or _read_any(document)


def _linked(document: bytes) -> bytes:
    return _OTHER_LINK.sub(rb"\1>", document)


def _read_any(document: bytes) -> Said:
    from bot.sources.anyxml import read_any  # noqa: PLC0415 -- most processes never need feedparser

    return read_any(document)


def _placed(parsed: Parsed, names: tuple[str, ...], places: tuple[int, ...]) -> Parsed:
    """Give the entries that were read their places in the whole document, and name those that were not."""
    read = tuple(
        replace(sighting, position=(place := places[sighting.position]), slice=names[place])
        for sighting in parsed.sightings
    )
    new = frozenset(places)
    known = tuple([(place, name) for place, name in enumerate(names) if place not in new])
    return replace(parsed, sightings=read, known=known)


def _parsed(result: Said, document: bytes, url: str) -> Parsed:
    head = _head(document)
    days = _inside(_DAYS, head).lower()
    feed: Entry = result.feed
    home = fields.link(get(feed, "link") or alternate(feed), url) or ""
    language = fields.line(get(feed, "language"), 20)
    # Relative links in Atom stand on the document's own address, those in RSS, by custom, on the blog's.
    base = url if result.version.startswith("atom") and url else home or url
    found = [
        read_entry(entry, position, base, language, result.version)
        for position, entry in enumerate(result.entries[:ENTRIES])
    ]
    return Parsed(
        sightings=tuple(sighting for sighting in found if not fields.is_blank(sighting)),
        title=title(feed),
        home=home,
        language=language,
        ttl=_ttl(get(feed, "ttl")),
        skip_hours=frozenset(int(hour) % 24 for hour in re.findall(r"\b\d{1,2}\b", _inside(_HOURS, head))),
        skip_days=frozenset(number for number, day in enumerate(_WEEK) if day in days),
    )


def _shortened(document: bytes) -> bytes:
    """Leave entries out that nobody will read."""
    first = _ITEM.search(document)
    ends = [match.end() for match in _END.finditer(document)]
    starts = [first.start() if first else 0, *ends[:-1]]
    return without_excess(document, list(zip(starts, ends, strict=False)))[0]


def _head(document: bytes) -> str:
    """Give what stands before the first entry, where a feed speaks of itself."""
    item = _ITEM.search(document)
    return document[: min(item.start() if item else _HEAD, _HEAD)].decode("utf-8", "ignore")


def _inside(pattern: re.Pattern[str], head: str) -> str:
    match = pattern.search(head)
    return match.group(1) if match else ""


def _ttl(value: object) -> float | None:
    """Read minutes, as RSS gives them, to seconds."""
    text = value.strip() if isinstance(value, str) else ""
    return float(text[:6]) * _MINUTE if text.isascii() and text.isdigit() and int(text[:6]) > 0 else None
