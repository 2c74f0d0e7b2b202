"""Each figure of a page has a name of its own, a caption, and first words that can be read out."""

import base64
import io
import json
import re
import sys
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book" / "_ext"))
from for_the_ear import first_sentence  # noqa: E402

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


def figures(path: Path) -> list[dict]:
    """Return the name and the caption of each cell of a notebook that draws a figure."""
    cells = re.findall(r"^# %%.*? mystnb=(\{.*)", path.read_text("utf8"), flags=re.M)
    found = (json.JSONDecoder().raw_decode(cell)[0].get("figure") for cell in cells)
    return [figure for figure in found if figure is not None]


def poor(caption: str) -> str:
    """Return what a caption lacks, an empty text for nothing."""
    words = first_sentence(caption)
    if not caption.endswith((".", "?")):
        return "no sentence"
    if len(words) < 30 or len(words.split()) < 5:
        return f"first sentence says too little of the figure: {words!r}"
    if re.match(r"(The same|That|This|These|It)\b", words):
        return f"first sentence needs the figure before it: {words!r}"
    return ""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_figures_have_names_and_captions(path):
    found = figures(path)
    assert found
    assert [figure["name"] for figure in found if not re.fullmatch(r"fig-[a-z0-9-]+", figure["name"])] == []
    assert {figure["name"]: poor(figure["caption"]) for figure in found if poor(figure["caption"])} == {}


def test_names_and_first_sentences_are_unique_in_the_book():
    every = [figure for path in NOTEBOOKS for figure in figures(path)]
    for part in ([f["name"] for f in every], [first_sentence(f["caption"]) for f in every]):
        assert [text for text, n in Counter(part).items() if n > 1] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_no_picture_without_a_caption(path):
    """A stored picture that is no named figure would stand on the page without number and text."""
    bare = [
        cell.source.partition("\n")[0]
        for cell in nbformat.read(path.with_suffix(".ipynb"), as_version=4).cells
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", []))
        and "figure" not in cell.metadata.get("mystnb", {})
    ]
    assert bare == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_pictures_are_sharp_on_fine_screens(path):
    """Two pixels for each of the page's; viewers of notebooks take its size from the metadata."""
    outputs = [
        output
        for cell in nbformat.read(path.with_suffix(".ipynb"), as_version=4).cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert outputs
    for output in outputs:
        with Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))) as image:
            assert image.width == pytest.approx(2 * output.metadata["image/png"]["width"], abs=1)
            assert image.info["dpi"] == pytest.approx((220, 220), abs=0.1)


def test_poor_captions_are_found():
    assert poor("NPFC on one map in six panels. 1: the map.") == ""
    assert "too little" in poor("A swap. Left to right: the image that gives the defect.")
    assert "before it" in poor("The same for the untrained encoder of the page.")
    assert poor("What each filter adds to raw maps") == "no sentence"
