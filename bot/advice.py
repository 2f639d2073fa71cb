"""What an operator is told at more than one place."""

from typing import Final


def counted(number: int, noun: str) -> str:
    """Say how many there are of something: ``1 feed``, ``2 feeds``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


ONLY_HERE: Final = "no token is set, so this terminal is the only chat; `incoming init` asks for one"
"""To who gave no platform."""
NO_FEED: Final = "no feed is watched; add [[feeds]] to the configuration, or set INCOMING_FEEDS"
"""To who runs a bot that has nothing to do."""
NOTHING_HERE: Final = (
    "no config.toml here, and no feed is watched; make one with `incoming init`, or name it with --config"
)
"""To who is in the wrong folder, or has not begun."""
ONCE_A_DAY: Final = (
    "its server cannot say whether it changed (no ETag, no Last-Modified), so it is asked once a day; "
    'if it is yours, set interval = "10 min" for it'
)
"""Of a server to which every look costs the whole document."""
RARELY: Final = (
    "its server asks not to be asked again for {days} days (Cache-Control or Expires), and posts come that late; "
    'if it is yours, set interval = "10 min" for it'
)
"""Of a server whose wish, which is heeded, was hardly meant for a feed."""
LEFT_BEHIND: Final = "paused, with {chats} that {reads} it; under this name in [[feeds]] it goes on for them"
"""Of a feed that the configuration has no longer, perhaps because it got a new name and a new address at once."""
