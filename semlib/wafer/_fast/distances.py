"""Distances between clusters, and from each die to a group of clusters (paper 2, eq. 1 and 5-7).

The map's dies are the targets. They lie in *blocks* of 8 columns of a row, each column with a slot. A group's
dies are the sources. They are *pieces*, parts of a row, for whose sum of distances to any place there is a
line in a table. So a piece adds 8 numbers of its line to each block: (blocks) x (pieces) in all.
"""

from __future__ import annotations

import numpy as np

from semlib.wafer._fast._jit import inner, reducing
from semlib.wafer._fast._vector import AT_ONCE, WIDE, add_lines

_SHORT = 4  # a run of so many dies is one piece, with a table of its own; a longer one is two
_SMALL = 224 * 224  # larger maps have no tables for short runs: they would not stay in the cache

_PIECES = 64  # so many at a time: for the next row of the map their lines are still in the cache


@inner
def distance_table(height, width):
    """Return the sums of the distances from a place to a piece, for all maps of that height and width.

    Plane 0 is for the dies from the place on to the right, short of the t-th: the sum over 0 <= u < t of
    sqrt(d² + u²), d rows away; for negative t less that over t <= u < 0. Plane 1 is the same, less than 0.
    Plane 1 + s is for a run of s dies, the first of which is t columns to the left. Row 0 of every plane
    holds whole numbers, so distances within a row have no rounding.

    Returns
    -------
    lines : ndarray of float64, (n,)
        Plane by plane and row by row: entry (plane * rows + d) * (2 * half) + half + t. At the end a row of
        zeros.
    rows, half, short : int
        Size of a plane, and the longest run that has one.
    """
    rows, half = height, width + 9  # blocks may end up to 7 columns beyond the map
    short = _SHORT if height * width <= _SMALL else 0
    stride = 2 * half
    lines = np.zeros(((2 + short) * rows + 1) * stride)
    step = np.empty(stride)
    for d in range(rows):
        for t in range(stride):
            step[t] = np.sqrt(float(d * d + (t - half) * (t - half)))
        right = left = 0.0
        plus, minus = d * stride + half, (rows + d) * stride + half
        for t in range(half):
            lines[plus + t], lines[minus + t] = right, -right
            lines[plus - t], lines[minus - t] = left, -left
            right += step[half + t]
            left -= step[half - t - 1]
        for length in range(1, short + 1):
            at = ((1 + length) * rows + d) * stride
            for back in range(length):
                for t in range(back, stride):
                    lines[at + t] += step[t - back]
    return lines, rows, half, short


@inner
def table_for(table, height, width):
    """Return the table itself if it is good for a map, else one that is."""
    _, rows, half, short = table
    small = height * width <= _SMALL
    if height <= rows and width <= half - 9 and (short > 0 or not small):
        return table
    tall, wide = max(rows, (height + 31) // 32 * 32), max(half - 9, (width + 31) // 32 * 32)
    if (tall * wide <= _SMALL) != small or tall * wide > 4 * height * width + 4096:
        tall, wide = height, width  # long and thin maps in both directions, or one large map
    return distance_table(tall, wide)


@inner
def find_blocks(runs, side):
    """Cover a map's dies by blocks of 8 columns of a row; every column of a block has a slot.

    Parameters
    ----------
    runs : tuple of ndarray
        In raster order.
    side : int
        Columns of a tile; no block holds dies of two tiles.

    Returns
    -------
    blocks : tuple of ndarray of int32, (m,)
        Row and first column; the slots are 8 for each, in this order.
    slot : ndarray of int32, (n,)
        The slot of each run's first die; its others follow.
    """
    row, first, last = runs
    n = len(row)
    most = n
    for i in range(n):
        most += (last[i] - first[i]) // WIDE
    rows, begins, slot = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(n, np.int32)
    m = end = 0  # columns before the end are in the last block
    before = -1
    for i in range(n):
        if row[i] != before or first[i] >= end or first[i] // side != (end - WIDE) // side:
            before, end = row[i], first[i]
        slot[i] = WIDE * m + first[i] - end
        while end <= last[i]:
            rows[m], begins[m] = before, end
            m += 1
            end += WIDE
    return (rows[:m], begins[:m]), slot


@inner
def find_pieces(runs, starts, table):
    """Split the runs, sorted by cluster, into pieces.

    Returns
    -------
    row : ndarray of int32, (p,)
    place : ndarray of int64, (p,)
        Where in the table the line of row 0 and column 0 begins.
    begins : ndarray of int64, (C + 1,)
        Where the pieces of each cluster begin, one more at the end.
    """
    _, rows, half, short = table
    plane = 2 * half * rows
    row, first, last = runs
    rows, place = np.empty(2 * len(row), np.int32), np.empty(2 * len(row), np.int64)
    begins = np.empty(len(starts), np.int64)
    p = 0
    for j in range(len(starts) - 1):
        begins[j] = p
        for i in range(starts[j], starts[j + 1]):
            length = last[i] - first[i] + 1
            rows[p] = row[i]
            if length <= short:
                place[p] = (1 + length) * plane + half - first[i]
                p += 1
            else:
                place[p] = half - first[i] + 1
                rows[p + 1], place[p + 1] = row[i], plane + half - last[i]
                p += 2
    begins[len(starts) - 1] = p
    return rows[:p], place[:p], begins


@inner
def add_sums(sums, blocks, row, place, table):
    """Add to every slot its distances to the dies of some pieces.

    Parameters
    ----------
    sums : ndarray of float64, (slots,)
        Changed in place.
    blocks
        From `find_blocks`.
    row, place : ndarray
        Of the pieces; see `find_pieces`.
    table
        From `distance_table`.
    """
    lines, _, half, _ = table
    stride = 2 * half
    n = len(row)
    rows, begins = blocks
    for start in range(0, n, _PIECES):
        some, base = row[start : start + _PIECES], place[start : start + _PIECES]
        # As many as are added at once; a row of zeros fills up
        at = np.empty((len(some) + AT_ONCE - 1) // AT_ONCE * AT_ONCE, np.int64)
        for i in range(len(some), len(at)):
            at[i] = len(lines) - stride
        before = -1
        for m in range(len(rows)):
            if rows[m] != before:
                before = rows[m]
                for i in range(len(some)):
                    at[i] = base[i] + abs(before - some[i]) * stride
            add_lines(sums, WIDE * m, lines, at, np.int64(begins[m]))


@inner
def compressed(dies, sums, slot, runs):
    """Write the sums of the dies of some runs one behind the other."""
    _, first, last = runs
    n = 0
    for i in range(len(slot)):
        for c in range(slot[i], slot[i] + last[i] - first[i] + 1):
            dies[n] = sums[c]
            n += 1


@reducing
def total(values):
    """Return the sum of some numbers."""
    result = 0.0
    for value in values:
        result += value
    return result


@reducing
def nearest_and_farthest(ones, others):
    """Return the smallest and the largest squared distance between the dies of two sets of runs.

    They come as floats: of those a processor compares several at a time, and they are whole up to 2^53.
    """
    row, first, last = others
    near, far = np.inf, -1.0
    for i in range(len(ones[0])):
        y, left, right = ones[0][i], ones[1][i], ones[2][i]
        for j in range(len(row)):
            down = (row[j] - y) * (row[j] - y)
            gap = max(0.0, first[j] - right, left - last[j])
            reach = max(last[j] - left, right - first[j])
            near = min(near, down + gap * gap)
            far = max(far, down + reach * reach)
    return near, far
