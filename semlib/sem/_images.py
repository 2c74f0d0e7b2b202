"""What ``SemImages`` does with its images, wherever they come from; its makers are in ``data.py``."""

from __future__ import annotations

import hashlib
import operator
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from semlib import split
from semlib.sem._items import ArrayItem, FileItem, TwinItem, frozen
from semlib.sem._masks import facts, read_mask
from semlib.sem._threads import in_order


@dataclass(frozen=True, eq=False, repr=False)
class ImageSequence(Sequence):
    """Grey images, read one at a time; see :class:`semlib.sem.data.SemImages`."""

    items: Sequence[FileItem | ArrayItem | TwinItem]
    names: list[str]
    labels: np.ndarray | None
    source: str
    is_synthetic: bool = False
    skipped: list[tuple[str, str]] = field(default_factory=list)
    mask_paths: list[Path] | None = None
    _warned: list[object] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> np.ndarray:
        if isinstance(index, slice):
            raise TypeError("images[...] takes one integer; for several images use images.subset(...)")
        index = operator.index(index)
        image, coloured = self.items[index].read()
        if coloured and not self._warned:  # once, not for each file and each pass
            token = object()
            self._warned.append(token)
            if self._warned[0] is token:  # of several threads the first
                warnings.warn(
                    f"{self.source}: {self.names[index]} is coloured; it and all other coloured files "
                    "become grey by ITU-R BT.601 luma",
                    stacklevel=2,
                )
        return image

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        counts = "no labels"
        if self.labels is not None:
            counts = "labels " + ", ".join(
                f"{k}: {n:,}" for k, n in sorted(Counter(self.labels.tolist()).items())
            )
        masks = "" if self.mask_paths is None else ", with masks"
        return f"<SemImages: {len(self):,} images{masks}, {counts}; {self.source}>"

    def mask(self, index: int) -> np.ndarray:
        """Return an image's mask: True on the defect. It is read anew each time.

        A pixel is True where the mask's grey is at least half of full scale (128 of 255): some published
        masks have grey values at their edges, by which no rule is given. RGB and RGBA masks need three equal
        channels; alpha is ignored. A mask may be empty: then no defect is visible.

        Parameters
        ----------
        index : int

        Returns
        -------
        ndarray of bool (H, W)

        Raises
        ------
        ValueError
            If there are no masks, or if this one cannot be read or has not the image's size; the file is
            named. A mask that is not black but has no pixel of half of full scale is an error too.
        """
        if self.mask_paths is None:
            raise ValueError(
                f"{self.source} has no masks; take SemImages.carinthia_s(), or a table with mask_path"
            )
        return read_mask(self.mask_paths[index], self[index].shape, self.names[index])

    def mask_table(self, n_jobs: int | None = None) -> pd.DataFrame:
        """Count what the masks are like, per class, on their files.

        Parameters
        ----------
        n_jobs : int, optional
            Threads; by default one for each core.

        Returns
        -------
        DataFrame
            A row for each label; a single one, called "all", where there are no labels. Columns: ``masks``;
            ``empty``, black all over; ``grey``, with values between black and white; ``faint``, not black but
            without a pixel of half of full scale, which :meth:`mask` refuses; ``rgb``, stored as RGB or RGBA.
        """
        if self.mask_paths is None:
            raise ValueError(f"{self.source} has no masks to count")
        labels = pd.Series(["all"] * len(self) if self.labels is None else self.labels, name="label")
        rows = pd.DataFrame(list(in_order(facts, self.mask_paths, n_jobs))).assign(masks=1)
        return rows.groupby(labels)[["masks", "empty", "grey", "faint", "rgb"]].sum().astype(np.int64)

    def content_groups(self, n_jobs: int | None = None) -> np.ndarray:
        """Number the images so that those with equal pixels, and only those, get the same number.

        For splits that do not tear copies apart: :func:`semlib.split.split_by_group`. All images are decoded:
        two files of different bytes can hold the same pixels.

        Parameters
        ----------
        n_jobs : int, optional
            Threads that decode; by default one for each core.

        Returns
        -------
        ndarray of int64 (N,)
            0, 1, 2 … in the order of first appearance. Without copies that is ``arange(N)``.
        """
        return split.content_groups(in_order(self.__getitem__, range(len(self)), n_jobs))

    @cached_property
    def content_digests(self) -> list[bytes]:
        """SHA-256 of each image's content, in their order.

        Of a file the bytes count, of an array the bytes, shape and dtype, of a twin's image what it is made
        from: label, seed, index, size, cues and the generator's source. Worked out once, at the first use.
        """
        return [hashlib.sha256(item.content()).digest() for item in self.items]

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the images in their order (:attr:`content_digests`), of the labels and of the masks."""
        digest = hashlib.sha256(b"".join(self.content_digests))
        digest.update(b"" if self.labels is None else b"labels" + self.labels.tobytes())
        for path in self.mask_paths or ():
            digest.update(b"mask" + hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

    def subset(self, indices: Sequence[int] | np.ndarray | slice) -> Self:
        """Return some of the images: by integers, by a boolean mask (N,), or by a slice."""
        chosen = np.arange(len(self))[indices]
        return replace(
            self,
            items=[self.items[i] for i in chosen],
            names=[self.names[i] for i in chosen],
            labels=None if self.labels is None else frozen(self.labels[chosen]),
            mask_paths=None if self.mask_paths is None else [self.mask_paths[i] for i in chosen],
        )

    def without_labels(self) -> Self:
        """Return the same images without labels and without masks: what training gets."""
        return replace(self, labels=None, mask_paths=None)
