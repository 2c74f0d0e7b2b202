"""What stands for the objects of a pickle that is read by `semlib.wafer._old_pickle`: plain, and inert."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


class RefusedError(ValueError):
    """The pickle holds what is not read, or is damaged."""


class Span:
    """A long string that stays in the file: its bytes ``start`` to ``stop``."""

    __slots__ = ("start", "stop")

    def __init__(self, start: int, stop: int) -> None:
        self.start, self.stop = start, stop

    def __len__(self) -> int:
        return self.stop - self.start


class Value:
    """What stands for an object of the pickle. ``build`` gets its state, as plain values."""

    __slots__ = ()

    def build(self, state: object) -> None:
        raise RefusedError(f"a state for a {type(self).__name__}, which has none")


@dataclass(frozen=True)
class Name:
    """What stands for a name of the pickle: itself inert; ``call`` and ``new`` are our own functions."""

    text: str
    call: Callable[[tuple], object] | None = None
    new: Callable[[], Value] | None = None


def text(value: object) -> str:
    """Return text: Python 2 wrote most of it as bytes."""
    if type(value) is bytes:
        return value.decode("latin1")
    return of_type(value, str)


def of_type(value, kind: type):
    """Return a value of that very type, or refuse it."""
    if type(value) is not kind:
        raise RefusedError(f"{describe(value)} where {kind.__name__} belongs")
    return value


def describe(value: object) -> str:
    """Return a few words on a value, for a message."""
    return value.text if isinstance(value, Name) else f"a value of type {type(value).__name__}"
