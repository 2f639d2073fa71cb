"""One entry of a feed in XML: what feedparser made of it, read into a Sighting."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.core.sighting import Sighting
from bot.reading.doc import Doc
from bot.sources import fields
from bot.sources.dates import from_struct, parse_date

Entry = Mapping[str, Any]
_TAGS = 4000
"""Tags of an entry that are looked at."""
_RDF = frozenset({"rss090", "rss10"})


def get(mapping: Entry, key: str) -> Any:
    """Read a plain key: feedparser's own lookup maps keys onto others, with warnings."""
    return dict.get(mapping, key) if isinstance(mapping, dict) else None


def title(thing: Entry) -> str:
    """Read a title, of an entry or of the feed, as the type says that it is written."""
    detail = get(thing, "title_detail") or {}
    return fields.title(get(thing, "title"), is_html=get(detail, "type") != "text/plain")


def read_entry(entry: Entry, position: int, base: str, language: str, version: str) -> Sighting:
    """Read an entry. ``version`` is feedparser's name of the format, ``base`` what relative addresses stand on."""
    # feedparser takes an identifier for a link where there is none; Atom's identifiers are no addresses.
    named = alternate(entry) if version.startswith("atom") else get(entry, "link")
    here = fields.link(get(entry, "feedburner_origlink"), base) or fields.link(named, base)
    doc, summary = fields.fullest([_text(part, here or base) for part in _texts(entry)])
    guid = fields.guid(get(entry, "id"))
    if version in _RDF and named in {None, "", guid}:
        guid = (
            None  # what RDF is about is its link, which says no more by being said twice, or is a name in the document
        )
    published, updated = _date(entry, "published"), _date(entry, "updated")
    return Sighting(
        guid=guid,
        link=here,
        title=title(entry),
        doc=doc,
        summary=summary,
        published=published or _date(entry, "created") or updated,
        updated=updated,
        tags=_tags(entry),
        authors=_authors(entry),
        image=_image(entry, here or base) or fields.first_image(doc),
        language=fields.line(get(get(entry, "title_detail") or {}, "language"), 20) or language,
        position=position,
    )


def alternate(thing: Entry) -> object:
    """Give the address of the page that shows the same, HTML before everything else."""
    links = [each for each in (get(thing, "links") or [])[:100] if get(each, "rel") == "alternate"]
    links.sort(key=lambda each: "html" not in str(get(each, "type")))
    return get(links[0], "href") if links else None


def _texts(entry: Entry) -> list[Entry]:
    """Give the entry's texts with their types: contents and summary."""
    return [
        *(get(entry, "content") or []),
        *([get(entry, "summary_detail")] if get(entry, "summary_detail") else []),
    ]


def _text(part: Entry, here: str) -> tuple[int, Doc]:
    """Turn one of them into a Doc. An ``xml:base`` of its own leads its links, else the entry's address does."""
    value, base = get(part, "value"), get(part, "base")
    own = fields.join(here, base) if isinstance(base, str) and base else here
    kind = str(get(part, "type") or "")
    return len(value or ""), fields.document(value, own, is_html=kind != "text/plain")


def _date(entry: Entry, name: str) -> datetime | None:
    written, parsed = get(entry, name), get(entry, f"{name}_parsed")
    if isinstance(parsed, datetime):
        return parsed
    return from_struct(parsed) or (parse_date(written) if isinstance(written, str) else None)


def _tags(entry: Entry) -> tuple[str, ...]:
    tags = get(entry, "tags") or []
    return fields.names(get(tag, "label") or get(tag, "term") for tag in tags[:_TAGS])


def _authors(entry: Entry) -> tuple[str, ...]:
    people = [get(person, "name") for person in (get(entry, "authors") or [])[:100]]
    return fields.names(people) or fields.names([get(entry, "author")])


def _files(entry: Entry) -> list[Entry]:
    return [each for each in (get(entry, "links") or [])[:100] if get(each, "rel") == "enclosure"]


def _image(entry: Entry, base: str) -> str | None:
    """Find the picture that the entry itself names, the largest kind first."""
    media = [each for each in (get(entry, "media_content") or [])[:20] if _is_image(each, "medium")]
    files = [{"url": get(each, "href")} for each in _files(entry) if _is_image(each, "rel")]
    named = [
        *media,
        *files,
        *(get(entry, "media_thumbnail") or [])[:5],
        {"url": get(get(entry, "image") or {}, "href")},
    ]
    return next((href for each in named if (href := fields.link(get(each, "url"), base))), None)


def _is_image(each: Entry, key: str) -> bool:
    return str(get(each, "type") or "").startswith("image/") or get(each, key) == "image"
