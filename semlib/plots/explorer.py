"""Scatter plots of images to look around in: hover, pin, select; in the book, in Jupyter and on Colab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import HTML

from semlib.plots.explorer_pack import Sprite, make_sprite, nearest, packed
from semlib.plots.explorer_page import check_lengths, colouring, neighbours, page, sheet

_NEAR = 6  # neighbours of a pinned point
_HINT = (
    "Click a point to pin its image beside its nearest neighbours. Drag with Box or Lasso to see many images."
)


def explorer(
    xy: np.ndarray,
    images: np.ndarray,
    groups: np.ndarray,
    captions: Sequence[str],
    *,
    name: str,
    side: int = 96,
    legend: str = "class",
) -> HTML:
    """Return a scatter plot that shows the image under the pointer, with one layout and one colouring.

    Parameters
    ----------
    xy : ndarray, (N, 2)
        Positions.
    images : ndarray, (N, H, W)
        Grey images: uint8, or floats in [0, 1].
    groups : ndarray, (N,)
        Each distinct value is a colour and an entry of the legend; a click there hides it.
    captions : list of str
        Shown below the image.
    name : str
        The plot's id in the page; fixed, so that a repeated run gives the same output.
    side : int, default 96
        Side of the thumbnails, in pixels.
    legend : str, default "class"
        What the groups are.

    Raises
    ------
    ValueError
        If the four differ in length.
    """
    return embedding_explorer(
        {("", ""): xy},
        images,
        {legend: np.asarray(groups)},
        captions,
        name=name,
        side=side,
        alt=f"Scatter plot of {len(xy)} images, coloured by {legend}",
    )


def embedding_explorer(
    layouts: Mapping[tuple[str, str], np.ndarray],
    images: np.ndarray | Sprite,
    colours: Mapping[str, np.ndarray | Mapping[str, np.ndarray]],
    captions: Sequence[str],
    *,
    name: str,
    alt: str,
    near: Mapping[str, tuple[np.ndarray, np.ndarray]] | None = None,
    group_names: Mapping[str, Mapping] | None = None,
    side: int = 52,
) -> HTML:
    """Return an explorer of embeddings: menus for layout and colours, hover, pin, select, keys, touch.

    All is in the page, positions to 1/131,068 of the span, images in one picture; only plotly.js is not.

    Parameters
    ----------
    layouts : mapping of (method, kind) to ndarray, (N, 2)
        Such as ("SSL", "UMAP"); two menus choose among the methods and the kinds. The first is shown first.
    images : ndarray (N, H, W), or Sprite
        Grey images: uint8, or floats in [0, 1].
    colours : mapping of str to ndarray (N,), or to a mapping of a method to one
        What the points can be coloured by. Floats are a scale, whole numbers and texts are groups. What
        depends on the method, such as its clusters, is one array for each.
    captions : sequence of str
        The name of each image.
    name : str
        The plot's id in the page; fixed, so that a repeated run gives the same output.
    alt : str
        What a reader who does not see the plot is told of it.
    near : mapping of a method to (indices, distances), each (N, k), optional
        The nearest images of each among the method's features. Without it, the nearest in the layout.
    group_names : mapping of a colouring to a mapping of value to str, optional
        What to call groups.
    side : int, default 52
        Side of the thumbnails in pixels; of a Sprite its own.

    Raises
    ------
    ValueError
        If the parts differ in length, a mapping lacks a method, or there are fewer than two points.
    """
    if not layouts:
        raise ValueError("layouts is empty; pass at least one, as {(method, kind): positions}")
    methods = [method for method, _ in layouts]
    parts = {f"layouts[{key!r}]" if any(key) else "xy": xy for key, xy in layouts.items()}
    for title, values in colours.items():
        each = values if isinstance(values, Mapping) else {"": values}
        parts |= {f"colours[{title!r}] {method}".rstrip(): x for method, x in each.items()}
    sprite = images if isinstance(images, Sprite) else None
    check_lengths(**parts, images=range(sprite.n) if sprite else images, captions=captions)
    if near is None:
        k = min(_NEAR, len(captions) - 1)
        found = [
            neighbours(*nearest(xy, k), "Nearest in this map, with distances") for xy in layouts.values()
        ]
        at = list(range(len(layouts)))
    else:
        if missing := sorted(set(methods) - set(near)):
            raise ValueError(f"near lacks {', '.join(missing)}; pass indices and distances for each method")
        used = list(dict.fromkeys(methods))
        found = [neighbours(*near[m], f"Nearest by {m}, with distances") for m in used]
        at = [used.index(method) for method in methods]
    sprite = sprite or make_sprite(images, side, quality=70)
    return page(
        name,
        alt=alt,
        names=list(captions),
        words={"method": "Embedding", "hint": _HINT},
        sheets=[sheet(sprite, "image")],
        show=112,
        small=52,
        layouts=[
            {"method": method, "kind": kind, "xy": packed(np.asarray(xy, float)), "near": k}
            for ((method, kind), xy), k in zip(layouts.items(), at, strict=True)
        ],
        neighbours=found,
        colours=[
            colouring(title, values, methods, (group_names or {}).get(title))
            for title, values in colours.items()
        ],
    )
