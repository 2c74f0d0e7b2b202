"""Eq. 11-25 by hand, and against scikit-learn and plain loops."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist, pdist
from sklearn import metrics as sk
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score

from semlib.wafer.metrics import die_scores, external_scores, filter_scores, internal_scores

ORIGINAL = [[2, 1], [2, 0]]
FILTERED = [[1, 1], [2, 0]]


def test_filter_scores_by_hand():
    # one of four cells differs by 1; the squares of the original add up to 9
    scores = filter_scores(ORIGINAL, FILTERED)
    assert scores.mae == 0.25
    assert scores.nmse == pytest.approx(1 / 9)
    assert scores.snr == pytest.approx(10 * np.log10(9))
    assert scores.psnr == pytest.approx(10 * np.log10(2**2 * 4 / 1))


def test_a_removed_die_row_counts_absolute_and_squared():
    scores = filter_scores([[2, 2]], [[0, 1]])  # differs by 2 and 1: not the same for MAE and NMSE
    assert (scores.mae, scores.nmse) == (1.5, 5 / 8)


def test_another_peak_adds_a_constant():
    gain = filter_scores(ORIGINAL, FILTERED, p=255).psnr - filter_scores(ORIGINAL, FILTERED).psnr
    assert gain == pytest.approx(42.11, abs=0.005)


def test_nothing_removed_is_infinitely_good():
    scores = filter_scores(ORIGINAL, ORIGINAL)
    assert (scores.mae, scores.nmse, scores.snr, scores.psnr) == (0, 0, np.inf, np.inf)


def test_bad_filter_input():
    with pytest.raises(ValueError, match=r"original has shape \(2, 2\), filtered \(1, 2\)"):
        filter_scores(ORIGINAL, [[1, 2]])
    with pytest.raises(ValueError, match="filtered holds 9"):
        filter_scores(ORIGINAL, [[1, 9], [1, 1]])
    with pytest.raises(ValueError, match="p=0"):
        filter_scores(ORIGINAL, FILTERED, p=0)


# Two pairs of dies: a = (0 0) (0 2), b = (3 0) (3 4). Centroids (0 1) and (3 2).
POINTS, LABELS = [[0, 0], [0, 2], [3, 0], [3, 4]], [0, 0, 1, 1]


def test_internal_scores_by_hand():
    scores = internal_scores(POINTS, LABELS)
    assert scores.dbi == pytest.approx((2 + 4) / 10**0.5)  # both clusters have the same only partner
    assert scores.di == pytest.approx(3 / 4)
    # middle of all: (1.5 1.5). Between: 4 * (1.5² + 0.5²) = 10, over 1; within: 2 * 1 + 2 * 4 = 10, over 2
    assert scores.ch == pytest.approx(2)
    assert scores.gdi == pytest.approx(3 / 4)  # the larger 2 x mean distance to the centroid is 2 * 2
    mean = (3 + 5 + 13**0.5 + 13**0.5) / 4
    assert internal_scores(POINTS, LABELS, gdi="33").gdi == pytest.approx(mean / 4)
    assert internal_scores(POINTS, LABELS, gdi="43").gdi == pytest.approx(10**0.5 / 4)
    assert internal_scores(POINTS, LABELS, dbi="sklearn").dbi == pytest.approx((1 + 2) / 10**0.5)


def _plain_scores(points, labels):
    clusters = [points[labels == k] for k in np.unique(labels)]
    k = range(len(clusters))
    average = [pdist(c).mean() if len(c) > 1 else 0 for c in clusters]
    centroid = [c.mean(axis=0) for c in clusters]
    dbi = np.mean(
        [
            max((average[i] + average[j]) / np.linalg.norm(centroid[i] - centroid[j]) for j in k if j != i)
            for i in k
        ]
    )
    nearest = min(cdist(a, b).min() for a, b in combinations(clusters, 2))
    spread = [2 * np.linalg.norm(c - m, axis=1).mean() for c, m in zip(clusters, centroid, strict=True)]
    return dbi, nearest / max(cdist(c, c).max() for c in clusters), nearest / max(spread)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.integers(2, 6), st.integers(8, 40))
def test_internal_scores_equal_plain_loops_in_any_order_and_numbering(seed, n_clusters, n):
    rng = np.random.default_rng(seed)
    points = np.stack(np.divmod(rng.choice(225, n, replace=False), 15), axis=1)
    labels = np.concatenate([np.arange(n_clusters), rng.integers(0, n_clusters, n - n_clusters)])
    scores = internal_scores(points, labels)
    dbi, di, gdi = _plain_scores(points, labels)
    assert (scores.di, scores.gdi) == pytest.approx((di, gdi))
    assert scores.dbi == pytest.approx(dbi, rel=1e-6)
    assert scores.ch == pytest.approx(calinski_harabasz_score(points, labels))
    assert internal_scores(points, labels, dbi="sklearn").dbi == pytest.approx(
        davies_bouldin_score(points, labels)
    )

    order = rng.permutation(n)
    again = internal_scores(points[order], 3 * (n_clusters - labels[order]) + 1)
    assert (again.dbi, again.di, again.ch, again.gdi) == pytest.approx(
        (scores.dbi, scores.di, scores.ch, scores.gdi), rel=1e-6
    )


def test_removed_dies_are_left_out():
    assert internal_scores([*POINTS, [9, 9]], [*LABELS, -1]) == internal_scores(POINTS, LABELS)


def test_degenerate_clusterings():
    for points, labels in [(POINTS, [0, 0, 0, 0]), (POINTS, [-1] * 4), (np.empty((0, 2)), np.empty(0))]:
        one = internal_scores(points, labels)
        assert np.isnan([one.dbi, one.di, one.ch, one.gdi]).all()
    single = internal_scores(POINTS, [0, 1, 2, 3])
    assert (single.dbi, single.di, single.gdi) == (0, np.inf, np.inf)
    assert np.isnan(single.ch)
    ring = internal_scores([[0, 1], [1, 0], [1, 2], [2, 1], [1, 1]], [0, 0, 0, 0, 1])
    assert ring.dbi == np.inf  # both centroids are (1, 1)


@pytest.mark.parametrize(
    ("points", "labels", "options", "match"),
    [
        ([[0, 0, 0]], [0], {}, r"points has shape \(1, 3\), labels \(1,\)"),
        (POINTS, [0, 1], {}, r"points has shape \(4, 2\), labels \(2,\)"),
        (POINTS, [0.5] * 4, {}, "labels has dtype float64"),
        (POINTS, LABELS, {"dbi": "other"}, "dbi='other' is not one of 'paper', 'sklearn'"),
        (POINTS, LABELS, {"gdi": "53"}, "gdi='53' is not one of '13'"),
    ],
)
def test_bad_internal_input(points, labels, options, match):
    with pytest.raises(ValueError, match=match):
        internal_scores(points, labels, **options)


def test_external_scores_by_hand():
    # truth aabb, found xxyx: of six pairs, together in both: 1; apart in both: 2 -> RI 3/6.
    # ARI: pairs in the cells 1, in rows 2, in columns 3, expected 2 * 3 / 6 = 1: (1 - 1) / (2.5 - 1) = 0
    scores = external_scores([0, 0, 1, 1], [5, 5, 6, 5])
    assert (scores.ri, scores.ari, scores.n_dies) == pytest.approx((0.5, 0, 4))
    # H(truth) = 1 bit, H(found) = 0.8113, shared: 1 - (3/4) * H(2/3) = 1 - 0.75 * 0.9183 = 0.3113
    assert scores.nmi == pytest.approx(0.3113 / ((1 + 0.8113) / 2), abs=1e-4)
    assert external_scores([0, 0, 1, 1], [5, 5, 6, 5], normaliser="max").nmi == pytest.approx(
        0.3113, abs=1e-4
    )


@given(
    st.integers(1, 60).flatmap(
        lambda n: st.tuples(*[st.lists(st.integers(-1, 6), min_size=n, max_size=n)] * 2)
    ),
    st.sampled_from(["arithmetic", "geometric", "min", "max"]),
)
@settings(deadline=None, max_examples=300)
def test_external_scores_are_scikit_learns(pair, normaliser):
    truth, labels = pair
    scores = external_scores(truth, labels, normaliser=normaliser)
    assert scores.ri == pytest.approx(sk.rand_score(truth, labels), abs=1e-12)
    assert scores.ari == pytest.approx(sk.adjusted_rand_score(truth, labels), abs=1e-12)
    nmi = sk.normalized_mutual_info_score(truth, labels, average_method=normaliser)
    assert scores.nmi == pytest.approx(nmi, abs=1e-12)


@pytest.mark.parametrize(
    ("truth", "labels"),
    [
        ([3], [7]),
        ([0] * 5, [1] * 5),
        ([0] * 5, range(5)),
        (range(5), range(5)),
        ([0, 0, 1, 1] * 300_000, [0, 1, 0, 1] * 300_000),  # products of pairs pass 64 bits
        (np.arange(2000) % 3, np.arange(2000) // 700),
    ],
)
def test_limits_of_external_scores_are_scikit_learns(truth, labels):
    truth, labels = np.array(truth), np.array(labels)
    scores = external_scores(truth, labels)
    assert scores.ri == pytest.approx(sk.rand_score(truth, labels), abs=1e-12)
    assert scores.ari == pytest.approx(sk.adjusted_rand_score(truth, labels), abs=1e-12)
    assert scores.nmi == pytest.approx(sk.normalized_mutual_info_score(truth, labels), abs=1e-12)


@pytest.mark.parametrize("normaliser", ["arithmetic", "geometric", "min", "max"])
def test_one_group_tells_nothing_of_many(normaliser):
    # rounding must not make a little of nothing, which "min" would divide by zero
    for n in range(2, 60):
        many = np.repeat(np.arange(n), np.arange(1, n + 1))
        assert external_scores(many, np.zeros_like(many), normaliser=normaliser).nmi == 0


def test_removed_dies_are_a_group_unless_dropped():
    truth, labels = [0, 0, -1, -1], [1, 1, -1, -2]
    assert external_scores(truth, labels).ri == 1  # any negative number is "removed"
    assert external_scores(truth, labels, removed="drop").n_dies == 2
    missed = [0, 0, 0, 0], [1, 1, -1, -1]
    assert external_scores(*missed).ri == pytest.approx(2 / 6)
    assert external_scores(*missed, removed="drop").ri == 1


def test_maps_are_compared_on_the_given_dies_only():
    truth, labels = np.array([[0, 0, 9], [1, 1, 9]]), np.array([[0, 0, 8], [2, 2, 7]])
    where = np.array([[True, True, False], [True, True, False]])
    assert external_scores(truth, labels, where=where) == external_scores([0, 0, 1, 1], [0, 0, 2, 2])
    with pytest.raises(ValueError, match=r"where is missing; pass where=\(wafer_map == 2\)"):
        external_scores(truth, labels)
    with pytest.raises(ValueError, match=r"where \(2, 3\) of int64"):
        external_scores(truth, labels, where=where.astype(int))
    with pytest.raises(ValueError, match="one shape"):
        external_scores(truth, labels[:1], where=where)
    nothing = external_scores(truth, labels, where=np.zeros((2, 3), bool))
    assert nothing.n_dies == 0
    assert np.isnan([nothing.ri, nothing.ari, nothing.nmi]).all()


def test_bad_external_options():
    with pytest.raises(ValueError, match="removed='keep'"):
        external_scores([0], [0], removed="keep")
    with pytest.raises(ValueError, match="normaliser='mean'"):
        external_scores([0], [0], normaliser="mean")
    with pytest.raises(ValueError, match="truth has dtype"):
        external_scores(["a"], [0])


def test_die_scores_by_hand():
    truth = [[0, 1, -1], [2, -1, -1]]  # three pattern dies
    scores = die_scores(truth, [[2, 2, 2], [1, 1, 0]])  # keeps two of them and one of the noise
    assert (scores.precision, scores.recall, scores.f1) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    scores = die_scores(truth, [[2, 1, 1], [1, 1, 0]])
    assert (scores.precision, scores.recall, scores.f1) == pytest.approx((1, 1 / 3, 1 / 2))


def test_die_scores_of_nothing():
    kept_none = die_scores([[0, -1]], [[1, 1]])
    assert np.isnan(kept_none.precision)
    assert (kept_none.recall, kept_none.f1) == (0, 0)
    no_pattern = die_scores([[-1, -1]], [[2, 1]])
    assert np.isnan(no_pattern.recall)
    assert (no_pattern.precision, no_pattern.f1) == (0, 0)
    assert np.isnan(die_scores([[-1, -1]], [[1, 1]]).f1)
    with pytest.raises(ValueError, match=r"truth has shape \(1, 2\), filtered \(1, 1\)"):
        die_scores([[0, 0]], [[1]])


def test_scores_make_a_table():
    table = pd.DataFrame([filter_scores(ORIGINAL, FILTERED), filter_scores(ORIGINAL, ORIGINAL)])
    assert table.columns.tolist() == ["mae", "nmse", "snr", "psnr"]
    assert table["mae"].tolist() == [0.25, 0]
