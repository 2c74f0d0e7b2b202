"""The explorers that the stored notebooks hold are made of the script and style of today."""

import json
from pathlib import Path

import pytest

from semlib.plots import explorer_page

ROOT = Path(__file__).resolve().parents[1]
HOLDERS = ["07_umap_and_tsne", "14_explorer", "34_map_explorer", "41_your_own_images"]


def explorers(path: Path) -> list[str]:
    """Return the HTML of a notebook's explorers."""
    cells = json.loads(path.read_text("utf8"))["cells"]
    shown = (
        output.get("data", {}).get("text/html", "") for cell in cells for output in cell.get("outputs", [])
    )
    return [html for html in map("".join, shown) if "semlib-explorer" in html]


def test_which_notebooks_have_one():
    assert [path.stem for path in sorted((ROOT / "notebooks").glob("*.ipynb")) if explorers(path)] == HOLDERS


@pytest.mark.parametrize("name", HOLDERS)
def test_script_and_style(name):
    for html in explorers(ROOT / "notebooks" / f"{name}.ipynb"):
        stale = [
            part
            for part in (*explorer_page._SCRIPTS, "explorer.css")
            if explorer_page._text(part).strip() not in html
        ]
        assert stale == [], f"say: python tools/nb.py run {name}"
