"""The figures beyond the paper are drawn for odd inputs too, say which data made them, and show once."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from semlib.plots import sem_stronger

RNG = np.random.default_rng(0)
VIEWS = RNG.random((4, 16, 16))
ENDS = {"": [0.2, 0.1], "_low": [0.1, -0.1], "_high": [0.3, 0.3]}
TABLE = pd.DataFrame(
    {f"{score}{end}": [0.2, 0.4, 0.6] for score in sem_stronger.TITLES for end in ("", "_low", "_high")},
    index=["a", "b", "c"],
)
GAINS = pd.DataFrame(
    {f"{score}{end}": values for score in ("knn", "linear") for end, values in ENDS.items()},
    index=["a − b", "c − b"],
)
FIGURES = {
    "views": lambda: sem_stronger.view_rows(VIEWS[0], {"x": VIEWS, "y": VIEWS[:2]}, source="S"),
    "dots": lambda: sem_stronger.probe_dots({"x": TABLE, "y": TABLE[:2]}, chance=0.3, groups=[1], source="S"),
    "one table": lambda: sem_stronger.probe_dots({"x": TABLE}, chance=0.3, source="S"),
    "gains": lambda: sem_stronger.gain_dots({"x": GAINS, "y": GAINS[:1]}, source="S"),
    "confusions": lambda: sem_stronger.confusions(
        {"x": np.eye(3, dtype=int), "y": np.ones((3, 3), int)}, ["a", "b", "c"], source="S"
    ),
}


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES)
def test_figure(make):
    figure = make()
    figure.canvas.draw()
    assert any(text.get_text() == "data: S" for text in figure.texts)
    assert not plt.get_fignums()  # closed, so that a notebook shows it once


def test_a_method_that_a_table_lacks_has_no_dot():
    ax = FIGURES["dots"]().axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "c"]
    drawn = [int(np.isfinite(line.get_xdata()).sum()) for line in ax.lines if line.get_marker() == "o"]
    assert drawn == [3, 2]


def test_only_a_sure_difference_is_filled():
    dots = sem_stronger.gain_dots({"x": GAINS}, source="S").axes[0].collections[-1]
    assert [tuple(color[:3]) == (1, 1, 1) for color in dots.get_facecolors()] == [False, True]


def test_confusions_are_shares_of_the_row():
    figure = sem_stronger.confusions({"x": np.array([[1, 3], [0, 2]])}, ["a", "b"], source="S")
    assert [text.get_text() for text in figure.axes[0].texts] == ["25%", "75%", "0%", "100%"]
