"""Do clusters follow what the images show, or how they were taken? Controls beside one clustering.

A network may group images by their mean grey or by the microscope's shading. That is a shortcut: it makes
compact clusters, which can even agree with labels, and says nothing about defects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.metrics import adjusted_mutual_info_score

from semlib.sem.evaluate import check_features, evaluate_clustering, label_scores

_CLOSE = 0.02  # scores that differ by less count as equal


def explained_share(features: ArrayLike, clusters: ArrayLike) -> float:
    """Return the share of the differences between images that their clusters explain, less what chance would.

    One minus the variance within clusters over the variance of all, each with its degrees of freedom (the
    adjusted R² of a one-way analysis of variance), columns pooled.

    Parameters
    ----------
    features : array_like of float, shape (N,) or (N, D)
        Such as the mean grey of each image.
    clusters : array_like, shape (N,)
        Made from other features.

    Returns
    -------
    float
        1: whoever knows an image's cluster knows its features. About 0 by chance; can be negative. NaN where
        all features are equal, or every image is a cluster of its own.
    """
    x = np.asarray(features)
    x = check_features(x[:, None] if x.ndim == 1 else x)
    clusters = np.asarray(clusters)
    if clusters.shape != (len(x),):
        raise ValueError(f"clusters has shape {clusters.shape}; pass one value for each of {len(x)} samples")
    x = x - x.mean(axis=0)
    groups = [x[clusters == c] for c in np.unique(clusters)]
    total, free = np.square(x).sum(), len(x) - len(groups)
    if (x == x[0]).all() or free == 0:
        return float("nan")
    within = sum(np.square(group - group.mean(axis=0)).sum() for group in groups)
    return float(1 - within / free / (total / (len(x) - 1)))


def shortcut_table(
    features: Mapping[str, ArrayLike],
    labels: ArrayLike | None = None,
    *,
    facts: Mapping[str, Sequence] | None = None,
    k: int = 6,
    seed: int = 0,
) -> pd.DataFrame:
    """Set a clustering beside the clusterings that controls give.

    Parameters
    ----------
    features : mapping of str to array_like, shape (N, D)
        The first is the one to judge; the others are its controls, such as
        :func:`semlib.sem.baselines.mean_grey`.
    labels : array_like, shape (N,), optional
        Known classes.
    facts : mapping of str to sequence, each (N,), optional
        What is known of how images were taken or stored, in words: sub-folder, file type, size. A fact that
        is the same for all images gets no row.
    k, seed : int
        As in :func:`semlib.sem.evaluate.evaluate_clustering`.

    Returns
    -------
    DataFrame
        A row for each of the features, then of the facts. Columns: ``silhouette`` of its own clusters;
        ``explained``, how much of it the judged clusters explain (:func:`explained_share`);
        ``same_clusters``, the AMI of its clusters (or of the fact) with the judged ones, 0 by chance, 1 if
        they are the same; and with labels ``nmi``. NaN where undefined.
    """
    scores = {name: evaluate_clustering(x, labels, k=k, seed=seed) for name, x in features.items()}
    judged = next(iter(scores.values())).assignments
    rows = {}
    for name, x in features.items():
        own = scores[name]
        rows[name] = {
            "silhouette": own.silhouette,
            "explained": explained_share(x, judged),
            "same_clusters": adjusted_mutual_info_score(judged, own.assignments),
            "nmi": own.nmi,
        }
    for name, fact in (facts or {}).items():
        words = np.asarray([str(word) for word in fact])
        if len(set(words)) > 1:
            nmi = None if labels is None else label_scores(labels, words)["nmi"]
            rows[name] = {"same_clusters": adjusted_mutual_info_score(judged, words), "nmi": nmi}
    table = pd.DataFrame(rows).T.astype(float)
    return table.drop(columns="nmi") if labels is None else table


def shortcut_warnings(table: pd.DataFrame, *, much: float = 0.5) -> list[str]:
    """Return a sentence for each control that does as well as the judged clustering, or that it follows.

    Parameters
    ----------
    table : DataFrame
        From :func:`shortcut_table`.
    much : float, default 0.5
        From which share of ``explained``, or ``same_clusters``, the clusters are said to follow a control.

    Returns
    -------
    list of str
        Empty where no control raises a doubt. That alone does not show that the clusters mean anything.
    """
    name, first = table.index[0], table.iloc[0]
    sentences = []
    for control, row in table.iloc[1:].iterrows():
        as_good = [
            f"{title} {row[score]:.2f}, {name} {first[score]:.2f}"
            for score, title in {"silhouette": "silhouette", "nmi": "NMI with the labels"}.items()
            if score in table and row[score] >= first[score] - _CLOSE
        ]
        follows = []
        if row["explained"] >= much:
            follows.append(f"explain {row['explained']:.0%} of its differences")
        if row["same_clusters"] >= much:
            follows.append(f"agree with its own groups, AMI {row['same_clusters']:.2f}")
        parts = [f"does as well ({'; '.join(as_good)})"] * bool(as_good)
        parts += [f"is what the clusters follow (they {', and '.join(follows)})"] * bool(follows)
        if parts:
            sentences.append(f"{control} {', and '.join(parts)}")
    return sentences
