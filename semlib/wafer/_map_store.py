"""Maps of many sizes in one file on the disk: a sequence that reads a map when it is asked for."""

from __future__ import annotations

import mmap
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

_RELEASE = 200  # maps; the system brings about 1 MB into memory around each, if they are far apart


class MapStore(Sequence):
    """Maps that lie one behind another in an ``.npy`` file of uint8. ``store[i]`` is read-only, uint8 (H, W).

    Parameters
    ----------
    path : path
        The file, as ``numpy.save`` writes it, one-dimensional.
    starts : ndarray of int64 (N,)
        Where in the array each map begins.
    shapes : ndarray of int32 (N, 2)

    Raises
    ------
    ValueError
        If the file is none of uint8, or too short for its maps.

    Notes
    -----
    It is pickled as path, starts and shapes: a worker process opens the file itself.
    """

    def __init__(self, path: str | os.PathLike, starts: np.ndarray, shapes: np.ndarray) -> None:
        self.path, self.starts, self.shapes = Path(path), starts, shapes
        stored = np.load(self.path, mmap_mode="r", allow_pickle=False)
        if stored.dtype != np.uint8 or stored.ndim != 1:
            raise ValueError(
                f"{self.path} holds {stored.dtype} {stored.shape}; a store of maps is uint8 (N,)"
            )
        sizes = shapes.astype(np.int64).prod(axis=1)
        if len(starts) and (starts.min() < 0 or sizes.min() < 1 or (starts + sizes).max() > len(stored)):
            raise ValueError(f"{self.path} holds {len(stored):,} bytes, too few for its {len(starts):,} maps")
        self._offset, self._asked = stored.offset, 0

    @cached_property
    def _mmap(self) -> mmap.mmap:
        with self.path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    @cached_property
    def _flat(self) -> np.ndarray:
        # no numpy.memmap: joblib would have the workers open the file again for each map
        return np.frombuffer(self._mmap, np.uint8, offset=self._offset)

    def __reduce__(self):
        return MapStore, (self.path, self.starts, self.shapes)

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return self.take(np.arange(len(self))[index])
        start, (height, width) = self.starts[index], self.shapes[index].tolist()
        self._asked += 1
        if self._asked % _RELEASE == 0 and hasattr(self._mmap, "madvise"):
            self._mmap.madvise(mmap.MADV_DONTNEED)  # pages do not pile up; a map still in use is read again
        return self._flat[start : start + height * width].reshape(height, width)

    def take(self, indices: np.ndarray) -> MapStore:
        """Return some of the maps, in the order of the indices."""
        return MapStore(self.path, self.starts[indices], self.shapes[indices])
