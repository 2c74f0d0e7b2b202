"""Which size floor should be the default of NPFC's practical mode? A blind comparison.

    python tools/practical_floor.py MIXEDWM38.npz [--out results/practical_floor.json]

The floor from chance took the place of a fixed one of 15 dies after a look at both on 4,000 labelled maps of
MixedWM38. These maps are known: ``open_maps(path, n=4000, seed=0)`` draws them. Here no map counts whose
content is among them, and of equal maps one counts. The maps of the twin have a seed that nothing else uses.

What decides was fixed, in a commit of its own, before the first run:

a. the macro accuracy of Num over 0 to 4 patterns on the unseen real maps: the mean of five accuracies;
b. the F1 of the kept dies on the twin: the mean over 2, 5 and 10 % noise and 0 to 4 patterns, 15 means. On a
   map without a pattern F1 is 1 where nothing is kept, else 0;
c. the share of maps without a pattern on which nothing is kept: the mean of that on the real maps and that on
   the twin, which is the mean of three noise levels.

A floor's score is the mean of a, b and c. The floor with the highest score becomes the default, if the 95 %
bootstrap interval of its difference from the present one ("chance") lies above 0 (maps are drawn again within
their cell, the same for all floors; 2,000 times). Else the present one stays. The candidates are "chance" and
the fixed floors of 10, 15, 20 and 30 dies. The paper's mode and two constants, which keep every die, are
beside them for comparison, and cannot be chosen.

A label counts patterns, not clusters: patterns that touch are one cluster for any floor.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from nb import provenance

from semlib.runtime import progress_bar
from semlib.split import content_groups
from semlib.wafer.data import open_maps
from semlib.wafer.maps import DEFECTIVE
from semlib.wafer.metrics import die_scores
from semlib.wafer.npfc import npfc
from semlib.wafer.synthetic import synthetic_mixed_maps

PRESENT = "chance"
CANDIDATES: dict[str, int | str] = {PRESENT: "chance", "10": 10, "15": 15, "20": 20, "30": 30}
CONSTANTS = {"always 1": 1, "always 2": 2}
ARMS = ("paper", *CANDIDATES, *CONSTANTS)
SEEN, SEEN_SEED = 4000, 0
NOISE, PATTERNS = (0.02, 0.05, 0.1), range(5)
TWIN_SEED, TWIN_MAPS = 20261122, 300  # maps a cell
DRAWS = 2000


def unseen(maps, n_seen: int = SEEN, seed: int = SEEN_SEED) -> np.ndarray:
    """Return the indices of the maps whose content is not among the seen ones, one of each content."""
    groups = content_groups(maps)
    seen = np.random.default_rng(seed).choice(len(groups), n_seen, replace=False)  # as open_maps draws
    first = np.unique(groups, return_index=True)[1]
    return np.sort(first[~np.isin(groups[first], groups[seen])])


def arms(wafer_map: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """Return Num and the filtered map of each arm."""
    found = [npfc(wafer_map)]
    found += [npfc(wafer_map, mode="practical", min_dies=floor) for floor in CANDIDATES.values()]
    return [(r.num, r.filtered) for r in found] + [(num, wafer_map) for num in CONSTANTS.values()]


def judge(wafer_map: np.ndarray, n_patterns: int, truth: np.ndarray | None = None) -> np.ndarray:
    """Return Num, whether nothing is kept, and F1 (nan without a truth) of each arm: (3, arms)."""
    rows = []
    for num, filtered in arms(wafer_map):
        nothing = not (filtered == DEFECTIVE).any()
        f1 = np.nan
        if truth is not None:
            f1 = float(nothing) if n_patterns == 0 else die_scores(truth, filtered).f1
        rows.append((num, nothing, f1))
    return np.array(rows, float).T


def real_cells(path: Path, *, progress: bool = True) -> dict[str, np.ndarray]:
    """Return what `judge` says of the unseen maps, (3, n, arms), by their number of patterns."""
    maps = open_maps(path)
    chosen = unseen(maps)
    counts = np.asarray(maps.patterns).sum(axis=1)
    found: dict[int, list] = {k: [] for k in PATTERNS}
    for i in progress_bar(chosen.tolist(), desc="real maps", progress=progress):
        found[int(counts[i])].append(judge(np.asarray(maps[i]), int(counts[i])))
    return {f"real, {k}": np.stack(rows, axis=1) for k, rows in found.items() if rows}


def twin_cells(n: int = TWIN_MAPS, *, progress: bool = True) -> dict[str, np.ndarray]:
    """Return the same for the twin, by noise and number of patterns."""
    cells = {}
    for noise in NOISE:
        for k in progress_bar(PATTERNS, desc=f"twin, {noise:.0%}", progress=progress):
            made = zip(*synthetic_mixed_maps(n, k, noise, TWIN_SEED + k), strict=True)
            cells[f"twin {noise:.0%}, {k}"] = np.stack([judge(m, k, t) for m, t in made], axis=1)
    return cells


def criteria(cells: dict[str, np.ndarray], rng: np.random.Generator | None = None, draws: int = 1) -> dict:
    """Return a, b, c and their mean for each arm, (draws, arms); drawn again within the cells with an rng."""
    means = {}
    for name, (num, nothing, f1) in cells.items():
        n = len(num)
        weights = np.full((1, n), 1 / n) if rng is None else rng.multinomial(n, np.full(n, 1 / n), draws) / n
        right = num == int(name.rpartition(" ")[2])
        means[name] = weights @ right, weights @ f1, weights @ nothing
    real = [means[f"real, {k}"][0] for k in PATTERNS]
    twin = [means[f"twin {noise:.0%}, {k}"][1] for noise in NOISE for k in PATTERNS]
    quiet = np.mean([means[f"twin {noise:.0%}, 0"][2] for noise in NOISE], axis=0)
    scores = {
        "a": np.mean(real, axis=0),
        "b": np.mean(twin, axis=0),
        "c": (means["real, 0"][2] + quiet) / 2,
    }
    return scores | {"mean": np.mean(list(scores.values()), axis=0)}


def decide(scores: dict[str, float], intervals: dict[str, tuple[float, float]]) -> str:
    """Return the default: the best candidate if it is clearly better than the present one, else that."""
    best = max(CANDIDATES, key=lambda arm: scores[arm])
    return best if best == PRESENT or intervals[best][0] > 0 else PRESENT


def summary(cells: dict[str, np.ndarray], *, draws: int = DRAWS, seed: int = 0) -> dict:
    """Return the criteria, the decision, and the cells behind them."""
    point = {key: dict(zip(ARMS, value[0].tolist(), strict=True)) for key, value in criteria(cells).items()}
    drawn = criteria(cells, np.random.default_rng(seed), draws)["mean"]
    of = {arm: drawn[:, ARMS.index(arm)] for arm in CANDIDATES}
    intervals = {
        arm: tuple(np.quantile(of[arm] - of[PRESENT], [0.025, 0.975]).tolist())
        for arm in CANDIDATES
        if arm != PRESENT
    }
    rows = {}
    for name, (num, nothing, f1) in cells.items():
        right = (num == int(name.rpartition(" ")[2])).mean(axis=0)
        rows[name] = {
            "maps": len(num),
            "Num right": dict(zip(ARMS, right.tolist(), strict=True)),
            "Num, mean": dict(zip(ARMS, num.mean(axis=0).tolist(), strict=True)),
            "nothing kept": dict(zip(ARMS, nothing.mean(axis=0).tolist(), strict=True)),
        }
        if name.startswith("twin"):
            rows[name]["F1"] = dict(zip(ARMS, f1.mean(axis=0).tolist(), strict=True))
    return {
        "criteria": point,
        "difference_from_present": {k: list(v) for k, v in intervals.items()},
        "present": PRESENT,
        "default": decide(point["mean"], intervals),
        "cells": rows,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("mixedwm38", type=Path)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    made_by = provenance(
        {"dataset": args.mixedwm38.name, "seen": SEEN, "twin_seed": TWIN_SEED, "twin_maps": TWIN_MAPS},
        [Path("tools/practical_floor.py")],
    )
    values = summary(real_cells(args.mixedwm38) | twin_cells())
    text = json.dumps({"provenance": made_by, "values": values}, indent=1, ensure_ascii=False)
    print(text)
    if args.out:
        args.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
