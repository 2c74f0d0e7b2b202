"""The figures of the open points draw every change once, with and without labels."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from semlib.plots.sem_options import LOOK, option_dots, option_ranges
from semlib.sem.options.open_points import OPTIONS, ROWS


@pytest.fixture(scope="module")
def frame():
    """Every option, value and method, with scores that differ."""
    rows = [("default", "", True, method, -1, 0.3, 0.2) for method in ROWS]
    for name, option in OPTIONS.items():
        for i, value in enumerate(option.values):
            for method in option.methods(value):
                rows.append((name, value, i == 0, method, -1, 0.3 + 0.05 * i, 0.2 - 0.02 * i))
    return pd.DataFrame(
        rows, columns=["option", "value", "is_default", "method", "seed", "silhouette", "nmi"]
    )


def test_every_method_has_a_look():
    assert set(LOOK) == set(ROWS)
    assert len(set(LOOK.values())) == len(ROWS)


@pytest.mark.parametrize("draw", [option_dots, option_ranges])
@pytest.mark.parametrize("columns", [["silhouette", "nmi"], ["silhouette"]])
def test_figure(draw, columns, frame):
    figure = draw(frame.drop(columns=[c for c in ("silhouette", "nmi") if c not in columns]), source="S")
    figure.canvas.draw()
    assert len(figure.axes) == len(columns)
    assert any(text.get_text() == "data: S" for text in figure.texts)
    assert not plt.get_fignums()


def test_a_row_for_each_other_reading(frame):
    ax = option_dots(frame, source="S").axes[0]
    labels = [text.get_text() for text in ax.get_yticklabels()]
    assert labels == [value for option in OPTIONS.values() for value in list(option.values)[1:]]
    titles = [text.get_text().replace("\n", " ") for text in ax.texts]
    assert titles == [f"{option.title} ({option.default})" for option in OPTIONS.values()]


def test_dots_where_the_option_can_move_the_score_only(frame):
    only = frame[frame.option.isin(["default", "average", "sample"])]
    silhouette, nmi = option_dots(only, source="S").axes
    dots = [sum(line.get_marker() in "os" for line in ax.lines) for ax in (silhouette, nmi)]
    assert dots == [len(ROWS), 3 * len(ROWS)]  # one other sample; three other means of entropies


def test_ranges_are_sorted_and_the_gap_is_the_papers(frame):
    ax = option_ranges(frame, source="S").axes[0]
    # The most values first. By hand: 0.501581 - 0.449926.
    assert ax.get_yticklabels()[0].get_text() == "Wavelet: statistics"
    assert ax.patches[0].get_width() == pytest.approx(0.051655)
