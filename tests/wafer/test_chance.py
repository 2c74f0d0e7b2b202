"""The noise that a map shows, and how large a cluster such noise makes."""

import numpy as np
import pytest

from semlib.wafer.chance import _TAIL, chance_floor, noise_share
from semlib.wafer.npfc import npfc
from semlib.wafer.npfc_types import PracticalOptions
from semlib.wafer.practical import cluster_sizes
from semlib.wafer.synthetic import synthetic_mixed_maps


def test_noise_share_by_hand():
    wafer_map = np.ones((5, 5), np.uint8)
    wafer_map[0, 0] = 0
    wafer_map[0, 4] = 2  # alone
    wafer_map[3:, :2] = 2  # a cluster of four
    # without a defective neighbour: row 0, columns 1, 2, 4 (defective); row 1, columns 0 to 2; rows 2 to 4,
    # columns 3 and 4
    assert noise_share(wafer_map) == 1 / 12


def test_noise_that_cannot_be_seen_is_0():
    assert noise_share(np.full((6, 6), 2, np.uint8)) == 0
    assert noise_share(np.array([[2]], np.uint8)) == 1  # one die, and it is alone
    assert noise_share(np.ones((3, 3), np.uint8)) == 0


@pytest.mark.parametrize("noise", [0.02, 0.05, 0.1, 0.2])
@pytest.mark.parametrize("patterns", [0, 3])
def test_noise_share_finds_the_twins_noise_beside_patterns(noise, patterns):
    maps, _ = synthetic_mixed_maps(40, patterns, noise, seed=12)
    assert np.mean([noise_share(m) for m in maps]) == pytest.approx(noise, rel=0.1)


def test_floor_of_the_first_and_last_noise_by_hand():
    p, a, b = _TAIL[4]
    assert p == 0.05
    # 2,124 dies: 10^(a - s / b) clusters a die, so s = b (a + log10(2124 / 0.05))
    assert chance_floor(0.05, 2124) == int(np.ceil(b * (a + np.log10(2124 / 0.05)))) == 7
    assert chance_floor(0, 2124) == 3
    assert chance_floor(0.9, 2124) == chance_floor(0.2, 2124) > 100


def test_the_floor_grows_with_noise_dies_and_caution():
    floors = [chance_floor(noise, 2000) for noise in np.linspace(0, 0.3, 61)]
    assert (np.diff(floors) >= 0).all()
    assert chance_floor(0.1, 500) < chance_floor(0.1, 50000)
    assert chance_floor(0.1, 2000, alarms=0.2) < chance_floor(0.1, 2000, alarms=0.001)


@pytest.mark.parametrize(("side", "noise"), [(26, 0.05), (52, 0.02), (52, 0.05), (52, 0.1), (90, 0.08)])
def test_noise_alone_seldom_reaches_the_floor(side, noise):
    maps, _ = synthetic_mixed_maps(300, 0, noise, seed=31, shape=(side, side))
    floor = chance_floor(noise, np.count_nonzero(maps[0]))
    largest = np.array([max(cluster_sizes(m, PracticalOptions()), default=0) for m in maps])
    assert (largest >= floor).mean() < 0.1  # 0.05 by design, give or take what 300 maps can
    assert (largest >= floor // 2).mean() > 0.1  # and the floor is not far too high


def test_the_practical_mode_takes_the_floor_of_its_map():
    wafer_map = synthetic_mixed_maps(1, 2, 0.05, seed=2)[0][0]
    chance = {"mode": "practical", "min_dies": "chance"}
    result = npfc(wafer_map, **chance)
    assert result.floor == chance_floor(noise_share(wafer_map), np.count_nonzero(wafer_map))
    assert f"the clusters of at least {result.floor} dies" in result.explain()
    assert npfc(wafer_map, **chance, alarms=1e-9).floor > result.floor
    assert npfc(wafer_map, mode="practical", min_dies=15).floor == 15
    assert npfc(wafer_map, mode="practical").floor == 30
    assert npfc(wafer_map).floor is None


@pytest.mark.parametrize(
    ("arguments", "match"),
    [((1.5, 100), "noise=1.5 must be a share"), ((0.1, 0), "n_dies=0 must be at least 1")],
)
def test_bad_numbers_are_refused(arguments, match):
    with pytest.raises(ValueError, match=match):
        chance_floor(*arguments)
    with pytest.raises(ValueError, match="alarms=0 between"):
        chance_floor(0.1, 10, alarms=0)
