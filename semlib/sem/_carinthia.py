"""Finding Carinthia and Carinthia-S on the disk, or fetching them, and checking what was loaded."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from semlib._download.at_hand import existing
from semlib._download.folders import changed as changed_folder
from semlib.download import data_dir, fetch_folder
from semlib.registry import REGISTRY
from semlib.sem._images import ImageSequence

TABLES = {"carinthia": "carinthia.csv", "carinthia_s": "carinthia-s.csv"}

#: SHA-256 of the published table, by which an unpacked copy is known. Carinthia-S's is not known to us.
CSV_SHA256 = {
    "carinthia": "040ea33ca45fc9dcd74fde2e811b1b576879d00afd1ba4383dc9dc01b0328905",
    "carinthia_s": None,
}


def load(
    from_folder: Callable[..., ImageSequence],
    key: str,
    root: str | os.PathLike | None,
    on_error: str,
    download: bool,
    progress: bool,
) -> ImageSequence:
    """Find or fetch a data set, load it by ``SemImages.from_folder``, check it, and name its source."""
    table, published = _find_table(key, root, download=download, progress=progress)
    images = from_folder(table.parent / "images", table, on_error=on_error)
    if images.is_synthetic:
        return images
    if published:
        _check(images, key)
    title = REGISTRY[key].title
    return replace(images, source=title if published else f"unverified copy of {title} in {table.parent}")


def _find_table(
    key: str, root: str | os.PathLike | None, *, download: bool, progress: bool
) -> tuple[Path, bool]:
    """Return the path of a data set's table, and whether it is the published one.

    Unpacked data under ``root`` (by default the data set's folder) come first; else the archive is fetched.
    Published are data from a verified archive, or with a table of the published SHA-256; where that is known,
    the table must have it in both cases. Not published are unpacked data that were changed, as far as
    :func:`semlib.download.fetch_folder` notices, where the archive is not at hand to unpack it anew.
    """
    root = existing(root, REGISTRY[key])
    base = data_dir() / key if root is None else root
    table = _table_in(key, base, base / key)
    changed = changed_folder(REGISTRY[key], root) if table is None else None
    if changed:
        folder, name = changed
        warnings.warn(
            f"{folder / name} was changed after unpacking, and the archive {REGISTRY[key].files[0].name} is "
            "not at hand any more: the data count as unverified. For the published ones remove that folder",
            stacklevel=4,
        )
        table = _table_in(key, folder)
    fetched = table is None
    if fetched:
        folder = fetch_folder(key, root, download=download, progress=progress)
        table = _table_in(key, folder)
        if table is None:
            raise FileNotFoundError(
                f"{folder} has no data/{TABLES[key]}, though it was unpacked from the published archive; "
                "remove the folder and try again"
            )
    expected = CSV_SHA256[key]
    if expected is None or changed:
        return table, fetched
    actual = hashlib.sha256(table.read_bytes()).hexdigest()
    if fetched and actual != expected:
        warnings.warn(
            f"{table} has the SHA-256 {actual}, and the one reported for it is {expected}: it was changed "
            "after unpacking, or the report is wrong; the data count as unverified",
            stacklevel=4,
        )
    return table, actual == expected


def _check(images: ImageSequence, key: str) -> None:
    """Warn where published data are not what the registry says: number of images, class table."""
    dataset = REGISTRY[key]
    found = {str(label): n for label, n in sorted(Counter(images.labels.tolist()).items())}
    if images.skipped or (len(images) == dataset.count and found == dataset.classes):
        return
    warnings.warn(
        f"{dataset.title} was reported to have {dataset.count:,} images, by class {dataset.classes}; here "
        f"are {len(images):,}, by class {found}. Results will not be comparable",
        stacklevel=4,
    )


def _table_in(key: str, *folders: Path) -> Path | None:
    places = [folder / inner / TABLES[key] for folder in folders for inner in ("data", ".")]
    return next((place for place in places if place.is_file()), None)
