"""The rendered book in a real browser, with nothing else to reach: ``make html browser``.

The book is `_build/html`, or the folder that $SEMLIB_BOOK names. A server on 127.0.0.1 hands it out; every
request to another host is refused and kept. Playwright comes with the extra `browser`; Chromium is the
system's.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from watched import Watched

ROOT = Path(__file__).resolve().parents[2]
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
)
LAPTOP = {"width": 1440, "height": 900}


def chromium() -> str | None:
    """Return where the system's Chromium is, or None."""
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


class _Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args) -> None:
        """Keep the test's output clean."""


@pytest.fixture(scope="session")
def html() -> Path:
    """The rendered book's folder."""
    folder = Path(os.environ.get("SEMLIB_BOOK", ROOT / "_build" / "html"))
    if not (folder / "book" / "index.html").exists():
        pytest.skip(f"no rendered book in {folder}; say: make html")
    return folder


@pytest.fixture(scope="session")
def address(html) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=html))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser(html) -> Iterator:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="no Playwright; say: pip install -c constraints.txt -e '.[browser]'"
    )
    path = chromium()
    if path is None:
        pytest.skip("no Chromium; say: apt-get install chromium, or set CHROMIUM to a browser of that family")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=path, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture(scope="session")
def _context(browser, address):
    """One for all tests, so that scripts and fonts of all pages are read once."""
    context = browser.new_context(viewport=LAPTOP, service_workers="block")
    context.set_default_timeout(20_000)  # milliseconds
    yield context
    context.close()


@pytest.fixture
def page(_context, address) -> Iterator[Watched]:
    """An empty page of a laptop's size; `page.open(name)` shows a page of the book, and watches it."""
    watched = Watched(_context.new_page(), address)
    yield watched
    watched.tab.close()
