"""The order of clusters, largest first, as :func:`semlib.wafer.clusters.largest_first` has it."""

from __future__ import annotations

import numpy as np

from semlib.wafer._fast._jit import inner


@inner
def rank_groups(runs, parent, shape):
    """Number groups of runs anew: 0 is the largest; equal sizes by rmin, then rmax, then the raster order.

    Parameters
    ----------
    runs : ndarray of int32, (3, n)
    parent : ndarray of int32, (n,)
        For each run the first run of its group.
    shape : (int, int)
        The map's.

    Returns
    -------
    group : ndarray of int32, (n,)
        Each run's new number.
    table : ndarray of int64, (4, C)
        For each group its size, four times its squared rmin and rmax, and its first run.
    """
    height, width = shape
    n = runs.shape[1]
    number = np.empty(n, np.int32)
    table = np.empty((4, n), np.int64)
    count = 0
    for i in range(n):
        down = (2 * runs[0, i] + 1 - height) ** 2
        left, right = 2 * runs[1, i] + 1 - width, 2 * runs[2, i] + 1 - width
        inner = outer = max(left * left, right * right)
        inner = (width + 1) % 2 if left <= 0 <= right else min(left * left, right * right)
        if parent[i] == i:
            number[i] = count
            table[0, count], table[3, count] = 0, i
            table[1, count], table[2, count] = down + inner, down + outer
            count += 1
        g = number[parent[i]]
        number[i] = g
        table[0, g] += runs[2, i] - runs[1, i] + 1
        table[1, g] = min(table[1, g], down + inner)
        table[2, g] = max(table[2, g], down + outer)
    order = _sorted(table[:, :count])
    rank = np.empty(count, np.int32)
    ranked = np.empty((4, count), np.int64)
    for k in range(count):
        rank[order[k]] = k
        for x in range(4):
            ranked[x, k] = table[x, order[k]]
    for i in range(n):
        number[i] = rank[number[i]]
    return number, ranked


@inner
def _before(table, i, j):
    if table[0, i] != table[0, j]:
        return table[0, i] > table[0, j]
    if table[1, i] != table[1, j]:
        return table[1, i] < table[1, j]
    if table[2, i] != table[2, j]:
        return table[2, i] < table[2, j]
    return i < j  # numbered in raster order


@inner
def _sorted(table):
    """Merge sort from below: numpy's own sorts know no order by several keys here."""
    n = table.shape[1]
    order, other = np.empty(n, np.int64), np.empty(n, np.int64)
    for k in range(n):
        order[k] = k
    width = 1
    while width < n:
        for start in range(0, n, 2 * width):
            i, middle, end = start, min(start + width, n), min(start + 2 * width, n)
            j = middle
            for k in range(start, end):
                if j >= end or (i < middle and not _before(table, order[j], order[i])):
                    other[k] = order[i]
                    i += 1
                else:
                    other[k] = order[j]
                    j += 1
        order, other = other, order
        width *= 2
    return order


@inner
def by_group(group, count):
    """Return the runs in the order of their groups, and where each group begins (one more at the end)."""
    starts = np.zeros(count + 1, np.int64)
    for g in group:
        starts[g + 1] += 1
    for k in range(count):
        starts[k + 1] += starts[k]
    place = np.empty(count, np.int64)
    for k in range(count):
        place[k] = starts[k]
    order = np.empty(len(group), np.int32)
    for i in range(len(group)):
        order[place[group[i]]] = i
        place[group[i]] += 1
    return order, starts
