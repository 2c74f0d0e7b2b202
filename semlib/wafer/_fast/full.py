"""What :func:`semlib.wafer.npfc.npfc` shows of one map, compiled: pictures, distances, and scores."""

from __future__ import annotations

import numpy as np

from semlib.wafer._fast._jit import compiled
from semlib.wafer._fast.distances import distance_table, find_pieces
from semlib.wafer._fast.labels import label_sums
from semlib.wafer._fast.order import rank_groups
from semlib.wafer._fast.scores import score
from semlib.wafer._fast.whole import (
    as_floats,
    core_sums,
    extremes,
    mean_distances,
    paint,
    prepare,
    sorted_runs,
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
    row, begin, end = every
    place = np.empty(len(small), np.int32)  # of each run among those that are no noise
    first = np.empty(len(cluster), np.int32)
    n = 0
    for i in range(len(small)):
        if small[i]:
            for c in range(begin[i], end[i] + 1):
                noise[row[i], c] = True
            continue
        place[i] = n
        first[n] = place[parent[i]]  # a component's first run comes first, so its place is known
        n += 1
    paint(preliminary, runs, rank_groups(runs, first, cells.shape)[0])
    return preliminary, merged, noise, radius, counts, runs, cluster, table, entries


@compiled
def distances_between(runs, cluster, table, high, height, width, tiles):
    """Return nDist², fDist² and mDist of at most ``high`` cores and all clusters, each float64 (K, C).

    Also what `scores_of` needs of it: the table of distances, the cores' sums ``tiles`` as in
    `semlib.wafer._fast.many.all_maps`.
    """
    sizes = table[0]
    count = len(sizes)
    n_cores = min(high, count)
    if tiles is not None:
        height = width = 2 * len(tiles.along[-1])
    distances = distance_table(height, width)
    grouped, starts, blocks, slot = sorted_runs(runs, cluster, count, tiles)
    pieces = find_pieces(grouped, starts, distances)
    dies = 0
    for size in sizes:
        dies += size
    sums = core_sums(grouped, starts, blocks, slot, pieces, n_cores, dies, distances, tiles)
    floats = as_floats(grouped)
    near, far = np.empty((n_cores, count)), np.empty((n_cores, count))
    found = np.empty((2, n_cores))
    for j in range(count):
        extremes(found, floats, starts, j)
        for k in range(n_cores):
            near[k, j], far[k, j] = found[0, k], found[1, k]
    return near, far, mean_distances(sums, sizes), distances, sums


@compiled
def scores_of(into, low, runs, cluster, table, counts, distances, cores, tiles):
    """Return S, D, M, SD (with the default options of eq. 4) and removed dies: float64 (nums, 5)."""
    sizes = table[0]
    grouped, starts, blocks, slot = sorted_runs(runs, cluster, len(sizes), tiles)
    pieces = find_pieces(grouped, starts, distances)
    sums, lines = label_sums(into, low, cores, grouped, starts, blocks, slot, pieces, distances, tiles)
    return score(into, low, sizes, counts, sums, lines, 0, 0)
