"""Every command that a page tells to type, beside the program's own: each program's words are known here or refused."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from bot import platforms
from bot.config import load
from bot.core.errors import ConfigError
from tests import plain_yaml
from tests.unit.test_docs import PAGES, ROOT, Line, blocks, spans

COMPOSE: Final = plain_yaml.read((ROOT / "compose.yaml").read_text("utf-8"))
MAKEFILE: Final = (ROOT / "Makefile").read_text("utf-8")
PROGRAMS: Final = {"docker", "export", "make", "python", "incoming", ".venv/bin/incoming", ".ci/run", "timedatectl"}
SERVICE: Final = "incoming"
IMAGE: Final = COMPOSE["services"][SERVICE]["image"]
# What each of Docker's commands takes: options without a value, and options with one.
DOCKER: Final[dict[str, tuple[set[str], set[str]]]] = {
    "build": (set(), {"-t", "--build-arg", "--network"}),
    "run": ({"--rm", "-it"}, set()),
    "stop": (set(), set()),
    "image inspect": (set(), {"--format"}),
    "compose up": ({"-d"}, set()),
    "compose build": ({"--pull"}, set()),
    "compose stop": (set(), set()),
    "compose logs": ({"-f"}, set()),
    "compose cp": (set(), set()),
    "compose exec": (set(), set()),
    "compose run": ({"--rm"}, {"--entrypoint"}),
}


class Parsed(BaseException):
    """A program took its options."""


def commands() -> Iterator[Line]:
    """Give each command of each page, alone: the lines of its blocks, and what its sentences name."""
    for page in PAGES:
        lines = [line for kind, text in blocks(page) if kind != "toml" for line in text.splitlines()]
        named = [span for span in spans(page) if re.match(rf"({'|'.join(map(re.escape, PROGRAMS))}) ", span)]
        # A picture of the house and the way through it are drawn in blocks of their own: no line there is a command.
        typed = [line for line in lines if page.name != "developers.md"]
        for line in [*typed, *named]:
            parts = re.split(r"&&|;|\|", line.split("  #")[0])
            yield from ((page.name, part.strip()) for part in parts if part.strip())


OTHERS: Final = sorted({each for each in commands() if "incoming" not in each[1].split()[0].rpartition("/")[2]})


def taken(words: list[str], options: tuple[set[str], set[str]]) -> tuple[dict[str, str], list[str]]:
    """Take a command's options from its words; give them, and the words after them."""
    given: dict[str, str] = {}
    while words and words[0].startswith("-"):
        name, *words = words
        assert name in options[0] | options[1], name
        given[name] = words.pop(0) if name in options[1] else ""
    return given, words


def docker(words: list[str]) -> None:
    """Check a call of Docker: its command, its options, the image, the service and the files that it names."""
    known = 2 if words[0] in {"compose", "image"} else 1
    command = " ".join(words[:known])
    assert command in DOCKER, command
    given, rest = taken(words[known:], DOCKER[command])
    match command, rest:
        case "build", [folder]:
            assert (ROOT / folder / "Dockerfile").is_file()
            # What is built under this name is what compose starts.
            assert given.get("-t", IMAGE) == IMAGE
            name = given.get("--build-arg", "BASE=").partition("=")[0]
            assert re.search(rf"^ARG {name}\b", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
        case "run", [image, *_]:
            assert image == IMAGE
        case "image inspect", [image]:
            assert f"ARG BASE={image}\n" in (ROOT / "Dockerfile").read_text("utf-8")
        case "compose cp", [source, target]:
            service, _, path = source.partition(":")
            assert (service, path.startswith("/data/"), target) == (SERVICE, True, ".")
        case "compose exec", [service, program, *_]:
            assert (service, program) == (SERVICE, "incoming")
        case "compose run", [service, *names]:
            assert service == SERVICE
            assert given["--entrypoint"] in {"cp", "rm"}
            assert [name for name in names if not re.fullmatch(r"-f|[\w.-]+\.db(-wal|-shm)?", name)] == []
        case _, [*service]:
            assert service in ([], [SERVICE])


def make(words: list[str]) -> None:
    """Check a call of make: its target, and that the variables that it sets are read."""
    target, *settings = words
    assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), target
    assert [name for name in (each.partition("=")[0] for each in settings) if f"$({name})" not in MAKEFILE] == []


def python(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one of our programs read the options that it is called with, and no more."""
    name = words[1] if words[0] == "-m" else words[0].removesuffix(".py").replace("/", ".")
    given = words[2:] if words[0] == "-m" else words[1:]
    module = importlib.import_module(name)
    real = argparse.ArgumentParser.parse_args

    def parse(self: argparse.ArgumentParser, *_: Any) -> None:
        real(self, [re.sub(r"[A-Z]+…?", "docs", word) if word.isupper() else word.rstrip("…") for word in given])
        raise Parsed

    def work(*_: object) -> None:
        pytest.fail(f"{name}: works before it has read its options")

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse)
    monkeypatch.setattr(asyncio, "run", work)
    with pytest.raises(Parsed):
        module.main()


def export(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Check that a variable of the environment is a setting, and its value one."""
    name, _, value = words[0].partition("=")
    monkeypatch.setenv(name, value)
    load(None, {each: platforms.load(each).Settings for each in platforms.NAMES})
    assert name in COMPOSE["services"][SERVICE]["environment"]


@pytest.mark.parametrize(("page", "line"), OTHERS)
def test_every_command_beside_our_own_is_one(page: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its options, and what it names of ours: targets, modules, images, services, settings, files."""
    words = shlex.split(line)
    match words:
        case ["docker", *rest]:
            docker(rest)
        case ["make", *rest]:
            make(rest)
        case ["python", *rest]:
            python(rest, monkeypatch)
        case ["export", *rest]:
            export(rest, monkeypatch)
        case [".ci/run"]:
            assert os.access(ROOT / ".ci" / "run", os.X_OK)
        case ["timedatectl", "set-ntp", "true"]:
            pass
        case _:
            pytest.fail(f"{page}: nothing is known of `{line}`")


@pytest.mark.parametrize(
    "line",
    [
        "docker build -t other .",
        "docker build -t incoming docs",
        "docker build --squash -t incoming .",
        "docker build --build-arg BASIS=x .",
        "docker run --rm -it inkoming demo",
        "docker compose up --detached",
        "docker compose logs incomming",
        "docker compose exec bot incoming check",
        "docker compose restart",
        "docker compose cp incoming:/copy.db .",
        "docker compose run --rm --entrypoint sh incoming copy.db incoming.db",
        "make everything",
        "make demo FAR=10",
        "python -m benchmarks.idle --contained",
        "python -m benchmarks.nothing",
        "python -m benchmarks.reading --all",
        "export INCOMING_FEED='https://example.org/'",
        "export INCOMING_TELEGRAM__TOKENS='1:a'",
        "podman build .",
    ],
)
def test_a_wrong_command_is_seen(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check above is not blind."""
    with pytest.raises((AssertionError, ConfigError, ModuleNotFoundError, SystemExit, pytest.fail.Exception)):
        test_every_command_beside_our_own_is_one("a page", line, monkeypatch)


def test_what_the_pages_tell_to_type_is_found() -> None:
    """Blocks and sentences, whichever program it is."""
    assert {line.split()[0] for _, line in OTHERS} == PROGRAMS - {"incoming", ".venv/bin/incoming"}
    assert ("README.md", "docker run --rm -it incoming demo") in OTHERS
    assert ("operators.md", "docker compose build --pull") in OTHERS
    assert ("benchmarks.md", "python -m benchmarks.telegram --real-burst") in OTHERS


def test_every_program_of_the_makefile_takes_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever `make bench` and the like call, as they call it."""
    called = re.findall(r"\$\(BIN\)/python ((?:-m )?benchmarks[./]\S+[^\n;]*)", MAKEFILE)
    assert len(called) >= 10
    for line in called:
        with monkeypatch.context() as patch:
            python(shlex.split(re.sub(r"\$\(or \$\(\w+\),(\w+)\)|2>.*", r"\1", line)), patch)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_that_is_named_is_one(page: Path) -> None:
    """`INCOMING_...` anywhere, `[table] key` and `key = value` in a sentence."""
    for name, value in re.findall(r"\b(INCOMING_[A-Z_]+)(?:='([^']*)')?", page.read_text("utf-8")):
        if not name.endswith(("_IMAGE", "_FAILPOINT")):
            assert setting(name.removeprefix("INCOMING_").lower().split("__")), name
            assert value in {"", "URL URL"} or value.startswith(("https://", "123", "MTE")), name
    for span in spans(page):
        if found := re.fullmatch(r"\[+([a-z.]+)\]+(?: ([a-z_]+))?", span):
            assert setting([*found[1].split("."), *found.groups("")[1:]]), span
        elif found := re.fullmatch(r"([a-z_]+) = .+", span):
            assert any(setting([table, found[1]]) for table in (*TABLES, "")), span


TABLES: Final = ("fetch", "watch", "deliver", "web", "backup", "feeds", "topics", "telegram", "discord")


def setting(path: list[str]) -> bool:
    """Tell whether there is such a table or key."""
    model: Any = load(None, {name: platforms.load(name).Settings for name in platforms.NAMES}, given={})
    fields = type(model).model_fields
    for name in filter(None, path):
        if name not in fields:
            return False
        kinds = [fields[name].annotation, *getattr(fields[name].annotation, "__args__", ())]
        fields = next((kind.model_fields for kind in kinds if hasattr(kind, "model_fields")), {})
    return True


def test_a_setting_that_is_none_is_seen() -> None:
    """The check above is not blind, at any depth."""
    assert setting(["telegram", "webhook", "url"])
    assert setting(["feeds", "interval"])
    assert not setting(["telegram", "webhook", "uri"])
    assert not setting(["feed"])


def test_yaml_in_sentences_agrees_with_what_stands_beside_it() -> None:
    """The port that is published is the one that the page tells to serve; the restart is what compose.yaml has."""
    page = (ROOT / "docs" / "operators.md").read_text("utf-8")
    found = [plain_yaml.read(span) for span in spans(ROOT / "docs" / "operators.md") if re.match(r"[a-z]+: ", span)]
    (ports,) = [each["ports"] for each in found if "ports" in each]
    assert [each.rpartition(":")[2] for each in ports] == re.findall(r'host = "0\.0\.0\.0"\nport = (\d+)', page)
    assert all(each.startswith("127.0.0.1:") for each in ports)
    restarts = {each["restart"] for each in found if "restart" in each}
    assert restarts == {COMPOSE["services"][SERVICE]["restart"]}
