from __future__ import annotations

import itertools

import pytest

from tests.image import compose


def test_compose_caps_logs_and_restarts_what_ended() -> None:
    """An unattended container fills no disk with its log, and one that ended with 1 is started again."""
    service = compose.read(compose.FILE.read_text("utf-8"))
    words = compose.options(service, {"INCOMING_FEEDS": "https://a.example/ https://b.example/"}, "v")
    pairs = set(itertools.pairwise(words))
    assert {("--log-driver", "json-file"), ("--log-opt", "max-size=10m"), ("--log-opt", "max-file=3")} <= pairs
    assert {("--restart", "unless-stopped"), ("--memory", "256m"), ("-v", "v:/data"), ("--cap-drop", "ALL")} <= pairs
    assert ("-e", "INCOMING_FEEDS=https://a.example/ https://b.example/") in pairs
    assert ("-e", "INCOMING_TELEGRAM__TOKEN=") in pairs
    assert "--read-only" in words


def test_a_key_that_nobody_tests_is_refused() -> None:
    """So that compose.yaml says nothing that no test knows."""
    text = compose.FILE.read_text("utf-8").replace("    build: .\n", "    build: .\n    privileged: true\n")
    with pytest.raises(ValueError, match="privileged"):
        compose.options(compose.read(text), {}, "v")
