"""K-means, silhouette and NMI as in paper 1. What must stand beside them: :mod:`semlib.sem.controls`."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib import import_module

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import linear_sum_assignment
from sklearn import metrics
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

from semlib.sem._checks import whole_number


@dataclass(frozen=True)
class ClusterScores:
    """What :func:`evaluate_clustering` returns.

    Attributes
    ----------
    silhouette : float
        Mean silhouette, −1 to 1, Euclidean, on the very features that were clustered; NaN where it is not
        defined (one cluster only, or each sample its own cluster).
    nmi, ari, ami, homogeneity, completeness, macro_recall : float or None
        Agreement with the labels, see :func:`label_scores`; None without labels.
    assignments : ndarray of int32, shape (N,)
        Cluster of each sample, 0 … n_clusters_found − 1, largest first.
    n_clusters_found : int
        Less than ``k`` where there are fewer distinct samples.
    inertia : float
        Sum of squared distances to the cluster centres.
    """

    silhouette: float
    nmi: float | None
    ari: float | None
    ami: float | None
    homogeneity: float | None
    completeness: float | None
    macro_recall: float | None
    assignments: np.ndarray
    n_clusters_found: int
    inertia: float

    def row(self) -> dict[str, float | None]:
        """Return silhouette and label scores by name, a row for a table."""
        return {name: getattr(self, name) for name in ("silhouette", *LABEL_SCORES)}


LABEL_SCORES = ("nmi", "ari", "ami", "homogeneity", "completeness", "macro_recall")


def evaluate_clustering(
    features: ArrayLike,
    labels: ArrayLike | None = None,
    *,
    k: int = 6,
    seed: int = 0,
    n_init: int = 10,
    standardize: bool = False,
) -> ClusterScores:
    """Cluster features with K-means and score the clusters.

    Paper 1, section 3.4: K-means with as many clusters as there are defect
    categories, silhouette (Euclidean) and, after the fact, NMI with the labels. Starts (k-means++, best of
    ``n_init``), the mean in NMI (arithmetic) and scaling (none) are open in the paper. Labels only score
    clusters; they do not make them. Silhouettes of different features do not compare: a single number per
    image can have a higher one than a good representation, see :mod:`semlib.sem.table`.

    Parameters
    ----------
    features : array_like of float, shape (N, D)
        One row a sample, all finite.
    labels : array_like, shape (N,), optional
        Known classes, numbers or strings, none missing.
    k : int, default 6
        Number of clusters.
    seed : int, default 0
        Seed of the K-means starts.
    n_init : int, default 10
        Number of starts.
    standardize : bool, default False
        Bring each column to mean 0 and standard deviation 1 first; constant columns become 0.

    Returns
    -------
    ClusterScores

    Raises
    ------
    ValueError
        NaN or infinity (rows are named), not 2-D, fewer samples than ``k``, ``k`` < 2 or no integer, labels
        that are missing or of another length.

    Warns
    -----
    UserWarning
        If fewer than ``k`` clusters were found, since there are fewer distinct samples.
    """
    x = check_features(features)
    few = f", and features has {len(x)} rows: too few to cluster" if len(x) < 3 else ""
    k, n_init = whole_number("k", k, 2, few), whole_number("n_init", n_init, 1)
    if len(x) < k:
        remedy = (
            "pass more samples or a smaller k" if len(x) > 2 else "clusters and a silhouette need at least 3"
        )
        raise ValueError(f"features has {len(x)} rows, fewer than k={k}; {remedy}")
    seed = whole_number("seed", seed, 0)
    labels = None if labels is None else check_labels(labels, len(x))

    # Distances do not change with the origin, but they lose digits far from it.
    x = StandardScaler().fit_transform(x) if standardize else x - x.mean(axis=0)
    assignments, inertia = kmeans(x, k, seed=seed, n_init=n_init)
    found = int(assignments.max()) + 1
    if found < k:
        warnings.warn(
            f"k={k}, but K-means found {found} clusters, since features holds too few distinct rows",
            stacklevel=2,
        )
    agreement = dict.fromkeys(LABEL_SCORES) if labels is None else label_scores(labels, assignments)
    return ClusterScores(
        silhouette=float(metrics.silhouette_score(x, assignments)) if 1 < found < len(x) else float("nan"),
        **agreement,
        assignments=assignments,
        n_clusters_found=found,
        inertia=inertia,
    )


def kmeans(x: np.ndarray, k: int, *, seed: int, n_init: int) -> tuple[np.ndarray, float]:
    """Return the clusters of float rows, largest first, int32 (N,), and the inertia; nothing is checked."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # too few distinct rows: the caller can see it
        model = KMeans(k, n_init=n_init, random_state=seed).fit(x)
    return _largest_first(model.labels_), float(model.inertia_)


def label_scores(labels: ArrayLike, assignments: ArrayLike) -> dict[str, float]:
    """Return how well clusters agree with known classes.

    Parameters
    ----------
    labels, assignments : array_like, shape (N,)
        Class and cluster of each sample.

    Returns
    -------
    dict of str to float
        ``nmi`` (arithmetic mean), ``ari``, ``ami`` (the last two are about 0 by chance), ``homogeneity``,
        ``completeness``, and ``macro_recall``: clusters are matched to classes one to one, so that the mean
        over classes of the share found in the matched cluster is largest; a class without a cluster has 0.
    """
    assignments = check_labels(assignments, name="assignments")
    labels = check_labels(labels, len(assignments))
    counts = metrics.cluster.contingency_matrix(labels, assignments)
    recall = counts / counts.sum(axis=1, keepdims=True)
    matched = linear_sum_assignment(recall, maximize=True)
    scores = {
        "nmi": metrics.normalized_mutual_info_score(labels, assignments),
        "ari": metrics.adjusted_rand_score(labels, assignments),
        "ami": metrics.adjusted_mutual_info_score(labels, assignments),
        "homogeneity": metrics.homogeneity_score(labels, assignments),
        "completeness": metrics.completeness_score(labels, assignments),
        "macro_recall": recall[matched].sum() / len(recall),
    }
    return {name: float(value) for name, value in scores.items()}


def check_features(features: ArrayLike, *, name: str = "features") -> np.ndarray:
    """Return features as float64 (N, D), or refuse them and name the rows at fault."""
    x = np.asarray(features)
    if x.ndim != 2 or x.size == 0 or x.dtype.kind not in "fiu":
        hint = f"; use {name}[:, None] for one column" if x.ndim == 1 else ""
        raise ValueError(
            f"{name} has shape {x.shape} and dtype {x.dtype}; pass numbers of shape (N, D){hint}"
        )
    bad = np.flatnonzero(~np.isfinite(x).all(axis=1))
    if len(bad):
        listed = ", ".join(map(str, bad[:5])) + (" …" if len(bad) > 5 else "")
        raise ValueError(f"{name} holds NaN or infinity in {len(bad)} rows ({listed}); repair or omit them")
    return x.astype(np.float64)


def check_labels(labels: ArrayLike, n: int | None = None, *, name: str = "labels") -> np.ndarray:
    """Return labels as an array (N,), or refuse them."""
    labels = np.asarray(labels)
    if labels.ndim != 1 or len(labels) == 0:
        raise ValueError(f"{name} has shape {labels.shape}; pass one value a sample, (N,)")
    if n is not None and len(labels) != n:
        raise ValueError(f"{name} has {len(labels)} values for {n} samples; pass one a sample")
    missing = np.flatnonzero(pd.isna(labels))
    if len(missing):
        raise ValueError(
            f"{name} lacks a value in {len(missing)} rows, first row {missing[0]}; omit these samples"
        )
    return labels


def _largest_first(assignments: np.ndarray) -> np.ndarray:
    """Number clusters by falling size, equal sizes by first member, so that a number means something."""
    _, first, inverse, counts = np.unique(
        assignments, return_index=True, return_inverse=True, return_counts=True
    )
    rank = np.empty(len(first), np.int32)
    rank[np.lexsort((first, -counts))] = np.arange(len(first))
    return rank[inverse]


_MOVED = {
    "Interval": "intervals",
    "seed_interval": "intervals",
    "controls": "controls",
    "nmi_ceiling_equal_clusters": "controls",
}


def __getattr__(name: str):
    """Find names that were here once; the modules that hold them now import this one."""
    if name not in _MOVED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"semlib.sem.{_MOVED[name]}"), name)
