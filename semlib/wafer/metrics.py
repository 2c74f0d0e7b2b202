"""The paper's metrics (paper 2, section 3.2, eq. 11-25), and the die-level ones that need a truth.

Every function returns a frozen dataclass; ``pandas.DataFrame([scores, ...])`` makes a table of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn import metrics as sk

from semlib.wafer._agreement import agreement
from semlib.wafer.clusters import cluster_distances
from semlib.wafer.maps import DEFECTIVE, check_map


@dataclass(frozen=True)
class FilterScores:
    """Eq. 11-14. ``snr`` and ``psnr`` in dB; infinite where both maps are equal: keep those out of means."""

    mae: float
    nmse: float
    snr: float
    psnr: float


@dataclass(frozen=True)
class InternalScores:
    """Eq. 19-22. A smaller ``dbi`` is better, a larger ``di``, ``ch``, ``gdi``."""

    dbi: float
    di: float
    ch: float
    gdi: float


@dataclass(frozen=True)
class ExternalScores:
    """Eq. 23-25, and the number of dies that were compared."""

    ri: float
    ari: float
    nmi: float
    n_dies: int


@dataclass(frozen=True)
class DieScores:
    """Precision, recall and F1 of the kept defective dies."""

    precision: float
    recall: float
    f1: float


def filter_scores(original: ArrayLike, filtered: ArrayLike, *, p: float = 2) -> FilterScores:
    """Compare a filtered map with the original (eq. 11-14).

    ``MAE = sum|G - G'| / (L W)``; ``NMSE = sum(G - G')² / sum G²``; ``SNR = -10 log10 NMSE``;
    ``PSNR = 10 log10(p² L W / sum(G - G')²)``. All four are best where nothing is removed.

    Parameters
    ----------
    original, filtered : array_like, shape (H, W)
        Two maps; see `check_map`.
    p : float, default 2
        Peak value. Open in the paper: 2 is a map's largest value; 255 adds a constant 42.11 dB.
    """
    g, f = (check_map(m, name=n).astype(float) for m, n in ((original, "original"), (filtered, "filtered")))
    if g.shape != f.shape:
        raise ValueError(f"original has shape {g.shape}, filtered {f.shape}; pass two maps of one wafer")
    if p <= 0:
        raise ValueError(f"p={p} is no peak value; pass a number above 0")
    squared = ((g - f) ** 2).sum()
    nmse = squared / (g**2).sum()
    with np.errstate(divide="ignore"):
        snr, psnr = -10 * np.log10(nmse), 10 * np.log10(np.divide(p**2 * g.size, squared))
    return FilterScores(float(np.abs(g - f).mean()), float(nmse), float(snr), float(psnr))


def internal_scores(
    points: ArrayLike,
    labels: ArrayLike,
    *,
    dbi: Literal["paper", "sklearn"] = "paper",
    gdi: Literal["13", "33", "43"] = "13",
) -> InternalScores:
    """Judge a clustering by its own distances (eq. 15-22).

    Dies with a negative label are left out. Fewer than two clusters: all nan. Every cluster a single die:
    ``ch`` is nan. A ratio over 0 is infinite: ``dbi`` where two centroids coincide (a ring around a centre),
    ``di`` and ``gdi`` where every cluster is a single die.

    Parameters
    ----------
    points : array_like, shape (n, 2)
        Rows and columns of the dies, such as ``np.argwhere(labels >= 0)``.
    labels : array_like of int, shape (n,)
        Each die's cluster, such as ``labels[labels >= 0]``.
    dbi : {"paper", "sklearn"}
        Spread of a cluster: mean distance of its pairs (eq. 15, likely the paper's), or scikit-learn's
        ``davies_bouldin_score``, which takes the mean distance to the centroid.
    gdi : {"13", "33", "43"}
        Bezdek & Pal's min delta / max Delta with Delta = 2 x mean distance to the centroid and, as delta, the
        nearest distance ("13", a guess), the mean distance ("33") or the centroids' distance ("43").
    """
    _check_choice("dbi", dbi, ("paper", "sklearn"))
    _check_choice("gdi", gdi, ("13", "33", "43"))
    points, labels = np.asarray(points, float), _whole(labels, "labels")
    if points.ndim != 2 or points.shape[1] != 2 or labels.shape != points.shape[:1]:
        raise ValueError(f"points has shape {points.shape}, labels {labels.shape}; expected (n, 2) and (n,)")
    points, labels = points[labels >= 0], labels[labels >= 0]
    _, labels, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    if len(sizes) < 2:
        return InternalScores(np.nan, np.nan, np.nan, np.nan)

    order = np.argsort(labels, kind="stable")
    points, labels = points[order], labels[order]
    starts = np.cumsum(sizes) - sizes
    distances = cluster_distances(points, starts)
    sums = np.add.reduceat(distances.sums, starts, axis=0)
    nearest = np.minimum.reduceat(distances.nearest, starts, axis=0)
    diameter = np.diagonal(np.maximum.reduceat(distances.farthest, starts, axis=0))
    average = np.diagonal(sums) / np.maximum(sizes * (sizes - 1), 1)
    centroids = np.add.reduceat(points, starts, axis=0) / sizes[:, None]
    between = np.linalg.norm(centroids[:, None] - centroids, axis=2)
    spread = 2 * np.bincount(labels, np.linalg.norm(points - centroids[labels], axis=1)) / sizes

    others = ~np.eye(len(sizes), dtype=bool)
    delta = {"13": nearest, "33": sums / np.outer(sizes, sizes), "43": between}[gdi]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(others, (average[:, None] + average) / between, -np.inf)
        return InternalScores(
            dbi=float(
                ratio.max(axis=1).mean() if dbi == "paper" else sk.davies_bouldin_score(points, labels)
            ),
            di=float(nearest[others].min() / diameter.max()),
            ch=float(sk.calinski_harabasz_score(points, labels)) if len(sizes) < len(points) else np.nan,
            gdi=float(delta[others].min() / spread.max()),
        )


def external_scores(
    truth: ArrayLike,
    labels: ArrayLike,
    *,
    where: ArrayLike | None = None,
    removed: Literal["group", "drop"] = "group",
    normaliser: Literal["arithmetic", "geometric", "min", "max"] = "arithmetic",
) -> ExternalScores:
    """Compare a clustering with the truth: Rand index, adjusted Rand index, NMI (eq. 23-25).

    Which dies are compared is open in the paper; ours are all defective dies of the map. A negative number in
    ``truth`` (noise) or ``labels`` (removed) is one group of its own. No die to compare: all nan.

    Parameters
    ----------
    truth, labels : array_like of int, shape (n,) or (H, W)
        The true and the found cluster of each die.
    where : array_like of bool, same shape, optional
        The dies to compare, ``wafer_map == 2``. Needed for 2-D input: good dies would count as agreement.
    removed : {"group", "drop"}
        Whether removed dies are a group, or left out.
    normaliser : {"arithmetic", "geometric", "min", "max"}
        The mean of both entropies that NMI divides by.
    """
    _check_choice("removed", removed, ("group", "drop"))
    _check_choice("normaliser", normaliser, ("arithmetic", "geometric", "min", "max"))
    truth, labels = _whole(truth, "truth"), _whole(labels, "labels")
    if where is None and labels.ndim != 1:
        raise ValueError(f"labels has shape {labels.shape} and where is missing; pass where=(wafer_map == 2)")
    chosen = np.ones(labels.shape, bool) if where is None else np.asarray(where)
    if not truth.shape == labels.shape == chosen.shape or chosen.dtype != bool:
        raise ValueError(
            f"truth has shape {truth.shape}, labels {labels.shape}, where {chosen.shape} of {chosen.dtype}; "
            "pass three arrays of one shape, where of bool"
        )
    if removed == "drop":
        chosen = chosen & (labels >= 0)
    truth, labels = np.maximum(truth[chosen], -1), np.maximum(labels[chosen], -1)
    if not len(labels):
        return ExternalScores(np.nan, np.nan, np.nan, 0)
    return ExternalScores(*agreement(truth, labels, normaliser), n_dies=len(labels))


def die_scores(truth: ArrayLike, filtered: ArrayLike) -> DieScores:
    """Compare the dies that a filter keeps with the dies of the true patterns.

    Not in the paper: eq. 11-14 are best where nothing is removed, so they cannot tell a good filter.
    A kept die is one that is defective in the filtered map, also where the filter itself made it so.

    Parameters
    ----------
    truth : array_like of int, shape (H, W)
        Pattern of each die, 0 or more; negative for noise, good dies and places without a die.
    filtered : array_like, shape (H, W)
        The filtered map.

    Returns
    -------
    DieScores
        ``precision`` is nan where nothing is kept, ``recall`` where there is no pattern, ``f1`` where both.
    """
    truth, kept = _whole(truth, "truth"), check_map(filtered, name="filtered") == DEFECTIVE
    if truth.shape != kept.shape:
        raise ValueError(f"truth has shape {truth.shape}, filtered {kept.shape}; pass both of one wafer")
    pattern = truth >= 0
    right = int((kept & pattern).sum())
    n_kept, n_pattern = int(kept.sum()), int(pattern.sum())
    return DieScores(
        precision=right / n_kept if n_kept else np.nan,
        recall=right / n_pattern if n_pattern else np.nan,
        f1=2 * right / (n_kept + n_pattern) if n_kept + n_pattern else np.nan,
    )


def _whole(values: ArrayLike, name: str) -> np.ndarray:
    array = np.asarray(values)
    if array.size == 0:
        return array.astype(np.int64)
    if array.dtype.kind not in "iu":
        raise ValueError(
            f"{name} has dtype {array.dtype}; pass whole numbers, negative for dies in no cluster"
        )
    return array.astype(np.int64)


def _check_choice(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name}={value!r} is not one of {', '.join(map(repr, allowed))}")
