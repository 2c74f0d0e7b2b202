"""The steps of NPFC between a map and its decisions: in NumPy with every option, and in compiled loops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semlib.wafer import clusters as grouping
from semlib.wafer import compactness as eq8
from semlib.wafer import sd_index
from semlib.wafer.closeness import Relations
from semlib.wafer.maps import DEFECTIVE, GOOD, die_radius
from semlib.wafer.npfc_types import NpfcOptions, NumScore

if TYPE_CHECKING:
    from semlib.wafer._fast.far import Tiles

_LARGE = 350 * 350  # cells; smaller maps are faster without tiles
_SIDES = 24, 48, 96  # of tiles: smaller ones leave fewer near dies, but more pairs of tiles


@dataclass(frozen=True)
class Steps:
    """Everything that does not depend on Num, and how to score a choice of clusters.

    Attributes
    ----------
    preliminary, merged, noise, radius
        As in `semlib.wafer.npfc_types.NpfcResult`.
    relations : Relations or None
        None where there are fewer than two clusters.
    score : callable
        Takes the label of each cluster for each number of clusters, int (nums, C), -1 where it is removed and
        its own number for a core; returns a `NumScore` for each row.
    """

    preliminary: np.ndarray
    merged: np.ndarray
    noise: np.ndarray
    radius: float
    relations: Relations | None
    score: Callable[[np.ndarray], list[NumScore]] | None


def steps_of(wafer_map: np.ndarray, options: NpfcOptions) -> Steps:
    """Take the compiled loops where they know the options, else NumPy."""
    return compiled_steps(wafer_map, options) if is_compiled(options) else numpy_steps(wafer_map, options)


def is_compiled(options: NpfcOptions) -> bool:
    """Tell whether the compiled loops know these options; the results are the same."""
    return (
        is_compiled_gap(options.gap)
        and options.silhouette == "mean"
        and options.mahalanobis == "pooled"
        and options.compactness in ("inverse_com", "com")
    )


def is_compiled_gap(gap: float) -> bool:
    """Tell whether the compiled pre-merge has this gap: √8 or more, less than 3, the next distance."""
    return 8 <= (gap + 1e-9) ** 2 < 9


def tiles_for(height: int, width: int) -> Tiles | None:
    """Return the tiles in which the compiled loops work on a large map; None for a small one."""
    if height * width < _LARGE:
        return None
    from semlib.wafer._fast.far import tiles_of

    return tiles_of(_SIDES)


def numpy_steps(wafer_map: np.ndarray, options: NpfcOptions) -> Steps:
    """Return the steps in NumPy: every option, and the readable account of what the compiled loops do."""
    preliminary, noise = grouping.preliminary_clusters(wafer_map, noise_size=options.noise_size)
    merged, pairs, squared = grouping.premerge(preliminary, gap=options.gap)
    radius = die_radius(wafer_map)
    if merged.max() < 1:
        return Steps(preliminary, merged, noise, radius, None, None)
    points = np.argwhere(merged >= 0)
    clusters = merged[merged >= 0]
    radii = np.sqrt(grouping.squared_radii(points, merged.shape)) / 2
    rmin, rmax = grouping.group_range(clusters, radii)
    sizes = np.bincount(clusters)
    starts = np.cumsum(sizes) - sizes

    order = np.argsort(clusters, kind="stable")
    dies = points[order].astype(float)
    distances = grouping.cluster_distances(dies, starts)
    sums = np.add.reduceat(distances.sums, starts, axis=0)
    n_dist = np.minimum.reduceat(distances.nearest, starts, axis=0)
    if options.compactness in eq8.EUCLIDEAN:
        moments = eq8.euclidean_unions(dies, starts, sums)
    else:
        moments = eq8.path_unions(pairs, squared, clusters, n_dist)

    cores = slice(options.num_range[1])
    relations = Relations(
        sizes=sizes,
        rmin=rmin,
        rmax=rmax,
        n_dist=n_dist[cores],
        f_dist=np.maximum.reduceat(distances.farthest, starts, axis=0)[cores],
        m_dist=(sums / np.outer(sizes, sizes))[cores],
        den=eq8.DEN[options.compactness](np.add.outer(sizes, sizes), moments)[cores],
        radius=radius,
    )

    def score(label_of: np.ndarray) -> NumScore:
        filtered = filtered_map(wafer_map, paint(label_of, merged))
        s = sd_index.silhouette(distances, clusters[order], label_of, b=options.silhouette)
        d = sd_index.MAHALANOBIS[options.mahalanobis](wafer_map, filtered)
        return _num_score(label_of, s, d, int((wafer_map != filtered).sum()), options)

    return Steps(
        preliminary, merged, noise, radius, relations, lambda choices: [score(row) for row in choices]
    )


def compiled_steps(wafer_map: np.ndarray, options: NpfcOptions) -> Steps:
    """Return the same from the compiled loops, for the options that `is_compiled` names."""
    from semlib.wafer._fast import full

    cells = np.ascontiguousarray(wafer_map)
    *images, radius, counts, runs, cluster, table, entries = full.pictures(cells, int(options.noise_size))
    preliminary, merged, noise = images
    if table.shape[1] < 2:
        return Steps(preliminary, merged, noise, radius, None, None)
    sizes, rmin, rmax = table[0], np.sqrt(table[1]) / 2, np.sqrt(table[2]) / 2
    high = int(options.num_range[1])
    tiles = tiles_for(*cells.shape)
    near, far, m_dist, *sums = full.distances_between(runs, cluster, table, high, *cells.shape, tiles)
    n_dist = np.sqrt(near)
    moments = eq8.path_unions_of_cores(entries, sizes, n_dist)
    relations = Relations(
        sizes=sizes,
        rmin=rmin,
        rmax=rmax,
        n_dist=n_dist,
        f_dist=np.sqrt(far),
        m_dist=m_dist,
        den=eq8.DEN[options.compactness](np.add.outer(sizes[: len(near)], sizes), moments),
        radius=radius,
    )

    def score(choices: np.ndarray) -> list[NumScore]:
        into = choices.astype(np.int32)
        low = int(into[0].max()) + 1  # the numbers of clusters follow each other
        found = full.scores_of(into, low, runs, cluster, table, counts, *sums, tiles)
        return [
            _num_score(row, float(s), float(d), int(removed), options)
            for row, (s, d, _, _, removed) in zip(into, found, strict=True)
        ]

    return Steps(preliminary, merged, noise, radius, relations, score)


def _num_score(label_of: np.ndarray, s: float, d: float, removed: int, options: NpfcOptions) -> NumScore:
    m = sd_index.SIMILARITY[options.similarity](d)
    return NumScore(int(label_of.max()) + 1, s, d, m, sd_index.COMBINE[options.combine](s, m), removed)


def paint(label_of: np.ndarray, merged: np.ndarray) -> np.ndarray:
    """Give every die its cluster's label; -1 outside the clusters."""
    return np.append(label_of, -1).astype(np.int32)[merged]


def filtered_map(wafer_map: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the map with every defective die that has no label set to 1."""
    return np.where((wafer_map == DEFECTIVE) & (labels < 0), np.uint8(GOOD), wafer_map)
