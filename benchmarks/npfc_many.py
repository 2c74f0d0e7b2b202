"""Time NPFC over many maps: one process, and several.

    python benchmarks/npfc_many.py MAPS.npz [--jobs 4] [--out results/npfc_time.json]

MAPS is whatever semlib.wafer.data.open_maps reads. Run it on an otherwise idle machine.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from report import report

from semlib.wafer.data import open_maps
from semlib.wafer.npfc_many import npfc_many, npfc_table


def seconds(run, *args, **options) -> float:
    """Return how long one call takes."""
    begin = time.perf_counter()
    run(*args, progress=False, **options)
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("maps", type=Path)
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--sample", type=int, default=1000, help="maps for the single process")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    maps = open_maps(args.maps)
    every = max(1, len(maps) // args.sample)
    sample = maps.subset(np.arange(0, len(maps), every))
    npfc_table(
        maps.subset(np.arange(4 * args.jobs)), n_jobs=args.jobs, progress=False
    )  # starts the processes
    values = {
        "source": maps.source,
        "maps": len(maps),
        "jobs": args.jobs,
        "one_process_ms_per_map": 1e3 * seconds(npfc_table, sample) / len(sample),
        "npfc_many_seconds": seconds(npfc_many, maps, n_jobs=args.jobs),
        "npfc_table_seconds": seconds(npfc_table, maps, n_jobs=args.jobs),
    }
    report(values, args.out)


if __name__ == "__main__":
    main()
