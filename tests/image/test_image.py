"""The container, built and run for real: `make image-test`."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.acceptance.harness import READER, posts, until
from tests.emulators.blog import Blog
from tests.emulators.documents import Entry, rss
from tests.emulators.telegram import Telegram
from tests.image.engine import BASE, IMAGE, docker
from tests.image.layers import secrets

OLD = [Entry("旧文章", "从前。", (), "/old")]
SCRATCH = "incoming-test"

pytestmark = pytest.mark.skipif(not IMAGE, reason="no image: `make image-test` builds one and sets INCOMING_IMAGE")


class Box:
    """A container as an operator would run it: read-only, without capabilities, with 256 MB."""

    def __init__(self, volume: str, blog: Blog, telegram: Telegram, **more: str) -> None:
        self.name = f"{volume}-bot"
        self._volume = volume
        self._env = {
            "INCOMING_FEEDS": blog.url(),
            "INCOMING_TELEGRAM__TOKEN": telegram.token,
            "INCOMING_TELEGRAM__API_BASE": telegram.base,
            "INCOMING_TELEGRAM__OPERATORS": f"[{READER}]",
            "INCOMING_FETCH__ALLOW_ADDRESSES": '["127.0.0.0/8"]',
            **more,
        }

    def run(self, *words: str, detach: bool = False) -> str:
        """Run a command of the image, or the bot itself in the background."""
        env = [piece for name, value in self._env.items() for piece in ("-e", f"{name}={value}")]
        options = ["--read-only", "--cap-drop", "ALL", "--memory", "256m", "--network", "host"]
        kind = ["-d", "--name", self.name, "--health-interval", "2s"] if detach else ["--rm"]
        return docker("run", *kind, *options, "-v", f"{self._volume}:/data", *env, IMAGE, *words)

    async def start(self) -> None:
        """Start the bot and wait until it is healthy."""
        await asyncio.to_thread(self.run, detach=True)
        end = time.monotonic() + 60
        while (state := await asyncio.to_thread(self.health)) != "healthy":
            assert time.monotonic() < end, f"{state}: {docker('logs', self.name, check=False)}"
            await asyncio.sleep(0.5)

    def health(self) -> str:
        """Give what the health check says."""
        return docker("inspect", "--format", "{{.State.Health.Status}}", self.name)

    async def stop(self) -> tuple[int, float]:
        """Stop the bot; give its exit code and the seconds that it took."""
        began = time.monotonic()
        await asyncio.to_thread(docker, "stop", "-t", "15", self.name)
        took = time.monotonic() - began
        code = int(docker("inspect", "--format", "{{.State.ExitCode}}", self.name))
        docker("rm", self.name)
        return code, took


@pytest.mark.asyncio
async def test_a_post_arrives_and_a_restart_loses_nothing(volume: str) -> None:
    """Healthy; a post is delivered; SIGTERM ends it with 0 in time; the next container goes on where it was."""
    async with Blog() as blog, Telegram() as telegram:
        telegram.world.add_chat(READER)
        blog.publish("/feed.xml", rss(OLD))
        box = Box(volume, blog, telegram)
        await box.start()
        # What stands there at the first look is old: the new post must not be among it.
        telegram.world.say(READER, READER, "/feeds check #1")
        await until(lambda: any("上次" in entry.text for entry in telegram.world.ledger), "the first look")
        answers = len(telegram.world.ledger)
        telegram.world.say(READER, READER, "/subscribe")
        await until(lambda: len(telegram.world.ledger) > answers, "the answer to /subscribe")
        blog.publish("/feed.xml", rss([Entry("新文章", r"质能方程：\(E=mc^2\)。", (), "/new"), *OLD]))
        telegram.world.say(READER, READER, "/feeds check #1")
        await until(lambda: len(posts(telegram)) == 1, "the first post")
        code, took = await box.stop()
        assert (code, took < 10) == (0, True), (code, took)

        blog.publish(
            "/feed.xml", rss([Entry("又一篇", "再来。", (), "/more"), Entry("新文章", "改", (), "/new"), *OLD])
        )
        await box.start()
        telegram.world.say(READER, READER, "/feeds check #1")
        await until(lambda: len(posts(telegram)) == 2, "the second post")
        assert [text.partition("\n")[0] for text in posts(telegram)] == ["新文章", "又一篇"]
        assert (await box.stop())[0] == 0
        listed = json.loads(await asyncio.to_thread(box.run, "chats", "--json"))
        assert [row["chat"] for row in listed] == [f"telegram:{READER}"]


@pytest.mark.asyncio
async def test_a_copy_is_made_and_goes_back(volume: str) -> None:
    """The operators' page's commands: made while it runs, put back while it does not; what came between is gone."""
    async with Blog() as blog, Telegram() as telegram:
        blog.publish("/feed.xml", rss(OLD))
        box = Box(volume, blog, telegram)
        await box.start()
        assert "checked" in await asyncio.to_thread(docker, "exec", box.name, "incoming", "backup", "copy.db")
        await asyncio.to_thread(docker, "exec", box.name, "incoming", "chats", "add", f"telegram:{READER}")
        assert (await box.stop())[0] == 0
        assert len(json.loads(await asyncio.to_thread(box.run, "chats", "--json"))) == 1
        for name, *words in (("cp", "copy.db", "incoming.db"), ("rm", "-f", "incoming.db-wal", "incoming.db-shm")):
            docker("run", "--rm", "--cap-drop", "ALL", "-v", f"{volume}:/data", "--entrypoint", name, IMAGE, *words)
        assert json.loads(await asyncio.to_thread(box.run, "chats", "--json")) == []
        await box.start()
        assert (await box.stop())[0] == 0


@pytest.mark.asyncio
async def test_sigterm_at_any_moment_of_the_start_ends_it_in_time(volume: str) -> None:
    """Also before Python has set a handler: PID 1 is an init that passes signals on."""
    async with Blog() as blog, Telegram() as telegram:
        box = Box(volume, blog, telegram)
        for pause in (0.0, 0.3, 1.0):
            await asyncio.to_thread(box.run, detach=True)
            await asyncio.sleep(pause)
            code, took = await box.stop()
            assert took < 10, took
            assert code in {0, 143}, code


def test_a_volume_of_somebody_else_is_named_with_the_remedy(volume: str) -> None:
    """`run` and `check` name the folder, the user and the chown line."""
    client = shutil.which("docker")
    assert client is not None
    for command in ("run", "check"):
        done = subprocess.run(
            [client, "run", "--rm", "--user", "12345", "-v", f"{volume}:/data", IMAGE, command],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 1
        said = "/data: cannot be written by user 12345; give it the folder: chown -R 12345 /data"
        assert said in done.stdout + done.stderr


@pytest.mark.asyncio
async def test_a_stopped_process_turns_the_container_unhealthy(volume: str) -> None:
    """Not only one that died: what stands still is seen within a minute, and a process that goes on is well again.

    Wherever the operator has the database.
    """
    async with Blog() as blog, Telegram() as telegram:
        box = Box(volume, blog, telegram, INCOMING_DATABASE="/data/my blog/posts.db")
        await box.start()
        signal = 'for p in /proc/[0-9]*; do grep -qs "^python" $p/comm && kill -%s ${p#/proc/}; done; true'
        for name, expected in (("STOP", "unhealthy"), ("CONT", "healthy")):
            docker("exec", box.name, "sh", "-c", signal % name)
            end = time.monotonic() + 90
            while (state := await asyncio.to_thread(box.health)) != expected:
                assert time.monotonic() < end, state
                await asyncio.sleep(0.5)
        await box.stop()


@pytest.mark.parametrize("locked", [(), ("--read-only", "--cap-drop", "ALL", "--memory", "256m")])
def test_the_demo_needs_nothing_but_the_image(locked: tuple[str, ...]) -> None:
    """No token, no file, no network, and as locked up as the bot: its conversation is played, and it exits with 0."""
    said = docker("run", "--rm", "--network", "none", *locked, IMAGE, "demo", "--for", "6", "--language", "en")
    assert "Flow Matching in one noising step" in said
    assert "𝐱ₜ = (1−t)𝐱₀ + tε" in said
    assert "– Not sent: " in said
    assert "> /topics" in said
    assert "incoming init" in said.splitlines()[-1]


def test_the_image_is_small() -> None:
    """At most 60 MB over its base."""
    image = json.loads(docker("image", "inspect", IMAGE))[0]
    base = json.loads(docker("image", "inspect", BASE))[0]
    assert image["Size"] - base["Size"] <= 60_000_000


def test_the_list_of_what_is_in_it_names_libraries_and_debian() -> None:
    """Each library of the lock with its hashes, what the base brings, and which base it is, by its layers."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.image.sbom", IMAGE], check=True, capture_output=True, text=True, timeout=120
    )
    told = json.loads(done.stdout)
    found = {each["name"]: each for each in told["components"]}
    assert found["aiohttp"]["hashes"]
    layers = [each["value"] for each in told["metadata"]["component"]["properties"]]
    base = json.loads(docker("image", "inspect", "--format", "{{json .RootFS.Layers}}", BASE))
    assert layers[: len(base)] == base
    assert len(layers) > len(base)
    assert found["base-files"]["purl"].startswith("pkg:deb/debian/")


def test_nothing_secret_or_needless_is_in_the_image() -> None:
    """It runs as nobody in particular, and brings neither pip's cache nor tests."""
    image = json.loads(docker("image", "inspect", IMAGE))[0]
    assert image["Config"]["User"] == "10001:10001"
    assert image["Config"]["Volumes"] == {"/data": {}}
    assert not any("TOKEN" in line for line in image["Config"]["Env"])
    listing = docker("run", "--rm", "--entrypoint", "ls", IMAGE, "/opt/incoming", "/opt/incoming/bot")
    assert "tests" not in listing
    assert "config.toml" not in listing
    history = docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", IMAGE)
    assert not re.search(r"(?i)token|password|secret|https?://[^/ ]*@", history)
    names = " -o ".join(f'-name "{name}"' for name in ("pip.conf", ".netrc", "*.env", "config.toml"))
    find = rf"find / -xdev \( {names} \) 2>/dev/null; true"
    assert docker("run", "--rm", "--entrypoint", "sh", IMAGE, "-c", find) == ""


def test_no_layer_has_a_secret(tmp_path: Path) -> None:
    """Not only what the finished image shows: what a later layer covers can be read by whoever has the image."""
    saved = tmp_path / "image.tar"
    docker("save", "-o", str(saved), IMAGE)
    found, layers = secrets(saved)
    assert found == []
    assert layers >= 3


def test_a_secret_that_a_later_layer_removes_is_found(tmp_path: Path) -> None:
    """The test above is not blind: a file that is made and deleted again is in what this engine saves."""
    (tmp_path / "Dockerfile").write_text(
        f"FROM {IMAGE}\nUSER 0\nRUN echo password > /root/.netrc\nRUN rm /root/.netrc\n", encoding="utf-8"
    )
    docker("build", "-q", "--network", "host", "-t", f"{SCRATCH}:leaky", str(tmp_path))
    saved = tmp_path / "image.tar"
    docker("save", "-o", str(saved), f"{SCRATCH}:leaky")
    docker("rmi", f"{SCRATCH}:leaky")
    (found,), _ = secrets(saved)
    assert found.endswith(": root/.netrc")
