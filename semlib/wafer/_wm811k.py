"""WM-811K behind `WaferMaps`: from its converted folder, or from an .npz with a part of it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from semlib.wafer._files import read
from semlib.wafer._map_store import MapStore
from semlib.wafer._wafer_maps import WaferMaps
from semlib.wafer._wm811k_columns import CLASSES, SPLITS, codes
from semlib.wafer._wm811k_convert import FORMAT
from semlib.wafer._wm811k_find import checked_by, converted, read_meta

_CHECKED = {"sha256": "SHA-256 verified", "size": "only its size verified", "": "not verified"}


def wm811k(
    path: str | os.PathLike | None = None,
    *,
    labelled: bool | str = "all",
    verify: bool = True,
    download: bool = True,
    progress: bool = True,
) -> WaferMaps:
    """Open WM-811K (Wu et al. 2015, doi:10.1109/TSM.2014.2364237): 811,457 real maps, 172,950 with a label.

    It is published as a pickle that only an old pandas reads, and that could run anything. Here nothing in
    it is run: only values are read, and they are checked. That is done once, in a minute or two; the maps are
    then written to a folder ``maps-…`` beside the pickle, which may be deleted after that. The folder opens
    in a second, and its maps stay on the disk.

    Parameters
    ----------
    path : path, optional
        The pickle ``LSWMD.pkl`` or ``WM811K.pkl``, the archive ``MIR-WM811K.zip``, a folder that holds one
        of them, or a folder ``maps-…``; or an ``.npz`` with ``flat``, ``offsets``, ``shapes`` and
        ``failureType`` as :func:`load_maps` reads it. By default what is in
        :func:`semlib.download.data_dir`, or is downloaded.
    labelled : {"all", True, False}, default "all"
        All maps, those with a label ("none" is one), or those without.
    verify : bool, default True
        Refuse a pickle that is not the published one. False: read any of that form, such as a part of it.
    download, progress : bool, default True
        As for :func:`semlib.download.fetch`.

    Returns
    -------
    WaferMaps
        ``maps[i]`` is read when it is asked for. ``patterns`` has a column for each of the eight patterns,
        and "none" as the last; a map without a label is in none of them. ``table`` has the columns ``row``
        (in the published table, from 0), ``lot``, ``wafer_index``, ``die_size``, ``split`` ("Training" or
        "Test", as published) and ``failure_type``, with NaN where nothing is known. Of an ``.npz`` only
        ``row`` and ``failure_type`` are known. Split by :meth:`WaferMaps.split` with ``by="lot"``.

    Raises
    ------
    semlib.download.MissingDataError
        If it is not at hand and cannot be downloaded.
    semlib.download.MismatchError
        If a file is not the published one.
    ValueError
        If a file holds something else. (Single rows without a valid map are left out, and a note says so.)
    """
    if labelled not in ("all", True, False):
        raise ValueError(f"labelled={labelled!r} must be 'all', True or False")
    path = None if path is None else Path(path).expanduser()
    is_npz = path is not None and path.suffix.lower() == ".npz"
    maps = _from_npz(path) if is_npz else _open(converted(path, verify, download, progress))
    if labelled == "all":
        return maps
    part = maps.subset(maps.patterns.any(axis=1) == labelled)
    return replace(part, source=f"{maps.source}, of which {len(part):,} {'' if labelled else 'un'}labelled")


def _open(folder: Path) -> WaferMaps:
    meta = read_meta(folder)
    try:
        if meta.get("format") != FORMAT:
            raise ValueError(f"format {meta.get('format')}, not {FORMAT}")
        with np.load(folder / "index.npz", allow_pickle=False) as stored:
            index = {name: stored[name] for name in stored.files}
        store = MapStore(folder / "flat.npy", index["start"], index["shape"])
        table = _table(
            row=index["row"],
            lot=pd.Categorical.from_codes(index["lot"], index["lots"]),
            wafer_index=index["wafer_index"],
            die_size=index["die_size"],
            split=pd.Categorical.from_codes(index["split"], SPLITS),
            failure_type=index["failure_type"],
        )
        notes = _notes(meta["refused"])
        name = "WM-811K" if checked_by(folder) else f"WM-811K's form in {meta['source']['file']}"
        source = f"{name}, {len(store):,} maps ({_CHECKED[checked_by(folder)]})"
        return WaferMaps(store, source, CLASSES, _patterns(index["failure_type"]), notes=notes, table=table)
    except Exception as error:  # numpy, zipfile and pandas raise nearly anything where a file is damaged
        raise ValueError(
            f"{folder} is no converted WM-811K, or a damaged one ({type(error).__name__}: {error}); remove "
            "it, and open the pickle again"
        ) from error


def _from_npz(path: Path) -> WaferMaps:
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} does not exist; pass an .npz with flat, offsets, shapes, failureType"
        )
    found = read(path, {})
    if found.labels is None:
        raise ValueError(f"{path} holds no failureType; of maps without labels, use load_maps")
    try:
        types = codes(found.labels.tolist(), CLASSES, "failureType")
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    source = f"WM-811K's form in {path.name}, {len(types):,} maps (not verified)"
    table = _table(row=np.arange(len(types), dtype=np.int32), failure_type=types)
    return WaferMaps(found.maps, source, CLASSES, _patterns(types), table=table)


def _table(failure_type: np.ndarray, **columns) -> pd.DataFrame:
    return pd.DataFrame({**columns, "failure_type": pd.Categorical.from_codes(failure_type, CLASSES)})


def _patterns(failure_type: np.ndarray) -> np.ndarray:
    return failure_type[:, None] == np.arange(len(CLASSES))


def _notes(refused: dict[str, str]) -> tuple[str, ...]:
    if not refused:
        return ()
    row, why = next(iter(refused.items()))
    rows = "1 row" if len(refused) == 1 else f"{len(refused):,} rows"
    return (f"{rows} without a valid map left out: row {row}{', …' if len(refused) > 1 else ''} ({why})",)
