"""The texture features of paper 1's Table 1: GLCM, LBP, wavelet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import pi

import numpy as np
import pywt
from skimage.feature import graycomatrix, local_binary_pattern

from semlib.runtime import progress_bar

_LBP_BINS: dict[str, Callable[[int], int]] = {
    "uniform": lambda points: points + 2,
    "nri_uniform": lambda points: points * (points - 1) + 3,
    "ror": lambda points: 2**points,
    "default": lambda points: 2**points,
}


def glcm_features(
    images: np.ndarray,
    *,
    levels: int = 256,
    distance: int = 1,
    angles: Sequence[float] = (0, pi / 4, pi / 2, 3 * pi / 4),
    progress: bool = False,
) -> np.ndarray:
    """Return five properties of the grey-level co-occurrence matrix (GLCM).

    Paper 1, section 5.1, names the five properties. Levels, distance and angles are open in the paper; the
    defaults are our reading. The matrix P is symmetric and sums to 1, as in scikit-image.

    Parameters
    ----------
    images : ndarray of float, shape (N, H, W)
        Grey values in [0, 1].
    levels : int, default 256
        Number of grey levels, 2 to 256; a value v becomes level ``round(v * (levels - 1))``.
    distance : int, default 1
        Distance of the two pixels of a pair, in pixels.
    angles : sequence of float, default 0, π/4, π/2 and 3π/4
        Directions in radians. Properties are computed for each direction, then averaged.
    progress : bool, default False
        Show a bar.

    Returns
    -------
    ndarray of float64, shape (N, 5)
        contrast ΣP(i−j)², dissimilarity ΣP|i−j|, homogeneity ΣP/(1+(i−j)²), energy √ΣP², correlation.
        Correlation of an image of one grey level is 1, as in scikit-image.

    Raises
    ------
    ValueError
        Bad images or options.

    References
    ----------
    R. M. Haralick, K. Shanmugam, I. Dinstein, "Textural features for image classification", IEEE Trans. SMC
    3(6), 1973. doi:10.1109/TSMC.1973.4309314
    """
    check_images(images, unit_range=True)
    if not 2 <= levels <= 256:
        raise ValueError(f"levels={levels} must lie between 2 and 256")
    if len(angles) == 0:
        raise ValueError("angles is empty; pass at least one direction in radians")
    if not 1 <= distance < min(images.shape[1:]):
        raise ValueError(
            f"distance={distance} must be at least 1 and less than the image's sides {images.shape[1:]}"
        )
    level = np.arange(levels)
    step = level[:, None] - level
    weights = np.stack([step**2, np.abs(step), 1 / (1 + step**2)]).reshape(3, -1)
    rows = []
    for image in progress_bar(images, desc="GLCM", unit="image", progress=progress):
        grey = _quantised(image, levels)
        p = graycomatrix(grey, [distance], angles, levels, symmetric=True, normed=True)
        rows.append(_glcm_properties(p[:, :, 0], weights))
    return np.stack(rows)


def _glcm_properties(p: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the five properties of the matrices p (levels, levels, angles), averaged over the angles."""
    contrast, dissimilarity, homogeneity = weights @ p.reshape(weights.shape[1], -1)
    energy = np.sqrt((p**2).sum(axis=(0, 1)))
    # P is symmetric, so both margins have one variance, and contrast is 2 (variance - covariance).
    margin, level = p.sum(axis=0), np.arange(len(p))[:, None]
    variance = (margin * (level - (level * margin).sum(axis=0)) ** 2).sum(axis=0)
    flat = variance < 1e-15
    correlation = np.where(flat, 1.0, 1 - contrast / (2 * np.where(flat, 1.0, variance)))
    return np.mean([contrast, dissimilarity, homogeneity, energy, correlation], axis=1)


def lbp_features(
    images: np.ndarray,
    *,
    radius: float = 1,
    n_points: int = 8,
    method: str = "uniform",
    progress: bool = False,
) -> np.ndarray:
    """Return the histogram of local binary patterns (LBP).

    Paper 1, section 5.1: radius 1 and 8 neighbours. The kind of pattern is open in the paper; ours is
    "uniform", which does not change when the image turns by 90° or is mirrored.

    Parameters
    ----------
    images : ndarray of float, shape (N, H, W)
        Grey values in [0, 1]. They are rounded to 8 bits, since on floats rounding noise would break the
        ties of equal neighbours.
    radius : float, default 1
        Distance of the neighbours, in pixels. Places outside the image count as 0, as in scikit-image.
    n_points : int, default 8
        Number of neighbours.
    method : {"uniform", "nri_uniform", "ror", "default"}
        See :func:`skimage.feature.local_binary_pattern`.
    progress : bool, default False
        Show a bar.

    Returns
    -------
    ndarray of float64, shape (N, bins)
        Share of the pixels with each pattern; a row sums to 1. 10 bins by default: 0 to 8 for the number of
        neighbours not darker than the pixel, where they are one run; 9 for all other patterns.

    Raises
    ------
    ValueError
        Bad images or options.

    References
    ----------
    T. Ojala, M. Pietikäinen, T. Mäenpää, "Multiresolution gray-scale and rotation invariant texture
    classification with local binary patterns", IEEE Trans. PAMI 24(7), 2002. doi:10.1109/TPAMI.2002.1017623
    """
    check_images(images, unit_range=True)
    if method not in _LBP_BINS:
        raise ValueError(f"method={method!r} must be one of {', '.join(map(repr, _LBP_BINS))}")
    if n_points < 1 or not radius > 0:
        raise ValueError(f"n_points={n_points} and radius={radius} must be at least 1 and more than 0")
    bins = _LBP_BINS[method](n_points)
    rows = []
    for image in progress_bar(images, desc="LBP", unit="image", progress=progress):
        codes = local_binary_pattern(_quantised(image, 256), n_points, radius, method)
        rows.append(np.bincount(codes.astype(np.intp).ravel(), minlength=bins) / codes.size)
    return np.stack(rows)


def wavelet_features(
    images: np.ndarray, *, wavelet: str = "db1", level: int = 2, progress: bool = False
) -> np.ndarray:
    """Return mean absolute value, standard deviation and energy of each wavelet sub-band.

    Paper 1, section 5.1: a two-level decomposition. The wavelet and the statistics are open in the paper;
    ours is Haar ("db1"). Energy is the mean of the squares, not their sum, so that it does not grow with
    the image.

    Parameters
    ----------
    images : ndarray of float, shape (N, H, W)
        Any finite values.
    wavelet : str, default "db1"
        A name that :func:`pywt.wavelist` knows.
    level : int, default 2
        Number of decompositions.
    progress : bool, default False
        Show a bar.

    Returns
    -------
    ndarray of float64, shape (N, 3 * (3 * level + 1))
        Three columns (mean absolute value, standard deviation, energy) a sub-band. Sub-bands run from coarse
        to fine: approximation, then horizontal, vertical and diagonal detail of each level. 21 by default.

    Raises
    ------
    ValueError
        Bad images, an unknown wavelet, or a level that the images' size does not allow.
    """
    check_images(images)
    most = pywt.dwtn_max_level(images.shape[1:], wavelet)
    if not 1 <= level <= most:
        raise ValueError(
            f"level={level} must lie between 1 and {most}, the most for images of {images.shape[1:]}"
        )
    rows = []
    for image in progress_bar(images, desc="wavelet", unit="image", progress=progress):
        coarse, *details = pywt.wavedec2(image.astype(np.float64), wavelet, level=level)
        bands = [coarse, *(band for triple in details for band in triple)]
        rows.append([f(band) for band in bands for f in (_mean_abs, np.std, _mean_square)])
    return np.array(rows)


def _mean_abs(band: np.ndarray) -> float:
    return np.abs(band).mean()


def _mean_square(band: np.ndarray) -> float:
    return np.square(band).mean()


def check_images(images: np.ndarray, *, unit_range: bool = False) -> None:
    """Refuse what is not a finite float array (N, H, W), or, with ``unit_range``, not within [0, 1]."""
    if not isinstance(images, np.ndarray):
        raise TypeError(f"images is a {type(images).__name__}, not an array; call Preprocess()(images) first")
    if images.ndim != 3 or images.size == 0:
        raise ValueError(f"images has shape {images.shape}; pass a non-empty array (N, H, W)")
    if images.dtype.kind != "f":
        raise ValueError(
            f"images has dtype {images.dtype}, expected floats; pass normalised images, such as "
            "semlib.sem.preprocess.normalize(images) gives"
        )
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
            f"({len(bad)} such images in all); normalise with 'minmax' or 'none'"
        )


def _quantised(image: np.ndarray, levels: int) -> np.ndarray:
    return np.rint(image * (levels - 1)).astype(np.uint8)
