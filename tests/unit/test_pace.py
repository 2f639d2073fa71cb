from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.core import pace
from bot.core.models import PlaceKind
from bot.core.ports import Limits, Window
from bot.deliver.budget import Budget
from tests.clock import START
from tests.world import too_many

SECOND = timedelta(seconds=1)
windows = st.lists(st.builds(Window, st.integers(1, 5), st.sampled_from([0.5, 1.0, 10.0, 60.0])), max_size=3)


def seconds(*values: float) -> list[datetime]:
    """Give times after the start."""
    return [START + timedelta(seconds=value) for value in values]


def test_an_unused_window_is_open_now() -> None:
    """With fewer requests than allowed there is nothing to wait for."""
    assert pace.opens([Window(2, 60)], seconds(-1), START) == START


def test_a_full_window_opens_when_its_oldest_request_leaves_it() -> None:
    """Twenty a minute: the twenty-first goes a minute after the first."""
    recent = seconds(*range(-20, 0))
    assert pace.opens([Window(20, 60)], recent, START) == START + 40 * SECOND


def test_the_strictest_window_decides() -> None:
    """One a second and three a minute: both are kept."""
    recent = seconds(-50, -40, -0.5)
    assert pace.opens([Window(1, 1), Window(3, 60)], recent, START) == START + 10 * SECOND


def test_room_is_what_may_go_at_once() -> None:
    """Requests that have left the window count no more; without windows there is plenty."""
    assert pace.room([Window(3, 1)], seconds(-5, -0.9, -0.1), START) == 1
    assert pace.room([Window(3, 1)], seconds(-0.9, -0.5, -0.1, -0.05), START) == 0
    assert pace.room([], seconds(-0.1), START) > 100


def test_as_many_times_are_kept_as_the_widest_window_counts() -> None:
    """Two windows of 5 and 20 requests need the last twenty times."""
    assert (pace.keep([Window(5, 1), Window(20, 60)]), pace.keep([])) == (20, 0)


@given(windows, st.lists(st.floats(0, 30), min_size=1, max_size=60))
def test_a_schedule_that_obeys_keeps_every_window(limits: list[Window], pauses: list[float]) -> None:
    """Whoever waits for ``opens`` never makes more requests in a window than it allows, wherever it begins."""
    made: list[datetime] = []
    now = START
    for pause in pauses:
        now = pace.opens(limits, made, now + timedelta(seconds=pause))
        made.append(now)
    assert [too_many(made, window) for window in limits] == [[] for _ in limits]


@given(windows, st.lists(st.floats(0, 30), min_size=1, max_size=30))
def test_bursts_of_all_the_room_keep_every_window(limits: list[Window], pauses: list[float]) -> None:
    """Whoever starts ``room`` requests at once keeps every window too, and gets on."""
    made: list[datetime] = []
    now = START
    for pause in pauses:
        now = pace.opens(limits, made, now + timedelta(seconds=pause))
        room = min(pace.room(limits, made, now), 10)
        assert room > 0
        made += [now] * room
    assert [too_many(made, window) for window in limits] == [[] for _ in limits]


def test_a_schedule_that_does_not_obey_is_caught() -> None:
    """The check is not blind: one request too early is found."""
    assert too_many(seconds(0, 1, 1.9), Window(2, 2)) == seconds(0)


class BudgetMachine(RuleBasedStateMachine):
    """A budget as a lane uses it: what it lets go, at any time and to any place, keeps all limits."""

    overall, private, group = Window(4, 1.0), Window(1, 1.0), Window(3, 10.0)

    def __init__(self) -> None:
        super().__init__()
        places = {PlaceKind.PRIVATE: (self.private,), PlaceKind.GROUP: (self.group,)}
        self.budget = Budget(Limits((self.overall,), places))
        self.now = START
        self.made: list[tuple[str, datetime]] = []
        self.held = START

    @rule(pause=st.floats(0, 12))
    def wait(self, pause: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=pause)

    @rule(places=st.lists(st.sampled_from(["p1", "p2", "g1"]), max_size=6))
    def turn(self, places: list[str]) -> None:
        """Choose what may go, as a turn does, and start it."""
        chosen = []
        for place in places:
            if self.budget.room(self.now) > 0 and self.budget.opens(place, kind_of(place), self.now) <= self.now:
                self.budget.take(place)
                chosen.append(place)
        self.budget.settle()
        self.spend(*chosen)

    @rule(place=st.sampled_from(["p1", "p2", "g1"]))
    def reply(self, place: str) -> None:
        """Wait for a reply's place, as ``pace`` does."""
        self.now = max(self.budget.opens(place, kind_of(place), self.now), self.budget.free(self.now))
        self.spend(place)

    @rule(pause=st.floats(0, 5))
    def hold(self, pause: float) -> None:
        """Be told to leave the platform alone."""
        self.held = max(self.held, self.now + timedelta(seconds=pause))
        self.budget.hold(self.held)

    def spend(self, *places: str) -> None:
        """Make requests."""
        assert not places or self.now >= self.held
        for place in places:
            self.budget.spend(place, self.now)
            self.made.append((place, self.now))

    @invariant()
    def every_window_is_kept(self) -> None:
        """No stretch of time saw too much."""
        assert too_many([at for _, at in self.made], self.overall) == []
        for place, window in (("p1", self.private), ("p2", self.private), ("g1", self.group)):
            assert too_many([at for name, at in self.made if name == place], window) == []


def kind_of(place: str) -> PlaceKind:
    """Tell what a place of the machine is."""
    return PlaceKind.PRIVATE if place.startswith("p") else PlaceKind.GROUP


BudgetMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestBudget = BudgetMachine.TestCase


def test_places_that_are_long_silent_are_forgotten() -> None:
    """Ten thousand places, one after the other, do not stay in memory."""
    budget = Budget(Limits((Window(30, 1.0),), {PlaceKind.PRIVATE: (Window(1, 1.0),)}))
    for number in range(10_000):
        budget.spend(str(number), START + number * SECOND)
    assert len(budget._places) < 1_100


def test_places_of_a_broadcast_are_gone_through_seldom() -> None:
    """A hundred thousand places within a minute: memory is cleared as it doubles, not at each of them."""
    budget = Budget(Limits((Window(1000, 1.0),), {PlaceKind.GROUP: (Window(20, 60.0),)}))
    sweeps, before = 0, budget._places
    for number in range(100_000):
        budget.spend(str(number), START + number * SECOND / 1000)
        sweeps, before = sweeps + (budget._places is not before), budget._places
    assert sweeps < 10
    assert len(budget._places) < 130_000


def test_a_platform_without_limits_is_never_waited_for() -> None:
    """The console takes everything at once."""
    budget = Budget(Limits((), {}))
    for _ in range(1000):
        budget.spend("me", START)
    assert budget.room(START) > 100
    assert budget.opens("me", PlaceKind.PRIVATE, START) == budget.free(START) == START
