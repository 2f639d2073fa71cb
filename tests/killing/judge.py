"""Who got what how often, by the ledgers of the platforms alone; and what the program itself says of its doubts.

Every post carries its marks: ``P00012`` in the title, ``P00012.03`` in each paragraph. A chat is owed the first of each
post, and those with the whole text also the others, each once.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

MARK = re.compile(r"P\d{5}(?:\.\d\d)?")

Arrivals = Mapping[str, list[list[str]]]
"""What arrived in each chat, in order: the marks of each message."""

_UNDER_WAY = """
SELECT p.platform, p.ref || iif(c.thread = '', '', ':' || c.thread) AS chat, pt.payload
FROM part pt JOIN message m ON m.id = pt.message_id JOIN chat c ON c.id = m.chat_id JOIN place p ON p.id = c.place_id
WHERE pt.state = 'sending'
"""
_DEAD = """
SELECT p.platform, p.ref || iif(c.thread = '', '', ':' || c.thread) AS chat, ps.title
FROM delivery d JOIN chat c ON c.id = d.chat_id JOIN place p ON p.id = c.place_id JOIN post ps ON ps.id = d.post_id
WHERE d.state = 'dead' AND d.reason = 'unconfirmed'
"""


@dataclass
class Verdict:
    """The sums over a campaign. ``doubled`` is what arrived twice outside the send window, by platform."""

    kills: int = 0
    in_window: int = 0
    owed: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    repeated: Counter[str] = field(default_factory=Counter)
    """Marks that arrived twice after a kill inside their send window, by platform: allowed on Telegram alone."""
    messages: Counter[str] = field(default_factory=Counter)
    """Messages that arrived again, by platform: each has several marks."""
    unconfirmed: Counter[str] = field(default_factory=Counter)
    """Marks that are reported as perhaps not there, and are not."""
    posts: set[tuple[str, str]] = field(default_factory=set)
    """The same by chat and post."""
    disordered: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Tell whether the promise was kept."""
        return not (self.lost or self.doubled or self.disordered or self.repeated.get("discord"))


class Watcher:
    """Asks the program's database, between two runs of it, what was under way when it was killed."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self.windows: Counter[tuple[str, str]] = Counter()
        """How often a mark was under way in a chat when the program was killed."""
        self.most = 0

    def killed(self) -> int:
        """Note what was under way; give how many parts that are."""
        rows = self._ask(_UNDER_WAY)
        for platform, chat, payload in rows:
            for mark in set(MARK.findall(payload or "")):
                self.windows[f"{platform}:{chat}", mark] += 1
        self.most = max(self.most, max(Counter((row[0], row[1]) for row in rows).values(), default=0))
        return len(rows)

    def unconfirmed(self) -> set[tuple[str, str]]:
        """Give what the program reports as perhaps sent: chat and the post's mark."""
        return {(f"{platform}:{chat}", title[:6]) for platform, chat, title in self._ask(_DEAD)}

    def stored(self) -> int:
        """Count the posts that are stored."""
        rows = self._ask("SELECT count(*) FROM post")
        return int(rows[0][0]) if rows else 0

    def _ask(self, sql: str) -> list[tuple[str, ...]]:
        if not self._database.exists():
            return []
        database = sqlite3.connect(self._database)
        try:
            return database.execute(sql).fetchall()
        finally:
            database.close()


def judge(arrivals: Arrivals, owed: Mapping[str, Iterable[str]], watcher: Watcher) -> Verdict:
    """Compare what arrived with what is owed: chat -> marks."""
    verdict = Verdict()
    reported = watcher.unconfirmed()
    for chat, marks in owed.items():
        came = Counter(mark for message in arrivals.get(chat, []) for mark in set(message))
        for mark in marks:
            verdict.owed += 1
            if came[mark] == 0:
                _missing(verdict, chat, mark, reported)
            elif came[mark] > 1:
                _twice(verdict, chat, mark, came[mark], watcher)
        _ordered(verdict, chat, arrivals.get(chat, []))
        shown = Counter(tuple(message) for message in arrivals.get(chat, []) if message)
        verdict.messages[chat.partition(":")[0]] += shown.total() - len(shown)
    return verdict


def _missing(verdict: Verdict, chat: str, mark: str, reported: set[tuple[str, str]]) -> None:
    if (chat, mark[:6]) in reported:
        verdict.unconfirmed[chat.partition(":")[0]] += 1
        verdict.posts.add((chat, mark[:6]))
    else:
        verdict.lost.append(f"{chat} {mark}")


def _twice(verdict: Verdict, chat: str, mark: str, times: int, watcher: Watcher) -> None:
    if times == 2 and watcher.windows[chat, mark]:
        verdict.repeated[chat.partition(":")[0]] += 1
    else:
        verdict.doubled.append(f"{chat} {mark} x{times}")


def _ordered(verdict: Verdict, chat: str, messages: list[list[str]]) -> None:
    """Look at what came first of each mark: posts in their order, and the parts of each in theirs."""
    first: dict[str, None] = {}
    for message in messages:
        first |= dict.fromkeys(message)
    by_post: dict[str, list[str]] = defaultdict(list)
    for mark in first:
        by_post[mark[:6]].append(mark)
    if list(by_post) != sorted(by_post) or any(marks != sorted(marks) for marks in by_post.values()):
        verdict.disordered.append(chat)
