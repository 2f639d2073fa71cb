"""The README's order: what it is, how it looks, a try without a token, one's own blog, the promises, the way on.

And what the pages for operators and developers are looked up for.
"""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from bot import machine
from bot.platforms.console.platform import HERE
from tests.generated import DOCS
from tests.unit.test_docs import READMES, ROOT

WORDS: Final = {
    "README.md": {
        "says": ("blog", "topic", "Telegram", "Discord", "formulas"),
        "try": "no token",
        "lost": "Nothing is silently lost",
        "flood": "No flood when you subscribe",
        "why": "Every post explains itself",
        "twice": "may be shown twice",
    },
    "README.zh.md": {
        "says": ("博客", "主题", "Telegram", "Discord", "公式"),
        "try": "不用 token",
        "lost": "不会悄悄丢文章",
        "flood": "刚订阅时不会刷屏",
        "why": "每一篇都说得清",
        "twice": "可能会出现两次",
    },
}
ORDER: Final = (
    r"^!\[.+\]\(docs/picture\.\w+\.png\)$",
    r"^## .*{try}",
    r"^    make demo$",
    r"^    docker build -t incoming \. && docker run --rm -it incoming demo$",
    r"^## (?:Your blog|接上你的博客)",
    r"@BotFather[^\n]*`/newbot`",
    r"`(?:\.venv/bin/)?incoming init`",
    r"`/start`[^\n]*`/latest`",
    r"^docker compose up -d$",
    r"^## (?:What it promises|它保证什么)",
    r"\*\*{lost}",
    r"{twice}",
    r"\*\*{flood}",
    r"\*\*{why}[^\n]*\n?[^\n]*`/why`",
    r"^    make test$",
    r"\]\(docs/readers\.md\)[^$]*\]\(docs/operators\.md\)[^$]*\]\(docs/developers\.md\)",
)
"""What comes after what."""


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_first_comes_what_it_is_then_how_to_try_it(page: Path) -> None:
    """One sentence, one picture, the try, one's own blog, the promises with their limit, the links, the tests."""
    words, text = WORDS[page.name], page.read_text("utf-8")
    at = text.index("\n\n", text.index("\n\n") + 2)
    first = text[at:].strip().partition("\n\n")[0]
    assert len(re.findall(r"[.。](?:\s|$)", first)) == 1, first
    assert [word for word in words["says"] if word not in first] == []
    found = [(0, "")]
    for sign in ORDER:
        wanted = sign.format(**words) if "{" in sign else sign
        hit = re.compile(wanted, re.MULTILINE).search(text, found[-1][0])
        assert hit is not None, f"{page.name}: not there, or too early: {wanted}"
        found.append((hit.start(), wanted))
    assert all(before[0] <= after[0] for before, after in pairwise(found))


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_who_tries_it_in_a_terminal_gets_on(page: Path) -> None:
    """How the terminal's own chat is subscribed from the shell, and what a locale without a language leads to."""
    text = page.read_text("utf-8")
    assert f"incoming chats add {HERE}`" in text
    for unnamed in re.findall(r"`(C[.A-Z0-9-]*)`", text):
        assert machine.language({"LANG": unnamed}) is None
    assert "`C.UTF-8`" in text


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_the_other_language_and_the_three_pages_are_one_tap_away(page: Path) -> None:
    """Above the first sentence: the other README, and the pages for readers, operators and developers."""
    links = re.findall(r"\]\(([^)]+)\)", page.read_text("utf-8").split("\n\n")[1])
    (other,) = {each.name for each in READMES} - {page.name}
    assert links == [other, "docs/readers.md", "docs/operators.md", "docs/developers.md"]


@pytest.mark.parametrize(
    ("page", "sections"),
    [
        ("operators.md", ("Deploy", "See how it is", "Upgrade", "Backup, restore, move", "What is kept", "By symptom")),
        ("developers.md", ("The house", "Add a platform", "Add a source", "Add a language", "Change the schema")),
        ("readers.md", ("English", "中文")),
    ],
)
def test_the_pages_have_what_they_are_looked_up_for(page: str, sections: tuple[str, ...]) -> None:
    """Each under a heading of its own, with something below it."""
    text = (DOCS / page).read_text("utf-8")
    for section in sections:
        (body,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        assert len(body.strip()) > 200, section


def test_symptoms_are_in_the_programs_own_words() -> None:
    """Whoever looks for a line that was printed finds it: what stands in quotation marks is what the program says."""
    table = (DOCS / "operators.md").read_text("utf-8").partition("## By symptom")[2]
    rows = re.findall(r"^\| (.+?) \|", table, re.MULTILINE)[2:]
    assert len(rows) >= 15
    code = [path.read_text("utf-8") for path in (ROOT / "bot").rglob("*.py")]
    said = "\n".join([*code, (ROOT / "bot" / "locale" / "en.po").read_text("utf-8")])
    quoted = [phrase for row in rows for phrase in re.findall(r'"([^"]+)"', row)]
    assert len(quoted) >= 6
    for phrase in quoted:
        assert re.search(re.sub(r"\d+", ".{1,20}", re.escape(phrase)), said), phrase
