"""Silhouettes of many clusterings of the same features, for the distances of one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.metrics.pairwise import euclidean_distances

_BLOCK = 2**22  # distances in memory at a time: 32 MiB


def silhouettes(features: np.ndarray, clusterings: Sequence[np.ndarray]) -> np.ndarray:
    """Return the silhouette of each sample under each clustering, as scikit-learn's ``silhouette_samples``.

    A sample's summed distances to the clusters are a product of the distances with the clusters' indicators,
    so that resamples and numbers of clusters share the N² distances, which is nearly all of the work.

    Parameters
    ----------
    features : ndarray of float, shape (N, D)
        Centred, or the distances lose digits.
    clusterings : sequence of R integer ndarrays, each (N,)
        Clusters 0 … K − 1, none empty; −1 where a sample does not take part.

    Returns
    -------
    ndarray of float64, shape (R, N)
        0 for a cluster of one sample; NaN for a sample that takes no part, and for a whole clustering that
        has one cluster only, or as many as samples.
    """
    n = len(features)
    indicators = [c[:, None] == np.arange(c.max() + 1) for c in clusterings]
    weights = np.concatenate(indicators, axis=1).astype(np.float64)
    sums = np.empty_like(weights)
    for start in range(0, n, max(1, _BLOCK // n)):
        rows = slice(start, start + max(1, _BLOCK // n))
        distances = euclidean_distances(features[rows], features)
        distances[np.arange(len(distances)), np.arange(n)[rows]] = 0
        sums[rows] = distances @ weights
    parts = np.split(sums, np.cumsum([i.shape[1] for i in indicators])[:-1], axis=1)
    return np.stack([_from_sums(s, c) for s, c in zip(parts, clusterings, strict=True)])


def _from_sums(sums: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Return silhouettes from the summed distances (N, K) of each sample to each cluster."""
    out = np.full(len(clusters), np.nan)
    here = np.flatnonzero(clusters >= 0)
    own = clusters[here]
    sizes = np.bincount(own, minlength=sums.shape[1])
    if not 1 < len(sizes) < len(here):
        return out
    means = sums[here] / sizes
    near = sums[here, own] / np.maximum(sizes[own] - 1, 1)
    means[np.arange(len(here)), own] = np.inf
    far = means.min(axis=1)
    larger = np.maximum(near, far)
    out[here] = np.where(sizes[own] > 1, (far - near) / np.where(larger > 0, larger, 1), 0)
    return out
