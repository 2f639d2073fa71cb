from __future__ import annotations

import json
import re
import shlex
import struct
import textwrap
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest
from pydantic import BaseModel

from bot import platforms
from bot.cli import cli
from bot.config import load
from bot.core.errors import ConfigError
from tests import advisories, status_picture
from tests.generated import ALL, DOCS

ROOT = DOCS.parent
READMES = (ROOT / "README.md", ROOT / "README.zh.md")
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:(?<=\n\n)|\A)((?: {4,}\S.*\n|\n(?= {4}))+)")
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
Line = tuple[str, str]
"""A page's name, and something on it."""


def blocks(page: Path) -> Iterator[Line]:
    """Give a page's code blocks with their languages; of an indented one it is guessed."""
    text = page.read_text("utf-8")
    yield from _FENCED.findall(text)
    for block in _INDENTED.findall(_FENCED.sub("", text)):
        lines = textwrap.dedent(block)
        yield "toml" if re.match(r"\[|\w+ = ", lines) else "sh", lines


def spans(page: Path) -> Iterator[str]:
    """Give what stands in a page's text as code."""
    for span in _SPAN.findall(_INDENTED.sub("", _FENCED.sub("", page.read_text("utf-8")))):
        yield span.replace("\\|", "|")


def typed() -> Iterator[Line]:
    """Give every command line that a page tells to type, from the program's name on."""
    for page in PAGES:
        lines = [line for kind, text in blocks(page) if kind in {"sh", ""} for line in text.splitlines()]
        for line in lines:
            for part in re.split(r"&&|;|\|", line):
                words = part.split("#")[0].split()
                names = [number for number, word in enumerate(words) if word.rpartition("/")[2] == "incoming"]
                other = "--entrypoint" in words
                if names and not other and (words[0] != "docker" or {"run", "exec"} & set(words)):
                    yield page.name, " ".join(["incoming", *words[names[-1] + 1 :]])


def mentioned() -> Iterator[Line]:
    """Give every command that a page speaks of, such as `incoming feeds` or `feeds add URL [--name NAME]`."""
    groups = [name for name, command in cli.commands.items() if isinstance(command, click.Group)]
    for page in PAGES:
        for span in spans(page):
            line = re.sub(r"^\.venv/bin/", "", span)
            if re.match(rf"({'|'.join(groups)}) \w", line):
                line = f"incoming {line}"
            # A list of names, as the changelog has it, is no command line.
            if line.startswith("incoming ") and not set(line.split()[2:3]) & set(cli.commands):
                yield page.name, line


def find(words: list[str]) -> tuple[click.Command, list[str]]:
    """Find the command that some words begin with; give what is left of them."""
    command: click.Command = cli
    while isinstance(command, click.Group) and words and words[0] in command.commands:
        command = command.commands[words[0]]
        words = words[1:]
    return command, words


def options(command: click.Command) -> Iterator[str]:
    """Give the options of a command and of those below it."""
    for parameter in command.params:
        yield from parameter.opts
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        yield from options(below)


@pytest.mark.parametrize("name", sorted(ALL))
def test_what_is_made_from_the_code_is_up_to_date(name: str) -> None:
    """`make docs` writes it anew."""
    assert (DOCS / name).read_text("utf-8") == ALL[name]()


@pytest.mark.parametrize(("page", "line"), list(typed()))
def test_every_command_to_type_exists(page: str, line: str) -> None:
    """With its options and arguments."""
    command, words = find(shlex.split(line)[1:])
    assert command is not cli, f"{page}: {line}"
    command.parse_args(click.Context(command), words)


@pytest.mark.parametrize(("page", "line"), list(mentioned()))
def test_every_command_that_is_mentioned_exists(page: str, line: str) -> None:
    """Alone, or with arguments in capitals, alternatives and what may be left out in brackets."""
    for way in alternatives(re.sub(r"[\[\]]", "", line)):
        command, words = find([{"ID": "1"}.get(word, word) for word in shlex.split(way)[1:]])
        assert command is not cli, f"{page}: {way}"
        if words:
            command.parse_args(click.Context(command), words)


def alternatives(line: str) -> Iterator[str]:
    """Give both ways of `retry|drop`."""
    found = re.search(r"(\S+)\|(\S+)", line)
    ways = [line.replace(found[0], way) for way in found.groups()] if found else [line]
    yield from ways


def test_the_docs_are_read_as_people_read_them() -> None:
    """Fenced and indented blocks, tables and sentences: the checks above are not blind."""
    assert ("README.md", "incoming demo") in list(typed())
    assert any(line.startswith("incoming preview https://") for _, line in typed())
    assert ("operators.md", "incoming once --wait 300") in list(typed())
    assert any(line.startswith("incoming feeds add URL") for _, line in mentioned())
    assert sum(kind == "toml" for page in PAGES for kind, _ in blocks(page)) >= 8


def test_every_option_that_is_mentioned_exists() -> None:
    """`--option` in a sentence or table is one that some command has."""
    known = set(options(cli))
    named = {(page.name, *re.findall(r"^--[a-z-]+", span)) for page in PAGES for span in spans(page)}
    assert {pair for pair in named if len(pair) == 2 and pair[1] not in known} == set()


def test_every_target_of_make_exists() -> None:
    """`make TARGET`, wherever it stands."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    asked = set()
    for page in PAGES:
        lines = [line for kind, text in blocks(page) if kind in {"sh", ""} for line in text.splitlines()]
        asked |= {found[1] for line in [*lines, *spans(page)] if (found := re.match(r"\s*make ([a-z-]+)", line))}
    assert {"demo", "test"} <= asked <= targets


def test_every_file_that_is_mentioned_exists() -> None:
    """`bot/...`, `docs/...`, `tests/...` and `benchmarks/...`."""
    path = re.compile(r"(?:bot|docs|tests|benchmarks)/[\w./-]+")
    named = {(page.name, span) for page in PAGES for span in spans(page) if path.fullmatch(span) and "NAME" not in span}
    assert {pair for pair in named if not (ROOT / pair[1]).exists()} == set()


@pytest.mark.parametrize(
    ("page", "text"), [(page.name, text) for page in PAGES for kind, text in blocks(page) if kind == "toml"]
)
def test_every_configuration_in_the_docs_is_one(page: str, text: str) -> None:
    """No key in it is unknown, no value is wrong."""
    settings = {name: platforms.load(name).Settings for name in platforms.NAMES}
    try:
        load(None, settings, given=tomllib.loads(text))
    except ConfigError as error:
        pytest.fail(f"{page}: {error}")


def keys(model: BaseModel, above: str = "") -> set[str]:
    """Give every key of a configuration, at every depth."""
    found = set()
    for name in type(model).model_fields:
        value = getattr(model, name)
        below = value[0] if isinstance(value, tuple) and value else value
        found |= keys(below, f"{above}{name}.") if isinstance(below, BaseModel) else {above + name}
    return found


def written(table: Mapping[str, Any], above: str = "") -> set[str]:
    """Give every key of a file's table, at every depth."""
    found = set()
    for name, value in table.items():
        below = value if isinstance(value, list) and value and isinstance(value[0], dict) else [value]
        for each in below:
            found |= written(each, f"{above}{name}.") if isinstance(each, dict) else {above + name}
    return found


def test_config_example_has_every_key() -> None:
    """With its comment marks taken off it is a configuration, and no setting is missing from it."""
    text = (ROOT / "config.example.toml").read_text("utf-8")
    opened = re.sub(r"^# (?=(\[+[\w.]+\]+|\w+ = ))", "", text, flags=re.MULTILINE)
    given = tomllib.loads(opened)
    settings = {name: platforms.load(name).Settings for name in platforms.NAMES}
    config = load(None, settings, given={**given, "telegram": {**given["telegram"], "token": "1:a"}})
    # A topic's name is a table by language.
    assert keys(config) == {re.sub(r"^(topics\.name)\..*", r"\1", key) for key in written(given)}


def test_dashboard_is_one_and_alerts_are_three() -> None:
    """Grafana takes JSON with panels; there are three rules, each with what it means."""
    board = json.loads((DOCS / "grafana.json").read_text("utf-8"))
    assert len(board["panels"]) == len({panel["id"] for panel in board["panels"]}) == 10
    text = (DOCS / "alerts.yml").read_text("utf-8")
    # A feed that was never read has no age: `and` would keep silent about it for ever.
    assert "incoming_feed_trouble == 1 unless incoming_feed_ok_age_seconds <= " in text
    assert text.count("- alert: ") == text.count("expr: ") == text.count("summary: ") == 3


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """Every relative link names a file."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def said_in_code(page: Path) -> tuple[list[str], set[str]]:
    """Give what a page says as code: whole blocks in their order, and what stands within sentences."""
    text = page.read_text("utf-8")
    whole = [code for _, code in _FENCED.findall(text)]
    whole += [line for line in text.splitlines() if line.startswith("    ")]
    return whole, set(_SPAN.findall(_FENCED.sub("", text)))


def test_both_readmes_name_the_same_commands() -> None:
    """In English and Chinese: the same blocks, the same commands, keys and files, as many sections and steps."""
    (blocks_en, codes_en), (blocks_zh, codes_zh) = map(said_in_code, READMES)
    assert blocks_en == blocks_zh
    assert codes_en == codes_zh
    english, chinese = (page.read_text("utf-8") for page in READMES)
    for sign in (r"^#+ ", r"^\d\. ", r"^- \*\*", r"^\| "):
        assert len(re.findall(sign, english, re.MULTILINE)) == len(re.findall(sign, chinese, re.MULTILINE)), sign
    assert "(README.zh.md)" in english
    assert "(README.md)" in chinese


def test_the_readmes_two_commands_stand_where_they_are_looked_for() -> None:
    """`make demo` and `make test`, each on a line of its own."""
    for page in READMES:
        lines = page.read_text("utf-8").splitlines()
        assert [lines.count(f"    make {name}") for name in ("demo", "test")] == [1, 1]


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_the_picture_is_there_and_small(page: Path) -> None:
    """A PNG of the post on both platforms, above everything that scrolls; `make picture` draws it."""
    head = page.read_text("utf-8").split("\n## ", 1)[0]
    (name,) = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", head)
    body = (ROOT / name).read_bytes()
    assert body.startswith(b"\x89PNG")
    assert len(body) < 200_000


def test_the_operators_pictures_are_there_and_small() -> None:
    """The status page on a desk, light, and on a phone, dark; `make picture` draws them anew."""
    names = re.findall(r"!\[[^\]]{20,}\]\((status\.[^)]+)\)", (DOCS / "operators.md").read_text("utf-8"))
    assert names == [shot.name for shot in status_picture.KEPT]
    for shot in status_picture.KEPT:
        body = (DOCS / shot.name).read_bytes()
        assert body.startswith(b"\x89PNG")
        assert struct.unpack(">II", body[16:24]) == status_picture.SIZES[shot.size]
        assert len(body) < 60_000


def test_nothing_in_the_lock_is_older_than_what_mends_a_known_advisory() -> None:
    """The list stands in where no advisory service can be asked; an older version of what it names is found."""
    assert advisories.behind(advisories.locked()) == []
    assert {name for name, _, _ in advisories.listed()} <= set(advisories.locked())
    (found,) = advisories.behind({"aiohttp": "3.14.3.post1", "idna": "3.20"})[:1]
    assert found.startswith("aiohttp 3.14.3.post1: CVE-2026-128131; take 3.14.4")
