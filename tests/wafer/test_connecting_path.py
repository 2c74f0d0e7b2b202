"""Connecting-path filtering: lengths by hand, and against a breadth-first search from every die."""

from collections import deque
from math import inf, nan, sqrt

import numpy as np
import pytest
from small_maps import TURNS, draw

from semlib.wafer.connecting_path import _straight, connecting_path, path_lengths
from semlib.wafer.synthetic import synthetic_mixed_maps

SPIRAL = draw(
    "#########",
    "........#",
    "#######.#",
    "#.....#.#",
    "#.###.#.#",
    "#.#...#.#",
    "#.#####.#",
    "#.......#",
    "#########",
)


def random_maps(n=12, seed=0):
    rng = np.random.default_rng(seed)
    for _ in range(n):
        shape = rng.integers(1, 14, 2)
        wafer_map = 1 + (rng.random(shape) < rng.choice([0.2, 0.4, 0.6])).astype(np.uint8)
        wafer_map[rng.random(shape) < 0.1] = 0
        wafer_map[tuple(rng.integers(0, shape))] = 2
        yield wafer_map


def slow_lengths(wafer_map):
    """Return the diameter in steps of each group, as {frozenset of dies: steps}."""
    dies = {tuple(die) for die in np.argwhere(wafer_map == 2).tolist()}

    def steps_from(start):
        steps, queue = {start: 0}, deque([start])
        while queue:
            row, column = queue.popleft()
            for r in (row - 1, row, row + 1):
                for c in (column - 1, column, column + 1):
                    if (r, c) in dies and (r, c) not in steps:
                        steps[r, c] = steps[row, column] + 1
                        queue.append((r, c))
        return steps

    found = {}
    for die in dies:
        steps = steps_from(die)
        group = frozenset(steps)
        found[group] = max(found.get(group, 0), *steps.values())
    return found


def test_lengths_by_hand():
    wafer_map = draw(
        "#....##..###", "...........#", ".##.........", ".##...#.....", ".....#......", "....#......."
    )
    labels, steps = path_lengths(wafer_map)
    euclid = path_lengths(wafer_map, diagonal=sqrt(2))[1]
    assert len(steps) == len(euclid) == labels.max() + 1 == 5
    for die, steps_there, euclid_there in (
        ((0, 0), 0, 0),  # alone
        ((0, 5), 1, 1),  # a twin
        ((0, 9), 2, 1 + sqrt(2)),  # a hook, its corner cut
        ((2, 1), 1, sqrt(2)),  # a square
        ((3, 6), 2, 2 * sqrt(2)),  # a slope
    ):
        assert steps[labels[die]] == steps_there
        assert euclid[labels[die]] == pytest.approx(euclid_there)


def test_a_spiral_is_long_although_it_is_small():
    _, steps = path_lengths(SPIRAL)
    # a corner is cut over its diagonal, so each turn of the way saves a step
    n_dies, n_turns = int((SPIRAL == 2).sum()), 8
    assert steps.tolist() == [n_dies - 1 - n_turns]
    assert connecting_path(SPIRAL, min_length=steps[0]).max() == 0
    assert connecting_path(SPIRAL, min_length=steps[0] + 1).max() == -1


def test_the_threshold_is_inclusive():
    line = draw("#######")
    assert connecting_path(line, min_length=6).max() == 0
    assert connecting_path(line, min_length=6.01).max() == -1
    assert connecting_path(line[:, 1:]).max() == -1  # 5 steps, 6 by default
    assert connecting_path(line[:, 1:], min_length=5).max() == 0
    slope = np.where(np.eye(4, dtype=bool), 2, 1)
    assert connecting_path(slope, min_length=3 * sqrt(2), diagonal=sqrt(2)).max() == 0
    assert connecting_path(slope, min_length=3.01).max() == -1
    assert connecting_path(slope, min_length=4.25, diagonal=sqrt(2)).max() == -1
    assert connecting_path(draw("#.#"), min_length=0).tolist() == [[0, -1, 1]]


def test_lengths_equal_a_search_from_every_die():
    for wafer_map in [*random_maps(25), SPIRAL]:
        labels, lengths = path_lengths(wafer_map)
        found = {
            frozenset(map(tuple, np.argwhere(labels == k).tolist())): length
            for k, length in enumerate(lengths)
        }
        assert found == slow_lengths(wafer_map)


@pytest.mark.parametrize("diagonal", [1, sqrt(2)])
def test_what_is_kept_is_what_is_long_enough(diagonal):
    # connecting_path decides most groups without measuring them
    twins = synthetic_mixed_maps(2, 2, 0.15, 1, shape=(30, 26))[0]
    for wafer_map in [*random_maps(20, seed=1), *twins, SPIRAL]:
        labels, lengths = path_lengths(wafer_map, diagonal=diagonal)
        for least in (0, 1, 2, 3, 5, 2 * sqrt(2), *lengths[:4], *(lengths[:4] + 0.01)):
            long = np.flatnonzero(lengths >= least - 1e-9)
            kept = connecting_path(wafer_map, min_length=least, diagonal=diagonal)
            expected = np.full(labels.shape, -1)
            for new, old in enumerate(long):
                expected[labels == old] = new
            assert (kept == expected).all()


def test_labels_are_int32_largest_first_and_at_defective_dies_only():
    for wafer_map in random_maps(20, seed=2):
        labels = connecting_path(wafer_map, min_length=1)
        assert (labels.dtype, labels.shape) == (np.int32, wafer_map.shape)
        assert (wafer_map[labels >= 0] == 2).all()
        sizes = np.bincount(labels[labels >= 0])
        assert (sizes > 1).all()
        assert (np.diff(sizes) <= 0).all()


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
def test_a_turned_map_gives_the_turned_result(turn):
    for wafer_map in [*random_maps(8, seed=3), SPIRAL]:
        for diagonal in (1, sqrt(2)):
            kept = [
                connecting_path(m, min_length=3, diagonal=diagonal) >= 0 for m in (wafer_map, turn(wafer_map))
            ]
            assert (kept[1] == turn(kept[0])).all()


def test_maps_without_and_of_defects():
    assert (connecting_path([[1, 0], [1, 1]]) == -1).all()
    assert path_lengths([[1, 0]])[1].shape == (0,)
    assert connecting_path([[2]]).tolist() == [[-1]]
    whole = np.full((30, 30), 2)
    assert connecting_path(whole, min_length=29).max() == 0
    assert connecting_path(whole, min_length=30).max() == -1


def test_the_input_is_neither_modified_nor_returned():
    wafer_map = next(random_maps())
    before = wafer_map.copy()
    wafer_map.flags.writeable = False
    connecting_path(wafer_map)
    assert (wafer_map == before).all()


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"min_length": -1}, "min_length=-1 must be a length of at least 0"),
        ({"min_length": nan}, "min_length=nan"),
        ({"min_length": inf}, "min_length=inf"),
        ({"diagonal": 0.9}, "diagonal=0.9 must lie between 1"),
        ({"diagonal": nan}, "diagonal=nan"),
    ],
)
def test_bad_options_are_named(options, match):
    with pytest.raises(ValueError, match=match):
        connecting_path([[1, 2]], **options)


def test_bad_maps_are_refused():
    with pytest.raises(ValueError, match=r"wafer_map holds 3 \(1x\)"):
        connecting_path([[1, 3]])


@pytest.mark.parametrize("diagonal", [1.0, 1.3, sqrt(2), 2.0])
def test_the_straight_way_is_the_free_one_of_the_farthest_two_dies(diagonal):
    rng = np.random.default_rng(4)
    points, groups = rng.integers(0, 30, (200, 2)), np.sort(rng.integers(0, 12, 200))
    expected = []
    for k in range(12):
        own = points[groups == k]
        r, c = np.abs(own[:, None] - own).transpose(2, 0, 1)
        expected.append((np.maximum(r, c) + (diagonal - 1) * np.minimum(r, c)).max())
    assert _straight(points, groups, diagonal) == pytest.approx(expected)


@pytest.mark.parametrize("diagonal", [1.0, sqrt(2)])
@pytest.mark.parametrize("shape", [(1, 9), (4, 7), (12, 12)])
def test_a_full_rectangle_needs_no_search(shape, diagonal, monkeypatch):
    full = np.full(shape, 2, np.uint8)
    longest = path_lengths(full, diagonal=diagonal)[1][0]
    monkeypatch.setattr("semlib.wafer.connecting_path._reaches", None)
    assert (connecting_path(full, min_length=longest, diagonal=diagonal) == 0).all()
    assert (connecting_path(full, min_length=longest + 0.01, diagonal=diagonal) == -1).all()


def test_a_large_full_map_is_decided_at_once():
    full = np.full((1000, 1000), 2, np.uint8)
    assert (connecting_path(full) == 0).all()
    assert (connecting_path(full, min_length=1000) == -1).all()
    assert (connecting_path(full, min_length=1400, diagonal=sqrt(2)) == 0).all()
