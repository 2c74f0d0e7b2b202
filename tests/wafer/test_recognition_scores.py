"""Macro F1 by hand and against scikit-learn, intervals, verdicts."""

import numpy as np
import pytest
from scipy.stats import t
from sklearn.metrics import f1_score

from semlib.wafer.recognition_scores import (
    Interval,
    class_f1,
    interval,
    macro_f1,
    pattern_scores,
    resampled_f1,
    verdict,
)

# class 0: TP 2, FP 1, FN 1; class 1: TP 1, FP 1, FN 1; class 2: TP 1, FP 0, FN 0
TRUTH = np.array([0, 0, 0, 1, 1, 2])
FOUND = np.array([0, 0, 1, 1, 0, 2])


def test_by_hand():
    assert class_f1(TRUTH, FOUND, 3) == pytest.approx([4 / 6, 2 / 4, 1])
    assert macro_f1(TRUTH, FOUND, 3) == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)


def test_a_class_that_nobody_has_or_names_counts_0():
    assert class_f1(TRUTH, FOUND, 4)[3] == 0


def test_as_scikit_learn():
    rng = np.random.default_rng(0)
    for n in (5, 50, 500):
        truth, found, weights = rng.integers(0, 9, n), rng.integers(0, 9, n), rng.integers(0, 4, n)
        for own in (None, weights):
            wanted = f1_score(truth, found, labels=range(9), average=None, sample_weight=own, zero_division=0)
            assert class_f1(truth, found, 9, weights=own) == pytest.approx(wanted)


def test_single_patterns_by_hand():
    holds = np.array([[False, False], [True, False], [True, True]])  # none, A, A + B
    scores = pattern_scores(np.array([0, 1, 2, 2]), np.array([1, 1, 1, 2]), holds)
    # A: found 4 times, 3 of them right, of 3; B: found once, right, of 2
    assert scores == pytest.approx(np.array([[6 / 7, 2 / 3], [3 / 4, 1], [1, 1 / 2]]))


def test_resamples_are_paired_and_keep_the_classes():
    found = np.stack([FOUND, FOUND, TRUTH])
    drawn = resampled_f1(TRUTH, found, 3, resamples=50)
    assert np.array_equal(drawn[0], drawn[1])
    assert (drawn[2] == 1).all()  # all classes in each draw, or a class would count 0
    assert drawn[0].std() > 0
    assert np.array_equal(drawn, resampled_f1(TRUTH, found, 3, resamples=50))
    assert not np.array_equal(drawn, resampled_f1(TRUTH, found, 3, resamples=50, seed=1))


def test_interval_by_hand():
    # seeds: variance 0.0001, of their mean a third; maps: variance 0.0002 of the resamples
    seeds, maps = [0.79, 0.80, 0.81], 0.8 + np.sqrt(1e-4) * np.array([-1, 1])
    of_seeds, of_maps = 1e-4 / 3, 2e-4
    freedom = (of_seeds + of_maps) ** 2 / (of_seeds**2 / 2)
    half = t.ppf(0.975, freedom) * np.sqrt(of_seeds + of_maps)
    assert interval(seeds, maps) == pytest.approx((0.8, 0.8 - half, 0.8 + half))


def test_interval_of_equal_seeds_is_that_of_the_maps():
    found = interval([0.8, 0.8], 0.8 + 0.01 * np.array([-1, 0, 1]), confidence=0.95)
    assert found == pytest.approx((0.8, 0.8 - 0.0196, 0.8 + 0.0196), abs=1e-5)


def test_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    inside = []
    for _ in range(400):
        shift, seeds = rng.normal(0, 0.01), rng.normal(0, 0.01, 3)  # of the test maps, of the seeds
        low, high = interval(shift + seeds, rng.normal(0, 0.01, 300))[1:]
        inside.append(low <= 0 <= high)
    assert 0.92 <= np.mean(inside) <= 0.99


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0.001, 0.2, "helps"),
        (-0.2, -0.001, "hurts"),
        (-0.1, 0.009, "does not help"),
        (-0.001, 0.02, "not shown"),
        (0.0, 0.02, "not shown"),
    ],
)
def test_verdicts(low, high, word):
    assert verdict(Interval((low + high) / 2, low, high)) == word


def test_errors():
    with pytest.raises(ValueError, match=r"truth has the shape \(6,\) and predicted \(5,\)"):
        class_f1(TRUTH, FOUND[:5], 3)
    with pytest.raises(ValueError, match="truth holds classes 0 to 2; they must be 0 to 1"):
        class_f1(TRUTH, FOUND, 2)
    with pytest.raises(ValueError, match=r"by_seed has the shape .*at least 2 seeds"):
        interval([0.5], [0.4, 0.6])
    with pytest.raises(ValueError, match="confidence=95 must lie between 0 and 1"):
        interval([0.5, 0.6], [0.4, 0.6], confidence=95)
