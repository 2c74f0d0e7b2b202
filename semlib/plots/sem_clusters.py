"""What lies together: neighbours by method, montages of clusters, silhouettes, clusters against classes."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from semlib.plots.style import COLORS, GREY, credit
from semlib.sem.neighbours import SameClass

SAME, OTHER, QUERY = COLORS[2], COLORS[5], "#000000"
_SIDE, _FRAME, _GAP = 88, 5, 5  # of a small picture, its frame, and the room around it, in pixels


def neighbour_rows(
    pixels: np.ndarray,
    neighbours: Mapping[str, np.ndarray],
    query: int,
    labels: np.ndarray | None = None,
    shares: Mapping[str, SameClass] | None = None,
    *,
    source: str,
) -> Figure:
    """Show one image and its nearest neighbours, a row a method.

    Parameters
    ----------
    pixels : ndarray (N, S, S)
        Each picture is stretched to its own range of grey.
    neighbours : mapping of str to ndarray (N, n)
        By method, from :func:`semlib.sem.neighbours.nearest_neighbours`.
    query : int
    labels : ndarray (N,), optional
        Colour the frames, and stand in the pictures' corners.
    shares : mapping of str to SameClass, optional
        By method; drawn as bars to the right, over all images, with chance as a line.
    """
    rows, n = len(neighbours), next(iter(neighbours.values())).shape[1]
    sheet = [[query, *found[query]] for found in neighbours.values()]
    colors = [[QUERY] + [_frame(labels, query, i) for i in row[1:]] for row in sheet]
    units = n + (3.9 if shares else 1)
    figure, ax = plt.subplots(figsize=(7.5, 0.85 + rows * 6.5 / units), layout="constrained")
    ax.imshow(_contact(pixels, sheet, colors), extent=(0, n + 1, rows, 0))
    ax.axvline(1, color="white", lw=5)
    for y, row in enumerate(sheet if labels is not None else []):
        for x, i in enumerate(row):
            box = {"boxstyle": "round,pad=0.12", "fc": "white", "ec": "none", "alpha": 0.8}
            ax.text(x + 0.11, y + 0.12, f"{labels[i]}", fontsize=6.5, ha="left", va="top", bbox=box)
    ax.set(xticks=[0.5, 1 + n / 2], yticks=np.arange(rows) + 0.5, yticklabels=neighbours)
    ax.set_xticklabels(["query", f"its {n} nearest neighbours"])
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    if shares:
        # in the pictures' own coordinates, so that each bar stands beside its row
        for i, (title, share, chance) in enumerate(_BARS):
            values = [(getattr(shares[name], share), getattr(shares[name], chance)) for name in neighbours]
            _bars(ax.inset_axes((n + 1.15 + 1.4 * i, 0, 0.95, rows), transform=ax.transData), values, title)
        ax.set_xlim(0, units)
    if labels is not None:
        entries = {"of the query's class": SAME, "of another class": OTHER}
        _legend(figure, entries, line="share by chance" if shares else "")
    return credit(figure, source)


_BARS = (("all images", "share", "chance"), ("mean of classes", "macro_share", "macro_chance"))


def _bars(ax: Axes, values: list[tuple[float, float]], title: str) -> None:
    for y, (value, chance) in enumerate(values):
        ax.barh(y, value, height=0.5, color=SAME, alpha=0.45)
        ax.text(1.04, y, f"{value:.2f}", va="center", fontsize=7)
        ax.plot([chance] * 2, [y - 0.36, y + 0.36], color="black", lw=1.2)
    ax.set(xlim=(0, 1), ylim=(len(values) - 0.5, -0.5), xticks=[0, 1], yticks=[])
    ax.set_title(title.replace(" ", "\n", 1), fontsize=7.5, pad=3)
    ax.set_xlabel("share", fontsize=7, labelpad=1)
    ax.tick_params(labelsize=6.5, length=2)
    ax.spines["left"].set_color("#cccccc")


def cluster_montages(
    pixels: np.ndarray,
    nearest: Mapping[int, np.ndarray],
    table: pd.DataFrame,
    labels: np.ndarray | None = None,
    *,
    source: str,
    columns: int = 4,
) -> Figure:
    """Show the images nearest to each centre, a panel a cluster.

    Parameters
    ----------
    pixels : ndarray (N, S, S)
        Each picture is stretched to its own range of grey.
    nearest : mapping of int to ndarray
        From :func:`semlib.sem.neighbours.nearest_to_centres`.
    table : DataFrame
        From :func:`semlib.sem.neighbours.cluster_table`, for the panels' titles.
    labels : ndarray (N,), optional
        Colour the frames.
    """
    across = min(3, len(nearest))
    down, most = -(-len(nearest) // across), max(len(found) for found in nearest.values())
    columns = min(columns, most)
    height = 7.5 / across / columns * -(-most // columns) + 0.42
    figure, axes = plt.subplots(
        down, across, figsize=(7.5, down * height + 0.4), squeeze=False, layout="constrained"
    )
    classes = [] if labels is None else np.unique(labels).tolist()
    color = {name: COLORS[i % len(COLORS)] for i, name in enumerate(classes)}
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, (cluster, found) in zip(axes.flat, nearest.items(), strict=False):
        sheet = [found[i : i + columns].tolist() for i in range(0, most, columns)]
        frames = [[GREY if labels is None else color[labels[i]] for i in row] for row in sheet]
        ax.imshow(_contact(pixels, sheet, frames, columns=columns))
        ax.set_title(_cluster_title(cluster, table), fontsize=8, loc="left", pad=3)
    if labels is not None:
        shown = np.unique(labels[np.concatenate(list(nearest.values()))]).tolist()
        _legend(figure, {f"class {name}": color[name] for name in shown})
    return credit(figure, source)


def _cluster_title(cluster: int, table: pd.DataFrame) -> str:
    facts = {name: table.at[cluster, name] for name in table}
    parts = [f"{facts['purity']:.0%} class {facts['class']}"] if "purity" in facts else []
    parts += [f"mean grey {facts['mean_grey']:.2f}"] if "mean_grey" in facts else []
    return f"cluster {cluster}, n = {facts['images']:,}" + "\n" + ", ".join(parts)


def silhouette_bars(
    values: Mapping[str, np.ndarray], clusters: Mapping[str, np.ndarray], *, source: str, columns: int = 4
) -> Figure:
    """Show the silhouette of each image, sorted within its cluster; a panel a method, dashed at the mean."""
    columns = min(columns, len(values))
    rows = -(-len(values) // columns)
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(7.5, 2.5 * rows + 0.2),
        squeeze=False,
        sharex=True,
        sharey=True,
        layout="constrained",
    )
    images = len(next(iter(values.values())))
    room, apart = max(2, images // 40), images / 16  # between clusters, and between their numbers
    for ax, (name, silhouette) in zip(axes.flat, values.items(), strict=False):
        start, written = 0, -np.inf
        for i, cluster in enumerate(np.unique(clusters[name])):
            part = np.sort(silhouette[clusters[name] == cluster])[::-1]
            ax.fill_betweenx(
                start + np.arange(len(part) + 1), 0, [*part, part[-1]], step="post", color=COLORS[i % 8], lw=0
            )
            written = max(start + len(part) / 2, written + apart)
            ax.text(-0.04, written, f"{cluster}", ha="right", va="center", fontsize=7)
            start += len(part) + room
        mean = silhouette.mean()
        if np.isfinite(mean):
            ax.axvline(mean, color="black", ls="--", lw=0.9)
        ax.set(title=f"{name}: {mean:.2f}" if np.isfinite(mean) else f"{name}: undefined", yticks=[])
        ax.axvline(0, color=GREY, lw=0.7)
        ax.spines["left"].set_visible(False)
    axes[0, 0].invert_yaxis()
    axes[0, 0].set_xlim(min(-0.25, *(np.nanmin(v, initial=0) for v in values.values())), 1)
    for ax in list(axes.flat)[len(values) :]:
        ax.set_axis_off()
    for ax in axes[:, 0]:
        ax.set_ylabel("images by cluster")
    figure.supxlabel("silhouette of an image; dashed: the mean", fontsize=9)
    return credit(figure, source)


def confusion_heat(
    tables: Mapping[str, pd.DataFrame], names: Mapping[object, str] | None = None, *, source: str
) -> Figure:
    """Show how classes are spread over clusters: counts, and as colour and per cent the share of the class.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        By method: counts, a row a class, a column a cluster.
    names : mapping, optional
        What classes are called, by class.
    """
    first = next(iter(tables.values()))
    widths = [table.shape[1] for table in tables.values()]
    figure, axes = plt.subplots(
        1,
        len(tables),
        figsize=(7.5, 0.36 * len(first) + 0.9),
        squeeze=False,
        sharey=True,
        width_ratios=widths,
        layout="constrained",
    )
    for ax, (title, table) in zip(axes[0], tables.items(), strict=True):
        counts = table.to_numpy()
        share = counts / np.maximum(1, counts.sum(1, keepdims=True))
        drawn = ax.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        for (y, x), count in np.ndenumerate(counts):
            color = "white" if share[y, x] > 0.6 else "black" if count else "#bbbbbb"
            text = {"ha": "center", "va": "center", "color": color}
            # cells are narrow: no comma in a thousand
            ax.text(x, y - 0.17 * bool(count), f"{count}", fontsize=7 if count < 1000 else 5.5, **text)
            if count:
                ax.text(x, y + 0.28, f"{share[y, x]:.0%}", fontsize=6.5, **text)
        ax.set(title=title, xlabel="cluster", xticks=range(counts.shape[1]), xticklabels=table.columns)
        ax.set(yticks=range(len(table)))
        ax.set_yticklabels([_class_name(c, n, names) for c, n in table.sum(axis=1).items()])
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
    figure.colorbar(drawn, ax=axes, label="share of the class", shrink=0.8)
    return credit(figure, source)


def _class_name(label, count: int, names: Mapping | None) -> str:
    name = (names or {}).get(label)
    return f"{label}: {name}, n = {count:,}" if name else f"class {label}, n = {count:,}"


def _frame(labels: np.ndarray | None, query: int, i: int) -> str:
    if labels is None:
        return GREY
    return SAME if labels[i] == labels[query] else OTHER


def _contact(
    pixels: np.ndarray, sheet: list[list[int]], frames: list[list[str]], *, columns: int | None = None
) -> np.ndarray:
    """Return one picture of many, each in its coloured frame; short rows end in white."""
    cell = _SIDE + 2 * (_FRAME + _GAP)
    out = np.ones((cell * len(sheet), cell * (columns or len(sheet[0])), 3))
    for y, (row, colors) in enumerate(zip(sheet, frames, strict=True)):
        for x, (i, color) in enumerate(zip(row, colors, strict=True)):
            tile = out[y * cell : (y + 1) * cell, x * cell : (x + 1) * cell][_GAP:-_GAP, _GAP:-_GAP]
            tile[:] = to_rgb(color)
            tile[_FRAME:-_FRAME, _FRAME:-_FRAME] = _small(pixels[i])[:, :, None]
    return out


def _small(image: np.ndarray) -> np.ndarray:
    """Return an image at the sheet's size, from its own darkest (0) to its own brightest grey (1)."""
    image = np.asarray(image, np.float32)
    image = (image - image.min()) / max(1e-12, float(image.max() - image.min()))
    return np.clip(Image.fromarray(image).resize((_SIDE, _SIDE), Image.Resampling.BOX), 0, 1)


def _legend(figure: Figure, entries: Mapping[str, str], *, line: str = "") -> None:
    handles = [
        plt.Line2D([], [], marker="s", ls="", color=color, label=name) for name, color in entries.items()
    ]
    if line:
        handles.append(plt.Line2D([], [], marker="|", ls="", ms=9, mew=1.2, color="black", label=line))
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), fontsize=7.5)
