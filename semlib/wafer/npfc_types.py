"""Options and results of NPFC (paper 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args, get_origin, get_type_hints

import numpy as np

from semlib.wafer.closeness import Decision


@dataclass(frozen=True)
class NpfcOptions:
    """What the paper leaves open. The defaults are our reading; every field is a keyword of `npfc`.

    Parameters
    ----------
    noise_size : int, default 2
        8-connected components of at most so many dies are noise (text: single and twin dies).
    gap : float, default sqrt(8)
        Clusters whose nearest dies are at most this far apart are joined before the cores are chosen (text).
    num_range : (int, int), default (2, 5)
        Smallest and largest number of clusters that is tried (text), as far as there are so many clusters.
    silhouette : {"mean", "nearest"}
        Eq. 1, b: smallest mean distance to another cluster (the standard), or the nearest die of another one.
    mahalanobis : {"pooled", "rows", "centroids"}
        Eq. 3: see `sd_index.pooled_distance`, `sd_index.row_distance`, `sd_index.centroid_distance`. A guess.
    similarity : {"inverse", "exp", "distance"}
        Eq. 4, M: 1 / (1 + D), exp(-D), or D itself as the prose has it ("the larger ... the greater the
        similarity", which is wrong). A guess.
    combine : {"sum", "product", "harmonic"}
        Eq. 4: S + M, S M, or 2 S M / (S + M) (0 where S <= 0). A guess.
    compactness : {"inverse_com", "com", "inverse_mean", "inverse_euclidean_com"}
        Eq. 8, Den: 1 / com of the minimax path distances, com itself, 1 / mean Euclidean distance, or 1 / com
        of the Euclidean distances. com is from the cited work, the inversion a guess.
    covers : bool, default True
        Whether a cluster that covers a core's radius range on both sides overlaps it (not in the paper).
    """

    noise_size: int = 2
    gap: float = 8**0.5
    num_range: tuple[int, int] = (2, 5)
    silhouette: Literal["mean", "nearest"] = "mean"
    mahalanobis: Literal["pooled", "rows", "centroids"] = "pooled"
    similarity: Literal["inverse", "exp", "distance"] = "inverse"
    combine: Literal["sum", "product", "harmonic"] = "sum"
    compactness: Literal["inverse_com", "com", "inverse_mean", "inverse_euclidean_com"] = "inverse_com"
    covers: bool = True

    def __post_init__(self) -> None:
        for name, hint in get_type_hints(type(self)).items():
            if get_origin(hint) is Literal and getattr(self, name) not in get_args(hint):
                allowed = ", ".join(map(repr, get_args(hint)))
                raise ValueError(f"{name}={getattr(self, name)!r} is not one of {allowed}")
        if self.noise_size < 0:
            raise ValueError(f"noise_size={self.noise_size} is below 0; 0 keeps single dies")
        if not 0 <= self.gap < np.inf:
            raise ValueError(f"gap={self.gap} is not a distance; pass 0 or more dies")
        low, high = self.num_range
        if not 2 <= low <= high:
            raise ValueError(
                f"num_range={self.num_range} must be (smallest, largest) with 2 <= smallest <= largest"
            )


@dataclass(frozen=True)
class NumScore:
    """Eq. 1-4 for one number of clusters: silhouette S, Mahalanobis D, similarity M, SD.

    ``n_removed`` counts all defective dies that this choice removes, noise included.
    """

    num: int
    silhouette: float
    mahalanobis: float
    similarity: float
    sd: float
    n_removed: int


@dataclass(frozen=True, eq=False)
class NpfcResult:
    """What NPFC made of one map.

    Attributes
    ----------
    num : int
        Number of clusters; 0 where nothing is left after the noise rule, 1 where one cluster is.
    labels : ndarray of int32, shape (H, W)
        Clusters 0 ... num-1, largest first (equal sizes: by their cores); -1 where no defective die is kept.
    filtered : ndarray of uint8, shape (H, W)
        The map with every removed defective die set to 1.
    preliminary : ndarray of int32, shape (H, W)
        8-connected clusters that are no noise, largest first; -1 elsewhere.
    merged : ndarray of int32, shape (H, W)
        The clusters after the pre-merge, largest first; -1 elsewhere. The first ``num`` are the cores.
    noise : ndarray of bool, shape (H, W)
        Defective dies that the noise rule removed.
    cores : tuple of int
        The core of each label: label k grew from the cluster ``cores[k]`` of ``merged``.
    radius : float
        The wafer's radius R, in dies.
    scores : tuple of NumScore
        One for each number of clusters tried; empty for ``num`` 0 and 1, where there is no choice.
    decisions : tuple of Decision
        One for each cluster that is not a core.
    decisions_by_num : dict of int to tuple of Decision
        The same for every number of clusters tried.
    """

    num: int
    labels: np.ndarray
    filtered: np.ndarray
    preliminary: np.ndarray
    merged: np.ndarray
    noise: np.ndarray
    cores: tuple[int, ...]
    radius: float
    scores: tuple[NumScore, ...]
    decisions: tuple[Decision, ...]
    decisions_by_num: dict[int, tuple[Decision, ...]]

    def explain(self) -> str:
        """Return what happened to the map, step by step, as text."""
        return "\n".join(_account(self))


def _account(result: NpfcResult) -> list[str]:
    height, width = result.labels.shape
    n_prelim, n_merged = int(result.preliminary.max()) + 1, int(result.merged.max()) + 1
    n_noise = int(result.noise.sum())
    n_defects = n_noise + int((result.preliminary >= 0).sum())
    lines = [
        f"Map of {height} x {width}, R = {result.radius:.2f} dies, {n_defects} defective dies.",
        f"Noise rule: {n_noise} dies removed; {n_prelim} preliminary clusters stay.",
        f"Pre-merge: {n_merged} clusters. Num = {result.num}.",
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
    for made in result.decisions:
        verdict = "removed" if made.into is None else f"merged into core {made.into}"
        place = f"{made.size} dies, radius {made.rmin:.1f}-{made.rmax:.1f}"
        lines.append(f"Cluster {made.cluster} ({place}): {verdict}. {made.reason}")
    return lines
