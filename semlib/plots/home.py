"""The two pictures of the home page: embeddings as a mosaic of images, wafer maps before and after NPFC."""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from semlib.plots.explorer_pack import Sprite
from semlib.plots.style import GREY, credit, picture
from semlib.plots.wafer_maps import REMOVED, cluster_layers, legend, paint
from semlib.wafer.maps import DEFECTIVE
from semlib.wafer.npfc_types import NpfcResult

_SIZE = {"figsize": (4.2, 2.9)}  # two stand side by side on the home page
_TILE = 40  # pixels of an image in the mosaic


def mosaic(xy: np.ndarray, images: Sprite, *, source: str, across: int = 26) -> Figure:
    """Draw a map of embeddings with images in place of dots, as many as find room without overlap.

    Parameters
    ----------
    xy : ndarray of float, (N, 2)
        The map, by UMAP or t-SNE.
    images : Sprite
        The N images.
    source : str
        Which data these are.
    across : int, default 26
        Images side by side along the longer side of the map.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If `xy` and `images` differ in number.
    """
    if len(xy) != images.n:
        raise ValueError(f"xy has {len(xy)} rows and images {images.n}; pass one row for each image")
    sheet = Image.open(io.BytesIO(images.data)).convert("L")
    shown = tiles(xy, across)
    columns, rows = (max(at[k] for at in shown) + 1 for k in (0, 1))
    wall = np.full((rows * _TILE, columns * _TILE), 255, np.uint8)
    for (column, row), i in shown.items():
        y, x = (part * images.side for part in divmod(i, images.columns))
        tile = sheet.crop((x, y, x + images.side, y + images.side)).resize((_TILE, _TILE))
        top, left = (rows - 1 - row) * _TILE, column * _TILE
        wall[top : top + _TILE - 1, left : left + _TILE - 1] = np.asarray(tile)[:-1, :-1]
    figure, ax = plt.subplots(**_SIZE, layout="constrained")
    picture(ax, wall, vmin=0, vmax=255)
    ax.set_title(f"{len(shown)} of {images.n:,} images, each at its place", fontsize=7, color=GREY)
    return credit(figure, source)


def tiles(xy: np.ndarray, across: int) -> dict[tuple[int, int], int]:
    """Return, for each square (column, row from below) that holds points, the one nearest to its middle."""
    low = xy.min(axis=0)
    step = np.ptp(xy, axis=0).max() / across or 1.0
    cells = np.minimum(np.floor((xy - low) / step).astype(int), across - 1)
    off = np.sum((xy - low - (cells + 0.5) * step) ** 2, axis=1)
    found: dict[tuple[int, int], int] = {}
    for i in np.argsort(-off, kind="stable"):  # the nearest last, and it stays
        found[int(cells[i, 0]), int(cells[i, 1])] = int(i)
    return found


def wafers(
    maps: Sequence[np.ndarray], results: Sequence[NpfcResult], titles: Sequence[str], *, source: str
) -> Figure:
    """Draw wafer maps above, and below them what NPFC keeps, a colour a cluster, and what it removes.

    Parameters
    ----------
    maps : sequence of ndarray of int, (H, W)
        0 no die, 1 good die, 2 defective die.
    results : sequence of NpfcResult
        One for each map.
    titles : sequence of str
        What to write above each map.
    source : str
        Which data these are.

    Returns
    -------
    Figure
    """
    figure, axes = plt.subplots(2, len(maps), **_SIZE, squeeze=False, layout="constrained")
    for wafer_map, result, title, (above, below) in zip(maps, results, titles, axes.T, strict=True):
        gone = (wafer_map == DEFECTIVE) & (result.labels < 0)
        picture(above, paint(wafer_map))
        above.set_title(title, fontsize=7)
        picture(below, paint(wafer_map, [(gone, REMOVED), *cluster_layers(result.labels)]))
        n = int(result.labels.max(initial=-1)) + 1
        below.set_title(f"{n} cluster{'s' * (n != 1)}, {int(gone.sum())} dies removed", fontsize=7)
    legend(figure, {REMOVED: "removed by NPFC"})
    return credit(figure, source)
