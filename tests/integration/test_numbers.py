"""What `/metrics` serves, beside what it was asked to have and what docs/ asks of it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from bot import metrics
from bot.core.models import Failed, Fetched, FetchInfo, NotModified, Sent
from bot.core.trouble import TroubleName
from bot.web.numbers import Numbers
from tests import plain_yaml
from tests.counted import count
from tests.integration.test_web import FakeVitals
from tests.world import World, entry

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"
BOARD: Final = json.loads((DOCS / "grafana.json").read_text("utf-8"))
ALERTS: Final = plain_yaml.read((DOCS / "alerts.yml").read_text("utf-8"))
RULES: Final = [rule for group in ALERTS["groups"] for rule in group["rules"]]
ASKED: Final = {
    "publish-to-delivered latency": ("incoming_publish_to_delivered_seconds", {"platform"}),
    "deliveries by platform and outcome": ("incoming_sends_total", {"platform", "outcome"}),
    "queue depth": ("incoming_queue_wanted", set[str]()),
    "queue age": ("incoming_queue_age_seconds", set[str]()),
    "429s": ("incoming_rate_limited_total", {"platform"}),
    "feed checks by result": ("incoming_feed_checks_total", {"result"}),
    "parse time": ("incoming_parse_seconds", set[str]()),
    "event-loop lag": ("incoming_event_loop_lag_seconds", set[str]()),
    "seen posts": ("incoming_posts", set[str]()),
    "active chats": ("incoming_active_chats", {"platform"}),
}
"""What a dashboard must be able to show, and the metric that says it, with its labels."""

RESULTS: Final = ("not_modified", "read", "dns", "rate_limited")


async def served(world: World) -> str:
    """Give the whole page."""
    return (await Numbers(world.store.facts, FakeVitals(), world.clock.now()).page(world.clock.now())).decode()


def series(page: str) -> dict[str, set[str]]:
    """Give the names of the samples that a page has, with their labels; of what was never counted, no labels."""
    found: dict[str, set[str]] = {}
    for name, kind in re.findall(r"^# TYPE (\S+) (\w+)$", page, re.MULTILINE):
        for end in ("_bucket", "_count", "_sum") if kind == "histogram" else ("",):
            found[name + end] = {"le"} if end == "_bucket" else set()
    for name, labels in re.findall(r"^([a-z_]+)(?:\{(.*)\})? \S+$", page, re.MULTILINE):
        found.setdefault(name, set()).update(re.findall(r'(\w+)="', labels))
    return found


async def happen(world: World) -> None:
    """Let something of everything be counted."""
    await world.subscribe()
    async with world.store.begin() as work:
        (feed,) = await work.feeds()
        await work.save_feed(replace(feed, last_ok=world.clock.now()))
    metrics.sent("telegram", Sent("1"))
    metrics.RATE_LIMITED.add("telegram", by=0)
    metrics.delivered("telegram", timedelta(seconds=5), timedelta(minutes=5))
    metrics.looked(NotModified(FetchInfo()))


@pytest.mark.asyncio
async def test_everything_that_was_asked_for_is_served_and_shown(world: World) -> None:
    """Each of them by its labels, and each on the dashboard."""
    await happen(world)
    found = series(await served(world))
    shown = " ".join(target["expr"] for panel in BOARD["panels"] for target in panel["targets"])
    for what, (name, labels) in ASKED.items():
        full = name if name in found else f"{name}_bucket"
        assert labels <= found[full], what
        assert re.search(rf"\b{full}\b", shown), what


@pytest.mark.asyncio
async def test_dashboard_and_rules_ask_for_what_is_served(world: World) -> None:
    """Their names are on the page that a running bot serves, and so are the labels that they go by."""
    await happen(world)
    found = series(await served(world))
    asked = [target["expr"] for panel in BOARD["panels"] for target in panel["targets"]]
    for words in (*asked, *(rule["expr"] for rule in RULES)):
        names = re.findall(r"incoming_[a-z_]+", words)
        assert names, words
        assert set(names) <= set(found), words
        (by,) = re.findall(r"by \(([^)]*)\)", words) or [""]
        assert {label.strip() for label in by.split(",") if label} <= found[names[0]], words
        assert words.count("(") == words.count(")"), words
    shown = [(panel["targets"], target["legendFormat"]) for panel in BOARD["panels"] for target in panel["targets"]]
    for targets, legend in shown:
        labels = set().union(*(found[name] for t in targets for name in re.findall(r"incoming_[a-z_]+", t["expr"])))
        assert set(re.findall(r"\{\{ ?\$?(?:labels\.)?(\w+) ?\}\}", legend)) <= labels, legend


@pytest.mark.asyncio
async def test_the_rules_are_whole(world: World) -> None:
    """Three, each with an expression, a time, a severity and words; what a text names is served or is a label."""
    await happen(world)
    found = series(await served(world))
    assert len({rule["alert"] for rule in RULES}) == len(RULES) == 3
    for rule in RULES:
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
        assert re.fullmatch(r"\d+[smhd]", rule["for"])
        assert rule["labels"]["severity"] in {"critical", "warning"}
        text = " ".join(rule["annotations"].values())
        assert set(re.findall(r"incoming_[a-z_]+", text)) <= set(found)
        asked = set().union(*(found[name] for name in re.findall(r"incoming_[a-z_]+", rule["expr"])))
        assert set(re.findall(r"\$labels\.(\w+)", text)) <= asked


@pytest.mark.asyncio
async def test_a_delivery_counts_from_the_date_of_its_post(world: World) -> None:
    """Once, on its platform, in the bucket of the time that lay between."""
    now = world.clock.now()
    chat = await world.subscribe()
    numbers = Numbers(world.store.facts, FakeVitals(), now)
    seen = entry("dated", published=now - timedelta(minutes=10))
    async with world.store.begin() as work:
        post = await work.add_post(world.feed, seen, [("guid", "dated")], "gist", now)
        (stored,) = await work.posts([post])
        await work.want(post, world.feed, world.matcher.match(stored, await work.filters(world.feed)), now)
    before = [count(f"incoming_publish_to_delivered_seconds_{end}", platform="telegram") for end in ("count", "sum")]
    await world.clock.sleep(1)
    await world.deliver(5)
    assert list((await world.states(chat)).values()) == ["sent"]
    for _ in range(2):
        await numbers.page(world.clock.now())
    after = [count(f"incoming_publish_to_delivered_seconds_{end}", platform="telegram") for end in ("count", "sum")]
    assert after[0] - before[0] == 1
    assert 600 <= after[1] - before[1] <= 606


@pytest.mark.parametrize(
    ("look", "result"),
    [
        (NotModified(FetchInfo()), "not_modified"),
        (Fetched(FetchInfo(), ()), "read"),
        (Failed(TroubleName.DNS, "no address"), "dns"),
        (Failed(TroubleName.RATE_LIMITED, "429"), "rate_limited"),
    ],
)
def test_a_look_counts_under_what_came_of_it(look: Fetched | NotModified | Failed, result: str) -> None:
    """Read, not modified, or the trouble's own name, and under nothing else."""
    before = {each: count("incoming_feed_checks_total", result=each) for each in RESULTS}
    metrics.looked(look)
    after = {each: count("incoming_feed_checks_total", result=each) for each in RESULTS}
    assert {each: after[each] - before[each] for each in RESULTS if after[each] != before[each]} == {result: 1}
