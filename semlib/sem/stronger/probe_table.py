"""One table for features of every origin: clusters, probes, effective rank side by side (not in paper 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike

from semlib.sem.collapse import effective_rank
from semlib.sem.evaluate import evaluate_clustering, seed_interval
from semlib.sem.stronger.probe import ProbeFolds, ProbeScores, fold_interval, knn_probe, linear_probe

PROBES = {"knn": knn_probe, "linear": linear_probe}
_CLUSTERS = ("silhouette", "nmi", "ami")
COLUMNS = (*_CLUSTERS, *PROBES, "rank")
"""The scores of :func:`probe_table`; beside each stand ``…_low`` and ``…_high``."""


def probe_table(
    features: Mapping[str, Sequence[np.ndarray]],
    labels: ArrayLike,
    folds: ProbeFolds,
    *,
    k: int = 6,
    seed: int = 0,
) -> pd.DataFrame:
    """Score the features of each method.

    Parameters
    ----------
    features : mapping of str to sequence of ndarray, each (N, D)
        One array for what is deterministic, one a seed for what is random, as from
        :func:`semlib.sem.table.method_features`.
    labels : array_like, (N,)
    folds : ProbeFolds
    k, seed
        Of K-means, as in :func:`semlib.sem.evaluate.evaluate_clustering`; ``k`` is at most N − 1.

    Returns
    -------
    DataFrame
        A row a method. ``silhouette``, ``nmi``, ``ami`` of K-means on the features as they are; ``knn`` and
        ``linear``, the macro accuracy of the probes; ``rank``, the effective rank of the features. Each is
        the mean over the seeds. ``…_low`` and ``…_high`` are 95 % intervals: over the seeds for the clusters
        and the rank (the value itself where there is one array only), over the folds for the probes.
    """
    rows = {}
    for method, versions in features.items():
        row = {}
        scores = [evaluate_clustering(x, labels, k=min(k, len(x) - 1), seed=seed) for x in versions]
        values = {name: [getattr(score, name) for score in scores] for name in _CLUSTERS}
        values["rank"] = [_rank(x) for x in versions]
        for name, found in values.items():
            row |= _named(name, seed_interval(found) if len(found) > 1 else (found[0],) * 3)
        for name, probe in PROBES.items():
            row |= _named(name, _over_folds([probe(x, labels, folds) for x in versions], folds))
        rows[method] = row
    return _ordered(rows)


def probe_gains(
    features: Mapping[str, Sequence[np.ndarray | list[np.ndarray]]],
    labels: ArrayLike,
    folds: ProbeFolds,
    pairs: Sequence[tuple[str, str]],
) -> pd.DataFrame:
    """Return how much more probes read from one method's features than from another's, fold by fold.

    Both methods are scored on the same folds, so the interval of the difference is narrower than those of the
    two scores suggest.

    Parameters
    ----------
    features : mapping of str to sequence
        As in :func:`probe_table`; an entry of the sequence may be a list with one array a fold.
    labels, folds
        As in :func:`probe_table`.
    pairs : sequence of (str, str)
        Which to compare: the first less the second.

    Returns
    -------
    DataFrame
        A row a pair, "first − second"; columns ``knn`` and ``linear`` with ``…_low`` and ``…_high``, the
        difference of the macro accuracies (the mean over the seeds) and its 95 % interval over the folds.
    """
    train, test = folds.splits[0]
    names = dict.fromkeys(name for pair in pairs for name in pair)
    rows: dict[str, dict[str, float]] = {f"{a} − {b}": {} for a, b in pairs}
    for score, probe in PROBES.items():
        of = {n: np.mean([probe(x, labels, folds).values for x in features[n]], axis=0) for n in names}
        for a, b in pairs:
            interval = fold_interval(of[a] - of[b], test_share=len(test) / len(train), within=(-1.0, 1.0))
            rows[f"{a} − {b}"] |= _named(score, interval)
    return pd.DataFrame(rows).T


def held_out_row(
    features: Sequence[np.ndarray],
    labels: ArrayLike,
    folds: ProbeFolds,
    *,
    name: str = "Supervised bound (sees labels)",
    k: int = 6,
    seed: int = 0,
) -> pd.DataFrame:
    """Return one such row for features that were learned from labels, fold by fold.

    Parameters
    ----------
    features : sequence of ndarray, each (N, D)
        From :func:`semlib.sem.stronger.supervised.cross_fitted`, one for each of ``folds.splits``.
    labels, folds, k, seed
        As in :func:`probe_table`.
    name : str
        Of the row.

    Returns
    -------
    DataFrame
        As :func:`probe_table`, but clusters and rank are those of each fold's held-out images alone (the
        network has seen the labels of all others), which are fewer; the mean over the folds, and for all
        scores the interval is over the folds. Effective rank grows with the number of images up to its
        length, so that it is comparable with other rows only roughly.
    """
    labels = np.asarray(labels)
    parts = [(x[test], labels[test]) for x, (_, test) in zip(features, folds.splits, strict=True)]
    scores = [evaluate_clustering(x, y, k=min(k, len(x) - 1), seed=seed) for x, y in parts]
    row = {}
    values = {score: [getattr(s, score) for s in scores] for score in _CLUSTERS}
    values["rank"] = [_rank(x) for x, _ in parts]
    for score, found in values.items():
        row |= _named(score, seed_interval(found))
    for score, probe in PROBES.items():
        row |= _named(score, _over_folds([probe(list(features), labels, folds)], folds))
    return _ordered({name: row})


def _over_folds(scores: Sequence[ProbeScores], folds: ProbeFolds) -> tuple[float, float, float]:
    """Return the interval over the folds of the mean over the seeds."""
    train, test = folds.splits[0]
    return fold_interval(np.mean([s.values for s in scores], axis=0), test_share=len(test) / len(train))


def _rank(x: np.ndarray) -> float:
    return effective_rank(torch.from_numpy(np.ascontiguousarray(x)))


def _named(name: str, interval: Sequence[float]) -> dict[str, float]:
    return dict(zip((name, f"{name}_low", f"{name}_high"), map(float, interval), strict=True))


def _ordered(rows: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows).T[[f"{name}{end}" for name in COLUMNS for end in ("", "_low", "_high")]]
