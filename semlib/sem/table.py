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
from semlib.sem.baselines import BASELINES, grey_features, shading_features
from semlib.sem.evaluate import LABEL_SCORES, evaluate_clustering, seed_interval
from semlib.sem.preprocess import normalize as normalized
from semlib.sem.train import TrainConfig

SSL = "SSL (paper's method)"
METHODS = (*BASELINES, SSL)
"""The rows of the paper's Table 1."""

CONTROLS = ("Untrained encoder", "Mean grey (1 number)", "Mean and std of grey", "Shading (2 numbers)")
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
    floats = normalized(pixels, normalize) if pixels.dtype == np.uint8 else pixels
    with warnings.catch_warnings():  # fewer than 128 images have fewer than 128 principal components
        warnings.filterwarnings("ignore", "n_components=", UserWarning)
        features = {method: [pipeline.baseline_features(floats, method)] for method in BASELINES}
    features[SSL] = [pipeline.ssl_features(pixels, config) for config in configs]
    features["Untrained encoder"] = [pipeline.untrained_features(pixels, config) for config in configs]
    grey = grey_features(floats)
    features["Mean grey (1 number)"] = [grey[:, :1]]
    features["Mean and std of grey"] = [grey]
    features["Shading (2 numbers)"] = [shading_features(floats)]
    return features


def score_table(
    features: Mapping[str, Sequence[np.ndarray]],
    labels: ArrayLike | None,
    *,
    k: int = 6,
    seed: int = 0,
    standardize: bool = False,
    l2: bool = False,
) -> pd.DataFrame:
    """Cluster and score the features of each method.

    Parameters
    ----------
    features : mapping of str to sequence of ndarray, each (N, D)
        From :func:`method_features`: one array for what is deterministic, one a seed for what is random.
    labels : array_like, shape (N,), or None
        Known classes; without them only the silhouette is given.
    k, seed, standardize
        As in :func:`semlib.sem.evaluate.evaluate_clustering`; ``k`` is at most N − 1.
    l2 : bool, default False
        Scale each row to length 1 first (after ``standardize``).

    Returns
    -------
    DataFrame
        A row a method. Columns ``silhouette`` and, with labels, ``nmi``, ``ari``, ``ami``, ``homogeneity``,
        ``completeness``, ``macro_recall``: the mean over the seeds. Beside each, ``…_low`` and ``…_high``:
        the 95 % interval over the seeds; the value itself where there is one array only.
    """
    rows = {}
    for method, versions in features.items():
        scores = []
        for x in versions:
            x = scaled(x, standardize=standardize, l2=l2)
            scores.append(evaluate_clustering(x, labels, k=min(k, len(x) - 1), seed=seed).row())
        row = {}
        for name in ("silhouette", *(LABEL_SCORES if labels is not None else ())):
            values = [score[name] for score in scores]
            mean, low, high = seed_interval(values) if len(values) > 1 else (values[0],) * 3
            row |= {name: mean, f"{name}_low": low, f"{name}_high": high}
        rows[method] = row
    return pd.DataFrame(rows).T


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
