"""The reading map names every page once, with minutes counted from it and the seconds that were measured."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# another test's Sphinx in the same process may have claimed .md
CONFIG = """
extensions = ["myst_nb", "reading_map"]
nb_execution_mode = "off"
source_suffix = {".md": "myst-nb"}
"""
TOC = "root: index\nparts:\n  - caption: First & last\n    chapters:\n      - file: notebooks/a\n"
MAP = (
    "# Home\n\n```{reading-map}\nnotebooks/a: What is <a>: a letter?\n```\n\n```{toctree}\nnotebooks/a\n```\n"
)


@pytest.fixture(autouse=True)
def _extension(monkeypatch):
    pytest.importorskip("myst_nb", reason="the extra 'book' is not installed")
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))


def build(folder: Path, text: str, home: str = MAP) -> str:
    """Return the home page of a book with one page of that text."""
    from sphinx.application import Sphinx

    (folder / "notebooks").mkdir()
    (folder / "results").mkdir()
    (folder / "conf.py").write_text(CONFIG)
    (folder / "_toc.yml").write_text(TOC)
    (folder / "index.md").write_text(home)
    (folder / "notebooks" / "a.md").write_text(text)
    (folder / "results" / "notebook_times.json").write_text(
        json.dumps({"notebooks": {"a": {"seconds": 41.6}}})
    )
    Sphinx(folder, folder, folder / "o", folder / "d", "html", status=None, warning=sys.stderr).build()
    return (folder / "o" / "index.html").read_text()


def test_a_row(tmp_path):
    words = " ".join(["word"] * 399)  # and one of the title: two minutes
    html = build(tmp_path, f"# Title\n\n{words}\n\n```python\n{words}\n```\n")
    assert '<p class="map-title">First &amp; last</p>' in html
    assert '<a href="notebooks/a.html">Title</a>' in html
    assert '<span title="to read">2 min</span>' in html
    assert "▶ 42 s" in html
    assert "What is &lt;a&gt;: a letter?" in html


def test_a_table_takes_time(tmp_path):
    words = " ".join(["word"] * 395)  # with the title and the table's four words: two minutes
    html = build(tmp_path, f"# Title\n\n{words}\n\n| a | b |\n|---|---|\n| c | d |\n")
    assert '<span title="to read">3 min</span>' in html


@pytest.mark.parametrize("line", ["notebooks/b: What is b?", ""])
def test_map_and_contents_must_agree(tmp_path, line):
    home = MAP.replace("notebooks/a: What is <a>: a letter?", line)
    with pytest.raises(Exception, match=r"the reading map and _toc\.yml differ in notebooks/a"):
        build(tmp_path, "# Title\n", home)
