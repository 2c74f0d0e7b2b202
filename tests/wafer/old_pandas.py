"""Pickles of DataFrames byte by byte as pandas 0.18 and 0.19 wrote them on Python 2: the form of WM-811K.

Written from what is known of cPickle, NumPy 1.11 and pandas 0.19, without running them. Nothing of pickle is
used here; that today's pickle, NumPy and pandas read the same from these bytes is tested.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from semlib.wafer._old_numpy import Array
from semlib.wafer._old_pandas import open_table

MARK, STOP, REDUCE, BUILD, NEWOBJ = b"(", b".", b"R", b"b", b"\x81"

# Pieces for programs that a test writes by hand.
DTYPE, NDARRAY = b"cnumpy\ndtype\n", b"cnumpy\nndarray\n"
RECONSTRUCT, SCALAR = b"cnumpy.core.multiarray\n_reconstruct\n", b"cnumpy.core.multiarray\nscalar\n"
FRAME = b"cpandas.core.frame\nDataFrame\n"
NEW_INDEX, INDEX = b"cpandas.indexes.base\n_new_Index\n", b"cpandas.indexes.base\nIndex\n"
TYPE_U1 = DTYPE + b"U\x02u1K\0K\1\x87R(K\3U\1|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"
TYPE_O = TYPE_U1.replace(b"u1", b"O8")
BLANK = RECONSTRUCT + NDARRAY + b"K\0\x85U\1b\x87R"  # an array without a state


class Writer:
    """Writes values as instructions of protocol 2.

    ``memo="c"`` numbers what cPickle does, which leaves out values that only one place holds; ``"all"``
    numbers everything, as pickle.py does. ``homes`` are later names of modules.
    """

    def __init__(self, write: Callable, memo: str = "c", homes: Mapping[str, str] | None = None) -> None:
        self.write, self.memo, self.homes = write, memo, homes or {}
        self.numbers: dict[object, int] = {}
        self.last = 0 if memo == "c" else -1  # cPickle begins with 1
        write(b"\x80\x02")

    def put(self, key: object = None) -> None:
        self.last += 1
        self.write(b"q" + bytes([self.last]) if self.last < 256 else b"r" + struct.pack("<I", self.last))
        if key is not None:
            self.numbers[key] = self.last

    def known(self, key: object) -> bool:
        n = None if key is None else self.numbers.get(key)
        if n is not None:
            self.write(b"h" + bytes([n]) if n < 256 else b"j" + struct.pack("<I", n))
        return n is not None

    def temporary(self) -> None:
        if self.memo == "all":
            self.put()

    def name(self, module: str, name: str) -> None:
        module = self.homes.get(module, module)
        if not self.known((module, name)):
            self.write(f"c{module}\n{name}\n".encode())
            self.put((module, name))

    def literal(self, word: str) -> None:
        """A str of Python 2 that is in the source, so one object."""
        if not self.known(word):
            self.string(word.encode())
            self.put(word)

    def string(self, content: bytes) -> None:
        n = len(content)
        self.write((b"U" + bytes([n]) if n < 256 else b"T" + struct.pack("<i", n)) + content)

    def integer(self, n: int) -> None:
        if 0 <= n < 256:
            self.write(b"K" + bytes([n]))
        else:
            self.write(b"M" + struct.pack("<H", n) if 0 <= n < 65536 else b"J" + struct.pack("<i", n))

    def tuple(self, *items: object) -> None:
        if len(items) > 3:
            self.write(MARK)
        for item in items:
            self.value(item)
        self.write({0: b")", 1: b"\x85", 2: b"\x86", 3: b"\x87"}.get(len(items), b"t"))
        if items:
            self.temporary()

    def list(self, items: Iterable) -> None:
        self.write(b"]")
        self.put()
        batch = []
        for item in items:
            batch.append(item)
            if len(batch) == 1000:
                self.items(batch)
                batch = []
        self.items(batch)

    def items(self, batch: list) -> None:
        if len(batch) > 1:
            self.write(MARK)
        for item in batch:
            self.value(item)
        self.write({0: b"", 1: b"a"}.get(len(batch), b"e"))

    def dict(self, items: Mapping[str, object]) -> None:
        self.write(b"}")
        self.put()
        if len(items) > 1:
            self.write(MARK)
        for key, value in items.items():
            self.literal(key)
            self.value(value)
        self.write({0: b"", 1: b"s"}.get(len(items), b"u"))

    def value(self, value: object) -> None:
        match value:
            case None:
                self.write(b"N")
            case bool():
                self.write(b"\x88" if value else b"\x89")
            case np.ndarray():
                self.array(value)
            case np.str_():
                self.scalar(value)
            case str():
                self.write(b"X" + struct.pack("<I", len(value.encode())) + value.encode())
                self.temporary()
            case bytes():
                self.string(value)
                self.temporary()
            case int():
                self.integer(value)
            case float():
                self.write(b"G" + struct.pack(">d", value))
            case tuple():
                self.tuple(*value)
            case list():
                self.list(value)
            case dict():
                self.dict(value)
            case slice():
                self.name("__builtin__", "slice")
                self.tuple(value.start, value.stop, value.step)
                self.write(REDUCE)
                self.put()
            case _:
                value(self)  # a function that writes itself

    def dtype(self, dtype: np.dtype) -> None:
        """Plain types are one object each; a type of text is new in each array."""
        if dtype.kind not in "US" and self.known(dtype):
            return
        size = dtype.itemsize // 4 if dtype.kind == "U" else dtype.itemsize
        self.name("numpy", "dtype")
        self.tuple(f"{dtype.kind}{size}".encode(), 0, 1)
        self.write(REDUCE)
        self.put(dtype if dtype.kind not in "US" else None)
        order = "|" if dtype.itemsize == 1 or dtype.kind in "SO" else dtype.str[0]
        sizes = (dtype.itemsize, 4 if dtype.kind == "U" else 1) if dtype.kind in "US" else (-1, -1)
        self.write(MARK)
        for item in (3, lambda w: w.literal(order), None, None, None, *sizes, 63 * dtype.hasobject):
            self.value(item)
        self.write(b"t" + BUILD)

    def array(self, array: np.ndarray, key: object = None) -> None:
        """The array's own order in memory is kept, as loadmat's arrays have Fortran's."""
        fortran = array.flags.fnc
        if array.dtype.hasobject:
            self.reconstruct(array.shape, array.dtype, fortran, array.ravel().tolist(), key)
        else:
            self.reconstruct(array.shape, array.dtype, fortran, array.tobytes("F" if fortran else "C"), key)

    def objects(self, columns: Sequence[Sequence], key: object) -> None:
        """A block of objects, a row of it for each column of the table; columns are only iterated over."""
        each = (item for column in columns for item in column)
        shape = (len(columns), len(columns[0]))
        self.reconstruct(shape, np.dtype(object), False, lambda w: w.list(each), key)

    def reconstruct(self, shape: tuple, dtype: np.dtype, fortran: bool, content: object, key: object) -> None:
        if self.known(key):
            return
        self.name("numpy.core.multiarray", "_reconstruct")
        self.tuple(lambda w: w.name("numpy", "ndarray"), (0,), lambda w: w.literal("b"))
        self.write(REDUCE)
        self.put(key)
        self.state(1, tuple(map(int, shape)), lambda w: w.dtype(dtype), bool(fortran), content)

    def state(self, *items: object) -> None:
        self.tuple(*items)
        self.write(BUILD)

    def scalar(self, value: np.str_) -> None:
        array = np.array(value)
        self.name("numpy.core.multiarray", "scalar")
        self.tuple(lambda w: w.dtype(array.dtype), array.tobytes())
        self.write(REDUCE)
        self.put()

    def index(self, kind: str, module: str, state: dict, key: object) -> None:
        if self.known(key):
            return
        self.name("pandas.indexes.base", "_new_Index")
        self.tuple(lambda w: w.name(module, kind), state)
        self.write(REDUCE)
        self.put(key)

    def frame(self, columns: Mapping[str, Sequence]) -> None:
        """A DataFrame: a block of floats and one of objects, as pandas puts columns together."""
        names = list(columns)
        n = len(columns[names[0]])
        numbers = [k for k, name in enumerate(names) if isinstance(columns[name], np.ndarray)]
        others = [k for k in range(len(names)) if k not in numbers]
        rows = {"start": 0, "step": 1, "name": None, "stop": n}

        def labels(places, key):
            state = {"data": _text([names[k] for k in places]), "name": None}
            return lambda w: w.index("Index", "pandas.indexes.base", state, key)

        axes = [
            labels(range(len(names)), "columns"),
            lambda w: w.index("RangeIndex", "pandas.indexes.range", rows, "rows"),
        ]
        blocks, items, extra = [], [], []
        for places, write in (
            (numbers, lambda w: w.array(np.stack([columns[names[k]] for k in numbers]), "floats")),
            (others, lambda w: w.objects([columns[names[k]] for k in others], "objects")),
        ):
            if places:
                blocks.append(write)
                items.append(labels(places, f"items{places}"))
                extra.append({"mgr_locs": _places(places), "values": write})

        def manager(w):
            w.new("pandas.core.internals", "BlockManager")
            w.state(axes, blocks, items, {"0.14.1": {"axes": axes, "blocks": extra}})

        self.new("pandas.core.frame", "DataFrame")
        self.dict({"_metadata": [], "_typ": lambda w: w.literal("dataframe"), "_data": manager})
        self.write(BUILD + STOP)

    def new(self, module: str, name: str) -> None:
        self.name(module, name)
        self.write(b")" + NEWOBJ)
        self.put()


def _text(names: list[str]) -> np.ndarray:
    array = np.empty(len(names), object)
    array[:] = [name.encode() for name in names]
    return array


def _places(places: list[int]) -> slice | np.ndarray:
    """Pandas writes a slice where the places are evenly apart."""
    steps = set(np.diff(places).tolist()) or {1}
    if len(steps) == 1:
        return slice(places[0], places[-1] + 1, steps.pop())
    return np.array(places, np.int64)


def dumps(columns: Mapping[str, Sequence], **options) -> bytes:
    """Return the pickle of a table: float arrays, and lists of objects. Options are those of `Writer`."""
    buffer = io.BytesIO()
    Writer(buffer.write, **options).frame(columns)
    return buffer.getvalue()


def nested(label: str | None) -> np.ndarray:
    """A label as MATLAB's cell arrays come through loadmat: ``[[u'Loc']]``, or ``[]`` with shape (0, 0)."""
    return np.zeros((0, 0)) if label is None else np.array([[label]])


def wm811k(
    maps: Sequence[np.ndarray],
    types: Sequence[str | None],
    *,
    lots: Sequence[str] | None = None,
    splits: Sequence[str | None] | None = None,
    split_name: str = "trianTestLabel",
    **changes,
) -> dict[str, Sequence]:
    """Return WM-811K's columns, for `dumps`. Lots are of 25 wafers; what has a label is Training."""
    n = len(maps)
    columns = {
        "waferMap": list(maps),
        "dieSize": np.array([np.count_nonzero(m) for m in maps], float),
        "lotName": [np.str_(lot) for lot in lots or [f"lot{1 + i // 25}" for i in range(n)]],
        "waferIndex": np.arange(n) % 25 + 1.0,
        split_name: [nested(s) for s in splits or [None if t is None else "Training" for t in types]],
        "failureType": [nested(t) for t in types],
    }
    columns.update(changes)
    return {name: column for name, column in columns.items() if column is not None}


def read(path: Path, pickled: bytes) -> dict[str, list]:
    """Write a pickle and return its columns as the library reads them, `Array` as plain arrays."""
    path.write_bytes(pickled)
    with open_table(path) as table:

        def plain(value):
            if not isinstance(value, Array):
                return value
            return value.content if value.dtype.hasobject else table.values(value)

        return {name: [plain(value) for value in column] for name, column in table.columns.items()}
