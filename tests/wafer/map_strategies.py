"""Maps that hypothesis draws for the tests of properties.

``SEMLIB_EXAMPLES=20 pytest tests/wafer/test_npfc_properties.py`` draws twenty times as many.
"""

import os

import numpy as np
from hypothesis import assume, settings
from hypothesis import strategies as st

TIMES = int(os.environ.get("SEMLIB_EXAMPLES", "1"))


def examples(n):
    """Return hypothesis' settings for n maps; the same ones in every run unless there are more."""
    return settings(max_examples=n * TIMES, deadline=None, derandomize=TIMES == 1)


@st.composite
def blobs(draw, smallest=1, largest=20):
    """Rectangles of defects, most of them small, and a few places without a die.

    Each four bytes are a rectangle: one draw for all is ten times as fast as one for each number.
    """
    height, width = draw(st.integers(smallest, largest)), draw(st.integers(smallest, largest))
    numbers = np.frombuffer(draw(st.binary(max_size=64)), np.uint8)
    wafer_map = np.ones((height, width), np.uint8)
    for row, column, tall, wide in numbers[: len(numbers) // 4 * 4].reshape(-1, 4):
        top, left = row % height, column % width
        value = 0 if tall > 230 else 2
        wafer_map[top : top + 1 + tall % 4, left : left + 1 + wide % 5] = value
    assume(wafer_map.any())
    return wafer_map


@st.composite
def grains(draw, smallest=1, largest=32):
    """Defects by chance, few to all, on a full grid or a round wafer, long ones too."""
    height, width = draw(st.integers(smallest, largest)), draw(st.integers(smallest, largest))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    wafer_map = 1 + (rng.random((height, width)) < draw(st.floats(0, 1))).astype(np.uint8)
    if draw(st.booleans()):
        y, x = np.indices((height, width))
        wafer_map[np.hypot((2 * y + 1) / height - 1, (2 * x + 1) / width - 1) > 1.01] = 0
    assume(wafer_map.any())
    return wafer_map


def maps(smallest=1, largest=20):
    """Both kinds of maps."""
    return blobs(smallest, largest) | grains(smallest, largest)


def groups(labels):
    """Return a label map as a set of sets of places: the clusters, whatever their numbers."""
    order = np.argsort(labels, axis=None, kind="stable")
    values = labels.ravel()[order]
    starts = np.flatnonzero(np.diff(values, prepend=-2))
    return {
        frozenset(places.tolist())
        for places, value in zip(np.split(order, starts)[1:], values[starts], strict=True)
        if value >= 0
    }
