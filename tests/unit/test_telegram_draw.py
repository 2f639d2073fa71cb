from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.models import Address, Chat, Choice, Notice, PlaceKind
from bot.platforms.telegram import draw as drawing
from bot.platforms.telegram.draw import draw, hashtags, plainly
from bot.platforms.telegram.guard import JOINER, guarded
from bot.reading.doc import CodeBlock, CodeSpan, Doc, Link, Math, MathBlock, Paragraph, Quote, Styled, Text, paragraph
from bot.reading.render import Flat
from tests.emulators import telegram_rules as rules

CHAT = Chat(1, Address("telegram", "5"), PlaceKind.PRIVATE, 1)
FACE = "\N{GRINNING FACE}"


def only(notice: Notice, chat: Chat = CHAT) -> dict[str, Any]:
    """Give the single request of a notice."""
    (payload,) = draw(notice, chat)
    return dict(payload)


def pieces(payload: dict[str, Any]) -> list[tuple[str, str]]:
    """Give (type, covered text) of a request's entities."""
    return [(e["type"], rules.cut(payload["text"], e["offset"], e["length"])) for e in payload.get("entities", [])]


def body(*parts: Any) -> Doc:
    """Make a Doc of one paragraph."""
    return Doc((paragraph(*parts),))


def test_a_post_has_title_body_hashtags_and_buttons_in_this_order() -> None:
    """The whole layout of a notification, with its entities, as UX.md draws it."""
    code = CodeBlock("xt = (1 - t) * x0", "python")
    notice = Notice(
        Doc((paragraph(f"{FACE} 加噪 ", Styled("italic", (Text("一步"),))), code)),
        title="从一步加噪看 Flow Matching",
        link="https://blog.example/1",
        topics=("扩散模型", "Flow Matching"),
        choices=((Choice("阅读原文", url="https://blog.example/1"), Choice("⚙", command="why 1")),),
    )
    payload = only(notice)
    assert payload["method"] == "sendMessage"
    assert payload["text"] == (
        f"从一步加噪看 Flow Matching\n\n{FACE} 加噪 一步\nxt = (1 - t) * x0\n\n#扩散模型 #FlowMatching"
    )
    assert pieces(payload) == [
        ("bold", "从一步加噪看 Flow Matching"),
        ("text_link", "从一步加噪看 Flow Matching"),
        ("italic", "一步"),
        ("pre", "xt = (1 - t) * x0"),
    ]
    assert payload["entities"][1]["url"] == "https://blog.example/1"
    assert payload["entities"][3]["language"] == "python"
    assert payload["link_preview_options"] == {"is_disabled": True}
    assert payload["reply_markup"]["inline_keyboard"] == [
        [{"text": "阅读原文", "url": "https://blog.example/1"}, {"text": "⚙", "callback_data": "why 1"}]
    ]
    assert "parse_mode" not in payload
    assert "disable_notification" not in payload


def test_the_second_line_names_source_and_day_where_they_are_given() -> None:
    """The source and the date stand right under the title, in the chat's language and zone."""
    late = datetime(2026, 1, 18, 20, tzinfo=UTC)
    text = only(Notice(body("x"), title="T", source="科学空间", date=late))["text"]
    assert text == "T\n科学空间 · 2026年1月19日\n\nx"
    english = Chat(1, CHAT.address, PlaceKind.PRIVATE, 1, language="en", timezone="Nowhere/At_all")
    assert only(Notice(body("x"), title="T", date=late), english)["text"] == "T\n18 Jan 2026\n\nx"


def test_a_notice_without_a_title_is_a_plain_text() -> None:
    """Answers of commands have no headline."""
    assert only(Notice(body("Done."))) == {
        "method": "sendMessage",
        "text": "Done.",
        "link_preview_options": {"is_disabled": True},
    }


def test_formulas_are_unicode_and_a_quotation_is_an_entity() -> None:
    """Maths is written in characters; a quote is Telegram's own."""
    notice = Notice(Doc((Quote((paragraph("quoted"),)), Paragraph((Math("x_t"),)), MathBlock(r"\alpha"))))
    payload = only(notice)
    assert payload["text"].split("\n")[-1] == "α"
    assert pieces(payload) == [("blockquote", "quoted")]


def test_the_preview_is_the_posts_picture_or_nothing() -> None:
    """A card appears only for the image; an address that is none is left alone."""
    shown = only(Notice(body("x"), image="https://blog.example/p.png"))["link_preview_options"]
    assert shown == {
        "url": "https://blog.example/p.png",
        "prefer_large_media": True,
        "show_above_text": False,
    }
    assert only(Notice(body("x"), image="data:image/png;base64,AA"))["link_preview_options"] == {"is_disabled": True}


def test_silence_is_the_notices_or_the_chats() -> None:
    """Either of them keeps the phone quiet."""
    quiet = Chat(1, CHAT.address, PlaceKind.PRIVATE, 1, silent=True)
    assert only(Notice(body("x"), silent=True))["disable_notification"] is True
    assert only(Notice(body("x")), quiet)["disable_notification"] is True


@pytest.mark.parametrize(
    ("names", "tags"),
    [
        (["扩散模型", "生成模型"], ["#扩散模型", "#生成模型"]),
        (["Flow Matching", "flow matching", "FlowMatching"], ["#FlowMatching"]),
        (["C++", "C#", "ResNet-50"], ["#Cplusplus", "#Csharp", "#ResNet50"]),
        (["2024", "！！", "", "_"], []),
        (["ＡＢＣ", "信息时代 2.0", "snake_case"], ["#ABC", "#信息时代20", "#snake_case"]),
        (["a", "b", "c", "d", "e"], ["#a", "#b", "#c", "#d"]),
    ],
)
def test_hashtags_are_ones_that_telegram_recognises(names: list[str], tags: list[str]) -> None:
    """Only letters, digits and underscores, at least one letter, no doubles, at most four."""
    assert hashtags(names) == tags


@given(st.lists(st.text(max_size=20), max_size=6))
@settings(max_examples=150, deadline=None)
def test_every_hashtag_is_recognised_whole(names: list[str]) -> None:
    """Whatever a topic is called, Telegram links exactly what was meant as a hashtag."""
    tags = hashtags(names)
    assert [tag for kind, tag in rules.autolinks(" ".join(tags)) if kind == "hashtag"] == tags


def test_a_long_text_becomes_parts_with_the_buttons_on_the_last() -> None:
    """Every part keeps 4096 units; only the first rings; card and buttons come last; nothing is lost."""
    words = Doc(tuple(paragraph(f"{FACE}段落{index}。" * 40) for index in range(40)))
    choices = ((Choice("Read", url="https://blog.example/"),),)
    payloads = draw(Notice(words, title="T", choices=choices, image="https://blog.example/i.png"), CHAT)
    assert len(payloads) > 2
    assert all(rules.units(str(payload["text"])) <= 4096 for payload in payloads)
    assert [payload.get("disable_notification", False) for payload in payloads] == [False] + [True] * (
        len(payloads) - 1
    )
    assert ["reply_markup" in payload for payload in payloads] == [False] * (len(payloads) - 1) + [True]
    assert "url" in str(payloads[-1]["link_preview_options"])
    said = "".join(str(payload["text"]) for payload in payloads)
    assert all(f"段落{index}。" in said for index in range(40))


def test_an_endless_text_is_bounded() -> None:
    """A post of a million characters is at most eight messages, and says that there is more."""
    payloads = draw(Notice(body("长文。 " * 250_000), title="T"), CHAT)
    assert len(payloads) == drawing.PARTS
    assert str(payloads[-1]["text"]).endswith("…")


def test_an_empty_notice_still_is_a_message() -> None:
    """Telegram refuses empty texts, so the link stands for a post that says nothing."""
    assert only(Notice(Doc(), link="https://blog.example/1"))["text"] == "https://blog.example/1"
    assert only(Notice(Doc()))["text"] == "…"


def test_no_word_of_a_post_becomes_a_mention_or_a_command() -> None:
    """@name and /cmd in title and body are broken by an unseen character; addresses, code and mail stay as they are."""
    notice = Notice(
        Doc(
            (
                paragraph("见@alice和 /start@bot，(/help) a@b.org 1/2 and/or https://x.org/@me/start。@bob"),
                paragraph(CodeSpan("@decorator /etc")),
            )
        ),
        title="/stop @everyone",
    )
    payload = only(notice)
    linked = rules.autolinks(payload["text"], payload["entities"])
    assert [hit for hit in linked if hit[0] in {"mention", "bot_command"}] == []
    assert payload["text"].replace(JOINER, "") == (
        "/stop @everyone\n\n见@alice和 /start@bot，(/help) a@b.org 1/2 and/or https://x.org/@me/start。@bob"
        "\n@decorator /etc"
    )
    for whole in ("https://x.org/@me/start", "a@b.org", "1/2 and/or", "@decorator /etc"):
        assert whole in payload["text"]
    assert pieces(payload) == [("bold", f"/{JOINER}stop @{JOINER}everyone"), ("code", "@decorator /etc")]


def test_a_link_to_a_person_is_no_link() -> None:
    """tg:// addresses would mention somebody; web addresses stay."""
    notice = Notice(body(Link("tg://user?id=5", (Text("me"),)), " ", Link("https://x.org", (Text("x"),))))
    assert pieces(only(notice)) == [("text_link", "x")]


def test_choices_show_their_state_and_bad_ones_are_left_out() -> None:
    """Ticks are drawn; a button that Telegram would refuse does not take the message with it."""
    row = (Choice("on", command="topics +a", on=True), Choice("off", command="topics +b", on=False))
    bad = (Choice("long", command="好" * 22), Choice("", command="x"), Choice("none"), Choice("js", url="javascript:1"))
    keyboard = only(Notice(body("x"), choices=(row, bad)))["reply_markup"]["inline_keyboard"]
    assert keyboard == [
        [{"text": "✅ on", "callback_data": "topics +a"}, {"text": "☐ off", "callback_data": "topics +b"}]
    ]
    many = tuple(tuple(Choice("x", command=f"c {row} {i}") for i in range(8)) for row in range(20))
    rules.check_keyboard(only(Notice(body("x"), choices=many))["reply_markup"])


def test_of_too_many_entities_code_and_links_stay() -> None:
    """A message has at most a hundred entities; the ones that only decorate go first."""
    words = [Styled("bold", (Text("b "),)), CodeSpan("/c"), Link("https://x.org", (Text("l"),))] * 60
    payload = only(Notice(body(*words)))
    kinds = [kind for kind, _ in pieces(payload)]
    assert (kinds.count("code"), kinds.count("text_link"), len(kinds)) == (60, 40, 100)
    crowded = only(Notice(body(*[CodeSpan("/c"), " "] * 120)))
    assert rules.autolinks(crowded["text"], crowded["entities"]) == []


def test_a_plain_request_has_the_text_alone() -> None:
    """Entities and buttons go, words and the post's link stay, and code gets no chance to become a mention."""
    notice = Notice(
        body("see ", CodeSpan("@x")),
        title="T",
        link="https://blog.example/1",
        silent=True,
        choices=((Choice("Read", url="https://blog.example/1"),),),
    )
    assert plainly(only(notice)) == {
        "method": "sendMessage",
        "text": f"T\n\nsee @{JOINER}x\nhttps://blog.example/1",
        "link_preview_options": {"is_disabled": True},
        "disable_notification": True,
    }


def test_guarded_words_are_counted_before_the_text_is_split() -> None:
    """The unseen characters do not push the end of every part into a message of its own."""
    assert len(draw(Notice(body("@a " * 3000)), CHAT)) == 3


def test_a_plain_request_keeps_the_limit() -> None:
    """The link below the text does not push it over 4096 units."""
    (first, *_) = draw(Notice(body("@a " * 3000), title="T", link="https://blog.example/1"), CHAT)
    text = str(plainly(first)["text"])
    assert rules.units(text) <= 4096
    assert text.endswith("\nhttps://blog.example/1")


def test_guarding_does_not_take_forever() -> None:
    """A hostile text of nothing but signs and addresses costs linear time: it would not end otherwise."""
    text = "@a https://x.org/@b /c " * 40_000
    assert guarded(Flat(text)).text.count(JOINER) == 80_000


INLINES = st.recursive(
    st.one_of(
        st.text("ab @/#_。\n中" + FACE, max_size=12).map(Text),
        st.text("a@/ ", min_size=1, max_size=6).map(CodeSpan),
        st.just(Math(r"x<y")),
    ),
    lambda inner: st.one_of(
        st.builds(Styled, st.sampled_from(["bold", "italic", "spoiler"]), st.lists(inner, max_size=3).map(tuple)),
        st.builds(Link, st.sampled_from(["https://x.org/a", "tg://user?id=1"]), st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)
BLOCKS = st.one_of(
    st.lists(INLINES, max_size=5).map(lambda parts: Paragraph(tuple(parts))),
    st.text("a @/\n", min_size=1, max_size=30).map(CodeBlock),
    st.lists(INLINES, max_size=3).map(lambda parts: Quote((Paragraph(tuple(parts)),))),
)


@given(
    title=st.text("aT @/<\n文" + FACE, max_size=30),
    blocks=st.lists(BLOCKS, max_size=6),
    topics=st.lists(st.text(max_size=8), max_size=5),
    repeat=st.sampled_from([1, 1, 2, 40]),
)
@settings(max_examples=100, deadline=None)
def test_telegram_takes_whatever_is_drawn(title: str, blocks: list[Any], topics: list[str], repeat: int) -> None:
    """Every request keeps the Bot API's rules, in both forms, and none mentions anybody."""
    notice = Notice(Doc(tuple(blocks * repeat)), title=title, link="https://blog.example/1", topics=tuple(topics))
    for payload in draw(notice, CHAT):
        for form in (payload, plainly(payload)):
            entities: Any = form.get("entities", [])
            rules.check_text(str(form["text"]))
            rules.check_entities(str(form["text"]), entities)
            links = rules.autolinks(str(form["text"]), entities)
            assert not [hit for hit in links if hit[0] in {"mention", "bot_command"}]
