"""What a reader does: search, filter and sort the ledger, go to a cell and back."""

from __future__ import annotations

import re

COUNT = "form.claims-controls output"
ROWS = "table.claims-table tbody tr"


def test_search_finds_silhouette(page):
    tab = page.open("search")
    tab.goto(f"{page.address}search.html?q=silhouette")
    tab.wait_for_selector("#search-results ul.search li a")
    tab.wait_for_function(
        "/finished|found/.test(document.querySelector('#search-results .search-summary').textContent)"
    )
    found = tab.locator("#search-results ul.search li a").all_inner_texts()
    assert len(found) >= 5
    assert any("Clusters and scores" in title for title in found)
    tab.wait_for_load_state("networkidle")  # it reads the pages that it found
    assert page.wrong == []
    tab.locator("#search-results ul.search li a", has_text="Clusters and scores").first.click()
    tab.locator(".bd-article h1").first.wait_for()


def test_the_search_button_leads_there(page):
    """A reader presses Ctrl-K, writes, and presses Enter."""
    tab = page.open("book/index")
    tab.keyboard.press("Control+k")
    field = tab.locator("input[name=q]:visible").first
    field.fill("silhouette")
    field.press("Enter")
    tab.wait_for_selector("#search-results ul.search li a")
    assert page.wrong == []


def shown(tab) -> tuple[int, int, int]:
    """Return what the line below the controls says, and how many rows are to be seen."""
    said, of = map(int, re.match(r"(\d+) of (\d+) claims", tab.locator(COUNT).inner_text()).groups())
    return said, of, tab.locator(f"{ROWS}:visible").count()


def test_the_ledger_is_filtered(page):
    tab = page.open("book/claims")
    _, total, rows = shown(tab)
    assert total == rows > 100
    for column in ("verdict", "paper", "section", "kind"):
        select = tab.locator(f"select[data-column={column}]")
        values = select.locator("option").evaluate_all("all => all.map(o => o.value).filter(Boolean)")
        parts = []
        for value in values:
            select.select_option(value)
            said, _, rows = shown(tab)
            own = tab.locator(f"{ROWS}:visible").evaluate_all(f"all => all.map(r => r.dataset.{column})")
            assert said == rows == len(own)
            assert set(own) == {value}
            parts.append(said)
        assert sum(parts) == total  # each claim has one verdict, one paper, ...
        select.select_option("")
    tab.fill("input[data-column=words]", "median noise")
    said, _, rows = shown(tab)
    assert 0 < said == rows < total
    texts = tab.locator(f"{ROWS}:visible").evaluate_all("all => all.map(r => r.textContent.toLowerCase())")
    assert all("median" in text and "noise" in text for text in texts)
    tab.fill("input[data-column=words]", "no claim has these words")
    assert shown(tab)[0] == 0


def test_the_ledger_is_sorted(page):
    tab = page.open("book/claims")
    order = "() => [...document.querySelectorAll('table.claims-table tbody tr')].map(r => +r.dataset.order)"
    head = tab.locator("table.claims-table th", has_text="Verdict")
    head.locator("button").focus()
    tab.keyboard.press("Enter")  # by keyboard, too
    up = tab.evaluate(order)
    assert up == sorted(up)
    assert head.get_attribute("aria-sort") == "ascending"
    head.locator("button").click()
    assert tab.evaluate(order) == sorted(up, reverse=True)
    assert head.get_attribute("aria-sort") == "descending"


def test_a_mark_leads_to_its_claim_and_back(page):
    tab = page.open("book/claims")
    link = tab.locator(f"{ROWS} a", has_text="to the cell").first
    name = link.get_attribute("href").partition("#claim-")[2]
    link.click()
    mark = tab.locator(f"a.claim-badge#claim-{name}:target")
    mark.wait_for()
    there = tab.url
    mark.click()
    row = tab.locator("tr:target")
    row.wait_for()
    assert row.get_attribute("id") == name
    assert row.is_visible()
    assert row.locator("details").evaluate("e => e.open")
    row.locator("a", has_text="to the cell").click()
    mark.wait_for()
    assert tab.url == there
    assert page.wrong == []


def test_a_hidden_claim_is_shown_when_a_link_leads_to_it(page):
    tab = page.open("book/claims")
    tab.fill("input[data-column=words]", "no claim has these words")
    name = tab.locator(ROWS).nth(7).get_attribute("id")
    tab.evaluate(f"location.hash = '#{name}'")
    tab.locator(f"tr#{name}:target").wait_for()
    assert tab.locator(f"tr#{name}").is_visible()
