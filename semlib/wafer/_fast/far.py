"""Sums of distances between far tiles of a large map: a fast multipole method with Chebyshev points.

Two places at least a tile apart have a distance so smooth that it is a polynomial of both, but for a part in
10^9. So the dies of a tile count as weights at its 12 x 12 Chebyshev points, and what is far from a tile as
the sums of distances from its points. The distances between the points of any two tiles have 64 directions
in common, found by a singular value decomposition, beyond which they have nothing: 64 numbers stand for the
dies of a tile, and 64 for what is far from it. Four tiles make a larger one, whose 64 numbers come from
theirs, and so on up to a map of at most 4 x 4 tiles. Any two dies meet once: in the largest tiles that hold
them and do not touch. A tile meets at most 27 others of its level, so time grows with the number of tiles.
Distances scale, so that the matrices of a tile of side 1 serve all levels and all maps.

After Fong and Darve (2009), "The black-box fast multipole method", Journal of Computational Physics 228,
8712-8725, doi:10.1016/j.jcp.2009.08.031; but theirs goes from level to level by the points.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from semlib.wafer._fast._jit import fusing, inner

_POINTS = 12  # in each direction of a tile
_RANK = 64  # directions
_TOP = 4  # tiles in each direction of the last level: they are at most 3 apart, as are those that meet below


class Tiles(NamedTuple):
    """What the compiled loops ask for on a large map; all is float64.

    Attributes
    ----------
    along : tuple of ndarray, (side, points)
        For each of the sides that a smallest tile may have, each twice the one before: what each point counts
        for a polynomial's value at a place along the side.
    basis, turned : ndarray, (rank, points²) and (points², rank)
        The sums at a tile's points that each number makes, and the numbers that each point's weight makes.
    between : ndarray, (7, 7, rank, rank)
        What the numbers of a source make in a target of the same level, for tiles of side 1: entry
        [3 + dy, 3 + dx] for a target dy tiles down and dx to the right.
    up, down : ndarray, (2, 2, rank, rank)
        What the numbers of a tile make in the larger one, and the other way, by its row and column in that.
    """

    along: tuple[np.ndarray, ...]
    basis: np.ndarray
    turned: np.ndarray
    between: np.ndarray
    up: np.ndarray
    down: np.ndarray


@cache
def tiles_of(sides: tuple[int, ...]) -> Tiles:
    """Return what there is to know of tiles of some sides."""
    along = tuple(_lagrange((2 * np.arange(side) + 1) / side - 1) for side in sides)
    return Tiles(along, *_unit_tiles())


def _points() -> np.ndarray:
    """Return the Chebyshev points of -1 ... 1."""
    return np.cos((2 * np.arange(_POINTS) + 1) * np.pi / (2 * _POINTS))


def _lagrange(x: np.ndarray) -> np.ndarray:
    """Return what each point counts for a polynomial's value at each x: (x, points)."""
    degree = np.arange(_POINTS)
    values, at_points = (np.cos(degree * np.arccos(places)[:, None]) for places in (x, _points()))
    return values @ np.linalg.inv(at_points)


@cache
def _unit_tiles() -> tuple[np.ndarray, ...]:
    """Return the attributes of `Tiles` from ``basis`` on."""
    at = _points() / 2
    y, x = (places.ravel() for places in np.meshgrid(at, at, indexing="ij"))
    steps = np.arange(1 - _TOP, _TOP)
    dy, dx = (step[:, :, None, None] for step in np.meshgrid(steps, steps, indexing="ij"))
    root = ((1 - 4 * y**2) * (1 - 4 * x**2)) ** 0.25  # of the area that a point stands for
    distances = root[:, None] * root * np.hypot(y + dy - y[:, None], x + dx - x[:, None])
    apart = np.maximum(abs(dy), abs(dx))[..., 0, 0]
    far = (distances / np.maximum(np.hypot(dy, dx), 1))[apart > 1].reshape(-1, len(y))
    directions = np.linalg.svd(np.linalg.qr(far, mode="r"))[2][:_RANK]
    basis, turned = directions / root, (directions / root).T
    half = [_lagrange(at + shift) for shift in (-0.5, 0.5)]
    points = directions * root  # from numbers to sums at the points and back: basis @ points.T is the unit
    down = np.array([[basis @ np.kron(one, other).T @ points.T for other in half] for one in half])
    between = directions @ distances @ directions.T
    up = down.swapaxes(2, 3)
    return tuple(np.ascontiguousarray(made) for made in (basis, turned, between, up, down))


@inner
def levels_of(down, across):
    """Return tiles down, tiles across, and the first tile's number of each level; one more row ends them."""
    grid = np.zeros((64, 3), np.int64)
    n = 0
    while True:
        grid[n, 0], grid[n, 1], grid[n + 1, 2] = down, across, grid[n, 2] + down * across
        n += 1
        if max(down, across) <= _TOP:
            return grid[: n + 1]
        down, across = (down + 1) // 2, (across + 1) // 2


@inner
def larger(grid, level, t):
    """Return the tile of the next level that holds a tile, and in which half of it that lies, each way."""
    y, x = (t - grid[level, 2]) // grid[level, 1], (t - grid[level, 2]) % grid[level, 1]
    return grid[level + 1, 2] + y // 2 * grid[level + 1, 1] + x // 2, y % 2, x % 2


@fusing
def add_product(result, values, matrix, scale):
    """Add some rows of a matrix, each times a value, four at a time: their number must be a multiple of 4."""
    for j in range(0, len(values), 4):
        one, two = scale * values[j], scale * values[j + 1]
        three, four = scale * values[j + 2], scale * values[j + 3]
        for i in range(len(result)):
            result[i] += (
                one * matrix[j, i]
                + two * matrix[j + 1, i]
                + three * matrix[j + 2, i]
                + four * matrix[j + 3, i]
            )


@inner
def meet(sums, values, grid, level, is_source, is_target, between, scale):
    """Add to the numbers of all targets of a level what the sources make there that meet them."""
    down, across, begin = grid[level, 0], grid[level, 1], grid[level, 2]
    top = level == len(grid) - 2
    for dy in range(1 - _TOP, _TOP):
        for dx in range(1 - _TOP, _TOP):
            if max(abs(dy), abs(dx)) < 2:
                continue
            matrix = between[dy + _TOP - 1, dx + _TOP - 1]
            for y in range(max(0, -dy), min(down, down - dy)):
                if not top and abs((y + dy) // 2 - y // 2) > 1:
                    continue
                for x in range(max(0, -dx), min(across, across - dx)):
                    s = begin + y * across + x
                    t = s + dy * across + dx
                    if is_source[s] and is_target[t] and (top or abs((x + dx) // 2 - x // 2) < 2):
                        add_product(sums[t], values[s], matrix, scale)


@inner
def far_sums(weight, is_source, is_target, down, across, side, tiles):
    """Return the sums of distances from the points of each tile to the dies of all that do not touch it.

    Parameters
    ----------
    weight : ndarray of float64, (tiles, points²)
        Of each tile's points, for its dies.
    is_source, is_target : ndarray of bool, (tiles,)
        Which tiles have dies, and for which the sums are wanted.
    down, across : int
        Tiles in each direction, row by row.
    side : int
        Columns and rows of a tile.

    Returns
    -------
    ndarray of float64, (tiles, points²)
    """
    grid = levels_of(down, across)
    levels, n = len(grid) - 1, grid[-1, 2]
    sources, targets = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    for t in range(len(weight)):
        sources[t], targets[t] = is_source[t], is_target[t]
    values, sums = np.zeros((n, _RANK)), np.zeros((n, _RANK))
    for t in range(len(weight)):
        if sources[t]:
            add_product(values[t], weight[t], tiles.turned, 1.0)
    for level in range(levels - 1):
        for t in range(grid[level, 2], grid[level + 1, 2]):
            above, y, x = larger(grid, level, t)
            targets[above] |= targets[t]
            if sources[t]:
                sources[above] = True
                add_product(values[above], values[t], tiles.up[y, x], 1.0)
    for level in range(levels - 1, -1, -1):
        meet(sums, values, grid, level, sources, targets, tiles.between, float(side << level))
        if level < levels - 1:
            for t in range(grid[level, 2], grid[level + 1, 2]):
                if targets[t]:
                    above, y, x = larger(grid, level, t)
                    add_product(sums[t], sums[above], tiles.down[y, x], 1.0)
    result = np.zeros((len(weight), _POINTS * _POINTS))
    for t in range(len(weight)):
        if targets[t]:
            add_product(result[t], sums[t], tiles.basis, 1.0)
    return result
