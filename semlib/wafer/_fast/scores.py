"""S, D and SD of each number of clusters, compiled: the twin of :mod:`semlib.wafer.sd_index` (eq. 1-4)."""

from __future__ import annotations

import numpy as np

from semlib.wafer._fast._jit import inner


@inner
def silhouette(runs, slot, label, sums, counts):
    """Return the mean silhouette of the kept dies (eq. 1).

    Parameters
    ----------
    runs : ndarray of int32, (3, n)
    slot : ndarray of int32, (n,)
    label : ndarray of int32, (n,)
        Each run's label, -1 where it is removed.
    sums : ndarray of float64, (num, slots)
        Sum of the distances to each label's dies.
    counts : ndarray of int64, (num,)
        Dies of each label.
    """
    num = len(counts)
    total = 0.0
    kept = 0
    share = 1.0 / counts
    for i in range(runs.shape[1]):
        own = label[i]
        if own < 0:
            continue
        length = runs[2, i] - runs[1, i] + 1
        kept += length
        if counts[own] == 1:
            continue  # a lone die scores 0
        inside = 1.0 / (counts[own] - 1)
        for c in range(slot[i], slot[i] + length):
            a = sums[own, c] * inside
            b = np.inf
            for other in range(num):
                if other != own:
                    b = min(b, sums[other, c] * share[other])
            total += (b - a) / max(a, b)
    return total / kept


@inner
def pooled_distance(good, defective, removed, cells):
    """Return D of eq. 3 with s²I, as `semlib.wafer.sd_index.pooled_distance`, from counts alone."""
    if removed == 0:
        return 0.0
    total = 2 * (good + 2 * defective) - removed
    squares = 2 * (good + 4 * defective) - 3 * removed
    n = 2.0 * cells
    variance = squares / n - (total / n) ** 2
    return np.sqrt(removed / variance / cells)


@inner
def similarity_index(s, d, similarity, combine):
    """Return M and SD of eq. 4; the options as their places in `semlib.wafer.npfc_types.NpfcOptions`."""
    if similarity == 0:
        m = 1 / (1 + d)
    elif similarity == 1:
        m = np.exp(-d)
    else:
        m = d
    if combine == 0:
        return m, s + m
    if combine == 1:
        return m, s * m
    return m, (2 * s * m / (s + m) if s > 0 and m > 0 else 0.0)
