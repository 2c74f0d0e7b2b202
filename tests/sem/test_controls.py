"""Chance and ceilings, by hand and by search."""

from itertools import permutations
from math import log

import numpy as np
import pytest

from semlib.sem.controls import (
    controls,
    nmi_ceiling_attainable,
    nmi_ceiling_equal_clusters,
    nmi_ceiling_of_sizes,
    random_unit_vectors,
)
from semlib.sem.evaluate import LABEL_SCORES, label_scores

CARINTHIA = np.repeat([1, 2, 3, 4, 5, 6], [55, 8, 4008, 289, 4, 227])


def test_ceiling_of_carinthia():
    # The data card: H(Y) = 0.512 nats, so 2 · 0.512 / (0.512 + ln 6) = 0.444.
    assert nmi_ceiling_equal_clusters(CARINTHIA, k=6) == pytest.approx(0.444, abs=5e-4)


def test_ceiling_holds_for_equal_clusters_and_only_for_them():
    # 4 of a and 2 of b in two clusters of three. Of all such clusters the best has aaa and abb.
    labels = ["a"] * 4 + ["b"] * 2
    best = label_scores(labels, [0, 0, 0, 1, 1, 1])["nmi"]
    assert best < nmi_ceiling_equal_clusters(labels, k=2) < label_scores(labels, labels)["nmi"] == 1


@pytest.mark.parametrize(
    ("labels", "k", "ceiling"),
    [
        ([0, 1, 2], 3, 1),  # equal classes, as many clusters
        ([0, 1, 2, 3], 2, 2 / 3),  # 2 ln 2 / (ln 4 + ln 2): the clusters' entropy is the smaller one
        ([7, 7, 7], 4, 0),  # one class: nothing to know
    ],
)
def test_ceiling_by_hand(labels, k, ceiling):
    assert nmi_ceiling_equal_clusters(labels, k) == pytest.approx(ceiling)


@pytest.mark.parametrize("ceiling", [nmi_ceiling_equal_clusters, nmi_ceiling_attainable])
def test_ceilings_refuse_one_cluster(ceiling):
    with pytest.raises(ValueError, match="k=1 must be an integer of at least 2"):
        ceiling([0, 1], 1)


def test_attainable_ceiling_of_carinthia_is_reached():
    # Five clusters of class 3 alone, and one of its rest and all other classes; sizes differ by 1 at most.
    clusters = np.empty(len(CARINTHIA), int)
    large = np.flatnonzero(CARINTHIA == 3)
    clusters[:] = 5
    for cluster in range(5):
        clusters[large[765 * cluster : 765 * (cluster + 1)]] = cluster
    assert np.ptp(np.bincount(clusters)) <= 1
    reached = label_scores(CARINTHIA, clusters)["nmi"]
    assert nmi_ceiling_attainable(CARINTHIA, 6) == pytest.approx(reached, abs=1e-3)


@pytest.mark.parametrize(
    "labels", [[0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 2, 3], [0, 0, 1, 1, 2, 2]]
)
@pytest.mark.parametrize("clusters", [[0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 2, 2]])
def test_attainable_ceiling_beside_all_clusterings_of_equal_size(labels, clusters):
    best = max(label_scores(labels, order)["nmi"] for order in set(permutations(clusters)))
    k = max(clusters) + 1
    assert best <= nmi_ceiling_attainable(labels, k) + 1e-12
    assert nmi_ceiling_attainable(labels, k) <= nmi_ceiling_equal_clusters(labels, k) + 1e-12


def test_attainable_ceiling_by_hand():
    # Four of a, two of b in two clusters of three: aaa and abb. Rests: one a, two b in a cluster of three.
    h, within = log(3) - 2 / 3 * log(2), (log(3) - 2 / 3 * log(2)) / 2
    expected = 2 * (h - within) / (h + log(2))
    assert nmi_ceiling_attainable(list("aaaabb"), 2) == pytest.approx(expected)
    assert label_scores(list("aaaabb"), [0, 0, 0, 1, 1, 1])["nmi"] == pytest.approx(expected)


def test_ceiling_of_sizes_by_hand():
    # Classes 2 + 2: ln 2. Clusters 3 + 1: 2 ln 2 − ¾ ln 3, the smaller.
    h, h_clusters = log(2), 2 * log(2) - 0.75 * log(3)
    expected = 2 * h_clusters / (h + h_clusters)
    assert nmi_ceiling_of_sizes([0, 0, 1, 1], [5, 5, 5, 7]) == pytest.approx(expected)
    assert nmi_ceiling_of_sizes([0, 0, 1, 1], list("xyxy")) == pytest.approx(1)
    assert nmi_ceiling_of_sizes([0, 0, 1, 1], [3, 3, 3, 3]) == 0


def test_random_unit_vectors_have_length_1():
    vectors = random_unit_vectors(5, 7, seed=3)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1)
    assert vectors.shape == (5, 7)


def test_controls_know_nothing():
    labels = np.repeat([0, 1, 2], [300, 40, 20])
    table = controls(labels, k=3)
    assert list(table.index) == ["shuffled labels", "majority class", "random unit vectors"]
    assert list(table.columns) == ["silhouette", *LABEL_SCORES]
    majority = table.loc["majority class"].drop("silhouette").to_dict()
    by_hand = {"nmi": 0, "ari": 0, "ami": 0, "homogeneity": 0, "completeness": 1, "macro_recall": 1 / 3}
    assert majority == pytest.approx(by_hand, abs=1e-12)
    assert table["silhouette"].isna().tolist() == [True, True, False]
    assert abs(table.loc["random unit vectors", "silhouette"]) < 0.05
    chance = table.loc[["shuffled labels", "random unit vectors"], ["ari", "ami", "nmi"]]
    assert (chance.abs() < 0.1).all(axis=None)
    assert table.dtypes.eq(float).all()


def test_controls_repeat_with_the_seed_only():
    labels = np.repeat(["a", "b", "c"], [30, 20, 10])
    first, again, other = (controls(labels, k=2, seed=seed) for seed in (1, 1, 2))
    assert first.equals(again)
    assert first.loc["shuffled labels", "nmi"] != other.loc["shuffled labels", "nmi"]
    assert first.loc["random unit vectors", "nmi"] != other.loc["random unit vectors", "nmi"]
