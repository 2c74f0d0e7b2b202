"""The figures that test the claims of paper 1. Each function returns its figure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from pandas.io.formats.style import Styler

from semlib.plots._methods import color_of
from semlib.plots.style import COLORS, GREY, credit, picture
from semlib.sem.claims.verdict import FAILS, HOLDS, NOT_SHOWN
from semlib.sem.intervals import seed_interval

#: Methods stand in this order, others after them.
_ORDER = (
    "trained",
    "untrained",
    "mean grey",
    "thumbnail",
    "LBP",
    "Wavelet",
    "GLCM",
    "PCA",
    "shading",
    "corners",
)


def _order(item: tuple[str, pd.DataFrame]) -> int:
    return _ORDER.index(item[0]) if item[0] in _ORDER else len(_ORDER)


def _spread(values: ArrayLike) -> tuple[float, float, float]:
    """Return mean and ends of the interval over the seeds; a single value is its own interval."""
    values = np.atleast_1d(np.asarray(values, float))
    return tuple(seed_interval(values)) if len(values) > 1 else (values[0],) * 3


def grouped_dots(
    panels: Mapping[str, Mapping[str, Mapping[str, ArrayLike]]],
    *,
    source: str,
    marks: Mapping[str, float] | None = None,
    limits: Mapping[str, tuple[float, float]] | None = None,
) -> Figure:
    """Show figures by group and method: dots with intervals over the seeds.

    Parameters
    ----------
    panels : mapping
        What a panel shows, then group (a row), then method, to one value a seed or a single value.
    source : str
        The data's name.
    marks : mapping of str to float, optional
        A dotted line at this value of the panel, such as what chance gives.
    limits : mapping of str to (float, float), optional
        Ends of the panel's axis, where the figure cannot pass them, though its interval by Student's t can.
    """
    groups = list(next(iter(panels.values())))
    methods = list(dict.fromkeys(m for panel in panels.values() for g in panel.values() for m in g))
    figure, axes = plt.subplots(
        1,
        len(panels),
        figsize=(7.5, 0.15 * len(groups) * (len(methods) + 1.4) + 1.1),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for ax, (title, panel) in zip(axes[0], panels.items(), strict=True):
        for i, method in enumerate(methods):
            at = np.arange(len(groups)) + 0.75 * ((i + 0.5) / len(methods) - 0.5)
            spreads = np.array(
                [_spread(panel[g][method]) if method in panel[g] else (np.nan,) * 3 for g in groups]
            )
            ax.hlines(at, spreads[:, 1], spreads[:, 2], color=color_of(method), lw=3, alpha=0.4)
            ax.plot(spreads[:, 0], at, "o", ms=4, color=color_of(method), label=method)
        if marks and title in marks:
            ax.axvline(marks[title], color="black", ls=":", lw=1)
        ax.set(xlabel=title, yticks=range(len(groups)), yticklabels=groups)
        ax.set_ylim(len(groups) - 0.5, -0.5)
        if limits and title in limits:
            ax.set_xlim(limits[title])
        ax.grid(axis="x", alpha=0.3)
        for edge in range(1, len(groups)):
            ax.axhline(edge - 0.5, color="#eeeeee", lw=0.8)
    handles, names = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=len(names), fontsize=8)
    return credit(figure, source)


def severity_strips(
    images: Mapping[str, Sequence[np.ndarray]], captions: Mapping[str, Sequence[str]], *, source: str
) -> Figure:
    """Show changed images, a cell a kind: unchanged at the left, then by rising severity.

    All share one grey scale, from the first image's 0.5th to its 99.5th percentile.
    """
    columns = 2
    rows = -(-len(images) // columns)
    n = max(map(len, images.values()))
    first = next(iter(images.values()))[0]
    low, high = np.percentile(first, [0.5, 99.5])
    figure = plt.figure(figsize=(7.5, 1.12 * rows), layout="constrained")
    for cell, (kind, strip) in zip(figure.subfigures(rows, columns).flat, images.items(), strict=False):
        cell.suptitle(kind, fontsize=8.5, x=0.01, ha="left")
        axes = cell.subplots(1, n)
        for ax, image, caption in zip(axes, strip, captions[kind], strict=False):
            picture(ax, image, vmin=low - 10, vmax=high + 10)
            ax.set_xlabel(caption, fontsize=7, labelpad=1)
    return credit(figure, source)


def robustness_curves(table: pd.DataFrame, units: Mapping[str, str], *, source: str) -> Figure:
    """Show drift (above) and moved images (below) against severity, a column a kind, a line a method.

    ``table`` is :func:`semlib.sem.claims.robustness.robustness_table`, with several rows of each kind,
    severity and method where there are seeds: lines are their means, bands the 95 % intervals. Drifts above 2
    are not shown.
    """
    kinds = list(dict.fromkeys(table.kind))
    columns = 5
    blocks = -(-len(kinds) // columns)
    figure, axes = plt.subplots(
        2 * blocks, columns, figsize=(7.5, 2.9 * blocks), squeeze=False, layout="constrained"
    )
    for ax in axes.flat:
        ax.set_axis_off()
    for i, kind in enumerate(kinds):
        for row, column in enumerate(("drift", "moved")):
            ax = axes[2 * (i // columns) + row, i % columns]
            ax.set_axis_on()
            top = 0.0
            for method, part in sorted(table[table.kind == kind].groupby("method"), key=_order):
                spreads = part.groupby("severity")[column].apply(lambda v: _spread(v.to_numpy()))
                mean, low, high = np.array(spreads.to_list()).T
                ax.plot(spreads.index, mean, "o-", ms=2.5, lw=1.2, color=color_of(method), label=method)
                ax.fill_between(spreads.index, low, high, color=color_of(method), alpha=0.15, lw=0)
                top = max(top, mean.max())
            # a method that is far off, or one that does not move at all, must not hide the others
            ax.set_ylim(0, min(2, max(0.5, 1.1 * top)) if column == "drift" else 1.05)
            ax.tick_params(labelsize=7)
            if column == "drift":
                ax.set_title(kind, fontsize=8.5)
                ax.axhline(1, color="black", ls=":", lw=0.7)
                ax.tick_params(labelbottom=False)
            else:
                ax.set_xlabel(units[kind], fontsize=7)
            if not i % columns:
                ax.set_ylabel(
                    {"drift": "drift\n(1: another image)", "moved": "share that\nchanges cluster"}[column],
                    fontsize=7.5,
                )
    handles, names = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=len(names), fontsize=8)
    return credit(figure, source)


def lines_by_level(
    panels: Mapping[str, Mapping[str, Sequence[ArrayLike]]],
    levels: Sequence[str],
    *,
    xlabel: str,
    source: str,
    marks: Mapping[str, float] | None = None,
) -> Figure:
    """Show figures against ordered levels: panel title, then method, to the values at each level.

    Values are one a seed, drawn as a line through the means with 95 % intervals, or a single number.
    """
    figure, axes = plt.subplots(
        1, len(panels), figsize=(7.5, 2.7), squeeze=False, layout="constrained", sharey=False
    )
    for ax, (title, methods) in zip(axes[0], panels.items(), strict=True):
        for i, (method, values) in enumerate(methods.items()):
            at = np.arange(len(values)) + 0.04 * (i - (len(methods) - 1) / 2)
            mean, low, high = np.array([_spread(v) for v in values]).T
            ax.vlines(at, low, high, color=color_of(method), lw=2.5, alpha=0.4)
            ax.plot(at, mean, "o-", ms=4, lw=1.2, color=color_of(method), label=method)
        if marks and title in marks:
            ax.axhline(marks[title], color="black", ls=":", lw=1)
        ax.set(ylabel=title, xlabel=xlabel, xticks=range(len(levels)), xticklabels=levels)
        ax.tick_params(axis="x", labelsize=7.5)
        ax.grid(axis="y", alpha=0.3)
    handles, names = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=len(names), fontsize=8)
    return credit(figure, source)


def layout_grid(
    rows: Mapping[str, Mapping[str, np.ndarray]], labels: ArrayLike | None, *, source: str
) -> Figure:
    """Show two-dimensional layouts: a row a projection, a column a kind of features; axes carry no meaning.

    Dots are coloured by class where there are labels; a column named "noise" has none, and is grey.
    """
    columns = list(next(iter(rows.values())))
    figure, axes = plt.subplots(
        len(rows), len(columns), figsize=(7.5, 2.4 * len(rows) + 0.3), squeeze=False, layout="constrained"
    )
    for line, (projection, layouts) in zip(axes, rows.items(), strict=True):
        for ax, (name, xy) in zip(line, layouts.items(), strict=True):
            if labels is None or name.startswith("noise"):
                ax.scatter(*xy.T, s=7, lw=0, alpha=0.75, color=GREY)
            else:
                for i, label in enumerate(np.unique(labels)):
                    part = xy[np.asarray(labels) == label]
                    small = len(part) < 0.1 * len(xy)
                    style = {"s": 20, "ec": "black", "lw": 0.4, "zorder": 3} if small else {"s": 7, "lw": 0}
                    ax.scatter(*part.T, color=COLORS[i % len(COLORS)], label=str(label), **style)
            ax.set(xticks=[], yticks=[], title=name)
            ax.spines[:].set(visible=True, color="#dddddd")
        line[0].set_ylabel(projection)
    handles, names = axes[0, 0].get_legend_handles_labels()
    if handles:
        figure.legend(handles, names, title="class", ncols=len(names), loc="outside upper center", fontsize=8)
    return credit(figure, source)


def verdict_table(table: pd.DataFrame) -> Styler:
    """Return a table of claims for a notebook, its verdicts coloured; columns named "verdict…" hold them."""

    def paint(value: object) -> str:
        color = {HOLDS: "#d7efe6", FAILS: "#fbe0d0", NOT_SHOWN: "#fdf3d0"}.get(str(value), "#eeeeee")
        return f"background-color: {color}; color: black"

    verdicts = [name for name in table if str(name).startswith("verdict")]
    # By content: a random one would change the output at every run, and two tables on a page need their own.
    uuid = hashlib.sha256(table.to_csv().encode()).hexdigest()[:8]
    return (
        table.style.map(paint, subset=verdicts)
        .set_properties(**{"text-align": "left", "vertical-align": "top"})
        .set_uuid(uuid)
    )
