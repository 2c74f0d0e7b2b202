"""Wafer maps have the same three colours wherever they are drawn, and each overlay its one meaning.

`figures_checked` looks at the pixels of each figure that a test draws; here is what it rests on.
"""

import ast
import re
from pathlib import Path

import numpy as np
import pytest
from figures_checked import strange_dies
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from PIL import Image

from semlib.plots import data_cards, wafer_maps, wafer_paper, wafer_results
from semlib.plots.style import COLORS, credit, picture

ROOT = Path(__file__).parents[1]
MAP = np.array([[0, 1, 1, 0], [1, 2, 2, 1], [1, 2, 1, 2]], np.uint8)
MAKES_MAPS = {"paint", "change_image", "cluster_image"}
#: Modules that draw maps, and what they may show that is no map: where, and why.
OTHER_PICTURES = {
    ("wafer_closeness.py", "paths"): "the longest steps between pairs of dies, a matrix",
    ("wafer_maps.py", "image"): "painted above, shown twice",
    ("wafer_paper.py", "images[i]"): "colour images, which `paint` has made",
    ("data_cards.py", "image"): "SEM images",
    ("home.py", "wall"): "SEM images",
}
IMSHOW = {
    "_dies.py": "dies of a mask in their colour, the rest transparent",
    "wafer_recognition.py": "a table of changes",
    "wafer_scores.py": "a table of counts",
}
DRAWERS = [
    path
    for path in sorted((ROOT / "semlib" / "plots").glob("*.py"))
    if path.name.startswith("wafer_")
    or path.name in ("_dies.py", "data_cards.py", "explorer_maps.py", "home.py")
]


def calls(path: Path, name: str):
    """Return the calls of a function, or of a method, of that name."""
    for node in ast.walk(ast.parse(path.read_text("utf8"))):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called == name:
                yield node


def test_the_three_values_have_three_colours():
    shown = wafer_maps.paint(MAP)
    names = (wafer_maps.NOWHERE, wafer_maps.GOOD_DIE, wafer_maps.DEFECT)
    for value, name in enumerate(names):
        assert {to_hex(color) for color in shown[value == MAP]} == {to_hex(name)}


def test_no_two_meanings_share_a_colour():
    every = [to_hex(color) for color in (*wafer_maps.MEANINGS, *wafer_maps.CLUSTER_COLORS)]
    assert len(set(every)) == len(every) == 12
    assert wafer_results.GONE == wafer_paper.GONE == wafer_maps.ASIDE
    assert wafer_maps.MEANINGS[COLORS[5]] == "removed"


def test_changed_dies_are_orange_and_light_blue():
    filtered = MAP.copy()
    filtered[1, 1], filtered[2, 2] = 1, 2
    shown = wafer_maps.change_image(MAP, filtered)
    assert to_hex(shown[1, 1]) == to_hex(wafer_maps.REMOVED)
    assert to_hex(shown[2, 2]) == to_hex(wafer_maps.ADDED)
    assert to_hex(shown[1, 2]) == to_hex(wafer_maps.DEFECT)


@pytest.mark.parametrize("path", DRAWERS, ids=[path.name for path in DRAWERS])
def test_maps_are_painted_before_they_are_shown(path):
    for call in calls(path, "picture"):
        shown = call.args[1]
        painted = isinstance(shown, ast.Call) and getattr(shown.func, "id", "") in MAKES_MAPS
        assert painted or (path.name, ast.unparse(shown)) in OTHER_PICTURES, ast.unparse(call)
    drawn = [name for name in ("imshow", "pcolormesh", "matshow") for _ in calls(path, name)]
    assert not drawn or path.name in IMSHOW


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.py")), ids=lambda path: path.stem)
def test_notebooks_draw_by_the_library_alone(path):
    """So that no page has a style, or a colour of a map, of its own."""
    text = path.read_text("utf8")
    assert not re.search(r"imshow|pcolormesh|matshow|pyplot|\bplt\.|subplots|\bcmap\b", text)
    assert not re.search(r"[\"']#[0-9a-fA-F]{6}[\"']", text)


def test_dies_of_another_colour_are_found():
    def drawn(image, **options):
        figure, ax = plt.subplots()
        picture(ax, image, **options)
        return strange_dies(credit(figure, "made"))

    assert drawn(wafer_maps.paint(MAP, [(MAP == 2, COLORS[0])])) == set()
    assert drawn(wafer_maps.paint(MAP, [(MAP == 2, "red")])) == {"#ff0000"}
    assert drawn(MAP) == {"raw"}
    assert drawn(MAP, cmap="viridis") == {"raw"}
    assert drawn(MAP, cmap="Blues") == set()  # a table


def test_cards_of_wafer_maps_have_the_three_colours():
    assert strange_dies(data_cards.example_rows({"a": [MAP]}, maps=True, source="made")) == set()


@pytest.mark.parametrize("name", ["data_mixedwm38", "data_wm811k", "paper2"])
def test_stored_pictures_of_maps(name):
    """Of the pages that no notebook makes; flat areas only, as text and edges are blurred."""
    pixels = np.asarray(Image.open(ROOT / "book" / "images" / f"{name}.png").convert("RGB")).reshape(-1, 3)
    found, counts = np.unique(pixels, axis=0, return_counts=True)
    flat = found[counts > 0.002 * len(pixels)]
    colors = {to_hex(color / 255) for color in flat}
    assert {to_hex(wafer_maps.NOWHERE), wafer_maps.GOOD_DIE, wafer_maps.DEFECT} <= colors
    house = {color.lower() for color in (*COLORS, *wafer_maps.CLUSTER_COLORS)}
    assert {to_hex(color / 255) for color in flat if np.ptp(color.astype(int)) > 5} <= house
