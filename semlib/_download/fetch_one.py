"""Download one file of a data set, verify it, and put it in its place."""

from __future__ import annotations

import os
from pathlib import Path

from semlib._download import kaggle as _kaggle
from semlib._download.at_hand import identify, take_out
from semlib._download.disk import check_room, set_aside
from semlib._download.part import Job, TooLongError, remove
from semlib._download.transport import transfer
from semlib._download.verified import MismatchError, check
from semlib.registry import DataSet, RemoteFile


def fetch_one(dataset: DataSet, file: RemoteFile, folder: Path, progress: bool) -> Path:
    """Download a file into a folder; return its path.

    Raises
    ------
    semlib._download.part.TransportError
        If it does not come.
    MismatchError
        If what comes is another file. It is kept aside.
    OSError
        If the disk is full; what has arrived is kept.
    """
    target = folder / file.name
    job = Job(
        name=file.name,
        url=file.url,
        part=target.with_name(target.name + ".part"),
        size=file.size,
        # Kaggle may send an archive that holds the file, squeezed or not
        limit=file.size + (file.size // 1000 + (1 << 20) if file.kaggle else 0),
        hashed=bool(file.sha256 or file.md5),
        auth=_kaggle.auth(file.url) if file.kaggle else None,
        progress=progress,
    )
    for attempt in ("as it is", "from scratch"):
        pieced = _complete(job)
        try:
            found = identify(job.part, dataset) if file.kaggle else None
            if found and found.entry:
                path = take_out(job.part, found.entry, file, folder, progress)
                remove(job.part)
                return path
            check(job.part, file, noted=target)
            os.replace(job.part, target)
            remove(job.part)
            return target
        except ValueError as error:  # another file, or an archive that cannot be unpacked
            if pieced and attempt == "as it is":
                remove(job.part)
                continue
            aside = set_aside(job.part, file.name)
            remove(job.part)
            raise MismatchError(
                f"{error}. What came from {file.url} is kept as {aside}, and not used"
            ) from error
    raise AssertionError("unreachable")


def _complete(job: Job) -> bool:
    """Bring all bytes into the part; return whether they may be from different versions of the file."""
    size = job.part.stat().st_size if job.part.exists() else 0
    if size == job.size:
        return True
    check_room(job.part.parent, job.size - min(size, job.size), job.name)
    try:
        return transfer(job)
    except TooLongError as error:
        remove(job.part)
        raise MismatchError(
            f"{error}. {job.url} probably has another version now; nothing is kept"
        ) from error
