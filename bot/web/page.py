"""The status page: server-rendered, read-only, without a script. Nothing on it says who reads what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Final

from bot.core.called import called
from bot.core.incidents import Kind
from bot.core.models import EPOCH, Feed, Trouble
from bot.core.overview import Overview, PostLine
from bot.core.ports import Words
from bot.log import clean
from bot.telling import line
from bot.times import day, duration, moment, zone
from bot.web.chart import Day, bars

DAYS: Final = 30
_TOPICS: Final = 15
_REFRESH: Final = 60
"""Seconds after which a browser loads the page again."""


@dataclass(frozen=True, slots=True)
class View:
    """How the page is said: in which words, in which time zone, and at what time."""

    words: Words
    timezone: str
    now: datetime
    topic: Callable[[str, Mapping[str, str]], str]
    """Says what a topic is called, given what the categories are called."""

    def at(self, when: datetime | None) -> str:
        """Say a point of time; a dash for none."""
        return moment(self.words.language, when, self.timezone, now=self.now) if when else "–"


def write(overview: Overview, wrong: Mapping[str, str], view: View) -> str:
    """Write the page. ``wrong`` is what stops posts from flowing beside feeds, by what it is about."""
    words = view.words
    ill = [feed for feed in overview.feeds if feed.trouble]
    told = list(_incidents(overview, view))
    n = len(wrong) + len(ill) + len(told)
    state = f'<span class="state bad">{words("page_ill", n=n)}</span>' if n else _good(words("page_well"))
    body = "".join(
        (
            f"<header><h1>Incoming</h1>{state}<time>{view.at(view.now)} · {escape(view.timezone)}</time></header>",
            _wrong([*wrong.items(), *_failing(ill, words)], told, words),
            _numbers(overview, view),
            _section(words("page_feeds"), _feeds(overview.feeds, view)),
            _section(words("page_days"), _days(overview, view)),
            f'<div class="two">{_chats(overview, view)}{_topics(overview, view)}</div>',
            _section(words("page_posts"), _posts(overview.posts, view)),
        )
    )
    return (
        f'<!doctype html><html lang="{escape(words.language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="refresh" content="{_REFRESH}"><meta name="robots" content="noindex">'
        f"<title>Incoming · {escape(words('page_ill', n=n) if n else words('page_well'))}</title>"
        f"<style>{_STYLE}</style></head><body>{body}</body></html>"
    )


_STYLE: Final = Path(__file__).with_name("style.css").read_text(encoding="utf-8")


def _section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{body}</section>"


def _good(text: str) -> str:
    return f'<span class="state good">{escape(text)}</span>'


def _incidents(overview: Overview, view: View) -> Iterable[str]:
    """Say what is open, but for what stands on the page anyway. Of places that were closed it says how many."""
    for incident in overview.incidents:
        if incident.kind in _TOLD:
            yield line(incident, view.words, view.now)
    places = Counter(each.subject.partition(":")[0] for each in overview.incidents if each.kind is Kind.PLACE)
    for platform, count in sorted(places.items()):
        yield f"{platform}{view.words('colon')}{view.words('page_closed', n=count)}"


def _failing(feeds: Iterable[Feed], words: Words) -> Iterable[tuple[str, str]]:
    """Say of feeds in trouble what it is; for how long, and what to do, stands beside each below."""
    return ((feed.called, _cause(feed.trouble, words)) for feed in feeds if feed.trouble)


_TOLD: Final = frozenset({Kind.SILENT, Kind.HELD, Kind.DELIVERY, Kind.DISK, Kind.BACKUP})


def _wrong(wrong: Iterable[tuple[str, str]], told: Iterable[str], words: Words) -> str:
    colon = words("colon")
    items = "".join(f"<li><b>{escape(name)}</b>{colon}{escape(clean(text))}</li>" for name, text in wrong)
    items += "".join(f"<li>{escape(clean(text))}</li>" for text in told)
    if not items:
        return ""
    return _section(words("page_wrong"), f'<ul class="bad">{items}</ul>')


def _numbers(overview: Overview, view: View) -> str:
    words, queue = view.words, overview.queue
    age = (view.now - queue.oldest).total_seconds() if queue.oldest else 0.0
    # What could go and has not gone for a minute is worth a word.
    due = (
        words("page_due_since", n=queue.due, time=duration(words, age)) if age > DUE else words("page_due", n=queue.due)
    )
    chats = sum(count for (_, open_), count in overview.chats.items() if open_)
    shown = (
        (str(queue.wanted), words("page_waiting_all")),
        (str(queue.due), due),
        (str(queue.held), words("page_held_all")),
        (str(chats), words("page_chats_open", n=chats)),
    )
    cells = "".join(f"<div><b>{escape(number)}</b><span>{escape(text)}</span></div>" for number, text in shown)
    return f'<section class="numbers">{cells}</section>'


DUE: Final = 60.0


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Make a table; on a phone each cell but the first brings its head along."""
    heads = tuple(heads)
    top = "".join(f"<th>{escape(head)}</th>" for head in heads)
    lines = []
    for row in rows:
        first, *others = row
        cells = "".join(
            f'<td class="n" data-label="{escape(head)}">{cell}</td>' if cell else "<td></td>"
            for head, cell in zip(heads[1:-1], others[:-1], strict=True)
        )
        lines.append(f"<tr><td>{first}</td>{cells}<td>{others[-1]}</td></tr>")
    return f"<table><thead><tr>{top}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _linked(text: str, address: str | None) -> str:
    if address and address.startswith(("http://", "https://")):
        return f'<a href="{escape(address)}" rel="noreferrer">{escape(text)}</a>'
    return escape(text)


# -- feeds ------------------------------------------------------------------------------------------------------------


def _feeds(feeds: Iterable[Feed], view: View) -> str:
    words = view.words
    heads = map(words, ("page_feed", "page_checked", "page_next", "page_newest", "page_state"))
    rows = [
        (
            _linked(feed.called, feed.home),
            view.at(feed.last_check),
            view.at(max(feed.next_check, view.now)),
            view.at(feed.last_new),
            _state(feed, view),
        )
        for feed in feeds
    ]
    return _table(heads, rows) if rows else f'<p class="soft">{escape(words("no_feeds"))}</p>'


def _state(feed: Feed, view: View) -> str:
    trouble, words = feed.trouble, view.words
    if trouble is None:
        return _good(words("page_ok"))
    cause = _cause(trouble, words)
    remedy = _known(words, f"remedy_{trouble.name}") or words("remedy_other")
    lasts = duration(words, (view.now - trouble.since).total_seconds())
    said = words("page_trouble", time=lasts, cause=cause, remedy=remedy)
    return f'<span class="state bad">{escape(said)}</span>'


def _cause(trouble: Trouble, words: Words) -> str:
    return _known(words, f"trouble_{trouble.name}") or clean(trouble.cause)


def _known(words: Words, key: str) -> str:
    text = words(key)
    return "" if text == key else text


# -- deliveries and chats ---------------------------------------------------------------------------------------------


def _days(overview: Overview, view: View) -> str:
    words = view.words
    today = view.now.astimezone(zone(view.timezone)).date()
    shown = []
    for back in range(DAYS - 1, -1, -1):
        when = today - timedelta(days=back)
        number = (when - EPOCH.date()).days
        sent, dead = (overview.days.get((number, state), 0) for state in ("sent", "dead"))
        shown.append(Day(_day(words, when, today), sent, dead, _said(words, when, today, sent, dead)))
    total, lost = sum(each.sent for each in shown), sum(each.dead for each in shown)
    failed = f' <span class="state bad">{escape(words("page_dead", n=lost))}</span>' if lost else ""
    return f'{bars(shown, words("page_days"))}<p class="soft">{escape(words("page_total", n=total))}{failed}</p>'


def _day(words: Words, when: date, today: date) -> str:
    return day(words.language, when, today=today)


def _said(words: Words, when: date, today: date, sent: int, dead: int) -> str:
    said = f"{_day(words, when, today)}: {words('page_sent', n=sent)}"
    return f"{said}, {words('page_dead', n=dead)}" if dead else said


def _chats(overview: Overview, view: View) -> str:
    counts = {
        name if open_ else f"{name} · {view.words('page_shut')}": count
        for (name, open_), count in sorted(overview.chats.items(), key=lambda item: (item[0][0], not item[0][1]))
    }
    return _section(view.words("page_chats"), _meter(counts, view.words))


def _topics(overview: Overview, view: View) -> str:
    named: Counter[str] = Counter()
    for key, count in overview.topics.items():
        named[view.topic(key, overview.names) if key else view.words("page_all")] += count
    return _section(view.words("page_topics"), _meter(dict(named.most_common(_TOPICS)), view.words))


def _meter(counts: Mapping[str, int], words: Words) -> str:
    if not counts:
        return f'<p class="soft">{escape(words("page_none"))}</p>'
    most = max(counts.values())
    lines = (
        f'<span title="{escape(name)}">{escape(name)}</span>'
        f'<i style="width:{100 * count / most:.1f}%"></i><b>{count}</b>'
        for name, count in counts.items()
    )
    return f'<div class="meter">{"".join(lines)}</div>'


# -- posts ------------------------------------------------------------------------------------------------------------


def _posts(posts: Iterable[PostLine], view: View) -> str:
    words = view.words
    rows = [
        (
            _linked(post.title or words("untitled"), post.link),
            view.at(post.seen),
            escape(called(post.feed)),
            *_fate(post, words),
        )
        for post in posts
    ]
    heads = map(words, ("page_post", "page_seen", "page_feed", "page_got", "page_others"))
    return _table(heads, rows) if rows else f'<p class="soft">{escape(words("page_no_posts"))}</p>'


def _fate(post: PostLine, words: Words) -> tuple[str, str]:
    """Say how many chats got a post, and why the others did not."""
    got = sum(count for (state, _), count in post.outcomes.items() if state == "sent")
    why: Counter[str] = Counter()
    for (state, reason), count in post.outcomes.items():
        if state != "sent":
            why[_WHY.get((state, reason)) or _WHY[state, ""]] += count
    rest = post.subscribed - sum(post.outcomes.values())
    said = [words(key, n=count) for key, count in why.most_common()]
    if rest > 0:
        said.append(words("page_unmatched", n=rest))
    return str(got), f'<span class="soft">{escape(words("comma").join(said))}</span>' if said else ""


_WHY: Final[Mapping[tuple[str, str], str]] = {
    ("wanted", ""): "page_waiting",
    ("held", ""): "page_closed",
    ("held", "paused"): "page_paused",
    ("held", "rekeyed"): "page_rekeyed",
    ("dropped", ""): "page_dropped",
    ("dropped", "filter"): "page_filtered",
    ("dropped", "unsubscribed"): "page_left",
    ("dead", ""): "page_dead",
    ("dead", "unconfirmed"): "page_unconfirmed",
}
"""The words for a delivery's state and reason; where a reason has none of its own, those for the state."""
