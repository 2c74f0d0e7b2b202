"""NPFC of one map, compiled, in the four steps that :mod:`semlib.wafer.npfc` has too."""

from __future__ import annotations

import numpy as np

from semlib.wafer._fast._jit import inner
from semlib.wafer._fast.distances import add_sums, nearest_and_farthest, sum_between
from semlib.wafer._fast.order import by_group, rank_groups
from semlib.wafer._fast.rules import chosen_core, com_of_union, overlaps
from semlib.wafer._fast.runs import find_runs, first_columns, merge, touching
from semlib.wafer._fast.scores import pooled_distance, silhouette, similarity_index

_SD_TIE = 1e-9  # as in npfc


@inner
def prepare(cells, noise_size):
    """Do section 2.2.1 and the pre-merge.

    Returns
    -------
    every, parent, small : ndarray of int32 (3, N), int32 (N,) and bool (N,)
        All runs, the first run of each one's 8-connected component, and whether that is noise.
    counts, radius
        From `find_runs`.
    runs, cluster : ndarray of int32, (3, n) and (n,)
        The runs that are no noise, and each one's cluster, largest first.
    table : ndarray of int64, (4, C)
        From `rank_groups`.
    entries : ndarray of int64, (C, 5)
        From `merge`.
    """
    every, counts, radius = find_runs(cells)
    parent, size = touching(every)
    n = every.shape[1]
    small = np.empty(n, np.bool_)
    runs = np.empty((3, n), np.int32)
    m = 0
    for i in range(n):
        small[i] = size[parent[i]] <= noise_size
        if not small[i]:
            for x in range(3):
                runs[x, m] = every[x, i]
            m += 1
    runs = first_columns(runs, m)
    joined, found = merge(runs)
    cluster, table = rank_groups(runs, joined, cells.shape)
    entries = np.empty((table.shape[1], 5), np.int64)
    for k in range(table.shape[1]):
        for step in range(5):
            entries[k, step] = found[table[3, k], step]
    return every, parent, small, counts, radius, runs, cluster, table, entries


@inner
def core_sums(runs, order, starts, segments, slots, n_cores, distances):
    """Return the distances from every slot to each core's dies: float64 (K, slots)."""
    sums = np.zeros((n_cores, slots))
    for k in range(n_cores):
        add_sums(sums[k], segments, runs, order[starts[k] : starts[k + 1]], distances)
    return sums


@inner
def mean_distances(sums, runs, slot, order, starts, table):
    """Return mDist of each core and each cluster (eq. 7): float64 (K, C)."""
    n_cores, count = len(sums), table.shape[1]
    means = np.empty((n_cores, count))
    for k in range(n_cores):
        for j in range(count):
            total = sum_between(sums[k], runs, slot, order[starts[j] : starts[j + 1]])
            means[k, j] = total / (table[0, k] * table[0, j])
    return means


@inner
def extremes(runs, order, starts, n_cores, j):
    """Return the squared nDist and fDist of cluster j and each core (eq. 5-6): int64 (2, K)."""
    found = np.empty((2, n_cores), np.int64)
    own = order[starts[j] : starts[j + 1]]
    for k in range(n_cores):
        found[0, k], found[1, k] = nearest_and_farthest(runs, order[starts[k] : starts[k + 1]], own)
    return found


@inner
def decide(runs, order, starts, table, entries, means, radius, low, covers, invert):
    """Return the core that each cluster joins: int32 (nums, C).

    One row for each number of clusters low ... K; -1 where the cluster is removed, its own number for a core.
    What the last rule asks for is computed only where that rule is reached.

    Parameters
    ----------
    covers : bool
        As in `semlib.wafer.npfc_types.NpfcOptions`.
    invert : bool
        Den = 1 / com; else com.
    """
    n_cores, count = means.shape
    into = np.empty((n_cores - low + 1, count), np.int32)
    f1 = np.empty(n_cores, np.bool_)
    den = np.empty(n_cores)
    for j in range(count):
        near_far = np.empty((2, 0), np.int64)
        for k in range(n_cores):
            f1[k] = overlaps(table, k, j, covers) and means[k, j] < radius
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
                if near_far.shape[1] == 0:
                    near_far = extremes(runs, order, starts, n_cores, j)
                    for k in range(n_cores):
                        com = com_of_union(table[0, k], table[0, j], entries[k], entries[j], near_far[0, k])
                        den[k] = 1 / com if invert else com
                chosen = chosen_core(num, f1, near_far[0], near_far[1], den)
            into[num - low, j] = chosen
    return into


@inner
def alike(into, n_cores):
    """Group the clusters that are no core for any number, and join the same cores for all.

    Returns
    -------
    group : ndarray of int32, (C,)
        -1 for a core of some number, and for a cluster that is always removed.
    members : ndarray of int32, (nums, G)
        The core that a group joins, or -1.
    """
    nums, count = into.shape
    group = np.empty(count, np.int32)
    members = np.empty((nums, max(count - n_cores, 0)), np.int32)
    n = 0
    for j in range(count):
        group[j] = -1
        if j < n_cores:
            continue
        kept = False
        for x in range(nums):
            kept = kept or into[x, j] >= 0
        if not kept:
            continue
        for g in range(n + 1):
            same = g < n
            for x in range(nums):
                same = same and members[x, g] == into[x, j]
            if same:
                group[j] = g
                break
        if group[j] < 0:
            group[j] = n
            for x in range(nums):
                members[x, n] = into[x, j]
            n += 1
    return group, first_columns(members, n)


@inner
def add_to(sums, others):
    """Add one line of numbers to another."""
    for c in range(len(sums)):
        sums[c] += others[c]


@inner
def label_sums(into, low, cores, runs, cluster, segments, distances):
    """Return the distances from every slot to the dies of each label, for each number of clusters.

    Returns
    -------
    ndarray of float64, (sum of the numbers, slots)
        The labels of the first number, then those of the second, and so on.
    """
    n_cores, slots = cores.shape
    group, members = alike(into, n_cores)
    n_groups = members.shape[1]
    of_run = np.empty(len(cluster), np.int32)
    for i in range(len(cluster)):
        of_run[i] = group[cluster[i]] + 1  # 0: none
    order, starts = by_group(of_run, n_groups + 1)
    total = 0
    for x in range(len(into)):
        total += low + x
    sums = np.empty((total, slots))
    begin = 0
    for x in range(len(into)):
        for k in range(n_cores):
            if k < low + x:
                for c in range(slots):
                    sums[begin + k, c] = cores[k, c]
            elif into[x, k] >= 0:
                add_to(sums[begin + into[x, k]], cores[k])
        begin += low + x
    one = np.empty(slots)
    for g in range(n_groups):
        for c in range(slots):
            one[c] = 0.0
        add_sums(one, segments, runs, order[starts[g + 1] : starts[g + 2]], distances)
        begin = 0
        for x in range(len(into)):
            if members[x, g] >= 0:
                add_to(sums[begin + members[x, g]], one)
            begin += low + x
    return sums


@inner
def score(into, low, runs, cluster, slot, sums, table, counts, similarity, combine):
    """Return S, D, M, SD and the number of removed dies for each number of clusters: float64 (nums, 5)."""
    result = np.empty((len(into), 5))
    label = np.empty(len(cluster), np.int32)
    begin = 0
    for x in range(len(into)):
        num = low + x
        sizes = np.zeros(num, np.int64)
        kept = 0
        for j in range(into.shape[1]):
            if into[x, j] >= 0:
                sizes[into[x, j]] += table[0, j]
                kept += table[0, j]
        removed = counts[2] - kept
        for i in range(len(cluster)):
            label[i] = into[x, cluster[i]]
        s = silhouette(runs, slot, label, sums[begin : begin + num], sizes)
        d = pooled_distance(counts[1], counts[2], removed, counts[0] + counts[1] + counts[2])
        m, sd = similarity_index(s, d, similarity, combine)
        result[x, 0], result[x, 1], result[x, 2], result[x, 3], result[x, 4] = s, d, m, sd, removed
        begin += num
    return result


@inner
def best_row(scores):
    """Return the first row whose SD is the largest, but for rounding."""
    largest = scores[0, 3]
    for x in range(1, len(scores)):
        largest = max(largest, scores[x, 3])
    x = 0
    while scores[x, 3] < largest - _SD_TIE:
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
    for i in range(runs.shape[1]):
        for c in range(runs[1, i], runs[2, i] + 1):
            image[runs[0, i], c] = values[i]
