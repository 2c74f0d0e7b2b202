"""Wafer maps from files, from MixedWM38, or from the synthetic twin, behind one class."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from semlib.runtime import fingerprint
from semlib.wafer._files import files_in, read, read_arrays
from semlib.wafer.die_list import warn_if_all_alike
from semlib.wafer.maps import DEFECTIVE, GOOD, check_map
from semlib.wafer.synthetic import PATTERNS, patterns_of, synthetic_mixed_maps

#: The order of MixedWM38's eight label columns (Wang et al. 2020).
MIXEDWM38_PATTERNS = ("Center", "Donut", "Edge-Loc", "Edge-Ring", "Loc", "Near-full", "Scratch", "Random")
_VALUE3 = {"defective": DEFECTIVE, "good": GOOD}


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
    """

    maps: Sequence[np.ndarray]
    source: str
    pattern_names: tuple[str, ...] = ()
    patterns: np.ndarray | None = None
    truth: np.ndarray | None = None
    is_synthetic: bool = False
    notes: tuple[str, ...] = field(default=())
    names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for name in ("patterns", "truth", "names"):
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
        return fingerprint(*self.maps, *extra)

    def subset(self, indices: Sequence[int] | np.ndarray) -> WaferMaps:
        """Return some of the maps, by integers or a boolean mask (N,)."""
        chosen = np.arange(len(self))[indices]
        return replace(
            self,
            maps=[self.maps[i] for i in chosen],
            patterns=None if self.patterns is None else self.patterns[chosen],
            truth=None if self.truth is None else self.truth[chosen],
            names=None if self.names is None else tuple(self.names[i] for i in chosen),
        )

    def unique(self) -> WaferMaps:
        """Return the maps without repeated ones: the first of equal maps stays.

        MixedWM38 holds rows that are exact copies. Split such data by content, never by row.
        """
        first: dict[bytes, int] = {}
        for i, wafer_map in enumerate(self.maps):
            first.setdefault(repr(wafer_map.shape).encode() + wafer_map.tobytes(), i)
        return self.subset(np.array(list(first.values()), int))


def synthetic(n: int = 60, patterns=2, noise: float = 0.05, seed: int = 0, **options) -> WaferMaps:
    """Return the wafer twin; arguments as of :func:`semlib.wafer.synthetic.synthetic_mixed_maps`."""
    maps, truth = synthetic_mixed_maps(n, patterns, noise, seed, **options)
    return WaferMaps(
        list(maps),
        f"wafer twin (synthetic), seed {seed}, noise {noise:.0%}",
        PATTERNS,
        patterns_of(truth),
        truth,
        is_synthetic=True,
    )


def mixedwm38(path: str | os.PathLike | None = None, *, value3: str = "defective") -> WaferMaps:
    """Take MixedWM38 (Wang et al. 2020, doi:10.1109/TSM.2020.3020985) from the disk.

    Parameters
    ----------
    path : path, optional
        The file ``Wafer_Map_Datasets.npz``, or a part of it in the same layout: ``arr_0`` (N, 52, 52),
        ``arr_1`` (N, 8). By default ``$SEMLIB_DATA/mixedwm38/Wafer_Map_Datasets.npz``.
    value3 : {"defective", "good", "raise"}, default "defective"
        How the undocumented value 3 is read. It is in 105 of the 38,015 maps, all Random or Near-full. In the
        half of the file that we saw, most of the dies around a group of 3s are defective, more than in the
        same maps as a whole, so we read it as defective.

    Returns
    -------
    WaferMaps
        ``patterns`` has the columns of :data:`MIXEDWM38_PATTERNS`.

    Raises
    ------
    FileNotFoundError
        If the file is not there; the message says what to get.
    ValueError
        If the file has another layout, or holds other values.
    """
    if path is None and "SEMLIB_DATA" in os.environ:
        path = Path(os.environ["SEMLIB_DATA"]) / "mixedwm38" / "Wafer_Map_Datasets.npz"
    path = None if path is None else Path(path).expanduser()
    if path is None or not path.is_file():
        where = "path is not given and $SEMLIB_DATA is not set" if path is None else f"{path} does not exist"
        raise FileNotFoundError(
            f"MixedWM38 is not here: {where}. Get Wafer_Map_Datasets.npz (412,387,226 bytes) from Kaggle, "
            "co1d7era/mixedtype-wafer-defect-datasets (needs an account), and pass its path, or put it into "
            "$SEMLIB_DATA/mixedwm38"
        )
    if value3 not in (*_VALUE3, "raise"):
        raise ValueError(f"value3={value3!r} must be 'defective', 'good' or 'raise'")
    arrays = read_arrays(path)
    maps, labels = arrays.get("arr_0"), arrays.get("arr_1")
    if maps is None or labels is None or maps.ndim != 3 or not len(maps) or labels.shape != (len(maps), 8):
        shapes = {name: array.shape for name, array in arrays.items()}
        raise ValueError(f"{path} holds {shapes}; MixedWM38 has arr_0 (N, H, W) and arr_1 (N, 8)")
    if not np.isin(labels, (0, 1)).all():
        raise ValueError(f"{path}: arr_1 holds {np.unique(labels)[:5]}; a label is 0 or 1")
    threes, notes = maps == 3, ()
    if threes.any() and value3 != "raise":
        notes = (f"value 3 ({threes.sum()} dies in {threes.any((1, 2)).sum()} maps) read as {value3}",)
        maps = np.where(threes, _VALUE3[value3], maps)
    checked = [check_map(m, name=f"{path.name} map {i}") for i, m in enumerate(maps)]
    source = f"MixedWM38, {len(checked):,} maps"
    return WaferMaps(checked, source, MIXEDWM38_PATTERNS, labels.astype(bool), notes=notes)


def load_maps(path: str | os.PathLike, **die_list) -> WaferMaps:
    """Read your own wafer maps: 0 no die, 1 good die, 2 defective die.

    Parameters
    ----------
    path : path
        One of these, or a folder of them, in natural order (labels in a folder's files are not read, nor are
        ``.txt`` files; a note says so):

        - ``.npy`` or ``.npz`` with one array (H, W) or (N, H, W);
        - ``.npz`` with maps of many sizes as ``flat``, ``offsets`` and ``shapes`` (map j is
          ``flat[offsets[j]:offsets[j+1]].reshape(shapes[j])``), and optionally a label each, ``failureType``;
        - ``.csv``, ``.tsv`` or ``.txt`` with the numbers of one map and no header; between them commas,
          semicolons, tabs or blanks;
        - the same with a header: a die list, see :func:`semlib.wafer.die_list.read_die_list`;
        - ``.klarf``, ``.000``, ``.001`` and so on: KLARF of version 1, see there too;
        - ``.png``, grey, with the values 0, 1, 2 or the greys 0, 127 or 128, 255.
    **die_list
        Options of :func:`semlib.wafer.die_list.read_die_list`, such as ``good_bins=(1, 2)``.

    Returns
    -------
    WaferMaps

    Raises
    ------
    FileNotFoundError
        If ``path`` does not exist, or a folder holds no such file.
    ValueError
        If a file cannot be read or is no wafer map; it is named. Or if there are options, and no die list.

    Warns
    -----
    UserWarning
        If no map has a defective die, or none a good one, as in a picture of 0 and 255 only: such values may
        mean something else.
    """
    path = Path(path).expanduser()
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; pass a file or a folder of wafer maps")
    files, notes = files_in(path)
    parts = [read(file, die_list) for file in files]
    if die_list and not any(part.listed for part in parts):
        raise ValueError(f"{path} holds no die list, and only those take {', '.join(die_list)}; leave it out")
    notes += tuple(dict.fromkeys(note for part in parts for note in part.listed or ()))
    maps = [wafer_map for part in parts for wafer_map in part.maps]
    called = tuple(name for part in parts for name in part.names)
    warn_if_all_alike(maps, str(path))
    if path.is_dir():
        labelled = sum(part.labels is not None for part in parts)
        notes += (f"labels in {labelled} of its files not read",) if labelled else ()
        return WaferMaps(maps, f"folder {path.resolve().name}", notes=notes, names=called)
    labels = parts[0].labels
    names = tuple(dict.fromkeys(labels.tolist())) if labels is not None else ()
    patterns = None if labels is None else np.stack([labels == name for name in names], axis=1)
    return WaferMaps(maps, f"file {path.name}", names, patterns, notes=notes, names=called)


def open_maps(dataset: str | os.PathLike, *, n: int | None = None, seed: int = 0, **twin) -> WaferMaps:
    """Open what a notebook's parameter ``dataset`` names.

    Parameters
    ----------
    dataset : str or path
        "synthetic" (the twin), "mixedwm38" (from ``$SEMLIB_DATA``), or a path: MixedWM38's own layout is
        recognised, anything else goes to :func:`load_maps`.
    n : int, optional
        At most so many maps: the twin is made with n (60 by default), of others n are drawn by ``seed``.
    seed : int, default 0
    **twin
        Options of :func:`synthetic`; not allowed with other data.
    """
    if n is not None and n < 1:
        raise ValueError(f"n={n} must be at least 1, or None for all maps")
    if dataset == "synthetic":
        return synthetic(60 if n is None else n, seed=seed, **twin)
    if twin:
        raise ValueError(f"only the twin takes {', '.join(twin)}; leave it out for dataset={str(dataset)!r}")
    if dataset == "mixedwm38":
        maps = mixedwm38()
    elif _is_mixedwm38(Path(dataset).expanduser()):
        maps = mixedwm38(dataset)
    else:
        maps = load_maps(dataset)
    if n is None or n >= len(maps):
        return maps
    chosen = np.sort(np.random.default_rng(seed).choice(len(maps), n, replace=False))
    return replace(maps.subset(chosen), source=f"{maps.source}, of which {n:,} drawn by seed {seed}")


def _is_mixedwm38(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return {"arr_0.npy", "arr_1.npy"} <= set(archive.namelist())
    except Exception:  # a folder, no zip or a damaged one: load_maps says which
        return False
