"""The order of clusters, largest first, as :func:`semlib.wafer.clusters.largest_first` has it."""

from __future__ import annotations

import numpy as np

from semlib.wafer._fast._jit import inner
from semlib.wafer._fast.runs import three


@inner
def rank_groups(runs, parent, shape):
    """Number groups of runs anew: 0 is the largest; equal sizes by rmin, then rmax, then the raster order.

    Parameters
    ----------
    runs : tuple of ndarray
        From `semlib.wafer._fast.runs.find_runs`.
    parent : ndarray of int32, (n,)
        For each run the first run of its group.
    shape : (int, int)
        The map's.

    Returns
    -------
    group : ndarray of int32, (n,)
        Each run's new number.
    table : ndarray of int64, (3, C)
        For each group its size, and four times its squared rmin and rmax.
    """
    row, first, last = runs
    height, width = shape
    n = len(row)
    number = np.empty(n, np.int32)
    table = np.empty((3, n), np.int64)
    middle = (width + 1) % 2
    count = 0
    for i in range(n):
        down = (2 * row[i] + 1 - height) ** 2
        left, right = 2 * first[i] + 1 - width, 2 * last[i] + 1 - width
        low, high = left * left, right * right
        low, high = min(low, high), max(low, high)
        if left <= 0 <= right:
            low = middle
        if parent[i] == i:
            number[i] = g = count
            table[0, g], table[1, g], table[2, g] = 0, down + low, down + high
            count += 1
        g = number[i] = number[parent[i]]
        table[0, g] += last[i] - first[i] + 1
        table[1, g] = min(table[1, g], down + low)
        table[2, g] = max(table[2, g], down + high)
    order = _sorted(table, count)
    rank = np.empty(count, np.int32)
    ranked = np.empty((3, count), np.int64)
    for k in range(count):
        rank[order[k]] = k
        for x in range(3):
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
def _sorted(table, n):
    """Merge sort from below: numpy's own sorts know no order by several keys here."""
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
    """Return the indices in the order of their groups, and where each group begins (one more at the end).

    A negative group is left out.
    """
    starts = np.zeros(count + 1, np.int64)
    for g in group:
        if g >= 0:
            starts[g + 1] += 1
    for k in range(count):
        starts[k + 1] += starts[k]
    place = np.empty(count, np.int64)
    for k in range(count):
        place[k] = starts[k]
    order = np.empty(starts[count], np.int32)
    for i in range(len(group)):
        if group[i] >= 0:
            order[place[group[i]]] = i
            place[group[i]] += 1
    return order, starts


@inner
def taken(runs, order):
    """Return the runs in another order."""
    row, first, last = runs
    n = len(order)
    rows, begins, ends = three(n)
    for i in range(n):
        rows[i], begins[i], ends[i] = row[order[i]], first[order[i]], last[order[i]]
    return rows, begins, ends
