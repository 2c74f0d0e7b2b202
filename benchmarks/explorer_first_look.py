"""Time the embedding explorer's first look with 5,000 images, beside a plain plotly page of the same points.

For each page, in a browser's fresh context each time: when the dots are painted, when a mouse on a dot
first gets an answer (the explorer's image; the peer's ``plotly_hover``), when plotly.js has drawn.
Milliseconds from the start of the navigation, medians. The mouse starts as soon as the plot's element is
there; where a dot is, a visit before has found. The explorer draws by plotly once the mouse rests, so that is
timed on visits without a mouse.

    python benchmarks/explorer_first_look.py --runs 5
"""

import argparse
import io
import itertools
import os
import statistics
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import plotly.express as px
from PIL import Image
from playwright.sync_api import sync_playwright
from plotly.offline import get_plotlyjs
from report import report

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "book" / "_ext"))
from offline_assets import packed

from semlib.plots.explorer import embedding_explorer
from semlib.plots.explorer_pack import make_sprite
from semlib.plots.explorer_runs import recorded_run

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
HEAD = "<!doctype html><html data-content_root='./'><meta charset='utf8'><body style='margin: 0'>"
CLOCK = """
const seen = (name) => { window.seen = window.seen || {}; window.seen[name] ??= performance.now(); };
const watch = setInterval(() => {
  const root = document.getElementById('x'), plot = document.querySelector('.js-plotly-plot');
  if (root?.dataset.painted) requestAnimationFrame(() => seen('paint'));
  if (root?.dataset.drawn) seen('drawn');
  const image = document.querySelector('.sx-tip:not([hidden]) canvas');
  if (image?.getContext('2d').getImageData(0, 0, 9, 9).data.some((v) => v > 0)) seen('hover');
  if (!root && plot?.on && !plot.timed) {
    plot.timed = true;
    plot.on('plotly_hover', () => seen('hover'));
    plot.on('plotly_afterplot', () => seen('drawn'));
    requestAnimationFrame(() => { seen('paint'); seen('drawn'); });
  }
}, 5);
"""


def pages(n: int) -> dict[str, str]:
    """Return the explorer's page, and the peer's, of n images of the recorded run (its first ones again)."""
    run = recorded_run("paper1_synthetic")
    rows = np.resize(np.arange(run.images.n), n)
    side, columns = run.images.side, run.images.columns
    sheet = np.asarray(Image.open(io.BytesIO(run.images.data)).convert("L"))
    cut = lambda i: sheet[i // columns * side :, i % columns * side :][:side, :side]  # noqa: E731
    layouts = {key: xy[rows] for key, xy in run.layouts.items()}
    colours = {
        key: {m: x[rows] for m, x in values.items()} if isinstance(values, dict) else values[rows]
        for key, values in run.colours.items()
    }
    near = {method: (index[rows], distance[rows]) for method, (index, distance) in run.near.items()}
    names = [f"image {i}" for i in range(n)]
    images = make_sprite([cut(i) for i in rows], side, quality=70)
    ours = embedding_explorer(layouts, images, colours, names, near=near, name="x", alt="x").data
    xy, groups = next(iter(layouts.values())), colours["label"].astype(str)
    figure = px.scatter(x=xy[:, 0], y=xy[:, 1], color=groups, hover_name=names)
    peer = figure.to_html(include_plotlyjs="_static/plotly.min.js", full_html=False)
    return {"explorer": HEAD + ours, "plotly.express": HEAD + peer}


class Folder(SimpleHTTPRequestHandler):
    """Hands out a folder, and says nothing."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args) -> None:
        """Keep the output clean."""


def spiral(x: float, y: float) -> Iterator[tuple[float, float]]:
    """Yield places about a plot's middle: the layouts have holes."""
    for k in itertools.count(1):
        far = 6 * k % 300
        yield x + far * np.cos(0.2 * k), y + 0.6 * far * np.sin(0.2 * k)


def resting(x: float, y: float) -> Callable[..., Iterator[tuple[float, float]]]:
    """Return what makes the places of a mouse that is on a dot from the start."""
    return lambda *middle: itertools.cycle([(x, y), (x + 1, y)])


def visit(browser, address: str, places=None) -> tuple[dict[str, float], tuple[float, float]]:
    """Open a page in a fresh context; return when what was first seen, and where the mouse was then.

    ``places`` makes the mouse's places out of the plot's middle; without it there is no mouse.
    """
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    tab = context.new_page()
    tab.add_init_script(CLOCK)
    tab.goto(address, wait_until="commit")
    box = tab.wait_for_selector(".sx-stage, .plotly-graph-div", state="attached").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + max(box["height"], 400) / 2)
    path, place = places and places(*middle), middle
    while not tab.evaluate(f"window.seen?.{'hover' if path else 'drawn'}"):
        if path:
            place = next(path)
            tab.mouse.move(*place)
        tab.wait_for_timeout(16)
    seen = tab.evaluate("window.seen")
    context.close()
    return seen, place


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--chromium", default=os.environ.get("CHROMIUM", "/usr/bin/chromium"))
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    values = {"load_before": os.getloadavg()[0]}
    made = pages(given.n)
    times = {name: [] for name in made}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        (Path(folder) / "_static").mkdir()
        (Path(folder) / "_static" / "plotly.min.js").write_text(get_plotlyjs(), "utf8")
        (Path(folder) / "_static" / "plotly.packed.js").write_text(packed(get_plotlyjs().encode()), "ascii")
        for name, html in made.items():
            (Path(folder) / f"{name}.html").write_text(html, "utf8")
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Folder, directory=folder))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = started.chromium.launch(executable_path=given.chromium, args=FLAGS)
        address = {name: f"http://127.0.0.1:{server.server_port}/{name}.html" for name in made}
        dots = {name: visit(browser, address[name], spiral)[1] for name in made}
        for _ in range(given.runs):  # in turn, so that a busy moment hits both
            for name, (x, y) in dots.items():
                moved, still = (visit(browser, address[name], way)[0] for way in (resting(x, y), None))
                times[name].append(
                    {"paint": still["paint"], "hover": moved["hover"], "drawn": still["drawn"]}
                )
        browser.close()
        server.shutdown()
    for name, rows in times.items():
        values[name] = {f"{k}_ms": round(statistics.median(row[k] for row in rows)) for k in rows[0]}
        values[name]["page_mb"] = round(len(made[name]) / 1e6, 2)
    values["load_after"] = os.getloadavg()[0]
    report(values, given.out, {"n": given.n, "runs": given.runs})


if __name__ == "__main__":
    main()
