"""`make audit`, with a stand-in for pip-audit: what is said, and whether it fails, whatever comes of the asking."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_AUDITED = "NOT AUDITED, only compared"
COMPARED = "nothing of docs/advisories.md"
ASKED = "--strict --disable-pip --require-hashes -r requirements.lock"
STAND_IN = """#!/bin/sh
echo "asked $*"
{says}
"""

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")


def audit(folder: Path, says: str | None) -> subprocess.CompletedProcess[str]:
    """Run it with a pip-audit that does what ``says`` says; None: where none can be had."""
    tool = folder / "audit" / "bin" / "pip-audit"
    if says is not None:
        tool.parent.mkdir(parents=True)
        tool.write_text(STAND_IN.format(says=says), encoding="utf-8")
        tool.chmod(0o755)
    # The environment that runs this test is the one that compares; nothing is installed.
    words = (
        "make",
        "-s",
        "audit",
        f"VENV={folder}",
        f"BIN={Path(sys.executable).parent}",
        "PY=false",
        "-o",
        f"{folder}/.installed",
    )
    return subprocess.run(words, cwd=ROOT, check=False, capture_output=True, text=True, timeout=60)


def test_a_lock_without_findings_passes(tmp_path: Path) -> None:
    """The whole lock is asked about, by its hashes; then nothing is compared."""
    done = audit(tmp_path, "echo 'No known vulnerabilities found' >&2")
    assert (done.returncode, done.stdout) == (0, f"asked {ASKED}\n")
    assert NOT_AUDITED not in done.stderr


@pytest.mark.parametrize(
    "says",
    [
        "echo 'cannot reach the vulnerability service' >&2; exit 1",
        "echo 'aiohttp 3.14.3 CVE-2026-128131'; exit 1",
        None,
    ],
)
def test_what_was_not_asked_is_not_called_well(tmp_path: Path, says: str | None) -> None:
    """Findings, no service, no pip-audit: it fails, says what it did instead, and compares with the list."""
    done = audit(tmp_path, says)
    assert done.returncode != 0
    assert NOT_AUDITED in done.stderr
    assert COMPARED in done.stdout
    assert ("pip-audit cannot be installed here" in done.stderr) == (says is None)
