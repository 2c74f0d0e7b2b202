"""Time NPFC and everything that it is compared with on the same maps of the twin, one thread each.

    python benchmarks/wafer_comparators.py [--maps 60] [--rounds 5] [--out results/comparators_time.json]

Each method runs at one value of its parameter: the paper's where it names one, else the library's default.
"NPFC" makes the whole account of a map, "NPFC, in brief" the numbers, labels and filtered map only. Methods
take turns, so that a busy machine slows all of them; a ratio is the median over the rounds of the method's
processor time over NPFC's in the same round. iWMM, a Markov chain of 300 iterations on at most 100 dies, runs
once on a few maps. Some two minutes on an otherwise idle machine.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from report import report
from threadpoolctl import threadpool_limits

from semlib.wafer.comparators import COMPARATORS, Comparator
from semlib.wafer.npfc_brief import npfc_brief
from semlib.wafer.synthetic import synthetic_mixed_maps

#: The value that each method runs at, by its name in the grid.
VALUES = {
    "do nothing": "",
    "NPFC": "",
    "NPFC, in brief": "",
    "median": "3",
    "median, dies only": "3",
    "mean": "3",
    "mean, dies only": "3",
    "K-means": "3",
    "DBSCAN": "√2, 3",
    "SA-DBSCAN (inspired by)": "5",
    "connecting path": "6",
    "adjacency clustering": "0.2",
    "iWMM after connecting path": "1",
    "HDBSCAN": "5",
    "√8 merge, size floor": "15",
}


METHODS = COMPARATORS | {"NPFC, in brief": Comparator(npfc_brief)}


def seconds(name: str, maps: Sequence[np.ndarray]) -> float:
    """Return the processor's seconds that a method takes for the maps."""
    method = METHODS[name]
    keywords = method.values[VALUES[name]]
    begin = time.process_time()
    for wafer_map in maps:
        method.run(wafer_map, **keywords)
    return time.process_time() - begin


def table(maps: Sequence[np.ndarray], *, rounds: int, slow_maps: int) -> dict[str, dict]:
    """Return milliseconds a map and the ratio to NPFC by method."""
    fast = [name for name in VALUES if not METHODS[name].slow]
    with threadpool_limits(1):
        for name in fast:
            seconds(name, maps[:2])  # compiles what is compiled
        took = np.array([[seconds(name, maps) for name in fast] for _ in range(rounds)])
        npfc = took[:, fast.index("NPFC")]
        ratios = took / npfc[:, None]
        rows = {
            name: {
                "value": VALUES[name],
                "maps": len(maps),
                "ms_per_map": 1e3 * float(took[:, i].min()) / len(maps),
                "times_npfc": float(np.median(ratios[:, i])),
                "times_npfc_range": [float(ratios[:, i].min()), float(ratios[:, i].max())],
            }
            for i, name in enumerate(fast)
        }
        some = maps[:slow_maps]
        for name in (name for name in VALUES if METHODS[name].slow):
            beside, own = seconds("NPFC", maps), seconds(name, some)
            ratio = own / len(some) / (beside / len(maps))
            rows[name] = {
                "value": VALUES[name],
                "maps": len(some),
                "ms_per_map": 1e3 * own / len(some),
                "times_npfc": ratio,
                "times_npfc_range": [ratio, ratio],
            }
    return {name: rows[name] for name in VALUES}


def exponent_of_cells(name: str, sides: Sequence[int] = (50, 100, 200, 400)) -> float:
    """Return the power of the cells with which a method's time grows: one kind of map in several sizes."""
    took = []
    with threadpool_limits(1):
        for side in sides:
            maps = synthetic_mixed_maps(4, 2, 0.05, 0, shape=(side, side))[0]
            took.append(min(seconds(name, maps) for _ in range(3)))
    return float(np.polyfit(2 * np.log(sides), np.log(took), 1)[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--maps", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow-maps", type=int, default=4, help="maps for iWMM")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    parts = [synthetic_mixed_maps(-(-args.maps // 3), k, 0.05, seed=k)[0] for k in (2, 3, 4)]
    maps = [parts[i % 3][i // 3] for i in range(args.maps)]
    values = {
        "source": f"wafer twin (synthetic), {len(maps)} maps of 52 x 52 with 2 to 4 patterns, noise 5%",
        "defects_per_map": float(np.mean([(m == 2).sum() for m in maps])),
        "rounds": args.rounds,
        "rows": table(maps, rounds=args.rounds, slow_maps=args.slow_maps),
        "exponent_of_cells": {"adjacency clustering": exponent_of_cells("adjacency clustering")},
    }
    report(values, args.out, {"maps": args.maps, "rounds": args.rounds, "slow_maps": args.slow_maps})


if __name__ == "__main__":
    main()
