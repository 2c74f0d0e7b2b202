"""What the paper leaves open in NPFC, point by point, with the readings that could be taken instead of ours.

`POINTS` lists the options of `semlib.wafer.npfc_types.NpfcOptions` with other values than the default. Those
that the paper's text fixes are there too, to show how much would hang on them. What each reading changes is
measured by `semlib.wafer.reading_effects`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

DEFAULT = "default"


@dataclass(frozen=True)
class Point:
    """One point, with the other readings of it.

    Attributes
    ----------
    title, default : str
        What it is about, and our reading, in words.
    sure : {"text", "standard", "likely", "guess"}
        How sure our reading is, as on the deviations page.
    values : mapping of str to dict
        The keywords of `semlib.wafer.npfc.npfc` for each other reading, by its name. ``border`` is none of
        them, see `semlib.wafer.reading_effects.compare`.
    """

    title: str
    default: str
    sure: str
    values: Mapping[str, dict[str, Any]] = field(default_factory=dict)


#: The points by name: that of the option, and "cells" for a border around the map.
POINTS: dict[str, Point] = {
    "noise_size": Point(
        "noise rule",
        "2 dies",
        "text",
        {"none removed": {"noise_size": 0}, "1 die": {"noise_size": 1}}
        | {f"{n} dies": {"noise_size": n} for n in (3, 4)},
    ),
    "gap": Point(
        "pre-merge", "√8", "text", {"none": {"gap": 0}} | {f"{n} dies": {"gap": n} for n in (2, 3, 4)}
    ),
    "num_range": Point(
        "range of Num",
        "2–5",
        "text",
        {f"{a}–{b}": {"num_range": (a, b)} for a, b in ((2, 2), (2, 3), (2, 8), (3, 5))},
    ),
    "silhouette": Point("eq. 1, b", "mean", "standard", {"nearest die": {"silhouette": "nearest"}}),
    "mahalanobis": Point(
        "eq. 3, Σ",
        "one variance",
        "guess",
        {name: {"mahalanobis": name} for name in ("rows", "cells", "centroids")},
    ),
    "cells": Point("eq. 3, cells", "the map's", "guess", {"a border of 10": {"border": 10}}),
    "similarity": Point(
        "eq. 4, M",
        "1/(1 + D)",
        "guess",
        {"exp(−D)": {"similarity": "exp"}, "D, as printed": {"similarity": "distance"}},
    ),
    "combine": Point(
        "eq. 4, SD", "S + M", "guess", {"S · M": {"combine": "product"}, "harmonic": {"combine": "harmonic"}}
    ),
    "compactness": Point(
        "eq. 8, Den",
        "1/com",
        "guess",
        {
            "com": {"compactness": "com"},
            "1/mean": {"compactness": "inverse_mean"},
            "1/com, Euclidean": {"compactness": "inverse_euclidean_com"},
        },
    ),
    "covers": Point("fifth radius case", "overlaps", "guess", {"does not": {"covers": False}}),
}

#: What is not tried, and why.
OUTSIDE = {
    "large": "only names removed clusters; it changes neither Num nor the filtered map",
    "f1 and f2, eq. 9 and 10": "the one reading found in which all four rules can act",
    "the centre": "no option: the middle of the array",
    "R": "no option; but a border lifts its limit, half of the map, so that on real maps R grows a little",
    "ties": "decide single maps only: equal SD, equal sizes, equal Den",
    "whether cores grow": "no option: each cluster meets the cores as they were",
}


def single_readings(points: Mapping[str, Point] = POINTS) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the keywords of each single change by (point, value), and those of the default, none, first."""
    changes = {(name, value): kw for name, point in points.items() for value, kw in point.values.items()}
    return {(DEFAULT, ""): {}} | changes


def pairs_of(chosen: Sequence[tuple[str, str]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the keywords of every two of the chosen readings together, named by "a + b" and "x + y".

    Two readings of one point exclude each other and make no pair. The chosen ones themselves and the default
    come first, for `semlib.wafer.reading_effects.interactions` compares with them.
    """
    known = single_readings()
    if missing := [one for one in chosen if one not in known]:
        raise ValueError(f"chosen names {missing[0]}, which is no reading; see single_readings()")
    made = {one: known[one] for one in ((DEFAULT, ""), *chosen)}
    for first, second in combinations(chosen, 2):
        if first[0] != second[0]:
            names = tuple(" + ".join(words) for words in zip(first, second, strict=True))
            made[names] = known[first] | known[second]
    return made


def mixed_readings(n: int, *, seed: int = 0) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the default, and n readings in which every point that is open takes a value at random.

    Open are the points that the paper's text does not fix; the default is one of the values of each.
    """
    rng = np.random.default_rng(seed)
    open_points = {name: point for name, point in POINTS.items() if point.sure != "text"}
    made: dict[tuple[str, str], dict[str, Any]] = {(DEFAULT, ""): {}}
    for k in range(n):
        keywords: dict[str, Any] = {}
        for point in open_points.values():
            values = [{}, *point.values.values()]
            keywords |= values[rng.integers(len(values))]
        made["mixed", str(k)] = keywords
    return made
