"""Rand index, adjusted Rand index and NMI from one contingency table (paper 2, eq. 23-25)."""

from __future__ import annotations

import numpy as np

_MEANS = {
    "arithmetic": lambda a, b: (a + b) / 2,
    "geometric": lambda a, b: np.sqrt(a * b),
    "min": min,
    "max": max,
}


def agreement(truth: np.ndarray, labels: np.ndarray, normaliser: str) -> tuple[float, float, float]:
    """Return RI, ARI and NMI of two groupings of at least one point.

    As scikit-learn defines them, in its limit cases too; there each makes the table for itself.
    """
    rows, truth = np.unique(truth, return_inverse=True)
    columns, labels = np.unique(labels, return_inverse=True)
    shape = len(rows), len(columns)
    table = np.bincount(truth * shape[1] + labels, minlength=shape[0] * shape[1]).reshape(shape)
    # Python's integers: products of numbers of pairs pass 64 bits
    n, both, true, found = (int((part**2).sum()) for part in (table.sum(), table, table.sum(1), table.sum(0)))
    together, split, joined = both - len(truth), true - both, found - both  # ordered pairs
    apart = n - true - found + both
    if not split and not joined:
        return 1.0, 1.0, 1.0
    ri = (together + apart) / (together + apart + split + joined)
    ari = 2 * (together * apart - split * joined)
    ari /= (together + split) * (split + apart) + (together + joined) * (joined + apart)
    return ri, ari, _nmi(table, normaliser)


def _nmi(table: np.ndarray, normaliser: str) -> float:
    if 1 in table.shape:
        return 0.0
    share = table / table.sum()
    expected = share.sum(axis=1, keepdims=True) * share.sum(axis=0)
    seen = share > 0
    terms = share[seen] * np.log(share[seen] / expected[seen])
    shared = float(max(np.where(np.abs(terms) < np.finfo(float).eps, 0, terms).sum(), 0))
    if not shared:
        return 0.0
    return float(shared / _MEANS[normaliser](_entropy(share.sum(axis=1)), _entropy(share.sum(axis=0))))


def _entropy(shares: np.ndarray) -> float:
    return float(-(shares * np.log(shares)).sum())  # each group has a point, so no share is 0
