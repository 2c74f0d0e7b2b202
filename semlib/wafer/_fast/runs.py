"""A map as runs of defective dies; which of them touch, and which are noise (paper 2, 2.1 and 2.2.1)."""

from __future__ import annotations

import numpy as np

from semlib.wafer._fast._jit import inner

#: Steps between dies of one cluster, squared: 1, √2, 2, √5, √8 (a gap of at most √8).
STEPS = np.array([1, 2, 4, 5, 8])
_LEVEL = np.array([[9, 9, 2], [0, 1, 3], [2, 3, 4]])  # by rows and columns apart: the index into STEPS


@inner
def find_runs(cells):
    """Return a map's runs and what is counted on the way.

    Parameters
    ----------
    cells : ndarray of uint8, (H, W), C order

    Returns
    -------
    runs : ndarray of int32, (3, n)
        Row, first and last column of each.
    counts : ndarray of int64, (3,)
        Cells without a die, good dies, defective dies.
    radius : float
        R, as `semlib.wafer.maps.die_radius` has it.
    """
    height, width = cells.shape
    runs = np.empty((3, height * ((width + 1) // 2)), np.int32)
    counts = np.zeros(3, np.int64)
    n = 0
    farthest = 0  # four times the squared distance from the centre
    for r in range(height):
        first = last = -1
        inside = False
        good = defective = 0
        for c in range(width):
            value = cells[r, c]
            if value == 2:
                defective += 1
                if not inside:
                    runs[0, n], runs[1, n] = r, c
                    inside = True
            else:
                good += value
                if inside:
                    runs[2, n] = c - 1
                    n += 1
                    inside = False
            if value:
                last = c
                if first < 0:
                    first = c
        if inside:
            runs[2, n] = width - 1
            n += 1
        counts[1] += good
        counts[2] += defective
        if last >= 0:  # the farthest die of a row is its first or its last
            across = max((2 * first + 1 - width) ** 2, (2 * last + 1 - width) ** 2)
            farthest = max(farthest, (2 * r + 1 - height) ** 2 + across)
    counts[0] = height * width - counts[1] - counts[2]
    return first_columns(runs, n), counts, min(np.sqrt(farthest) / 2, max(height, width) / 2)


@inner
def first_columns(table, n):
    """Return the first n columns as an array of their own; one function, for it is slow to compile."""
    result = np.empty((table.shape[0], n), np.int32)
    for x in range(table.shape[0]):
        for i in range(n):
            result[x, i] = table[x, i]
    return result


@inner
def root_of(parent, i):
    """Return the representative of i, and shorten the way to it."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@inner
def touching(runs):
    """Return for each run the first run of its 8-connected component, and each such component's size.

    Returns
    -------
    parent : ndarray of int32, (n,)
    size : ndarray of int32, (n,)
        Dies, at the component's first run; else 0.
    """
    n = runs.shape[1]
    row, first, last = runs[0], runs[1], runs[2]
    parent = np.empty(n, np.int32)
    for i in range(n):
        parent[i] = i
    above = 0  # runs before it end too far left, or too high up
    for i in range(n):
        while above < i and (
            row[above] < row[i] - 1 or (row[above] == row[i] - 1 and last[above] < first[i] - 1)
        ):
            above += 1
        j = above
        while j < i and row[j] == row[i] - 1 and first[j] <= last[i] + 1:
            x, y = root_of(parent, i), root_of(parent, j)
            if x < y:
                parent[y] = x
            else:
                parent[x] = y
            j += 1
    size = np.zeros(n, np.int32)
    for i in range(n):
        parent[i] = root_of(parent, i)
        size[parent[i]] += last[i] - first[i] + 1
    return parent, size


@inner
def _near(runs):
    """Return the pairs of runs at most √8 apart, and the index of their step: int32 (3, m)."""
    n = runs.shape[1]
    row, first, last = runs[0], runs[1], runs[2]
    # A run has at most 3 others within 2 columns at either end of each row, and may cover more; each of those
    # is covered once: 4 n pairs in each of two rows above, and n in its own.
    pairs = np.empty((3, 9 * n), np.int32)
    m = 0
    starts = np.zeros(3, np.int64)  # for one and two rows up: where to begin
    for i in range(n):
        if i and row[i - 1] == row[i] and first[i] - last[i - 1] == 2:
            pairs[0, m], pairs[1, m], pairs[2, m] = i - 1, i, 2
            m += 1
        for up in (1, 2):
            j = starts[up]
            while j < i and (row[j] < row[i] - up or (row[j] == row[i] - up and last[j] < first[i] - 2)):
                j += 1
            starts[up] = j
            while j < i and row[j] == row[i] - up and first[j] <= last[i] + 2:
                across = max(0, first[j] - last[i], first[i] - last[j])
                pairs[0, m], pairs[1, m], pairs[2, m] = j, i, _LEVEL[up, across]
                m += 1
                j += 1
    return first_columns(pairs, m)


@inner
def merge(runs):
    """Join the runs at most √8 apart, step by step, and count the path distances (eq. 8).

    Two parts of s and t dies that a step joins are that step apart by every path: 2 s t entries of the matrix
    of path distances.

    Returns
    -------
    parent : ndarray of int32, (n,)
        For each run the first run of its cluster.
    entries : ndarray of int64, (n, 5)
        For each step of `STEPS` the number of entries, at the cluster's first run.
    """
    n = runs.shape[1]
    pairs = _near(runs)
    parent = np.empty(n, np.int32)
    entries = np.zeros((n, 5), np.int64)
    size = np.empty(n, np.int64)
    for i in range(n):
        parent[i] = i
        size[i] = runs[2, i] - runs[1, i] + 1
        entries[i, 0] = size[i] * (size[i] - 1)
    for level in range(5):
        for k in range(pairs.shape[1]):
            if pairs[2, k] != level:
                continue
            x, y = root_of(parent, pairs[0, k]), root_of(parent, pairs[1, k])
            if x == y:
                continue
            x, y = min(x, y), max(x, y)
            parent[y] = x
            entries[x, level] += 2 * size[x] * size[y]
            size[x] += size[y]
            for step in range(5):
                entries[x, step] += entries[y, step]
    for i in range(n):
        parent[i] = root_of(parent, i)
    return parent, entries
