from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.image.layers import secrets

# Put together here: what looks like a token must not stand in this file either.
TELEGRAM = b"123456789:" + b"AA" + b"x" * 33
DISCORD = b"M" + b"x" * 23 + b"." + b"y" * 6 + b"." + b"z" * 30
HARMLESS = {"etc/passwd": b"root:x:0:0", "opt/incoming/bot/config.py": b"token: str", "usr/share/doc/secrets": b""}


def packed(files: Mapping[str, bytes]) -> bytes:
    """Pack files as a layer, or layers as an image."""
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return body.getvalue()


def saved(folder: Path, *layers: Mapping[str, bytes], config: bytes = b"{}") -> Path:
    """Save an image of layers, the first one compressed."""
    path = folder / "image.tar"
    bodies = [packed(layer) for layer in layers]
    bodies[:1] = map(gzip.compress, bodies[:1])
    blobs = {f"blobs/sha256/{number}": body for number, body in enumerate(bodies)}
    path.write_bytes(packed({**blobs, "blobs/sha256/config": config, "manifest.json": b"[]"}))
    return path


def test_an_image_without_secrets_has_none(tmp_path: Path) -> None:
    """Each layer is looked into, and nothing is said of what is harmless."""
    assert secrets(saved(tmp_path, HARMLESS, HARMLESS)) == ([], 2)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("opt/incoming/settings.py", b'TOKEN = "' + TELEGRAM + b'"'),
        ("opt/incoming/settings.py", b"x = " + DISCORD),
        ("root/key", b"-----BEGIN " + b"RSA PRIVATE KEY-----"),
        ("opt/big.so", b"\0" * ((1 << 20) - 20) + b" " + TELEGRAM + b" " + b"\0" * 100),
        ("data/incoming.db", b"SQLite format 3"),
        ("data/config.toml", b""),
        ("root/.netrc", b""),
        ("opt/incoming/.env", b""),
        ("run/secrets/INCOMING_TELEGRAM__TOKEN", b""),
    ],
)
@pytest.mark.parametrize("number", [0, 1])
def test_a_secret_in_any_layer_is_found(tmp_path: Path, name: str, content: bytes, number: int) -> None:
    """Also where a later layer removes it again: by its name or by what it holds, in a small file or a large one."""
    removed = str(Path(name).with_name(f".wh.{Path(name).name}"))
    layers = [HARMLESS, HARMLESS, {removed: b""}]
    layers[number] = {**HARMLESS, name: content}
    (found,), looked = secrets(saved(tmp_path, *layers))
    assert found.startswith(f"blobs/sha256/{number}: {name}")
    assert looked == 3


def test_a_token_in_how_the_image_was_made_is_found(tmp_path: Path) -> None:
    """Such as an ENV or a build argument: no file has it, the image's own description does."""
    config = b'{"history":[{"created_by":"ARG TOKEN=' + TELEGRAM + b'"}]}'
    assert secrets(saved(tmp_path, HARMLESS, config=config)) == (["blobs/sha256/config: a token"], 1)
