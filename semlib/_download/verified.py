"""Whether a file is the published one; remembered, as hashing 2 GB at each load would be slow."""

from __future__ import annotations

import hashlib
import json
import os
import time
import zlib
from contextlib import suppress
from pathlib import Path

from semlib._download.disk import looks_like, sentence, writable, write_atomic
from semlib.registry import REGISTRY, RemoteFile
from semlib.runtime import cache_dir

# Seconds that a file must have been left alone before its hash is remembered: two changes within one tick of
# the file system's clock leave the same time.
_MARGIN = 2.0


class MismatchError(ValueError):
    """A file is not the published one: its size or its hash differs. It is not used."""


class WrongAnswerError(MismatchError):
    """A server has sent another file than the published one."""


class MissingDataError(FileNotFoundError):
    """A data set is not at hand and could not be fetched; the message says how to get it."""


def data_dir() -> Path:
    """Return the folder of the data sets: ``$SEMLIB_DATA``, else ``data`` in the cache folder."""
    return Path(os.environ.get("SEMLIB_DATA") or cache_dir() / "data").expanduser()


def check(path: Path, file: RemoteFile, noted: Path | None = None, called: str = "") -> str:
    """Check that a file is the published one; return what could be checked: "sha256", "md5" or "size".

    ``noted`` is the path that the file will get, where it is not there yet: the hash of a first copy is kept
    beside it. ``called`` is what a message calls the file, by default its path.
    """
    called = called or str(path)
    noted = noted or path
    method = "sha256" if file.sha256 or not file.md5 else "md5"
    expected = file.sha256 or file.md5
    if path.stat().st_size != file.size:
        raise MismatchError(_report(path, called, file, method, _hash(path, method), expected))
    actual = digest(path, method)
    if expected:
        if actual != expected.lower():
            raise MismatchError(_report(path, called, file, method, actual, expected))
        return method
    notes = [(note, text) for note in _beside(noted, ".sha256") if (text := _read(note)) is not None]
    if not notes:
        _write_beside(noted, ".sha256", f"{actual}  {noted.name}\n")
    elif (first := "".join(notes[0][1].split()[:1])) != actual:
        raise MismatchError(
            sentence(_report(path, called, file, method, actual, f"{first}, as the first copy had"))
            + f" If you know that this copy is right, remove {notes[0][0]}"
        )
    return "size"


def digest(path: Path, method: str) -> str:
    """Return a file's hash, from memory where nothing about the file has changed since it was taken.

    ``method`` is one of hashlib's, or "crc32".
    """
    stat = path.stat()
    # the last time is that of any change: it cannot be set back, as the other one can
    now = [stat.st_size, stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns]
    known: dict[str, object] = {"file": now}
    for note in _beside(path, ".verified.json"):
        try:
            stored = json.loads(_read(note) or "")
            if stored["file"] == now:
                known = stored
                break
        except (ValueError, TypeError, KeyError):
            continue
    if isinstance(known.get(method), str):
        return known[method]
    actual = _hash(path, method)
    settled = time.time() - max(stat.st_mtime, stat.st_ctime) > _MARGIN
    if settled and path.suffix != ".part":  # that gets another name soon
        _write_beside(path, ".verified.json", json.dumps({**known, method: actual}))
    return actual


def _hash(path: Path, method: str) -> str:
    with open(path, "rb") as stream:
        if method != "crc32":
            return hashlib.file_digest(stream, method).hexdigest()
        crc = 0
        while chunk := stream.read(1 << 20):
            crc = zlib.crc32(chunk, crc)
        return f"{crc:08x}"


def _beside(path: Path, suffix: str) -> list[Path]:
    """Return where a note on a file may lie: beside it in a data folder, else in the cache.

    A data folder has the name of a data set; what other folders hold is the user's own, and gets no company.
    """
    here = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    cached = cache_dir() / "verified" / f"{here}-{path.name}{suffix}"
    beside = path.with_name(path.name + suffix)
    return [beside, cached] if path.parent.name in REGISTRY else [cached]


def _write_beside(path: Path, suffix: str, text: str) -> None:
    for note in _beside(path, suffix):
        if writable(note.parent) and not (note.is_file() and _read(note) is None):  # another user's
            with suppress(PermissionError):
                write_atomic(note, text)
                return


def _read(note: Path) -> str | None:
    """Return what a note says; None where there is none, or none that this user may read."""
    try:
        return note.read_text()
    except (OSError, UnicodeDecodeError):
        return None


def _report(path: Path, called: str, file: RemoteFile, method: str, actual: str, expected: str | None) -> str:
    """Say what is wrong with a file, and what probably happened."""
    return (
        f"{called} is not the published {file.name}: it has {path.stat().st_size:,} bytes and the {method} "
        f"{actual}; expected are {file.size:,} bytes and {expected or 'any hash'}. {_guess(path, file)}"
    )


def _guess(path: Path, file: RemoteFile) -> str:
    size = path.stat().st_size
    for dataset in REGISTRY.values():
        for other in dataset.files:
            if other != file and other.size == size:
                return (
                    f"By its size it is {other.name} of {dataset.title} ({dataset.key}): were files swapped?"
                )
    if seen := looks_like(path):
        return f"{seen[0].upper()}{seen[1:]}"
    if size < file.size:
        return "Probably its download broke off, or it is another version"
    if size > file.size:
        return "Probably it is another version"
    return "Its size is right, so probably bytes were damaged on the way or on the disk"
