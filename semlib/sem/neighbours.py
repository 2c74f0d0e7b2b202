"""What lies near what: nearest neighbours of an image, the images nearest to a cluster's centre.

Labels only score what was found; nothing here is made from them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.spatial.distance import cdist
from sklearn.metrics import silhouette_samples

from semlib.sem._checks import whole_number
from semlib.sem.evaluate import check_features

_BLOCK = 2**24  # distances at a time: 128 MiB


class SameClass(NamedTuple):
    """How often nearest neighbours are of an image's own class.

    Parameters
    ----------
    share, chance : float
        Mean over images, and what neighbours drawn at random would give. Where one class has most images,
        both are high.
    macro_share, macro_chance : float
        Mean over classes, each counted once, whatever its size.
    by_class : DataFrame
        Indexed by class: ``images``, ``share``, ``chance``. NaN for a class of one image, which has no
        neighbour of its own class; it does not count in the means over classes.
    """

    share: float
    chance: float
    macro_share: float
    macro_chance: float
    by_class: pd.DataFrame


def nearest_neighbours(features: ArrayLike, n_neighbors: int = 6) -> np.ndarray:
    """Return the nearest other images of each image, by the Euclidean distance of their features.

    Parameters
    ----------
    features : array_like of float, shape (N, D)
        Used as they are, neither standardised nor scaled.
    n_neighbors : int, default 6
        Less than N.

    Returns
    -------
    ndarray of int64, shape (N, n_neighbors)
        Nearest first; of equally near ones the first in the data's order. An image is never its own
        neighbour, an exact copy of it can be.

    Raises
    ------
    ValueError
        Bad features, or ``n_neighbors`` out of range.
    """
    x = check_features(features)
    n_neighbors = whole_number("n_neighbors", n_neighbors, 1)
    if n_neighbors >= len(x):
        raise ValueError(
            f"n_neighbors={n_neighbors}, but features has {len(x)} rows; pass at most {len(x) - 1}"
        )
    found = np.empty((len(x), n_neighbors), np.int64)
    rows = max(1, _BLOCK // len(x))
    for start in range(0, len(x), rows):
        # Differences, not products: equal rows get equal distances, so that ties are ties.
        distance = cdist(x[start : start + rows], x)
        own = np.arange(len(distance))
        distance[own, start + own] = np.inf
        found[start : start + rows] = np.argsort(distance, axis=1, kind="stable")[:, :n_neighbors]
    return found


def same_class_share(neighbours: np.ndarray, labels: ArrayLike) -> SameClass:
    """Return how often neighbours are of an image's own class, beside what chance gives.

    Parameters
    ----------
    neighbours : ndarray of int, shape (N, n_neighbors)
        From :func:`nearest_neighbours`.
    labels : array_like, shape (N,)

    Returns
    -------
    SameClass
        By chance, (n − 1) / (N − 1) of the neighbours of an image whose class has n images are of its class.
    """
    labels = np.asarray(labels)
    if labels.shape != (len(neighbours),):
        raise ValueError(
            f"labels has shape {labels.shape}; pass one value for each of {len(neighbours)} images"
        )
    same = (labels[neighbours] == labels[:, None]).mean(axis=1)
    table = pd.DataFrame({"class": labels, "share": same}).groupby("class").share.agg(["size", "mean"])
    table.columns = ["images", "share"]
    table["chance"] = (table.images - 1) / (len(labels) - 1)
    share, chance = (float(np.average(table[name], weights=table.images)) for name in ("share", "chance"))
    table.loc[table.images == 1, ["share", "chance"]] = np.nan
    return SameClass(share, chance, float(table.share.mean()), float(table.chance.mean()), table)


def nearest_to_centres(features: ArrayLike, clusters: ArrayLike, n: int = 12) -> dict[int, np.ndarray]:
    """Return the images nearest to the centre of each cluster: its most typical ones.

    Parameters
    ----------
    features : array_like of float, shape (N, D)
        Those that were clustered.
    clusters : array_like of int, shape (N,)
        As in :class:`semlib.sem.evaluate.ClusterScores`.
    n : int, default 12
        At most so many images a cluster.

    Returns
    -------
    dict of int to ndarray of int64
        By cluster the numbers of its images, nearest first, ties in the data's order. A number that no image
        has is left out.
    """
    x, clusters = _check(features, clusters)
    n = whole_number("n", n, 1)
    found = {}
    for cluster in np.unique(clusters).tolist():
        members = np.flatnonzero(clusters == cluster)
        centre = x[members].mean(axis=0, keepdims=True)
        found[cluster] = members[np.argsort(cdist(x[members], centre)[:, 0], kind="stable")[:n]]
    return found


def cluster_table(
    clusters: ArrayLike, *, labels: ArrayLike | None = None, grey: ArrayLike | None = None
) -> pd.DataFrame:
    """Return what is in each cluster.

    Parameters
    ----------
    clusters : array_like of int, shape (N,)
    labels : array_like, shape (N,), optional
        Known classes.
    grey : array_like of float, shape (N,), optional
        The mean grey of each image.

    Returns
    -------
    DataFrame
        Indexed by cluster: ``images``; with labels ``class``, its most frequent one (the first of equally
        frequent ones), and ``purity``, that class's share; with ``grey`` its mean, ``mean_grey``.
    """
    frame = pd.DataFrame({"cluster": np.asarray(clusters)})
    groups = frame.groupby("cluster")
    table = pd.DataFrame({"images": groups.size()})
    if labels is not None:
        counts = pd.crosstab(frame.cluster, np.asarray(labels))
        table["class"] = counts.columns.to_numpy()[counts.to_numpy().argmax(axis=1)]
        table["purity"] = counts.max(axis=1) / counts.sum(axis=1)
    if grey is not None:
        table["mean_grey"] = frame.assign(grey=np.asarray(grey, float)).groupby("cluster").grey.mean()
    return table


def silhouettes(features: ArrayLike, clusters: ArrayLike) -> np.ndarray:
    """Return the silhouette of each image (Euclidean); their mean is the score of Table 1.

    Parameters
    ----------
    features : array_like of float, shape (N, D)
        Those that were clustered.
    clusters : array_like of int, shape (N,)

    Returns
    -------
    ndarray of float64, shape (N,)
        −1 to 1: near 1 deep inside its cluster, below 0 nearer to another cluster. All NaN where there is
        only one cluster, or each image is its own.
    """
    x, clusters = _check(features, clusters)
    if not 1 < len(np.unique(clusters)) < len(x):
        return np.full(len(x), np.nan)
    return silhouette_samples(x - x.mean(axis=0), clusters)


def _check(features: ArrayLike, clusters: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    x, clusters = check_features(features), np.asarray(clusters)
    if clusters.shape != (len(x),) or clusters.dtype.kind not in "iu":
        raise ValueError(
            f"clusters has shape {clusters.shape} and dtype {clusters.dtype}; "
            f"pass one integer for each of the {len(x)} rows of features"
        )
    return x, clusters
