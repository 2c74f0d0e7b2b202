"""An explorer of today's code on a page of its own; each dot's place and image are known by hand."""

from __future__ import annotations

import io
import re

import numpy as np
from PIL import Image

from semlib.plots.explorer import embedding_explorer

HOME = "http://127.0.0.1/"  # never asked: the browser's requests are answered here
WIDE, N = 7, 35
GRID = np.stack([np.arange(N) % WIDE, np.arange(N) // WIDE], axis=1).astype(float)
GREYS = np.arange(N, dtype=np.uint8) * 7


def made(n: int = N) -> str:
    """Return the explorer of a grid of images, each of one grey; points beyond the grid lie on its last."""
    xy = np.vstack([GRID, np.repeat(GRID[-1:], n - N, axis=0)])
    images = np.zeros((n, 8, 8), np.uint8) + np.resize(GREYS, n)[:, None, None]
    return embedding_explorer(
        {("A", "UMAP"): xy, ("A", "t-SNE"): -xy},
        images,
        {"row": np.minimum(np.arange(n) // WIDE, 4), "grey": np.resize(GREYS, n) / 255},
        [f"image {i}" for i in range(n)],
        name="x",
        alt="A grid of images",
    ).data


class Shown:
    """A page with one explorer; plotly.js arrives when `let_plotly_in` is called, or never."""

    def __init__(self, tab, plotly: str, html: str, root: str | None = "./") -> None:
        self.tab, self.plotly, self.asked, self.wrong, self.held = tab, plotly, [], [], []
        self.html = f"<!doctype html><html lang='en' {f'data-content_root={root!r}' if root else ''}>"
        self.html += "<meta charset='utf8'><title>x</title>"
        self.html += "<meta name='viewport' content='width=device-width'>"
        self.html += f"<body>{html}<p style='height: 3000px'>below</p>"
        tab.on("pageerror", lambda error: self.wrong.append(str(error)))
        tab.route("**/*", self.answer)
        tab.goto(HOME)
        tab.wait_for_selector("#x[data-painted]")

    def answer(self, route) -> None:
        if "plotly" in route.request.url:
            self.asked.append(route.request.url)
            self.held.append(route)
        elif route.request.url == HOME:
            route.fulfill(body=self.html, content_type="text/html")
        else:
            route.fulfill(body="")

    def let_plotly_in(self, mode: str = "Move") -> None:
        # A tool is chosen, so no calm is waited for. The mouse stays where it is.
        self.tab.get_by_role("button", name=mode, exact=True).evaluate("button => button.click()")
        while not self.held:
            self.tab.wait_for_timeout(20)
        self.held.pop().fulfill(body=self.plotly, content_type="text/javascript")
        self.tab.wait_for_selector("#x[data-drawn]")

    def at(self, column: float, row: float) -> tuple[float, float]:
        """Where a place of the grid must be: 4 % of room on all sides, within a margin of 6 pixels."""
        box = self.tab.locator(".sx-stage").bounding_box()
        across, up = (np.array([column, row]) / GRID[-1] + 0.04) / 1.08
        return (
            box["x"] + 6 + (box["width"] - 12) * across,
            box["y"] + box["height"] - 6 - (box["height"] - 12) * up,
        )

    def place(self, i: int) -> tuple[float, float]:
        """Where dot i must be."""
        return self.at(*GRID[i])

    def point_at(self, i: int) -> None:
        x, y = self.place(i)
        self.tab.mouse.move(x - 30, y - 20)
        self.tab.mouse.move(x + 2, y + 1, steps=3)

    def montage(self) -> list[int]:
        """The images of the montage."""
        titles = self.tab.locator(".sx-montage .sx-thumb").evaluate_all("all => all.map(b => b.title)")
        return sorted(int(re.match(r"image (\d+)", title)[1]) for title in titles)

    def live(self) -> str:
        return self.tab.locator(".sx-live").inner_text()

    def wait_for_pin(self, i: int) -> None:
        text = f"Pinned: image {i}"
        self.tab.locator(".sx-side .sx-title").get_by_text(text, exact=True).wait_for()

    def pin(self) -> str:
        title = self.tab.locator(".sx-side .sx-title")
        return title.first.inner_text() if title.count() else ""


def shows(shown: Shown, i: int) -> bool:
    """Whether the image under the pointer is that of i, by its grey."""
    shown.tab.wait_for_function(f"document.querySelector('.sx-tip').textContent.startsWith('image {i}')")
    image = shown.tab.locator(".sx-tip canvas")
    shown.tab.wait_for_function(
        "document.querySelector('.sx-tip canvas').getContext('2d').getImageData(9, 9, 1, 1).data[3] > 0"
    )
    pixels = np.asarray(Image.open(io.BytesIO(image.screenshot())).convert("L"))[10:-10, 10:-10].astype(int)
    return bool((abs(pixels - GREYS[i]) <= 3).all())
