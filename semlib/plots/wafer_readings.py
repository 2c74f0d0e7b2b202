"""What each reading of an open point changes in NPFC: one row a reading, one panel an outcome."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from semlib.plots.style import COLORS, GREY, credit
from semlib.wafer.readings import POINTS

#: Outcome, title, whether it is a difference to the default (which may be below 0).
_PANELS = (
    ("num_changed", "Num changes\n(maps)", False),
    ("map_changed", "filtered map\nchanges (maps)", False),
    ("dies_changed", "kept dies\nthat differ", False),
    ("f1", "F1 of the dies,\ndifference", True),
    ("num_right", "Num right,\ndifference", True),
    ("mae", "MAE to original,\ndifference", True),
)
_LOOK = ((COLORS[0], "o"), (COLORS[5], "D"), (COLORS[2], "s"))
_SECTIONS = {True: "fixed by the paper's text", False: "left open by the paper"}


def reading_dots(
    tables: Mapping[str, pd.DataFrame], *, source: str, always_two: Mapping[str, float] | None = None
) -> Figure:
    """Show what each reading changes, on each data set; points that the text fixes above, open ones below.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        `semlib.wafer.readings.effects` by data set, at most three. In each section the point that changes the
        most maps comes first.
    source : str
    always_two : mapping of str to float, optional
        By data set, how much more often than the default's Num the answer "two" is right: a dashed line.
    """
    place, heads = _rows(tables)
    bottom = max(place.values()) + 0.8
    figure, axes = plt.subplots(
        1, len(_PANELS), figsize=(7.5, 0.185 * bottom + 1.1), sharey=True, layout="constrained"
    )
    for ax, (outcome, title, signed) in zip(axes, _PANELS, strict=True):
        for k, (table, (color, marker)) in enumerate(zip(tables.values(), _LOOK, strict=False)):
            lane = (k - (len(tables) - 1) / 2) * 0.22
            _dots(ax, table[outcome], place, lane, color, marker, signed)
        ax.axvline(0, color=GREY, lw=0.8, zorder=1)
        if outcome == "num_right":
            for name, (color, _) in zip(tables, _LOOK, strict=False):
                ax.axvline((always_two or {}).get(name, float("nan")), color=color, lw=1, ls="--", zorder=1)
        if False in heads:
            ax.axhspan(heads[False] - 0.7, bottom, color=COLORS[1], alpha=0.13, lw=0, zorder=-1)
        ax.set_title(title, fontsize=7.5)
        ax.set(ylim=(bottom, -0.9))
        if not signed:
            ax.set_xlim(-0.02 * ax.get_xlim()[1], 1.05 * max(ax.get_xlim()[1], 0.05))
        digits = 1 if ax.get_xlim()[1] - ax.get_xlim()[0] < 0.08 else 0
        ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _, n=digits: f"{100 * x:.{n}f}"))
        ax.xaxis.set_major_locator(MaxNLocator(3))
        ax.tick_params(axis="x", labelsize=6.5)
        ax.tick_params(axis="y", length=0)
        ax.set_xlabel("points" if signed else "%", fontsize=7)
        for y in place.values():
            ax.axhline(y, color="#e6e6e6", lw=0.6, zorder=0)
    axes[0].set_yticks(list(place.values()), [value for _, value in place], fontsize=7)
    _names(axes, place, heads)
    handles = [
        Line2D([], [], ls="", marker=marker, color=color, ms=5, label=name)
        for name, (color, marker) in zip(tables, _LOOK, strict=False)
    ]
    if always_two:
        handles.append(Line2D([], [], color=GREY, lw=1, ls="--", label="always two"))
    figure.legend(handles=handles, loc="outside upper center", ncols=4, fontsize=8)
    return credit(figure, source)


def _rows(tables: Mapping[str, pd.DataFrame]) -> tuple[dict[tuple[str, str], float], dict[bool, float]]:
    """Return the height of each row and of each section's heading."""
    changed = pd.concat([table["map_changed"]["mean"] for table in tables.values()], axis=1).mean(axis=1)
    strength = changed.groupby(level=0).max()
    place, heads, at = {}, {}, 0.0
    for fixed in _SECTIONS:
        names = [name for name in strength.index if (POINTS[name].sure == "text") == fixed]
        if not names:
            continue
        heads[fixed] = at - 0.1
        at += 0.4
        for name in sorted(names, key=lambda name: -strength[name]):
            at += 0.55
            for value in POINTS[name].values:
                if (name, value) in changed.index:
                    at += 1
                    place[name, value] = at
        at += 1.5
    return place, heads


def _dots(ax: Axes, table: pd.DataFrame, place: dict, lane: float, color: str, marker: str, signed: bool):
    for key, row in table.iterrows():
        if pd.isna(row["mean"]):
            continue
        y = place[key] + lane
        if not signed:
            ax.hlines(y, 0, row["mean"], color=color, lw=1, alpha=0.35, zorder=2)
        ax.hlines(y, row["low"], row["high"], color=color, lw=1.3, alpha=0.8, zorder=2)
        ax.plot(row["mean"], y, marker, color=color, ms=3.4, mew=0, zorder=3)


def _names(axes, place: dict, heads: dict[bool, float]) -> None:
    """Write the headings, and each point's title with its default left of its other readings."""
    for fixed, y in heads.items():
        axes[0].annotate(
            _SECTIONS[fixed], (0, y), xycoords=("axes fraction", "data"), xytext=(-128, 0),
            textcoords="offset points", fontsize=8, weight="bold", va="center", annotation_clip=False,
        )  # fmt: skip
    for name in dict.fromkeys(point for point, _ in place):
        rows = [y for (point, _), y in place.items() if point == name]
        point = POINTS[name]
        axes[0].annotate(
            f"{point.title}\n({point.default})",
            (0, sum(rows) / len(rows)), xycoords=("axes fraction", "data"), xytext=(-68, 0),
            textcoords="offset points", fontsize=7, ha="right", va="center", annotation_clip=False,
        )  # fmt: skip
