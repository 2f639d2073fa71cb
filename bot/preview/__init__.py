"""``incoming preview``: what a source's newest posts would look like, in the terminal, as JSON or as a page."""

from bot.preview.page import ROOMS, page, save
from bot.preview.samples import MOST_BYTES, Sample, preview, previews, read_posts, written

__all__ = ["MOST_BYTES", "ROOMS", "Sample", "page", "preview", "previews", "read_posts", "save", "written"]
