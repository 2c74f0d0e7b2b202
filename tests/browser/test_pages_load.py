"""Every page loads, alone and offline, small, on wide and narrow screens, and for those who read by ear."""

from __future__ import annotations

import re

import pytest
from accessible import barriers, pale_texts
from figures_seen import illegible
from watched import PAGES, Watched

MB = 1e6
PLOTLY = "_static/plotly.packed.js"
# A first visit loads the page with its figures, and what pages share: style, scripts, fonts, MathJax (0.8 MB)
# where there are formulas. An explorer holds its images, and asks for plotly.js (1.9 MB) when all is calm.
LIMIT, WITH_EXPLORER = 3 * MB, 6 * MB
FIGURES = {name for name in PAGES if name.startswith("notebooks/")} | {"book/index"}
# The pages' kinds: prose with figures, with marks and bars, the ledger, a data card, a notebook with its code
KINDS = ("book/index", "book/paper1-in-short", "book/claims", "book/data/carinthia", "notebooks/01_data")


@pytest.mark.parametrize("name", PAGES)
def test_page(page, html, name, record_property):
    """One visit for all, since a page with its scripts takes a second to open."""
    tab = page.open(name, theme="light")
    tab.evaluate("() => document.fonts.ready.then(() => true)")
    explorer = tab.locator(".semlib-explorer").count() > 0
    if explorer:
        page.size[PLOTLY] = (html / PLOTLY).stat().st_size
    weight = _weight(name, page.size)
    record_property("weight", [name, *weight.values()])
    assert weight["page"], "the page itself must be counted"
    large = {path: n for path, n in page.size.items() if n > MB / 20}
    assert sum(weight.values()) <= (WITH_EXPLORER if explorer else LIMIT), large
    if "/api_" in name:  # 10,000 elements of a few kinds: some of each are enough, all take a minute
        tab.evaluate(
            "document.querySelectorAll('.bd-article section section ~ section').forEach(e => e.remove())"
        )
    assert pale_texts(tab) == []
    if name in FIGURES or name in KINDS:
        page.theme("dark")
    if name in FIGURES:
        assert illegible(tab, html, page.address) == []
    if name in KINDS:
        assert pale_texts(tab) == []
    assert barriers(tab) == []
    assert _cut(page) == []
    assert _sideways(page) == []
    assert page.wrong == []  # at last, for what scripts ask for later


def _weight(name: str, size: dict[str, int]) -> dict[str, int]:
    """Return all bytes that a first visit loads: the page, its figures, and what it shares with others."""
    own = size.get(f"{name}.html", 0)
    figures = sum(n for path, n in size.items() if path.startswith("_images/"))
    shared = sum(size.values()) - own - figures
    return {"page": own, "figures": figures, "shared": shared}


def _cut(watched: Watched) -> list[str]:
    """Return tables and printed text that a laptop shows only in part; on a phone tables may scroll."""
    return watched.tab.evaluate(
        """() => [...document.querySelectorAll(".bd-article :is(table, div.output pre)")].map((e) => {
          let box = e;
          while (box.parentElement && getComputedStyle(box).overflowX === "visible") box = box.parentElement;
          const caption = e.closest("figure")?.querySelector("figcaption");
          const name = (caption ?? e).textContent.trim().slice(0, 80);
          const {scrollWidth: needs, clientWidth: has} = box;
          return needs > has + 1 ? `${name}: ${needs} px, not ${has}` : "";
        }).filter(Boolean)"""
    )


def _sideways(watched: Watched) -> list[str]:
    """Return what makes the page scroll sideways on a phone, and equations, bars and figures that do not fit.

    Tables and code may scroll in own boxes.
    """
    watched.tab.set_viewport_size({"width": 390, "height": 844})
    watched.tab.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    return watched.tab.evaluate(
        """() => {
          const root = document.scrollingElement, width = innerWidth;
          const cut = [...document.querySelectorAll("div.math mjx-container, .claim-bar")]
            .filter((e) => e.scrollWidth > e.clientWidth + 1)
            .map((e) => "cut: " + e.textContent.slice(0, 80));
          for (const e of document.querySelectorAll(".bd-article img[style]")) {
            const room = 2 * parseFloat(getComputedStyle(e).paddingLeft);
            const [width, height] = [e.clientWidth - room, e.clientHeight - room];
            const off = Math.abs(height - width * e.naturalHeight / e.naturalWidth);
            if (width > 0 && off > 2) cut.push(`out of shape: ${e.alt.slice(0, 60)}`);
          }
          if (root.scrollWidth <= width) return cut;
          const out = (e) => e.getBoundingClientRect().right > width + 0.5;
          const boxed = (e) => e && e !== document.body
            && (getComputedStyle(e).overflowX !== "visible" || getComputedStyle(e).position === "fixed"
              || boxed(e.parentElement));
          const guilty = [...document.body.querySelectorAll("*")].filter((e) => out(e) && !boxed(e));
          const named = guilty.slice(0, 5).map((e) => e.outerHTML.slice(0, 120));
          return [...cut, `${root.scrollWidth} px wide`, ...named];
        }"""
    )


def test_names_of_rows_stay_when_a_table_is_scrolled_on_a_phone(page):
    tab = page.open("notebooks/06_clustering_metrics", width=390)
    table = tab.locator("#T_table1")
    table.scroll_into_view_if_needed()
    place = """(e) => {
      const box = e.closest(".output"), name = e.tBodies[0].rows[0].cells[0];
      box.scrollLeft = 200;
      const {left, top, height} = name.getBoundingClientRect();
      const seen = document.elementFromPoint(left + 5, top + height / 2);
      return [box.scrollLeft, Math.abs(left - box.getBoundingClientRect().left) <= 1, seen === name];
    }"""
    assert table.evaluate(place) == [200, True, True]


@pytest.mark.parametrize("name", ["book/index", "book/claims", "notebooks/22_npfc_step_by_step"])
def test_a_page_prints(page, name, tmp_path):
    """Printed, a page has its text and its figures, and no bars of buttons."""
    tab = page.open(name)
    tab.emulate_media(media="print")
    assert not tab.locator(".bd-sidebar-primary").first.is_visible()
    assert tab.locator("h1:visible").count() == 1
    pdf = tab.pdf(format="A4")
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) >= 2
    figures = tab.locator(".bd-article figure img").count()
    assert pdf.count(b"/Subtype /Image") >= figures
    assert page.wrong == []
