"""The figures of what paper 1 leaves open: each choice's effect on Table 1, and the range of each option."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from semlib.plots._methods import color_of
from semlib.plots.style import COLORS, GREY, credit
from semlib.sem.options.effects import by_value, ranges
from semlib.sem.options.open_points import MEAN_GREY, OPTIONS, ROWS, SSL, UNTRAINED
from semlib.sem.table import PAPER

_TITLES = {"silhouette": "silhouette", "nmi": "NMI with the labels"}
#: Colour and marker of each method; circles are the paper's methods, squares the controls.
LOOK = {
    **{name: (color_of(name), "o") for name in ("GLCM", "LBP", "Wavelet", "PCA", SSL)},
    **{name: (color_of(name), "s") for name in (UNTRAINED, MEAN_GREY)},
}


def option_dots(frame: pd.DataFrame, *, source: str) -> Figure:
    """Show the score of each method under each other reading of the paper, one row a reading.

    Parameters
    ----------
    frame : DataFrame
        From :func:`semlib.sem.options.one_factor.one_factor`.
    source : str
    """
    means = by_value(frame)
    scores = [score for score in _TITLES if score in means]
    others = means[~means.is_default & means.option.isin(OPTIONS)]
    rows = list(dict.fromkeys(zip(others.option, others.value, strict=True)))
    place, at = {}, 0.0
    for i, (name, value) in enumerate(rows):
        at += 1 + 0.55 * (i > 0 and name != rows[i - 1][0])
        place[name, value] = at
    figure, axes = plt.subplots(
        1, len(scores), figsize=(7.5, 0.17 * at + 1.3), sharey=True, squeeze=False, layout="constrained"
    )
    default = means[means.option == "default"].set_index("method")
    for ax, score in zip(axes[0], scores, strict=True):
        for method, value in default[score].items():
            color = LOOK[method][0]
            ax.axvline(value, color=color, lw=0.9, alpha=0.55, zorder=1)
            if method in PAPER.index:
                ax.plot(PAPER.loc[method, score], -0.6, "v", color=color, ms=6, clip_on=False, zorder=4)
        _value_dots(ax, others, place, default, score)
        ax.set(ylim=(at + 0.8, -0.6), xlabel=_TITLES[score])
        ax.set_title(_TITLES[score], pad=10)  # above the triangles
    axes[0, 0].set(yticks=list(place.values()), yticklabels=[value for _, value in place])
    axes[0, 0].tick_params(axis="y", length=0, labelsize=7)
    _option_names(axes[0, 0], place)
    for ax in axes[0, 1:]:
        ax.tick_params(axis="y", length=0)
    _legend(figure, list(default.index), [("|", "all at default"), ("v", "paper, Table 1 (other data)")])
    return credit(figure, source)


def _value_dots(ax: Axes, others: pd.DataFrame, place: dict, default: pd.DataFrame, score: str) -> None:
    """Draw each score, and a line from the method's default to it; methods lie in lanes within a row."""
    methods = list(default.index)
    for row in others.to_dict("records"):
        if score not in OPTIONS[row["option"]].moves:
            continue
        color, marker = LOOK[row["method"]]
        several = sum(m in OPTIONS[row["option"]].methods(row["value"]) for m in methods) > 2
        lane = (methods.index(row["method"]) / max(1, len(methods) - 1) - 0.5) * 0.7 * several
        y = place[row["option"], row["value"]] + lane
        ax.hlines(y, default.loc[row["method"], score], row[score], color=color, lw=1.3, alpha=0.6, zorder=2)
        ax.plot(row[score], y, marker, color=color, ms=3.4, mew=0, zorder=3)
    starts = _groups(place)
    for first, last in list(starts.values())[::2]:
        ax.axhspan(first - 0.75, last + 0.75, color="#f3f3f3", lw=0, zorder=0)


def _groups(place: dict[tuple[str, str], float]) -> dict[str, tuple[float, float]]:
    """Return the first and the last row of each option."""
    groups: dict[str, tuple[float, float]] = {}
    for (name, _), y in place.items():
        groups[name] = (groups.get(name, (y,))[0], y)
    return groups


def _option_names(ax: Axes, place: dict[tuple[str, str], float]) -> None:
    """Write each option's title and its default left of the other values; bold: open in the paper."""
    for name, (first, last) in _groups(place).items():
        option = OPTIONS[name]
        ax.annotate(
            f"{option.title}{chr(10) if last > first else ' '}({option.default})",
            (0, (first + last) / 2),
            xycoords=("axes fraction", "data"),
            xytext=(-72, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=7,
            weight="normal" if option.fixed else "bold",
            annotation_clip=False,
        )


def option_ranges(frame: pd.DataFrame, *, source: str) -> Figure:
    """Show how far each option moves each method's score, the strongest option first.

    The band is as wide as the paper's own difference between its method and the best other one.

    Parameters
    ----------
    frame : DataFrame
        From :func:`semlib.sem.options.one_factor.one_factor`.
    source : str
    """
    scores = [score for score in _TITLES if score in frame]
    tables = {score: ranges(frame, score) for score in scores}
    height = 0.2 * max(map(len, tables.values())) + 1.4
    figure, axes = plt.subplots(1, len(scores), figsize=(7.5, height), squeeze=False, layout="constrained")
    for ax, score in zip(axes[0], scores, strict=True):
        table = tables[score]
        gap = abs(PAPER.loc[SSL, score] - PAPER[score].drop(SSL).max())
        ax.axvspan(0, gap, color=COLORS[7], alpha=0.35, lw=0, zorder=0)
        y = np.arange(len(table))
        ax.hlines(y, 0, table.max(axis=1), color="#bbbbbb", lw=1.2, zorder=1)
        for method in table:
            color, marker = LOOK[method]
            ax.plot(table[method], y, marker, color=color, ms=5.5, mec="white", mew=0.5, zorder=2)
        ax.set(yticks=y, xlabel=f"range of {_TITLES[score]}", xlim=(0, None))
        ax.set_yticklabels([OPTIONS[name].title for name in table.index], fontsize=7.5)
        ax.set_ylim(len(table) - 0.4, -0.6)
        ax.tick_params(axis="y", length=0)
    methods = [method for method in ROWS if any(method in table for table in tables.values())]
    _legend(figure, methods, [("band", "the paper's gap: SSL to the best other")])
    return credit(figure, source)


def _legend(figure: Figure, methods: list[str], marks: list[tuple[str, str]]) -> None:
    handles = [
        Line2D([], [], ls="", marker=LOOK[m][1], color=LOOK[m][0], ms=5, label=m.split(" (")[0])
        for m in methods
    ]
    for mark, label in marks:
        look = {"color": GREY, "ls": "", "marker": mark, "ms": 7}
        if mark == "band":
            look = {"color": COLORS[7], "lw": 7, "alpha": 0.5}
        handles.append(Line2D([], [], label=label, **look))
    figure.legend(handles=handles, loc="outside upper center", ncols=5, fontsize=7.5, columnspacing=1.2)
