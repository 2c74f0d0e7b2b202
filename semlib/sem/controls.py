"""What stands beside every clustering score: chance, and the most that labels let a score reach."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import entr
from scipy.stats import entropy

from semlib.sem._checks import whole_number
from semlib.sem.evaluate import check_labels, evaluate_clustering, label_scores


def controls(labels: ArrayLike, *, k: int = 6, seed: int = 0) -> pd.DataFrame:
    """Return the scores of clusters that know nothing of the images, to stand beside every clustering.

    Parameters
    ----------
    labels : array_like, shape (N,)
    k : int, default 6
        Number of clusters for the random vectors.
    seed : int, default 0

    Returns
    -------
    pandas.DataFrame
        Columns ``silhouette`` (NaN without features) and those of
        :func:`semlib.sem.evaluate.label_scores`; rows: "shuffled labels" (clusters with exactly the classes'
        sizes, at random), "majority class" (one cluster), "random unit vectors" (K-means on
        :func:`random_unit_vectors`).
    """
    labels = check_labels(labels)
    shuffled = np.random.default_rng(seed).permutation(labels)
    vectors = random_unit_vectors(len(labels), seed=seed)
    nan = {"silhouette": float("nan")}
    return pd.DataFrame(
        {
            "shuffled labels": nan | label_scores(labels, shuffled),
            "majority class": nan | label_scores(labels, np.zeros(len(labels), int)),
            "random unit vectors": evaluate_clustering(vectors, labels, k=k, seed=seed).row(),
        }
    ).T


def random_unit_vectors(n: int, dim: int = 128, *, seed: int = 0) -> np.ndarray:
    """Return n random directions, float64 (n, dim): features that hold nothing."""
    vectors = np.random.default_rng(seed).standard_normal((n, dim))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def nmi_ceiling_equal_clusters(labels: ArrayLike, k: int = 6) -> float:
    """Return a bound that NMI with these labels cannot pass if all ``k`` clusters are of one size.

    Mutual information is at most the smaller entropy, so NMI (arithmetic) is at most
    2 min(H(Y), ln k) / (H(Y) + ln k), with H(Y) the labels' entropy in nats. With Carinthia's label counts
    and k = 6 this is 0.444. It is no bound for clusters of unequal size: clusters equal to the labels have
    NMI 1. :func:`nmi_ceiling_attainable` is the lower bound of the two.

    Parameters
    ----------
    labels : array_like, shape (N,)
    k : int, default 6
        Number of clusters of equal size, at least 2.
    """
    k = whole_number("k", k, 2)
    labels = check_labels(labels)
    h, h_clusters = entropy(np.unique(labels, return_counts=True)[1]), np.log(k)
    return float(2 * min(h, h_clusters) / (h + h_clusters))


def nmi_ceiling_attainable(labels: ArrayLike, k: int = 6) -> float:
    """Return the bound of :func:`nmi_ceiling_equal_clusters`, with what the sizes alone forbid taken off.

    A class that does not fill whole clusters must share one. A cluster that holds the share u of its places
    for one class adds entr(u)/k to H(Y|C), the entropy of the labels that stays within clusters, with
    entr(u) = −u ln u. That function is concave and 0 for u = 0 and u = 1, so a class adds the least if it
    fills as many clusters as it can, and its rest of r images stays together: entr(r k/N)/k. With Carinthia's
    counts and k = 6 the bound is 0.251, and it is reached, by five pure clusters of the largest class and one
    that holds its rest and all other classes. In general it is reached if the rests fit into clusters
    undivided; sizes are taken as N/k exactly.

    Parameters
    ----------
    labels : array_like, shape (N,)
    k : int, default 6
        Number of clusters of equal size, at least 2.
    """
    k = whole_number("k", k, 2)
    labels = check_labels(labels)
    counts = np.unique(labels, return_counts=True)[1]
    rests = counts * k % len(labels) / len(labels)  # as shares of one cluster; exact in integers
    h, within = entropy(counts), entr(rests).sum() / k
    return float(2 * max(h - within, 0.0) / (h + np.log(k)))


def nmi_ceiling_of_sizes(labels: ArrayLike, assignments: ArrayLike) -> float:
    """Return a bound that NMI cannot pass with clusters of just these sizes, equal or not.

    2 min(H(Y), H(C)) / (H(Y) + H(C)), with H(C) the entropy of the cluster sizes: 1 where they are as unequal
    as the classes. 0 where there is one class or one cluster only.

    Parameters
    ----------
    labels, assignments : array_like, shape (N,)
        Class and cluster of each sample.
    """
    assignments = check_labels(assignments, name="assignments")
    labels = check_labels(labels, len(assignments))
    h = [entropy(np.unique(values, return_counts=True)[1]) for values in (labels, assignments)]
    return float(2 * min(h) / sum(h)) if min(h) > 0 else 0.0
