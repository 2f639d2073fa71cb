"""What the reading process found in a document, and its form on the way back: JSON, never pickle.

The process that reads has swallowed a stranger's bytes, so nothing that it says may be more than plain values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from bot.core.sighting import Sighting
from bot.reading.doc import from_json, to_text

Plain: TypeAlias = dict[str, Any]
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_PLAIN: Final = [field.name for field in fields(Sighting) if field.name not in {"doc", "summary"}]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A well-formed document. ``ttl`` is seconds; hours are 0-23 UTC, days 0-6 from Monday.

    ``known`` are the places and names of slices that were known, so that they were not read again.
    """

    sightings: tuple[Sighting, ...] = ()
    known: tuple[tuple[int, str], ...] = ()
    title: str = ""
    home: str = ""
    language: str = ""
    ttl: float | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    next_page: str = ""
    """Where a listing page goes on."""
    is_cut: bool = False
    """Whether the document breaks off: the entry that it ends in was not read, and others may follow."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """No feed: the failure's stable name and its cause in one line. ``feeds`` are those that a web page names."""

    name: str
    cause: str
    feeds: tuple[str, ...] = ()


def head(parsed: Parsed | Unreadable) -> Plain:
    """Write everything but the sightings."""
    if isinstance(parsed, Unreadable):
        return {"failed": asdict(parsed)}
    plain = {field.name: getattr(parsed, field.name) for field in fields(Parsed) if field.name != "sightings"}
    plain["skip_hours"] = sorted(parsed.skip_hours)
    plain["skip_days"] = sorted(parsed.skip_days)
    plain["known"] = _row(parsed.known)
    return {"head": plain, "count": len(parsed.sightings)}


def read_head(plain: Mapping[str, Any]) -> Parsed | Unreadable:
    """Read what ``head`` wrote; raises KeyError, TypeError or ValueError for anything else."""
    if "failed" in plain:
        failed = plain["failed"]
        return Unreadable(str(failed["name"]), str(failed["cause"]), tuple(map(str, failed["feeds"])))
    values = dict(plain["head"])
    values["skip_hours"] = frozenset(values["skip_hours"])
    values["skip_days"] = frozenset(values["skip_days"])
    values["known"] = tuple([(place, name) for place, name in enumerate(str(values["known"]).split(" ")) if name])
    return Parsed(**values)


def _row(known: Sequence[tuple[int, str]]) -> str:
    """Write names in a row, with nothing at a place that has none: fifty pairs of JSON take 20 us to be read."""
    names = dict(known)
    return " ".join([names.get(place, "") for place in range(max(names, default=-1) + 1)])


def entry(sighting: Sighting) -> str:
    """Write one sighting as JSON."""
    plain = {name: getattr(sighting, name) for name in _PLAIN}
    plain["published"] = sighting.published and sighting.published.timestamp()
    plain["updated"] = sighting.updated and sighting.updated.timestamp()
    return f'{written(plain)[:-1]},"doc":{to_text(sighting.doc)},"summary":{to_text(sighting.summary)}}}'


def written(plain: Plain) -> str:
    """Write as JSON, as short as it can be."""
    return _ENCODER.encode(plain)


def read_entry(plain: Mapping[str, Any]) -> Sighting:
    """Read what ``entry`` wrote; raises KeyError, TypeError or ValueError for anything else."""
    values = dict(plain)
    for name in ("doc", "summary"):
        values[name] = from_json(values[name])
    for name in ("published", "updated"):
        values[name] = None if values[name] is None else datetime.fromtimestamp(values[name], UTC)
    for name in ("tags", "authors"):
        values[name] = tuple(values[name])
    return Sighting(**values)


def with_sightings(parsed: Parsed, sightings: tuple[Sighting, ...]) -> Parsed:
    """Put a head and its sightings together."""
    return replace(parsed, sightings=sightings)
