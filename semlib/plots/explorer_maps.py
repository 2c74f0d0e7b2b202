"""The explorer for wafer maps: a point is a map, and a pinned one stands beside what NPFC made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import HTML

from semlib.plots.explorer_pack import make_sprite, nearest, packed
from semlib.plots.explorer_page import check_lengths, colouring, neighbours, page, sheet
from semlib.plots.wafer_maps import CLUSTER_COLORS, cluster_layers, paint
from semlib.plots.wafer_results import GONE
from semlib.wafer.maps import DEFECTIVE
from semlib.wafer.npfc_types import NpfcResult

_NEAR, _LARGEST = 6, 104  # neighbours of a pinned map; pixels of a thumbnail
_HINT = "Click a point to pin its map beside what NPFC made of it. Drag with Box or Lasso to see many maps."


def map_features(maps: Sequence[np.ndarray], cells: int = 13) -> np.ndarray:
    """Return how dense the defective dies are, cell by cell of a coarse grid: what the maps are laid out by.

    Parameters
    ----------
    maps : sequence of ndarray, (H, W)
        0 no die, 1 good die, 2 defective die; of any sizes.
    cells : int, default 13
        The grid has so many rows and columns. On a map of 52×52 a cell is 4×4 dies: a pattern that is moved
        by a die or two still looks alike.

    Returns
    -------
    ndarray of float64, shape (N, cells²)
        The square root of the share of defective dies among the dies of each cell, 0 where there is no die.
        The root keeps a few full cells from deciding alone.
    """
    features = np.zeros((len(maps), cells * cells))
    for i, wafer_map in enumerate(map(np.asarray, maps)):
        rows, columns = (np.arange(size) * cells // size for size in wafer_map.shape)
        cell = (rows[:, None] * cells + columns).ravel()
        dies, bad = (
            np.bincount(cell, weights=mask.ravel(), minlength=cells * cells)
            for mask in (wafer_map > 0, wafer_map == DEFECTIVE)
        )
        features[i] = np.sqrt(bad / np.maximum(dies, 1))
    return features


def decisions(result: NpfcResult) -> list[tuple[str, str]]:
    """Return NPFC's account of a map: a colour and a sentence for each cluster, cores first.

    Of a cluster that is no core: its radius case to each core, the cores of f1, the verdict (section 2.2.3).
    Clusters have their colours in the map of the result; grey is removed.
    """
    label = {core: k for k, core in enumerate(result.cores)}
    color = {core: CLUSTER_COLORS[k % len(CLUSTER_COLORS)] for core, k in label.items()}
    sizes = np.bincount(result.merged[result.merged >= 0], minlength=1)
    lines = [(color[core], f"cluster {core}, {_dies(sizes[core])}: a core") for core in result.cores]
    for made in result.decisions:
        cases = ", ".join(f"{case} to {core}" for core, case in enumerate(made.cases))
        f1 = ", ".join(map(str, made.f1)) or "none"
        why = f"case {cases}; f1: {f1}; " if made.cases else ""
        verdict = "removed" if made.into is None else f"merged into {made.into}"
        text = f"cluster {made.cluster}, {_dies(made.size)}: {why}{verdict}"
        lines.append((GONE if made.into is None else color[made.into], text))
    noise = int(result.noise.sum())
    return [*lines, (GONE, f"{_dies(noise)} by the noise rule: removed")] if noise else lines


def map_explorer(
    layouts: Mapping[tuple[str, str], np.ndarray],
    maps: Sequence[np.ndarray],
    results: Sequence[NpfcResult],
    colours: Mapping[str, np.ndarray],
    captions: Sequence[str],
    *,
    name: str,
    alt: str,
    near: Mapping[str, tuple[np.ndarray, np.ndarray]] | None = None,
    group_names: Mapping[str, Mapping] | None = None,
) -> HTML:
    """Return an explorer of wafer maps; a click pins a map beside NPFC's clusters and why each is one.

    Parameters
    ----------
    layouts : mapping of (what is laid out, kind) to ndarray, (N, 2)
        Such as ("the map", "UMAP").
    maps : sequence of N ndarrays, (H, W)
        0 no die, 1 good die, 2 defective die. Shown in the house's three colours.
    results : sequence of N NpfcResult
        From :func:`semlib.wafer.npfc_many.npfc_many`, not brief.
    colours, captions, name, alt, near, group_names
        As of :func:`semlib.plots.explorer.embedding_explorer`.

    Raises
    ------
    ValueError
        If the parts differ in length, or a mapping lacks what is laid out.
    """
    if not layouts:
        raise ValueError("layouts is empty; pass at least one, as {(what, kind): positions}")
    parts = {f"layouts[{key!r}]": xy for key, xy in layouts.items()}
    parts |= {f"colours[{title!r}]": values for title, values in colours.items()}
    check_lengths(**parts, maps=maps, results=results, captions=captions)
    side = min(max(max(np.shape(one)) for one in maps), _LARGEST)
    before = make_sprite([_bytes(paint(one)) for one in maps], side, lossless=True, method=4)
    after = make_sprite(
        [_bytes(_clusters(one, made)) for one, made in zip(maps, results, strict=True)],
        side,
        lossless=True,
        method=4,
    )
    what = [method for method, _ in layouts]
    if near is not None and (missing := sorted(set(what) - set(near))):
        raise ValueError(f"near lacks {', '.join(missing)}; pass indices and distances for each")
    found = [
        neighbours(*near[key[0]], "The most similar maps, with distances")
        if near
        else neighbours(*nearest(xy, min(_NEAR, len(maps) - 1)), "Nearest here, with distances")
        for key, xy in layouts.items()
    ]
    return page(
        name,
        alt=alt,
        names=list(captions),
        words={"method": "Laid out by", "hint": _HINT, "details": "NPFC's decision of each cluster"},
        sheets=[
            sheet(before, "the map", pixels=True),
            sheet(after, "its clusters by NPFC, removed dies pale", pixels=True),
        ],
        show=112,
        small=52,
        details=[decisions(one) for one in results],
        layouts=[
            {"method": method, "kind": kind, "xy": packed(np.asarray(xy, float)), "near": k}
            for k, ((method, kind), xy) in enumerate(layouts.items())
        ],
        neighbours=found,
        colours=[
            colouring(title, values, what, (group_names or {}).get(title))
            for title, values in colours.items()
        ],
    )


def _dies(n: int) -> str:
    return f"{n} {'die' if n == 1 else 'dies'}"


def _clusters(wafer_map: np.ndarray, result: NpfcResult) -> np.ndarray:
    gone = (np.asarray(wafer_map) == DEFECTIVE) & (result.labels < 0)
    return paint(wafer_map, [(gone, GONE), *cluster_layers(result.labels)])


def _bytes(image: np.ndarray) -> np.ndarray:
    return (image * 255).round().astype(np.uint8)
