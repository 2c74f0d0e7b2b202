"""A map as runs of defective dies; which of them touch, and which are near (paper 2, 2.1 and 2.2.1).

Runs are a tuple of three int32 arrays of one length: row, first and last column of each.
"""

from __future__ import annotations

import numpy as np

from semlib.wafer._fast._jit import inner

#: Steps between dies of one cluster, squared: 1, √2, 2, √5, √8 (a gap of at most √8).
STEPS = np.array([1, 2, 4, 5, 8])


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
    row, first, last = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.int32)
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
    row, first, last = runs
    n = len(row)
    parent, size = np.empty(n, np.int32), np.empty(n, np.int64)
    entries = np.zeros((n, 5), np.int64)
    for i in range(n):
        parent[i] = i
        size[i] = last[i] - first[i] + 1
        entries[i, 0] = size[i] * (size[i] - 1)
    upper, lower = np.empty(2 * n, np.int32), np.empty(2 * n, np.int32)  # by a corner only: one at each end
    m = above = 0
    for i in range(n):
        up = row[i] - 1
        while row[above] < up or (row[above] == up and last[above] < first[i] - 1):
            above += 1
        j = above
        while row[j] == up and first[j] <= last[i] + 1:
            if first[j] <= last[i] and last[j] >= first[i]:
                join(parent, size, entries, j, i, 0)
            else:
                upper[m], lower[m] = j, i
                m += 1
            j += 1
    for k in range(m):
        join(parent, size, entries, upper[k], lower[k], 1)
    flatten(parent)
    return parent, size, entries


@inner
def merge(runs, parent, size, entries):
    """Join the components at most √8 apart, step by step: go on with what `touching` returns, in place.

    Noise must be gone, and parents be counted without it.
    """
    row, first, last = runs
    n = len(row)
    most = 8 * n + 8  # one in its row, two in the next one, and two rows up two at each end or covered once
    ones, others, levels = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.int8)
    m = one_up = two_up = 0
    for i in range(n):
        r, begin, end = row[i], first[i] - 2, last[i] + 2
        if i and row[i - 1] == r and last[i - 1] == begin and parent[i - 1] != parent[i]:
            ones[m], others[m], levels[m] = i - 1, i, 2
            m += 1
        while row[one_up] < r - 1 or (row[one_up] == r - 1 and last[one_up] < begin):
            one_up += 1
        j = one_up
        while row[j] == r - 1 and first[j] <= end:
            if parent[j] != parent[i]:  # two columns apart, since they do not touch
                ones[m], others[m], levels[m] = j, i, 3
                m += 1
            j += 1
        while row[two_up] < r - 2 or (row[two_up] == r - 2 and last[two_up] < begin):
            two_up += 1
        j = two_up
        while row[j] == r - 2 and first[j] <= end:
            if parent[j] != parent[i]:
                ones[m], others[m] = j, i
                levels[m] = 2 + max(0, first[j] - end + 2, begin + 2 - last[j])
                m += 1
            j += 1
    for level in range(2, 5):
        for k in range(m):
            if levels[k] == level:
                join(parent, size, entries, ones[k], others[k], level)
    flatten(parent)


@inner
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


@inner
def root_of(parent, i):
    """Return the representative of i, and shorten the way to it."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@inner
def flatten(parent):
    """Let every parent be the representative itself; none has a larger number than what it represents."""
    for i in range(len(parent)):
        parent[i] = parent[parent[i]]
