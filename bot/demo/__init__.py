"""``incoming demo``: the main job on this machine, without a token and without the network."""

from bot.demo.play import run

__all__ = ["run"]
