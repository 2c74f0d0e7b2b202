import pandas as pd

from semlib.plots import sem_paper_scale, speed


def test_a_ratio_below_one_lies_left_of_the_line():
    table = pd.DataFrame({"ratio": [10.0, 0.2], "group": ["a", "b"]}, index=["fast", "slow"])
    figure = speed.ratios(table, source="made")
    (ax,) = figure.axes
    assert [t.get_text() for t in ax.texts] == ["10×", "0.2×"]
    assert [t.get_ha() for t in ax.texts] == ["left", "right"]
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["a", "b"]
    assert ax.get_xlim()[0] < 0.2
    assert ax.yaxis_inverted()


def test_growth_has_a_line_of_slope_one():
    table = pd.DataFrame({"ours": [8.0, 1.0], "other": [10.0, 5.0]}, index=[400, 100])
    (ax,) = speed.growth(table, linear_at="ours", source="made").axes
    *ways, linear = ax.lines
    assert [line.get_label() for line in ways] == ["ours", "other"]
    assert ways[0].get_ydata().tolist() == [1.0, 8.0]  # by size
    assert linear.get_ydata().tolist() == [1.0, 4.0]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


def test_training_shows_the_band_over_the_seeds():
    frame = pd.DataFrame(
        {"epoch": [1, 2], "loss": [1.0, 0.5], "spread": [0.5, 0.4], "effective_rank": [9, 5]}
    )
    history = {"mean": frame, "min": frame - 0.1, "max": frame + 0.1}
    axes = sem_paper_scale.training(history, dim=128, source="made").axes
    assert [ax.get_ylabel() for ax in axes] == ["cross-scale loss", "spread", "effective rank"]
    band = axes[0].collections[0].get_paths()[0].vertices[:, 1]
    assert (round(band.min(), 6), round(band.max(), 6)) == (0.4, 1.1)
    assert axes[2].lines[1].get_ydata()[0] == 128
