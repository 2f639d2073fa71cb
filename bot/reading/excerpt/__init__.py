"""The beginning of a text, cut where a reader would stop, and the title of a text that has none."""

from bot.reading.excerpt.taking import excerpt, first_clause

__all__ = ["excerpt", "first_clause"]
