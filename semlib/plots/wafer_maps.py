"""The figures of paper 2 that show wafer maps. Each function takes what it draws, and returns the figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from scipy import ndimage

from semlib.plots.style import BROWN, COLORS, INDIGO, credit, picture
from semlib.wafer.maps import DEFECTIVE, NO_DIE

#: The values 0, 1 and 2 on every wafer map of the book.
NOWHERE, GOOD_DIE, DEFECT = "white", "#e4e4e4", "#404040"
#: What is done to a defective die; the grey is for those that are noise, in no cluster, or play no part.
REMOVED, ADDED, ASIDE = COLORS[5], COLORS[4], "#b4b4b4"
#: Clusters and patterns take these in turn; none of them has another meaning on a map.
CLUSTER_COLORS = (*COLORS[:4], INDIGO, BROWN)
#: What a colour means, on every map of the book; there are no others but those of clusters.
MEANINGS = {
    NOWHERE: "no die",
    GOOD_DIE: "good die",
    DEFECT: "defective die",
    REMOVED: "removed",
    ADDED: "added",
    ASIDE: "set aside: noise, in no cluster, no core, or not in question",
}


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


def map_and_numbers(wafer_map: np.ndarray, *, source: str, detail: int = 12) -> Figure:
    """Show a map as a picture, and a part of it as the numbers 0, 1, 2 that it is made of."""
    figure, (whole, close) = plt.subplots(1, 2, figsize=(7.5, 3.7), layout="constrained")
    height, width = wafer_map.shape
    defective = int((wafer_map == DEFECTIVE).sum())
    top, left = 0, max(0, width // 2 - detail)  # at the upper edge there are all three values
    picture(whole, paint(wafer_map), f"{height}×{width} cells, {defective} defective dies")
    _zoom(whole, close, paint(wafer_map), top, left, detail)
    for y, x in np.ndindex(wafer_map[top : top + detail, left : left + detail].shape):
        value = wafer_map[top + y, left + x]
        color = "white" if value == DEFECTIVE else "black"
        close.text(left + x, top + y, value, ha="center", va="center", fontsize=7.5, color=color)
    legend(figure, {NOWHERE: "0 no die", GOOD_DIE: "1 good die", DEFECT: "2 defective die"})
    return credit(figure, source)


def map_gallery(
    maps: Sequence[np.ndarray], titles: Sequence[str], *, source: str, columns: int = 6
) -> Figure:
    """Show wafer maps, each under its title."""
    figure, axes = _grid(len(maps), columns)
    for ax, wafer_map, title in zip(axes, maps, titles, strict=False):
        picture(ax, paint(wafer_map)).set_title(title, fontsize=7.5)
    legend(figure, {GOOD_DIE: "good die", DEFECT: "defective die"})
    return credit(figure, source)


def pattern_gallery(
    maps: Sequence[np.ndarray],
    truths: Sequence[np.ndarray],
    titles: Sequence[str],
    names: Sequence[str],
    *,
    source: str,
    columns: int = 6,
) -> Figure:
    """Show wafer maps with each die's true pattern in a colour, and noise in grey.

    ``truths`` holds a number for each die, an index into ``names``, negative where there is no pattern.
    """
    figure, axes = _grid(len(maps), columns)
    used: set[int] = set()
    for ax, wafer_map, truth, title in zip(axes, maps, truths, titles, strict=False):
        layers = [((wafer_map == DEFECTIVE) & (truth < 0), ASIDE), *cluster_layers(truth)]
        picture(ax, paint(wafer_map, layers)).set_title(title, fontsize=7.5)
        used |= set(np.unique(truth[truth >= 0]).tolist())
    colors = {CLUSTER_COLORS[k % len(CLUSTER_COLORS)]: names[k] for k in sorted(used)}
    legend(figure, {GOOD_DIE: "good die", ASIDE: "noise", **colors})
    return credit(figure, source)


def noise_rule(wafer_map: np.ndarray, noise: np.ndarray, *, source: str, detail: int = 16) -> Figure:
    """Show which dies the noise rule removes: the whole map, and the detail with the most of them."""
    figure, (whole, close) = plt.subplots(1, 2, figsize=(7.5, 3.7), layout="constrained")
    image = paint(wafer_map, [(noise, REMOVED)])
    top, left = _busiest(noise, wafer_map, detail)
    picture(
        whole, image, f"{int(noise.sum())} of {int((wafer_map == DEFECTIVE).sum())} defective dies removed"
    )
    _zoom(whole, close, image, top, left, detail)
    legend(figure, {GOOD_DIE: "good die", DEFECT: "kept", REMOVED: "removed by the noise rule"})
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
    legend(figure, {GOOD_DIE: "good die", DEFECT: "kept", REMOVED: "removed", ADDED: "added"})
    return credit(figure, source)


def before_and_after(
    wafer_map: np.ndarray, filtered: np.ndarray, labels: np.ndarray, *, source: str
) -> Figure:
    """Show a map, its filtered version with the removed dies marked, and the clusters that are kept."""
    figure, axes = plt.subplots(1, 3, figsize=(7.5, 2.9), layout="constrained")
    n = int(labels.max(initial=-1)) + 1
    picture(axes[0], paint(wafer_map), "before")
    picture(
        axes[1], change_image(wafer_map, filtered), f"after: {(wafer_map != filtered).sum()} dies removed"
    )
    picture(axes[2], paint(filtered, cluster_layers(labels)), f"its {n} cluster{'s' * (n != 1)}")
    legend(figure, {DEFECT: "defective", REMOVED: "removed"})
    return credit(figure, source)


def change_image(wafer_map: np.ndarray, filtered: np.ndarray) -> np.ndarray:
    """Return a filtered map as a colour image with the removed and the added dies marked."""
    before, after = wafer_map == DEFECTIVE, filtered == DEFECTIVE
    lost_die = (wafer_map != NO_DIE) & (filtered == NO_DIE)  # a filter may turn a die into no die
    return paint(filtered, [((before & ~after) | lost_die, REMOVED), (after & ~before, ADDED)])


def cluster_gallery(
    maps: Sequence[np.ndarray], labels: Sequence[Mapping[str, np.ndarray]], *, source: str
) -> Figure:
    """Show the clusters that each method finds: a row a map, a column a method, dies of no cluster in grey.

    ``labels[i]`` holds the clusters of ``maps[i]`` by method, -1 where no die is kept.
    """
    methods = list(labels[0])
    figure, axes = _rows(len(maps), 1 + len(methods))
    for row, wafer_map, versions in zip(axes, maps, labels, strict=True):
        picture(row[0], paint(wafer_map))
        for ax, method in zip(row[1:], methods, strict=True):
            found = versions[method]
            gone = (wafer_map == DEFECTIVE) & (found < 0)
            picture(ax, paint(wafer_map, [(gone, ASIDE), *cluster_layers(found)]))
            n = int(found.max(initial=-1)) + 1
            ax.set_xlabel(f"{n} cluster{'s' * (n != 1)}", fontsize=7)
    for ax, title in zip(axes[0], ["the map", *methods], strict=True):
        ax.set_title(title, fontsize=7.5)
    legend(figure, {GOOD_DIE: "good die", ASIDE: "in no cluster"})
    return credit(figure, source)


def _busiest(noise: np.ndarray, wafer_map: np.ndarray, side: int) -> tuple[int, int]:
    """Return the top left corner of the window with the most noise dies and dies of small clusters."""
    groups, _ = ndimage.label((wafer_map == DEFECTIVE) & ~noise, structure=np.ones((3, 3)))
    sizes = np.bincount(groups.ravel())
    small = (groups > 0) & (sizes[groups] < 8)
    best, corner = -1, (0, 0)
    for top in range(0, max(1, noise.shape[0] - side + 1), 2):
        for left in range(0, max(1, noise.shape[1] - side + 1), 2):
            window = np.s_[top : top + side, left : left + side]
            score = int(noise[window].sum()) + 2 * int(small[window].sum())
            if score > best:
                best, corner = score, (top, left)
    return corner


def _zoom(whole: Axes, close: Axes, image: np.ndarray, top: int, left: int, side: int) -> None:
    """Frame a part of a map, and show it large, with lines between the dies."""
    whole.add_patch(plt.Rectangle((left - 0.5, top - 0.5), side, side, fill=False, ec="black", lw=1))
    picture(close, image, "the framed part")
    close.set(xlim=(left - 0.5, left + side - 0.5), ylim=(top + side - 0.5, top - 0.5))
    lines = np.arange(side) - 0.5
    close.hlines(top + lines, left - 0.5, left + side - 0.5, color="white", lw=0.8)
    close.vlines(left + lines, top - 0.5, top + side - 0.5, color="white", lw=0.8)


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


def legend(figure: Figure, colors: Mapping[str, str]) -> None:
    """Say above a figure what its colours mean."""
    handles = [Patch(facecolor=color, label=name) for color, name in colors.items()]
    figure.legend(handles=handles, loc="outside upper center", ncols=8, fontsize=7.5, handlelength=1)
