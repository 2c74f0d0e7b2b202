"""Sweeps: what a row holds, how a failure is recorded, and how a value is chosen on other maps."""

import pickle
from math import sqrt

import numpy as np
import pandas as pd
import pytest

from semlib.wafer.adjacency import adjacency_filter
from semlib.wafer.comparators import COMPARATORS, FAST, Comparator, iwmm_after_path
from semlib.wafer.connecting_path import connecting_path
from semlib.wafer.filters import dbscan, keep_all, labels_to_filtered, median_filter
from semlib.wafer.metrics import die_scores, external_scores, filter_scores, internal_scores
from semlib.wafer.npfc import npfc
from semlib.wafer.sweeps import GROUPS, at_choice, choose, sweep
from semlib.wafer.synthetic import synthetic_mixed_maps

SCORES = [score for group in GROUPS.values() for score in group]
MAPS, TRUTHS = synthetic_mixed_maps(2, 2, 0.08, 0, shape=(20, 22))
FEW = {name: COMPARATORS[name] for name in ("NPFC", "median", "K-means", "adjacency clustering")}


def of_maps_with(n_defects):
    """A comparator that fails on maps with another number of defective dies."""

    def run(wafer_map, **_):
        if (wafer_map == 2).sum() != n_defects:
            raise RuntimeError("not this map")
        labels = keep_all(wafer_map)
        return labels_to_filtered(wafer_map, labels), labels

    return run


def test_a_row_for_each_map_method_and_value():
    methods = {name: COMPARATORS[name] for name in ("do nothing", "median", "K-means")}
    frame = sweep(MAPS, TRUTHS, comparators=methods, progress=False)
    assert frame.columns.tolist() == ["map", "method", "parameter", "value", "clusters", *SCORES, "error"]
    expected = [("do nothing", "")] + [("median", s) for s in "357"] + [("K-means", k) for k in "123456"]
    assert list(frame[["map", "method", "value"]].itertuples(index=False, name=None)) == [
        (i, *pair) for i in range(2) for pair in expected
    ]
    assert frame.parameter.unique().tolist() == ["", "side of the window", "k"]
    assert frame.error.isna().all()


def test_the_scores_are_those_of_the_metrics():
    frame = sweep(MAPS, TRUTHS, progress=False).set_index(["map", "method", "value"])
    assert frame.error.isna().all()
    for i, (wafer_map, truth) in enumerate(zip(MAPS, TRUTHS, strict=True)):
        here = wafer_map == 2
        for method, value, filtered, labels in (
            ("NPFC", "", npfc(wafer_map).filtered, npfc(wafer_map).labels),
            ("median", "5", median_filter(wafer_map, size=5), None),
            ("DBSCAN", "√2, 4", None, dbscan(wafer_map, eps=sqrt(2), min_samples=4)),
        ):
            row = frame.loc[(i, method, value)]
            filtered = labels_to_filtered(wafer_map, labels) if filtered is None else filtered
            for scores in (die_scores(truth, filtered), filter_scores(wafer_map, filtered)):
                for name, score in vars(scores).items():
                    assert row[name] == pytest.approx(score, nan_ok=True)
            if labels is None:
                assert row[["clusters", "dbi", "ch", "ari", "nmi"]].isna().all()
                continue
            assert row.clusters == labels.max() + 1
            points = np.argwhere(labels >= 0)
            for scores in (
                internal_scores(points, labels[labels >= 0]),
                external_scores(truth, labels, where=here),
            ):
                for name, score in vars(scores).items():
                    assert row[name] == pytest.approx(score, nan_ok=True)
        cut = adjacency_filter(wafer_map, u=0.2)
        assert frame.loc[(i, "adjacency clustering", "0.2")].f1 == pytest.approx(die_scores(truth, cut).f1)
        nothing = frame.loc[(i, "do nothing", "")]
        assert (nothing.recall, nothing.mae, nothing.snr) == (1, 0, np.inf)


def test_only_the_groups_that_are_asked_for_are_computed():
    everything = sweep(MAPS, TRUTHS, comparators=FEW, progress=False)
    some = sweep(MAPS, TRUTHS, comparators=FEW, groups=("external", "die"), progress=False)
    left_out = [*GROUPS["filter"], *GROUPS["internal"]]
    pd.testing.assert_frame_equal(some, everything.drop(columns=left_out))
    die = sweep(MAPS, TRUTHS, comparators=FEW, groups=["die"], progress=False)
    with pytest.raises(ValueError, match="tuning has no ari, by which K-means is chosen"):
        choose(die)
    together = pd.concat([die, some[some.method == "NPFC"]])  # ari is a column now, and K-means has none
    with pytest.raises(ValueError, match="tuning has no ari, by which K-means"):
        choose(together)
    with pytest.raises(ValueError, match="groups names 'f1'; choose from die, filter, internal, external"):
        sweep(MAPS, TRUTHS, groups=["f1"])


def test_processes_give_the_same_table():
    one, two = (sweep(MAPS, TRUTHS, comparators=FEW, n_jobs=n, progress=False) for n in (1, 2))
    pd.testing.assert_frame_equal(one, two)
    assert pickle.loads(pickle.dumps(COMPARATORS)).keys() == COMPARATORS.keys()  # for any joblib backend


def test_a_failure_is_recorded_with_its_reason():
    few = np.array([[2, 2, 1, 1, 0]])
    frame = sweep([MAPS[0], few], [TRUTHS[0], np.zeros((1, 5), int)], progress=False,
                  comparators={"K-means": COMPARATORS["K-means"]})  # fmt: skip
    failed = frame[frame.error.notna()]
    assert failed[["map", "value"]].to_numpy().tolist() == [[1, k] for k in "3456"]
    assert failed.error.iloc[0] == (
        "ValueError: k=3 must lie between 1 and the 2 defective dies of wafer_map"
    )
    assert failed[["clusters", *SCORES]].isna().all(axis=None)
    assert frame[frame.error.isna()].f1.notna().all()


@pytest.mark.parametrize(
    ("maps", "truths", "match"),
    [
        ([[[1, 3]]], [[[0, 0]]], r"maps\[0\] holds 3"),
        ([[[1, 2]]], [], "truths has 0 entries for 1 maps"),
        ([[[1, 2]]], [[[0]]], r"truths\[0\] has shape \(1, 1\), maps\[0\] \(1, 2\)"),
    ],
)
def test_bad_input_is_refused(maps, truths, match):
    with pytest.raises(ValueError, match=match):
        sweep(maps, truths, comparators=FEW, progress=False)


def rows(method, scores, by="f1"):
    """Rows of a sweep: ``scores`` by value, one number for each map; None where the method failed."""
    return pd.DataFrame(
        {"map": i, "method": method, "parameter": "p", "value": value, by: score, "error": error}
        for value, all_scores in scores.items()
        for i, score in enumerate(all_scores)
        for error in ["E" if score is None else None]
    )


METHODS = {"a": Comparator(keep_all), "b": Comparator(keep_all, chosen_by="ari")}


def test_the_best_mean_is_chosen_and_the_first_of_equals():
    best = choose(rows("a", {"1": [0.5, 0.7], "2": [0.2, 0.9], "3": [0.6, 0.6]}), METHODS).loc["a"]
    assert (best.parameter, best.value, best.by, best["mean"], best.failed) == ("p", "1", "f1", 0.6, 0)
    assert choose(rows("a", {"1": [0.5, 0.7], "2": [0.4, 0.9]}), METHODS).value["a"] == "2"
    both = pd.concat([rows("a", {"1": [0.1], "2": [0.2]}), rows("b", {"1": [0.9], "2": [0.3]}, "ari")])
    assert choose(both, METHODS).value.to_dict() == {"a": "2", "b": "1"}


def test_a_value_that_fails_more_often_is_not_chosen():
    best = choose(rows("a", {"1": [0.5, 0.5], "2": [0.9, None]}), METHODS).loc["a"]
    assert (best.value, best.failed) == ("1", 0)
    best = choose(rows("a", {"1": [0.5, None, None], "2": [0.9, None, 0.1], "3": [None, 0.4, 0.2]}), METHODS)
    assert best.loc["a", ["value", "failed"]].tolist() == ["2", 1]
    all_failed = choose(rows("a", {"1": [None], "2": [None]}), METHODS).loc["a"]
    assert (all_failed.value, all_failed.failed) == ("1", 1)
    assert np.isnan(all_failed["mean"])


def test_a_real_failure_keeps_a_value_from_being_chosen():
    n = int((MAPS[0] == 2).sum())
    assert n != (MAPS[1] == 2).sum()
    values = {"fails": {}, "runs": {}}
    methods = {"a": Comparator(of_maps_with(n), "p", values)}
    frame = sweep(MAPS, TRUTHS, comparators=methods, progress=False)
    assert frame.error.isna().tolist() == [True, True, False, False]
    assert (frame.error[2:] == "RuntimeError: not this map").all()
    assert choose(frame, methods).failed["a"] == 1


def test_the_choice_picks_the_rows_of_the_test_maps():
    tuning, test = rows("a", {"1": [0.1], "2": [0.2]}), rows("a", {"1": [0.9, 0.8], "2": [0.3, 0.4]})
    picked = at_choice(test, choose(tuning, METHODS))
    assert picked[["value", "f1"]].to_numpy().tolist() == [["2", 0.3], ["2", 0.4]]
    with pytest.raises(ValueError, match="chosen has no value for b; sweep the same methods on both"):
        at_choice(rows("b", {"1": [0.1]}), choose(tuning, METHODS))


def test_a_sweep_leaves_slow_methods_out_unless_they_are_named():
    assert [name for name in COMPARATORS if name not in FAST] == ["iWMM after connecting path"]
    die = sweep(MAPS[:1], TRUTHS[:1], groups=["die"], progress=False)
    assert die.method.unique().tolist() == list(FAST)


def test_iwmm_clusters_what_connecting_path_filtering_leaves():
    iwmm = COMPARATORS["iWMM after connecting path"]
    short = Comparator(
        lambda m, **value: iwmm.run(m, n_iter=20, max_dies=30, **value), iwmm.parameter, iwmm.values, "ari"
    )
    frame = sweep(MAPS, TRUTHS, comparators={"iWMM": short}, groups=("die", "external"), progress=False)
    assert frame.value.tolist() == ["0.1", "1", "10"] * 2
    assert frame.error.isna().all()
    path = [
        die_scores(t, labels_to_filtered(m, connecting_path(m))).f1 for m, t in zip(MAPS, TRUTHS, strict=True)
    ]
    assert frame.f1.tolist() == pytest.approx(np.repeat(path, 3))
    assert choose(frame, {"iWMM": short}).by["iWMM"] == "ari"
    labels = iwmm_after_path(MAPS[0], n_iter=20, max_dies=30)
    assert ((labels >= 0) == (connecting_path(MAPS[0]) >= 0)).all()


def test_iwmm_makes_no_cluster_of_nothing():
    wafer_map = np.ones((8, 8), np.uint8)
    wafer_map[2, 2:4] = 2  # too short a path
    assert (iwmm_after_path(wafer_map) == -1).all()


def test_the_comparators_hold_the_papers_values_and_the_controls():
    assert list(COMPARATORS)[:2] == ["do nothing", "NPFC"]
    assert COMPARATORS["DBSCAN"].values["√2, 3"] == {"eps": sqrt(2), "min_samples": 3}
    assert "3" in COMPARATORS["median"].values
    assert "15" in COMPARATORS["√8 merge, size floor"].values
    for method in COMPARATORS.values():
        assert bool(method.parameter) == (len(method.values) > 1)
        assert method.chosen_by in SCORES
