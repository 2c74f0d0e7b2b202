"""What every figure of the book must do. In tests/test_plots_*.py each figure that is drawn is checked."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import Collection
from matplotlib.colors import to_hex, to_rgba_array
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

import semlib.plots
from semlib.plots.style import BROWN, COLORMAPS, COLORS, INDIGO, WIDTH, credit, use_style
from semlib.plots.wafer_maps import CLUSTER_COLORS, MEANINGS

#: In pt, on paper. Figures are shown at 96/110 of it or more (tests/browser): 7 pt on a laptop's screen.
SMALLEST = 6.5
#: A label that has the word on the left names one of the units on the right.
UNITS = {
    r"distance from the map|radius|side of the (map|window)": "dies|px",
    r"\btime\b|\bms\b": r"\bms\b|\bs\b|µs",
    r"memory": "MB|GB",
    r"grey (value|level)s?": r"0 to 1|0 to 255|grey levels|\(of 255\)",
    r"spatial frequency": "cycles per",
    r"how many|number of images": "images",
}
#: On a page; and on the home page, where two stand side by side.
_WIDTHS = {WIDTH, 4.2}
_RAW = {"gray", "viridis"}  # the house's and matplotlib's own choice for numbers as colours
_PALETTE = {color.lower() for color in (*COLORS, BROWN, INDIGO)}


def check_figure(figure: Figure) -> None:
    """Draw a figure, and check what a reader needs of it; it must be closed, to show once."""
    if getattr(figure, "_checked", False):
        return
    figure.canvas.draw()
    texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    problems = {
        "small text": [t.get_text() for t in texts if t.get_fontsize() < SMALLEST],
        "no data named": [] if any(t.get_text().startswith("data: ") for t in figure.texts) else ["-"],
        "not closed": plt.get_fignums(),
        "width in inches": [w for w in [figure.get_figwidth()] if w not in _WIDTHS],
        "axes with numbers and no label": unlabelled(figure),
        "labels without their unit": without_unit(figure),
        "colours that are not the house's": strange_colors(figure),
    }
    for what, found in problems.items():
        assert not found, f"{what}: {', '.join(map(str, found))}"
    figure._checked = True


def unlabelled(figure: Figure) -> list[str]:
    """Return the axes whose ticks have numbers though nothing says of what.

    A label may stand at another panel of the same row (y) or column (x), at an axis that shares this one's
    scale, or once for the whole figure. Ticks that are words say it themselves.
    """
    found = []
    for ax in figure.findobj(Axes):
        if not ax.get_visible() or not ax.axison:
            continue
        for which in "xy":
            axis = getattr(ax, f"{which}axis")
            ticks = [t.get_text() for t in axis.get_ticklabels() if t.get_visible() and t.get_text().strip()]
            if not axis.get_visible() or not ticks or not all(map(_number, ticks)):
                continue
            whole = (f.get_supxlabel() if which == "x" else f.get_supylabel() for f in (figure, ax.figure))
            if not any(whole) and not any(map(_label, _fellows(ax, which))):
                found.append(f"{which} of '{ax.get_title()}', with {ticks[:4]}")
    return found


def _number(text: str) -> bool:
    """Whether a tick is a number; matplotlib writes 10² as a formula."""
    return "$" in text or re.fullmatch(r"[−-]?[\d.,]+%?", text) is not None


def _label(axis: Axis) -> str:
    return axis.label.get_text().strip()


def _fellows(ax: Axes, which: str) -> list[Axis]:
    """Return an axis, those that share it, and those of its row or column in the grid of panels."""
    shared = getattr(ax, f"get_shared_{which}_axes")().get_siblings(ax)
    spec = ax.get_subplotspec()
    grid = [
        other
        for other in (ax.figure.axes if spec is not None else ())
        if (place := other.get_subplotspec()) is not None
        and place.get_gridspec() is spec.get_gridspec()
        and (place.colspan == spec.colspan if which == "x" else place.rowspan == spec.rowspan)
    ]
    return [getattr(one, f"{which}axis") for one in (ax, *shared, *grid)]


def without_unit(figure: Figure) -> list[str]:
    """Return the labels of axes that name a quantity and not its unit."""
    labels = (getattr(ax, f"get_{which}label")() for ax in figure.findobj(Axes) for which in "xy")
    return [
        label
        for label in labels
        for quantity, units in UNITS.items()
        if re.search(quantity, label) and not re.search(units, label)
    ]


def strange_colors(figure: Figure) -> set[str]:
    """Return the colours, and the colour maps, that are neither a grey nor the house's."""
    found = set()
    for artist in figure.findobj(lambda a: isinstance(a, Line2D | Patch | Collection | Text | AxesImage)):
        if not artist.get_visible():
            continue
        if np.ndim(_values(artist)) in (1, 2):
            found |= {artist.get_cmap().name} - set(COLORMAPS)
            continue
        for color in to_rgba_array(_colors(artist)):
            if color[3] and np.ptp(color[:3]) > 0.02 and to_hex(color) not in _PALETTE:
                found.add(to_hex(color))
    return found


def strange_dies(figure: Figure) -> set[str]:
    """Return the colours in images of wafer maps that have no meaning there; "raw" is a map not painted."""
    house = {to_hex(color) for color in (*MEANINGS, *CLUSTER_COLORS)}
    found = set()
    for image in figure.findobj(AxesImage):
        pixels = np.asarray(image.get_array())
        if pixels.ndim == 2:
            found |= {"raw"} if image.get_cmap().name in _RAW else set()
            continue
        opaque = pixels.reshape(-1, pixels.shape[2])
        opaque = opaque[opaque[:, 3] > 0, :3] if pixels.shape[2] == 4 else opaque
        found |= {to_hex(color) for color in np.unique(opaque, axis=0)} - house
    return found


def _values(artist: Artist) -> np.ndarray | None:
    """Return the numbers that a colour map turns into colours, if the artist has any."""
    mapped = isinstance(artist, AxesImage | Collection) and not isinstance(artist, ContourSet)
    return artist.get_array() if mapped else None


def _colors(artist: Artist) -> list:
    if isinstance(artist, Line2D):
        marker = artist.get_marker() not in ("None", None, "", " ")
        return [artist.get_color(), *([artist.get_mfc(), artist.get_mec()] if marker else [])]
    if isinstance(artist, Patch):
        return [artist.get_facecolor(), artist.get_edgecolor()]
    if isinstance(artist, Collection):
        return [*artist.get_facecolor(), *artist.get_edgecolor()]
    return [artist.get_color()] if isinstance(artist, Text) else []


@pytest.fixture(autouse=True)
def figures_checked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Check all figures that a test of figures draws, in the book's style."""
    if not request.module.__name__.startswith("test_plots"):
        yield
        return
    drawn = []

    def record(module: str, figure: Figure, source: str) -> Figure:
        drawn.append((module, figure))
        return credit(figure, source)

    for module in pkgutil.iter_modules(semlib.plots.__path__, "semlib.plots."):
        recorded = partial(record, module.name)
        monkeypatch.setattr(importlib.import_module(module.name), "credit", recorded, raising=False)
    with plt.rc_context():
        use_style()
        yield
        try:
            for module, figure in drawn:
                check_figure(figure)
                if "wafer" in module:
                    assert not strange_dies(figure), f"dies in colours of no meaning: {strange_dies(figure)}"
        finally:
            plt.close("all")  # one that fails must not spoil the next
