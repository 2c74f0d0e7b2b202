"""What the explorer's page carries: all images in one picture, numbers as bytes, nearest neighbours."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image
from sklearn.neighbors import NearestNeighbors

_LEVELS = 65535  # the last of a Uint16
_WIDEST = 16383  # pixels of a WebP picture


@dataclass(frozen=True)
class Sprite:
    """Many small images in one picture.

    Attributes
    ----------
    data : bytes
        A WebP file. Image i is at row i // columns and column i % columns.
    side : int
        Width and height of each image, in pixels.
    columns : int
    n : int
        How many images there are.
    """

    data: bytes
    side: int
    columns: int
    n: int

    @property
    def uri(self) -> str:
        """The picture as the source of an ``img``."""
        return "data:image/webp;base64," + base64.b64encode(self.data).decode()


def make_sprite(images: Sequence[np.ndarray] | np.ndarray, side: int, **options) -> Sprite:
    """Return all images in one picture, each ``side`` pixels wide and high.

    Parameters
    ----------
    images : sequence of ndarray, (H, W) or (H, W, 3)
        uint8, or floats in [0, 1]; all grey or all coloured. They may differ in size: each is stretched to a
        square, by the mean of the pixels where it shrinks, else by the nearest.
    side : int
        In pixels.
    **options
        Pillow's for WebP, such as ``quality=60`` or ``lossless=True``.

    Raises
    ------
    ValueError
        If there is no image, or the picture would be wider than WebP allows.
    """
    n = len(images)
    if not n:
        raise ValueError("images is empty; pass one for each point")
    columns = int(np.ceil(np.sqrt(n)))
    if not 1 <= columns * side <= _WIDEST:
        raise ValueError(
            f"side={side} with {n} images makes a picture {columns * side} pixels wide; "
            f"pass 1 to {_WIDEST // columns}"
        )
    mode = "L" if np.ndim(images[0]) == 2 else "RGB"
    picture = Image.new(mode, (columns * side, -(-n // columns) * side))
    for i in range(n):
        picture.paste(Image.fromarray(thumbnail(images[i], side)), (i % columns * side, i // columns * side))
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", **options)
    return Sprite(buffer.getvalue(), side, columns, n)


def thumbnail(image: np.ndarray, side: int) -> np.ndarray:
    """Return an image as a square of uint8: by the mean where it shrinks, else by the nearest pixel."""
    image = np.asarray(image)
    if image.dtype != np.uint8:
        image = (np.clip(image, 0, 1) * 255).round().astype(np.uint8)
    how = Image.Resampling.BOX if max(image.shape[:2]) > side else Image.Resampling.NEAREST
    return np.asarray(Image.fromarray(image).resize((side, side), how))


def packed(values: np.ndarray) -> dict:
    """Return an array as text: little-endian Uint16 in base64, with its shape and how to read it.

    Parameters
    ----------
    values : ndarray of int or float
        Whole numbers from 0 to 65,535 are kept as they are. Floats become 65,534 steps from the smallest to
        the largest of their last axis's column (of all, in an array of one axis): none is off by more than
        half a step, 1/131,068 of the span. The last level, 65,535, is kept for what is not finite.

    Returns
    -------
    dict
        ``data``, ``shape``, and for floats ``low`` and ``step``, one of each column: value = low + step · n.
    """
    values = np.asarray(values)
    if values.dtype.kind in "iub":
        if values.size and not 0 <= values.min() <= values.max() <= _LEVELS:
            raise ValueError(
                f"values from {values.min()} to {values.max()} do not fit into 16 bits; "
                f"pass whole numbers from 0 to {_LEVELS}, or floats"
            )
        levels, how = values, {}
    else:
        values = values.astype(np.float64)
        columns = values.reshape(-1, values.shape[1] if values.ndim == 2 else 1)
        known = np.where(np.isfinite(columns), columns, np.nan)
        some = np.isfinite(columns).any(axis=0)
        low = np.where(some, np.nanmin(np.where(some, known, 0), axis=0), 0)
        span = np.where(some, np.nanmax(np.where(some, known, 0), axis=0), 0) - low
        step = np.where(span > 0, span / (_LEVELS - 1), 1)
        levels = np.where(np.isfinite(columns), np.round((columns - low) / step), _LEVELS)
        how = {"low": low.tolist(), "step": step.tolist()}
    data = base64.b64encode(levels.astype("<u2").tobytes()).decode()
    return {"data": data, "shape": list(values.shape), **how}


def nearest(features: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices and distances, each (N, k), of the k other points nearest to each point."""
    if not 1 <= k < len(features):
        raise ValueError(f"k={k} must be from 1 to {len(features) - 1}, the number of other points")
    distances, near = NearestNeighbors(n_neighbors=k).fit(np.asarray(features, float)).kneighbors()
    return near, distances
