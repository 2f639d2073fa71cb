"""What a notification says of one post."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import i18n
from bot.core import notice
from bot.core.models import Address, Chat, Notice, PlaceKind, Post
from bot.reading.html import to_doc
from bot.reading.text import plain
from bot.topics.match import Matcher
from tests.unit.fakes import NOW, RULES

CHAT = Chat(1, Address("telegram", "1001"), PlaceKind.PRIVATE, 1, language="en")


def said(html: str, title: str = "", chat: Chat = CHAT) -> Notice:
    """Write the notification of a post that is a minute old."""
    post = Post(7, 7, title, "https://blog.example/7", to_doc(html), published=NOW - timedelta(minutes=1))
    return notice.of_post(post, chat, None, words=i18n.load("en"), judge=Matcher(RULES), now=NOW)


@pytest.mark.parametrize(
    ("html", "title", "body"),
    [
        ("<p>Out for lunch.</p>", "Out for lunch", ""),
        ("<p>今天出门了。</p><p>下午回来。</p>", "今天出门了", "下午回来。"),
        ("<p>Short. And then more of it.</p>", "Short", "Short. And then more of it."),
    ],
)
def test_a_title_made_from_the_text_does_not_stand_there_twice(html: str, title: str, body: str) -> None:
    """A paragraph that became the title whole is left out of the text; one of which it is a part stays readable."""
    made = said(html)
    assert (made.title, plain(made.body)) == (title, body)


def test_a_title_of_the_blogs_own_takes_nothing_from_the_text() -> None:
    """Also where the text begins with the same words."""
    made = said("<p>Flow Matching</p><p>is simple.</p>", "Flow Matching")
    assert plain(made.body).splitlines()[0] == "Flow Matching"
