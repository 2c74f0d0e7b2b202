"""K-means and its scores, against values derived by hand on a few points."""

from dataclasses import FrozenInstanceError
from math import log

import numpy as np
import pytest

from semlib.sem import evaluate
from semlib.sem.evaluate import LABEL_SCORES, evaluate_clustering, label_scores


def blobs(per=20, k=3, d=4, seed=0):
    """k groups of points, far from each other; also the group of each point."""
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(10 * i, 1, (per, d)) for i in range(k)]), np.repeat(range(k), per)


def test_silhouette_and_inertia_by_hand():
    # Points 0, 1 | 10, 11. For 0: own distance 1, other (10 + 11)/2; for 1: 1 and (9 + 10)/2; then mirrored.
    # Each point is ½ from its centre: inertia 4 · ¼.
    scores = evaluate_clustering([[0.0], [1.0], [10.0], [11.0]], k=2)
    assert scores.silhouette == pytest.approx((9.5 / 10.5 + 8.5 / 9.5) / 2)
    assert scores.inertia == pytest.approx(1)
    assert scores.n_clusters_found == 2
    assert scores.assignments.dtype == np.int32
    assert scores.assignments.tolist() == [0, 0, 1, 1]


def test_label_scores_by_hand():
    # Joint shares 2/4, 1/4, 1/4: H(Y,C) = 1.5 ln 2, H(Y) = ln 2, H(C) = 2 ln 2 − ¾ ln 3.
    # Shared: I = H(Y) + H(C) − H(Y,C).
    # ARI: 1 pair together in both, 2·3/6 = 1 expected: 0. AMI: every shuffle has this table or its mirror: 0.
    # Recall: all of class a in cluster 0, half of b in cluster 1.
    scores = label_scores(["a", "a", "b", "b"], [0, 0, 0, 1])
    h, h_clusters = log(2), 2 * log(2) - 0.75 * log(3)
    shared = h + h_clusters - 1.5 * log(2)
    expected = {
        "nmi": 2 * shared / (h + h_clusters),
        "ari": 0,
        "ami": 0,
        "homogeneity": shared / h,
        "completeness": shared / h_clusters,
        "macro_recall": 0.75,
    }
    assert scores == pytest.approx(expected, abs=1e-12)
    assert tuple(scores) == LABEL_SCORES


def test_label_scores_of_a_perfect_match_are_1_whatever_the_names():
    assert label_scores([3, 3, 1, 2], ["x", "x", "y", "z"]) == pytest.approx(dict.fromkeys(LABEL_SCORES, 1))


def test_macro_recall_takes_the_best_matching_not_the_greedy_one():
    # Class a: 6 in cluster 0, 4 in 1. Class b: 5 in cluster 0. Greedy by size gives 0.6 + 0; best is 0.4 + 1.
    labels, assignments = ["a"] * 10 + ["b"] * 5, [0] * 6 + [1] * 4 + [0] * 5
    assert label_scores(labels, assignments)["macro_recall"] == pytest.approx(1.4 / 2)


def test_macro_recall_weighs_classes_not_samples():
    # 98 of a in cluster 0 and both b with them: a has 1, b has 0.
    assert label_scores(["a"] * 98 + ["b"] * 2, [0] * 100)["macro_recall"] == 0.5


def test_macro_recall_gives_a_class_without_a_cluster_nothing():
    assert label_scores([0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 1, 1])["macro_recall"] == pytest.approx(2 / 3)


def test_groups_are_found_and_scored():
    x, y = blobs()
    scores = evaluate_clustering(x, y, k=3)
    assert scores.row() == pytest.approx({"silhouette": scores.silhouette, **dict.fromkeys(LABEL_SCORES, 1)})
    assert scores.silhouette > 0.8


def test_without_labels_there_are_no_label_scores():
    scores = evaluate_clustering(blobs()[0], k=3)
    assert [getattr(scores, name) for name in LABEL_SCORES] == [None] * 6


def test_labels_do_not_make_clusters():
    x, y = blobs()
    shuffled = np.random.default_rng(0).permutation(y)
    runs = [evaluate_clustering(x, labels, k=4) for labels in (None, y, shuffled)]
    for run in runs[1:]:
        np.testing.assert_array_equal(run.assignments, runs[0].assignments)
        assert run.silhouette == runs[0].silhouette


def test_clusters_are_numbered_by_size():
    x = np.array([0, 0.1, 50, 50.1, 50.2, 99])[:, None]
    assert evaluate_clustering(x, k=3).assignments.tolist() == [1, 1, 0, 0, 0, 2]


def test_equal_sizes_are_numbered_by_first_member():
    x = np.array([50, 0, 50.1, 0.1])[:, None]
    assert all(evaluate_clustering(x, k=2, seed=s).assignments.tolist() == [0, 1, 0, 1] for s in range(5))


def test_the_same_seed_gives_the_same_result_and_input_is_left_alone():
    x = np.random.default_rng(0).normal(size=(60, 5)).astype(np.float32)
    before = x.copy()
    first, second = (evaluate_clustering(x, k=5, seed=3, n_init=1) for _ in range(2))
    np.testing.assert_array_equal(first.assignments, second.assignments)
    assert first.row() == second.row()
    np.testing.assert_array_equal(x, before)


def test_scores_do_not_depend_on_the_order_or_the_origin():
    x, y = blobs(per=7)
    order = np.random.default_rng(0).permutation(len(x))
    plain, mixed = evaluate_clustering(x, y, k=3), evaluate_clustering(x[order], y[order], k=3)
    assert mixed.row() == pytest.approx(plain.row())
    assert evaluate_clustering(x * 1e-3 + 1e6, k=3).silhouette == pytest.approx(plain.silhouette, abs=1e-6)


def test_standardize_gives_columns_equal_weight_and_scores_what_was_clustered():
    # Column 0 has the larger numbers, column 1 the clearer groups: 0 | 1.
    x = np.array([[0.0, 0], [100, 0.01], [200, 0], [0, 1], [100, 1.01], [200, 1]])
    raw, scaled = evaluate_clustering(x, k=2), evaluate_clustering(x, k=2, standardize=True)
    assert raw.assignments.tolist() != [0, 0, 0, 1, 1, 1]
    assert scaled.assignments.tolist() == [0, 0, 0, 1, 1, 1]
    by_hand = evaluate_clustering((x - x.mean(axis=0)) / x.std(axis=0), k=2)
    assert scaled.silhouette == pytest.approx(by_hand.silhouette)


def test_standardize_leaves_a_constant_column_out():
    x, y = blobs()
    with_constant = evaluate_clustering(np.column_stack([x, np.full(len(x), 7.0)]), y, k=3, standardize=True)
    assert with_constant.silhouette == pytest.approx(
        evaluate_clustering(x, y, k=3, standardize=True).silhouette
    )


@pytest.mark.parametrize(
    ("points", "found", "silhouette"),
    [([0, 0, 5, 5], 2, 1.0), ([3, 3, 3, 3], 1, None), ([0, 1, 5], 3, None)],
    ids=["two distinct", "all equal", "each its own"],
)
@pytest.mark.filterwarnings("ignore:k=3, but K-means found")
def test_few_distinct_points_are_defined(points, found, silhouette):
    scores = evaluate_clustering(np.array(points, float)[:, None], k=3)
    assert scores.n_clusters_found == found
    assert len(set(scores.assignments)) == found
    if silhouette is None:
        assert np.isnan(scores.silhouette)
    else:
        assert scores.silhouette == silhouette


def test_few_distinct_points_are_said():
    with pytest.warns(UserWarning, match="k=3, but K-means found 2 clusters"):
        evaluate_clustering([[0.0], [0.0], [1.0], [1.0]], k=3)


def test_scores_are_frozen():
    scores = evaluate_clustering([[0.0], [1.0], [10.0]], k=2)
    with pytest.raises(FrozenInstanceError):
        scores.nmi = 1.0


def _with(value):
    x = np.zeros((8, 2))
    x[[2, 5], 1] = value
    return x


@pytest.mark.parametrize(
    ("features", "options", "match"),
    [
        (_with(np.nan), {}, r"features holds NaN or infinity in 2 rows \(2, 5\)"),
        (_with(np.inf), {}, r"features holds NaN or infinity in 2 rows \(2, 5\)"),
        (np.full((8, 1), np.nan), {}, r"in 8 rows \(0, 1, 2, 3, 4 …\)"),
        (np.zeros(8), {}, r"features has shape \(8,\) and dtype float64.*features\[:, None\]"),
        (np.zeros((8, 0)), {}, r"features has shape \(8, 0\)"),
        (np.full((8, 2), "x"), {}, "dtype <U1"),
        (np.zeros((8, 2)), {"k": 1}, "k=1 must be an integer of at least 2$"),
        (np.zeros((8, 2)), {"k": 2.5}, "k=2.5 must be an integer"),
        (np.zeros((8, 2)), {"n_init": 0}, "n_init=0 must be an integer of at least 1"),
        (np.zeros((8, 2)), {"seed": -1}, "seed=-1 must be an integer of at least 0"),
        (np.zeros((2, 2)), {"k": 1}, "k=1 .* features has 2 rows: too few to cluster"),
        (np.zeros((1, 2)), {"k": 2}, "features has 1 rows, fewer than k=2; .* need at least 3"),
        (np.zeros((5, 2)), {}, "features has 5 rows, fewer than k=6"),
        (np.zeros((8, 2)), {"labels": [0] * 7}, "labels has 7 values for 8 samples"),
        (np.zeros((8, 2)), {"labels": np.zeros((8, 1))}, r"labels has shape \(8, 1\)"),
        (np.zeros((8, 2)), {"labels": [1, np.nan] * 4}, "labels lacks a value in 4 rows, first row 1"),
        (np.zeros((8, 2)), {"labels": np.array(["a", None] * 4)}, "labels lacks a value in 4 rows"),
    ],
)
def test_bad_input_is_refused(features, options, match):
    with pytest.raises(ValueError, match=match):
        evaluate_clustering(features, **options)


def test_label_scores_refuses_other_lengths():
    with pytest.raises(ValueError, match="labels has 2 values for 3 samples"):
        label_scores([0, 1], [0, 1, 1])


@pytest.mark.parametrize("name", ["Interval", "seed_interval", "controls", "nmi_ceiling_equal_clusters"])
def test_names_that_moved_are_still_found(name):
    assert getattr(evaluate, name).__module__ in ("semlib.sem.intervals", "semlib.sem.controls")


def test_other_names_are_not_found():
    with pytest.raises(AttributeError, match="no attribute 'kontrols'"):
        evaluate.kontrols  # noqa: B018
