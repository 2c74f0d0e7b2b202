"""The wafer twin: what it promises of its maps, of their truth, and of where each pattern lies."""

import numpy as np
import pytest
from scipy import ndimage, stats

from semlib.wafer.synthetic import PATTERNS, patterns_of, synthetic_mixed_maps

SHAPES = [(52, 52), (26, 26), (26, 39)]


def polar(shape):
    """Return u, v and the radius of every die in units of the wafer's radius, from the definition."""
    height, width = shape
    v = (np.arange(height)[:, None] + 0.5) / (height / 2) - 1
    u = (np.arange(width)[None, :] + 0.5) / (width / 2) - 1
    return np.broadcast_to(u, shape), np.broadcast_to(v, shape), np.sqrt(u**2 + v**2)


def dies_of(name, shape=(52, 52), n=200, seed=3):
    """Return one pattern's dies, bool (n, H, W), alone and without noise."""
    _, truth = synthetic_mixed_maps(n, (name,), 0, seed, shape=shape)
    return truth == PATTERNS.index(name)


def centroids(dies):
    u, v, _ = polar(dies.shape[1:])
    return np.array([(u[d].mean(), v[d].mean()) for d in dies])


@pytest.mark.parametrize("shape", [(52, 52), (26, 39), (9, 30), (8, 8)])
def test_shapes_dtypes_values_and_the_wafer(shape):
    maps, truth = synthetic_mixed_maps(5, 2, 0.1, 1, shape=shape)
    assert (maps.shape, maps.dtype) == ((5, *shape), np.uint8)
    assert (truth.shape, truth.dtype) == ((5, *shape), np.int8)
    assert np.unique(maps).tolist() == [0, 1, 2]
    assert truth.min() == -1
    assert truth.max() < len(PATTERNS)
    inside = polar(shape)[2] <= 1
    assert ((maps > 0) == inside).all()
    assert (inside == inside[::-1]).all()
    assert (inside == inside[:, ::-1]).all()
    assert inside.any(axis=0).all()  # the wafer fills the array
    assert inside.any(axis=1).all()


def test_no_maps():
    maps, truth = synthetic_mixed_maps(0, 2)
    assert maps.shape == truth.shape == (0, 52, 52)
    assert patterns_of(truth).shape == (0, 6)


def test_a_map_depends_on_seed_and_index_not_on_n():
    few, few_truth = synthetic_mixed_maps(3, 3, 0.1, 7)
    many, many_truth = synthetic_mixed_maps(9, 3, 0.1, 7)
    assert (few == many[:3]).all()
    assert (few_truth == many_truth[:3]).all()
    others = synthetic_mixed_maps(9, 3, 0.1, 8)[0]
    every = [m.tobytes() for m in (*many, *others)]
    assert len(set(every)) == 18  # neither another index nor another seed repeats a map


def test_noise_does_not_move_the_patterns():
    truths = [synthetic_mixed_maps(4, 2, noise, 5)[1] for noise in (0, 0.05, 0.5)]
    assert (truths[0] == truths[1]).all()
    assert (truths[0] == truths[2]).all()


@pytest.mark.parametrize("patterns", [0, 1, 2, 3, 4])
def test_truth_is_at_defective_dies_and_noise_is_minus_one(patterns):
    clean, truth = synthetic_mixed_maps(20, patterns, 0, 2)
    noisy, _ = synthetic_mixed_maps(20, patterns, 0.1, 2)
    assert ((clean == 2) == (truth >= 0)).all()  # without noise every defective die has a pattern
    assert (noisy[truth >= 0] == 2).all()
    added = (noisy == 2) & (truth < 0)
    assert added.any(axis=(1, 2)).all()
    assert (noisy[~added] == clean[~added]).all()


@pytest.mark.parametrize("noise", [0.02, 0.18, 0.5])
def test_share_of_noise_is_binomial(noise):
    maps, truth = synthetic_mixed_maps(60, 2, noise, 4)
    free = (maps > 0) & (truth < 0)
    low, high = stats.binom.interval(1 - 1e-6, free.sum(), noise)
    assert low <= ((maps == 2) & free).sum() <= high


def test_share_of_a_patterns_dies_is_the_density():
    full, half = (synthetic_mixed_maps(60, ("Edge-Ring",), 0, 4, density=(d, d))[1] >= 0 for d in (1.0, 0.5))
    assert not (half & ~full).any()
    low, high = stats.binom.interval(1 - 1e-6, full.sum(), 0.5)
    assert low <= half.sum() <= high
    shares = [d.sum() / f.sum() for d, f in zip(dies_of("Edge-Ring", n=60, seed=4), full, strict=True)]
    assert 0.75 < min(shares) < 0.85  # the default, 0.8 to 1, drawn for each
    assert 0.95 < max(shares) <= 1


@pytest.mark.parametrize("names", [("Loc",), ("Center", "Scratch"), ("Edge-Ring", "Center"), PATTERNS])
def test_names_are_exactly_the_patterns_of_every_map(names):
    held = patterns_of(synthetic_mixed_maps(30, names, 0.1, 1)[1])
    assert (held == [name in names for name in PATTERNS]).all()


@pytest.mark.parametrize(("k", "sets"), [(0, 1), (1, 6), (2, 13), (3, 12), (4, 4)])
def test_a_number_gives_so_many_and_keeps_exclusive_patterns_apart(k, sets):
    # of 2: C(6,2) = 15 less Center+Donut and Edge-Loc+Edge-Ring; of 4: 2 x 2 and both Loc and Scratch;
    # of 3: both Loc and Scratch and one of 4, or one of these and 2 x 2
    held = patterns_of(synthetic_mixed_maps(200, k, 0, 6)[1])
    assert (held.sum(axis=1) == k).all()
    assert not (held[:, PATTERNS.index("Center")] & held[:, PATTERNS.index("Donut")]).any()
    assert not (held[:, PATTERNS.index("Edge-Loc")] & held[:, PATTERNS.index("Edge-Ring")]).any()
    assert len(np.unique(held, axis=0)) == sets


def test_each_map_draws_one_of_a_list_of_tuples():
    held = patterns_of(synthetic_mixed_maps(100, [("Loc",), ("Center", "Scratch"), ()], 0, 1)[1])
    found, counts = np.unique(held, axis=0, return_counts=True)
    # columns Center, Donut, Edge-Loc, Edge-Ring, Loc, Scratch
    assert found.astype(int).tolist() == [[0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 1, 0], [1, 0, 0, 0, 0, 1]]
    assert counts.min() > 15


def test_the_later_pattern_has_the_die_where_two_overlap():
    _, truth = synthetic_mixed_maps(40, PATTERNS, 0, 1, density=(1, 1))
    scratch = truth == PATTERNS.index("Scratch")
    parts = [ndimage.label(s, np.ones((3, 3)))[1] for s in scratch]
    assert parts == [1] * 40


@pytest.mark.parametrize("shape", SHAPES[:2])
def test_every_pattern_holds_some_dies(shape):
    least = {name: dies_of(name, shape).sum(axis=(1, 2)).min() for name in PATTERNS}
    assert min(least.values()) >= 5, least
    held = patterns_of(synthetic_mixed_maps(200, 4, 0, 3, shape=shape)[1])
    assert (held.sum(axis=1) == 4).all()  # nor do patterns hide each other


@pytest.mark.parametrize("shape", SHAPES)
def test_center_lies_about_the_centre(shape):
    dies = dies_of("Center", shape)
    assert np.hypot(*centroids(dies).T).max() < 0.2
    assert (dies * polar(shape)[2]).max() < 0.6


@pytest.mark.parametrize(
    ("name", "shape"),
    [*(("Edge-Loc", shape) for shape in (*SHAPES, (8, 8))), *(("Edge-Ring", shape) for shape in SHAPES)],
)
def test_edge_patterns_lie_along_the_edge(name, shape):
    dies = dies_of(name, shape)
    radius = polar(shape)[2]
    assert radius[dies.any(axis=0)].min() > 0.6
    assert all(radius[d].max() > (0.95 if min(shape) > 8 else 0.7) for d in dies)


def angles_covered(dies):
    """Return the share of 24 sectors in which a pattern has a die, (n,)."""
    u, v, _ = polar(dies.shape[1:])
    sector = (np.arctan2(v, u) // (np.pi / 12)).astype(int) % 24
    return np.array([len(np.unique(sector[d])) / 24 for d in dies])


def test_a_ring_goes_most_of_the_way_round_and_an_edge_loc_does_not():
    ring, part = angles_covered(dies_of("Edge-Ring")), angles_covered(dies_of("Edge-Loc"))
    assert ring.min() > 0.7
    assert (ring == 1).mean() > 0.3
    assert part.min() >= 2 / 24
    assert part.max() <= 11 / 24  # at most 150 of 360 degrees, and the sectors cut at both ends


def test_donut_goes_round_a_hole():
    radius = polar((52, 52))[2]
    for dies in dies_of("Donut", n=100):
        # closed: with its gaps of density filled, the wafer's edge cannot reach the hole
        ring = ndimage.binary_closing(dies, np.ones((3, 3)))
        outside, _ = ndimage.label(~ring)
        hole = (outside > 0) & (outside != outside[0, 0])
        largest = np.bincount(outside[hole]).argmax()
        assert (outside == largest).sum() >= 8
        assert radius[outside == largest].min() < 0.25
        assert radius[dies].max() < 0.9


@pytest.mark.parametrize("shape", SHAPES)
def test_loc_is_one_blob_off_the_centre(shape):
    dies = dies_of("Loc", shape)
    distance = np.hypot(*centroids(dies).T)
    assert distance.min() > 0.3
    assert distance.max() < 0.85
    share = np.array([d.sum() for d in dies]) / (polar(shape)[2] <= 1).sum()
    assert share.max() < 0.08


@pytest.mark.parametrize("shape", [*SHAPES, (120, 120)])
def test_a_scratch_is_thin_long_and_whole(shape):
    _, truth = synthetic_mixed_maps(60, ("Scratch",), 0, 3, shape=shape, density=(1, 1))
    for dies in truth == PATTERNS.index("Scratch"):
        assert not ndimage.binary_erosion(dies, np.ones((3, 3))).any()
        assert ndimage.label(dies, np.ones((3, 3)))[1] == 1
        assert np.ptp(np.argwhere(dies), axis=0).max() >= 0.15 * max(shape)


@pytest.mark.parametrize("name", ["Center", "Donut", "Edge-Loc", "Edge-Ring", "Loc"])
def test_a_pattern_is_one_piece_but_for_its_grain(name):
    for dies in synthetic_mixed_maps(60, (name,), 0, 9, density=(1, 1))[1] >= 0:
        sizes = np.bincount(ndimage.label(dies, np.ones((3, 3)))[0].ravel())[1:]
        assert sizes.max() >= 0.85 * sizes.sum()


@pytest.mark.parametrize("name", ["Edge-Loc", "Loc", "Scratch", "Edge-Ring"])
def test_no_direction_is_preferred(name):
    dies = dies_of(name, n=300)
    u, v = centroids(dies).T  # of a ring: away from its gap
    assert stats.kstest((np.arctan2(v, u) + np.pi) / (2 * np.pi), "uniform").pvalue > 1e-3


def test_a_wide_wafer_stretches_its_patterns():
    # the same draws on a wider wafer: the share of its dies changes little
    square, wide = dies_of("Loc", (60, 60), n=80), dies_of("Loc", (60, 120), n=80)
    assert wide.sum() / square.sum() == pytest.approx(2, rel=0.1)
    assert centroids(wide) == pytest.approx(centroids(square), abs=0.1)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"n": -1}, "n=-1 and seed=0 must be 0 or more"),
        ({"seed": -2}, "seed=-2 must be 0 or more"),
        ({"noise": -0.01}, "noise=-0.01 must be a share between 0 and 0.5"),
        ({"noise": 0.51}, "noise=0.51"),
        ({"noise": np.nan}, "noise=nan"),
        ({"shape": (7, 52)}, r"shape=\(7, 52\) must be two numbers of at least 8"),
        ({"shape": (52,)}, r"shape=\(52,\)"),
        ({"shape": 52}, "shape=52 must be two numbers"),
        ({"density": (0, 1)}, r"density=\(0, 1\) must be a range within 0 \(excluded\) and 1"),
        ({"density": (0.9, 0.8)}, r"density=\(0.9, 0.8\)"),
        ({"density": (0.9, 1.1)}, r"density=\(0.9, 1.1\)"),
        ({"density": 0.9}, "density=0.9 must be a range"),
        ({"patterns": 5}, "patterns=5 must be 0 to 4, or name patterns"),
        ({"patterns": -1}, "patterns=-1"),
        ({"patterns": 2.0}, "patterns=2.0 must be 0 to 4, names"),
        ({"patterns": [1, 2]}, r"patterns=\[1, 2\] must be 0 to 4, names"),
        ({"patterns": "Loc"}, r"patterns='Loc' is one name; pass a tuple of names, \('Loc',\)"),
        ({"patterns": ("Loc", "Random")}, r"patterns names \['Random'\]; choose from Center, Donut"),
        ({"patterns": [("Loc",), ("centre",)]}, r"patterns names \['centre'\]"),
    ],
)
def test_bad_arguments(arguments, match):
    with pytest.raises(ValueError, match=match):
        synthetic_mixed_maps(**{"n": 1, **arguments})
