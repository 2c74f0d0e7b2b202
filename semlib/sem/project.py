"""UMAP and t-SNE pictures of features, and how far they can be trusted (paper 1, figures 2, 3 and S1–S8)."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.manifold import TSNE, trustworthiness
from sklearn.neighbors import NearestNeighbors

from semlib.sem.evaluate import check_features


class ProjectionQuality(NamedTuple):
    """How well a picture keeps neighbours; both are 1 at best."""

    trustworthiness: float
    continuity: float


def project_umap(
    features: ArrayLike, *, n_neighbors: int = 15, min_dist: float = 0.1, seed: int = 0
) -> np.ndarray:
    """Project features to two dimensions with UMAP (paper 1, Fig. 2).

    The options are open in the paper; the defaults are UMAP's own. The first call in a process compiles for
    about 12 s. Coordinates repeat on one machine, but differ between machines: compare
    :func:`projection_quality`, not coordinates.

    Parameters
    ----------
    features : array_like of float, shape (N, D)
        Used as they are, neither standardised nor scaled.
    n_neighbors : int, default 15
        At least 2 and less than N.
    min_dist : float, default 0.1
        Least distance of points in the picture, 0 to 1.
    seed : int, default 0

    Returns
    -------
    ndarray of float32, shape (N, 2)

    Raises
    ------
    ValueError
        Bad features, all rows equal, too few rows, or options out of range.
    """
    x = _distinct(features)
    if len(x) < 5:
        raise ValueError(f"features has {len(x)} rows; UMAP needs at least 5")
    _check_neighbours(n_neighbors, len(x), 2, len(x) - 1)
    if not 0 <= min_dist <= 1:
        raise ValueError(f"min_dist={min_dist} must lie between 0 and 1")
    from umap import UMAP  # compiles at import and at first use

    # The neighbours come from scikit-learn: exact at any N, and UMAP's own search compiles for 10 s more.
    x = x.astype(np.float32)
    distances, rows = NearestNeighbors(n_neighbors=n_neighbors).fit(x).kneighbors(x)
    model = UMAP(
        n_neighbors=n_neighbors,
        min_dist=min_dist,
        random_state=seed,
        n_jobs=1,  # with a seed UMAP runs on one core; saying so spares its warning
        precomputed_knn=(rows, distances.astype(np.float32), None),
        force_approximation_algorithm=True,  # else UMAP ignores these neighbours where N is below 4,096
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="precomputed_knn")  # new data cannot be added: they are not
        return model.fit_transform(x).astype(np.float32)


def project_tsne(features: ArrayLike, *, perplexity: float = 30.0, seed: int = 0) -> np.ndarray:
    """Project features to two dimensions with t-SNE (paper 1, Fig. 3).

    Perplexity is open in the paper; 30 is the usual default. It starts from the two leading principal
    components, or from random places where there is one column only.

    Parameters
    ----------
    features : array_like of float, shape (N, D)
        Used as they are, neither standardised nor scaled.
    perplexity : float, default 30.0
        About the number of neighbours that count; at least 1 and less than N.
    seed : int, default 0

    Returns
    -------
    ndarray of float32, shape (N, 2)

    Raises
    ------
    ValueError
        Bad features, all rows equal, or perplexity out of range.
    """
    x = _distinct(features)
    if not 1 <= perplexity < len(x):
        raise ValueError(
            f"perplexity={perplexity} must be at least 1 and less than the {len(x)} rows of features"
        )
    init = "pca" if x.shape[1] > 1 else "random"
    return TSNE(perplexity=perplexity, init=init, random_state=seed).fit_transform(x).astype(np.float32)


def projection_quality(features: ArrayLike, xy: ArrayLike, n_neighbors: int = 15) -> ProjectionQuality:
    """Return trustworthiness and continuity of a projection.

    Trustworthiness falls where neighbours in the picture are strangers in the features; continuity where
    neighbours in the features are torn apart. Needs N² distances in memory.

    Parameters
    ----------
    features : array_like of float, shape (N, D)
    xy : array_like of float, shape (N, 2)
    n_neighbors : int, default 15
        Less than N / 2.

    Returns
    -------
    ProjectionQuality

    Raises
    ------
    ValueError
        Bad features or xy, or ``n_neighbors`` out of range.

    References
    ----------
    J. Venna, S. Kaski, "Neighborhood preservation in nonlinear projection methods: an experimental study",
    ICANN 2001. doi:10.1007/3-540-44668-0_68
    """
    x, xy = check_features(features), check_features(xy, name="xy")
    if len(x) != len(xy):
        raise ValueError(f"xy has {len(xy)} rows, but features has {len(x)}")
    _check_neighbours(n_neighbors, len(x), 1, (len(x) - 1) // 2)
    return ProjectionQuality(
        float(trustworthiness(x, xy, n_neighbors=n_neighbors)),
        float(trustworthiness(xy, x, n_neighbors=n_neighbors)),
    )


def _distinct(features: ArrayLike) -> np.ndarray:
    x = check_features(features)
    if len(x) < 2:
        raise ValueError("features has 1 row; there is nothing to project with fewer than 2")
    if (x == x[0]).all():
        raise ValueError(f"features holds {len(x)} equal rows; there is nothing to project")
    return x


def _check_neighbours(n_neighbors: int, n: int, least: int, most: int) -> None:
    if most < least:
        raise ValueError(f"features has {n} rows; with fewer than 3 there are no neighbours to keep")
    if not least <= n_neighbors <= most:
        raise ValueError(
            f"n_neighbors={n_neighbors} must lie between {least} and {most} for the {n} rows of features"
        )
