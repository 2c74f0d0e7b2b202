"""Small maps drawn die by die: lines between the dies, outlines, radius bands, distances."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.patches import Annulus
from matplotlib.patheffects import withStroke

from semlib.plots.style import GREY, picture
from semlib.plots.wafer_maps import paint
from semlib.wafer.maps import centre

HALO = [withStroke(linewidth=2.2, foreground="white")]


def dies(ax: Axes, wafer_map: np.ndarray, layers=(), title: str = "") -> Axes:
    """Show a map with the dies of each mask in a colour; on small maps with lines between the dies."""
    picture(ax, paint(wafer_map, layers))
    if title:
        ax.set_title(title, fontsize=8.5)
    if max(wafer_map.shape) <= 30:
        height, width = wafer_map.shape
        ax.hlines(np.arange(height + 1) - 0.5, -0.5, width - 0.5, color="white", lw=0.6)
        ax.vlines(np.arange(width + 1) - 0.5, -0.5, height - 0.5, color="white", lw=0.6)
    return ax


def on_top(ax: Axes, layers) -> None:
    """Show the dies of each mask in a colour over what else is drawn, such as radius bands."""
    for mask, color in layers:
        image = np.zeros((*mask.shape, 4))
        image[mask] = to_rgba(color)
        ax.imshow(image, interpolation="nearest", zorder=2)
        if max(mask.shape) <= 30:
            for y, x in np.argwhere(mask):
                ax.add_patch(
                    plt.Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, ec="white", lw=0.6, zorder=2)
                )


def outline(ax: Axes, mask: np.ndarray, color: str = "black", lw: float = 1.4) -> None:
    """Draw a line around the dies of a mask."""
    padded = np.pad(mask, 1)
    sides = []
    for y, x in np.argwhere(padded[:, 1:] != padded[:, :-1]):  # between two columns
        sides.append([(x - 0.5, y - 1.5), (x - 0.5, y - 0.5)])
    for y, x in np.argwhere(padded[1:] != padded[:-1]):
        sides.append([(x - 1.5, y - 0.5), (x - 0.5, y - 0.5)])
    ax.add_collection(LineCollection(sides, colors=color, linewidths=lw, capstyle="projecting", zorder=3))


def band(ax: Axes, shape: tuple[int, int], low: float, high: float, color: str) -> None:
    """Shade a radius range about the centre of a map of that shape."""
    row, column = centre(np.empty(shape))
    if low > 0:
        ring = Annulus((column, row), high, high - low, fc=color, alpha=0.16, lw=0)
    else:
        ring = plt.Circle((column, row), high, fc=color, alpha=0.16, lw=0)
    ax.add_patch(ring)
    for radius in (low, high):
        ax.add_patch(plt.Circle((column, row), radius, fill=False, ec=color, lw=0.9))
    ax.plot(column, row, "+", color="black", ms=6, mew=0.9)


def line(ax: Axes, start, end, color: str = "black", text: str = "", **options) -> None:
    """Draw a line from die to die, given as (row, column), with a text at its middle."""
    (y0, x0), (y1, x1) = start, end
    style = {"lw": 1.3, "marker": "o", "ms": 2.6, "zorder": 4, **options}
    ax.plot([x0, x1], [y0, y1], color=color, **style)
    if text:
        word(ax, ((y0 + y1) / 2, (x0 + x1) / 2), text, color)


def word(ax: Axes, at, text: str, color: str = "black", size: float = 8) -> None:
    """Write a word on a map at (row, column), with a white rim."""
    row, column = at
    ax.text(
        column,
        row,
        text,
        color=color,
        fontsize=size,
        ha="center",
        va="center",
        path_effects=HALO,
        zorder=6,
        clip_on=False,
    )


def below(ax: Axes, text: str, color: str = GREY, size: float = 8) -> None:
    """Write under a map."""
    ax.text(0.5, -0.03, text, transform=ax.transAxes, ha="center", va="top", fontsize=size, color=color)


def places(mask: np.ndarray) -> np.ndarray:
    """Return the rows and columns of a mask's dies, shape (n, 2)."""
    return np.argwhere(mask)


def extreme_pair(first: np.ndarray, second: np.ndarray, *, farthest: bool = False) -> tuple:
    """Return the nearest, or the farthest, die of one mask and of the other."""
    a, b = places(first), places(second)
    squared = ((a[:, None] - b) ** 2).sum(2)
    at = squared.argmax() if farthest else squared.argmin()
    i, j = np.unravel_index(at, squared.shape)
    return tuple(a[i]), tuple(b[j])
