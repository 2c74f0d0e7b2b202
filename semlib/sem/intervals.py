"""Intervals beside scores: over seeds for what is random, over images for what is not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import t

from semlib.sem._checks import whole_number
from semlib.sem._silhouette import silhouettes
from semlib.sem.evaluate import LABEL_SCORES, check_features, evaluate_clustering, kmeans, label_scores

_LEAST = {"silhouette": -1.0, "ari": -0.5, "ami": -1.0}  # other scores begin at 0; all end at 1


class Interval(NamedTuple):
    """A value and its confidence interval."""

    mean: float
    low: float
    high: float


def seed_interval(values: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """Return the mean of repeated runs and its confidence interval by Student's t.

    The interval covers what changes from run to run (the seed), taken as about normal; not what another data
    set would change.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        One value a seed, at least 2; 5 or more are sensible.
    confidence : float, default 0.95

    Returns
    -------
    Interval
        ``mean, low, high``.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(f"values has shape {values.shape}; pass one value a seed, from at least 2 seeds")
    if not np.isfinite(values).all():
        raise ValueError(f"values holds NaN or infinity at {np.flatnonzero(~np.isfinite(values)).tolist()}")
    quantile = _quantile(confidence, len(values))
    mean = values.mean()
    half = quantile * values.std(ddof=1) / np.sqrt(len(values))
    return Interval(float(mean), float(mean - half), float(mean + half))


def bootstrap_interval(
    features: ArrayLike,
    labels: ArrayLike | None = None,
    *,
    k: int = 6,
    seed: int = 0,
    resamples: int = 50,
    n_init: int = 10,
    confidence: float = 0.95,
) -> dict[str, Interval]:
    """Return each score of a clustering and its interval over images: what another sample would change.

    For features that are not random. Each resample is a random half of the images, drawn without
    replacement, clustered anew and scored. Not the ordinary bootstrap: that draws images twice, and twins at
    distance 0 raise the silhouette of small clusters. With halves the scores scatter about as widely as the
    score of all images does around its expectation: the variance of a mean of b of n given values is
    (n − b)/b times that of the mean of all n, and 1 for b = n/2. So their standard deviation, times
    Student's quantile, is the interval's half-width, without any scaling.

    Parameters
    ----------
    features : array_like of float, shape (N, D)
        More than 2 ``k`` rows.
    labels : array_like, shape (N,), optional
        Known classes. They play no part in drawing, so a rare class may be missing from a half.
    k, seed : int
        As in :func:`semlib.sem.evaluate.evaluate_clustering`; the seed is that of the halves, too.
    resamples : int, default 50
        How many halves. The width has a relative error of about 1/√(2 · resamples).
    n_init : int, default 10
        Starts of K-means, in each half as for the whole.
    confidence : float, default 0.95

    Returns
    -------
    dict of str to Interval
        ``silhouette`` and, with labels, the scores of :func:`semlib.sem.evaluate.label_scores`. ``mean`` is
        the score of all images. The ends are kept within the score's range.

    Notes
    -----
    The features themselves are taken as given. PCA's components, which are fitted to all images, are not
    fitted anew in each half. Images are taken as drawn independently; where they come in groups (one wafer,
    one lot), the interval is too narrow.

    References
    ----------
    J. Shao, C. F. J. Wu, "A general theory for jackknife variance estimation", Ann. Statist. 17(3), 1989
    (delete-d with d = n/2). doi:10.1214/aos/1176347263. D. N. Politis, J. P. Romano, "Large sample confidence
    regions based on subsamples under minimal assumptions", Ann. Statist. 22(4), 1994.
    doi:10.1214/aos/1176325770
    """
    whole = evaluate_clustering(features, labels, k=k, seed=seed, n_init=n_init)
    halves = half_scores(features, labels, k=k, seed=seed, resamples=resamples, n_init=n_init)
    width = _quantile(confidence, resamples) * halves.std(ddof=1)
    intervals = {}
    for name, half in width.items():
        value = getattr(whole, name)
        low, high = np.clip([value - half, value + half], _LEAST.get(name, 0.0), 1.0)
        intervals[name] = Interval(value, float(low), float(high))
    return intervals


def half_scores(
    features: ArrayLike,
    labels: ArrayLike | None = None,
    *,
    k: int = 6,
    seed: int = 0,
    resamples: int = 50,
    n_init: int = 10,
) -> pd.DataFrame:
    """Return the scores of random halves of the images, each clustered anew; one row a half.

    The distances are computed once for all halves. Arguments as in :func:`bootstrap_interval`.
    """
    x = check_features(features)
    x = x - x.mean(axis=0)
    n, resamples = len(x), whole_number("resamples", resamples, 2)
    if n // 2 <= k:
        raise ValueError(f"features has {n} rows: half of them are too few for k={k}; pass more, or less k")
    labels = None if labels is None else np.asarray(labels)
    rng = np.random.default_rng(seed)
    clusterings, rows = [], []
    for _ in range(resamples):
        half = np.sort(rng.permutation(n)[: n // 2])
        clusters = np.full(n, -1, np.int32)
        clusters[half] = kmeans(x[half], k, seed=seed, n_init=n_init)[0]
        clusterings.append(clusters)
        rows.append({} if labels is None else label_scores(labels[half], clusters[half]))
    values = [
        float(np.mean(s[c >= 0])) for s, c in zip(silhouettes(x, clusterings), clusterings, strict=True)
    ]
    table = pd.DataFrame(rows, columns=LABEL_SCORES if labels is not None else ())
    table.insert(0, "silhouette", values)
    return table


def _quantile(confidence: float, n: int) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence={confidence} must lie between 0 and 1, such as 0.95")
    return float(t.ppf((1 + confidence) / 2, n - 1))
