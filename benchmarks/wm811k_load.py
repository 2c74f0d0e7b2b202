"""Time WM-811K at its full size: converted once, then opened; against pandas with a pickle of its own.

    python benchmarks/wm811k_load.py PART.npz [--maps 811457] [--out results/wm811k_load.json]

PART is the .npz of the labelled half (flat, offsets, shapes, failureType). Its maps are repeated until there
are as many as asked for, and written twice into a temporary folder: as an old pandas did, and by today's
pandas.to_pickle. Both are some 2 GB for all maps. Each step runs in a process of its own and says its peak of
memory. Run it on an otherwise idle machine. Linux only: memory is read from /proc.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from semlib.wafer.data import WaferMaps, wm811k

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "wafer"))
import old_pandas
from report import report


class Repeated:
    """The maps of a part again and again, in Fortran's order as MATLAB's are; made when asked for."""

    def __init__(self, part: WaferMaps, n: int) -> None:
        self.part, self.n = part, n

    def __len__(self) -> int:
        return self.n

    def __iter__(self) -> Iterator[np.ndarray]:
        return (np.asfortranarray(self.part[i % len(self.part)]) for i in range(self.n))


def table(part: WaferMaps, n: int) -> dict:
    """Return the columns of n maps, of which about one in five has a label, as in the whole data set."""
    types = part.table["failure_type"].tolist()
    types = [types[i % len(part)] if i % 5 == 0 else None for i in range(n)]
    dies = [float((m > 0).sum()) for m in part]
    columns = old_pandas.wm811k([np.ones((1, 1), np.uint8)] * n, types)
    return columns | {"waferMap": Repeated(part, n), "dieSize": np.resize(dies, n)}


def write(part: Path, n: int, folder: Path) -> None:
    """Write the old pickle, and then pandas's own of the same columns."""
    columns = table(wm811k(part), n)
    with (folder / "old.pkl").open("wb", buffering=1 << 22) as file:
        old_pandas.Writer(file.write).frame(columns)
    frame = pd.DataFrame(
        {
            name: pd.Series(list(c), dtype=None if isinstance(c, np.ndarray) else object)
            for name, c in columns.items()
        }
    )
    frame.to_pickle(folder / "today.pkl")


def convert(folder: Path) -> object:
    """The first call: read the old pickle, check it, write the converted folder, open that."""
    return wm811k(folder / "old.pkl", verify=False, progress=False)


def opened(folder: Path) -> object:
    """Every later call."""
    return wm811k(next((folder / "data" / "wm811k").glob("maps-*")))


def all_maps(folder: Path) -> object:
    """Open, and read every map."""
    return sum(int(m.sum()) for m in opened(folder))


def pandas_opened(folder: Path) -> object:
    """The peer: all maps come into memory, and whatever the pickle says is run."""
    return pd.read_pickle(folder / "today.pkl")


def pandas_all_maps(folder: Path) -> object:
    return sum(int(m.sum()) for m in pandas_opened(folder)["waferMap"])


STEPS = {step.__name__: step for step in (convert, opened, all_maps, pandas_opened, pandas_all_maps)}


def peak() -> float:
    """Return this process's peak of memory so far, in GB."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024 / 1e9


def one(name: str, folder: Path) -> None:
    """Run one step and print its seconds, and the memory before and at its peak."""
    before, begin = peak(), time.perf_counter()
    result = STEPS[name](folder)
    seconds = time.perf_counter() - begin
    text = {"seconds": seconds, "peak_GB": peak(), "before_GB": before}
    print(json.dumps(text | ({"sum": result} if isinstance(result, int) else {"rows": len(result)})))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", type=Path)
    parser.add_argument("--maps", type=int, default=811_457)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--step", choices=["write", *STEPS], help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.step == "write":
        write(args.part, args.maps, Path(os.environ["SEMLIB_DATA"]).parent)
        return
    if args.step:
        one(args.step, args.part)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        environment = {
            **os.environ,
            "SEMLIB_DATA": str(folder / "data"),
            "SEMLIB_CACHE": str(folder / "cache"),
        }

        def run(step: str, path: Path) -> str:
            command = [sys.executable, __file__, str(path), "--maps", str(args.maps), "--step", step]
            return subprocess.run(
                command, env=environment, check=True, stdout=subprocess.PIPE, text=True
            ).stdout

        run("write", args.part.resolve())
        sizes = {name: (folder / f"{name}.pkl").stat().st_size for name in ("old", "today")}
        steps = {step: json.loads(run(step, folder)) for step in STEPS}
    assert steps["all_maps"]["sum"] == steps["pandas_all_maps"]["sum"]
    values = {
        "maps": args.maps,
        "bytes": sizes,
        "steps": steps,
        "seconds_pandas_over_ours": {
            "open": steps["pandas_opened"]["seconds"] / steps["opened"]["seconds"],
            "read every map": steps["pandas_all_maps"]["seconds"] / steps["all_maps"]["seconds"],
            "first time": steps["pandas_opened"]["seconds"] / steps["convert"]["seconds"],
        },
        "peak_pandas_over_ours": {
            "open": steps["pandas_opened"]["peak_GB"] / steps["opened"]["peak_GB"],
            "first time": steps["pandas_opened"]["peak_GB"] / steps["convert"]["peak_GB"],
        },
    }
    report(values, args.out, {"maps": args.maps})


if __name__ == "__main__":
    main()
