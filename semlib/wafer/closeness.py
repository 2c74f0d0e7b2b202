"""Merge or remove: radius cases, distances, the indices f1 and f2 and the four rules (paper 2, 2.2.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

_CASE = np.array([1, 2, 3, 5])  # by 2 * (begins below the core) + (ends above the core)
_TIE = 1e-9  # mDist within this share of R, or Den of the largest, is equal to it: rounding must not choose


@dataclass(frozen=True)
class Relations:
    """What the rules look at, for K cores and all C clusters, largest first (the cores are the first).

    Attributes
    ----------
    sizes : ndarray of int, shape (C,)
    rmin, rmax : ndarray of float64, shape (C,)
        Radius range about the map's centre, in dies.
    n_dist, f_dist, m_dist : ndarray of float64, shape (K, C)
        Eq. 5-7: smallest, largest and mean distance of two clusters' dies.
    den : ndarray of float64, shape (K, C)
        Eq. 8: compactness of the two together.
    radius : float
        The wafer's radius R.
    """

    sizes: np.ndarray
    rmin: np.ndarray
    rmax: np.ndarray
    n_dist: np.ndarray
    f_dist: np.ndarray
    m_dist: np.ndarray
    den: np.ndarray
    radius: float


@dataclass(frozen=True)
class Decision:
    """What became of one cluster that is not a core, and why.

    Clusters and cores are called by their number in ``NpfcResult.merged``. Tuples "per core" begin at core 0;
    in the practical mode, which compares no cluster with a core, they are empty.

    Attributes
    ----------
    cluster, size : int
    rmin, rmax : float
        The cluster's radius range.
    cases : tuple of int, per core
        1 inside the core's radius range, 2 ends above it, 3 begins below it, 4 apart, 5 covers it.
    alpha : tuple of int, per core
        1 where the ranges overlap.
    n_dist, f_dist, m_dist, den : tuple of float, per core
        Eq. 5-8.
    f1 : tuple of int
        Eq. 9: the cores with alpha = 1 and m_dist < R.
    f2 : tuple of int
        Eq. 10: the core that is at once the nearest by n_dist and f_dist and the largest by den; else empty.
    verdict : {"merged", "removed"}
    into : int or None
        The core that it joins.
    reason : str
        The rule that acted, as a sentence.
    """

    cluster: int
    size: int
    rmin: float
    rmax: float
    cases: tuple[int, ...]
    alpha: tuple[int, ...]
    n_dist: tuple[float, ...]
    f_dist: tuple[float, ...]
    m_dist: tuple[float, ...]
    den: tuple[float, ...]
    f1: tuple[int, ...]
    f2: tuple[int, ...]
    verdict: Literal["merged", "removed"]
    into: int | None
    reason: str


def radius_cases(relations: Relations, num: int) -> np.ndarray:
    """Return the radius case 1-5 of every other cluster (columns) to each of ``num`` cores (rows).

    Cases 1-4 are the paper's (Fig. 6). It has none for a cluster that covers the core's range on both sides:
    our case 5. Ranges that touch overlap.
    """
    low, high = relations.rmin[num:], relations.rmax[num:]
    core_low, core_high = relations.rmin[:num, None], relations.rmax[:num, None]
    overlap = (low <= core_high) & (high >= core_low)
    return np.where(overlap, _CASE[2 * (low < core_low) + (high > core_high)], 4)


def judge(relations: Relations, num: int, *, covers: bool = True) -> tuple[Decision, ...]:
    """Decide for each cluster but the ``num`` cores whether it joins a core or is removed.

    Each cluster is compared with the cores as they were before any merge. f1 and f2 (eq. 9, 10) are inferred:
    ours is the only reading found in which all four rules can act. With more than one core in f1, the core of
    f2 must be among them. Ties within f2 go to the larger core.

    Parameters
    ----------
    relations : Relations
    num : int
        Number of cores, at most the rows of ``relations.n_dist``.
    covers : bool, default True
        Whether radius case 5 counts as overlap.
    """
    cases = radius_cases(relations, num)
    alpha = (cases != 4) & (covers | (cases != 5))
    n_dist, f_dist, m_dist, den = (
        getattr(relations, name)[:num, num:] for name in ("n_dist", "f_dist", "m_dist", "den")
    )
    f1 = alpha & (m_dist < relations.radius * (1 - _TIE))
    # argmin and argmax take the first, which is the larger core
    best = np.stack([n_dist.argmin(0), f_dist.argmin(0), (den >= den.max(0) * (1 - _TIE)).argmax(0)], axis=1)

    decisions = []
    for j in range(len(best)):
        qualified = tuple(np.flatnonzero(f1[:, j]).tolist())
        leaders = tuple(best[j].tolist())
        into, reason = _rule(qualified, leaders, overlaps=alpha[:, j].any())
        per_core = [tuple(table[:, j].tolist()) for table in (n_dist, f_dist, m_dist, den)]
        decisions.append(
            Decision(
                num + j,
                int(relations.sizes[num + j]),
                float(relations.rmin[num + j]),
                float(relations.rmax[num + j]),
                tuple(cases[:, j].tolist()),
                tuple(alpha[:, j].astype(int).tolist()),
                *per_core,
                f1=qualified,
                f2=leaders[:1] if len(set(leaders)) == 1 else (),
                verdict="removed" if into is None else "merged",
                into=into,
                reason=reason,
            )
        )
    return tuple(decisions)


def _rule(f1: tuple[int, ...], best: tuple[int, int, int], *, overlaps: bool) -> tuple[int | None, str]:
    """Apply the four rules; return the core to join, or None, and the reason."""
    if not f1 and not overlaps:
        return None, "Its radius range overlaps that of no core."
    if not f1:
        return None, "No core whose radius range it overlaps is nearer than R on average."
    if len(f1) == 1:
        return f1[0], f"Core {f1[0]} alone overlaps its radius range and is nearer than R on average."
    listed = f"{', '.join(map(str, f1[:-1]))} and {f1[-1]}"
    if len(set(best)) > 1:
        n, f, d = best
        return None, (
            f"Cores {listed} qualify, but none is the best in all: core {n} is nearest by the closest dies, "
            f"core {f} by the farthest, core {d} gives the most compact union."
        )
    core = best[0]
    if core not in f1:
        return None, f"Cores {listed} qualify, but core {core} is the nearest and most compact one."
    return (
        core,
        f"Cores {listed} qualify, and core {core} is nearest both ways and gives the most compact union.",
    )
