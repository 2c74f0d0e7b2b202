"""The home page shows both papers, their verdicts and the ways in on one screen; its map leads everywhere."""

from __future__ import annotations

import re

from watched import PAGES


def test_one_screen(page):
    """What a laptop shows before anyone scrolls: both pictures, both bars of verdicts, and three ways in."""
    tab = page.open("book/index")
    for what, number in ((".home-papers img", 2), (".claim-strip", 2), (".home-ways .sd-card", 3)):
        parts = tab.locator(what)
        assert parts.count() == number
        boxes = [part.bounding_box() for part in parts.all()]
        assert all(box["width"] > 200 and box["y"] + box["height"] <= 900 for box in boxes), (what, boxes)
    natural = tab.locator(".home-papers img").evaluate_all("all => all.map(i => i.naturalWidth)")
    assert min(natural) >= 600  # they have loaded, and are sharp on a fine screen
    counted = tab.locator(".claim-strip .claim-bar").all_inner_texts()
    labels = tab.locator(".claim-strip .claim-label").all_inner_texts()
    said = sum(int(re.search(r"\d+", text)[0]) for text in labels)
    assert sum(int(re.search(r"\d+", text)[0]) for text in counted) == said > 100
    assert page.wrong == []


def test_the_reading_map_leads_to_every_page(page, html):
    tab = page.open("book/index")
    links = tab.locator(".reading-map a").evaluate_all("all => all.map(a => a.href)")
    assert [link.removeprefix(page.address).removesuffix(".html") for link in links] == PAGES[1:]
    rows = dict(zip(PAGES[1:], tab.locator(".reading-map li").all_inner_texts(), strict=True))
    for name, text in rows.items():
        if name.startswith("notebooks/"):
            assert re.search(r"\d+ min\s*▶ \d+ s", text), text
