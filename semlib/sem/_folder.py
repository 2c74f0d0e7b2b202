"""Which images a folder holds, which labels they have, and what is unfit."""

from __future__ import annotations

import hashlib
import os
import re
import warnings
from pathlib import Path

from semlib.sem._labels import COLUMNS, has_columns, read_labels
from semlib.sem._read import read_image

# SHA-256 of Carinthia's own carinthia.csv, so that a folder of that name is not taken for the real data.
_CARINTHIA_CSV = "040ea33ca45fc9dcd74fde2e811b1b576879d00afd1ba4383dc9dc01b0328905"
SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")


def scan(
    folder: Path, labels_csv: Path | None, *, on_error: str
) -> tuple[list[str], list[int] | None, dict[str, str]]:
    """Return the names of a folder's images, their labels, and what is left out, with reasons.

    Parameters
    ----------
    folder : Path
    labels_csv : Path or None
        See :func:`semlib.sem._labels.read_labels`.
    on_error : {"raise", "skip"}
        "raise": only names and labels are looked at; a file is read when its image is asked for.
        "skip": each file is read, so that the indices of those that are left stay the same.
    """
    if on_error not in ("raise", "skip"):
        raise ValueError(f"on_error={on_error!r} must be 'raise' or 'skip'")
    names = list_images(folder)
    labels: dict[str, int] = {}
    faults: dict[str, str] = {}
    if labels_csv is not None:
        labels, missing = read_labels(labels_csv, folder, names)
        faults |= dict.fromkeys(missing, f"named in {labels_csv.name}, but there is no such image")
        faults |= {name: f"no label in {labels_csv.name}" for name in names if name not in labels}
        if faults and on_error == "raise":
            raise ValueError(f"{labels_csv}: {_summary(faults)}. Mend the table, or pass on_error='skip'")
    if on_error == "skip":
        for name in names:
            try:
                read_image(folder / name)
            except ValueError as error:
                faults[name] = f"{type(error.__cause__).__name__}: {error.__cause__}"
        names = [name for name in names if name not in faults]
    if not names:
        raise ValueError(f"{folder}: no fit image is left: {_summary(faults)}")
    if faults:
        warnings.warn(f"{folder}: left out {_summary(faults)}. All are listed in .skipped", stacklevel=3)
    return names, None if labels_csv is None else [labels[name] for name in names], faults


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
        warnings.warn(
            f"{folder}: {len(fitting)} of {len(tables)} CSV files have the columns {';'.join(COLUMNS)}, "
            "so the images get no labels; pass labels_csv",
            stacklevel=3,
        )
    return None


def find_carinthia(root: str | os.PathLike | None) -> tuple[Path, bool]:
    """Return the path of ``carinthia.csv``, and whether its bytes are those that were published."""
    if root is None and os.environ.get("SEMLIB_DATA"):
        root = Path(os.environ["SEMLIB_DATA"]) / "carinthia"
    tables = [] if root is None else [Path(root).expanduser() / d / "carinthia.csv" for d in ("data", ".")]
    for table in tables:
        if table.is_file():
            return table, hashlib.sha256(table.read_bytes()).hexdigest() == _CARINTHIA_CSV
    where = f"{root} has no carinthia.csv" if tables else "root is not given and $SEMLIB_DATA is not set"
    raise FileNotFoundError(
        f"Carinthia is not here: {where}. Get data.zip (133,840,870 bytes, MD5 "
        "457011cf9063e5a49751f33ea468309d) from https://zenodo.org/records/10715190 "
        "(doi:10.5281/zenodo.10715190), unpack it into a folder, and pass that folder as root, "
        "or make it $SEMLIB_DATA/carinthia"
    )


def _summary(faults: dict[str, str]) -> str:
    """Say how many faults there are, and what the first three are."""
    shown = [f"{name} ({reason})" for name, reason in list(faults.items())[:3]]
    return f"{len(faults)}: {'; '.join(shown)}{'; …' if len(faults) > 3 else ''}"
