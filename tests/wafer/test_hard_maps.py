"""The failure maps have the facts they claim, and fail for the reason they claim."""

import numpy as np
import pytest
from small_maps import TURNS

from semlib.wafer.hard_maps import HARD_MAPS, hard_map, sprinkle, thin_scratch
from semlib.wafer.maps import check_map
from semlib.wafer.npfc import npfc

RINGS = {"ring in two pieces": 2, "ring in three pieces": 3}


@pytest.mark.parametrize("name", HARD_MAPS)
def test_each_is_a_map_with_a_truth_that_fits(name):
    hard = hard_map(name)
    check_map(hard.wafer_map)
    assert hard.truth.shape == hard.wafer_map.shape
    assert (hard.wafer_map[hard.truth >= 0] == 2).all()
    assert hard.wafer_map[hard.ask] == 2
    assert set(np.unique(hard.truth)) == {-1, *range(len(hard.patterns))}
    assert hard.fails.endswith(".")


@pytest.mark.parametrize(("name", "pieces"), RINGS.items())
def test_a_centre_in_a_broken_ring_is_removed_by_case_4(name, pieces):
    hard = hard_map(name)
    result = npfc(hard.wafer_map)
    assert result.num == pieces  # of the ring; the truth has two patterns
    assert result.merged.max() == pieces  # one cluster more: the centre, the smallest
    centre = hard.truth == 0
    assert (result.merged[centre] == pieces).all()
    assert (result.labels[centre] == -1).all()
    assert (result.labels[hard.truth == 1] >= 0).all()
    (made,) = result.decisions
    assert (made.cases, made.into) == ((4,) * pieces, None)
    assert "overlaps that of no core" in result.explain_die(*hard.ask)
    # with one core more it would have stayed, but SD is smaller there
    sd = {score.num: score.sd for score in result.scores}
    assert sd[pieces] > sd[pieces + 1]
    assert (npfc(hard.wafer_map, num_range=(pieces + 1,) * 2).labels[centre] >= 0).all()


@pytest.mark.parametrize("turn", TURNS)
def test_the_ring_fails_at_every_turn(turn):
    hard = hard_map("ring in two pieces")
    result = npfc(TURNS[turn](hard.wafer_map))
    assert (result.labels[TURNS[turn](hard.truth) == 0] == -1).all()


@pytest.mark.parametrize("name", RINGS)
def test_the_ring_by_hand(name):
    hard = hard_map(name)
    assert (hard.truth == 0).sum() == 37  # the disc of radius 3.5 about a die: 7 + 2 (7 + 5 + 3)
    assert hard.truth[hard.ask] == 0
    sizes = np.bincount(npfc(hard.wafer_map).merged[hard.truth == 1])
    assert len(sizes) == RINGS[name]
    assert np.ptp(sizes) < 5


@pytest.mark.parametrize("name", RINGS)
def test_the_practical_mode_keeps_the_centre(name):
    hard = hard_map(name)
    assert (npfc(hard.wafer_map, mode="practical").labels[hard.truth == 0] >= 0).all()


@pytest.mark.parametrize("mode", ["paper", "practical"])
def test_touching_patterns_are_one_cluster(mode):
    hard = hard_map("touching patterns")
    result = npfc(hard.wafer_map, mode=mode)
    assert (result.num, len(hard.patterns)) == (1, 2)
    assert (result.preliminary[hard.truth >= 0] == 0).all()
    assert all((hard.truth == k).sum() > 90 for k in range(2))


@pytest.mark.parametrize("mode", ["paper", "practical"])
def test_the_whole_scratch_is_twins(mode):
    hard = hard_map("scratch with gaps")
    result = npfc(hard.wafer_map, mode=mode)
    assert (hard.wafer_map == 2).sum() == 18  # 26 dies, less every third
    assert (result.noise.sum(), result.num) == (18, 0)
    assert "one of 2 dies that touch" in result.explain_die(*hard.ask)
    # the pre-merge would bridge the gaps, if the noise rule left it anything
    assert npfc(hard.wafer_map, noise_size=1).merged.max() == 0


@pytest.mark.parametrize("seed", range(6))
def test_one_pattern_gets_a_core_of_noise(seed):
    hard = hard_map("one pattern, 5 % noise", seed=seed)
    result = npfc(hard.wafer_map)
    if result.merged.max() >= 1:  # two clusters or more are left
        assert result.num >= 2
    assert hard.truth[hard.ask] == -1
    assert npfc(hard.wafer_map, mode="practical").num == 1


def test_seed_0_shows_what_it_should():
    hard = hard_map("one pattern, 5 % noise")
    result = npfc(hard.wafer_map)
    assert (result.num, result.labels[hard.ask]) == (2, 1)
    assert "is a core" in result.explain_die(*hard.ask)


def test_about_half_of_random_defects_is_kept():
    kept = []
    for seed in range(30):
        hard = hard_map("20 % random defects", seed=seed)
        kept.append((npfc(hard.wafer_map).labels >= 0).sum() / (hard.wafer_map == 2).sum())
    assert 0.4 < np.mean(kept) < 0.65
    assert 0.4 < kept[0] < 0.65  # the one that the gallery shows
    assert npfc(hard_map("20 % random defects").wafer_map, mode="practical", min_dies="chance").num == 0


@pytest.mark.parametrize("noise", [0, 0.02, 0.05, 0.2, 0.3, 1])
def test_sprinkle_gives_the_share_that_is_asked_for(noise):
    wafer_map = np.ones((100, 100), np.uint8)
    wafer_map[:, :50] = 0
    wafer_map[:10, 50:] = 2
    noisy = sprinkle(wafer_map, noise, seed=5)
    good = wafer_map == 1
    assert (noisy[~good] == wafer_map[~good]).all()
    assert abs((noisy[good] == 2).mean() - noise) <= 3 * np.sqrt(noise * (1 - noise) / good.sum())


def test_more_noise_adds_to_less_and_seeds_repeat():
    wafer_map = np.ones((30, 30), np.uint8)
    little, much = (sprinkle(wafer_map, noise, seed=1) for noise in (0.05, 0.2))
    assert ((little == 2) <= (much == 2)).all()
    assert (wafer_map == 1).all()
    assert (sprinkle(wafer_map, 0.2, seed=1) == much).all()
    assert (sprinkle(wafer_map, 0.2, seed=2) != much).any()
    for name in HARD_MAPS:
        assert (hard_map(name, seed=2).wafer_map == hard_map(name, seed=2).wafer_map).all()


@pytest.mark.parametrize("p", [1, 0.8, 0.6, 0.5, 0.2])
def test_the_noise_rule_takes_of_a_thin_scratch_what_arithmetic_says(p):
    n_dies, n_kept, expected = 0, 0, 0.0
    for seed in range(200):
        n = int((thin_scratch(1, seed=seed)[0] == 2).sum())
        wafer_map, _ = thin_scratch(p, seed=seed)
        n_dies += int((wafer_map == 2).sum())
        n_kept += int((npfc(wafer_map).preliminary >= 0).sum())
        # of a line of n dies: those in runs of one and of two, at either end and within
        q = 1 - p
        ones = 2 * p * q + (n - 2) * p * q**2
        twos = 2 * (2 * p**2 * q + (n - 3) * p**2 * q**2)
        expected += n * p - ones - twos
    assert n_kept / n_dies == pytest.approx(expected / n_dies, abs=0.03)
    assert expected / n_dies == pytest.approx(1 - (1 - p) ** 2 * (1 + 2 * p), abs=0.04)  # of an endless line


def test_a_thin_scratch_is_one_die_wide_and_nests():
    for seed in range(20):
        whole, truth = thin_scratch(1, seed=seed)
        part, _ = thin_scratch(0.5, seed=seed)
        assert ((part == 2) <= (whole == 2)).all()
        assert ((truth == 0) == (whole == 2)).all()
        n = (whole == 2).sum()
        assert n in ((whole == 2).any(axis=0).sum(), (whole == 2).any(axis=1).sum())
        assert npfc(whole).preliminary.max() == 0


def test_unknown_names_and_bad_shares_are_refused():
    with pytest.raises(ValueError, match="name='ring' is none of ring in two pieces, ring in three"):
        hard_map("ring")
    with pytest.raises(ValueError, match=r"noise=1\.5 must be a share"):
        sprinkle(np.ones((2, 2), np.uint8), 1.5)
    with pytest.raises(ValueError, match="density=2 must be a share"):
        thin_scratch(2)
