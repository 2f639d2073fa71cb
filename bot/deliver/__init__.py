"""The loop that sends: claim -> send -> record, in order per chat, inside the platform's limits."""

from bot.deliver.expanding import Expander
from bot.deliver.lane import Lane
from bot.deliver.writer import Write, Writer

__all__ = ["Expander", "Lane", "Write", "Writer"]
