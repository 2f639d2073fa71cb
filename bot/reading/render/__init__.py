"""A Doc in a platform's terms: flattened into text with styled ranges, then split and, where needed, marked up."""

from bot.reading.render.flat import Flat, Span, Style, join, split
from bot.reading.render.markup import Dialect, markup
from bot.reading.render.writer import flatten

__all__ = ["Dialect", "Flat", "Span", "Style", "flatten", "join", "markup", "split"]
