"""Execute and check the notebooks.

``notebooks/*.py`` (py:percent) are the source. The ``.ipynb`` beside them hold the same cells with their
outputs; they are made by ``run`` and never edited.

    python tools/nb.py run [NAME ...]        execute with the default parameters, write the .ipynb
    python tools/nb.py run NAME --out DIR -p KEY VALUE [--record FILE]
                                             execute with other parameters, into another folder;
                                             keep the glued values with their provenance as JSON
    python tools/nb.py run --out DIR --times FILE
                                             keep how long each took as JSON, for the home page's reading map
    python tools/nb.py words [NAME ...]      take changed prose and captions over where no code changed
    python tools/nb.py check                 .ipynb in step with .py, executed, with outputs?
"""

from __future__ import annotations

import argparse
import ast
import json
import multiprocessing
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from pathlib import Path

from nb_stored import NOTEBOOKS, ROOT, all_names, check, copy_pictures, load, scrub, words

#: The kernels' environment, nbval's too (see conftest.py): nothing in it may depend on the machine, and one
#: thread each makes sums come out in the same order on any number of cores.
ENV = {
    "TQDM_DISABLE": "1",
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PYTHONWARNINGS": "ignore::ImportWarning,ignore:IProgress not found",  # pooch asks for widgets
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "SEMLIB_CACHE": str(ROOT / "_build" / "cache"),
}

#: Parameters that name files, and the words that ``dataset`` takes besides.
PATHS = ("dataset", "output", "labels_csv")
DATA_SETS = ("synthetic", "twin", "carinthia", "carinthia_s", "mixedwm38", "wm811k")


def execute(py: Path, target: Path, parameters: dict, env: dict) -> tuple[float, float, dict]:
    """Run one notebook in a fresh kernel. Return seconds, peak GB of memory, and its glued values."""
    import nbformat
    import papermill
    from traitlets.config import Config

    from semlib.book import glued

    os.environ.update(env)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as tmp:
        source, result = Path(tmp, "in.ipynb"), Path(tmp, "out.ipynb")
        nbformat.write(load(py), source)
        papermill.execute_notebook(
            str(source),
            str(result),
            parameters=parameters,
            cwd=str(NOTEBOOKS),
            progress_bar=False,
            kernel_name="python3",
            # Over TCP each kernel warns. By default the sockets lie in the notebooks' folder, where
            # two kernels at a time would mix theirs up.
            config=Config({"KernelManager": {"transport": "ipc", "ip": f"{tmp}/socket"}}),
        )
        nb = scrub(nbformat.read(result, as_version=4))
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    nbformat.write(nb, part)
    os.replace(part, target)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    return time.perf_counter() - start, peak, glued(nb.cells)


def provenance(parameters: dict, sources: list[Path]) -> dict:
    """Say what makes a result: parameters, commit, machine, libraries, date, and the code that is reached."""
    from semlib.runtime import code_hash, library_versions
    from semlib.sources import code_hash_of

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout.strip()

    paths = [Path(source).resolve() for source in sources]
    entries = sorted(path.relative_to(ROOT).as_posix() for path in paths if path.is_relative_to(ROOT))
    model = [line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    return {
        "parameters": parameters,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "commit": git("rev-parse", "--short", "HEAD"),
        "uncommitted_code": bool(git("status", "--porcelain", "--", "semlib", *map(str, sources))),
        "code": {package: code_hash(package)[:16] for package in ("semlib.sem", "semlib.wafer")},
        "made_by": entries,
        "made_by_code": code_hash_of(entries, ROOT),
        "machine": {"cpu": model[0] if model else platform.processor(), "cores": os.cpu_count()},
        "python": platform.python_version(),
        "libraries": library_versions(),
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def run(
    names: list[str],
    out: Path,
    parameters: dict,
    record: Path | None,
    jobs: int,
    threads: int,
    times: Path | None = None,
) -> int:
    """Execute notebooks, ``jobs`` at a time, and say which and how long."""
    sources = [py for py in sorted(NOTEBOOKS.glob("*.py")) if not names or py.stem in names]
    if unknown := set(names) - {py.stem for py in sources}:
        raise SystemExit(f"no such notebook: {', '.join(sorted(unknown))}; see notebooks/*.py")
    env = {**ENV, "OMP_NUM_THREADS": str(threads), "NUMBA_NUM_THREADS": str(threads)}
    env["SEMLIB_CACHE"] = os.environ.get("SEMLIB_CACHE", ENV["SEMLIB_CACHE"])
    made_by = (
        provenance(parameters, sources) if record else None
    )  # now: the code may change during a long run
    values, timings, failed, begin = {}, {}, 0, time.perf_counter()
    kept = _kept_times(times, names, parameters, jobs) if times else {}
    # one process a notebook, so that its peak memory is its own; "spawn": a fork would inherit event loops
    with ProcessPoolExecutor(
        jobs, max_tasks_per_child=1, mp_context=multiprocessing.get_context("spawn")
    ) as pool:
        tasks = {
            pool.submit(execute, py, out / f"{py.stem}.ipynb", parameters, env): py.stem for py in sources
        }
        for done, task in enumerate(as_completed(tasks), 1):
            name = tasks[task]
            try:
                seconds, peak, found = task.result()
            except Exception as error:
                failed += 1
                print(f"[{done:2}/{len(tasks)}] {name}: FAILED\n{error}", flush=True)
                continue
            values |= found
            timings[name] = {"seconds": round(seconds, 1), "peak_gb": round(peak, 2)}
            print(f"[{done:2}/{len(tasks)}] {name}: {seconds:.1f} s, {peak:.1f} GB", flush=True)
    print(f"{len(tasks) - failed} notebooks in {time.perf_counter() - begin:.0f} s", flush=True)
    if out.resolve() == NOTEBOOKS and not failed:
        copy_pictures()
    if record and not failed:
        record.parent.mkdir(parents=True, exist_ok=True)
        content = {"provenance": made_by, "notebooks": timings, "values": values}
        record.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
        print(f"recorded {len(values)} values in {record}")
    if times and not failed:
        kept["notebooks"] |= timings
        times.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    return failed


def _kept_times(path: Path, names: list[str], parameters: dict, jobs: int) -> dict:
    """Return what the file of times will hold but for this run: of some notebooks, the others' times stay."""
    made = {name: value for name, value in provenance(parameters, []).items() if "code" not in name}
    made["notebooks_at_a_time"] = jobs
    old = json.loads(path.read_text()) if names and path.exists() else {"notebooks": {}, "provenance": made}
    if old["provenance"] != made:
        raise SystemExit(
            f"{path} was measured otherwise than now (machine, versions, --jobs); time all notebooks"
        )
    return old


def _value(key: str, text: str):
    """Read a parameter's value; a path that is meant from here is named as the notebooks' folder sees it."""
    import yaml

    if key in PATHS and text != "None":
        here = Path(text).expanduser()
        if key != "output" and "/" in text and not here.exists():
            raise SystemExit(f"-p {key} {text}: there is no such file or folder below {Path.cwd()}")
        meant = key == "output" or (here.exists() and text not in DATA_SETS)
        return os.path.relpath(here, NOTEBOOKS) if meant else text  # a folder may be called 2024-05-01
    return None if text == "None" else yaml.safe_load(text)


def parameter_names(py: Path) -> set[str]:
    """Return the names that a notebook's cell of parameters sets."""
    if not py.exists():
        raise SystemExit(f"no such notebook: {py.stem}; see notebooks/*.py")
    cells = [c for c in load(py).cells if "parameters" in c.metadata.get("tags", [])]
    names = [node for cell in cells for node in ast.parse(cell.source).body if isinstance(node, ast.Assign)]
    return {target.id for node in names for target in node.targets}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    sub = parser.add_subparsers(dest="command", required=True)
    sub.add_parser("check")
    sub.add_parser("words").add_argument("names", nargs="*")
    runner = sub.add_parser("run")
    runner.add_argument("names", nargs="*")
    runner.add_argument("--out", type=Path, default=NOTEBOOKS)
    runner.add_argument("--record", type=Path)
    runner.add_argument("--times", type=Path)
    runner.add_argument("--jobs", type=int, default=2, help="notebooks at a time")
    runner.add_argument("--threads", type=int, default=1, help="threads of each kernel")
    runner.add_argument("-p", nargs=2, action="append", default=[], metavar=("KEY", "VALUE"))
    args = parser.parse_args()
    if args.command == "check":
        problems = check()
        print(
            "\n".join(problems)
            or f"{len(list(NOTEBOOKS.glob('*.py')))} notebooks are in step and have outputs"
        )
        return bool(problems)
    if args.command == "words":
        changed = words(args.names)
        print("\n".join(f"{name}: its code has changed; run `tools/nb.py run {name}`" for name in changed))
        return bool(changed)
    if args.p and args.out.resolve() == NOTEBOOKS:
        parser.error("-p needs --out: the stored notebooks hold the default parameters")
    parameters = {key: _value(key, value) for key, value in args.p}
    known = set().union(*(parameter_names(NOTEBOOKS / f"{name}.py") for name in args.names or all_names()))
    if unknown := set(parameters) - known:
        parser.error(f"no notebook has the parameter {', '.join(sorted(unknown))}; known: {sorted(known)}")
    return run(args.names, args.out, parameters, args.record, args.jobs, args.threads, args.times) > 0


if __name__ == "__main__":
    sys.exit(main())
