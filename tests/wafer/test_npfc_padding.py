"""Places without a die around a map: what they leave alone, and what not.

The practical mode looks at no such place, so that it agrees with itself fully. The paper's mode has two doors
for them: R is at most half the map, and eq. 3 counts every cell. Where R stays, every cluster and, for each
Num, every decision stays too; S as well. D does not, so another Num may be chosen.
"""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from map_strategies import examples, groups, maps

from semlib.wafer import sd_index
from semlib.wafer.npfc import npfc

pads = st.integers(1, 7)
floors = st.sampled_from(["chance", 6])


def inner(pad):
    return (slice(pad, -pad),) * 2


def inside_the_limit(wafer_map):
    """Return the map without the dies that are farther out than half its side, where the limit of R binds."""
    height, width = wafer_map.shape
    y, x = np.indices(wafer_map.shape)
    return wafer_map * (np.hypot(y - (height - 1) / 2, x - (width - 1) / 2) <= max(height, width) / 2)


@examples(150)
@given(maps(), pads)
def test_clusters_never_change(wafer_map, pad):
    result, padded = npfc(wafer_map), npfc(np.pad(wafer_map, pad))
    for name in ("preliminary", "merged", "noise"):
        assert (getattr(result, name) == getattr(padded, name)[inner(pad)]).all()


@examples(150)
@given(maps(smallest=5), pads)
def test_where_r_stays_so_does_every_decision_for_each_num(wafer_map, pad):
    wafer_map = inside_the_limit(wafer_map)
    assume(wafer_map.any())
    result, padded = npfc(wafer_map), npfc(np.pad(wafer_map, pad))
    assert result.radius == padded.radius
    assert result.decisions_by_num == padded.decisions_by_num
    for before, after in zip(result.scores, padded.scores, strict=True):
        assert (before.num, before.n_removed) == (after.num, after.n_removed)
        assert before.silhouette == pytest.approx(after.silhouette)
    if result.num == padded.num:
        assert (result.labels == padded.labels[inner(pad)]).all()
        assert (result.filtered == padded.filtered[inner(pad)]).all()


@examples(150)
@given(maps(), pads, floors)
def test_the_practical_mode_agrees_fully(wafer_map, pad, floor):
    options = {"mode": "practical", "min_dies": floor}
    result, padded = npfc(wafer_map, **options), npfc(np.pad(wafer_map, pad), **options)
    for name in ("labels", "filtered", "preliminary", "merged", "noise"):
        assert (getattr(result, name) == getattr(padded, name)[inner(pad)]).all()
    assert (result.num, result.cores) == (padded.num, padded.cores)
    assert (result.decisions, result.warnings) == (padded.decisions, padded.warnings)


@examples(100)
@given(maps(), floors, *[st.integers(0, 5)] * 4)
def test_uneven_borders_change_no_more_than_numbers_of_equal_clusters(
    wafer_map, floor, top, bottom, left, right
):
    # the centre moves, and with it the radii that order clusters of one size
    options = {"mode": "practical", "min_dies": floor}
    padded = npfc(np.pad(wafer_map, ((top, bottom), (left, right))), **options)
    result = npfc(wafer_map, **options)
    height, width = wafer_map.shape
    part = (slice(top, top + height), slice(left, left + width))
    assert (result.filtered == padded.filtered[part]).all()
    for name in ("labels", "preliminary", "merged"):
        before, after = getattr(result, name), getattr(padded, name)[part]
        assert groups(before) == groups(after)
        sizes = [np.bincount(labels[labels >= 0]).tolist() for labels in (before, after)]
        assert sizes[0] == sizes[1]


def test_num_can_change_because_eq_3_counts_every_cell():
    rows = [
        "   #.#...   ",
        "  ..#.....  ",
        " ##........ ",
        ".........###",
        "##..#....###",
        "............",
        "#......#..#.",
        "...##.......",
        " .#...#.... ",
        "  ........  ",
        "   ......   ",
    ]
    wafer_map = np.array([[" .#".index(sign) for sign in row] for row in rows])
    result, padded = npfc(wafer_map), npfc(np.pad(wafer_map, 1))
    assert result.decisions_by_num == padded.decisions_by_num
    assert [score.mahalanobis for score in result.scores] != [score.mahalanobis for score in padded.scores]
    assert (result.num, padded.num) == (3, 2)


def test_d_of_a_padded_map_by_hand():
    # 6 cells, values 2 1 1 1 1 2 before and 1 1 1 1 1 2 after: mean 15/12, mean square 24/12, variance 7/16.
    # With 6 empty cells more: mean 15/24, mean square 24/24, variance 39/64
    before = np.array([[2, 1, 1, 1, 1, 2]])
    after = np.array([[1, 1, 1, 1, 1, 2]])
    empty = np.zeros((1, 6), int)
    assert np.var([before, after]) == pytest.approx(21 / 12 - (15 / 12) ** 2)
    assert sd_index.pooled_distance(before, after) == pytest.approx((1 / np.var([before, after]) / 6) ** 0.5)
    wide = sd_index.pooled_distance(np.hstack([before, empty]), np.hstack([after, empty]))
    assert wide == pytest.approx((1 / (21 / 24 - (15 / 24) ** 2) / 12) ** 0.5)
    assert wide < sd_index.pooled_distance(before, after)


def test_r_can_change_where_the_limit_binds_and_decisions_with_it():
    corner = np.ones((9, 9), np.uint8)  # its corners are 5.66 from the centre; R is at most 4.5
    assert npfc(corner).radius == 4.5
    assert npfc(np.pad(corner, 3)).radius == pytest.approx(32**0.5)
    assert npfc(inside_the_limit(corner)).radius == npfc(np.pad(inside_the_limit(corner), 3)).radius
