"""Unpack a zip archive that nobody vouches for: every entry is checked before anything is written."""

from __future__ import annotations

import copy
import errno
import os
import shutil
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from semlib._download.disk import check_room, looks_like, room_needed
from semlib._download.entries import MAX_RATIO, fault_of_all, fault_of_entry

_CHUNK = 1 << 20  # bytes


class ArchiveError(ValueError):
    """An archive is damaged, or holds what no data set needs; nothing of it was kept."""


def unpack(
    archive: str | os.PathLike,
    folder: str | os.PathLike,
    *,
    max_bytes: int,
    max_files: int,
    members: Collection[str] | None = None,
    progress: bool = False,
) -> list[Path]:
    """Unpack a zip archive into a new folder.

    Refused are: absolute paths, drive letters, ``..``, backslashes, control characters, names that Windows
    reserves or cannot hold; links, devices, encryption; entries that have the same name, or names that differ
    only in case or in the way of writing accents, or that are a file and a folder; more files or bytes than
    allowed; compression of more than 200 to 1. While writing, the bytes are counted, as the archive's
    directory can lie, and their CRC is checked.

    Parameters
    ----------
    archive : path
    folder : path
        Does not exist, or is empty. What lies there already could redirect what is written.
    max_bytes, max_files : int
        How much may come out of it, in bytes and in entries.
    members : collection of str, optional
        Names of the entries to unpack; by default all. The others are then not judged.
    progress : bool, default False
        Show a progress bar.

    Returns
    -------
    list of Path
        The files written, in the archive's order. Times, owners and permissions are not taken over.

    Raises
    ------
    ArchiveError
        If the archive is refused, damaged, or no zip archive, or lacks a member. No file is left.
    FileExistsError
        If ``folder`` is a file, or holds something.
    OSError
        If the disk is full, among others. No file is left.
    """
    archive, folder = Path(archive), Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} is not an empty folder; pass the path of a new one")
    existed = folder.exists()
    try:
        with _reading():
            opened = zipfile.ZipFile(archive)
        with opened:
            infos = _checked(archive, opened, max_bytes, max_files, members)
            total = sum(info.file_size for info in infos)
            folder.mkdir(parents=True, exist_ok=True)
            check_room(folder, total, f"unpacking {archive.name}")
            with room_needed(folder, total, f"unpacking {archive.name}"):
                return _write(archive, opened, infos, folder, total, progress)
    except BaseException as error:
        _empty(folder, existed)
        if isinstance(
            error, (zipfile.BadZipFile, zlib.error, EOFError, UnicodeDecodeError, NotImplementedError)
        ):
            reason = looks_like(archive) or f"it is damaged or no zip archive ({error})"
            raise ArchiveError(f"{archive} cannot be unpacked: {reason}. Get the file again") from error
        raise


def _checked(
    archive: Path,
    opened: zipfile.ZipFile,
    max_bytes: int,
    max_files: int,
    members: Collection[str] | None,
) -> list[zipfile.ZipInfo]:
    """Return the entries to unpack, all of them harmless by what the archive's directory says."""
    infos = opened.infolist()
    if members is not None:
        infos = [info for info in infos if info.filename in members]
        if missing := sorted(set(members) - {info.filename for info in infos}):
            raise ArchiveError(f"{archive} has no entry {missing[0]!r}; is it the right archive?")
    if len(infos) > max_files:
        raise ArchiveError(f"{archive} holds {len(infos):,} entries; at most {max_files:,} are expected")
    for info in infos:
        if fault := fault_of_entry(info):
            raise ArchiveError(f"{archive} is refused: the entry {info.orig_filename!r} has {fault}")
    if fault := fault_of_all(infos):
        raise ArchiveError(f"{archive} is refused: it holds {fault}")
    total = sum(info.file_size for info in infos)
    if total > max_bytes:
        raise ArchiveError(f"{archive} would unpack to {total:,} bytes; at most {max_bytes:,} are expected")
    if total > MAX_RATIO * archive.stat().st_size + (1 << 20):
        raise ArchiveError(f"{archive} is refused: its entries overlap, or it is a zip bomb")
    return infos


def _write(
    archive: Path,
    opened: zipfile.ZipFile,
    infos: list[zipfile.ZipInfo],
    folder: Path,
    total: int,
    progress: bool,
) -> list[Path]:
    shown = {} if progress else {"disable": True}  # else TQDM_DISABLE decides
    paths = []
    with tqdm(total=total, desc=f"unpack {archive.name}", unit="B", unit_scale=True, **shown) as bar:
        for info in infos:
            path = folder / info.filename
            (path if info.is_dir() else path.parent).mkdir(parents=True, exist_ok=True)
            if info.is_dir():
                continue
            # zipfile stops at the size that the directory states: it is asked for one byte more, and an entry
            # that really has more betrays itself
            longer = copy.copy(info)
            longer.file_size += 1
            written = 0
            with _reading():
                source = opened.open(longer)
            with source, open(path, "xb") as target:
                while chunk := _read(source):
                    written += len(chunk)
                    if written > info.file_size:
                        break
                    target.write(chunk)
                    bar.update(len(chunk))
            if written != info.file_size:
                raise ArchiveError(
                    f"{archive} is refused: the entry {info.filename!r} is not of the "
                    f"{info.file_size:,} bytes that the archive states"
                )
            paths.append(path)
    return paths


def _read(source: zipfile.ZipExtFile) -> bytes:
    with _reading():
        return source.read(_CHUNK)


@contextmanager
def _reading() -> Iterator[None]:
    """Turn the error of a jump to before the archive's begin, where a damaged directory leads, into its own.

    Around what reads only: of the folder's disk the same error would be another matter.
    """
    try:
        yield
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise zipfile.BadZipFile("its directory points outside of it") from error


def _empty(folder: Path, existed: bool) -> None:
    """Remove what was written; the folder too, unless the caller had made it."""
    if not folder.is_dir():
        return
    if not existed:
        shutil.rmtree(folder)
        return
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
