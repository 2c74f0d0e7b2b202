"""Is a continuous-looking picture evidence of anything? What pictures of pure noise look like.

Paper 1 reads from its UMAP picture "a well-structured, continuous manifold" and "the absence of random
scattering" (section 5.2). The same picture made from noise says what that reading is worth.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse.csgraph import connected_components
from sklearn.neighbors import NearestNeighbors, kneighbors_graph

from semlib.sem._checks import whole_number
from semlib.sem.evaluate import check_features


def noise_like(features: ArrayLike, *, seed: int = 0) -> np.ndarray:
    """Return Gaussian noise with the mean and covariance of features: no clusters, no curves, no images.

    Parameters
    ----------
    features : array_like of float, shape (N, D)
        At least two rows.
    seed : int, default 0

    Returns
    -------
    ndarray of float32, shape (N, D)
    """
    x = check_features(features)
    if len(x) < 2:
        raise ValueError("features has 1 row; a covariance needs at least 2")
    rng = np.random.default_rng(seed)
    # A random mix of the centred rows has exactly their covariance, also where it is singular.
    centred = x - x.mean(axis=0)
    mix = rng.standard_normal((len(x), len(x))) / np.sqrt(len(x) - 1)
    return (x.mean(axis=0) + mix @ centred).astype(np.float32)


def scattered_share(xy: ArrayLike, *, factor: float = 5.0) -> float:
    """Return the share of points that lie alone.

    Parameters
    ----------
    xy : array_like of float, shape (N, 2)
        A picture, such as :func:`semlib.sem.project.project_umap` makes.
    factor : float, default 5.0
        A point is alone if its nearest neighbour is more than this many times as far as usual (the median
        over all points).
    """
    xy = check_features(xy, name="xy")
    if len(xy) < 3:
        raise ValueError(f"xy has {len(xy)} rows; pass at least 3 points")
    nearest = NearestNeighbors(n_neighbors=1).fit(xy).kneighbors()[0][:, 0]
    return float((nearest > factor * np.median(nearest)).mean())


def largest_piece(xy: ArrayLike, *, n_neighbors: int = 5) -> float:
    """Return the share of points in the largest connected piece: 1 for a picture without gaps.

    Parameters
    ----------
    xy : array_like of float, shape (N, 2)
    n_neighbors : int, default 5
        Each point is linked to so many nearest ones; less than N.
    """
    xy = check_features(xy, name="xy")
    n_neighbors = whole_number("n_neighbors", n_neighbors, 1)
    if n_neighbors >= len(xy):
        raise ValueError(f"n_neighbors={n_neighbors} must be less than the {len(xy)} rows of xy")
    _, piece = connected_components(kneighbors_graph(xy, n_neighbors), directed=False)
    return float(np.bincount(piece).max() / len(xy))


def neighbour_agreement(xy: ArrayLike, labels: ArrayLike, *, n_neighbors: int = 5) -> float:
    """Return how far neighbours in a picture are of one class: 1 for clear boundaries between the classes.

    Parameters
    ----------
    xy : array_like of float, shape (N, 2)
    labels : array_like, shape (N,)
    n_neighbors : int, default 5
        Less than N.

    Returns
    -------
    float
        Share of each point's neighbours that have its label: the mean over a class, then over the classes,
        so that small classes count like large ones. A class of one point has 0.
    """
    xy, labels = check_features(xy, name="xy"), np.asarray(labels)
    n_neighbors = whole_number("n_neighbors", n_neighbors, 1)
    if n_neighbors >= len(xy) or labels.shape != (len(xy),):
        raise ValueError(
            f"xy has {len(xy)} rows; pass as many labels (not {labels.shape}), "
            f"and fewer neighbours (not {n_neighbors})"
        )
    rows = NearestNeighbors(n_neighbors=n_neighbors).fit(xy).kneighbors(return_distance=False)
    same = (labels[rows] == labels[:, None]).mean(axis=1)
    return float(np.mean([same[labels == label].mean() for label in np.unique(labels)]))
