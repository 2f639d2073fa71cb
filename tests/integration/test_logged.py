"""What the log says of a feed and of a message: a line each, with the numbers by which they are found again."""

from __future__ import annotations

import ast
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

import bot
from bot.core.models import Failed, Rejected, Retry
from bot.core.trouble import TroubleName
from tests.integration.test_watch import OLD, Desk
from tests.world import BLOG, ScriptedSource, World, entry


def lines(logs: list[MutableMapping[str, Any]], *events: str) -> list[dict[str, Any]]:
    """Give the lines of some events."""
    return [dict(line) for line in logs if line["event"] in events]


@pytest.mark.asyncio
async def test_a_feed_that_fails_and_comes_back_is_a_line_each(world: World) -> None:
    """By name and number, how often it failed, and that it is over; a look that finds nothing is no line at all."""
    source = ScriptedSource(world.clock)
    source.show(BLOG, *OLD)
    desk = Desk(world, source)
    await desk.look()
    with capture_logs() as logs:
        await desk.look()
        source.shown[BLOG] = Failed(TroubleName.DNS, "no address")
        await desk.look()
        await desk.look()
        source.show(BLOG, entry("new"), *OLD)
        await desk.look()
    said = lines(logs, "watch.failed", "watch.recovered", "watch.new")
    assert [line["event"] for line in said] == ["watch.failed", "watch.failed", "watch.recovered", "watch.new"]
    assert all((line["feed"], line["feed_id"]) == ("blog", world.feed) for line in said)
    assert [line["times"] for line in said[:2]] == [1, 2]
    assert len(said[-1]["posts"]) == 1


@pytest.mark.asyncio
async def test_a_message_that_did_not_arrive_is_a_line_that_leads_to_its_post(world: World) -> None:
    """Its message and part, what became of it and why; the line of its beginning has its delivery and its post."""
    await world.subscribe("1001")
    world.platform.answer("1001", Retry("connect"), Rejected("bad text"), Rejected("bad text"))
    (post,) = await world.publish("一")
    with capture_logs() as logs:
        await world.deliver(600)
    (begun,) = lines(logs, "deliver.began")
    assert (begun["posts"], len(begun["deliveries"])) == ([post], 1)
    missed = lines(logs, "deliver.not_sent")
    assert [(line["message"], line["chat"]) for line in missed] == [(begun["messages"][0], "telegram:1001")] * len(
        missed
    )
    assert [(line["state"], line["reason"]) for line in (missed[0], missed[-1])] == [
        ("retry", "connect"),
        ("dead", "rejected: bad text"),
    ]
    assert {line["part"] for line in missed} == {1}


def test_every_line_about_a_feed_has_its_number() -> None:
    """A name can be changed; the number is what the tables know. No line of the program names a feed without it."""
    source = Path(bot.__file__).parent
    lines = [
        (f"{path.name}:{call.lineno}", {word.arg for word in call.keywords})
        for path in source.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
        if isinstance(call.func.value, ast.Name) and call.func.value.id == "log"
    ]
    assert len([names for _, names in lines if "feed" in names]) >= 4
    assert [place for place, names in lines if "feed" in names and "feed_id" not in names] == []
