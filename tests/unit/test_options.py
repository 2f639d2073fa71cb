"""What the commands of the command line share."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from bot.options import complete


@pytest.fixture
def loading() -> Iterator[None]:
    """Collect nothing meanwhile, as while a command is loaded."""
    frozen = gc.get_freeze_count()
    gc.disable()
    yield
    gc.enable()
    if not frozen:
        gc.unfreeze()


async def searched() -> tuple[bool, bool]:
    """Tell whether lost circles are looked for, and whether this module's own names are looked through for them."""
    names = globals()
    return gc.isenabled(), any(each is names for each in gc.get_objects())


@pytest.mark.usefixtures("loading")
def test_lost_circles_are_looked_for_while_a_command_works() -> None:
    """But not among what was loaded before."""
    assert complete(searched()) == (True, False)


def test_what_is_not_the_program_is_left_as_it_is() -> None:
    """Who runs a command's work from elsewhere, as these tests do, keeps what they have in the search."""
    frozen = gc.get_freeze_count()
    complete(searched())
    assert gc.get_freeze_count() == frozen
