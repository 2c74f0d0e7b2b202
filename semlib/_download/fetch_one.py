"""Download one file of a data set, verify it, and put it in its place."""

from __future__ import annotations

import os
from pathlib import Path

from semlib._download import kaggle as _kaggle
from semlib._download.at_hand import identify, take_out
from semlib._download.disk import check_room, sentence
from semlib._download.part import Job, TooLongError, remove
from semlib._download.transport import transfer
from semlib._download.verified import WrongAnswerError, check
from semlib.registry import DataSet, RemoteFile


def fetch_one(dataset: DataSet, file: RemoteFile, folder: Path, progress: bool) -> Path:
    """Download a file into a folder; return its path.

    Raises
    ------
    semlib._download.part.TransportError
        If it does not come.
    WrongAnswerError
        If what comes is another file. It is kept as ``<name>.downloaded.mismatch``, in the place of the one
        before: each can have 2 GB. What others put there is never touched.
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
    sent = f"What came from {file.url}"
    for attempt in ("as it is", "from scratch"):
        pieced = _complete(job)
        try:
            found = identify(job.part, dataset) if file.kaggle else None
            if found and found.entry:
                path = take_out(job.part, found.entry, file, folder, progress)
                remove(job.part)
                return path
            check(job.part, file, noted=target, called=sent)
            os.replace(job.part, target)
            remove(job.part)
            return target
        except ValueError as error:  # another file, or an archive that cannot be unpacked
            if pieced and attempt == "as it is":
                remove(job.part)
                continue
            aside = target.with_name(f"{file.name}.downloaded.mismatch")
            os.replace(job.part, aside)
            remove(job.part)
            text = sentence(str(error).replace(str(job.part), sent))  # its name is gone
            raise WrongAnswerError(f"{text} It is kept as {aside}, and not used") from error
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
        raise WrongAnswerError(
            f"{error}. {job.url} probably has another version now; nothing is kept"
        ) from error
