"""What NPFC is compared with: spatial filters, clusterings, and controls that are plainer still.

A spatial filter turns a map into a filtered map. A clustering turns it into labels, int32 (H, W): −1 where a
die is not kept or not defective, else the cluster 0, 1, …, largest first. :func:`labels_to_filtered` makes
the filtered map of labels.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage
from sklearn.cluster import DBSCAN, HDBSCAN, KMeans

from semlib.wafer.clusters import largest_first, preliminary_clusters, premerge, squared_radii
from semlib.wafer.maps import DEFECTIVE, GOOD, check_map


def median_filter(wafer_map: ArrayLike, *, size: int = 3, wafer_aware: bool = False) -> np.ndarray:
    """Filter a map by the median of each die's neighbourhood.

    Parameters
    ----------
    wafer_map : array_like, (H, W)
    size : int, default 3
        Side of the square neighbourhood, odd. Open in the paper (section 3.3.1 says "median filtering").
    wafer_aware : bool, default False
        False: the median of the values 0, 1, 2 as of any picture, the map's border repeated; it can turn good
        dies defective, and dies at the wafer's edge into places without a die. True: only dies vote, and a
        defective die stays so if most of its neighbours (itself included) are defective; nothing is added.

    Returns
    -------
    ndarray of uint8, (H, W)
    """
    checked = _check(wafer_map, size)
    if not wafer_aware:
        return ndimage.median_filter(checked, size=size, mode="nearest")
    return _vote(checked, size, lambda share: share > 0.5)


def mean_filter(wafer_map: ArrayLike, *, size: int = 3, wafer_aware: bool = False) -> np.ndarray:
    """Filter a map by the mean of each die's neighbourhood, rounded to 0, 1 or 2.

    Parameters
    ----------
    wafer_map : array_like, (H, W)
    size : int, default 3
        Side of the square neighbourhood, odd.
    wafer_aware : bool, default False
        False: the rounded mean of the values, halves upwards, the map's border repeated. True: only dies
        count, and a defective die stays so if the mean of those about it is at least 1.5. Nothing is added.

    Returns
    -------
    ndarray of uint8, (H, W)
    """
    checked = _check(wafer_map, size)
    if not wafer_aware:
        sums = ndimage.convolve(checked.astype(np.int64), np.ones((size, size), np.int64), mode="nearest")
        return ((2 * sums + size**2) // (2 * size**2)).astype(np.uint8)
    return _vote(checked, size, lambda share: share >= 0.5)


def _check(wafer_map: ArrayLike, size: int) -> np.ndarray:
    if size < 1 or size % 2 != 1:
        raise ValueError(f"size={size} must be odd and at least 1")
    return check_map(wafer_map)


def _vote(wafer_map: np.ndarray, size: int, keep: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Keep a defective die where ``keep`` accepts the defective share of the dies about it."""
    window = np.ones((size, size), np.int64)
    dies = ndimage.convolve((wafer_map > 0).astype(np.int64), window, mode="constant")
    defective = ndimage.convolve((wafer_map == DEFECTIVE).astype(np.int64), window, mode="constant")
    kept = keep(defective / np.maximum(dies, 1))
    return np.where((wafer_map == DEFECTIVE) & ~kept, GOOD, wafer_map).astype(np.uint8)


def dbscan(wafer_map: ArrayLike, *, eps: float = sqrt(2), min_samples: int = 3) -> np.ndarray:
    """Cluster the defective dies by DBSCAN; its noise is not kept.

    The defaults are those of Chen et al. (2021), as paper 2 quotes them in section 1.

    Parameters
    ----------
    wafer_map : array_like, (H, W)
    eps : float, default √2
        Radius of the neighbourhood in dies, inclusive.
    min_samples : int, default 3
        A die with so many dies in its neighbourhood, itself included, is a core point.

    Returns
    -------
    ndarray of int32, (H, W)
        Labels as in the module's description.
    """
    if not eps > 0 or min_samples < 1:
        raise ValueError(f"eps={eps} must be more than 0, and min_samples={min_samples} at least 1")
    checked = check_map(wafer_map)
    points = np.argwhere(checked == DEFECTIVE)
    if not len(points):
        return np.full(checked.shape, -1, np.int32)
    # a hair more than eps, so that √2 computed in two ways is the same distance
    found = DBSCAN(eps=eps * (1 + 1e-9), min_samples=min_samples).fit_predict(points)
    return _on_map(checked.shape, points, found)


def hdbscan(
    wafer_map: ArrayLike,
    *,
    min_cluster_size: int = 5,
    min_samples: int | None = None,
    allow_single_cluster: bool = False,
) -> np.ndarray:
    """Cluster the defective dies by HDBSCAN, today's default of its kind; its noise is not kept.

    Not in the paper. :class:`sklearn.cluster.HDBSCAN` with its defaults (Campello, Moulavi and Sander 2013,
    doi:10.1007/978-3-642-37456-2_14). On a grid many distances are equal, and which of them come first is
    decided by the order of the dies; so the clusters of a turned or mirrored map can differ.

    Parameters
    ----------
    wafer_map : array_like, (H, W)
    min_cluster_size : int, default 5
        Smaller groups are noise; at least 2.
    min_samples : int, optional
        As for `dbscan`; by default ``min_cluster_size``.
    allow_single_cluster : bool, default False
        Whether all that is kept may be one cluster. False, the default of scikit-learn, splits a map with one
        pattern.

    Returns
    -------
    ndarray of int32, (H, W)
        Labels as in the module's description. With fewer defective dies than ``min_cluster_size`` or
        ``min_samples`` all are noise.
    """
    if min_cluster_size < 2 or (min_samples is not None and min_samples < 1):
        raise ValueError(
            f"min_cluster_size={min_cluster_size} must be at least 2, min_samples={min_samples} at least 1"
        )
    checked = check_map(wafer_map)
    points = np.argwhere(checked == DEFECTIVE)
    if len(points) < max(min_cluster_size, min_samples or 0):
        return np.full(checked.shape, -1, np.int32)
    found = HDBSCAN(
        min_cluster_size=min_cluster_size,
        min_samples=min_samples,
        allow_single_cluster=allow_single_cluster,
        copy=True,
    ).fit_predict(points.astype(float))
    return _on_map(checked.shape, points, found)


def kmeans(wafer_map: ArrayLike, *, k: int, seed: int = 0, n_init: int = 10) -> np.ndarray:
    """Cluster the defective dies by K-means on their coordinates; all are kept.

    Parameters
    ----------
    wafer_map : array_like, (H, W)
    k : int
        Number of clusters.
    seed : int, default 0
    n_init : int, default 10
        Starts, the best of which counts.

    Returns
    -------
    ndarray of int32, (H, W)
        Labels as in the module's description.

    Raises
    ------
    ValueError
        If there are fewer defective dies than clusters.
    """
    checked = check_map(wafer_map)
    points = np.argwhere(checked == DEFECTIVE)
    if not 1 <= k <= len(points):
        raise ValueError(f"k={k} must lie between 1 and the {len(points)} defective dies of wafer_map")
    found = KMeans(k, n_init=n_init, random_state=seed).fit_predict(points.astype(float))
    return _on_map(checked.shape, points, found)


def keep_all(wafer_map: ArrayLike) -> np.ndarray:
    """Keep every defective die, as one cluster: the control "do nothing"."""
    return np.where(check_map(wafer_map) == DEFECTIVE, 0, -1).astype(np.int32)


def merge_and_size_floor(
    wafer_map: ArrayLike, *, noise_size: int = 2, gap: float = sqrt(8), min_dies: int = 15
) -> np.ndarray:
    """Join defective dies that are near each other, and keep the groups that are large: a plain control.

    It has NPFC's noise rule and pre-merge, and in place of all its other rules a plain one.

    Parameters
    ----------
    wafer_map : array_like, (H, W)
    noise_size : int, default 2
        Dies that touch, no more than so many together, are not kept; 0 leaves that rule out.
    gap : float, default √8
        The others, where at most so far apart, are joined, transitively. At least √2: dies that touch are
        always together.
    min_dies : int, default 15
        Smaller groups are not kept.

    Returns
    -------
    ndarray of int32, (H, W)
        Labels as in the module's description.
    """
    if not sqrt(2) <= gap < np.inf:
        raise ValueError(f"gap={gap} must be a distance of at least √2 dies")
    checked = check_map(wafer_map)
    touching, _ = preliminary_clusters(checked, noise_size=noise_size)
    labels = premerge(touching, gap=gap)[0]
    sizes = np.bincount(labels[labels >= 0], minlength=1)
    return np.where(sizes[labels] >= min_dies, labels, -1).astype(np.int32)  # largest first already


def labels_to_filtered(wafer_map: ArrayLike, labels: np.ndarray) -> np.ndarray:
    """Return the map with every defective die that no cluster keeps turned good: uint8 (H, W)."""
    checked, labels = check_map(wafer_map), np.asarray(labels)
    if labels.shape != checked.shape:
        raise ValueError(f"labels has the shape {labels.shape}, the wafer_map {checked.shape}")
    return np.where((checked == DEFECTIVE) & (labels < 0), GOOD, checked).astype(np.uint8)


def _on_map(shape: tuple[int, int], points: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Write the clusters of points into a map, numbered as NPFC numbers its own."""
    labels = np.full(shape, -1, np.int32)
    kept = points[found >= 0]
    labels[tuple(kept.T)] = largest_first(found[found >= 0], squared_radii(kept, shape))
    return labels
