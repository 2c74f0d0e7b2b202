"""Connecting-path filtering: a group of defective dies stays if there is a long enough path within it.

Paper 2 cites Kim, Lee and Kim (2018), doi:10.1080/24725854.2017.1386337: "find all possible connecting
paths between two defect points", and "the path length needs to exceed a certain set threshold" (section 1).

Our reading: two defective dies that touch, corners included, are joined by a step; the path between two dies
is the shortest one; a group is kept if its longest such path, its geodesic diameter, reaches the threshold.
If all paths counted and not the shortest, a large spot would have one through nearly all its dies, and the
rule would be one of size. Open too: the unit of length, the threshold, and whether a path of just that length
is enough. Ours: steps, 6, and it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree

from semlib.wafer.clusters import group_range, preliminary_clusters
from semlib.wafer.maps import check_map

_BLOCK = 2**22  # distances held at a time, 32 MB
_SWEEPS = 4
_HAIR = 1e-9  # sums of √2 that are equal on paper


def connecting_path(wafer_map: ArrayLike, *, min_length: float = 6, diagonal: float = 1.0) -> np.ndarray:
    """Keep the groups of touching defective dies in which two dies are far apart along the group.

    Parameters
    ----------
    wafer_map : array_like, (H, W)
    min_length : float, default 6
        A group whose geodesic diameter is at least this stays. A single die has length 0, two dies that share
        a side 1. The default is ours, from a first trial.
    diagonal : float, default 1
        Length of a step over a corner, 1 to 2; the other steps have length 1. At 1 lengths are numbers of
        steps, at √2 they are Euclidean.

    Returns
    -------
    ndarray of int32, (H, W)
        The groups that stay: 0, 1, …, largest first; −1 elsewhere.

    Raises
    ------
    ValueError
        A bad map, or an option out of range.
    """
    if not 0 <= min_length < np.inf:
        raise ValueError(f"min_length={min_length} must be a length of at least 0")
    labels = _groups(wafer_map, diagonal)
    points, groups = np.argwhere(labels >= 0), labels[labels >= 0]
    if not len(points):
        return labels

    limit = min_length - _HAIR * max(1, min_length)
    sizes = np.bincount(groups)
    least = _straight(points, groups, diagonal)
    keep = least >= limit
    # no path is longer than one through all dies of a group, and in a full rectangle none is longer than the
    # straight one; what lies between both bounds is measured
    sides = [np.subtract(*group_range(groups, axis)[::-1]) + 1 for axis in points.T]
    open_ = ~keep & ((sizes - 1) * diagonal >= limit) & (sizes < sides[0] * sides[1])
    if open_.any():
        parts = np.split(points[np.argsort(groups, kind="stable")], np.cumsum(sizes)[:-1])
        for group in np.flatnonzero(open_):
            keep[group] = _reaches(parts[group], diagonal, limit)
    rank = np.where(keep, np.cumsum(keep) - 1, -1)  # the groups are in order already
    return np.append(rank, -1).astype(np.int32)[labels]


def path_lengths(wafer_map: ArrayLike, *, diagonal: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Measure every group of touching defective dies.

    The time grows with the square of a group's size; `connecting_path` avoids that where it can.

    Parameters
    ----------
    wafer_map : array_like, (H, W)
    diagonal : float, default 1
        As for `connecting_path`.

    Returns
    -------
    labels : ndarray of int32, (H, W)
        All groups, single dies included, largest first; −1 elsewhere.
    lengths : ndarray of float64, (groups,)
        Their geodesic diameters.
    """
    labels = _groups(wafer_map, diagonal)
    steps = [_steps(np.argwhere(labels == k), diagonal) for k in range(labels.max() + 1)]
    return labels, np.array([dijkstra(group).max() for group in steps])


def _groups(wafer_map: ArrayLike, diagonal: float) -> np.ndarray:
    if not 1 <= diagonal <= 2:
        raise ValueError(f"diagonal={diagonal} must lie between 1 (steps) and 2; √2 is Euclidean")
    return preliminary_clusters(check_map(wafer_map), noise_size=0)[0]


def _straight(points: np.ndarray, groups: np.ndarray, diagonal: float) -> np.ndarray:
    """Return how far apart two dies of each group are, if the way were free: no path between them is shorter.

    The free way has as many steps over a corner as fit, ``max(|r|, |c|) + (diagonal - 1) min(|r|, |c|)``. For
    diagonals up to 2 it is the largest of ``±r ± (diagonal - 1) c`` and ``±(diagonal - 1) r ± c``, so the
    farthest two dies lie at the ends of one of these sums.
    """
    rows, columns = points.T
    slope = diagonal - 1
    sums = (rows + slope * columns, rows - slope * columns, slope * rows + columns, slope * rows - columns)
    return np.max([np.subtract(*group_range(groups, one)[::-1]) for one in sums], axis=0)


def _reaches(points: np.ndarray, diagonal: float, limit: float) -> bool:
    """Return whether two dies of one connected group are at least ``limit`` apart along it."""
    graph = _steps(points, diagonal)
    end, farthest = 0, np.zeros(len(points))
    for _ in range(_SWEEPS):  # find an end, then the die that is nearest to all ends so far, then its far end
        from_end = dijkstra(graph, indices=end)
        farthest = np.maximum(farthest, from_end)
        from_middle = dijkstra(graph, indices=farthest.argmin())
        if max(from_end.max(), from_middle.max()) >= limit:
            return True
        end = from_middle.argmax()
    # of two dies that far apart, one is at least half as far from any third die, the middle one too
    far = np.flatnonzero(from_middle >= limit / 2)
    rows = max(1, _BLOCK // len(points))
    return any(
        dijkstra(graph, indices=far[start : start + rows]).max() >= limit
        for start in range(0, len(far), rows)
    )


def _steps(points: np.ndarray, diagonal: float) -> csr_array:
    """Return the lengths of the steps between touching dies, each once: sparse (n, n)."""
    pairs = KDTree(points).query_pairs(1.5, output_type="ndarray")
    over_corner = (points[pairs[:, 0]] != points[pairs[:, 1]]).all(axis=1)
    lengths = np.where(over_corner, diagonal, 1.0)
    lengths = np.concatenate([lengths, lengths])
    ends = np.concatenate([pairs, pairs[:, ::-1]]).T
    return csr_array(coo_array((lengths, tuple(ends)), shape=(len(points),) * 2))
