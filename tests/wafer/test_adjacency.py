"""Adjacency clustering: the cut against every labelling of small maps, and what holds for any energy."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from small_maps import TURNS, draw

from semlib.wafer.adjacency import adjacency_clustering, adjacency_cut, adjacency_filter
from semlib.wafer.synthetic import synthetic_mixed_maps

COSTS = ("0", "0.1", "0.125", "0.2", "0.25", "1/3", "0.5", "1", "3")
TIES = ("good", "defective")


def random_maps(n, seed, most=12):
    """Maps of at most so many cells, some of them without a die."""
    rng = np.random.default_rng(seed)
    shapes = [(h, w) for h in range(1, most + 1) for w in range(1, most // h + 1)]
    for _ in range(n):
        shape = shapes[rng.integers(len(shapes))]
        wafer_map = 1 + (rng.random(shape) < rng.choice([0.3, 0.5, 0.7])).astype(np.uint8)
        wafer_map[rng.random(shape) < 0.1] = 0
        wafer_map[tuple(rng.integers(0, shape))] = 2
        yield wafer_map


def energies(wafer_map, neighbours):
    """Return every labelling of the dies, how many dies it changes and how many neighbours it parts."""
    dies = [tuple(die) for die in np.argwhere(wafer_map > 0).tolist()]
    bits = (np.arange(2 ** len(dies))[:, None] >> np.arange(len(dies))) & 1
    before = np.array([wafer_map[die] == 2 for die in dies])
    parted = np.zeros(len(bits), int)
    for i, (r, c) in enumerate(dies):
        for j, (s, d) in enumerate(dies[:i]):
            down, right = abs(r - s), abs(c - d)
            if max(down, right) == 1 and (neighbours == 8 or down + right == 1):
                parted += bits[:, i] != bits[:, j]
    return bits, (bits != before).sum(axis=1), parted


@pytest.mark.parametrize("neighbours", [4, 8])
def test_the_cut_is_the_least_of_all_labellings(neighbours):
    n_tied = 0
    for wafer_map in random_maps(30, seed=neighbours):
        bits, changed, parted = energies(wafer_map, neighbours)
        for u in map(Fraction, COSTS):
            energy = changed * u.denominator + parted * u.numerator
            best = bits[energy == energy.min()]
            n_tied += len(best) > 1
            for ties, expected in zip(TIES, (best.all(axis=0), best.any(axis=0)), strict=True):
                cut = adjacency_cut(wafer_map, u=float(u), neighbours=neighbours, ties=ties)
                assert (cut.filtered[wafer_map > 0] == 1 + expected).all(), (wafer_map, u, ties)
                assert (cut.filtered[wafer_map == 0] == 0).all()
                assert cut.ratio == u
                assert cut.energy == pytest.approx(energy.min() / u.denominator)
                assert cut.n_removed + cut.n_added + cut.n_separated * u == Fraction(
                    int(energy.min()), u.denominator
                )
    assert n_tied > 30  # else the rule for ties was not tested


def test_a_single_die_by_hand():
    # kept it parts 8 pairs, removed it changes one die
    alone = draw("...", ".#.", "...")
    for u, ties, kept in (
        (0.124, "good", True),
        (0.125, "good", False),
        (0.125, "defective", True),
        (0.126, "defective", False),
    ):
        assert (adjacency_filter(alone, u=u, ties=ties)[1, 1] == 2) == kept
    # with 4 neighbours the limit is 1/4; with w = 2 it doubles
    assert adjacency_filter(alone, u=0.24, neighbours=4)[1, 1] == 2
    assert adjacency_filter(alone, u=0.25, neighbours=4)[1, 1] == 1
    assert adjacency_filter(alone, u=0.24, w=2)[1, 1] == 2
    assert adjacency_filter(alone, u=0.25, w=2)[1, 1] == 1


def test_a_hole_is_filled_and_has_no_label():
    ring = draw(".....", ".###.", ".#.#.", ".###.", ".....")
    cut = adjacency_cut(ring, u=0.13)
    assert (cut.filtered[2, 2], cut.n_added, cut.n_removed) == (2, 1, 0)
    assert (cut.labels == np.where(ring == 2, 0, -1)).all()
    assert cut.n_separated == 4 * 5 + 4 * 3  # of each corner die 5 neighbours are good, of each other 3
    assert cut.energy == pytest.approx(1 + 0.13 * 32)


def test_places_without_a_die_are_no_neighbours():
    # the die in the corner has one neighbour, so u must reach 1 to remove it
    assert adjacency_filter(draw("# ", " ."), u=0.99).tolist() == [[2, 0], [0, 1]]
    assert adjacency_filter(draw("# ", " ."), u=0.99, neighbours=4).tolist() == [[2, 0], [0, 1]]
    assert adjacency_filter(draw("#.", " ."), u=0.4).tolist() == [[2, 1], [0, 1]]
    assert adjacency_filter(draw("#.", " ."), u=0.6).tolist() == [[1, 1], [0, 1]]


def twins():
    return [*synthetic_mixed_maps(2, 2, 0.1, 5, shape=(24, 30))[0], *random_maps(10, seed=3, most=80)]


@pytest.mark.parametrize(("u", "neighbours"), [(0, 8), (1e-12, 8), (0.1249, 8), (0, 4), (0.2499, 4)])
def test_below_a_price_the_map_stays(u, neighbours):
    # a die's change can spare at most all of its neighbours
    for wafer_map in twins():
        for ties in TIES:
            kept = adjacency_filter(wafer_map, u=u, neighbours=neighbours, ties=ties)
            assert (kept == wafer_map).all()


@pytest.mark.parametrize("neighbours", [4, 8])
def test_a_dearer_pair_parts_fewer_pairs_and_changes_more_dies(neighbours):
    for wafer_map in twins():
        cuts = [adjacency_cut(wafer_map, u=float(Fraction(u)), neighbours=neighbours) for u in COSTS]
        for less, more in pairwise(cuts):
            assert more.n_separated <= less.n_separated
            assert more.n_removed + more.n_added >= less.n_removed + less.n_added
            assert more.energy >= less.energy - 1e-9


@pytest.mark.parametrize("u", [1e6, 1e300])
def test_a_price_beyond_all_makes_each_connected_part_one_value(u):
    # left 3 of 4 defective, right 2 of 5; nothing joins them
    wafer_map = draw("## #..", "#.  .#"), draw("## ###", "..  ..")
    assert adjacency_filter(wafer_map[0], u=u).tolist() == [[2, 2, 0, 1, 1, 1], [2, 2, 0, 0, 1, 1]]
    # now both are tied on the left: 2 of 4; and 3 of 5 on the right
    good, defective = (adjacency_filter(wafer_map[1], u=u, ties=ties) for ties in TIES)
    assert good.tolist() == [[1, 1, 0, 2, 2, 2], [1, 1, 0, 0, 2, 2]]
    assert defective.tolist() == [[2, 2, 0, 2, 2, 2], [2, 2, 0, 0, 2, 2]]


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
def test_a_turned_map_gives_the_turned_result(turn):
    for wafer_map in twins():
        for u in (0.125, 0.2, 0.25, 0.5):  # all but 0.2 have many ties
            for ties in TIES:
                cut, turned = (adjacency_cut(m, u=u, ties=ties) for m in (wafer_map, turn(wafer_map)))
                assert (turned.filtered == turn(cut.filtered)).all()
                groups = [{tuple(np.flatnonzero(m == k)) for k in range(m.max() + 1)}
                          for m in (turned.labels, turn(cut.labels))]  # fmt: skip
                assert groups[0] == groups[1]


def test_only_the_ratio_matters_and_decimals_are_exact():
    wafer_map = twins()[0]
    one, ten = adjacency_cut(wafer_map, u=0.3), adjacency_cut(wafer_map, u=3, w=10)
    assert one.ratio == ten.ratio == Fraction(3, 10)
    assert (one.filtered == ten.filtered).all()
    assert ten.energy == pytest.approx(10 * one.energy)
    assert adjacency_cut(wafer_map, u=1 / 3).ratio == Fraction(1, 3)
    near = adjacency_cut(wafer_map, u=0.1234567890123)
    assert near.ratio.denominator <= 10**6
    assert abs(float(near.ratio) - 0.1234567890123) < 5e-7


def test_labels_are_the_parts_largest_first():
    wafer_map = draw("###......", "###...###", "###...###", ".........")
    expected = np.full((4, 9), -1)
    expected[:3, :3], expected[1:3, 6:] = 0, 1
    assert adjacency_clustering(wafer_map, u=0.13).tolist() == expected.tolist()
    assert adjacency_clustering(wafer_map, u=0.13).dtype == np.int32
    # two dies over a corner are one part with 8 neighbours, two with 4
    corner = draw("#.", ".#")
    assert adjacency_clustering(corner, u=0.01).max() == 0
    assert adjacency_clustering(corner, u=0.01, neighbours=4).max() == 1


@pytest.mark.parametrize("wafer_map", [[[1]], [[2]], [[1, 1], [1, 0]], [[2, 2], [2, 2]], [[0, 2], [0, 0]]])
def test_maps_of_one_value_stay(wafer_map):
    for u in (0, 0.2, 5):
        cut = adjacency_cut(wafer_map, u=u)
        assert cut.filtered.tolist() == wafer_map
        assert (cut.energy, cut.n_removed, cut.n_added) == (0, 0, 0)
        assert cut.labels.tolist() == [[0 if value == 2 else -1 for value in row] for row in wafer_map]


def test_the_input_is_neither_modified_nor_returned():
    for wafer_map in twins():
        before = wafer_map.copy()
        wafer_map.flags.writeable = False
        for u in (0, 0.2):
            result = adjacency_filter(wafer_map, u=u)
            assert (wafer_map == before).all()
            assert not np.shares_memory(result, wafer_map)
            assert result.dtype == np.uint8


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"u": -0.1}, "u=-0.1 must be a cost of at least 0"),
        ({"u": float("nan")}, "u=nan"),
        ({"u": float("inf")}, "u=inf"),
        ({"w": 0}, "w=0 one above 0"),
        ({"neighbours": 6}, "neighbours=6 must be 4 or 8"),
        ({"ties": "first"}, "ties='first' must be 'good' or 'defective'"),
    ],
)
def test_bad_options_are_named(options, match):
    with pytest.raises(ValueError, match=match):
        adjacency_cut([[1, 2]], **options)


def test_bad_maps_are_refused():
    with pytest.raises(ValueError, match=r"wafer_map holds 3 \(1x\)"):
        adjacency_filter([[1, 3]])
