"""Bootstrap intervals over maps."""

import numpy as np
import pytest

from semlib.wafer.intervals import mean_interval

RNG = np.random.default_rng(3)


def test_it_is_about_as_wide_as_the_normal_interval():
    values = RNG.normal(5, 2, 400)
    found = mean_interval(values)
    half = 1.96 * values.std(ddof=1) / 20
    assert found.mean == values.mean()
    assert found.n == 400
    assert [found.low, found.high] == pytest.approx([values.mean() - half, values.mean() + half], abs=0.04)


def test_it_covers_the_true_mean_about_as_often_as_it_says():
    hits = [
        (found := mean_interval(RNG.exponential(1, 60), resamples=200)).low < 1 < found.high
        for _ in range(200)
    ]
    assert 0.87 < np.mean(hits) < 0.99


def test_undefined_values_are_left_out():
    values = np.array([1.0, 2.0, 4.0, np.nan])
    assert mean_interval(values) == mean_interval(values[:3])
    nothing = mean_interval([np.nan])
    assert nothing.n == 0
    assert np.isnan(nothing[:3]).all()
    one = mean_interval([3.0])
    assert (one.mean, one.n) == (3.0, 1)
    assert np.isnan([one.low, one.high]).all()


def test_equal_values_have_no_width():
    assert mean_interval(np.ones(5)) == (1.0, 1.0, 1.0, 5)


def test_it_depends_on_the_seed_only():
    values = RNG.random(30)
    assert mean_interval(values, seed=1) == mean_interval(values, seed=1) != mean_interval(values, seed=2)


@pytest.mark.parametrize(
    ("values", "options", "match"),
    [
        ([[1.0]], {}, r"values has shape \(1, 1\); pass one finite number a map"),
        ([1.0, np.inf], {}, "pass one finite number a map"),
        ([1.0, 2.0], {"confidence": 1}, "confidence=1 must be between 0 and 1"),
        ([1.0, 2.0], {"resamples": 0}, "resamples=0 1 or more"),
    ],
)
def test_bad_values_are_refused(values, options, match):
    with pytest.raises(ValueError, match=match):
        mean_interval(values, **options)
