"""What NPFC is compared with, by name, and the values that a sweep tries for each method's parameter.

The values are ours. The paper gives them for DBSCAN only (√2 and 3, section 1), and says that connecting-path
filtering and adjacency clustering have to be set by hand.

iWMM filters nothing. As Kim, Lee and Kim (2018) have it, whom the paper cites for both, it clusters what
connecting-path filtering leaves of a map. It is a Markov chain, thousands of times slower than the others.
Sweeps leave it out unless they are asked for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from math import sqrt
from typing import Any

import numpy as np

from semlib.wafer.adaptive_dbscan import sa_dbscan
from semlib.wafer.adjacency import adjacency_cut
from semlib.wafer.connecting_path import connecting_path
from semlib.wafer.filters import (
    dbscan,
    hdbscan,
    keep_all,
    kmeans,
    labels_to_filtered,
    mean_filter,
    median_filter,
    merge_and_size_floor,
)
from semlib.wafer.iwmm import iwmm
from semlib.wafer.maps import DEFECTIVE
from semlib.wafer.npfc import npfc

Outcome = tuple[np.ndarray, np.ndarray | None]


@dataclass(frozen=True)
class Comparator:
    """A method, and the values of its parameter that a sweep tries.

    Attributes
    ----------
    run : callable
        ``run(wafer_map, **value)`` returns the filtered map, and labels or None where it makes no clusters.
    parameter : str
        What is swept, in words; "" where nothing is.
    values : mapping of str to dict
        The keywords of each value, by the name that tables and figures show, in the order of the grid.
    chosen_by : str
        The score, the larger the better, that :func:`semlib.wafer.sweeps.choose` looks at.
    slow : bool
        Whether it takes seconds a map; a sweep runs it only where it is named.
    """

    run: Callable[..., Outcome]
    parameter: str = ""
    values: Mapping[str, dict[str, Any]] = field(default_factory=lambda: {"": {}})
    chosen_by: str = "f1"
    slow: bool = False


def iwmm_after_path(wafer_map: np.ndarray, **options: Any) -> np.ndarray:
    """Cluster the dies that connecting-path filtering leaves by iWMM: labels as in `semlib.wafer.filters`.

    Parameters
    ----------
    wafer_map : array_like, (H, W)
    **options
        Of :func:`semlib.wafer.iwmm.iwmm`. Unlike there 300 iterations are run, on at most 100 dies, and no
        progress is shown. Where the filter leaves nothing, there is no cluster.
    """
    kept = labels_to_filtered(wafer_map, connecting_path(wafer_map))
    if not (kept == DEFECTIVE).any():
        return np.full(kept.shape, -1, np.int32)
    return iwmm(kept, **({"n_iter": 300, "max_dies": 100, "progress": False} | options))


def _filter(apply: Callable[..., np.ndarray], wafer_map: np.ndarray, **options: Any) -> Outcome:
    return apply(wafer_map, **options), None


def _clusters(apply: Callable[..., np.ndarray], wafer_map: np.ndarray, **options: Any) -> Outcome:
    labels = apply(wafer_map, **options)
    return labels_to_filtered(wafer_map, labels), labels


def _npfc(wafer_map: np.ndarray) -> Outcome:
    result = npfc(wafer_map)
    return result.filtered, result.labels


def _adjacency(wafer_map: np.ndarray, **options: Any) -> Outcome:
    cut = adjacency_cut(wafer_map, **options)
    return cut.filtered, cut.labels


def _grid(name: str, *values: float) -> dict[str, dict[str, Any]]:
    return {f"{value:g}": {name: value} for value in values}


_SIZES = ("side of the window", _grid("size", 3, 5, 7))
_DBSCAN = {
    f"{name}, {least}": {"eps": eps, "min_samples": least}
    for name, eps, all_least in (
        ("1", 1.0, (2, 3)),
        ("√2", sqrt(2), (2, 3, 4, 5, 6)),
        ("2", 2.0, (4, 6, 8)),
        ("√8", sqrt(8), (6, 9, 12)),
    )
    for least in all_least
}

#: The methods by name; the first two have no parameter to sweep, the last is a control.
COMPARATORS: dict[str, Comparator] = {
    "do nothing": Comparator(partial(_clusters, keep_all)),
    "NPFC": Comparator(_npfc),
    "median": Comparator(partial(_filter, median_filter), *_SIZES),
    "median, dies only": Comparator(partial(_filter, median_filter, wafer_aware=True), *_SIZES),
    "mean": Comparator(partial(_filter, mean_filter), *_SIZES),
    "mean, dies only": Comparator(partial(_filter, mean_filter, wafer_aware=True), *_SIZES),
    # it keeps every die, so F1 cannot choose
    "K-means": Comparator(partial(_clusters, kmeans), "k", _grid("k", 1, 2, 3, 4, 5, 6), "ari"),
    "DBSCAN": Comparator(partial(_clusters, dbscan), "Eps, MinPts", _DBSCAN),
    "SA-DBSCAN (inspired by)": Comparator(
        partial(_clusters, sa_dbscan), "window of the index", _grid("window", 3, 5, 7)
    ),
    "connecting path": Comparator(
        partial(_clusters, connecting_path), "length", _grid("min_length", 2, 3, 4, 5, 6, 8, 10, 14)
    ),
    "adjacency clustering": Comparator(
        _adjacency, "u / w", _grid("u", 0.1, 0.13, 0.15, 0.17, 0.2, 0.24, 0.3, 0.4)
    ),
    # the filter decides which dies stay, so F1 cannot choose here either
    "iWMM after connecting path": Comparator(
        partial(_clusters, iwmm_after_path), "η", _grid("eta", 0.1, 1, 10), "ari", slow=True
    ),
    "HDBSCAN": Comparator(
        partial(_clusters, hdbscan), "smallest cluster", _grid("min_cluster_size", 3, 5, 8, 12, 20, 30)
    ),
    "√8 merge, size floor": Comparator(
        partial(_clusters, merge_and_size_floor), "fewest dies", _grid("min_dies", 3, 5, 8, 10, 15, 20, 30)
    ),
}

#: Those that are not slow: what a sweep runs unless it is told.
FAST = {name: method for name, method in COMPARATORS.items() if not method.slow}
