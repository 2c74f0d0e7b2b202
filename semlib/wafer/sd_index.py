"""The clustering similarity index SD that chooses the number of clusters (paper 2, eq. 1-4)."""

from __future__ import annotations

import numpy as np

from semlib.wafer.clusters import ClusterDistances
from semlib.wafer.maps import DEFECTIVE


def silhouette(
    distances: ClusterDistances, clusters: np.ndarray, label_of: np.ndarray, *, b: str = "mean"
) -> float:
    """Return the mean silhouette of the kept dies (eq. 1).

    s = (b - a) / max(a, b); a = a die's mean distance to the others of its label. The prose for a and b is
    garbled; ours is the standard definition.

    Parameters
    ----------
    distances : ClusterDistances
        From each die to each cluster.
    clusters : ndarray of int, shape (n,)
        Each die's cluster.
    label_of : ndarray of int, shape (C,)
        Each cluster's label 0 ... num-1, or -1 where it is removed. At least two labels.
    b : {"mean", "nearest"}
        Mean distance to the nearest other label (default), or distance to the nearest die of another label.
    """
    labels = label_of[clusters]
    kept = labels >= 0
    labels = labels[kept]
    rows = np.arange(len(labels))
    member = label_of[:, None] == np.arange(label_of.max() + 1)  # (C, num)

    sums = distances.sums[kept] @ member
    counts = np.bincount(labels)
    a = sums[rows, labels] / np.maximum(counts[labels] - 1, 1)
    if b == "mean":
        other = sums / counts
    else:
        other = np.stack([distances.nearest[kept][:, chosen].min(axis=1) for chosen in member.T], axis=1)
    other[rows, labels] = np.inf
    b_values = other.min(axis=1)
    s = (b_values - a) / np.maximum(a, b_values)
    return float(np.where(counts[labels] > 1, s, 0).mean())  # a lone die scores 0, as in scikit-learn


def pooled_distance(original: np.ndarray, filtered: np.ndarray) -> float:
    """Return D of eq. 3 with the covariance s²I: ``sqrt(sum((X - Y)²) / s²) / sqrt(H W)``.

    s² is the population variance of all cells of both maps, those without a die included. A guess: a full
    covariance of the cells would be singular.
    """
    x, y = original.astype(float), filtered.astype(float)
    difference = ((x - y) ** 2).sum()
    return float(np.sqrt(difference / np.var([x, y]) / x.size)) if difference else 0.0


def row_distance(original: np.ndarray, filtered: np.ndarray) -> float:
    """Return D of eq. 3 with the rows as samples: a W x W covariance of the 2H rows, by its pseudo-inverse.

    The squared distances of all rows are added and divided by H W, so that a covariance s²I gives
    `pooled_distance`. A turned map gives another value.
    """
    x, y = original.astype(float), filtered.astype(float)
    covariance = np.atleast_2d(np.cov(np.vstack([x, y]).T, bias=True))
    difference = x - y
    squared = np.einsum("ri,ij,rj->", difference, np.linalg.pinv(covariance, hermitian=True), difference)
    return float(np.sqrt(max(squared, 0) / x.size))


def cell_distance(original: np.ndarray, filtered: np.ndarray) -> float:
    """Return D of eq. 3 with the cells as samples (x, y) and their 2 x 2 covariance S.

    Under S the variance of x - y is c'Sc with c = (1, -1); so D = ``sqrt(mean((X - Y)²) / c'Sc)``. Where
    a share q of the cells is removed, this is ``1 / sqrt(1 - q)``: removal widens S too, so that D hardly
    tells how much it was.
    """
    x, y = original.ravel().astype(float), filtered.ravel().astype(float)
    squared = ((x - y) ** 2).mean()
    variance = np.array([1, -1]) @ np.cov(x, y, bias=True) @ np.array([1, -1])
    with np.errstate(divide="ignore"):
        return float(np.sqrt(np.divide(squared, max(variance, 0)))) if squared else 0.0


def centroid_distance(original: np.ndarray, filtered: np.ndarray) -> float:
    """Return D of eq. 3 between the centroids of the defective dies, by the 2 x 2 covariance of places.

    The dies of both maps are pooled. The filtered map must keep a defective die.
    """
    before, after = (np.argwhere(image == DEFECTIVE) for image in (original, filtered))
    shift = before.mean(axis=0) - after.mean(axis=0)
    covariance = np.cov(np.vstack([before, after]).T, bias=True)
    return float(np.sqrt(max(shift @ np.linalg.pinv(covariance, hermitian=True) @ shift, 0)))


def _harmonic(s: float, m: float) -> float:
    return 2 * s * m / (s + m) if s > 0 and m > 0 else 0.0  # no harmonic mean of a silhouette below 0


# What the options' names in NpfcOptions stand for.
MAHALANOBIS = {
    "pooled": pooled_distance,
    "rows": row_distance,
    "cells": cell_distance,
    "centroids": centroid_distance,
}
SIMILARITY = {"inverse": lambda d: 1 / (1 + d), "exp": lambda d: float(np.exp(-d)), "distance": lambda d: d}
COMBINE = {"sum": lambda s, m: s + m, "product": lambda s, m: s * m, "harmonic": _harmonic}
