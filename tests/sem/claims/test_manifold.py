"""Noise with the covariance of features, and what is read from pictures, by hand."""

import numpy as np
import pytest

from semlib.sem.claims.manifold import largest_piece, neighbour_agreement, noise_like, scattered_share


def test_noise_has_mean_and_covariance_and_nothing_else():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 3)) @ np.array([[2, 0, 0], [1, 1, 0], [0, 0.5, 0.1]]) + [5, -3, 0]
    noise = noise_like(x, seed=1)
    assert noise.dtype == np.float32
    np.testing.assert_allclose(noise.mean(0), x.mean(0), atol=0.1)
    np.testing.assert_allclose(np.cov(noise.T), np.cov(x.T), atol=0.3)
    np.testing.assert_array_equal(noise, noise_like(x, seed=1))
    assert not np.array_equal(noise, noise_like(x, seed=2))


def test_noise_keeps_to_the_directions_that_features_use():
    line = np.linspace(0, 1, 50)[:, None] * [1.0, 2.0, -1.0]
    assert np.linalg.matrix_rank(np.cov(noise_like(line).T), tol=1e-5) == 1


def test_a_point_alone_is_counted():
    row = np.column_stack([np.arange(9.0), np.zeros(9)])
    assert scattered_share(row) == 0
    assert scattered_share([*row.tolist(), [50.0, 0.0]]) == 0.1
    assert scattered_share([*row.tolist(), [12.0, 0.0]]) == 0  # 4 times as far as usual
    assert scattered_share([*row.tolist(), [12.0, 0.0]], factor=3) == 0.1


def test_pieces():
    row = np.column_stack([np.arange(8.0), np.zeros(8)])
    assert largest_piece(row, n_neighbors=2) == 1
    two = np.concatenate([row, row[:4] + np.array([0, 100])])
    assert largest_piece(two, n_neighbors=2) == pytest.approx(8 / 12)


def test_agreement_of_neighbours_by_hand():
    xy = np.array([[0.0, 0], [1, 0], [2.5, 0], [4.5, 0]])
    # nearest: 1, 0, 1, 2. Of a: 1 and 1; of b: 0 and 1.
    assert neighbour_agreement(xy, list("aabb"), n_neighbors=1) == pytest.approx((1 + 0.5) / 2)
    # the class of one point has no neighbour of its own; large classes do not outweigh it
    assert neighbour_agreement(xy, list("aaab"), n_neighbors=1) == 0.5


def test_refusals():
    with pytest.raises(ValueError, match=r"xy has 3 rows; pass as many labels \(not \(2,\)\)"):
        neighbour_agreement(np.zeros((3, 2)), [1, 2], n_neighbors=1)
    with pytest.raises(ValueError, match="features has 1 row"):
        noise_like([[1.0]])
    with pytest.raises(ValueError, match="xy has 2 rows"):
        scattered_share([[0.0, 0.0], [1.0, 1.0]])
    with pytest.raises(ValueError, match="n_neighbors=5 must be less than the 3 rows"):
        largest_piece(np.zeros((3, 2)))
