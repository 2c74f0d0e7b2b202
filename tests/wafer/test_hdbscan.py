"""HDBSCAN as the filters have it: its options, and how far its result may be trusted."""

import numpy as np
import pytest
from sklearn.cluster import HDBSCAN

from semlib.wafer.filters import hdbscan
from semlib.wafer.synthetic import synthetic_mixed_maps


def blocks():
    """A map with a block of 36 dies, one of 25, and three single dies far from both."""
    wafer_map = np.ones((20, 20), np.uint8)
    wafer_map[2:7, 2:7] = wafer_map[12:18, 12:18] = 2
    wafer_map[1, 17] = wafer_map[18, 1] = wafer_map[0, 10] = 2
    return wafer_map


def test_two_blocks_are_found_and_only_the_farther_noise_is_not_kept():
    expected = np.full((20, 20), -1)
    expected[12:18, 12:18], expected[2:7, 2:7] = 0, 1
    expected[0, 10] = 1  # nearer to its block, at 4.5 dies, than the blocks are to each other
    labels = hdbscan(blocks(), min_cluster_size=10)
    assert (labels == expected).all()
    assert labels.dtype == np.int32


def test_it_is_scikit_learns_with_its_defaults():
    for wafer_map in synthetic_mixed_maps(3, 2, 0.05, 1, shape=(30, 26))[0]:
        points = np.argwhere(wafer_map == 2).astype(float)
        for options in ({}, {"min_cluster_size": 8}, {"min_samples": 3}, {"allow_single_cluster": True}):
            expected = HDBSCAN(copy=True, **options).fit_predict(points)
            found = hdbscan(wafer_map, **options)[wafer_map == 2]
            assert ((found >= 0) == (expected >= 0)).all()
            names = set(zip(found[found >= 0].tolist(), expected[found >= 0].tolist(), strict=True))
            assert len(names) == expected.max() + 1  # the same clusters under other numbers


def test_one_pattern_is_kept_only_where_one_cluster_is_allowed():
    whole = np.full((6, 6), 2)
    assert hdbscan(whole).max() == -1
    assert (hdbscan(whole, allow_single_cluster=True, min_samples=2) == 0).all()
    # by default min_samples is 5, and the dies along the border are less dense than the others
    assert (hdbscan(whole, allow_single_cluster=True)[1:-1, 1:-1] == 0).all()


def test_too_few_dies_are_noise():
    wafer_map = np.array([[2, 2, 2, 1, 1]])
    assert (hdbscan(wafer_map) == -1).all()
    assert (hdbscan(wafer_map, min_cluster_size=2, min_samples=4) == -1).all()
    assert (hdbscan(wafer_map, min_cluster_size=3, allow_single_cluster=True) == [[0, 0, 0, -1, -1]]).all()
    for grid in ([[1]], [[2]], [[1, 0]]):
        assert (hdbscan(grid) == -1).all()


def test_labels_are_largest_first_and_at_defective_dies_only():
    for wafer_map in synthetic_mixed_maps(4, 3, 0.1, 2, shape=(24, 30))[0]:
        before = wafer_map.copy()
        labels = hdbscan(wafer_map)
        assert (wafer_map == before).all()
        assert (wafer_map[labels >= 0] == 2).all()
        sizes = np.bincount(labels[labels >= 0])
        assert (sizes >= 5).all()
        assert (np.diff(sizes) <= 0).all()


def test_the_order_of_the_dies_decides_ties():
    # why the docstring promises nothing for turned maps: the same points in another order
    wafer_map = synthetic_mixed_maps(1, 2, 0.1, 0)[0][0]
    points = np.argwhere(wafer_map == 2).astype(float)
    kept = {
        frozenset(map(tuple, shuffled[HDBSCAN(copy=True).fit_predict(shuffled) >= 0]))
        for shuffled in (np.random.default_rng(seed).permutation(points) for seed in range(6))
    }
    assert len(kept) > 1


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"min_cluster_size": 1}, "min_cluster_size=1 must be at least 2"),
        ({"min_samples": 0}, "min_samples=0 at least 1"),
    ],
)
def test_bad_options_are_named(options, match):
    with pytest.raises(ValueError, match=match):
        hdbscan([[2, 2, 2]], **options)


def test_bad_maps_are_refused():
    with pytest.raises(ValueError, match=r"wafer_map holds 3 \(1x\)"):
        hdbscan([[1, 3]])
