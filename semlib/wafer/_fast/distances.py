"""Distances between clusters, and from each die to each group of clusters (paper 2, eq. 1 and 5-7).

The distances from one die to a run of dies are one difference of two entries of a table of cumulative
sums, since a run lies in one row. So the sums cost (dies) x (runs), and dies side by side read entries side
by side.
"""

from __future__ import annotations

import numpy as np

from semlib.wafer._fast._jit import inner
from semlib.wafer._fast.runs import first_columns

_CLOSE = 6  # dies at most so many columns apart are summed in one sweep; what lies between is not read


@inner
def cumulative_distances(height, width):
    """Return sums of distances along a row: float64 (H, 2 W + 1).

    Entry [d, W + t] is the sum over 0 <= u < t of sqrt(d² + u²), for negative t less that over t <= u < 0.
    Row 0 holds whole numbers, so distances within a row have no rounding.
    """
    table = np.empty((height, 2 * width + 1))
    for d in range(height):
        right = left = 0.0
        table[d, width] = 0.0
        for t in range(1, width + 1):
            right += np.sqrt(d * d + (t - 1) * (t - 1))
            left -= np.sqrt(d * d + t * t)
            table[d, width + t], table[d, width - t] = right, left
    return table


@inner
def table_for(table, height, width):
    """Return the table itself if it is large enough for a map, else one that is."""
    rows, half = table.shape[0], table.shape[1] // 2
    if height <= rows and width <= half:
        return table
    rows, half = max(rows, height), max(half, width)
    if rows * half > 4 * height * width + 65536:  # long and thin maps in both directions
        rows, half = height, width
    return cumulative_distances(rows, half)


@inner
def find_segments(runs):
    """Join neighbouring runs of a row to segments; every column of a segment has a slot.

    Returns
    -------
    segments : ndarray of int32, (4, m)
        Row, first and last column, first slot.
    slot : ndarray of int32, (n,)
        The slot of each run's first die.
    slots : int
    """
    n = runs.shape[1]
    segments = np.empty((4, n), np.int32)
    slot = np.empty(n, np.int32)
    m = slots = 0
    for i in range(n):
        row, first, last = runs[0, i], runs[1, i], runs[2, i]
        if not m or segments[0, m - 1] != row or first - segments[2, m - 1] > _CLOSE:
            if m:
                slots += segments[2, m - 1] - segments[1, m - 1] + 1
            segments[0, m], segments[1, m], segments[3, m] = row, first, slots
            m += 1
        segments[2, m - 1] = last
        slot[i] = segments[3, m - 1] + first - segments[1, m - 1]
    if m:
        slots += segments[2, m - 1] - segments[1, m - 1] + 1
    return first_columns(segments, m), slot, slots


@inner
def add_sums(sums, segments, runs, chosen, table):
    """Add to every slot the distances to the dies of the chosen runs.

    Parameters
    ----------
    sums : ndarray of float64, (slots,)
        Changed in place.
    chosen : ndarray of int32, (m,)
        Indices into ``runs``.
    table : ndarray
        From `cumulative_distances`, for the map's height and width or more.
    """
    middle = table.shape[1] // 2
    for s in range(segments.shape[1]):
        row, length = segments[0, s], segments[2, s] - segments[1, s] + 1
        target = sums[segments[3, s] : segments[3, s] + length]
        begin = middle + segments[1, s]
        for i in chosen:
            line = table[abs(row - runs[0, i])]
            upper = line[begin - runs[1, i] + 1 : begin - runs[1, i] + 1 + length]
            lower = line[begin - runs[2, i] : begin - runs[2, i] + length]
            for c in range(length):
                target[c] += upper[c] - lower[c]


@inner
def sum_between(sums, runs, slot, chosen):
    """Return the sum of what the dies of the chosen runs have in ``sums``."""
    total = 0.0
    for i in chosen:
        for c in range(slot[i], slot[i] + runs[2, i] - runs[1, i] + 1):
            total += sums[c]
    return total


@inner
def nearest_and_farthest(runs, ones, others):
    """Return the smallest and the largest squared distance between the dies of two sets of runs."""
    near, far = np.int64(2**62), np.int64(-1)
    for i in ones:
        for j in others:
            down = np.int64(runs[0, i] - runs[0, j]) ** 2
            gap = max(0, runs[1, j] - runs[2, i], runs[1, i] - runs[2, j])
            reach = max(runs[2, j] - runs[1, i], runs[2, i] - runs[1, j])
            near = min(near, down + gap * gap)
            far = max(far, down + reach * reach)
    return near, far
