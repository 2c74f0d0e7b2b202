"""The figures of the claims are drawn for odd inputs too, say which data made them, and show once."""

import numpy as np
import pandas as pd
import pytest
from figures_checked import check_figure

from semlib.plots import sem_claims
from semlib.plots._methods import color_of
from semlib.sem.claims.verdict import claim_row, untestable

RNG = np.random.default_rng(0)
PANELS = {
    "recall": {"L1": {"trained": [0.1, 0.2], "mean grey": 1.0}, "L2": {"trained": [0.3, 0.1]}},
    "move": {"L1": {"trained": [0.1, 0.2], "mean grey": 1.0}, "L2": {"trained": [0.3, 0.1]}},
}
CURVES = pd.DataFrame(
    [
        {"kind": kind, "severity": s, "method": m, "seed": i, "drift": s * (1 + i), "moved": 0.1}
        for kind in ("noise", "blur", "a", "b", "c", "d")
        for s in (0.0, 1.0)
        for m, n in (("untrained", 2), ("trained", 2), ("own method", 1))
        for i in range(n)
    ]
)
XY = RNG.normal(size=(12, 2))
STRIPS = {kind: [RNG.random((9, 9))] * 3 for kind in "abc"}
FIGURES = {
    "dots": lambda: sem_claims.grouped_dots(
        PANELS, marks={"recall": 0.5}, limits={"recall": (0, 1)}, source="S"
    ),
    "dots, nothing": lambda: sem_claims.grouped_dots({"x": {"no labels": {"trained": [np.nan]}}}, source="S"),
    "strips": lambda: sem_claims.severity_strips(STRIPS, dict.fromkeys("abc", "012"), source="S"),
    "curves": lambda: sem_claims.robustness_curves(CURVES, dict.fromkeys(CURVES.kind, "px"), source="S"),
    "levels": lambda: sem_claims.lines_by_level(
        {"AMI": {"trained": [[0.1, 0.2], [0.3, 0.4]], "LBP": [[0.1], [0.2]]}},
        ["balanced", "beyond"],
        xlabel="mix",
        marks={"AMI": 0},
        source="S",
    ),
    "layouts": lambda: sem_claims.layout_grid(
        {"UMAP": {"trained": XY, "noise": XY}, "t-SNE": {"trained": XY, "noise": XY}},
        [3] * 11 + [6],
        source="S",
    ),
    "layouts, no labels": lambda: sem_claims.layout_grid({"UMAP": {"trained": XY}}, None, source="S"),
}


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES)
def test_figure(make):
    check_figure(make())


def test_methods_differ_in_colour():
    colors = [color_of(method) for method in sem_claims._ORDER]
    assert len(colors) == len(set(colors))


def test_verdicts_are_coloured_and_the_output_repeats():
    row = claim_row("5.5", "words", "–", untestable("no data"))
    table = pd.DataFrame([row, row | {"verdict": "holds"}, row | {"verdict": "does not hold"}])
    html = sem_claims.verdict_table(table).to_html()
    assert html == sem_claims.verdict_table(table).to_html()
    other = sem_claims.verdict_table(table.iloc[::-1]).to_html()  # its colours must not paint the first
    assert html.split('id="')[1][:10] != other.split('id="')[1][:10]
    assert all(color in html for color in ("#d7efe6", "#fbe0d0", "#eeeeee"))
