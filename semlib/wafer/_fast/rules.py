"""Merge or remove, compiled: the twin of :func:`semlib.wafer.closeness.judge` (paper 2, eq. 8-10)."""

from __future__ import annotations

import numpy as np

from semlib.wafer._fast._jit import inner
from semlib.wafer._fast.runs import STEPS

_TIE = 1e-9  # as in closeness
_ROOTS = np.sqrt(STEPS)


@inner
def overlaps(table, core, cluster, covers):
    """Tell whether the radius ranges of a cluster and a core overlap (alpha)."""
    low, high, core_low, core_high = table[1, cluster], table[2, cluster], table[1, core], table[2, core]
    if low > core_high or high < core_low:
        return False
    return covers or not (low < core_low and high > core_high)


@inner
def moments_of(entries):
    """Return the sum and the sum of squares of the path distances inside a cluster."""
    total = squares = 0.0
    for level in range(5):
        total += _ROOTS[level] * entries[level]
        squares += STEPS[level] * entries[level]
    return total, squares


@inner
def com_of_union(size_1, size_2, entries_1, entries_2, squared):
    """Return com of two clusters together, whose nearest dies are √squared apart (eq. 8)."""
    near = np.sqrt(squared)
    total_1, squares_1 = moments_of(entries_1)
    total_2, squares_2 = moments_of(entries_2)
    total = total_1 + total_2 + 2.0 * size_1 * size_2 * near
    squares = squares_1 + squares_2 + 2.0 * size_1 * size_2 * squared
    n = float(size_1 + size_2)
    cells = n * n
    std = np.sqrt((squares - total * total / cells) / (cells - 1))
    return std / n * (total / cells)


@inner
def chosen_core(num, f1, near, far, den):
    """Apply the four rules to one cluster; return the core that it joins, or -1.

    Parameters
    ----------
    num : int
        Number of cores.
    f1 : ndarray of bool, (K,)
        Eq. 9, of which the first ``num`` count; more than one of them is True.
    near, far : ndarray of float64, (K,)
        Squared nDist and fDist.
    den : ndarray of float64, (K,)
    """
    best_near = best_far = 0
    largest = den[0]
    for k in range(1, num):
        if near[k] < near[best_near]:
            best_near = k
        if far[k] < far[best_far]:
            best_far = k
        largest = max(largest, den[k])
    best_den = 0
    while den[best_den] < largest * (1 - _TIE):
        best_den += 1
    if best_near == best_far == best_den and f1[best_near]:
        return best_near
    return -1
