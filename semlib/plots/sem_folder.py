"""The figures of a user's own folder of images and its clusters. Each function returns its figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from semlib.plots.style import COLORS, GREY, credit, picture

#: Longest file name below a picture, in letters; the middle of a longer one is left out.
NAME_LENGTH = 15


def contact_sheet(
    images: Sequence[np.ndarray], names: Sequence[str], *, source: str, columns: int = 8
) -> Figure:
    """Show images as they are stored, each from its own darkest to its own brightest grey."""
    columns = max(4, min(columns, len(images)))
    rows = -(-len(images) // columns)
    side = 7.5 / columns
    figure, axes = plt.subplots(
        rows, columns, figsize=(7.5, (side + 0.16) * rows), squeeze=False, layout="constrained"
    )
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, image, name in zip(axes.flat, images, names, strict=False):
        picture(ax, image).set_title(_short(name), fontsize=6.5, pad=2)
    return credit(figure, source)


def common_look(pixels: np.ndarray, *, source: str) -> Figure:
    """Show the mean and the standard deviation of all images at each place: what they have in common."""
    figure, axes = plt.subplots(1, 2, figsize=(7.5, 3.2), layout="constrained")
    for ax, values, title in zip(
        axes, (pixels.mean(0), pixels.std(0)), ("mean of all images", "spread of all images"), strict=True
    ):
        picture(ax, values, title)
        figure.colorbar(ax.images[0], ax=ax, label="grey, black is 0, white is 1", shrink=0.8)
    return credit(figure, source)


def silhouette_by_k(table: pd.DataFrame, k: int, *, source: str) -> Figure:
    """Show the silhouette over the number of clusters (the index), a line a column; the first is thick."""
    figure, ax = plt.subplots(figsize=(7.5, 2.9), layout="constrained")
    ax.axvline(k, color=GREY, lw=6, alpha=0.2)
    for i, name in enumerate(table):
        style = {"lw": 2.2} if i == 0 else {"lw": 1.2, "ls": "--", "ms": 3}
        ax.plot(
            table.index, table[name], "o", label=name, color=COLORS[i % len(COLORS)], **{"ls": "-"} | style
        )
    ax.set(xlabel=f"number of clusters k (here {k}, grey)", ylabel="silhouette")
    ax.set_ylim(min(0, np.nanmin(table.to_numpy(), initial=0)), None)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return credit(figure, source)


def cluster_examples(
    pixels: np.ndarray, clusters: np.ndarray, distance: np.ndarray, *, source: str, columns: int = 8
) -> Figure:
    """Show each cluster in a row: its mean, then members from the nearest to its centre to the farthest.

    Members are shown from their own darkest to their own brightest grey; the means have a common range, so
    that they can be compared.
    """
    found = np.unique(clusters)
    means = np.array([pixels[clusters == c].mean(0) for c in found])
    figure, axes = plt.subplots(
        len(found),
        columns + 1,
        figsize=(7.5, 0.86 * len(found) + 0.3),
        squeeze=False,
        layout="constrained",
    )
    for row, c, mean in zip(axes, found, means, strict=True):
        members = np.flatnonzero(clusters == c)
        members = members[np.argsort(distance[members], kind="stable")]
        shown = np.unique(np.linspace(0, len(members) - 1, min(columns, len(members))).round().astype(int))
        picture(row[0], mean, vmin=means.min(), vmax=means.max())
        row[0].set_ylabel(
            f"cluster {c}\nn = {len(members)}", rotation=0, ha="right", va="center", fontsize=7.5
        )
        for ax, i in zip(row[1:], members[shown], strict=False):
            picture(ax, pixels[i])
        for ax in row[1 + len(shown) :]:
            ax.set_axis_off()
    axes[0, 0].set_title("mean", fontsize=8, loc="left")
    # as a title it would widen its column
    heading = axes[0, 1].annotate(
        "nearest → farthest from the centre", (0, 1), (0, 6), "axes fraction", "offset points", fontsize=8
    )
    heading.set_in_layout(False)
    return credit(figure, source)


def cluster_strips(numbers: Mapping[str, np.ndarray], clusters: np.ndarray, *, source: str) -> Figure:
    """Show numbers of each image by cluster: a dot an image, a panel a number, a short line at the mean."""
    figure, axes = plt.subplots(
        1, len(numbers), figsize=(7.5, 2.6), squeeze=False, sharex=True, layout="constrained"
    )
    found = np.unique(clusters)
    for ax, (name, values) in zip(axes[0], numbers.items(), strict=True):
        for i, c in enumerate(found):
            part = values[clusters == c]
            across = i + 0.6 * (np.arange(len(part)) / max(1, len(part) - 1) - 0.5) * (len(part) > 1)
            ax.hlines(part.mean(), i - 0.4, i + 0.4, color="black", lw=1)
            ax.plot(across, part, "o", ms=3, alpha=0.6, mew=0, color=COLORS[i % len(COLORS)])
        ax.set(ylabel=name, xlabel="cluster", xticks=range(len(found)), xticklabels=found)
        ax.tick_params("x", labelsize=max(6.5, min(9, 72 / len(found))))
    return credit(figure, source)


def _short(name: str) -> str:
    name = name.rsplit("/", 1)[-1]
    if len(name) <= NAME_LENGTH:
        return name
    head = (NAME_LENGTH - 1) // 2
    return f"{name[:head]}…{name[-(NAME_LENGTH - 1 - head) :]}"
