"""Paper 2's tables: means, counts and bold values by hand; rows against the metrics themselves."""

from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest

from semlib.wafer.comparators import Comparator
from semlib.wafer.data import synthetic
from semlib.wafer.filters import keep_all, median_filter
from semlib.wafer.metrics import die_scores, external_scores, filter_scores, internal_scores
from semlib.wafer.npfc import npfc
from semlib.wafer.paper_maps import draw_paper_maps
from semlib.wafer.paper_tables import (
    CLUSTERINGS,
    FILTERS,
    adjacency_at,
    are_the_patterns,
    averages,
    best,
    judge_maps,
    judge_truth,
    left_out,
    num_by_silhouette,
    one_by_one,
    right_numbers,
    sd_table,
    times_better,
)
from semlib.wafer.synthetic import synthetic_mixed_maps

INF, NAN = np.inf, np.nan
BETTER = {"mae": "smaller", "snr": "larger"}


def rows(**by_method):
    """Make rows of a judge: for each method a list of (mae, snr), a pair a map."""
    return pd.DataFrame(
        {"map": f"({'abc'[i]})", "method": name.replace("_", " "), "mae": mae, "snr": snr}
        for name, pairs in by_method.items()
        for i, (mae, snr) in enumerate(pairs)
    )


def test_infinite_and_missing_values_are_kept_out_of_means_and_counted():
    scores = rows(NPFC=[(1, 4), (3, INF), (NAN, 8)], nothing=[(0, INF)] * 3)
    means, missing = averages(scores, BETTER), left_out(scores, BETTER)
    assert means.loc["NPFC"].tolist() == [2, 6]
    assert means.loc["nothing"].tolist() == [0, INF]
    assert missing.loc["NPFC"].tolist() == [1, 1]
    assert missing.loc["nothing"].tolist() == [0, 3]
    assert averages(rows(a=[(NAN, NAN)]), BETTER).isna().all(axis=None)  # defined nowhere


def test_the_better_method_is_counted_in_the_direction_of_the_score():
    scores = rows(NPFC=[(1, 9), (2, 9), (1, 9)], median=[(2, 5), (2, 5), (0, 5)])
    table = times_better(scores, "NPFC", "median", BETTER)
    assert table.columns.tolist() == ["NPFC", "equal", "median", "undefined"]
    assert table.loc["mae"].tolist() == [1, 1, 1, 0]
    assert table.loc["snr"].tolist() == [3, 0, 0, 0]
    assert table.loc["all"].tolist() == [1, 2, 0, 0]
    assert times_better(scores, "median", "NPFC", BETTER).loc["all"].tolist() == [0, 2, 1, 0]


def test_equal_infinite_and_missing_scores_are_no_win():
    scores = rows(a=[(1, INF), (1, NAN), (0.1 + 0.2, 3)], b=[(1, INF), (2, 3), (0.3, 3)])
    table = times_better(scores, "a", "b", BETTER)
    assert table.loc["mae"].tolist() == [1, 2, 0, 0]
    assert table.loc["snr"].tolist() == [0, 2, 0, 1]
    assert table.loc["all"].tolist() == [0, 2, 0, 1]
    finite = rows(a=[(1, INF)], b=[(1, 7)])
    assert times_better(finite, "a", "b", BETTER).loc["snr"].tolist() == [1, 0, 0, 0]


def test_counts_do_not_depend_on_the_order_of_the_rows():
    scores = rows(a=[(1, 1), (2, 2), (3, 3)], b=[(3, 3), (2, 2), (1, 1)])
    turned = scores.iloc[::-1]
    assert times_better(turned, "a", "b", BETTER).equals(times_better(scores, "a", "b", BETTER))


def test_one_by_one_has_a_line_a_map_and_the_methods_beside_each_other():
    scores = rows(NPFC=[(1, 9), (2, 8)], median=[(3, 7), (4, 6)], x=[(0, 0)] * 2)
    table = one_by_one(scores, BETTER, ("median", "NPFC"))
    assert table.columns.tolist() == [(s, m) for s in BETTER for m in ("median", "NPFC")]
    assert table.loc["(b)"].tolist() == [4, 2, 6, 8]


def test_the_best_of_each_line_and_score_is_bold():
    table = one_by_one(rows(a=[(1, 9), (2, INF), (NAN, 1)], b=[(3, 9), (1, 8), (5, NAN)]), BETTER, ("a", "b"))
    assert best(table, BETTER).to_numpy().tolist() == [
        [True, False, True, True],  # the smaller MAE; equal SNR, both
        [False, True, True, False],  # infinity is the largest
        [False, True, True, False],  # a missing value is never the best
    ]


def test_the_best_of_each_column_is_bold():
    table = averages(rows(NPFC=[(2, 5)], median=[(2, 7)], nothing=[(9, INF)]), BETTER).assign(other=1)
    assert best(table, BETTER).to_numpy().tolist() == [
        [True, False, False],
        [True, False, False],
        [False, True, False],  # a column without a direction has none
    ]


@pytest.fixture(scope="module")
def maps():
    return draw_paper_maps("twin").twelve.subset([0, 2, 3])


def test_the_rows_are_the_metrics(maps):
    found = judge_maps(maps, {"median": FILTERS["median"], "NPFC": FILTERS["NPFC"]})
    assert found["map"].tolist() == ["(a)", "(a)", "(c)", "(c)", "(d)", "(d)"]
    wafer_map, truth, result = maps[1], maps.truth[1], npfc(maps[1])
    labels = result.labels
    wanted = (
        asdict(filter_scores(wafer_map, result.filtered))
        | asdict(die_scores(truth, result.filtered))
        | asdict(internal_scores(np.argwhere(labels >= 0), labels[labels >= 0]))
        | asdict(external_scores(truth, labels, where=wafer_map == 2))
    )
    assert found.iloc[3][list(wanted)].to_dict() == pytest.approx(wanted)
    wanted = asdict(filter_scores(wafer_map, median_filter(wafer_map)))
    assert found.iloc[2][list(wanted)].to_dict() == pytest.approx(wanted)
    assert np.isnan(found.iloc[2].dbi)  # a filter has no clusters


def test_without_a_truth_there_are_no_scores_against_it(maps):
    real = synthetic(3, seed=1).subset([0, 2])
    found = judge_maps(type(real)(list(real), "no truth"), {"NPFC": FILTERS["NPFC"]})
    assert {"mae", "dbi"} < set(found)
    assert not {"f1", "ari"} & set(found)
    assert found["map"].tolist() == ["0", "1"]


def test_kmeans_gets_npfcs_number_and_dies(maps):
    found = judge_maps(maps, CLUSTERINGS, ("filter",)).set_index(["map", "method"])
    for name, wafer_map in zip(maps.names, maps, strict=True):
        ours = npfc(wafer_map)
        assert found.clusters[name, "K-means"] == found.clusters[name, "K-means, NPFC's dies"] == ours.num
        assert found.mae[name, "K-means"] == 0
        assert found.mae[name, "K-means, NPFC's dies"] == found.mae[name, "NPFC"] > 0
    empty = type(maps)([np.array([[1, 1, 2], [1, 1, 1], [2, 1, 1]], np.uint8)], "single dies")
    assert judge_maps(empty, CLUSTERINGS, ("filter",)).set_index("method").clusters["K-means"] == 0


def test_adjacency_clustering_has_its_price(maps):
    found = judge_maps(maps, {"u 0.1": adjacency_at(0.1), "u 0.4": adjacency_at(0.4)}, ("filter",))
    mae = found.pivot(index="map", columns="method", values="mae")
    assert (mae["u 0.1"] == 0).all()  # below 1/8 nothing happens
    assert (mae["u 0.4"] > 0).all()


def test_a_failure_is_no_row(maps):
    with pytest.raises(RuntimeError, match="broken failed on a map: ValueError: no such thing"):
        judge_maps(maps, {"broken": Comparator(fail)}, ("filter",))


def fail(wafer_map):
    raise ValueError("no such thing")


def test_the_truth_has_its_own_indices(maps):
    found = judge_truth(maps)
    truth = maps.truth[1].astype(int)
    wanted = asdict(internal_scores(np.argwhere(truth >= 0), truth[truth >= 0]))
    assert found.iloc[1][list(wanted)].to_dict() == pytest.approx(wanted)
    assert found.clusters.tolist() == [2, 3, 2]
    assert found["map"].tolist() == ["(a)", "(c)", "(d)"]


def test_sd_table(maps):
    results = [npfc(one) for one in maps]
    table = sd_table(results, maps.names)
    assert table.columns.tolist() == [2, 3, 4, 5, "Num"]
    for name, result in zip(maps.names, results, strict=True):
        assert table.loc[name, [s.num for s in result.scores]].tolist() == [s.sd for s in result.scores]
        assert table.loc[name, [2, 3, 4, 5]].notna().sum() == len(result.scores)
        assert table.Num[name] == table.loc[name, [2, 3, 4, 5]].idxmax()
    alone = npfc(keep_all(np.array([[2, 2, 2]])).astype(np.uint8) + 2)  # one cluster: no choice
    assert sd_table([alone], ["x"]).loc["x"].isna().tolist() == [True] * 4 + [False]


def test_right_numbers(maps):
    results = [npfc(one) for one in maps]
    table = right_numbers(maps, [2, 3, 2], results)
    assert table["always 2"].tolist() == [True, False, True]
    assert table["NPFC"].tolist() == [r.num == n for r, n in zip(results, [2, 3, 2], strict=True)]
    assert table.index.tolist() == ["(a)", "(c)", "(d)"]
    by_silhouette = [num_by_silhouette(result) for result in results]
    assert table["NPFC by the silhouette alone"].tolist() == [
        num == n for num, n in zip(by_silhouette, [2, 3, 2], strict=True)
    ]


def test_num_by_silhouette():
    result = npfc(synthetic_mixed_maps(1, 3, 0.2, 4)[0][0])
    of_each = {score.num: score.silhouette for score in result.scores}
    assert len(of_each) > 1
    assert of_each[num_by_silhouette(result)] == max(of_each.values())
    scores = [replace(s, silhouette=0.1 * s.num, sd=-s.num) for s in result.scores]
    assert num_by_silhouette(replace(result, scores=scores)) == max(of_each)
    assert num_by_silhouette(npfc(np.array([[2, 2, 2]], np.uint8))) == 1


TRUTH = np.array([[0, 0, 0, -1, 4, 4, 4]])


@pytest.mark.parametrize(
    ("labels", "right"),
    [
        ([[0, 0, 0, -1, 1, 1, 1]], True),
        ([[1, 1, -1, -1, 0, 0, 0]], True),
        ([[0, 0, 0, 0, 1, 1, 1]], True),  # a die of noise beside three of the pattern
        ([[0, 0, 0, 0, 0, 0, 0]], False),
        ([[0, 0, 1, 1, -1, -1, -1]], False),  # two clusters, of which one is a half of the same pattern
        ([[0, 0, 0, 1, -1, -1, -1]], False),  # the second is noise
        ([[0, 0, 0, 2, 1, 1, 1]], False),  # one too many
        ([[-1] * 7], False),
    ],
)
def test_clusters_are_the_patterns_if_each_is_mostly_another_one(labels, right):
    assert are_the_patterns(TRUTH, np.array(labels)) is right
