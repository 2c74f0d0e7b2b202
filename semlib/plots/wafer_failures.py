"""The gallery of NPFC's failures: the truth, what both modes make of it, and the reason in words."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from semlib.plots.style import credit, picture
from semlib.plots.wafer_maps import ASIDE, GOOD_DIE, REMOVED, cluster_layers, legend, paint
from semlib.wafer.hard_maps import HardMap
from semlib.wafer.maps import DEFECTIVE
from semlib.wafer.npfc_types import NpfcResult


def failure_rows(
    hard: Mapping[str, HardMap],
    paper: Mapping[str, NpfcResult],
    practical: Mapping[str, NpfcResult],
    *,
    source: str,
) -> Figure:
    """Show each map's truth, its clusters in both modes with the removed dies marked, and what decided.

    Parameters
    ----------
    hard : mapping of str to HardMap
        By name. The arrow points at the die that the reason is given for.
    paper, practical : mapping of str to NpfcResult
        Of the same maps.
    source : str
    """
    figure, axes = plt.subplots(
        len(hard), 4, figsize=(7.5, 1.72 * len(hard) + 0.5), width_ratios=(1, 1, 1, 1.75), squeeze=False,
        layout="constrained",
    )  # fmt: skip
    for row, (name, one) in zip(axes, hard.items(), strict=True):
        noise = (one.wafer_map == DEFECTIVE) & (one.truth < 0)
        layers = [(noise, ASIDE), *cluster_layers(one.truth)]
        picture(row[0], paint(one.wafer_map, layers)).set_title(
            " + ".join(one.patterns) or "no pattern", fontsize=7.5
        )
        for ax, result in zip(row[1:3], (paper[name], practical[name]), strict=True):
            _kept(ax, one, result)
        row[3].set_axis_off()
        row[3].text(0, 1, name, fontsize=8.5, weight="bold", va="top")
        row[3].text(0, 0.88, _reason(one, paper[name]), fontsize=6.8, va="top", linespacing=1.2)
    for ax, mode in zip(axes[0, :3], ("truth", "paper's mode", "practical mode"), strict=True):
        ax.text(0.5, 1.25, mode, transform=ax.transAxes, ha="center", fontsize=8.5, weight="bold")
    legend(figure, {GOOD_DIE: "good die", ASIDE: "noise", REMOVED: "removed"})
    return credit(figure, source)


def _kept(ax: Axes, one: HardMap, result: NpfcResult) -> None:
    gone = (one.wafer_map == DEFECTIVE) & (result.labels < 0)
    picture(ax, paint(one.wafer_map, [(gone, REMOVED), *cluster_layers(result.labels)]))
    ax.set_title(f"Num = {result.num}, {int(gone.sum())} dies removed", fontsize=7.5)
    row, column = one.ask
    size = max(one.wafer_map.shape)
    away = -size / 6 if column > size / 2 else size / 6
    ax.annotate("", (column, row), (column + away, row - size / 6), arrowprops={"arrowstyle": "->", "lw": 1})


def _reason(one: HardMap, result: NpfcResult, *, width: int = 54) -> str:
    """Return what goes wrong, the account of the asked die, and the SD of each Num."""
    lines = [one.fails, *_short(result.explain_die(*one.ask).splitlines())]
    if result.scores:
        best = {score.num: f"{score.sd:.3f}" for score in result.scores}
        lines.append("SD by Num: " + ", ".join(f"{num}: {sd}" for num, sd in best.items()))
    return "\n".join(fill(line.strip(), width, subsequent_indent="  ") for line in lines)


def _short(lines: list[str], *, most: int = 5) -> list[str]:
    """Leave out the distances where they decide nothing: a core of case 4 is out by its radius alone."""
    cut = [line.split("(alpha")[0].strip() if ": case 4" in line else line for line in lines]
    return list(np.array(cut, dtype=object)[:most])
