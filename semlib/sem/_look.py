"""How SEM images look at 52x52: the statistics by which the twin is held against the real images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from skimage.filters import rank


def look_statistics(images: np.ndarray | Sequence[np.ndarray]) -> pd.DataFrame:
    """Describe how images look when shrunk to 52x52: the measure that the twin is calibrated with.

    Parameters
    ----------
    images : array_like of uint8, shape (n, size, size)
        Images of 52x52 are taken as they are. Larger ones lose 4 px of 480 on each side, as in the
        preprocessing (the real 52x52 images show no black border either); then each 52nd part of a row or
        column is represented by its middle pixel. The real resize is unknown; thin lines that became rows of
        dots of regular pitch, and edges without mixed greys, speak for such point sampling.

    Returns
    -------
    DataFrame, one row per image
        ``mean``, ``std``, ``min``, ``max`` in grey levels; ``defect_area_percent``, the share of pixels more
        than 15 grey levels away from the median of the 25x25 pixels around, mirrored at the edge;
        ``left_right`` and ``top_bottom``, the mean of the last 8 columns (rows) minus that of the first 8.

    Raises
    ------
    ValueError
        The images have another shape or dtype, or are smaller than 52x52.
    """
    images = np.asarray(images)
    if images.ndim != 3 or images.shape[1] != images.shape[2] or images.shape[1] < 52:
        raise ValueError(f"images has shape {images.shape}; pass (n, size, size) with a size of at least 52")
    if images.dtype != np.uint8:
        raise ValueError(f"images has dtype {images.dtype}; pass uint8 grey levels, 0 to 255")
    size = images.shape[1]
    if size > 52:
        border = max(1, round(4 * size / 480))
        at = border + ((np.arange(52) + 0.5) * (size - 2 * border) / 52).astype(int)
        images = images[:, at[:, None], at]
    x = images.astype(np.float64)
    padded = np.pad(images, ((0, 0), (12, 12), (12, 12)), mode="symmetric")
    around = np.array([rank.median(image, np.ones((25, 25)))[12:-12, 12:-12] for image in padded])
    away = np.abs(x - around.reshape(x.shape))
    return pd.DataFrame(
        {
            "mean": x.mean((1, 2)),
            "std": x.std((1, 2)),
            "min": x.min((1, 2)),
            "max": x.max((1, 2)),
            "defect_area_percent": 100 * (away > 15).mean((1, 2)),
            "left_right": x[:, :, -8:].mean((1, 2)) - x[:, :, :8].mean((1, 2)),
            "top_bottom": x[:, -8:].mean((1, 2)) - x[:, :8].mean((1, 2)),
        }
    )
