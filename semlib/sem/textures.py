"""The texture features of paper 1's Table 1: GLCM, LBP, wavelet.

All take images as floats (N, H, W), normalised, or as uint8, such as the store's, which are normalised a few
images at a time, with the same result to the last bit. ``n_jobs`` is how many threads work (None or -1: one
for each core); it does not change the result either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import pi

import numpy as np
import pywt
from skimage.feature import graycomatrix, local_binary_pattern

from semlib.sem._by_image import by_image, check_images
from semlib.sem._checks import whole_number
from semlib.sem._lbp import MOST_POINTS, uniform_histogram
from semlib.sem._wavelet import mean_abs, mean_square, sub_bands

_LBP_BINS: dict[str, Callable[[int], int]] = {
    "uniform": lambda points: points + 2,
    "nri_uniform": lambda points: points * (points - 1) + 3,
    "ror": lambda points: 2**points,
    "default": lambda points: 2**points,
}
_MOST_BINS = 2**16


def glcm_features(
    images: np.ndarray,
    *,
    levels: int = 256,
    distance: int = 1,
    angles: Sequence[float] = (0, pi / 4, pi / 2, 3 * pi / 4),
    normalize: str = "minmax",
    n_jobs: int | None = 1,
    progress: bool = False,
) -> np.ndarray:
    """Return five properties of the grey-level co-occurrence matrix (GLCM).

    Paper 1, section 5.1, names the five properties. Levels, distance and angles are open in the paper; the
    defaults are our reading. The matrix P is symmetric and sums to 1, as in scikit-image.

    Parameters
    ----------
    images : ndarray of float or uint8, shape (N, H, W)
        Grey values; floats must lie in [0, 1].
    levels : int, default 256
        Number of grey levels, 2 to 256; a value v becomes level ``round(v * (levels - 1))``.
    distance : int, default 1
        Distance of the two pixels of a pair, in pixels.
    angles : sequence of float, default 0, π/4, π/2 and 3π/4
        Directions in radians. Properties are computed for each direction, then averaged.
    normalize : {"minmax", "none", "percentile"}, default "minmax"
        For uint8 only; see :func:`semlib.sem.preprocess.normalize`. "zscore" is refused, since its values
        leave [0, 1].
    n_jobs : int, optional, default 1
        Threads.
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
    check_images(images, normalize, unit_range=True)
    sides = images.shape[1:]
    if whole_number("levels", levels, 2, " and at most 256") > 256:
        raise ValueError(f"levels={levels} must lie between 2 and 256, the grey levels of 8 bits")
    if whole_number("distance", distance, 1, ", in pixels") >= min(sides):
        raise ValueError(f"distance={distance} must be less than the images' sides {sides}")
    if np.ndim(angles) != 1 or len(angles) == 0 or not np.isfinite(angles).all():
        raise ValueError(f"angles={angles!r} must be a list of at least one direction, in radians")
    level = np.arange(levels, dtype=float)
    step = level[:, None] - level
    weights = np.stack([step**2, np.abs(step), 1 / (1 + step**2)])

    def properties(image: np.ndarray) -> np.ndarray:
        grey = _quantised(image, levels)
        # One matrix after the other: each fits into the processor's cache.
        counts = (graycomatrix(grey, [distance], [angle], levels)[:, :, 0, 0] for angle in angles)
        return np.mean([_glcm_properties(c, weights) for c in counts], axis=0)

    return by_image(properties, images, normalize=normalize, n_jobs=n_jobs, progress=progress, desc="GLCM")


def _glcm_properties(counts: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the five properties of a matrix of counts (levels, levels), made symmetric and normed here."""
    both = (counts + counts.T).astype(np.float64)
    total = both.sum()
    # einsum and not a matrix product: BLAS would start threads of its own in each of ours.
    contrast, dissimilarity, homogeneity = np.einsum("wij,ij->w", weights, both) / total
    energy = np.sqrt(np.einsum("ij,ij->", both, both)) / total
    # P is symmetric, so both margins have one variance, and contrast is 2 (variance - covariance).
    margin, level = both.sum(axis=0) / total, np.arange(len(both))
    variance = (margin * (level - (level * margin).sum()) ** 2).sum()
    correlation = 1.0 if variance < 1e-15 else 1 - contrast / (2 * variance)
    return np.array([contrast, dissimilarity, homogeneity, energy, correlation])


def lbp_features(
    images: np.ndarray,
    *,
    radius: float = 1,
    n_points: int = 8,
    method: str = "uniform",
    normalize: str = "minmax",
    n_jobs: int | None = 1,
    progress: bool = False,
) -> np.ndarray:
    """Return the histogram of local binary patterns (LBP).

    Paper 1, section 5.1: radius 1 and 8 neighbours. The kind of pattern is open in the paper; ours is
    "uniform", which does not change when the image turns by 90° or is mirrored.

    Parameters
    ----------
    images : ndarray of float or uint8, shape (N, H, W)
        Grey values; floats must lie in [0, 1]. Normalised values are rounded to 8 bits, since on floats
        rounding noise would break the ties of equal neighbours.
    radius : float, default 1
        Distance of the neighbours, in pixels. Places outside the image count as 0, as in scikit-image.
    n_points : int, default 8
        Number of neighbours.
    method : {"uniform", "nri_uniform", "ror", "default"}
        See :func:`skimage.feature.local_binary_pattern`.
    normalize : {"minmax", "none", "percentile"}, default "minmax"
        For uint8 only; see :func:`semlib.sem.preprocess.normalize`. "zscore" is refused, since its values
        leave [0, 1].
    n_jobs : int, optional, default 1
        Threads.
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
    check_images(images, normalize, unit_range=True)
    if method not in _LBP_BINS:
        why = "its codes are contrasts, which have no fixed bins; " if method == "var" else ""
        raise ValueError(f"method={method!r}: {why}choose one of {', '.join(map(repr, _LBP_BINS))}")
    if whole_number("n_points", n_points, 1) > 64 or _LBP_BINS[method](n_points) > _MOST_BINS:
        raise ValueError(
            f"n_points={n_points} is too many for a histogram with method={method!r}; "
            "use fewer, or method='uniform', which can have 64"
        )
    bins = _LBP_BINS[method](n_points)
    if not 0 < radius < min(images.shape[1:]):
        raise ValueError(
            f"radius={radius} must be more than 0 and less than the images' sides {images.shape[1:]}"
        )

    def histogram(image: np.ndarray) -> np.ndarray:
        grey = _quantised(image, 256)
        if method == "uniform" and n_points <= MOST_POINTS:
            return uniform_histogram(grey, n_points, radius) / grey.size
        codes = local_binary_pattern(grey, n_points, radius, method)
        return np.bincount(codes.astype(np.intp).ravel(), minlength=bins) / grey.size

    return by_image(histogram, images, normalize=normalize, n_jobs=n_jobs, progress=progress, desc="LBP")


def wavelet_features(
    images: np.ndarray,
    *,
    wavelet: str = "db1",
    level: int = 2,
    normalize: str = "minmax",
    n_jobs: int | None = 1,
    progress: bool = False,
) -> np.ndarray:
    """Return mean absolute value, standard deviation and energy of each wavelet sub-band.

    Paper 1, section 5.1: a two-level decomposition. The wavelet and the statistics are open in the paper;
    ours is Haar ("db1"). Energy is the mean of the squares, not their sum, so that it does not grow with
    the image.

    Parameters
    ----------
    images : ndarray of float or uint8, shape (N, H, W)
        Any finite values.
    wavelet : str, default "db1"
        A name that :func:`pywt.wavelist` knows.
    level : int, default 2
        Number of decompositions.
    normalize : {"minmax", "none", "zscore", "percentile"}, default "minmax"
        For uint8 only; see :func:`semlib.sem.preprocess.normalize`.
    n_jobs : int, optional, default 1
        Threads.
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
    check_images(images, normalize)
    if wavelet not in pywt.wavelist(kind="discrete"):
        raise ValueError(
            f"wavelet={wavelet!r} is unknown; choose one of pywt.wavelist(kind='discrete'), such as 'db2'"
        )
    most = pywt.dwtn_max_level(images.shape[1:], wavelet)
    if whole_number("level", level, 1) > most:
        raise ValueError(
            f"level={level} is more than {most}, the most for {wavelet!r} and images of {images.shape[1:]}"
        )

    def statistics(image: np.ndarray) -> list[float]:
        bands = sub_bands(image.astype(np.float64), wavelet, level)
        return [f(band) for band in bands for f in (mean_abs, np.std, mean_square)]

    return by_image(statistics, images, normalize=normalize, n_jobs=n_jobs, progress=progress, desc="wavelet")


def _quantised(image: np.ndarray, levels: int) -> np.ndarray:
    return np.rint(image * (levels - 1)).astype(np.uint8)
