"""The classical features of paper 1's Table 1, and controls that are plainer still.

All functions take images as :class:`semlib.sem.preprocess.Preprocess` gives them, floats of shape (N, H, W),
and return float64 features, one row an image. None sees a label. GLCM, LBP and wavelet live in
:mod:`semlib.sem.textures`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator

import numpy as np
from scipy.linalg import eigh

from semlib.sem.textures import check_images, glcm_features, lbp_features, wavelet_features

_BLOCK = 2**23  # numbers in one block of pixels: 64 MiB of float64


def pca_features(images: np.ndarray, n_components: int = 128) -> np.ndarray:
    """Return the leading principal components of the raw pixels, exactly.

    Paper 1, section 5.1: "PCA that reduces raw 512×512 pixels to 128 dimensions". The solver is open in the
    paper; ours is full-rank arithmetic in float64. Where there are fewer images than pixels, it goes through
    the N×N Gram matrix of the centred images, summed over blocks of pixels: beside the images it needs
    about 2N² + 2²⁴ numbers of 8 bytes, so the images may be a memory map.

    Parameters
    ----------
    images : ndarray of float, shape (N, H, W)
        Any finite values, at least two images.
    n_components : int, default 128
        Number of components; with N images of P pixels no more than min(N − 1, P) exist.

    Returns
    -------
    ndarray of float64, shape (N, min(n_components, N − 1, P))
        Scores, centred, by falling variance; in each column the value of largest magnitude is positive.
        Components beyond the rank of the images are exactly 0, so equal images give zeros only.

    Raises
    ------
    ValueError
        Bad images, or fewer than two.

    Warns
    -----
    UserWarning
        If fewer components exist than were asked for.
    """
    check_images(images)
    n, pixels = len(images), images[0].size
    if n < 2:
        raise ValueError("images holds 1 image; PCA needs at least 2")
    if n_components < 1:
        raise ValueError(f"n_components={n_components} must be at least 1")
    k = min(n_components, n - 1, pixels)
    if k < n_components:
        warnings.warn(
            f"n_components={n_components}, but {n} images of {pixels} pixels have {k} components at most; "
            f"{k} are returned",
            stacklevel=2,
        )
    flat = images.reshape(n, pixels)
    if n <= pixels:
        gram = np.zeros((n, n))
        for block in _centred_blocks(flat):
            gram += block @ block.T
        variances, vectors = _leading(gram, k, pixels)
        scores = vectors * np.sqrt(variances)
    else:
        centred = np.concatenate(list(_centred_blocks(flat)), axis=1)
        variances, vectors = _leading(centred.T @ centred, k, n)
        scores = (centred @ vectors) * (variances > 0)
    largest = np.take_along_axis(scores, np.abs(scores).argmax(axis=0)[None], axis=0)
    return scores * np.where(largest < 0, -1.0, 1.0)


def _centred_blocks(flat: np.ndarray) -> Iterator[np.ndarray]:
    """Yield blocks of pixels as float64, each pixel less its mean over the images."""
    width = max(1, _BLOCK // len(flat))
    for start in range(0, flat.shape[1], width):
        block = flat[:, start : start + width].astype(np.float64)
        block -= block.mean(axis=0)
        yield block


def _leading(matrix: np.ndarray, k: int, longer: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the k largest eigenvalues, falling, and their vectors; rounding noise is set to 0."""
    last = len(matrix) - 1
    values, vectors = eigh(matrix, subset_by_index=[last - k + 1, last])
    values, vectors = values[::-1], vectors[:, ::-1]
    noise = max(longer, len(matrix)) * np.finfo(np.float64).eps * values[0]
    return np.where(values > noise, values, 0.0), vectors


def grey_features(images: np.ndarray) -> np.ndarray:
    """Return mean and standard deviation of the grey values: a control, not in the paper.

    Parameters
    ----------
    images : ndarray of float, shape (N, H, W)

    Returns
    -------
    ndarray of float64, shape (N, 2)
    """
    check_images(images)
    return np.array([(image.mean(), image.std()) for image in (i.astype(np.float64) for i in images)])


def mean_grey(images: np.ndarray) -> np.ndarray:
    """Return the mean grey value alone: a control, not in the paper.

    Parameters
    ----------
    images : ndarray of float, shape (N, H, W)

    Returns
    -------
    ndarray of float64, shape (N, 1)
    """
    return grey_features(images)[:, :1]


def shading_features(images: np.ndarray) -> np.ndarray:
    """Return the direction of the shading alone: a control, not in the paper.

    In Carinthia the shading differs between classes, a trace of how images were taken. These two numbers
    see it and hardly anything of a defect in the centre.

    Parameters
    ----------
    images : ndarray of float, shape (N, H, W)

    Returns
    -------
    ndarray of float64, shape (N, 2)
        Mean grey of the right strip less the left, and of the bottom strip less the top. A strip is a
        sixth of the side wide.
    """
    check_images(images)
    rows, columns = (max(1, side // 6) for side in images.shape[1:])
    return np.array(
        [
            (
                image[:, -columns:].mean() - image[:, :columns].mean(),
                image[-rows:].mean() - image[:rows].mean(),
            )
            for image in (i.astype(np.float64) for i in images)
        ]
    )


BASELINES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "GLCM": glcm_features,
    "LBP": lbp_features,
    "Wavelet": wavelet_features,
    "PCA": pca_features,
}
"""The four baselines by name, in the order of the paper's Table 1."""
