"""The Gram matrix of centred images, summed over blocks of pixels: PCA of few images of many pixels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import numpy as np

from semlib.runtime import progress_bar
from semlib.sem._by_image import as_floats
from semlib.sem._threads import in_order

_BLOCK = 2**23  # numbers in one block of pixels: 64 MiB of float64
_EXACT = 1024  # pixels in a block of bytes: 1024 · 128² = 2²⁴, up to where float32 holds every integer
_TILE = 1024  # images; their products are added up while they are still in the processor's cache
AFFINE = ("minmax", "none", "zscore")
"""Normalisations that are (image − offset) · scale with two numbers an image."""


def gram_of_bytes(
    images: np.ndarray, normalize: str, *, n_jobs: int | None, progress: bool
) -> tuple[np.ndarray, float]:
    """Return the Gram matrix (N, N) of uint8 images, normalised and centred, and the size of its terms.

    The products of bytes, less 128, are summed in float32 over so few pixels that every sum is an integer
    which float32 holds exactly, whatever the order. So the speed is float32's and nothing is rounded. Scale
    and offset of each image are applied to the N×N sums. That differs from the Gram matrix of float32 images
    by their rounding, about 1e-7 of it, and is the more exact of the two.

    Parameters
    ----------
    images : ndarray of uint8, shape (N, H, W)
    normalize : str
        One of :data:`AFFINE`.
    n_jobs : int, optional
        Threads that read; the products use those of BLAS.
    progress : bool

    Returns
    -------
    gram : ndarray of float64, shape (N, N)
    size : float
        Largest sum of squares of an image before centring; centring leaves rounding noise of about
        2e-16 of it.
    """
    products, sums, low, high = _sums_of_bytes(images, n_jobs=n_jobs, progress=progress)
    pixels = images[0].size
    if normalize == "minmax":
        offset, spread = low, high - low
    elif normalize == "none":
        offset, spread = np.full(len(images), -128.0), np.full(len(images), 255.0)
    else:
        offset, spread = sums / pixels, np.sqrt(pixels * products.diagonal() - sums**2) / pixels
    # A constant image becomes 0, as in normalize().
    scale = np.divide(1, spread, out=np.zeros(len(images)), where=spread > 0)
    products -= np.outer(offset, sums)
    products -= np.outer(sums - pixels * offset, offset)
    products *= scale[:, None]
    products *= scale
    size = float(products.diagonal().max())
    means = products.mean(axis=0)
    products -= means
    products -= means[:, None]
    products += means.mean()
    return products, size


def _sums_of_bytes(
    images: np.ndarray, *, n_jobs: int | None, progress: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return exact products (N, N) and, of each image, sum, least and largest value; of bytes less 128."""
    n, pixels = len(images), images[0].size
    flat = images.reshape(n, pixels)
    products, sums, low, high = np.zeros((n, n)), np.zeros(n), np.full(n, 127.0), np.full(n, -128.0)
    tiles = [slice(start, start + _TILE) for start in range(0, n, _TILE)]

    def read(start: int) -> tuple[np.ndarray, ...]:
        block = flat[:, start : start + _EXACT].astype(np.float32)
        block -= 128
        return block, block.sum(axis=1), block.min(axis=1), block.max(axis=1)

    starts = range(0, pixels, _EXACT)
    with (
        progress_bar(desc="PCA", unit="block", total=len(starts), progress=progress) as bar,
        closing(in_order(read, starts, n_jobs)) as blocks,
    ):
        for block, total, least, most in blocks:
            sums += total
            np.minimum(low, least, out=low)
            np.maximum(high, most, out=high)
            for i, rows in enumerate(tiles):
                for columns in tiles[: i + 1]:
                    products[rows, columns] += block[rows] @ block[columns].T
            bar.update()
    for i, rows in enumerate(tiles):
        for columns in tiles[:i]:
            products[columns, rows] = products[rows, columns].T
    return products, sums, low, high


def gram_of_floats(
    images: np.ndarray, normalize: str, *, n_jobs: int | None, progress: bool
) -> tuple[np.ndarray, float]:
    """Return the same as :func:`gram_of_bytes`, of floats, or of uint8 under any normalisation."""
    gram = np.zeros((len(images), len(images)))
    for block in centred_blocks(images, normalize, n_jobs=n_jobs, progress=progress):
        gram += block @ block.T
    return gram, 0.0


def centred_blocks(
    images: np.ndarray, normalize: str, *, n_jobs: int | None, progress: bool
) -> Iterator[np.ndarray]:
    """Yield blocks of pixels (N, …) as float64, normalised, each pixel less its mean over the images."""
    n, pixels = len(images), images[0].size
    flat, width = images.reshape(n, pixels), max(1, _BLOCK // n)
    table = None
    if images.dtype == np.uint8:  # what each byte of each image becomes: a map of 256 values an image
        table = np.stack(list(in_order(lambda i: _values(images[i], normalize), range(n), n_jobs)))
    for start in progress_bar(range(0, pixels, width), desc="PCA", unit="block", progress=progress):
        block = flat[:, start : start + width]
        if table is not None:
            block = np.take_along_axis(table, block.astype(np.intp), axis=1)
        block = block.astype(np.float64)
        block -= block.mean(axis=0)
        yield block


def _values(image: np.ndarray, normalize: str) -> np.ndarray:
    """Return what normalising makes of each byte that occurs in an image: float32 (256,)."""
    values = np.zeros(256, np.float32)
    values[image.ravel()] = as_floats(image[None], normalize).ravel()
    return values
