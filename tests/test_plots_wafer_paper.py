"""Paper 2's tables and figures in its layout: arrows, bold values, grey controls, and counts of maps."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from semlib.plots import wafer_paper, wafer_tables
from semlib.plots.wafer_maps import CLUSTER_COLORS, paint
from semlib.plots.wafer_results import GONE

BETTER = {"mae": "smaller", "snr": "larger"}
MAP = np.array([[0, 2, 2], [1, 2, 2], [2, 1, 1]], np.uint8)
LABELS = np.array([[-1, 0, 0], [-1, 0, 1], [-1, -1, -1]])


def cells(styler):
    """Return the texts of a table's cells, bold ones between stars."""
    html = styler.to_html()
    css = dict(
        part
        for ids, rule in re.findall(r"((?:#T_\S+,?\s*)+)\{([^}]*)\}", html)
        for part in [(one.strip().strip(",").lstrip("#"), rule) for one in re.findall(r"#T_[^\s,]+", ids)]
    )
    found = re.findall(r'<td id="(\S+)" class="[^"]*" >([^<]*)</td>', html)
    return [f"*{text}*" if "bold" in css.get(key, "") else text for key, text in found]


def test_number():
    assert wafer_tables.number(0.03644, "mae") == "0.0364"
    assert wafer_tables.number(234.35, "ch") == "234.3"
    assert [wafer_tables.number(x) for x in (np.inf, -np.inf, np.nan, 1 / 3)] == ["∞", "−∞", "–", "0.333"]
    assert [wafer_tables.header(s, BETTER) for s in BETTER] == ["MAE ↓", "SNR ↑"]


def test_pairs_have_the_best_of_each_map_and_score_in_bold():
    columns = pd.MultiIndex.from_product([BETTER, ["median", "NPFC"]])
    table = pd.DataFrame([[0.2, 0.1, 5, np.inf], [0.1, 0.1, np.nan, 3]], ["(a)", "(b)"], columns)
    styler = wafer_tables.pairs(table, BETTER, name="t")
    assert cells(styler) == ["0.2000", "*0.1000*", "5.00", "*∞*", "*0.1000*", "*0.1000*", "–", "*3.00*"]
    html = styler.to_html()
    assert re.findall(r"(MAE ↓|SNR ↑|median|NPFC)</th>", html) == ["MAE ↓", "SNR ↑", *["median", "NPFC"] * 2]
    assert html == wafer_tables.pairs(table, BETTER, name="t").to_html()


def test_methods_have_the_best_of_each_column_in_bold_and_controls_in_grey():
    table = pd.DataFrame({"mae": [0.2, 0.0], "snr": [5, np.inf], "n": [3, 4]}, ["NPFC", "do nothing"])
    styler = wafer_tables.methods(table, BETTER, name="t", controls=["do nothing"])
    assert cells(styler) == ["0.2000", "5.00", "3", "*0.0000*", "*∞*", "4"]
    assert "#f4f4f4" in styler.to_html()
    assert "#f4f4f4" not in wafer_tables.methods(table, BETTER, name="t").to_html()
    two = pd.concat({"x": table, "y": table.iloc[:1]})
    assert cells(wafer_tables.methods(two, BETTER, name="t"))[-3:] == ["*0.2000*", "*5.00*", "3"]


def test_the_summary_has_averages_and_counts():
    means = pd.DataFrame({"mae": [0.1, 0.2, 0], "snr": [4, 5, 9]}, ["NPFC", "median", "other"])
    counts = pd.DataFrame(
        {"NPFC": [7, 2, 1], "equal": [1, 0, 8], "median": [2, 8, 1], "undefined": [0, 0, 0]},
        ["mae", "snr", "all"],
    )
    styler = wafer_tables.summary({"twin": (means, counts)}, BETTER, name="t")
    assert cells(styler) == ["0.2000", "*5.00*", "2", "*8*", "*0.1000*", "4.00", "*7*", "2"]


def test_plain_tables_show_words_and_numbers():
    table = pd.DataFrame({"SD": [1.25, np.nan], "Num": [2, 1]})
    bold = np.array([[True, False], [False, False]])
    assert cells(wafer_tables.plain(table, bold=bold, name="t")) == ["*1.250*", "2", "–", "1"]


def texts(figure):
    figure.canvas.draw()
    return [text.get_text() for text in figure.findobj(plt.Text)]


@pytest.mark.parametrize(("n", "panels"), [(1, 2), (6, 12), (8, 24)])
def test_versions_of_a_map_are_below_it(n, panels):
    versions = {"the map": [paint(MAP)] * n, "NPFC": [wafer_paper.cluster_image(MAP, LABELS)] * n}
    names = [f"({i})" for i in range(n)]
    figure = wafer_paper.map_bands(
        names, versions, notes={"NPFC": ["2 clusters"] * n}, colors={GONE: "removed"}, source="odd"
    )
    shown = texts(figure)
    assert len(figure.axes) == panels
    assert shown.count("2 clusters") == n
    assert {*names, "the map", "NPFC", "removed", "data: odd"} <= set(shown)
    below = figure.axes[min(n, 6)].get_images()[0].get_array()
    assert below[2, 0].tolist() == list(to_rgb(GONE))
    assert below[1, 2].tolist() == list(to_rgb(CLUSTER_COLORS[1]))


def test_bars_are_the_counts():
    counts = pd.DataFrame(
        {"NPFC": [7, 2], "equal": [1, 0], "K-means": [2, 8], "undefined": [0, 0]}, ["dbi", "all"]
    )
    figure = wafer_paper.better_counts({"against K-means": counts}, 10, source="odd")
    assert {"7", "2", "1", "DBI", "maps of 10", "NPFC", "K-means", "neither"} <= set(texts(figure))
    assert [bar.get_height() for bar in figure.axes[0].patches] == [7, 2, 1]


def test_short_words_are_not_broken():
    table = pd.DataFrame({"x": ["9 of 12", "a sentence of some length"]}).rename_axis("map")
    styler = wafer_tables.plain(table, name="t", words=True)
    assert cells(styler) == ["9\xa0of\xa012", "a sentence of some length"]
    assert ">map</th>" in styler.to_html()
