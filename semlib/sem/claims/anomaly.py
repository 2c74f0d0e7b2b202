"""Anomalies by the distance to the nearest known images (paper 1, sections 5.4 and 5.5 name the use)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.neighbors import NearestNeighbors

from semlib.sem._checks import whole_number
from semlib.sem.evaluate import check_features
from semlib.sem.intervals import Interval


def knn_distance(reference: ArrayLike, queries: ArrayLike, *, k: int = 5) -> np.ndarray:
    """Return how far images lie from what is known: the mean distance to the k nearest reference images.

    Parameters
    ----------
    reference : array_like of float, shape (N, D)
        Features of what counts as normal.
    queries : array_like of float, shape (M, D)
        Features to judge. They should not be in the reference, or they find themselves at distance 0.
    k : int, default 5
        At most N.

    Returns
    -------
    ndarray of float64, shape (M,)
        Euclidean. Large: unlike anything in the reference.

    Raises
    ------
    ValueError
        Bad features, another number of columns, or k out of range.
    """
    reference, queries = check_features(reference, name="reference"), check_features(queries, name="queries")
    if reference.shape[1] != queries.shape[1]:
        raise ValueError(
            f"reference has {reference.shape[1]} columns and queries {queries.shape[1]}; "
            "make both with the same encoder"
        )
    k = whole_number("k", k, 1)
    if k > len(reference):
        raise ValueError(f"k={k}, but reference has {len(reference)} rows; pass a smaller k")
    # brute force: a tree is no faster in 128 dimensions, and its rounding depends on the order
    model = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(reference)
    return model.kneighbors(queries)[0].mean(axis=1)


def auroc(
    normal: ArrayLike, odd: ArrayLike, *, confidence: float = 0.95, n_resamples: int = 999, seed: int = 0
) -> Interval:
    """Return the area under the ROC curve, with a bootstrap interval over images.

    The share of pairs (normal, odd) in which the odd one has the larger score; ties count half. 0.5 is
    chance. The interval is the percentile one of images drawn again, normal and odd ones apart. It covers
    which images were there, not what another training would change.

    Parameters
    ----------
    normal, odd : array_like of float, shapes (N,) and (M,)
        Scores, such as :func:`knn_distance`.
    confidence : float, default 0.95
    n_resamples : int, default 999
    seed : int, default 0

    Returns
    -------
    Interval
        ``mean`` is the area itself.
    """
    normal, odd = (np.asarray(x, dtype=float) for x in (normal, odd))
    for name, x in {"normal": normal, "odd": odd}.items():
        if x.ndim != 1 or not len(x) or not np.isfinite(x).all():
            raise ValueError(f"{name} has shape {x.shape}; pass finite scores, at least one")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence={confidence} must lie between 0 and 1, such as 0.95")
    n_resamples = whole_number("n_resamples", n_resamples, 1)
    wins = (odd[:, None] > normal) + 0.5 * (odd[:, None] == normal)
    rng = np.random.default_rng(seed)
    # A resample is a number of copies of each image; the area is then a weighted mean of the wins.
    odd_copies = rng.multinomial(len(odd), np.full(len(odd), 1 / len(odd)), n_resamples)
    normal_copies = rng.multinomial(len(normal), np.full(len(normal), 1 / len(normal)), n_resamples)
    areas = ((odd_copies @ wins) * normal_copies).sum(1) / wins.size
    low, high = np.quantile(areas, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(wins.mean()), float(low), float(high))


def held_out_auroc(
    reference: ArrayLike,
    reference_labels: ArrayLike,
    normal: ArrayLike,
    normal_labels: ArrayLike,
    *,
    odd: ArrayLike | None = None,
    odd_labels: ArrayLike | None = None,
    k: int = 5,
    seed: int = 0,
) -> pd.DataFrame:
    """Hold each class out of the reference once, and tell its images from the rest by kNN distance.

    Parameters
    ----------
    reference : array_like of float, shape (N, D)
    reference_labels : array_like, shape (N,)
    normal : array_like of float, shape (M, D)
        Other images than the reference's. Those of the class held out are left out.
    normal_labels : array_like, shape (M,)
    odd : array_like of float, shape (P, D), optional
        Images to find: those of the class held out. By default those in ``normal``. Rare classes need images
        of their own here.
    odd_labels : array_like, shape (P,), optional
    k : int, default 5
    seed : int, default 0
        Of the bootstrap.

    Returns
    -------
    DataFrame
        Index ``label``, each class of ``odd_labels``; columns ``auroc``, ``low``, ``high`` (see
        :func:`auroc`), ``n_odd``, ``n_normal``.
    """
    sets = {"reference": (reference, reference_labels), "normal": (normal, normal_labels)}
    sets["odd"] = sets["normal"] if odd is None else (odd, odd_labels)
    checked = {}
    for name, (features, labels) in sets.items():
        x, y = check_features(features, name=name), np.asarray(labels)
        if y.shape != (len(x),):
            raise ValueError(f"{name}_labels has shape {y.shape}; pass one for each of {len(x)} rows")
        checked[name] = x, y
    (known, known_y), (rest, rest_y), (asked, asked_y) = checked.values()
    rows = {}
    for label in np.unique(asked_y):
        if (rest_y == label).all():
            raise ValueError(f"normal_labels holds class {label} only; pass images of other classes too")
        reference = known[known_y != label]
        usual, unusual = rest[rest_y != label], asked[asked_y == label]
        area = auroc(knn_distance(reference, usual, k=k), knn_distance(reference, unusual, k=k), seed=seed)
        rows[label] = [*area, len(unusual), len(usual)]
    table = pd.DataFrame(rows, index=["auroc", "low", "high", "n_odd", "n_normal"]).T
    return table.rename_axis("label").astype({"n_odd": int, "n_normal": int})
