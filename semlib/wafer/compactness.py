"""Compactness Den of two clusters taken together (paper 2, eq. 8).

The paper cites Hu & Zhong (2019, doi:10.1109/ACCESS.2019.2906949) and prints no formula that survived.
There, com(Z) = std(P) / n * mean(P); P is the n x n matrix of minimax path distances: of all paths through
Z's dies, the one whose longest step is shortest counts, with that step. There a small com is compact, in
the paper a large Den is; we take Den = 1 / com.

Only the sum and the sum of squares of P are needed, and they need no matrix: two dies are within path
distance h where steps of at most h connect them, so the sizes of the connected parts, step by step, count
the pairs. Clusters that were not merged are farther apart than any step inside them, so the path distance
of each cross pair is their nearest distance.
"""

from __future__ import annotations

import numpy as np

from semlib.wafer.clusters import joined


def path_moments(pairs: np.ndarray, squared: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Return sum and sum of squares of each cluster's minimax path distances.

    Parameters
    ----------
    pairs, squared : ndarray
        From `near_pairs`, with a limit at which every cluster is connected.
    clusters : ndarray of int, shape (n,)
        Each die's cluster 0 ... C-1.

    Returns
    -------
    ndarray of float64, shape (2, C)
        Over all n² entries of the matrix, the zero diagonal included.
    """
    moments = np.zeros((2, clusters.max() + 1))
    before = np.bincount(clusters)  # step 0: each die reaches itself
    for step in np.unique(squared):
        parts = joined(pairs[squared <= step], len(clusters))
        reached = np.bincount(clusters, weights=np.bincount(parts)[parts])  # sum of squared part sizes
        moments += np.outer((np.sqrt(step), step), reached - before)
        before = reached
    return moments


def path_unions(
    pairs: np.ndarray, squared: np.ndarray, clusters: np.ndarray, n_dist: np.ndarray
) -> np.ndarray:
    """Return the moments of the minimax path distances in every union of two clusters, shape (2, C, C).

    ``n_dist`` (C, C) holds the clusters' nearest distances; the rest as in `path_moments`.
    """
    count = np.outer(np.bincount(clusters), np.bincount(clusters))
    return _unions(path_moments(pairs, squared, clusters), np.stack([count * n_dist, count * n_dist**2]))


def path_unions_of_cores(entries: np.ndarray, sizes: np.ndarray, n_dist: np.ndarray) -> np.ndarray:
    """Return the same for the unions of K cores, the first clusters, with each cluster, shape (2, K, C).

    Parameters
    ----------
    entries : ndarray of int, shape (C, 5)
        How many of each cluster's path distances are 1, sqrt(2), 2, sqrt(5), sqrt(8).
    sizes : ndarray of int, shape (C,)
    n_dist : ndarray, shape (K, C)
        Nearest distances.
    """
    own = np.zeros((2, len(sizes)))
    for step, count in zip((1, 2, 4, 5, 8), entries.T, strict=True):
        own += np.outer((np.sqrt(step), step), count)
    cores = range(len(n_dist))
    count = np.outer(sizes[: len(n_dist)], sizes)
    moments = own[:, : len(n_dist), None] + own[:, None] + 2 * np.stack([count * n_dist, count * n_dist**2])
    moments[:, cores, cores] = np.nan  # a cluster and itself are no union
    return moments


def euclidean_unions(points: np.ndarray, starts: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """Return the moments of the Euclidean distances in every union of two clusters, shape (2, C, C).

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        Dies sorted by cluster.
    starts : ndarray of int, shape (C,)
        Where each cluster begins.
    sums : ndarray, shape (C, C)
        Sums of the distances between the dies of two clusters.
    """
    sizes = np.diff(starts, append=len(points))
    total = np.add.reduceat(points, starts, axis=0)
    norms = np.add.reduceat((points**2).sum(axis=1), starts)
    squares = np.outer(sizes, norms) + np.outer(norms, sizes) - 2 * total @ total.T  # sum |x|² + |y|² - 2 x y
    cross = np.stack([sums, squares])
    return _unions(np.diagonal(cross, axis1=1, axis2=2), cross)


def _unions(own: np.ndarray, cross: np.ndarray) -> np.ndarray:
    moments = own[:, :, None] + own[:, None, :] + 2 * cross
    moments[:, np.eye(own.shape[1], dtype=bool)] = np.nan  # a cluster and itself are no union
    return moments


def com(sizes: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """Return com = std / n * mean of distance matrices; std with n² - 1 in the denominator.

    Parameters
    ----------
    sizes : ndarray
        Number of dies n.
    moments : ndarray, shape (2, ...)
        Sum and sum of squares of the n² entries.
    """
    total, squares = moments
    entries = sizes.astype(float) ** 2
    std = np.sqrt((squares - total**2 / entries) / (entries - 1))
    return std / sizes * (total / entries)


# What the options' names in NpfcOptions stand for: the moments of a union, and Den from its size and moments.
EUCLIDEAN = ("inverse_mean", "inverse_euclidean_com")
DEN = {
    "inverse_com": lambda n, moments: 1 / com(n, moments),
    "com": com,
    "inverse_mean": lambda n, moments: n * (n - 1) / moments[0],  # over pairs of different dies
    "inverse_euclidean_com": lambda n, moments: 1 / com(n, moments),
}
