from __future__ import annotations

import pytest

from bot.core.models import Address, Chat, Notice, PlaceKind
from bot.platforms.discord.draw import draw
from bot.platforms.discord.options import unfit
from bot.reading.doc import Doc, paragraph

ROLES = ("710000", "720000")


@pytest.mark.parametrize(
    "args",
    [
        "roles diffusion=<@&710000>",
        "roles diffusion = <@&710000>，python=720000",
        "roles off",
        "roles",
        "publish on",
        "publish 关",
        "tag 扩散",
        "tag ＰＹＴＨＯＮ",
        "length 300",
        "",
    ],
)
def test_what_fits_is_left_to_the_command(args: str) -> None:
    """Roles for topics, a switch, a tag that the forum has, and everything that is not Discord's alone."""
    assert unfit(args, ROLES, ("扩散", "Python")) is None


@pytest.mark.parametrize(
    ("args", "tags", "key"),
    [
        ("roles @Diffusion", (), "discord_roles_wrong"),
        ("roles diffusion=<@&710000> and more", (), "discord_roles_wrong"),
        ("roles diffusion=<@&999999>", (), "discord_role_unknown"),
        ("roles =<@&710000>", (), "discord_roles_wrong"),
        ("publish perhaps", (), "discord_publish_wrong"),
        ("tag Rust", ("扩散", "Python"), "discord_tag_unknown"),
        ("tag Python", None, "discord_tag_no_forum"),
    ],
)
def test_what_could_never_work_is_refused(args: str, tags: tuple[str, ...] | None, key: str) -> None:
    """With the reason, and what it is about."""
    found = unfit(args, ROLES, tags)
    assert found is not None
    assert found[0] == key
    assert found[1]


def test_allowed_mentions_are_exact() -> None:
    """The roles of the post's own topics and nothing else: no role of another topic, nobody that the post names."""
    options = (("roles", "diffusion=<@&710000>,python=<@&720000>"),)
    chat = Chat(1, Address("discord", "5"), PlaceKind.GROUP, 1, options=options)
    body = Doc((paragraph("@everyone @here <@123456> <@&720000>"),))
    notice = Notice(body, title="@everyone <@&720000>", link="https://b.example/1", keys=("diffusion",))
    (payload,) = draw(notice, chat)
    assert payload["allowed_mentions"] == {"parse": [], "roles": ["710000"]}
    assert str(payload["content"]).startswith("<@&710000> ")
    (payload,) = draw(Notice(body, title="T", keys=("rust",)), chat)
    assert payload["allowed_mentions"] == {"parse": []}
