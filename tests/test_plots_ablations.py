"""The figures of collapse and ablations are drawn for odd inputs too, and show what they are given."""

import numpy as np
import pandas as pd
import pytest
from figures_checked import check_figure

from semlib.plots import sem_ablations as plots
from semlib.sem.ablations import ABLATIONS, REFERENCE, ablation_table
from semlib.sem.precision import precision_table

GROUPS = {name: ablation.group for name, ablation in ABLATIONS.items()}
RNG = np.random.default_rng(0)
MEASURES = ("spread", "effective_rank", "silhouette", "nmi")


def rows(names, seeds=2, measures=MEASURES):
    """Made-up results of some ablations."""
    columns = [f"{prefix}{m}" for m in measures for prefix in ("", "untrained_")]
    return pd.DataFrame(
        {"ablation": name, "group": GROUPS[name], "seed": seed, "level": 0, "loss": 0.1}
        | dict(zip(columns, RNG.uniform(0.2, 1, len(columns)), strict=True))
        for name in names
        for seed in range(seeds)
    )


def curves(names):
    return pd.DataFrame(
        {"ablation": name, "epoch": epoch, "spread": 0.5, "effective_rank": 3.0}
        for name in names
        for epoch in (1, 2)
    )


SCORES = pd.DataFrame(
    {"variant": v, "seed": s, "loss": RNG.random(), "silhouette": RNG.random()}
    for v in ("float32", "bf16 training")
    for s in range(3)
)
AGREEMENT = pd.DataFrame({"pair": ["bf16 training", "float32, another seed"], "ari": [0.9, 0.7]})
HISTORY = pd.DataFrame(
    {
        "epoch": [1, 2],
        "loss": [1.0, 0.5],
        "loss 0→1": [1.0, 0.4],
        "spread": [0.8, 0.7],
        "effective_rank": [9.0, 4],
    }
)
SOME = (REFERENCE, "no head", "L0 alone")
FIGURES = {
    "collapse": lambda: plots.collapse_curves(
        HISTORY,
        dim=16,
        before={"spread": 0.4, "effective_rank": 12.0},
        after={"spread": 0.6, "effective_rank": 3.0},
        source="S",
    ),
    "curves": lambda: plots.ablation_curves(curves(ABLATIONS), GROUPS, reference=REFERENCE, source="S"),
    "curves, one group": lambda: plots.ablation_curves(
        curves(SOME[:2]), GROUPS, reference=REFERENCE, source="S"
    ),
    "dots": lambda: plots.ablation_dots(ablation_table(rows(SOME)), reference=REFERENCE, source="S"),
    "dots, one seed, no labels": lambda: plots.ablation_dots(
        ablation_table(rows(SOME, 1, MEASURES[:3])), reference=REFERENCE, source="S"
    ),
    "rank": lambda: plots.rank_and_silhouette(rows(ABLATIONS), mean_grey=0.5, source="S"),
    "rank, no labels": lambda: plots.rank_and_silhouette(
        rows(SOME, 1, MEASURES[:3]), mean_grey=None, source="S"
    ),
    "precision": lambda: plots.precision_dots(
        SCORES, precision_table(SCORES), AGREEMENT, variant="bf16 training", source="S"
    ),
}


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES)
def test_figure(make):
    check_figure(make())


def test_the_untrained_encoder_is_a_line_and_the_finished_one_a_point():
    axes = FIGURES["collapse"]().axes
    for ax, start, end in ((axes[1], 0.4, 0.6), (axes[2], 12, 3)):
        by_label = {line.get_label(): line for line in ax.lines}
        assert set(by_label["untrained encoder, all images"].get_ydata()) == {start}
        assert list(by_label["finished, all images"].get_xydata()[0]) == [2, end]


def test_no_curve_is_cut_off():
    high = pd.concat([curves(SOME), curves(["max pooling"]).assign(spread=0.9, effective_rank=80.0)])
    figure = plots.ablation_curves(high, GROUPS, reference=REFERENCE, source="S")
    for ax in figure.axes:
        low, most = ax.get_ylim()
        assert all(low <= y <= most for line in ax.lines for y in line.get_ydata())


def test_each_run_is_a_dot():
    figure = FIGURES["rank"]()
    assert sum(len(dots.get_offsets()) for dots in figure.axes[0].collections) == 2 * len(ABLATIONS)
