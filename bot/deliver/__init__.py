"""The loop that sends: claim -> send -> record, in order per chat, inside the platform's limits."""

from bot.deliver.lane import Lane
from bot.deliver.writer import Write, Writer

__all__ = ["Lane", "Write", "Writer"]
