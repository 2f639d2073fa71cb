"""What leads over the configuration's file: the environment, and files with secrets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.config import Config
from bot.core.errors import ConfigError
from bot.explain import unknown_variable
from bot.sections import reveal
from tests.unit.configured import FEED, load, refused

pytestmark = pytest.mark.usefixtures("secrets")


def set_all(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> None:
    """Set environment variables."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def test_the_environment_leads_over_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Key by key, at every depth: what it does not say stays as the file has it."""
    set_all(monkeypatch, {"INCOMING_LANGUAGE": "en", "INCOMING_TELEGRAM__TOKEN": "2:env"})
    found = load(file, 'language = "zh"\n[telegram]\ntoken = "1:file"\noperators = [7]')
    assert (found.language, reveal(found.platform("telegram").token)) == ("en", "2:env")
    assert found.platform("telegram").operators == (7,)


def test_an_empty_variable_says_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose files hand empty variables on: they take neither the token nor the feeds away."""
    set_all(monkeypatch, {"INCOMING_FEEDS": "", "INCOMING_TELEGRAM__TOKEN": ""})
    found = load(file, f'[telegram]\ntoken = "1:file"\n[[feeds]]\nurl = "{FEED}"')
    assert (reveal(found.platform("telegram").token), len(found.feeds)) == ("1:file", 1)


def test_the_database_does_not_leave_the_health_checks_sight(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The container's check reads the environment alone: with an empty variable no file may say another place."""
    elsewhere = 'database = "else/where.db"'
    assert load(file, elsewhere).database == Path("else/where.db")
    monkeypatch.setenv("INCOMING_DATABASE", "")
    assert load(file, 'database = "data/incoming.db"').database == load(file, "").database == Path("data/incoming.db")
    with pytest.raises(ConfigError, match=r"^INCOMING_DATABASE is empty, .*; set it to else/where\.db$"):
        load(file, elsewhere)


def test_feeds_may_come_from_the_environment(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`INCOMING_FEEDS` is addresses with blanks between them, or JSON, and replaces the file's."""
    for written in (f"{FEED}\n  {FEED}2 ", f'[{{"url": "{FEED}"}}, {{"url": "{FEED}2"}}]'):
        monkeypatch.setenv("INCOMING_FEEDS", written)
        found = load(file, '[[feeds]]\nurl = "https://file.example"\nname = "file"')
        assert [feed.url for feed in found.feeds] == [FEED, f"{FEED}2"]


@pytest.mark.parametrize("written", ["7 8", "[7, 8]", '["7", "8"]'])
def test_lists_in_the_environment_need_no_brackets(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    """Words with blanks between them are a list, JSON is too."""
    monkeypatch.setenv("INCOMING_TELEGRAM__OPERATORS", written)
    assert load().platform("telegram").operators == (7, 8)


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("INCOMING_FOO", "1", "INCOMING_FOO: unknown setting; see config.example.toml"),
        ("INCOMING_LANGAUGE", "en", "INCOMING_LANGAUGE: unknown setting; did you mean INCOMING_LANGUAGE?"),
        ("INCOMING_TELEGRAM__TOKN", "hunter2", "INCOMING_TELEGRAM__TOKN: unknown key; did you mean token?"),
        ("INCOMING_LANGUAGE", "de", "INCOMING_LANGUAGE: Input should be 'zh', 'zh-TW' or 'en'"),
        ("INCOMING_FETCH", "{hunter2", "INCOMING_FETCH must be a table"),
        ("INCOMING_FEEDS", "blog.example", "INCOMING_FEEDS: 0.url must begin with http:// or https://"),
        (
            "INCOMING_FEEDS",
            f"{FEED} {FEED}",
            "INCOMING_FEEDS: numbers 1 and 2 have the same address; take one of them out",
        ),
        ("INCOMING_WATCH__HOLD_FLOODS", "perhaps", "INCOMING_WATCH__HOLD_FLOODS must be true or false"),
        ("incoming_timezone", "Mars", "incoming_timezone is no IANA time zone"),
    ],
)
def test_what_is_wrong_in_the_environment_names_the_variable(
    file: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, line: str
) -> None:
    """Not the file, though there is one."""
    monkeypatch.setenv(name, value)
    assert refused(file, 'language = "zh"').startswith(line)


def test_variables_that_others_set_are_no_mistakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service of our name in Kubernetes, and the failpoint, belong to the environment."""
    others = ("INCOMING_SERVICE_HOST", "INCOMING_SERVICE_PORT", "INCOMING_PORT", "INCOMING_PORT_80_TCP_ADDR")
    assert unknown_variable(Config, [*others, "INCOMING_FAILPOINT", "HOME", "incoming"]) is None
    set_all(monkeypatch, dict.fromkeys(others, "tcp://10.0.0.1:80"))
    assert load().language == "zh"


def test_secrets_come_from_files(secrets: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in the folder leads over the configuration, the environment over both; a final line break is no secret."""
    secrets.mkdir()
    (secrets / "INCOMING_telegram__token").write_text("2:secret\n")
    text = '[telegram]\ntoken = "1:file"'
    assert reveal(load(file, text).platform("telegram").token) == "2:secret"
    monkeypatch.setenv("INCOMING_TELEGRAM__TOKEN", "3:env")
    assert reveal(load(file, text).platform("telegram").token) == "3:env"


def test_other_peoples_secrets_are_left_alone(secrets: Path) -> None:
    """What else lies in the folder, as in every Kubernetes pod, is no mistake and no setting."""
    (secrets / "kubernetes.io" / "serviceaccount").mkdir(parents=True)
    (secrets / "kubernetes.io" / "serviceaccount" / "token").write_text("other")
    (secrets / "language").write_text("other")
    assert load().language == "zh"


def test_secrets_that_cannot_be_read_are_said(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line with the folder, not a traceback."""
    secrets.mkdir()
    (secrets / "INCOMING_telegram__token").write_text("2:hunter2")

    def refuse(*_: Any, **__: Any) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)
    assert refused().startswith(f"{secrets}: cannot be read by user {os.getuid()}: ")
