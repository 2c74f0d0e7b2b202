"""By what the images of a store are known again: a mark for each, and the file's size and time."""

from __future__ import annotations

import contextlib
import os
import uuid
import zlib
from pathlib import Path

import numpy as np

UNUSABLE = (OSError, ValueError, EOFError)
_DONE = 1 << 32  # above the CRC, so that no mark of a done image is 0


def intact(images: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """Return which images are done and have the CRC-32 of their mark, bool (N,)."""
    return np.array([bool(m) and mark(image) == m for image, m in zip(images, marks, strict=True)], bool)


def mark(image: np.ndarray) -> int:
    """Return an image's CRC-32, and the bit that says done."""
    return _DONE | zlib.crc32(image)


def stamp_of(path: Path) -> np.ndarray:
    """Return a file's size and time, int64 (2,)."""
    status = path.stat()
    return np.array([status.st_size, status.st_mtime_ns])


def save_sums(path: Path, marks: np.ndarray, stamp: np.ndarray) -> None:
    """Write what a finished store is known by beside it."""

    def write(part: Path) -> None:
        with part.open("wb") as file:
            np.savez(file, marks=marks, stamp=stamp)

    replace(path.with_suffix(".sums.npz"), write)


def read_sums(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return a finished store's marks and the file's size and time; none where they cannot be read."""
    with contextlib.suppress(Exception):  # a damaged file makes numpy and zipfile raise nearly anything
        with np.load(path.with_suffix(".sums.npz"), allow_pickle=False) as stored:
            marks, stamp = stored["marks"], stored["stamp"]
        if marks.ndim == 1 and marks.dtype == np.uint64:
            return marks, stamp
    return np.zeros(0, np.uint64), np.zeros(2, np.int64)


def replace(path: Path, write) -> None:
    """Write a file under another name, then give it its own. (mkstemp's files are for one user only.)"""
    part = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    try:
        write(part)
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
