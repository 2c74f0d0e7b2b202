"""The 12 + 110 maps of paper 2's tables (section 3.1.1), drawn anew by a rule, for the paper names none.

The paper's 110 maps are "mixed-type wafer maps selected from the marked wafer maps" of WM-811K: 6 Center, 3
Donut, 30 Edge-Loc, 8 Edge-Ring, 60 "Edge-Loc" again, 3 Scratch. Its 12 are those of its reference [24]
(Ezzat et al. 2021), which are not public. So the numbers of its tables cannot be repeated map by map; what
can be repeated is the experiment, on maps that anybody can draw again.

The rules, by data set. In each the maps are unique by content, none of the 12 is among the 110, and the
seed decides:

**The twin.** A map of the 110 has its class as one pattern, and others beside it at random: one other, and
two on every twelfth map, for in the paper one map of twelve has three patterns. Noise is 2, 5, 10 and 20 %
in turn. A map on which a pattern shows fewer than 15 dies, because another hides it, is drawn again. The 12
have two maps of each class, and (c) has three patterns, as in the paper.

**WM-811K.** A map has one label there, so its labels do not say which maps are mixed. Ours: a map of the
class is taken as mixed-type if at least two groups of 15 dies or more are left after the noise rule and the
√8 merge (:func:`semlib.wafer.filters.merge_and_size_floor`). NPFC's choice of Num and its verdicts take no
part in it, but its first two steps do, so that no such map leaves NPFC with one cluster. ``rule="any"``
takes any map of the class. The 12 have two maps of each class.

**MixedWM38.** Its labels say which maps are mixed. A third each of the maps has two, three and four
patterns.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from semlib.wafer._wafer_maps import WaferMaps
from semlib.wafer.data import MIXEDWM38_PATTERNS, open_maps, wm811k
from semlib.wafer.filters import merge_and_size_floor
from semlib.wafer.synthetic import PATTERNS, pattern_sets, patterns_of, synthetic_mixed_maps

#: The paper's class mix (3.1.1), its second "Edge-Loc" read as Loc, which WM-811K has and the list lacks.
MIX = {"Center": 6, "Donut": 3, "Edge-Loc": 30, "Edge-Ring": 8, "Loc": 60, "Scratch": 3}
#: A pattern, or a group of dies, of fewer dies does not make a map mixed-type.
LEAST = 15
NOISE = (0.02, 0.05, 0.1, 0.2)

_NAMES = tuple(f"({letter})" for letter in "abcdefghijkl")


@dataclass(frozen=True, eq=False)
class PaperMaps:
    """The maps of the paper's tables.

    Attributes
    ----------
    twelve, many : WaferMaps
        The 12, named (a) to (l), and the 110, named 1 to 110. Their ``table`` has the columns ``label``
        (the names of the patterns, or WM-811K's one label), ``n_patterns`` (NaN where not known), ``noise``
        (of the twin) and ``row`` (in the data set that they were drawn from; of the twin, the seed).
    rule : str
        How they were drawn, in a few words, for tables and figures.
    """

    twelve: WaferMaps
    many: WaferMaps
    rule: str

    @property
    def has_truth(self) -> bool:
        """Whether the pattern of each die is known."""
        return self.many.truth is not None

    @property
    def has_counts(self) -> bool:
        """Whether the number of patterns of each map is known."""
        return bool(self.many.table.n_patterns.notna().all())


def draw_paper_maps(
    dataset: str | os.PathLike | WaferMaps = "twin",
    *,
    seed: int = 0,
    rule: Literal["two groups", "any"] = "two groups",
    repeated: Literal["Loc", "Edge-Loc"] = "Loc",
) -> PaperMaps:
    """Draw 12 + 110 maps in the place of the paper's (3.1.1); the rules are in the module's description.

    Parameters
    ----------
    dataset : str, path or WaferMaps
        "twin", "mixedwm38", "wm811k", the path of a file of one of the two, or their maps.
    seed : int, default 0
    rule : {"two groups", "any"}
        Of WM-811K: which maps of a class count as mixed-type. Open in the paper.
    repeated : {"Loc", "Edge-Loc"}
        What the 60 maps are that the paper lists as "Edge-Loc" a second time.

    Returns
    -------
    PaperMaps

    Raises
    ------
    ValueError
        Maps of another data set, too few of a kind, or an option that there is not.
    semlib.download.MissingDataError
        If a data set is not at hand and cannot be downloaded.
    """
    for name, value, known in (
        ("rule", rule, ("two groups", "any")),
        ("repeated", repeated, ("Loc", "Edge-Loc")),
    ):
        if value not in known:
            raise ValueError(f"{name}={value!r} is not one of {', '.join(map(repr, known))}")
    mix = {**MIX, "Edge-Loc": MIX["Edge-Loc"] + MIX["Loc"], "Loc": 0} if repeated == "Edge-Loc" else MIX
    if isinstance(dataset, str) and dataset in ("twin", "synthetic"):
        return _of_twin(mix, seed)
    maps = dataset if isinstance(dataset, WaferMaps) else _open(dataset)
    if tuple(maps.pattern_names) == MIXEDWM38_PATTERNS:
        return _of_mixedwm38(maps, seed)
    if set(MIX) <= set(maps.pattern_names) and maps.patterns.sum(axis=1).max(initial=0) <= 1:
        return _of_wm811k(maps, mix, seed, rule)
    raise ValueError(
        f"dataset={dataset!r} is neither 'twin' nor maps of MixedWM38 or WM-811K, whose labels the rules need"
    )


def _open(dataset: str | os.PathLike) -> WaferMaps:
    maps = open_maps(dataset)
    one_label = maps.patterns is not None and maps.patterns.sum(axis=1).max(initial=0) <= 1
    is_part = Path(dataset).suffix.lower() == ".npz" and one_label and set(MIX) <= set(maps.pattern_names)
    return wm811k(dataset) if is_part else maps  # the same maps under their own name


def _of_twin(mix: Mapping[str, int], seed: int) -> PaperMaps:
    leads = 2 * list(MIX) + [name for name, n in mix.items() for _ in range(n)]
    seen: set[bytes] = set()
    made = [_one_of_twin(i if i < 12 else i - 12, lead, seed, i, seen) for i, lead in enumerate(leads)]
    maps, truths, rows = zip(*made, strict=True)
    names = patterns_of(np.array(truths))
    whole = WaferMaps(
        list(maps),
        f"wafer twin (synthetic), seed {seed}",
        PATTERNS,
        names,
        np.array(truths),
        is_synthetic=True,
        table=pd.DataFrame(rows),
    )
    return _parts(whole, np.arange(12), np.arange(12, len(maps)), "the paper's class mix, noise 2 to 20 %")


def _one_of_twin(
    place: int, lead: str, seed: int, number: int, seen: set[bytes]
) -> tuple[np.ndarray, np.ndarray, dict]:
    """Draw the map at a place among the 12 or the 110 until each of its patterns shows, and it is new."""
    sets = [names for names in pattern_sets(3 if place % 12 == 2 else 2) if lead in names]
    noise = NOISE[(place + place // 12) % len(NOISE)]
    for attempt in range(1000):
        its_seed = int(np.random.SeedSequence([seed, number, attempt]).generate_state(1)[0])
        (wafer_map,), (truth,) = synthetic_mixed_maps(1, sets, noise, its_seed)
        sizes = np.bincount(truth[truth >= 0], minlength=1)
        shown = (sizes >= LEAST).sum() == (sizes > 0).sum() == len(sets[0])
        if shown and (content := wafer_map.tobytes()) not in seen:
            break
    else:
        raise RuntimeError(f"no map with {lead} in a thousand attempts")  # never seen
    seen.add(content)
    label = " + ".join(PATTERNS[k] for k in np.flatnonzero(sizes))
    return wafer_map, truth, {"label": label, "n_patterns": len(sets[0]), "noise": noise, "row": its_seed}


def _of_mixedwm38(maps: WaferMaps, seed: int) -> PaperMaps:
    counts = maps.patterns.sum(axis=1)
    pool = _unique(maps, np.flatnonzero(counts >= 2))
    few, many = [], []
    for n, (of_few, of_many) in {2: (4, 37), 3: (4, 37), 4: (4, 36)}.items():
        rows = pool[counts[pool] == n]
        chosen = _take(rows, of_few + of_many, [seed, n], f"maps with {n} patterns")
        few += chosen[:of_few]
        many += chosen[of_few:]
    return _of_real(maps, few, many, counts.astype(float), "a third each with two, three and four patterns")


def _of_wm811k(maps: WaferMaps, mix: Mapping[str, int], seed: int, rule: str) -> PaperMaps:
    label = np.where(maps.patterns.any(axis=1), maps.patterns.argmax(axis=1), -1)
    codes = {name: maps.pattern_names.index(name) for name in MIX}
    pool = _unique(maps, np.flatnonzero(np.isin(label, list(codes.values()))))
    accept = partial(_is_mixed, maps) if rule == "two groups" else None
    few, many = [[], []], []
    for k, (name, n) in enumerate(mix.items()):
        chosen = _take(pool[label[pool] == codes[name]], 2 + n, [seed, k], f"maps labelled {name}", accept)
        for part, row in zip(few, chosen[:2], strict=True):
            part.append(row)
        many += chosen[2:]
    words = "any map of the class" if rule == "any" else f"two groups of {LEAST} dies or more"
    unknown = np.full(len(maps), np.nan)
    return _of_real(maps, few[0] + few[1], many, unknown, f"the paper's class mix, {words}")


def _is_mixed(maps: WaferMaps, row: int) -> bool:
    return int(merge_and_size_floor(maps[row], min_dies=LEAST).max(initial=-1)) >= 1


def _unique(maps: WaferMaps, rows: np.ndarray) -> np.ndarray:
    """Return the first of each equal maps among rows."""
    groups = maps.subset(rows).content_groups()
    return rows[np.unique(groups, return_index=True)[1]]


def _take(
    rows: np.ndarray, n: int, seed: list[int], what: str, accept: Callable[[int], bool] | None = None
) -> list[int]:
    """Draw n rows one after the other, and leave out those that are not accepted."""

    def accepted() -> Iterator[int]:
        for row in np.random.default_rng(seed).permutation(rows).tolist():
            if accept is None or accept(row):
                yield row

    chosen = [row for row, _ in zip(accepted(), range(n), strict=False)]
    if len(chosen) < n:
        raise ValueError(
            f"dataset has {len(chosen)} different {what} that the rule accepts, and {n} are needed; pass "
            "more maps"
        )
    return chosen


def _of_real(maps: WaferMaps, few: list[int], many: list[int], counts: np.ndarray, rule: str) -> PaperMaps:
    rows = np.array(few + many)
    part = maps.subset(rows)
    labels = [" + ".join(np.array(maps.pattern_names)[on]) for on in part.patterns]
    table = pd.DataFrame({"label": labels, "n_patterns": counts[rows], "noise": np.nan, "row": rows})
    whole = replace(part, source=maps.source, table=table)
    return _parts(whole, np.arange(len(few)), np.arange(len(few), len(rows)), rule)


def _parts(whole: WaferMaps, few: np.ndarray, many: np.ndarray, rule: str) -> PaperMaps:
    twelve, others = (
        replace(whole.subset(part), source=f"{whole.source}: {len(part)} drawn", names=names)
        for part, names in ((few, _NAMES), (many, tuple(map(str, range(1, len(many) + 1)))))
    )
    return PaperMaps(twelve, others, rule)
