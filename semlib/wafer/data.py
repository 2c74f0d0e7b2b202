"""Wafer maps from files, from WM-811K and MixedWM38, or from the synthetic twin, behind one class."""

from __future__ import annotations

import operator
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from semlib.registry import MIXEDWM38, WM811K
from semlib.wafer import _mixedwm38
from semlib.wafer._files import files_in, read
from semlib.wafer._mixedwm38 import mixedwm38
from semlib.wafer._wafer_maps import WaferMaps
from semlib.wafer._wm811k import wm811k
from semlib.wafer.die_list import warn_if_all_alike
from semlib.wafer.synthetic import PATTERNS, patterns_of, synthetic_mixed_maps

__all__ = [
    "MIXEDWM38_PATTERNS",
    "WaferMaps",
    "load_maps",
    "mixedwm38",
    "open_maps",
    "synthetic",
    "wm811k",
]

#: The order of MixedWM38's eight label columns (Wang et al. 2020).
MIXEDWM38_PATTERNS = _mixedwm38.PATTERNS


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
        Its ``table`` has the column name: each map's file, and its number or its lot and wafer in the file.

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
    listed = tuple(dict.fromkeys(note for part in parts for note in part.listed or ()))
    maps = [wafer_map for part in parts for wafer_map in part.maps]
    table = pd.DataFrame({"name": [name for part in parts for name in part.names]})
    warn_if_all_alike(maps, str(path), listed)
    notes += listed
    if path.is_dir():
        labelled = sum(part.labels is not None for part in parts)
        notes += (f"labels in {labelled} of its files not read",) if labelled else ()
        return WaferMaps(maps, f"folder {path.resolve().name}", notes=notes, table=table)
    labels = parts[0].labels
    names = tuple(dict.fromkeys(labels.tolist())) if labels is not None else ()
    patterns = None if labels is None else np.stack([labels == name for name in names], axis=1)
    return WaferMaps(maps, f"file {path.name}", names, patterns, notes=notes, table=table)


def open_maps(dataset: str | os.PathLike, *, n: int | None = None, seed: int = 0, **twin) -> WaferMaps:
    """Open what a notebook's parameter ``dataset`` names.

    Parameters
    ----------
    dataset : str or path
        "synthetic" (the twin), "mixedwm38", "wm811k", or a path: the layouts of these two data sets are
        recognised, anything else goes to :func:`load_maps`.
    n : int, optional
        At most so many maps: the twin is made with n (60 by default), of others n are drawn by ``seed``.
    seed : int, default 0
    **twin
        Options of :func:`synthetic`; not allowed with other data.

    Raises
    ------
    ValueError
        If ``n`` is no integer of at least 1, or there are options of the twin for other data; and what the
        functions above raise.
    """
    n = _count(n)
    if dataset == "synthetic":
        return synthetic(60 if n is None else n, seed=seed, **twin)
    if twin:
        raise ValueError(f"only the twin takes {', '.join(twin)}; leave it out for dataset={str(dataset)!r}")
    path = Path(dataset).expanduser()
    if dataset in _PUBLISHED:
        maps = _PUBLISHED[dataset]()
    else:
        maps = _PUBLISHED.get(_published(path), load_maps)(path)
    if n is None or n >= len(maps):
        return maps
    chosen = np.sort(np.random.default_rng(seed).choice(len(maps), n, replace=False))
    return replace(maps.subset(chosen), source=f"{maps.source}, of which {n:,} drawn by seed {seed}")


def _count(n: int | None) -> int | None:
    try:
        number = n if n is None else operator.index(n)
    except TypeError:  # 2.5 and "5" too
        number = 0
    if number is not None and (number < 1 or isinstance(n, bool)):
        raise ValueError(f"n={n!r} must be an integer of at least 1, or None for all maps")
    return number


_PUBLISHED = {WM811K.key: wm811k, MIXEDWM38.key: mixedwm38}


def _published(path: Path) -> str:
    """Say which data set's layout a path has: of WM-811K a pickle, an archive or a converted folder."""
    if path.is_dir():
        for data in (WM811K, MIXEDWM38):
            names = [f.name for f in data.files] + [Path(f.member).name for f in data.files if f.member]
            if any((path / name).is_file() for name in names):
                return data.key
        return WM811K.key if (path / "index.npz").is_file() else ""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {Path(name).name for name in archive.namelist()}
    except Exception:  # no zip or a damaged one: the loader says which
        names = set()
    if {"arr_0.npy", "arr_1.npy"} <= names or MIXEDWM38.files[0].name in names:
        return MIXEDWM38.key
    return WM811K.key if path.suffix.lower() in (".pkl", ".zip") else ""
