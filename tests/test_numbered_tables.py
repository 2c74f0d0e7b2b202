"""A cell's table gets a number, a caption and an anchor, and the prose can refer to it."""

import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
CONFIG = """
extensions = ["myst_nb", "numbered_tables"]
nb_execution_mode = "off"
numfig = True
myst_enable_extensions = ["dollarmath"]
"""


def build(folder: Path, *cells, warnings=None) -> str:
    """Return the page that Sphinx makes of the cells."""
    pytest.importorskip("myst_nb", reason="the extra 'book' is not installed")
    from sphinx.application import Sphinx

    (folder / "conf.py").write_text(CONFIG)
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), folder / "index.ipynb")
    app = Sphinx(
        folder, folder, folder / "o", folder / "d", "html", status=None, warning=warnings or sys.stderr
    )
    app.build()
    return (folder / "o" / "index.html").read_text()


@pytest.fixture(autouse=True)
def _extension(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))


def cell(options: dict, *outputs) -> nbformat.NotebookNode:
    new = nbformat.v4.new_code_cell("frame", metadata={"mystnb": {"table": options}})
    new.outputs = [nbformat.v4.new_output("display_data", data) for data in outputs]
    return new


GLUED = {"application/papermill.record/text/plain": "1"}
TABLE = {"text/html": "<table><tr><td>7</td></tr></table>"}


def test_numbered(tmp_path):
    text = "# Title\n\n{numref}`tbl-b` and {numref}`tbl-a`"
    html = build(
        tmp_path,
        nbformat.v4.new_markdown_cell(text),
        cell({"name": "tbl-a", "caption": "First, with *stress* and $x^2$."}, GLUED, TABLE),
        cell({"name": "tbl-b", "caption": "Second."}, TABLE),
    )
    assert html.count("<figure") == html.count("</figure>") == html.count("</figcaption>") == 2
    first = html[html.index('id="tbl-a"') : html.index("</figure>")]
    assert "Table 1 " in first
    assert "<em>stress</em>" in first
    assert "x^2" in first
    assert first.index("</figcaption>") < first.index("<td>7</td>")
    prose = html[html.index("<h1>") : html.index("<figure")]
    assert prose.index("Table 2") < prose.index("Table 1")  # as the prose names them
    assert 'href="#tbl-b"' in prose


@pytest.mark.parametrize(
    ("options", "outputs", "message"),
    [
        ({"name": "tbl-a"}, [TABLE], "needs a name 'tbl-…' and a caption"),
        ({"name": "a", "caption": "A."}, [TABLE], "needs a name 'tbl-…' and a caption"),
        ({"name": "tbl-a", "caption": "A."}, [GLUED], "the cell of tbl-a shows no table"),
    ],
)
def test_a_table_that_cannot_be_numbered_stops_the_build(tmp_path, options, outputs, message):
    with pytest.raises(Exception, match=message):
        build(tmp_path, nbformat.v4.new_markdown_cell("# T"), cell(options, *outputs))
