"""A post's HTML becomes a Doc: what a reader would read, in its order, without what surrounds it."""

from bot.reading.html.links import clean_link
from bot.reading.html.reader import to_doc

__all__ = ["clean_link", "to_doc"]
