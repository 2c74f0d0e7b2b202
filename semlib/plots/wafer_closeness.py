"""Merge or remove (paper 2, 2.2.3), drawn from results of NPFC: radius, distances, compactness, rules."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import cdist

from semlib.plots._dies import band, below, dies, extreme_pair, line, on_top, outline, word
from semlib.plots.style import COLORS, credit, picture
from semlib.plots.wafer_maps import ASIDE, CLUSTER_COLORS, DEFECT, REMOVED
from semlib.wafer.closeness import Decision
from semlib.wafer.maps import centre
from semlib.wafer.npfc_types import NpfcResult

_CASES = {1: "inside", 2: "reaches above", 3: "reaches below", 4: "apart", 5: "covers"}


def radius_cases(maps: Mapping[str, np.ndarray], results: Mapping[str, NpfcResult], *, source: str) -> Figure:
    """Show the cases of a cluster to core 0 (Fig. 6): its radius range against the core's band.

    The first decision of each result is drawn; a second core is pale.
    """
    figure, axes = plt.subplots(2, len(maps), figsize=(7.5, 2.95), height_ratios=(4, 1), layout="constrained")
    for (ax, ranges), (name, wafer_map) in zip(axes.T, maps.items(), strict=True):
        result, made = results[name], results[name].decisions[0]
        core, cluster = result.merged == 0, result.merged == made.cluster
        others = (result.merged >= 0) & ~core & ~cluster
        case = made.cases[0]
        dies(ax, wafer_map, [(others, ASIDE)])
        ax.set_title(f"case {case}: {_CASES[case]}", fontsize=8.5)
        low, high = _radius_range(core)
        band(ax, wafer_map.shape, low, high, CLUSTER_COLORS[0])
        on_top(ax, [(core, CLUSTER_COLORS[0]), (cluster, DEFECT)])
        ranges.axvspan(low, high, color=CLUSTER_COLORS[0], alpha=0.16, lw=0)
        ranges.plot([low, high], [1, 1], color=CLUSTER_COLORS[0], lw=4, solid_capstyle="butt")
        ranges.plot([made.rmin, made.rmax], [0, 0], color=DEFECT, lw=4, solid_capstyle="butt")
        ranges.set(xlim=(0, result.radius), ylim=(-0.7, 1.6), yticks=[], xticks=[0, 5, 10])
        ranges.tick_params(labelsize=7)
        ranges.spines["left"].set_visible(False)
        ranges.set_xlabel(f"radius in dies\nα = {made.alpha[0]}", fontsize=8)
    return credit(figure, source)


def three_distances(wafer_map: np.ndarray, result: NpfcResult, *, source: str, core: int = 0) -> Figure:
    """Show nDist, fDist and mDist of the first cluster that is no core to a core (eq. 5-7)."""
    made = result.decisions[0]
    first, second = result.merged == core, result.merged == made.cluster
    figure, axes = plt.subplots(1, 3, figsize=(7.5, 2.8), layout="constrained")
    layers = [(first, CLUSTER_COLORS[core]), (second, DEFECT), (_others(result, core, made), ASIDE)]
    titles = (
        f"nDist = {made.n_dist[core]:.2f}",
        f"fDist = {made.f_dist[core]:.2f}",
        f"mDist = {made.m_dist[core]:.2f}, R = {result.radius:.2f}",
    )
    for ax, title in zip(axes, titles, strict=True):
        dies(ax, wafer_map, layers, title)
    for ax, farthest, text in ((axes[0], False, "the closest dies"), (axes[1], True, "the farthest dies")):
        line(ax, *extreme_pair(first, second, farthest=farthest), COLORS[5])
        below(ax, text)
    pairs = [(a[::-1], b[::-1]) for a in np.argwhere(first) for b in np.argwhere(second)]
    axes[2].add_collection(LineCollection(pairs, colors=COLORS[5], linewidths=0.25, alpha=0.7))
    below(axes[2], f"all {len(pairs)} pairs")
    return credit(figure, source)


def compactness(wafer_map: np.ndarray, result: NpfcResult, *, source: str) -> Figure:
    """Show Den of the first cluster that is no core, together with either of two cores (eq. 8).

    Above each union, the paths with the shortest longest steps between its dies; below, that step for every
    pair of dies, the matrix whose spread and mean make Den.
    """
    made = result.decisions[0]
    cores = range(min(2, len(made.den)))
    figure, axes = plt.subplots(1, 2 * len(cores), figsize=(7.5, 2.6), squeeze=False, layout="constrained")
    for core in cores:
        ax, table = axes[0, 2 * core], axes[0, 2 * core + 1]
        cluster, other = result.merged == made.cluster, result.merged == core
        layers = [(_others(result, core, made), ASIDE), (other, CLUSTER_COLORS[core]), (cluster, DEFECT)]
        dies(ax, wafer_map, layers, f"with core {core}")
        points = np.vstack([np.argwhere(other), np.argwhere(cluster)])
        steps, paths = minimax_paths(points)
        for i, j, step in steps:
            bridge = step == max(s for *_, s in steps)
            style = {"lw": 1.5, "ms": 0} if bridge else {"lw": 0.5, "ms": 0}
            line(ax, points[i], points[j], COLORS[5] if bridge else "white", **style)
        picture(table, paths, cmap="cividis").set_title(f"Den = {made.den[core]:.3g}", fontsize=8.5)
        below(table, f"mean {paths.mean():.2f}, std {paths.std(ddof=1):.2f}, n = {len(points)}", size=7.5)
    tables = list(axes[0, 1::2])
    top = max(table.images[0].get_array().max() for table in tables)
    for table in tables:
        table.images[0].set_clim(0, top)
    figure.colorbar(tables[-1].images[0], ax=tables, shrink=0.7, label="longest step in dies")
    return credit(figure, source)


def minimax_paths(points: np.ndarray) -> tuple[list[tuple[int, int, float]], np.ndarray]:
    """Return the steps of the paths with the shortest longest step, and that step for each pair of points.

    The paths are those of a minimum spanning tree; the matrix is (n, n), with a zero diagonal.
    """
    tree = minimum_spanning_tree(cdist(points, points)).tocoo()
    steps = sorted(
        zip(tree.row.tolist(), tree.col.tolist(), tree.data.tolist(), strict=True), key=lambda s: s[2]
    )
    group, paths = np.arange(len(points)), np.zeros((len(points),) * 2)
    for i, j, step in steps:  # shortest first: each joins two groups, whose pairs it is the longest step of
        first, second = group == group[i], group == group[j]
        paths[np.ix_(first, second)] = paths[np.ix_(second, first)] = step
        group[second] = group[i]
    return steps, paths


def rules(maps: Mapping[str, np.ndarray], results: Mapping[str, NpfcResult], *, source: str) -> Figure:
    """Show the four rules at work: the first cluster that is no core, its f1, its f2 and the verdict."""
    figure, axes = plt.subplots(1, len(maps), figsize=(7.5, 2.5), squeeze=False, layout="constrained")
    for ax, (name, wafer_map) in zip(axes.flat, maps.items(), strict=True):
        result, made = results[name], results[name].decisions[0]
        draw_verdict(ax, wafer_map, result, made)
        ax.set_title(
            f"f1 = {len(made.f1)}" + (f", f2 = {len(made.f2)}" if len(made.f1) > 1 else ""), fontsize=8.5
        )
        verdict = "removed" if made.into is None else f"joins core {made.into}"
        if not made.f1:
            verdict += ": too far away" if any(made.alpha) else ": apart from both"
        below(ax, verdict, REMOVED if made.into is None else CLUSTER_COLORS[made.into])
    return credit(figure, source)


def draw_verdict(ax: Axes, wafer_map: np.ndarray, result: NpfcResult, made: Decision) -> None:
    """Draw a cluster in its verdict's colour, the cores with their radius bands, lines to those of f1."""
    cluster = result.merged == made.cluster
    color = REMOVED if made.into is None else CLUSTER_COLORS[made.into % len(CLUSTER_COLORS)]
    cores = [(result.merged == k, CLUSTER_COLORS[k % len(CLUSTER_COLORS)]) for k in sorted(result.cores)]
    rest = (result.merged >= 0) & ~cluster & ~np.isin(result.merged, result.cores)
    dies(ax, wafer_map, [(result.noise, ASIDE), (rest, ASIDE)])
    on_top(ax, [*cores, (cluster, color)])
    outline(ax, cluster)
    for k, (core, core_color) in enumerate(cores):
        if made.alpha and made.alpha[k]:
            band(ax, wafer_map.shape, *_radius_range(core), core_color)
        if k in made.f1:
            line(ax, *extreme_pair(core, cluster), "black", lw=1, ms=2)
        word(ax, np.argwhere(core)[((np.argwhere(core) - np.argwhere(core).mean(0)) ** 2).sum(1).argmin()], k)


def _others(result: NpfcResult, core: int, made: Decision) -> np.ndarray:
    return (result.merged >= 0) & ~np.isin(result.merged, [core, made.cluster])


def _radius_range(mask: np.ndarray) -> tuple[float, float]:
    radii = np.hypot(*(np.argwhere(mask) - centre(mask)).T)
    return float(radii.min()), float(radii.max())


def why(wafer_map: np.ndarray, result: NpfcResult, row: int, column: int, *, source: str) -> Figure:
    """Explain one die by a picture and the numbers that decided: ``NpfcResult.explain_die``, drawn."""
    lines = result.explain_die(row, column).splitlines()  # also checks the place
    figure, (ax, words) = plt.subplots(1, 2, figsize=(7.5, 3.4), width_ratios=(1, 1.25), layout="constrained")
    made = next((made for made in result.decisions if made.cluster == result.merged[row, column]), None)
    if made is not None:
        draw_verdict(ax, wafer_map, result, made)
    else:
        layers = [(result.labels == k, CLUSTER_COLORS[k % len(CLUSTER_COLORS)]) for k in range(result.num)]
        dies(ax, wafer_map, [(result.noise, REMOVED), *layers])
    ax.add_patch(plt.Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, ec="black", lw=1.6, zorder=7))
    away = 3 if column > wafer_map.shape[1] / 2 else -3
    ax.annotate(
        "", (column, row), (column + away, row - 3), arrowprops={"arrowstyle": "->", "lw": 1.2}, zorder=8
    )
    words.set_axis_off()
    text = "\n\n".join(fill(line, 62, subsequent_indent="   ") for line in lines)
    words.text(0, 0.97, text, va="top", fontsize=8, linespacing=1.25)
    return credit(figure, source)
