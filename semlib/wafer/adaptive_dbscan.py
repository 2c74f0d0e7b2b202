"""DBSCAN that chooses Eps and MinPts for each map: inspired by SA-DBSCAN, whose formula is not public.

Paper 2 cites Chen et al. (2021), doi:10.1016/j.microrel.2021.114183: "The algorithm uses a comprehensive
index of inter-cluster density and intra-cluster density to select optimal parameters" (section 1). No more
than this sentence is theirs. Ours are the grid, the two densities, the index that joins them, and its ties;
so what this module finds says nothing about the published method.

The densities of a kept die are taken in the square window about it, itself left out, over the places that are
dies: *intra* is the share that its own cluster fills, *inter* the share of all other defective dies, removed
ones included. The index of a clustering is

    J = Σ_kept (intra − inter − p) / (number of defective dies),

where p is the share of the wafer's dies that are defective, which is what a window holds by chance. So a die
should be kept where its cluster is denser than the wafer; what lies near a cluster and is not in it counts
against it, and so does a pattern that is thrown away.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import sqrt

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import ndimage
from scipy.spatial import KDTree

from semlib.wafer.clusters import joined, largest_first, squared_radii
from semlib.wafer.maps import DEFECTIVE, check_map

#: The grid: each Eps that a neighbourhood of up to 5×5 dies can have, and MinPts from a path to half of one.
EPS = (sqrt(2), 2.0, sqrt(5), sqrt(8))
MIN_SAMPLES = (3, 4, 5, 6, 8, 10, 12)
_TIE = 1e-12


def sa_dbscan(
    wafer_map: ArrayLike,
    *,
    eps: Sequence[float] = EPS,
    min_samples: Sequence[int] = MIN_SAMPLES,
    window: int = 5,
) -> np.ndarray:
    """Cluster the defective dies by DBSCAN with the Eps and MinPts of the largest index J.

    Parameters
    ----------
    wafer_map : array_like, (H, W)
    eps, min_samples : sequence of numbers
        The grid. Of equal J the first counts, in the order of ``eps``, then of ``min_samples``.
    window : int, default 5
        Side of the window of the densities, odd, at least 3.

    Returns
    -------
    ndarray of int32, (H, W)
        Labels as in :mod:`semlib.wafer.filters`. A map of nothing but noise may lose all of it: J is 0 then.

    Raises
    ------
    ValueError
        A bad map, an empty grid, or an option out of range.
    """
    return _best(wafer_map, eps, min_samples, window)[0]


def sa_dbscan_table(
    wafer_map: ArrayLike,
    *,
    eps: Sequence[float] = EPS,
    min_samples: Sequence[int] = MIN_SAMPLES,
    window: int = 5,
) -> pd.DataFrame:
    """Return the index of every point of the grid; arguments as for `sa_dbscan`.

    Returns
    -------
    DataFrame
        A row each, in the order of the grid: ``eps``, ``min_samples``, the number of clusters ``num``, the
        number of kept dies ``kept``, ``index`` (J), and ``chosen``, true for one row.
    """
    return _best(wafer_map, eps, min_samples, window)[1]


def density_index(wafer_map: ArrayLike, labels: ArrayLike, *, window: int = 5) -> float:
    """Return J, the index of a clustering; see the module's description. 0 where nothing is kept.

    Parameters
    ----------
    wafer_map : array_like, (H, W)
    labels : array_like of int, (H, W)
        Each die's cluster, negative where it is not kept.
    window : int, default 5
        Side of the window, odd, at least 3.
    """
    dies = _Dies(wafer_map, window, reach=0)
    labels = np.asarray(labels)
    if labels.shape != dies.shape:
        raise ValueError(f"labels has the shape {labels.shape}, the wafer_map {dies.shape}")
    if wrong := int((labels >= 0).sum() - (labels[tuple(dies.points.T)] >= 0).sum()):
        raise ValueError(f"labels has a cluster at {wrong} places where the wafer_map is not defective")
    return dies.index(labels[tuple(dies.points.T)])


class _Dies:
    """The defective dies of a map, and which of them are near each other: all that the grid needs."""

    def __init__(self, wafer_map: ArrayLike, window: int, reach: float) -> None:
        checked = check_map(wafer_map)
        if window < 3 or window % 2 != 1:
            raise ValueError(f"window={window} must be odd and at least 3")
        self.shape = checked.shape
        self.points = np.argwhere(checked == DEFECTIVE)
        self.n = len(self.points)
        half = window // 2
        far = max(reach, sqrt(2) * half)
        tree = KDTree(self.points) if self.n else None
        self.pairs = tree.query_pairs(far + 1e-9, output_type="ndarray") if tree else np.empty((0, 2), int)
        apart = self.points[self.pairs[:, 0]] - self.points[self.pairs[:, 1]]
        self.squared = (apart**2).sum(axis=1)
        self.seen = self.pairs[(np.abs(apart) <= half).all(axis=1)]

        is_die = checked > 0
        ones = np.ones((window, window), np.int64)
        around = ndimage.convolve(is_die.astype(np.int64), ones, mode="constant")[tuple(self.points.T)] - 1
        self.places = np.maximum(around, 1)
        self.chance = self.n / is_die.sum()

    def dbscan(self, eps: float, min_samples: int) -> np.ndarray:
        """Return each die's cluster, −1 for noise, numbered as scikit-learn's DBSCAN does."""
        pairs = self.pairs[self.squared <= (eps * (1 + 1e-9)) ** 2]
        core = np.bincount(pairs.ravel(), minlength=self.n) + 1 >= min_samples
        found = np.full(self.n, self.n)
        groups = joined(pairs[core[pairs].all(axis=1)], self.n)[core]
        _, first, groups = np.unique(groups, return_index=True, return_inverse=True)
        found[core] = first[groups]  # a cluster's first core die stands for it
        ends = np.concatenate([pairs, pairs[:, ::-1]])
        ends = ends[core[ends[:, 0]] & ~core[ends[:, 1]]]
        np.minimum.at(found, ends[:, 1], found[ends[:, 0]])  # the cluster that comes first has the border
        _, found[found < self.n] = np.unique(found[found < self.n], return_inverse=True)
        return np.where(found < self.n, found, -1)

    def index(self, found: np.ndarray) -> float:
        """Return J of the dies' clusters."""
        kept = found >= 0
        if not kept.any():
            return 0.0
        a, b = self.seen.T
        together = self.seen[(found[a] == found[b]) & kept[a]]
        own, all_near = (np.bincount(pairs.ravel(), minlength=self.n) for pairs in (together, self.seen))
        gain = (2 * own - all_near) / self.places - self.chance  # intra − inter − p
        return float(gain[kept].sum() / self.n)


def _best(
    wafer_map: ArrayLike, eps: Sequence[float], min_samples: Sequence[int], window: int
) -> tuple[np.ndarray, pd.DataFrame]:
    """Return the labels of the best point of the grid, and the table of all."""
    if not len(eps) or not len(min_samples):
        raise ValueError(f"eps={eps!r} and min_samples={min_samples!r} must both have a value to try")
    if not all(radius > 0 for radius in eps) or not all(least >= 1 for least in min_samples):
        raise ValueError(f"eps={eps!r} must be above 0, and min_samples={min_samples!r} at least 1")
    dies = _Dies(wafer_map, window, reach=max(eps))
    rows, best, chosen, at = [], -np.inf, np.empty(0, int), 0
    for radius, least in product(eps, min_samples):
        found = dies.dbscan(radius, least)
        index = dies.index(found)
        rows.append((radius, least, int(found.max(initial=-1)) + 1, int((found >= 0).sum()), index))
        if index > best + _TIE:
            best, chosen, at = index, found, len(rows) - 1
    table = pd.DataFrame(rows, columns=["eps", "min_samples", "num", "kept", "index"])
    return _on_map(dies, chosen), table.assign(chosen=table.index == at)


def _on_map(dies: _Dies, found: np.ndarray) -> np.ndarray:
    labels = np.full(dies.shape, -1, np.int32)
    kept = dies.points[found >= 0]
    labels[tuple(kept.T)] = largest_first(found[found >= 0], squared_radii(kept, dies.shape))
    return labels
