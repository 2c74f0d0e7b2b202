"""Fetch the published data sets, verified before use: from their publishers, or from where you put them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from semlib.registry import REGISTRY, RemoteFile
from semlib.runtime import cache_dir


class MismatchError(ValueError):
    """A file is not the published one: its size or its hash differs."""


class MissingDataError(FileNotFoundError):
    """A data set is not at hand and could not be fetched; the message says how to get it."""


def data_dir() -> Path:
    """Return the folder of the data sets: ``$SEMLIB_DATA``, else ``data`` in the cache folder."""
    return Path(os.environ.get("SEMLIB_DATA") or cache_dir() / "data")


def verify(path: str | os.PathLike, file: RemoteFile) -> str:
    """Check that a file is the published one; return what could be checked: "sha256", "md5" or "size"."""
    path = Path(path)
    if path.stat().st_size != file.size:
        raise MismatchError(f"{path} has {path.stat().st_size:,} bytes; {file.name} has {file.size:,}")
    for method in ("sha256", "md5"):
        expected = getattr(file, method)
        if expected:
            with open(path, "rb") as stream:
                actual = hashlib.file_digest(stream, method).hexdigest()
            if actual != expected:
                raise MismatchError(f"{path} has the {method} {actual}; {file.name} has {expected}")
            return method
    return "size"


def fetch(
    key: str, root: str | os.PathLike | None = None, *, download: bool = True, progress: bool = True
) -> Path:
    """Return the verified file of a data set (skeleton: only a file at hand)."""
    base = data_dir() if root is None else Path(root)
    for file in REGISTRY[key].files:
        for path in (base, base / file.name, base / key / file.name):
            if path.is_file():
                verify(path, file)
                return path
    raise MissingDataError(f"{key} is not in {base}")


def fetch_folder(
    key: str, root: str | os.PathLike | None = None, *, download: bool = True, progress: bool = True
) -> Path:
    """Return the folder into which a data set's archive was unpacked (skeleton)."""
    from semlib.unpack import unpack

    archive = fetch(key, root, download=download, progress=progress)
    folder = data_dir() / key / "unpacked"
    if not folder.exists():
        unpack(archive, folder, max_bytes=1 << 32, max_files=100_000)
    return folder
