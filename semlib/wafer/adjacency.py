"""Adjacency clustering: the filtered map of least energy, found exactly as a minimum cut.

Paper 2 compares NPFC with it (section 3.3.2, Tables 6 and 7) and cites Ezzat, Liu, Hochbaum and Ding (2021),
doi:10.1109/TSM.2021.3062943. Each die i has a value d_i, 1 where it is defective, and gets a value x_i of
0 or 1, so that ::

    E(x) = w · Σ_i |x_i − d_i|  +  u · Σ_(i,j) |x_i − x_j|

is least: the first sum counts the dies that change, the second the neighbours that differ. Values of 1 are
the filtered map. A die may change both ways, so holes in a pattern may be filled.

Open, in paper 2 and in our reading of the cited work: the parameters (the paper only says that they are set
by hand), the neighbourhood, and how the filtered map is split into clusters. Ours: w = 1 and u = 0.2 for all
dies and pairs, 8 neighbours, and connected parts. Places without a die take no part.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from semlib.wafer.clusters import largest_first, squared_radii
from semlib.wafer.maps import DEFECTIVE, GOOD, check_map

#: Row and column steps to half of a die's neighbours; the other half is found from the other side.
_STEPS = {4: ((0, 1), (1, 0)), 8: ((0, 1), (1, 0), (1, 1), (1, -1))}
_LARGEST = 2**30  # scipy's flows are int32, and a pair of dies can be left with twice its capacity
_FINEST = 10**6  # largest denominator of u / w


@dataclass(frozen=True, eq=False)
class AdjacencyCut:
    """A map of least energy.

    Attributes
    ----------
    filtered : ndarray of uint8, (H, W)
        The filtered map; good dies may have become defective.
    labels : ndarray of int32, (H, W)
        Connected parts of the filtered map, largest first, at the dies that were defective before; −1
        elsewhere, at added dies too.
    energy : float
        E of the filtered map.
    n_removed, n_added : int
        Dies that became good, and defective.
    n_separated : int
        Pairs of neighbours of which one is defective in the filtered map.
    ratio : Fraction
        u / w as it was used; see `adjacency_cut`.
    """

    filtered: np.ndarray
    labels: np.ndarray
    energy: float
    n_removed: int
    n_added: int
    n_separated: int
    ratio: Fraction


def adjacency_cut(
    wafer_map: ArrayLike,
    *,
    u: float = 0.2,
    w: float = 1.0,
    neighbours: Literal[4, 8] = 8,
    ties: Literal["good", "defective"] = "good",
) -> AdjacencyCut:
    """Filter a map by adjacency clustering, and say what it cost.

    Parameters
    ----------
    wafer_map : array_like, (H, W)
    u : float, default 0.2
        Cost of a pair of neighbours that differ, at least 0. Below w / 8 (w / 4 with 4 neighbours) the map
        stays as it is, since no change of a die can spare more pairs. The default is ours, from a first
        trial.
    w : float, default 1
        Cost of a die that changes, more than 0. Only u / w matters.
    neighbours : {8, 4}
        Dies that touch at a corner count as neighbours, or only those that share a side.
    ties : {"good", "defective"}
        Several maps can have the least energy. All dies that are defective in every one of them are defective
        in the result; "good" takes only those, "defective" also each die that is so in any of them. Both are
        maps of least energy, and both follow the rotations and reflections of the input.

    Returns
    -------
    AdjacencyCut

    Raises
    ------
    ValueError
        A bad map, or a cost or option out of range.

    Notes
    -----
    The decimal numbers ``u`` and ``w`` are taken as written: 0.2 is 1/5. The cut is exact for their ratio
    where its denominator is at most D, a million or 2³⁰ / (number of dies) where that is less (about 500,000
    at 52 × 52). Any other ratio is replaced by the nearest such fraction, at most 1 / (2 D) away; the result
    holds it as ``ratio``.
    """
    if not (isfinite(u) and u >= 0) or not (isfinite(w) and w > 0):
        raise ValueError(f"u={u} must be a cost of at least 0, and w={w} one above 0")
    if neighbours not in _STEPS:
        raise ValueError(f"neighbours={neighbours!r} must be 4 or 8")
    if ties not in ("good", "defective"):
        raise ValueError(f"ties={ties!r} must be 'good' or 'defective'")
    checked = check_map(wafer_map)
    is_die = checked > 0
    before = checked[is_die] == DEFECTIVE
    pairs = _neighbours(is_die, neighbours)
    ratio = (Fraction(str(u)) / Fraction(str(w))).limit_denominator(min(_FINEST, _LARGEST // before.size))
    after = _least(before, pairs, ratio, ties) if ratio and len(pairs) else before
    filtered = checked.copy()
    filtered[is_die] = np.where(after, DEFECTIVE, GOOD)
    separated = int((after[pairs[:, 0]] != after[pairs[:, 1]]).sum())
    return AdjacencyCut(
        filtered=filtered,
        labels=_parts(checked, filtered, neighbours),
        energy=float(w * int((before != after).sum()) + u * separated),
        n_removed=int((before & ~after).sum()),
        n_added=int((after & ~before).sum()),
        n_separated=separated,
        ratio=ratio,
    )


def adjacency_filter(wafer_map: ArrayLike, **options) -> np.ndarray:
    """Return the map of least energy, uint8 (H, W); options as for `adjacency_cut`."""
    return adjacency_cut(wafer_map, **options).filtered


def adjacency_clustering(wafer_map: ArrayLike, **options) -> np.ndarray:
    """Return the connected parts of the map of least energy; options as for `adjacency_cut`.

    int32 (H, W), as the clusterings of :mod:`semlib.wafer.filters`: only dies that are defective in the input
    have a label, although the filter may have added others.
    """
    return adjacency_cut(wafer_map, **options).labels


def _neighbours(is_die: np.ndarray, neighbours: int) -> np.ndarray:
    """Return each pair of neighbours once, as numbers of dies in raster order: int (m, 2)."""
    height, width = is_die.shape
    number = np.full((height, width), -1)
    number[is_die] = np.arange(np.count_nonzero(is_die))
    pairs = []
    for down, right in _STEPS[neighbours]:
        here = number[: height - down, max(0, -right) : width - max(0, right)]
        there = number[down:, max(0, right) : width + min(0, right)]
        both = (here >= 0) & (there >= 0)
        pairs.append(np.stack([here[both], there[both]], axis=1))
    return np.concatenate(pairs)


def _least(before: np.ndarray, pairs: np.ndarray, ratio: Fraction, ties: str) -> np.ndarray:
    """Return which dies are defective in the map of least energy: bool (n,).

    A cut that parts the source, with the defective dies, from the sink costs the energy times the ratio's
    denominator. The dies that the source still reaches in the residual graph are the smallest such set; those
    that do not reach the sink the largest.
    """
    n = before.size
    source, sink, dies = n, n + 1, np.arange(n)
    change = ratio.denominator
    # more than any cut of whole parts of the map costs, so a larger number would not change anything
    differ = min(ratio.numerator, n * change)
    tails = np.concatenate([np.where(before, source, dies), pairs[:, 0], pairs[:, 1]])
    heads = np.concatenate([np.where(before, dies, sink), pairs[:, 1], pairs[:, 0]])
    costs = np.repeat(np.array([change, differ], np.int32), [n, 2 * len(pairs)])
    graph = csr_array(coo_array((costs, (tails, heads)), shape=(n + 2, n + 2)))
    left = csr_array(graph - maximum_flow(graph, source, sink).flow)
    left.data = (left.data > 0).astype(np.int32)
    left.eliminate_zeros()
    start = source if ties == "good" else sink
    reached = np.zeros(n + 2, bool)
    towards = left if ties == "good" else csr_array(left.T)
    reached[breadth_first_order(towards, start, return_predecessors=False)] = True
    return reached[:n] if ties == "good" else ~reached[:n]


def _parts(before: np.ndarray, filtered: np.ndarray, neighbours: int) -> np.ndarray:
    """Return the connected parts of a filtered map at the dies that were defective, largest first."""
    parts, _ = ndimage.label(
        filtered == DEFECTIVE, structure=ndimage.generate_binary_structure(2, neighbours // 4)
    )
    kept = (parts > 0) & (before == DEFECTIVE)
    labels = np.full(before.shape, -1, np.int32)
    labels[kept] = largest_first(parts[kept], squared_radii(np.argwhere(kept), before.shape))
    return labels
