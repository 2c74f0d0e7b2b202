"""What an image of ``SemImages`` comes from: a file, an array, or the twin's generator.

``read`` gives the image and whether it was coloured, ``content`` the bytes that tell it from every other.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from semlib.sem._read import read_image
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
        return repr(self).encode() + _generator_source()


@cache
def _generator_source() -> bytes:
    """Return the source of the generator's module and of those in semlib that it imports from."""
    generator = inspect.getmodule(make_image)
    modules = {inspect.getmodule(thing) for thing in vars(generator).values()} | {generator}
    own = [module for module in modules if module and module.__name__.startswith("semlib.")]
    return "".join(inspect.getsource(module) for module in sorted(own, key=lambda m: m.__name__)).encode()
