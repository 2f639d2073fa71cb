from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.core.models import Address, Chat, Gone, Notice, Outcome, Part, PlaceKind, Rejected, Retry, Sent, Uncertain
from bot.core.ports import Window
from bot.platforms.discord.allowance import Allowance
from bot.platforms.discord.channels import Channels
from bot.platforms.discord.draw import draw
from bot.platforms.discord.outcomes import LOST
from bot.platforms.discord.rest import Rest
from bot.platforms.discord.sender import UNCONFIRMED, Sender
from bot.platforms.discord.settings import DiscordSettings
from bot.reading.doc import Doc, paragraph
from tests.emulators import discord_rules as rules
from tests.emulators.discord import Discord
from tests.emulators.discord_doors import START, StillClock, settings
from tests.emulators.discord_world import GUILD

CHANNEL = "500000000000000001"
FORUM = "500000000000000002"
THREAD = "500000000000000003"
READER = "100000000000000001"
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


def part(place: str = CHANNEL, *, nonce: str = "n1", notice: Notice = NOTICE, **given: object) -> Part:
    """Make a part of a post's message."""
    address = Address("discord", place)
    kind = PlaceKind.PRIVATE if place.startswith("@") else PlaceKind.GROUP
    (payload,) = draw(notice, Chat(1, address, kind, 1))
    return replace(Part(1, 1, 0, nonce, payload, address, first_try=START), **given)  # type: ignore[arg-type]


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
    assert await sender.send(again(first)) == Uncertain(UNCONFIRMED)
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
async def test_refusals(discord: Discord, sender: Sender, fault: dict[str, object], expected: Outcome) -> None:
    """A token that is not known, a ban of the network, a body that is refused, a 404 that is not Discord's."""
    discord.world.fault(path=f"/channels/{CHANNEL}/messages", **fault)  # type: ignore[arg-type]
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
