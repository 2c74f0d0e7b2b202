"""What :func:`semlib.wafer.npfc.npfc` shows of one map, compiled: pictures, distances, and scores."""

from __future__ import annotations

import numpy as np

from semlib.wafer._fast._jit import compiled
from semlib.wafer._fast.distances import cumulative_distances, find_segments
from semlib.wafer._fast.order import by_group, rank_groups
from semlib.wafer._fast.whole import (
    core_sums,
    extremes,
    label_sums,
    mean_distances,
    paint,
    prepare,
    score,
)


@compiled
def pictures(cells, noise_size):
    """Return preliminary clusters, merged clusters and noise as pictures, and what `prepare` found.

    Returns
    -------
    preliminary, merged : ndarray of int32, (H, W)
    noise : ndarray of bool, (H, W)
    radius : float
    counts, runs, cluster, table, entries
        From `prepare`.
    """
    every, parent, small, counts, radius, runs, cluster, table, entries = prepare(cells, noise_size)
    preliminary = np.full(cells.shape, -1, np.int32)
    merged = np.full(cells.shape, -1, np.int32)
    noise = np.zeros(cells.shape, np.bool_)
    paint(merged, runs, cluster)
    place = np.empty(every.shape[1], np.int32)  # of each run among those that are no noise
    first = np.empty(runs.shape[1], np.int32)
    n = 0
    for i in range(every.shape[1]):
        if small[i]:
            for c in range(every[1, i], every[2, i] + 1):
                noise[every[0, i], c] = True
            continue
        place[i] = n
        first[n] = place[parent[i]]  # a component's first run comes first, so its place is known
        n += 1
    paint(preliminary, runs, rank_groups(runs, first, cells.shape)[0])
    return preliminary, merged, noise, radius, counts, runs, cluster, table, entries


@compiled
def distances_between(runs, cluster, table, high, height, width):
    """Return nDist², fDist² (int64) and mDist of at most ``high`` cores and all clusters, each (K, C).

    Also what `scores_of` needs of it: the table of cumulative distances and the cores' sums.
    """
    count = table.shape[1]
    n_cores = min(high, count)
    order, starts = by_group(cluster, count)
    segments, slot, slots = find_segments(runs)
    cumulative = cumulative_distances(height, width)
    sums = core_sums(runs, order, starts, segments, slots, n_cores, cumulative)
    near = np.empty((n_cores, count), np.int64)
    far = np.empty((n_cores, count), np.int64)
    for j in range(count):
        found = extremes(runs, order, starts, n_cores, j)
        for k in range(n_cores):
            near[k, j], far[k, j] = found[0, k], found[1, k]
    return near, far, mean_distances(sums, runs, slot, order, starts, table), cumulative, sums


@compiled
def scores_of(into, low, runs, cluster, table, counts, cumulative, cores):
    """Return S, D, M, SD (with the default options of eq. 4) and removed dies: float64 (nums, 5)."""
    segments, slot, _ = find_segments(runs)
    sums = label_sums(into, low, cores, runs, cluster, segments, cumulative)
    return score(into, low, runs, cluster, slot, sums, table, counts, 0, 0)
