"""Incoming: a blog's new posts, by topic, in the chats that subscribed."""

__version__ = "0.1.0"
