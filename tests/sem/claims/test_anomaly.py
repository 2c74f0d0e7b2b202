"""kNN distances and AUROC by hand; a class held out is found where its features lie apart."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from semlib.sem.claims.anomaly import auroc, held_out_auroc, knn_distance


def test_knn_distance_by_hand():
    reference = [[0.0], [1.0], [5.0]]
    assert knn_distance(reference, [[0.0], [3.0]], k=1).tolist() == [0, 2]
    assert knn_distance(reference, [[0.0], [3.0]], k=2).tolist() == [0.5, 2]
    assert knn_distance(reference, [[0.0]], k=3).tolist() == [2]


def test_auroc_by_hand_with_four_points():
    # pairs (normal, odd): 1<2, 1<4, 3>2, 3<4: three of four
    area, low, high = auroc([1, 3], [2, 4])
    assert area == 0.75
    assert 0 <= low <= area <= high <= 1
    assert auroc([1, 1], [1, 1]).mean == 0.5
    assert auroc([0, 1], [2, 3]) == (1, 1, 1)
    assert auroc([2, 3], [0, 1]) == (0, 0, 0)


def test_auroc_is_scikit_learns_ties_too():
    rng = np.random.default_rng(0)
    normal, odd = rng.integers(0, 9, 60), rng.integers(3, 12, 35)
    expected = roc_auc_score([0] * 60 + [1] * 35, [*normal, *odd])
    assert auroc(normal, odd).mean == pytest.approx(expected)


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        # P(odd > normal) of N(0,1) and N(1,1) is Φ(1/√2) = 0.7602
        _, low, high = auroc(rng.normal(size=60), rng.normal(1, 1, size=40), n_resamples=300, seed=seed)
        covered += low <= 0.7602 <= high
    assert 0.89 < covered / 200 < 0.99


def test_a_class_apart_is_found_when_it_is_held_out():
    rng = np.random.default_rng(1)
    labels = np.repeat([1, 2, 3], 30)
    x = rng.normal(size=(90, 2)) + np.array([[0, 0], [0, 0.5], [9, 9]])[labels - 1]
    y = rng.normal(size=(90, 2)) + np.array([[0, 0], [0, 0.5], [9, 9]])[labels - 1]
    table = held_out_auroc(x, labels, y, labels)
    assert table.index.tolist() == [1, 2, 3]
    assert table.auroc[3] == 1
    assert 0.3 < table.auroc[1] < 0.8
    assert table[["n_odd", "n_normal"]].to_numpy().tolist() == [[30, 60]] * 3
    # images to find from elsewhere; the held-out class must not be in the reference, or it is not odd
    other = held_out_auroc(x, labels, y, labels, odd=y[60:62], odd_labels=[3, 3])
    assert other.n_odd.to_dict() == {3: 2}
    known = knn_distance(x, y[60:], k=5).mean()
    assert knn_distance(x[labels != 3], y[60:], k=5).mean() > 5 * known


def test_refusals():
    with pytest.raises(ValueError, match="k=4, but reference has 3 rows"):
        knn_distance(np.ones((3, 2)), np.ones((1, 2)), k=4)
    with pytest.raises(ValueError, match="reference has 2 columns and queries 3"):
        knn_distance(np.ones((3, 2)), np.ones((1, 3)), k=1)
    with pytest.raises(ValueError, match=r"odd has shape \(0,\)"):
        auroc([1, 2], [])
    with pytest.raises(ValueError, match=r"normal_labels has shape \(2,\); pass one for each of 3 rows"):
        held_out_auroc(np.ones((3, 2)), [1, 1, 2], np.ones((3, 2)), [1, 1])
    with pytest.raises(ValueError, match="normal_labels holds class 1 only"):
        held_out_auroc(np.ones((3, 2)), [1, 1, 2], np.ones((3, 2)), [1, 1, 1])
