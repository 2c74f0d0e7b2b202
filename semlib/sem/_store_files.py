"""The files of a store of images: what is written, what is safely on the disk, what others have already.

A store lies in a folder with others of the same preprocessing:

- ``NAME.npy``: all images, finished;
- ``NAME.digests.npy``: SHA-256 of each image's content, by which rows are found again;
- ``NAME.sums.npz``: CRC-32 of each finished image, and the file's size and time when they were right;
- ``NAME.DTYPE.part``: the same file as it grows; ``NAME.DTYPE.done``: a mark (uint64) for each image, 0 where
  it is not safely in the part, else its CRC-32 and a bit that says done;
- ``NAME.lock``: held by the process that writes.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from errno import EACCES, ENOSPC, EPERM, EROFS
from pathlib import Path

import numpy as np

from semlib.sem._store_sums import UNUSABLE, intact, mark, read_sums, replace, save_sums, stamp_of

SYNC_BYTES = 2**26  # so much may be lost when the process is killed


def open_store(path: Path, shape: tuple[int, ...]) -> np.memmap | None:
    """Map a finished store read-only; None where there is none, or not of this shape."""
    with contextlib.suppress(*UNUSABLE):
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        if array.shape == shape and array.dtype in (np.uint8, np.float32):
            return array
    return None


def open_finished(path: Path, shape: tuple[int, ...]) -> np.memmap | None:
    """Map a finished store read-only; None if there is none, or its images are not those that were written.

    All of it is read only where the file's size or time is not what was noted. Nothing is locked, and where
    nothing can be written, nothing is.
    """
    images = open_store(path, shape)
    marks, stamp = read_sums(path)
    if images is None or len(marks) != len(images):
        return None
    if not np.array_equal(stamp, now := stamp_of(path)):
        if not intact(images, marks).all():
            return None
        with contextlib.suppress(OSError):  # read-only: then it is read at each opening
            save_sums(path, marks, now)
    return images


@contextlib.contextmanager
def writing_in(folder: Path) -> Iterator[None]:
    """Say what to do where nothing may be written in a folder."""
    try:
        yield
    except OSError as error:
        if error.errno not in (EACCES, EPERM, EROFS):
            raise
        raise OSError(
            error.errno,
            f"{folder} cannot be written ({error.strerror}), and has no finished store of these images; pass "
            "folder=, or set SEMLIB_CACHE, to a folder of your own",
        ) from error


class Part:
    """A store that grows. Use it as a context; leaving it, even by an error, secures what was written."""

    def __init__(self, folder: Path, name: str, digests: list[bytes], side: int, dtype: str) -> None:
        self.folder, self.name, self.digests = folder, name, digests
        self.shape, self.dtype = (len(digests), side, side), np.dtype(dtype)
        self.path = self.at(folder, name, dtype)
        self.marks = np.zeros(len(digests), np.uint64)
        self._unsynced: dict[int, int] = {}

    @property
    def done(self) -> np.ndarray:
        """Which images are safely on the disk, bool (N,)."""
        return self.marks != 0

    @staticmethod
    def at(folder: Path, name: str, dtype: str) -> Path:
        """Return the path of a part."""
        return folder / f"{name}.{dtype}.part"

    def __enter__(self) -> Part:
        count, done = len(self.digests), self.path.with_suffix(".done")
        whole = done.is_file() and done.stat().st_size == self.marks.nbytes
        if not whole or open_store(self.path, self.shape) is None:
            _save(self.folder / f"{self.name}.digests.npy", _as_array(self.digests))
            replace(done, lambda path: path.write_bytes(bytes(self.marks.nbytes)))
            replace(self.path, self._reserve)
        self.marks = _read_marks(self.path, count)
        self.marks[~intact(np.load(self.path, mmap_mode="r"), self.marks)] = 0
        self._images = self.path.open("r+b", buffering=0)
        self._done = done.open("r+b", buffering=0)
        self._start = np.load(self.path, mmap_mode="r").offset
        self._bytes = self.dtype.itemsize * self.shape[1] * self.shape[2]
        return self

    def __exit__(self, kind, *_) -> None:
        try:
            with contextlib.suppress(*([] if kind is None else [OSError])):
                self.sync()
        finally:
            self._images.close()
            self._done.close()

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
        image = np.ascontiguousarray(image, self.dtype)
        rest = memoryview(image).cast("B")
        try:
            while rest:
                rest = rest[self._images.write(rest) :]
        except OSError as error:
            raise OSError(
                error.errno, f"{self.path} cannot be written: {error.strerror}; what is done is kept"
            ) from error
        self._unsynced[row] = mark(image)
        if len(self._unsynced) * self._bytes >= SYNC_BYTES:
            self.sync()

    def sync(self) -> None:
        """Bring what was written onto the disk, then mark it as done."""
        new, self._unsynced = self._unsynced, {}  # if the disk fails, these are never marked
        os.fsync(self._images.fileno())
        self.marks[list(new)] = list(new.values())
        self._done.seek(0)
        self._done.write(self.marks.tobytes())

    def reuse(self) -> None:
        """Copy the rows that other stores of this folder have already."""
        missing: dict[bytes, list[int]] = {}
        for row in np.flatnonzero(~self.done):
            missing.setdefault(self.digests[row], []).append(int(row))
        for digests, marks, images in _others(self) if missing else ():
            for row in np.flatnonzero(marks):
                if (digest := digests[row].tobytes()) not in missing or mark(images[row]) != marks[row]:
                    continue
                for target in missing.pop(digest):
                    widen = images.dtype != self.dtype
                    self.write(target, images[row] / np.float32(255) if widen else images[row])
        self.sync()

    def finish(self, path: Path) -> None:
        """Make the part the finished store; call it outside the context."""
        save_sums(path, self.marks, stamp_of(self.path))  # first: without it, the store does not count
        os.replace(self.path, path)
        for dtype in ("uint8", "float32"):
            other = self.at(self.folder, self.name, dtype)
            other.unlink(missing_ok=True)
            other.with_suffix(".done").unlink(missing_ok=True)


def read_done(part: Path, count: int) -> np.ndarray:
    """Return which images of a part are done, bool (count,)."""
    return _read_marks(part, count) != 0


def _read_marks(part: Path, count: int) -> np.ndarray:
    stored = part.with_suffix(".done").read_bytes()
    return np.frombuffer(stored, np.uint64).copy() if len(stored) == 8 * count else np.zeros(count, np.uint64)


def _others(part: Part) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield digests, marks and images of what lies beside a part and can be copied into it."""
    for path in sorted(part.folder.glob("*.digests.npy")):
        name = path.name.removesuffix(".digests.npy")
        dtypes = ("uint8",) if part.dtype == np.uint8 else ("uint8", "float32")
        places = [part.folder / f"{name}.npy", *(Part.at(part.folder, name, dtype) for dtype in dtypes)]
        for place in places:
            if place == part.path:
                continue
            with contextlib.suppress(*UNUSABLE):  # another process may just finish or remove it
                digests = np.load(path, allow_pickle=False)
                images = open_store(place, (len(digests), *part.shape[1:]))
                if images is None or images.dtype not in dtypes:
                    continue
                finished = place.suffix == ".npy"
                marks = read_sums(place)[0] if finished else _read_marks(place, len(digests))
                if len(marks) == len(digests):
                    yield digests, marks, images


def _as_array(digests: list[bytes]) -> np.ndarray:
    return np.frombuffer(b"".join(digests), np.uint8).reshape(len(digests), -1)


def _save(path: Path, array: np.ndarray) -> None:
    def write(part: Path) -> None:
        with part.open("wb") as file:
            np.save(file, array)

    replace(path, write)
