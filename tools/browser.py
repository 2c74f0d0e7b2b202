"""The system's Chromium, and a server on 127.0.0.1 that hands out the rendered book.

What prints the book (`tools/pdf.py`) and what tests it (`tests/browser`) look at it through these.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # nothing else can be reached
)
NO_PLAYWRIGHT = "no Playwright; say: pip install -c constraints.txt -e '.[browser]'"
NO_CHROMIUM = "no Chromium; say: apt-get install chromium, or set CHROMIUM to a browser of that family"


def chromium() -> str | None:
    """Return where the system's Chromium is, or None; $CHROMIUM goes first."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


class _Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args) -> None:
        """Keep the output clean."""

    def handle(self) -> None:
        """A browser that leaves a page hangs up on what it still asked for."""
        with suppress(ConnectionError):
            super().handle()


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Hand out a folder on a free port of 127.0.0.1; yield the address, with a slash at its end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
