"""The import contracts hold, and each of them can break."""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLANTED = (
    ("bot/reading/text.py", "import bot.core.models", "floors"),
    ("bot/stray.py", "import bot.core.models", "floors"),
    ("bot/platforms/telegram/draw.py", "import bot.platforms.discord.draw", "platforms do not know each other"),
    ("bot/core/pace.py", "import time", "the pure rooms touch nothing"),
    ("bot/deliver/lane.py", "import telegram", "a platform's library is that platform's alone"),
)
"""(file, line, contract): one line each that a hurried hand might write."""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Plant all violations in one copy of the code, and give what the linter says."""
    copy = tmp_path_factory.mktemp("contracts")
    shutil.copytree(ROOT / "bot", copy / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    for file, line, _ in PLANTED:
        with (copy / file).open("a", encoding="utf-8") as code:
            code.write(f"\n{line}\n")
    linter = Path(sysconfig.get_path("scripts")) / "lint-imports"
    done = subprocess.run(
        [linter, "--no-logo", "--no-cache"], cwd=copy, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(("file", "line", "contract"), PLANTED, ids=[line for _, line, _ in PLANTED])
def test_a_violation_breaks_its_contract(said: str, file: str, line: str, contract: str) -> None:
    """It is named, with the module that imports and the one that is imported, or with the one that has no floor."""
    assert f"{contract} BROKEN" in said
    imported = line.removeprefix("import ")
    module = file.removesuffix(".py").replace("/", ".")
    told = said.partition("Broken contracts")[2]
    stray = rf"not listed as layers:\s+- {module}\b"
    assert re.search(rf"{stray}|{module} -> {imported}\b", told), told


def test_every_contract_is_broken_by_something() -> None:
    """A contract without a planted violation might be one that cannot break."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    assert {contract for _, _, contract in PLANTED} == {contract["name"] for contract in settings["contracts"]}
