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
        # What is empty is made anew each time, and is nobody's identity.
        key = (id(item.doc) if item.doc else 0), (id(item.summary) if item.summary else 0)
        if key not in self._made:
            self._made[key] = sketch(item.doc, item.summary), item.doc, item.summary
        return replace(item, sketch=self._made[key][0])
