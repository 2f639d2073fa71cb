"""Sequences whose items are made when somebody asks for one: of most documents only few are."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TypeVar, overload

Item = TypeVar("Item")


class Made(Sequence[Item]):
    """A sequence that knows its length, and makes its items all at once, when it is asked for the first of them."""

    @abstractmethod
    def _make(self) -> tuple[Item, ...]: ...

    @cached_property
    def _items(self) -> tuple[Item, ...]:
        return self._make()

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    @overload
    def __getitem__(self, place: int) -> Item: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Item]: ...
    def __getitem__(self, place: int | slice) -> Item | Sequence[Item]:
        return self._items[place]
