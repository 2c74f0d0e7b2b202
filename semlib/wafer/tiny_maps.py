"""Hand-made maps of a few dies, one for each definition and case of paper 2; the book's pictures show them.

>>> from semlib.wafer.npfc import npfc
>>> npfc(tiny_map("case 4"), num_range=(2, 2)).decisions[0].cases[0]
4
"""

from __future__ import annotations

import numpy as np

from semlib.wafer.maps import DEFECTIVE, GOOD

# Side of the round wafer, then rectangles of defective dies: top row, left column, height, width.
_TWO_CORES = ((2, 9, 5, 3), (17, 8, 2, 5))  # core 0 spans the radii 4 to 8.06; core 1 has 10 dies
_RULE_CORES = ((3, 4, 3, 6), (14, 11, 3, 5))
_MAPS: dict[str, tuple[int, tuple[tuple[int, int, int, int], ...]]] = {
    # two clusters, a twin along a diagonal and a single die
    "definitions": (
        13,
        (
            *((2, 5, 1, 3), (3, 4, 1, 2), (4, 4, 1, 1), (5, 3, 1, 1), (3, 8, 1, 1)),
            *((8, 8, 2, 2), (10, 7, 1, 1), (6, 9, 1, 1), (9, 3, 1, 1), (10, 4, 1, 1)),
        ),
    ),
    # every step at work: noise, a pre-merge, clusters that join a core and one that does not
    "whole": (
        21,
        (
            *(*_RULE_CORES, (18, 12, 1, 3), (9, 14, 3, 1), (11, 7, 1, 3), (14, 6, 1, 3)),
            *((7, 17, 1, 1), (11, 3, 1, 2), (17, 5, 1, 1), (1, 8, 1, 1), (12, 18, 1, 1)),
        ),
    ),
    # two clusters whose nearest dies are 2, √8, 3 and √10 apart
    "gap 2": (13, ((3, 3, 3, 3), (3, 7, 3, 3))),
    "gap √8": (13, ((3, 2, 3, 3), (7, 6, 3, 3))),
    "gap 3": (13, ((3, 3, 3, 3), (3, 8, 3, 3))),
    "gap √10": (13, ((3, 2, 3, 3), (8, 5, 3, 3))),
    # a cluster at the right of core 0, in each radius case to it
    "case 1": (21, (*_TWO_CORES, (9, 15, 3, 2))),
    "case 2": (21, (*_TWO_CORES, (9, 16, 2, 4))),
    "case 3": (21, (*_TWO_CORES, (9, 12, 2, 4))),
    "case 4": (21, (*_TWO_CORES, (9, 10, 3, 2))),
    "case 5": (21, (*_TWO_CORES, (10, 12, 1, 8))),
    # a cluster of six dies between two cores, for each of the rules
    "f1 = 0": (21, (*_RULE_CORES, (9, 9, 3, 2))),
    "f1 = 0, too far": (21, (*_RULE_CORES, (13, 1, 3, 2))),
    "f1 = 1": (21, (*_RULE_CORES, (2, 14, 3, 2))),
    "f1 = 2, f2 = 0": (21, (*_RULE_CORES, (6, 15, 3, 2))),
    "f1 = 2, f2 = 1": (21, (*_RULE_CORES, (9, 4, 3, 2))),
}

#: The names that `tiny_map` knows.
TINY_MAPS = tuple(_MAPS)


def tiny_map(name: str) -> np.ndarray:
    """Return one of the maps.

    Parameters
    ----------
    name : str
        One of `TINY_MAPS`.

    Returns
    -------
    ndarray of uint8, shape (H, W)
        0 no die, 1 good die, 2 defective die, on a round wafer.

    Raises
    ------
    ValueError
        An unknown name.
    """
    if name not in _MAPS:
        raise ValueError(f"name={name!r} is none of {', '.join(TINY_MAPS)}")
    side, rectangles = _MAPS[name]
    y, x = np.indices((side, side)) - (side - 1) / 2
    wafer_map = (np.hypot(y, x) <= side / 2).astype(np.uint8) * np.uint8(GOOD)
    for top, left, tall, wide in rectangles:
        wafer_map[top : top + tall, left : left + wide] = DEFECTIVE
    return wafer_map
