"""The files of a store of images: what is written, what is safely on the disk, what others have already.

A store lies in a folder with others of the same preprocessing:

- ``NAME.npy``: all images, finished;
- ``NAME.digests.npy``: SHA-256 of each image's content, by which rows are found again;
- ``NAME.DTYPE.part``: the same file as it grows; ``NAME.DTYPE.done``: a byte for each image, 1 where it is
  safely in the part;
- ``NAME.lock``: held by the process that writes.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from errno import ENOSPC
from pathlib import Path

import numpy as np

SYNC_BYTES = 2**26  # so much may be lost when the process is killed

_UNUSABLE = (OSError, ValueError, EOFError)


def open_store(path: Path, shape: tuple[int, ...]) -> np.memmap | None:
    """Map a finished store read-only; None where there is none, or not of this shape."""
    with contextlib.suppress(*_UNUSABLE):
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        if array.shape == shape and array.dtype in (np.uint8, np.float32):
            return array
    return None


class Part:
    """A store that grows. Use it as a context; leaving it, even by an error, secures what was written."""

    def __init__(self, folder: Path, name: str, digests: list[bytes], side: int, dtype: str) -> None:
        self.folder, self.name, self.digests = folder, name, digests
        self.shape, self.dtype = (len(digests), side, side), np.dtype(dtype)
        self.path = self.at(folder, name, dtype)
        self.done = np.zeros(len(digests), bool)
        self._unsynced: list[int] = []

    @staticmethod
    def at(folder: Path, name: str, dtype: str) -> Path:
        """Return the path of a part."""
        return folder / f"{name}.{dtype}.part"

    def __enter__(self) -> Part:
        count, done = len(self.digests), self.path.with_suffix(".done")
        whole = done.is_file() and done.stat().st_size == count
        if not whole or open_store(self.path, self.shape) is None:
            _save(self.folder / f"{self.name}.digests.npy", _as_array(self.digests))
            _replace(done, lambda path: path.write_bytes(bytes(count)))
            _replace(self.path, self._reserve)
        self.done = read_done(self.path, count)
        self._images = self.path.open("r+b", buffering=0)
        self._marks = done.open("r+b", buffering=0)
        self._start = np.load(self.path, mmap_mode="r").offset
        self._bytes = self.dtype.itemsize * self.shape[1] * self.shape[2]
        return self

    def __exit__(self, kind, *_) -> None:
        try:
            with contextlib.suppress(*([] if kind is None else [OSError])):
                self.sync()
        finally:
            self._images.close()
            self._marks.close()

    def _reserve(self, path: Path) -> None:
        np.lib.format.open_memmap(path, "w+", self.dtype, self.shape)  # sparse: takes no room yet

    def check_space(self) -> None:
        """Raise OSError if the disk has not the room for what is still to be written."""
        needed, free = int((~self.done).sum()) * self._bytes, shutil.disk_usage(self.folder).free
        if needed > free:
            raise OSError(
                ENOSPC,
                f"{self.folder} has {free / 1e6:,.0f} MB free, and the images need {needed / 1e6:,.0f} MB; "
                "make room, or pass another folder",
            )

    def write(self, row: int, image: np.ndarray) -> None:
        """Write one image; it counts as done after the next :meth:`sync`, which comes by itself."""
        self._images.seek(self._start + row * self._bytes)
        rest = memoryview(np.ascontiguousarray(image, self.dtype)).cast("B")
        try:
            while rest:
                rest = rest[self._images.write(rest) :]
        except OSError as error:
            raise OSError(
                error.errno, f"{self.path} cannot be written: {error.strerror}; what is done is kept"
            ) from error
        self._unsynced.append(row)
        if len(self._unsynced) * self._bytes >= SYNC_BYTES:
            self.sync()

    def sync(self) -> None:
        """Bring what was written onto the disk, then mark it as done."""
        rows, self._unsynced = self._unsynced, []  # if the disk fails, these are never marked
        os.fsync(self._images.fileno())
        self.done[rows] = True
        self._marks.seek(0)
        self._marks.write(self.done.tobytes())

    def reuse(self) -> None:
        """Copy the rows that other stores of this folder have already."""
        missing: dict[bytes, list[int]] = {}
        for row in np.flatnonzero(~self.done):
            missing.setdefault(self.digests[row], []).append(int(row))
        for digests, done, images in _others(self) if missing else ():
            for row in np.flatnonzero(done):
                for target in missing.pop(digests[row].tobytes(), ()):
                    widen = images.dtype != self.dtype
                    self.write(target, images[row] / np.float32(255) if widen else images[row])
        self.sync()

    def finish(self, path: Path) -> None:
        """Make the part the finished store; call it outside the context."""
        os.replace(self.path, path)
        for dtype in ("uint8", "float32"):
            other = self.at(self.folder, self.name, dtype)
            other.unlink(missing_ok=True)
            other.with_suffix(".done").unlink(missing_ok=True)


def read_done(part: Path, count: int) -> np.ndarray:
    """Return which images of a part are done, bool (count,)."""
    marks = np.frombuffer(part.with_suffix(".done").read_bytes(), np.uint8)
    return marks == 1 if len(marks) == count else np.zeros(count, bool)


def _others(part: Part) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield digests, done and images of what lies beside a part and can be copied into it."""
    for path in sorted(part.folder.glob("*.digests.npy")):
        name = path.name.removesuffix(".digests.npy")
        dtypes = ("uint8",) if part.dtype == np.uint8 else ("uint8", "float32")
        places = [part.folder / f"{name}.npy", *(Part.at(part.folder, name, dtype) for dtype in dtypes)]
        for place in places:
            if place == part.path:
                continue
            with contextlib.suppress(*_UNUSABLE):  # another process may just finish or remove it
                digests = np.load(path, allow_pickle=False)
                images = open_store(place, (len(digests), *part.shape[1:]))
                if images is None or images.dtype not in dtypes:
                    continue
                finished = place.suffix == ".npy"
                yield (
                    digests,
                    np.ones(len(digests), bool) if finished else read_done(place, len(digests)),
                    images,
                )


def _as_array(digests: list[bytes]) -> np.ndarray:
    return np.frombuffer(b"".join(digests), np.uint8).reshape(len(digests), -1)


def _save(path: Path, array: np.ndarray) -> None:
    def write(part: Path) -> None:
        with part.open("wb") as file:
            np.save(file, array)

    _replace(path, write)


def _replace(path: Path, write) -> None:
    """Write a file under another name, then give it its own."""
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    os.close(handle)
    try:
        write(Path(part))
        os.replace(part, path)
    except BaseException:
        os.unlink(part)
        raise
