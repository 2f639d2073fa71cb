"""Kills the real program and counts what is lost and what is doubled: promise 1, measured.

python -m benchmarks.kills [--kills 1000] [--seed 0]
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.killing.campaign import Campaign
from tests.killing.judge import Verdict


async def _measure(kills: int, seed: int) -> tuple[Campaign, Verdict]:
    with tempfile.TemporaryDirectory() as folder:
        async with Campaign(Path(folder), seed).open() as campaign:
            return campaign, await campaign.go(kills, print)


def _table(campaign: Campaign, verdict: Verdict, seconds: float) -> Mapping[str, object]:
    return {
        "kills": verdict.kills,
        "of them with a request under way": verdict.in_window,
        "posts": campaign.published,
        "owed, in posts and paragraphs": verdict.owed,
        "silently lost": len(verdict.lost),
        "doubled outside the send window": len(verdict.doubled),
        "messages doubled on Discord": verdict.messages["discord"],
        "messages doubled on Telegram, in the send window": verdict.messages["telegram"],
        "posts reported as unconfirmed, Telegram": sum(chat.startswith("telegram") for chat, _ in verdict.posts),
        "posts reported as unconfirmed, Discord": sum(chat.startswith("discord") for chat, _ in verdict.posts),
        "chats out of order": len(verdict.disordered),
        "seconds": round(seconds),
    }


def main() -> None:
    """Run, and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    started = time.monotonic()
    campaign, verdict = asyncio.run(_measure(given.kills, given.seed))
    for name, value in _table(campaign, verdict, time.monotonic() - started).items():
        print(f"{name:<50} {value}")
    print("where:", ", ".join(f"{where} {count}" for where, count in sorted(campaign.kills.items())))
    for line in (verdict.lost + verdict.doubled + verdict.disordered)[:20]:
        print("  ", line)
    sys.exit(0 if verdict.good else 1)


if __name__ == "__main__":
    main()
