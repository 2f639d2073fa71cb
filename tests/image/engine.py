"""The Docker client, and the image that is tried: `make image-test` sets INCOMING_IMAGE."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

IMAGE: Final = os.environ.get("INCOMING_IMAGE", "")
DOCKERFILE: Final = Path(__file__).resolve().parents[2] / "Dockerfile"
BASE: Final = re.findall(r"^ARG BASE=(\S+)$", DOCKERFILE.read_text("utf-8"), re.MULTILINE)[0]
"""What the image is built on, where nobody says otherwise."""


def docker(*words: str, check: bool = True, both: bool = False) -> str:
    """Run the Docker client; give what it printed, where ``both`` is set also to its standard error."""
    client = shutil.which("docker")
    assert client is not None
    done = subprocess.run([client, *words], check=False, capture_output=True, text=True, timeout=120)
    assert not check or done.returncode == 0, f"docker {' '.join(words)}: {done.stderr}"
    return (done.stdout + done.stderr if both else done.stdout).strip()
