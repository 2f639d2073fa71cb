from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from prometheus_client.core import GaugeMetricFamily

from bot import metrics, platforms
from bot.cli import cli
from bot.config import load
from bot.core.errors import ConfigError
from bot.core.models import Feed
from bot.core.overview import Queue
from bot.web import numbers
from tests.clock import START
from tests.generated import ALL, DOCS

ROOT = DOCS.parent
READMES = (ROOT / "README.md", ROOT / "README.zh.md")
PAGES = sorted([*DOCS.glob("*.md"), *READMES, ROOT / "CONTRIBUTING.md"])
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"(?:docker compose exec incoming |\.venv/bin/)?(incoming .+)")
_CODE = re.compile(r"`([^`\n]+)`")


def blocks(kind: str) -> list[tuple[str, str]]:
    """Give the code blocks of a language, with the page that each is on."""
    return [
        (page.name, text) for page in PAGES for name, text in _BLOCK.findall(page.read_text("utf-8")) if name == kind
    ]


def commands() -> Iterator[tuple[str, str]]:
    """Give every command line that a page tells to type: in blocks, and within a README's sentences."""
    lines = [(page, line) for page, text in blocks("sh") for line in text.splitlines()]
    for page in READMES:
        text = page.read_text("utf-8")
        lines += [(page.name, line.strip()) for line in text.splitlines() if line.startswith("    ")]
        # `[--all]` is an option that may be left out; what is written with `|` are several commands.
        lines += [(page.name, re.sub(r"[\[\]]", "", code)) for code in _CODE.findall(text) if "|" not in code]
    for name, line in lines:
        if found := _COMMAND.fullmatch(line):
            yield name, found[1]


@pytest.mark.parametrize("name", sorted(ALL))
def test_what_is_made_from_the_code_is_up_to_date(name: str) -> None:
    """`make docs` writes it anew."""
    assert (DOCS / name).read_text("utf-8") == ALL[name]()


@pytest.mark.parametrize(("page", "line"), list(commands()))
def test_every_command_in_the_docs_exists(page: str, line: str) -> None:
    """With its options and arguments."""
    command: click.Command = cli
    words = shlex.split(line)[1:]
    context = click.Context(cli)
    while isinstance(command, click.Group) and words and words[0] in command.commands:
        command = command.commands[words.pop(0)]
        context = click.Context(command, parent=context)
    assert command is not cli, f"{page}: {line}"
    command.parse_args(context, words)


@pytest.mark.parametrize(("page", "text"), blocks("toml"))
def test_every_configuration_in_the_docs_is_one(page: str, text: str) -> None:
    """No key in it is unknown, no value is wrong."""
    settings = {name: platforms.load(name).Settings for name in platforms.NAMES}
    try:
        load(None, settings, given=tomllib.loads(text))
    except ConfigError as error:
        pytest.fail(f"{page}: {error}")


def test_config_example_has_every_key() -> None:
    """With its comment marks taken off it is a configuration, and no setting is missing from it."""
    text = (ROOT / "config.example.toml").read_text("utf-8")
    opened = re.sub(r"^# (?=(\[+[\w.]+\]+|\w+ = ))", "", text, flags=re.MULTILINE)
    given = tomllib.loads(opened)
    settings = {name: platforms.load(name).Settings for name in platforms.NAMES}
    config = load(None, settings, given={**given, "telegram": {**given["telegram"], "token": "1:a"}})
    for section in ("web", "backup", "watch"):
        assert set(type(getattr(config, section)).model_fields) == set(given[section]), section


def test_dashboard_and_alerts_ask_for_metrics_that_exist() -> None:
    """Every name in them is one that `/metrics` gives."""
    known = {sample.name for family in metrics.REGISTRY.collect() for sample in family.samples}
    known |= {f"{family.name}{end}" for family in metrics.REGISTRY.collect() for end in ("_total", "_bucket", "")}
    given: list[GaugeMetricFamily] = [
        *numbers._queue(Queue(), START),
        *numbers._feeds([Feed(1, "a", "b")], START),
    ]
    known |= {family.name for family in given}
    known |= {"incoming_posts", "incoming_active_chats", "incoming_loop_alive", "incoming_platform_up"}
    for name in ("grafana.json", "alerts.yml"):
        asked = set(re.findall(r"incoming_[a-z_]+", (DOCS / name).read_text("utf-8")))
        assert asked
        assert asked <= known, (name, asked - known)


def test_dashboard_is_one_and_alerts_are_three() -> None:
    """Grafana takes JSON with panels; there are three rules, each with what it means."""
    board = json.loads((DOCS / "grafana.json").read_text("utf-8"))
    assert len(board["panels"]) == len({panel["id"] for panel in board["panels"]}) == 10
    text = (DOCS / "alerts.yml").read_text("utf-8")
    assert text.count("- alert: ") == text.count("expr: ") == text.count("summary: ") == 3


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """Every relative link names a file."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def said_in_code(page: Path) -> tuple[list[str], set[str]]:
    """Give what a page says as code: whole blocks in their order, and what stands within sentences."""
    text = page.read_text("utf-8")
    whole = [code for _, code in _BLOCK.findall(text)]
    whole += [line for line in text.splitlines() if line.startswith("    ")]
    return whole, set(_CODE.findall(_BLOCK.sub("", text)))


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
