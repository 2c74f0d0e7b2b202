"""Macro F1 of recognised patterns, with intervals over maps and seeds, and a verdict on each filter."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t

#: A gain of macro F1 below this is no help in practice. Ours, fixed before anything was measured.
MARGIN = 0.01


class Interval(NamedTuple):
    """A value and its confidence interval."""

    mean: float
    low: float
    high: float


def class_f1(
    truth: ArrayLike, predicted: ArrayLike, n_classes: int, *, weights: ArrayLike | None = None
) -> np.ndarray:
    """Return the F1 of each class.

    Parameters
    ----------
    truth, predicted : array_like of int (N,)
        Classes 0 … n_classes − 1.
    n_classes : int
    weights : array_like of float (N,), optional
        How often each map counts.

    Returns
    -------
    ndarray of float64 (n_classes,)
        2 TP / (2 TP + FP + FN); 0 where that is 0 / 0, as in scikit-learn.

    Raises
    ------
    ValueError
        If the two differ in length or are empty, or a class is out of range.
    """
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    if truth.shape != predicted.shape or truth.ndim != 1 or not len(truth):
        raise ValueError(
            f"truth has the shape {truth.shape} and predicted {predicted.shape}; pass one class a map"
        )
    for name, found in (("truth", truth), ("predicted", predicted)):
        if found.min() < 0 or found.max() >= n_classes:
            raise ValueError(
                f"{name} holds classes {found.min()} to {found.max()}; they must be 0 to {n_classes - 1}"
            )
    counts = np.ones(len(truth)) if weights is None else np.asarray(weights, float)
    right = np.bincount(truth, counts * (truth == predicted), n_classes)
    both = np.bincount(truth, counts, n_classes) + np.bincount(predicted, counts, n_classes)
    return 2 * right / np.where(both, both, 1)


def macro_f1(truth: ArrayLike, predicted: ArrayLike, n_classes: int) -> float:
    """Return the mean of `class_f1` over all classes."""
    return float(class_f1(truth, predicted, n_classes).mean())


def pattern_scores(truth: np.ndarray, predicted: np.ndarray, holds: np.ndarray) -> np.ndarray:
    """Return F1, precision and recall of each single pattern, whatever it is combined with.

    Parameters
    ----------
    truth, predicted : ndarray of int (N,)
    holds : ndarray of bool (n_classes, P)
        Which patterns each class holds.

    Returns
    -------
    ndarray of float64 (3, P)
        0 where a score is 0 / 0.
    """
    true, found = holds[truth], holds[predicted]
    right = (true & found).sum(0)
    of = np.stack([(true.sum(0) + found.sum(0)) / 2, found.sum(0), true.sum(0)])
    return right / np.where(of, of, 1)


def resampled_f1(
    truth: np.ndarray, predictions: np.ndarray, n_classes: int, *, resamples: int = 1000, seed: int = 0
) -> np.ndarray:
    """Return the macro F1 of several predictions on the same resampled test maps.

    Parameters
    ----------
    truth : ndarray of int (N,)
    predictions : ndarray of int (M, N)
    n_classes : int
    resamples : int, default 1000
        Maps are drawn with replacement, in each class as many as it has.
    seed : int, default 0

    Returns
    -------
    ndarray of float64 (M, resamples)
        Column b of all rows is of the same draw, so that differences are paired.
    """
    rng = np.random.default_rng(seed)
    members = [np.flatnonzero(truth == k) for k in range(n_classes)]
    scores = np.empty((len(predictions), resamples))
    for b in range(resamples):
        drawn = np.concatenate([rng.choice(part, len(part)) for part in members if len(part)])
        weights = np.bincount(drawn, minlength=len(truth))
        for m, predicted in enumerate(predictions):
            scores[m, b] = class_f1(truth, predicted, n_classes, weights=weights).mean()
    return scores


def interval(by_seed: ArrayLike, by_resample: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """Return a mean over seeds with an interval that holds both chances: of the training, of the test maps.

    The variance of the mean is taken as the sum of two: that between seeds divided by their number, and that
    between resamples of the test maps (of the mean over seeds). The half-width is Student's quantile with
    Satterthwaite's degrees of freedom, as the first variance is estimated from few seeds, and the second is
    taken as known.

    Parameters
    ----------
    by_seed : array_like of float (S,)
        A score, or a paired difference of two, on all test maps, for each seed; at least 2.
    by_resample : array_like of float (B,)
        The mean over seeds of the same on resampled test maps, see `resampled_f1`.
    confidence : float, default 0.95

    References
    ----------
    F. E. Satterthwaite, "An approximate distribution of estimates of variance components", Biometrics
    Bulletin 2(6), 1946. doi:10.2307/3002019
    """
    by_seed, by_resample = np.asarray(by_seed, float), np.asarray(by_resample, float)
    if by_seed.ndim != 1 or len(by_seed) < 2:
        raise ValueError(
            f"by_seed has the shape {by_seed.shape}; pass one value a seed, from at least 2 seeds"
        )
    if not 0 < confidence < 1:
        raise ValueError(f"confidence={confidence} must lie between 0 and 1, such as 0.95")
    mean = float(by_seed.mean())
    of_seeds, of_maps = by_seed.var(ddof=1) / len(by_seed), by_resample.var(ddof=1)
    total = of_seeds + of_maps
    at = (1 + confidence) / 2
    freedom = total**2 / (of_seeds**2 / (len(by_seed) - 1)) if of_seeds > 0 else np.inf
    half = float(t.ppf(at, freedom) * np.sqrt(total))
    return Interval(mean, mean - half, mean + half)


def verdict(difference: Interval, *, margin: float = MARGIN) -> str:
    """Say in words what the interval of a difference to raw maps shows.

    "helps": all of it is above 0. "hurts": all of it is below 0. "does not help": neither, and a gain of
    ``margin`` or more is outside. "not shown": all else.
    """
    if difference.low > 0:
        return "helps"
    if difference.high < 0:
        return "hurts"
    return "does not help" if difference.high < margin else "not shown"
