"""Options and results of NPFC (paper 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Literal, get_args, get_origin, get_type_hints

import numpy as np

from semlib.wafer import _npfc_account
from semlib.wafer.closeness import Decision


@dataclass(frozen=True)
class _SharedOptions:
    """The options of both modes, and the checks of all."""

    noise_size: int = 2
    gap: float = 8**0.5
    large: int = 10

    def __post_init__(self) -> None:
        for name, hint in get_type_hints(type(self)).items():
            value = getattr(self, name)
            if get_origin(hint) is Literal and not (isinstance(value, str) and value in get_args(hint)):
                raise ValueError(f"{name}={value!r} is not one of {', '.join(map(repr, get_args(hint)))}")
            if hint is int and not isinstance(value, Integral):
                raise ValueError(f"{name}={value!r} is not a whole number; pass a number of dies")
            if hint is bool and not isinstance(value, (bool, np.bool_)):
                raise ValueError(f"{name}={value!r} is neither True nor False")
        if self.noise_size < 0:
            raise ValueError(f"noise_size={self.noise_size} is below 0; 0 keeps single dies")
        if not (isinstance(self.gap, Real) and 0 <= self.gap < np.inf):
            raise ValueError(f"gap={self.gap!r} is not a distance; pass 0 or more dies")
        if self.large < 1:
            raise ValueError(f"large={self.large} must be at least 1 die")


@dataclass(frozen=True)
class NpfcOptions(_SharedOptions):
    """What the paper leaves open: the options of ``mode="paper"``, every field a keyword of `npfc`.

    The defaults are our reading.

    Parameters
    ----------
    noise_size : int, default 2
        8-connected components of at most so many dies are noise (text: single and twin dies).
    gap : float, default sqrt(8)
        Clusters whose nearest dies are at most this far apart are joined before the cores are chosen (text).
    large : int, default 10
        A removed cluster of at least so many dies is named in ``NpfcResult.warnings``; nothing else changes.
        Chance alone makes a cluster of 10 dies on fewer than one of a hundred wafers of 52 x 52 at 5 % noise,
        so a pattern may have gone. Ours.
    num_range : (int, int), default (2, 5)
        Smallest and largest number of clusters that is tried (text), as far as there are so many clusters.
    silhouette : {"mean", "nearest"}
        Eq. 1, b: smallest mean distance to another cluster (the standard), or the nearest die of another one.
    mahalanobis : {"pooled", "rows", "cells", "centroids"}
        Eq. 3: see `sd_index.pooled_distance`, `sd_index.row_distance`, `sd_index.cell_distance`,
        `sd_index.centroid_distance`. A guess.
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

    num_range: tuple[int, int] = (2, 5)
    silhouette: Literal["mean", "nearest"] = "mean"
    mahalanobis: Literal["pooled", "rows", "cells", "centroids"] = "pooled"
    similarity: Literal["inverse", "exp", "distance"] = "inverse"
    combine: Literal["sum", "product", "harmonic"] = "sum"
    compactness: Literal["inverse_com", "com", "inverse_mean", "inverse_euclidean_com"] = "inverse_com"
    covers: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        pair = isinstance(self.num_range, Sequence) and len(self.num_range) == 2
        whole = pair and all(isinstance(num, Integral) for num in self.num_range)
        if not whole or not 2 <= self.num_range[0] <= self.num_range[1]:
            raise ValueError(
                f"num_range={self.num_range!r} must be (smallest, largest) with 2 <= smallest <= largest"
            )


@dataclass(frozen=True)
class PracticalOptions(_SharedOptions):
    """The options of ``mode="practical"``; see `practical` for what it does.

    Parameters
    ----------
    noise_size, gap
        As in `NpfcOptions`.
    large : int, default 10
        As in `NpfcOptions`.
    min_dies : int or "chance", default 30
        The size floor: a cluster of at least so many dies is a pattern, a smaller one is removed. "chance":
        `chance.chance_floor` of the map's own noise and number of dies; needs the defaults of ``noise_size``
        and ``gap``.
    alarms : float, default 0.05
        For "chance" only: share of the wafers without a pattern on which a cluster may still reach the floor.
    """

    min_dies: int | Literal["chance"] = 30
    alarms: float = 0.05

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (isinstance(self.alarms, Real) and 0 < self.alarms < 1):
            raise ValueError(f"alarms={self.alarms!r} must be a share between 0 and 1, neither of them")
        if isinstance(self.min_dies, str) and self.min_dies == "chance":
            if self.noise_size != 2 or not 8 <= (self.gap + 1e-9) ** 2 < 9:
                raise ValueError(
                    "min_dies='chance' is known for noise_size=2 and gap=√8 only; pass a number of dies"
                )
        elif not isinstance(self.min_dies, Integral) or self.min_dies < 1:
            raise ValueError(
                f"min_dies={self.min_dies!r} must be 'chance' or a whole number of 1 or more; 1 keeps all"
            )
        elif self.alarms != type(self).alarms:
            raise ValueError(f"alarms={self.alarms!r} belongs to min_dies='chance'; pass that too")


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
        Number of clusters that are kept. In the paper's mode 0 where the noise rule leaves nothing, 1 where
        it leaves one cluster, else 2 or more.
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
        The SD table: one for each number of clusters tried. Empty for ``num`` 0 and 1, where there is no
        choice, and in the practical mode, which makes none.
    decisions : tuple of Decision
        One for each cluster that is not a core.
    decisions_by_num : dict of int to tuple of Decision
        The same for every number of clusters tried.
    options : NpfcOptions or PracticalOptions
        What it was made with.
    floor : int or None
        The size floor of the practical mode, in dies; None in the paper's.
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
    options: NpfcOptions | PracticalOptions
    floor: int | None = None

    @property
    def mode(self) -> Literal["paper", "practical"]:
        """Which mode made this result."""
        return "practical" if isinstance(self.options, PracticalOptions) else "paper"

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence for each removed cluster of ``options.large`` or more dies: a pattern may have gone.

        A field and no Python warning, so that a run over many maps is not flooded: look at it, or count it.
        """
        return _npfc_account.large_removed(self)

    def explain(self) -> str:
        """Return what happened to the map, step by step, as text."""
        return "\n".join(_npfc_account.of_map(self))

    def explain_die(self, row: int, column: int) -> str:
        """Return why the die at a place was removed or kept, with every number that decided.

        Parameters
        ----------
        row, column : int
            Counted from 0.

        Raises
        ------
        ValueError
            The place lies outside the map.
        """
        return "\n".join(_npfc_account.of_die(self, row, column))
