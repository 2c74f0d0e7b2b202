"""All images cropped and resized once, and kept in a file that is mapped into memory."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import closing
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
from filelock import FileLock

from semlib.runtime import cache_dir, progress_bar
from semlib.sem._images import ImageSequence
from semlib.sem._sources import sources_of
from semlib.sem._store_files import Part, open_finished, writing_in
from semlib.sem._threads import in_order
from semlib.sem.preprocess import Preprocess

_BLOCK = 2**22  # pixels that a thread makes at a time


def preprocessed(
    images: ImageSequence,
    step: Preprocess,
    *,
    n_jobs: int | None = None,
    progress: bool = True,
    folder: str | os.PathLike | None = None,
) -> np.memmap:
    """Return ``step.resize(images)`` as a file mapped into memory, made once and found again.

    Not normalised: :func:`semlib.sem.train.fit` and :func:`semlib.sem.train.embed` take a uint8 result as it
    is and normalise batch by batch; else use :func:`semlib.sem.preprocess.normalize`.

    Parameters
    ----------
    images : SemImages
        Its labels and masks are not looked at.
    step : Preprocess
        ``border`` and ``size`` count, ``normalize`` does not.
    n_jobs : int, optional
        Threads; by default one for each core.
    progress : bool, default True
        Show a progress bar.
    folder : path, optional
        Where stores are kept, by default ``sem_images`` in the cache folder (``$SEMLIB_CACHE``). It may be
        removed at any time.

    Returns
    -------
    memmap (N, size, size), read-only
        uint8 if all images are uint8: at the paper's scale 1.2 GB. Otherwise float32, four times as large,
        with the values of :meth:`semlib.sem.preprocess.Preprocess.resize`: uint8 and uint16 lie in [0, 1],
        floats keep their own range. Only the pages that are used are in memory.

    Raises
    ------
    TypeError
        If ``images`` is no SemImages.
    ValueError
        If there is no image, or some cannot be used; all of them are named, after the others are done.
    OSError
        If there is no room on the disk, or a file cannot be written. A finished store needs no writing.

    Notes
    -----
    A store is known by the content of its images, by border and size, by the code that reads and resizes, and
    by the versions of NumPy, Pillow and tifffile. To know the content, all files are read and hashed, once
    for each SemImages; a finished store is then opened without decoding any of them.

    A run that was interrupted or killed goes on where it was: an image counts as done when it is safely on
    the disk. Images that another store of the same preprocessing has already, of a subset or of the same
    folder before one file was mended, are copied from there. Of two processes one works, the other waits.

    A CRC-32 is kept of each image. If the size or time of a finished store is another than when it was
    finished, it is read whole on opening, at about 2 GB/s, and images that have changed are made again.
    What changes without a trace in the file's time, such as a failing disk, is not seen.
    """
    if not isinstance(images, ImageSequence):
        raise TypeError(
            f"images is a {type(images).__name__}; pass SemImages, from_arrays(images) for example"
        )
    if not len(images):
        raise ValueError("images is empty; pass at least one image")
    name = hashlib.sha256(b"".join(images.content_digests)).hexdigest()[:24]
    base = cache_dir() / "sem_images" if folder is None else Path(folder).expanduser()
    place = base / f"border{'_'.join(map(str, step.sides))}-size{step.size}-{_code()[:16]}"
    path, shape = place / f"{name}.npy", (len(images), step.size, step.size)
    if (stored := open_finished(path, shape)) is not None:
        return stored
    with writing_in(place):
        place.mkdir(parents=True, exist_ok=True)
        with FileLock(place / f"{name}.lock"):
            if (stored := open_finished(path, shape)) is None:
                _make(images, step, path, n_jobs, progress)
                stored = open_finished(path, shape)
    return stored


class _NotUint8(Exception):
    """An image that is not uint8 came up: the whole store must be float32."""


def _make(images: ImageSequence, step: Preprocess, path: Path, n_jobs: int | None, progress: bool) -> None:
    digests, images = images.content_digests, images.without_labels()
    wide = Part.at(path.parent, path.stem, "float32").exists()
    for dtype in ("float32",) if wide else ("uint8", "float32"):
        part = Part(path.parent, path.stem, digests, step.size, dtype)
        try:
            with part:
                unfit = _fill(part, images, step, n_jobs, progress)
        except _NotUint8:
            continue  # what is done is copied, and divided by 255 as Preprocess.resize does
        if unfit:
            raise ValueError(
                f"{images.source}: {len(unfit):,} of {len(images):,} images cannot be used. The others are "
                "done and kept; mend these or leave them out, and call again.\n" + "\n".join(unfit)
            )
        part.finish(path)
        return


def _fill(
    part: Part, images: ImageSequence, step: Preprocess, n_jobs: int | None, progress: bool
) -> list[str]:
    """Write all rows that are not done, and return what is wrong with those that could not be made."""
    part.check_space()
    part.reuse()
    todo = np.flatnonzero(~part.done)
    size = max(1, _BLOCK // step.size**2)
    blocks = [todo[start : start + size] for start in range(0, len(todo), size)]
    unfit = []
    with (
        progress_bar(
            desc="crop and resize",
            unit="image",
            total=len(images),
            initial=len(images) - len(todo),
            progress=progress,
        ) as bar,
        closing(in_order(lambda rows: _resized(images, step, rows), blocks, n_jobs)) as made,
    ):
        for rows, pixels, reasons in made:
            unfit += reasons
            if len(rows) and pixels.dtype != part.dtype:
                if part.dtype == np.uint8:
                    raise _NotUint8
                pixels = pixels / np.float32(255)
            for row, image in zip(rows, pixels, strict=True):
                part.write(row, image)
            bar.update(len(rows))
    return unfit


def _resized(
    images: ImageSequence, step: Preprocess, rows: Sequence[int]
) -> tuple[Sequence[int], np.ndarray, list[str]]:
    """Return the rows that could be made, their pixels, and what is wrong with the others."""
    try:
        return rows, step.resize(images.subset(rows)), []
    except ValueError:
        reasons = {row: _reason(images, step, row) for row in rows}
    rows = [row for row in rows if reasons[row] is None]
    pixels = step.resize(images.subset(rows)) if rows else np.empty(0, np.uint8)
    return rows, pixels, [reason for reason in reasons.values() if reason]


def _reason(images: ImageSequence, step: Preprocess, row: int) -> str | None:
    try:
        step.resize(images.subset([row]))
    except ValueError as error:
        return str(error)
    return None


@cache
def _code() -> str:
    """Return a hash of the code and of the libraries that make a store's values."""
    libraries = [f"{name} {version(name)}" for name in ("numpy", "pillow", "tifffile")]
    sources = sources_of(Preprocess.__module__) + Path(__file__).read_bytes()
    return hashlib.sha256(sources + " ".join(libraries).encode()).hexdigest()
