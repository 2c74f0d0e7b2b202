"""SEM images from a folder, from arrays, from the synthetic twin, or from Carinthia, behind one class."""

from __future__ import annotations

import hashlib
import operator
import os
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from semlib.sem._folder import find_carinthia, find_labels, scan
from semlib.sem._items import ArrayItem, FileItem, TwinItem
from semlib.sem._read import as_grey
from semlib.sem.synthetic import CLASS_COUNTS, SYNTHETIC_MARK, Cues, class_sequence


@dataclass(frozen=True, eq=False, repr=False)
class SemImages(Sequence):
    """Grey SEM images, read one at a time, with labels where there are any.

    Make one with :meth:`from_folder`, :meth:`from_arrays`, :meth:`synthetic` or :meth:`carinthia`.
    ``images[i]`` is the 2-D image i as its file has it: uint8, uint16 or float32. It is read anew each time.

    Attributes
    ----------
    names : list of str
        A name for each image; the path within the folder.
    labels : ndarray (N,), int64, or None
        Read-only.
    source : str
        Where the images come from. Every figure and table prints it.
    is_synthetic : bool
        True for the twin. False says only that the images were not made here: a folder may hold anything.
    skipped : list of (str, str)
        Names that were left out under ``on_error="skip"``, each with the reason.
    """

    items: Sequence[FileItem | ArrayItem | TwinItem]
    names: list[str]
    labels: np.ndarray | None
    source: str
    is_synthetic: bool = False
    skipped: list[tuple[str, str]] = field(default_factory=list)
    _warned: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> np.ndarray:
        if isinstance(index, slice):
            raise TypeError("images[...] takes one integer; for several images use images.subset(...)")
        index = operator.index(index)
        image, coloured = self.items[index].read()
        if coloured and not self._warned:  # once, not for each file and each pass
            self._warned.append(self.names[index])
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
        return f"<SemImages: {len(self):,} images, {counts}; {self.source}>"

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the images in their order, and of the labels.

        Of a file the bytes count, of an array the bytes, shape and dtype, of a twin's image what it is made
        from: label, seed, index, size, cues and the generator's source. Worked out once, at the first use.
        """
        digest = hashlib.sha256()
        for item in self.items:
            digest.update(hashlib.sha256(item.content()).digest())
        digest.update(b"" if self.labels is None else b"labels" + self.labels.tobytes())
        return digest.hexdigest()

    def subset(self, indices: Sequence[int] | np.ndarray | slice) -> SemImages:
        """Return some of the images: by integers, by a boolean mask (N,), or by a slice."""
        chosen = np.arange(len(self))[indices]
        return replace(
            self,
            items=[self.items[i] for i in chosen],
            names=[self.names[i] for i in chosen],
            labels=None if self.labels is None else _frozen(self.labels[chosen]),
        )

    def without_labels(self) -> SemImages:
        """Return the same images with ``labels=None``: what training gets."""
        return replace(self, labels=None)

    @classmethod
    def from_folder(
        cls, path: str | os.PathLike, labels_csv: str | os.PathLike | None = None, *, on_error: str = "raise"
    ) -> SemImages:
        """Take the images of a folder and its sub-folders, in natural order of their names.

        Parameters
        ----------
        path : path
            Holds png, jpg, jpeg, tif, tiff or bmp files; hidden files and files of other kinds are no images.
        labels_csv : path, optional
            A ``;``-separated table ``image_path;file_name;label`` (Carinthia's schema). An image is found by
            ``image_path``, relative to the table or to ``path``, else by ``file_name``.
        on_error : {"raise", "skip"}, default "raise"
            "raise": a file that cannot be read is an error when it is first asked for; a label without a
            file, or a file without a label, is an error at once. "skip": all files are read once now, so that
            indices stay; what is unfit is left out, listed in ``skipped``, and counted in a warning.

        Returns
        -------
        SemImages

        Raises
        ------
        FileNotFoundError, NotADirectoryError
            If ``path`` is no folder.
        ValueError
            If it holds no (readable) image, or if the table is at fault; the file, and the line, are named.
        """
        folder = Path(path).expanduser()
        table = None if labels_csv is None else Path(labels_csv).expanduser()
        names, labels, faults = scan(folder, table, on_error=on_error)
        made = any((p / SYNTHETIC_MARK).exists() for p in (folder, *folder.resolve().parents[:2]))
        return cls(
            items=[FileItem(folder / name) for name in names],
            names=names,
            labels=None if labels is None else _frozen(labels),
            source=f"{'SEM twin (synthetic), ' if made else ''}folder {folder.resolve().name}",
            is_synthetic=made,
            skipped=sorted(faults.items()),
        )

    @classmethod
    def from_arrays(
        cls,
        images: Sequence[np.ndarray] | np.ndarray,
        labels: Sequence[int] | np.ndarray | None = None,
        *,
        names: Sequence[str] | None = None,
        source: str = "arrays",
    ) -> SemImages:
        """Take images that are in memory.

        Parameters
        ----------
        images : ndarray (N, H, W) or sequence of ndarray (H, W)
            Booleans become 0 and 255; numbers other than uint8, uint16 and float32 become float32.
        labels : sequence of int, optional
            One for each image.
        names : sequence of str, optional
            One for each image; by default ``image_00000`` and so on.
        source : str, default "arrays"
            What figures and tables call the data.

        Raises
        ------
        ValueError
            If there is no image, an image is not 2-D or not finite, or if labels or names do not fit.
        """
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
        items = [ArrayItem(as_grey(image, f"images[{i}]")) for i, image in enumerate(images)]
        return cls(items, names, None if labels is None else _frozen(labels), source)

    @classmethod
    def synthetic(
        cls, n: int | None = None, seed: int = 0, size: int = 480, *, cues: Cues | None = None
    ) -> SemImages:
        """Make the SEM twin: procedural images with Carinthia's classes and imbalance.

        Parameters
        ----------
        n : int, optional
            Number of images; by default Carinthia's 4,591.
        seed : int, default 0
        size : int, default 480
            Side of the square images in pixels.
        cues : semlib.sem.synthetic.Cues, optional
            Which acquisition cues the images carry; by default all.
        """
        n = sum(CLASS_COUNTS.values()) if n is None else n
        labels = _frozen(class_sequence(n, seed))
        cues = Cues() if cues is None else cues
        return cls(
            items=[TwinItem(label, seed, i, size, cues) for i, label in enumerate(labels.tolist())],
            names=[f"twin_{i:05d}" for i in range(n)],
            labels=labels,
            source=f"SEM twin (synthetic), seed {seed}",
            is_synthetic=True,
        )

    @classmethod
    def carinthia(cls, root: str | os.PathLike | None = None, *, on_error: str = "raise") -> SemImages:
        """Take Carinthia (4,591 labelled images, CC BY 4.0, doi:10.5281/zenodo.10715190) from the disk.

        Parameters
        ----------
        root : path, optional
            Holds ``data/carinthia.csv`` or ``carinthia.csv``, and ``images/`` beside it. By default the
            folder ``carinthia`` in ``$SEMLIB_DATA``.
        on_error : {"raise", "skip"}, default "raise"
            As in :meth:`from_folder`.

        Raises
        ------
        FileNotFoundError
            If the data are not there; the message says which file to get.
        """
        table, published = find_carinthia(root)
        images = cls.from_folder(table.parent / "images", table, on_error=on_error)
        if images.is_synthetic:
            return images
        source = "Carinthia" if published else f"unverified copy of Carinthia in {table.parent}"
        return replace(images, source=source)


def open_images(
    dataset: str | os.PathLike,
    *,
    n: int | None = None,
    seed: int = 0,
    size: int = 480,
    labels_csv: str | os.PathLike | None = None,
    on_error: str = "raise",
) -> SemImages:
    """Open what a notebook's parameter ``dataset`` names.

    Parameters
    ----------
    dataset : str or path
        "synthetic" (the twin), "carinthia" (from ``$SEMLIB_DATA/carinthia``), or a folder's path.
    n : int, optional
        At most so many images: the twin is made with n; of other data n are drawn by ``seed``, and keep their
        order.
    seed : int, default 0
    size : int, default 480
        Side of the twin's images in pixels; files keep their own.
    labels_csv : path, optional
        For a folder. If it is not given: the CSV with Carinthia's columns, where the folder holds just one.
    on_error : {"raise", "skip"}, default "raise"
        As in :meth:`SemImages.from_folder`.

    Returns
    -------
    SemImages

    Raises
    ------
    FileNotFoundError
        If ``dataset`` is none of these.
    """
    if n is not None and n < 1:
        raise ValueError(f"n={n} must be at least 1, or None for all images")
    if dataset in ("synthetic", "carinthia") and labels_csv is not None:
        raise ValueError(
            f"labels_csv={labels_csv} goes with a folder; dataset={dataset!r} has its own labels"
        )
    if dataset == "synthetic":
        return SemImages.synthetic(n, seed, size)
    if dataset == "carinthia":
        images = SemImages.carinthia(on_error=on_error)
    else:
        folder = Path(dataset).expanduser()
        if not folder.exists():
            raise FileNotFoundError(
                f"dataset={str(dataset)!r} is neither 'synthetic', 'carinthia' nor a folder"
            )
        images = SemImages.from_folder(folder, labels_csv or find_labels(folder), on_error=on_error)
    if n is None or n >= len(images):
        return images
    chosen = np.sort(np.random.default_rng(seed).choice(len(images), n, replace=False))
    return replace(
        images.subset(chosen), source=f"{images.source}, {n:,} of {len(images):,} images, seed {seed}"
    )


def _frozen(labels: Sequence[int] | np.ndarray) -> np.ndarray:
    labels = np.array(labels, dtype=np.int64)
    labels.setflags(write=False)
    return labels
