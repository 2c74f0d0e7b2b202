"""One house style: the check that every figure passes fails where it should, and misses no function."""

import importlib
import inspect
import os
import pkgutil
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from figures_checked import check_figure
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from skimage.color import deltaE_ciede2000, rgb2lab

import semlib.plots
from semlib.plots import sem_features, sem_images, wafer_maps
from semlib.plots._methods import color_of
from semlib.plots.style import COLORS, WIDTH, credit, picture, use_style

RNG = np.random.default_rng(0)
#: Machado, Oliveira and Fernandes (2009), severity 1: linear RGB as a dichromat sees it.
DICHROMATS = {
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
}


def drawing(**labels):
    figure, ax = plt.subplots(figsize=(WIDTH, 3))
    ax.plot([0, 1], [0, 1], color=COLORS[0])
    ax.set(**{"xlabel": "epoch", "ylabel": "loss"} | labels)
    return figure, ax


def test_a_figure_of_the_house():
    check_figure(credit(drawing()[0], "made"))


BAD = {
    "axes with numbers and no label: y of": lambda f, ax: ax.set_ylabel(""),
    "axes with numbers and no label: [xy] of ''": lambda f, ax: f.colorbar(
        ax.scatter([0], [0], c=[1], cmap="gray")
    ),
    "labels without their unit: radius": lambda f, ax: ax.set_xlabel("radius"),
    "labels without their unit: time": lambda f, ax: ax.set_xlabel("time of a map"),
    "colours that are not the house's: #ff0000": lambda f, ax: ax.plot([0, 1], [1, 0], color="red"),
    "colours that are not the house's: #008000": lambda f, ax: ax.axvspan(0, 1, color="green", alpha=0.2),
    "colours that are not the house's: #8c564b": lambda f, ax: ax.text(0, 0, "x", color="tab:brown"),
    "colours that are not the house's: jet": lambda f, ax: ax.scatter([0, 1], [0, 1], c=[1, 2], cmap="jet"),
    "colours that are not the house's: RdYlGn": lambda f, ax: ax.imshow([[0, 1]], cmap="RdYlGn"),
    "small text: tiny": lambda f, ax: ax.text(0, 0, "tiny", fontsize=5),
    "width in inches: 5": lambda f, ax: f.set_figwidth(5),
}


@pytest.mark.parametrize(("problem", "spoil"), BAD.items(), ids=BAD)
def test_what_is_not_of_the_house_fails(problem, spoil):
    figure, ax = drawing()
    credit(figure, "made")
    spoil(figure, ax)
    with pytest.raises(AssertionError, match=problem):
        check_figure(figure)


def test_a_figure_without_its_data_or_open_fails():
    figure, _ = drawing()
    with pytest.raises(AssertionError, match="no data named"):
        check_figure(figure)
    figure.text(0, 0, "data: made")
    with pytest.raises(AssertionError, match="not closed"):
        check_figure(figure)
    plt.close(figure)


def test_labels_that_stand_once_are_enough():
    """For panels of a row or a column, for a shared axis, for the whole figure; words need none."""
    figure, axes = plt.subplots(2, 2, figsize=(WIDTH, 4))
    for ax in axes.flat:
        ax.plot([0, 1], [2, 3])
    for ax in axes[:, 0]:
        ax.set_ylabel("loss")
    axes[1, 0].set_xlabel("epoch")
    figure.supxlabel("epoch")
    check_figure(credit(figure, "made"))
    figure, ax = plt.subplots(figsize=(WIDTH, 3))
    ax.barh(["K-means", "NPFC"], [1, 2])
    ax.set_xlabel("ARI")
    check_figure(credit(figure, "made"))


def test_every_function_that_returns_a_figure_is_drawn_by_a_test():
    tests = "\n".join(path.read_text("utf8") for path in Path(__file__).parent.glob("test_plots_*.py"))
    missing = [
        f"{module.name}.{name}"
        for module in pkgutil.iter_modules(semlib.plots.__path__)
        for name, function in inspect.getmembers(importlib.import_module(f"semlib.plots.{module.name}"))
        if inspect.isfunction(function)
        and function.__module__.endswith(f".{module.name}")
        and not name.startswith("_")
        and function.__annotations__.get("return") == "Figure"
        and f"{name}(" not in tests
        and f".{name}" not in tests
    ]
    assert missing == []


def test_baseline_pictures():
    figure = sem_features.baseline_pictures(
        RNG.random((32, 32)), RNG.random((16, 16)), RNG.integers(0, 10, (32, 32)), RNG.random((32, 32)),
        RNG.normal(size=(32, 32)), source="S",
    )  # fmt: skip
    assert isinstance(figure, Figure)
    low, high = figure.axes[4].images[0].get_clim()
    assert low == -high  # 0 is white


def test_range_comparison_names_its_units():
    names = ("mean", "defect_area_percent", "left_right", "other_thing", "max")
    table = pd.DataFrame(
        {"side": side, "label": k, "statistic": name, "low": k, "median": k + 1, "high": k + 2}
        for side in ("real", "twin")
        for k in (1, 3)
        for name in names
    )
    figure = sem_images.range_comparison(table, source="S")
    assert [ax.get_xlabel() for ax in figure.axes[:5]] == [
        "mean, grey levels", "defect's area, %", "right − left, grey levels", "other thing",
        "max, grey levels",
    ]  # fmt: skip
    assert sem_images.range_comparison(table[table.statistic == "max"], source="S").axes[0].axison


def seen(color: str, matrix=None) -> np.ndarray:
    """Return a colour in CIELAB, as it is or as a dichromat sees it."""
    part = np.array(to_rgb(color))
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    linear = linear if matrix is None else np.clip(np.array(matrix) @ linear, 0, 1)
    return rgb2lab(np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055))


def closest(colors, matrix=None) -> float:
    """Return the smallest difference (CIEDE2000) of two of the colours."""
    return min(float(deltaE_ciede2000(seen(a, matrix), seen(b, matrix))) for a, b in combinations(colors, 2))


def test_a_method_has_one_colour():
    """By whatever name its figures have it, and none that another method of the same paper has."""
    assert color_of("SSL (paper's method)") == color_of("trained") != color_of("Untrained encoder")
    assert color_of("Mean grey (1 number)") == color_of("mean grey")
    assert color_of("NPFC") == color_of("NPFC, paper") == COLORS[0] != color_of("NPFC, practical")
    assert color_of("median 3×3") == color_of("median") != color_of("median, dies only")
    assert color_of("√8 merge, ≥ 15") == color_of("√8 merge, keep ≥ 15")
    assert color_of("a new one") == COLORS[6]
    for paper in (("glcm", "lbp", "wavelet", "pca", "ssl", "untrained", "mean grey", "shading"),
                  ("npfc", "npfc, practical", "median", "median, dies only", "dbscan", "raw", "√8 merge",
                   "adjacency clustering", "iwmm")):  # fmt: skip
        assert len({color_of(name) for name in paper}) == len(paper)


ON_MAPS = (*wafer_maps.CLUSTER_COLORS, *wafer_maps.MEANINGS)


@pytest.mark.parametrize("matrix", [None, *DICHROMATS.values()], ids=["all", *DICHROMATS])
def test_colour_blind_readers_tell_colours_apart(matrix):
    """10 is a difference at a glance, 2 the smallest that is seen side by side.

    On a map, no die and good die (5.6) differ less, by intent: the wafer lies quietly on the page.
    """
    assert closest(COLORS[:6], matrix) > 12
    assert (
        closest(COLORS, matrix) > 8
    )  # green and grey; where both are drawn, the markers differ or words stand
    on_maps = [color for color in ON_MAPS if color != wafer_maps.NOWHERE]
    assert closest(on_maps, matrix) > 9


def test_greys_and_white_are_no_strange_colours_and_pictures_may_be_grey():
    use_style()
    figure, ax = plt.subplots(figsize=(WIDTH, 3))
    picture(ax, RNG.random((8, 8)))
    ax.plot([0, 1], [0, 1], color="#dddddd")
    check_figure(credit(figure, "made"))


SHELL = """
import base64, sys
from semlib.plots.style import use_style
use_style()
assert "matplotlib_inline.backend_inline" not in sys.modules, "outside of a notebook nothing is to be set"
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.display_formatter.active_types = shell.display_formatter.format_types
use_style()
import matplotlib.pyplot as plt
data, metadata = shell.display_formatter.format(plt.subplots(figsize=(3, 2))[0])
print(int.from_bytes(base64.b64decode(data["image/png"])[16:20], "big"), metadata["image/png"]["width"])
"""


def test_in_a_notebook_figures_have_two_pixels_for_each_of_the_page():
    pytest.importorskip("IPython")
    env = os.environ | {"MPLBACKEND": "agg"}
    run = subprocess.run([sys.executable, "-c", SHELL], capture_output=True, text=True, env=env, check=False)
    assert run.returncode == 0, run.stderr
    pixels, width = map(int, run.stdout.split())
    assert pixels == pytest.approx(2 * width, abs=1)
    assert pixels > 400
