"""Intervals: over seeds by Student's t, over images by random halves."""

from math import sqrt

import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from semlib.sem.evaluate import LABEL_SCORES, evaluate_clustering, kmeans, label_scores
from semlib.sem.intervals import bootstrap_interval, half_scores, seed_interval


def test_seed_interval_by_hand():
    # 1, 2, 3: mean 2, standard deviation 1; t(0.975, 2 degrees of freedom) = 4.302653.
    mean, low, high = seed_interval([1, 2, 3])
    assert mean == 2
    assert high - mean == pytest.approx(4.302653 / sqrt(3), rel=1e-6)
    assert mean - low == pytest.approx(high - mean)


def test_seed_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(0)
    runs = [seed_interval(rng.normal(size=5), confidence=0.8) for _ in range(2000)]
    assert np.mean([run.low < 0 < run.high for run in runs]) == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize(
    ("values", "options", "match"),
    [
        ([1.0], {}, r"values has shape \(1,\); .* at least 2 seeds"),
        ([[1.0, 2.0]], {}, r"values has shape \(1, 2\)"),
        ([1.0, np.nan], {}, r"values holds NaN or infinity at \[1\]"),
        ([1.0, 2.0], {"confidence": 95}, "confidence=95 must lie between 0 and 1"),
    ],
)
def test_seed_interval_refuses(values, options, match):
    with pytest.raises(ValueError, match=match):
        seed_interval(values, **options)


def mixture(rng, n=80):
    """Two overlapping groups of unequal size, and the group of each point."""
    y = (rng.random(n) < 0.25).astype(int)
    return rng.normal(size=(n, 1)) + 3 * y[:, None], y


def test_interval_over_images_covers_what_another_sample_gives():
    # The truth is known here: the expected scores, and how they scatter, from many samples.
    rng = np.random.default_rng(0)
    options = {"k": 2, "n_init": 1}
    others = [evaluate_clustering(*mixture(rng), **options) for _ in range(80)]
    covered, widths = {}, {}
    for seed in range(20):
        intervals = bootstrap_interval(*mixture(rng), resamples=12, seed=seed, **options)
        for name in ("silhouette", "nmi", "ari"):
            _, low, high = intervals[name]
            truth = np.mean([getattr(s, name) for s in others])
            covered.setdefault(name, []).append(low <= truth <= high)
            widths.setdefault(name, []).append((high - low) / 2 / 2.201)  # t(0.975, 11)
    for name, widths_ in widths.items():
        assert np.mean(covered[name]) >= 0.8
        deviation = np.std([getattr(s, name) for s in others])
        assert np.mean(widths_) == pytest.approx(deviation, rel=0.25)


def test_twins_of_an_ordinary_bootstrap_raise_silhouettes():
    # Why halves and not resamples with replacement: no structure at all, in small clusters.
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 8))

    def score(rows):
        return silhouette_score(x[rows], kmeans(x[rows], 6, seed=0, n_init=3)[0])

    whole = score(np.arange(60))
    drawn_twice = np.mean([score(rng.integers(0, 60, 60)) for _ in range(10)])
    halves = half_scores(x, k=6, resamples=10, n_init=3).silhouette.mean()
    assert drawn_twice - whole > 0.05
    assert abs(halves - whole) < 0.05


def test_scores_of_halves_are_those_of_clustering_each():
    x, y = mixture(np.random.default_rng(1), n=31)
    table = half_scores(x, y, k=3, seed=4, resamples=3)
    assert list(table) == ["silhouette", *LABEL_SCORES]
    rng = np.random.default_rng(4)
    for _, row in table.iterrows():
        rows = np.sort(rng.permutation(31)[:15])
        clusters = kmeans(x[rows] - x.mean(), 3, seed=4, n_init=10)[0]
        expected = {"silhouette": silhouette_score(x[rows], clusters), **label_scores(y[rows], clusters)}
        assert row.to_dict() == pytest.approx(expected)


def test_interval_holds_the_score_of_all_images_and_its_range():
    x, y = mixture(np.random.default_rng(2))
    intervals = bootstrap_interval(x, y, k=3, resamples=5)
    assert {n: i.mean for n, i in intervals.items()} == pytest.approx(evaluate_clustering(x, y, k=3).row())
    assert all(
        0 <= i.low <= i.mean <= i.high <= 1 for n, i in intervals.items() if n in ("nmi", "macro_recall")
    )
    assert list(bootstrap_interval(x, k=3, resamples=5)) == ["silhouette"]
    assert bootstrap_interval(x, y, k=3, resamples=5) == intervals
    assert bootstrap_interval(x, y, k=3, resamples=5, seed=1) != intervals


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"k": 6}, "features has 12 rows: half of them are too few for k=6"),
        ({"k": 2, "resamples": 1}, "resamples=1 must be an integer of at least 2"),
        ({"k": 2, "confidence": 1}, "confidence=1 must lie between 0 and 1"),
        ({"k": 2, "labels": [0]}, "labels has 1 values for 12 samples"),
    ],
)
def test_bootstrap_interval_refuses(options, match):
    with pytest.raises(ValueError, match=match):
        bootstrap_interval(np.arange(12.0)[:, None], **options)
