"""Neighbours, montages, silhouettes and confusion are drawn for odd inputs, and show what they say."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from semlib.plots import sem_clusters as plots
from semlib.plots.style import COLORS
from semlib.sem.neighbours import (
    cluster_table,
    nearest_neighbours,
    nearest_to_centres,
    same_class_share,
    silhouettes,
)

RNG = np.random.default_rng(0)
PIXELS = RNG.random((9, 16, 16)).astype(np.float32)
LABELS = np.array([3, 3, 3, 3, 4, 4, 6, 6, 1])
FEATURES = {"a": RNG.normal(size=(9, 4)), "b": RNG.normal(size=(9, 2))}
NEAREST = {name: nearest_neighbours(x, 3) for name, x in FEATURES.items()}
SHARES = {name: same_class_share(rows, LABELS) for name, rows in NEAREST.items()}
CLUSTERS = np.array([0, 0, 0, 0, 0, 2, 2, 2, 3])  # no image is in cluster 1, one alone in 3


def montage(labels=LABELS, clusters=CLUSTERS, **options):
    nearest = nearest_to_centres(FEATURES["a"], clusters, 4)
    table = cluster_table(clusters, labels=labels, grey=PIXELS.mean((1, 2)))
    return plots.cluster_montages(PIXELS, nearest, table, labels, source="S", **options)


def bars(clusters=CLUSTERS, **options):
    values = {name: silhouettes(x, clusters) for name, x in FEATURES.items()}
    return plots.silhouette_bars(values, dict.fromkeys(values, clusters), source="S", **options)


def heat(names=None):
    return plots.confusion_heat(dict.fromkeys("ab", pd.crosstab(LABELS, CLUSTERS)), names, source="S")


FIGURES = {
    "neighbours": lambda: plots.neighbour_rows(PIXELS, NEAREST, 4, LABELS, SHARES, source="S"),
    "neighbours, no labels": lambda: plots.neighbour_rows(PIXELS, NEAREST, 0, source="S"),
    "neighbours, one of one method": lambda: plots.neighbour_rows(
        (255 * PIXELS).astype(np.uint8), {"a": NEAREST["a"][:, :1]}, 8, LABELS, source="S"
    ),
    "montage": montage,
    "montage, no labels": lambda: montage(labels=None),
    "montage, one cluster": lambda: montage(clusters=CLUSTERS * 0),
    "montage, flat images": lambda: plots.cluster_montages(
        PIXELS * 0, {0: np.array([0])}, cluster_table(CLUSTERS), source="S"
    ),
    "silhouettes": bars,
    "silhouettes, two rows": lambda: bars(columns=1),
    "silhouettes, one cluster": lambda: bars(CLUSTERS * 0),
    "heat": heat,
    "heat with names": lambda: heat({3: "particle"}),
}


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES)
def test_figure(make):
    figure = make()
    figure.canvas.draw()
    assert any(text.get_text() == "data: S" for text in figure.texts)
    assert not plt.get_fignums()


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_neighbours_stand_in_their_order_with_their_class():
    figure = plots.neighbour_rows(PIXELS, NEAREST, 4, LABELS, SHARES, source="S")
    expected = [str(LABELS[i]) for rows in NEAREST.values() for i in (4, *rows[4])]
    assert texts(figure.axes[0]) == expected
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["a", "b"]


def test_frames_say_whether_the_class_is_the_same():
    figure = plots.neighbour_rows(PIXELS, NEAREST, 4, LABELS, source="S")
    sheet = figure.axes[0].images[0].get_array()
    cell = sheet.shape[0] // 2
    for y, rows in enumerate(NEAREST.values()):
        for x, i in enumerate(rows[4], 1):
            color = plots.SAME if LABELS[i] == 4 else plots.OTHER
            np.testing.assert_allclose(sheet[y * cell + cell // 2, x * cell + 7], to_rgb(color))


def test_bars_show_shares_and_chance():
    figure = plots.neighbour_rows(PIXELS, NEAREST, 4, LABELS, SHARES, source="S")
    all_images, by_class = figure.axes[0].child_axes
    assert [bar.get_width() for bar in all_images.patches] == [SHARES[name].share for name in "ab"]
    assert [bar.get_width() for bar in by_class.patches] == [SHARES[name].macro_share for name in "ab"]
    assert {line.get_xdata()[0] for line in by_class.lines} == {SHARES["a"].macro_chance}


def test_montage_has_a_panel_for_each_cluster_with_its_facts():
    panels = [ax for ax in montage().axes if ax.images]
    titles = [ax.get_title(loc="left") for ax in panels]
    assert [title.split("\n")[0] for title in titles] == [
        "cluster 0, n = 5",
        "cluster 2, n = 3",
        "cluster 3, n = 1",
    ]
    assert [title.split("\n")[1].split(",")[0] for title in titles] == [
        "80% class 3",
        "67% class 6",
        "100% class 1",
    ]
    corner = panels[2].images[0].get_array()[7, 49]  # on the frame of the only image of cluster 3
    np.testing.assert_allclose(corner, to_rgb(COLORS[0]))


def test_silhouette_bars_hold_every_image_and_the_mean():
    for ax, x in zip(bars().axes, FEATURES.values(), strict=True):
        values = silhouettes(x, CLUSTERS)
        assert ax.get_title().endswith(f"{values.mean():.2f}")
        assert texts(ax) == ["0", "2", "3"]
        drawn = np.concatenate([c.get_paths()[0].vertices[:, 0] for c in ax.collections])
        assert set(values.round(9)) <= set(drawn.round(9))


def test_heat_shows_counts_shares_and_class_sizes():
    ax = heat({3: "particle"}).axes[0]
    assert [t.get_text() for t in ax.get_yticklabels()] == [
        "class 1, n = 1",
        "3: particle, n = 4",
        "class 4, n = 2",
        "class 6, n = 2",
    ]
    assert texts(ax)[:4] == ["0", "0", "1", "100%"]  # class 1: one image, in cluster 3
    np.testing.assert_array_equal(ax.images[0].get_array(), [[0, 0, 1], [1, 0, 0], [0.5, 0.5, 0], [0, 1, 0]])
