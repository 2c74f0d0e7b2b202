"""Checks of arguments that several steps share."""

from __future__ import annotations

import operator

import numpy as np

# Bicubic interpolation of floats passes their range beside sharp edges, by up to 0.28 of it.
_OVERSHOOT = 0.3


def whole_number(name: str, value, least: int, why: str = "") -> int:
    """Return an argument as an int, or say what it must be; ``why`` ends the message."""
    try:
        number = None if isinstance(value, (bool, np.bool_)) else operator.index(value)
    except TypeError:
        number = None
    if number is None or number < least:
        raise ValueError(f"{name}={value!r} must be an integer of at least {least}{why}")
    return number


def check_pixels(images: np.ndarray, name: str = "images") -> None:
    """Refuse what the encoder cannot learn from, or was not made for; the first image at fault is named."""
    if not isinstance(images, np.ndarray):
        raise TypeError(
            f"{name} is a {type(images).__name__}, not an array; "
            "call Preprocess()(images) first, which gives pixels without labels"
        )
    if images.ndim != 3 or not images.size or images.dtype not in (np.uint8, np.float32):
        raise ValueError(
            f"{name} has shape {images.shape} and dtype {images.dtype}; "
            "pass a non-empty (N, S, S) array of float32 in [0, 1] or uint8"
        )
    if images.dtype == np.uint8:
        return
    low, high = images.min(axis=(1, 2)), images.max(axis=(1, 2))  # NaN goes through min and max
    unfit = np.flatnonzero(~(np.isfinite(low) & np.isfinite(high)))
    if len(unfit):
        raise ValueError(
            f"{name}[{unfit[0]}] has NaN or infinite pixels ({len(unfit)} such images); replace them, "
            "since one would spoil batch normalisation for all"
        )
    far = np.flatnonzero((low < -_OVERSHOOT) | (high > 1 + _OVERSHOOT))
    unfit = [i for i in far if not _is_standardised(images[i])]
    if unfit:
        i = unfit[0]
        raise ValueError(
            f"{name}[{i}] holds values from {low[i]:.3g} to {high[i]:.3g}, far outside [0, 1] "
            f"({len(unfit)} such images); normalise first, by semlib.sem.preprocess.normalize(images)"
        )


def _is_standardised(image: np.ndarray) -> bool:
    """Tell whether an image looks like the output of ``normalize(..., "zscore")``."""
    return abs(image.mean(dtype=float)) < 0.01 and abs(image.std(dtype=float) - 1) < 0.01
