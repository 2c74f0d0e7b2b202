"""Sums of distances on large maps: near tiles die by die, far ones through a few points of each tile.

The map is cut into square tiles. What lies in a tile or one of its eight neighbours is summed as on small
maps. Farther away the distance is so smooth that it is a polynomial of both places, but for a part in 10^9:
so a tile's sources count as weights at 11 x 11 Chebyshev points of it, the sums are taken between such
points, and interpolated to the dies. This is one level of the fast multipole method with Chebyshev points
(Fong and Darve, 2009, doi:10.1016/j.jcp.2009.08.031).
"""

from __future__ import annotations

import numpy as np

from semlib.wafer._fast._jit import inner, reducing
from semlib.wafer._fast._vector import AT_ONCE, WIDE, add_lines
from semlib.wafer._fast.distances import find_pieces
from semlib.wafer._fast.order import by_group, taken

_POINTS = 11  # in each direction of a tile


@inner
def split(runs, cluster, side):
    """Cut the runs where tiles end; return them and the cluster of each, in raster order."""
    row, first, last = runs
    most = len(row)
    for i in range(len(row)):
        most += last[i] // side - first[i] // side
    rows, begins, ends = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.int32)
    clusters = np.empty(most, np.int32)
    n = 0
    for i in range(len(row)):
        begin = first[i]
        while begin <= last[i]:
            end = min(last[i], (begin // side + 1) * side - 1)
            rows[n], begins[n], ends[n], clusters[n] = row[i], begin, end, cluster[i]
            n += 1
            begin = end + 1
    return (rows, begins, ends), clusters


@inner
def points():
    """Return the Chebyshev points of -1 ... 1; the last is the first one's opposite, and so on."""
    result = np.empty(_POINTS)
    for a in range(_POINTS):
        result[a] = np.cos((2 * a + 1) * np.pi / (2 * _POINTS))
    return result


@inner
def weights(side):
    """Return for each place along a tile's side what each point counts there: float64 (side, points)."""
    at = points()
    result = np.empty((side, _POINTS))
    for place in range(side):
        x = (2 * place + 1) / side - 1
        for a in range(_POINTS):
            value = 1.0
            for b in range(_POINTS):
                if b != a:
                    value *= (x - at[b]) / (at[a] - at[b])
            result[place, a] = value
    return result


@inner
def moments(runs, tile, n_tiles, side):
    """Return the weight of each tile's points for its dies: float64 (tiles, points²)."""
    row, first, last = runs
    along = weights(side)
    until = np.zeros((side + 1, _POINTS))
    for place in range(side):
        for a in range(_POINTS):
            until[place + 1, a] = until[place, a] + along[place, a]
    result = np.zeros((n_tiles, _POINTS * _POINTS))
    for i in range(len(row)):
        one = result[tile[i]]
        y, begin = row[i] % side, first[i] % side
        end = begin + last[i] - first[i] + 1
        for b in range(_POINTS):
            across = until[end, b] - until[begin, b]
            for a in range(_POINTS):
                one[a * _POINTS + b] += along[y, a] * across
    return result


@inner
def flipped(k, flip):
    """Return the number of the point that mirrors point k: up and down (1), left and right (2), or both."""
    a, b = k // _POINTS, k % _POINTS
    if flip & 1:
        a = _POINTS - 1 - a
    if flip & 2:
        b = _POINTS - 1 - b
    return a * _POINTS + b


@reducing
def product(distance, ones, c):
    """Return the scalar product of a line of numbers and row c of others."""
    result = 0.0
    for k in range(len(distance)):
        result += distance[k] * ones[c, k]
    return result


@inner
def far_sums(weight, is_source, is_target, across, side):
    """Return the sums of distances from each tile's points to the dies of all far tiles: (tiles, points²).

    The distances between points are the same for all pairs of tiles as far apart, and mirrored if these are.
    """
    n_tiles, n = weight.shape
    down = n_tiles // across
    at = points()
    result = np.zeros((n_tiles, n))
    most = 4 * n_tiles
    source, target, flips = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.int32)
    ones = np.empty((most, n))
    distance = np.empty(n)
    for dy in range(down):
        for dx in range(across):
            if dy < 2 and dx < 2:
                continue
            m = 0
            for s in range(n_tiles):
                if not is_source[s]:
                    continue
                for flip in range(4):
                    if (flip & 1 and dy == 0) or (flip & 2 and dx == 0):
                        continue
                    y = s // across + (-dy if flip & 1 else dy)
                    x = s % across + (-dx if flip & 2 else dx)
                    if 0 <= y < down and 0 <= x < across and is_target[y * across + x]:
                        source[m], target[m], flips[m] = s, y * across + x, flip
                        m += 1
            if m == 0:
                continue
            for c in range(m):
                for k in range(n):
                    ones[c, k] = weight[source[c], flipped(k, flips[c])]
            for k in range(n):
                y, x = dy + at[k // _POINTS] / 2, dx + at[k % _POINTS] / 2
                for other in range(n):
                    v, u = y - at[other // _POINTS] / 2, x - at[other % _POINTS] / 2
                    distance[other] = side * np.sqrt(v * v + u * u)
                for c in range(m):
                    result[target[c], flipped(k, flips[c])] += product(distance, ones, c)
    return result


@inner
def lines_at(at, row, base, target, stride):
    """Write where in the table of distances the pieces' lines for a row of the map begin."""
    for i in range(len(at)):
        at[i] = base[i] + abs(target - row[i]) * stride


@inner
def add_tiled_sums(sums, blocks, runs, side, table):
    """Do what `semlib.wafer._fast.distances.add_sums` does, for some runs on a large map.

    Parameters
    ----------
    runs : tuple of ndarray
        None crosses the border of a tile, and no block does.
    side : int
        Of the tiles.
    table
        From `distance_table`, for maps of twice the tile's side at least.
    """
    rows, begins = blocks
    n_blocks, n = len(rows), len(runs[0])
    place = np.empty(n_blocks, np.int32)
    down = rows[-1] // side + 1
    across = 0
    for m in range(n_blocks):
        across = max(across, begins[m] // side + 1)
    for m in range(n_blocks):
        place[m] = rows[m] // side * across + begins[m] // side
    n_tiles = down * across
    tile = np.empty(n, np.int32)
    for i in range(n):
        tile[i] = runs[0][i] // side * across + runs[1][i] // side
    order, starts = by_group(tile, n_tiles)
    targets, ends = by_group(place, n_tiles)
    is_source, is_target = np.empty(n_tiles, np.bool_), np.empty(n_tiles, np.bool_)
    for t in range(n_tiles):
        is_source[t], is_target[t] = starts[t + 1] > starts[t], ends[t + 1] > ends[t]
    far = far_sums(moments(runs, tile, n_tiles, side), is_source, is_target, across, side)
    along = weights(side)
    row, base, pieces = find_pieces(taken(runs, order), starts, table)
    lines, _, half, _ = table
    stride = 2 * half
    at = np.empty(len(row) + AT_ONCE, np.int64)
    line = np.empty(_POINTS)
    for t in range(n_tiles):
        y, x = t // across, t % across
        before = -1
        n_at = 0
        for k in range(ends[t], ends[t + 1]):
            m = targets[k]
            if rows[m] != before:
                before = rows[m]
                n_at = 0
                for other in range(max(0, y - 1), min(down, y + 2)):  # three tiles in a row of tiles
                    left, right = max(0, x - 1), min(across, x + 2)
                    begin, end = pieces[other * across + left], pieces[other * across + right]
                    lines_at(at[n_at : n_at + end - begin], row[begin:end], base[begin:end], before, stride)
                    n_at += end - begin
                while n_at % AT_ONCE:
                    at[n_at] = len(lines) - stride - begins[m]
                    n_at += 1
                for b in range(_POINTS):
                    value = 0.0
                    for a in range(_POINTS):
                        value += along[before % side, a] * far[t, a * _POINTS + b]
                    line[b] = value
            for c in range(min(WIDE, (x + 1) * side - begins[m])):
                value = 0.0
                for b in range(_POINTS):
                    value += along[begins[m] % side + c, b] * line[b]
                sums[WIDE * m + c] += value
            add_lines(sums, WIDE * m, lines, at[:n_at], np.int64(begins[m]))
