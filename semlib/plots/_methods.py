"""One colour a method, in all figures of either paper."""

from __future__ import annotations

from semlib.plots.style import BROWN, COLORS, GREY, INDIGO

#: By the first letters of a method's name, small ones; the first that fits counts.
_STARTS = {
    # paper 1
    "glcm": COLORS[0],
    "lbp": COLORS[1],
    "wavelet": COLORS[2],
    "pca": COLORS[3],
    "ssl": COLORS[5],
    "trained": COLORS[5],
    "untrained": COLORS[4],
    "mean grey": GREY,
    "thumbnail": INDIGO,
    "shading": "black",
    "corners": BROWN,
    # paper 2: NPFC is the blue one everywhere
    "npfc, practical": COLORS[4],
    "npfc": COLORS[0],
    "median, dies only": BROWN,
    "median": COLORS[1],
    "dbscan": COLORS[2],
    "adjacency clustering": COLORS[3],
    "√8 merge": COLORS[5],
    "iwmm": INDIGO,
    "do nothing": GREY,
    "raw": GREY,
}


def known(method: str) -> str | None:
    """Return the colour of a method, None for one that has none."""
    name = str(method).lower()
    return next((color for start, color in _STARTS.items() if name.startswith(start)), None)


def color_of(method: str) -> str:
    """Return the colour of a method; those that have none are grey."""
    return known(method) or COLORS[6]
