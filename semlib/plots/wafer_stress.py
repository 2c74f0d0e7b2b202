"""Scores against what makes a map hard: a column a method, a row a score, the other methods pale behind."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from semlib.plots._methods import color_of
from semlib.plots.style import GREY, credit

_TITLES = {
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "noise_kept": "noise kept",
    "num_right": "Num right",
}


def small_multiples(
    table: pd.DataFrame,
    xlabel: str,
    *,
    source: str,
    log: bool = False,
    percent: bool = False,
    always_two: dict[float, float] | None = None,
) -> Figure:
    """Show every score of every method against the level, with its interval over maps.

    Parameters
    ----------
    table : DataFrame
        From `semlib.wafer.stress.curves`.
    xlabel : str
        What the level is.
    source : str
    log : bool, default False
        Whether the level's axis is logarithmic, with a tick at each level.
    percent : bool, default False
        Whether the level is a share.
    always_two : dict of float to float, optional
        By level, the share of maps on which the answer "two" is right: a dashed line beside "Num right".
    """
    methods = list(dict.fromkeys(table.method))
    scores = [score for score in _TITLES if score in set(table.score)]
    figure, axes = plt.subplots(
        len(scores), len(methods), figsize=(7.5, 1.02 * len(scores) + 0.8), sharex=True, sharey="row",
        squeeze=False, layout="constrained",
    )  # fmt: skip
    levels = sorted(table.level.unique())
    for row, score in zip(axes, scores, strict=True):
        part = table[table.score == score]
        for ax, method in zip(row, methods, strict=True):
            _panel(ax, part, method, color_of(method))
            if score == "num_right" and always_two is not None:
                ax.plot(levels, [always_two[x] for x in levels], color="black", lw=0.9, ls="--", zorder=2)
        row[0].set_ylabel(_TITLES[score], fontsize=8)
        row[0].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        row[0].set_ylim(*_limits(part))
    for ax, method in zip(axes[0], methods, strict=True):
        ax.set_title(method, fontsize=8, weight="bold" if method.startswith("NPFC") else "normal")
    for ax in axes.flat:
        ax.tick_params(labelsize=6.5)
        ax.grid(axis="y", alpha=0.3)
        if log:
            ax.set_xscale("log")
            ax.set_xticks(levels, [f"{x:g}" for x in levels])
            ax.minorticks_off()
        elif not percent:
            ax.set_xticks(levels)
        if percent:
            ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    if log:  # every second level, so that the words do not touch
        for ax in axes[-1]:
            ax.set_xticks(levels, [f"{x:g}" if i % 2 == 0 else "" for i, x in enumerate(levels)])
    figure.supxlabel(xlabel, fontsize=8)
    return credit(figure, source)


def _panel(ax: Axes, part: pd.DataFrame, method: str, color: str) -> None:
    for other, line in part.groupby("method", sort=False):
        if other != method:
            ax.plot(line.level, line["mean"], color="#d0d0d0", lw=0.8, zorder=1)
    line = part[part.method == method]
    if line.empty:
        box = {"facecolor": "white", "lw": 0, "pad": 1.5}
        place = {"transform": ax.transAxes, "ha": "center", "va": "center", "zorder": 5}
        ax.text(0.5, 0.5, "counts nothing", fontsize=6.5, color=GREY, bbox=box, **place)
        return
    ax.fill_between(line.level, line.low, line.high, color=color, alpha=0.25, lw=0, zorder=3)
    ax.plot(line.level, line["mean"], color=color, lw=1.6, marker="o", ms=2.6, zorder=4)


def _limits(part: pd.DataFrame) -> tuple[float, float]:
    """Return where a row begins and ends: at 0 and 1, or closer where all values are high."""
    lowest = part["mean"].min()
    return (0.0 if lowest < 0.4 else lowest - 0.08), 1.04
