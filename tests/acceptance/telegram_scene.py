"""People on an emulated Telegram, talking to the real program."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.acceptance.harness import Program, until
from tests.emulators import telegram_deeds as deeds
from tests.emulators.documents import Entry as Post
from tests.emulators.documents import rss
from tests.emulators.telegram_world import Entry, World

OPERATOR = 4004
TITLE = "信号站"


@dataclass
class Scene:
    """The program, running. ``show`` publishes the blog's posts; every other method waits for what it leads to."""

    program: Program
    language: str = "zh-hans"
    """What people's clients speak."""
    title: str = TITLE
    """What the blog is called."""

    @property
    def running(self) -> bool:
        """Tell whether the program runs."""
        process = self.program._process
        return process is not None and process.returncode is None

    async def start(self) -> None:
        """Start the program, and let it see what the blog has."""
        await self.program.start("run")
        await self.says(OPERATOR, "/feeds check blog")

    async def chats(self) -> list[dict[str, Any]]:
        """Ask the command line, while the program runs, where posts go."""
        rows: list[dict[str, Any]] = json.loads(await self.program.inline("chats", "--json"))
        return rows

    @property
    def world(self) -> World:
        """What Telegram knows."""
        return self.program.telegram.world

    def show(self, *posts: Post) -> None:
        """Publish the blog with these posts, the newest first."""
        self.program.blog.publish("/feed.xml", rss(posts, title=self.title))

    async def look(self, *posts: Post) -> None:
        """Publish, and let the operator have the feed looked at."""
        self.show(*posts)
        await self.says(OPERATOR, "/feeds check blog")

    async def says(
        self,
        chat: int,
        text: str,
        *,
        user: int | None = None,
        thread: int | None = None,
        anonymous: bool = False,
        language: str = "",
    ) -> Entry:
        """Let somebody write, and wait for the answer; privately the chat is the user."""
        return await self.after(
            lambda: self.world.say(
                chat,
                chat if user is None else user,
                text,
                thread=thread,
                anonymous=anonymous,
                language=language or self.language,
            ),
            chat,
            text,
        )

    async def presses(self, entry: Entry, button: str, *, user: int | None = None) -> Entry:
        """Let somebody press a button, and wait for what it makes of its message, or for the answer below."""
        return await self.after(
            lambda: self.world.press(entry.chat, entry.message_id, button, user or entry.chat, language=self.language),
            entry.chat,
            button,
        )

    async def replies(self, entry: Entry, text: str, *, user: int | None = None) -> Entry:
        """Let somebody answer a question."""
        return await self.after(
            lambda: deeds.answer(self.world, entry.chat, user or entry.chat, text, entry.message_id),
            entry.chat,
            text,
        )

    async def toast(self, deed: Callable[[], object], text: str) -> None:
        """Do something, and wait for the short text above the chat that it leads to."""
        before = len(self.world.answers)
        deed()
        await until(
            lambda: any(text in told.get("text", "") for told in self.world.answers[before:]), f"a toast with {text!r}"
        )

    async def after(self, deed: Callable[[], object], chat: int, what: str) -> Entry:
        """Do something, and wait for what appears in a chat."""
        before = len(self.in_chat(chat))
        deed()
        await until(lambda: len(self.in_chat(chat)) > before, f"an answer to {what!r}")
        return self.in_chat(chat)[-1]

    def in_chat(self, chat: int, *, thread: int | None = None) -> list[Entry]:
        """Give what stands in a chat, or in a thread of it (0: General), the deleted commands left out."""
        shown = [entry for entry in self.world.ledger if entry.chat == chat and entry.method != "deleteMessage"]
        return [entry for entry in shown if thread is None or (entry.thread or 0) == thread]

    def posts(self, chat: int, *, thread: int | None = None) -> list[str]:
        """Give the titles of the posts that arrived in a chat."""
        pushed = [entry for entry in self.in_chat(chat, thread=thread) if _reads(entry)]
        return [entry.text.partition("\n")[0] for entry in pushed]

    async def arrives(self, chat: int, title: str, *, thread: int | None = None) -> Entry:
        """Wait for a post."""
        await until(lambda: title in self.posts(chat, thread=thread), f"{title!r} in {chat}")
        return next(entry for entry in self.in_chat(chat, thread=thread) if entry.text.startswith(title))


def _reads(entry: Entry) -> bool:
    """Tell whether a message has the button that leads to the blog."""
    return any(button.get("url", "").startswith("https://blog.example/") for row in entry.keyboard for button in row)
