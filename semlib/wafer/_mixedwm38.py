"""MixedWM38, read in pieces: its maps are int32, and whole they would take 411 MB, several times over."""

from __future__ import annotations

import math
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from semlib._download.advice import how_to_get
from semlib.download import MissingDataError, data_dir, fetch
from semlib.registry import MIXEDWM38
from semlib.wafer._wafer_maps import WaferMaps
from semlib.wafer.maps import DEFECTIVE, GOOD, check_map

PATTERNS = ("Center", "Donut", "Edge-Loc", "Edge-Ring", "Loc", "Near-full", "Scratch", "Random")
_VALUE3 = {"defective": DEFECTIVE, "good": GOOD}
_PIECE = 1000  # maps
_MOST = 1 << 32  # bytes of an array; MixedWM38 has a tenth


def mixedwm38(
    path: str | os.PathLike | None = None,
    *,
    value3: str = "defective",
    download: bool = True,
    progress: bool = True,
) -> WaferMaps:
    """Open MixedWM38 (Wang et al. 2020, doi:10.1109/TSM.2020.3020985): maps with 0 to 4 of eight patterns.

    It holds rows that are exact copies of others: split it by content, never by row, with
    :meth:`WaferMaps.split`, or leave the copies out with :meth:`WaferMaps.unique`.

    Parameters
    ----------
    path : path, optional
        The file ``Wafer_Map_Datasets.npz``, or a part of it in the same layout: ``arr_0`` (N, 52, 52),
        ``arr_1`` (N, 8). Or a folder that holds it, or Kaggle's ``archive.zip``. By default what is in
        :func:`semlib.download.data_dir`, or is downloaded with a Kaggle token.
    value3 : {"defective", "good", "raise"}, default "defective"
        How the undocumented value 3 is read. It is in 105 of the 38,015 maps, all Random or Near-full. In the
        half of the file that we saw, most of the dies around a group of 3s are defective, more than in the
        same maps as a whole, so we read it as defective.
    download, progress : bool, default True
        As for :func:`semlib.download.fetch`.

    Returns
    -------
    WaferMaps
        ``patterns`` has the columns of :data:`MIXEDWM38_PATTERNS`.

    Raises
    ------
    semlib.download.MissingDataError
        If it is not at hand and cannot be downloaded; the message says what to get.
    semlib.download.MismatchError
        If the file in a folder is not the published one. A file that ``path`` names is read as it is.
    ValueError
        If the file has another layout, or holds other values.
    """
    if value3 not in (*_VALUE3, "raise"):
        raise ValueError(f"value3={value3!r} must be 'defective', 'good' or 'raise'")
    path = None if path is None else Path(path).expanduser()
    if path is not None and not path.exists():
        folder = data_dir() / MIXEDWM38.key
        raise MissingDataError(f"{path} does not exist.\n{how_to_get(MIXEDWM38, folder)}")
    if path is None or path.is_dir() or path.suffix.lower() == ".zip":
        path = fetch(MIXEDWM38.key, path, download=download, progress=progress)
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".npy")]
            arrays = {name.removesuffix(".npy"): _Stored.of(archive, name) for name in names}
            maps, labels, threes = _read(arrays, path, value3)
    except _ContentError as error:
        raise ValueError(str(error)) from error
    except Exception as error:  # a damaged file makes numpy and zipfile raise nearly anything
        raise ValueError(f"{path} cannot be read: {error}; is it complete?") from error
    notes = (f"value 3 ({threes.sum()} dies in {(threes > 0).sum()} maps) read as {value3}",)
    return WaferMaps(
        list(maps),
        f"MixedWM38, {len(maps):,} maps",
        PATTERNS,
        labels.astype(bool),
        notes=notes if threes.any() else (),
    )


class _ContentError(ValueError):
    """The file can be read, and is not what it should be."""


@dataclass(frozen=True)
class _Stored:
    """An array in an .npz file, of which only the header has been read."""

    archive: zipfile.ZipFile
    name: str
    begins: int
    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype

    @classmethod
    def of(cls, archive: zipfile.ZipFile, name: str) -> _Stored:
        headers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        with archive.open(name) as file:
            shape, fortran, dtype = headers[np.lib.format.read_magic(file)](file)
            begins = file.tell()
        if dtype.hasobject:
            raise _ContentError(
                f"{archive.filename} cannot be read: {name} holds Python objects; save plain numbers, as "
                "pickles can run code"
            )
        size = archive.getinfo(name).file_size
        if math.prod(shape) * dtype.itemsize != size - begins or size > _MOST:
            raise _ContentError(f"{archive.filename}: {name} has the shape {shape} and {size:,} bytes")
        return cls(archive, name, begins, shape, fortran, dtype)

    def pieces(self) -> Iterator[np.ndarray]:
        """Give the array in pieces along its first axis."""
        with self.archive.open(self.name) as file:
            if self.fortran:
                yield np.lib.format.read_array(file, allow_pickle=False)
                return
            file.read(self.begins)
            row = math.prod(self.shape[1:]) * self.dtype.itemsize
            for first in range(0, self.shape[0], _PIECE):
                n = min(_PIECE, self.shape[0] - first)
                yield np.frombuffer(file.read(n * row), self.dtype).reshape(n, *self.shape[1:])


def _read(arrays: dict[str, _Stored], path: Path, value3: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the maps, the labels, and how many dies of each map are 3."""
    stored, labels = arrays.get("arr_0"), arrays.get("arr_1")
    n = stored.shape[0] if stored and len(stored.shape) == 3 else 0
    if not n or labels is None or labels.shape != (n, len(PATTERNS)):
        shapes = {name: array.shape for name, array in arrays.items()}
        raise _ContentError(f"{path} holds {shapes}; MixedWM38 has arr_0 (N, H, W) and arr_1 (N, 8)")
    labels = np.concatenate(list(labels.pieces()))
    if not np.isin(labels, (0, 1)).all():
        raise _ContentError(f"{path}: arr_1 holds {np.unique(labels)[:5]}; a label is 0 or 1")
    maps, threes, first = np.empty(stored.shape, np.uint8), np.zeros(n, np.int64), 0
    for piece in stored.pieces():
        part = slice(first, first + len(piece))
        is_three = piece == 3
        if value3 != "raise" and np.any(is_three):
            threes[part] = is_three.sum((1, 2))
            piece = np.where(is_three, _VALUE3[value3], piece)
        try:
            for i, wafer_map in enumerate(piece, first):
                maps[i] = check_map(wafer_map, name=f"{path.name} map {i}")
        except ValueError as error:
            raise _ContentError(str(error)) from error
        first = part.stop
    return maps, labels, threes
