"""The floors of NPFC's practical mode on WM-811K: wafers of many sizes. A look after the decision.

    python tools/practical_floor_wm811k.py WM811K.npz [--out results/practical_floor_wm811k.json]

`tools/practical_floor.py` chose the default on maps of 52 x 52. Here are other wafers, from some 500 to some
5,000 places and more. Each of the unique maps has one label, so Num is right where it is 0 for "None" and 1
for Center, Donut, Edge-Loc, Edge-Ring, Loc and Scratch. Random and Near-full are left out: they are no
clusters. What is reported is the mean over the seven classes, and the share of maps with a pattern on which
nothing is kept, on wafers below and above `LARGE` dies. Nothing is decided here.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from nb import provenance

from semlib.runtime import progress_bar
from semlib.wafer.chance import chance_floor, noise_share
from semlib.wafer.data import open_maps
from semlib.wafer.npfc_brief import npfc_brief
from semlib.wafer.npfc_types import PracticalOptions
from semlib.wafer.practical import cluster_sizes

FLOORS = (10, 15, 20, 30)
ARMS = ("paper", "chance", *map(str, FLOORS))
RIGHT = {"None": 0} | dict.fromkeys(("Center", "Donut", "Edge-Loc", "Edge-Ring", "Loc", "Scratch"), 1)
LARGE = 900  # dies


def nums(wafer_map: np.ndarray) -> list[int]:
    """Return Num of each arm; a floor's is the number of clusters that reach it."""
    options = PracticalOptions(min_dies="chance")
    sizes = cluster_sizes(wafer_map, options)
    chance = chance_floor(noise_share(wafer_map), np.count_nonzero(wafer_map), alarms=options.alarms)
    return [npfc_brief(wafer_map).num, *(int((sizes >= floor).sum()) for floor in (chance, *FLOORS))]


def summary(labels: np.ndarray, dies: np.ndarray, found: np.ndarray) -> dict:
    """Return the shares of each arm.

    Parameters
    ----------
    labels : ndarray of str, (n,)
    dies : ndarray of int, (n,)
        Places with a die.
    found : ndarray of int, (n, arms)
        From `nums`.
    """

    def by_arm(rows: np.ndarray) -> dict[str, float]:
        return dict(zip(ARMS, rows.mean(axis=0).tolist(), strict=True))

    right = {name: by_arm(found[labels == name] == num) for name, num in RIGHT.items()}
    pattern = labels != "None"
    return {
        "maps": {name: int((labels == name).sum()) for name in RIGHT},
        "Num right": right,
        "Num right, mean of the classes": {
            arm: float(np.mean([row[arm] for row in right.values()])) for arm in ARMS
        },
        "nothing kept of a pattern": {
            "small wafers": by_arm(found[pattern & (dies < LARGE)] == 0),
            "large wafers": by_arm(found[pattern & (dies >= LARGE)] == 0),
        },
        "maps with a pattern": {
            "small wafers": int((pattern & (dies < LARGE)).sum()),
            "large wafers": int((pattern & (dies >= LARGE)).sum()),
        },
        "large from": LARGE,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("wm811k", type=Path)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    made_by = provenance({"dataset": args.wm811k.name}, [Path("tools/practical_floor_wm811k.py")])
    maps = open_maps(args.wm811k).unique()
    names = np.append(np.array(maps.pattern_names)[1:], "None")
    patterns = np.asarray(maps.patterns)
    labels = np.array([names[row.argmax()] if row.any() else "None" for row in patterns[:, 1:]])
    chosen = np.flatnonzero(np.isin(labels, list(RIGHT)))
    dies, found = [], []
    for i in progress_bar(chosen.tolist(), desc="real maps"):
        wafer_map = np.asarray(maps[i])
        dies.append(np.count_nonzero(wafer_map))
        found.append(nums(wafer_map))
    values = summary(labels[chosen], np.array(dies), np.array(found))
    text = json.dumps({"provenance": made_by, "values": values}, indent=1, ensure_ascii=False)
    print(text)
    if args.out:
        args.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
