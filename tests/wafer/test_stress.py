"""Levels of difficulty: the maps are what is asked for, the scores those of each method by hand."""

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from semlib.wafer.filters import dbscan, labels_to_filtered, median_filter, merge_and_size_floor
from semlib.wafer.metrics import die_scores
from semlib.wafer.npfc import npfc
from semlib.wafer.stress import METHODS, SCORES, curves, scores_of, twin_maps
from semlib.wafer.synthetic import synthetic_mixed_maps

CENTRE = list(zip(*synthetic_mixed_maps(1, ("Center", "Loc"), 0.1, 1), strict=True))
GROUPS = {0.0: twin_maps(1, noise=0, counts=(0, 2)), 0.1: twin_maps(1, noise=0.1, counts=(0, 2)) + CENTRE}
FRAME = scores_of(GROUPS)


def test_groups_have_the_counts_the_noise_and_the_size():
    made = twin_maps(20, counts=(1, 3), noise=0.2, side=40, seed=2)
    assert len(made) == 40
    assert all(m.shape == t.shape == (40, 40) for m, t in made)
    assert {len(np.unique(t[t >= 0])) for _, t in made[:20]} == {1}
    share = np.mean([(m[(m > 0) & (t < 0)] == 2).mean() for m, t in made])
    assert share == pytest.approx(0.2, abs=0.01)


def test_the_patterns_are_the_same_at_each_noise():
    for (_, quiet), (_, noisy) in zip(twin_maps(3, noise=0.02), twin_maps(3, noise=0.2), strict=True):
        assert (quiet == noisy).all()


@pytest.mark.parametrize("method", METHODS)
def test_scores_equal_the_method_by_hand(method):
    by_hand = {
        "NPFC, paper": lambda m: (npfc(m).filtered, npfc(m).num),
        "NPFC, practical": lambda m: (
            npfc(m, mode="practical").filtered,
            npfc(m, mode="practical").num,
        ),
        "do nothing": lambda m: (m, np.nan),
        "DBSCAN(√2, 3)": lambda m: (labels_to_filtered(m, dbscan(m)), dbscan(m).max() + 1),
        "√8 merge, ≥ 15": lambda m: (
            labels_to_filtered(m, merge_and_size_floor(m)),
            merge_and_size_floor(m).max() + 1,
        ),
        "median 3×3": lambda m: (median_filter(m), np.nan),
    }[method]
    for level, maps in GROUPS.items():
        rows = FRAME[(FRAME.level == level) & (FRAME.method == method)].set_index("map")
        for i, (wafer_map, truth) in enumerate(maps):
            filtered, num = by_hand(wafer_map)
            scores, row = die_scores(truth, filtered), rows.loc[i]
            noise = (wafer_map == 2) & (truth < 0)
            kept = (filtered[noise] == 2).mean() if noise.any() else np.nan
            right = np.nan if np.isnan(num) else num == len(np.unique(truth[truth >= 0]))
            np.testing.assert_equal(
                [row[name] for name in (*SCORES, "num")],
                [scores.f1, scores.precision, scores.recall, kept, right, num],
            )


def test_curves_have_means_and_leave_out_what_is_never_defined():
    table = curves(FRAME)
    keys = list(zip(table.method, table.level, table.score, strict=True))
    assert ("do nothing", 0.1, "num_right") not in keys  # it counts nothing
    assert ("NPFC, paper", 0.0, "noise_kept") not in keys  # there is none
    one = table[(table.method == "do nothing") & (table.level == 0.1) & (table.score == "precision")].iloc[0]
    shares = [(t >= 0).sum() / (m == 2).sum() for m, t in GROUPS[0.1]]
    assert (one["mean"], one["n"]) == (pytest.approx(np.mean(shares)), 3)
    assert one["low"] <= one["mean"] <= one["high"]


def test_processes_and_repeats_give_the_same():
    assert_frame_equal(FRAME, scores_of(GROUPS, n_jobs=2))
    assert_frame_equal(curves(FRAME), curves(FRAME))
