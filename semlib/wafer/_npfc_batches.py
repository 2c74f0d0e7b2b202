"""Maps are checked and put together to batches, so that a task takes milliseconds and not microseconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from semlib.wafer.maps import DEFECTIVE, check_map
from semlib.wafer.npfc_brief import Batch

_CELLS = 2**18  # of a batch: some hundred maps; below joblib's limit for memory maps
_ROUNDS = 8  # batches that each process gets at least, where there are so many maps


@dataclass(frozen=True)
class Bad:
    """A bad map: its place among the maps, and what is wrong."""

    index: int
    error: ValueError


@dataclass(frozen=True)
class Part:
    """The good maps of a part of the input, and for each of its maps None, or why it is bad."""

    batch: Batch
    items: list[Bad | None]


def batches(maps: Iterable, total: int | None, jobs: int, *, raising: bool) -> Iterator[Part]:
    """Yield the maps in parts, in order.

    Parameters
    ----------
    maps : iterable of array_like
    total : int or None
        Their number, where it is known.
    jobs : int
        Processes that share the work.
    raising : bool
        Raise the error of the first bad map.
    """
    most = max(1, -(-total // (_ROUNDS * jobs))) if total else 1024
    taken: list[tuple[int, object]] = []
    cells = 0
    for i, wafer_map in enumerate(maps):
        taken.append((i, wafer_map))
        cells += np.size(wafer_map) if isinstance(wafer_map, np.ndarray) else 2500
        if cells >= _CELLS or len(taken) >= most:
            yield _part(taken, raising)
            taken, cells = [], 0
    if taken:
        yield _part(taken, raising)


def _part(taken: list[tuple[int, object]], raising: bool) -> Part:
    items: list[Bad | None] = [None] * len(taken)
    good: dict[int, np.ndarray] = {}
    for k, (i, wafer_map) in enumerate(taken):
        if _is_plain(wafer_map):
            good[k] = wafer_map
        else:
            checked, items[k] = _checked(i, wafer_map, raising)
            if checked is not None:
                good[k] = checked
    batch = _joined(good)
    for k in _bad_values(good, batch):
        items[k] = _checked(taken[k][0], good.pop(k), raising)[1]
    return Part(batch if len(good) == len(batch.shapes) else _joined(good), items)


def _joined(maps: dict[int, np.ndarray]) -> Batch:
    flat = np.concatenate([part.ravel() for part in maps.values()]) if maps else np.empty(0, np.uint8)
    return Batch(flat, np.array([part.shape for part in maps.values()], np.int64).reshape(-1, 2))


def _is_plain(wafer_map: object) -> bool:
    """Tell whether only the values are left to check, which is done for all of a batch at once."""
    return (
        type(wafer_map) is np.ndarray
        and wafer_map.dtype == np.uint8
        and wafer_map.ndim == 2
        and wafer_map.size > 0
    )


def _bad_values(maps: dict[int, np.ndarray], batch: Batch) -> list[int]:
    """Return the maps that hold no die, or a value above 2."""
    if not maps:
        return []
    ends = np.cumsum(batch.shapes.prod(axis=1))
    largest = np.maximum.reduceat(batch.flat, ends - batch.shapes.prod(axis=1))
    places = np.array(list(maps))
    return places[(largest == 0) | (largest > DEFECTIVE)].tolist()


def _checked(i: int, wafer_map: object, raising: bool) -> tuple[np.ndarray | None, Bad | None]:
    try:
        return check_map(wafer_map, name=f"maps[{i}]"), None
    except ValueError as error:
        if raising:
            raise
        return None, Bad(i, error)
