"""A map as runs of defective dies; which of them touch, and which are near (paper 2, 2.1 and 2.2.1).

Runs are a tuple of three int32 arrays of one length: row, first and last column of each.
"""

from __future__ import annotations

import numpy as np

from semlib.wafer._fast._jit import inlined, inner

#: Steps between dies of one cluster, squared: 1, √2, 2, √5, √8 (a gap of at most √8).
STEPS = np.array([1, 2, 4, 5, 8])

_FAR = 2**32  # more columns than any row has


@inner
def three(n):
    """Return three empty arrays of int32, (n,), as parts of one: each one that is made takes time."""
    whole = np.empty((3, n), np.int32)
    return whole[0], whole[1], whole[2]


@inner
def find_runs(cells):
    """Return a map's runs, in raster order, and what is counted on the way.

    Parameters
    ----------
    cells : ndarray of uint8, (H, W), C order

    Returns
    -------
    runs : tuple of ndarray
    counts : ndarray of int64, (3,)
        Cells without a die, good dies, defective dies.
    radius : float
        R, as `semlib.wafer.maps.die_radius` has it.
    """
    height, width = cells.shape
    flat = cells.reshape(height * width)
    changes, edges = np.empty(len(flat) + 1, np.uint8), np.empty(len(flat) + 2, np.int32)
    changes[0], changes[len(flat)] = flat[0] == 2, flat[-1] == 2
    for c in range(1, len(flat)):
        changes[c] = (flat[c] == 2) ^ (flat[c - 1] == 2)
    found = np.uint64(0)
    for c in range(len(flat) + 1):  # without branches: what is written counts only once the number has grown
        edges[found] = c
        found += np.uint64(changes[c])
    most = np.int64(found) // 2 + height
    row, first, last = three(most)
    n = r = start = total = defective = 0
    for i in range(0, np.int64(found), 2):
        begin, end = edges[i], edges[i + 1]
        defective += end - begin
        while begin < end:  # one turn for each row that it touches
            while begin >= start + width:
                r += 1
                start += width
            row[n], first[n], last[n] = r, begin - start, min(end, start + width) - start - 1
            begin = start + last[n] + 1
            n += 1
    for value in flat:
        total += value

    farthest = 0  # four times the squared distance from the centre
    for r in range(height):
        line = cells[r]
        left, right = 0, width - 1
        while left < width and line[left] == 0:
            left += 1
        while right > left and line[right] == 0:
            right -= 1
        if left < width:  # the farthest die of a row is its first or its last
            across = max((2 * left + 1 - width) ** 2, (2 * right + 1 - width) ** 2)
            farthest = max(farthest, (2 * r + 1 - height) ** 2 + across)
    counts = np.empty(3, np.int64)
    good = total - 2 * defective
    counts[0], counts[1], counts[2] = height * width - good - defective, good, defective
    radius = min(np.sqrt(farthest) / 2, max(height, width) / 2)
    return (row[:n], first[:n], last[:n]), counts, radius


@inner
def touching(runs):
    """Join the runs that touch, sides first and then corners, and count the path distances (eq. 8).

    Two parts of s and t dies that a step joins are that step apart by every path: 2 s t entries of the matrix
    of path distances.

    Returns
    -------
    parent : ndarray of int32, (n,)
        For each run the first run of its 8-connected component.
    size : ndarray of int64, (n,)
        Dies of each component, at its first run.
    entries : ndarray of int64, (n, 5)
        For each step of `STEPS` a number of entries; a component's is the sum over its runs.
    """
    _, first, last = runs
    n = len(first)
    parent, size = np.empty(n, np.int32), np.empty(n, np.int64)
    entries = np.zeros((n, 5), np.int64)
    for i in range(n):
        parent[i] = i
        size[i] = last[i] - first[i] + 1
        entries[i, 0] = size[i] * (size[i] - 1)
    pairs = three(2 * n + 1)
    m = add_pairs(pairs, 0, runs, parent, 1, 1)
    join_all(parent, size, entries, pairs, m, 0, 2)
    return parent, size, entries


@inner
def merge(runs, parent, size, entries):
    """Join the components at most √8 apart, step by step: go on with what `touching` returns, in place.

    Noise must be gone, and parents be counted without it.
    """
    row, first, last = runs
    n = len(row)
    pairs = ones, others, levels = three(5 * n + 1)
    m = 0
    for i in range(1, n):
        ones[m], others[m], levels[m] = i - 1, i, 2
        m += np.int64(row[i - 1] == row[i] and first[i] - last[i - 1] == 2 and parent[i - 1] != parent[i])
    near = add_pairs(pairs, m, runs, parent, 1, 2)
    for k in range(m, near):
        levels[k] = 3  # two columns apart, since they do not touch
    m = add_pairs(pairs, near, runs, parent, 2, 2)
    for k in range(near, m):
        levels[k] += 2
    join_all(parent, size, entries, pairs, m, 2, 5)


@inner
def add_pairs(pairs, m, runs, parent, down, reach):
    """Add to m pairs of runs those some rows and at most ``reach`` columns apart; return how many are there.

    Both runs go on from left to right, the one that ends first before the other. So where an upper and a
    lower run end in the same column, the lower one's right neighbour is not compared with the upper one: they
    are two columns apart at least, and so are the two neighbours, which are joined first.

    Parameters
    ----------
    pairs : tuple of ndarray of int32, (room,)
        The upper run, the lower one, and how many columns they are apart, 0 where one is above the other.
        Written in place; there must be room for two pairs a run, and one more.
    parent : ndarray of int32, (n,)
        Runs of the same parent are no pair.
    down, reach : int
        1 or 2.
    """
    upper, lower, columns = pairs
    row, first, last = runs
    n = len(row)
    begin, end = np.empty(n, np.int64), np.empty(n, np.int64)
    for i in range(n):
        begin[i] = np.int64(row[i]) * _FAR + first[i]
        end[i] = np.int64(row[i]) * _FAR + last[i]
    shift = down * _FAR
    i = j = 0
    while i < n:  # without branches: what is written counts only once the number has grown
        apart = max(0, begin[i] - end[j] - shift, begin[j] + shift - end[i])
        upper[m], lower[m], columns[m] = j, i, apart
        m += np.int64(apart <= reach) & np.int64(parent[i] != parent[j])
        on = np.int64(end[j] + shift > end[i])
        i += on
        j += 1 - on
    return m


@inner
def join_all(parent, size, entries, pairs, m, low, high):
    """Join the first m pairs, which come with a level each, level by level: from low on, short of high."""
    ones, others, levels = pairs
    for level in range(low, high):
        for k in range(m):
            if levels[k] == level:
                join(parent, size, entries, ones[k], others[k], level)
    for i in range(len(parent)):  # none has a larger number than what it represents
        parent[i] = parent[parent[i]]


@inlined
def join(parent, size, entries, i, j, level):
    """Make one of the parts that hold runs i and j; the smaller number represents it."""
    if parent[i] == parent[j]:
        return
    x, y = root_of(parent, i), root_of(parent, j)
    if x != y:
        x, y = min(x, y), max(x, y)
        parent[y] = x
        entries[x, level] += 2 * size[x] * size[y]
        size[x] += size[y]


@inlined
def root_of(parent, i):
    """Return the representative of i, and shorten the way to it."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i
