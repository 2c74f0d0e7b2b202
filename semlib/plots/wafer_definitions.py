"""The definitions of paper 2 (section 2.1; Figs. 1, 2, 4, 7) and the pre-merge, drawn from NPFC's results."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy import ndimage

from semlib.plots._dies import below, dies, extreme_pair, line, outline
from semlib.plots.style import COLORS, GREY, credit
from semlib.plots.wafer_maps import (
    CLUSTER_COLORS,
    DEFECT,
    GOOD_DIE,
    NOWHERE,
    REMOVED,
    cluster_layers,
    legend,
)
from semlib.plots.wafer_steps import label_layers, preliminary_layers
from semlib.wafer.maps import DEFECTIVE
from semlib.wafer.npfc_types import NpfcResult

_TOUCH = np.ones((3, 3), bool)
START, FIRST, LATER = COLORS[5], COLORS[1], COLORS[4]


def matrix_and_points(wafer_map: np.ndarray, die: tuple[int, int], *, source: str) -> Figure:
    """Show a map as numbers and as points, with the distances from one die to its neighbours (Fig. 1)."""
    figure, (numbers, points) = plt.subplots(1, 2, figsize=(7.5, 3.9), layout="constrained")
    dies(numbers, wafer_map, title="a matrix of 0, 1 and 2")
    for place in np.ndindex(wafer_map.shape):
        value = wafer_map[place]
        color = {0: "#bbbbbb", 1: "black", 2: "white"}[int(value)]
        numbers.text(*place[::-1], value, ha="center", va="center", fontsize=7.5, color=color)
    colors = {1: GOOD_DIE, 2: DEFECT}
    for value, color in colors.items():
        y, x = np.nonzero(wafer_map == value)
        points.scatter(x, y, s=26, color=color, lw=0)
    for dy, dx in np.argwhere(_TOUCH) - 1:
        if dy or dx:
            end = (die[0] + dy, die[1] + dx)
            line(points, die, end, COLORS[1] if dy and dx else COLORS[0], lw=1.2)
    points.plot(*die[::-1], "o", ms=6, color="black", zorder=5)
    points.set(xlim=numbers.get_xlim(), ylim=numbers.get_ylim(), aspect="equal", xticks=[], yticks=[])
    points.spines[:].set_visible(False)
    points.set_title("points on a grid", fontsize=8.5)
    handles = [
        Line2D([], [], color=COLORS[0], label="distance 1"),
        Line2D([], [], color=COLORS[1], label="distance √2"),
    ]
    points.legend(handles=handles, loc="upper right", fontsize=7.5, handlelength=1.2)
    legend(figure, {NOWHERE: "0 no die", GOOD_DIE: "1 good die", DEFECT: "2 defective die"})
    return credit(figure, source)


def noise_and_clusters(
    wafer_map: np.ndarray, result: NpfcResult, start: tuple[int, int], *, source: str
) -> Figure:
    """Mark on a map what section 2.1 defines, for one initial point of a cluster (Fig. 2)."""
    figure, ax = plt.subplots(figsize=(7.5, 3.9), layout="constrained")
    dies(ax, wafer_map, cluster_layers(result.preliminary))
    cluster = result.preliminary == result.preliminary[start]
    near = _grown(_only(start, cluster.shape), cluster)
    marks = {
        "initial point": (_only(start, cluster.shape), "p", 9, "white"),
        "direct path connected": (near & ~_only(start, cluster.shape), "^", 6.5, "white"),
        "path connected": (cluster & ~near, "^", 5, COLORS[4]),
        "noise: single and twin": (result.noise, "X", 7, REMOVED),
    }
    handles = []
    for name, (mask, marker, size, color) in marks.items():
        style = {"marker": marker, "ms": size, "mfc": color, "mec": "black", "mew": 0.5, "ls": "none"}
        ax.plot(*np.nonzero(mask)[::-1], **style)
        handles.append(Line2D([], [], label=name, **style))
    window = np.zeros(cluster.shape, bool)
    window[max(start[0] - 1, 0) : start[0] + 2, max(start[1] - 1, 0) : start[1] + 2] = True
    outline(ax, window, START)
    handles.append(Line2D([], [], color=START, lw=1.4, label="its 3×3 neighbourhood"))
    handles += [
        Line2D([], [], marker="s", ls="none", ms=7, color=color, label=f"cluster {k}")
        for k, (_, color) in enumerate(cluster_layers(result.preliminary))
    ]
    ax.legend(handles=handles, loc="center left", bbox_to_anchor=(1, 0.5), fontsize=8)
    return credit(figure, source)


def growth(wafer_map: np.ndarray, result: NpfcResult, start: tuple[int, int], *, source: str) -> Figure:
    """Grow a cluster from an initial point, 3×3 by 3×3, until it is NPFC's preliminary cluster (Fig. 4)."""
    cluster = wafer_map == DEFECTIVE
    stages = [np.zeros_like(cluster), _only(start, cluster.shape)]
    while not np.array_equal(grown := _grown(stages[-1], cluster), stages[-1]):
        stages.append(grown)
    if not np.array_equal(stages[-1], result.preliminary == result.preliminary[start]):
        raise ValueError(f"start={start} is not in a preliminary cluster of this map")
    columns = 4
    rows = -(-(len(stages) + 1) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(7.5, 2.05 * rows + 0.3), squeeze=False, layout="constrained"
    )
    for ax in axes.flat[len(stages) + 1 :]:
        ax.set_axis_off()
    for i, (ax, done) in enumerate(zip(axes.flat, stages, strict=False)):
        new = done & ~stages[max(i - 1, 0)]
        words = ["the map", "an initial point"]
        dies(ax, wafer_map, [(done, CLUSTER_COLORS[0])], words[i] if i < 2 else f"+ {new.sum()} that touch")
        if i:
            ax.plot(*np.nonzero(_only(start, done.shape))[::-1], "p", ms=7, mfc="white", mec="black", mew=0.5)
            if i > 1:
                ax.plot(*np.nonzero(new)[::-1], "^", ms=4.5, mfc="white", mec="black", mew=0.5, ls="none")
    layers = [*cluster_layers(result.preliminary), (result.noise, REMOVED)]
    n = int(result.preliminary.max(initial=-1)) + 1
    dies(axes.flat[len(stages)], wafer_map, layers, f"all: {n} clusters, noise")
    legend(figure, {DEFECT: "defective", REMOVED: "removed as noise"})
    return credit(figure, source)


def premerge_gaps(
    maps: Mapping[str, np.ndarray], results: Mapping[str, NpfcResult], *, source: str
) -> Figure:
    """Show pairs of preliminary clusters at several gaps: joined where one is in the other's 5×5."""
    figure, axes = plt.subplots(1, len(maps), figsize=(7.5, 2.5), squeeze=False, layout="constrained")
    for ax, (name, wafer_map) in zip(axes.flat, maps.items(), strict=True):
        result = results[name]
        first, second = (result.preliminary == k for k in (0, 1))
        dies(ax, wafer_map, cluster_layers(result.merged), name)
        here, there = extreme_pair(first, second)
        window = np.zeros(wafer_map.shape, bool)
        window[max(here[0] - 2, 0) : here[0] + 3, max(here[1] - 2, 0) : here[1] + 3] = True
        outline(ax, window, START, lw=1.1)
        line(ax, here, there)
        joined = result.merged[here] == result.merged[there]
        below(ax, "joined" if joined else "two clusters", "black" if joined else GREY)
    return credit(figure, source)


def paper_figure_7(wafer_map: np.ndarray, result: NpfcResult, *, source: str) -> Figure:
    """Show a map, its preliminary clusters, the final ones and the filtered map (Fig. 7)."""
    figure, axes = plt.subplots(1, 4, figsize=(7.5, 2.3), layout="constrained")
    quiet = np.where(result.noise, 1, wafer_map)
    panels = (
        ("the map", wafer_map, []),
        ("preliminary clusters", quiet, preliminary_layers(result)),
        (f"{result.num} clusters", result.filtered, label_layers(result)),
        ("filtered", result.filtered, []),
    )
    for ax, letter, (name, shown, layers) in zip(axes, "abcd", panels, strict=True):
        dies(ax, shown, layers, f"({letter})  {name}")
    return credit(figure, source)


def _only(place: tuple[int, int], shape: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[place] = True
    return mask


def _grown(mask: np.ndarray, within: np.ndarray) -> np.ndarray:
    return ndimage.binary_dilation(mask, _TOUCH) & within
