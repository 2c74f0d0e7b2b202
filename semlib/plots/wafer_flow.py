"""NPFC as one chain of pictures, paper 2's Fig. 3 with a real map in it."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from semlib.plots._dies import below, dies
from semlib.plots.style import GREY, credit
from semlib.plots.wafer_maps import ASIDE, CLUSTER_COLORS, DEFECT, REMOVED, legend
from semlib.plots.wafer_steps import label_layers, preliminary_layers
from semlib.wafer.maps import DEFECTIVE
from semlib.wafer.npfc_types import NpfcResult


def flow(wafer_map: np.ndarray, result: NpfcResult, *, source: str) -> Figure:
    """Draw the way of a map through either mode of NPFC (Fig. 3).

    In the paper's mode the cores are chosen and the verdicts made once for every Num; in the practical one
    only once, by the size floor.
    """
    quiet = np.where(result.noise, 1, wafer_map)
    gone = (wafer_map == DEFECTIVE) & (result.labels < 0) & ~result.noise
    n_merged = int(result.merged.max(initial=-1)) + 1
    merged = [(result.merged == k, CLUSTER_COLORS[k % len(CLUSTER_COLORS)]) for k in range(n_merged)]
    others = [(result.merged == k, ASIDE) for k in range(n_merged) if k not in result.cores]
    practical = result.mode == "practical"
    verdicts = [*label_layers(result), (gone, REMOVED)]
    chain = (
        ("map", f"{(wafer_map == DEFECTIVE).sum()} defective", wafer_map, []),
        ("noise", f"{result.noise.sum()} dies go", wafer_map, [(result.noise, REMOVED)]),
        ("clusters", "dies that touch", quiet, preliminary_layers(result)),
        ("pre-merge", "at most √8 apart", quiet, merged),
        ("cores", "the large ones" if practical else f"the {result.num} largest", quiet, [*merged, *others]),
        ("verdicts", "the others go" if practical else "join or go", quiet, verdicts),
        ("result", f"Num = {result.num}", result.filtered, label_layers(result)),
    )
    figure = plt.figure(figsize=(7.5, 2), layout="constrained")
    grid = figure.add_gridspec(2, len(chain), height_ratios=(4, 1.3))
    axes = [figure.add_subplot(grid[0, i]) for i in range(len(chain))]
    for i, (ax, (name, text, shown, layers)) in enumerate(zip(axes, chain, strict=True)):
        dies(ax, shown, layers, name)
        below(ax, text, size=6.5)
        if i:
            ax.annotate(
                "",
                (0, 0.5),
                (-0.17, 0.5),
                xycoords="axes fraction",
                arrowprops={"arrowstyle": "-|>", "color": GREY, "lw": 1, "shrinkA": 0, "shrinkB": 0},
            )
    if len(result.scores) > 1:
        tried = ", ".join(str(score.num) for score in result.scores)
        _loop(
            figure.add_subplot(grid[1, :]), 4, 5, len(chain), f"for each Num = {tried}; the largest SD stays"
        )
    legend(figure, {DEFECT: "defective", ASIDE: "no core", REMOVED: "removed"})
    return credit(figure, source)


def _loop(ax: Axes, first: int, last: int, n: int, text: str) -> None:
    """Draw an arrow below n panels from one back to another, and write beside it."""
    ax.set(xlim=(0, n), ylim=(0, 1))
    ax.set_axis_off()
    style = {"arrowstyle": "-|>", "color": GREY, "lw": 1, "connectionstyle": "arc3,rad=-0.35"}
    ax.annotate("", (first + 0.5, 1), (last + 0.5, 1), arrowprops=style)
    ax.text(first + 0.4, 0.55, text, fontsize=6.5, color=GREY, ha="right", va="center")
