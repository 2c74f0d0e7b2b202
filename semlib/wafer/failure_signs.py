"""How often NPFC's failures occur on maps without a truth for single dies: signs that labels alone give.

A sign is not the failure itself. A large cluster that was removed need not be a pattern. On the twin both are
known, so that the signs can be held against the truth there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from semlib.wafer.intervals import mean_interval
from semlib.wafer.npfc_many import npfc_many
from semlib.wafer.npfc_types import NpfcResult

LARGE = 20  # dies: chance makes so large a cluster on hardly any map of 52 x 52 with 5 % noise

#: What each sign counts, and on which maps.
SIGNS = {
    "apart": f"a cluster of {LARGE} dies or more is removed, for it overlaps no core (case 4)",
    "removed": f"a cluster of {LARGE} dies or more is removed, for whatever reason",
    "together": f"fewer clusters of {LARGE} dies or more than patterns: maps of two patterns or more",
    "split": "Num is 2 or more: maps of one pattern",
    "scratch": f"no kept cluster has {LARGE // 2} dies: maps of a Scratch alone",
    "kept": "share of the defective dies that is kept: maps without a pattern, or with Random alone",
}
_SPREAD = ("Random", "Near-full")  # labels without a place


def signs(result: NpfcResult, names: Sequence[str]) -> dict[str, float]:
    """Return the signs of one map.

    Parameters
    ----------
    result : NpfcResult
        Of the paper's mode or of the practical one, which has no cases, so that "apart" is never seen.
    names : sequence of str
        The map's labels; "None" is none.

    Returns
    -------
    dict of str to float
        Each of :data:`SIGNS`: 1 or 0, for "kept" a share; NaN on a map that the sign is not for.
    """
    names = [name for name in names if name.lower() != "none"]
    placed = [name for name in names if name not in _SPREAD]
    only_random = names == ["Random"]
    gone = [made for made in result.decisions if made.into is None and made.size >= LARGE]
    sizes = np.bincount(result.merged[result.merged >= 0], minlength=1)
    kept = np.bincount(result.labels[result.labels >= 0], minlength=1)
    n_defects = int(result.noise.sum()) + int(sizes.sum())
    found = {
        "apart": any(made.cases and set(made.cases) == {4} for made in gone) if placed else np.nan,
        "removed": bool(gone) if placed else np.nan,
        "together": (sizes >= LARGE).sum() < len(placed) if len(placed) > 1 else np.nan,
        "split": result.num > 1 if len(names) == len(placed) == 1 else np.nan,
        "scratch": kept.max() < LARGE // 2 if names == ["Scratch"] else np.nan,
        "kept": kept.sum() / n_defects if n_defects and (not names or only_random) else np.nan,
    }
    return {sign: float(value) for sign, value in found.items()}


def count_signs(
    maps: Iterable[np.ndarray],
    names: Sequence[Sequence[str]],
    *,
    mode: str = "paper",
    n_jobs: int = 1,
    resamples: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Return how often each sign is seen, with bootstrap intervals over maps.

    Parameters
    ----------
    maps : iterable of ndarray (H, W)
    names : sequence of sequence of str
        The labels of each map.
    mode : {"paper", "practical"}
    n_jobs : int, default 1
        Processes.
    resamples, seed : int
        See :func:`semlib.wafer.intervals.mean_interval`.

    Returns
    -------
    DataFrame
        Indexed by sign: ``mean``, ``low``, ``high``, and ``n``, the maps that the sign is for.
    """
    results = npfc_many(maps, generator=True, progress=False, n_jobs=n_jobs, mode=mode)
    frame = pd.DataFrame(
        [signs(result, one) for result, one in zip(results, names, strict=True)], columns=list(SIGNS)
    )
    intervals = {sign: mean_interval(frame[sign], resamples=resamples, seed=seed) for sign in SIGNS}
    return pd.DataFrame({sign: found._asdict() for sign, found in intervals.items()}).T
