"""Every page loads, alone and offline, small, on wide and narrow screens, and for those who read by ear."""

from __future__ import annotations

import re

import pytest
from watched import PAGES, Watched

MB = 1e6
# explorers hold their images
LARGE = {f"notebooks/{name}": 6 * MB for name in ("14_explorer", "34_map_explorer")}
# Rules of axe-core that we break by the theme's own markup or by the notebooks' format, with the reason.
ALLOWED: dict[str, str] = {}
# Code is coloured by the theme's style alone, one span per word: one page of code stands for all (below).
CODE = ".highlight"
AXE = {"resultTypes": ["violations"], "iframes": False}


def serious(watched: Watched, **options) -> list[str]:
    """Return what axe-core finds serious or critical, as "rule: message @ element"."""
    from axe_playwright_python.sync_playwright import Axe

    watched.tab.evaluate(Axe().axe_script)
    found = watched.tab.evaluate(
        "([exclude, options]) => axe.run({exclude}, options).then(r => r.violations)",
        [options.pop("exclude", [[CODE]]), {**AXE, **options}],
    )
    return [
        f"{rule['id']} ({rule['impact']}): {node['failureSummary']} @ {node['target']} {node['html'][:200]}"
        for rule in found
        if rule["impact"] in ("serious", "critical") and rule["id"] not in ALLOWED
        for node in rule["nodes"][:3]
    ]


@pytest.mark.parametrize("name", PAGES)
def test_page(page, name):
    """One visit for all, since a page with its scripts takes a second to open."""
    tab = page.open(name)
    tab.wait_for_load_state("networkidle")
    assert page.wrong == []
    own = {path: size for path, size in page.size.items() if not path.startswith("_static/")}
    assert own[f"{name}.html"], "the page itself must be counted"
    assert sum(own.values()) <= LARGE.get(name, 3 * MB), own
    if name == "book/api":  # 40,000 elements of a few kinds: some of each are enough, all take minutes
        tab.evaluate(
            "document.querySelectorAll('.bd-article section section ~ section').forEach(e => e.remove())"
        )
    assert serious(page) == []
    assert _sideways(page) == []


def _sideways(watched: Watched) -> list[str]:
    """Return what makes the page scroll sideways on a phone; tables and code may scroll in own boxes."""
    watched.tab.set_viewport_size({"width": 390, "height": 844})
    watched.tab.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    return watched.tab.evaluate(
        """() => {
          const root = document.scrollingElement, width = innerWidth;
          if (root.scrollWidth <= width) return [];
          const out = (e) => e.getBoundingClientRect().right > width + 0.5;
          const boxed = (e) => e && e !== document.body
            && (getComputedStyle(e).overflowX !== "visible" || getComputedStyle(e).position === "fixed"
              || boxed(e.parentElement));
          const guilty = [...document.body.querySelectorAll("*")].filter((e) => out(e) && !boxed(e));
          return [`${root.scrollWidth} px wide`, ...guilty.slice(0, 5).map((e) => e.outerHTML.slice(0, 120))];
        }"""
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "name", ["book/index", "book/paper1-in-short", "book/data/carinthia", "notebooks/01_data"]
)
def test_colours_of_text_stand_out_in_both_themes(page, name, theme):
    """The pages' kinds: prose with figures, with marks and bars, a data card, a notebook with its code."""
    page.open(name, theme=theme)
    assert serious(page, exclude=[], runOnly={"type": "rule", "values": ["color-contrast"]}) == []


def test_the_claims_table_is_legible_in_the_dark(page):
    """Its first rows; the others have the same colours."""
    tab = page.open("book/claims", theme="dark")
    tab.evaluate(
        "document.querySelectorAll('.claims-table tbody tr:nth-child(n+21)').forEach(e => e.remove())"
    )
    assert serious(page, runOnly={"type": "rule", "values": ["color-contrast"]}) == []


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
