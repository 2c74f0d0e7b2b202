"""NPFC, paper 2's filter and clustering (section 2.2): noise out, clusters joined, the rest removed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from semlib.wafer import clusters as grouping
from semlib.wafer import compactness as eq8
from semlib.wafer import sd_index
from semlib.wafer.closeness import Decision, Relations, judge
from semlib.wafer.maps import DEFECTIVE, GOOD, centre, check_map, die_radius
from semlib.wafer.npfc_types import NpfcOptions, NpfcResult, NumScore, PracticalOptions
from semlib.wafer.practical import run_practical

__all__ = [
    "Decision",
    "NpfcOptions",
    "NpfcResult",
    "NumScore",
    "PracticalOptions",
    "centre",
    "die_radius",
    "npfc",
]

_OPTIONS = {"paper": NpfcOptions, "practical": PracticalOptions}

_TIE = 1e-9  # two SD this close are equal: rounding must not choose Num


def npfc(wafer_map: ArrayLike, *, mode: Literal["paper", "practical"] = "paper", **options) -> NpfcResult:
    """Filter and cluster a wafer map by NPFC (paper 2, section 2.2).

    Parameters
    ----------
    wafer_map : array_like, shape (H, W)
        0 no die, 1 good die, 2 defective die; see `check_map`.
    mode : {"paper", "practical"}
        The paper's algorithm, or ours in its place (`semlib.wafer.practical`): every cluster of
        ``min_dies`` or more is kept, so Num may be 1, and no pattern of that size is lost.
    **options
        The fields of `NpfcOptions` (paper) or `PracticalOptions` (practical).

    Returns
    -------
    NpfcResult

    Raises
    ------
    ValueError
        A bad map, an unknown mode, or a value that an option does not have.
    TypeError
        An option that the mode does not have.

    Notes
    -----
    A turned or mirrored map gives the turned or mirrored result, unless two of the largest clusters have the
    same size, rmin and rmax, as mirror twins do: then the first in raster order goes first. Places without a
    die around the map leave clusters and decisions as they are where they leave R as it is (its limit is half
    the map), but eq. 3 counts every cell, so ``num`` can change.
    """
    return run(check_map(wafer_map), make_options(mode, options))


def make_options(mode: str, options: dict) -> NpfcOptions | PracticalOptions:
    """Check the keywords of `npfc` and return them as one object."""
    if mode not in tuple(_OPTIONS):
        raise ValueError(f"mode={mode!r} does not exist; pass mode='paper' or mode='practical'")
    known = [field.name for field in fields(_OPTIONS[mode])]
    unknown = [name for name in options if name not in known]
    if unknown:
        raise TypeError(
            f"npfc has no option {unknown[0]!r} in mode={mode!r}; its options are {', '.join(known)}"
        )
    return _OPTIONS[mode](**options)


def run(wafer_map: np.ndarray, options: NpfcOptions | PracticalOptions) -> NpfcResult:
    """Do what `npfc` does, for a checked map and checked options."""
    if isinstance(options, PracticalOptions):
        return run_practical(wafer_map, options)
    preliminary, noise = grouping.preliminary_clusters(wafer_map, noise_size=options.noise_size)
    merged, pairs, squared = grouping.premerge(preliminary, gap=options.gap)
    n_clusters = int(merged.max()) + 1
    radius = die_radius(wafer_map)
    if n_clusters < 2:
        trials, chosen = (), _Trial(n_clusters, np.arange(n_clusters), None, ())
    else:
        trials = _try_all(wafer_map, merged, _measure(merged, pairs, squared, radius, options), options)
        best = max(trial.score.sd for trial in trials)
        chosen = next(trial for trial in trials if trial.score.sd >= best - _TIE)

    label_of, cores = _largest_label_first(chosen.label_of, merged)
    labels = _paint(label_of, merged)
    return NpfcResult(
        num=chosen.num,
        labels=labels,
        filtered=_filtered(wafer_map, labels),
        preliminary=preliminary,
        merged=merged,
        noise=noise,
        cores=cores,
        radius=radius,
        scores=tuple(trial.score for trial in trials),
        decisions=chosen.decisions,
        decisions_by_num={trial.num: trial.decisions for trial in trials},
        options=options,
    )


@dataclass(frozen=True)
class _Trial:
    """One number of clusters: each cluster's core (its label) or -1, the score, the decisions."""

    num: int
    label_of: np.ndarray
    score: NumScore | None
    decisions: tuple[Decision, ...]


@dataclass(frozen=True)
class _Measured:
    """Everything that does not depend on Num; the dies are sorted by cluster."""

    clusters: np.ndarray
    distances: grouping.ClusterDistances
    relations: Relations


def _measure(
    merged: np.ndarray, pairs: np.ndarray, squared: np.ndarray, radius: float, options: NpfcOptions
) -> _Measured:
    points = np.argwhere(merged >= 0)
    clusters = merged[merged >= 0]
    radii = np.sqrt(grouping.squared_radii(points, merged.shape)) / 2
    rmin, rmax = grouping.group_range(clusters, radii)
    sizes = np.bincount(clusters)
    starts = np.cumsum(sizes) - sizes

    order = np.argsort(clusters, kind="stable")
    dies = points[order].astype(float)
    distances = grouping.cluster_distances(dies, starts)
    sums = np.add.reduceat(distances.sums, starts, axis=0)
    n_dist = np.minimum.reduceat(distances.nearest, starts, axis=0)
    if options.compactness in eq8.EUCLIDEAN:
        moments = eq8.euclidean_unions(dies, starts, sums)
    else:
        moments = eq8.path_unions(pairs, squared, clusters, n_dist)

    cores = slice(options.num_range[1])
    relations = Relations(
        sizes=sizes,
        rmin=rmin,
        rmax=rmax,
        n_dist=n_dist[cores],
        f_dist=np.maximum.reduceat(distances.farthest, starts, axis=0)[cores],
        m_dist=(sums / np.outer(sizes, sizes))[cores],
        den=eq8.DEN[options.compactness](np.add.outer(sizes, sizes), moments)[cores],
        radius=radius,
    )
    return _Measured(clusters[order], distances, relations)


def _try_all(
    wafer_map: np.ndarray, merged: np.ndarray, measured: _Measured, options: NpfcOptions
) -> tuple[_Trial, ...]:
    """Try every number of clusters in the options' range, as far as there are so many."""
    n_clusters = len(measured.relations.sizes)
    low, high = (min(num, n_clusters) for num in options.num_range)
    trials = []
    for num in range(low, high + 1):
        decisions = judge(measured.relations, num, covers=options.covers)
        label_of = np.arange(n_clusters)
        label_of[num:] = [-1 if made.into is None else made.into for made in decisions]
        score = _score(
            num, wafer_map, _filtered(wafer_map, _paint(label_of, merged)), measured, label_of, options
        )
        trials.append(_Trial(num, label_of, score, decisions))
    return tuple(trials)


def _score(
    num: int,
    wafer_map: np.ndarray,
    filtered: np.ndarray,
    measured: _Measured,
    label_of: np.ndarray,
    options: NpfcOptions,
) -> NumScore:
    s = sd_index.silhouette(measured.distances, measured.clusters, label_of, b=options.silhouette)
    d = sd_index.MAHALANOBIS[options.mahalanobis](wafer_map, filtered)
    m = sd_index.SIMILARITY[options.similarity](d)
    sd = sd_index.COMBINE[options.combine](s, m)
    return NumScore(num, s, d, m, sd, int((wafer_map != filtered).sum()))


def _paint(label_of: np.ndarray, merged: np.ndarray) -> np.ndarray:
    """Give every die its cluster's label; -1 outside the clusters."""
    return np.append(label_of, -1).astype(np.int32)[merged]


def _filtered(wafer_map: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.where((wafer_map == DEFECTIVE) & (labels < 0), np.uint8(GOOD), wafer_map)


def _largest_label_first(label_of: np.ndarray, merged: np.ndarray) -> tuple[np.ndarray, tuple[int, ...]]:
    """Number the labels by their final size, equal ones as their cores; return the cores in the new order."""
    labels = _paint(label_of, merged)
    cores = np.argsort(-np.bincount(labels[labels >= 0]), kind="stable")
    rank = np.append(np.argsort(cores), -1)
    return rank[label_of], tuple(cores.tolist())
