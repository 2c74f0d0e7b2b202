"""Unpacked archives: each in a folder ``unpacked`` that is there whole, or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import warnings
from collections.abc import Iterable
from pathlib import Path

from semlib._download.at_hand import at_hand, folders
from semlib._download.disk import set_aside
from semlib._download.verified import digest
from semlib.registry import DataSet
from semlib.unpack import unpack

NAME = "unpacked"
_MARK = ".unpacked.json"  # written last


def is_whole(place: Path, sha256: str | None) -> bool:
    """Tell whether ``place/unpacked`` holds all files of the archive with that hash, as unpacked."""
    return _differences(place, sha256) == ([], [])


def whole(places: Iterable[Path], sha256: str | None) -> Path | None:
    """Return the first folder that :func:`is_whole`."""
    return next((place / NAME for place in places if is_whole(place, sha256)), None)


def changed(dataset: DataSet, root: Path | None) -> tuple[Path, str] | None:
    """Return an unpacked folder of which a file was changed, and that file; None where that can be mended.

    It can be where another folder is whole, or the archive is at hand.
    """
    places, sha256 = folders(dataset.key, root), dataset.files[0].sha256
    if whole(places, sha256) or next(at_hand(dataset, root), None):
        return None
    for place in places:
        if names := (_differences(place, sha256) or ([], []))[0]:
            return place / NAME, names[0]
    return None


def _differences(place: Path, sha256: str | None) -> tuple[list[str], list[str]] | None:
    """Return which files were changed and which are missing; None if nothing is unpacked of that archive.

    Compared are the sizes, and of tables the hash. Not noticed is an image that was changed and has its size
    still: to hash all at each load would be slow. Files that were added are not looked at: macOS and Windows
    put some there.
    """
    folder = place / NAME
    try:
        mark = json.loads((folder / _MARK).read_text())
        if sha256 is None or mark["sha256"] != sha256:
            return None
        known, tables = dict(mark["sizes"]), dict(mark["tables"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    sizes = _sizes(folder)
    altered = [name for name, size in known.items() if sizes.get(name, size) != size]
    for name, expected in tables.items():
        if name in sizes and name not in altered and _hash(folder / name) != expected:
            altered.append(name)
    return altered, [name for name in known if name not in sizes]


def unpacked(archive: Path, dataset: DataSet, place: Path, progress: bool) -> Path:
    """Unpack a verified archive into ``place/unpacked``, unless it is there; return that folder.

    No other process may be at it.
    """
    folder, part = place / NAME, place / f"{NAME}.part"
    sha256 = digest(archive, "sha256")
    if is_whole(place, sha256):
        return folder
    shutil.rmtree(part, ignore_errors=True)  # of an interrupted call
    if names := (_differences(place, sha256) or ([], []))[0]:
        aside = set_aside(folder)  # somebody's work, perhaps
        warnings.warn(
            f"{folder / names[0]} was changed after unpacking: all is unpacked anew, and the folder with the "
            f"change is kept as {aside}",
            stacklevel=3,
        )
    elif (folder / _MARK).exists():
        shutil.rmtree(folder)  # of another archive, or with files missing; all is in the archive
    elif folder.exists():
        set_aside(folder)  # not made here
    unpack(
        archive,
        part,
        # pictures hardly shrink in an archive, and none has more than an image and a mask for each item
        max_bytes=20 * archive.stat().st_size + (64 << 20),
        max_files=3 * dataset.count + 100,
        progress=progress,
    )
    sizes = _sizes(part)
    tables = {name: _hash(part / name) for name in sizes if name.lower().endswith(".csv")}
    (part / _MARK).write_text(json.dumps({"sha256": sha256, "sizes": sizes, "tables": tables}))
    os.rename(part, folder)
    return folder


def _sizes(folder: Path, prefix: str = "") -> dict[str, int]:
    """Return the size in bytes of each file below a folder."""
    sizes: dict[str, int] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                sizes |= _sizes(Path(entry.path), f"{prefix}{entry.name}/")
            else:
                sizes[prefix + entry.name] = entry.stat(follow_symlinks=False).st_size
    return sizes


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
