"""Finding oneself: by hand on a line, at chance for a permutation, and no luck for collapsed embeddings."""

import numpy as np
import pytest

from semlib.sem.claims.retrieval import own_ranks, retrieval

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_the_identity_finds_every_image(metric):
    x = RNG.normal(size=(40, 6))
    assert retrieval(x, x, metric=metric) == (1.0, 1.0, 1 / 40)


def test_ranks_by_hand():
    gallery = np.array([[0.0], [1.0], [3.0], [10.0]])
    queries = np.array([[0.4], [2.5], [2.0], [9.0]])
    # 0.4 is nearest to its own 0. 2.5: 3 is closer (0.5) than its own 1 (1.5). 2: own 3 ties with 1. 9: own.
    closer, tied = own_ranks(queries, gallery, metric="euclidean")
    assert closer.tolist() == [0, 1, 0, 0]
    assert tied.tolist() == [0, 0, 1, 0]
    found = retrieval(queries, gallery, metric="euclidean")
    assert found.recall_at_1 == pytest.approx((1 + 0 + 1 / 2 + 1) / 4)
    assert found.mean_rank == pytest.approx((1 + 2 + 1.5 + 1) / 4)


def test_cosine_does_not_see_length_and_euclid_does():
    gallery = np.array([[1.0, 0.0], [0.0, 1.0]])
    queries = np.array([[9.0, 1.0], [0.1, 0.2]])
    assert retrieval(queries, gallery).recall_at_1 == 1
    assert own_ranks(3 * queries, gallery)[0].tolist() == own_ranks(queries, gallery)[0].tolist()


def test_a_permutation_is_found_by_chance_only():
    found = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(20, 3))
        found.append(retrieval(x[rng.permutation(20)], x, metric="euclidean"))
    assert np.mean([f.recall_at_1 for f in found]) == pytest.approx(1 / 20, abs=0.012)
    assert np.mean([f.mean_rank for f in found]) == pytest.approx(10.5, abs=0.4)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_collapsed_embeddings_find_nothing_but_by_chance(metric):
    x = np.tile(RNG.normal(size=5).astype(np.float32), (30, 1))
    found = retrieval(x, x, metric=metric)
    assert found.recall_at_1 == pytest.approx(1 / 30)
    assert found.mean_rank == pytest.approx(15.5)


def test_one_number_has_no_direction():
    x = RNG.uniform(1, 2, size=(25, 1))  # all cosines are 1, up to rounding
    assert retrieval(x, x).recall_at_1 == pytest.approx(1 / 25)


def test_blocks_of_queries_give_what_one_block_gives(monkeypatch):
    q, g = RNG.normal(size=(2, 23, 4))
    whole = own_ranks(q, g)
    monkeypatch.setattr("semlib.sem.claims.retrieval._BLOCK", 5)
    np.testing.assert_array_equal(own_ranks(q, g), whole)


def test_refusals():
    with pytest.raises(ValueError, match=r"queries has shape \(2, 3\) and gallery \(3, 3\)"):
        retrieval(np.ones((2, 3)), np.ones((3, 3)))
    with pytest.raises(ValueError, match="metric='dot' must be one of cosine, euclidean"):
        retrieval(np.ones((2, 3)), np.ones((2, 3)), metric="dot")
    with pytest.raises(ValueError, match="queries holds NaN"):
        retrieval(np.full((2, 3), np.nan), np.ones((2, 3)))
