"""NPFC of one map, compiled, in the steps that :mod:`semlib.wafer.npfc` has too, but for the scores."""

from __future__ import annotations

import numpy as np

from semlib.wafer._fast._jit import inner
from semlib.wafer._fast._vector import WIDE
from semlib.wafer._fast.distances import add_sums, compressed, find_blocks, nearest_and_farthest, total
from semlib.wafer._fast.order import by_group, rank_groups, taken
from semlib.wafer._fast.rules import chosen_core, com_of_union, overlaps
from semlib.wafer._fast.runs import find_runs, merge, touching
from semlib.wafer._fast.tiles import add_tiled_sums, split

_TIE = 1e-9  # as in npfc and closeness: what rounding may change is equal


@inner
def prepare(cells, noise_size):
    """Do section 2.2.1 and the pre-merge.

    Returns
    -------
    every : tuple of ndarray, (N,)
        All runs.
    parent, small : ndarray of int32 and bool, (N,)
        The first run of each one's 8-connected component, and whether that is noise.
    counts, radius
        From `find_runs`.
    runs : tuple of ndarray, (n,)
        The runs that are no noise, in raster order.
    cluster : ndarray of int32, (n,)
        Each one's cluster, largest first.
    table : ndarray of int64, (3, C)
        From `rank_groups`.
    entries : ndarray of int64, (C, 5)
        How many of each cluster's path distances are 1, √2, 2, √5, √8.
    """
    every, counts, radius = find_runs(cells)
    parent, size, found = touching(every)
    n = len(parent)
    small = np.empty(n, np.bool_)
    kept, place = np.empty(n, np.int32), np.empty(n, np.int32)
    m = 0
    for i in range(n):
        small[i] = size[parent[i]] <= noise_size
        kept[m], place[i] = i, m
        m += not small[i]
    kept = kept[:m]
    runs = taken(every, kept)
    joined, sizes, entries = np.empty(m, np.int32), np.empty(m, np.int64), np.empty((m, 5), np.int64)
    for i in range(m):
        joined[i], sizes[i] = place[parent[kept[i]]], size[kept[i]]
        for step in range(5):
            entries[i, step] = found[kept[i], step]
    merge(runs, joined, sizes, entries)
    cluster, table = rank_groups(runs, joined, cells.shape)
    sums = np.zeros((table.shape[1], 5), np.int64)
    for i in range(m):
        for step in range(5):
            sums[cluster[i], step] += entries[i, step]
    return every, parent, small, counts, radius, runs, cluster, table, sums


@inner
def sorted_runs(runs, cluster, count, tiles):
    """Return the runs by cluster, where each cluster begins, and the blocks with every run's slot.

    With tiles the runs are cut where those end.
    """
    if tiles is None:
        blocks, slot = find_blocks(runs, 2**30)
    else:
        runs, cluster = split(runs, cluster, len(tiles.along[0]))
        blocks, slot = find_blocks(runs, len(tiles.along[0]))
    order, starts = by_group(cluster, count)
    places = np.empty(len(slot), np.int32)
    for i in range(len(slot)):
        places[i] = slot[order[i]]
    return taken(runs, order), starts, blocks, places


@inner
def part(runs, begin, end):
    """Return some of the runs."""
    return runs[0][begin:end], runs[1][begin:end], runs[2][begin:end]


@inner
def core_sums(runs, starts, blocks, slot, pieces, n_cores, dies, distances, tiles):
    """Return the distances from every die to each core's dies: float64 (K, dies); the dies by cluster."""
    row, place, begins = pieces
    sums = np.empty((n_cores, dies))
    one = np.empty(WIDE * len(blocks[0]))
    for k in range(n_cores):
        for c in range(len(one)):
            one[c] = 0.0
        if tiles is None:
            begin, end = begins[k], begins[k + 1]
            add_sums(one, blocks, row[begin:end], place[begin:end], distances)
        else:
            add_tiled_sums(one, blocks, part(runs, starts[k], starts[k + 1]), tiles, distances)
        compressed(sums[k], one, slot, runs)
    return sums


@inner
def mean_distances(sums, sizes):
    """Return mDist of each core and each cluster (eq. 7): float64 (K, C)."""
    means = np.empty((len(sums), len(sizes)))
    for k in range(len(sums)):
        begin = 0
        for j in range(len(sizes)):
            end = begin + sizes[j]
            means[k, j] = total(sums[k, begin:end]) / (sizes[k] * sizes[j])
            begin = end
    return means


@inner
def as_floats(runs):
    """Return the runs as floats, for `nearest_and_farthest`."""
    n = len(runs[0])
    row, first, last = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        row[i], first[i], last[i] = runs[0][i], runs[1][i], runs[2][i]
    return row, first, last


@inner
def extremes(found, runs, starts, j):
    """Write the squared nDist and fDist of cluster j and each core (eq. 5-6): float64 (2, K)."""
    own = part(runs, starts[j], starts[j + 1])
    for k in range(found.shape[1]):
        core = part(runs, starts[k], starts[k + 1])
        found[0, k], found[1, k] = nearest_and_farthest(own, core)


@inner
def decide(runs, starts, table, entries, means, radius, low, covers, invert):
    """Return the core that each cluster joins: int32 (nums, C).

    One row for each number of clusters low ... K; -1 where the cluster is removed, its own number for a core.
    What the last rule asks for is computed only where that rule is reached.

    Parameters
    ----------
    runs : tuple of ndarray of float64
        By cluster; from `as_floats`.
    covers : bool
        As in `semlib.wafer.npfc_types.NpfcOptions`.
    invert : bool
        Den = 1 / com; else com.
    """
    n_cores, count = means.shape
    into = np.empty((n_cores - low + 1, count), np.int32)
    f1 = np.empty(n_cores, np.bool_)
    den, near_far = np.empty(n_cores), np.empty((2, n_cores))
    below = radius * (1 - _TIE)
    for j in range(count):
        known = False
        for k in range(n_cores):
            f1[k] = overlaps(table, k, j, covers) and means[k, j] < below
        for num in range(low, n_cores + 1):
            if j < num:
                into[num - low, j] = j
                continue
            n_close, chosen = 0, -1
            for k in range(num):
                if f1[k]:
                    n_close += 1
                    chosen = k
            if n_close > 1:
                if not known:
                    known = True
                    extremes(near_far, runs, starts, j)
                    for k in range(n_cores):
                        com = com_of_union(table[0, k], table[0, j], entries[k], entries[j], near_far[0, k])
                        den[k] = 1 / com if invert else com
                chosen = chosen_core(num, f1, near_far[0], near_far[1], den)
            into[num - low, j] = chosen
    return into


@inner
def best_row(scores):
    """Return the first row whose SD is the largest, but for rounding."""
    largest = scores[0, 3]
    for x in range(1, len(scores)):
        largest = max(largest, scores[x, 3])
    x = 0
    while scores[x, 3] < largest - _TIE:
        x += 1
    return x


@inner
def label_ranks(into, table, num):
    """Return the label of each cluster: cores by their final size, equal ones by their number; -1 stays."""
    sizes = np.zeros(num, np.int64)
    for j in range(len(into)):
        if into[j] >= 0:
            sizes[into[j]] += table[0, j]
    label = np.empty(num, np.int32)
    for k in range(num):
        label[k] = 0
        for other in range(num):
            if sizes[other] > sizes[k] or (sizes[other] == sizes[k] and other < k):
                label[k] += 1
    result = np.empty(len(into), np.int32)
    for j in range(len(into)):
        result[j] = label[into[j]] if into[j] >= 0 else -1
    return result


@inner
def paint(image, runs, values):
    """Write each run's value into an image."""
    row, first, last = runs
    for i in range(len(row)):
        for c in range(first[i], last[i] + 1):
            image[row[i], c] = values[i]
