"""Unpacked archives: each in a folder ``unpacked`` that is there whole, or not at all."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from semlib._download.disk import set_aside
from semlib._download.verified import digest
from semlib.registry import DataSet
from semlib.unpack import unpack

NAME = "unpacked"
_MARK = ".unpacked.json"  # written last


def is_whole(place: Path, sha256: str | None) -> bool:
    """Tell whether ``place/unpacked`` holds all files of the archive with that hash."""
    folder = place / NAME
    try:
        mark = json.loads((folder / _MARK).read_text())
        return sha256 is not None and mark["sha256"] == sha256 and mark["files"] <= _count(folder)
    except (OSError, ValueError, TypeError, KeyError):
        return False


def unpacked(archive: Path, dataset: DataSet, place: Path, progress: bool) -> Path:
    """Unpack a verified archive into ``place/unpacked``, unless it is there; return that folder.

    No other process may be at it.
    """
    folder, part = place / NAME, place / f"{NAME}.part"
    sha256 = digest(archive, "sha256")
    if is_whole(place, sha256):
        return folder
    shutil.rmtree(part, ignore_errors=True)  # of an interrupted call
    if (folder / _MARK).exists():
        shutil.rmtree(folder)  # of another archive, or with files missing; all is in the archive
    elif folder.exists():
        set_aside(folder)  # not made here
    files = unpack(
        archive,
        part,
        # pictures hardly shrink in an archive, and none has more than an image and a mask for each item
        max_bytes=20 * archive.stat().st_size + (64 << 20),
        max_files=3 * dataset.count + 100,
        progress=progress,
    )
    (part / _MARK).write_text(json.dumps({"sha256": sha256, "files": len(files)}))
    os.rename(part, folder)
    return folder


def _count(folder: Path) -> int:
    """Count the files below a folder, without the mark. macOS and Windows may have put some more there."""
    return sum(len(names) for _, _, names in os.walk(folder)) - 1
