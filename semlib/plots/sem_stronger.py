"""The figures of representations beyond paper 1: random views, scores with probes, what a probe confuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from semlib.plots.style import COLORS, GREY, credit, picture

TITLES = {
    "silhouette": "silhouette",
    "nmi": "NMI with the labels",
    "ami": "AMI with the labels",
    "knn": "k-NN probe (macro)",
    "linear": "linear probe (macro)",
    "rank": "effective rank",
}


def view_rows(image: np.ndarray, views: Mapping[str, Sequence[np.ndarray]], *, source: str) -> Figure:
    """Show an image (first column) and random views of it, one row for each kind of views."""
    columns = 1 + max(len(row) for row in views.values())
    figure, axes = plt.subplots(
        len(views),
        columns,
        figsize=(7.5, 7.5 / columns * len(views) + 0.35),
        squeeze=False,
        layout="constrained",
    )
    for ax, (name, row) in zip(axes, views.items(), strict=True):
        top = ax is axes[0]
        picture(ax[0], image, "image" if top else "", vmin=0, vmax=1)
        ax[0].set_ylabel(name, fontsize=8)
        for i, view in enumerate(row, 1):
            picture(ax[i], view, f"view {i}" if top else "", vmin=0, vmax=1)
        for empty in ax[len(row) + 1 :]:
            empty.set_axis_off()
    return credit(figure, source)


def probe_dots(
    tables: Mapping[str, pd.DataFrame], *, chance: float, groups: Sequence[int] = (), source: str
) -> Figure:
    """Show the scores of :func:`semlib.sem.stronger.probe_table.probe_table`: panels; tables by colour.

    ``chance`` is drawn into the panels of the probes; ``groups`` are numbers of rows after which a thin line
    separates kinds of methods. Methods that a table lacks have no dot in its colour.
    """
    names = list(dict.fromkeys(name for table in tables.values() for name in table.index))
    figure, axes = plt.subplots(
        2, 3, figsize=(7.5, 0.46 * len(names) + 1.4), sharey=True, layout="constrained"
    )
    for ax, (score, title) in zip(axes.flat, TITLES.items(), strict=True):
        for i, (name, table) in enumerate(tables.items()):
            rows = table.reindex(names)
            low = rows[f"{score}_low"].clip(lower=1 if score == "rank" else None)  # a rank is 1 or more
            at = np.arange(len(names)) + 0.24 * (i - (len(tables) - 1) / 2)
            ax.hlines(at, low, rows[f"{score}_high"], color=COLORS[i], lw=3, alpha=0.35)
            ax.plot(rows[score], at, "o", color=COLORS[i], ms=4, label=name)
        if score in ("knn", "linear"):
            ax.axvline(chance, color=GREY, ls=":", lw=1)
            ax.set_xlim(0, 1.02)
        elif score == "rank":
            ax.set_xscale("log")
        else:
            ax.set_xlim(min(0, ax.get_xlim()[0]), None)
        for row in groups:
            ax.axhline(row - 0.5, color="#cccccc", lw=0.7)
        ax.set(xlabel=title, yticks=np.arange(len(names)), yticklabels=names)
        ax.tick_params(labelsize=7)
        ax.grid(axis="x", alpha=0.3)
    axes[0, 0].invert_yaxis()
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=len(tables))
    return credit(figure, source)


def gain_dots(tables: Mapping[str, pd.DataFrame], *, source: str) -> Figure:
    """Show the differences of :func:`semlib.sem.stronger.probe_table.probe_gains`: probes as panels.

    A dot is filled where its whole interval lies on one side of 0.
    """
    names = list(dict.fromkeys(name for table in tables.values() for name in table.index))
    figure, axes = plt.subplots(
        1, 2, figsize=(7.5, 0.42 * len(names) + 1.1), sharey=True, layout="constrained"
    )
    for ax, score in zip(axes, ("knn", "linear"), strict=True):
        for i, (name, table) in enumerate(tables.items()):
            rows = table.reindex(names)
            at = np.arange(len(names)) + 0.24 * (i - (len(tables) - 1) / 2)
            ax.hlines(at, rows[f"{score}_low"], rows[f"{score}_high"], color=COLORS[i], lw=3, alpha=0.35)
            sure = (rows[f"{score}_low"] > 0) | (rows[f"{score}_high"] < 0)
            face = [COLORS[i] if filled else "white" for filled in sure]
            ax.scatter(rows[score], at, 22, face, edgecolors=COLORS[i], label=name, zorder=3)
        ax.axvline(0, color=GREY, ls=":", lw=1)
        ax.set(xlabel=TITLES[score] + ", difference", yticks=np.arange(len(names)), yticklabels=names)
        ax.tick_params(labelsize=7)
        ax.grid(axis="x", alpha=0.3)
    axes[0].invert_yaxis()
    handles = [plt.Line2D([], [], marker="o", ls="", color=COLORS[i]) for i in range(len(tables))]
    figure.legend(handles, list(tables), loc="outside upper center", ncols=len(tables))
    return credit(figure, source)


def confusions(found: Mapping[str, np.ndarray], classes: Sequence[str], *, source: str) -> Figure:
    """Show confusion matrices: the share of each class (row) that a probe took for each class (column)."""
    figure, axes = plt.subplots(
        1, len(found), figsize=(7.5, 7.5 / len(found) + 0.5), squeeze=False, sharey=True, layout="constrained"
    )
    for ax, (name, counts) in zip(axes[0], found.items(), strict=True):
        shares = counts / counts.sum(axis=1, keepdims=True)
        ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        for (row, column), share in np.ndenumerate(shares):
            color = "white" if share > 0.6 else "black"
            ax.text(column, row, f"{share:.0%}", ha="center", va="center", color=color, fontsize=7)
        ticks = np.arange(len(classes))
        ax.set(title=name, xticks=ticks, yticks=ticks)
        ax.set_xticklabels(classes, rotation=45, ha="right", fontsize=7)
        ax.set_yticklabels(classes, fontsize=7)
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0)
    axes[0, 0].set_ylabel("class")
    figure.supxlabel("named by the probe", fontsize=8)
    return credit(figure, source)
