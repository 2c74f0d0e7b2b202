"""S, D and SD of each number of clusters, compiled: the twin of :mod:`semlib.wafer.sd_index` (eq. 1-4)."""

from __future__ import annotations

import numpy as np

from semlib.wafer._fast._jit import inner, reducing


@inner
def silhouette(label, sizes, sums, lines, counts):
    """Return the mean silhouette of the kept dies (eq. 1).

    Parameters
    ----------
    label : ndarray of int32, (C,)
        Each cluster's label, -1 where it is removed.
    sizes : ndarray of int64, (C,)
        Dies of each cluster; all dies lie one behind the other, sorted by cluster.
    sums : ndarray of float64, (S, dies)
        Sums of the distances to some groups of dies.
    lines : ndarray of int64, (num,)
        For each label the row of ``sums`` that is for it.
    counts : ndarray of int64, (num,)
        Dies of each label.
    """
    num = len(counts)
    nearest = np.empty(sizes[0])  # the first cluster is the largest
    whole = 0.0
    begin = kept = 0
    for j in range(len(label)):
        own, size = label[j], sizes[j]
        end = begin + size
        if own >= 0:
            kept += size
        if own >= 0 and counts[own] > 1:  # a lone die scores 0
            for c in range(size):
                nearest[c] = np.inf
            for other in range(num):
                if other != own:
                    lower(nearest, sums[lines[other], begin:end], 1.0 / counts[other])
            whole += scored(nearest, sums[lines[own], begin:end], 1.0 / (counts[own] - 1))
        begin = end
    return whole / kept


@inner
def lower(least, sums, share):
    """Keep the smaller of two numbers, place by place."""
    for c in range(len(sums)):
        least[c] = min(least[c], sums[c] * share)


@reducing
def scored(b, sums, share):
    """Return the sum of (b - a) / max(a, b)."""
    result = 0.0
    for c in range(len(sums)):
        a = sums[c] * share
        result += (b[c] - a) / max(a, b[c])
    return result


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


@inner
def score(into, low, sizes, counts, sums, lines, similarity, combine):
    """Return S, D, M, SD and the number of removed dies for each number of clusters: float64 (nums, 5).

    Parameters
    ----------
    into : ndarray of int32, (nums, C)
        From `semlib.wafer._fast.whole.decide`; the first row is for ``low`` clusters.
    sizes : ndarray of int64, (C,)
    counts : ndarray of int64, (3,)
        From `semlib.wafer._fast.runs.find_runs`.
    sums, lines
        From `semlib.wafer._fast.labels.label_sums`.
    """
    result = np.empty((len(into), 5))
    for x in range(len(into)):
        num = low + x
        dies = np.zeros(num, np.int64)
        kept = 0
        for j in range(len(sizes)):
            if into[x, j] >= 0:
                dies[into[x, j]] += sizes[j]
                kept += sizes[j]
        removed = counts[2] - kept
        s = silhouette(into[x], sizes, sums, lines[x], dies)
        d = pooled_distance(counts[1], counts[2], removed, counts[0] + counts[1] + counts[2])
        m, sd = similarity_index(s, d, similarity, combine)
        result[x, 0], result[x, 1], result[x, 2], result[x, 3], result[x, 4] = s, d, m, sd, removed
    return result
