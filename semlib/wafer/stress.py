"""NPFC and its controls where maps get harder: more noise, other numbers of patterns, other sizes.

A group of maps for each level of difficulty, :func:`twin_maps` makes them; :func:`scores_of` runs every
method on every map; :func:`curves` takes the means, with intervals over maps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from semlib.wafer.filters import dbscan, keep_all, labels_to_filtered, median_filter, merge_and_size_floor
from semlib.wafer.intervals import mean_interval
from semlib.wafer.maps import DEFECTIVE
from semlib.wafer.metrics import die_scores
from semlib.wafer.npfc_brief import npfc_brief
from semlib.wafer.synthetic import patterns_of, synthetic_mixed_maps

Outcome = tuple[np.ndarray, int | None]


def _npfc(wafer_map: np.ndarray, mode: str) -> Outcome:
    found = npfc_brief(wafer_map, mode=mode)
    return found.filtered, found.num


def _labels(apply: Callable[[np.ndarray], np.ndarray], wafer_map: np.ndarray) -> Outcome:
    labels = apply(wafer_map)
    return labels_to_filtered(wafer_map, labels), int(labels.max()) + 1


def _filter(apply: Callable[[np.ndarray], np.ndarray], wafer_map: np.ndarray) -> Outcome:
    return apply(wafer_map), None


def _nothing(wafer_map: np.ndarray) -> Outcome:
    return labels_to_filtered(wafer_map, keep_all(wafer_map)), None


#: The methods by name: each takes a map, and returns the filtered map and Num, None where it counts nothing.
METHODS: dict[str, Callable[[np.ndarray], Outcome]] = {
    "NPFC, paper": partial(_npfc, mode="paper"),
    "NPFC, practical": partial(_npfc, mode="practical"),
    "do nothing": _nothing,
    "DBSCAN(√2, 3)": partial(_labels, dbscan),
    "√8 merge, ≥ 15": partial(_labels, merge_and_size_floor),
    "median 3×3": partial(_filter, median_filter),
}

SCORES = ("f1", "precision", "recall", "noise_kept", "num_right")


def twin_maps(
    n: int,
    *,
    counts: Sequence[int] = (2, 3, 4),
    noise: float = 0.05,
    side: int = 52,
    seed: int = 0,
    density: tuple[float, float] = (0.8, 1.0),
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return maps of the twin with their truth: as many for each number of patterns.

    At another noise the patterns are the same; at another size or density not.

    Parameters
    ----------
    n : int
        Maps for each number of patterns.
    counts : sequence of int, default (2, 3, 4)
        Numbers of patterns, as in mixed-type maps.
    noise, side, seed, density
        As for :func:`semlib.wafer.synthetic.synthetic_mixed_maps`; ``side`` by ``side`` dies.
    """
    made = []
    for count in counts:
        maps, truth = synthetic_mixed_maps(n, count, noise, seed, shape=(side, side), density=density)
        made += list(zip(maps, truth, strict=True))
    return made


def scores_of(
    groups: Mapping[float, Sequence[tuple[np.ndarray, np.ndarray]]],
    *,
    methods: Mapping[str, Callable[[np.ndarray], Outcome]] = METHODS,
    n_jobs: int = 1,
) -> pd.DataFrame:
    """Run every method on every map of every group.

    Parameters
    ----------
    groups : mapping of float to sequence of (map, truth)
        The maps of each level, :func:`twin_maps`.
    methods : mapping of str to callable, default :data:`METHODS`
    n_jobs : int, default 1
        Processes.

    Returns
    -------
    DataFrame
        A row for each level, map and method: ``level``, ``map``, ``method``, ``num``; ``precision``,
        ``recall``, ``f1`` of the dies (:func:`semlib.wafer.metrics.die_scores`); ``noise_kept``, the share of
        the noise dies that are still defective; ``num_right``, 1 where Num is the number of patterns with a
        die, else 0. NaN where a value is not defined.
    """
    work = [
        delayed(_one_map)(level, i, *one, methods)
        for level, maps in groups.items()
        for i, one in enumerate(maps)
    ]
    found = Parallel(n_jobs=n_jobs, batch_size="auto")(work)
    return pd.DataFrame([row for rows in found for row in rows])


def _one_map(level, index: int, wafer_map: np.ndarray, truth: np.ndarray, methods) -> list[dict]:
    count = int(patterns_of(truth[None]).sum())
    noise = np.where((wafer_map == DEFECTIVE) & (truth < 0), 0, -1)
    rows = []
    for name, method in methods.items():
        filtered, num = method(wafer_map)
        scores = die_scores(truth, filtered)
        rows.append(
            {
                "level": level,
                "map": index,
                "method": name,
                "num": np.nan if num is None else num,
                "precision": scores.precision,
                "recall": scores.recall,
                "f1": scores.f1,
                "noise_kept": die_scores(noise, filtered).recall,  # the noise dies in the place of a pattern
                "num_right": np.nan if num is None else float(num == count),
            }
        )
    return rows


def curves(
    frame: pd.DataFrame, *, scores: Sequence[str] = SCORES, resamples: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """Return the mean of each score by method and level, with bootstrap intervals over maps.

    Parameters
    ----------
    frame : DataFrame
        From :func:`scores_of`.
    scores : sequence of str, default :data:`SCORES`
    resamples, seed : int
        See :func:`semlib.wafer.intervals.mean_interval`.

    Returns
    -------
    DataFrame
        Columns ``method``, ``level``, ``score``, ``mean``, ``low``, ``high``, ``n`` (maps on which the score
        is defined); no row where it is on none.
    """
    rows = [
        {"method": method, "level": level, "score": score, **interval._asdict()}
        for (method, level), part in frame.groupby(["method", "level"], sort=False)
        for score in scores
        if (interval := mean_interval(part[score], resamples=resamples, seed=seed)).n
    ]
    return pd.DataFrame(rows)
