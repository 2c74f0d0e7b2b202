"""The figures of the infinite warped mixture model. Each takes fits or tables, and returns the figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from semlib.plots._methods import color_of
from semlib.plots.style import COLORS, credit, picture
from semlib.plots.wafer_maps import CLUSTER_COLORS, paint
from semlib.wafer.iwmm_types import IwmmFit

GRID_LINES = 15


def latent_and_observed(
    fits: Sequence[IwmmFit],
    titles: Sequence[str],
    *,
    source: str,
    maps: Sequence[np.ndarray] | None = None,
) -> Figure:
    """Show what each fit found, a row a fit: latent points on the left, and warped to where they are seen.

    Ellipses are the components' at two standard deviations, on the right warped by the Gaussian process, as
    is the square grid. Points are (row, column), rows downwards, and lie on their wafer map where ``maps``
    are given; the latent space must have 2 dimensions.
    """
    figure, axes = plt.subplots(
        len(fits),
        2,
        figsize=(7.5, (2.4 if maps is None else 3.3) * len(fits)),
        squeeze=False,
        layout="constrained",
    )
    for (latent, seen), fit, title in zip(axes, fits, titles, strict=True):
        for line in _grid(fit.latent):
            latent.plot(*line.T[::-1], color="#dddddd", lw=0.6, zorder=0)
            seen.plot(*fit.warp(line).T[::-1], color="#dddddd" if maps is None else "white", lw=0.7, zorder=0)
        for k, ellipse in enumerate(fit.ellipses(deviations=2)):
            color = _color(k)
            latent.plot(*ellipse.T[::-1], color=color, lw=1)
            seen.plot(*fit.warp(ellipse).T[::-1], color=color, lw=1)
        _points(latent, fit.latent, fit.labels)
        _points(seen, fit.points, fit.labels)
        latent.set_title(f"latent space: {fit.n_components} components")
        seen.set_title(title)
        _frame(latent, fit.latent)
        _frame(seen, fit.points)
    for (_, seen), wafer_map in zip(axes, maps or [], strict=False):
        picture(seen, paint(np.minimum(wafer_map, 1)), zorder=-1)
        seen.set(xlim=(-0.5, wafer_map.shape[1] - 0.5), ylim=(wafer_map.shape[0] - 0.5, -0.5))
    return credit(figure, source)


def chain_moments(fit: IwmmFit, *, source: str, columns: int = 5) -> Figure:
    """Show a chain at moments spread evenly over it: latent points above, observed points below."""
    at = np.unique(np.linspace(0, len(fit.kept) - 1, columns).astype(int))
    figure, axes = plt.subplots(2, len(at), figsize=(7.5, 3.0), squeeze=False, layout="constrained")
    for (latent, seen), i in zip(axes.T, at, strict=True):
        labels = fit.kept_labels[i]
        _points(latent, fit.kept_latent[i][:, :2], labels)
        _points(seen, fit.points, labels)
        latent.set_title(f"iteration {fit.kept[i] + 1}", fontsize=8.5)
        n = int(labels.max()) + 1
        seen.set_xlabel(f"{n} component{'s' * (n != 1)}", fontsize=8)
        _frame(latent, fit.kept_latent[i][:, :2])
        _frame(seen, fit.points)
    axes[0, 0].set_ylabel("latent")
    axes[1, 0].set_ylabel("observed")
    return credit(figure, source)


def chain_traces(traces: Mapping[str, pd.DataFrame], *, source: str) -> Figure:
    """Show chains by iteration: log joint, number of components, ARI with the truth where it is a column.

    Each table is indexed by iteration, its columns are among ``log_joint``, ``components``, ``ari``. The
    warm-up, the first half, is shaded.
    """
    names = {"log_joint": "log joint", "components": "components", "ari": "ARI with the truth"}
    columns = [name for name in names if all(name in table for table in traces.values())]
    figure, axes = plt.subplots(
        len(columns), 1, figsize=(7.5, 1.5 * len(columns) + 0.5), sharex=True, squeeze=False
    )
    for ax, column in zip(axes[:, 0], columns, strict=True):
        for color, (name, table) in zip(COLORS * len(traces), traces.items(), strict=False):
            ax.plot(table.index, table[column], color=color, lw=0.9, label=name)
        last = max(table.index.max() for table in traces.values())
        ax.axvspan(0, last / 2, color="#f0f0f0", zorder=0, lw=0)
        ax.set_ylabel(names[column])
        ax.yaxis.set_major_locator(MaxNLocator(4, integer=column == "components"))
    # the first draws may lie far below all others
    lowest = min(t["log_joint"][t.index > last / 50].min() for t in traces.values())
    highest = max(t["log_joint"].max() for t in traces.values())
    axes[0, 0].set_ylim(lowest - 0.1 * (highest - lowest), highest + 0.1 * (highest - lowest))
    axes[-1, 0].set(xlabel="iteration", xlim=(0, last))
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=6, fontsize=7.5)
    return credit(figure, source)


def score_dots(table: pd.DataFrame, label: str, *, source: str) -> Figure:
    """Show one score by method: a row a column of ``table``, a dot a row of it, the mean as a line."""
    figure, ax = plt.subplots(figsize=(7.5, 0.38 * table.shape[1] + 0.7), layout="constrained")
    for y, name in enumerate(table):
        values = table[name].dropna().to_numpy()
        color = color_of(name)
        # equal values are set apart a little, or they would look like one
        _, rank = np.unique(values.round(2), return_inverse=True)
        beside = np.array([(rank[:i] == rank[i]).sum() for i in range(len(rank))])
        ax.plot(values, y - 0.13 * beside, "o", color=color, alpha=0.75, ms=5)
        if len(values):
            ax.plot([values.mean()] * 2, [y - 0.35, y + 0.35], color="black", lw=1.2)
    ax.set(yticks=range(table.shape[1]), yticklabels=table.columns, xlabel=label)
    ax.set_ylim(table.shape[1] - 0.4, -0.6)
    ax.grid(axis="x", alpha=0.3)
    return credit(figure, source)


def _color(k: int) -> str:
    return CLUSTER_COLORS[k % len(CLUSTER_COLORS)]


def _points(ax: Axes, points: np.ndarray, labels: np.ndarray) -> None:
    ax.scatter(points[:, 1], points[:, 0], s=9, c=[_color(k) for k in labels], lw=0)


def _frame(ax: Axes, points: np.ndarray) -> None:
    """Equal axes with a margin, rows downwards, no ticks: a latent place means nothing by itself."""
    low, high = points.min(axis=0), points.max(axis=0)
    (y, x), half = (low + high) / 2, 0.62 * (high - low).max()  # squares: all panels have one size
    ax.set(xlim=(x - half, x + half), ylim=(y + half, y - half))
    ax.set(aspect="equal", xticks=[], yticks=[])
    ax.spines[:].set(visible=True, color="#cccccc", lw=0.6)


def _grid(points: np.ndarray) -> list[np.ndarray]:
    """Return the lines of a square grid over points in the plane, each (m, 2)."""
    low, high = points.min(axis=0), points.max(axis=0)
    rows, columns = (np.linspace(a, b, GRID_LINES) for a, b in zip(low, high, strict=True))
    fine = [np.linspace(a, b, 80) for a, b in zip(low, high, strict=True)]
    along = [np.stack([np.full(80, row), fine[1]], axis=1) for row in rows]
    return along + [np.stack([fine[0], np.full(80, column)], axis=1) for column in columns]
