"""Which cores and clusters make each label, and the distances from every die to it, for each Num."""

from __future__ import annotations

import numpy as np

from semlib.wafer._fast._jit import inlined, inner
from semlib.wafer._fast._vector import WIDE
from semlib.wafer._fast.distances import add_sums, compressed
from semlib.wafer._fast.order import by_group, taken
from semlib.wafer._fast.tiles import add_tiled_sums


@inner
def alike(into, n_cores):
    """Group the clusters that are no core for any number, and join the same cores for all.

    Returns
    -------
    group : ndarray of int32, (C,)
        -1 for a core of some number, and for a cluster that is always removed.
    members : ndarray of int32, (nums, G) or more
        The core that a group joins, or -1.
    n : int
        G.
    """
    nums, count = into.shape
    group = np.empty(count, np.int32)
    members = np.empty((nums, count), np.int32)
    n = 0
    for j in range(count):
        group[j] = -1
        kept = False
        for x in range(nums):
            kept = kept or into[x, j] >= 0
        if not kept or j < n_cores:
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
    return group, members, n


@inner
def label_sums(into, low, cores, runs, starts, blocks, slot, pieces, table, tiles):
    """Return the distances from every die to the dies of each label, for each number of clusters.

    Labels of the same dies share a row: the most are a core alone, or as for the number before.

    Parameters
    ----------
    into : ndarray of int32, (nums, C)
        From `semlib.wafer._fast.whole.decide`.
    cores : ndarray of float64, (K, dies)
        From `semlib.wafer._fast.whole.core_sums`, which takes the same of what follows.

    Returns
    -------
    sums : ndarray of float64, (S, dies)
    lines : ndarray of int64, (nums, K)
        For each number and label the row of ``sums``.
    """
    nums, (n_cores, dies) = len(into), cores.shape
    group, members, n_groups = alike(into, n_cores)
    groups = np.empty((n_groups, dies))
    order, at = by_group(group, n_groups)
    row, place, begins = pieces
    for g in range(n_groups):
        clusters = order[at[g] : at[g + 1]]
        one = np.zeros(WIDE * len(blocks[0]))
        if tiles is None:
            chosen = joined(clusters, begins)
            rows, places = np.empty(len(chosen), row.dtype), np.empty(len(chosen), place.dtype)
            for p in range(len(chosen)):
                rows[p], places[p] = row[chosen[p]], place[chosen[p]]
            add_sums(one, blocks, rows, places, table)
        else:
            add_tiled_sums(one, blocks, taken(runs, joined(clusters, starts)), tiles, table)
        compressed(groups[g], one, slot, runs)

    lines = np.empty((nums, n_cores), np.int64)
    new = n_cores
    for x in range(nums):
        for k in range(low + x):
            lines[x, k] = k if alone(into[x], members[x], n_cores, n_groups, k) else new
            if lines[x, k] == new and x and as_before(into, members, n_cores, n_groups, x, k):
                lines[x, k] = lines[x - 1, k]
            new += lines[x, k] == new
    sums = np.zeros((new, dies))
    for k in range(n_cores):
        add_to(sums[k], cores[k])
    for x in range(nums):
        for k in range(low + x):
            at = lines[x, k]
            if at == k or (x and k < low + x - 1 and lines[x - 1, k] == at):
                continue
            add_to(sums[at], cores[k])
            for j in range(n_cores):
                if j != k and into[x, j] == k:
                    add_to(sums[at], cores[j])
            for g in range(n_groups):
                if members[x, g] == k:
                    add_to(sums[at], groups[g])
    return sums, lines


@inner
def joined(clusters, starts):
    """Return the indices of what belongs to some clusters, given where that of each one begins."""
    n = 0
    for j in clusters:
        n += starts[j + 1] - starts[j]
    result = np.empty(n, np.int64)
    n = 0
    for j in clusters:
        for i in range(starts[j], starts[j + 1]):
            result[n] = i
            n += 1
    return result


@inlined
def alone(into, members, n_cores, n_groups, k):
    """Tell whether nothing joins core k."""
    found = 0
    for j in range(n_cores):
        found += j != k and into[j] == k
    for g in range(n_groups):
        found += members[g] == k
    return found == 0


@inlined
def as_before(into, members, n_cores, n_groups, x, k):
    """Tell whether core k is joined by the same for this number of clusters and for the one before."""
    changed = 0
    for j in range(n_cores):
        changed += (into[x, j] == k) != (into[x - 1, j] == k)
    for g in range(n_groups):
        changed += (members[x, g] == k) != (members[x - 1, g] == k)
    return changed == 0


@inner
def add_to(sums, others):
    """Add one line of numbers to another."""
    for c in range(len(sums)):
        sums[c] += others[c]
