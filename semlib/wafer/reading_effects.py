"""What the readings of an open point change in NPFC's results, map by map and in the mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import ArrayLike

from semlib.wafer.intervals import mean_interval
from semlib.wafer.maps import DEFECTIVE, check_map
from semlib.wafer.metrics import die_scores
from semlib.wafer.npfc_many import npfc_many
from semlib.wafer.readings import DEFAULT, POINTS, single_readings

#: The outcomes of `compare` that `effects` sums up, as shares or means over maps.
OUTCOMES = ("num_changed", "map_changed", "dies_changed")
#: Those of which it takes the difference to the default, map by map.
SCORES = ("f1", "precision", "recall", "num_right", "mae")


def compare(
    maps: Sequence[ArrayLike],
    *,
    truths: Sequence[np.ndarray] | None = None,
    counts: Sequence[int] | None = None,
    readings: Mapping[tuple[str, str], dict[str, Any]] | None = None,
    n_jobs: int = 1,
) -> pd.DataFrame:
    """Run NPFC in every reading on every map.

    Parameters
    ----------
    maps : sequence of array_like (H, W)
    truths : sequence of ndarray of int (H, W), optional
        The pattern of each die, negative where there is none: gives precision, recall and F1.
    counts : sequence of int, optional
        How many patterns each map has: gives ``num_right``.
    readings : mapping of (str, str) to dict, optional
        The keywords of `semlib.wafer.npfc.npfc`, the default first; if not given, those of
        `semlib.wafer.readings.single_readings`. Among them may be ``border``: so many rows and columns
        without a die are put around each map, and taken off the result.
    n_jobs : int, default 1
        Processes; each takes whole readings.

    Returns
    -------
    DataFrame
        A row for each reading and map: ``point``, ``value``, ``map``; ``num``; ``mae`` to the unfiltered map
        (eq. 11); against the reading that comes first, the default: ``num_changed``, ``map_changed``
        (0 or 1) and ``dies_changed``, 1 less the Jaccard index of the kept dies (0 where neither keeps any);
        ``num_right``, ``precision``, ``recall``, ``f1``, NaN where not known or not defined.

    Raises
    ------
    ValueError
        A bad map, or truths or counts of another number.
    """
    checked = [check_map(wafer_map, name=f"maps[{i}]") for i, wafer_map in enumerate(maps)]
    for name, values in (("truths", truths), ("counts", counts)):
        if values is not None and len(values) != len(checked):
            raise ValueError(f"{name} has {len(values)} entries for {len(checked)} maps; pass one for each")
    readings = single_readings() if readings is None else readings
    found = Parallel(n_jobs=n_jobs)(delayed(_run)(checked, keywords) for keywords in readings.values())
    base = found[0]
    tables = []
    for (point, value), results in zip(readings, found, strict=True):
        rows = []
        for i, (num, filtered) in enumerate(results):
            kept, kept_base = filtered == DEFECTIVE, base[i][1] == DEFECTIVE
            union = int((kept | kept_base).sum())
            row = {
                "map": i,
                "num": num,
                "mae": float((filtered != checked[i]).mean()),  # every change is by 1
                "num_changed": float(num != base[i][0]),
                "map_changed": float((kept != kept_base).any()),
                "dies_changed": float((kept != kept_base).sum() / union) if union else 0.0,
                "num_right": np.nan if counts is None else float(num == counts[i]),
            }
            scores = None if truths is None else die_scores(truths[i], filtered)
            rows.append(row | {s: getattr(scores, s, np.nan) for s in ("precision", "recall", "f1")})
        tables.append(pd.DataFrame(rows).assign(point=point, value=value))
    frame = pd.concat(tables, ignore_index=True)
    return frame[["point", "value", *(name for name in frame if name not in ("point", "value"))]]


def effects(frame: pd.DataFrame, *, resamples: int = 1000, seed: int = 0) -> pd.DataFrame:
    """Sum up what each reading changes, with paired bootstrap intervals over the maps.

    Parameters
    ----------
    frame : DataFrame
        From `compare`.
    resamples, seed : int
        See `semlib.wafer.intervals.mean_interval`.

    Returns
    -------
    DataFrame
        Indexed by point and value, without the default. Columns of two levels: each of `OUTCOMES` (shares and
        means over maps) and of `SCORES` (the mean difference to the default on the same map), with ``mean``,
        ``low``, ``high``. NaN where there is nothing to compare.
    """
    tables = {key: part.set_index("map") for key, part in frame.groupby(["point", "value"], sort=False)}
    base = tables.pop(next(iter(tables)))
    rows = {}
    for key, part in tables.items():
        changed = {name: part[name] for name in OUTCOMES}
        changed |= {name: part[name] - base[name] for name in SCORES}
        rows[key] = {
            (name, end): value
            for name, values in changed.items()
            for end, value in mean_interval(values, resamples=resamples, seed=seed)._asdict().items()
            if end != "n"
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["point", "value"])


def interactions(
    frame: pd.DataFrame, *, score: str = "f1", resamples: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """Return whether two changes together do what they do one by one.

    Parameters
    ----------
    frame : DataFrame
        From `compare` with the readings of `semlib.wafer.readings.pairs_of`.
    score : str, default "f1"
    resamples, seed : int

    Returns
    -------
    DataFrame
        Indexed by pair. ``first``, ``second``, ``both``: the mean difference to the default. ``extra``, with
        ``low`` and ``high``: what both do beyond the sum of the two; about 0 where they do not interact.
    """
    means = {key: part.set_index("map")[score] for key, part in frame.groupby(["point", "value"], sort=False)}
    base = means[DEFAULT, ""]
    rows = {}
    for (point, value), both in means.items():
        if " + " not in point:
            continue
        singles = list(zip(point.split(" + "), value.split(" + "), strict=True))
        first, second = (means[one] - base for one in singles)
        extra = mean_interval(both - base - first - second, resamples=resamples, seed=seed)
        rows[" + ".join(f"{POINTS[p].title}: {v}" for p, v in singles)] = {
            "first": first.mean(),
            "second": second.mean(),
            "both": (both - base).mean(),
            "extra": extra.mean,
            "low": extra.low,
            "high": extra.high,
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _run(maps: list[np.ndarray], keywords: dict[str, Any]) -> list[tuple[int, np.ndarray]]:
    """Return Num and the filtered map of each map in one reading."""
    keywords = dict(keywords)
    border = keywords.pop("border", 0)
    padded = [np.pad(m, border) for m in maps] if border else maps
    results = npfc_many(padded, brief=True, progress=False, **keywords)
    inside = np.s_[border:-border, border:-border] if border else np.s_[:]
    return [(found.num, found.filtered[inside]) for found in results]
