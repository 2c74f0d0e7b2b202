"""Signs of failures that labels alone give."""

import numpy as np
import pytest

from semlib.wafer.failure_signs import SIGNS, count_signs, signs
from semlib.wafer.hard_maps import HARD_MAPS, hard_map
from semlib.wafer.npfc import npfc

HARD = {name: hard_map(name) for name in HARD_MAPS}


def of(name, mode="paper"):
    return signs(npfc(HARD[name].wafer_map, mode=mode), HARD[name].patterns)


def test_a_centre_that_is_lost_shows():
    found = of("ring in two pieces")
    assert (found["apart"], found["removed"], found["together"]) == (1, 1, 0)
    assert np.isnan([found["split"], found["scratch"], found["kept"]]).all()
    practical = of("ring in two pieces", "practical")
    assert (practical["apart"], practical["removed"]) == (0, 0)
    assert of("ring in three pieces")["apart"] == 1


def test_touching_patterns_show():
    found = of("touching patterns")
    assert (found["together"], found["removed"]) == (1, 0)


def test_a_lost_scratch_and_a_split_pattern_show():
    assert of("scratch with gaps")["scratch"] == 1
    assert of("scratch with gaps")["split"] == 0  # Num is 0
    assert of("one pattern, 5 % noise")["split"] == 1
    assert of("one pattern, 5 % noise", "practical")["split"] == 0
    assert np.isnan(of("one pattern, 5 % noise")["scratch"])


@pytest.mark.parametrize("names", [(), ("None",), ("none",), ("Random",)])
def test_random_defects_show_as_a_share(names):
    wafer_map = HARD["20 % random defects"].wafer_map
    result = npfc(wafer_map)
    found = signs(result, names)
    assert found["kept"] == (result.labels >= 0).sum() / (wafer_map == 2).sum()
    assert np.isnan([value for sign, value in found.items() if sign != "kept"]).all()


def test_a_map_without_defects_has_no_share():
    assert np.isnan(signs(npfc(np.ones((4, 4), np.uint8)), ())["kept"])


@pytest.mark.parametrize("mode", ["paper", "practical"])
def test_counts_are_means_over_the_maps_that_a_sign_is_for(mode):
    maps, names = [h.wafer_map for h in HARD.values()], [h.patterns for h in HARD.values()]
    table = count_signs(maps, names, mode=mode)
    assert list(table.index) == list(SIGNS)
    rows = [of(name, mode) for name in HARD]
    for sign in SIGNS:
        values = np.array([row[sign] for row in rows])
        assert table.loc[sign, "n"] == (~np.isnan(values)).sum()
        assert table.loc[sign, "mean"] == pytest.approx(np.nanmean(values))
