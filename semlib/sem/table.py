"""Table 1 of paper 1: the five methods, the controls that it lacks, and the scores of each."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.preprocessing import normalize as unit_length

from semlib.sem import pipeline
from semlib.sem._checks import whole_number
from semlib.sem._silhouette import silhouettes
from semlib.sem.baselines import BASELINES, grey_features, shading_features
from semlib.sem.evaluate import LABEL_SCORES, check_features, evaluate_clustering, kmeans, label_scores
from semlib.sem.intervals import bootstrap_interval, seed_interval
from semlib.sem.train import TrainConfig

SSL = "SSL (paper's method)"
METHODS = (*BASELINES, SSL)
"""The rows of the paper's Table 1."""

UNTRAINED = "Untrained encoder"
CONTROLS = (UNTRAINED, "Mean grey (1 number)", "Mean and std of grey", "Shading (2 numbers)")
"""The rows that the paper does not have."""

PAPER = pd.DataFrame(
    {
        "silhouette": [0.428901, 0.312685, 0.449926, 0.222131, 0.501581],
        "nmi": [0.287785, 0.289118, 0.210032, 0.281617, 0.203185],
    },
    index=METHODS,
)
"""The paper's Table 1."""


def method_features(
    pixels: np.ndarray, configs: Sequence[TrainConfig], *, normalize: str = "minmax"
) -> dict[str, list[np.ndarray]]:
    """Return the features of the paper's five methods and of the controls, by the name of their row.

    Parameters
    ----------
    pixels : ndarray (N, S, S)
        uint8, such as the store's, to be normalised by ``normalize``; or floats that are normalised already.
    configs : sequence of TrainConfig
        One a seed, for the networks; their own ``normalize`` is not used.
    normalize : str, default "minmax"
        See :func:`semlib.sem.preprocess.normalize`.

    Returns
    -------
    dict of str to list of ndarray, each (N, D)
        One array for what is deterministic, one for each of ``configs`` for the two networks. Baselines and
        trained encoders are kept on disk (:mod:`semlib.sem.pipeline`).
    """
    if not len(configs):
        raise ValueError("configs is empty; pass one TrainConfig for each seed")
    configs = [replace(config, normalize=normalize) for config in configs]
    features = plain_features(pixels, normalize=normalize)
    features[SSL] = [pipeline.ssl_features(pixels, config) for config in configs]
    features[UNTRAINED] = [pipeline.untrained_features(pixels, config) for config in configs]
    return {name: features[name] for name in METHODS + CONTROLS}


def plain_features(pixels: np.ndarray, *, normalize: str = "minmax") -> dict[str, list[np.ndarray]]:
    """Return what :func:`method_features` returns, without the two networks."""
    with warnings.catch_warnings():  # fewer than 128 images have fewer than 128 principal components
        warnings.filterwarnings("ignore", "n_components=", UserWarning)
        features = {m: pipeline.baseline_features(pixels, m, normalize=normalize) for m in BASELINES}
    grey = grey_features(pixels, normalize=normalize)
    features["Mean grey (1 number)"] = grey[:, :1]
    features["Mean and std of grey"] = grey
    features["Shading (2 numbers)"] = shading_features(pixels, normalize=normalize)
    return {name: [x] for name, x in features.items()}


def score_table(
    features: Mapping[str, Sequence[np.ndarray]],
    labels: ArrayLike | None,
    *,
    k: int = 6,
    seed: int = 0,
    standardize: bool = False,
    l2: bool = False,
    resamples: int = 0,
) -> pd.DataFrame:
    """Cluster and score the features of each method.

    Parameters
    ----------
    features : mapping of str to sequence of ndarray, each (N, D)
        From :func:`method_features`: one array for what is deterministic, one a seed for what is random.
    labels : array_like, shape (N,), or None
        Known classes; without them only the silhouette is given.
    k, seed : int
        As in :func:`semlib.sem.evaluate.evaluate_clustering`; ``k`` is at most N − 1.
    standardize, l2 : bool, default False
        See :func:`scaled`. A single number has no direction: with ``l2`` its scores are NaN.
    resamples : int, default 0
        With 2 or more (50 are sensible), what is deterministic gets an interval over random halves of the
        images (:func:`semlib.sem.intervals.bootstrap_interval`).

    Returns
    -------
    DataFrame
        A row a method. Columns ``silhouette`` and, with labels, ``nmi``, ``ari``, ``ami``, ``homogeneity``,
        ``completeness``, ``macro_recall``: the mean over the seeds. Beside each, ``…_low`` and ``…_high``:
        the 95 % interval. With ``resamples``, the column ``interval`` says over what: "seeds" or "images";
        the two do not compare. Without it, the value itself stands where there is one array only. NaN where
        half of the images are too few for ``k``.
    """
    names = ("silhouette", *(LABEL_SCORES if labels is not None else ()))
    rows = {}
    for method, versions in features.items():
        versions = [scaled(x, standardize=standardize, l2=l2) for x in versions]
        n = len(versions[0])
        of_images = len(versions) == 1 and resamples > 0 and n // 2 > k
        if l2 and versions[0].shape[1] == 1:
            found = dict.fromkeys(names, (np.nan,) * 3)
        elif of_images:
            found = bootstrap_interval(versions[0], labels, k=k, seed=seed, resamples=resamples)
        else:
            scores = [evaluate_clustering(x, labels, k=min(k, n - 1), seed=seed).row() for x in versions]
            found = {name: _over_seeds([score[name] for score in scores], resamples > 0) for name in names}
        rows[method] = {
            name + end: value
            for name in names
            for end, value in zip(("", "_low", "_high"), found[name], strict=True)
        }
    table = pd.DataFrame(rows).T
    if resamples:
        table["interval"] = ["seeds" if len(versions) > 1 else "images" for versions in features.values()]
    return table


def _over_seeds(values: Sequence[float], unknown: bool) -> tuple[float, float, float]:
    """Return mean, low and high; of a single value there is no interval, which is NaN where that matters."""
    if len(values) > 1:
        return seed_interval(values)
    return (values[0], np.nan, np.nan) if unknown else (values[0],) * 3


def k_sweep(
    features: Mapping[str, Sequence[np.ndarray]],
    labels: ArrayLike | None,
    *,
    ks: Sequence[int] = range(2, 13),
    seed: int = 0,
) -> pd.DataFrame:
    """Return the scores of each method for several numbers of clusters.

    Paper 1 has K = 6 only, the number of its classes.

    Parameters
    ----------
    features : mapping of str to sequence of ndarray, each (N, D)
        As in :func:`score_table`.
    labels : array_like, shape (N,), or None
    ks : sequence of int, default 2 to 12
        Each at least 2; those of N or more are left out.
    seed : int, default 0
        Of the K-means starts.

    Returns
    -------
    DataFrame
        A row for each method, version (0 … in the order of its arrays) and ``k``; columns ``silhouette`` and,
        with labels, the scores of :func:`semlib.sem.evaluate.label_scores`.
    """
    ks = [whole_number("ks", k, 2) for k in ks]
    rows = []
    for method, versions in features.items():
        for version, x in enumerate(versions):
            x = check_features(x)
            x = x - x.mean(axis=0)
            tried = [k for k in ks if k < len(x)]
            clusterings = [kmeans(x, k, seed=seed, n_init=10)[0] for k in tried]
            means = silhouettes(x, clusterings).mean(axis=1)
            for k, clusters, silhouette in zip(tried, clusterings, means, strict=True):
                row = {"method": method, "version": version, "k": k, "silhouette": float(silhouette)}
                rows.append(row | ({} if labels is None else label_scores(labels, clusters)))
    return pd.DataFrame(rows)


def best_k(sweep: pd.DataFrame) -> pd.Series:
    """Return the K with the highest mean silhouette of each method, in the order of a sweep's methods."""
    means = sweep.groupby(["method", "k"], sort=False).silhouette.mean().unstack("k")
    return means.idxmax(axis=1).rename("best k")


def scaled(features: np.ndarray, *, standardize: bool = False, l2: bool = False) -> np.ndarray:
    """Return features with columns of mean 0 and deviation 1, or rows of length 1, or both in this order.

    Constant columns become 0, and rows of zeros stay so.
    """
    x = np.asarray(features, dtype=np.float64)
    if standardize:
        # a constant column's deviation is rounding noise, not exactly 0
        deviation = x.std(axis=0)
        noise = 10 * np.finfo(float).eps * np.abs(x).max(axis=0)
        x = np.where(deviation > noise, (x - x.mean(axis=0)) / np.where(deviation > noise, deviation, 1), 0)
    return unit_length(x) if l2 else x
