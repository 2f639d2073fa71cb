"""What the bot needs of its machine: a port, a folder for copies, room on the disk. Each finding says what mends it."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

from bot.config import Config
from bot.core.errors import StoreError
from bot.store.engine import Lease
from bot.upkeep.steward import LOW_DISK


def running(config: Config) -> bool:
    """Tell whether a bot is at work on this database."""
    lease = Lease(config.database)
    try:
        lease.take()
    except StoreError:
        return True
    lease.drop()
    return False


def findings(config: Config) -> Iterator[str]:
    """Name what is in the way. A port that the bot itself listens at is not."""
    if config.web.port and not running(config) and (wrong := _taken(config.web.host, config.web.port)):
        yield f"web: {config.web.host} port {config.web.port} cannot be had: {wrong}; choose another [web] port"
    folder = config.database.parent
    if config.backup.daily and (wrong := _unwritable(folder / "backups")):
        yield f"{folder / 'backups'}: cannot be written: {wrong}; without it there are no daily copies"
    free = shutil.disk_usage(folder).free
    if free < LOW_DISK:
        yield f"{folder}: only {free // 1_000_000} MB are free; when they are full, nothing is sent: free some space"


def _taken(host: str, port: int) -> str:
    """Say why a port cannot be listened at, as the web side will; empty where it can."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return str(error.strerror)
    return ""


def _unwritable(folder: Path) -> str:
    """Say why nothing can be put into a folder, which is made where it is missing; empty where something can."""
    there = folder if folder.exists() else folder.parent
    if not there.is_dir():
        return "it is no folder; move it away"
    if not os.access(there, os.W_OK | os.X_OK):
        return f"give it to user {os.getuid()}: chown -R {os.getuid()} {there}"
    return ""
