"""The catalogues, as Babel reads them."""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

import bot


def catalogue(name: str) -> Catalog:
    """Read ``bot/locale/NAME.po``."""
    with (Path(bot.__file__).parent / "locale" / f"{name}.po").open("rb") as file:
        return read_po(file, abort_invalid=True)
