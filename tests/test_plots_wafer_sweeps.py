"""The figure of the sweeps is drawn for odd tables too, and marks the value that was chosen."""

import numpy as np
import pandas as pd
import pytest
from figures_checked import check_figure

from semlib.plots.wafer_sweeps import scores_by_parameter

RNG = np.random.default_rng(0)
VALUES = {
    "do nothing": [""],
    "NPFC": [""],
    "median": ["3", "5", "7"],
    "DBSCAN": ["1, 2", "1, 3", "√2, 2", "√2, 3", "√8, 12"],
    "K-means": ["1", "2"],
}


def rows(methods, levels=(0.02, 0.1)):
    return pd.DataFrame(
        {"map": i, "method": m, "value": v, "noise": noise, "f1": RNG.random(), "ari": RNG.random()}
        for i in range(2)
        for m in methods
        for v in VALUES[m]
        for noise in levels
    )


CHOSEN = pd.DataFrame(
    {
        "parameter": ["", "", "side", "Eps, MinPts", "k"],
        "value": ["", "", "5", "√2, 2", "2"],
        "by": ["f1", "f1", "f1", "f1", "ari"],
    },
    index=list(VALUES),
)


@pytest.mark.parametrize(
    "methods",
    [list(VALUES), ["median"], ["do nothing", "NPFC"], ["NPFC", "K-means"], ["do nothing", "DBSCAN"]],
)
@pytest.mark.parametrize("levels", [(0.1,), (0.02, 0.05, 0.1, 0.2, 0.3)])
def test_figure(methods, levels):
    check_figure(scores_by_parameter(rows(methods, levels), CHOSEN, source="x"))


def test_a_method_that_failed_everywhere_is_drawn():
    table = rows(["do nothing", "median"])
    table.loc[table.value == "7", ["f1", "ari"]] = np.nan
    check_figure(scores_by_parameter(table, CHOSEN, source="x"))


def test_points_are_means_the_choice_is_marked_and_nothing_is_a_line():
    table = rows(list(VALUES))
    figure = scores_by_parameter(table, CHOSEN, source="x")
    panels = {ax.get_title(): ax for ax in figure.axes if ax.get_title()}
    assert list(panels) == ["no parameter", "median", "DBSCAN", "K-means"]
    for name, by, at in (("median", "f1", 1), ("DBSCAN", "f1", 2), ("K-means", "ari", 1)):
        band = panels[name].patches[0].get_bbox()
        assert (band.x0 + band.x1) / 2 == pytest.approx(at)
        dashed = [line.get_ydata()[0] for line in panels[name].lines if line.get_linestyle() == "--"]
        nothing = table[table.method == "do nothing"].groupby("noise")[by].mean()
        assert dashed == pytest.approx(nothing.tolist())
    solid = [line for line in panels["median"].lines if line.get_linestyle() == "-"]
    means = table[table.method == "median"].groupby(["noise", "value"]).f1.mean().unstack()
    assert np.array([line.get_ydata() for line in solid]) == pytest.approx(means.to_numpy())
    # broken where Eps changes: 3 values of Eps at 2 noise levels
    assert sum(line.get_linestyle() == "-" for line in panels["DBSCAN"].lines) == 6
    assert panels["K-means"].get_ylabel() == "ARI"
    assert panels["median"].get_ylim() == panels["DBSCAN"].get_ylim()
