"""Small things about files: what one seems to be, room on the disk, moving one aside."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def looks_like(path: Path) -> str:
    """Say in words what a file seems to be, from its first bytes; "" where they tell nothing."""
    with open(path, "rb") as stream:
        head = stream.read(512)
    if not head:
        return "it is empty"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "it is a web page, not the file: perhaps a login or an error page"
    if text.startswith((b"{", b"[")):
        return "it is a JSON text: perhaps a server's error message"
    if head.startswith(b"PK\x03\x04") and not zipfile.is_zipfile(path):
        return "it begins as a zip archive, but its end is missing: it is truncated"
    return ""


def writable(folder: Path) -> bool:
    """Tell whether files can be made in a folder; the folder itself is made where it can be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def disk_full(folder: Path, needed: int, what: str) -> OSError:
    """Make the error for a disk without room for so many bytes more."""
    free = shutil.disk_usage(folder).free
    return OSError(
        errno.ENOSPC,
        f"{what} needs {needed:,} more bytes, and the disk of {folder} has {free:,} free. "
        "Make room, or set SEMLIB_DATA to a folder on another disk",
    )


def check_room(folder: Path, needed: int, what: str) -> None:
    """Raise OSError (ENOSPC) where a folder's disk has no room for so many bytes more."""
    if shutil.disk_usage(folder).free < needed:
        raise disk_full(folder, needed, what)


@contextmanager
def room_needed(folder: Path, needed: int, what: str) -> Iterator[None]:
    """Turn "no space left" into an error that says how much is needed."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise disk_full(folder, needed, what) from error


def sentence(text: object) -> str:
    """End a message that does not end itself."""
    text = str(text)
    return text if text.endswith((".", "?", "!")) else f"{text}."


def set_aside(path: Path, name: str | None = None) -> Path:
    """Rename a file to ``<name>.mismatch``, or ``.mismatch.2`` and so on; return its new path."""
    name = name or path.name
    aside, n = path.with_name(f"{name}.mismatch"), 1
    while os.path.lexists(aside):
        n += 1
        aside = path.with_name(f"{name}.mismatch.{n}")
    os.rename(path, aside)
    return aside


def write_atomic(path: Path, text: str) -> None:
    """Write a small text file whole or not at all. Its mode is the umask's, as others may use the data."""
    part = path.with_name(f".{path.name}-{uuid.uuid4().hex}.part")  # tempfile's would be for its owner only
    try:
        with open(part, "x", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def new_folder(parent: Path, prefix: str) -> Path:
    """Make a folder with a name of its own. Its mode is the umask's, as others may use the data."""
    folder = parent / f"{prefix}{uuid.uuid4().hex}"
    folder.mkdir()
    return folder
