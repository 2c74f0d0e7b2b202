"""The figures of recognition show what their tables hold."""

import numpy as np
import pandas as pd
import pytest

from semlib.plots import wafer_recognition as plots

NAMES = ["raw", "NPFC", "median 3×3"]
COLUMNS = ["f1", "low", "high", "gain", "gain_low", "gain_high"]


@pytest.fixture
def tables():
    runs = pd.DataFrame(
        [("network", name, s, 0.9 + s / 100, 0.88, 0.95) for name in NAMES for s in (0, 1, 2)],
        columns=["model", "filter", "seed", "f1", "low", "high"],
    )
    rows = {
        ("network", name): dict(zip(COLUMNS, (0.91, 0.89, 0.93, gain, gain - 0.02, gain + 0.02), strict=True))
        for name, gain in zip(NAMES, (np.nan, 0.01, -0.05), strict=True)
    }
    return runs, pd.DataFrame.from_dict(rows, orient="index").rename_axis(["model", "filter"])


def labels(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def test_a_dot_for_each_run(tables):
    figure = plots.f1_by_filter(*tables, source="odd")
    (ax,) = figure.axes
    assert labels(ax) == NAMES
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert sorted(line.get_xdata()[0] for line in dots) == sorted(tables[0].f1)
    assert figure.texts[-1].get_text() == "data: odd"


def test_gains_of_filters_and_not_of_raw_maps(tables):
    other = tables[1].assign(gain=0.5)
    figure = plots.gains({"all": tables[1], "few": other}, margin=0.01, source="odd")
    (ax,) = figure.axes
    assert labels(ax) == NAMES[1:]
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [line.get_xdata().tolist() for line in dots] == [[0.01, -0.05], [0.5, 0.5]]


def test_a_setting_without_a_model_leaves_its_panel_out(tables):
    both = pd.concat([tables[1], tables[1].rename(index={"network": "forest"}, level=0)])
    figure = plots.gains({"all": both, "noisy": tables[1]}, margin=0.01, source="odd")
    counted = {ax.get_title(): sum(line.get_marker() == "o" for line in ax.lines) for ax in figure.axes}
    assert counted == {"network": 2, "forest": 1}


def test_a_line_for_each_filter():
    by_count = pd.DataFrame({0: [1, 0.9, 0.8], 1: [0.9, 0.9, 0.7]}, index=NAMES)
    (ax,) = plots.f1_by_count(by_count, source="odd").axes
    assert [line.get_ydata().tolist() for line in ax.lines] == by_count.to_numpy().tolist()


def test_changes_in_points():
    table = pd.DataFrame({"Loc": [0.5, 0.4, 0.52], "Scratch": [0.9, 0.6, 0.9]}, index=NAMES)
    (ax,) = plots.pattern_changes({"recall": table}, source="odd").axes
    assert [text.get_text() for text in ax.texts] == ["50", "90", "−10.0", "−30.0", "+2.0", "0"]


def test_examples_pair_a_map_with_its_filtered_version():
    maps = [np.full((4, 4), 2, np.uint8)] * 5
    figure = plots.examples(maps, maps, [(f"above {i}", f"below {i}") for i in range(5)], source="odd")
    shown = [ax.get_title() for ax in figure.axes if ax.get_title()]
    assert shown[:8] == [f"above {i}" for i in range(4)] + [f"below {i}" for i in range(4)]
    assert shown[8:] == ["above 4", "below 4"]
