"""The twin with other class counts, from balanced to beyond Carinthia's.

Paper 1 says that its model is "robust to class imbalances as no label information is used" (section 5.5).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from semlib.sem._checks import whole_number
from semlib.sem._items import TwinItem, frozen
from semlib.sem.claims.robustness import cluster_centres, nearest_centre
from semlib.sem.data import SemImages
from semlib.sem.evaluate import evaluate_clustering, label_scores
from semlib.sem.synthetic import CLASS_COUNTS, Cues


def class_counts(n: int, power: float) -> dict[int, int]:
    """Return how many images each class has when its share goes with a power of Carinthia's.

    Parameters
    ----------
    n : int
        Images in all, at least one a class.
    power : float
        0: all classes alike; 1: Carinthia's proportions; more: still less balanced.

    Returns
    -------
    dict of int to int
        By label, at least 1 each; they add up to ``n`` (largest remainder; what the smallest classes get
        beyond their share comes from the largest).
    """
    n = whole_number("n", n, len(CLASS_COUNTS), "; at least one image a class")
    if not 0 <= power < float("inf"):
        raise ValueError(f"power={power!r} must be a number of at least 0")
    shares = np.array(list(CLASS_COUNTS.values()), float) ** power
    quota = n * shares / shares.sum()
    counts = np.floor(quota).astype(int)
    counts[np.argsort(counts - quota, kind="stable")[: n - counts.sum()]] += 1
    missing = counts == 0
    counts[counts.argmax()] -= missing.sum()
    counts[missing] = 1
    return dict(zip(CLASS_COUNTS, counts.tolist(), strict=True))


def twin_with(
    counts: Mapping[int, int], *, seed: int = 0, first: int = 0, size: int = 480, cues: Cues | None = None
) -> SemImages:
    """Make the twin with any number of images of each class.

    Parameters
    ----------
    counts : mapping of int to int
        Images by label.
    seed : int, default 0
    first : int, default 0
        Index of each class's first image. Smaller counts of the same seed and index give a part of the same
        images; indices that do not overlap give other images.
    size : int, default 480
        Side in pixels.
    cues : semlib.sem.synthetic.Cues, optional
        By default all.

    Returns
    -------
    SemImages
        In a random order that the seed fixes.
    """
    unknown = set(counts) - set(CLASS_COUNTS)
    if unknown:
        raise ValueError(f"counts has the labels {sorted(unknown)}; the twin's are {list(CLASS_COUNTS)}")
    members = [
        (label, first + i)
        for label, count in sorted(counts.items())
        for i in range(whole_number(f"counts[{label}]", count, 0))
    ]
    if not members:
        raise ValueError("counts adds up to 0 images; pass at least one")
    members = [members[i] for i in np.random.default_rng(seed).permutation(len(members))]
    return SemImages(
        items=[TwinItem(label, seed, index, size, cues or Cues()) for label, index in members],
        names=[f"twin_{label}_{index:05d}" for label, index in members],
        labels=frozen([label for label, _ in members]),
        source=f"SEM twin (synthetic), seed {seed}",
        is_synthetic=True,
    )


def balanced_test_scores(
    features: ArrayLike, test: ArrayLike, test_labels: ArrayLike, *, k: int = 6, seed: int = 0
) -> dict[str, float]:
    """Cluster one set of images, and score its clusters on another set, the same for all that compare.

    Scores on the clustered set itself would change with its class counts alone, whatever the features.

    Parameters
    ----------
    features : array_like of float, shape (N, D)
        Clustered by K-means, without labels.
    test : array_like of float, shape (M, D)
        Other images; each takes the cluster whose centre is nearest.
    test_labels : array_like, shape (M,)
    k, seed : int

    Returns
    -------
    dict of str to float
        ``silhouette`` of the clustered set, and of the test set the ``nmi``, ``ami``, ``macro_recall`` … of
        :func:`semlib.sem.evaluate.label_scores`.
    """
    clusters = nearest_centre(test, cluster_centres(features, k=k, seed=seed))
    silhouette = evaluate_clustering(features, k=k, seed=seed).silhouette
    return {"silhouette": silhouette, **label_scores(test_labels, clusters)}
