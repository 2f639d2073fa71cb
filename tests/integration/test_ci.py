"""`.ci/run`, with stand-ins for make and docker: what a change has to pass, in which order, and what stops it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEMO, CHECKS, IMAGE, TESTS = "make demo FOR=10", "make lint types contracts", "make image-test", "make test"
# Each writes down how it was called; the one that is named in FAILS fails.
STAND_IN = """#!/bin/sh
said="$(basename "$0") $*"
echo "$said" >> "$CALLS"
case "$said" in "$FAILS") exit 1 ;; esac
"""


def run(folder: Path, *, fails: str = "", engine: bool = False) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """Run it in a checkout of its own, where ``fails`` fails; give how it ended, and what it called."""
    home, tools, calls = folder / "main", folder / "tools", folder / "calls"
    (home / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "run", home / ".ci" / "run")
    tools.mkdir()
    stand_ins = [tools / name for name in ("make", "docker", "chromium")]
    if engine:
        (folder / "shared" / "container").mkdir(parents=True)
        stand_ins.append(folder / "shared" / "container" / "engine")
    for file in stand_ins:
        file.write_text(STAND_IN, encoding="utf-8")
        file.chmod(0o755)
    done = subprocess.run(
        [home / ".ci" / "run"],
        env={"PATH": f"{tools}:{os.environ['PATH']}", "CALLS": str(calls), "FAILS": fails or "nothing"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done, calls.read_text("utf-8").splitlines()


def test_the_readmes_two_commands_and_all_checks_are_run(tmp_path: Path) -> None:
    """The demo first, style, types and contracts, the image, and the tests last."""
    done, calls = run(tmp_path)
    assert done.returncode == 0, done.stderr
    assert [call for call in calls if call.startswith("make ")] == [DEMO, CHECKS, IMAGE, TESTS]
    assert "NO CONTAINER ENGINE" not in done.stderr


@pytest.mark.parametrize("fails", [DEMO, CHECKS, IMAGE, TESTS])
def test_whatever_fails_fails_the_run(tmp_path: Path, fails: str) -> None:
    """Nothing comes after what failed."""
    done, calls = run(tmp_path, fails=fails)
    assert done.returncode != 0
    assert calls[-1] == fails


def test_without_an_engine_it_goes_on_and_says_so_loudly(tmp_path: Path) -> None:
    """The image is not tested then, everything else is."""
    done, calls = run(tmp_path, fails="docker info")
    assert done.returncode == 0
    assert "NO CONTAINER ENGINE: the image was neither built nor tested" in done.stderr
    assert [call for call in calls if call.startswith("make ")] == [DEMO, CHECKS, TESTS]


def test_an_engine_that_stands_beside_is_taken(tmp_path: Path) -> None:
    """Where no engine answers, the one that can be started tests the image."""
    done, calls = run(tmp_path, fails="docker info", engine=True)
    assert done.returncode == 0
    assert [call for call in calls if "image-test" in call] == ["engine make image-test"]
    assert "NO CONTAINER ENGINE" not in done.stderr
