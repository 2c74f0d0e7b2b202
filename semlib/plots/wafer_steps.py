"""The figures that show what NPFC does to one wafer map. Each takes a result, and returns the figure."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from semlib.plots._dies import below, dies
from semlib.plots.style import COLORS, GREY, credit, picture
from semlib.plots.wafer_maps import ASIDE, CLUSTER_COLORS, DEFECT, REMOVED, cluster_layers, legend, paint
from semlib.wafer.maps import DEFECTIVE, centre
from semlib.wafer.npfc_types import NpfcResult, NumScore


def npfc_steps(wafer_map: np.ndarray, result: NpfcResult, *, source: str) -> Figure:
    """Show NPFC on one map in six panels, from the map to the verdicts."""
    figure, axes = plt.subplots(2, 3, figsize=(7.5, 5.5), layout="constrained")
    merged, colors = result.merged, core_colors(result)
    n_preliminary, n_merged = (int(x.max(initial=-1)) + 1 for x in (result.preliminary, merged))
    cores = [(merged == core, color) for core, color in colors.items()]
    others = (merged >= 0) & ~np.isin(merged, list(colors))

    a, b, c, d, e, f = axes.flat
    picture(a, paint(wafer_map), f"1  the map: {int((wafer_map == DEFECTIVE).sum())} defective dies")
    picture(
        b, paint(wafer_map, [(result.noise, REMOVED)]), f"2  noise rule: {int(result.noise.sum())} removed"
    )
    quiet = np.where(result.noise, 1, wafer_map)
    picture(c, paint(quiet, preliminary_layers(result)), f"3  preliminary clusters: {n_preliminary}")
    picture(d, paint(quiet, cluster_layers(merged)), f"4  after the pre-merge: {n_merged}")
    _number(d, merged, range(n_merged))
    picture(e, paint(quiet, [(others, ASIDE), *cores]), f"5  {len(colors)} cores, their radius ranges")
    _draw_ranges(e, result, colors)
    gone = (merged >= 0) & (result.labels < 0)
    picture(f, paint(quiet, [*label_layers(result), (gone, REMOVED)]), "6  verdicts")
    _number(f, merged, [made.cluster for made in result.decisions])
    legend(figure, {DEFECT: "defective", ASIDE: "no core", REMOVED: "removed"})
    return credit(figure, source)


def nums_tried(wafer_map: np.ndarray, result: NpfcResult, *, source: str) -> Figure:
    """Show what each number of clusters makes of a map, with its SD; the largest is framed (Fig. 5)."""
    scores = result.scores
    figure, axes = plt.subplots(
        1, max(len(scores), 1), figsize=(7.5, 2.7), squeeze=False, layout="constrained"
    )
    if not scores:
        picture(axes[0, 0], paint(result.filtered, cluster_layers(result.labels)), "no choice of Num")
    for ax, score in zip(axes.flat, scores, strict=False):
        into = {made.cluster: made.into for made in result.decisions_by_num[score.num]}
        cores = {k: k for k in range(score.num)}
        joins = [-1 if core is None else core for core in (cores | into).values()]
        labels = np.array([*joins, -1])[result.merged]
        gone = (wafer_map == DEFECTIVE) & (labels < 0)
        dies(ax, wafer_map, [(gone, REMOVED), *cluster_layers(labels)], f"Num = {score.num}")
        text = f"S = {score.silhouette:.3f}\nM = {score.similarity:.3f}\nSD = {score.sd:.3f}"
        below(ax, text, "black" if score.num == result.num else GREY)
        if score.num == result.num:
            ax.set_title(f"Num = {score.num}, the largest SD", fontsize=8.5, weight="bold")
            ax.add_patch(
                plt.Rectangle(
                    (0, 0),
                    1,
                    1,
                    transform=ax.transAxes,
                    fill=False,
                    ec="black",
                    lw=1.6,
                    clip_on=False,
                    zorder=5,
                )
            )
    legend(figure, {REMOVED: "removed"})
    return credit(figure, source)


def core_colors(result: NpfcResult) -> dict[int, str]:
    """Return a colour for each core, by its number in ``result.merged``."""
    return {core: CLUSTER_COLORS[core % len(CLUSTER_COLORS)] for core in sorted(result.cores)}


def preliminary_layers(result: NpfcResult) -> list[tuple[np.ndarray, str]]:
    """Return a mask and a colour for each preliminary cluster, for `paint`.

    The largest of those that the pre-merge joins has the colour that they have then.
    """
    n_merged = int(result.merged.max(initial=-1)) + 1
    colors, seen = [], set()
    for k in range(int(result.preliminary.max(initial=-1)) + 1):
        merged = int(result.merged[result.preliminary == k][0])
        number = n_merged + len(colors) - len(seen) if merged in seen else merged
        colors.append(CLUSTER_COLORS[number % len(CLUSTER_COLORS)])
        seen.add(merged)
    return [(result.preliminary == k, color) for k, color in enumerate(colors)]


def label_layers(result: NpfcResult) -> list[tuple[np.ndarray, str]]:
    """Return a mask and a colour for each final cluster, the colour of its core, for `paint`."""
    colors = core_colors(result)
    return [(result.labels == k, colors[core]) for k, core in enumerate(result.cores)]


def radius_ranges(result: NpfcResult, *, source: str, most: int = 14) -> Figure:
    """Show each cluster's radius range about the centre: cores as bands, the others as lines.

    A line has the colour of the core that the cluster joins, or that of removed dies; beside it stand its
    radius cases. Only the ``most`` largest of the other clusters are drawn.
    """
    colors = core_colors(result)
    radii = _radii(result)
    shown = result.decisions[:most]
    height = 1.1 + 0.25 * (len(colors) + len(shown))
    figure, ax = plt.subplots(figsize=(7.5, height), layout="constrained")
    names = []
    for core, color in colors.items():
        low, high = _range(radii, result.merged == core)
        ax.axvspan(low, high, color=color, alpha=0.12, lw=0)
        ax.plot([low, high], [len(names)] * 2, color=color, lw=5, solid_capstyle="butt")
        names.append(f"core {core}")
    for made in shown:
        color = REMOVED if made.into is None else colors[made.into]
        ax.plot([made.rmin, made.rmax], [len(names)] * 2, color=color, lw=2, marker="|", ms=7)
        text = f"{made.verdict}; {', '.join(map(str, made.cases))}"
        ax.text(result.radius * 1.04, len(names), text, va="center", fontsize=8)
        names.append(f"cluster {made.cluster}")
    if shown:
        head = f"verdict; case to core {', '.join(map(str, colors))}"
        ax.text(result.radius * 1.04, len(colors) - 1, head, va="center", fontsize=8, style="italic")
    ax.axvline(result.radius, color=GREY, lw=0.8, ls=":")
    ax.set(yticks=range(len(names)), yticklabels=names, xticks=range(0, int(result.radius) + 1, 5))
    left_out = len(result.decisions) - len(shown)
    more = f"; {left_out} smaller clusters are not drawn" if left_out else ""
    ax.set_xlabel(f"distance from the map's centre in dies (dotted: R){more}", loc="left")
    ax.set_xlim(0, 1.5 * max(result.radius, 1))
    ax.invert_yaxis()
    return credit(figure, source)


def sd_by_num(scores: tuple[NumScore, ...], *, source: str) -> Figure:
    """Show silhouette S, similarity M and their combination SD for each number of clusters tried."""
    figure, ax = plt.subplots(figsize=(7.5, 2.5), layout="constrained")
    nums = [score.num for score in scores]
    for field, name, color in (
        ("sd", "SD", COLORS[0]),
        ("similarity", "M, similarity to the original", COLORS[2]),
        ("silhouette", "S, silhouette", COLORS[1]),
    ):
        ax.plot(nums, [getattr(score, field) for score in scores], "o-", color=color, label=name)
    if scores:
        best = max(scores, key=lambda score: score.sd)
        ax.plot(
            best.num, best.sd, "o", ls="none", ms=11, mfc="none", mec=COLORS[5], mew=1.6, label="largest SD"
        )
    ax.axhline(0, color=GREY, lw=0.6)
    ax.margins(x=0.08, y=0.15)
    ax.set(xticks=nums, xlabel="Num, the number of clusters tried", ylabel="score")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return credit(figure, source)


def _draw_ranges(ax: Axes, result: NpfcResult, colors: dict[int, str]) -> None:
    row, column = centre(result.merged)
    radii = _radii(result)
    for core, color in colors.items():
        for radius in _range(radii, result.merged == core):
            ax.add_patch(plt.Circle((column, row), radius, fill=False, ec=color, lw=1))
    ax.add_patch(plt.Circle((column, row), result.radius, fill=False, ec="black", lw=0.8, ls=":"))
    ax.plot(column, row, "+", color="black", ms=6)
    ax.legend(
        handles=[Line2D([], [], color="black", lw=0.8, ls=":", label="R")], loc="upper right", fontsize=7
    )


def _radii(result: NpfcResult) -> np.ndarray:
    row, column = centre(result.merged)
    y, x = np.indices(result.merged.shape)
    return np.hypot(y - row, x - column)


def _range(radii: np.ndarray, mask: np.ndarray) -> tuple[float, float]:
    return float(radii[mask].min()), float(radii[mask].max())


def _number(ax: Axes, clusters: np.ndarray, which) -> None:
    """Write each cluster's number at its die nearest to its centroid, beside it where it is small."""
    for k in which:
        dies = np.argwhere(clusters == k)
        y, x = dies[((dies - dies.mean(0)) ** 2).sum(1).argmin()]
        aside = max(clusters.shape) / 21 if len(dies) < 30 else 0
        ax.text(
            x + aside,
            y - aside,
            k,
            ha="center",
            va="center",
            fontsize=7,
            path_effects=[withStroke(linewidth=2, foreground="white")],
        )
