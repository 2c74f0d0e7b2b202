"""The practical mode: noise rule, pre-merge, size floor; and the paper's failures that it mends."""

import numpy as np
import pytest

from semlib import book
from semlib.wafer.filters import merge_and_size_floor
from semlib.wafer.metrics import die_scores
from semlib.wafer.npfc import PracticalOptions, npfc
from semlib.wafer.practical import _compiled, _numpy
from semlib.wafer.synthetic import synthetic_mixed_maps

FIXED = {"mode": "practical", "min_dies": 15}


def blank(side=25):
    return np.ones((side, side), np.uint8)


def kept(result, patch):
    return (result.filtered[patch] == 2).all()


def test_the_floor_is_inclusive():
    wafer_map = blank()
    wafer_map[2:5, 2:7] = 2  # 15 dies
    wafer_map[18:20, 18:25] = 2  # 14
    wafer_map[10, 10] = 2
    result = npfc(wafer_map, **FIXED)
    assert (result.mode, result.num, result.cores) == ("practical", 1, (0,))
    assert (result.labels == np.where(result.merged == 0, 0, -1)).all()
    assert (wafer_map != result.filtered).sum() == 15
    (made,) = result.decisions
    assert (made.cluster, made.size, made.verdict, made.into) == (1, 14, "removed", None)
    assert made.reason == "It has fewer dies than the size floor of 15."
    # rows 18, 19 and columns 18 ... 24 about the centre (12, 12)
    assert (made.rmin, made.rmax) == pytest.approx((72**0.5, (7**2 + 12**2) ** 0.5))
    assert (made.cases, made.alpha, made.n_dist, made.den, made.f1, made.f2) == ((),) * 6
    assert (result.scores, result.decisions_by_num) == ((), {})
    assert npfc(wafer_map, mode="practical", min_dies=14).num == 2
    assert npfc(wafer_map, mode="practical", min_dies=16).num == 0


def test_size_is_that_after_the_pre_merge():
    wafer_map = blank()
    wafer_map[2:5, 2:5] = wafer_map[2:5, 7:9] = 2  # 9 and 6 dies, two columns between them: 3 apart
    assert npfc(wafer_map, **FIXED).num == 0
    assert npfc(wafer_map, **FIXED, gap=3).num == 1
    wafer_map[2, 5] = 2  # now 2 apart
    assert npfc(wafer_map, **FIXED).num == 1


def test_there_may_be_none_one_or_more_than_five():
    assert npfc(blank(), mode="practical").num == 0
    wafer_map = blank(40)
    for k in range(7):
        row, column = divmod(k, 3)
        wafer_map[12 * row + 2 : 12 * row + 8, 12 * column + 2 : 12 * column + 8] = 2
        result = npfc(wafer_map, mode="practical")
        assert result.num == k + 1
        assert (result.filtered == wafer_map).all()


def broken_ring_and_centre():
    y, x = np.indices((31, 31)) - 15
    radius = np.hypot(y, x)
    wafer_map = np.where(radius <= 15.5, 1, 0)
    wafer_map[(radius > 12.5) & (radius <= 15.5) & (abs(y) > 2)] = 2  # two halves
    centre = radius <= 3.2
    wafer_map[centre] = 2
    return wafer_map, centre


def test_a_centre_beside_a_broken_ring_stays():
    wafer_map, centre = broken_ring_and_centre()
    paper, ours = npfc(wafer_map, num_range=(2, 2)), npfc(wafer_map, mode="practical")
    assert paper.decisions[0].cases == (4, 4)
    assert not (paper.filtered[centre] == 2).any()
    assert paper.warnings == (
        f"cluster 2 of {centre.sum()} dies was removed. Its radius range overlaps that of no core.",
    )
    assert ours.num == 3
    assert (ours.filtered == wafer_map).all()
    assert ours.warnings == ()


def test_one_pattern_with_noise_is_one_cluster():
    for noise in (0.05, 0.1):
        maps, _ = synthetic_mixed_maps(40, [("Loc",)], noise, seed=3)
        assert np.mean([npfc(m).num == 1 for m in maps]) < 0.2
        assert np.mean([npfc(m, mode="practical").num == 1 for m in maps]) > 0.8


def test_a_scratch_with_gaps_loses_less_than_at_a_fixed_floor():
    maps, truths = synthetic_mixed_maps(40, [("Scratch",)], 0.02, seed=3, density=(0.6, 0.6))
    kept = [
        np.mean(
            [die_scores(t, npfc(m, **options).filtered).recall for m, t in zip(maps, truths, strict=True)]
        )
        for options in ({"mode": "practical", "min_dies": "chance"}, FIXED)
    ]
    assert kept[0] > kept[1] + 0.2


def test_warnings_name_what_is_just_below_the_floor():
    wafer_map = blank()
    wafer_map[2:4, 2:7] = 2  # 10 dies
    wafer_map[10:13, 10:13] = 2  # 9
    result = npfc(wafer_map, **FIXED)
    assert result.warnings == (
        "cluster 0 of 10 dies was removed. It has fewer dies than the size floor of 15.",
    )
    assert len(npfc(wafer_map, **FIXED, large=9).warnings) == 2
    assert npfc(wafer_map, **FIXED, large=11).warnings == ()


def test_equals_the_plain_control_of_the_comparisons():
    rng = np.random.default_rng(6)
    for _ in range(60):
        wafer_map = 1 + (rng.random(rng.integers(1, 40, 2)) < rng.uniform(0, 0.3)).astype(np.uint8)
        min_dies = int(rng.integers(1, 20))
        result = npfc(wafer_map, mode="practical", min_dies=min_dies)
        assert (result.labels == merge_and_size_floor(wafer_map, min_dies=min_dies)).all()
        assert result.labels.dtype == np.int32
        assert result.filtered.dtype == np.uint8


def test_compiled_loops_and_numpy_agree():
    rng = np.random.default_rng(7)
    for _ in range(300):
        wafer_map = rng.choice(3, rng.integers(1, 40, 2), p=[0.1, 0.6, 0.3]).astype(np.uint8)
        wafer_map[0, 0] = 2
        options = PracticalOptions(noise_size=int(rng.integers(0, 5)), min_dies=15)
        for fast, slow in zip(_compiled(wafer_map, options), _numpy(wafer_map, options), strict=True):
            np.testing.assert_array_equal(fast, slow)
            assert np.asarray(fast).dtype == np.asarray(slow).dtype


def test_the_default_floor_is_the_one_that_the_blind_comparison_chose():
    chosen = book.recorded("practical_floor")["values"]["default"]
    assert str(PracticalOptions().min_dies) == chosen


def test_another_gap_runs_in_numpy():
    wafer_map = blank()
    wafer_map[2:5, 2:5] = wafer_map[2:5, 9:11] = 2  # 5 apart
    assert npfc(wafer_map, **FIXED, gap=5).num == 1
    assert npfc(wafer_map, mode="practical", gap=0, min_dies=9).num == 1
