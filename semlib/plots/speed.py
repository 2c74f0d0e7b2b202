"""How fast the library is, against what a user would write."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from semlib.plots.style import COLORS, GREY, credit


def ratios(table: pd.DataFrame, *, source: str) -> Figure:
    """Show how many times as fast as its peer each step is, on a logarithmic axis.

    ``table`` is indexed by step and has the columns ``ratio`` (the peer's time over ours) and ``group``.
    """
    groups = list(dict.fromkeys(table.group))
    figure, ax = plt.subplots(figsize=(7.5, 0.27 * len(table) + 1.1), layout="constrained")
    for y, (ratio, group) in enumerate(zip(table.ratio, table.group, strict=True)):
        color = COLORS[groups.index(group) % len(COLORS)]
        ax.plot([1, ratio], [y, y], color=color, lw=5, alpha=0.5, solid_capstyle="butt")
        ax.plot(ratio, y, "o", color=color, ms=5)
        side = 1 if ratio >= 1 else -1
        ax.annotate(
            f"{float(f'{ratio:.2g}'):g}×",  # 180, and not 1.8e+02
            (ratio, y),
            (7 * side, 0),
            textcoords="offset points",
            va="center",
            ha="left" if side > 0 else "right",
            fontsize=8,
        )
    ax.axvline(1, color=GREY, lw=1)
    ax.set(xscale="log", yticks=range(len(table)), yticklabels=table.index)
    ax.set_xlabel("times as fast as the plain way (1: the same; left of it: slower)")
    ax.set_xlim(min(0.5, table.ratio.min() / 2.5), table.ratio.max() * 3)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.invert_yaxis()
    handles = [plt.Line2D([], [], color=COLORS[i % len(COLORS)], marker="o") for i in range(len(groups))]
    figure.legend(handles, groups, loc="outside upper center", ncols=len(groups), fontsize=8)
    return credit(figure, source)


def growth(table: pd.DataFrame, *, linear_at: str, source: str) -> Figure:
    """Show how the time grows with the size of a map, both logarithmic, beside a line of slope 1.

    Parameters
    ----------
    table : DataFrame
        Milliseconds a map; indexed by the number of cells, a column for each way.
    linear_at : str
        The column at whose value for the smallest map the line of slope 1 begins.
    source : str
    """
    table = table.sort_index()
    figure, ax = plt.subplots(figsize=(7.5, 3.8), layout="constrained")
    for k, (name, times) in enumerate(table.items()):
        ax.plot(table.index, times, "o-", color=COLORS[k % len(COLORS)], ms=4, label=name)
    cells = table.index.to_numpy(float)
    first = table[linear_at].iloc[0]
    ax.plot(cells, first * cells / cells[0], "--", color=GREY, lw=1, label="as the cells, O(n)")
    ax.set(xscale="log", yscale="log", xlabel="cells of the map", ylabel="ms a map")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    ax.legend(fontsize=8)
    return credit(figure, source)
