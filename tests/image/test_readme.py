"""A person who has only the README gets from nothing to a running container on both platforms: `make image-test`."""

from __future__ import annotations

import asyncio
import re
import shlex
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.acceptance.harness import READER, posts, until
from tests.acceptance.test_two_platforms import ADMIN, CHANNEL, pushed
from tests.emulators import discord_rules as rules
from tests.emulators.blog import Blog
from tests.emulators.discord import Discord
from tests.emulators.discord_world import GUILD
from tests.emulators.documents import Entry, rss
from tests.emulators.telegram import Telegram
from tests.image import compose
from tests.image.engine import IMAGE, docker
from tests.image.weight import Weight, weigh

pytestmark = pytest.mark.skipif(not IMAGE, reason="no image: `make image-test` builds one and sets INCOMING_IMAGE")

README = Path(__file__).resolve().parents[2] / "README.md"
OLD = [Entry("旧文章", "从前。", ("扩散模型",), "/old")]
MOST = 96_000_000
"""Bytes of memory that are resident at rest, after commands and posts on both platforms; without them, 90 MB are."""
NEW = Entry("新文章", r"质能方程：\(E=mc^2\)。", ("扩散模型",), "/new")


def steps() -> Sequence[list[str]]:
    """Give the README's commands for a container, in words."""
    section = README.read_text("utf-8").partition("### In a container")[2]
    block = section.partition("```sh\n")[2].partition("```")[0]
    return [shlex.split(line) for line in block.splitlines()]


class Shell:
    """Somebody's shell, in which the README's commands are typed one after the other.

    The tokens and the feed are theirs, not the README's examples; ``away`` is what leads the program to servers here,
    which nobody outside of a test needs.
    """

    def __init__(self, volume: str, given: dict[str, str], away: dict[str, str]) -> None:
        self.name = f"{volume}-bot"
        self._volume = volume
        self._given = given
        self._away = away
        self._env: dict[str, str] = {}

    def type(self, words: Sequence[str]) -> str:
        """Do one command; give what it printed. It fails where the command would."""
        match list(words):
            case ["docker", "build", "-t", tag, "."]:
                # Built by `make image-test`, from the same Dockerfile.
                return docker("tag", IMAGE, tag)
            case ["export", setting]:
                name = setting.partition("=")[0]
                self._env[name] = self._given.pop(name)
                return ""
            case ["docker", "compose", "up", "-d"]:
                return self._up()
            case ["docker", "compose", "exec", "incoming", *command]:
                return docker("exec", self.name, *command)
            case ["docker", "compose", "logs", "incoming"]:
                return docker("logs", self.name, both=True)
        pytest.fail(f"the README says something that this test does not know: {' '.join(words)}")

    def _up(self) -> str:
        service = compose.read(compose.FILE.read_text("utf-8"))
        words = compose.options(service, self._env, self._volume)
        words += [word for name, value in self._away.items() for word in ("-e", f"{name}={value}")]
        return docker("run", "-d", "--name", self.name, "--network", "host", *words, service.values["image"])

    async def type_until_well(self, words: Sequence[str]) -> str:
        """Do a command that a person would repeat while the container is still starting."""
        end = time.monotonic() + 60
        while True:
            try:
                return await asyncio.to_thread(self.type, words)
            except AssertionError:
                if "exec" not in words or time.monotonic() > end:
                    raise
                await asyncio.sleep(1)


@pytest.mark.asyncio
async def test_the_readmes_steps_lead_to_posts_on_both_platforms(volume: str) -> None:
    """Build, export, up, check, links, logs as they stand there; then one command on each platform, and the post."""
    async with Blog() as blog, Telegram() as telegram, Discord() as discord:
        telegram.world.add_chat(READER)
        discord.world.add_channel(CHANNEL)
        discord.world.set_role(rules.EVERYONE | rules.MANAGE_CHANNELS, "55")
        discord.world.guilds[GUILD].members[ADMIN] = ["55"]
        blog.publish("/feed.xml", rss(OLD))
        given = {
            "INCOMING_FEEDS": blog.url(),
            "INCOMING_TELEGRAM__TOKEN": telegram.token,
            "INCOMING_DISCORD__TOKEN": discord.token,
        }
        away = {
            "INCOMING_TELEGRAM__API_BASE": telegram.base,
            "INCOMING_DISCORD__API_BASE": discord.base,
            "INCOMING_DISCORD__GATEWAY": discord.gateway,
            "INCOMING_FETCH__ALLOW_ADDRESSES": '["127.0.0.0/8"]',
        }
        shell = Shell(volume, given, away)
        said = [await shell.type_until_well(words) for words in steps()]
        assert given == {}
        printed = "\n".join(said)
        assert "all well" in printed
        assert "discord.com/oauth2/authorize" in printed
        found = re.search(r"https://t\.me/\w+\?start=([\w-]+)", said[-1])
        assert found is not None, said[-1]

        world = telegram.world
        world.say(READER, READER, f"/start {found[1]}")
        await until(lambda: len(world.ledger) == 1, "the welcome")
        world.say(READER, READER, "/subscribe")
        await until(lambda: len(world.ledger) == 2, "the answer to /subscribe")
        await until(lambda: bool(discord.world.commands), "Discord's commands")
        made = discord.people.slash(ADMIN, CHANNEL, "subscribe")
        await until(lambda: made.shown is not None, "the answer to /subscribe on Discord")

        blog.publish("/feed.xml", rss([NEW, *OLD]))
        world.say(READER, READER, "/feeds check #1")
        await until(lambda: len(posts(telegram)) == 1 and bool(pushed(discord, CHANNEL)), "the post on both")
        assert posts(telegram)[0].partition("\n")[0] == "新文章"
        assert "E = mc²" in posts(telegram)[0]
        assert pushed(discord, CHANNEL) == ["新文章"]
        logs = shell.type(["docker", "compose", "logs", "incoming"])
        assert not [token for token in (telegram.token, discord.token) if token in logs + printed]
        weight = await _at_rest(shell.name)
        assert weight.resident <= MOST, weight


async def _at_rest(name: str) -> Weight:
    """Weigh the container once the processes that read are gone: init and the bot are left; a health check comes by."""
    end = time.monotonic() + 60
    while (weight := await asyncio.to_thread(weigh, name)).processes > 2 or weight.resident > MOST:
        if time.monotonic() > end:
            break
        await asyncio.sleep(1)
    return weight


def test_what_compose_says_is_what_the_container_gets(volume: str) -> None:
    """Restarted when it ends, read-only, without capabilities, bounded in memory and in what it logs."""
    service = compose.read(compose.FILE.read_text("utf-8"))
    words = compose.options(service, {"INCOMING_FEEDS": "http://127.0.0.1:1/"}, volume)
    docker("create", "--name", f"{volume}-bot", *words, IMAGE)
    made = docker("inspect", "--format", "{{json .HostConfig}}", f"{volume}-bot")
    for part in ('"Name":"unless-stopped"', '"max-file":"3"', '"max-size":"10m"', '"ReadonlyRootfs":true', '"ALL"'):
        assert part in made
    assert '"Memory":268435456' in made
