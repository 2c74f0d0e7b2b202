"""The reading map: every page of the book by part, with its question and the minutes to read and to run it.

    ```{reading-map}
    notebooks/01_data: What do the images look like?
    ```

Pages stand in the order and the parts of _toc.yml. Minutes to read are counted from the page's words,
pictures and tables; seconds to run are those of results/notebook_times.json.
"""

from __future__ import annotations

import json
import math
from html import escape
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

WORDS_A_MINUTE = 200
SECONDS_A_PICTURE = 12  # a figure with its caption's sight, or a table
TIMES = "results/notebook_times.json"
LOOKED_UP = (
    "book/claims",
    "book/deviations",
    "book/api",
    "book/api_sem",
    "book/api_wafer",
    "book/api_figures",
    "book/glossary",
    "book/references",
)  # not read through


class reading_map(nodes.General, nodes.Element):
    """Written when all pages are known."""


class ReadingMap(SphinxDirective):
    """The map; its content names each page of the contents once, with its question."""

    has_content = True

    def run(self):
        root = Path(self.env.srcdir)
        questions = dict(line.split(": ", 1) for line in self.content if line.strip())
        toc = yaml.safe_load((root / "_toc.yml").read_text())
        parts = [
            (part["caption"], [chapter["file"] for chapter in part["chapters"]]) for part in toc["parts"]
        ]
        pages = [page for _, part in parts for page in part]
        if wrong := set(pages) ^ set(questions):
            raise ExtensionError(
                f"{self.env.docname}: the reading map and _toc.yml differ in {', '.join(sorted(wrong))}"
            )
        self.env.note_dependency(str(root / TIMES))
        return [reading_map("", parts=parts, questions=questions)]


def minutes_to_read(doctree: nodes.document) -> int:
    """Return the minutes that a page takes, code left out: 200 words a minute, 12 s a figure or table."""
    words = pictures = 0
    for node in doctree.findall():
        if isinstance(node, nodes.Text) and not _is_code(node):
            words += len(node.split())
        elif isinstance(node, (nodes.image, nodes.table)) or (
            isinstance(node, nodes.container) and node.get("mime_type") == "text/html"
        ):
            pictures += 1
    return max(1, math.ceil(words / WORDS_A_MINUTE + pictures * SECONDS_A_PICTURE / 60))


def _is_code(node: nodes.Node) -> bool:
    parent = node.parent
    while parent is not None:
        if isinstance(parent, (nodes.literal_block, nodes.raw, nodes.comment)) or (
            isinstance(parent, nodes.container) and parent.get("mime_type")
        ):
            return True
        parent = parent.parent
    return False


def fill(app, doctree, docname) -> None:
    """Put the map's HTML in place."""
    for node in list(doctree.findall(reading_map)):
        path = Path(app.srcdir) / TIMES
        times = json.loads(path.read_text())["notebooks"] if path.exists() else {}
        parts = []
        for caption, pages in node["parts"]:
            rows = "".join(_row(app, docname, page, node["questions"][page], times) for page in pages)
            parts.append(
                f'<section class="map-part"><p class="map-title">{escape(caption)}</p>'
                f"<ol>{rows}</ol></section>"
            )
        html = f'<div class="reading-map">{"".join(parts)}</div>'
        node.replace_self(nodes.raw("", html, format="html"))


def _row(app, here: str, page: str, question: str, times: dict) -> str:
    env = app.builder.env
    read = ""
    if page not in LOOKED_UP:
        read = f'<span title="to read">{minutes_to_read(env.get_doctree(page))} min</span>'
    seconds = times.get(page.removeprefix("notebooks/"), {}).get("seconds")
    run = f'<span class="map-run" title="to run">▶ {seconds:.0f} s</span>' if seconds else ""
    link = app.builder.get_relative_uri(here, page)
    title = env.titles[page].astext()
    return (
        f'<li><a href="{link}">{escape(title)}</a><span class="map-times">{read}{run}</span>'
        f'<span class="map-question">{escape(question)}</span></li>'
    )


def setup(app):
    app.add_node(reading_map)
    app.add_directive("reading-map", ReadingMap)
    app.connect("doctree-resolved", fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
