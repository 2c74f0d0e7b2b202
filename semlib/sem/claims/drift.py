"""Has a stream of images drifted away from a reference? A test, its false alarms and its power.

Paper 1 names "process drift analysis" as a use of its embeddings (section 5.4), and tests none.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.distance import cdist
from scipy.stats import binomtest

from semlib.sem._checks import whole_number
from semlib.sem.evaluate import check_features


class DriftTest(NamedTuple):
    """Energy distance of two samples, and the p-value: small where they are not from one distribution."""

    energy: float
    p_value: float


class AlarmRate(NamedTuple):
    """Share of windows that raise an alarm, with its 95 % interval (Wilson)."""

    rate: float
    low: float
    high: float


def energy_test(
    reference: ArrayLike, stream: ArrayLike, *, n_permutations: int = 199, seed: int = 0
) -> DriftTest:
    """Test whether two samples of features come from one distribution.

    The energy distance is 2 E‖x − y‖ − E‖x − x'‖ − E‖y − y'‖, 0 only for equal distributions; its p-value
    comes from permutations of the images, so it holds for any features and any sizes.

    Parameters
    ----------
    reference, stream : array_like of float, shapes (N, D) and (M, D)
        At least two rows each. Columns count by their spread; standardise them where their units differ.
    n_permutations : int, default 199
        The smallest possible p-value is 1/(n_permutations + 1).
    seed : int, default 0

    Returns
    -------
    DriftTest

    References
    ----------
    G. J. Székely, M. L. Rizzo, "Energy statistics", Journal of Statistical Planning and Inference 143, 2013.
    doi:10.1016/j.jspi.2013.03.018
    """
    x, y = check_features(reference, name="reference"), check_features(stream, name="stream")
    if x.shape[1] != y.shape[1] or min(len(x), len(y)) < 2:
        raise ValueError(
            f"reference has shape {x.shape} and stream {y.shape}; "
            "pass the same columns, and at least two rows each"
        )
    n_permutations = whole_number("n_permutations", n_permutations, 1)
    both = np.concatenate([x, y])
    splits = _splits(len(x), len(y), n_permutations, np.random.default_rng(seed))
    return _permuted(cdist(both, both), splits)


def _splits(n: int, m: int, n_permutations: int, rng: np.random.Generator) -> np.ndarray:
    """Return a row of weights for each split of n + m images, 1/n and −1/m; the first is their own."""
    own = np.concatenate([np.full(n, 1 / n), np.full(m, -1 / m)])
    return np.stack([own, *rng.permuted(np.tile(own, (n_permutations, 1)), axis=1)])


def _permuted(distances: np.ndarray, splits: np.ndarray) -> DriftTest:
    """Run the test from the distances of all images: with these splits w, the energy distance is −wᵀDw."""
    energies = -((splits @ distances) * splits).sum(axis=1)
    own = energies[0]
    as_large = (energies[1:] >= own - 1e-12 * abs(own)).sum()
    return DriftTest(float(own), float((1 + as_large) / len(energies)))


def alarm_rate(
    reference: ArrayLike,
    stream: ArrayLike,
    *,
    window: int,
    level: float = 0.05,
    repeats: int = 200,
    n_permutations: int = 99,
    stream_weights: ArrayLike | None = None,
    seed: int = 0,
) -> AlarmRate:
    """Return how often :func:`energy_test` raises an alarm between random windows of two pools.

    Row i of both pools must be the same image, changed or not in the stream. Each time the images are split
    by chance: one window comes from one half, as the reference shows it; the other from the other half, as
    the stream shows it. With ``stream`` equal to ``reference`` the rate is that of false alarms, and should
    be about ``level``; otherwise it is the power.

    Parameters
    ----------
    reference, stream : array_like of float, shape (N, D)
    window : int
        Images in each window, at least 2 and at most N // 2.
    level : float, default 0.05
        An alarm is a p-value of at most this.
    repeats : int, default 200
        Pairs of windows.
    n_permutations : int, default 99
    stream_weights : array_like, shape (N,), optional
        Draw the stream's images with probabilities proportional to these, such as to change the mix of
        classes. By default all alike.
    seed : int, default 0

    Returns
    -------
    AlarmRate
        Windows share images with each other, so the interval is a little too narrow.
    """
    x, y = check_features(reference, name="reference"), check_features(stream, name="stream")
    if x.shape != y.shape:
        raise ValueError(f"reference has shape {x.shape}, stream {y.shape}; row i of both must be image i")
    n, half = len(x), len(x) // 2
    window, repeats = whole_number("window", window, 2), whole_number("repeats", repeats, 1)
    if window > half:
        raise ValueError(f"window={window}, but half of the {n} images are {half}; pass a smaller window")
    if not 1 / (n_permutations + 1) <= level < 1:
        raise ValueError(
            f"level={level} cannot be reached with n_permutations={n_permutations}; pass more permutations"
        )
    weights = np.ones(n) if stream_weights is None else np.asarray(stream_weights, dtype=float)
    if weights.shape != (n,) or not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError(f"stream_weights must hold {n} numbers of at least 0, one for each image")
    both = np.concatenate([x, y])
    distances = cdist(both, both)
    rng = np.random.default_rng(seed)
    splits = _splits(window, window, n_permutations, rng)  # the same for all windows, which are random
    alarms = 0
    for _ in range(repeats):
        order = rng.permutation(n)
        # Exponential keys draw without replacement by weight (Efraimidis and Spirakis), after the split.
        rest = order[half:]
        keys = rng.exponential(size=len(rest)) / np.maximum(weights[rest], 1e-300)
        drawn = rest[np.argsort(keys)[:window]]
        rows = np.concatenate([order[:window], n + drawn])
        alarms += _permuted(distances[np.ix_(rows, rows)], splits).p_value <= level
    low, high = binomtest(int(alarms), repeats).proportion_ci(method="wilson")
    return AlarmRate(alarms / repeats, float(low), float(high))
