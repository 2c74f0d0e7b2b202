"""Reuse of large memory blocks: most of the time of a plain training step on a CPU goes into fresh pages."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

# Of glibc's malloc.h; see mallopt(3).
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4
_DEFAULTS = {_MMAP_MAX: 65536, _TRIM_THRESHOLD: 128 * 1024, _TOP_PAD: 128 * 1024}
_KEEP = {_MMAP_MAX: 0, _TRIM_THRESHOLD: -1, _TOP_PAD: 2**29}

_lock, _users = Lock(), 0


@contextmanager
def kept_blocks() -> Iterator[None]:
    """Let the C library keep freed blocks while this lasts, instead of giving each back to the system.

    Blocks above 32 MB, such as the activations of a batch, otherwise come from the system every time, and it
    clears them page by page, in one thread, when they are written first. Values are not affected. At the end
    the C library's own defaults are set and free memory goes back. Does nothing where there is no glibc.
    """
    global _users
    libc = _glibc()
    with _lock:
        _users += 1
        if libc and _users == 1:
            _set(libc, _KEEP)
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if libc and _users == 0:
                _set(libc, _DEFAULTS)
                libc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim") else None


def _set(libc: ctypes.CDLL, options: dict[int, int]) -> None:
    for option, value in options.items():
        libc.mallopt(option, value)
