"""Clusters of defective dies: the noise rule, the pre-merge and the order, largest first (paper 2, 2.2.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist

from semlib.wafer.maps import DEFECTIVE

_BLOCK = 2**22  # entries of one block of distances, 32 MB


@dataclass(frozen=True)
class ClusterDistances:
    """Distances, in dies, from each of n dies to each of C clusters; every array is (n, C) float64.

    Attributes
    ----------
    sums, nearest, farthest : ndarray
        Sum, smallest and largest of the distances from a die to a cluster's dies. In its own cluster the die
        itself counts, at distance 0.
    """

    sums: np.ndarray
    nearest: np.ndarray
    farthest: np.ndarray


def preliminary_clusters(wafer_map: np.ndarray, *, noise_size: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Split the defective dies into 8-connected clusters and noise (section 2.1, definitions 5 and 7).

    Parameters
    ----------
    wafer_map : ndarray of uint8, shape (H, W)
        A checked map.
    noise_size : int, default 2
        Components of at most so many dies are noise: single and twin defects in the paper.

    Returns
    -------
    labels : ndarray of int32, shape (H, W)
        Cluster 0, 1, ... in the order of `largest_first`; -1 elsewhere.
    noise : ndarray of bool, shape (H, W)
        True at the defective dies that are noise.
    """
    components, _ = ndimage.label(wafer_map == DEFECTIVE, structure=np.ones((3, 3)))
    sizes = np.bincount(components.ravel())
    small = sizes <= noise_size
    small[0] = False  # the background
    noise = small[components]
    kept = (components > 0) & ~noise
    labels = np.full(wafer_map.shape, -1, np.int32)
    labels[kept] = largest_first(components[kept], squared_radii(np.argwhere(kept), wafer_map.shape))
    return labels, noise


def squared_radii(points: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return four times the squared distance of each point from the map's centre: a whole number.

    Ties between radii decide the order of clusters; rounding must not.
    """
    return ((2 * points + 1 - np.array(shape)) ** 2).sum(axis=1)


def largest_first(groups: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Number the groups of dies anew: 0 is the largest.

    Equal sizes: the smaller rmin first, then the smaller rmax, then the raster order. Open in the paper; this
    way the numbers follow a turned or mirrored map wherever size, rmin and rmax tell its clusters apart.

    Parameters
    ----------
    groups : ndarray of int, shape (n,)
        Any number per group, the dies in raster order.
    radii : ndarray, shape (n,)
        Distance from the centre, or anything that grows with it.

    Returns
    -------
    ndarray of int64, shape (n,)
        Each die's new group number.
    """
    _, first, groups = np.unique(groups, return_index=True, return_inverse=True)
    rmin, rmax = group_range(groups, radii)
    order = np.lexsort((first, rmax, rmin, -np.bincount(groups)))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank[groups]


def group_range(groups: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the smallest and the largest value of each group 0, 1, ...; no group may be empty."""
    order = np.argsort(groups, kind="stable")
    starts = group_starts(groups[order])
    if not len(starts):
        return values[:0], values[:0]
    return np.minimum.reduceat(values[order], starts), np.maximum.reduceat(values[order], starts)


def group_starts(sorted_groups: np.ndarray) -> np.ndarray:
    """Return where each group begins in a sorted array of group numbers."""
    return np.flatnonzero(np.diff(sorted_groups, prepend=-1))


def premerge(preliminary: np.ndarray, *, gap: float = 8**0.5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Join the clusters whose nearest dies are at most ``gap`` apart, transitively (section 2.2.3).

    Parameters
    ----------
    preliminary : ndarray of int, shape (H, W)
        From `preliminary_clusters`.
    gap : float, default sqrt(8)
        Euclidean, in dies. The 5 x 5 neighbourhood of the paper.

    Returns
    -------
    merged : ndarray of int32, shape (H, W)
        Clusters in the order of `largest_first`; -1 elsewhere.
    pairs : ndarray of int, shape (m, 2)
        The pairs of dies at most ``gap`` (at least sqrt(2)) apart; dies are counted in raster order.
    squared : ndarray of int, shape (m,)
        Their squared distances.
    """
    points = np.argwhere(preliminary >= 0)
    limit = max(gap, 2**0.5)  # the preliminary clusters are joined at sqrt(2) already
    pairs = (
        KDTree(points).query_pairs(limit + 1e-9, output_type="ndarray")
        if len(points)
        else np.empty((0, 2), int)
    )
    squared = ((points[pairs[:, 0]] - points[pairs[:, 1]]) ** 2).sum(axis=1)
    merged = np.full(preliminary.shape, -1, np.int32)
    merged[preliminary >= 0] = largest_first(joined(pairs, len(points)), squared_radii(points, merged.shape))
    return merged, pairs, squared


def joined(pairs: np.ndarray, n: int) -> np.ndarray:
    """Return a component number for each of n dies, given the pairs that are joined."""
    graph = coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return connected_components(graph, directed=False)[1]


def cluster_distances(points: np.ndarray, starts: np.ndarray) -> ClusterDistances:
    """Return the sums and extremes of the distances between dies and clusters.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        Dies sorted by cluster.
    starts : ndarray of int, shape (C,)
        Where each cluster begins.
    """
    n = len(points)
    result = ClusterDistances(*(np.empty((n, len(starts))) for _ in range(3)))
    rows = max(1, _BLOCK // max(n, 1))
    for start in range(0, n, rows):
        block = slice(start, start + rows)
        distances = cdist(points[block], points)
        np.add.reduceat(distances, starts, axis=1, out=result.sums[block])
        np.minimum.reduceat(distances, starts, axis=1, out=result.nearest[block])
        np.maximum.reduceat(distances, starts, axis=1, out=result.farthest[block])
    return result
