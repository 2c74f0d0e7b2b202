"""Which images a folder holds, which labels and masks they have, and what is unfit."""

from __future__ import annotations

import os
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from semlib.sem._labels import COLUMNS, LabelTable, has_columns, other_separator, read_labels
from semlib.sem._masks import read_mask
from semlib.sem._read import read_image
from semlib.sem._threads import in_order

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")


@dataclass(frozen=True)
class Found:
    """What a folder holds: names, labels and masks in step; what is left out, with reasons."""

    names: list[str]
    labels: list[int] | None = None
    masks: list[Path] | None = None
    faults: dict[str, str] = field(default_factory=dict)


def as_path(path: str | os.PathLike, argument: str) -> Path:
    """Return a path; an empty text, which would mean the current folder, is an error."""
    if not os.fspath(path):
        raise ValueError(f"{argument}='' names no folder; pass its path, or '.' for the current one")
    return Path(path).expanduser()


def scan(folder: Path, labels_csv: Path | None, *, on_error: str) -> Found:
    """Find a folder's images, their labels and masks, and what is to be left out.

    Parameters
    ----------
    folder : Path
    labels_csv : Path or None
        See :func:`semlib.sem._labels.read_labels`.
    on_error : {"raise", "skip"}
        "raise": only names, labels and the masks' names are looked at; a file is read when it is asked for.
        "skip": each file is read, so that the indices of those that are left stay the same.
    """
    if on_error not in ("raise", "skip"):
        raise ValueError(f"on_error={on_error!r} must be 'raise' or 'skip'")
    names = list_images(folder)
    table = None if labels_csv is None else read_labels(labels_csv, folder, names)
    masks = (table and table.masks) or {}
    faults = {} if table is None else _table_faults(table, names, labels_csv.name)
    if faults and on_error == "raise":
        raise ValueError(f"{labels_csv}: {_summary(faults)}. Mend the table, or pass on_error='skip'")
    if on_error == "skip":
        reasons = in_order(lambda name: _file_fault(folder / name, masks.get(name)), names)
        faults |= {name: reason for name, reason in zip(names, reasons, strict=True) if reason}
        names = [name for name in names if name not in faults]
    if not names:
        raise ValueError(f"{folder}: no fit image is left: {_summary(faults)}")
    if faults:
        warnings.warn(f"{folder}: left out {_summary(faults)}. All are listed in .skipped", stacklevel=3)
    labels = None if table is None else [table.labels[name] for name in names]
    return Found(names, labels, [masks[name] for name in names] if masks else None, faults)


def _table_faults(table: LabelTable, names: list[str], csv: str) -> dict[str, str]:
    faults = dict.fromkeys(table.missing, f"named in {csv}, but there is no such image")
    faults |= {name: f"no label in {csv}" for name in names if name not in table.labels}
    absent = {name: path for name, path in (table.masks or {}).items() if not path.is_file()}
    return faults | {name: f"its mask {path} is not there" for name, path in absent.items()}


def _file_fault(path: Path, mask: Path | None) -> str | None:
    """Read an image and its mask, and say what is wrong with them."""
    try:
        image = read_image(path)[0]
        if mask is not None and mask.is_file():
            read_mask(mask, image.shape, path.name)
    except ValueError as error:
        cause = error.__cause__
        return str(error) if cause is None else f"{type(cause).__name__}: {cause}"
    return None


def list_images(folder: Path) -> list[str]:
    """Return the names of a folder's image files in natural order (``a2`` before ``a10``).

    Parameters
    ----------
    folder : Path
        Searched with its sub-folders. Files and folders whose name starts with a dot are left out: macOS and
        Jupyter put unreadable copies there.

    Returns
    -------
    list of str
        Paths relative to ``folder``, with ``/``.

    Raises
    ------
    FileNotFoundError, NotADirectoryError
        If ``folder`` does not exist, or is a file.
    ValueError
        If it holds no image file.
    """
    if not folder.exists():
        raise FileNotFoundError(f"{folder} does not exist; pass the path of a folder that holds images")
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file; pass the folder that holds it")
    inside = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    names = [p.as_posix() for p in inside if not any(part.startswith(".") for part in p.parts)]
    images = [name for name in names if name.lower().endswith(SUFFIXES)]
    if not images:
        raise ValueError(
            f"{folder} holds no image among its {len(names)} files; images end in {', '.join(SUFFIXES)}"
        )
    return sorted(images, key=_natural)


def _natural(name: str) -> tuple:
    """Sort key: runs of digits compare as numbers; the name itself decides between ``a1`` and ``a01``."""
    return [int(s) if s.isdecimal() else s for s in re.split(r"(\d+)", name.lower())], name


def find_labels(folder: Path) -> Path | None:
    """Return the one CSV of a folder with Carinthia's columns; warn where there are CSVs, but not one."""
    tables = sorted(folder.glob("*.csv"))
    fitting = [table for table in tables if has_columns(table)]
    if len(fitting) == 1:
        return fitting[0]
    if tables:
        others = {table.name: other_separator(table) for table in tables}
        marks = [f"{name} is separated by {mark!r}, not by ';'" for name, mark in others.items() if mark]
        warnings.warn(
            f"{folder}: {len(fitting)} of {len(tables)} CSV files have the columns {';'.join(COLUMNS)}, "
            f"so the images get no labels; pass labels_csv{''.join(f'. {mark}' for mark in marks)}",
            stacklevel=3,
        )
    return None


def _summary(faults: dict[str, str]) -> str:
    """Say how many faults there are, and what the first three are."""
    shown = [f"{name} ({reason})" for name, reason in list(faults.items())[:3]]
    return f"{len(faults)}: {'; '.join(shown)}{'; …' if len(faults) > 3 else ''}"
