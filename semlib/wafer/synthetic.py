"""The wafer twin: mixed-type wafer maps in which the pattern behind every defective die is known.

Real maps have no truth for a single die. These have, so that a filter can be scored. They imitate the look of
MixedWM38 and WM-811K (:doc:`/notebooks/21_wafer_maps_and_noise` shows both); they were fitted to no score.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from semlib.wafer.maps import DEFECTIVE, GOOD

#: Index and name of each pattern; the twin has neither Random nor Near-full, which leave nothing to filter.
PATTERNS = ("Center", "Donut", "Edge-Loc", "Edge-Ring", "Loc", "Scratch")

# As in MixedWM38: neither two patterns about the centre nor two along the edge. So four is the most.
_EXCLUSIVE = ({"Center", "Donut"}, {"Edge-Loc", "Edge-Ring"})


def synthetic_mixed_maps(
    n: int,
    patterns: int | Sequence[str] | Sequence[Sequence[str]] = 2,
    noise: float = 0.05,
    seed: int = 0,
    *,
    shape: tuple[int, int] = (52, 52),
    density: tuple[float, float] = (0.8, 1.0),
) -> tuple[np.ndarray, np.ndarray]:
    """Make wafer maps with known patterns.

    Parameters
    ----------
    n : int
        Number of maps.
    patterns : int, sequence of str, or sequence of such sequences, default 2
        An integer 0 to 4: that many different patterns in each map, drawn at random; as in MixedWM38, Center
        does not meet Donut, nor Edge-Loc Edge-Ring. Names of :data:`PATTERNS`: exactly those in each map. A
        list of tuples of names: each map draws one of them.
    noise : float, default 0.05
        Probability that a good die is defective for no reason, 0 to 0.5.
    seed : int, default 0
        Map i depends on the seed, on i and on the options only, not on n.
    shape : (int, int), default (52, 52)
        Rows and columns, at least 8; the wafer is the ellipse that fills them. On the smallest, one pattern
        may now and then hide another.
    density : (float, float), default (0.8, 1)
        Range of the share of a pattern's dies that are defective, drawn anew for each pattern.

    Returns
    -------
    maps : ndarray of uint8, (n, H, W)
        0 no die, 1 good die, 2 defective die.
    truth : ndarray of int8, (n, H, W)
        Index into :data:`PATTERNS` at the defective dies of a pattern, −1 elsewhere, noise included. Where
        patterns overlap, the later in :data:`PATTERNS` has the die, so that a scratch stays whole.

    Raises
    ------
    ValueError
        If an argument is out of range, or a pattern unknown.
    """
    if n < 0 or seed < 0:
        raise ValueError(f"n={n} and seed={seed} must be 0 or more")
    if not 0 <= noise <= 0.5:
        raise ValueError(f"noise={noise} must be a share between 0 and 0.5")
    if np.shape(shape) != (2,) or min(shape) < 8:
        raise ValueError(f"shape={shape} must be two numbers of at least 8")
    if np.shape(density) != (2,) or not 0 < density[0] <= density[1] <= 1:
        raise ValueError(f"density={density} must be a range within 0 (excluded) and 1")
    choices = _choices(patterns)
    wafer = _Wafer(shape)
    maps = np.zeros((n, *shape), np.uint8)
    truth = np.full((n, *shape), -1, np.int8)
    for i in range(n):
        rng = np.random.default_rng([seed, i])
        for name in sorted(choices[rng.integers(len(choices))], key=PATTERNS.index):
            dies = _PAINTERS[name](wafer, rng) & wafer.dies
            dies &= rng.random(shape) < rng.uniform(*density)
            truth[i][dies] = PATTERNS.index(name)
        noisy = rng.random(shape) < noise
        maps[i] = np.where(wafer.dies, np.where((truth[i] >= 0) | noisy, DEFECTIVE, GOOD), 0)
    return maps, truth


def patterns_of(truth: np.ndarray) -> np.ndarray:
    """Return which patterns each map holds: bool (n, 6), in the order of :data:`PATTERNS`."""
    return np.stack([(truth == k).any(axis=(1, 2)) for k in range(len(PATTERNS))], axis=1)


def pattern_sets(n: int) -> list[tuple[str, ...]]:
    """Return the sets of n patterns, 0 to 4, that may meet on a map."""
    sets = combinations(PATTERNS, n)
    return [names for names in sets if not any(pair <= set(names) for pair in _EXCLUSIVE)]


def _choices(patterns: int | Sequence) -> list[tuple[str, ...]]:
    if isinstance(patterns, (int, np.integer)):
        if not 0 <= patterns <= 4:
            raise ValueError(f"patterns={patterns} must be 0 to 4, or name patterns")
        return pattern_sets(int(patterns))
    if isinstance(patterns, str):
        raise ValueError(f"patterns={patterns!r} is one name; pass a tuple of names, ({patterns!r},)")
    try:
        names_only = all(isinstance(p, str) for p in patterns)
        sets = [tuple(patterns)] if names_only else [tuple(p) for p in patterns]
    except TypeError as error:
        raise ValueError(f"patterns={patterns!r} must be 0 to 4, names, or a list of such tuples") from error
    if unknown := {name for names in sets for name in names} - set(PATTERNS):
        raise ValueError(f"patterns names {sorted(unknown)}; choose from {', '.join(PATTERNS)}")
    return sets


class _Wafer:
    """Coordinates of the dies: u to the right and v down in units of the wafer's radius, and polar ones."""

    def __init__(self, shape: tuple[int, int]) -> None:
        rows, columns = np.indices(shape)
        self.v = (rows - (shape[0] - 1) / 2) / (shape[0] / 2)
        self.u = (columns - (shape[1] - 1) / 2) / (shape[1] / 2)
        self.radius = np.hypot(self.u, self.v)
        self.angle = np.arctan2(self.v, self.u)
        self.dies = self.radius <= 1
        self.pitch = 2 / min(shape)  # width of a die where it is widest


def _ragged(angle: np.ndarray, rng: np.random.Generator, amount: float) -> np.ndarray:
    """Return a factor about 1 that varies smoothly with the angle, for borders that are no circles."""
    waves = np.arange(2, 7)
    phases = rng.uniform(0, 2 * np.pi, len(waves))
    sizes = amount * rng.normal(size=len(waves)) / np.sqrt(waves)
    return 1 + (np.cos(waves * angle[..., None] + phases) * sizes).sum(-1)


def _about(wafer: _Wafer, rng: np.random.Generator, u: float, v: float, amount: float) -> np.ndarray:
    """Return the distance of each die from (u, v), with a ragged scale and a little grain."""
    du, dv = wafer.u - u, wafer.v - v
    grain = rng.normal(0, wafer.pitch / 3, wafer.u.shape)
    return np.hypot(du, dv) * _ragged(np.arctan2(dv, du), rng, amount) + grain


def _at(rng: np.random.Generator, least: float, most: float) -> tuple[float, float]:
    """Return a place whose distance from the centre lies in a range, in a direction like any other."""
    radius, angle = rng.uniform(least, most), rng.uniform(-np.pi, np.pi)
    return radius * np.cos(angle), radius * np.sin(angle)


def _center(wafer: _Wafer, rng: np.random.Generator) -> np.ndarray:
    distance = _about(wafer, rng, *_at(rng, 0, 0.12), amount=0.06)
    return distance < max(rng.uniform(0.12, 0.33), 1.5 * wafer.pitch)


def _donut(wafer: _Wafer, rng: np.random.Generator) -> np.ndarray:
    distance = _about(wafer, rng, *_at(rng, 0, 0.2), amount=0.06)
    inner = max(rng.uniform(0.13, 0.3), 1.5 * wafer.pitch)
    return (distance > inner) & (distance < inner + max(rng.uniform(0.15, 0.3), 2 * wafer.pitch))


def _edge(wafer: _Wafer, rng: np.random.Generator, half_span: float, depth: float) -> np.ndarray:
    """Return a band along the edge that gets thinner towards its two ends."""
    away = np.abs((wafer.angle - rng.uniform(-np.pi, np.pi) + np.pi) % (2 * np.pi) - np.pi) / half_span
    thickness = max(depth, 1.5 * wafer.pitch) * np.clip(2.5 * (1 - away), 0, 1)
    grain = rng.normal(0, wafer.pitch / 3, wafer.u.shape)
    border = 1 - thickness * _ragged(wafer.angle, rng, 0.15) + grain
    return (wafer.radius > border) & (thickness > 0)  # else the grain would reach dies all around


def _edge_loc(wafer: _Wafer, rng: np.random.Generator) -> np.ndarray:
    return _edge(wafer, rng, np.deg2rad(rng.uniform(20, 75)), rng.uniform(0.07, 0.2)) & (wafer.radius > 0.6)


def _edge_ring(wafer: _Wafer, rng: np.random.Generator) -> np.ndarray:
    return _edge(wafer, rng, np.deg2rad(rng.uniform(160, 260)), rng.uniform(0.06, 0.12))


def _loc(wafer: _Wafer, rng: np.random.Generator) -> np.ndarray:
    u, v = _at(rng, 0.4, 0.75)
    turn, long, short = rng.uniform(0, np.pi), rng.uniform(0.14, 0.28), rng.uniform(0.1, 0.18)
    du, dv = wafer.u - u, wafer.v - v
    along, across = du * np.cos(turn) + dv * np.sin(turn), dv * np.cos(turn) - du * np.sin(turn)
    distance = np.hypot(along / max(long, 2 * wafer.pitch), across / max(short, 2 * wafer.pitch))
    return distance * _ragged(np.arctan2(dv, du), rng, 0.1) + rng.normal(0, 0.1, du.shape) < 1


def _scratch(wafer: _Wafer, rng: np.random.Generator) -> np.ndarray:
    """Return the dies along a bent line, one die wide, here and there two."""
    u, v = _at(rng, 0.2, 0.75)
    length, bend, angle = rng.uniform(0.6, 1.3), rng.normal(0, 0.8), rng.uniform(-np.pi, np.pi)
    steps = np.linspace(-length / 2, length / 2, 8 * max(wafer.u.shape))
    angles = angle + bend * steps
    du = np.cumsum(np.cos(angles)) * (steps[1] - steps[0])
    dv = np.cumsum(np.sin(angles)) * (steps[1] - steps[0])
    u, v = u + du - du.mean(), v + dv - dv.mean()
    height, width = wafer.u.shape
    rows = np.rint(v * height / 2 + (height - 1) / 2).astype(int)
    columns = np.rint(u * width / 2 + (width - 1) / 2).astype(int)
    thick = rows + (np.sin(steps * rng.uniform(4, 12)) > 0.7)
    dies = np.zeros(wafer.u.shape, bool)
    for r in (rows, thick):
        inside = (r >= 0) & (r < height) & (columns >= 0) & (columns < width)
        dies[r[inside], columns[inside]] = True
    return dies


_PAINTERS = {
    "Center": _center,
    "Donut": _donut,
    "Edge-Loc": _edge_loc,
    "Edge-Ring": _edge_ring,
    "Loc": _loc,
    "Scratch": _scratch,
}
