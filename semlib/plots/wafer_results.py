"""The figure of a result on many wafer maps: each map, and below it what NPFC keeps of it."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from semlib.plots.style import credit, picture
from semlib.plots.wafer_maps import ASIDE, DEFECT, GOOD_DIE, cluster_layers, legend, paint
from semlib.wafer.maps import DEFECTIVE

#: Of dies that a method leaves in no cluster.
GONE = ASIDE


def kept_below(
    maps: Sequence[np.ndarray],
    labels: Sequence[np.ndarray],
    titles: Sequence[str],
    *,
    source: str,
    columns: int = 4,
) -> Figure:
    """Show maps, and below each its clusters in colours, dies of none in grey.

    Parameters
    ----------
    maps : sequence of ndarray (H, W)
        0 no die, 1 good die, 2 defective die.
    labels : sequence of ndarray of int (H, W)
        The clusters of each map, -1 where no die is kept.
    titles : sequence of str
        One above each map.
    source : str
        The data's name, written below the figure.
    columns : int, default 4
        Maps beside each other.
    """
    columns = min(columns, len(maps))
    bands = -(-len(maps) // columns)
    side = min(7.5 / columns, 2.8)  # a single map need not fill the page
    size = (7.5, bands * (2 * side + 0.3) + 0.3)
    figure, axes = plt.subplots(2 * bands, columns, figsize=size, squeeze=False, layout="constrained")
    for ax in axes.flat:
        ax.set_axis_off()
    for i, (wafer_map, found, title) in enumerate(zip(maps, labels, titles, strict=True)):
        above, below = axes[2 * (i // columns) : 2 * (i // columns) + 2, i % columns]
        gone = (wafer_map == DEFECTIVE) & (found < 0)
        n = int(found.max(initial=-1)) + 1
        picture(above, paint(wafer_map)).set_title(title, fontsize=7.5)
        picture(below, paint(wafer_map, [(gone, GONE), *cluster_layers(found)]))
        below.set_title(f"{int(gone.sum())} dies removed, {n} cluster{'s' * (n != 1)}", fontsize=7.5)
    legend(figure, {GOOD_DIE: "good die", DEFECT: "defective", GONE: "in no cluster"})
    return credit(figure, source)
