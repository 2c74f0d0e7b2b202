"""The class behind which all wafer maps are, wherever they come from."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain

import numpy as np
import pandas as pd

from semlib.runtime import fingerprint
from semlib.split import content_groups, merge_groups, split_by_group
from semlib.wafer._map_store import MapStore


@dataclass(frozen=True, eq=False)
class WaferMaps(Sequence):
    """Wafer maps of any sizes, with what is known of them. ``maps[i]`` is uint8 (H, W).

    Attributes
    ----------
    maps : sequence of ndarray
        Checked by :func:`semlib.wafer.maps.check_map`. Do not write into them.
    source : str
        Where they come from. Every figure and table prints it.
    pattern_names : tuple of str
        Names of the columns of ``patterns``.
    patterns : ndarray of bool (N, P), or None
        Which patterns each map is labelled with.
    truth : ndarray of int8 (N, H, W), or None
        The twin's pattern at every defective die, see :func:`semlib.wafer.synthetic.synthetic_mixed_maps`.
        No real data set has it.
    is_synthetic : bool
    notes : tuple of str
        What was changed on reading.
    names : tuple of str, or None
        What each map is called: its file, with its number or its lot and wafer where the file holds several.
    table : pandas.DataFrame of N rows, or None
        What else is known of each map, such as its lot. WM-811K has it, see :func:`wm811k`.
    """

    maps: Sequence[np.ndarray]
    source: str
    pattern_names: tuple[str, ...] = ()
    patterns: np.ndarray | None = None
    truth: np.ndarray | None = None
    is_synthetic: bool = False
    notes: tuple[str, ...] = field(default=())
    names: tuple[str, ...] | None = None
    table: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        for name in ("patterns", "truth", "names", "table"):
            rows = getattr(self, name)
            if rows is not None and len(rows) != len(self.maps):
                raise ValueError(f"{name} has {len(rows)} rows for {len(self.maps)} maps; pass one a map")
        if self.patterns is not None and np.shape(self.patterns)[1:] != (len(self.pattern_names),):
            raise ValueError(f"patterns has the shape {np.shape(self.patterns)}; pass a column for each name")

    def __len__(self) -> int:
        return len(self.maps)

    def __getitem__(self, index: int) -> np.ndarray:
        return self.maps[index]

    def __iter__(self) -> Iterator[np.ndarray]:
        return iter(self.maps)

    def __repr__(self) -> str:
        notes = "".join(f"; {note}" for note in self.notes)
        return f"<WaferMaps: {len(self):,} maps; {self.source}{notes}>"

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the maps in their order, and of the labels and the truth."""
        extra = [array for array in (self.patterns, self.truth) if array is not None]
        if not isinstance(self.maps, MapStore):
            return fingerprint(*self.maps, *extra)
        digest = hashlib.sha256()  # the same, without all maps in memory
        for array in chain(self.maps, extra):
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def subset(self, indices: Sequence[int] | np.ndarray) -> WaferMaps:
        """Return some of the maps, by integers or a boolean mask (N,). ``source`` then says how many."""
        chosen = np.arange(len(self))[indices]
        stored = isinstance(self.maps, MapStore)
        return replace(
            self,
            source=self.source if len(chosen) == len(self) else f"{self.source}, of which {len(chosen):,}",
            maps=self.maps.take(chosen) if stored else [self.maps[i] for i in chosen],
            patterns=None if self.patterns is None else self.patterns[chosen],
            truth=None if self.truth is None else self.truth[chosen],
            names=None if self.names is None else tuple(self.names[i] for i in chosen),
            table=None if self.table is None else self.table.iloc[chosen].reset_index(drop=True),
        )

    def content_groups(self) -> np.ndarray:
        """Number the maps so that equal ones get the same number; int64 (N,), see
        :func:`semlib.split.content_groups`.

        MixedWM38 holds rows that are exact copies of others. Split such data by content, never by row: see
        :meth:`split`.
        """
        return content_groups(self.maps)

    def unique(self) -> WaferMaps:
        """Return the maps without repeated ones: the first of equal maps stays."""
        part = self.subset(np.unique(self.content_groups(), return_index=True)[1])
        return part if len(part) == len(self) else replace(part, source=f"{part.source} without copies")

    def split(self, *, test: float = 0.2, seed: int = 0, by: str = "content") -> tuple[WaferMaps, WaferMaps]:
        """Split into maps to learn from and maps to test on, so that no map of one is in the other.

        Parameters
        ----------
        test : float, default 0.2
            Share of the groups that goes to the test part.
        seed : int, default 0
        by : {"content", "lot"}, default "content"
            What stays together: equal maps; or equal maps and wafers of one lot, which are often alike.

        Returns
        -------
        train, test : WaferMaps

        Raises
        ------
        ValueError
            If lots are not known, or there are fewer than two groups.

        Warns
        -----
        UserWarning
            If the test part has less than half or more than twice its share of the maps. Equal maps link
            their lots, so that one group can hold many.
        """
        if by not in ("content", "lot"):
            raise ValueError(f"by={by!r} must be 'content' or 'lot'")
        groups = self.content_groups()
        if by == "lot":
            if self.table is None or "lot" not in self.table:
                raise ValueError(f"by='lot', and of {self.source} no lots are known; pass by='content'")
            lots = self.table["lot"].astype(object)
            lots = [f" {i}" if pd.isna(lot) or lot == "" else str(lot) for i, lot in enumerate(lots)]
            groups = merge_groups(groups, lots)
        parts = split_by_group(groups, test=test, seed=seed)
        share, largest = len(parts[1]) / len(self), np.bincount(groups).max() / len(self)
        if not test / 2 <= share <= 2 * test:
            warnings.warn(
                f"the test part has {share:.0%} of the maps and {test:.0%} of the groups, as they differ in "
                f"size; the largest has {largest:.0%} of the maps. Try another seed, or by='content'",
                stacklevel=2,
            )
        names = ("train", "test")
        return tuple(
            replace(self.subset(part), source=f"{self.source}, {name} part ({by}, {test:g}, seed {seed})")
            for name, part in zip(names, parts, strict=True)
        )
