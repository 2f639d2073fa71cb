"""Telegram: a dialect, a sender and a listener behind ``core.ports.Platform``."""
