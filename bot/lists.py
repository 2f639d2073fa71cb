"""``incoming feeds``, ``chats``, ``deliveries``, ``links``, ``topics``: listing and changing from the shell."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from bot.options import complete, config_option, json_option, load


@click.group(invoke_without_command=True)
@config_option
@json_option
@click.pass_context
def feeds(context: click.Context, path: Path | None, *, as_json: bool) -> None:
    """List, add and remove feeds."""
    from bot import admin  # noqa: PLC0415 -- so that --help answers at once

    context.obj = path
    if context.invoked_subcommand is None:
        show(
            complete(admin.list_feeds(load(path))),
            as_json=as_json,
            none="no feed is watched; `incoming feeds add URL`, or [[feeds]] in the configuration",
        )


@feeds.command("add")
@click.argument("url")
@click.option("--name", help="What it is called; its key for ever.")
@config_option
@click.pass_obj
def add_feed(above: Path | None, url: str, name: str | None, path: Path | None) -> None:
    """Watch URL."""
    from bot import admin  # noqa: PLC0415 -- so that --help answers at once

    click.echo(complete(admin.add_feed(load(path or above), url, name)))


@feeds.command("remove")
@click.argument("name")
@config_option
@click.pass_obj
def remove_feed(above: Path | None, name: str, path: Path | None) -> None:
    """Stop watching NAME; nothing is deleted."""
    from bot import admin  # noqa: PLC0415 -- so that --help answers at once

    click.echo(complete(admin.remove_feed(load(path or above), name)))


@click.group(invoke_without_command=True)
@config_option
@json_option
@click.pass_context
def chats(context: click.Context, path: Path | None, *, as_json: bool) -> None:
    """List, add and remove chats."""
    from bot import admin  # noqa: PLC0415 -- so that --help answers at once

    context.obj = path
    if context.invoked_subcommand is None:
        show(
            complete(admin.list_chats(load(path))),
            as_json=as_json,
            none="no chat yet; send /start to the bot, or `incoming chats add telegram:ID`",
        )


@chats.command("add")
@click.argument("address")
@click.option("--feed", help="Name or URL of a feed (default: all).")
@click.option("--filter", "query", help='A query, as /filter takes it; "" takes one away.')
@click.option(
    "--topic", "topics", multiple=True, help="A topic's id or name, instead of those that are ticked; may be repeated."
)
@config_option
@click.pass_obj
def add_chat(
    above: Path | None, address: str, feed: str | None, query: str | None, topics: tuple[str, ...], path: Path | None
) -> None:
    """Subscribe ADDRESS. It is a chat, such as telegram:1001 or telegram:-1001234:7."""
    from bot import admin  # noqa: PLC0415 -- so that --help answers at once

    click.echo(complete(admin.add_chat(load(path or above), address, feed, query, topics)))


@chats.command("remove")
@click.argument("address")
@config_option
@click.pass_obj
def remove_chat(above: Path | None, address: str, path: Path | None) -> None:
    """Delete ADDRESS with its subscriptions."""
    from bot import admin  # noqa: PLC0415 -- so that --help answers at once

    click.echo(complete(admin.remove_chat(load(path or above), address)))


@chats.command("hand-over")
@click.argument("platform")
@config_option
@click.pass_obj
def hand_over(above: Path | None, platform: str, path: Path | None) -> None:
    """Let another bot take over PLATFORM's chats. It is the one whose token is set when it runs next."""
    from bot import admin  # noqa: PLC0415 -- so that --help answers at once

    click.echo(complete(admin.hand_over(load(path or above), platform)))


@click.group(invoke_without_command=True)
@config_option
@json_option
@click.option("--state", "states", multiple=True, type=click.Choice(["wanted", "held", "sent", "dropped", "dead"]))
@click.option("--chat", help="Only those of this chat, such as telegram:1001.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000))
@click.pass_context
def deliveries(
    context: click.Context,
    path: Path | None,
    states: tuple[str, ...],
    chat: str | None,
    limit: int,
    *,
    as_json: bool,
) -> None:
    """List what waits or failed, and why. Try it again, or drop it."""
    from bot import ledger  # noqa: PLC0415 -- so that --help answers at once

    context.obj = path
    if context.invoked_subcommand is None:
        rows = complete(ledger.list_deliveries(load(path), states, chat, limit))
        show(rows, as_json=as_json, none="nothing is waiting or has failed" if not states else "there is none")
        if not as_json and any(row["state"] in {"held", "dead"} for row in rows):
            click.echo(
                "what is held or dead: `incoming deliveries retry N` sends N after all, `drop N` lets it be", err=True
            )


@deliveries.command("retry")
@click.argument("ids", nargs=-1, required=True, type=int)
@config_option
@click.pass_obj
def retry_deliveries(above: Path | None, ids: tuple[int, ...], path: Path | None) -> None:
    """Send what is held, dropped or dead once more. By the numbers that the list shows."""
    from bot import ledger  # noqa: PLC0415 -- so that --help answers at once

    click.echo(complete(ledger.retry(load(path or above), ids)))


@deliveries.command("drop")
@click.argument("ids", nargs=-1, required=True, type=int)
@config_option
@click.pass_obj
def drop_deliveries(above: Path | None, ids: tuple[int, ...], path: Path | None) -> None:
    """Do not send what is wanted or held. By the numbers that the list shows."""
    from bot import ledger  # noqa: PLC0415 -- so that --help answers at once

    click.echo(complete(ledger.drop(load(path or above), ids)))


@click.command()
@config_option
@json_option
def links(path: Path | None, *, as_json: bool) -> None:
    """List the links that add and start the bot. One per topic and feed, for the blog's pages."""
    from bot import ledger  # noqa: PLC0415 -- so that --help answers at once

    show(
        complete(ledger.list_links(load(path))),
        as_json=as_json,
        none="nothing to link to yet: set a token with `incoming init`, and watch a feed",
    )


@click.group()
def topics() -> None:
    """Try the configuration's topics out."""


@topics.command("test")
@click.argument("feed")
@config_option
@json_option
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="Posts at most.")
@click.option("--labels", type=click.Path(path_type=Path), help="JSON: each post's link, and its topics' ids.")
def try_topics(feed: str, path: Path | None, limit: int, labels: Path | None, *, as_json: bool) -> None:
    """Say which topics the newest posts of FEED match. It is a name, URL or file; the words are named too."""
    from bot import ledger  # noqa: PLC0415 -- so that --help answers at once

    rows, scores = complete(ledger.try_topics(load(path), feed, limit, labels))
    if as_json:
        click.echo(json.dumps({"posts": rows, "scores": scores}, ensure_ascii=False, indent=1))
    else:
        click.echo(ledger.written(rows, scores))


COMMANDS: Final[tuple[click.Command, ...]] = (feeds, chats, deliveries, links, topics)

_LABELS: Final = {
    "last_check": "checked",
    "next_check": "next",
    "last_new": "new post",
    "feeds": "feeds:",
    "topic_names": "topics:",
    "by_feed": "topics by feed:",
    "filter": "filter:",
    "changed": "changed",
    "due": "due",
}
"""What stands before a value that does not speak for itself."""
_FOR_PROGRAMS: Final = frozenset(("topics",))
"""What a line leaves out: keys, beside the names that people know them by."""
_TIMES: Final = frozenset(("last_check", "next_check", "last_new", "created", "changed", "due"))


def show(rows: list[dict[str, object]], *, as_json: bool, none: str) -> None:
    """Print rows, a line each, or as JSON. Where there is none, that is said beside standard output."""
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        click.echo(_line(row))
    if not rows:
        click.echo(none, err=True)


def _line(row: dict[str, object]) -> str:
    """Write a row. A name stands once in it, but for values with a label; what strangers wrote steers no terminal."""
    from bot.platforms.console.draw import safe  # noqa: PLC0415 -- so that --help answers at once

    said: list[str] = []
    hidden = _FOR_PROGRAMS | ({"topic_names"} if row.get("by_feed") else set())
    for key, value in ((key, row[key]) for key in row if key not in hidden):
        text = f"{datetime.fromisoformat(str(value)):%Y-%m-%d %H:%M %Z}" if value and key in _TIMES else _said(value)
        if text and key in _LABELS:
            said.append(f"{_LABELS[key]} {text}")
        elif text and text not in said:
            said.append(text)
    return "  ".join(safe(" ".join(text.split())) for text in said)


def _said(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_said(each) or 'all posts'}" for key, each in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
