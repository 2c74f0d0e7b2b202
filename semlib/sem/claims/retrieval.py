"""Does an image at one resolution find itself at another? A test of scale invariance (paper 1, section 5.4).

Finding one's own image is more than lying close to it: where all embeddings are nearly the same, all are
close, and none is found.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import pairwise_distances

from semlib.sem.evaluate import check_features

METRICS = ("cosine", "euclidean")
_EQUAL = 1e-10  # relative; distances that differ by less are ties: float64 rounding must not decide
_BLOCK = 512  # queries at a time


class Retrieval(NamedTuple):
    """How well queries find their own; ``chance`` is the recall of a blind guess, 1/N."""

    recall_at_1: float
    mean_rank: float
    chance: float


def own_ranks(
    queries: ArrayLike, gallery: ArrayLike, *, metric: str = "cosine"
) -> tuple[np.ndarray, np.ndarray]:
    """Rank each query's own row among all rows of the gallery, by distance.

    Parameters
    ----------
    queries, gallery : array_like of float, shape (N, D)
        Row i of both is the same image, such as its embedding at L1 and at L0.
    metric : {"cosine", "euclidean"}, default "cosine"
        Cosine is what the training loss looks at; K-means and the silhouette are Euclidean.

    Returns
    -------
    closer : ndarray of int, shape (N,)
        How many other rows are closer to the query than its own.
    tied : ndarray of int, shape (N,)
        How many other rows are just as close. Where all rows are equal, that is N − 1.

    Raises
    ------
    ValueError
        Bad features, shapes that differ, or an unknown metric.
    """
    queries, gallery = check_features(queries, name="queries"), check_features(gallery, name="gallery")
    if queries.shape != gallery.shape:
        raise ValueError(
            f"queries has shape {queries.shape} and gallery {gallery.shape}; row i of both must be image i"
        )
    if metric not in METRICS:
        raise ValueError(f"metric={metric!r} must be one of {', '.join(METRICS)}")
    largest = max(np.linalg.norm(queries, axis=1).max(), np.linalg.norm(gallery, axis=1).max())
    tolerance = _EQUAL * (largest if metric == "euclidean" else 1)
    closer, tied = np.empty(len(queries), int), np.empty(len(queries), int)
    for start in range(0, len(queries), _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, len(queries)))
        distances = pairwise_distances(queries[rows], gallery, metric=metric)
        own = distances[np.arange(len(rows)), rows][:, None]
        closer[rows] = (distances < own - tolerance).sum(1)
        tied[rows] = (np.abs(distances - own) <= tolerance).sum(1) - 1
    return closer, tied


def retrieval(queries: ArrayLike, gallery: ArrayLike, *, metric: str = "cosine") -> Retrieval:
    """Return how often, and at which rank, queries find their own row of the gallery.

    Ties are broken by a fair draw, in expectation: equal embeddings have a recall of 1/N and a mean rank of
    (N + 1)/2, as blind guesses have.

    Parameters
    ----------
    queries, gallery, metric
        As in :func:`own_ranks`.

    Returns
    -------
    Retrieval
        ``recall_at_1``, ``mean_rank`` (1 is best) and ``chance``.
    """
    closer, tied = own_ranks(queries, gallery, metric=metric)
    first = np.where(closer == 0, 1 / (1 + tied), 0.0)
    return Retrieval(float(first.mean()), float((1 + closer + tied / 2).mean()), 1 / len(closer))
