"""How each comparator's score depends on its parameter."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from semlib.plots.style import COLORS, GREY, credit

NOISE_COLORS = (COLORS[0], COLORS[2], COLORS[1], COLORS[5], COLORS[3])
CHOSEN = "#e0e0e0"
NOTHING = "do nothing"
_NAMES = {"f1": "F1", "ari": "ARI"}


def scores_by_parameter(rows: pd.DataFrame, chosen: pd.DataFrame, *, source: str, columns: int = 3) -> Figure:
    """Show the mean score of each method against its parameter, a line a noise level, a panel a method.

    Parameters
    ----------
    rows : DataFrame
        From :func:`semlib.wafer.sweeps.sweep`, with a column ``noise`` (a share) besides. Of "do nothing"
        each panel has a dashed line for each noise level. Methods without a parameter share the first panel.
    chosen : DataFrame
        From :func:`semlib.wafer.sweeps.choose`: which score counts for a method, and the value to mark.
    source : str
        The data.
    columns : int, default 3
        Panels side by side.
    """
    levels = sorted(rows.noise.unique())
    methods = list(dict.fromkeys(rows.method))
    plain = [name for name in methods if not chosen.parameter[name]]
    swept = [name for name in methods if chosen.parameter[name]]
    n = len(swept) + bool(plain)
    shape = (-(-n // columns), min(columns, n))
    figure, axes = plt.subplots(
        *shape, figsize=(7.5, 1.85 * shape[0] + 0.7), squeeze=False, layout="constrained"
    )
    for ax in axes.flat[n:]:
        ax.set_axis_off()
    panels = iter(axes.flat)
    if plain:
        ax = next(panels)
        scores = rows[rows.method.isin(plain)].groupby(["method", "noise"], sort=False).f1.mean().unstack()
        _lines(ax, scores, levels, ls="")
        ax.set(title="no parameter", ylabel="F1", xlim=(-0.6, len(plain) - 0.4))
    for name in swept:
        _panel(next(panels), rows, name, chosen.loc[name], levels)
    _same_scale([ax for ax in axes.flat[:n] if ax.get_ylabel() == "F1"])
    handles = [
        *(
            Line2D([], [], color=color, marker="o", ms=3.5, label=f"{noise:.0%} noise")
            for noise, color in zip(levels, NOISE_COLORS, strict=False)
        ),
        Line2D([], [], color=GREY, ls="--", lw=1, label=NOTHING),
        Patch(facecolor=CHOSEN, label="chosen on the tuning maps"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=6, fontsize=7.5)
    return credit(figure, source)


def _panel(ax: Axes, rows: pd.DataFrame, name: str, choice: pd.Series, levels: list[float]) -> None:
    means = rows[rows.method.isin([name, NOTHING])].groupby(["method", "value", "noise"], sort=False)
    means = means[choice.by].mean().unstack()
    scores = means.loc[name]
    if NOTHING in means.index:
        for noise, color in zip(levels, NOISE_COLORS, strict=False):
            ax.axhline(means.loc[NOTHING][noise].iloc[0], color=color, ls="--", lw=0.9, alpha=0.8)
    at = list(scores.index).index(choice.value)
    ax.axvspan(at - 0.4, at + 0.4, color=CHOSEN, lw=0, zorder=0)
    _lines(ax, scores, levels)
    ax.set(title=name, xlabel=choice.parameter, ylabel=_NAMES.get(choice.by, choice.by))


def _lines(ax: Axes, scores: pd.DataFrame, levels: list[float], ls: str = "-") -> None:
    """Draw a line for each noise level; the index of ``scores`` names the places along x.

    Where names are pairs, such as "√2, 3", the line is broken where the first of them changes.
    """
    x = np.arange(len(scores))
    firsts = np.array([name.rpartition(", ")[0] for name in scores.index])
    for noise, color in zip(levels, NOISE_COLORS, strict=False):
        for first in dict.fromkeys(firsts):
            part = firsts == first
            ax.plot(x[part], scores[noise][part], marker="o", ms=3.5, lw=1.3, ls=ls, color=color)
    long = sum(map(len, scores.index)) > 24
    ax.set_xticks(x, scores.index, rotation=90 if long and len(scores) > 3 else 0, fontsize=7)
    ax.tick_params(axis="y", labelsize=7)
    ax.grid(axis="y", alpha=0.3)


def _same_scale(axes: list[Axes]) -> None:
    """Give panels of the same score the same y axis."""
    limits = [ax.get_ylim() for ax in axes]
    for ax in axes:
        ax.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))
