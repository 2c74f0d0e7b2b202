"""The figures of what decides: drawn for odd tables too, with what they must name."""

import numpy as np
import pandas as pd
import pytest
from figures_checked import check_figure

from semlib.plots.wafer_failures import failure_rows
from semlib.plots.wafer_readings import reading_dots
from semlib.plots.wafer_stress import small_multiples
from semlib.wafer.hard_maps import HARD_MAPS, hard_map
from semlib.wafer.npfc import npfc
from semlib.wafer.reading_effects import OUTCOMES, SCORES
from semlib.wafer.readings import POINTS, single_readings
from semlib.wafer.stress import METHODS
from semlib.wafer.stress import SCORES as CURVES

RNG = np.random.default_rng(0)


def effects(missing=()):
    columns = pd.MultiIndex.from_product([(*OUTCOMES, *SCORES), ("mean", "low", "high")])
    index = pd.MultiIndex.from_tuples(list(single_readings())[1:], names=["point", "value"])
    table = pd.DataFrame(RNG.random((len(index), len(columns))), index, columns)
    for name in missing:
        table[name] = np.nan
    return table


@pytest.mark.parametrize("missing", [(), ("f1", "num_right"), ("f1",)])
def test_every_reading_has_a_row_and_every_point_its_title(missing):
    figure = reading_dots({"twin": effects(), "real": effects(missing)}, source="made up")
    check_figure(figure)
    ax = figure.axes[0]
    assert sorted(t.get_text() for t in ax.get_yticklabels()) == sorted(
        value for point in POINTS.values() for value in point.values
    )
    words = " ".join(text.get_text() for text in ax.texts)
    assert all(point.title in words for point in POINTS.values())
    assert "left open by the paper" in words


def test_always_two_is_a_line_in_the_panel_of_num():
    figure = reading_dots({"twin": effects()}, source="made up", always_two={"twin": 0.37})
    check_figure(figure)
    dashed = [line.get_xdata()[0] for line in figure.axes[4].lines if line.get_linestyle() == "--"]
    assert dashed == [0.37]
    assert "always two" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_part_of_the_readings_is_enough():
    check_figure(reading_dots({"twin": effects().loc[["gap", "covers"]]}, source="made up"))
    check_figure(reading_dots({"twin": effects().loc[["covers"]] * 0}, source="made up"))


@pytest.mark.parametrize("options", [{"percent": True}, {"log": True}, {}])
def test_small_multiples_have_a_column_for_each_method(options):
    table = pd.DataFrame(
        {"method": m, "level": x, "score": s, "mean": y, "low": y - 0.1, "high": y, "n": 9}
        for m in METHODS
        for s in CURVES
        for x in (1.0, 2.0, 3.0)
        if not (s == "num_right" and m == "do nothing")
        for y in [RNG.random()]
    )
    figure = small_multiples(table, "level", source="made up", always_two={1: 0.3, 2: 1, 3: 0}, **options)
    check_figure(figure)
    assert [ax.get_title() for ax in figure.axes if ax.get_title()] == list(METHODS)
    assert any(t.get_text() == "counts nothing" for ax in figure.axes for t in ax.texts)


def test_the_gallery_says_why():
    hard = {name: hard_map(name) for name in HARD_MAPS}
    results = [{n: npfc(h.wafer_map, mode=m) for n, h in hard.items()} for m in ("paper", "practical")]
    figure = failure_rows(hard, *results, source="made by hand")
    check_figure(figure)
    words = " ".join(t.get_text() for ax in figure.axes for t in ax.texts).replace("\n  ", " ")
    for one in hard.values():
        assert one.fails in words.replace("\n", " ")
    assert "case 4, wholly outside it" in words
