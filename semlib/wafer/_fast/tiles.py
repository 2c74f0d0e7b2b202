"""Sums of distances on large maps: near tiles die by die, far ones through a few points of each tile.

The map is cut into square tiles. What lies in a tile or one of its eight neighbours is summed as on small
maps; `semlib.wafer._fast.far` tells how all the rest is. The side of a tile does not depend on the map's, so
time and memory grow with the number of tiles.
"""

from __future__ import annotations

import numpy as np

from semlib.wafer._fast._jit import inner
from semlib.wafer._fast._vector import AT_ONCE, WIDE, add_lines, add_scaled
from semlib.wafer._fast.distances import find_pieces
from semlib.wafer._fast.far import add_product, far_sums
from semlib.wafer._fast.order import by_group, taken

_FEW = 16  # runs in a tile, on average: larger tiles are faster then


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
def moments(runs, tile, n_tiles, along):
    """Return the weight of each tile's points for its dies: float64 (tiles, points²)."""
    row, first, last = runs
    side, n = along.shape
    until = np.zeros((side + 1, n))
    for place in range(side):
        for a in range(n):
            until[place + 1, a] = until[place, a] + along[place, a]
    result = np.zeros((n_tiles, n * n))
    for i in range(len(row)):
        one = result[tile[i]]
        y, begin = row[i] % side, first[i] % side
        end = begin + last[i] - first[i] + 1
        for b in range(n):
            across = until[end, b] - until[begin, b]
            for a in range(n):
                one[a * n + b] += along[y, a] * across
    return result


@inner
def tile_numbers(row, column, side, across):
    """Return the tile of each of some places, and the places in the order of tiles, as `by_group` has it."""
    result = np.empty(len(row), np.int32)
    for i in range(len(row)):
        result[i] = row[i] // side * across + column[i] // side
    return result


@inner
def occupied(starts):
    """Tell which groups are not empty."""
    result = np.empty(len(starts) - 1, np.bool_)
    for t in range(len(result)):
        result[t] = starts[t + 1] > starts[t]
    return result


@inner
def lines_at(at, row, base, target, stride):
    """Write where in the table of distances the pieces' lines for a row of the map begin."""
    for i in range(len(at)):
        at[i] = base[i] + abs(target - row[i]) * stride


@inner
def add_far(sums, blocks, targets, ends, far, along):
    """Add to every slot its distances to what is far from its tile, from those of the tile's points."""
    rows, begins = blocks
    side, n = along.shape
    stride = np.int64(side + WIDE)  # blocks may end up to 7 columns beyond their tile
    upright, flat = np.empty((n, side)), np.zeros(n * stride)
    for b in range(n):
        for place in range(side):
            upright[b, place] = flat[b * stride + place] = along[place, b]
    points, line = np.empty(n), np.empty(n)
    for t in range(len(far)):
        if ends[t] == ends[t + 1]:
            continue
        lines = np.zeros((n, side))
        for b in range(n):
            for a in range(n):
                points[a] = far[t, a * n + b]
            add_product(lines[b], points, upright, 1.0)
        for k in range(ends[t], ends[t + 1]):
            m = targets[k]
            y, x = rows[m] % side, begins[m] % side
            for b in range(n):
                line[b] = lines[b, y]
            add_scaled(sums, WIDE * np.int64(m), flat, np.int64(x), stride, line)


@inner
def add_near(sums, blocks, targets, ends, shape, pieces, table):
    """Add to every slot its distances to the pieces in its tile and the eight around it."""
    rows, begins = blocks
    down, across = shape
    row, base, starts = pieces
    lines, _, half, _ = table
    stride = 2 * half
    near_row, near_base = np.empty(len(row), row.dtype), np.empty(len(row), base.dtype)
    at = np.empty(len(row) + AT_ONCE, np.int64)
    for t in range(down * across):
        y, x = t // across, t % across
        n = 0
        for other in range(max(0, y - 1), min(down, y + 2)):  # three tiles in a row of tiles
            begin, end = other * across + max(0, x - 1), other * across + min(across, x + 2)
            for p in range(starts[begin], starts[end]):
                near_row[n], near_base[n] = row[p], base[p]
                n += 1
        if n == 0:
            continue
        n_at = (n + AT_ONCE - 1) // AT_ONCE * AT_ONCE
        before = -1
        for k in range(ends[t], ends[t + 1]):
            m = targets[k]
            if rows[m] != before:
                before = rows[m]
                lines_at(at[:n], near_row[:n], near_base[:n], before, stride)
                for i in range(n, n_at):
                    at[i] = len(lines) - stride - begins[m]
            add_lines(sums, WIDE * m, lines, at[:n_at], np.int64(begins[m]))


@inner
def add_tiled_sums(sums, blocks, runs, tiles, table):
    """Do what `semlib.wafer._fast.distances.add_sums` does, for some runs on a large map.

    Parameters
    ----------
    runs : tuple of ndarray
        None crosses the border of a tile, and no block does.
    tiles : Tiles
        From `semlib.wafer._fast.far.tiles_of`.
    table
        From `distance_table`, for maps of twice the tile's side at least.
    """
    rows, begins = blocks
    choice = 0
    while True:
        along = tiles.along[choice]
        side = len(along)
        down, across = rows[-1] // side + 1, 0
        for begin in begins:
            across = max(across, begin // side + 1)
        tile = tile_numbers(runs[0], runs[1], side, across)
        order, starts = by_group(tile, down * across)
        sources = occupied(starts)
        choice += 1
        if choice == len(tiles.along) or len(tile) >= _FEW * sources.sum():
            break
    targets, ends = by_group(tile_numbers(rows, begins, side, across), down * across)
    weight = moments(runs, tile, down * across, along)
    far = far_sums(weight, sources, occupied(ends), down, across, side, tiles)
    add_far(sums, blocks, targets, ends, far, along)
    add_near(
        sums, blocks, targets, ends, (down, across), find_pieces(taken(runs, order), starts, table), table
    )
