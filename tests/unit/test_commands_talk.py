from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands import TABLE, Right, answer, find, menu, needs_admin
from bot.commands.settings import SETTINGS
from bot.core.incidents import Incident, Kind
from bot.core.models import Feed, PlaceKind, Trouble
from bot.core.ports import Asker
from bot.i18n import load
from bot.topics.match import Matcher
from bot.topics.rules import RuleSpec, category_key
from tests.unit.fakes import GROUP, NOW, MemoryWork, Talk, blog, button, buttons, post, text


@pytest.fixture
def operator() -> Talk:
    """Talk privately as the one who runs the bot."""
    return Talk(blog(), asker=Asker("1", admin=True, operator=True, language="en"))


# -- /start -----------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_welcome(talk: Talk) -> None:
    """The blog's name, how often it posts, and two buttons; nothing is stored yet."""
    reply = await talk.say("/start")
    assert text(reply).splitlines() == [
        "Hi! When A Blog publishes, I bring the excerpt here, formulas readable. Everything, or some topics?",
        "The newest post is of 16 Oct 2025.",
    ]
    assert [choice.label for choice in buttons(reply)] == ["All posts", "Choose topics"]
    assert not talk.work.chats
    await talk.press(reply, "All posts")
    assert talk.ticked() == ()
    assert len(buttons(await talk.press(reply, "Choose topics"))) > 3


@pytest.mark.asyncio
async def test_welcome_of_several_blogs() -> None:
    """They are named, and the question is which of them."""
    talk = Talk(blog(one="One", two="Two"))
    said = text(await talk.say("/start"))
    assert said.startswith("Hi! I bring the excerpts of new posts here, formulas readable, from One, Two. Which blogs,")


@pytest.mark.asyncio
async def test_welcome_says_no_rhythm_that_it_does_not_know(talk: Talk) -> None:
    """Two posts are no rhythm."""
    talk.work.posts = talk.work.posts[:2]
    assert len(text(await talk.say("/start")).splitlines()) == 1


@pytest.mark.parametrize(
    ("gap", "silent", "said"),
    [
        (timedelta(hours=3), timedelta(0), "每天好几篇"),
        (timedelta(days=1), timedelta(days=2), "差不多每天发一篇"),
        (timedelta(days=3), timedelta(days=11), "大约 3 天发一篇"),
        (timedelta(days=7), timedelta(days=20), "差不多每周发一篇"),
        (timedelta(days=1), timedelta(days=120), "\n最近一篇是"),
    ],
)
@pytest.mark.asyncio
async def test_how_often_the_blog_posts(talk: Talk, gap: timedelta, silent: timedelta, said: str) -> None:
    """The usual time between posts; of a blog that fell silent, when it last spoke."""
    newest = NOW - silent
    talk.work.posts = [replace(post, published=newest - n * gap) for n, post in enumerate(talk.work.posts)]
    talk.asker = replace(talk.asker, language="zh-CN")
    assert said in text(await talk.say("/start"))


@pytest.mark.asyncio
async def test_a_link_to_a_topic_subscribes_to_it(talk: Talk) -> None:
    """``t_KEY`` in a new chat subscribes to that topic."""
    reply = await talk.say("/start t_diffusion")
    assert talk.ticked() == ("diffusion",)
    assert text(reply).startswith("Done.")


@pytest.mark.asyncio
async def test_renaming_a_topic_breaks_no_link() -> None:
    """What a link carries is the rule's id, whatever it is called by now; it is ASCII and short enough."""
    renamed = RuleSpec("diffusion", (("zh", "去噪"), ("en", "Denoising")), strong=("扩散",))
    talk = Talk(blog(), judge=Matcher([renamed]))
    await talk.say("/start t_diffusion")
    assert talk.ticked() == ("diffusion",)
    for name in ("扩散模型" * 50, "Deep Learning " * 20, "C++"):
        payload = f"t_{category_key(name)}"
        assert payload.isascii()
        assert len(payload) <= 64


@pytest.mark.asyncio
async def test_a_link_only_adds(talk: Talk) -> None:
    """It adds to what is ticked; a chat that gets everything is told so, and may choose to get less."""
    await talk.say("/start t_diffusion")
    await talk.say("/start t_flow-matching")
    await talk.say("/start t_flow-matching")
    assert talk.ticked() == ("diffusion", "flow-matching")
    await talk.say("/subscribe all")
    reply = await talk.say("/start t_diffusion")
    assert talk.ticked() == ()
    assert text(reply) == 'You already get every post from A Blog, "Diffusion" included.'
    await talk.press(reply, "Only Diffusion")
    assert talk.ticked() == ("diffusion",)


def _two_blogs() -> Talk:
    work = blog(one="One", two="Two")
    work.posts = [
        post(1, "a", feed=1, tags=("baking",)),
        post(2, "b", feed=2, tags=("sailing",)),
        post(3, "c", feed=2, tags=("baking",)),
    ]
    return Talk(work)


def _kept(talk: Talk) -> dict[int, tuple[str, ...]]:
    return {feed: each.filter.topics for (_, feed), each in talk.work.held.items()}


@pytest.mark.asyncio
async def test_a_link_is_about_the_blog_that_has_the_topic() -> None:
    """A category of another blog than the chat has is subscribed to there; what the chat has is not touched."""
    talk = _two_blogs()
    await talk.say("/subscribe one")
    await talk.say("/start t_sailing")
    assert _kept(talk) == {1: (), 2: ("sailing",)}
    await talk.say("/start t_baking")
    assert _kept(talk) == {1: (), 2: ("baking", "sailing")}


@pytest.mark.asyncio
async def test_a_link_adds_where_topics_are_chosen_and_nowhere_else() -> None:
    """One blog as a whole and some topics of the other: the topic is added to the other, and [Only] names the one."""
    talk = _two_blogs()
    await talk.say("/subscribe one")
    await talk.say("/start t_sailing")
    await talk.say("/start t_diffusion")
    assert _kept(talk) == {1: (), 2: ("diffusion", "sailing")}
    await talk.say("/subscribe two all")
    reply = await talk.say("/start t_sailing")
    assert text(reply) == 'You already get every post from Two, "sailing" included.'
    await talk.press(reply, "Only sailing")
    assert _kept(talk) == {1: (), 2: ("sailing",)}


@pytest.mark.asyncio
async def test_links_to_feeds_and_to_nothing(talk: Talk) -> None:
    """``f_NUMBER`` subscribes to a feed; a link whose topic is gone says so."""
    assert text(await talk.say("/start f_9")).startswith("Hi!")
    await talk.say("/start f_1")
    assert len(talk.filters) == 1
    assert text(await talk.say("/start t_gone")).startswith('No topic "gone".')


@pytest.mark.asyncio
async def test_operator_code(talk: Talk) -> None:
    """The right code makes an operator; a wrong one is wrong, but to an operator; in a group none is taken."""
    talk.codes = frozenset({"k3y"})
    assert text(await talk.say("/start k3y")).startswith("You are an operator now")
    assert text(await talk.say("/start other")).startswith("That code is wrong, or has expired.")
    known = Talk(talk.work, asker=Asker("7", admin=True, operator=True, language="en"))
    assert text(await known.say("/start other")).startswith("You run this bot already.")
    group = Talk(blog(), address=GROUP, kind=PlaceKind.GROUP, codes=talk.codes)
    assert "operator" not in text(await group.say("/start k3y"))


# -- /help and what is not understood ---------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_help_is_a_line_a_command(talk: Talk, operator: Talk) -> None:
    """Readers see what they may use, in ten lines; operators see theirs too; what nobody types is not shown."""
    lines = text(await talk.say("/help")).splitlines()
    assert lines[0] == "/subscribe – get new posts here"
    assert len(lines) == 10
    named = {word.removeprefix("/") for line in lines for word in line.split() if word.startswith("/")}
    assert named == {each.name for each in TABLE if each.right is not Right.OPERATOR and not each.hidden}
    assert not any(line.startswith("/feeds") for line in lines)
    assert any(line.startswith("/feeds") for line in text(await operator.say("/help")).splitlines())


@pytest.mark.asyncio
@pytest.mark.parametrize("name", [command.name for command in TABLE])
async def test_help_about_one_command_has_an_example_that_works(operator: Talk, name: str) -> None:
    """Each command is explained in both languages, and its example is understood."""
    for language in ("zh", "en"):
        operator.asker = replace(operator.asker, language=language)
        reply = await operator.say(f"/help /{name.upper()}")
        example = text(reply).splitlines()[-1].partition("/")[2].rstrip("。.")
        assert find(example.split()[0]) is not None
        answered = await operator.say(f"/{example}")
        assert text(answered)
        assert load(language)("unknown_command_far", x="").split("。")[0][:8] not in text(answered)


@pytest.mark.asyncio
async def test_help_names_settings_and_words(talk: Talk) -> None:
    """Each setting with what fits it, as it is typed; what a digest's words do."""
    said = text(await talk.say("/help settings"))
    assert [each.name for each in SETTINGS if each.name not in said] == []
    offered = {value for each in SETTINGS if each.name in {"formulas", "images", "silent"} for value in each.offered}
    assert [value for value in (*offered, "40–4000", "1–100", "23:00-08:00", "excerpt") if value not in said] == []
    assert "now sends what has come together so far" in text(await talk.say("/help digest"))


@pytest.mark.asyncio
async def test_unknown_commands(talk: Talk) -> None:
    """A slip is answered with the nearest command; in a group only where the bot was named."""
    assert (
        text(await talk.say("/subscrib")) == "There is no /subscrib. Did you mean /subscribe? /help lists everything."
    )
    assert text(await talk.say("/qqq")) == "There is no /qqq. /help lists everything."
    assert text(await talk.say("/help qqq")).startswith("There is no qqq.")
    group = Talk(blog(), address=GROUP, kind=PlaceKind.GROUP)
    assert await group.maybe("/qqq") is None
    assert await group.maybe("/qqq", called=True) is not None
    assert await group.maybe("/help") is not None


@pytest.mark.asyncio
async def test_too_long(talk: Talk) -> None:
    """A line of 5,000 characters is refused, whatever it asks."""
    for command in TABLE:
        reply = await talk.maybe(f"/{command.name} {'长' * 5000}")
        assert reply is not None
        assert len(text(reply)) < 200
    assert not talk.work.held


def test_menu_and_aliases() -> None:
    """A platform's menu has the table's commands in its language; aliases work and are not listed."""
    names = [name for name, _ in menu(load("en"))]
    assert names == [each.name for each in TABLE if each.right is not Right.OPERATOR and not each.hidden]
    assert dict(menu(load("zh"), operator=True))["feeds"] == "查看、添加、移除博客"
    assert all(1 <= len(said) <= 256 for language in ("zh", "en") for _, said in menu(load(language)))
    for alias, name in (("sub", "subscribe"), ("unsub", "unsubscribe"), ("list", "status")):
        command = find(alias)
        assert command is not None
        assert command.name == name


# -- /language --------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_language_answers_in_both(talk: Talk) -> None:
    """Changing the language is said in the new one and in the other, and holds from then on."""
    reply = await talk.say("/language zh-TW")
    assert text(reply).splitlines() == ["好的，以後這裡用繁體中文。", "From now on I speak 繁體中文 here."]
    assert text(await talk.say("/unsubscribe")) == "這裡還沒有訂閱。"
    reply = await talk.say("/language English")
    assert text(reply).splitlines() == ["From now on I speak English here.", "好的，以后这里用English。"]


@pytest.mark.asyncio
async def test_language_asks(talk: Talk) -> None:
    """Alone, or with one that it does not speak, it offers those that it does."""
    asked = await talk.say("/language")
    assert [(choice.label, choice.on) for choice in buttons(asked)] == [
        ("简体中文", False),
        ("繁體中文", False),
        ("English", True),
    ]
    assert text(await talk.say("/language klingon")).startswith('I do not speak "klingon".')
    assert not talk.work.chats
    await talk.press(asked, "简体中文")
    assert talk.work.chats[talk.address].language == "zh"


# -- /latest ----------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_latest_is_the_real_notification(talk: Talk) -> None:
    """One post: exactly what would be pushed, the newest that this chat would get; nothing is stored."""
    reply = await talk.say("/latest")
    assert (reply.notice.title, reply.notice.link) == ("Python tips", "https://blog.example/4")
    assert button(reply, "Read").url == "https://blog.example/4"
    assert not talk.work.chats
    await talk.say("/topics diffusion")
    reply = await talk.say("/latest")
    assert reply.notice.title == "扩散模型漫谈"
    assert reply.notice.topics[0] == "Diffusion"


@pytest.mark.asyncio
async def test_latest_titles(talk: Talk) -> None:
    """More posts are titles, ten at most, as links."""
    reply = await talk.say("/latest 3")
    assert text(reply).splitlines()[0] == "The latest 3 posts:"
    assert len(text(reply).splitlines()) == 4
    assert len(text(await talk.say("/latest 99999")).splitlines()) == 5


@pytest.mark.asyncio
async def test_latest_titles_say_what_is_left_out(talk: Talk) -> None:
    """Where topics or a filter keep posts out of the list, it says so and how to see all; else it says nothing."""
    await talk.say("/topics diffusion")
    said = text(await talk.say("/latest 5")).splitlines()
    assert said[0] == "The latest post:"
    assert said[-1] == "Only your ticked topics are listed: 1 of the last 4 posts. Everything: /latest 5 all"
    await talk.say("/filter -python")
    assert "and of those what passes your filter: 1 of the last 4" in text(await talk.say("/latest 5"))
    await talk.say("/subscribe all")
    assert "Only what passes your filter is listed: 3 of" in text(await talk.say("/latest 5"))
    for line in ("/latest 5 all", "/latest 5 diffusion"):
        assert "Only" not in text(await talk.say(line))


@pytest.mark.asyncio
async def test_latest_of_a_topic(talk: Talk) -> None:
    """A topic may be named, ticked or not."""
    await talk.say("/topics diffusion")
    assert (await talk.say("/latest machine learning")).notice.title == "Python tips"
    assert text(await talk.say("/latest 5 流匹配")).splitlines()[1:] == [
        "缓存与效果的极限拉扯",
        "Flow matching by hand",
    ]
    assert text(await talk.say("/latest difusion")).startswith('No topic "difusion". Did you mean')


@pytest.mark.asyncio
async def test_latest_where_nothing_passes_or_exists(talk: Talk) -> None:
    """It says so, and offers the newest of all."""
    await talk.say("/subscribe")
    await talk.say("/filter astronomy")
    reply = await talk.say("/latest")
    assert text(reply) == "None of the last 4 posts match."
    assert (await talk.press(reply, "Newest of all")).notice.title == "Python tips"
    talk.work.posts = []
    assert text(await talk.say("/latest")) == "There are no posts yet."


@pytest.mark.asyncio
async def test_latest_names_the_feed_where_there_are_several() -> None:
    """With several feeds the notification says which one it is from."""
    talk = Talk(blog(one="One", two="Two"))
    await talk.say("/subscribe all")
    assert (await talk.say("/latest feed:one")).notice.source == "One"
    assert (await Talk(blog()).say("/latest")).notice.source == ""


# -- /status ----------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_status(talk: Talk) -> None:
    """What this chat gets, the last and next check in its own time zone, the last post."""
    feed = talk.work.all[1]
    talk.work.all[1] = replace(feed, last_check=NOW, next_check=NOW + timedelta(minutes=20))
    assert text(await talk.say("/status")).startswith("This chat is not subscribed to anything.")
    await talk.say("/topics diffusion")
    await talk.say("/filter -python")
    assert text(await talk.say("/list")).splitlines() == [
        "A Blog",
        "Gets: Diffusion; filter: -python",
        "Last checked 20:00, next 20:20",
        "Last post: Python tips, 16 Oct 2025",
    ]


@pytest.mark.asyncio
async def test_status_shows_an_operator_what_else_is_wrong(talk: Talk, operator: Talk) -> None:
    """A group that takes nothing any more, with why; readers hear nothing of it, and feeds are not named twice."""
    for speaker in (talk, operator):
        speaker.work.incidents = (
            Incident(1, Kind.PLACE, "telegram:-5", {"place": "Lab", "reason": "kicked"}, NOW),
            Incident(2, Kind.FEED, "blog", {"feed": "Blog"}, NOW),
        )
    said = text(await operator.say("/status"))
    assert "Lab takes no messages from me any more: I was removed." in said
    assert "hasn't loaded" not in said
    assert "Lab" not in text(await talk.say("/status"))


@pytest.mark.asyncio
async def test_status_shows_trouble_with_its_remedy(talk: Talk, operator: Talk) -> None:
    """What is wrong is said in the reader's words, for how long, and what mends it; the operator sees all feeds."""
    trouble = Trouble("not_found", "404 Not Found", NOW - timedelta(hours=3))
    talk.work.all[1] = replace(talk.work.all[1], trouble=trouble)
    await talk.say("/subscribe")
    said = "A Blog hasn't loaded for 3 hours: there is nothing at its address (404). Try: look up the feed's present"
    assert said in text(await talk.say("/status"))
    operator.work = talk.work
    operator.address = replace(operator.address, place="1")
    lines = text(await operator.say("/status")).splitlines()
    assert lines[1] == "Chats 1, subscriptions 1, posts 4. Waiting 2, held 0, failed 0."
    assert lines[2] == "1 blog is in trouble:"
    assert said in lines[3]
    talk.work.all[1] = replace(talk.work.all[1], trouble=None)
    assert "The blog can be read." in text(await operator.say("/status"))


@pytest.mark.asyncio
async def test_status_says_how_far_the_first_looks_are(operator: Talk) -> None:
    """A long list that was just brought in is not all asked at once; an operator sees it move."""
    feed = operator.work.all[1] = replace(operator.work.all[1], last_check=NOW)
    operator.work.all[2] = replace(feed, id=2, name="second", last_check=None)
    assert "First looks: 1 of 2 blogs done." in text(await operator.say("/status"))
    operator.work.all[2] = replace(feed, id=2, name="second", last_check=NOW)
    assert "First looks" not in text(await operator.say("/status"))


@pytest.mark.asyncio
async def test_trouble_of_an_unknown_name_speaks_for_itself(talk: Talk) -> None:
    """A failure that no catalogue knows is shown by its own words."""
    talk.work.all[1] = replace(talk.work.all[1], trouble=Trouble("brand_new", "something odd", NOW))
    await talk.say("/subscribe")
    assert "something odd. Try: open the address in a browser" in text(await talk.say("/status"))


# -- /feeds -----------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_feeds_are_the_operators(talk: Talk, operator: Talk) -> None:
    """Nobody else may, and the operator only privately."""
    assert text(await talk.say("/feeds")) == "Only those who run this bot can use this command."
    group = Talk(operator.work, address=GROUP, kind=PlaceKind.GROUP, asker=operator.asker)
    assert text(await group.say("/feeds remove blog")) == "请私聊我用这个命令。"
    assert "https://blog.example/rss.xml" in text(await operator.say("/feeds"))


@pytest.mark.asyncio
async def test_feeds_shows_trouble_and_checks(operator: Talk) -> None:
    """A feed in trouble has a button that looks again; looking is left to the caller as an errand."""
    feed = operator.work.all[1]
    operator.work.all[1] = replace(
        feed, trouble=Trouble("tls", "certificate has expired", NOW), url=f"{feed.url}?key=secret"
    )
    reply = await operator.say("/feeds")
    assert "its certificate is wrong or has expired" in text(reply)
    assert "certificate has expired" in text(reply)
    assert "secret" not in text(reply)
    looking = await operator.press(reply, "Check A Blog")
    assert looking.errand is not None
    assert (looking.errand.feed_id, looking.errand.then) == (1, "feeds #1")
    assert (await operator.say("/feeds check a blog")).errand == looking.errand
    assert (await operator.say("/feeds check")).errand == looking.errand
    after = await answer(operator.ask(looking.errand.then, pressed=True), operator.desk())
    assert after is not None
    assert "rss.xml" in text(after)
    assert "Last post: " in text(after)


@pytest.mark.asyncio
async def test_feeds_check_asks_which_of_several(operator: Talk) -> None:
    """Without a name it looks at the only feed there is; where there are two, it asks."""
    operator.work = blog(one="One", two="Two")
    asked = await operator.say("/feeds check")
    assert (asked.errand, "/feeds check NAME" in text(asked)) == (None, True)


@pytest.mark.asyncio
async def test_feeds_add_and_remove(operator: Talk) -> None:
    """Adding leaves a look as an errand; removing pauses, and only what the configuration does not name."""
    reply = await operator.say("/feeds add https://other.example/feed")
    assert reply.errand is not None
    assert operator.work.all[2].url == "https://other.example/feed"
    assert text(await operator.say("/feeds add https://other.example/feed")).endswith("is watched already.")
    reply = await operator.say("/feeds remove https://other.example/feed")
    assert not operator.work.all[2].active
    assert button(reply, "Undo").command == "feeds add https://other.example/feed"
    assert "configuration file" in text(await operator.say("/feeds remove blog"))
    assert operator.work.all[1].active


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "line",
    ["/feeds add", "/feeds add nonsense", f"/feeds add https://x.example/{'y' * 600}", "/feeds remove"],
)
async def test_feeds_with_bad_arguments(operator: Talk, line: str) -> None:
    """What is missing is said, and nothing is changed."""
    reply = await operator.say(line)
    assert text(reply)
    assert reply.errand is None
    assert len(operator.work.all) == 1


@pytest.mark.asyncio
async def test_many_feeds_are_listed_in_part(operator: Talk) -> None:
    """A long list says how much is left out."""
    operator.work = blog(**{f"b{n:02}": f"Blog {n:02}" for n in range(35)})
    assert "And 5 more." in text(await operator.say("/feeds"))


# -- closed places ----------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_writing_to_the_bot_opens_a_closed_private_chat(talk: Talk) -> None:
    """Whoever unblocks the bot and writes to it gets posts again."""
    await talk.say("/subscribe")
    talk.work.chats[talk.address] = replace(talk.work.chats[talk.address], closed="blocked")
    await talk.say("/status")
    assert talk.work.chats[talk.address].closed == ""


# -- anything ---------------------------------------------------------------------------------------------------------

_WORDS = st.sampled_from(
    (
        *(
            "feed:",
            "ｆｅｅｄ：",
            "#1",
            "#99",
            "p0",
            "p3",
            "+",
            "-",
            "=",
            '"',
            "“",
            "「",
            "all",
            "undo",
            "new",
            "off",
            "test",
        ),
        *("diffusion", "信息时代", "blog", "https://x.example/", "add", "remove", "check", "5", "t_diffusion"),
        *("\n", "🎉", "\x00"),
    )
)
_LINES = st.one_of(
    st.text(max_size=60), st.lists(_WORDS, max_size=8).map(" ".join), st.lists(_WORDS, max_size=8).map("".join)
)


@settings(max_examples=150, deadline=None)
@given(
    line=_LINES, name=st.sampled_from([command.name for command in TABLE]), pressed=st.booleans(), several=st.booleans()
)
@pytest.mark.asyncio
async def test_no_arguments_make_a_command_fail(line: str, name: str, *, pressed: bool, several: bool) -> None:
    """Whatever is typed or forged, there is an answer, and every button of it fits and can be pressed."""
    work = blog(one="One", two="Two") if several else blog()
    talk = Talk(work, asker=Asker("1", admin=True, operator=True, language="en"), anyone=several)
    await talk.say("/subscribe all")
    reply = await answer(talk.ask(f"{name} {line}", pressed=pressed), talk.desk())
    assert reply is not None
    assert text(reply) or reply.notice.title
    for choice in buttons(reply):
        assert choice.url or len(choice.command.encode()) <= 60
        if choice.command:
            assert await answer(talk.ask(choice.command, pressed=True), talk.desk()) is not None


@settings(max_examples=150, deadline=None)
@given(line=_LINES, name=st.sampled_from([command.name for command in TABLE]), pressed=st.booleans())
@pytest.mark.asyncio
async def test_what_needs_no_admin_changes_nothing(line: str, name: str, *, pressed: bool) -> None:
    """In a group, a request whose asker's rights are not read leaves the store as it was."""
    talk = Talk(blog(), address=GROUP, kind=PlaceKind.GROUP, asker=Asker("8", admin=False, language="en"))
    ask = talk.ask(f"{name} {line}", pressed=pressed)
    before = (dict(talk.work.all), dict(talk.work.chats), dict(talk.work.held))
    await answer(ask, talk.desk())
    assert (talk.work.all, talk.work.chats, talk.work.held) == before
    talk.asker = Asker("9", admin=True, language="en")
    if not needs_admin(ask):
        await answer(replace(ask, asker=talk.asker), talk.desk())
        assert (talk.work.all, talk.work.chats, talk.work.held) == before


@pytest.mark.asyncio
@pytest.mark.parametrize("command", [command.name for command in TABLE])
async def test_hostile_names_stay_small(command: str) -> None:
    """A feed that calls itself, its categories and its posts by books does not fill the chat with them."""
    book = "书" * 5000
    feeds = {n: Feed(n, f"b{n}", f"https://b{n}.example/", book, from_config=False) for n in range(1, 40)}
    posts = [post(n, book, feed=n, tags=(book, f"{book}{n}")) for n in range(1, 40)]
    talk = Talk(MemoryWork(feeds, posts), asker=Asker("1", admin=True, operator=True, language="zh"))
    await talk.say("/subscribe all")
    reply = await talk.say(f"/{command} {'10' if command == 'latest' else ''}")
    assert len(text(reply)) < 8000
    assert all(len(choice.label) <= 70 for choice in buttons(reply))


@pytest.mark.asyncio
async def test_a_feed_may_have_any_name() -> None:
    """A feed whose name looks like a button's word is still found by it."""
    feeds = {1: Feed(1, "#2", "https://a.example/", "all"), 2: Feed(2, "p0", "https://b.example/", "undo")}
    talk = Talk(MemoryWork(feeds))
    for line in ("/subscribe undo", "/subscribe feed:p0", "/unsubscribe p0", "/subscribe p0"):
        assert text(await talk.say(line))
    assert len(talk.filters) == 1
