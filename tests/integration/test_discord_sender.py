from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import pytest_asyncio
from discord import Permissions as PermissionBits

from bot import check
from bot.core.errors import ConfigError
from bot.core.models import Address, Chat, Gone, Notice, Outcome, Part, PlaceKind, Rejected, Retry, Sent, Uncertain
from bot.core.ports import Window
from bot.platforms.discord import rights
from bot.platforms.discord.allowance import Allowance
from bot.platforms.discord.channels import Channels
from bot.platforms.discord.draw import draw
from bot.platforms.discord.outcomes import LOST
from bot.platforms.discord.platform import Discord as Platform
from bot.platforms.discord.rest import Rest
from bot.platforms.discord.sender import UNCONFIRMED, Sender
from bot.platforms.discord.settings import DiscordSettings
from bot.reading.doc import Doc, paragraph
from tests.emulators import discord_rules as rules
from tests.emulators.discord import Discord
from tests.emulators.discord_doors import START, StillClock, settings
from tests.emulators.discord_world import BOT, GUILD
from tests.emulators.proxy import Proxy

CHANNEL = "500000000000000001"
FORUM = "500000000000000002"
THREAD = "500000000000000003"
READER = "100000000000000001"
HERE = Address("discord", CHANNEL)
NOTICE = Notice(
    Doc((paragraph("A step of noise."),)), title="Flow_Matching", link="https://b.example/flow", topics=("Diffusion",)
)


@pytest.fixture
def clock() -> StillClock:
    """Give the clock that the bot and Discord share."""
    return StillClock()


@pytest_asyncio.fixture
async def discord(clock: StillClock) -> AsyncIterator[Discord]:
    """Run a Discord with a text channel, a forum and a thread."""
    async with Discord(clock=clock.seconds) as server:
        server.world.add_channel(CHANNEL)
        tags = [
            {"id": "71", "name": "Diffusion", "moderated": False},
            {"id": "72", "name": "Python", "moderated": False},
        ]
        server.world.add_channel(FORUM, rules.FORUM, name="forum", tags=tags)
        server.world.add_channel(THREAD, rules.THREAD, parent=CHANNEL, name="thread")
        yield server


@pytest_asyncio.fixture
async def rest(discord: Discord, clock: StillClock) -> AsyncIterator[Rest]:
    """Give the way to that Discord."""
    made = Rest(settings(discord), clock)
    yield made
    await made.close()


@pytest.fixture
def sender(rest: Rest, clock: StillClock) -> Sender:
    """Give what is tested."""
    return Sender(rest, Channels(rest), clock)


def part(place: str = CHANNEL, *, nonce: str = "n1", notice: Notice = NOTICE, **given: Any) -> Part:
    """Make a part of a post's message."""
    address = Address("discord", place)
    kind = PlaceKind.PRIVATE if place.startswith("@") else PlaceKind.GROUP
    (payload,) = draw(notice, Chat(1, address, kind, 1))
    return replace(Part(1, 1, 0, nonce, payload, address, first_try=START), **given)


def again(one: Part) -> Part:
    """Give a part as it comes back after an outcome that may have delivered it."""
    return replace(one, attempts=one.attempts + 1, uncertain=one.uncertain + 1)


def creates(discord: Discord) -> int:
    """Count the messages and threads that stand there."""
    return sum(entry.kind in {"create", "thread"} for entry in discord.world.ledger)


@pytest.mark.asyncio
async def test_a_message_arrives_with_its_nonce_and_its_reference(discord: Discord, sender: Sender) -> None:
    """The request carries the part's nonce and enforce_nonce; the reference names channel and message."""
    outcome = await sender.send(part())
    (entry,) = discord.world.ledger
    assert outcome == Sent(f"{CHANNEL}/{entry.message_id}")
    assert (entry.payload["nonce"], entry.payload["enforce_nonce"]) == ("n1", True)
    assert entry.embeds[0]["title"] == "Flow\\_Matching"
    assert entry.pinged == ()


@pytest.mark.asyncio
async def test_a_person_gets_direct_messages(discord: Discord, sender: Sender) -> None:
    """A place that begins with @ is a person: the channel is opened once and remembered, the title rings."""
    assert isinstance(await sender.send(part(f"@{READER}")), Sent)
    assert isinstance(await sender.send(part(f"@{READER}", nonce="n2")), Sent)
    assert [entry.content for entry in discord.world.ledger] == ["Flow\\_Matching"] * 2
    assert sum(request.path == "/users/@me/channels" for request in discord.world.requests) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", ["drop", "half", "late", "garbage"])
async def test_what_may_have_arrived_is_repeated_with_the_same_nonce(
    discord: Discord, sender: Sender, kind: str
) -> None:
    """The message is taken and the answer lost: the repetition gives the same message, and there is one."""
    discord.world.fault(kind, path=f"/channels/{CHANNEL}/messages")
    first = part()
    assert isinstance(await sender.send(first), Uncertain)
    outcome = await sender.send(again(first))
    assert outcome == Sent(f"{CHANNEL}/{discord.world.ledger[0].message_id}")
    assert creates(discord) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_an_error_of_the_server_is_no_loss(discord: Discord, sender: Sender, status: int) -> None:
    """Refused by a 5xx before anything was done: the repetition sends it, once."""
    discord.world.fault("answer", path=f"/channels/{CHANNEL}/messages", status=status)
    first = part()
    assert isinstance(await sender.send(first), Uncertain)
    assert isinstance(await sender.send(again(first)), Sent)
    assert creates(discord) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("arrived", [True, False])
async def test_after_the_nonce_is_forgotten_the_channel_is_read(
    discord: Discord, sender: Sender, clock: StillClock, *, arrived: bool
) -> None:
    """An hour later no nonce helps: the bot's own messages tell by the post's link whether it is there."""
    discord.world.fault("late" if arrived else "answer", path=f"/channels/{CHANNEL}/messages")
    first = part()
    assert isinstance(await sender.send(first), Uncertain)
    other = replace(NOTICE, link="https://b.example/other")
    await sender.send(part(nonce="n9", notice=other))
    discord.world.message(CHANNEL, {"content": "Flow_Matching https://b.example/flow"}, author=READER)
    clock.time += timedelta(hours=1)
    assert isinstance(await sender.send(again(first)), Sent)
    assert creates(discord) == 2


@pytest.mark.asyncio
async def test_what_cannot_be_confirmed_is_not_sent_again(discord: Discord, sender: Sender, clock: StillClock) -> None:
    """Without Read Message History an empty history proves nothing: the part stays uncertain, nothing is sent."""
    discord.world.fault("late", path=f"/channels/{CHANNEL}/messages")
    first = part()
    await sender.send(first)
    discord.world.set_role(rules.EVERYONE & ~rules.HISTORY)
    clock.time += timedelta(hours=1)
    assert await sender.send(again(first)) == Uncertain(UNCONFIRMED, blind=True)
    assert creates(discord) == 1


@pytest.mark.asyncio
async def test_a_message_deleted_meanwhile_was_sent(discord: Discord, sender: Sender) -> None:
    """The nonce of a message that a moderator deleted answers Unknown Message: it is not written again."""
    discord.world.fault("late", path=f"/channels/{CHANNEL}/messages")
    first = part()
    await sender.send(first)
    discord.world.messages.clear()
    assert await sender.send(again(first)) == Sent("deleted")
    assert creates(discord) == 1


# -- forums -----------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_forum_gets_a_thread_a_post_with_tags_from_topics(discord: Discord, sender: Sender) -> None:
    """The thread is called like the post, without Markdown, and has the forum's tag of the post's topic."""
    assert isinstance(await sender.send(part(FORUM)), Sent)
    (thread,) = [each for each in discord.world.channels.values() if each.parent == FORUM]
    assert (thread.name, thread.applied) == ("Flow_Matching", ["71"])


@pytest.mark.asyncio
async def test_a_forum_that_requires_a_tag_gets_one(discord: Discord, sender: Sender) -> None:
    """Where no tag is called like a topic and one is required, the first one is taken."""
    discord.world.channels[FORUM].flags = 1 << 4
    assert isinstance(await sender.send(part(FORUM, notice=replace(NOTICE, topics=("Cooking",)))), Sent)
    assert next(each for each in discord.world.channels.values() if each.parent == FORUM).applied == ["71"]


@pytest.mark.asyncio
@pytest.mark.parametrize("archived", [True, False])
@pytest.mark.parametrize("kind", ["drop", "late"])
async def test_a_forum_is_searched_before_a_thread_is_made_again(
    discord: Discord, sender: Sender, kind: str, *, archived: bool
) -> None:
    """Forum threads have no nonce: what may be there is looked for, among the archived ones too."""
    discord.world.fault(kind, path=f"/channels/{FORUM}/threads")
    first = part(FORUM)
    assert isinstance(await sender.send(first), Uncertain)
    made = next(each for each in discord.world.channels.values() if each.parent == FORUM)
    made.archived = archived
    assert await sender.send(again(first)) == Sent(f"{made.id}/{made.id}")
    assert creates(discord) == 1


@pytest.mark.asyncio
async def test_a_thread_of_the_same_name_is_not_taken_for_the_post(discord: Discord, sender: Sender) -> None:
    """An older post of the same title has its own link: the new one still gets its thread."""
    await sender.send(part(FORUM, notice=replace(NOTICE, link="https://b.example/old")))
    discord.world.fault("answer", path=f"/channels/{FORUM}/threads", status=502)
    first = part(FORUM)
    await sender.send(first)
    assert isinstance(await sender.send(again(first)), Sent)
    assert creates(discord) == 2


@pytest.mark.asyncio
@pytest.mark.parametrize("restarted", [True, False])
async def test_the_rest_of_a_long_text_follows_in_the_thread(
    discord: Discord, sender: Sender, rest: Rest, clock: StillClock, *, restarted: bool
) -> None:
    """The second part goes into the thread that the first one began, also by a process that did not begin it."""
    long = replace(NOTICE, body=Doc((paragraph("word " * 1500),)))
    one, two = draw(long, Chat(1, Address("discord", FORUM), PlaceKind.GROUP, 1))
    await sender.send(replace(part(FORUM), payload=one))
    using = Sender(rest, Channels(rest), clock) if restarted else sender
    assert isinstance(await using.send(replace(part(FORUM, nonce="n2"), number=1, payload=two)), Sent)
    thread = next(each for each in discord.world.channels.values() if each.parent == FORUM)
    assert [entry.channel for entry in discord.world.ledger] == [thread.id, thread.id]


# -- lost ground ------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_lost_ground_is_told_by_its_reason(discord: Discord, sender: Sender) -> None:
    """Missing rights, a channel out of sight, a locked thread, closed direct messages, a deleted channel."""
    world, seen = discord.world, []
    world.set_role(rules.EVERYONE & ~rules.SEND)
    seen.append(await sender.send(part()))
    world.set_role(0)
    seen.append(await sender.send(part()))
    world.set_role(rules.EVERYONE)
    world.update_channel(THREAD, locked=True, archived=True)
    seen.append(await sender.send(part(THREAD)))
    world.closed_dms.add(READER)
    seen.append(await sender.send(part(f"@{READER}")))
    world.delete_channel(CHANNEL)
    seen.append(await sender.send(part()))
    assert [each.reason for each in seen if isinstance(each, Gone)] == [
        "no_rights", "no_access", "locked_thread", "dms_closed", "channel_deleted",
    ]  # fmt: skip
    assert creates(discord) == 0


@pytest.mark.asyncio
@pytest.mark.parametrize(("code", "word"), LOST.items())
async def test_every_number_of_lost_ground_has_its_word(discord: Discord, sender: Sender, code: int, word: str) -> None:
    """The table is what the sender goes by."""
    discord.world.fault("answer", path=f"/channels/{CHANNEL}/messages", status=403, code=code)
    assert await sender.send(part()) == Gone(word)


@pytest.mark.asyncio
async def test_an_archived_thread_wakes_up(discord: Discord, sender: Sender) -> None:
    """A thread that is archived but not locked takes the message."""
    discord.world.update_channel(THREAD, archived=True)
    assert isinstance(await sender.send(part(THREAD)), Sent)


# -- how fast ---------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "answer", "status": 401}, Retry("bad_token", scope="platform")),
        ({"kind": "ban"}, Retry("flood", 600.0, scope="platform")),
        ({"kind": "answer", "status": 400, "code": 50035, "message": "bad"}, Rejected("bad")),
        ({"kind": "answer", "status": 404}, Retry("not_discord_404", scope="platform")),
    ],
)
async def test_refusals(discord: Discord, sender: Sender, fault: dict[str, Any], expected: Outcome) -> None:
    """A token that is not known, a ban of the network, a body that is refused, a 404 that is not Discord's."""
    discord.world.fault(path=f"/channels/{CHANNEL}/messages", **fault)
    assert await sender.send(part()) == expected


@pytest.mark.asyncio
async def test_a_full_bucket_is_not_asked_again(clock: StillClock) -> None:
    """The fifth answer says that there is no room: the sixth request is not made, and told when it may be."""
    async with Discord(clock=clock.seconds, rates=rules.Rates()) as discord:
        discord.world.add_channel(CHANNEL)
        rest = Rest(settings(discord), clock)
        sender = Sender(rest, Channels(rest), clock)
        outcomes = [await sender.send(part(nonce=f"n{number}")) for number in range(6)]
        assert [type(each) for each in outcomes] == [Sent] * 5 + [Retry]
        last = outcomes[5]
        assert isinstance(last, Retry)
        assert (last.reason, last.scope) == ("bucket", "chat")
        assert last.seconds == pytest.approx(5.0, abs=0.01)
        assert all(request.status == 200 for request in discord.world.requests)
        clock.time += timedelta(seconds=5.01)
        assert isinstance(await sender.send(part(nonce="n6")), Sent)
        await rest.close()


@pytest.mark.asyncio
async def test_no_more_than_forty_five_requests_a_second(discord: Discord, rest: Rest, clock: StillClock) -> None:
    """Whatever is asked, the 46th request of a second waits for the next one."""
    for _ in range(100):
        await rest.call("GET", "/users/@me")
    times = [request.time for request in discord.world.requests]
    assert all(later - earlier >= 1.0 for earlier, later in zip(times, times[45:], strict=False))
    assert clock.slept


@pytest.mark.asyncio
async def test_the_breaker_keeps_a_storm_of_refusals_from_becoming_a_ban(discord: Discord, clock: StillClock) -> None:
    """After so many 401, 403 and 429 nothing is asked until they are ten minutes old; shared limits count nothing."""
    rest = Rest(settings(discord, token="wrong"), clock, Allowance(invalid=Window(20, 600.0)))
    sender = Sender(rest, Channels(rest), clock)
    for number in range(60):
        assert isinstance(await sender.send(part(nonce=f"n{number}")), Retry)
    assert len(discord.world.requests) == 20
    outcome = await sender.send(part())
    assert isinstance(outcome, Retry)
    assert (outcome.reason, outcome.scope) == ("breaker", "platform")
    clock.time += timedelta(seconds=601)
    await sender.send(part())
    assert len(discord.world.requests) == 21
    await rest.close()


@pytest.mark.asyncio
async def test_nothing_answers(clock: StillClock) -> None:
    """No connection is certainly nothing sent: the whole platform waits."""
    rest = Rest(DiscordSettings.model_validate({"token": "x", "api_base": "http://127.0.0.1:1/api/v10"}), clock)
    assert await Sender(rest, Channels(rest), clock).send(part()) == Retry("connect", scope="platform")
    await rest.close()


@pytest.mark.asyncio
async def test_a_deleted_guild_is_a_kick(discord: Discord, sender: Sender) -> None:
    """A server that threw the bot out takes nothing."""
    discord.world.remove_guild(GUILD)
    assert await sender.send(part()) == Gone("no_access")


# -- what a chat wants besides ----------------------------------------------------------------------------------------


def written(place: str, *options: tuple[str, str], notice: Notice = NOTICE) -> Part:
    """Make a part for a server's channel with settings of its own."""
    chat = Chat(1, Address("discord", place), PlaceKind.GROUP, 1, options=options)
    (payload,) = draw(replace(notice, keys=("diffusion",)), chat)
    return replace(part(place), payload=payload)


@pytest.mark.asyncio
async def test_roles_ring_for_their_topics_alone(discord: Discord, sender: Sender) -> None:
    """A topic's role is named above the post and rung; no other role, and nobody named in the post."""
    hostile = replace(NOTICE, title="@everyone <@&720000>")
    for notice in (hostile, replace(hostile, topics=("Diffusion",))):
        one = written(CHANNEL, ("roles", "diffusion=<@&710000> python=<@&720000>"), notice=notice)
        assert isinstance(await sender.send(replace(one, nonce=f"n{len(discord.world.ledger)}")), Sent)
    assert [entry.pinged for entry in discord.world.ledger] == [("710000",), ("710000",)]
    assert discord.world.ledger[0].content == "<@&710000> \\@everyone \\<\\@&720000>"


@pytest.mark.asyncio
async def test_an_announcement_is_published_where_that_is_wanted(discord: Discord, sender: Sender) -> None:
    """In an announcement channel with ``publish``; not elsewhere, and not without."""
    news = "500000000000000009"
    discord.world.add_channel(news, rules.ANNOUNCEMENTS)
    for number, (place, options) in enumerate(
        ((news, [("publish", "on")]), (news, []), (CHANNEL, [("publish", "on")]))
    ):
        one = replace(written(place, *options), nonce=f"n{number}")
        assert isinstance(await sender.send(one), Sent)
    assert [entry.channel for entry in discord.world.ledger if entry.kind == "crosspost"] == [news]
    assert all("publish" not in entry.payload for entry in discord.world.ledger)


@pytest.mark.asyncio
async def test_what_could_not_be_published_is_published_with_the_repetition(discord: Discord, sender: Sender) -> None:
    """The message is there and publishing failed: the same nonce finds it, and it is published, once."""
    news = "500000000000000009"
    discord.world.add_channel(news, rules.ANNOUNCEMENTS)
    discord.world.fault("answer", path=f"/channels/{news}/messages/", status=502)
    first = written(news, ("publish", "on"))
    assert isinstance(await sender.send(first), Uncertain)
    assert isinstance(await sender.send(again(first)), Sent)
    assert [entry.kind for entry in discord.world.ledger] == ["create", "crosspost"]


@pytest.mark.asyncio
async def test_a_chats_own_tag_stands_in(discord: Discord, sender: Sender) -> None:
    """Where no topic is a tag of the forum, the tag that the chat chose."""
    one = written(FORUM, ("tag", "python"), notice=replace(NOTICE, topics=("Cooking",)))
    assert isinstance(await sender.send(one), Sent)
    assert next(each for each in discord.world.channels.values() if each.parent == FORUM).applied == ["72"]


@pytest.mark.asyncio
async def test_an_edit_replaces_the_message_in_place(discord: Discord, sender: Sender) -> None:
    """The newest text stands where the old one stood; a message that is gone is refused."""
    sent = await sender.send(part())
    assert isinstance(sent, Sent)
    (payload,) = draw(replace(NOTICE, title="Corrected"), Chat(1, HERE, PlaceKind.GROUP, 1))
    assert await sender.edit(sent.ref, payload) == sent
    assert [(entry.kind, entry.embeds[0]["title"]) for entry in discord.world.ledger] == [
        ("create", "Flow\\_Matching"), ("edit", "Corrected"),
    ]  # fmt: skip
    discord.world.messages.clear()
    assert await sender.edit(sent.ref, payload) == Rejected("deleted")


@pytest.mark.asyncio
async def test_a_storm_of_404_closes_each_channel_and_asks_no_more(discord: Discord, sender: Sender) -> None:
    """Channels that are gone are told so once each; a path that Discord does not know stops the whole platform."""
    outcomes = [await sender.send(part(str(600000000000000000 + number))) for number in range(50)]
    assert outcomes == [Gone("channel_deleted")] * 50
    assert len(discord.world.requests) == 50
    discord.world.fault("answer", path=f"/channels/{CHANNEL}/messages", status=404, times=50)
    outcome = await sender.send(part())
    assert isinstance(outcome, Retry)
    assert outcome.scope == "platform"


# -- permissions and proxies ------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_missing_permissions_are_named_as_discord_names_them(discord: Discord, clock: StillClock) -> None:
    """For a channel, a thread, a forum, a channel out of sight, and one that is gone."""
    platform = Platform(settings(discord))
    world = discord.world
    deny = {"id": GUILD, "type": 0, "deny": str(rules.SEND | rules.HISTORY), "allow": "0"}
    world.update_channel(CHANNEL, overwrites=[deny])
    world.update_channel(FORUM, overwrites=[deny | {"deny": str(rules.SEND | rules.IN_THREADS)}])
    assert await platform.lacks(HERE) == ("Send Messages", "Read Message History")
    assert await platform.lacks(Address("discord", THREAD)) == ("Read Message History",)
    assert await platform.lacks(Address("discord", FORUM)) == ("Create Posts", "Send Messages in Threads")
    assert await platform.lacks(Address("discord", f"@{READER}")) == ()
    world.set_role(0)
    assert await platform.lacks(HERE) == ("View Channel",)
    world.delete_channel(CHANNEL)
    with pytest.raises(ConfigError, match="channel_deleted"):
        await platform.lacks(HERE)
    await platform.close()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("place", "bit", "name"),
    [
        (CHANNEL, rules.VIEW, "View Channel"),
        (CHANNEL, rules.SEND, "Send Messages"),
        (CHANNEL, rules.EMBED, "Embed Links"),
        (CHANNEL, rules.HISTORY, "Read Message History"),
        (THREAD, rules.IN_THREADS, "Send Messages in Threads"),
        (FORUM, rules.SEND, "Create Posts"),
        (FORUM, rules.IN_THREADS, "Send Messages in Threads"),
    ],
)
async def test_check_names_each_missing_permission(discord: Discord, place: str, bit: int, name: str) -> None:
    """The line of `incoming check`, word for word, for every permission that the bot needs somewhere."""
    platform, lines = Platform(settings(discord)), list[str]()
    discord.world.set_role(rules.EVERYONE & ~bit)
    assert await check._rights(platform, [Address("discord", place)], lines.append) == {f"discord:{place}"}
    assert lines == [f"BAD  discord:{place}: the bot lacks {name}; grant it there, what is held goes out by itself"]
    await platform.close()


@pytest.mark.asyncio
async def test_the_invitation_asks_for_exactly_what_is_needed(discord: Discord) -> None:
    """View Channel, Send Messages (in Threads too), Embed Links, Attach Files, Read Message History: no other bit."""
    platform = Platform(settings(discord))
    ((kind, link),) = await platform.entrances()
    await platform.close()
    query = dict(parse_qsl(urlsplit(link).query))
    flags = {name.replace(" ", "_").lower(): True for name in rights.NAMES.values()}
    assert set(flags) - {"attach_files"} == {
        "view_channel",
        "send_messages",
        "send_messages_in_threads",
        "embed_links",
        "read_message_history",
    }
    assert kind == "server"
    assert int(query["permissions"]) == PermissionBits(**flags).value
    assert query["scope"] == "bot applications.commands"


@pytest.mark.asyncio
async def test_an_administrator_and_an_owner_lack_nothing(discord: Discord) -> None:
    """Administrator passes every overwrite, and so does the owner of the server."""
    platform = Platform(settings(discord))
    deny = {"id": GUILD, "type": 0, "deny": str(rules.ALL), "allow": "0"}
    discord.world.update_channel(CHANNEL, overwrites=[deny])
    discord.world.set_role(rules.ADMINISTRATOR, "66")
    discord.world.guilds[GUILD].members[BOT] = ["66"]
    assert await platform.lacks(HERE) == ()
    await platform.close()


@pytest.mark.asyncio
async def test_requests_go_through_the_proxy(discord: Discord, clock: StillClock) -> None:
    """With a proxy nothing is asked directly; one that is down is certainly nothing sent."""
    async with Proxy() as proxy:
        rest = Rest(settings(discord, proxy=proxy.address), clock)
        assert isinstance(await Sender(rest, Channels(rest), clock).send(part()), Sent)
        await rest.close()
        assert proxy.asked
    rest = Rest(settings(discord, proxy="socks5://127.0.0.1:1"), clock)
    assert await Sender(rest, Channels(rest), clock).send(part()) == Retry("proxy", scope="platform")
    await rest.close()
