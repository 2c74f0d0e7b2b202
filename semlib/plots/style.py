"""One look for all figures: colours that colour-blind readers can tell apart, and the data's name in the
corner."""

from __future__ import annotations

import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure

#: Okabe and Ito's colours, in an order that keeps neighbours apart.
COLORS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7F7F7F", "#F0E442")
#: Two more, of Paul Tol's, where grey has a meaning and yellow is too pale.
INDIGO, BROWN = "#332288", "#661100"
GREY = "#6b6b6b"
#: For numbers as colours: greys, sequential ones, and one diverging one. All are safe for the colour-blind.
COLORMAPS = ("gray", "Blues", "viridis", "cividis", "magma", "RdBu", "RdBu_r")
#: Of every figure, in inches: the width of a page's column.
WIDTH = 7.5


def use_style() -> None:
    """Set matplotlib's defaults for the book's figures, and let tables show long words whole.

    Call it once, at the top of a notebook, where it also gives figures two pixels for each of a page's: fine
    screens and paper show them sharp.
    """
    ipython = sys.modules.get("IPython")
    if ipython and ipython.get_ipython():
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("retina")
    pd.set_option("display.max_colwidth", None)
    plt.rcParams.update(
        {
            "figure.dpi": 110,
            "figure.figsize": (WIDTH, 4),
            "figure.constrained_layout.use": True,
            "figure.facecolor": "white",
            "savefig.facecolor": "white",
            "font.size": 9,
            "axes.titlesize": 9.5,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": cycler(color=COLORS),
            "legend.frameon": False,
            "image.cmap": "gray",
        }
    )


def credit(figure: Figure, source: str) -> Figure:
    """Write which data made a figure below it, and return the figure, closed so that it shows only once."""
    plt.close(figure)
    # notebooks cut a figure's empty margins off: with this all have the same width, and so the same scale
    figure.add_artist(plt.Line2D([0.004, 0.996], [0.5, 0.5], lw=0, color="none"))
    figure.text(0.998, -0.02, f"data: {source}", ha="right", va="top", fontsize=7, color=GREY)
    return figure


def picture(ax: Axes, image, title: str = "", **options) -> Axes:
    """Show an image without ticks and frame.

    Large images are smoothed when they shrink, or a border of 3 pixels would be there or not by chance; small
    ones, such as wafer maps, keep their pixels.
    """
    smooth = min(np.shape(image)[:2]) > 200
    ax.imshow(image, **{"interpolation": "antialiased" if smooth else "nearest", **options})
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    if title:
        ax.set_title(title)
    return ax
