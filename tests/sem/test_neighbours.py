"""Neighbours, centres and shares on points whose answers are known by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import silhouette_score

from semlib.sem import neighbours
from semlib.sem.neighbours import (
    cluster_table,
    nearest_neighbours,
    nearest_to_centres,
    same_class_share,
    silhouettes,
)

LINE = np.array([[0.0], [1], [3], [7]])


def test_neighbours_on_a_line():
    np.testing.assert_array_equal(nearest_neighbours(LINE, 3), [[1, 2, 3], [0, 2, 3], [1, 0, 3], [2, 1, 0]])


def test_no_image_is_its_own_neighbour_but_a_copy_can_be():
    x = np.array([[1.0, 2], [5, 5], [1, 2]])
    np.testing.assert_array_equal(nearest_neighbours(x, 2), [[2, 1], [0, 2], [0, 1]])


def test_of_equally_near_ones_the_first_comes_first():
    square = np.array([[0.0, 0], [1, 0], [0, 1], [-1, 0], [0, -1]]) * 0.1
    assert nearest_neighbours(square, 4)[0].tolist() == [1, 2, 3, 4]
    np.testing.assert_array_equal(nearest_neighbours(np.zeros((4, 2)), 2), [[1, 2], [0, 2], [0, 1], [0, 1]])


def test_blocks_give_the_same_as_one(monkeypatch):
    x = np.random.default_rng(0).normal(size=(23, 3))
    whole = nearest_neighbours(x, 5)
    monkeypatch.setattr(neighbours, "_BLOCK", 23 * 4)  # blocks of 4 rows, the last of 3
    np.testing.assert_array_equal(nearest_neighbours(x, 5), whole)


def test_distances_far_from_the_origin_are_exact():
    # with products in place of differences these would be rounding noise
    np.testing.assert_array_equal(nearest_neighbours(LINE + 2.0**30, 3), nearest_neighbours(LINE, 3))


@pytest.mark.parametrize(
    ("features", "n", "match"),
    [
        (LINE, 4, "n_neighbors=4, but features has 4 rows; pass at most 3"),
        (LINE, 0, "n_neighbors=0 must be an integer of at least 1"),
        (LINE[:, 0], 1, r"features has shape \(4,\)"),
        (np.array([[0.0], [np.nan]]), 1, "NaN or infinity in 1 rows"),
    ],
)
def test_bad_neighbours(features, n, match):
    with pytest.raises(ValueError, match=match):
        nearest_neighbours(features, n)


def test_share_of_the_own_class_and_chance():
    labels = np.array(["a", "a", "a", "b", "b", "c"])
    found = np.array([[1, 2], [0, 3], [3, 4], [4, 0], [0, 1], [0, 1]])
    result = same_class_share(found, labels)
    # a: 1, ½, 0; b: ½, 0; c: alone in its class
    assert result.share == pytest.approx((1 + 0.5 + 0.5) / 6)
    assert result.macro_share == pytest.approx((0.5 + 0.25) / 2)
    # of 5 others 2 are of class a, 1 of b, 0 of c
    assert result.chance == pytest.approx((3 * 2 + 2 * 1) / 5 / 6)
    assert result.macro_chance == pytest.approx((2 / 5 + 1 / 5) / 2)
    expected = pd.DataFrame(
        {"images": [3, 2, 1], "share": [0.5, 0.25, np.nan], "chance": [0.4, 0.2, np.nan]}, index=list("abc")
    )
    pd.testing.assert_frame_equal(result.by_class, expected, check_names=False)


def test_chance_is_what_random_neighbours_give():
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.repeat([0, 1, 2], [60, 15, 5]))
    result = same_class_share(nearest_neighbours(rng.normal(size=(80, 1)), 79), labels)
    assert result.share == pytest.approx(result.chance)  # all others are neighbours
    assert result.macro_share == pytest.approx(result.macro_chance)


def test_share_wants_a_label_for_each_image():
    with pytest.raises(ValueError, match=r"labels has shape \(2,\); pass one value for each of 4 images"):
        same_class_share(nearest_neighbours(LINE, 1), [1, 2])


def test_nearest_to_centres_with_ties_and_an_empty_cluster():
    x = np.array([[0.0], [2], [4], [10], [12], [50]])
    found = nearest_to_centres(x, [0, 0, 0, 2, 2, 3], n=2)  # centres 2, 11, 50; nothing is in cluster 1
    assert {c: members.tolist() for c, members in found.items()} == {0: [1, 0], 2: [3, 4], 3: [5]}


def test_cluster_table():
    table = cluster_table([0, 0, 0, 2, 2], labels=[3, 3, 1, 6, 4], grey=[0.2, 0.4, 0.6, 1, 0])
    assert table.index.tolist() == [0, 2]
    assert table.images.tolist() == [3, 2]
    assert table["class"].tolist() == [3, 4]  # of 4 and 6, equally frequent, the first
    np.testing.assert_allclose(table.purity, [2 / 3, 1 / 2])
    np.testing.assert_allclose(table.mean_grey, [0.4, 0.5])
    assert list(cluster_table([0, 1])) == ["images"]


def test_silhouettes_by_hand_and_their_mean_is_the_score():
    x, clusters = np.array([[0.0], [1], [5], [6]]), np.array([0, 0, 1, 1])
    np.testing.assert_allclose(silhouettes(x, clusters), [4.5 / 5.5, 3.5 / 4.5, 3.5 / 4.5, 4.5 / 5.5])
    rng = np.random.default_rng(0)
    x, clusters = rng.normal(size=(30, 4)), rng.integers(0, 3, 30)
    assert silhouettes(x, clusters).mean() == pytest.approx(silhouette_score(x, clusters))


@pytest.mark.parametrize("clusters", [[0, 0, 0, 0], [0, 1, 2, 3]])
def test_silhouettes_without_meaning_are_nan(clusters):
    assert np.isnan(silhouettes(LINE, clusters)).all()


@pytest.mark.parametrize("clusters", [[0, 0, 1], [0.0, 0, 1, 1]])
def test_clusters_are_integers_one_an_image(clusters):
    with pytest.raises(ValueError, match="pass one integer for each of the 4 rows"):
        nearest_to_centres(LINE, clusters)
