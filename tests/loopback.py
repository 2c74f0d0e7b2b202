"""A web server on 127.0.0.1 that can be told to fail, and data sets of the registry that it serves.

Two fixtures, known to every test (``tests/conftest.py``):

``server``
    ::

        url = server.put("/a.zip", body)                       # answers Range, sends an ETag
        server.put("/b", body, faults=[status(503), cut(100)]) # the first two requests fail, the third works
        server.redirect("/c", other_url)
        server.requests                                        # what was asked: .path, .headers

``publish``
    Points a data set of the registry to bytes that the test made. Size and hashes in the registry become
    those of the bytes; ``$SEMLIB_DATA`` and ``$SEMLIB_CACHE`` lie in ``tmp_path``. ::

        def test_it(publish):
            publish("carinthia", zipped({"data/carinthia.csv": table, "data/images/00.jpg": jpeg}))
            images = SemImages.carinthia()                     # fetched over loopback, verified, unpacked

        publish("wm811k", pickle_bytes)                        # LSWMD.pkl, with a Kaggle token in place
        publish("wm811k", zipped({"MIR-WM811K/Python/WM811K.pkl": pickle_bytes}), name="MIR-WM811K.zip")
        publish("mixedwm38", npz_bytes)                        # no hash, as in the real registry
        publish("carinthia", body, served=other, faults=[status(404)])   # wrong bytes; a failing server

    Files that were not published are nowhere: asking for them gives 404. ``publish.place(key)`` puts the
    published bytes where a person would put them by hand; ``publish.path(key)`` says where that is.
    Nobody waits between two tries: ``publish.waited`` has the seconds.
"""

from __future__ import annotations

import hashlib
import io
import re
import socket
import struct
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from semlib import download
from semlib._download import transport as _transport
from semlib.registry import REGISTRY, RemoteFile


def zipped(files: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive with these files, the same bytes each time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, compression)
    return buffer.getvalue()


@dataclass
class Asked:
    """A request as the server saw it."""

    path: str
    headers: dict[str, str]


#: What goes wrong in one request: takes the handler and the file; returns True where it answered.
Fault = Callable[["_Handler", "_File"], bool]


@dataclass
class _File:
    body: bytes
    etag: str | None = None
    ranges: bool = True
    if_range: bool = True  # False: a range is served though the file has changed
    headers: dict[str, str | None] = field(default_factory=dict)  # None: leave it out
    faults: list[Fault] = field(default_factory=list)


def status(code: int, **headers: str) -> Fault:
    """Answer with a status and a page; ``retry_after="3"`` becomes the header Retry-After."""

    def fault(handler, file):
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        handler.answer(code, b"<html>an answer of the server</html>", {"Content-Type": "text/html", **sent})
        return True

    return fault


def cut(n: int, *, reset: bool = False) -> Fault:
    """Announce all, send n bytes, end the connection: quietly, or with a reset."""

    def fault(handler, file):
        handler.serve(file, limit=n)
        if reset:
            handler.wfile.flush()
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return True

    return fault


def stall() -> Fault:
    """Do not answer before the client gives up (or the test ends)."""

    def fault(handler, file):
        handler.server.closing.wait(10)
        return True

    return fault


def change(**fields) -> Fault:
    """Change the file from this request on, ``body=..., etag=...``; then answer."""

    def fault(handler, file):
        for name, value in fields.items():
            setattr(file, name, value)
        return False

    return fault


def fine(handler, file) -> bool:
    """No fault: a place in the list of faults for a request that works."""
    return False


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(Asked(self.path, dict(self.headers.items())))
        file = self.server.files.get(self.path)
        if file is None:
            self.answer(404, b"<html>not found</html>", {"Content-Type": "text/html"})
        elif not (file.faults and file.faults.pop(0)(self, file)):
            self.serve(file)

    def serve(self, file: _File, limit: int | None = None) -> None:
        """Answer as a decent server does: 206 where a range was asked and the file is still the same."""
        headers = dict(file.headers)
        if file.etag:
            headers["ETag"] = file.etag
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = self.headers.get("If-Range") in (None, file.etag, file.headers.get("Last-Modified"))
        same = same or not file.if_range
        if not (asked and file.ranges and same):
            self.answer(200, file.body, headers, limit)
        elif int(asked[1]) >= len(file.body):
            self.answer(416, b"", {"Content-Range": f"bytes */{len(file.body)}"})
        else:
            start, size = int(asked[1]), len(file.body)
            headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
            self.answer(206, file.body[start:], headers, limit)

    def answer(self, code: int, body: bytes, headers: Mapping[str, str], limit: int | None = None) -> None:
        self.send_response(code)
        for name, value in {"Content-Length": str(len(body)), "Connection": "close", **headers}.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:limit])

    def log_message(self, *args) -> None:
        """Keep the test's output clean."""


class Server:
    """A server with its files; see the head of this file."""

    def __init__(self) -> None:
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._http.files = {}
        self._http.asked = []
        self._http.closing = threading.Event()
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def requests(self) -> list[Asked]:
        """All requests so far, in their order."""
        return self._http.asked

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._http.server_port}{path}"

    def put(self, path: str, body: bytes, *, etag: str | None = '"1"', **fields) -> str:
        """Serve a file; fields are those of `_File`. Returns its URL."""
        self._http.files[path] = _File(body, etag, **fields)
        return self.url(path)

    def redirect(self, path: str, to: str) -> str:
        return self.put(path, b"", faults=[status(302, location=to)] * 20)

    def close(self) -> None:
        self._http.closing.set()
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def server(monkeypatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running = Server()
    yield running
    running.close()


class Publish:
    """Points data sets of the registry to a test's bytes; see the head of this file."""

    def __init__(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server = server
        self.monkeypatch = monkeypatch
        self.bodies: dict[tuple[str, str], bytes] = {}
        self.waited: list[float] = []
        monkeypatch.setattr(_transport, "sleep", self.waited.append)
        monkeypatch.setattr(_transport, "TIMEOUT", 5.0)
        for key, dataset in REGISTRY.items():
            nowhere = tuple(replace(f, url=server.url(f"/{key}/{f.name}")) for f in dataset.files)
            monkeypatch.setitem(REGISTRY, key, replace(dataset, files=nowhere))

    def __call__(
        self,
        key: str,
        body: bytes,
        *,
        name: str | None = None,
        served: bytes | None = None,
        token: bool = True,
        **fields,
    ) -> RemoteFile:
        """Publish bytes as a data set's file (its first, if no name is given); return the new entry.

        ``served`` are the bytes that the server sends instead; ``token=False``: no Kaggle token is set;
        other fields go to `Server.put`.
        """
        dataset = REGISTRY[key]
        name = name or dataset.files[0].name
        (old,) = [f for f in dataset.files if f.name == name]
        url = self.server.put(f"/{key}/{name}", body if served is None else served, **fields)
        new = replace(
            old,
            url=url,
            size=len(body),
            md5=old.md5 and hashlib.md5(body).hexdigest(),
            sha256=old.sha256 and hashlib.sha256(body).hexdigest(),
        )
        if old.member:
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                new = replace(new, member_size=archive.getinfo(old.member).file_size)
        if old.kaggle and token:
            self.monkeypatch.setenv("KAGGLE_API_TOKEN", "KGAT_secret-of-the-test")
        files = tuple(new if f.name == name else f for f in dataset.files)
        self.monkeypatch.setitem(REGISTRY, key, replace(dataset, files=files))
        self.bodies[key, name] = body
        return new

    def path(self, key: str, name: str | None = None) -> Path:
        """Return where the file belongs."""
        return download.data_dir() / key / (name or REGISTRY[key].files[0].name)

    def place(self, key: str, name: str | None = None) -> Path:
        """Put the published bytes where a person would put them by hand; return that path."""
        path = self.path(key, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.bodies[key, path.name])
        return path


@pytest.fixture
def publish(server, tmp_path, monkeypatch) -> Publish:
    monkeypatch.setenv("SEMLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SEMLIB_DATA", str(tmp_path / "data"))
    for name in ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path / "no_kaggle"))
    return Publish(server, monkeypatch)
