"""The pictures of paper 2's definitions and cases say what the results say."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures_checked import check_figure

from semlib.plots import wafer_closeness, wafer_definitions, wafer_flow, wafer_steps
from semlib.wafer.npfc import npfc
from semlib.wafer.tiny_maps import TINY_MAPS, tiny_map

MAPS = {name: tiny_map(name) for name in TINY_MAPS}
PAIRS = {name: npfc(wafer_map, num_range=(2, 2)) for name, wafer_map in MAPS.items()}
NONE = np.ones((9, 9), np.uint8)


def some(begin):
    names = [name for name in MAPS if name.startswith(begin)]
    return {name: MAPS[name] for name in names}, {name: PAIRS[name] for name in names}


def texts(figure):
    check_figure(figure)
    return "\n".join(text.get_text() for text in figure.findobj(plt.Text))


def test_matrix_and_points():
    shown = texts(wafer_definitions.matrix_and_points(MAPS["definitions"], (4, 4), source="x"))
    assert shown.split("\n").count("2") == 16
    assert "distance √2" in shown


def test_noise_and_clusters_and_growth():
    wafer_map, result = MAPS["definitions"], PAIRS["definitions"]
    shown = texts(wafer_definitions.noise_and_clusters(wafer_map, result, (3, 5), source="x"))
    assert "path connected" in shown
    assert "cluster 1" in shown
    shown = texts(wafer_definitions.growth(wafer_map, result, (5, 3), source="x"))
    # from one end, by hand: (4, 4); (3, 4) (3, 5); (2, 5) (2, 6); (2, 7); (3, 8)
    assert [line for line in shown.split("\n") if "touch" in line] == [
        f"+ {n} that touch" for n in (1, 2, 2, 1, 1)
    ]
    assert "2 clusters, noise" in shown


def test_growth_needs_a_die_of_a_cluster():
    with pytest.raises(ValueError, match=r"start=\(9, 3\) is not in a preliminary cluster"):
        wafer_definitions.growth(MAPS["definitions"], PAIRS["definitions"], (9, 3), source="x")


def test_premerge_gaps():
    shown = texts(wafer_definitions.premerge_gaps(*some("gap"), source="x"))
    assert shown.split("\n").count("joined") == shown.split("\n").count("two clusters") == 2


def test_radius_cases():
    shown = texts(wafer_closeness.radius_cases(*some("case"), source="x"))
    for case, name in enumerate(("inside", "reaches above", "reaches below", "apart", "covers"), 1):
        assert f"case {case}: {name}" in shown
    assert (shown.count("α = 1"), shown.count("α = 0")) == (4, 1)


def test_three_distances():
    made = PAIRS["case 1"].decisions[0]
    shown = texts(wafer_closeness.three_distances(MAPS["case 1"], PAIRS["case 1"], source="x"))
    for name, value in (("nDist", made.n_dist), ("fDist", made.f_dist), ("mDist", made.m_dist)):
        assert f"{name} = {value[0]:.2f}" in shown
    assert f"all {15 * 6} pairs" in shown


def test_compactness_draws_the_matrix_that_makes_den():
    name = "f1 = 2, f2 = 1"
    result = PAIRS[name]
    made = result.decisions[0]
    for core in (0, 1):
        union = np.argwhere((result.merged == core) | (result.merged == made.cluster))
        steps, paths = wafer_closeness.minimax_paths(union)
        assert len(steps) == len(union) - 1
        assert (paths == paths.T).all()
        com = paths.std(ddof=1) / len(union) * paths.mean()
        assert made.den[core] == pytest.approx(1 / com)
    assert f"Den = {made.den[1]:.3g}" in texts(wafer_closeness.compactness(MAPS[name], result, source="x"))


def test_rules():
    shown = texts(wafer_closeness.rules(*some("f1"), source="x")).split("\n")
    assert shown.count("f1 = 0") == 2
    for words in ("removed: apart from both", "removed: too far away", "removed", "f1 = 2, f2 = 1"):
        assert words in shown
    assert shown.count("joins core 0") == 2


@pytest.mark.parametrize(
    ("name", "words"), [("f1 = 0", "apart from both"), ("f1 = 0, too far", "too far away")]
)
def test_rules_tell_the_two_ways_to_f1_0_apart(name, words):
    assert words in texts(wafer_closeness.rules({name: MAPS[name]}, {name: PAIRS[name]}, source="x"))


@pytest.mark.parametrize("mode", ["paper", "practical"])
def test_why_shows_the_account_of_any_die(mode):
    wafer_map = MAPS["whole"]
    result = npfc(wafer_map, mode=mode)
    kinds = {result.explain_die(*place).split(":")[1].split(".")[0]: place for place in np.ndindex(21, 21)}
    assert len(kinds) >= 4  # no die, a good one, noise, kept in a cluster ...
    for place in kinds.values():
        shown = texts(wafer_closeness.why(wafer_map, result, *place, source="x"))
        assert result.explain_die(*place).split(".")[0] in shown
    with pytest.raises(ValueError, match="outside the map"):
        wafer_closeness.why(wafer_map, result, 21, 0, source="x")


@pytest.mark.parametrize("options", [{}, {"mode": "practical", "min_dies": 10}])
@pytest.mark.parametrize("wafer_map", [MAPS["whole"], NONE, MAPS["gap 2"]], ids=["whole", "none", "one"])
def test_step_through_figures_of_either_mode(wafer_map, options):
    result = npfc(wafer_map, **options)
    shown = texts(wafer_flow.flow(wafer_map, result, source="x"))
    assert f"Num = {result.num}" in shown
    assert ("the largest SD stays" in shown) == (len(result.scores) > 1)
    assert ("the large ones" in shown) == (result.mode == "practical")
    assert "(d)  filtered" in texts(wafer_definitions.paper_figure_7(wafer_map, result, source="x"))
    assert f"{result.num} cores" in texts(wafer_steps.npfc_steps(wafer_map, result, source="x"))
    assert texts(wafer_steps.radius_ranges(result, source="x"))
    shown = texts(wafer_steps.nums_tried(wafer_map, result, source="x"))
    for score in result.scores:
        assert f"SD = {score.sd:.3f}" in shown
    assert ("no choice of Num" in shown) == (not result.scores)
    assert (f"Num = {result.num}, the largest SD" in shown) == bool(result.scores)


def test_a_cluster_keeps_its_colour_from_step_to_step():
    result = npfc(MAPS["whole"])
    before, after = wafer_steps.preliminary_layers(result), wafer_steps.label_layers(result)
    for label, (mask, color) in enumerate(after):
        core = result.merged == result.cores[label]
        largest = result.preliminary[core].min()  # numbered largest first
        assert before[largest][1] == color
        assert (mask & core).any()
    assert len({color for _, color in before}) == len(before)
