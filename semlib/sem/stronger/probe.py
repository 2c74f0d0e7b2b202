"""What a simple classifier reads from features: a linear probe and a k-NN probe (not in paper 1).

Clusters show what stands out in features; a probe shows what is in them. Both are scored by macro accuracy,
the mean of the classes' recalls, since four fifths of Carinthia are one class and always naming it would be
right that often. A probe reads whatever tells classes apart, also how the images were taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from semlib.sem._checks import whole_number
from semlib.sem.evaluate import check_features, check_labels


@dataclass(frozen=True)
class ProbeFolds:
    """How :func:`probe_folds` splits images.

    Attributes
    ----------
    splits : tuple of (train, test)
        Rows, ascending, ndarray of int64; one for each fold, repeat by repeat. Each class of ``classes`` is
        in every train and every test part.
    classes : ndarray
        The classes that are scored, in order.
    left_out : dict
        The classes that are too small for the folds, and their number of groups. Their images are in no part:
        what a probe would find of them cannot be estimated.
    """

    splits: tuple[tuple[np.ndarray, np.ndarray], ...]
    classes: np.ndarray
    left_out: dict

    @property
    def chance(self) -> float:
        """The macro accuracy of whoever does not look at the features: 1 / classes."""
        return 1 / len(self.classes)


@dataclass(frozen=True)
class ProbeScores:
    """What :func:`linear_probe` and :func:`knn_probe` return.

    Attributes
    ----------
    accuracy : float
        Macro (balanced) accuracy, the mean over the folds.
    low, high : float
        Its 95 % interval, of what other images would change; see :func:`fold_interval`.
    values : ndarray of float64, (folds,)
        The macro accuracy of each fold.
    confusion : ndarray of int64, (classes, classes)
        How many images of a class (row) were given each class (column), over all folds.
    classes : ndarray
        As in :class:`ProbeFolds`.
    chance : float
    """

    accuracy: float
    low: float
    high: float
    values: np.ndarray
    confusion: np.ndarray
    classes: np.ndarray
    chance: float


def probe_folds(
    labels: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    n_splits: int = 5,
    repeats: int = 1,
    seed: int = 0,
) -> ProbeFolds:
    """Split images into folds, stratified by class, with no group in two parts.

    Parameters
    ----------
    labels : array_like, (N,)
    groups : array_like, (N,), optional
        What must stay together, such as :func:`semlib.split.content_groups`; by default each image by itself.
    n_splits : int, default 5
        Folds a repeat, at least 2. A class needs as many groups, or it is left out.
    repeats : int, default 1
        How often all is split anew. The folds of the first repeat do not depend on how many there are.
    seed : int, default 0

    Returns
    -------
    ProbeFolds

    Raises
    ------
    ValueError
        Bad arguments, or fewer than two classes that are large enough.

    Notes
    -----
    A group with images of several classes is dealt out as one of its most frequent class. Where that leaves
    another class out of a part, the class is left out altogether.
    """
    labels = check_labels(labels)
    groups = np.arange(len(labels)) if groups is None else check_labels(groups, len(labels), name="groups")
    n_splits, repeats = whole_number("n_splits", n_splits, 2), whole_number("repeats", repeats, 1)
    seed = whole_number("seed", seed, 0)
    classes, codes = np.unique(labels, return_inverse=True)
    names, of_row = np.unique(groups, return_inverse=True)
    counts = np.zeros((len(names), len(classes)), np.int64)
    np.add.at(counts, (of_row, codes), 1)
    main = counts.argmax(axis=1)
    n_groups = np.bincount(main, minlength=len(classes))
    kept = n_groups >= n_splits
    if kept.sum() < 2:
        sizes = ", ".join(f"{c}: {n}" for c, n in zip(classes.tolist(), n_groups.tolist(), strict=True))
        raise ValueError(
            f"labels has {kept.sum()} classes of at least n_splits={n_splits} groups (groups by class: "
            f"{sizes}); a probe needs 2 such classes, so pass fewer splits or more images"
        )
    usable, splits = np.flatnonzero(kept[main]), []
    for repeat in range(repeats):
        random = int(np.random.SeedSequence([seed, repeat]).generate_state(1)[0])
        deal = StratifiedKFold(n_splits, shuffle=True, random_state=random)
        for _, part in deal.split(usable, main[usable]):
            tested = np.isin(of_row, usable[part])
            trained = np.isin(of_row, np.delete(usable, part))
            splits.append(tuple(np.flatnonzero(where & kept[codes]) for where in (trained, tested)))
    left_out = {c: int(n) for c, n in zip(classes[~kept].tolist(), n_groups[~kept], strict=True)}
    return ProbeFolds(tuple(splits), classes[kept], left_out)


def linear_probe(
    features: ArrayLike | Sequence[np.ndarray], labels: ArrayLike, folds: ProbeFolds
) -> ProbeScores:
    """Return how well a linear classifier tells the classes apart.

    Logistic regression with scikit-learn's default penalty (C = 1), in which each class weighs the same, on
    features standardised by the training part of the fold.

    Parameters
    ----------
    features : array_like of float, (N, D); or a list of such, one for each of ``folds.splits``
        A list is for features that were themselves learned from the labels of the training part, such as
        :func:`semlib.sem.stronger.supervised.cross_fitted`.
    labels : array_like, (N,)
        Those that the folds were made from.
    folds : ProbeFolds

    Returns
    -------
    ProbeScores
    """

    def classify(train: np.ndarray, classes: np.ndarray, test: np.ndarray) -> np.ndarray:
        return LogisticRegression(class_weight="balanced", max_iter=5000).fit(train, classes).predict(test)

    return _probe(features, labels, folds, classify)


def knn_probe(
    features: ArrayLike | Sequence[np.ndarray], labels: ArrayLike, folds: ProbeFolds, *, n_neighbors: int = 5
) -> ProbeScores:
    """Return how well the nearest neighbours tell the class.

    Euclidean, on features standardised by the training part of the fold. Each neighbour's vote is divided by
    the size of its class in the training part, so that large classes do not outvote small ones by their
    number alone.

    Parameters
    ----------
    features, labels, folds
        As in :func:`linear_probe`.
    n_neighbors : int, default 5
        Fewer where a training part has fewer images.

    Returns
    -------
    ProbeScores
    """
    n_neighbors = whole_number("n_neighbors", n_neighbors, 1)

    def classify(train: np.ndarray, classes: np.ndarray, test: np.ndarray) -> np.ndarray:
        model = KNeighborsClassifier(min(n_neighbors, len(train))).fit(train, classes)
        sizes = np.unique(classes, return_counts=True)[1]
        return model.classes_[(model.predict_proba(test) / sizes).argmax(axis=1)]

    return _probe(features, labels, folds, classify)


def _probe(
    features: ArrayLike | Sequence[np.ndarray],
    labels: ArrayLike,
    folds: ProbeFolds,
    classify: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray],
) -> ProbeScores:
    labels = check_labels(labels)
    of_fold = _by_fold(features, len(labels), len(folds.splits))
    total, values = np.zeros((len(folds.classes),) * 2, np.int64), []
    for x, (train, test) in zip(of_fold, folds.splits, strict=True):
        scaler = StandardScaler().fit(x[train])
        found = classify(scaler.transform(x[train]), labels[train], scaler.transform(x[test]))
        confusion = np.zeros_like(total)
        rows, columns = (np.searchsorted(folds.classes, c) for c in (labels[test], found))
        np.add.at(confusion, (rows, columns), 1)
        values.append((confusion.diagonal() / confusion.sum(axis=1)).mean())
        total += confusion
    train, test = folds.splits[0]
    mean, low, high = fold_interval(values, test_share=len(test) / len(train))
    return ProbeScores(mean, low, high, np.array(values), total, folds.classes, folds.chance)


def _by_fold(features: ArrayLike | Sequence[np.ndarray], n: int, n_folds: int) -> list[np.ndarray]:
    """Return the features to use in each fold."""
    several = isinstance(features, list) and len(features) and np.ndim(features[0]) == 2
    if several and len(features) != n_folds:
        raise ValueError(f"features is a list of {len(features)} arrays for {n_folds} folds; pass one a fold")
    checked = [check_features(x) for x in (features if several else [features])]
    for x in checked:
        if len(x) != n:
            raise ValueError(f"features has {len(x)} rows for {n} labels; pass one row a label")
    return checked if several else checked * n_folds


def fold_interval(
    values: ArrayLike, *, test_share: float, within: tuple[float, float] = (0.0, 1.0)
) -> tuple[float, float, float]:
    """Return mean and 95 % interval of the scores of folds, which share most of their training images.

    Nadeau and Bengio's corrected Student interval: the variance of the mean of J folds is taken as (1/J +
    ``test_share``) times the folds' variance, not 1/J.

    Parameters
    ----------
    values : array_like of float, (J,)
        One score a fold, at least 2.
    test_share : float
        Size of a test part over that of its training part.
    within : (float, float), default (0, 1)
        What scores can be; the interval is cut there. (-1, 1) for differences of scores.

    References
    ----------
    C. Nadeau, Y. Bengio, "Inference for the generalization error", Machine Learning 52, 2003.
    doi:10.1023/A:1024068626366
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(f"values has shape {values.shape}; pass one score a fold, at least 2")
    half = t.ppf(0.975, len(values) - 1) * np.sqrt((1 / len(values) + test_share) * values.var(ddof=1))
    mean = float(values.mean())
    return mean, max(within[0], float(mean - half)), min(within[1], float(mean + half))
