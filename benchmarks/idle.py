"""What the bot costs when nothing happens: memory of all its processes, and processor time from start to ready.

    python -m benchmarks.idle [--feeds 10] [--rest 45] [--container [--runs 5]]

The real program runs with both platforms connected to emulators, the feeds on a blog beside it. Ready is when
``/readyz`` says so for the first time. Memory is read when every feed was looked at, and again after ``rest`` seconds:
resident (RSS) and proportional (PSS, which counts shared pages once), summed over the program and its children.
With ``--container`` it is the image that `make image` built (or INCOMING_IMAGE) that runs, locked up as compose.yaml
has it, and all processes of the container are counted.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp

from tests.acceptance.harness import READER, Program, until
from tests.emulators.blog import Blog
from tests.emulators.discord import Discord
from tests.emulators.documents import Entry, rss
from tests.emulators.telegram import Telegram
from tests.image.engine import IMAGE, docker
from tests.image.weight import Weight, weigh

ENTRIES = 20
CHANNEL = "500000000000000001"
BARE = "import aiohttp, telegram, discord"


def family(pid: int) -> list[int]:
    """Give a process and all that it started."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    children = [int(child) for task in tasks for child in (task / "children").read_text(encoding="ascii").split()]
    return [pid, *(each for child in children for each in family(child))]


def memory(pid: int) -> tuple[float, float, int]:
    """Give resident and proportional memory in MB of a process and all that it started, and how many they are."""
    every = family(pid)
    texts = [Path(f"/proc/{each}/smaps_rollup").read_text(encoding="ascii").splitlines() for each in every]
    values = [{line.split()[0]: line.split()[1] for line in lines[1:]} for lines in texts]
    rss, pss = (sum(int(each[name]) for each in values) * 1024 / 1e6 for name in ("Rss:", "Pss:"))
    return rss, pss, len(every)


def processor(pid: int) -> float:
    """Give the seconds of processor time of a process and all that it started, those that ended included."""
    ticks = 0
    for each in family(pid):
        stat = Path(f"/proc/{each}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks += sum(map(int, stat[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def bare() -> float:
    """Give the processor time of a Python that imports the libraries and ends."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", BARE], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def publish(blog: Blog, feeds: int) -> list[str]:
    """Put feeds on the blog; give their addresses."""
    for number in range(feeds):
        body = "".join(rf"<p>第 {part} 段：\(x_t=(1-t)x_0+t\varepsilon\)，flow matching。</p>" for part in range(10))
        entries = [Entry(f"第 {each} 篇", body, ("生成模型",), f"/{number}/{each}", each) for each in range(ENTRIES)]
        blog.publish(f"/{number}.xml", rss(entries, title=f"Blog {number}"))
    return [blog.url(f"/{number}.xml") for number in range(feeds)]


async def ready(address: str) -> None:
    """Wait until the program says that it is ready."""
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(address) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.02)


async def measure(feeds: int, rest: float, port: int) -> None:
    """Run the program, and print what it takes."""
    async with Blog() as blog, Telegram() as telegram, Discord() as discord:
        telegram.world.add_chat(READER)
        discord.world.add_channel(CHANNEL)
        urls = enumerate(publish(blog, feeds))
        tables = (
            f'[discord]\ntoken = "{discord.token}"\napi_base = "{discord.base}"\ngateway = "{discord.gateway}"\n'
            f"[web]\nport = {port}\n"
            + "".join(f'\n[[feeds]]\nname = "blog{number}"\nurl = "{url}"\n' for number, url in urls)
        )
        with tempfile.TemporaryDirectory() as folder:
            # As installed: compiled once, not at every start.
            compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": f"{folder}/compiled"}
            os.environ |= compiled
            program = Program(Path(folder), blog, telegram, extra=tables, cold=True)
            await program.start("run")
            await ready(f"http://127.0.0.1:{port}/readyz")
            await program.stop()
            bare()
            began, process = time.monotonic(), await program.start("run")
            await ready(f"http://127.0.0.1:{port}/readyz")
            seconds, took = processor(process.pid), time.monotonic() - began
            print(f"start to ready: {seconds:.2f} s of processor time, {took:.1f} s; importing alone {bare():.2f} s")
            await until(lambda: len({asked.path for asked in blog.requests}) == feeds, "a look at every feed")
            await asyncio.sleep(2)
            print(_line("every feed looked at", *memory(process.pid)))
            await asyncio.sleep(rest)
            print(_line(f"{rest:.0f} s later", *memory(process.pid)))
            ended = await program.stop()
            assert ended.code == 0, ended.err


async def measure_container(feeds: int, rest: float, port: int) -> tuple[float, Weight]:
    """Run the image; print what it takes, and give the seconds of its start, and its weight at rest."""
    async with Blog() as blog, Telegram() as telegram, Discord() as discord:
        telegram.world.add_chat(READER)
        discord.world.add_channel(CHANNEL)
        env = {
            "FEEDS": " ".join(publish(blog, feeds)),
            "FETCH__ALLOW_ADDRESSES": '["127.0.0.0/8"]',
            "TELEGRAM__TOKEN": telegram.token,
            "TELEGRAM__API_BASE": telegram.base,
            "DISCORD__TOKEN": discord.token,
            "DISCORD__API_BASE": discord.base,
            "DISCORD__GATEWAY": discord.gateway,
            "WEB__PORT": str(port),
        }
        words = [word for name, value in env.items() for word in ("-e", f"INCOMING_{name}={value}")]
        # The health check is a process too, for a moment twice a minute; it must not be in one measurement of two.
        words += ["--no-healthcheck", "--read-only", "--cap-drop", "ALL", "--memory", "256m", "--network", "host"]
        name = await asyncio.to_thread(docker, "run", "-d", *words, IMAGE or "incoming:local")
        try:
            await ready(f"http://127.0.0.1:{port}/readyz")
            pid = await asyncio.to_thread(docker, "inspect", "--format", "{{.State.Pid}}", name)
            seconds = processor(int(pid))
            print(f"start to ready: {seconds:.2f} s of processor time")
            await until(lambda: len({asked.path for asked in blog.requests}) == feeds, "a look at every feed")
            await asyncio.sleep(2)
            print(_line("every feed looked at", *_figures(await asyncio.to_thread(weigh, name))))
            await asyncio.sleep(rest)
            weight = await asyncio.to_thread(weigh, name)
            print(_line(f"{rest:.0f} s later", *_figures(weight)))
            await asyncio.to_thread(docker, "stop", name)
            return seconds, weight
        finally:
            await asyncio.to_thread(docker, "rm", "-f", "-v", name)


def _figures(weight: Weight) -> tuple[float, float, int]:
    return weight.resident / 1e6, weight.proportional / 1e6, weight.processes


def _line(when: str, rss: float, pss: float, processes: int) -> str:
    return f"{when}: {rss:.1f} MB resident, {pss:.1f} MB proportional, {processes} processes"


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=10)
    parser.add_argument("--rest", type=float, default=45)
    parser.add_argument("--port", type=int, default=8642)
    parser.add_argument("--container", action="store_true")
    parser.add_argument("--runs", type=int, default=1)
    asked = parser.parse_args()
    for _ in range(asked.runs):
        work = measure_container if asked.container else measure
        asyncio.run(work(asked.feeds, asked.rest, asked.port))


if __name__ == "__main__":
    main()
