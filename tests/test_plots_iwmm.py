"""iWMM's figures show the chain that they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from semlib.plots import wafer_iwmm
from semlib.wafer.iwmm import fit_iwmm


@pytest.fixture(scope="module")
def fit():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(6 + 8, 2))
    points[6:] += [20, 0]
    return fit_iwmm(points, n_iter=60, progress=False)


def texts(figure) -> list[str]:
    figure.canvas.draw()
    return [text.get_text() for text in figure.findobj(plt.Text)]


def test_latent_and_observed(fit):
    figure = wafer_iwmm.latent_and_observed([fit, fit], ["one", "two"], source="odd")
    shown = texts(figure)
    assert {"one", "two", f"latent space: {fit.n_components} components", "data: odd"} <= set(shown)
    latent, seen = figure.axes[:2]
    # columns go to the right, rows downwards
    assert seen.collections[0].get_offsets().data == pytest.approx(fit.points[:, ::-1])
    assert latent.collections[0].get_offsets().data == pytest.approx(fit.latent[:, ::-1])
    assert seen.get_ylim()[0] > seen.get_ylim()[1]


def test_chain_moments(fit):
    figure = wafer_iwmm.chain_moments(fit, source="odd", columns=4)
    shown = texts(figure)
    assert len(figure.axes) == 8
    assert {"iteration 1", "iteration 60", f"{fit.components[-1]} components"} <= set(shown)


@pytest.mark.parametrize("with_truth", [True, False])
def test_chain_traces(fit, with_truth):
    table = pd.DataFrame({"log_joint": fit.log_joint, "components": fit.components, "ari": 0.5})
    table = table if with_truth else table.drop(columns="ari")
    figure = wafer_iwmm.chain_traces({"seed 0": table, "seed 1": table}, source="odd")
    shown = texts(figure)
    assert len(figure.axes) == 2 + with_truth
    assert ("ARI with the truth" in shown) == with_truth
    assert {"log joint", "components", "seed 1"} <= set(shown)


def test_score_dots_sets_equal_scores_apart():
    table = pd.DataFrame({"NPFC": [0.5, 0.5, 1.0], "iWMM": [0.1, np.nan, np.nan], "none": np.nan})
    figure = wafer_iwmm.score_dots(table, "ARI", source="odd")
    assert {"NPFC", "iWMM", "none", "ARI", "data: odd"} <= set(texts(figure))
    dots = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [len(line.get_xdata()) for line in dots] == [3, 1, 0]
    assert len({tuple(point) for point in dots[0].get_xydata().tolist()}) == 3


def test_the_wafer_lies_whole_under_its_points(fit):
    wafer_map = np.ones((30, 40), np.uint8)
    figure = wafer_iwmm.latent_and_observed([fit], ["map"], source="odd", maps=[wafer_map])
    figure.canvas.draw()
    seen = figure.axes[1]
    assert seen.get_images()[0].get_array().shape == (30, 40, 3)
    assert (seen.get_xlim(), seen.get_ylim()) == ((-0.5, 39.5), (29.5, -0.5))
    assert seen.get_title() == "map"
