"""Each comparator of paper 2 over a grid of its parameter, on maps whose every die is known.

A parameter is chosen on tuning maps and used on test maps, and the two must not share maps: of the twin, take
another seed. :func:`sweep` scores, :func:`choose` takes the best value of each method on the tuning maps, and
:func:`at_choice` picks that value's rows of a sweep over the test maps. Chosen on the test maps themselves, a
comparator with many values would look better than it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import ArrayLike

from semlib.runtime import progress_bar
from semlib.wafer.comparators import COMPARATORS, FAST, Comparator
from semlib.wafer.maps import DEFECTIVE, check_map
from semlib.wafer.metrics import (
    DieScores,
    ExternalScores,
    FilterScores,
    InternalScores,
    die_scores,
    external_scores,
    filter_scores,
    internal_scores,
)

#: The scores of a row by group, in the order of their columns.
GROUPS = {
    name: tuple(field.name for field in fields(scores))
    for name, scores in (
        ("die", DieScores),
        ("filter", FilterScores),
        ("internal", InternalScores),
        ("external", ExternalScores),
    )
}


def sweep(
    maps: Sequence[ArrayLike] | np.ndarray,
    truths: Sequence[ArrayLike] | np.ndarray,
    *,
    comparators: Mapping[str, Comparator] | None = None,
    groups: Sequence[str] = tuple(GROUPS),
    n_jobs: int = 1,
    progress: bool = True,
) -> pd.DataFrame:
    """Run every method with every value of its parameter on every map, and score what it makes.

    Parameters
    ----------
    maps : sequence of array_like (H, W), or array (N, H, W)
        Maps of any sizes. All are checked before the first is computed.
    truths : sequence of array_like of int, as ``maps``
        The pattern of each die, negative where there is none.
    comparators : mapping of str to Comparator, optional
        By default :data:`semlib.wafer.comparators.FAST`, all but iWMM. Pass
        :data:`semlib.wafer.comparators.COMPARATORS` for all, or a part of it.
    groups : sequence of str, default all
        Which of :data:`GROUPS` to compute. "internal" and "external" take most of the time.
    n_jobs : int, default 1
        Number of processes; -1 for all cores.
    progress : bool, default True
        Show a progress bar.

    Returns
    -------
    DataFrame
        A row for each map, method and value, in this order. Columns ``map`` (its index), ``method``,
        ``parameter``, ``value`` (a name); ``clusters``, NaN for a filter that makes none; the scores of
        ``groups``, NaN where they are not defined; and ``error``: missing, or why the method failed on this
        map, in which case every score is NaN.

    Raises
    ------
    ValueError
        A bad map, or a truth that does not fit its map; the message names it, as ``maps[3]``. An unknown
        group.
    """
    if unknown := [name for name in groups if name not in GROUPS]:
        raise ValueError(f"groups names {unknown[0]!r}; choose from {', '.join(GROUPS)}")
    methods = FAST if comparators is None else comparators
    checked = [check_map(wafer_map, name=f"maps[{i}]") for i, wafer_map in enumerate(maps)]
    if len(truths) != len(checked):
        raise ValueError(f"truths has {len(truths)} entries for {len(checked)} maps; pass one for each")
    for i, (wafer_map, truth) in enumerate(zip(checked, truths, strict=True)):
        if np.shape(truth) != wafer_map.shape:
            raise ValueError(f"truths[{i}] has shape {np.shape(truth)}, maps[{i}] {wafer_map.shape}")
    work = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(_one_map)(i, *pair, methods, groups)
        for i, pair in enumerate(zip(checked, truths, strict=True))
    )
    parts = progress_bar(work, total=len(checked), desc="comparators", unit="map", progress=progress)
    scores = [score for name, group in GROUPS.items() if name in groups for score in group]
    columns = ["map", "method", "parameter", "value", "clusters", *scores, "error"]
    return pd.DataFrame([row for rows in parts for row in rows], columns=columns)


def choose(tuning: pd.DataFrame, comparators: Mapping[str, Comparator] | None = None) -> pd.DataFrame:
    """Return the best value of each method's parameter on the tuning maps.

    Only values that failed on the fewest maps are looked at, so that none is best because it failed on the
    hard ones. Of equal means the first of the grid counts.

    Parameters
    ----------
    tuning : DataFrame
        From :func:`sweep`, on maps that no result is reported for.
    comparators : mapping of str to Comparator, optional
        Those of the sweep.

    Returns
    -------
    DataFrame
        Indexed by method: ``parameter``, ``value``, ``by`` (the score), ``mean`` (of it, over the maps where
        it is defined) and ``failed`` (maps).
    """
    methods = COMPARATORS if comparators is None else comparators
    rows = {}
    for method, part in tuning.groupby("method", sort=False):
        by = methods[method].chosen_by
        if by not in part or (part[by].isna().all() and part.error.isna().any()):
            raise ValueError(
                f"tuning has no {by}, by which {method} is chosen; sweep maps with patterns, with its group"
            )
        values = part.groupby("value", sort=False)
        means, failed = values[by].mean(), values.error.count()
        best = means[failed == failed.min()].fillna(-np.inf).idxmax()
        rows[method] = (part.parameter.iloc[0], best, by, means[best], int(failed[best]))
    columns = ["parameter", "value", "by", "mean", "failed"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("method")


def at_choice(test: pd.DataFrame, chosen: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a sweep over the test maps that have the chosen values, see :func:`choose`."""
    if missing := sorted(set(test.method) - set(chosen.index)):
        raise ValueError(f"chosen has no value for {', '.join(missing)}; sweep the same methods on both")
    return test[test.value == test.method.map(chosen.value)].reset_index(drop=True)


def _one_map(
    index: int,
    wafer_map: np.ndarray,
    truth: np.ndarray,
    methods: Mapping[str, Comparator],
    groups: Sequence[str],
) -> list[dict[str, Any]]:
    rows = []
    for name, method in methods.items():
        for value, keywords in method.values.items():
            row = {"map": index, "method": name, "parameter": method.parameter, "value": value, "error": None}
            try:
                row |= _scores(wafer_map, truth, *method.run(wafer_map, **keywords), groups)
            except Exception as error:  # any failure of a method is a result of the sweep
                row["error"] = f"{type(error).__name__}: {error}"
            rows.append(row)
    return rows


def _scores(
    wafer_map: np.ndarray,
    truth: np.ndarray,
    filtered: np.ndarray,
    labels: np.ndarray | None,
    groups: Sequence[str],
) -> dict[str, float]:
    made = {
        "die": lambda: die_scores(truth, filtered),
        "filter": lambda: filter_scores(wafer_map, filtered),
    }
    scores: dict[str, float] = {}
    if labels is not None:
        kept = labels >= 0
        made |= {
            "internal": lambda: internal_scores(np.argwhere(kept), labels[kept]),
            "external": lambda: external_scores(truth, labels, where=wafer_map == DEFECTIVE),
        }
        scores["clusters"] = int(labels.max()) + 1
    for group in groups:
        if group in made:
            scores |= asdict(made[group]())
    return scores
