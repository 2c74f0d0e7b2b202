"""Time NPFC: a map, sizes from 50² to 1,000², and many maps; beside scikit-learn's DBSCAN on the same maps.

    python benchmarks/npfc_many.py MIXED.npz WM811K.npz [--jobs 4] [--out results/npfc_time.json]

Both files are whatever semlib.wafer.data.open_maps reads: maps of MixedWM38; WM-811K in its own sizes.
Run it on an otherwise idle machine; it takes some minutes. Linux only: memory is the kernel's peak (kB).
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from report import report
from sklearn.cluster import DBSCAN

from semlib.wafer._npfc_batches import batches
from semlib.wafer._npfc_steps import numpy_steps
from semlib.wafer.data import open_maps
from semlib.wafer.maps import DEFECTIVE
from semlib.wafer.npfc import npfc, run
from semlib.wafer.npfc_brief import run_batch
from semlib.wafer.npfc_many import npfc_many, npfc_table
from semlib.wafer.npfc_types import NpfcOptions
from semlib.wafer.synthetic import synthetic_mixed_maps

ALL_OF_WM811K = 811_457
SIDES = (50, 75, 100, 150, 200, 300, 500, 700, 1000)
DIRECT = 300  # the largest side for NumPy, which visits every pair of dies as the paper describes
FIRST_CALL = """
import time
import numpy as np
from semlib.wafer.npfc_brief import npfc_brief
begin = time.perf_counter()
npfc_brief(np.random.default_rng(0).integers(1, 3, (20, 20)).astype(np.uint8))
print(time.perf_counter() - begin)
"""


def seconds(run: Callable, *args, **options) -> float:
    """Return how long one call takes."""
    begin = time.perf_counter()
    run(*args, **options)
    return time.perf_counter() - begin


def fastest(times: int, run: Callable, *args, **options) -> float:
    """Return how long the fastest of some calls takes: what else runs can only slow it down."""
    return min(seconds(run, *args, **options) for _ in range(times))


def dbscan(maps: Sequence[np.ndarray]) -> None:
    """Cluster the defective dies of each map by scikit-learn, and nothing else."""
    for wafer_map in maps:
        points = np.argwhere(wafer_map == DEFECTIVE)
        if len(points):
            DBSCAN(eps=2**0.5 + 1e-9, min_samples=3).fit_predict(points)


def briefly(maps: Sequence[np.ndarray], *, pictures: bool = True) -> None:
    """Run NPFC on the maps in one thread: checked and put together, labels and filtered maps made."""
    for part in batches(maps, None, 1, raising=True):
        run_batch(part.batch, NpfcOptions(), pictures=pictures)


def row(maps: Sequence[np.ndarray], times: int = 5, few: int = 400) -> dict[str, float]:
    """Time all ways on the same maps, in one thread."""
    maps = [np.ascontiguousarray(wafer_map) for wafer_map in maps]
    some = maps[:: max(1, len(maps) // few)]
    brief_us = 1e6 * fastest(times, briefly, maps) / len(maps)
    dbscan_us = 1e6 * fastest(max(1, times // 2), dbscan, maps) / len(maps)
    return {
        "maps": len(maps),
        "cells_per_map": float(np.mean([m.size for m in maps])),
        "defects_per_map": float(np.mean([(m == DEFECTIVE).sum() for m in maps])),
        "brief_us_per_map": brief_us,
        "numbers_us_per_map": 1e6 * fastest(times, briefly, maps, pictures=False) / len(maps),
        "npfc_us_per_map": 1e6 * seconds(lambda: [npfc(m) for m in some]) / len(some),
        "dbscan_us_per_map": dbscan_us,
        "times_dbscan": dbscan_us / brief_us,
    }


def with_numpy(maps: Sequence[np.ndarray]) -> float:
    """Return microseconds a map of the same algorithm in NumPy."""
    options = NpfcOptions()
    return 1e6 * seconds(lambda: [run(m, options, steps_of=numpy_steps) for m in maps]) / len(maps)


def grown(sides: Sequence[int]) -> dict[str, dict]:
    """Time one and the same kind of map in several sizes, and fit the exponent of the cells."""
    rows = {}
    for side in sides:
        maps = list(synthetic_mixed_maps(4, 2, 0.05, 0, shape=(side, side))[0])
        few = 1 if side > 300 else 4
        rows[f"{side}"] = row(maps, times=3 if side > 300 else 7, few=few)
        if side <= DIRECT:
            rows[f"{side}"]["all_pairs_us_per_map"] = min(with_numpy(maps) for _ in range(2))
    cells = np.log([float(side) ** 2 for side in sides])

    def exponent(key: str, least: int = 0, most: int = 10**6) -> float:
        use = np.array([least <= side <= most for side in sides], bool)
        took = np.log([rows[f"{side}"].get(key, np.nan) for side in sides])
        return float(np.polyfit(cells[use], took[use], 1)[0]) if use.sum() > 1 else float("nan")

    exponents = {
        "brief": exponent("brief_us_per_map"),
        "brief, to 300": exponent("brief_us_per_map", most=300),
        "brief, from 300": exponent("brief_us_per_map", least=300),
        "with account": exponent("npfc_us_per_map"),
        "dbscan": exponent("dbscan_us_per_map"),
        "all pairs, as described": exponent("all_pairs_us_per_map", least=100, most=DIRECT),
    }
    return {"rows": rows, "exponent_of_cells": exponents}


def peak_memory(side: int, function: str) -> float:
    """Return by how many MB one map of that size raises a process's peak memory, in a process of its own.

    ``function`` is "npfc_brief" or "npfc", with the account of every cluster.
    """
    code = f"""
import ctypes
from semlib.wafer.{function} import {function}
from semlib.wafer.synthetic import synthetic_mixed_maps
for shape in ((52, 52), (400, 400)):  # the compiled loops for small and for large maps
    {function}(synthetic_mixed_maps(1, 2, 0.05, 0, shape=shape)[0][0])
wafer_map = synthetic_mixed_maps(1, 2, 0.05, 0, shape=({side}, {side}))[0][0].copy()
ctypes.CDLL(None).malloc_trim(0)  # what is free already would hide what is taken
open("/proc/self/clear_refs", "w").write("5")  # the peak begins anew
before = int(open("/proc/self/status").read().split("VmRSS:")[1].split()[0])
result = {function}(wafer_map)
print((int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) - before) / 1024)
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(done.stdout)


def first_calls(together: int = 4) -> dict[str, float]:
    """Return the seconds of a process's first call: compiled anew, from the disk, and some at once, anew."""

    def start(folder: str) -> subprocess.Popen:
        environment = os.environ | {"NUMBA_CACHE_DIR": folder}
        command = [sys.executable, "-c", FIRST_CALL]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)

    def took(process: subprocess.Popen) -> float:
        printed = process.communicate()[0]
        if process.returncode:
            raise RuntimeError(f"a first call ended with {process.returncode}; its error is printed above")
        return float(printed)

    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        found = {"compiled": took(start(one)), "kept": took(start(one))}
        processes = [start(other) for _ in range(together)]
        found[f"compiled, {together} processes at once"] = max(took(process) for process in processes)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mixed", type=Path)
    parser.add_argument("wm811k", type=Path)
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--every", type=int, default=1, help="take every so-manieth map only, for a trial")
    parser.add_argument("--largest", type=int, default=1000, help="side of the largest map of the twin")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    mixed, wm811k = (open_maps(path) for path in (args.mixed, args.wm811k))
    mixed, wm811k = (maps.subset(np.arange(0, len(maps), args.every)) for maps in (mixed, wm811k))
    for compiles in (mixed[0], synthetic_mixed_maps(1, 2, 0.05, 0, shape=(400, 400))[0][0]):
        briefly([compiles])
        npfc(compiles)
    jobs = {"n_jobs": args.jobs, "progress": False}
    large = [side for side in (250, 500, 1000) if side <= args.largest]
    few = mixed.subset(np.arange(0, len(mixed), max(1, len(mixed) // 300)))
    npfc_many(few, **jobs)  # starts the processes

    whole = fastest(3, lambda: [None for _ in npfc_many(wm811k, brief=True, generator=True, **jobs)])
    values = {
        "source": mixed.source,
        "maps": len(mixed),
        "jobs": args.jobs,
        "one_process_ms_per_map": 1e3 * fastest(3, npfc_table, mixed, progress=False) / len(mixed),
        "npfc_many_seconds": seconds(npfc_many, mixed, **jobs),
        "npfc_table_seconds": fastest(3, npfc_table, mixed, **jobs),
        "rows": {
            "WM-811K": row(list(wm811k), few=1000) | {"source": wm811k.source},
            "MixedWM38": row(list(mixed), times=2, few=1000) | {"source": mixed.source},
        },
        "numpy_us_per_map": {
            "WM-811K": with_numpy(list(wm811k)[:: max(1, len(wm811k) // 500)]),
            "MixedWM38": with_numpy(list(few)),
        },
        "twin": grown([side for side in SIDES if side <= args.largest]),
        "peak_mb": {f"{side}": peak_memory(side, "npfc_brief") for side in large},
        "peak_mb_with_account": {f"{side}": peak_memory(side, "npfc") for side in large},
        "first_call_seconds": first_calls(),
        "WM-811K, all cores": {
            "maps": len(wm811k),
            "seconds": whole,
            "extrapolated_maps": ALL_OF_WM811K,
            "extrapolated_seconds": whole * ALL_OF_WM811K / len(wm811k),
        },
        "largest_process_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    report(values, args.out)


if __name__ == "__main__":
    main()
