"""The figures of paper 1's scores: Table 1 as dots, under other choices, by K; and the table itself."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from pandas.io.formats.style import Styler

from semlib.plots._methods import color_of
from semlib.plots.style import COLORS, GREY, credit
from semlib.sem.table import METHODS, best_k

TITLES = {
    "silhouette": "silhouette",
    "nmi": "NMI with the labels",
    "ari": "ARI",
    "ami": "AMI",
    "homogeneity": "homogeneity",
    "completeness": "completeness",
    "macro_recall": "macro recall",
}
_DASHES = ("-", (0, (5, 1.5)), (0, (1, 1)), (0, (5, 1.5, 1, 1.5)), (0, (1, 3)))


def score_dots(
    table: pd.DataFrame,
    paper: pd.DataFrame | None,
    *,
    source: str,
    ceilings: Mapping[str, float] | None = None,
) -> Figure:
    """Show silhouette and NMI by method: dots with intervals, hollow diamonds for the paper's values.

    ``table`` is from :func:`semlib.sem.table.score_table`: indexed by method, with the columns
    ``silhouette``, ``silhouette_low``, ``silhouette_high`` and, if there are labels, the same of ``nmi``.
    Intervals over seeds are bands, those over images thin bars. Rows that are not in the paper's Table 1
    stand apart below. ``paper`` has ``silhouette`` and ``nmi``; ``ceilings`` are drawn into the panel of NMI.
    """
    figure, axes = _score_panels(table, height=0.34 * len(table) + 1.3)
    y = np.arange(len(table))
    over_images = table.get("interval", pd.Series("seeds", table.index)) == "images"
    for ax, score in axes:
        low, high = table[f"{score}_low"].astype(float), table[f"{score}_high"].astype(float)
        wide = (high > low).to_numpy()
        for those, label in ((over_images, "95 % over images"), (~over_images, "95 % over seeds")):
            those = those.to_numpy() & wide
            if not those.any():
                continue
            if label.endswith("seeds"):
                ax.hlines(y[those], low[those], high[those], color=COLORS[0], lw=6, alpha=0.35, label=label)
            else:
                value = table[score].astype(float)[those]
                ends = np.abs([low[those] - value, high[those] - value])
                bars = {"fmt": "none", "ecolor": COLORS[0], "elinewidth": 1, "capsize": 2.5}
                ax.errorbar(value, y[those], xerr=ends, label=label, **bars)
        ax.plot(table[score].astype(float), y, "o", color=COLORS[0], label="this run")
        if paper is not None:
            there = table.index.isin(paper.index)
            values = paper[score].reindex(table.index[there])
            style = {"mfc": "none", "color": COLORS[5], "mew": 1.4}
            ax.plot(values, y[there], "D", label="paper, Table 1 (other data)", **style)
        if score == "nmi":
            for i, (name, value) in enumerate((ceilings or {}).items()):
                ax.axvline(value, color=GREY, ls=_DASHES[1 + i], lw=1, label=name)
        ax.set_xlim(min(0, ax.get_xlim()[0]), None)
    _legend(figure, ax, columns=3)
    return credit(figure, source)


def score_variants(tables: Mapping[str, pd.DataFrame], *, source: str) -> Figure:
    """Show silhouette and NMI by method under several choices, one colour a choice. Tables as above."""
    first = next(iter(tables.values()))
    figure, axes = _score_panels(first, height=0.1 * len(first) * (1 + len(tables)) + 1.2)
    for ax, score in axes:
        for i, (name, table) in enumerate(tables.items()):
            at = np.arange(len(first)) + 0.7 / len(tables) * (i - (len(tables) - 1) / 2)
            values = table.loc[first.index]
            low, high = values[f"{score}_low"].astype(float), values[f"{score}_high"].astype(float)
            ax.hlines(at, low, high, color=COLORS[i], lw=3, alpha=0.4)
            ax.plot(values[score].astype(float), at, "o", color=COLORS[i], ms=4.5, label=name)
        ax.set_xlim(min(0, ax.get_xlim()[0]), None)
    _legend(figure, ax, columns=len(tables) if len(tables) < 5 else 3)
    return credit(figure, source)


def k_curves(sweep: pd.DataFrame, *, k: int, source: str) -> Figure:
    """Show silhouette, NMI and AMI against K, one line a method, from :func:`semlib.sem.table.k_sweep`.

    Lines are means over the seeds, bands reach from the lowest to the highest seed. A ring marks the K with
    the highest silhouette of each method, the vertical line ``k``. Controls are grey.
    """
    scores = [score for score in ("silhouette", "nmi", "ami") if score in sweep]
    figure, axes = plt.subplots(1, len(scores), figsize=(7.5, 3.6), squeeze=False, layout="constrained")
    best, methods = best_k(sweep), sweep.method.unique()
    for ax, score in zip(axes[0], scores, strict=True):
        ax.axvline(k, color="#cccccc", lw=5, zorder=0)
        for method, style in zip(methods, _line_styles(methods), strict=True):
            by_k = sweep[sweep.method == method].groupby("k")[score]
            mean = by_k.mean()
            ax.plot(mean.index, mean, label=method, **style)
            ax.fill_between(mean.index, by_k.min(), by_k.max(), color=style["color"], alpha=0.15, lw=0)
            ring = {"mfc": "white", "mec": style["color"], "ms": 5, "zorder": 4}
            ax.plot(best[method], mean[best[method]], "o", **ring)
        ax.set(
            ylabel=TITLES[score], xlabel="K, the number of clusters", ylim=(min(0, ax.get_ylim()[0]), None)
        )
        ax.xaxis.get_major_locator().set_params(integer=True)
    _legend(figure, axes[0, 0], columns=4)
    return credit(figure, source)


def _line_styles(methods) -> list[dict]:
    """Return a colour for each of the paper's methods, and greys for what it does not have."""
    styles, colors, dashes = [], iter(COLORS * 2), iter(_DASHES * 4)
    known = set(methods) & set(METHODS)
    for method in methods:
        if known and method not in known:
            styles.append({"color": "#555555", "ls": next(dashes), "lw": 1})
        else:
            styles.append({"color": color_of(method) if known else next(colors), "lw": 1.6})
    return styles


def score_styler(table: pd.DataFrame, paper: pd.DataFrame | None = None, *, name: str = "table1") -> Styler:
    """Return a table to look at: every score with its interval, and the paper's values beside.

    The highest of each column is bold, among all rows; rows that are not in the paper are grey.

    Parameters
    ----------
    table : DataFrame
        From :func:`semlib.sem.table.score_table`.
    paper : DataFrame, optional
        Columns ``silhouette`` and ``nmi``.
    name : str, default "table1"
        Of the HTML table, so that stored outputs repeat.
    """
    scores = [score for score in TITLES if score in table]
    values = table[scores].astype(float)
    shown = pd.DataFrame(index=table.index)
    for score in scores:
        ends = table[[f"{score}_low", f"{score}_high"]].astype(float)
        texts = [
            f"{value:.3f}" + (f" ({low:z.2f}–{high:z.2f})" if high > low else "")
            for value, (low, high) in zip(values[score], ends.to_numpy(), strict=True)
        ]
        shown[TITLES[score]] = texts
        if paper is not None and score in paper:
            numbers = paper[score].reindex(table.index)
            shown[f"paper: {TITLES[score].split()[0]}"] = numbers.map("{:.3f}".format, na_action="ignore")
    if "interval" in table:
        shown["interval over"] = table["interval"]

    def bold(column: pd.Series) -> list[str]:
        score = next((s for s in scores if TITLES[s] == column.name), None)
        highest = values[score] == values[score].max() if score else [False] * len(column)
        return ["font-weight: bold" if is_it else "" for is_it in highest]

    grey = [f"color: {GREY}; background-color: #f4f4f4" if m not in METHODS else "" for m in table.index]
    styler = shown.fillna("–").style.apply(bold).set_uuid(name)
    if any(method in METHODS for method in table.index):
        styler = styler.apply(lambda column: grey)
    return styler


def _score_panels(table: pd.DataFrame, *, height: float) -> tuple[Figure, list[tuple[Axes, str]]]:
    """Return a figure with a panel for each score in the table, methods from top to bottom.

    What is not in the paper's table lies on grey ground below its rows.
    """
    scores = [score for score in ("silhouette", "nmi") if score in table]
    figure, axes = plt.subplots(
        1, len(scores), figsize=(7.5, height), sharey=True, squeeze=False, layout="constrained"
    )
    known = table.index.isin(METHODS)
    first = int(known.sum())
    apart = known.any() and not known.all() and known[:first].all()
    for ax, score in zip(axes[0], scores, strict=True):
        ax.set(xlabel=TITLES[score], yticks=np.arange(len(table)), yticklabels=table.index)
        ax.grid(axis="x", alpha=0.3)
        if apart:
            ax.axhspan(first - 0.5, len(table) - 0.5, color="#f0f0f0", zorder=0)
    axes[0, 0].set_ylim(len(table) - 0.5, -0.5)
    if apart:
        sides = {"the paper's methods": (first - 1) / 2, "controls": (first + len(table) - 1) / 2}
        for words, at in sides.items():
            place = {"transform": axes[0, -1].get_yaxis_transform(), "rotation": 270, "va": "center"}
            axes[0, -1].text(1.01, at, words, fontsize=8, color=GREY, style="italic", **place)
    return figure, list(zip(axes[0], scores, strict=True))


def _legend(figure: Figure, ax: Axes, *, columns: int) -> None:
    """Put the legend of one panel above all; dots before bars before lines, in the order of drawing."""
    pairs = list(zip(*ax.get_legend_handles_labels(), strict=True))
    pairs.sort(key=lambda pair: not (isinstance(pair[0], Line2D) and pair[0].get_marker() in ("o", "D")))
    figure.legend(*zip(*pairs, strict=True), loc="outside upper center", ncols=columns, fontsize=8)
