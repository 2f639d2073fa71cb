"""An emulator in a process of its own, for benchmarks: ``python -m benchmarks.emulator telegram``.

It has no limits; ``telegram-paid`` has those of ``allow_paid_broadcast``.
"""

from __future__ import annotations

import asyncio
import json
import sys

from tests.emulators.discord import Discord
from tests.emulators.telegram import Telegram
from tests.emulators.telegram_rules import Rate, Rates

CHANNELS = range(100_000, 120_000)
PAID = Rates(overall=Rate(1000, 1.0))


async def _serve(name: str) -> None:
    server = Discord() if name == "discord" else Telegram(rates=PAID if name == "telegram-paid" else None)
    async with server:
        if isinstance(server, Discord):
            for number in CHANNELS:
                server.world.add_channel(str(number))
        control = f"http://127.0.0.1:{server.port}/control"
        print(json.dumps({"base": server.base, "token": server.token, "control": control}), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
