"""The blind comparison of the practical mode's floors: which maps count, the scores, and the rule."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
import practical_floor as pf
import practical_floor_wm811k as wm

from semlib.wafer.data import open_maps


def stack_file(tmp_path, n=30):
    """A file in MixedWM38's layout: maps that differ in one place, the last five copies of the first five."""
    maps = np.ones((n, 52, 52), np.int32)
    maps[np.arange(n), 10, np.arange(n)] = 2
    maps[-5:] = maps[:5]
    labels = np.zeros((n, 8), np.int32)
    path = tmp_path / "maps.npz"
    np.savez(path, arr_0=maps, arr_1=labels)
    return path


def test_unseen_maps_are_none_of_those_that_open_maps_draws_nor_copies(tmp_path):
    path = stack_file(tmp_path)
    maps, seen = open_maps(path), open_maps(path, n=6, seed=0)
    left = pf.unseen(maps, n_seen=6, seed=0)
    texts = [np.asarray(maps[i]).tobytes() for i in left]
    assert len(set(texts)) == len(texts)
    assert not set(texts) & {np.asarray(m).tobytes() for m in seen}
    both = set(texts) | {np.asarray(m).tobytes() for m in seen}
    assert both == {np.asarray(m).tobytes() for m in maps}


def test_each_arm_is_judged_by_count_and_dies():
    wafer_map = np.ones((20, 20), np.uint8)
    wafer_map[2:6, 2:5] = 2  # 12 dies
    wafer_map[14:18, 10:15] = 2  # 20 dies
    truth = np.full((20, 20), -1)
    truth[14:18, 10:15] = 0
    num, nothing, f1 = pf.judge(wafer_map, 1, truth)
    by_arm = dict(zip(pf.ARMS, zip(num.tolist(), nothing.tolist(), f1.tolist(), strict=True), strict=True))
    assert by_arm["10"] == by_arm["chance"] == (2, 0, pytest.approx(2 * 20 / (32 + 20)))
    assert by_arm["15"] == by_arm["20"] == (1, 0, 1)
    assert by_arm["30"] == (0, 1, 0)
    assert by_arm["always 1"] == (1, 0, by_arm["10"][2])
    assert by_arm["always 2"][0] == 2
    assert np.isnan(pf.judge(wafer_map, 1)[2]).all()


def test_without_a_pattern_f1_is_one_where_nothing_is_kept():
    wafer_map = np.ones((20, 20), np.uint8)
    wafer_map[2:6, 2:5] = 2
    _, nothing, f1 = pf.judge(wafer_map, 0, np.full((20, 20), -1))
    assert f1.tolist() == nothing.tolist()
    assert dict(zip(pf.ARMS, f1.tolist(), strict=True))["15"] == 1
    assert dict(zip(pf.ARMS, f1.tolist(), strict=True))["10"] == 0


def made_cells(n=4):
    """Cells in which every arm is wrong, but for what a test sets."""
    names = [f"real, {k}" for k in pf.PATTERNS]
    names += [f"twin {noise:.0%}, {k}" for noise in pf.NOISE for k in pf.PATTERNS]
    wrong = np.stack([np.full((n, len(pf.ARMS)), 9.0), *np.zeros((2, n, len(pf.ARMS)))])
    return {name: wrong.copy() for name in names}


def test_criteria_by_hand():
    cells, arm = made_cells(), pf.ARMS.index("20")
    cells["real, 3"][0, :, arm] = [3, 3, 3, 2]  # ¾ right, of five cells
    cells["twin 5%, 2"][2, :, arm] = [1, 1, 0.5, 0.5]  # ¾, of fifteen
    cells["real, 0"][1, :2, arm] = 1  # ½, and half of c
    cells["twin 2%, 0"][1, :, arm] = 1  # 1, a third of the other half
    found = {key: value[0, arm] for key, value in pf.criteria(cells).items()}
    assert found["a"] == pytest.approx(0.75 / 5)
    assert found["b"] == pytest.approx(0.75 / 15)
    assert found["c"] == pytest.approx(0.5 / 2 + 1 / 6)
    assert found["mean"] == pytest.approx((0.15 + 0.05 + 5 / 12) / 3)
    others = np.delete(pf.criteria(cells)["mean"][0], arm)
    assert (others == 0).all()


def test_maps_are_drawn_again_for_all_arms_alike():
    cells = made_cells(50)
    rng = np.random.default_rng(3)
    for values in cells.values():
        values[1:] = rng.integers(0, 2, (2, 50, 1))  # the same for all arms
    drawn = pf.criteria(cells, np.random.default_rng(0), 200)["mean"]
    assert drawn.shape == (200, len(pf.ARMS))
    assert np.abs(drawn - drawn[:, :1]).max() < 1e-12
    assert drawn[:, 0].std() > 0.005
    assert drawn[:, 0].mean() == pytest.approx(pf.criteria(cells)["mean"][0, 0], abs=0.005)


def test_only_a_clearly_better_candidate_replaces_the_present_one():
    scores = dict.fromkeys(pf.ARMS, 0.5) | {"15": 0.6, "paper": 0.9, "always 2": 0.9}
    assert pf.decide(scores, {"15": (0.05, 0.15)}) == "15"
    assert pf.decide(scores, {"15": (-0.01, 0.15)}) == "chance"
    assert pf.decide(scores | {"chance": 0.7}, {}) == "chance"


def test_a_summary_says_all_that_the_page_shows():
    found = pf.summary(
        pf.twin_cells(2, progress=False) | {k: v for k, v in made_cells().items() if "real" in k}
    )
    assert set(found["criteria"]) == {"a", "b", "c", "mean"}
    assert set(found["criteria"]["a"]) == set(pf.ARMS)
    assert set(found["difference_from_present"]) == {"10", "15", "20", "30"}
    assert found["default"] in pf.CANDIDATES
    assert found["cells"]["twin 10%, 4"]["maps"] == 2
    assert 0 < found["cells"]["twin 2%, 2"]["F1"]["paper"] <= 1


def test_wm811k_counts_zero_for_none_and_one_for_a_pattern():
    labels = np.array(["None", "None", "Loc", "Scratch", "Loc"])
    dies = np.array([500, 2000, 500, 2000, 2000])
    found = np.tile([[0], [1], [0], [1], [2]], (1, len(wm.ARMS)))
    found[:, wm.ARMS.index("30")] = 0
    with np.errstate(invalid="ignore"), pytest.warns(RuntimeWarning, match="empty slice"):
        values = wm.summary(labels, dies, found)
    assert values["Num right"]["None"]["15"] == 0.5
    assert values["Num right"]["Loc"]["15"] == 0
    assert values["Num right"]["Scratch"]["15"] == 1
    assert values["Num right"]["None"]["30"] == 1
    assert values["nothing kept of a pattern"]["small wafers"]["15"] == 1
    assert values["nothing kept of a pattern"]["large wafers"]["15"] == 0
    assert values["maps with a pattern"] == {"small wafers": 1, "large wafers": 2}


def test_wm811k_arms_are_the_practical_mode_with_each_floor():
    wafer_map = np.ones((20, 20), np.uint8)
    wafer_map[2:6, 2:5] = 2  # 12 dies
    wafer_map[14:18, 10:15] = 2  # 20 dies
    by_arm = dict(zip(wm.ARMS, wm.nums(wafer_map), strict=True))
    assert by_arm == {"paper": 2, "chance": 2, "10": 2, "15": 1, "20": 1, "30": 0}
