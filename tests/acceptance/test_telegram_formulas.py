"""Formulas on Telegram with the real program: Unicode unless a chat chose otherwise, and never what harms a client."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.harness import READER, Program
from tests.acceptance.readers import bring, once, reader, refusals, sent, show
from tests.emulators.blog import Blog
from tests.emulators.documents import Entry
from tests.emulators.telegram import Telegram
from tests.emulators.telegram_rich import FORMULA_LIMIT
from tests.emulators.telegram_rules import autolinks
from tests.emulators.telegram_world import Entry as Sent

RICH, PICTURES, CURIOUS = 1002, 1003, 1004
OLD = Entry("旧文章", "一年以前写的。", (), "/old")
INLINE = Entry("行内", r"公式：\(x_t=(1-t)x_0+t\varepsilon\)，就这么简单。", (), "/inline", 1)
FOLDED = Entry(
    "折叠",
    r"<details open><summary>证明</summary><p>由 \(a^2+b^2=c^2\) 得证。</p></details>"
    r"<p>另有 \[E=mc^2\] 问 @nobody 或发 /help。</p>",
    (),
    "/folded",
    2,
)
ENDLESS = r"\mathrm{x}" * (FORMULA_LIMIT // 10 + 1)
"""Longer than clients bear as TeX, and short in Unicode."""
HUGE = Entry("太长", rf"<p>一行 \[{ENDLESS}\] 和 \(z_1\)</p>", (), "/huge", 3)


@pytest.mark.asyncio
async def test_formulas_are_unicode_unless_a_chat_chose_otherwise_and_harm_no_client(tmp_path: Path) -> None:
    """By default no TeX and no rich message; rich ones link no words, and have no formula in details or too long.

    Pictures are for formulas on lines of their own. The setting says that some clients show nothing.
    """
    async with Blog() as blog, Telegram() as telegram:
        world, program = telegram.world, Program(tmp_path, blog, telegram)
        show(program, OLD)
        await bring(
            program,
            reader(READER, length=-1),
            reader(RICH, length=-1, formulas="rich"),
            reader(PICTURES, length=-1, formulas="picture"),
        )
        world.say(CURIOUS, CURIOUS, "/settings 公式")
        show(program, HUGE, FOLDED, INLINE, OLD)
        await once(program, "--wait", "20")
    (asked,) = sent(world, CURIOUS)
    assert "有些客户端什么也不显示" in asked.text
    assert [button["text"] for button in asked.keyboard[0]] == ["✅ 文字", "☐ 富文本", "☐ 图片"]
    plain, rich, pictured = (by_title(world.ledger, chat) for chat in (READER, RICH, PICTURES))
    assert {title: each.method for title, each in plain.items()} == dict.fromkeys(plain, "sendMessage")
    assert "公式：xₜ = (1−t)x₀ + tε，就这么简单。" in plain["行内"].text
    assert not any("\\" in each.text for each in plain.values())
    assert {title: each.method for title, each in rich.items()} == dict.fromkeys(plain, "sendRichMessage")
    html = {title: each.payload["rich_message"]["html"] for title, each in rich.items()}
    assert "<tg-math>a^2+b^2=c^2</tg-math>" in html["折叠"]
    assert "<tg-math-block>E=mc^2</tg-math-block>" in html["折叠"]
    assert "details" not in html["折叠"]
    assert autolinks(rich["折叠"].text) == []
    assert "<tg-math>z_1</tg-math>" in html["太长"]
    assert "tg-math-block" not in html["太长"]
    assert {title: each.method for title, each in pictured.items()} == {
        "行内": "sendMessage",
        "折叠": "sendPhoto",
        "太长": "sendMessage",
    }
    assert refusals(world) == []


def by_title(ledger: list[Sent], chat: int) -> dict[str, Sent]:
    """Give a chat's posts by their first line."""
    found = [each for each in ledger if each.chat == chat and "blog.example" in str(each.keyboard)]
    return {each.text.partition("\n")[0]: each for each in found}
