"""Keep other processes out while files of a folder are made."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from semlib.runtime import cache_dir


@contextmanager
def alone(folder: Path, name: str) -> Iterator[None]:
    """Hold the lock ``<folder>/<name>.lock``.

    Where that is another user's and cannot be opened, the lock is one in the cache: this user's processes at
    least do not meet.
    """
    try:
        lock = _taken(folder / f"{name}.lock", folder)
    except PermissionError:
        here = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
        own = cache_dir() / "locks" / f"{here}-{name}.lock"
        own.parent.mkdir(parents=True, exist_ok=True)
        lock = _taken(own, folder)
    try:
        yield
    finally:
        lock.release()


def _taken(path: Path, folder: Path) -> FileLock:
    lock = FileLock(path)
    try:
        lock.acquire(timeout=2)
    except Timeout:
        warnings.warn(f"another process is busy in {folder}; waiting for it", stacklevel=5)
        lock.acquire()
    return lock
