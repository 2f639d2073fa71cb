from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.why import NO_POST
from bot.core.models import Address, PlaceKind
from bot.platforms.telegram.news import Heard, Opened, Shut, Stale
from bot.platforms.telegram.updates import read

FIELDS = st.sampled_from(
    [
        *("message", "channel_post", "callback_query", "my_chat_member", "chat", "from", "sender_chat", "text", "data"),
        *("id", "type", "title", "message_thread_id", "is_topic_message", "message_id", "new_chat_member", "status"),
        *("migrate_to_chat_id", "date", "is_forum", "language_code"),
        *("reply_to_message", "reply_markup", "inline_keyboard", "entities", "caption_entities", "url"),
    ]
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["/start x", "/why", "private", "supergroup", "channel", "left", "topics 1"]),
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(FIELDS, inner, max_size=6)),
    max_leaves=25,
)


@given(st.dictionaries(FIELDS, ANYTHING, max_size=4))
@settings(max_examples=300, deadline=None)
def test_nothing_that_comes_can_break_the_reading(update: dict[str, Any]) -> None:
    """Any JSON object is read as something or as nothing."""
    what = read(update, "me")
    if isinstance(what, Heard):
        assert int(what.user) == int(what.user)
        assert what.address.place


def press(**message: Any) -> dict[str, Any]:
    """Make a press in a forum."""
    chat = {"id": -5, "type": "supergroup", "is_forum": True}
    return {"callback_query": {"id": "1", "from": {"id": 5}, "data": "help", "message": {"chat": chat, **message}}}


def test_a_press_under_a_message_out_of_reach_is_heard_only_where_there_are_no_threads() -> None:
    """Such a message (date 0) does not say its thread, and the answer must not go to a wrong one."""
    assert isinstance(read(press(date=0, message_id=3), "me"), Stale)
    assert isinstance(read(press(date=9, message_id=3), "me"), Heard)


POST, OTHER = "https://blog.example/1", "https://blog.example/2"


def why(typed: str, **replied: Any) -> str:
    """Reply to a message; give what is asked about."""
    heard = read({"message": {"chat": {"id": -5, "type": "group"}, "text": typed, "reply_to_message": replied}}, "me")
    assert isinstance(heard, Heard)
    return heard.args


def test_why_may_reply_to_a_post() -> None:
    """It is the post that [Read] leads to, else the first link: a title's. A link that is typed counts more."""
    read_it = {"reply_markup": {"inline_keyboard": [[{"text": "⚙", "callback_data": "why"}], [{"url": POST}]]}}
    title = [{"type": "bold"}, {"type": "text_link", "url": POST}, {"type": "text_link", "url": OTHER}]
    place = [{"type": "text_link", "url": "https://t.me/c/1234567#-1001234567"}]
    assert why("/why", **read_it, entities=[{"type": "text_link", "url": OTHER}]) == POST
    assert why("/why", entities=title) == why("/why@me", caption_entities=title) == POST
    assert why(f"/why {OTHER}", entities=title) == OTHER
    # A message that is no post is named as that; whatever stands in a forum's thread replies to its beginning.
    assert why("/why", text="hello") == NO_POST
    assert (why("/why", forum_topic_created={"name": "News"}), why("/why")) == ("", "")
    assert why("/why", entities=place) == why("/why", text=POST) == NO_POST
    assert why("/filter", entities=title) == ""


def test_what_our_own_link_has_a_client_say_in_a_group_is_no_command() -> None:
    """The group is greeted because we are there; privately, and with another word, it is a command."""
    said = {
        (kind, text): read({"message": {"chat": {"id": 5, "type": kind}, "text": text}}, "me") is not None
        for kind in ("private", "group", "supergroup")
        for text in ("/start@me hello", "/start@me", "/start t_x")
    }
    assert [each for each, heard in said.items() if not heard] == [
        ("group", "/start@me hello"),
        ("supergroup", "/start@me hello"),
    ]


def test_a_group_that_says_nothing_of_itself_vouches_for_nobody() -> None:
    """Two missing ids are not the same id."""
    chat = {"id": -5, "type": "group"}
    heard = read({"message": {"chat": chat, "from": {"id": 5}, "sender_chat": {"x": 1}, "text": "/stop"}}, "me")
    assert isinstance(heard, Heard)
    assert not heard.trusted


@pytest.mark.parametrize(
    ("member", "kind", "reason"),
    [
        ({"status": "kicked"}, "private", "blocked"),
        ({"status": "kicked"}, "supergroup", "kicked"),
        ({"status": "left"}, "channel", "kicked"),
        ({"status": "restricted", "can_send_messages": False}, "supergroup", "no_rights"),
        ({"status": "administrator", "can_post_messages": False}, "channel", "no_rights"),
        ({"status": "administrator", "can_post_messages": True}, "channel", ""),
        ({"status": "restricted", "can_send_messages": True, "is_member": True}, "supergroup", ""),
        ({"status": "restricted", "can_send_messages": True, "is_member": False}, "supergroup", "kicked"),
        ({"status": "member"}, "private", ""),
    ],
)
def test_what_a_membership_means_for_the_place(member: dict[str, Any], kind: str, reason: str) -> None:
    """A place is shut when the bot is out, or is in without the right to write; else it is open."""
    what = read({"my_chat_member": {"chat": {"id": -5, "type": kind}, "new_chat_member": member}}, "me")
    place = Address("telegram", "-5")
    assert what == (Shut(place, reason) if reason else Opened(place))


def test_the_kind_of_a_place_comes_from_its_type() -> None:
    """Private, group and channel are told apart."""
    kinds = {}
    for kind in ("private", "group", "supergroup", "channel", "sender"):
        heard = read({"message": {"chat": {"id": 5, "type": kind}, "text": "/a"}}, "me")
        kinds[kind] = heard.kind if isinstance(heard, Heard) else None
    assert kinds == {
        "private": PlaceKind.PRIVATE,
        "group": PlaceKind.GROUP,
        "supergroup": PlaceKind.GROUP,
        "channel": PlaceKind.CHANNEL,
        "sender": None,
    }
