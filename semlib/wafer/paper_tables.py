"""Paper 2's tables (section 3.3) as data frames: Tables 2 to 7 and the counts of Figure 10.

:func:`judge_maps` runs methods on maps and scores them; the other functions make a table of its rows each.
What the paper compares comes first in :data:`FILTERS` and :data:`CLUSTERINGS`, the controls after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from semlib.wafer._wafer_maps import WaferMaps
from semlib.wafer.comparators import COMPARATORS, Comparator, Outcome
from semlib.wafer.filters import keep_all, kmeans, labels_to_filtered, merge_and_size_floor
from semlib.wafer.metrics import internal_scores
from semlib.wafer.npfc import npfc
from semlib.wafer.npfc_types import NpfcResult
from semlib.wafer.sweeps import sweep

#: Eq. 11-14, the scores of Tables 2 and 3, and which direction is better.
FILTER_METRICS = {"mae": "smaller", "nmse": "smaller", "snr": "larger", "psnr": "larger"}
#: Eq. 19-22, of Table 5 and Figure 10; Table 6 has the last two.
INDICES = {"dbi": "smaller", "di": "larger", "ch": "larger", "gdi": "larger"}
#: Eq. 23-25, of Table 7.
EXTERNAL = {"ri": "larger", "ari": "larger", "nmi": "larger"}
#: Not in the paper.
DIE_SCORES = {"precision": "larger", "recall": "larger", "f1": "larger"}

_UNEQUAL = 1e-9  # two scores this close, relatively, are equal


def _kmeans(wafer_map: np.ndarray, *, kept: bool = False) -> Outcome:
    """K-means with NPFC's number of clusters, on all defective dies or on those that NPFC keeps."""
    ours = npfc(wafer_map)
    dies = ours.filtered if kept else wafer_map
    labels = kmeans(dies, k=ours.num) if ours.num else keep_all(np.minimum(wafer_map, 1))
    return labels_to_filtered(wafer_map, labels), labels


def _fixed(method: str, value: str) -> Comparator:
    """Return a comparator at one value of its grid."""
    found = COMPARATORS[method]
    return Comparator(partial(found.run, **found.values[value]))


#: Table 2, 3 and Figure 9: the median filter and NPFC, then the controls.
FILTERS: dict[str, Comparator] = {
    "median": _fixed("median", "3"),
    "NPFC": COMPARATORS["NPFC"],
    "do nothing": COMPARATORS["do nothing"],
    "DBSCAN(√2, 3)": _fixed("DBSCAN", "√2, 3"),
    "√8 merge, ≥ 15": _fixed("√8 merge, size floor", "15"),
    "median, dies only": _fixed("median, dies only", "3"),
}
#: Table 5 and Figure 10: K-means, which gets NPFC's Num, and NPFC, then the controls.
CLUSTERINGS: dict[str, Comparator] = {
    "K-means": Comparator(_kmeans),
    "NPFC": COMPARATORS["NPFC"],
    "K-means, NPFC's dies": Comparator(partial(_kmeans, kept=True)),
    "DBSCAN(√2, 3)": FILTERS["DBSCAN(√2, 3)"],
    "√8 merge, ≥ 15": FILTERS["√8 merge, ≥ 15"],
    "do nothing": COMPARATORS["do nothing"],
}


def adjacency_at(u: float) -> Comparator:
    """Return adjacency clustering at a price u of a border (Tables 6 and 7)."""
    return Comparator(partial(COMPARATORS["adjacency clustering"].run, u=u))


def judge_maps(
    maps: WaferMaps,
    methods: Mapping[str, Comparator],
    groups: Sequence[str] = ("filter", "internal", "external", "die"),
    *,
    n_jobs: int = 1,
) -> pd.DataFrame:
    """Run methods on maps, and score what they make.

    Parameters
    ----------
    maps : WaferMaps
    methods : mapping of str to Comparator
        Each with one value.
    groups : sequence of str
        Of :data:`semlib.wafer.sweeps.GROUPS`. "external" and "die" need the truth, and are left out without.
    n_jobs : int, default 1

    Returns
    -------
    DataFrame
        A row for each map and method: ``map`` (its name, or its number), ``method``, ``clusters``, and the
        scores of the groups.

    Raises
    ------
    RuntimeError
        If a method fails on a map.
    """
    has_truth = maps.truth is not None
    truths = maps.truth if has_truth else [np.full(np.shape(one), -1) for one in maps]
    groups = [group for group in groups if has_truth or group not in ("external", "die")]
    rows = sweep(list(maps), truths, comparators=methods, groups=groups, n_jobs=n_jobs, progress=False)
    if (failed := rows[rows.error.notna()]).size:
        raise RuntimeError(f"{failed.method.iloc[0]} failed on a map: {failed.error.iloc[0]}")
    names = maps.names or tuple(map(str, range(len(maps))))
    rows["map"] = pd.Categorical.from_codes(rows["map"], names)
    return rows.drop(columns=["parameter", "value", "error"])


def judge_truth(maps: WaferMaps, name: str = "the truth") -> pd.DataFrame:
    """Return the internal indices (eq. 19-22) of the true patterns, as rows of :func:`judge_maps`."""
    found = [internal_scores(np.argwhere(one >= 0), one[one >= 0]) for one in maps.truth]
    rows = pd.DataFrame(found).assign(method=name, clusters=[len(np.unique(t)) - 1 for t in maps.truth])
    rows["map"] = pd.Categorical.from_codes(range(len(maps)), maps.names)
    return rows


def one_by_one(rows: pd.DataFrame, scores: Sequence[str], methods: Sequence[str]) -> pd.DataFrame:
    """Return a table with a line for each map, as Tables 3, 5, 6 and 7: columns (score, method)."""
    chosen = rows[rows.method.isin(methods)].set_index(["map", "method"])[list(scores)].unstack("method")
    return chosen[[(score, method) for score in scores for method in methods]]


def averages(rows: pd.DataFrame, scores: Sequence[str]) -> pd.DataFrame:
    """Return the mean of scores by method, as Table 2.

    Infinite and undefined values are left out of a mean; where a score is infinite on every map it is
    infinite. See :func:`left_out` for how many they are.
    """
    finite = rows.replace([np.inf, -np.inf], np.nan).groupby("method", sort=False)[list(scores)].mean()
    largest = rows.groupby("method", sort=False)[list(scores)].max()
    return finite.where(~(finite.isna() & np.isinf(largest)), np.inf)


def left_out(rows: pd.DataFrame, scores: Sequence[str]) -> pd.DataFrame:
    """Return how many maps :func:`averages` leaves out, by method and score: infinite or undefined."""
    out = ~np.isfinite(rows[list(scores)].astype(float))
    return out.groupby(rows.method, sort=False).sum()


def times_better(rows: pd.DataFrame, first: str, second: str, better: Mapping[str, str]) -> pd.DataFrame:
    """Count the maps on which each of two methods has the better score, as Table 2 and Figure 10.

    Parameters
    ----------
    rows : DataFrame
        From :func:`judge_maps`.
    first, second : str
        Two of its methods.
    better : mapping of str to str
        "smaller" or "larger", by score.

    Returns
    -------
    DataFrame
        Indexed by score, and "all" last: the maps on which one method is better by every score. Columns:
        ``first``, "equal", ``second``, and "undefined", where a score of either is missing. In the last line
        "equal" counts all other maps.
    """
    mine, theirs = (
        rows[rows.method == name].set_index("map")[list(better)].sort_index() for name in (first, second)
    )
    sign = np.array([1 if direction == "larger" else -1 for direction in better.values()])
    known = mine.notna() & theirs.notna()
    equal = known & ((mine == theirs) | np.isclose(mine, theirs, rtol=_UNEQUAL, atol=1e-12))
    won, lost = (known & ~equal & ((a - b) * sign > 0) for a, b in ((mine, theirs), (theirs, mine)))
    table = pd.DataFrame(
        {first: won.sum(), "equal": equal.sum(), second: lost.sum(), "undefined": (~known).sum()}
    )
    all_won, all_lost, missing = won.all(axis=1), lost.all(axis=1), ~known.all(axis=1)
    rest = len(mine) - all_won.sum() - all_lost.sum() - missing.sum()
    table.loc["all"] = [all_won.sum(), rest, all_lost.sum(), missing.sum()]
    return table


def best(table: pd.DataFrame, better: Mapping[str, str]) -> pd.DataFrame:
    """Return which values of a table are the best of their group, and so bold in the paper.

    Of a table with columns (score, method), as from :func:`one_by_one`, the best methods of each line and
    score; of a table with a column for each score, as from :func:`averages`, the best lines of each column.
    Equal values are all best; infinity is best or worst; a missing value never is.
    """
    result = pd.DataFrame(False, index=table.index, columns=table.columns)
    for score, direction in better.items():
        if score not in table:
            continue
        values = table[score].astype(float)
        axis = "columns" if isinstance(values, pd.DataFrame) else "index"
        top = values.agg("max" if direction == "larger" else "min", axis=axis)
        top = np.asarray(top)[:, None] if axis == "columns" else top
        result[score] = ((values == top) | np.isclose(values, top, rtol=_UNEQUAL, atol=1e-12)).to_numpy()
    return result


def sd_table(results: Sequence[NpfcResult], names: Sequence[str]) -> pd.DataFrame:
    """Return Table 4: SD (eq. 4) by Num, 2 to 5, a line a map; NaN where clusters are too few. And Num."""
    lines = [{score.num: score.sd for score in result.scores} for result in results]
    table = pd.DataFrame(lines, index=list(names)).reindex(columns=range(2, 6)).astype(float)
    return table.assign(Num=[result.num for result in results])


def right_numbers(maps: WaferMaps, n_patterns: ArrayLike, results: Sequence[NpfcResult]) -> pd.DataFrame:
    """Return whose number of clusters is right, a line a map: NPFC, and the controls.

    Columns ``NPFC``, ``NPFC by the silhouette alone``, ``always 2``, ``√8 merge, ≥ 15``,
    ``NPFC, practical mode``; with the truth also ``NPFC, and the clusters are the patterns``, see
    :func:`are_the_patterns`.
    """
    n_patterns = np.asarray(n_patterns)
    found: dict[str, Callable[[np.ndarray, NpfcResult], int]] = {
        "NPFC": lambda _, result: result.num,
        "NPFC by the silhouette alone": lambda _, result: num_by_silhouette(result),
        "always 2": lambda *_: 2,
        "√8 merge, ≥ 15": lambda one, _: int(merge_and_size_floor(one).max(initial=-1)) + 1,
        "NPFC, practical mode": lambda one, _: npfc(one, mode="practical").num,
    }
    pairs = list(zip(maps, results, strict=True))
    table = pd.DataFrame(
        {name: [of(*pair) for pair in pairs] for name, of in found.items()}, index=maps.names
    )
    table = table.eq(n_patterns, axis=0)
    if maps.truth is not None:
        matched = [are_the_patterns(t, r.labels) for t, r in zip(maps.truth, results, strict=True)]
        table.insert(1, "NPFC, and the clusters are the patterns", matched)
    return table


def num_by_silhouette(result: NpfcResult) -> int:
    """Return the number of clusters of the largest silhouette; the result's own where there is no choice."""
    return max(result.scores, key=lambda score: score.silhouette).num if result.scores else result.num


def are_the_patterns(truth: np.ndarray, labels: np.ndarray) -> bool:
    """Whether there are as many clusters as patterns, and each consists mostly of another one.

    Two halves of a ring make the right number and the wrong clusters. A cluster that is mostly noise is none.
    """
    leads = {int(np.bincount(truth[labels == k] + 1).argmax()) for k in np.unique(labels[labels >= 0])}
    n = len(np.unique(truth[truth >= 0]))
    return len(leads - {0}) == n == int(labels.max(initial=-1)) + 1
