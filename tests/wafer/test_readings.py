"""The readings of each open point: complete, and their effects equal NPFC run by hand."""

from dataclasses import fields

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from semlib.wafer.metrics import die_scores, filter_scores
from semlib.wafer.npfc import NpfcOptions, npfc
from semlib.wafer.reading_effects import compare, effects, interactions
from semlib.wafer.readings import DEFAULT, OUTSIDE, POINTS, mixed_readings, pairs_of, single_readings
from semlib.wafer.synthetic import synthetic_mixed_maps

MAPS, TRUTH = synthetic_mixed_maps(2, 3, 0.15, seed=4)
FRAME = compare(MAPS, truths=TRUTH, counts=[3, 3])


def test_every_option_is_a_point_or_has_a_reason():
    assert {field.name for field in fields(NpfcOptions)} <= set(POINTS) | set(OUTSIDE)


def test_every_value_of_every_choice_is_tried():
    tried = {
        key: {value for kw in point.values.values() for key_, value in kw.items() if key_ == key}
        for key, point in POINTS.items()
    }
    default = NpfcOptions()
    for option, words in {
        "silhouette": ("mean", "nearest"),
        "mahalanobis": ("pooled", "rows", "cells", "centroids"),
        "similarity": ("inverse", "exp", "distance"),
        "combine": ("sum", "product", "harmonic"),
        "compactness": ("inverse_com", "com", "inverse_mean", "inverse_euclidean_com"),
        "covers": (True, False),
    }.items():
        assert tried[option] == set(words) - {getattr(default, option)}


def test_no_reading_is_the_default_and_each_is_an_option():
    default = NpfcOptions()
    for (point, value), keywords in single_readings().items():
        if point in (DEFAULT, "cells"):
            continue
        assert NpfcOptions(**keywords) != default, (point, value)
        assert set(keywords) == {point}


@pytest.mark.parametrize("reading", single_readings())
def test_compare_equals_npfc_by_hand(reading):
    keywords = dict(single_readings()[reading])
    border = keywords.pop("border", 0)
    rows = FRAME[(FRAME.point == reading[0]) & (FRAME.value == reading[1])].set_index("map")
    for i, (wafer_map, truth) in enumerate(zip(MAPS, TRUTH, strict=True)):
        base = npfc(wafer_map)
        result = npfc(np.pad(wafer_map, border), **keywords)
        filtered = result.filtered[border : 52 + border, border : 52 + border]
        ours, theirs = (set(np.flatnonzero(m == 2).tolist()) for m in (base.filtered, filtered))
        row = rows.loc[i]
        assert row.num == result.num
        assert row.num_changed == (result.num != base.num)
        assert row.map_changed == (ours != theirs)
        assert row.dies_changed == pytest.approx(1 - len(ours & theirs) / len(ours | theirs))
        assert row.num_right == (result.num == 3)
        assert row.mae == pytest.approx(filter_scores(wafer_map, filtered).mae)
        scores = die_scores(truth, filtered)
        assert [row.precision, row.recall, row.f1] == [scores.precision, scores.recall, scores.f1]


def test_effects_are_means_of_paired_differences():
    table = effects(FRAME)
    assert (DEFAULT, "") not in table.index
    assert len(table) == len(single_readings()) - 1
    by_hand = FRAME.set_index(["point", "value"])
    base = by_hand.loc[(DEFAULT, "")].f1.to_numpy()
    other = by_hand.loc[("noise_size", "none removed")].f1.to_numpy()
    row = table.loc[("noise_size", "none removed"), "f1"]
    assert row["mean"] == pytest.approx((other - base).mean())
    assert row["low"] <= row["mean"] <= row["high"] < 0
    assert table.loc[("noise_size", "none removed"), ("mae", "mean")] < 0  # less is removed


def test_without_truth_the_scores_are_missing():
    frame = compare(MAPS[:1], readings={(DEFAULT, ""): {}, ("gap", "none"): {"gap": 0}})
    assert frame[["f1", "precision", "recall", "num_right"]].isna().all(axis=None)
    assert effects(frame)["f1"].isna().all(axis=None)


def test_maps_of_many_sizes_and_processes_give_the_same():
    maps = [MAPS[0], np.full((5, 9), 1, np.uint8), MAPS[1][10:40]]
    readings = {(DEFAULT, ""): {}, ("cells", "wide"): {"border": 3}, ("gap", "none"): {"gap": 0}}
    one = compare(maps, readings=readings)
    assert_frame_equal(one, compare(maps, readings=readings, n_jobs=2))
    empty = one[one["map"] == 1]
    assert (empty[["num", "map_changed", "dies_changed", "mae"]] == 0).all(axis=None)


def test_pairs_join_readings_of_different_points():
    chosen = [("gap", "none"), ("gap", "2 dies"), ("covers", "does not")]
    pairs = pairs_of(chosen)
    assert list(pairs) == [
        (DEFAULT, ""),
        *chosen,
        ("gap + covers", "none + does not"),
        ("gap + covers", "2 dies + does not"),
    ]
    assert pairs["gap + covers", "none + does not"] == {"gap": 0, "covers": False}


def test_interactions_by_hand():
    frame = compare(MAPS, truths=TRUTH, readings=pairs_of([("noise_size", "1 die"), ("gap", "none")]))
    (row,) = interactions(frame).to_dict("records")
    f1 = frame.groupby(["point", "value"]).f1.mean()
    first, second, both = (
        f1[key] - f1[DEFAULT, ""]
        for key in (("noise_size", "1 die"), ("gap", "none"), ("noise_size + gap", "1 die + none"))
    )
    assert [row["first"], row["second"], row["both"]] == pytest.approx([first, second, both])
    assert row["extra"] == pytest.approx(both - first - second)
    assert row["low"] <= row["extra"] <= row["high"]


def test_mixed_readings_leave_what_the_text_fixes():
    made = mixed_readings(40, seed=1)
    assert (next(iter(made.values())), len(made)) == ({}, 41)
    assert made == mixed_readings(40, seed=1) != mixed_readings(40, seed=2)
    used = {key for keywords in made.values() for key in keywords}
    opened = {name for name, point in POINTS.items() if point.sure != "text"}
    assert used == opened - {"cells"} | {"border"}


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="truths has 1 entries for 2 maps"):
        compare(MAPS, truths=TRUTH[:1])
    with pytest.raises(ValueError, match=r"maps\[1\] holds 7"):
        compare([MAPS[0], np.array([[7]])])
    with pytest.raises(ValueError, match="which is no reading"):
        pairs_of([("gap", "9 dies")])
