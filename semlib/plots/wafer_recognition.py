"""The figures that show whether filtering helps recognition. Each takes tables, and returns the figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from semlib.plots._methods import color_of
from semlib.plots.style import COLORS, GREY, credit, picture
from semlib.plots.wafer_maps import ADDED, DEFECT, REMOVED, change_image, legend, paint


def f1_by_filter(runs: pd.DataFrame, filters: pd.DataFrame, *, source: str) -> Figure:
    """Show the macro F1 of each run with its interval, and of each filter: a panel a model, a row a filter.

    Parameters
    ----------
    runs, filters : DataFrame
        From `semlib.wafer.recognition.Recognition.scores`.
    source : str
        The data.
    """
    models = list(dict.fromkeys(runs["model"]))
    names = list(dict.fromkeys(runs["filter"]))
    figure, axes = plt.subplots(
        1,
        len(models),
        figsize=(7.5, 0.48 * len(names) + 0.8),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for ax, model in zip(axes[0], models, strict=True):
        for y, name in enumerate(names):
            row, color = filters.loc[(model, name)], color_of(name)
            ax.fill_betweenx([y - 0.36, y + 0.36], row.low, row.high, color=color, alpha=0.18, lw=0)
            ax.plot([row.f1] * 2, [y - 0.36, y + 0.36], color="black", lw=1.2)
            part = runs[(runs["model"] == model) & (runs["filter"] == name)]
            for offset, run in zip(np.linspace(-0.22, 0.22, len(part)), part.itertuples(), strict=True):
                ax.plot([run.low, run.high], [y + offset] * 2, color=color, lw=1)
                ax.plot(run.f1, y + offset, "o", color=color, ms=3.5)
        if "raw" in names:
            ax.axvline(filters.loc[(model, "raw")].f1, color=GREY, lw=0.8, ls="--", zorder=0)
        ax.set(title=model, xlabel="macro F1")
        ax.xaxis.set_major_locator(MaxNLocator(5))
        ax.grid(axis="x", alpha=0.3)
    axes[0, 0].set(yticks=range(len(names)), yticklabels=names, ylim=(len(names) - 0.5, -0.5))
    return credit(figure, source)


def gains(tables: Mapping[str, pd.DataFrame], *, margin: float, source: str) -> Figure:
    """Show each filter's gain over raw maps with its interval: a panel a model, a colour a setting.

    ``tables`` holds the second table of `semlib.wafer.recognition.Recognition.scores` by setting. Shaded:
    gains below ``margin``.
    """
    first = next(iter(tables.values()))
    models = list(dict.fromkeys(model for table in tables.values() for model, _ in table.index))
    names = [name for name in first.loc[models[0]].index if name != "raw"]
    figure, axes = plt.subplots(
        1,
        len(models),
        figsize=(7.5, 0.48 * len(names) + 1.1),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for ax, model in zip(axes[0], models, strict=True):
        ax.axvspan(0, margin, color="#eeeeee", zorder=0, lw=0)
        ax.axvline(0, color=GREY, lw=0.8)
        for k, (setting, table) in enumerate(tables.items()):
            if model not in table.index.get_level_values("model"):
                continue
            y = np.arange(len(names)) + 0.24 * (k - (len(tables) - 1) / 2)
            part = table.loc[model].loc[names]
            ax.hlines(y, part.gain_low, part.gain_high, color=COLORS[k], lw=1.6)
            ax.plot(part.gain, y, "o", color=COLORS[k], ms=4.5, label=setting)
        ax.set(title=model, xlabel="macro F1 less that of raw maps")
        ax.xaxis.set_major_locator(MaxNLocator(5))
        ax.grid(axis="x", alpha=0.3)
    axes[0, 0].set(yticks=range(len(names)), yticklabels=names, ylim=(len(names) - 0.5, -0.5))
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=4, fontsize=8)
    return credit(figure, source)


def f1_by_count(by_count: pd.DataFrame, *, source: str) -> Figure:
    """Show the mean F1 of the classes with so many patterns (columns), a line a filter (rows)."""
    figure, ax = plt.subplots(figsize=(7.5, 3.2), layout="constrained")
    for i, (name, row) in enumerate(by_count.iterrows()):
        raw = name == "raw"
        ax.plot(
            by_count.columns,
            row,
            marker="o^sDvPX"[i % 7],
            ms=4.5,
            color=color_of(name),
            lw=2 if raw or str(name).startswith("NPFC") else 1.1,
            ls="--" if raw else "-",
            label=name,
        )
    ax.set(xlabel="patterns on the map", ylabel="mean F1 of the classes", xticks=by_count.columns)
    ax.grid(axis="y", alpha=0.3)
    figure.legend(*ax.get_legend_handles_labels(), loc="outside right upper", fontsize=8)
    return credit(figure, source)


def pattern_changes(tables: Mapping[str, pd.DataFrame], *, source: str) -> Figure:
    """Show scores of single patterns: raw maps in the first row, below how filters change them, in points.

    ``tables`` holds a table by title: a row a filter, "raw" among them, a column a pattern; values 0 to 1.
    """
    figure, axes = plt.subplots(
        1,
        len(tables),
        figsize=(7.5, 0.36 * len(next(iter(tables.values()))) + 1.3),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for ax, (title, table) in zip(axes[0], tables.items(), strict=True):
        change = 100 * (table - table.loc["raw"])
        ax.imshow(change, cmap="RdBu", vmin=-10, vmax=10, aspect="auto")
        for (i, j), value in np.ndenumerate(change.to_numpy()):
            text = f"{100 * table.iloc[i, j]:.0f}" if table.index[i] == "raw" else _points(value)
            color = "white" if abs(value) > 7 else "black"
            ax.text(j, i, text, ha="center", va="center", fontsize=6.5, color=color)
        ax.set_xticks(range(table.shape[1]), table.columns, rotation=60, ha="right", rotation_mode="anchor")
        ax.set_yticks(range(len(table)), table.index)
        ax.tick_params(length=0, labelsize=7.5)
        ax.spines[:].set_visible(False)
        ax.set_title(title)
    return credit(figure, source)


def examples(
    maps: Sequence[np.ndarray],
    filtered: Sequence[np.ndarray],
    texts: Sequence[tuple[str, str]],
    *,
    source: str,
    columns: int = 4,
) -> Figure:
    """Show maps above their filtered versions, changed dies marked, each with a text (above, below)."""
    rows = max(1, -(-len(maps) // columns))
    figure, axes = plt.subplots(
        2 * rows, columns, figsize=(7.5, rows * (2 * 7.5 / columns + 0.75) + 0.3), squeeze=False,
        layout="constrained",
    )  # fmt: skip
    for ax in axes.flat:
        ax.set_axis_off()
    for i, (wafer_map, version, (above, below)) in enumerate(zip(maps, filtered, texts, strict=True)):
        top, bottom = axes[2 * (i // columns) : 2 * (i // columns) + 2, i % columns]
        picture(top, paint(wafer_map)).set_title(above, fontsize=6.5)
        picture(bottom, change_image(wafer_map, version)).set_title(below, fontsize=6.5)
    legend(figure, {DEFECT: "kept", REMOVED: "removed", ADDED: "added"})
    return credit(figure, source)


def _points(value: float) -> str:
    text = f"{value:+.1f}"
    return "0" if float(text) == 0 else text.replace("-", "−")
