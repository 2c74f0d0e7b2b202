"""WM-811K's columns beside the maps: nested labels become places in a list, all else plain arrays."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from semlib.wafer._old_numpy import Array, decode
from semlib.wafer._pickle_values import describe

CLASSES = ("Center", "Donut", "Edge-Loc", "Edge-Ring", "Loc", "Near-full", "Scratch", "Random", "none")
SPLITS = ("Training", "Test")
_DEEPEST = 4  # [[u'Loc']] has two brackets


def codes(column: Sequence, names: Sequence[str], what: str) -> np.ndarray:
    """Return the place of each row's label in ``names``, -1 where it has none; int8 (N,).

    A label is text, or text in brackets, ``[[u'Loc']]``; none is ``[]``, None or NaN. Capitals count as small
    letters, blanks and underscores as hyphens.
    """
    places = {name.casefold(): k for k, name in enumerate(names)} | {"": -1}
    found = np.empty(len(column), np.int8)
    for row, label in enumerate(_texts(column, what)):
        place = places.get(label.casefold().replace("_", "-").replace(" ", "-"))
        if place is None:
            raise ValueError(f"row {row}: {what} is {label[:40]!r}; known are {', '.join(names)}")
        found[row] = place
    return found


def numbered(column: Sequence, what: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the different texts of a column in their order, and each row's number among them; int32 (N,)."""
    numbers: dict[str, int] = {}
    rows = [numbers.setdefault(text, len(numbers)) for text in _texts(column, what)]
    return np.array(list(numbers), str), np.array(rows, np.int32)


def numbers(column: Sequence, what: str) -> np.ndarray:
    """Return a column of numbers, NaN where there is none; int64 (N,) where all are whole, else float64."""
    found = np.empty(len(column))
    for row, value in enumerate(column):
        value = _unpacked(value)
        if value is not None and not isinstance(value, (int, float)):
            raise ValueError(f"row {row}: {what} is {describe(value)}, not a number")
        found[row] = math.nan if value is None else value
    whole = found.astype(np.int64) if (np.abs(found) < 2**53).all() else found
    return whole if np.array_equal(whole, found) else found


def _texts(column: Sequence, what: str) -> Iterator[str]:
    """Give each row's text; equal bytes are read once."""
    known: dict[object, str] = {}
    for row, value in enumerate(column):
        key = (value.dtype, value.content) if type(value) is Array and type(value.content) is bytes else None
        text = known.get(key) if key else None
        if text is None:
            text = _unpacked(value)
            text = text.decode("latin1") if type(text) is bytes else text
            text = "" if text is None or text != text else text
            if type(text) is not str:
                raise ValueError(f"row {row}: {what} is {describe(text)}, not text")
            text = text.strip()
            if key:
                known[key] = text
        yield text


def _unpacked(value: object) -> object:
    """Return what is in the brackets around one value, None if nothing is."""
    for _ in range(_DEEPEST):
        if type(value) is Array:
            if not math.prod(value.shape):
                return None
            value = decode(value.content, value.dtype) if type(value.content) is bytes else value.content
        if type(value) is not list:
            return value
        if len(value) != 1:
            return value if value else None
        (value,) = value
    return value
