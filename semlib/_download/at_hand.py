"""Find a data set's file where a person may have put it, in whatever form browsers and Kaggle gave it."""

from __future__ import annotations

import glob
import os
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from semlib._download.advice import how_to_get
from semlib._download.disk import set_aside, writable
from semlib._download.verified import MissingDataError, check, data_dir, digest
from semlib.registry import DataSet, RemoteFile
from semlib.runtime import cache_dir
from semlib.unpack import unpack


@dataclass(frozen=True)
class Found:
    """A file that can be one of a data set's.

    Attributes
    ----------
    path : Path
    file : RemoteFile
        What it should be.
    entry : str or None
        The file is inside a zip archive, under this name.
    """

    path: Path
    file: RemoteFile
    entry: str | None = None


def member_of(file: RemoteFile) -> RemoteFile:
    """Return the entry for the one file that is used of an archive."""
    return RemoteFile(name=PurePosixPath(file.member).name, url=file.url, size=file.member_size)


def existing(root: str | os.PathLike | None, dataset: DataSet) -> Path | None:
    """Return the path that a user gave; refuse what does not exist: a mistyped path is not downloaded to."""
    if root is None:
        return None
    if not isinstance(root, str | os.PathLike) or not os.fspath(root):
        raise ValueError(f"root={root!r} must be the path of a file or of a folder, or None")
    path = Path(root).expanduser()
    if not path.exists():
        raise MissingDataError(
            f"{path} does not exist; pass the path of the file, or of the folder that holds or is to hold it"
            f". {dataset.title} is not looked for elsewhere then.\n"
            + how_to_get(dataset, folders(dataset.key, None)[0])
        )
    return path


def folders(key: str, root: Path | None) -> list[Path]:
    """Return the folders in which a data set's file may lie; it is downloaded into the first."""
    if root is None:
        return [data_dir() / key, cache_dir() / "data" / key]
    if root.is_file():
        return folders(key, None)
    return [root] if root.name == key else [root / key, root]


def workplace(key: str, root: Path | None) -> Path:
    """Return the first folder that a file of a data set can be written into."""
    for folder in [folders(key, root)[0], *folders(key, None)]:
        if writable(folder):
            return folder
    raise PermissionError(f"{folders(key, root)[0]} cannot be written; set SEMLIB_DATA to a folder that can")


def at_hand(dataset: DataSet, root: Path | None) -> Iterator[Found]:
    """Find the files that can be the data set's, the best first. None of them is verified.

    A file with the right name is found whatever its size; others only with the right size, or if they are an
    archive that holds a file of the right name and size.
    """
    if root is not None and root.is_file():
        alike = [f for f in dataset.files if f.name.endswith(root.suffix)] or dataset.files
        yield identify(root, dataset) or Found(root, alike[0])
        return
    places = folders(dataset.key, root)
    # what was taken out of an archive comes first, so that the archive need not be looked at again
    wanted = [f for file in dataset.files for f in ([member_of(file), file] if file.member else [file])]
    for folder in places:
        for file in wanted:
            path = folder / file.name
            if path.is_file():
                yield identify(path, dataset) or Found(path, file)
    for folder in places:
        for pattern in _other_names(dataset):
            for path in sorted(folder.glob(pattern)):
                if path.is_file() and (found := identify(path, dataset)):
                    yield found


def _other_names(dataset: DataSet) -> Iterator[str]:
    """Patterns of names: a browser's second copy, Kaggle's archives by browser and by command."""
    for file in dataset.files:
        stem, suffix = os.path.splitext(glob.escape(file.name))
        yield f"{stem} ([0-9]*){suffix}"
        if file.kaggle:
            yield glob.escape(f"{file.name}.zip")
            yield "archive.zip"
            yield "archive ([0-9]*).zip"
            yield glob.escape(f"{file.kaggle.partition('/')[2]}.zip")


def identify(path: Path, dataset: DataSet) -> Found | None:
    """Say which of a data set's files a file can be by its size, or by what it holds."""
    size = path.stat().st_size
    for file in dataset.files:
        if size == file.size:
            return Found(path, file)
        if file.member and size == file.member_size:
            return Found(path, member_of(file))
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return None
    for file in dataset.files:
        for info in infos:
            if PurePosixPath(info.filename).name == file.name and info.file_size == file.size:
                return Found(path, file, info.filename)
    return None


def take_out(archive: Path, entry: str, file: RemoteFile, folder: Path, progress: bool) -> Path:
    """Take one file out of an archive, verified, into a folder; once."""
    target = folder / file.name
    if target.is_file() and digest(target, "crc32") == _crc_of(archive, entry):
        check(target, file)
        return target
    with tempfile.TemporaryDirectory(dir=folder, prefix=file.name, suffix=".part") as temporary:
        (path,) = unpack(
            archive,
            Path(temporary) / "new",
            max_bytes=file.size,
            max_files=1,
            members=[entry],
            progress=progress,
        )
        check(path, file, noted=target, called=f"{entry} in {archive}")
        if target.exists():
            set_aside(target)
        os.replace(path, target)
    return target


def _crc_of(archive: Path, entry: str) -> str | None:
    try:
        with zipfile.ZipFile(archive) as opened:
            return f"{opened.getinfo(entry).CRC:08x}"
    except (KeyError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return None  # unpack says what is wrong
