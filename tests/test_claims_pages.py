"""The ledger in the pages: marks, figures, counts, bars and the table, in a small book."""

import json
import re
from pathlib import Path

import pytest
import yaml
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from test_claims_tool import CLAIM, record

EXTENSIONS = Path(__file__).resolve().parents[1] / "book" / "_ext"
UNTESTED = {
    "id": "npfc-<odd>",
    "paper": "npfc",
    "section": "Abstract",
    "claim": 'It is "best" & <fast>.',
    "kind": "interpretation",
    "about": "any",
    "not_testable": {"reason": "no measure given", "why": "Best at what?"},
}
PAGE = """# Page

{claim}`npfc-wins` and again {claim}`npfc-wins`. On {claim-figure}`npfc-wins | WM-811K` maps.
For all data: {claim-figure}`npfc-wins`.
Of {claim-count}`npfc` there are {claim-count}`npfc | reproduced` and {claim-count}`sem | contradicted`.
"""


@pytest.fixture
def build(tmp_path, monkeypatch):
    """Build a book of two pages, and return its pages and its warnings."""
    monkeypatch.syspath_prepend(str(EXTENSIONS))
    for folder in ("results", "notebooks", "book", "semlib"):
        (tmp_path / folder).mkdir()
    (tmp_path / "notebooks" / "01_first.py").write_text("x = 1\n")
    record(tmp_path, 73)
    (tmp_path / "claims.yml").write_text(yaml.safe_dump({"claims": [CLAIM, UNTESTED]}))
    (tmp_path / "index.md").write_text("# Book\n\n```{toctree}\nnotebooks/page\nbook/claims\n```\n")
    (tmp_path / "book" / "page.md").write_text("{claim}`npfc-wins`")  # the mark as the tool sees it
    (tmp_path / "book" / "claims.md").write_text(
        "# Ledger\n\n```{claims-picture} npfc\n```\n\n```{claims-table}\n```\n"
    )

    def run(page=PAGE):
        (tmp_path / "notebooks" / "page.md").write_text(page)
        (tmp_path / "notebooks" / "02_second.py").write_text("# {claim}`npfc-wins`\n")
        out = tmp_path / "out"
        with (tmp_path / "warnings").open("w") as warnings:
            confoverrides = {
                "extensions": ["myst_parser", "claims_in_pages"],
                "exclude_patterns": ["book/page.md", "out"],
            }
            folders = (str(tmp_path), None, str(out), str(out / "trees"), "html")
            app = Sphinx(*folders, confoverrides=confoverrides, status=None, warning=warnings, freshenv=True)
            app.build()
        text = (tmp_path / "warnings").read_text()
        return (out / "notebooks/page.html").read_text(), (out / "book/claims.html").read_text(), text

    run.root = tmp_path
    return run


def test_marks_show_the_verdict_lead_to_the_ledger_and_are_anchors_once(build):
    page, _, warnings = build()
    marks = re.findall(r'<a class="claim-badge claim-reproduced".*?</a>', page)
    assert len(marks) == 2
    assert all('href="../book/claims.html#npfc-wins"' in mark for mark in marks)
    assert all("✓ reproduced" in mark and "· wins" in mark for mark in marks)
    assert page.count('id="claim-npfc-wins"') == 1
    assert "On 73 maps." in page
    assert "For all data: 73 (WM-811K, the half at hand)." in page
    assert "Of 2 there are 1 and 0." in page
    assert "npfc" not in warnings


def test_the_ledger_has_a_row_for_each_claim_with_what_the_filters_need(build):
    _, ledger, _ = build()
    row = re.search(r'<tr id="npfc-wins".*?</tr>', ledger, re.S)[0]
    for part in (
        'data-paper="npfc"',
        'data-verdict="reproduced"',
        'data-section="npfc 3"',
        'data-kind="comparison"',
        'href="../notebooks/02_second.html#claim-npfc-wins"',
        "<code>wins &gt; 55</code>",
        "<code>results/a.json</code>",
    ):
        assert part in row
    assert "It is &quot;best&quot; &amp; &lt;fast&gt;." in ledger
    assert "<fast>" not in ledger
    assert "no measure given: Best at what?" in ledger
    assert re.findall(r'<option value="npfc [^"]*">([^<]*)', ledger) == ["2: 3", "2: Abstract"]
    widths = re.findall(r'claim-bar claim-(\w+)" style="width:([\d.]+)%', ledger)
    assert widths[:2] == [("reproduced", "50.00"), ("untestable", "50.00")]


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("# P\n\n{claim}`npfc-none`\n", "there is no claim 'npfc-none' in claims.yml"),
        ("# P\n\n{claim-figure}`npfc-wins | twin`\n", "the claim 'npfc-wins' has no figures of twin"),
        ("# P\n\n{claim-count}`npfc | good`\n", "['good'] is neither a paper nor a verdict"),
    ],
)
def test_what_is_not_there_is_a_warning_which_stops_a_strict_build(build, page, message):
    assert message in build(page)[2]


def test_a_ledger_that_does_not_hold_together_stops_the_build(build):
    source = build.root / "notebooks" / "01_first.py"
    source.write_text("x = 2\n")
    with pytest.raises(ExtensionError, match=r"results/a\.json is older than the code"):
        build()
    source.write_text("x = 1\n")
    (build.root / "results" / "a.json").write_text(json.dumps({"values": {}}))
    with pytest.raises(ExtensionError, match=r"npfc-wins: results/a\.json has no 'wins'"):
        build()
