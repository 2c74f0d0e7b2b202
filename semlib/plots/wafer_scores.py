"""The figures of paper 2 that show scores over many maps. Each takes a table, and returns the figure."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from semlib.plots._methods import known
from semlib.plots.style import BROWN, COLORS, GREY, INDIGO, credit

ARROW = {"smaller": "↓", "larger": "↑"}
#: Of methods that have no colour of their own.
RIVAL_COLORS = (INDIGO, BROWN, *COLORS[1:6])
VERDICT_COLORS = {
    "NPFC better": COLORS[0],
    "equal": "#c8c8c8",
    "NPFC worse": COLORS[5],
    "undefined": "#ececec",
}


def removal_by_noise(shares: pd.DataFrame, *, source: str) -> Figure:
    """Show which share of dies is removed against the noise level: a line a column, both as fractions.

    The index of ``shares`` is the noise level.
    """
    figure, ax = plt.subplots(figsize=(7.5, 2.9), layout="constrained")
    for name, marker in zip(shares.columns, "os^D", strict=False):
        ax.plot(shares.index, shares[name], marker=marker, label=name)
    ax.set(xlabel="noise: share of the other dies that are defective at random", ylabel="share removed")
    ax.set(xticks=shares.index, ylim=(-0.03, 1.03))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.grid(axis="y", alpha=0.3)
    ax.legend()
    return credit(figure, source)


def method_scores(table: pd.DataFrame, better: Mapping[str, str], *, source: str) -> Figure:
    """Show scores by method, a panel a score, with an arrow for the better direction and ∞ where infinite.

    ``table`` is indexed by method; ``better`` maps its columns to "smaller" or "larger".
    """
    figure, axes = plt.subplots(
        1,
        len(better),
        figsize=(7.5, 0.3 * len(table) + 0.9),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    y = np.arange(len(table))
    first = table.index.str.startswith("NPFC")
    for ax, (score, direction) in zip(axes[0], better.items(), strict=True):
        values = table[score].to_numpy(float)
        finite = np.isfinite(values)
        for mask, color in ((finite & first, COLORS[0]), (finite & ~first, GREY)):
            ax.plot(values[mask], y[mask], "o", color=color)
        ax.set_xlabel(f"{score.upper()} {ARROW[direction]}")
        ax.set(yticks=y, yticklabels=table.index)
        ax.margins(x=0.15, y=0.12)
        for at in y[np.isinf(values)]:
            ax.text(0.99, at, "∞", transform=ax.get_yaxis_transform(), ha="right", va="center", fontsize=11)
        ax.grid(axis="x", alpha=0.3)
        ax.xaxis.get_major_locator().set_params(nbins=3)
    axes[0, 0].invert_yaxis()
    return credit(figure, source)


def wins(shares: Mapping[str, pd.DataFrame], *, source: str) -> Figure:
    """Show on which share of the maps NPFC is better, by score: a panel a rival, a bar a score.

    Each table is indexed by score, its columns are among `VERDICT_COLORS`, its rows add up to 1.
    """
    n = max(len(table) for table in shares.values())
    figure, axes = plt.subplots(
        1, len(shares), figsize=(7.5, 0.27 * n + 1.1), sharey=True, squeeze=False, layout="constrained"
    )
    for ax, (rival, table) in zip(axes[0], shares.items(), strict=True):
        left = np.zeros(len(table))
        for verdict, color in VERDICT_COLORS.items():
            if verdict not in table:
                continue
            width = table[verdict].to_numpy()
            bars = ax.barh(table.index, width, left=left, color=color, label=verdict, height=0.7)
            text = [f"{share:.0%}" if share >= 0.05 * len(shares) else "" for share in width]
            dark = verdict in ("NPFC better", "NPFC worse")
            ax.bar_label(bars, text, label_type="center", fontsize=7.5, color="white" if dark else "black")
            left += width
        ax.set(title=f"against\n{rival}", xlim=(0, 1), xlabel="share of maps")
        ax.set_xticks((0, 0.5, 1), ("0%", "50%", "100%"))
        for label, side in zip(ax.get_xticklabels(), ("left", "center", "right"), strict=True):
            label.set_ha(side)  # else they would touch the next panel's
    axes[0, 0].invert_yaxis()
    figure.legend(
        *axes[0, 0].get_legend_handles_labels(),
        loc="outside upper center",
        ncols=4,
        fontsize=8,
        handlelength=1,
    )
    return credit(figure, source)


def die_scores_by_noise(table: pd.DataFrame, *, source: str) -> Figure:
    """Show die-level precision, recall and F1 against the noise level, a line a method.

    ``table`` has the columns ``method``, ``noise``, ``precision``, ``recall``, ``f1``.
    """
    figure, axes = plt.subplots(1, 3, figsize=(7.5, 3.2), sharey=True, layout="constrained")
    for ax, score in zip(axes, ("precision", "recall", "f1"), strict=True):
        rivals = iter(RIVAL_COLORS * len(table))
        for i, (method, part) in enumerate(table.groupby("method", sort=False)):
            main, control = method == "NPFC", method == "do nothing"
            color = known(method) or next(rivals)
            ax.plot(
                part.noise,
                part[score],
                marker="o^sDvP"[i % 6],
                ms=4.5,
                lw=2.4 if main else 1.2,
                ls="--" if control else "-",
                color=color,
                label=method,
                zorder=3 if main else 2,
            )
        ax.set(ylabel="F1" if score == "f1" else score, xlabel="noise, share of the dies")
        ax.set_xticks(sorted(set(table.noise)))
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.grid(axis="y", alpha=0.3)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize=8)
    return credit(figure, source)


def num_found(counts: pd.DataFrame, right: pd.DataFrame, *, source: str) -> Figure:
    """Show which number of clusters is found for how many patterns, and the share that is right.

    Parameters
    ----------
    counts : DataFrame
        Maps by number of patterns (rows) and Num (columns); both are whole numbers.
    right : DataFrame
        Share of maps with the right number: a row a number of patterns, a column a method.
    source : str
        The data.
    """
    figure, (grid, bars) = plt.subplots(1, 2, figsize=(7.5, 3.3), width_ratios=[1, 1.1], layout="constrained")
    share = counts.div(counts.sum(axis=1), axis=0)
    grid.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for i, patterns in enumerate(counts.index):
        for j, num in enumerate(counts.columns):
            grid.text(
                j, i, counts.loc[patterns, num], ha="center", va="center", fontsize=8,
                color="white" if share.loc[patterns, num] > 0.6 else "black",
            )  # fmt: skip
            if patterns == num:
                grid.add_patch(
                    plt.Rectangle((j - 0.5, i - 0.5), 1, 1, fill=False, ec=COLORS[5], lw=2, clip_on=False)
                )
    grid.set(
        xticks=range(len(counts.columns)), xticklabels=counts.columns, xlabel="Num found by NPFC",
        yticks=range(len(counts)), yticklabels=counts.index, ylabel="patterns in the map",
        title="number of maps (framed: right)",
    )  # fmt: skip
    grid.spines[:].set_visible(False)
    grid.tick_params(length=0)
    _right_bars(bars, right)
    return credit(figure, source)


def _right_bars(ax: Axes, right: pd.DataFrame) -> None:
    width = 0.8 / len(right.columns)
    colors = [COLORS[0], *[COLORS[4]] * (len(right.columns) - 2), COLORS[1]]
    for i, (method, color) in enumerate(zip(right.columns, colors, strict=True)):
        x = np.arange(len(right)) + (i - (len(right.columns) - 1) / 2) * width
        drawn = ax.bar(x, right[method], width, color=color, label=method)
        ax.bar_label(drawn, [f"{value:.0%}" for value in right[method]], fontsize=6.5)
    ax.set(xticks=range(len(right)), xticklabels=right.index, xlabel="patterns in the map", ylim=(0, 1.08))
    ax.set_ylabel("share of maps that are right")
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.legend(fontsize=8, loc="lower left", bbox_to_anchor=(0, 1), handlelength=1)
