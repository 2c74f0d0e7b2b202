"""The figures of paper 2 that show wafer maps. Each function takes what it draws, and returns the figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from semlib.plots.style import COLORS, credit, picture
from semlib.wafer.maps import DEFECTIVE, NO_DIE

NOWHERE, GOOD_DIE, DEFECT = "white", "#e4e4e4", "#404040"
REMOVED, ADDED, NOISE = COLORS[5], COLORS[4], "#9a9a9a"
#: Clusters and patterns take these in turn; the grey and the colour of removed dies are left out.
CLUSTER_COLORS = tuple(COLORS[i] for i in (0, 1, 2, 3, 4, 7))


def paint(wafer_map: np.ndarray, layers: Sequence[tuple[np.ndarray, str]] = ()) -> np.ndarray:
    """Return a map as a colour image, shape (H, W, 3), with the dies of each mask in a colour on top."""
    image = np.array([to_rgb(c) for c in (NOWHERE, GOOD_DIE, DEFECT)])[np.asarray(wafer_map)]
    for mask, color in layers:
        image[mask] = to_rgb(color)
    return image


def cluster_layers(labels: np.ndarray) -> list[tuple[np.ndarray, str]]:
    """Return a mask and a colour for each cluster 0, 1, ..., for `paint`."""
    n = int(labels.max(initial=-1)) + 1
    return [(labels == k, CLUSTER_COLORS[k % len(CLUSTER_COLORS)]) for k in range(n)]


def map_gallery(maps: Mapping[str, np.ndarray], *, source: str, columns: int = 6) -> Figure:
    """Show wafer maps, each under its name."""
    figure, axes = _grid(len(maps), columns)
    for ax, (name, wafer_map) in zip(axes, maps.items(), strict=False):
        picture(ax, paint(wafer_map), name)
    _legend(figure, {GOOD_DIE: "good die", DEFECT: "defective die"})
    return credit(figure, source)


def pattern_gallery(
    maps: Mapping[str, np.ndarray],
    truths: Mapping[str, np.ndarray],
    names: Sequence[str],
    *,
    source: str,
    columns: int = 6,
) -> Figure:
    """Show wafer maps with each die's true pattern in a colour, and noise in grey.

    ``truths`` holds a number for each die, an index into ``names``, negative where there is no pattern.
    """
    figure, axes = _grid(len(maps), columns)
    used: dict[str, str] = {}
    for ax, (title, wafer_map) in zip(axes, maps.items(), strict=False):
        layers = [((wafer_map == DEFECTIVE) & (truths[title] < 0), NOISE), *cluster_layers(truths[title])]
        picture(ax, paint(wafer_map, layers), title)
        for k in np.unique(truths[title][truths[title] >= 0]):
            used[CLUSTER_COLORS[k % len(CLUSTER_COLORS)]] = names[k]
    order = sorted(used.items(), key=lambda item: list(names).index(item[1]))
    _legend(figure, {GOOD_DIE: "good die", NOISE: "noise", **dict(order)})
    return credit(figure, source)


def noise_rule(wafer_map: np.ndarray, noise: np.ndarray, *, source: str, detail: int = 16) -> Figure:
    """Show which dies the noise rule removes: the whole map, and the detail with the most of them."""
    figure, (whole, close) = plt.subplots(1, 2, figsize=(7.5, 3.7), layout="constrained")
    image = paint(wafer_map, [(noise, REMOVED)])
    top, left = _busiest(noise, wafer_map, detail)
    picture(whole, image, f"{int(noise.sum())} of {int((wafer_map == DEFECTIVE).sum())} defective dies removed")
    whole.add_patch(plt.Rectangle((left - 0.5, top - 0.5), detail, detail, fill=False, ec="black", lw=1))
    picture(close, image, "the marked part")
    close.set(xlim=(left - 0.5, left + detail - 0.5), ylim=(top + detail - 0.5, top - 0.5))
    grid_lines = np.arange(detail) - 0.5
    close.hlines(top + grid_lines, left - 0.5, left + detail - 0.5, color="white", lw=0.8)
    close.vlines(left + grid_lines, top - 0.5, top + detail - 0.5, color="white", lw=0.8)
    _legend(figure, {GOOD_DIE: "good die", DEFECT: "kept", REMOVED: "removed by the noise rule"})
    return credit(figure, source)


def filter_gallery(
    maps: Sequence[np.ndarray], filtered: Sequence[Mapping[str, np.ndarray]], *, source: str
) -> Figure:
    """Show what each filter does to each map: a row a map, a column a method, removed and added dies marked.

    ``filtered[i]`` holds the filtered versions of ``maps[i]`` by method.
    """
    methods = list(filtered[0])
    figure, axes = _rows(len(maps), 1 + len(methods))
    for row, wafer_map, versions in zip(axes, maps, filtered, strict=True):
        picture(row[0], paint(wafer_map))
        for ax, method in zip(row[1:], methods, strict=True):
            picture(ax, change_image(wafer_map, versions[method]))
    for ax, title in zip(axes[0], ["the map", *methods], strict=True):
        ax.set_title(title, fontsize=7.5)
    _legend(figure, {GOOD_DIE: "good die", DEFECT: "kept", REMOVED: "removed", ADDED: "added"})
    return credit(figure, source)


def change_image(wafer_map: np.ndarray, filtered: np.ndarray) -> np.ndarray:
    """Return a filtered map as a colour image with the removed and the added dies marked."""
    before, after = wafer_map == DEFECTIVE, filtered == DEFECTIVE
    lost_die = (wafer_map != NO_DIE) & (filtered == NO_DIE)  # a filter may turn a die into no die
    return paint(filtered, [((before & ~after) | lost_die, REMOVED), (after & ~before, ADDED)])


def cluster_gallery(
    maps: Sequence[np.ndarray], labels: Sequence[Mapping[str, np.ndarray]], *, source: str
) -> Figure:
    """Show the clusters that each method finds: a row a map, a column a method, removed dies in pale grey.

    ``labels[i]`` holds the clusters of ``maps[i]`` by method, -1 where no die is kept.
    """
    methods = list(labels[0])
    figure, axes = _rows(len(maps), 1 + len(methods))
    for row, wafer_map, versions in zip(axes, maps, labels, strict=True):
        picture(row[0], paint(wafer_map))
        for ax, method in zip(row[1:], methods, strict=True):
            found = versions[method]
            gone = (wafer_map == DEFECTIVE) & (found < 0)
            picture(ax, paint(wafer_map, [(gone, "#bdbdbd"), *cluster_layers(found)]))
            n = int(found.max(initial=-1)) + 1
            ax.set_xlabel(f"{n} cluster{'s' * (n != 1)}", fontsize=7)
    for ax, title in zip(axes[0], ["the map", *methods], strict=True):
        ax.set_title(title, fontsize=7.5)
    _legend(figure, {GOOD_DIE: "good die", "#bdbdbd": "removed, or noise"})
    return credit(figure, source)


def _busiest(mask: np.ndarray, wafer_map: np.ndarray, side: int) -> tuple[int, int]:
    """Return the top left corner of the window with the most dies of the mask among other defective dies."""
    best, corner = -1, (0, 0)
    for top in range(0, max(1, mask.shape[0] - side + 1), 2):
        for left in range(0, max(1, mask.shape[1] - side + 1), 2):
            window = np.s_[top : top + side, left : left + side]
            other = int(((wafer_map[window] == DEFECTIVE) & ~mask[window]).sum())
            score = min(int(mask[window].sum()), other)
            if score > best:
                best, corner = score, (top, left)
    return corner


def _grid(n: int, columns: int) -> tuple[Figure, np.ndarray]:
    columns = min(columns, max(n, 1))
    rows = -(-n // columns)
    side = 7.5 / columns
    figure, axes = plt.subplots(
        rows, columns, figsize=(7.5, rows * (side + 0.12) + 0.3), squeeze=False, layout="constrained"
    )
    for ax in axes.flat[n:]:
        ax.set_axis_off()
    return figure, axes.ravel()


def _rows(rows: int, columns: int) -> tuple[Figure, np.ndarray]:
    size = (7.5, rows * (7.5 / columns + 0.1) + 0.45)
    return plt.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")


def _legend(figure: Figure, colors: Mapping[str, str]) -> None:
    handles = [Patch(facecolor=color, label=name) for color, name in colors.items()]
    figure.legend(handles=handles, loc="outside upper center", ncols=8, fontsize=7.5, handlelength=1)
