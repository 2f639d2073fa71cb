"""What an entry does not say, and what its own page says instead; pure."""

from __future__ import annotations

from dataclasses import replace
from enum import IntFlag

from bot.core.models import Sighting


class Lack(IntFlag):
    """What is missing. The numbers are stored with the post."""

    NOTHING = 0
    TITLE = 1
    TEXT = 2
    IMAGE = 4


def lacking(sighting: Sighting) -> Lack:
    """Tell what of title, text and image an entry lacks."""
    title = Lack.NOTHING if sighting.title else Lack.TITLE
    text = Lack.NOTHING if sighting.doc or sighting.summary else Lack.TEXT
    return title | text | (Lack.NOTHING if sighting.image else Lack.IMAGE)


def complete(sighting: Sighting, page: Sighting) -> Sighting:
    """Fill in what an entry lacks with what its page says; all that it has stays, its keys too."""
    lacks = lacking(sighting)
    return replace(
        sighting,
        title=page.title if Lack.TITLE in lacks else sighting.title,
        doc=page.doc if Lack.TEXT in lacks else sighting.doc,
        image=page.image if Lack.IMAGE in lacks else sighting.image,
    )
