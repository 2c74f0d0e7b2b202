"""SEM images from a folder, from arrays, from the synthetic twin, or from Carinthia, behind one class."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from semlib.sem._carinthia import load
from semlib.sem._checks import whole_number
from semlib.sem._folder import as_path, find_labels, scan
from semlib.sem._images import ImageSequence
from semlib.sem._items import FileItem, TwinItem, array_items, frozen
from semlib.sem.synthetic import CLASS_COUNTS, SYNTHETIC_MARK, Cues, class_sequence


class SemImages(ImageSequence):
    """Grey SEM images, read one at a time, with labels and masks where there are any.

    Make one with :meth:`from_folder`, :meth:`from_arrays`, :meth:`synthetic`, :meth:`carinthia` or
    :meth:`carinthia_s`. ``images[i]`` is the 2-D image i as its file has it: uint8, uint16 or float32. It is
    read anew each time; :func:`semlib.sem.store.preprocessed` reads all in parallel, once.

    Attributes
    ----------
    names : list of str
        A name for each image; the path within the folder.
    labels : ndarray (N,), int64, or None
        Read-only.
    mask_paths : list of Path, or None
        The file of each image's mask; :meth:`mask` reads it.
    source : str
        Where the images come from. Every figure and table prints it.
    is_synthetic : bool
        True for the twin. False says only that the images were not made here: a folder may hold anything.
    skipped : list of (str, str)
        Names that were left out under ``on_error="skip"``, each with the reason.
    """

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
            ``image_path``, relative to the table or to ``path``, else by ``file_name``. With a column
            ``mask_path`` (Carinthia-S's schema) each image gets its mask; keep masks out of ``path``.
        on_error : {"raise", "skip"}, default "raise"
            "raise": a file that cannot be read is an error when it is first asked for; a label or mask
            without a file, or a file without a label, is an error at once. "skip": all files are read once
            now, so that indices stay; what is unfit is left out, listed in ``skipped``, and counted in a
            warning.

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
        folder = as_path(path, "path")
        found = scan(folder, labels_csv and as_path(labels_csv, "labels_csv"), on_error=on_error)
        made = any((p / SYNTHETIC_MARK).exists() for p in (folder, *folder.resolve().parents[:2]))
        return cls(
            items=[FileItem(folder / name) for name in found.names],
            names=found.names,
            labels=None if found.labels is None else frozen(found.labels),
            source=f"{'SEM twin (synthetic), ' if made else ''}folder {folder.resolve().name}",
            is_synthetic=made,
            skipped=sorted(found.faults.items()),
            mask_paths=found.masks,
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
        items, labels, names = array_items(images, labels, names)
        return cls(items, names, labels, source)

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
        labels = frozen(class_sequence(n, seed))
        cues = Cues() if cues is None else cues
        return cls(
            items=[TwinItem(label, seed, i, size, cues) for i, label in enumerate(labels.tolist())],
            names=[f"twin_{i:05d}" for i in range(n)],
            labels=labels,
            source=f"SEM twin (synthetic), seed {seed}",
            is_synthetic=True,
        )

    @classmethod
    def carinthia(
        cls,
        root: str | os.PathLike | None = None,
        *,
        on_error: str = "raise",
        download: bool = True,
        progress: bool = True,
    ) -> SemImages:
        """Take Carinthia: 4,591 labelled images, CC BY 4.0, doi:10.5281/zenodo.10715190.

        Labels are the published codes 1 to 6. Class 3 is the majority, with 4,008 images. Paper 1 says that
        class 6, without a defect, is; it has 227. Data and paper contradict each other; we keep to the data.

        Parameters
        ----------
        root : path, optional
            A folder that holds ``data/carinthia.csv`` or ``carinthia.csv``, and ``images/`` beside it; or the
            archive ``data.zip``, or a folder, which must exist, that holds it or is to hold it. By default
            the folder ``carinthia`` in ``$SEMLIB_DATA``, else in the cache.
        on_error : {"raise", "skip"}, default "raise"
            As in :meth:`from_folder`.
        download : bool, default True
            Whether to fetch what is not there (134 MB, once; :mod:`semlib.download`).
        progress : bool, default True
            Show a progress bar.

        Returns
        -------
        SemImages
            ``source`` is "Carinthia" if the table has the published SHA-256 and nothing was seen to change
            after unpacking, else "unverified copy of …".

        Raises
        ------
        FileNotFoundError
            If the data are not there and cannot be fetched; the message says which file to get.
        ValueError
            If a file is not the published one, or an image or a label is missing; it is named.

        Warns
        -----
        UserWarning
            If the number of images or the class table of published data are not as reported.
        """
        return load(cls.from_folder, "carinthia", root, on_error, download, progress)

    @classmethod
    def carinthia_s(
        cls,
        root: str | os.PathLike | None = None,
        *,
        on_error: str = "raise",
        download: bool = True,
        progress: bool = True,
    ) -> SemImages:
        """Take Carinthia-S: Carinthia with a mask of the defect for each image, doi:10.5281/zenodo.16895427.

        ``images.mask(i)`` is the mask of image i. Labels, parameters, errors and warnings are those of
        :meth:`carinthia`. The table is ``carinthia-s.csv``, and ``masks/`` lies beside ``images/``. Its
        SHA-256 is not known to us: only what comes from the verified archive counts as published.
        """
        return load(cls.from_folder, "carinthia_s", root, on_error, download, progress)


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
        "synthetic" (the twin), "carinthia" or "carinthia_s" (fetched if need be), or a folder's path.
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
    if n is not None:
        n = whole_number("n", n, 1, ", or None for all images")
    published = {"carinthia": SemImages.carinthia, "carinthia_s": SemImages.carinthia_s}
    if dataset in ("synthetic", *published) and labels_csv is not None:
        raise ValueError(
            f"labels_csv={labels_csv} goes with a folder; dataset={dataset!r} has its own labels"
        )
    if dataset == "synthetic":
        return SemImages.synthetic(n, seed, size)
    if dataset in published:
        images = published[dataset](on_error=on_error)
    else:
        folder = as_path(dataset, "dataset")
        if not folder.exists():
            raise FileNotFoundError(
                f"dataset={str(dataset)!r} is neither 'synthetic', 'carinthia', 'carinthia_s' nor a folder"
            )
        images = SemImages.from_folder(folder, labels_csv or find_labels(folder), on_error=on_error)
    if n is None or n >= len(images):
        return images
    chosen = np.sort(np.random.default_rng(seed).choice(len(images), n, replace=False))
    return replace(
        images.subset(chosen), source=f"{images.source}, {n:,} of {len(images):,} images, seed {seed}"
    )
