"""An emulator without limits in a process of its own, for benchmarks: ``python -m benchmarks.emulator telegram``."""

from __future__ import annotations

import asyncio
import json
import sys

from tests.emulators.discord import Discord
from tests.emulators.telegram import Telegram

CHANNELS = range(100_000, 120_000)


async def _serve(name: str) -> None:
    server = Telegram() if name == "telegram" else Discord()
    async with server:
        if isinstance(server, Discord):
            for number in CHANNELS:
                server.world.add_channel(str(number))
        print(json.dumps({"base": server.base, "token": server.token}), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
