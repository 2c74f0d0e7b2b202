"""Figures 8 to 11 of paper 2 in its layout: versions of maps below each other, and counts of maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from semlib.plots.style import COLORS, credit, picture
from semlib.plots.wafer_maps import cluster_layers, legend, paint
from semlib.plots.wafer_results import GONE
from semlib.wafer.maps import DEFECTIVE


def cluster_image(wafer_map: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return a map as a colour image, a colour a cluster, the dies of none in grey: (H, W, 3)."""
    gone = (wafer_map == DEFECTIVE) & (labels < 0)
    return paint(wafer_map, [(gone, GONE), *cluster_layers(labels)])


def map_bands(
    names: Sequence[str],
    versions: Mapping[str, Sequence[np.ndarray]],
    *,
    source: str,
    notes: Mapping[str, Sequence[str]] | None = None,
    colors: Mapping[str, str] | None = None,
    columns: int = 6,
) -> Figure:
    """Show maps beside each other, and the versions of each below it.

    Parameters
    ----------
    names : sequence of str
        One above each map.
    versions : mapping of str to sequence of ndarray (H, W, 3)
        Colour images of all maps, by the name of the version, from top to bottom.
    source : str
        The data's name, written below the figure.
    notes : mapping of str to sequence of str, optional
        A few words below each map of a version.
    colors : mapping of str to str, optional
        What the colours mean, for the legend: from colour to words.
    columns : int, default 6
        Maps beside each other; the others follow in a second band.
    """
    columns = min(columns, len(names))
    bands, n = -(-len(names) // columns), len(versions)
    side = min(7.1 / columns, 1.9)
    lines = sum(0.13 for version in versions if notes and version in notes)
    size = (7.5, bands * (n * (side + 0.03) + lines + 0.22) + 0.35)
    figure, axes = plt.subplots(bands * n, columns, figsize=size, squeeze=False, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.01, h_pad=0.015, wspace=0.01, hspace=0.01)
    for ax in axes.flat:
        ax.set_axis_off()
    for i, name in enumerate(names):
        for j, (version, images) in enumerate(versions.items()):
            ax = axes[n * (i // columns) + j, i % columns]
            ax.set_axis_on()
            picture(ax, images[i])
            if j == 0:
                ax.set_title(name, fontsize=7.5)
            if i % columns == 0:
                ax.set_ylabel(version, fontsize=8)
            if notes and version in notes:
                ax.set_xlabel(notes[version][i], fontsize=6.5, labelpad=1.5)
    if colors:
        legend(figure, colors)
    return credit(figure, source)


def better_counts(tables: Mapping[str, pd.DataFrame], n_maps: int, *, source: str) -> Figure:
    """Show on how many maps each of two methods has the better score, as Figure 10: a panel a pair.

    Each table is from :func:`semlib.wafer.paper_tables.times_better`; its line "all" is left out.
    """
    figure, axes = plt.subplots(
        1, len(tables), figsize=(7.5, 2.6), sharey=True, squeeze=False, layout="constrained"
    )
    for ax, (title, table) in zip(axes[0], tables.items(), strict=True):
        shown = table.drop(index="all", errors="ignore")
        first, _, second, _ = shown.columns
        sides = {first: COLORS[0], second: COLORS[1], "neither": "#c8c8c8"}
        counts = shown[[first, second]].assign(neither=shown["equal"] + shown["undefined"])
        for k, (side, color) in enumerate(sides.items()):
            place = np.arange(len(counts)) + 0.27 * (k - 1)
            bars = ax.bar(place, counts[side], 0.25, color=color)
            ax.bar_label(bars, fontsize=7)
        ax.set(title=title, xticks=range(len(counts)), xticklabels=counts.index.str.upper())
        ax.set(ylim=(0, 1.12 * n_maps))
        ax.axhline(n_maps, color="#999999", lw=0.7, ls=":")
        ax.legend(ax.containers, sides, fontsize=6.5, loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=3,
                  handlelength=1, columnspacing=0.8)  # fmt: skip
    axes[0, 0].set_ylabel(f"maps of {n_maps}")
    return credit(figure, source)
