from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

import bot
from bot.commands import TABLE
from bot.core.trouble import TroubleName
from bot.i18n import LANGUAGES, load, nearest
from bot.platforms.discord.draw import OPTIONS as ONLY_DISCORDS
from bot.platforms.discord.surface import OPTIONS
from bot.reading.doc import CodeSpan, Doc, Inline, Link, Paragraph, Text
from bot.reading.text import plain
from bot.times import at, day, days, duration, moment
from bot.topics.syntax import QUERY_ERRORS
from tests.catalogues import catalogue

CATALOGUES = {name: catalogue(name) for name in ("zh", "en")}

# UX.md, section 4, word for word; what stands in brackets at the end are buttons.
FIXED = {
    "welcome": (
        "你好！{blog} 有新文章时，我把摘要送到这里，公式也能直接读。想收全部，还是只收几个主题？",
        "Hi! When {blog} publishes, I bring the excerpt here, formulas readable. Everything, or some topics?",
    ),
    "subscribed": (
        "好了，{blog} 的新文章会送到这里。最近一篇：{title}。",
        "Done. New posts from {blog} will arrive here. Latest: {title}.",
    ),
    "nothing_matches": (
        "已保存。不过最近 20 篇里没有一篇符合，可能写得太窄。",
        "Saved. But none of the last 20 posts would pass; it may be too narrow.",
    ),
    "not_admin": (
        "这里的设置只有管理员能改。你可以私下订阅：[私聊订阅]",
        "Only admins can change this here. You can subscribe privately: [Subscribe privately]",
    ),
    "unknown_topic": (
        "没有「{x}」这个主题。是不是「{y}」？[选 {y}] [全部主题]",
        'No topic "{x}". Did you mean "{y}"? [Pick {y}] [All topics]',
    ),
    "paused": (
        "已暂停到 {date}。这期间的文章会留着，恢复后列给你看。",
        "Paused until {date}. Posts are kept and listed when you resume.",
    ),
    "operator_trouble": (
        "{feed} 已 {time} 没查成：{cause}。办法：{remedy}。我会继续试，好了告诉你。",
        "{feed} hasn't loaded for {time}: {cause}. Try: {remedy}. I keep trying and will tell you when it's over.",
    ),
    "why_sent": (
        "送了，因为属于「{topic}」：文中有「{word}」。",
        'Sent: its topic is "{topic}", from the word "{word}".',
    ),
    "why_not_sent": (
        "没送：被你的过滤词 {term} 挡住了。[改过滤词]",
        "Not sent: your filter {term} blocked it. [Change filter]",
    ),
    "rate_limited": ("慢一点，我跟不上了。{n} 秒后再试。", "One moment, too fast for me. Try again in {n} seconds."),
    "error": (
        "我这边出错了，你的设置没有变。请稍后再试；编号 {id}。",
        "Something broke on my side; your settings are unchanged. Try again later; code {id}.",
    ),
    "missing_right": (
        "我在 {place} 缺少「{right}」权限。开启后会自动恢复，文章不会丢。",
        'I lack "{right}" in {place}. Grant it and I resume by myself; no post is lost.',
    ),
}
BUTTONS = {
    "not_admin": ("subscribe_privately",),
    "unknown_topic": ("pick", "all_topics"),
    "why_not_sent": ("change_filter",),
}


def _texts(catalog: Catalog) -> dict[str, tuple[str, ...]]:
    texts = {}
    for message in catalog:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            texts[key] = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    return texts


TEXTS = {name: _texts(catalog) for name, catalog in CATALOGUES.items()}


def _fields(text: str) -> set[str]:
    return set(re.findall(r"\{([^}]*)\}", text))


@cache
def _nodes() -> tuple[ast.AST, ...]:
    sources = [path.read_text(encoding="utf-8") for path in Path(bot.__file__).parent.rglob("*.py")]
    return tuple(node for source in sources for node in ast.walk(ast.parse(source)))


def _constants() -> set[str]:
    """Collect every string that stands in the program, whole."""
    return {node.value for node in _nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def _called() -> set[str]:
    """Collect the keys with which words are asked for: ``words("key")`` and ``words.phrase("key")``."""
    keys = set()
    for node in _nodes():
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = ast.unparse(node.func)
            if re.search(r"(^|\.)words(\.phrase)?$", name) and isinstance(node.args[0].value, str):
                keys.add(node.args[0].value)
    return keys


def test_catalogues_have_the_same_keys() -> None:
    """Nothing can be said in one language only."""
    assert TEXTS["zh"].keys() == TEXTS["en"].keys()


def test_every_text_says_something() -> None:
    """No text is empty, in neither language."""
    assert [key for texts in TEXTS.values() for key, forms in texts.items() if not all(forms)] == []


def test_placeholders_agree() -> None:
    """A text has the same placeholders in both languages."""

    def named(language: str, key: str) -> set[str]:
        return set().union(*map(_fields, TEXTS[language][key]))

    assert [key for key in TEXTS["en"] if named("zh", key) != named("en", key)] == []


def test_plural_keys_agree() -> None:
    """What has a plural has it in both catalogues, so that a count chooses the same key in both."""
    plurals = {
        name: {message.id[0] for message in catalog if message.pluralizable} for name, catalog in CATALOGUES.items()
    }
    assert plurals["zh"] == plurals["en"]
    assert "hours" in plurals["en"]


def test_every_key_that_is_asked_for_exists() -> None:
    """No answer shows the name of a text instead of the text."""
    called = _called()
    assert "subscribed" in called
    assert called <= TEXTS["en"].keys()


def _blanks() -> set[str]:
    """Collect the keys of what a command's usage leaves to be filled in."""
    return {f"usage_{name.lower()}" for command in TABLE for name in re.findall(r"\b[A-Z]{3,}\b", command.usage)}


def test_no_text_is_unused() -> None:
    """Every text is said somewhere."""
    derived = {key for command in TABLE for key in (command.short, command.example)}
    derived |= {f"{kind}_{name}" for kind in ("trouble", "remedy") for name in TroubleName}
    derived |= {f"name_{name}" for name in OPTIONS}
    derived |= {f"{kind}_{option.name}" for each in OPTIONS.values() for option in each for kind in ("option", "about")}
    derived |= {"option_words", "about_words"}
    derived |= _blanks()
    derived |= {f"setting_{name}{kind}" for name in ONLY_DISCORDS for kind in ("", "_how")}
    assert TEXTS["en"].keys() - _constants() - derived == set()


def test_everything_that_can_go_wrong_has_its_words() -> None:
    """Each failure of a feed has a cause and a remedy, each query error a text, each command its help."""
    wanted = {f"{kind}_{name}" for kind in ("trouble", "remedy") for name in TroubleName} | set(QUERY_ERRORS)
    wanted |= {key for command in TABLE for key in (command.short, command.example)}
    wanted |= {f"setting_{name}{kind}" for name in ONLY_DISCORDS for kind in ("", "_how")}
    wanted |= _blanks()
    assert wanted <= TEXTS["en"].keys()


@pytest.mark.parametrize("key", sorted(FIXED))
@pytest.mark.parametrize("column", [0, 1])
def test_fixed_texts(key: str, column: int) -> None:
    """The texts that the design fixes stand in the catalogues word for word, their buttons beside them."""
    words = load(("zh", "en")[column])
    values: dict[str, str | int] = {name: f"{{{name}}}" for name in ("blog", "title", "date", "x", "y", "feed", "time")}
    values["n"] = 20
    expected = FIXED[key][column].replace("{n}", "20")
    said = words(key, **values)
    space = "" if said.endswith(("：", "？", "。")) else " "
    said += space * (key in BUTTONS) + " ".join(f"[{words(button, **values)}]" for button in BUTTONS.get(key, ()))
    assert said == expected


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("zh", "zh"),
        ("zh-hans", "zh"),
        ("zh_CN", "zh"),
        ("zh-TW", "zh-TW"),
        ("zh-hant", "zh-TW"),
        ("zh-Hant-HK", "zh-TW"),
        ("zh-mo", "zh-TW"),
        ("zh-Hans-HK", "zh"),
        ("en", "en"),
        ("en-GB", "en"),
        ("fr", "en"),
        ("", "en"),
        ("../zh", "en"),
    ],
)
def test_nearest(tag: str, language: str) -> None:
    """A client's tag leads to the nearest language there is, else to English."""
    assert nearest(tag) == language
    assert load(tag).language == language


def test_words_are_read_once() -> None:
    """Loading a language again gives the very same words."""
    assert load("zh-TW") is load("zh-hant")


def test_traditional_chinese_has_its_own_words() -> None:
    """zh-TW is not only other characters: Taiwan's words are used, and placeholders survive."""
    words = load("zh-TW")
    assert words("nothing_matches", n=20) == "已儲存。不過最近 20 篇裡沒有一篇符合，可能寫得太窄。"
    assert words("hours", n=3) == "3 小時"


def test_traditional_chinese_is_mended_where_the_converter_errs() -> None:
    """Words that OpenCC reads at the wrong joint, or takes for another trade's."""
    words = load("zh-TW")
    assert words("welcome", blog="B").endswith("想收全部，還是只收幾個主題？")
    assert words("missing_right", place="P", right="R").startswith("我在 P 缺少「R」權限。")
    assert (words("option_setting"), words("option_code")) == ("項目", "代碼")
    assert words("operators_only") == "這個命令只給運行我的人用。"
    assert not re.search("[隻]|許可權|執行我", "".join(words(key) for key in TEXTS["zh"]))


def test_plurals() -> None:
    """English counts, Chinese need not."""
    assert [load("en")("hours", n=n) for n in (0, 1, 3)] == ["0 hours", "1 hour", "3 hours"]
    assert [load("zh")("hours", n=n) for n in (1, 3)] == ["1 小时", "3 小时"]


def test_values_are_not_read_again() -> None:
    """What a reader types is said as it is, even where it looks like a placeholder."""
    assert load("en")("unknown_topic", x="{y}", y="{x}") == 'No topic "{y}". Did you mean "{x}"?'


def test_our_topics_are_never_called_threads() -> None:
    """话题 and thread are Telegram's, and thread Discord's, too; 主题 and topic are ours."""
    ours = {name: {**texts} for name, texts in TEXTS.items()}
    for texts in ours.values():
        for key in ("telegram_hello_forum", "discord_send_in_threads", "incident_thread", "place_thread"):
            assert texts.pop(key)
    assert "话题" in TEXTS["zh"]["telegram_hello_forum"][0]
    assert "thread" in TEXTS["en"]["telegram_hello_forum"][0]
    assert not any("话题" in text for texts in ours["zh"].values() for text in texts)
    assert not any("thread" in text.casefold() for texts in ours["en"].values() for text in texts)


def test_unknown_key_and_missing_value_do_not_fail() -> None:
    """An answer must not fail for want of a word."""
    assert load("en")("no_such_key") == "no_such_key"
    assert load("en")("subscribed", blog="B") == "Done. New posts from B will arrive here. Latest: {title}."


def test_phrase_takes_inlines() -> None:
    """A value may be a link; the text around it stays text."""
    title = Link("https://blog.example/1", (Text("One"),))
    assert load("zh").phrase("subscribed", blog="博客", title=title) == (
        Text("好了，"),
        Text("博客"),
        Text("的新文章会送到这里。最近一篇："),
        title,
        Text("。"),
    )


@pytest.mark.parametrize(
    ("key", "values", "said"),
    [
        ("topics_new", {"blog": "信号站"}, "勾选想收的主题，就订阅了信号站，只收勾选的。"),
        ("topics_new", {"blog": "Rust"}, "勾选想收的主题，就订阅了 Rust，只收勾选的。"),
        ("already_subscribed", {"blog": Link("https://b.example/", (Text("信号站"),))}, "这里已经订阅了信号站。"),
        ("subscribed_quiet", {"blog": "信号站、Rust"}, "好了，信号站、Rust 的新文章会送到这里。"),
        ("days", {"n": 3}, "3 天"),
        ("place_thread", {"place": "读书会", "n": 7}, "读书会 · 话题 7"),
        ("why_not_sent", {"term": "-广告"}, "没送：被你的过滤词 -广告 挡住了。"),
        ("still_filtered", {"query": CodeSpan("广告")}, "过滤词仍然有效：广告"),
    ],
)
def test_blanks_stand_beside_latin_names_alone(key: str, values: Mapping[str, str | int | Inline], said: str) -> None:
    """A Chinese name stands in a Chinese sentence without blanks; what is to be typed keeps them."""
    assert plain(Doc((Paragraph(load("zh").phrase(key, **values)),))) == said
    assert "from 信号站 to" in load("en")("link_has_all", blog="信号站 to", topic="x")


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (0, "1 分钟", "1 minute"),
        (59, "1 分钟", "1 minute"),
        (3599, "59 分钟", "59 minutes"),
        (3 * 3600 + 1, "3 小时", "3 hours"),
        (2 * 86400, "2 天", "2 days"),
    ],
)
def test_duration(seconds: float, zh: str, en: str) -> None:
    """A length of time is said in its largest whole unit."""
    assert (duration(load("zh"), seconds), duration(load("en"), seconds)) == (zh, en)


def test_day() -> None:
    """A day has its year only where that is not this year."""
    today = date(2026, 3, 1)
    assert [day(language, date(2026, 1, 19), today=today) for language in LANGUAGES] == ["1月19日", "1月19日", "19 Jan"]
    assert day("zh", date(2025, 1, 19), today=today) == "2025年1月19日"
    assert day("en", date(2025, 1, 19), today=today) == "19 Jan 2025"


def test_days() -> None:
    """A run of days is as short as it can be."""
    assert days("zh", date(2026, 1, 19), date(2026, 1, 25)) == "1月19–25日"
    assert days("en", date(2026, 1, 19), date(2026, 1, 25)) == "19–25 Jan"
    assert days("zh", date(2026, 1, 30), date(2026, 2, 5)) == "1月30日–2月5日"


def test_moment() -> None:
    """A time is the chat's own, with the day where it is not today; an unknown zone is UTC."""
    now = datetime(2026, 1, 19, 20, 0, tzinfo=UTC)
    assert moment("zh", datetime(2026, 1, 19, 17, 5, tzinfo=UTC), "Asia/Shanghai", now=now) == "01:05"
    assert moment("zh", datetime(2026, 1, 19, 15, 5, tzinfo=UTC), "Asia/Shanghai", now=now) == "1月19日 23:05"
    before = datetime(2026, 1, 18, 15, 5, tzinfo=UTC)
    assert moment("en", before, "No/Where", now=now) == "18 Jan, 15:05"
    assert at(load("en"), before, "No/Where", now=now) == "on 18 Jan, 15:05"
    assert at(load("en"), now, "No/Where", now=now) == "at 20:00"
    assert at(load("zh"), before, "No/Where", now=now) == "1月18日 15:05"
