"""The table in a pickle that an old pandas wrote, on Python 2 or 3: its columns, and nothing else.

What the pickle calls numpy.ndarray, pandas.DataFrame and so on are small classes of ours. They keep what they
are given where its form is right, and refuse it otherwise.
"""

from __future__ import annotations

import gc
import math
import mmap
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from semlib.wafer._old_numpy import KEPT, NDARRAY, Array, DType, scalar
from semlib.wafer._old_pickle import read_pickle
from semlib.wafer._pickle_values import Name, RefusedError, Span, Value, describe, of_type, text


class Parts(Value):
    """A DataFrame, or the BlockManager in it: the state that it was given."""

    __slots__ = ("name", "state")

    def __init__(self, name: str) -> None:
        self.name, self.state = name, None

    def build(self, state: object) -> None:
        if self.state is not None:
            raise RefusedError(f"a {self.name} with two states")
        self.state = state


class Index(Value):
    """Names of columns, or numbers of rows: an `Array`, or the length of a range."""

    __slots__ = ("data",)

    def __init__(self, args: tuple) -> None:
        name, state = args
        of_type(state, dict)
        if name is _RANGE:
            numbers = (state["start"], state["stop"], state["step"])
            if any(type(n) is not int for n in numbers) or not numbers[2]:
                raise RefusedError(f"a range of {numbers}")
            self.data = len(range(*numbers))
        elif name is _INDEX:
            self.data = of_type(state["data"], Array)
        else:
            raise RefusedError(f"an index that is {describe(name)}")


_INDEX, _RANGE = Name("pandas.Index"), Name("pandas.RangeIndex")
_FRAME = Name("pandas.DataFrame", new=lambda: Parts("DataFrame"))
_MANAGER = Name("pandas.BlockManager", new=lambda: Parts("BlockManager"))
_SLICE = Name("slice", call=lambda args: slice(*args))
_NEW_INDEX = Name("pandas._new_Index", call=Index)
_RECONSTRUCT, _SCALAR = Name("numpy._reconstruct", call=Array), Name("numpy.scalar", call=scalar)

#: All that such a pickle may name, where numpy and pandas had it then, and where they have it now.
NAMES: dict[tuple[str, str], Name] = {
    ("__builtin__", "slice"): _SLICE,
    ("builtins", "slice"): _SLICE,
    ("numpy", "dtype"): Name("numpy.dtype", call=DType),
    ("numpy", "ndarray"): NDARRAY,
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy.core.multiarray", "scalar"): _SCALAR,
    ("numpy._core.multiarray", "scalar"): _SCALAR,
    ("pandas.core.frame", "DataFrame"): _FRAME,
    ("pandas.core.internals", "BlockManager"): _MANAGER,
    ("pandas.core.internals.managers", "BlockManager"): _MANAGER,
    ("pandas.indexes.base", "Index"): _INDEX,
    ("pandas.core.indexes.base", "Index"): _INDEX,
    ("pandas.indexes.base", "_new_Index"): _NEW_INDEX,
    ("pandas.core.indexes.base", "_new_Index"): _NEW_INDEX,
    ("pandas.indexes.range", "RangeIndex"): _RANGE,
    ("pandas.core.indexes.range", "RangeIndex"): _RANGE,
}


class Table:
    """The columns of a pickled DataFrame, by name: an array for numbers, a list for objects.

    In a list are Python's numbers and text, bytes (text of Python 2), None, `Array`, and lists of these. The
    values of an array in a list are still in the file: `values` reads them.
    """

    def __init__(self, frame: object, data: mmap.mmap) -> None:
        self.data = data
        try:
            self.n_rows, self.columns = self._columns(frame)
        except (AttributeError, IndexError, KeyError, TypeError) as error:
            raise RefusedError(f"it holds no DataFrame ({type(error).__name__}: {error})") from error

    def values(self, array: Array) -> np.ndarray:
        """Return a copy of an array of numbers or text."""
        if array.dtype.hasobject:
            raise RefusedError("an array of objects where numbers belong")
        if isinstance(array.content, Span):
            n = math.prod(array.shape)
            flat = np.frombuffer(self.data, array.dtype, n, array.content.start).copy()
        else:
            flat = np.frombuffer(array.content, array.dtype) if array.content else np.empty(0, array.dtype)
        return flat.reshape(array.shape, order="F" if array.fortran else "C")

    def release(self) -> None:
        """Give back the file's pages that were read: they count as memory, and can be read again."""
        if hasattr(self.data, "madvise"):
            self.data.madvise(mmap.MADV_DONTNEED)

    def _columns(self, frame: object) -> tuple[int, dict[str, list | np.ndarray]]:
        state = _state(frame, "DataFrame")
        state = _state(state["_data"] if "_data" in state else state["_mgr"], "BlockManager")[3]["0.14.1"]
        names, rows = (of_type(axis, Index).data for axis in state["axes"])
        names = [text(name) for name in names.content]
        n_rows = rows if type(rows) is int else rows.shape[0]
        found: dict[str, list | np.ndarray] = {}
        for block in state["blocks"]:
            array, places = of_type(block["values"], Array), block["mgr_locs"]
            places = self.values(places).tolist() if type(places) is Array else range(len(names))[places]
            if array.shape != (len(places), n_rows):
                raise RefusedError(
                    f"a block of shape {array.shape} for {len(places)} columns, {n_rows:,} rows"
                )
            rows_of = array.content if array.dtype.hasobject else self.values(array)
            for k, place in enumerate(places):
                column = rows_of[k * n_rows : (k + 1) * n_rows] if array.dtype.hasobject else rows_of[k]
                if place < 0 or found.setdefault(names[place], column) is not column or len(column) != n_rows:
                    raise RefusedError(f"the column {names[place]!r} twice, or of another length")
        return n_rows, {name: found[name] for name in names}


def _state(parts: object, name: str):
    if of_type(parts, Parts).name != name:
        raise RefusedError(f"a {parts.name} where a {name} belongs")
    return parts.state


@contextmanager
def open_table(path: Path, tick: Callable[[int], None] = lambda position: None) -> Iterator[Table]:
    """Read the table in a pickle; inside the ``with``, its arrays can be read from the file.

    ``tick`` gets the number of bytes read, up to twice the file's size.

    Raises
    ------
    RefusedError
        A ValueError that names the file, and what in it is not read.
    """
    with open(path, "rb") as file:
        if not os.fstat(file.fileno()).st_size:
            raise RefusedError(f"{path} is empty")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            collects = gc.isenabled()
            gc.disable()  # it would look at millions of values again and again, and they hold no cycles
            try:
                yield Table(read_pickle(data, NAMES, Releasing(data, tick)), data)
            except RefusedError as error:
                raise RefusedError(
                    f"{path} is not read: {error}. Nothing in it was run. Only a DataFrame as an old pandas "
                    "pickled it is read, the form of WM-811K"
                ) from error
            finally:
                KEPT.clear()
                if collects:
                    gc.enable()


class Releasing:
    """Passes a position in the file on, and gives back the pages that were read, as they count as memory."""

    EVERY = 1 << 26

    def __init__(self, data: mmap.mmap, tick: Callable[[int], None]) -> None:
        self.data, self.tick, self.last = data, tick, 0

    def __call__(self, position: int) -> None:
        self.tick(position)
        if position - self.last > self.EVERY and hasattr(self.data, "madvise"):
            self.data.madvise(mmap.MADV_DONTNEED)
            self.last = position
