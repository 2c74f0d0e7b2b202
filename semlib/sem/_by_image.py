"""What all baselines share: the check of the images, and features made image by image on several threads."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import numpy as np
from numpy.typing import ArrayLike

from semlib._memory import kept_blocks
from semlib.runtime import progress_bar
from semlib.sem import preprocess
from semlib.sem._threads import in_order

_BLOCK = 2**20  # pixels that a thread takes at a time: 4 MiB of float32


def by_image(
    function: Callable[[np.ndarray], ArrayLike],
    images: np.ndarray,
    *,
    normalize: str,
    n_jobs: int | None,
    progress: bool,
    desc: str,
) -> np.ndarray:
    """Return ``function(image)`` of each image, stacked in their order; uint8 is normalised block by block.

    Threads and not processes: scikit-image, PyWavelets and NumPy let go of the GIL in their loops, and
    threads share a memory map without a copy. ``function`` should not use BLAS, which has its own threads.
    """
    size = max(1, _BLOCK // images[0].size)
    blocks = [slice(start, start + size) for start in range(0, len(images), size)]

    def rows(block: slice) -> list[ArrayLike]:
        return [function(image) for image in as_floats(images[block], normalize)]

    features = []
    with (
        kept_blocks(),  # fresh pages for each image would take up to half of the time
        progress_bar(desc=desc, unit="image", total=len(images), progress=progress) as bar,
        closing(in_order(rows, blocks, n_jobs)) as made,
    ):
        for block in made:
            features += block
            bar.update(len(block))
    return np.stack(features)


def as_floats(images: np.ndarray, mode: str) -> np.ndarray:
    """Return uint8 images (N, H, W) normalised, to the bits of ``normalize``, and floats as they are."""
    if images.dtype != np.uint8:
        return images
    if mode not in ("minmax", "none"):
        return preprocess.normalize(images, mode)
    # These depend on an image's extremes only, so it is enough to normalise the 256 bytes between them.
    floats = np.empty(images.shape, np.float32)
    for image, out in zip(images, floats, strict=True):
        values = preprocess.normalize(
            np.arange(256, dtype=np.uint8).clip(image.min(), image.max())[None], mode
        )
        np.take(values[0], image, out=out, mode="clip")  # this mode is the fastest
    return floats


def check_images(images: np.ndarray, normalize: str, *, unit_range: bool = False) -> None:
    """Refuse what is neither uint8 nor finite floats (N, H, W); ``unit_range``: nor will be within [0, 1]."""
    if not isinstance(images, np.ndarray):
        raise TypeError(f"images is a {type(images).__name__}, not an array; call Preprocess()(images) first")
    if images.ndim != 3 or images.size == 0:
        raise ValueError(f"images has shape {images.shape}; pass a non-empty array (N, H, W)")
    if images.dtype != np.uint8 and images.dtype.kind != "f":
        raise ValueError(
            f"images has dtype {images.dtype}, expected floats or uint8; pass normalised images, such as "
            "semlib.sem.preprocess.normalize(images) gives"
        )
    if normalize not in preprocess.MODES:
        raise ValueError(f"normalize={normalize!r} is unknown; choose one of {', '.join(preprocess.MODES)}")
    if images.dtype == np.uint8:
        if unit_range and normalize == "zscore":
            raise ValueError(
                "normalize='zscore' gives values outside [0, 1], which these features need to make grey "
                "levels; choose 'minmax', 'none' or 'percentile'"
            )
        return
    low, high = images.min(axis=(1, 2)), images.max(axis=(1, 2))  # NaN goes through min and max
    bad = np.flatnonzero(~(np.isfinite(low) & np.isfinite(high)))
    if len(bad):
        raise ValueError(
            f"images[{bad[0]}] holds NaN or infinity ({len(bad)} such images in all); repair or omit them"
        )
    bad = np.flatnonzero((low < 0) | (high > 1))
    if unit_range and len(bad):
        first = bad[0]
        raise ValueError(
            f"images[{first}] holds values from {low[first]:.3g} to {high[first]:.3g}, outside [0, 1] "
            f"({len(bad)} such images in all); normalise with 'minmax', 'none' or 'percentile'"
        )
