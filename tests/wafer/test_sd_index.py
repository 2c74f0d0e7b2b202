"""Eq. 1-4, against hand values, scikit-learn and plain loops."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics import silhouette_score

from semlib.wafer import sd_index
from semlib.wafer.clusters import cluster_distances

X = np.array([[2, 1], [1, 0]], np.uint8)
Y = np.array([[1, 1], [1, 0]], np.uint8)


def _points(seed=0, n=40, n_clusters=5):
    rng = np.random.default_rng(seed)
    cells = rng.choice(400, n, replace=False)
    points = np.stack(np.divmod(cells, 20), axis=1).astype(float)
    clusters = np.sort(rng.integers(0, n_clusters, n))
    starts = np.flatnonzero(np.diff(clusters, prepend=-1))
    return points, clusters, cluster_distances(points, starts)


@pytest.mark.parametrize("label_of", [[0, 1, 2, 3, 4], [0, 1, 0, 1, -1], [0, 1, -1, -1, 2]])
def test_silhouette_is_scikit_learns_over_the_kept_dies(label_of):
    points, clusters, distances = _points()
    labels = np.array(label_of)[clusters]
    expected = silhouette_score(points[labels >= 0], labels[labels >= 0])
    assert sd_index.silhouette(distances, clusters, np.array(label_of)) == pytest.approx(expected)


def test_silhouette_with_the_nearest_single_die():
    points, clusters, distances = _points(1)
    labels = np.array([0, 1, 2, 1, -1])[clusters]
    full, kept = cdist(points, points), np.flatnonzero(labels >= 0)
    scores = []
    for i in kept:
        own = [full[i, j] for j in kept if labels[j] == labels[i] and j != i]
        a, b = sum(own) / len(own), min(full[i, j] for j in kept if labels[j] != labels[i])
        scores.append((b - a) / max(a, b))
    ours = sd_index.silhouette(distances, clusters, np.array([0, 1, 2, 1, -1]), b="nearest")
    assert ours == pytest.approx(sum(scores) / len(scores))


def test_a_lone_die_scores_zero():
    points = np.array([[0.0, 0], [0, 1], [0, 5]])
    distances = cluster_distances(points, np.array([0, 2]))
    # a = 1 for both of the pair, b = 5 and 4; the lone die gives 0: (4/5 + 3/4 + 0) / 3
    assert sd_index.silhouette(distances, np.array([0, 0, 1]), np.array([0, 1])) == pytest.approx(1.55 / 3)


def test_pooled_distance_by_hand():
    # eight values 2 1 1 0 1 1 1 0: mean 7/8, mean square 9/8, variance 23/64; one die differs by 1; HW = 4
    assert sd_index.pooled_distance(X, Y) == pytest.approx((1 / (23 / 64)) ** 0.5 / 2)


def test_row_distance_with_a_covariance_by_hand():
    # rows (2 1) (1 0) (1 1) (1 0): covariance [[3/16, 1/8], [1/8, 1/4]], inverse [[8, -4], [-4, 6]];
    # one row differs by (1 0): 8 / (HW = 4)
    assert sd_index.row_distance(X, Y) == pytest.approx(2**0.5)


def test_cell_distance_by_hand():
    # one of four cells differs, by 1: mean square 1/4, variance of the difference 1/4 - 1/16 = 3/16
    assert sd_index.cell_distance(X, Y) == pytest.approx((1 / 4 / (3 / 16)) ** 0.5)
    assert sd_index.cell_distance(X, Y) == pytest.approx(1 / (1 - 1 / 4) ** 0.5)


def test_centroid_distance_by_hand():
    # dies (0 0) (0 2) (2 0) (2 2), of which (2 2) goes: the centroid moves from (1 1) to (2/3 2/3). All seven
    # places: mean 6/7, E[r²] = 12/7, E[rc] = 4/7: covariance [[48, -8], [-8, 48]] / 49 with the eigenvalue
    # 40/49 along the shift, whose squared length is 2/9
    before = np.ones((3, 3), np.uint8)
    before[::2, ::2] = 2
    after = before.copy()
    after[2, 2] = 1
    assert sd_index.centroid_distance(before, after) == pytest.approx((2 / 9 / (40 / 49)) ** 0.5)


@pytest.mark.parametrize("name", sd_index.MAHALANOBIS)
def test_equal_maps_are_at_distance_zero(name):
    assert sd_index.MAHALANOBIS[name](X, X) == 0


def test_one_column_has_a_row_distance():
    assert sd_index.row_distance(X[:, :1], Y[:, :1]) > 0


def test_formulas_of_eq_4():
    assert sd_index.SIMILARITY["inverse"](1.0) == 0.5
    assert sd_index.SIMILARITY["exp"](1.0) == pytest.approx(1 / np.e)
    assert sd_index.SIMILARITY["distance"](1.5) == 1.5
    assert sd_index.COMBINE["sum"](0.25, 0.75) == 1
    assert sd_index.COMBINE["product"](0.25, 0.75) == 0.1875
    assert sd_index.COMBINE["harmonic"](0.25, 0.75) == pytest.approx(0.375)
    assert sd_index.COMBINE["harmonic"](-0.25, 0.75) == 0
