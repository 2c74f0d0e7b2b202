"""The figures of scores: what is set apart, what an interval is over, and the table to look at."""

import numpy as np
import pandas as pd
import pytest
from figures_checked import check_figure

from semlib.plots import sem_scores
from semlib.sem.table import METHODS, PAPER, SSL

SCORES = ("silhouette", "nmi")


def table_of(rows, *, labels=True):
    names = [f"{s}{end}" for s in SCORES[: 1 + labels] for end in ("", "_low", "_high")]
    return pd.DataFrame([[0.4, 0.3, 0.5] * (1 + labels)] * len(rows), index=list(rows), columns=names)


FULL = table_of([*METHODS, "Mean grey (1 number)"]).assign(
    interval=["seeds" if m == SSL else "images" for m in (*METHODS, "Mean grey (1 number)")]
)
SWEEP = pd.DataFrame(
    [
        {"method": m, "version": v, "k": k, "silhouette": 0.5 - 0.1 * (k == 3), "nmi": 0.2, "ami": -0.1}
        for m in ("GLCM", "x")
        for v in (0, 1)
        for k in (2, 3)
    ]
)
FIGURES = {
    "dots": lambda: sem_scores.score_dots(FULL, PAPER, source="S", ceilings={"a": 0.4, "b": 0.2}),
    "dots, rows of no paper": lambda: sem_scores.score_dots(table_of("ab"), None, source="S"),
    "dots, no labels": lambda: sem_scores.score_dots(table_of("ab", labels=False), None, source="S"),
    "dots, no interval": lambda: sem_scores.score_dots(
        FULL.assign(silhouette_low=np.nan, silhouette_high=np.nan), PAPER, source="S"
    ),
    "variants": lambda: sem_scores.score_variants(dict.fromkeys("abc", FULL), source="S"),
    "k": lambda: sem_scores.k_curves(SWEEP, k=6, source="S"),
    "k, no labels": lambda: sem_scores.k_curves(SWEEP.drop(columns=["nmi", "ami"]), k=6, source="S"),
}


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES)
def test_figure(make):
    check_figure(make())


def words(figure):
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    return legend, [text.get_text() for ax in figure.axes for text in ax.texts]


def test_dots_say_what_an_interval_is_over_and_what_is_a_control():
    legend, notes = words(FIGURES["dots"]())
    assert legend == [
        *("this run", "paper, Table 1 (other data)"),
        *("95 % over seeds", "a", "b", "95 % over images"),
    ]
    assert notes == ["the paper's methods", "controls"]
    legend, notes = words(FIGURES["dots, rows of no paper"]())
    assert legend == ["this run", "95 % over seeds"]
    assert notes == []


def test_styled_table_shows_interval_paper_and_highest():
    table = FULL.copy()
    table.loc["LBP", "nmi"] = 0.45
    html = sem_scores.score_styler(table, PAPER).to_html()
    assert html == sem_scores.score_styler(table, PAPER).to_html()
    assert "0.400 (0.30–0.50)" in html
    assert "0.289" in html  # the paper's NMI of LBP
    assert "–</td>" in html  # the paper has no mean grey
    assert sem_scores.score_styler(table_of("ab")).to_html()
