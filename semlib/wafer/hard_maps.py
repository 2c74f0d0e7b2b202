"""Maps on which NPFC fails, each built so that the reason can be checked by hand. Synthetic.

>>> from semlib.wafer.npfc import npfc
>>> hard = hard_map("ring in two pieces")
>>> npfc(hard.wafer_map).labels[hard.ask]  # the centre, a real pattern, is removed
np.int32(-1)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from semlib.wafer.maps import DEFECTIVE, GOOD


@dataclass(frozen=True, eq=False)
class HardMap:
    """A map, what is true of it, and the die whose fate shows the failure.

    Attributes
    ----------
    wafer_map : ndarray of uint8, shape (H, W)
        0 no die, 1 good die, 2 defective die.
    truth : ndarray of int8, shape (H, W)
        Index into ``patterns`` at the defective dies of a pattern, -1 elsewhere, noise included.
    patterns : tuple of str
    ask : (int, int)
        Row and column of the die to ask about, see `semlib.wafer.npfc_types.NpfcResult.explain_die`.
    fails : str
        What goes wrong in the paper's mode, as a sentence.
    """

    wafer_map: np.ndarray
    truth: np.ndarray
    patterns: tuple[str, ...]
    ask: tuple[int, int]
    fails: str


def sprinkle(wafer_map: np.ndarray, noise: float, seed: int = 0) -> np.ndarray:
    """Make each good die defective with a probability.

    Parameters
    ----------
    wafer_map : ndarray of uint8, shape (H, W)
    noise : float
        0 to 1. With one seed, the dies of a lower noise are among those of a higher one.
    seed : int, default 0

    Returns
    -------
    ndarray of uint8, shape (H, W)

    Raises
    ------
    ValueError
        ``noise`` is no share.
    """
    if not 0 <= noise <= 1:
        raise ValueError(f"noise={noise} must be a share between 0 and 1")
    chance = np.random.default_rng(seed).random(wafer_map.shape) < noise
    return np.where((wafer_map == GOOD) & chance, np.uint8(DEFECTIVE), wafer_map)


def hard_map(name: str, *, seed: int = 0) -> HardMap:
    """Return one of the maps.

    Parameters
    ----------
    name : str
        One of :data:`HARD_MAPS`.
    seed : int, default 0
        Of the noise; the first four maps have none.

    Returns
    -------
    HardMap

    Raises
    ------
    ValueError
        An unknown name.

    Notes
    -----
    Why each fails, in the paper's mode:

    - "ring in two pieces": the cores are the two largest clusters, both pieces of the ring. The centre's
      radius range overlaps neither (case 4). With Num = 3 it would be a core, but SD is larger at 2: three
      cores cost more silhouette than 37 dies are worth in similarity.
    - "ring in three pieces": the same with Num = 3, on a larger wafer.
    - "touching patterns": what touches is one cluster from the first step on, and nothing parts it again.
    - "scratch with gaps": two dies, a gap of one, two dies, and so on. Each pair is a twin, so the noise rule
      takes the whole scratch. The pre-merge, which could bridge the gaps, comes after it.
    - "one pattern, 5 % noise": Num is at least 2 wherever two clusters are left, so one of noise becomes
      a core beside the pattern, and more noise joins the two.
    - "20 % random defects": no pattern at all. So much noise hangs together that about half of it lies in
      clusters which become cores or join them.
    """
    if name not in _MAKERS:
        raise ValueError(f"name={name!r} is none of {', '.join(HARD_MAPS)}")
    return _MAKERS[name](seed)


def thin_scratch(density: float, *, seed: int = 0, side: int = 52) -> tuple[np.ndarray, np.ndarray]:
    """Make a scratch one die wide, in which every die is defective with a probability; no noise.

    A straight line through a place near the middle, across the wafer, with one die a column or one a row. So
    its dies hang together only along the line, and what the noise rule takes is known: a defective die stays
    with the probability ``1 - (1 - p)² (1 + 2 p)``, that its run has three dies or more (the ends of the line
    aside). That is 1, .90, .65 and .50 at p = 1, .8, .6 and .5.

    Parameters
    ----------
    density : float
        The probability p, 0 to 1.
    seed : int, default 0
        Of the line and of its gaps. With one seed, the dies of a lower density are among those of a higher.
    side : int, default 52

    Returns
    -------
    wafer_map : ndarray of uint8, shape (side, side)
    truth : ndarray of int8, shape (side, side)
        0 at the scratch's defective dies, -1 elsewhere.
    """
    if not 0 <= density <= 1:
        raise ValueError(f"density={density} must be a share between 0 and 1")
    rng = np.random.default_rng(seed)
    wafer_map, _, _ = _wafer(side)
    along = np.arange(side)
    middle = (side - 1) / 2
    across = np.rint(middle + rng.uniform(-0.3, 0.3) * side + rng.uniform(-1, 1) * (along - middle))
    keep = (rng.random(side) < density) & (across >= 0) & (across < side)
    line = np.zeros(wafer_map.shape, bool)
    line[across[keep].astype(int), along[keep]] = True
    return _with(wafer_map, [line.T if rng.random() < 0.5 else line])


def _wafer(side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return an empty round wafer, each cell's distance from the centre, and its angle, 0 to 360 degrees."""
    y, x = np.indices((side, side)) - (side - 1) / 2
    radius = np.hypot(y, x)
    return (radius <= side / 2).astype(np.uint8) * np.uint8(GOOD), radius, np.degrees(np.arctan2(y, x)) % 360


def _with(wafer_map: np.ndarray, masks: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the map with the masks' dies defective, and the truth."""
    truth = np.full(wafer_map.shape, -1, np.int8)
    for k, mask in enumerate(masks):
        truth[mask & (wafer_map > 0)] = k
    return np.where(truth >= 0, np.uint8(DEFECTIVE), wafer_map), truth


def _broken_ring(side: int, pieces: int, width: float, gap: float, words: str) -> HardMap:
    """Make a ring in equal pieces, ``gap`` degrees between them, the first gap at the right, and a centre."""
    wafer_map, radius, angle = _wafer(side)
    within = angle % (360 / pieces)
    ring = (radius > side / 2 - width) & (within > gap / 2) & (within < 360 / pieces - gap / 2)
    made, truth = _with(wafer_map, [radius < 3.5, ring])
    middle = (side // 2, side // 2)
    return HardMap(made, truth, ("Center", "Edge-Ring"), middle, f"The centre is removed: {words}")


def _touching(_: int) -> HardMap:
    wafer_map, radius, angle = _wafer(41)
    y, x = np.indices(wafer_map.shape)
    edge = (radius > 16.5) & (np.abs(angle - 180) < 45)
    loc = np.hypot(y - 20, x - 9) < 5.5
    made, truth = _with(wafer_map, [edge, loc])
    return HardMap(
        made, truth, ("Edge-Loc", "Loc"), (20, 9), "Two patterns are one cluster, for their dies touch."
    )


def _gapped_scratch(_: int) -> HardMap:
    wafer_map, _, _ = _wafer(41)
    steps = np.arange(26)
    steps = steps[steps % 3 != 2]  # two dies, one gap
    line = np.zeros(wafer_map.shape, bool)
    line[8 + steps, 8 + steps] = True
    made, truth = _with(wafer_map, [line])
    return HardMap(
        made, truth, ("Scratch",), (20, 20), "The whole scratch is removed: each pair is a twin defect."
    )


def _one_pattern(seed: int) -> HardMap:
    wafer_map, _, _ = _wafer(41)
    y, x = np.indices(wafer_map.shape)
    made, truth = _with(wafer_map, [np.hypot(y - 13, x - 13) < 4.5])
    noisy = sprinkle(made, 0.05, seed)
    groups, n = ndimage.label(noisy == DEFECTIVE, structure=np.ones((3, 3)))
    sizes = np.bincount(groups[truth < 0], minlength=n + 1)
    sizes[np.append(0, groups[truth >= 0])] = 0  # the background, and what touches the pattern
    ask = tuple(np.argwhere(groups == sizes.argmax())[0].tolist())
    return HardMap(noisy, truth, ("Loc",), ask, "A cluster of noise becomes a core, for Num begins at 2.")


def _random(seed: int) -> HardMap:
    wafer_map = sprinkle(_wafer(52)[0], 0.2, seed)
    truth = np.full(wafer_map.shape, -1, np.int8)
    places = np.argwhere(wafer_map == DEFECTIVE)
    middle = np.hypot(*(places - 25.5).T).argmin()
    return HardMap(
        wafer_map,
        truth,
        (),
        tuple(places[middle].tolist()),
        "There is no pattern, and about half of the noise is kept.",
    )


_MAKERS: dict[str, Callable[[int], HardMap]] = {
    "ring in two pieces": lambda _: _broken_ring(41, 2, 2.5, 40, "both cores are pieces of the ring."),
    "ring in three pieces": lambda _: _broken_ring(81, 3, 4, 30, "all three cores are pieces of the ring."),
    "touching patterns": _touching,
    "scratch with gaps": _gapped_scratch,
    "one pattern, 5 % noise": _one_pattern,
    "20 % random defects": _random,
}

#: The names that `hard_map` knows.
HARD_MAPS = tuple(_MAKERS)
