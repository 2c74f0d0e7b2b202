"""The maps of paper 2's tables: counts by class, no overlap, no copies, the same seed the same maps."""

from pathlib import Path

import numpy as np
import pytest
from small_maps import draw

from semlib.wafer._wafer_maps import WaferMaps
from semlib.wafer.data import MIXEDWM38_PATTERNS
from semlib.wafer.paper_maps import MIX, NOISE, draw_paper_maps
from semlib.wafer.synthetic import PATTERNS

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
REAL = {
    "mixedwm38": DATA / "mixedwm38" / "Wafer_Map_Datasets_half.npz",
    "wm811k": DATA / "wm811k" / "WM811K_labelled_half.npz",
}


def contents(drawn):
    return [one.tobytes() for part in (drawn.twelve, drawn.many) for one in part]


def counted(labels):
    return {name: int((labels == name).sum()) for name in MIX}


@pytest.fixture(scope="module")
def twin():
    return draw_paper_maps("twin", seed=3)


def test_the_mix_is_the_papers():
    assert MIX == {"Center": 6, "Donut": 3, "Edge-Loc": 30, "Edge-Ring": 8, "Loc": 60, "Scratch": 3}
    assert sum(MIX.values()) == 110


def test_the_twin_has_the_classes_patterns_and_noise_of_the_rule(twin):
    assert (len(twin.twelve), len(twin.many), twin.has_truth, twin.has_counts) == (12, 110, True, True)
    leads = [name for name, n in MIX.items() for _ in range(n)]
    for part, classes in ((twin.twelve, 2 * list(MIX)), (twin.many, leads)):
        assert [c in label.split(" + ") for c, label in zip(classes, part.table.label, strict=True)]
        shown = [set(np.unique(t[t >= 0])) for t in part.truth]
        assert [{PATTERNS[k] for k in one} for one in shown] == [
            set(x.split(" + ")) for x in part.table.label
        ]
        assert [len(one) for one in shown] == part.table.n_patterns.tolist()
        assert min(np.bincount(t[t >= 0])[k] for t, s in zip(part.truth, shown, strict=True) for k in s) >= 15
    assert twin.twelve.table.n_patterns.tolist() == [2, 2, 3] + 9 * [2]
    assert twin.twelve.table.noise.tolist() == 3 * list(NOISE)
    assert np.flatnonzero(twin.many.table.n_patterns == 3).tolist() == list(range(2, 110, 12))
    assert twin.many.table.noise.value_counts().max() <= 28  # 110 / 4, rounded up
    assert len(set(twin.many.table.noise[2::12])) == 4  # three patterns meet every noise


def test_no_map_of_the_twin_comes_twice(twin):
    assert len(set(contents(twin))) == 122
    assert twin.twelve.names[:3] == ("(a)", "(b)", "(c)")
    assert twin.many.names[-1] == "110"


def test_the_same_seed_gives_the_same_maps(twin):
    assert contents(draw_paper_maps("twin", seed=3)) == contents(twin)
    assert not set(contents(draw_paper_maps("twin", seed=4))) & set(contents(twin))


def test_the_60_maps_can_be_edge_loc():
    drawn = draw_paper_maps("twin", repeated="Edge-Loc")
    assert sum("Edge-Loc" in label.split(" + ") for label in drawn.many.table.label) >= 90


SPOT = draw("#####", "#####", "#####")  # 15 dies
ALONE = np.ones((9, 17), np.uint8)
ALONE[3:6, 1:6] = SPOT


def of_one_label(n, *, apart, fewer=0):
    """Return n different maps of each class: two spots of 15 and of 15 - fewer dies, some gap apart."""
    maps = []
    for k in range(len(MIX) * n):
        one = ALONE.copy()
        left = 6 + apart
        one[3:6, left : left + 5] = SPOT
        one[3, left : left + fewer] = 1
        one[8, :] = 1 + np.array(list(f"{k:017b}"), int) * (np.arange(17) % 4 == 0)  # makes them different
        one[0, :] = 1 + np.array(list(f"{k:017b}"), int)[::-1] * (np.arange(17) % 4 == 0)
        one[7, 16 - k % 17] = 0
        one[6, 16 - k // 17] = 0
        maps.append(one)
    labels = np.arange(len(maps))[:, None] % len(MIX) == np.arange(len(MIX))
    return WaferMaps(maps, "made", tuple(MIX), labels)


def test_wm811k_maps_are_of_their_class_and_unique():
    drawn = draw_paper_maps(of_one_label(62, apart=4))
    assert counted(drawn.many.table.label) == MIX
    assert counted(drawn.twelve.table.label) == dict.fromkeys(MIX, 2)
    assert drawn.twelve.table.label.tolist() == 2 * list(MIX)
    assert len(set(contents(drawn))) == 122
    rows = [*drawn.twelve.table.row, *drawn.many.table.row]
    assert len(set(rows)) == 122
    assert not drawn.has_counts
    assert contents(draw_paper_maps(of_one_label(62, apart=4))) == contents(drawn)


@pytest.mark.parametrize(
    ("options", "mixed"),
    [({"apart": 4}, True), ({"apart": 2}, True), ({"apart": 1}, False), ({"apart": 4, "fewer": 1}, False)],
)
def test_two_groups_of_15_dies_more_than_root_8_apart_are_mixed(options, mixed):
    maps = of_one_label(62, **options)  # apart: good dies between; with one of them, die to die is 2
    if mixed:
        draw_paper_maps(maps)
    else:
        with pytest.raises(ValueError, match=r"has 0 different maps labelled Center .* and 8 are needed"):
            draw_paper_maps(maps)
    assert len(draw_paper_maps(maps, rule="any").many) == 110


def test_copies_are_drawn_once():
    maps = of_one_label(62, apart=4)
    copies = WaferMaps([*maps, *maps], "twice", maps.pattern_names, np.tile(maps.patterns, (2, 1)))
    drawn = draw_paper_maps(copies)
    assert len(set(contents(drawn))) == 122
    few = maps.subset(np.arange(6 * 20))  # 20 of a class
    again = WaferMaps([*few] * 4, "four times", few.pattern_names, np.tile(few.patterns, (4, 1)))
    with pytest.raises(ValueError, match="20 different maps labelled Edge-Loc that the rule accepts, and 32"):
        draw_paper_maps(again)


def test_mixedwm38_has_two_three_and_four_patterns_in_equal_parts():
    rng = np.random.default_rng(0)
    labels = np.zeros((300, 8), bool)
    for i, on in enumerate(labels):
        on[: i % 5] = True  # none and one too, which are never drawn
    maps = WaferMaps(list(rng.integers(1, 3, (300, 9, 9), np.uint8)), "made", MIXEDWM38_PATTERNS, labels)
    drawn = draw_paper_maps(maps, seed=1)
    assert drawn.twelve.table.n_patterns.tolist() == [2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4]
    assert drawn.many.table.n_patterns.value_counts().to_dict() == {2: 37, 3: 37, 4: 36}
    assert drawn.has_counts
    assert not drawn.has_truth
    assert len(set(contents(drawn))) == 122
    rows = drawn.many.table.row
    assert all(np.array_equal(one, maps[row]) for one, row in zip(drawn.many, rows, strict=True))
    assert drawn.many.table.label[0] == "Center + Donut"


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"rule": "all"}, "rule='all' is not one of 'two groups', 'any'"),
        ({"repeated": "Donut"}, "repeated='Donut' is not one of 'Loc', 'Edge-Loc'"),
        ({"dataset": WaferMaps([SPOT], "own")}, "neither 'twin' nor maps of MixedWM38 or WM-811K"),
    ],
)
def test_bad_input_is_refused(options, match):
    with pytest.raises(ValueError, match=match):
        draw_paper_maps(**options)


@pytest.mark.parametrize("name", REAL)
def test_real_maps(name):
    if not REAL[name].exists():
        pytest.skip(f"{REAL[name].name} is not in shared/data")
    drawn = draw_paper_maps(REAL[name])
    assert len(set(contents(drawn))) == 122
    assert drawn.many.table.label.str.contains(" [+] ").all() == (name == "mixedwm38")
    if name == "wm811k":
        assert drawn.many.source.startswith("WM-811K")
        assert counted(drawn.many.table.label) == MIX
