"""The book as one PDF: what `make pdf` does, with three pages and no more."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
pypdf = pytest.importorskip("pypdf", reason="no pypdf; say: pip install -c constraints.txt -e '.[browser]'")
import pdf  # noqa: E402
import pdf_join  # noqa: E402

HOME = "https://me.github.io/book/"
CHOSEN = ("book/index", "book/paper2-in-short", "notebooks/07_umap_and_tsne")


@pytest.fixture(scope="module")
def printed(browser, address):
    context = browser.new_context(viewport=pdf.VIEW, color_scheme="light")
    tab = context.new_page()
    pages = list(pdf.print_pages(tab, address, [row for row in pdf.contents() if row[0] in CHOSEN]))
    front = pdf.print_front(tab, address, pages)
    context.close()
    assert tuple(page.name for page in pages) == CHOSEN
    return pages, front


@pytest.fixture(scope="module")
def book(printed, address):
    out = io.BytesIO()
    pdf_join.join(*printed, address, HOME).write(out)
    return pypdf.PdfReader(out)


def starts(printed) -> list[int]:
    """The first sheet of each page."""
    pages, front = printed
    at = [len(pypdf.PdfReader(io.BytesIO(front)).pages)]
    return at + [at[0] + sum(p.sheets for p in pages[: k + 1]) for k in range(len(pages))]


def test_the_outline_has_parts_pages_and_sections(book, printed):
    _, second, third, end = starts(printed)
    flat = []

    def walk(items, depth=0):
        for item in items:
            if isinstance(item, list):
                walk(item, depth + 1)
            else:
                flat.append((depth, item.title, book.get_destination_page_number(item)))

    walk(book.outline)
    assert (0, "What came out", second) in flat
    assert (1, "Paper 2 in short", second) in flat
    assert (0, "Paper 1: SEM images", third) in flat
    assert (1, "Maps of the embeddings: UMAP and t-SNE", third) in flat
    sections = [sheet for depth, _, sheet in flat if depth == 2]
    assert len(sections) >= 4
    assert all(second <= sheet < end for sheet in sections)
    assert len(set(sections)) > 1, "all bookmarks lead to one sheet"


def test_links_stay_in_the_book_or_lead_to_its_home(book, printed, address):
    first, second, third, end = starts(printed)
    inside, outside = {}, []
    for at, sheet in enumerate(book.pages):
        for link in sheet.get("/Annots", []):
            link = link.get_object()
            if "/Dest" in link:
                to = link["/Dest"][0].get_object()
                inside.setdefault(at, []).append(next(k for k, p in enumerate(book.pages) if p == to))
            else:
                outside.append(str(link["/A"]["/URI"]))
    assert {first, second, third} <= {to for at in range(first) for to in inside.get(at, [])}  # contents
    assert {second, third} <= {to for at in range(first, second) for to in inside[at]}  # the home page
    assert any(third < to < end for at in range(third, end) for to in inside.get(at, [])), "to a figure"
    assert not [uri for uri in outside if address.rstrip("/") in uri or "127.0.0.1" in uri]
    assert f"{HOME}book/claims.html" in outside  # not printed here
    anchors = [uri for uri in outside if uri.startswith(f"{HOME}book/claims.html#")]
    assert anchors


def test_every_sheet_has_something_and_its_number(book, printed):
    first, *_, end = starts(printed)
    assert len(book.pages) == end
    assert [book.page_labels[k] for k in (0, first, end - 1)] == ["i", "1", str(end - first)]
    for k, sheet in enumerate(book.pages):
        text = sheet.extract_text()
        assert len(text) > 60 or len(sheet.images), f"sheet {k + 1} is blank"
        if k >= first:
            assert str(k - first + 1) in text.split(), f"sheet {k + 1} has no number"


def test_the_last_page_is_there_with_its_explorer_and_without_buttons(book, printed):
    *_, third, end = starts(printed)
    text = " ".join(" ".join(sheet.extract_text() for sheet in book.pages[third:end]).split())
    for words in (
        "Paper 1: SEM images",
        "Maps of the embeddings: UMAP and t-SNE",
        "How far can the maps be trusted?",
        "this picture is alive",
    ):
        assert words in text, words
    assert "Show code cell source" not in text
    assert "Open in Colab" not in text
    images = [image for sheet in book.pages[third:end] for image in sheet.images]
    wide = [image.image for image in images if image.image.width > 600]
    assert len(wide) >= 2  # the explorer's still picture and a figure
    assert all(len(image.convert("L").getcolors()) > 8 for image in wide), "a picture is empty"


def test_a_link_to_nowhere_is_taken_away_while_there_is_no_home(printed, address):
    writer = pdf_join.join(*printed, address, "https://OWNER.github.io/semlib/")
    links = [link.get_object() for sheet in writer.pages for link in sheet.get("/Annots", [])]
    assert links
    assert not [link for link in links if "OWNER.github.io" in str(link.get("/A", ""))]


def test_what_is_too_wide_is_shrunk_or_broken(browser, address):
    """Nothing of code, tables and formulas is cut off at the right."""
    context = browser.new_context(viewport=pdf.VIEW)
    tab = context.new_page()
    for name in ("book/claims", "notebooks/28_what_decides"):
        tab.goto(f"{address}{name}.html")
        tab.evaluate("() => window.MathJax?.startup?.promise?.then(() => true)")
        tab.emulate_media(media="print")
        tab.evaluate(pdf._SHRINK)
        out = tab.evaluate(
            """() => [...document.querySelectorAll(".bd-article :is(pre, table, mjx-container)")]
              .filter((e) => e.checkVisibility() && (e.getBoundingClientRect().right > innerWidth + 1
                || (e.matches("pre") && e.scrollWidth > e.clientWidth + 1)))
              .map((e) => e.outerHTML.slice(0, 200))"""
        )
        assert out == []
    context.close()
