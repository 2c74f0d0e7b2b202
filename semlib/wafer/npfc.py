"""NPFC, paper 2's filter and clustering (section 2.2): noise out, clusters joined, the rest removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from semlib.wafer import _npfc_steps
from semlib.wafer._npfc_steps import Steps, filtered_map, paint
from semlib.wafer.closeness import Decision, judge
from semlib.wafer.maps import centre, check_map, die_radius
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
        The paper's algorithm, or ours in its place (`semlib.wafer.practical`): every cluster that is larger
        than noise would make it is kept, so Num may be 1, and no pattern of that size is lost.
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
    the map), but eq. 3 counts every cell, so ``num`` can change. The practical mode depends on neither: its
    filtered map follows every turn and every border.
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


def run(
    wafer_map: np.ndarray,
    options: NpfcOptions | PracticalOptions,
    *,
    steps_of: Callable[[np.ndarray, NpfcOptions], Steps] = _npfc_steps.steps_of,
) -> NpfcResult:
    """Do what `npfc` does, for a checked map and checked options."""
    if isinstance(options, PracticalOptions):
        return run_practical(wafer_map, options)
    steps = steps_of(wafer_map, options)
    n_clusters = int(steps.merged.max()) + 1
    if n_clusters < 2:
        trials, chosen = (), _Trial(n_clusters, np.arange(n_clusters), None, ())
    else:
        trials = _try_all(steps, options)
        best = max(trial.score.sd for trial in trials)
        chosen = next(trial for trial in trials if trial.score.sd >= best - _TIE)

    label_of, cores = _largest_label_first(chosen.label_of, steps.merged)
    labels = paint(label_of, steps.merged)
    return NpfcResult(
        num=chosen.num,
        labels=labels,
        filtered=filtered_map(wafer_map, labels),
        preliminary=steps.preliminary,
        merged=steps.merged,
        noise=steps.noise,
        cores=cores,
        radius=steps.radius,
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


def _try_all(steps: Steps, options: NpfcOptions) -> tuple[_Trial, ...]:
    """Try every number of clusters in the options' range, as far as there are so many."""
    n_clusters = len(steps.relations.sizes)
    low, high = (min(num, n_clusters) for num in options.num_range)
    nums = range(low, high + 1)
    decisions = [judge(steps.relations, num, covers=options.covers) for num in nums]
    label_of = np.tile(np.arange(n_clusters), (len(nums), 1))
    for row, num, made in zip(label_of, nums, decisions, strict=True):
        row[num:] = [-1 if one.into is None else one.into for one in made]
    return tuple(map(_Trial, nums, label_of, steps.score(label_of), decisions))


def _largest_label_first(label_of: np.ndarray, merged: np.ndarray) -> tuple[np.ndarray, tuple[int, ...]]:
    """Number the labels by their final size, equal ones as their cores; return the cores in the new order."""
    labels = paint(label_of, merged)
    cores = np.argsort(-np.bincount(labels[labels >= 0]), kind="stable")
    rank = np.append(np.argsort(cores), -1)
    return rank[label_of], tuple(cores.tolist())
