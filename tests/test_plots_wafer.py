"""The figures of paper 2 are made, and say what they should, for odd maps and tables too."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from semlib.plots import wafer_maps, wafer_scores, wafer_steps
from semlib.wafer.npfc import npfc

EMPTY = np.ones((12, 12), np.uint8)  # no defective die: no cluster
ONE = EMPTY.copy()
ONE[2:5, 2:5] = 2  # one cluster: no choice of Num
TWO = ONE.copy()
TWO[8:11, 7:10] = 2
NOISY = TWO.copy()
NOISY[0, 11] = NOISY[6, 0] = 2  # two single dies, far from all others
ODD = {
    "no defect": EMPTY,
    "one cluster": ONE,
    "two": TWO,
    "noise": NOISY,
    "one die": np.array([[2]], np.uint8),
}


def texts(figure) -> str:
    """Return all text of a figure after drawing it."""
    figure.canvas.draw()
    return "\n".join(text.get_text() for text in figure.findobj(plt.Text))


@pytest.mark.parametrize("name", ODD)
def test_npfc_steps_for_odd_maps(name):
    result = npfc(ODD[name])
    shown = texts(wafer_steps.npfc_steps(ODD[name], result, source="odd"))
    assert f"{int((ODD[name] == 2).sum())} defective dies" in shown
    assert f"{result.num} cores" in shown
    assert "data: odd" in shown


@pytest.mark.parametrize("name", ODD)
def test_radius_ranges_and_sd_for_odd_maps(name):
    result = npfc(ODD[name])
    names = texts(wafer_steps.radius_ranges(result, source="odd"))
    assert all(f"core {k}" in names for k in range(result.num))
    assert texts(wafer_steps.sd_by_num(result.scores, source="odd"))


@pytest.mark.parametrize("name", ODD)
def test_map_figures_for_odd_maps(name):
    wafer_map, result = ODD[name], npfc(ODD[name])
    figures = [
        wafer_maps.map_and_numbers(wafer_map, source="odd"),
        wafer_maps.map_gallery([wafer_map], ["one"], source="odd"),
        wafer_maps.noise_rule(wafer_map, result.noise, source="odd"),
        wafer_maps.pattern_gallery(
            [wafer_map], [result.labels], ["one"], [f"p{k}" for k in range(9)], source="odd"
        ),
        wafer_maps.filter_gallery([wafer_map], [{"NPFC": result.filtered}], source="odd"),
        wafer_maps.cluster_gallery([wafer_map], [{"NPFC": result.labels}], source="odd"),
        wafer_maps.before_and_after(wafer_map, result.filtered, result.labels, source="odd"),
    ]
    assert all("data: odd" in texts(figure) for figure in figures)
    assert not plt.get_fignums()  # each is closed, so that a notebook shows it once


def test_numbers_beside_a_map_are_its_values():
    shown = texts(wafer_maps.map_and_numbers(ONE, source="x", detail=12)).split("\n")
    assert shown.count("2") == 9
    assert shown.count("1") == 144 - 9


def test_change_image_marks_removed_and_added_dies():
    before = np.array([[2, 1, 2, 1, 0]], np.uint8)
    after = np.array([[1, 2, 2, 0, 0]], np.uint8)  # removed, added, kept, a die turned into none, nothing
    image = wafer_maps.change_image(before, after)
    colors = [wafer_maps.REMOVED, wafer_maps.ADDED, wafer_maps.DEFECT, wafer_maps.REMOVED, wafer_maps.NOWHERE]
    assert [plt.matplotlib.colors.to_hex(pixel) for pixel in image[0]] == [
        plt.matplotlib.colors.to_hex(color) for color in colors
    ]


def test_painting_leaves_the_map_alone():
    before = NOISY.copy()
    wafer_maps.paint(NOISY, [(NOISY == 2, "red")])
    assert np.array_equal(NOISY, before)


def test_noise_rule_counts_what_it_removes():
    shown = texts(wafer_maps.noise_rule(NOISY, npfc(NOISY).noise, source="x"))
    assert "2 of 20 defective dies removed" in shown


def test_cluster_gallery_counts_clusters():
    results = [npfc(wafer_map).labels for wafer_map in (EMPTY, ONE, TWO)]
    shown = texts(
        wafer_maps.cluster_gallery([EMPTY, ONE, TWO], [{"NPFC": labels} for labels in results], source="x")
    )
    assert "0 clusters" in shown
    assert "1 cluster\n" in shown
    assert "2 clusters" in shown


def test_infinite_scores_are_shown_as_infinite():
    table = pd.DataFrame({"mae": [0.0, 0.1], "snr": [np.inf, 9.0]}, index=["do nothing", "NPFC"])
    shown = texts(wafer_scores.method_scores(table, {"mae": "smaller", "snr": "larger"}, source="x"))
    assert shown.count("∞") == 1
    assert "MAE ↓" in shown
    assert "SNR ↑" in shown


def test_wins_add_up_and_name_the_rival():
    table = pd.DataFrame({"NPFC better": [0.5], "equal": [0.25], "NPFC worse": [0.25]}, index=["MAE"])
    shown = texts(wafer_scores.wins({"median": table}, source="x"))
    assert "against\nmedian" in shown
    assert "50%" in shown
    assert shown.count("25%") == 2


def test_num_found_shows_counts_and_shares():
    counts = pd.DataFrame([[3, 1], [4, 0]], index=[2, 3], columns=[2, 3])
    right = pd.DataFrame({"NPFC": [0.75, 0.0], "always 2": [1.0, 0.0]}, index=[2, 3])
    shown = texts(wafer_scores.num_found(counts, right, source="x"))
    assert "75%" in shown
    assert "100%" in shown


def test_curves_by_noise():
    shares = pd.DataFrame({"noise dies": [0.9, 0.5], "pattern dies": [0.0, 0.1]}, index=[0.02, 0.1])
    assert "noise dies" in texts(wafer_scores.removal_by_noise(shares, source="x"))
    table = pd.DataFrame(
        {"method": ["NPFC"] * 2, "noise": [0.02, 0.1], "precision": 1.0, "recall": [np.nan, 1.0], "f1": 1.0}
    )
    assert "NPFC" in texts(wafer_scores.die_scores_by_noise(table, source="x"))
