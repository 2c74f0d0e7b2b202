"""Fetch the published data sets, verified before use: from their publishers, or from where you put them.

On the command line: ``python -m semlib.download --list`` and ``python -m semlib.download carinthia``.
"""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import suppress
from pathlib import Path

from semlib._download import folders as _folders
from semlib._download import kaggle as _kaggle
from semlib._download.advice import how_to_get
from semlib._download.at_hand import Found, at_hand, existing, folders, member_of, take_out, workplace
from semlib._download.disk import sentence, set_aside, writable
from semlib._download.fetch_one import fetch_one
from semlib._download.lock import alone
from semlib._download.part import TransportError
from semlib._download.verified import MismatchError, MissingDataError, WrongAnswerError, check, data_dir
from semlib.registry import REGISTRY, DataSet, RemoteFile
from semlib.runtime import cache_dir

__all__ = ["MismatchError", "MissingDataError", "data_dir", "fetch", "fetch_folder", "main", "verify"]


def verify(path: str | os.PathLike, file: RemoteFile) -> str:
    """Check that a file is the published one.

    Its hash is remembered with its size, times and inode, in ``<name>.verified.json`` beside it or in the
    cache, so that the next time is quick. Where no hash is published, that of the first copy is kept in
    ``<name>.sha256``, and another copy at the same place is refused later.

    Parameters
    ----------
    path : path
    file : semlib.registry.RemoteFile

    Returns
    -------
    {"sha256", "md5", "size"}
        What could be checked. "size": no hash is published, so that it may be another file of that size.

    Raises
    ------
    MismatchError
        If size or hash differ. The message has both, and says what probably happened.
    """
    return check(Path(path), file)


def fetch(
    key: str, root: str | os.PathLike | None = None, *, download: bool = True, progress: bool = True
) -> Path:
    """Return the verified file of a data set; download it where it is not at hand.

    Parameters
    ----------
    key : {"carinthia", "carinthia_s", "wm811k", "mixedwm38"}
    root : path, optional
        The file, or a folder that holds it, directly or in a folder ``<key>``. It must exist, and only
        it is used then. Into a folder that lacks the file it is downloaded, as ``<key>/<file name>`` there.
        By default it lies in :func:`data_dir`, which is made where need be. Kaggle's ``archive.zip`` and a
        browser's ``data (1).zip`` are recognised by what is in them.
    download : bool, default True
        False: only what is at hand is taken.
    progress : bool, default True
        Show a progress bar.

    Returns
    -------
    Path
        ``<folder>/<key>/<file name>`` in general. Of WM-811K the pickle that is at hand; else Kaggle's is
        downloaded where there is a Kaggle token, else mirlab's archive, from which the pickle is taken.

    Raises
    ------
    MissingDataError
        If ``root`` does not exist, or the file is neither at hand nor can be downloaded. The message says
        which file to get from where, its size and hash, and where to put it.
    MismatchError
        If a file is another one than the published. In :func:`data_dir` it is renamed to
        ``<name>.mismatch``; elsewhere it stays as it is. What a server sent is kept as
        ``<name>.downloaded.mismatch``, the last one only. Another source is tried, if there is one.
    semlib.unpack.ArchiveError
        If an archive that holds the file is damaged or hostile.
    OSError
        If the disk is full, among others. What has arrived is kept, and the next call goes on from there.
    """
    dataset = _dataset(key)
    root = existing(root, dataset)
    first = next(at_hand(dataset, root), None)
    if first and not (first.entry or first.file.member):
        # a mismatch is looked at again below, where no other process interferes
        with suppress(MismatchError):
            check(first.path, first.file)
            return first.path
    if not first and not download:
        raise MissingDataError(
            f"{dataset.title} is not at hand.\n{how_to_get(dataset, folders(key, root)[0])}"
        )
    folder = workplace(key, root)
    with alone(folder, key):
        path = _from_hand(dataset, root, folder, progress)
        return path or _from_afar(dataset, root, folder, progress)


def fetch_folder(
    key: str, root: str | os.PathLike | None = None, *, download: bool = True, progress: bool = True
) -> Path:
    """Return the folder into which a data set's archive was unpacked; fetch and unpack it where needed.

    It is unpacked once, safely (see :func:`semlib.unpack.unpack`), whole or not at all. Later a file that is
    missing, has another size, or is a CSV file with other content is noticed: all is unpacked anew from the
    archive, and what was changed is kept in ``unpacked.mismatch``, with a warning. Not noticed are an image
    that was changed and has its size still, and files that were added.

    Parameters
    ----------
    key : {"carinthia", "carinthia_s"}
    root, download, progress
        As for :func:`fetch`.

    Returns
    -------
    Path
        Holds ``data/``. It is ``<folder>/<key>/unpacked``; where that cannot be written, it is in the cache
        folder.

    Raises
    ------
    ValueError
        If the data set is one file and no archive of many; or if ``root`` is no path.
    MissingDataError, MismatchError, semlib.unpack.ArchiveError, OSError
        As for :func:`fetch`.
    """
    dataset = _dataset(key)
    root = existing(root, dataset)
    (file, *others) = dataset.files
    if others or not file.name.endswith(".zip"):
        raise ValueError(f"key={key!r} is one file, not an archive of many; call fetch({key!r})")
    # what a given path holds is looked at first: data from elsewhere would not be what was asked for
    places = [] if root is not None and root.is_file() else folders(key, root)
    if found := _folders.whole(places, file.sha256):
        return found
    archive = fetch(key, root, download=download, progress=progress)
    place = workplace(key, root)
    if found := _folders.whole([place], file.sha256):
        return found
    with alone(place, "unpacked"):
        return _folders.unpacked(archive, dataset, place, progress)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line: ``[--list] [--root DIR] [key …]``. Return the exit status."""
    from semlib._download.cli import run

    return run(arguments)


def _dataset(key: str) -> DataSet:
    if key not in REGISTRY:
        raise ValueError(f"key={key!r} is not a data set; there are {', '.join(REGISTRY)}")
    return REGISTRY[key]


def _from_hand(dataset: DataSet, root: Path | None, folder: Path, progress: bool) -> Path | None:
    """Return a file that is at hand and verified, or None; refuse where all that there are do not match."""
    refused: list[tuple[Found, MismatchError]] = []
    for found in at_hand(dataset, root):
        try:
            return _use(found, folder, progress)
        except MismatchError as error:
            refused.append((found, error))
    for found, error in refused:
        text = sentence(error)
        if _is_ours(found.path, root):
            text += f" It is kept as {set_aside(found.path)} and not used; the next call downloads it."
        raise MismatchError(f"{text}\n{how_to_get(dataset, folder)}") from error
    return None


def _use(found: Found, folder: Path, progress: bool) -> Path:
    """Verify a file, and take out of it what is used."""
    path, file = found.path, found.file
    if found.entry:
        path = take_out(path, found.entry, file, folder, progress)
    check(path, file)
    return take_out(path, file.member, member_of(file), folder, progress) if file.member else path


def _is_ours(path: Path, root: Path | None) -> bool:
    """Tell whether a file lies in a folder of ours, can be renamed, and was not named by the user."""
    inside = any(path.resolve().is_relative_to(base.resolve()) for base in (data_dir(), cache_dir()))
    return inside and path != root and writable(path.parent)


def _from_afar(dataset: DataSet, root: Path | None, folder: Path, progress: bool) -> Path:
    """Download the first of a data set's files that can be had."""
    where, reasons = folders(dataset.key, root)[0], []
    if root is not None and folder != where:
        raise PermissionError(f"{root} cannot be written; pass the path of a folder that can")
    for file in dataset.files:
        if file.kaggle and not _kaggle.has_credentials():
            reasons.append(f"{file.name}: Kaggle gives it only with an account, and there is no Kaggle token")
            continue
        try:
            path = fetch_one(dataset, file, folder, progress)
            return _use(Found(path, file), folder, progress)
        except WrongAnswerError as error:
            if file is dataset.files[-1]:
                others = "".join(f"\nBefore that: {reason}" for reason in reasons)
                raise WrongAnswerError(f"{error}{others}\n{how_to_get(dataset, where)}") from error
            reasons.append(f"{file.name}: {error}")
        except TransportError as error:
            reasons.append(f"{file.name} from {file.url}: {error}{_hint(file, error)}")
        if file is not dataset.files[-1]:
            warnings.warn(f"{sentence(reasons[-1])} Trying the next source", stacklevel=3)
    text = f"{dataset.title} is not in {where}, and could not be downloaded.\n"
    raise MissingDataError(text + "\n".join(f"  - {r}" for r in reasons) + f"\n{how_to_get(dataset, where)}")


def _hint(file: RemoteFile, error: TransportError) -> str:
    if file.kaggle and error.status in (401, 403):
        return (
            ". Kaggle does not accept the token, or you have not agreed to the data set's terms on its page. "
            f"For a new token {_kaggle.HOW_TO}"
        )
    return ". Is there a network, and does a firewall let it pass?" if error.status is None else ""


if __name__ == "__main__":
    sys.exit(main())
