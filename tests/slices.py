"""The quick way to the entries of a feed that are not known, with its proof."""

from __future__ import annotations

from collections.abc import Collection

from bot.sources import slices
from bot.sources.slices import Short, is_well_cut


def shorten(document: bytes, url: str, known: Collection[str]) -> Short | None:
    """Do what a reader does that does not prove by its reading what it is given."""
    short = slices.shorten(document, url, known)
    return short if short is not None and is_well_cut(*short) else None
