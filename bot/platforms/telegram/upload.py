"""A request that carries a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

import aiohttp

from bot.platforms.telegram.form import form


@dataclass(frozen=True, slots=True)
class Upload:
    """Parameters, and a PNG under the name by which one of them says ``attach://name``."""

    params: Mapping[str, object]
    name: str
    data: bytes

    def body(self) -> aiohttp.FormData:
        """Write it as a body of several parts; each attempt needs one of its own."""
        body = aiohttp.FormData(default_to_multipart=True)
        for name, value in parse_qsl(form(self.params), keep_blank_values=True):
            body.add_field(name, value)
        body.add_field(self.name, self.data, filename=f"{self.name}.png", content_type="image/png")
        return body
