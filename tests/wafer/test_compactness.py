"""Eq. 8 by connectivity, against whole matrices of path distances."""

import numpy as np
import pytest
from npfc_reference import minimax_paths
from scipy.spatial.distance import cdist

from semlib.wafer import clusters as grouping
from semlib.wafer import compactness as eq8


def _clusters(seed, gap, density=0.12):
    defects = np.random.default_rng(seed).random((14, 14)) < density
    wafer_map = np.where(defects, 2, 1).astype(np.uint8)
    preliminary, _ = grouping.preliminary_clusters(wafer_map, noise_size=0)
    merged, pairs, squared = grouping.premerge(preliminary, gap=gap)
    return np.argwhere(merged >= 0), merged[merged >= 0], pairs, squared


def _brute_com(matrix):
    return matrix.std(ddof=1) / len(matrix) * matrix.mean()


def test_three_dies_in_a_row_have_com_one_ninth():
    # P = [[0 1 1] [1 0 1] [1 1 0]]: mean 6/9; variance (6 - 36/9) / 8 = 1/4; com = (1/2) / 3 * (2/3) = 1/9
    points = np.array([[0, 0], [0, 1], [0, 2]])
    pairs = np.array([[0, 1], [1, 2], [0, 2]])
    squared = ((points[pairs[:, 0]] - points[pairs[:, 1]]) ** 2).sum(axis=1)
    moments = eq8.path_moments(pairs, squared, np.zeros(3, int))
    assert moments.tolist() == [[6.0], [6.0]]
    assert eq8.com(np.array([3]), moments) == pytest.approx(1 / 9)


@pytest.mark.parametrize("gap", [0, 2, 8**0.5, 3.2])
def test_path_moments_and_com_of_unions_are_those_of_the_whole_matrix(gap):
    compared = 0
    for seed in range(8):
        points, clusters, pairs, squared = _clusters(seed, gap)
        sizes = np.bincount(clusters)
        order = np.argsort(clusters, kind="stable")
        starts = np.cumsum(sizes) - sizes
        nearest = grouping.cluster_distances(points[order].astype(float), starts).nearest
        n_dist = np.minimum.reduceat(nearest, starts, axis=0)
        den = eq8.DEN["inverse_com"](
            np.add.outer(sizes, sizes), eq8.path_unions(pairs, squared, clusters, n_dist)
        )
        for j in range(1, min(len(sizes), 6)):
            union = np.vstack([points[clusters == 0], points[clusters == j]])
            assert den[0, j] == pytest.approx(1 / _brute_com(np.array(minimax_paths(union.tolist()))))
            compared += 1
    assert compared >= 10


def test_euclidean_options_are_those_of_the_whole_matrix():
    points, clusters, *_ = _clusters(3, 8**0.5, density=0.08)
    sizes = np.bincount(clusters)
    assert len(sizes) >= 3
    dies = points[np.argsort(clusters, kind="stable")].astype(float)
    starts = np.cumsum(sizes) - sizes
    sums = np.add.reduceat(grouping.cluster_distances(dies, starts).sums, starts, axis=0)
    moments = eq8.euclidean_unions(dies, starts, sums)
    n = np.add.outer(sizes, sizes)
    for i, j in [(0, 1), (1, 2), (2, 0)]:
        union = np.vstack([points[clusters == i], points[clusters == j]])
        matrix = cdist(union, union)
        assert eq8.DEN["inverse_euclidean_com"](n, moments)[i, j] == pytest.approx(1 / _brute_com(matrix))
        pairs = matrix[np.triu_indices(len(union), 1)]
        assert eq8.DEN["inverse_mean"](n, moments)[i, j] == pytest.approx(1 / pairs.mean())


def test_distances_do_not_depend_on_the_block(monkeypatch):
    points, clusters, *_ = _clusters(1, 8**0.5)
    starts = np.flatnonzero(np.diff(np.sort(clusters), prepend=-1))
    dies = points[np.argsort(clusters, kind="stable")].astype(float)
    whole = grouping.cluster_distances(dies, starts)
    monkeypatch.setattr(grouping, "_BLOCK", 3 * len(dies))
    blocks = grouping.cluster_distances(dies, starts)
    full = cdist(dies, dies)
    for name, reduce in [("sums", np.sum), ("nearest", np.min), ("farthest", np.max)]:
        expected = np.stack([reduce(part, axis=1) for part in np.split(full, starts[1:], axis=1)], axis=1)
        np.testing.assert_allclose(getattr(whole, name), expected)
        np.testing.assert_allclose(getattr(blocks, name), expected)
