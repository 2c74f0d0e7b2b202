"""What happened to a map, to one die, and which large clusters went: results of NPFC in words."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from semlib.wafer.maps import NO_DIE

if TYPE_CHECKING:
    from semlib.wafer.closeness import Decision
    from semlib.wafer.npfc_types import NpfcResult

_CASES = {
    1: "inside the core's radius range",
    2: "reaches above it",
    3: "reaches below it",
    4: "wholly outside it",
    5: "covers it on both sides",
}


def of_map(result: NpfcResult) -> list[str]:
    """Return the lines of ``NpfcResult.explain``."""
    height, width = result.labels.shape
    n_prelim, n_merged = int(result.preliminary.max()) + 1, int(result.merged.max()) + 1
    n_noise = int(result.noise.sum())
    n_defects = n_noise + int((result.preliminary >= 0).sum())
    lines = [
        f"Map of {height} x {width}, R = {result.radius:.2f} dies, {n_defects} defective dies.",
        f"Noise rule: {n_noise} dies removed; {n_prelim} preliminary clusters stay.",
        f"Pre-merge: {n_merged} clusters. Num = {result.num}{_how_num(result)}.",
    ]
    for score in result.scores:
        chosen = "  <- largest SD" if score.num == result.num else ""
        lines.append(
            f"  Num {score.num}: S = {score.silhouette:.4f}, D = {score.mahalanobis:.4f}, "
            f"M = {score.similarity:.4f}, SD = {score.sd:.4f}, {score.n_removed} dies removed{chosen}"
        )
    for label, core in enumerate(result.cores):
        core_size, size = int((result.merged == core).sum()), int((result.labels == label).sum())
        lines.append(f"Label {label}: core {core} of {core_size} dies, {size} with what joined it.")
    lines += [_verdict(made) for made in result.decisions]
    return [*lines, *(f"Warning: {text}" for text in result.warnings)]


def of_die(result: NpfcResult, row: int, column: int) -> list[str]:
    """Return the lines of ``NpfcResult.explain_die``."""
    place = _inside(row, column, result.labels.shape)
    where = f"Row {place[0]}, column {place[1]}: "
    if result.filtered[place] == NO_DIE:
        return [where + "no die."]
    if result.noise[place]:
        return [where + f"defective, removed as noise. {_noise_group(result, place)}"]
    cluster = int(result.merged[place])
    if cluster < 0:
        return [where + "a good die."]
    label = int(result.labels[place])
    lines = [where + ("defective, removed." if label < 0 else f"defective, kept in label {label}.")]
    before = int((result.preliminary == result.preliminary[place]).sum())
    after = int((result.merged == cluster).sum())
    if after > before:
        lines.append(f"Pre-merge: its {before} touching dies are in cluster {cluster} of {after} dies.")
    if cluster in result.cores:
        return [*lines, f"Cluster {cluster} ({after} dies) is a core{_why_core(result)}."]
    made = next(made for made in result.decisions if made.cluster == cluster)
    return [*lines, _verdict(made), *_comparisons(made, result.radius)]


def large_removed(result: NpfcResult) -> tuple[str, ...]:
    """Return ``NpfcResult.warnings``."""
    large = result.options.large
    found = [
        f"cluster {made.cluster} of {made.size} dies was removed. {made.reason}"
        for made in result.decisions
        if made.into is None and made.size >= large
    ]
    if result.options.noise_size >= large:
        sizes = np.bincount(_noise_groups(result)[result.noise])
        found += [
            f"a group of {size} dies was removed as noise, for noise_size is {result.options.noise_size}."
            for size in sizes[sizes >= large]
        ]
    return tuple(found)


def _how_num(result: NpfcResult) -> str:
    if result.mode == "practical":
        return f": the clusters of at least {result.floor} dies"
    return ""


def _why_core(result: NpfcResult) -> str:
    if result.mode == "practical":
        return f": it reaches the size floor of {result.floor} dies"
    return f": one of the Num = {result.num} largest" if result.num > 1 else ": it is the only cluster left"


def _verdict(made: Decision) -> str:
    verdict = "removed" if made.into is None else f"merged into core {made.into}"
    place = f"{made.size} dies, radius {made.rmin:.1f}-{made.rmax:.1f}"
    return f"Cluster {made.cluster} ({place}): {verdict}. {made.reason}"


def _comparisons(made: Decision, radius: float) -> list[str]:
    """Return a line for each core that the cluster was compared with, and one for f1 and f2."""
    if not made.cases:
        return []
    per_core = zip(made.cases, made.n_dist, made.f_dist, made.m_dist, made.den, strict=True)
    lines = [
        f"  Core {core}: case {case}, {_CASES[case]} (alpha = {made.alpha[core]}); nDist = {n:.2f}, "
        f"fDist = {f:.2f}, mDist = {m:.2f} ({'below' if m < radius else 'not below'} R = {radius:.2f}), "
        f"Den = {den:.4g}"
        for core, (case, n, f, m, den) in enumerate(per_core)
    ]
    f1, f2 = (", ".join(map(str, found)) or "none" for found in (made.f1, made.f2))
    return [*lines, f"  f1, cores that qualify: {f1}. f2, the best in all: {f2}."]


def _noise_group(result: NpfcResult, place: tuple[int, int]) -> str:
    groups = _noise_groups(result)
    size = int((groups == groups[place]).sum())
    touching = "No defective die touches it" if size == 1 else f"It is one of {size} dies that touch"
    return f"{touching}; groups of up to {result.options.noise_size} are noise."


def _noise_groups(result: NpfcResult) -> np.ndarray:
    """Number the groups of touching noise dies from 1. Noise never touches a cluster, so they are whole."""
    return ndimage.label(result.noise, structure=np.ones((3, 3)))[0]


def _inside(row: int, column: int, shape: tuple[int, int]) -> tuple[int, int]:
    try:
        place = index(row), index(column)
    except TypeError as error:
        raise ValueError(f"row={row!r} and column={column!r} must be whole numbers") from error
    if not all(0 <= at < size for at, size in zip(place, shape, strict=True)):
        raise ValueError(
            f"row={row}, column={column} lies outside the map of {shape[0]} x {shape[1]}; count from 0"
        )
    return place
