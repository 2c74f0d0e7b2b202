"""The figures of paper 1 that show features and embeddings. Each function returns its figure."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from semlib.plots.style import COLORS, GREY, credit, picture


def training_curve(histories: Mapping[str, pd.DataFrame], *, source: str) -> Figure:
    """Show the loss by epoch, one line a run."""
    figure, ax = plt.subplots(figsize=(7.5, 2.8))
    for name, history in histories.items():
        ax.plot(history.epoch, history.loss, "o-", ms=3.5, label=name)
    ax.set(xlabel="epoch", ylabel="cross-scale loss, mean of the epoch", ylim=(0, None))
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.legend()
    return credit(figure, source)


def embedding_matrices(
    features: Mapping[str, np.ndarray], labels: np.ndarray | None, *, source: str
) -> Figure:
    """Show embeddings as pictures: a row is an image (sorted by class), a column a standardised dimension."""
    n = len(next(iter(features.values())))
    order = np.arange(n) if labels is None else np.argsort(labels, kind="stable")
    figure, axes = plt.subplots(1, len(features), figsize=(7.5, 3.2), sharey=True, layout="constrained")
    for ax, (name, z) in zip(np.atleast_1d(axes), features.items(), strict=True):
        scale = z.std(0) + 1e-12
        drawn = ax.imshow(((z - z.mean(0)) / scale)[order], aspect="auto", cmap="RdBu_r", vmin=-2.5, vmax=2.5)
        ax.set(title=name, xlabel="dimension", yticks=[])
    if labels is not None:
        edges = np.flatnonzero(np.diff(labels[order])) + 0.5
        for ax in np.atleast_1d(axes):
            ax.hlines(edges, -0.5, z.shape[1] - 0.5, color="k", lw=0.5)
    np.atleast_1d(axes)[0].set_ylabel("image" + (", sorted by class" if labels is not None else ""))
    figure.colorbar(drawn, ax=axes, label="standard deviations", shrink=0.8)
    return credit(figure, source)


def baseline_pictures(
    image: np.ndarray,
    glcm: np.ndarray,
    lbp: np.ndarray,
    bands: np.ndarray,
    components: np.ndarray,
    *,
    source: str,
) -> Figure:
    """Show what each baseline looks at: co-occurrences, LBP codes, sub-bands, the first principal images."""
    figure, axes = plt.subplots(1, 5, figsize=(7.5, 1.9), layout="constrained")
    picture(axes[0], image, "image", vmin=0, vmax=1)
    picture(axes[1], np.log1p(glcm), "GLCM (log)", cmap="magma")
    picture(axes[2], lbp, "LBP codes", cmap="viridis")
    picture(axes[3], bands, "wavelet sub-bands")
    most = np.abs(components).max() or 1  # 0 is white
    picture(axes[4], components, "PCA 1–4", cmap="RdBu_r", vmin=-most, vmax=most)
    return credit(figure, source)


def feature_strips(
    features: Mapping[str, np.ndarray],
    names: Mapping[str, tuple[str, str]],
    labels: np.ndarray,
    *,
    source: str,
) -> Figure:
    """Show the first two columns of each feature table, standardised and by class; ``names`` names them."""
    figure, axes = plt.subplots(1, len(features), figsize=(7.5, 2.3), layout="constrained")
    for ax, (name, x) in zip(axes, features.items(), strict=True):
        _dots(ax, (x - x.mean(0)) / (x.std(0) + 1e-12), labels)
        ax.set(title=name, xticks=[], yticks=[], xlabel=names[name][0], ylabel=names[name][1])
    _class_legend(figure, axes[0])
    return credit(figure, source)


def projections(
    layouts: Mapping[str, np.ndarray],
    labels: np.ndarray | None,
    *,
    source: str,
    columns: int = 5,
    notes: Mapping[str, str] | None = None,
) -> Figure:
    """Show two-dimensional layouts as a grid of scatter plots, coloured by class; axes carry no meaning.

    ``notes`` are written below the panels, by the layout's name.
    """
    columns = min(columns, len(layouts))
    rows = -(-len(layouts) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(7.5, (7.5 / columns + 0.35) * rows + 0.3), squeeze=False, layout="constrained"
    )
    for ax, (name, xy) in zip(axes.flat, layouts.items(), strict=False):
        _dots(ax, xy, labels)
        ax.set(title=name, xticks=[], yticks=[])
        ax.set_xlabel((notes or {}).get(name, ""), fontsize=7.5, color=GREY)
        ax.spines[:].set(visible=True, color="#dddddd")
    for ax in list(axes.flat)[len(layouts) :]:
        ax.set_axis_off()
    if labels is not None:
        _class_legend(figure, axes.flat[0])
    return credit(figure, source)


def projections_by_value(
    layouts: Mapping[str, np.ndarray], values: np.ndarray, *, label: str, source: str
) -> Figure:
    """Show two-dimensional layouts side by side, coloured by a number of each image; no label takes part."""
    figure, axes = plt.subplots(
        1, len(layouts), figsize=(7.5, 7 / len(layouts) + 0.1), squeeze=False, layout="constrained"
    )
    for ax, (name, xy) in zip(axes[0], layouts.items(), strict=True):
        drawn = ax.scatter(xy[:, 0], xy[:, 1], c=values, s=12, lw=0, cmap="viridis")
        ax.set(title=name, xticks=[], yticks=[])
        ax.spines[:].set(visible=True, color="#dddddd")
    figure.colorbar(drawn, ax=axes, label=label, shrink=0.8)
    return credit(figure, source)


def _dots(ax: Axes, xy: np.ndarray, labels: np.ndarray | None) -> None:
    """Draw the first two columns; classes of less than a tenth of the dots are drawn larger and on top."""
    for i, label in enumerate([None] if labels is None else np.unique(labels)):
        part = xy if label is None else xy[labels == label]
        small, many = len(part) < 0.1 * len(xy), len(xy) > 1000
        style = {"s": 4 if many else 7, "lw": 0, "alpha": 0.75}
        if small:
            style = {"s": 11 if many else 22, "ec": "black", "lw": 0.4, "zorder": 3}
        ax.scatter(
            part[:, 0], part[:, 1], color=COLORS[i % len(COLORS)], label=f"{label} ({len(part):,})", **style
        )


def _class_legend(figure: Figure, ax: Axes) -> None:
    handles, names = ax.get_legend_handles_labels()
    figure.legend(
        handles, names, title="class (images)", ncols=len(names), loc="outside upper center", fontsize=7.5
    )
