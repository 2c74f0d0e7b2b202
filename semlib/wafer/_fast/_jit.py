"""How the loops of this package are compiled: without the GIL, and kept on disk."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numba

_INNER = {"nogil": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def inner(function: Callable) -> Callable:
    """Compile a function that only compiled functions call: it is kept as a part of those."""
    return numba.njit(**_INNER)(function)


def inlined(function: Callable) -> Callable:
    """Compile a small function into the loop that calls it: arrays passed are counted, each time."""
    return numba.njit(forceinline=True, **_INNER)(function)


def reducing(function: Callable) -> Callable:
    """Do the same for a sum, least or largest of many numbers, none of them NaN, in any order."""
    return numba.njit(fastmath={"reassoc", "nnan", "nsz"}, **_INNER)(function)


def fusing(function: Callable) -> Callable:
    """Compile as `inner` does, for sums of products: a product and its sum may be rounded as one."""
    return numba.njit(fastmath={"contract"}, **_INNER)(function)


def compiled(function: Callable) -> Callable:
    """Compile a function when it is first called, and keep the machine code for later processes.

    Numba keeps it beside the source, in the user's cache folder where that is read-only, or in
    ``$NUMBA_CACHE_DIR``. Where none can be written, each process compiles anew. Its files are replaced
    whole, so that many processes can begin at once.
    """
    dispatcher = numba.njit(nogil=True, error_model="numpy", no_cfunc_wrapper=True)(function)
    try:
        dispatcher.enable_caching()
    except RuntimeError:  # "no locator available": no folder can be written
        return dispatcher
    _name_after_all_sources(dispatcher)
    return dispatcher


def _name_after_all_sources(dispatcher) -> None:
    """Put a hash of this whole package into the names of the kept files.

    Numba itself looks at the function's own file only, and would go on with an old copy of a function that it
    calls from another one. This reaches into Numba; where its insides have changed, its own rule stays.
    """
    file = getattr(getattr(dispatcher, "_cache", None), "_cache_file", None)
    if all(hasattr(file, name) for name in ("_cache_path", "_index_name", "_data_name_pattern")):
        file._index_name = f"{_sources()}-{file._index_name}"
        file._index_path = os.path.join(file._cache_path, file._index_name)
        file._data_name_pattern = f"{_sources()}-{file._data_name_pattern}"


@cache
def _sources() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
