"""The Discord that runs here is no friend: a bot as it is usually written fails each of its rules."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.emulators import discord_rules as rules
from tests.emulators.discord import Discord
from tests.emulators.discord_doors import StillClock

CHANNEL, FORUM = "500000000000000001", "500000000000000002"
MEMBER = "100000000000000002"
Said = tuple[int, Any, dict[str, str]]


@pytest.fixture
def clock() -> StillClock:
    """Give Discord's clock."""
    return StillClock()


@pytest_asyncio.fixture
async def discord(clock: StillClock) -> AsyncIterator[Discord]:
    """Run a Discord with its limits."""
    async with Discord(clock=clock.seconds, rates=rules.Rates()) as server:
        server.world.add_channel(CHANNEL)
        server.world.add_channel(FORUM, rules.FORUM, name="forum")
        yield server


class Naive:
    """A bot that knows no limit and no rule."""

    def __init__(self, discord: Discord, session: aiohttp.ClientSession) -> None:
        self._discord = discord
        self._session = session

    async def ask(self, method: str, path: str, body: object = None) -> Said:
        """Make a request and give all of its answer."""
        headers = {"Authorization": f"Bot {self._discord.token}"}
        async with self._session.request(method, self._discord.base + path, json=body, headers=headers) as answer:
            return answer.status, await answer.json(), dict(answer.headers)

    async def write(self, **body: Any) -> Said:
        """Write into the channel."""
        return await self.ask("POST", f"/channels/{CHANNEL}/messages", body)


@pytest_asyncio.fixture
async def naive(discord: Discord) -> AsyncIterator[Naive]:
    """Give such a bot."""
    async with aiohttp.ClientSession() as session:
        yield Naive(discord, session)


@pytest.mark.asyncio
async def test_who_does_not_pace_is_refused(naive: Naive, clock: StillClock) -> None:
    """A channel's sixth message at once is a 429 with Via, and the fifty-first request of a second a global one."""
    statuses = [(await naive.write(content=str(number)))[0] for number in range(6)]
    assert statuses == [200] * 5 + [429]
    _, body, headers = await naive.write(content="again")
    assert headers["Content-Type"] == "application/json"
    assert "Via" in headers
    assert body["retry_after"] > 0
    await clock.sleep(10)
    several = [await naive.ask("GET", f"/channels/{CHANNEL}") for _ in range(60)]
    refused = [(said, headers) for status, said, headers in several if status == 429]
    assert len(refused) == 10
    assert all(said["global"] and headers["X-RateLimit-Global"] == "true" for said, headers in refused)


@pytest.mark.asyncio
async def test_who_repeats_without_a_nonce_doubles(naive: Naive, discord: Discord, clock: StillClock) -> None:
    """Enforced, a nonce gives the same message while it is remembered; it stands in no history, so it finds nothing."""
    first, second = [await naive.write(content="a", nonce="n", enforce_nonce=True) for _ in range(2)]
    assert first[1]["id"] == second[1]["id"]
    assert len({(await naive.write(content="b", nonce="m"))[1]["id"] for _ in range(2)}) == 2
    _, history, _ = await naive.ask("GET", f"/channels/{CHANNEL}/messages?limit=50")
    assert not any("nonce" in message for message in history)
    await clock.sleep(301)
    assert (await naive.write(content="a", nonce="n", enforce_nonce=True))[1]["id"] != first[1]["id"]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"content": "x" * 2001}, 50035),
        ({"content": "𝐱" * 1001}, 50035),
        ({"content": " "}, 50006),
        ({"embeds": [{"title": "x" * 257}]}, 50035),
        ({"embeds": [{"description": "x" * 4097}]}, 50035),
        ({"embeds": [{"footer": {"text": "x" * 2049}}]}, 50035),
        ({"embeds": [{"description": "x" * 4096, "footer": {"text": "x" * 1905}}]}, 50035),
        ({"embeds": [{"title": "x", "url": "mailto:a@b.example"}]}, 50035),
        ({"content": "x", "nonce": "n" * 26}, 50035),
        ({"content": "x", "components": [{"type": 1, "components": []}]}, 50035),
    ],
)
async def test_what_breaks_a_limit_is_refused(naive: Naive, discord: Discord, body: dict[str, Any], code: int) -> None:
    """Contents, embeds in each part and in all, addresses, nonces, buttons; nothing is left behind."""
    status, said, _ = await naive.write(**body)
    assert (status, said["code"]) == (400, code)
    assert discord.world.ledger == []


@pytest.mark.asyncio
async def test_who_does_not_say_whom_to_ring_rings_everybody(naive: Naive, discord: Discord) -> None:
    """Without allowed_mentions a post's own words ping."""
    await naive.write(content="@everyone <@&55> <@100000000000000002>")
    await naive.write(content="@everyone <@&55>", allowed_mentions={"parse": []})
    assert [entry.pinged for entry in discord.world.ledger] == [("everyone", "55", MEMBER), ()]


@pytest.mark.asyncio
async def test_who_may_not_is_told_so(naive: Naive, discord: Discord) -> None:
    """Rights, forums and history are Discord's to give: 50013, 50008, and an empty list instead of a refusal."""
    await naive.write(content="there")
    discord.world.set_role(rules.EVERYONE & ~rules.SEND & ~rules.HISTORY)
    assert (await naive.write(content="x"))[1]["code"] == 50013
    assert (await naive.ask("POST", f"/channels/{FORUM}/messages", {"content": "x"}))[1]["code"] == 50008
    assert (await naive.ask("GET", f"/channels/{CHANNEL}/messages?limit=5"))[1] == []
    status, _, _ = await naive.ask("GET", "/channels/599999999999999999")
    assert status == 404


@pytest.mark.asyncio
async def test_who_answers_late_or_twice_is_refused(naive: Naive, discord: Discord, clock: StillClock) -> None:
    """Three seconds, and one first answer."""
    discord.world.commands.append({"id": "1", "name": "help", "type": 1, "options": []})
    soon, late = (discord.people.slash(MEMBER, CHANNEL, "help") for _ in range(2))
    body = {"type": 4, "data": {"content": "here"}}
    assert (await naive.ask("POST", f"/interactions/{soon.id}/token-{soon.id}/callback", body))[0] in {200, 204}
    assert (await naive.ask("POST", f"/interactions/{soon.id}/token-{soon.id}/callback", body))[1]["code"] == 40060
    await clock.sleep(4)
    assert (await naive.ask("POST", f"/interactions/{late.id}/token-{late.id}/callback", body))[1]["code"] == 10062


@pytest.mark.asyncio
async def test_a_command_is_sent_over_http(discord: Discord) -> None:
    """`POST /control/slash`: who, where, which command, and its options, also one that is called as a parameter is."""
    options = [{"name": "name", "type": 3}, {"name": "count", "type": 4}]
    discord.world.commands.append({"id": "1", "name": "settings", "options": options})
    said = {"user": MEMBER, "channel": CHANNEL, "name": "settings", "options": {"name": "length", "count": 3}}
    url = f"http://127.0.0.1:{discord.port}/control/slash"
    async with aiohttp.ClientSession() as session, session.post(url, json=said | {"locale": "en-GB"}) as answer:
        assert answer.status == 200
        made = await answer.json()
    (interaction,) = discord.people.all.values()
    assert (made["id"], made["user"], made["channel"]) == (interaction.id, MEMBER, CHANNEL)
    assert [(each["name"], each["value"]) for each in made["data"]["options"]] == [("name", "length"), ("count", 3)]
