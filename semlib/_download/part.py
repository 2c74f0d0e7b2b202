"""The bytes of a download so far (``<name>.part``), and a note on the version of the file they are from."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from semlib._download.disk import room_needed, write_atomic

_IDENTITY = ("ETag", "Last-Modified")  # response headers that tell one version from another


class TransportError(OSError):
    """A file could not be fetched. ``status`` is the server's answer, None where there was none."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class TooLongError(TransportError):
    """The server has more bytes than the file can have."""


@dataclass(frozen=True)
class Job:
    """What to fetch, and where to.

    Attributes
    ----------
    name : str
        For messages and the bar.
    url : str
    part : Path
        Where the bytes go. The note lies beside it, in ``<part>.json``.
    size : int
        Of the whole file in bytes.
    limit : int
        No more bytes than these are written.
    hashed : bool
        Whether the whole will be checked by a hash. If not, bytes of an earlier run are only built upon
        where the server can tell that they are of the same version.
    auth : callable, optional
        Adds credentials to a request, for requests' ``auth``; these are not sent on to another host.
    progress : bool
    """

    name: str
    url: str
    part: Path
    size: int
    limit: int
    hashed: bool = True
    auth: Callable | None = None
    progress: bool = True


class Part:
    """A ``.part`` that is open for more bytes; pooch writes into it.

    Attributes
    ----------
    position : int
        Number of bytes so far.
    expected : int or None
        Number of bytes of the whole, as the server announced it.
    pieced : bool
        Whether the bytes come from more than one answer.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.expected: int | None = None
        self.pieced = False
        self._note = job.part.with_name(job.part.name + ".json")
        # unbuffered: what a full disk did not take must not be tried again when the file is closed
        self._stream = open(job.part, "ab", buffering=0)  # noqa: SIM115 - closed by __exit__
        self.position = self._stream.seek(0, os.SEEK_END)
        note = self._read_note()
        usable = note is not None and (job.hashed or self.validator)
        if self.position >= job.limit or not usable:
            self._drop()
        shown = {} if job.progress else {"disable": True}  # else TQDM_DISABLE decides
        self.bar = tqdm(
            total=job.size,
            initial=self.position,
            desc=job.name,
            unit="B",
            unit_scale=True,
            unit_divisor=1024,
            **shown,
        )

    def __enter__(self) -> Part:
        return self

    def __exit__(self, *exc) -> None:
        self.bar.close()
        self._stream.close()
        if not self.position:
            remove(self.job.part)

    def write(self, data: bytes) -> None:
        """Append bytes; refuse those beyond the limit."""
        if self.position + len(data) > self.job.limit:
            raise TooLongError(f"the server sends more than the {self.job.size:,} bytes of {self.job.name}")
        left = memoryview(data)
        while left:
            with room_needed(self.job.part.parent, self.job.size - self.position, self.job.name):
                n = self._stream.write(left)
            left = left[n:]
            self.position += n
        self.bar.update(len(data))

    def flush(self) -> None:
        """Pooch calls it after each piece; nothing is kept back."""

    def sync(self) -> None:
        """Have all bytes on the disk, so that a later power cut cannot leave holes in a verified file."""
        os.fsync(self._stream.fileno())

    @property
    def validator(self) -> str | None:
        """What goes into If-Range. A weak ETag says "much the same", which is not enough."""
        note = self._read_note() or {}
        etag = note.get("ETag", "W/")
        return note.get("Last-Modified") if etag.startswith("W/") else etag

    def is_of(self, headers: Mapping[str, str]) -> bool:
        """Tell whether an answer is of the version that the bytes so far are of."""
        note = self._read_note() or {}
        given = [name for name in _IDENTITY if name in headers]  # an answer to If-Range may leave some out
        return all(note.get(name, headers[name]) == headers[name] for name in given)

    def begin(self, headers: Mapping[str, str]) -> None:
        """Begin anew, and note the version."""
        self.restart()
        kept = {name: headers[name] for name in _IDENTITY if name in headers}
        write_atomic(self._note, json.dumps({"url": self.job.url, **kept}))

    def restart(self) -> None:
        """Forget the bytes so far."""
        self._drop()
        self.pieced = False
        self.bar.initial = 0
        self.bar.reset()

    def _drop(self) -> None:
        self._stream.truncate(0)
        self._note.unlink(missing_ok=True)
        self.position = 0

    def _read_note(self) -> dict[str, str] | None:
        """Return what the server said of the bytes so far; None where that is unknown, or another URL."""
        try:
            note = json.loads(self._note.read_text())
        except (OSError, ValueError):
            return None
        return note if isinstance(note, dict) and note.get("url") == self.job.url else None


def remove(part: Path) -> None:
    """Remove a part and its note."""
    part.unlink(missing_ok=True)
    part.with_name(part.name + ".json").unlink(missing_ok=True)
