"""What an image of ``SemImages`` comes from: a file, an array, or the twin's generator.

``read`` gives the image and whether it was coloured, ``content`` the bytes that tell it from every other.
"""

from __future__ import annotations

import ast
import sys
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
    """Return the source of the generator's module, and of the modules of semlib that it imports, in turn."""
    sources: dict[str, str] = {}
    todo = [make_image.__module__]
    while todo:
        name = todo.pop()
        if name in sources or name not in sys.modules:  # an imported name may be no module
            continue
        sources[name] = Path(sys.modules[name].__file__).read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(sources[name])):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("semlib"):
                todo += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return "".join(sources[name] for name in sorted(sources)).encode()
