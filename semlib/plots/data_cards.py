"""The figures of the data cards: examples of each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from semlib.plots.style import credit, picture
from semlib.plots.wafer_maps import DEFECT, GOOD_DIE, legend, paint


def example_rows(
    examples: Mapping[str, Sequence[np.ndarray]], *, maps: bool, source: str, columns: int = 8
) -> Figure:
    """Show examples of each class, one row a class.

    Parameters
    ----------
    examples : mapping of str to sequence of ndarray
        What stands left of a row, and its images, of which the first ``columns`` are shown.
    maps : bool
        True for wafer maps (0 no die, 1 good, 2 defective), False for 8-bit grey images.
    source : str
        Where they come from.
    columns : int, default 8
    """
    figure, axes = plt.subplots(
        len(examples),
        1 + columns,
        figsize=(7.5, 0.84 * len(examples) + 0.3 * maps),
        width_ratios=[0.9] + [1] * columns,
        squeeze=False,
        layout="constrained",
    )
    for ax in axes.flat:
        ax.set_axis_off()
    for (label, *row), (name, images) in zip(axes, examples.items(), strict=True):
        label.text(1, 0.5, name, ha="right", va="center", fontsize=9)
        for ax, image in zip(row, images, strict=False):
            # greys above 180 are rare in SEM images of flat layers: 0 to 255 would print too dark
            picture(ax, paint(image)) if maps else picture(ax, image, vmin=0, vmax=180)
    if maps:
        legend(figure, {GOOD_DIE: "good die", DEFECT: "defective die"})
    return credit(figure, source)
