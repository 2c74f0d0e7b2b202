"""What stands for NumPy's objects in a pickle: plain types, arrays and single values, all checked."""

from __future__ import annotations

import math
import re
from functools import cache

import numpy as np

from semlib.wafer._pickle_values import Name, RefusedError, Span, Value, describe, of_type, text

NDARRAY = Name("numpy.ndarray")
MAX_SIDE = 1 << 31
_TYPE = re.compile(r"b1|[iu][1248]|f[248]|[US]\d{1,4}|O[48]?")


class DType(Value):
    """A plain type: numbers, text of one length, or objects. ``dtype`` is None before its state has come."""

    __slots__ = ("code", "dtype")

    def __init__(self, args: tuple) -> None:
        self.code, self.dtype = text(args[0]), None
        if len(args) != 3 or not _TYPE.fullmatch(self.code):
            raise RefusedError(f"the type {self.code[:30]!r}; only plain numbers, text and objects are read")

    def build(self, state: object) -> None:
        version, order, subtype, names, fields, size, _alignment, _flags, *rest = of_type(state, tuple)
        plain = (subtype, names, fields) == (None, None, None) and not any(rest)
        if self.dtype is not None or version not in (3, 4) or not plain:
            raise RefusedError(f"a type {self.code} with fields, or with two states")
        self.dtype = _dtype(text(order), self.code)
        if of_type(size, int) not in (-1, self.dtype.itemsize):
            raise RefusedError(f"the type {self.code} with items of {size} bytes")


@cache
def _dtype(order: str, code: str) -> np.dtype:
    if order not in ("<", ">", "|", "="):
        raise RefusedError(f"the byte order {order[:10]!r}")
    return np.dtype("O") if code[0] == "O" else np.dtype(("<" if order == "=" else order) + code)


class Array(Value):
    """An array: shape, type and order, and its bytes as they lie in the file, or its objects in C order."""

    __slots__ = ("content", "dtype", "fortran", "shape")

    def __init__(self, args: tuple) -> None:
        if len(args) != 3 or args[:2] != (NDARRAY, (0,)) or text(args[2]) != "b":
            raise RefusedError("an array of a class that is not numpy.ndarray")
        self.content = None

    def build(self, state: object) -> None:
        version, shape, kind, fortran, content = of_type(state, tuple)
        dtype = of_type(kind, DType).dtype
        of_type(shape, tuple)
        if self.content is not None or version != 1 or dtype is None or len(shape) > 2:
            raise RefusedError(f"an array of shape {shape}, of unknown type, or with two states")
        if any(type(side) is not int or not 0 <= side < MAX_SIDE for side in shape):
            raise RefusedError(f"an array of shape {shape}")
        if dtype.hasobject:
            of_type(content, list)
        elif type(content) not in (bytes, Span):
            raise RefusedError(f"an array whose bytes are {describe(content)}")
        n = math.prod(shape) * (1 if dtype.hasobject else dtype.itemsize)
        if len(content) != n:
            raise RefusedError(
                f"an array of shape {shape} and type {dtype} that has {len(content):,} of {n:,} items"
            )
        self.shape, self.dtype, self.fortran = _shared(shape), dtype, of_type(fortran, bool)
        self.content = _shared(content) if type(content) is bytes else content


#: Hundreds of thousands of arrays have one of a few shapes and labels.
KEPT: dict[object, object] = {}


def _shared(value):
    """Return an equal value that is kept anyway, so that many equal ones take the memory of one."""
    if len(KEPT) > 100_000:
        KEPT.clear()
    return KEPT.setdefault(value, value)


def scalar(args: tuple) -> object:
    """Return the value of a NumPy scalar."""
    kind, content = args
    dtype = of_type(kind, DType).dtype
    if dtype is None or dtype.hasobject or type(content) is not bytes or len(content) != dtype.itemsize:
        raise RefusedError("a single value whose bytes do not fit its type")
    return decode(content, dtype)[0]


def decode(content: bytes, dtype: np.dtype) -> list:
    """Return the values of bytes as Python's own."""
    if dtype.kind == "U":  # numpy would make text of numbers that are no character
        codec, size = "utf-32-be" if dtype.str[0] == ">" else "utf-32-le", dtype.itemsize
        parts = (content[i : i + size] for i in range(0, len(content), size or 1))
        return [part.decode(codec).rstrip("\0") for part in parts]
    return np.frombuffer(content, dtype).tolist()
