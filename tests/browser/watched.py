"""A page of the book in the browser, and what went wrong while it was open."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from check_book import pages

PAGES = pages()


@dataclass
class Watched:
    """A tab; `wrong` has errors of scripts, answers of 400 or more, and requests to other hosts."""

    tab: Any  # playwright.sync_api.Page
    address: str
    wrong: list[str] = field(default_factory=list)
    size: dict[str, int] = field(default_factory=dict)  # bytes of what the page loads, by address

    def __post_init__(self) -> None:
        self.tab.on("request", self._ask)
        self.tab.on(
            "console", lambda m: self.wrong.append(f"console: {m.text}") if m.type == "error" else None
        )
        self.tab.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        self.tab.on("requestfailed", self._fail)
        self.tab.on("response", self._answer)

    def _ask(self, request) -> None:
        # It leads nowhere, by the browser's flags. A route that refuses it would cost the browser its cache.
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.wrong.append(f"foreign: {request.url}")

    def _fail(self, request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the page was left before its icon was there, say
            self.wrong.append(f"failed: {request.url} ({request.failure})")

    def _answer(self, response) -> None:
        if response.status >= 400:
            self.wrong.append(f"{response.status}: {response.url}")
        length = response.headers.get("content-length", "0")
        self.size[response.url.removeprefix(self.address)] = int(length)

    def open(self, name: str, *, width: int | None = None, theme: str | None = None) -> Any:
        """Show a page of the book and wait for its scripts, images and formulas; return the tab."""
        if width:
            self.tab.set_viewport_size({"width": width, "height": 900})
        self.tab.goto(f"{self.address}{name}.html", wait_until="load")
        self.tab.evaluate("() => window.MathJax?.startup?.promise?.then(() => true)")
        if theme:
            self.theme(theme)
        return self.tab

    def theme(self, theme: str) -> None:
        """Switch to "dark" or "light" by the reader's button, and wait until colours have changed."""
        button = self.tab.locator("button.theme-switch-button:visible").first
        for _ in range(3):  # auto, light, dark
            if self.tab.evaluate("document.documentElement.dataset.mode") == theme:
                break
            button.evaluate("e => e.click()")  # no pointer on it, so no word that fades in and out
        assert self.tab.evaluate("document.documentElement.dataset.theme") == theme
        self.tab.wait_for_function("document.getAnimations().every(a => a.playState !== 'running')")
