"""Files that are made from the code: ``python -m tests.generated`` writes them, a test compares them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from opencc import OpenCC

from bot import i18n
from bot.commands.command import Command, Right
from bot.commands.table import TABLE

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
LOCALE: Final = DOCS.parent / "bot" / "locale"
_WHO: Final = {
    Right.EVERYONE: ("everyone", "所有人"),
    Right.ADMIN: (
        "you in a private chat, admins elsewhere; everyone may look",
        "私聊里是你自己，别处是管理员；看都可以看",
    ),
    Right.OPERATOR: ("who runs the bot, privately", "机器人的运行者，私聊"),
}
_HEAD: Final = """# For readers · 给读者

Made from the command table by `make docs`. In a group write `/command@bot` where several bots listen. Every button has
a typed form.

A post comes if it has **any** topic that you ticked (none ticked: every post) **and** passes your filter.
文章属于你勾选的**任一**主题（没勾就是全部），**并且**通过你的过滤词，才会推给你。

A post that changes within two days is changed where it stands, without a sound.
文章发出后两天内有改动，原来那条消息会跟着改，不再提醒。

## English

{en}

## 中文

{zh}

## A filter · 过滤词

| | |
|---|---|
| `flow matching` | both words · 两个词都要有 |
| `-python` | not this one · 不要它 |
| `"flow matching"` | these words in this order · 按这个顺序 |
| `flow OR diffusion` | either · 任一个 |
| `(flow OR diffusion) -python` | parentheses · 括号 |
| `tag:` `title:` `topic:` `#tag` | look there only · 只看那里 |
| `/re2/` | a regular expression · 正则表达式 |
"""


def readers() -> str:
    """Write docs/readers.md."""
    return _HEAD.format(
        en=_table("en", ("command", "what it does", "for example", "who may")),
        zh=_table("zh", ("命令", "做什么", "例如", "谁可以")),
    )


def _table(language: str, heads: tuple[str, ...]) -> str:
    words = i18n.load(language)
    column = 0 if language == "en" else 1
    lines = [f"| {' | '.join(heads)} |", "|---|---|---|---|"]
    for command in TABLE:
        if not _hidden(command):
            usage = f"/{command.name} {command.usage}".strip().replace("|", "\\|")
            example = words(command.example).replace("|", "\\|")
            lines.append(f"| `{usage}` | {words(command.short)} | `{example}` | {_WHO[command.right][column]} |")
    return "\n".join(lines)


def _hidden(command: Command) -> bool:
    return bool(getattr(command, "hidden", False))


# -- Grafana ----------------------------------------------------------------------------------------------------------


def _panel(number: int, title: str, unit: str, *queries: tuple[str, str], wide: int = 12) -> dict[str, Any]:
    place = {"h": 8, "w": wide, "x": 12 * (number % 2), "y": 8 * (number // 2)}
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": title,
        "datasource": {"type": "prometheus", "uid": "${source}"},
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "targets": [
            {"refId": chr(ord("A") + place), "expr": query, "legendFormat": legend}
            for place, (query, legend) in enumerate(queries)
        ],
    }


def _quantiles(metric: str) -> tuple[tuple[str, str], ...]:
    each = f"sum by (le, platform) (rate({metric}_bucket[1h]))"
    return tuple(
        (f"histogram_quantile({q}, {each})", f"{{{{platform}}}} {name}") for q, name in ((0.5, "half"), (0.95, "95 %"))
    )


def dashboard() -> str:
    """Write docs/grafana.json."""
    panels = [
        _panel(0, "From the post's date to its delivery", "s", *_quantiles("incoming_publish_to_delivered_seconds")),
        _panel(1, "From the first sight to its delivery", "s", *_quantiles("incoming_delivery_seconds")),
        _panel(
            2,
            "Requests by outcome",
            "short",
            ("sum by (platform, outcome) (increase(incoming_sends_total[10m]))", "{{platform}} {{outcome}}"),
            ("sum by (platform) (increase(incoming_rate_limited_total[10m]))", "{{platform}} 429"),
        ),
        _panel(
            3,
            "Queue",
            "short",
            ("incoming_queue_due", "chats due"),
            ("incoming_queue_wanted", "wanted"),
            ("incoming_queue_held", "held"),
        ),
        _panel(4, "Oldest that could go", "s", ("incoming_queue_age_seconds", "age")),
        _panel(
            5, "Looks at feeds", "short", ("sum by (result) (increase(incoming_feed_checks_total[1h]))", "{{result}}")
        ),
        _panel(
            6,
            "Feeds in trouble, incidents",
            "short",
            ("incoming_feed_trouble == 1", "{{feed}}"),
            ("incoming_incidents > 0", "{{kind}}"),
        ),
        _panel(
            7,
            "Reading a document, event loop",
            "s",
            ("histogram_quantile(0.95, sum by (le) (rate(incoming_parse_seconds_bucket[1h])))", "parse 95 %"),
            ("histogram_quantile(0.99, sum by (le) (rate(incoming_event_loop_lag_seconds_bucket[10m])))", "lag 99 %"),
        ),
        _panel(8, "Active chats", "short", ("incoming_active_chats", "{{platform}}"), ("incoming_posts", "posts seen")),
        _panel(
            9,
            "Loops and platforms",
            "short",
            ("incoming_loop_alive", "{{loop}}"),
            ("incoming_platform_up", "{{platform}}"),
        ),
    ]
    source = {"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}
    board = {
        "title": "Incoming",
        "uid": "incoming",
        "schemaVersion": 39,
        "version": 1,
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "timezone": "browser",
        "tags": ["incoming"],
        "templating": {"list": [source]},
        "panels": panels,
    }
    return json.dumps(board, indent=1, ensure_ascii=False) + "\n"


_MENDED: Final = {
    "還是隻": "還是只",
    "許可權": "權限",
    "專案": "項目",
    "程式碼": "代碼",
    "執行我": "運行我",
    "子區": "討論串",
    "帖子": "貼文",
}
"""What OpenCC makes of some of our words, and what they are in Taiwan.

It cuts 还是只收 at the wrong joint, makes too much of 权限, and takes a setting (项目), a one-time code (代码) and who
runs the bot (运行) for a programmer's words. Discord calls threads and what is posted in a forum 子区 and 帖子 on the
mainland, 討論串 and 貼文 in Taiwan.
"""
_SAID: Final = re.compile(r'(?m)^(msgstr(?:\[\d\])? |)"(.*)"$')


def traditional() -> str:
    """Write bot/locale/zh_TW.po: the simplified catalogue in Taiwan's characters and words (OpenCC's ``s2twp``)."""
    converter = OpenCC("s2twp")

    def said(line: re.Match[str]) -> str:
        text = str(converter.convert(line[2]))
        for wrong, right in _MENDED.items():
            text = text.replace(wrong, right)
        return f'{line[1]}"{text}"'

    lines = (LOCALE / "zh.po").read_text("utf-8").replace('"Language: zh\\n"', '"Language: zh_TW\\n"').splitlines()
    kept = "\n".join(line for line in lines if not line.startswith("#"))
    return "# Made of zh.po by `make docs`.\n" + _SAID.sub(said, re.sub(r"\n{3,}", "\n\n", kept)) + "\n"


ALL: Final = {"readers.md": readers, "grafana.json": dashboard, "../bot/locale/zh_TW.po": traditional}
"""By their names beside the docs."""


def main() -> None:
    """Write all of them."""
    for name, make in ALL.items():
        (DOCS / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
