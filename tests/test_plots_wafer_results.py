"""The figure of results is made for any number of maps, and says what was removed."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from semlib.plots.wafer_maps import CLUSTER_COLORS
from semlib.plots.wafer_results import GONE, kept_below

MAP = np.array([[0, 2, 2], [1, 2, 2], [2, 1, 1]], np.uint8)
LABELS = np.array([[-1, 0, 0], [-1, 0, 1], [-1, -1, -1]])


@pytest.mark.parametrize(("n", "panels"), [(1, 2), (4, 8), (5, 16)])
def test_each_map_has_its_result_below_it(n, panels):
    figure = kept_below([MAP] * n, [LABELS] * n, [f"map {i}" for i in range(n)], source="odd")
    figure.canvas.draw()
    shown = [text.get_text() for text in figure.findobj(plt.Text)]
    assert len(figure.axes) == panels
    assert shown.count("1 dies removed, 2 clusters") == n
    assert {"map 0", f"map {n - 1}", "data: odd"} <= set(shown)
    below = figure.axes[min(n, 4)].get_images()[0].get_array()
    assert below[2, 0].tolist() == list(to_rgb(GONE))
    assert below[1, 2].tolist() == list(to_rgb(CLUSTER_COLORS[1]))


def test_a_map_without_clusters():
    figure = kept_below([MAP], [np.full((3, 3), -1)], ["one"], source="odd")
    assert figure.axes[1].get_title() == "5 dies removed, 0 clusters"
