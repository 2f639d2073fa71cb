"""Sketches of texts, each made once, as the processes that parse make them; ``keys.sketch`` is what costs most."""

from __future__ import annotations

from dataclasses import replace

from bot.core.keys import sketch
from bot.core.models import Sighting
from bot.reading.doc import Doc


class Sketches:
    """The sketches by the identity of the texts, which are kept so that it stays theirs."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, int], tuple[str, Doc, Doc]] = {}

    def add(self, item: Sighting) -> Sighting:
        """Give the entry with its sketch."""
        key = id(item.doc), id(item.summary)
        if key not in self._made:
            self._made[key] = sketch(item.doc, item.summary), item.doc, item.summary
        return replace(item, sketch=self._made[key][0])
