"""The seams: what each room needs of the others, as Protocols. ``app`` puts the concrete parts in."""

from bot.core.ports.outbox import Bid, Carried, Head, ListBid, Outbox, OutboxView, OutboxWork, Record, Wanted
from bot.core.ports.platform import Artist, Doors, Inbox, Limits, Platform, Window
from bot.core.ports.source import Memory, Source
from bot.core.ports.talk import Answer, Ask, Asker, DeliveryView, Judge, Watcher, Work
from bot.core.ports.time import Clock, Event
from bot.core.ports.words import Words

__all__ = [
    "Answer",
    "Artist",
    "Ask",
    "Asker",
    "Bid",
    "Carried",
    "Clock",
    "DeliveryView",
    "Doors",
    "Event",
    "Head",
    "Inbox",
    "Judge",
    "Limits",
    "ListBid",
    "Memory",
    "Outbox",
    "OutboxView",
    "OutboxWork",
    "Platform",
    "Record",
    "Source",
    "Wanted",
    "Watcher",
    "Window",
    "Words",
    "Work",
]
