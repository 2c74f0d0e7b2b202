"""What an image of ``SemImages`` comes from: a file, an array, or the twin's generator.

``read`` gives the image and whether it was coloured, ``content`` the bytes that tell it from every other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from semlib.sem._read import as_grey, read_image
from semlib.sem._sources import sources_of
from semlib.sem.synthetic import Cues, make_image


@dataclass(frozen=True)
class FileItem:
    """An image in a file."""

    path: Path

    def read(self) -> tuple[np.ndarray, bool]:
        return read_image(self.path)

    def content(self) -> bytes:
        return self.path.read_bytes()


@dataclass(frozen=True)
class ArrayItem:
    """An image in memory."""

    array: np.ndarray

    def read(self) -> tuple[np.ndarray, bool]:
        return self.array.copy(), False  # what the caller does to it stays his

    def content(self) -> bytes:
        return f"{self.array.dtype.str}{self.array.shape}".encode() + self.array.tobytes()


@dataclass(frozen=True)
class TwinItem:
    """An image of the synthetic twin, made when it is read."""

    label: int
    seed: int
    index: int
    size: int
    cues: Cues

    def read(self) -> tuple[np.ndarray, bool]:
        image = make_image(self.label, seed=self.seed, index=self.index, size=self.size, cues=self.cues)
        return image, False

    def content(self) -> bytes:
        return repr(self).encode() + sources_of(make_image.__module__)


def array_items(
    images: Sequence[np.ndarray] | np.ndarray,
    labels: Sequence[int] | np.ndarray | None,
    names: Sequence[str] | None,
) -> tuple[list[ArrayItem], np.ndarray | None, list[str]]:
    """Check arrays, their labels and names; see ``SemImages.from_arrays``."""
    if len(images) == 0:
        raise ValueError("images is empty; pass at least one image")
    names = [f"image_{i:05d}" for i in range(len(images))] if names is None else list(names)
    if len(names) != len(images):
        raise ValueError(f"names has {len(names)} entries for {len(images)} images; pass one for each")
    if labels is not None:
        labels = np.asarray(labels)
        if labels.shape != (len(images),) or labels.dtype.kind not in "iu":
            raise ValueError(
                f"labels has the shape {labels.shape} and dtype {labels.dtype}; "
                f"pass {len(images)} integers, one for each image"
            )
        if labels.max() > np.iinfo(np.int64).max:
            raise ValueError(f"labels holds {labels.max()}, which does not fit 64 bits with a sign")
        labels = frozen(labels)
    return [ArrayItem(as_grey(image, f"images[{i}]")) for i, image in enumerate(images)], labels, names


def frozen(labels: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return a read-only copy, int64."""
    labels = np.array(labels, dtype=np.int64)
    labels.setflags(write=False)
    return labels
