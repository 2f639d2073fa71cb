"""What the world may ask of the bot: commands are answered, and what platforms learn of their places is stored."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace

import structlog

from bot import commands, i18n, platforms
from bot.config import Config
from bot.core.models import Address, Chat, Notice, PlaceKind, Reply
from bot.core.ports import Ask, Clock, Judge, Platform
from bot.operators import Operators
from bot.reading.doc import Doc, paragraph
from bot.store.sqlite import Store
from bot.watch import Watch

log = structlog.get_logger()


class FrontDesk:
    """Answers everybody, one transaction a command; ``wake`` says that there may be something to send."""

    def __init__(
        self,
        config: Config,
        store: Store,
        judge: Judge,
        operators: Operators,
        clock: Clock,
        watch: Watch,
        platforms: Mapping[str, Platform],
        wake: Callable[[], None],
    ) -> None:
        self._config = config
        self._store = store
        self._judge = judge
        self._operators = operators
        self._clock = clock
        self._watch = watch
        self._platforms = platforms
        self._wake = wake

    async def answer(self, ask: Ask) -> Reply | None:
        """Answer a command. A fault of ours is said with a code that stands in the log."""
        ask = self._known(ask)
        # What was typed may be personal, so a command that is none of ours is not named.
        named = commands.find(ask.name) if ask.name else None
        called = named.name if named is not None else "unknown" if ask.name else "words"
        try:
            reply = await commands.serve(ask, lambda: self._desk(ask), self._watch)
        except Exception as error:  # noqa: BLE001 -- the loop's edge: one command's fault is nobody else's
            code = secrets.token_hex(3)
            log.warning("command.failed", command=called, code=code, error=f"{type(error).__name__}: {error}")
            words = i18n.load(ask.speaks or self._language(ask.kind, ask.asker.language))
            return Reply(Notice(Doc((paragraph(words("error", id=code)),))))
        else:
            if reply is not None and ask.address.platform != platforms.CONSOLE:
                # On the console the answer itself stands there.
                log.info("command.answered", command=called, platform=ask.address.platform)
            return reply
        finally:
            self._wake()
            self._watch.wake()

    def _known(self, ask: Ask) -> Ask:
        """Tell whether the asker is an operator."""
        operator = ask.asker.operator or (ask.address.platform, ask.asker.id) in self._operators
        return replace(ask, asker=replace(ask.asker, operator=operator))

    @contextlib.asynccontextmanager
    async def _desk(self, ask: Ask) -> AsyncIterator[commands.Desk]:
        config, operators = self._config, self._operators
        async with self._store.begin() as work:
            yield commands.Desk(
                work=work,
                judge=self._judge,
                words=i18n.load,
                nearest=i18n.nearest,
                language=config.language,
                timezone=config.timezone,
                anyone_may_add_feeds=config.anyone_may_add_feeds,
                private_link=self._platforms[ask.address.platform].private_link,
                options=self._platforms[ask.address.platform].options,
                formulas=self._platforms[ask.address.platform].formulas,
                images=self._platforms[ask.address.platform].images,
                claim=lambda asked, code: operators.claim(asked, code, work),
            )
            if ask.update is not None:
                await work.update_done(ask.address.platform, ask.update)

    async def closed(self, address: Address, reason: str) -> None:
        """Close a place, with the reason."""
        async with self._store.begin() as work:
            await work.close_place(address, reason, self._clock.now())

    async def opened(self, address: Address) -> None:
        """Open a place again, with what was held for it."""
        async with self._store.begin() as work:
            await work.open_place(address, self._clock.now())
        self._wake()

    async def chat(self, address: Address, kind: PlaceKind, language: str) -> Chat:
        """Give a chat, or the one that a new asker's would be."""
        own = self._language(kind, language)
        guest = Chat(0, address, kind, 0, language=own, timezone=self._config.timezone)
        return await self._store.chat(address) or guest

    def _language(self, kind: PlaceKind, language: str) -> str:
        """Give the language of a chat that has chosen none: the asker's in private, elsewhere the configuration's."""
        return i18n.nearest(language) if kind is PlaceKind.PRIVATE and language else self._config.language

    async def places(self, platform: str) -> Sequence[tuple[Address, str]]:
        """Give a platform's chats, and why those that are closed are."""
        async with self._store.begin() as work:
            return [(chat.address, chat.closed) for chat in await work.chats() if chat.address.platform == platform]

    async def suggest(self, ask: Ask, what: str) -> Sequence[tuple[str, str]]:
        """Complete what an asker is typing: what stands there, and what it means."""
        ask = self._known(ask)
        async with self._desk(ask) as desk:
            return await commands.suggest(ask, desk, what)

    async def recall(self, key: str) -> str | None:
        """Give what a platform remembered."""
        async with self._store.begin() as work:
            return await work.meta(key)

    async def remember(self, key: str, value: str) -> None:
        """Keep something for a platform."""
        async with self._store.begin() as work:
            await work.set_meta(key, value)

    async def formulas(self, address: Address, value: str) -> None:
        """Keep how a chat wants its formulas."""
        async with self._store.begin() as work:
            if (chat := await work.chat(address)) is not None:
                await work.save_chat(replace(chat, formulas=value))

    async def moved(self, platform: str, old: str, new: str) -> None:
        """Follow a place to its new address."""
        async with self._store.begin() as work:
            await work.move_place(platform, old, new, self._clock.now())
