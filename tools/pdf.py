"""Print the whole rendered book into one PDF, with the system's Chromium: ``make pdf``.

    python tools/pdf.py [--html _build/html] [--out _build/book.pdf] [page ...]

Pages come in the order of ``_toc.yml``. Code that a page folds away stays away; other folded text is opened.
An explorer is printed as the picture that it first shows. `tools/pdf_join.py` joins what is printed here.
"""

from __future__ import annotations

import argparse
import base64
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

import yaml
from address import read
from browser import FLAGS, NO_CHROMIUM, NO_PLAYWRIGHT, chromium, serve

try:
    from pdf_join import Printed, join
except ModuleNotFoundError as error:
    sys.exit(f"no {error.name}; say: pip install -c constraints.txt -e '.[browser]'")

ROOT = Path(__file__).resolve().parents[1]
#: The room between A4's margins, in CSS pixels: a page is laid out for it before it is printed.
VIEW = {"width": 680, "height": 1000}

_SHEET = """@page { size: A4; margin: 17mm 15mm 16mm;
  @top-left { content: %s; font: 8pt sans-serif; color: #555; }
  @top-right { content: %s; font: 8pt sans-serif; color: #555; }
  @bottom-center { content: %s; font: 9pt sans-serif; color: #333; } }
html { counter-reset: page %d; }
.print-part { font-size: 1.15rem; color: #555; border-bottom: 2px solid #0072b2; margin-bottom: 1.5rem; }
.print-explorer img { width: 100%%; } .print-explorer p { font-style: italic; }
.semlib-explorer :is(.sx-bar, .sx-side, .sx-live, .sx-help, .sx-hint) { display: none !important; }
.semlib-explorer .sx-body { display: block; }"""

# The part's heading, folded text, and a link to each id: Chromium keeps a place where a link names it
_PREPARE = """async (part) => {
  const article = document.querySelector(".bd-article");
  if (part) article.insertAdjacentHTML("afterbegin", `<div class="print-part">${part}</div>`);
  article.querySelectorAll("details:not(.above-input)").forEach((e) => { e.open = true; });
  document.querySelectorAll("img").forEach((e) => { e.loading = "eager"; });
  await Promise.all([...document.images].map((e) => e.decode().catch(() => null)));
  const links = document.createElement("div");
  links.hidden = true;
  for (const e of article.querySelectorAll("[id]")) {
    const link = document.createElement("a");
    link.href = "#" + encodeURIComponent(e.id);
    links.append(link);
  }
  document.body.append(links);
  const title = (e) => {
    const copy = e.cloneNode(true);
    copy.querySelectorAll(".headerlink, .MathJax, mjx-container").forEach((x) => x.remove());
    return copy.textContent.trim().replace(/\\s+/g, " ");
  };
  const heads = [...article.querySelectorAll("section[id] > :is(h2, h3)")];
  const sections = heads.map((e) => [+e.tagName[1], title(e), e.parentElement.id]);
  return [title(article.querySelector("h1")), sections];
}"""

# A table or formula too wide for the sheet is shrunk, else words break. Only long code is cut between sheets.
_SHRINK = """() => {
  for (const table of document.querySelectorAll(".bd-article table")) {
    const room = document.querySelector(".bd-article").getBoundingClientRect().right
      - table.parentElement.getBoundingClientRect().left;
    const wide = Math.max(table.scrollWidth, table.getBoundingClientRect().width);
    if (wide > room) table.style.zoom = Math.max(0.6, room / wide);
    if (table.getBoundingClientRect().width > room + 1) table.style.overflowWrap = "anywhere";
  }
  for (const code of document.querySelectorAll("div.cell_input, div.output pre"))
    if (code.textContent.split("\\n").length > 30) code.classList.add("print-long");
  for (const math of document.querySelectorAll("mjx-container[display=true]")) {
    const room = math.getBoundingClientRect().width, inner = math.firstElementChild;
    const wide = inner ? inner.getBoundingClientRect().width : 0;
    if (wide > room) inner.style.zoom = room / wide;
  }
}"""


def contents() -> list[tuple[str, str]]:
    """Return (page, caption of its part) of all pages; the home page has no part."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    return [(toc["root"], "")] + [
        (chapter["file"], part["caption"]) for part in toc["parts"] for chapter in part["chapters"]
    ]


def print_pages(tab, address: str, chosen: Iterable[tuple[str, str]]) -> Iterator[Printed]:
    """Print pages of the book, numbered from 1 on through all of them.

    Parameters
    ----------
    tab : playwright.sync_api.Page
    address : str
        Where the rendered book is handed out.
    chosen : iterable of (page, caption of its part)
    """
    sheets, last = 0, ""
    for name, part in chosen:
        tab.goto(f"{address}{name}.html", wait_until="load")
        tab.evaluate("() => window.MathJax?.startup?.promise?.then(() => true)")
        title, headings = tab.evaluate(_PREPARE, escape(part) if part != last else "")
        running = json.dumps(title, ensure_ascii=False)
        style = _SHEET % (json.dumps(part, ensure_ascii=False), running, "counter(page)", sheets)
        tab.add_style_tag(content=style)
        _still_explorers(tab)
        tab.emulate_media(media="print")
        tab.evaluate(_SHRINK)
        pdf = tab.pdf(prefer_css_page_size=True, print_background=True)
        tab.emulate_media(media="screen")
        printed = Printed(name, title, part, pdf, tuple(map(tuple, headings)))
        sheets, last = sheets + printed.sheets, part
        yield printed


def _still_explorers(tab) -> None:
    """Put a picture of each explorer in its place."""
    for plot in tab.query_selector_all(".semlib-explorer"):
        plot.scroll_into_view_if_needed()
        tab.wait_for_timeout(500)  # its first picture of dots
        uri = "data:image/png;base64," + base64.b64encode(plot.screenshot()).decode()
        plot.evaluate(
            """(e, uri) => {
              const still = document.createElement("div");
              still.className = "print-explorer";
              still.innerHTML = `<img alt=""><p>In the book on a screen this picture is alive: a pointer over
                a dot shows its image.</p>`;
              e.before(still);
              return Object.assign(still.firstChild, { src: uri }).decode();
            }""",
            uri,
        )


_FRONT = """<!doctype html><html lang="en"><meta charset="utf8"><style>
@page { size: A4; margin: 25mm 22mm;
  @bottom-center { content: counter(page, lower-roman); font: 9pt sans-serif; } }
@page :first { @bottom-center { content: ""; } }
body { font: 10.5pt/1.4 sans-serif; } h1 { font-size: 28pt; line-height: 1.2; margin: 70mm 0 8mm; }
h2 { font-size: 18pt; break-before: page; margin: 0 0 4mm; }
h3 { font-size: 11pt; margin: 5mm 0 1mm; break-after: avoid; }
a { color: inherit; text-decoration: none; display: flex; gap: 1mm; padding: 0.4mm 0; break-inside: avoid; }
a i { flex: 1; border-bottom: 1px dotted #888; margin-bottom: 1mm; }
.about { color: #444; margin-top: 30mm; } .about a { display: inline; }
</style><h1>%s</h1><p>%s</p><p class="about">Code that the pages fold away is left out here, and explorers
are still pictures: both are in the book on a screen. %s</p><h2>Contents</h2>%s</html>"""


def print_front(tab, address: str, printed: list[Printed]) -> bytes:
    """Print the title page and the contents, with links to the pages."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text())
    home = read(ROOT)
    lines, at, last = [], 1, ""
    for page in printed:
        if page.part != last:
            lines.append(f"<h3>{escape(page.part)}</h3>")
        link = f"{address}{page.name}.html"
        lines.append(f'<a href="{link}"><span>{escape(page.title)}</span><i></i><span>{at}</span></a>')
        at, last = at + page.sheets, page.part
    said = f"{config['author']} · version {home.version}{_commit()}"
    tab.goto("about:blank")
    tab.set_content(
        _FRONT % (escape(config["title"]), escape(said), config["html"]["extra_footer"], "".join(lines))
    )
    return tab.pdf(prefer_css_page_size=True, print_background=True)


def _commit() -> str:
    words = ["git", "log", "-1", "--format=, commit %h of %cs"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--html", type=Path, default=ROOT / "_build" / "html")
    parser.add_argument("--out", type=Path, default=ROOT / "_build" / "book.pdf")
    parser.add_argument("pages", nargs="*", help="by default all, such as notebooks/01_data")
    options = parser.parse_args()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return _stop(NO_PLAYWRIGHT)
    if chromium() is None:
        return _stop(NO_CHROMIUM)
    if not (options.html / "book" / "index.html").exists():
        return _stop(f"no rendered book in {options.html}; say: make html")
    chosen = [(name, part) for name, part in contents() if not options.pages or name in options.pages]
    begun = time.monotonic()
    with serve(options.html) as address, sync_playwright() as started:
        running = started.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        context = running.new_context(viewport=VIEW, device_scale_factor=2, color_scheme="light")
        tab = context.new_page()
        printed = list(print_pages(tab, address, chosen))
        front = print_front(tab, address, printed)
        running.close()
    writer = join(printed, front, address, read(ROOT).book)
    writer.write(options.out)
    took, size = time.monotonic() - begun, options.out.stat().st_size / 1e6
    print(f"{options.out}: {len(printed)} pages on {len(writer.pages)} sheets, {size:.1f} MB, {took:.0f} s")
    return 0


def _stop(why: str) -> int:
    print(why, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
