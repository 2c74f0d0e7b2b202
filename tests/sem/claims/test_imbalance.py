"""Class counts by hand; parts of one twin; scores on a test set that stays the same."""

import numpy as np
import pytest

from semlib.sem.claims.imbalance import balanced_test_scores, class_counts, twin_with
from semlib.sem.synthetic import CLASS_COUNTS, class_sequence, make_image


def test_counts_from_balanced_to_beyond():
    assert class_counts(12, 0) == dict.fromkeys(range(1, 7), 2)
    assert class_counts(4591, 1) == CLASS_COUNTS
    assert sum(class_counts(100, 1.5).values()) == 100
    shares = [class_counts(1000, power)[3] for power in (0, 0.5, 1, 1.5)]
    assert shares == sorted(shares)
    assert shares[0] in (166, 167)
    assert class_counts(1000, 9) == {1: 1, 2: 1, 3: 995, 4: 1, 5: 1, 6: 1}


def test_power_1_is_the_twins_own_mix():
    labels, counts = np.unique(class_sequence(150), return_counts=True)
    assert class_counts(150, 1) == dict(zip(labels.tolist(), counts.tolist(), strict=True))


def test_smaller_counts_are_a_part_of_the_same_images():
    few = twin_with({3: 2, 6: 1}, seed=4, size=32)
    many = twin_with({3: 4, 6: 3, 1: 1}, seed=4, size=32)
    assert sorted(few.labels.tolist()) == [3, 3, 6]
    assert set(few.names) < set(many.names)
    pictures = dict(zip(many.names, many, strict=True))
    assert all(np.array_equal(pictures[name], image) for name, image in zip(few.names, few, strict=True))
    other = twin_with({3: 2, 6: 1}, seed=4, size=32, first=50)
    assert not set(other.names) & set(many.names)
    at = other.names.index("twin_3_00051")
    np.testing.assert_array_equal(other[at], make_image(3, seed=4, index=51, size=32))


def test_scores_come_from_the_test_set():
    x = np.array([[0.0], [0.1], [9.0], [9.1]])
    found = balanced_test_scores(x, [[-1.0], [1.0], [8.0], [12.0]], [1, 1, 2, 2], k=2)
    assert found["macro_recall"] == found["ami"] == 1
    assert found["silhouette"] > 0.9
    assert balanced_test_scores(x, [[0.0], [9.0], [0.0], [9.0]], [1, 1, 2, 2], k=2)["macro_recall"] == 0.5


def test_refusals():
    with pytest.raises(ValueError, match="n=5 must be an integer of at least 6"):
        class_counts(5, 1)
    with pytest.raises(ValueError, match="power=-1"):
        class_counts(50, -1)
    with pytest.raises(ValueError, match=r"counts has the labels \[7\]"):
        twin_with({7: 1})
    with pytest.raises(ValueError, match="counts adds up to 0 images"):
        twin_with({3: 0})
