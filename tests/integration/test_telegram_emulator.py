from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.emulators import telegram_rules as rules
from tests.emulators.telegram import TOKEN, Telegram
from tests.emulators.telegram_people import BOT_ID

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]


class Client:
    """A bare client of the Bot API."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self.session = session
        self.base = base

    async def raw(self, method: str, **params: Any) -> tuple[int, Json]:
        """Give the status and the body."""
        async with self.session.post(f"{self.base}{TOKEN}/{method}", json=params) as response:
            return response.status, await response.json()

    async def ok(self, method: str, **params: Any) -> Any:
        """Give the result of a request that must be taken."""
        status, body = await self.raw(method, **params)
        assert status == 200, body
        return body["result"]


class Ticks:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        """Give the time."""
        return self.time


@pytest.fixture
def ticks() -> Ticks:
    """Give the emulator's clock."""
    return Ticks()


@pytest_asyncio.fixture
async def telegram(ticks: Ticks) -> AsyncIterator[Telegram]:
    """Give an emulator with Telegram's limits."""
    async with Telegram(clock=ticks, rates=rules.Rates()) as server:
        yield server


@pytest_asyncio.fixture
async def client(telegram: Telegram) -> AsyncIterator[Client]:
    """Give a client of it."""
    async with aiohttp.ClientSession() as session:
        yield Client(session, telegram.base)


@pytest.mark.asyncio
async def test_an_update_is_given_until_a_higher_offset_confirms_it(telegram: Telegram, client: Client) -> None:
    """Fetching confirms nothing; asking with a higher offset does."""
    first = telegram.world.say(5, 5, "/start")
    second = telegram.world.say(5, 5, "/help")
    for _ in range(2):
        assert [one["update_id"] for one in await client.ok("getUpdates")] == [first, second]
    assert [one["update_id"] for one in await client.ok("getUpdates", offset=second)] == [second]
    assert [one["update_id"] for one in await client.ok("getUpdates")] == [second]
    assert await client.ok("getUpdates", offset=second + 1) == []


@pytest.mark.asyncio
async def test_a_long_poll_waits_for_the_next_update(telegram: Telegram, client: Client) -> None:
    """A poll is held open and answered by the update that comes."""
    poll = asyncio.create_task(client.ok("getUpdates", timeout=30))
    await asyncio.sleep(0.05)
    assert not poll.done()
    telegram.world.say(5, 5, "hello")
    assert [one["message"]["text"] for one in await poll] == ["hello"]


@pytest.mark.asyncio
async def test_a_second_poller_ends_the_first_with_409(telegram: Telegram, client: Client) -> None:
    """Two programs with one token: the earlier poll is told of the conflict."""
    first = asyncio.create_task(client.raw("getUpdates", timeout=30))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(client.raw("getUpdates", timeout=30))
    status, body = await first
    assert (status, body["error_code"]) == (409, 409)
    telegram.world.say(5, 5, "x")
    assert (await second)[0] == 200


@pytest.mark.asyncio
async def test_updates_that_were_not_asked_for_are_not_given(telegram: Telegram, client: Client) -> None:
    """allowed_updates narrows what comes."""
    telegram.world.add_chat(-100, "group")
    telegram.world.join(-100, 5)
    assert await client.ok("getUpdates", allowed_updates=["message"]) == []
    assert len(await client.ok("getUpdates", allowed_updates=["message", "my_chat_member"])) == 1


@pytest.mark.asyncio
async def test_a_message_is_kept_with_all_that_was_asked_for(telegram: Telegram, client: Client) -> None:
    """The ledger has chat, thread, text, entities, keyboard and time of an accepted message."""
    telegram.world.add_chat(-100, "supergroup", forum=True, threads={7: True})
    entities = [{"type": "bold", "offset": 0, "length": 2}]
    keyboard = [[{"text": "Go", "callback_data": "go 1"}]]
    sent = await client.ok(
        "sendMessage",
        chat_id=-100,
        message_thread_id=7,
        text="\N{GRINNING FACE}!",
        entities=entities,
        reply_markup={"inline_keyboard": keyboard},
    )
    (entry,) = telegram.world.ledger
    assert (entry.chat, entry.thread, entry.text, entry.time) == (-100, 7, "\N{GRINNING FACE}!", 1000.0)
    assert (list(entry.entities), [list(row) for row in entry.keyboard]) == (entities, keyboard)
    assert entry.message_id == sent["message_id"]


@pytest.mark.asyncio
async def test_parameters_may_come_as_a_form(telegram: Telegram, client: Client) -> None:
    """Nested values arrive as JSON strings in a form, numbers as digits; a text that looks like JSON stays a text."""
    form = {"chat_id": "5", "text": '{"a":1}', "entities": '[{"type":"code","offset":0,"length":7}]'}
    async with client.session.post(f"{telegram.base}{TOKEN}/sendMessage", data=form) as response:
        assert response.status == 200
    assert telegram.world.ledger[0].text == '{"a":1}'
    assert telegram.world.ledger[0].entities[0]["type"] == "code"


BOLD = {"type": "bold", "offset": 0, "length": 1}
REFUSED: list[tuple[Json, str]] = [
    ({"text": ""}, "message text is empty"),
    ({"text": " \n"}, "message text is empty"),
    ({"text": "\N{GRINNING FACE}" * 2049}, "message is too long"),
    ({"text": "ab", "entities": [BOLD | {"length": 3}]}, "after the end of the text"),
    ({"text": "\N{GRINNING FACE}", "entities": [BOLD]}, "middle of a UTF-16 symbol"),
    ({"text": "ab", "entities": [BOLD | {"type": "loud"}]}, "Unsupported type"),
    ({"text": "ab", "entities": [BOLD | {"type": "text_link", "url": "javascript:1"}]}, "invalid URL"),
    ({"text": "abc", "entities": [BOLD | {"length": 2}, BOLD | {"offset": 1, "length": 2}]}, "cross"),
    ({"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "好" * 22}]]}}, "DATA_INVALID"),
    ({"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": ""}]]}}, "DATA_INVALID"),
    ({"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "x"}]]}}, "unallowed"),
    ({"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "x", "url": "nothing"}]]}}, "Wrong HTTP URL"),
    ({"text": "a", "message_thread_id": 9}, "message thread not found"),
    ({"text": "a", "message_thread_id": 8}, "TOPIC_CLOSED"),
    ({"text": "a", "chat_id": -5}, "chat not found"),
    ({"text": "<b>a</b>", "parse_mode": "HTML"}, "entities only"),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("params", "words"), REFUSED)
async def test_what_telegram_refuses_is_refused(telegram: Telegram, client: Client, params: Json, words: str) -> None:
    """Text, entities, buttons, chats and threads that break a rule get 400 and leave nothing behind."""
    telegram.world.add_chat(-100, "supergroup", forum=True, threads={7: True, 8: False})
    status, body = await client.raw("sendMessage", **({"chat_id": -100} | params))
    assert (status, body["ok"]) == (400, False)
    assert words in body["description"]
    assert telegram.world.ledger == []


@pytest.mark.asyncio
async def test_a_text_of_exactly_4096_units_is_taken(client: Client) -> None:
    """The limit counts UTF-16 units and includes its last value."""
    assert await client.ok("sendMessage", chat_id=5, text="\N{GRINNING FACE}" * 2048)


@pytest.mark.asyncio
async def test_a_sender_that_ignores_the_limits_gets_429(telegram: Telegram, client: Client, ticks: Ticks) -> None:
    """The negative control: 40 sends at once to 40 chats, 25 to a group, 5 to a person all meet their own limit."""
    telegram.world.add_chat(-100, "group")

    async def burst(chats: list[int]) -> list[int]:
        answers = [await client.raw("sendMessage", chat_id=chat, text="x") for chat in chats]
        ticks.time += 120
        return [body.get("parameters", {}).get("retry_after", 0) for _, body in answers]

    assert await burst(list(range(1, 41))) == [0] * 30 + [1] * 10
    assert await burst([-100] * 25) == [0] * 20 + [60] * 5
    assert await burst([5] * 5) == [0] * 3 + [3] * 2
    assert len(telegram.world.ledger) == 53


@pytest.mark.asyncio
async def test_after_the_wait_that_a_429_names_the_send_is_taken(
    telegram: Telegram, client: Client, ticks: Ticks
) -> None:
    """retry_after is enough, and a little less is not."""
    telegram.world.add_chat(-100, "group")
    for _ in range(20):
        await client.ok("sendMessage", chat_id=-100, text="x")
    ticks.time += 59.9
    status, body = await client.raw("sendMessage", chat_id=-100, text="x")
    assert (status, body["parameters"]) == (429, {"retry_after": 1})
    ticks.time += 1
    await client.ok("sendMessage", chat_id=-100, text="x")


@pytest.mark.asyncio
async def test_faults_strike_the_request_they_are_meant_for(telegram: Telegram, client: Client) -> None:
    """A scripted refusal hits its chat and method, as often as asked, and nothing else."""
    telegram.world.fault("blocked", chat=5)
    telegram.world.fault("answer", chat=6, code=502, description="Bad Gateway", times=2)
    assert (await client.raw("sendMessage", chat_id=7, text="x"))[0] == 200
    assert (await client.raw("sendMessage", chat_id=5, text="x"))[0] == 403
    assert (await client.raw("sendMessage", chat_id=5, text="x"))[0] == 200
    assert [(await client.raw("sendMessage", chat_id=6, text="x"))[0] for _ in range(3)] == [502, 502, 200]


@pytest.mark.asyncio
@pytest.mark.parametrize(("kind", "arrives"), [("reset", 0), ("drop", 1), ("half", 1)])
async def test_a_broken_link_may_or_may_not_have_delivered(
    telegram: Telegram, client: Client, kind: str, arrives: int
) -> None:
    """A reset before leaves nothing, a dropped or halved reply leaves the message; the client sees an error."""
    telegram.world.fault(kind)
    with pytest.raises(aiohttp.ClientError):
        await client.raw("sendMessage", chat_id=5, text="x")
    assert len(telegram.world.ledger) == arrives
    assert [one.status for one in telegram.world.requests] == [0]


@pytest.mark.asyncio
async def test_an_upgraded_group_names_its_new_id(telegram: Telegram, client: Client) -> None:
    """The old id is refused with the new one; service messages go to both."""
    telegram.world.add_chat(-5, "group", title="G")
    telegram.world.migrate(-5, -1005)
    status, body = await client.raw("sendMessage", chat_id=-5, text="x")
    assert (status, body["parameters"]) == (400, {"migrate_to_chat_id": -1005})
    assert await client.ok("sendMessage", chat_id=-1005, text="x")
    updates = await client.ok("getUpdates")
    assert updates[0]["message"]["migrate_to_chat_id"] == -1005


@pytest.mark.asyncio
async def test_a_bot_that_was_removed_can_not_send_until_it_is_back(telegram: Telegram, client: Client) -> None:
    """Kick and join change what is allowed and tell the bot."""
    telegram.world.add_chat(-100, "supergroup", title="G")
    telegram.world.kick(-100, 5)
    assert (await client.raw("sendMessage", chat_id=-100, text="x"))[0] == 403
    telegram.world.join(-100, 5)
    assert (await client.raw("sendMessage", chat_id=-100, text="x"))[0] == 200
    changes = [one["my_chat_member"]["new_chat_member"]["status"] for one in await client.ok("getUpdates")]
    assert changes == ["kicked", "member"]


@pytest.mark.asyncio
async def test_a_button_is_pressed_and_its_message_edited(telegram: Telegram, client: Client, ticks: Ticks) -> None:
    """A press brings its data; the edit replaces text and keyboard; the same edit again is refused."""
    keyboard = {"inline_keyboard": [[{"text": "Go", "callback_data": "go 1"}]]}
    sent = await client.ok("sendMessage", chat_id=5, text="old", reply_markup=keyboard)
    telegram.world.press(5, sent["message_id"], "Go", 5)
    (update,) = await client.ok("getUpdates")
    assert update["callback_query"]["data"] == "go 1"
    assert await client.ok("answerCallbackQuery", callback_query_id=update["callback_query"]["id"], text="done")
    await client.ok("editMessageText", chat_id=5, message_id=sent["message_id"], text="new")
    assert (telegram.world.ledger[-1].text, telegram.world.ledger[-1].keyboard) == ("new", ())
    _, again = await client.raw("editMessageText", chat_id=5, message_id=sent["message_id"], text="new")
    assert "message is not modified" in again["description"]
    await client.ok("editMessageReplyMarkup", chat_id=5, message_id=sent["message_id"], reply_markup=keyboard)
    assert [entry.method for entry in telegram.world.ledger][-1] == "editMessageReplyMarkup"
    await client.ok("deleteMessage", chat_id=5, message_id=sent["message_id"])
    ticks.time += 3
    _, gone = await client.raw("editMessageText", chat_id=5, message_id=sent["message_id"], text="newer")
    assert "message to edit not found" in gone["description"]


@pytest.mark.asyncio
async def test_members_menus_and_chats_can_be_asked_for(telegram: Telegram, client: Client) -> None:
    """getChatMember, getChatAdministrators, getChat, getMe, setMyCommands and deleteWebhook answer as they should."""
    telegram.world.add_chat(-100, "supergroup", title="G", members={5: "administrator", 6: "creator"})
    assert (await client.ok("getChatMember", chat_id=-100, user_id=5))["status"] == "administrator"
    assert (await client.ok("getChatMember", chat_id=-100, user_id=9))["status"] == "member"
    assert len(await client.ok("getChatAdministrators", chat_id=-100)) == 2
    assert (await client.ok("getChat", chat_id=-100))["title"] == "G"
    assert (await client.ok("getMe"))["id"] == BOT_ID
    menu = [{"command": "start", "description": "Begin"}]
    assert await client.ok("setMyCommands", commands=menu, language_code="en")
    assert await client.ok("getMyCommands", language_code="en") == menu
    assert await client.ok("getMyCommands") == []
    assert await client.ok("deleteWebhook")


@pytest.mark.asyncio
async def test_a_wrong_token_and_a_wrong_method_are_refused(telegram: Telegram, client: Client) -> None:
    """401 for a token that is not valid, 404 for one that is none and for a method that does not exist."""
    for token, status in (("1:WRONG", 401), ("nonsense", 404)):
        async with client.session.post(f"{telegram.base}{token}/getMe") as response:
            assert response.status == status
    assert (await client.raw("fly"))[0] == 404


def test_what_telegram_links_by_itself_is_found() -> None:
    """Mentions, commands and hashtags are seen in plain text, not in code, links and URLs."""
    text = "@name /cmd #主题 #123 a@b https://x.org/@me/cmd code @hid"
    hidden = [{"type": "code", "offset": text.index("code"), "length": 9}]
    assert rules.autolinks(text, hidden) == [("mention", "@name"), ("bot_command", "/cmd"), ("hashtag", "#主题")]


@pytest.mark.asyncio
async def test_the_script_serves_and_is_controlled_over_http() -> None:
    """As a program it says where it listens, takes what people do, and shows its ledger."""
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.emulators.telegram", cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout is not None
    try:
        where = json.loads(await program.stdout.readline())
        async with aiohttp.ClientSession() as session:
            client = Client(session, where["base"])
            async with session.post(f"{where['control']}/say", json={"chat": 5, "user": 5, "text": "/start"}) as said:
                assert (await said.json()) == (await client.ok("getUpdates"))[0]["update_id"]
            await client.ok("sendMessage", chat_id=5, text="hello")
            async with session.get(f"{where['control']}/ledger") as response:
                assert [one["text"] for one in await response.json()] == ["hello"]
            async with session.get(f"{where['control']}/__dict__") as response:
                assert response.status == 404
    finally:
        program.terminate()
        await program.wait()
