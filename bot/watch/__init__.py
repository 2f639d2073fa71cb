"""The loop that looks: fetch -> decide -> store."""

from bot.watch.loop import AT_ONCE, LONGEST_REST, STORE_PAUSE, Watch

__all__ = ["AT_ONCE", "LONGEST_REST", "STORE_PAUSE", "Watch"]
