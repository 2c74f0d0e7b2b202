"""The rendered book in a real browser, with nothing else to reach: ``make html browser``.

The book is `_build/html`, or the folder that $SEMLIB_BOOK names. A server on 127.0.0.1 hands it out; every
request to another host is refused and kept. Playwright comes with the extra `browser`; Chromium is the
system's.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from watched import Watched

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from browser import FLAGS, NO_CHROMIUM, NO_PLAYWRIGHT, chromium, serve

ROOT = Path(__file__).resolve().parents[2]
LAPTOP = {"width": 1440, "height": 900}


def pytest_collection_modifyitems(items) -> None:
    """Put what takes long first: no job waits for it at the end, and one job alone prints the PDF."""
    slow = ("test_pdf.py", "[book/api_", "11_claims_tested]", "[book/claims]")
    items.sort(key=lambda item: not any(word in item.nodeid for word in slow))


def pytest_terminal_summary(terminalreporter) -> None:
    """Say what the pages weigh."""
    passed = terminalreporter.stats.get("passed", [])
    rows = [value for report in passed for key, value in report.user_properties if key == "weight"]
    rows.sort(key=lambda row: -sum(row[1:]))
    for name, *parts in rows[:5]:
        page, figures, shared = (f"{n / 1e6:.2f}" for n in parts)
        terminalreporter.write_line(
            f"{sum(parts) / 1e6:.2f} MB {name}: page {page}, figures {figures}, shared {shared}"
        )


@pytest.fixture(scope="session")
def html() -> Path:
    """The rendered book's folder."""
    folder = Path(os.environ.get("SEMLIB_BOOK", ROOT / "_build" / "html"))
    if not (folder / "book" / "index.html").exists():
        pytest.skip(f"no rendered book in {folder}; say: make html")
    return folder


@pytest.fixture(scope="session")
def address(html) -> Iterator[str]:
    with serve(html) as where:
        yield where


@pytest.fixture(scope="session")
def browser(html) -> Iterator:
    playwright = pytest.importorskip("playwright.sync_api", reason=NO_PLAYWRIGHT)
    path = chromium()
    if path is None:
        pytest.skip(NO_CHROMIUM)
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
