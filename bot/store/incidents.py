"""Incidents, the signs of them that the database holds, and notices on their way to an operator's chat."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import aiosqlite

from bot.core.called import called
from bot.core.incidents import FRESH, HOST, RELAPSE, THREAD, Incident, Kind, Sign
from bot.core.models import Payload
from bot.store.engine import queries
from bot.store.rows import dumps, maybe_moment, moment, stamp

SQL = queries("incidents.sql")


class IncidentWork:
    """The incidents' side of a transaction."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._db = connection

    async def incidents(self, now: datetime) -> Sequence[Incident]:
        """Give the incidents that are open, those whose end is to be told, and those that were closed lately."""
        rows = await self._db.execute_fetchall(SQL["incidents"], {"since": stamp(now - RELAPSE)})
        return [_incident_of(row) for row in rows]

    async def open_incidents(self) -> Sequence[Incident]:
        """Give what is wrong now, the oldest first."""
        return [_incident_of(row) for row in await self._db.execute_fetchall(SQL["open_incidents"])]

    async def open_incident(self, sign: Sign, now: datetime) -> None:
        """Remember that something is wrong."""
        await self._db.execute(SQL["open_incident"], {**_sign_values(sign), "now": stamp(now)})

    async def renew_incident(self, sign: Sign) -> None:
        """Bring up to date what is known of an incident, until it is told."""
        await self._db.execute(SQL["renew_incident"], _sign_values(sign))

    async def close_incident(self, incident_id: int, now: datetime) -> None:
        """Remember that it is over."""
        await self._db.execute(SQL["close_incident"], {"id": incident_id, "now": stamp(now)})

    async def told_incident(self, incident_id: int, now: datetime, *, over: bool = False) -> None:
        """Remember that it was told, or (``over``) that its end was."""
        await self._db.execute(
            SQL["over_incident" if over else "told_incident"], {"id": incident_id, "now": stamp(now)}
        )

    async def signs(self, now: datetime) -> Sequence[Sign]:
        """Find what the database itself shows to be wrong: closed places, lost deliveries, held posts."""
        rows: Any = await self._db.execute_fetchall(SQL["closed_places"])
        found = [_closed(row) for row in rows]
        rows = await self._db.execute_fetchall(SQL["lost_deliveries"], {"since": stamp(now - FRESH)})
        found += [_lost(row) for row in rows]
        rows = await self._db.execute_fetchall(SQL["rekeyed"])
        return [
            *found,
            *(
                Sign(Kind.HELD, row["name"], {"feed": called(row["title"] or row["name"]), "n": str(row["posts"])})
                for row in rows
            ),
        ]

    async def add_notice(self, chat_id: int, payloads: Sequence[Payload], now: datetime) -> None:
        """Put a notice into the outbox: its requests go out like a post's."""
        cursor = await self._db.execute(SQL["add_notice"], {"chat": chat_id, "now": stamp(now)})
        row = await cursor.fetchone()
        message = int(row["id"]) if row else 0
        await self._db.executemany(
            SQL["add_notice_part"],
            [
                {
                    "message": message,
                    "number": number,
                    "nonce": _nonce(message, number, now),
                    "payload": dumps(payload),
                    "now": stamp(now),
                }
                for number, payload in enumerate(payloads)
            ],
        )
        await self._db.execute(SQL["enqueue_notice"], {"chat": chat_id, "message": message, "now": stamp(now)})


def _nonce(message: int, number: int, now: datetime) -> str:
    seed = f"notice:{message}:{number}:{stamp(now)}".encode()
    return base64.b32encode(hashlib.sha256(seed).digest())[:24].decode().lower()


def _closed(row: Any) -> Sign:
    place = f"{row['platform']}:{row['ref']}"
    facts = {"place": row["title"] or place, "reason": row["closed"]}
    facts |= {name: row[name] for name in (THREAD, HOST) if row[name]}
    return Sign(Kind.PLACE, f"{place}:{row['thread']}" if row["thread"] else place, facts)


def _lost(row: Any) -> Sign:
    facts = {
        "title": row["title"],
        "platform": row["platform"],
        "reason": row["reason"],
        "n": str(row["deliveries"]),
    }
    return Sign(Kind.DELIVERY, f"{row['post_id']}:{row['platform']}:{row['reason']}", facts)


def _sign_values(sign: Sign) -> dict[str, object]:
    return {"kind": sign.kind.value, "subject": sign.subject, "facts": dumps(dict(sign.facts))}


def _incident_of(row: Any) -> Incident:
    return Incident(
        id=row["id"],
        kind=Kind(row["kind"]),
        subject=row["subject"],
        facts=json.loads(row["facts"]),
        opened=moment(row["opened"]),
        told=maybe_moment(row["told"]),
        closed=maybe_moment(row["closed"]),
        over=maybe_moment(row["over"]),
    )
