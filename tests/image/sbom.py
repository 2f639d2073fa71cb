"""What is in the image, as a CycloneDX list on standard output: ``python -m tests.image.sbom IMAGE``.

Python's packages are those of requirements.lock, with the hashes that the build checked; Debian's are asked of the
image. Nothing is scanned for: what the lock does not name is not installed.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from bot import __version__

LOCK: Final = Path(__file__).resolve().parents[2] / "requirements.lock"
_PACKAGE: Final = re.compile(
    r"^(?P<name>[\w.-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;]+)(?P<rest>(?:.*\\\n)*.*)", re.MULTILINE
)
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def python_packages(lock: str) -> list[dict[str, Any]]:
    """Read a lock's packages."""
    return [
        {
            "type": "library",
            "name": found["name"],
            "version": found["version"],
            "purl": f"pkg:pypi/{found['name'].lower()}@{found['version']}",
            "hashes": [{"alg": "SHA-256", "content": each} for each in _HASH.findall(found["rest"])],
        }
        for found in _PACKAGE.finditer(lock)
    ]


def debian_packages(listed: str) -> list[dict[str, Any]]:
    """Read ``dpkg-query``'s list: a name and a version a line."""
    lines = (line.split("\t") for line in listed.splitlines() if "\t" in line)
    return [
        {
            "type": "library",
            "name": name,
            "version": version,
            "purl": f"pkg:deb/debian/{quote(name)}@{quote(version, safe='')}",
        }
        for name, version in lines
    ]


def bill(components: list[dict[str, Any]], layers: Sequence[str] = ()) -> dict[str, Any]:
    """Put the list together; ``layers`` are the image's, the base's first: they tell what it was built on."""
    described = {
        "type": "container",
        "name": "incoming",
        "version": __version__,
        "properties": [{"name": "layer", "value": each} for each in layers],
    }
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": described},
        "components": components,
    }


def _ask(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=120).stdout


def main() -> None:
    """Ask the image, and print the list."""
    client = shutil.which("docker")
    if client is None:
        sys.exit("sbom: there is no docker client here")
    image = sys.argv[1]
    asked = _ask(client, "run", "--rm", "--entrypoint", "dpkg-query", image, "-W", "-f", "${Package}\\t${Version}\\n")
    layers = json.loads(_ask(client, "image", "inspect", "--format", "{{json .RootFS.Layers}}", image))
    found = [*python_packages(LOCK.read_text(encoding="utf-8")), *debian_packages(asked)]
    sys.stdout.write(json.dumps(bill(found, layers), indent=1) + "\n")


if __name__ == "__main__":
    main()
