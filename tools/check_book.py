"""Check the rendered book: every page of the contents is there, with its outputs, and needs no network.

A build can be green and publish nothing; this looks at the files themselves.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
HTML = ROOT / "_build" / "html"

# what a browser loads by itself (a link that a reader may click is no load)
_LOADED = re.compile(r"""<(?:script|img|iframe|link)\b[^>]*?\b(?:src|href)=["'](https?://[^"']+)""", re.I)
# a figure of the page's own, and not the badge that every notebook has
_FIGURE = re.compile(r'<img [^>]*src="[^"]*_images/(?!colab\.svg")')
# what pandas leaves of a long text, unless use_style was called
_CUT = re.compile(r"<td[^>]*>([^<]+)\.\.\.</td>")


def pages() -> list[str]:
    """Return the pages that _toc.yml names."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    return [toc["root"]] + [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]


def problems_of(page: str, html: str) -> list[str]:
    """Return what is wrong with one page."""
    problems = [f"loads {url} from the network" for url in _LOADED.findall(html)]
    if page.startswith("notebooks/"):
        if not _FIGURE.search(html):
            problems.append("shows no figure")
        if "cell_output" not in html:
            problems.append("shows no output")
        problems += [f"cuts off what a table says: {text}..." for text in _CUT.findall(html)]
    if re.search(r'class="[^"]*\bsystem-message\b', html):
        problems.append("holds a Sphinx error message")
    problems += [f"shows an unresolved value: {m}" for m in re.findall(r"\{glue:[^}]*\}`[^`]*`", html)]
    return problems


# figures and tables of cells, and equations, by what the reader is led to
_NUMBERED = re.compile(r'\bid="((?:fig|tbl|equation-eq)-[^"]+)"')
_REFERENCE = re.compile(r'<a class="reference internal" href="[^"#]*#((?:fig|tbl|equation-eq)-[^"]+)"')


def never_named(html: dict[str, str]) -> list[str]:
    """Return the numbered figures, tables and equations that no prose of any page refers to."""
    named = {name for text in html.values() for name in _REFERENCE.findall(text)}
    return [
        f"{page}: nothing refers to {name.removeprefix('equation-')}"
        for page, text in html.items()
        for name in _NUMBERED.findall(text)
        if page.startswith("notebooks/") and name not in named
    ]


def main() -> int:
    found, texts = [], {}
    for page in pages():
        path = HTML / f"{page}.html"
        if not path.exists():
            found.append(f"{page}: not rendered")
            continue
        html = texts[page] = path.read_text(encoding="utf8")
        found += [f"{page}: {text}" for text in problems_of(page, html)]
        found += [
            f"{page}: {src} is missing"
            for src in re.findall(r'<img [^>]*src="([^":]+)"', html)
            if not (path.parent / src).exists()
        ]
    found += never_named(texts)
    print("\n".join(found) or f"{len(pages())} pages rendered, with their figures")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
