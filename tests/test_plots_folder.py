"""The figures of a user's folder are drawn for odd inputs, say which data made them, and show once."""

import numpy as np
import pandas as pd
import pytest
from figures_checked import check_figure

from semlib.plots import sem_folder as plots

RNG = np.random.default_rng(0)
PIXELS = RNG.random((9, 16, 16)).astype(np.float32)
CLUSTERS = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2])
DISTANCE = np.array([3.0, 1, 2, 0, 5, 4, 6, 8, 7])
BY_K = pd.DataFrame({"encoder": [0.5, np.nan, -0.1], "grey": [0.6, 0.5, 0.4]}, index=[2, 3, 4])
FIGURES = {
    "sheet": lambda: plots.contact_sheet(PIXELS, [f"{i}.png" for i in range(9)], source="S", columns=4),
    "sheet, one image": lambda: plots.contact_sheet([PIXELS[0, :5]], ["a.png"], source="S"),
    "common": lambda: plots.common_look(PIXELS, source="S"),
    "silhouettes": lambda: plots.silhouette_by_k(BY_K, 3, source="S"),
    "silhouettes, one k": lambda: plots.silhouette_by_k(BY_K.iloc[:1], 2, source="S"),
    "examples": lambda: plots.cluster_examples(PIXELS, CLUSTERS, DISTANCE, source="S", columns=3),
    "examples, one cluster": lambda: plots.cluster_examples(PIXELS, CLUSTERS * 0, DISTANCE, source="S"),
    "strips": lambda: plots.cluster_strips({"a": DISTANCE, "b": -DISTANCE}, CLUSTERS, source="S"),
    "strips, many clusters": lambda: plots.cluster_strips({"a": DISTANCE}, np.arange(9), source="S"),
}


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES)
def test_figure(make):
    check_figure(make())


def drawn(ax):
    return [np.asarray(image.get_array()) for image in ax.images]


def test_the_sheet_holds_every_image_once_with_a_short_name():
    names = ["lot_a/x.png", "a_name_too_long_to_print.tif", *map(str, range(7))]
    axes = plots.contact_sheet(PIXELS, names, source="S", columns=4).axes
    np.testing.assert_array_equal([drawn(ax)[0] for ax in axes if ax.images], PIXELS)
    titles = [ax.get_title() for ax in axes if ax.images]
    assert titles[:3] == ["x.png", "a_name_…int.tif", "0"]
    assert max(map(len, titles)) == plots.NAME_LENGTH


def test_examples_go_from_the_nearest_to_the_farthest():
    figure = plots.cluster_examples(PIXELS, CLUSTERS, DISTANCE, source="S", columns=3)
    rows = np.array(figure.axes).reshape(3, 4)
    assert [row[0].get_ylabel() for row in rows] == [
        "cluster 0\nn = 4",
        "cluster 1\nn = 3",
        "cluster 2\nn = 2",
    ]
    expected = [[3, 2, 0], [5, 4, 6], [8, 7]]  # of four members by rank 0, 1.5 rounded to 2, 3
    for row, members, c in zip(rows, expected, range(3), strict=True):
        np.testing.assert_allclose(drawn(row[0])[0], PIXELS[c == CLUSTERS].mean(0))
        shown = [drawn(ax)[0] for ax in row[1:] if ax.images]
        np.testing.assert_array_equal(shown, PIXELS[members])


def test_means_share_their_greys():
    figure = plots.cluster_examples(PIXELS, CLUSTERS, DISTANCE, source="S", columns=1)
    assert len({ax.images[0].get_clim() for ax in figure.axes[::2]}) == 1


def test_strips_show_every_image():
    ax = plots.cluster_strips({"a": DISTANCE}, CLUSTERS, source="S").axes[0]
    assert sorted(y for line in ax.lines for y in line.get_ydata()) == sorted(DISTANCE)
