"""The page of an explorer: HTML that holds its data, style and script, and needs plotly.js alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files

import numpy as np
from IPython.display import HTML

from semlib.plots.explorer_pack import Sprite, packed
from semlib.plots.style import COLORS

#: Low to high. Neither end is lost on a white or on a black page; safe for the colour-blind.
SCALE = ((0.0, "#2f7fd0"), (0.5, "#98989f"), (1.0, "#e67300"))

_SCRIPTS = (
    "explorer_parts.js",
    "explorer_model.js",
    "explorer_dots.js",
    "explorer_plot.js",
    "explorer_panel.js",
    "explorer.js",
)


def page(name: str, **spec) -> HTML:
    """Return an explorer's page; ``spec`` is what ``explorer.js`` reads.

    In the book plotly.js comes from ``_static`` (``book/_ext/offline_assets.py`` puts it there). In Jupyter
    and on Colab it comes from plotly's CDN, in the version that is installed.
    """
    from plotly.offline import get_plotlyjs_version

    cdn = f"https://cdn.plot.ly/plotly-{get_plotlyjs_version()}.min.js"
    spec |= {"id": name, "cdn": cdn, "scale": SCALE}
    text = json.dumps(spec, separators=(",", ":")).replace("<", "\\u003c")  # no text ends the script
    code = "".join(map(_text, _SCRIPTS))
    style = _text("explorer.css")
    run = f'(function () {{\n"use strict";\n{code}var spec = {text};\nsemlibExplorer(spec);\n}})();'
    return HTML(
        f'<div id="{escape(name)}" class="semlib-explorer"></div>\n'
        f"<style>\n{style}</style>\n<script>\n{run}\n</script>"
    )


def _text(name: str) -> str:
    return files("semlib.plots").joinpath(name).read_text("utf8")


def sheet(sprite: Sprite, label: str, *, pixels: bool = False) -> dict:
    """Return a sprite for a page; with ``pixels`` its images keep hard edges where they are drawn larger."""
    return {
        "src": sprite.uri,
        "side": sprite.side,
        "columns": sprite.columns,
        "label": label,
        "pixels": pixels,
    }


def colouring(
    title: str,
    values: np.ndarray | Mapping[str, np.ndarray],
    methods: Sequence[str],
    names: Mapping | None = None,
    colors: Sequence[str] = COLORS,
) -> dict:
    """Return one entry of the menu of colours.

    Parameters
    ----------
    title : str
    values : ndarray (N,), or a mapping of a method to one
        Floats are a scale of colours. Whole numbers and texts are groups, each with a colour of its own.
    methods : sequence of str
        The method of each layout.
    names : mapping, optional
        What to call a group; by default its value.
    colors : sequence of str
        Groups take these in turn.
    """
    by_method = isinstance(values, Mapping)
    arrays = [np.asarray(x) for x in (values.values() if by_method else [values])]
    keys = list(values) if by_method else []
    if by_method and (missing := sorted(set(methods) - set(keys))):
        raise ValueError(f"colours[{title!r}] lacks {', '.join(missing)}; pass an array for each method")
    entry = {"name": title, "of": [keys.index(m) if by_method else 0 for m in methods]}
    if arrays[0].dtype.kind == "f":
        return entry | {"arrays": [packed(x) for x in arrays]}
    found = np.unique(np.concatenate(arrays))
    return entry | {
        "arrays": [packed(np.searchsorted(found, x)) for x in arrays],
        "groups": [
            {"name": str((names or {}).get(value, value)), "color": colors[k % len(colors)]}
            for k, value in enumerate(found.tolist())
        ],
    }


def neighbours(near: np.ndarray, distances: np.ndarray, title: str) -> dict:
    """Return the nearest points of each point, (N, k) indices and distances, for a page."""
    return {"index": packed(np.asarray(near)), "distance": packed(np.asarray(distances)), "title": title}


def check_lengths(**parts) -> None:
    """Raise a ValueError unless all parts have one entry for each point; it names their sizes."""
    sizes = {name: len(part) for name, part in parts.items()}
    if len(set(sizes.values())) > 1:
        said = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise ValueError(f"these have different numbers of entries: {said}; pass one of each for every point")
