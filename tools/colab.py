"""Run the notebooks as Colab does: its Python, its versions, each notebook alone in an empty folder.

    python tools/colab.py                       all notebooks with a Colab button
    python tools/colab.py 01_data 27_iwmm       these
    python tools/colab.py --jobs 2 --python python3.13 --env _build/colab/env

1. An environment with the versions of ``tools/colab_pins.txt``, kept for the next time (about 6 GB, since
   pip takes PyTorch's build for GPUs, as Colab has it).
2. semlib is installed from this checkout as a notebook on Colab installs it from the release, with the lower
   bounds of ``pyproject.toml`` alone. It must add what is missing and replace nothing.
3. Every module of semlib is imported.
4. Each stored notebook runs with its default parameters: alone in a folder, without this repository and its
   ``results/``, with caches of its own that are empty, and with a module ``google.colab``.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import address

ROOT = Path(__file__).resolve().parents[1]
PINS = ROOT / "tools" / "colab_pins.txt"
#: Colab's Python.
VERSION = "3.13"
#: What semlib is built from. A copy, so that no build folder is left in the checkout.
PACKAGE = ("pyproject.toml", "README.md", "LICENSE", "LICENSE-TEXT.md", "semlib")
THREADS = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS")
#: All that a notebook sees of the environment: it must find nothing of this user or this repository.
KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", *THREADS)

IMPORT = """
import importlib, pkgutil, sys, semlib
names = [m.name for m in pkgutil.walk_packages(semlib.__path__, "semlib.") if not m.name.endswith("__main__")]
for name in names:
    importlib.import_module(name)
print(len(names), "modules from", semlib.__path__[0])
"""
VERSIONS = """
import importlib.metadata, json
print(json.dumps([(d.metadata["Name"], d.version) for d in importlib.metadata.distributions()]))
"""


_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class ColabError(Exception):
    """Something that Colab's user would trip over; its text says what."""


def find_python(name: str) -> str:
    """Return the path of Colab's Python, or say what is needed."""
    path, found = shutil.which(name), "not found"
    if path:
        asked = [path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
        if said == VERSION:
            return path
        found = f"is Python {said}" if said else "does not run"
    raise ColabError(
        f"--python {name}: {found}; Colab has Python {VERSION}. "
        f"Install it, then say: make colab COLAB_PYTHON=/path/to/python{VERSION}"
    )


def environment(python: str, env: Path) -> Path:
    """Return the interpreter of an environment with Colab's versions; make it where it is not there."""
    inside, ready = env / "bin" / "python", env / "pins.txt"
    if not inside.exists():
        subprocess.run([python, "-m", "venv", str(env)], check=True)
    if not ready.exists() or ready.read_text(encoding="utf8") != PINS.read_text(encoding="utf8"):
        print(f"Installing Colab's versions into {env} (once; some minutes and about 6 GB)", flush=True)
        ready.unlink(missing_ok=True)
        _pip(inside, "install", "-r", str(PINS))
        shutil.copy(PINS, ready)
    return inside


def replaced(report: dict, installed: dict[str, str]) -> list[str]:
    """Return what an installation would replace.

    Parameters
    ----------
    report : dict
        What ``pip install --dry-run --report`` wrote.
    installed : dict of str to str
        Versions by name, as they are.
    """
    new = [(_plain(item["metadata"]["name"]), item["metadata"]["version"]) for item in report["install"]]
    return [f"{name} {installed[name]} by {version}" for name, version in new if name in installed]


def install(inside: Path) -> None:
    """Install semlib as the first cell of a notebook does; raise where that would replace a package."""
    with tempfile.TemporaryDirectory() as tmp:
        source, report = Path(tmp, "semlib"), Path(tmp, "report.json")
        source.mkdir()
        for name in PACKAGE:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, source / name)
        subprocess.run(
            [inside, "-m", "pip", "uninstall", "-q", "-y", "semlib"], check=True, capture_output=True
        )
        _pip(inside, "install", "--dry-run", "--report", str(report), str(source))
        would = json.loads(report.read_text(encoding="utf8"))
        if bad := replaced(would, versions(inside)):
            raise ColabError(
                f"installing semlib would replace {', '.join(bad)}; Colab would then ask to restart. "
                "Lower the bound in pyproject.toml."
            )
        _pip(inside, "install", str(source))
    added = [item["metadata"]["name"] for item in would["install"]]
    print(f"pip adds {', '.join(added)}, and replaces nothing", flush=True)


def versions(inside: Path) -> dict[str, str]:
    """Return the installed versions by name, in small letters with hyphens."""
    return {_plain(name): version for name, version in json.loads(_output(inside, "-c", VERSIONS))}


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


def with_button(folder: Path) -> list[str]:
    """Return the names of the notebooks that can be opened on Colab."""
    return [path.stem for path in sorted(folder.glob("*.ipynb")) if path.stem not in address.NEEDS_CLONE]


@dataclass(frozen=True)
class Ran:
    """One notebook: seconds, what it said of the device ("" if nothing), what went wrong ("" if nothing)."""

    name: str
    seconds: float
    device: str
    problem: str


def run(inside: Path, name: str, folder: Path, threads: int = 0) -> Ran:
    """Run one notebook as a reader on Colab would, alone; 0 threads leaves their number to the libraries."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="colab-") as tmp:
        home, work = Path(tmp, "home"), Path(tmp, "content")
        home.mkdir()
        work.mkdir()
        shutil.copy(folder / f"{name}.ipynb", work)
        env = {key: os.environ[key] for key in KEPT if key in os.environ}
        if threads:
            env = dict.fromkeys(THREADS, str(threads)) | env
        env |= {
            "HOME": str(home),
            "SEMLIB_CACHE": str(home / "semlib"),
            "NUMBA_CACHE_DIR": str(home / "numba"),
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "TQDM_DISABLE": "1",
        }
        done = subprocess.run(
            [inside, str(ROOT / "tools" / "colab_cell.py"), f"{name}.ipynb"],
            cwd=work,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
    problem = "" if done.returncode == 0 else _COLOURS.sub("", done.stderr.strip()) or "no message"
    said = [line.partition(".")[0] for line in done.stdout.splitlines() if line.startswith("Runs on the ")]
    return Ran(name, time.perf_counter() - start, ", ".join(said), problem)


def run_all(inside: Path, names: list[str], folder: Path, jobs: int) -> list[str]:
    """Run notebooks, say how each went, return those that failed."""
    failed = []
    # several at a time share the cores: with all cores for each, threads wait for one another
    threads = max(1, (os.cpu_count() or 1) // jobs) if jobs > 1 else 0
    with ThreadPoolExecutor(jobs) as pool:
        running = [pool.submit(run, inside, name, folder, threads) for name in names]
        for done, future in enumerate(as_completed(running), 1):
            ran = future.result()
            words = [f"{ran.seconds:.0f} s", ran.device, "FAILED" if ran.problem else ""]
            print(f"[{done}/{len(names)}] {ran.name}: {', '.join(filter(None, words))}", flush=True)
            if ran.problem:
                failed.append(ran.name)
                print("\n".join(f"    {line}" for line in ran.problem.splitlines()[-25:]), flush=True)
    return sorted(failed)


def _pip(inside: Path, *words: str) -> None:
    done = subprocess.run(
        [inside, "-m", "pip", "--disable-pip-version-check", words[0], "-q", *words[1:]],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = "\n".join(line for line in done.stderr.splitlines() if line.startswith("ERROR"))
        raise ColabError(f"pip {words[0]} failed:\n{last or done.stderr[-2000:]}")


def _output(inside: Path, *words: str) -> str:
    with tempfile.TemporaryDirectory() as tmp:  # elsewhere, semlib would be this repository's
        done = subprocess.run([inside, *words], cwd=tmp, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ColabError(f"{inside} failed:\n{done.stderr.strip()}")
    return done.stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="notebooks; all with a Colab button if none is named")
    parser.add_argument("--python", default=f"python{VERSION}", help="Colab's Python")
    parser.add_argument(
        "--env", type=Path, default=ROOT / "_build" / "colab", help="where the environment is kept"
    )
    parser.add_argument("--jobs", type=int, default=1, help="notebooks at a time")
    args = parser.parse_args()
    folder = ROOT / "notebooks"
    known = with_button(folder)
    if unknown := [name for name in args.names if name not in known]:
        parser.error(f"{unknown[0]!r} is no notebook with a Colab button; there are {', '.join(known)}")
    try:
        inside = environment(find_python(args.python), args.env.absolute())
        install(inside)
        have = versions(inside)
        shown = ("numpy", "scipy", "pandas", "scikit-learn", "numba", "matplotlib", "plotly", "torch")
        print(f"Python {VERSION}, {', '.join(f'{name} {have[name]}' for name in shown)}", flush=True)
        print(_output(inside, "-c", IMPORT), flush=True)
        failed = run_all(inside, args.names or known, folder, args.jobs)
    except ColabError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Failed: {', '.join(failed)}" if failed else "All run alone with Colab's versions")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
