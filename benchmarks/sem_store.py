"""Time the store of preprocessed images: made, resumed, opened; against plain loops.

    python benchmarks/sem_store.py [FOLDER] [--jobs 4] [--out results/sem_store_time.json]

FOLDER holds any images; without it 4,591 images of the twin, 480×480 pixels, are written into
a temporary folder first (about a minute). Run it on an otherwise idle machine. Linux only: the peak of
anonymous memory is read from /proc.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image
from report import report
from skimage.io import imread
from skimage.transform import resize

from semlib.sem import _store_files
from semlib.sem.data import SemImages
from semlib.sem.preprocess import Preprocess
from semlib.sem.store import preprocessed
from semlib.sem.synthetic import write_dataset

STEP = Preprocess()


def timed(run: Callable, *args, **options) -> tuple[float, float]:
    """Return seconds and seconds of processor time that one call takes."""
    begin, busy = time.perf_counter(), time.process_time()
    run(*args, **options)
    return time.perf_counter() - begin, time.process_time() - busy


def by_skimage(paths: list[Path]) -> None:
    """Decode, crop and resize as a reader of scikit-image's manual would."""
    inner = slice(STEP.border, -STEP.border)
    for path in paths:
        resize(imread(path)[inner, inner], (STEP.size, STEP.size), order=3, preserve_range=True)


def by_pillow(paths: list[Path]) -> None:
    """Decode, crop and resize by Pillow and nothing else: what the store cannot undercut."""
    for path in paths:
        image = Image.open(path).convert("L")
        box = (STEP.border, STEP.border, image.width - STEP.border, image.height - STEP.border)
        np.asarray(image.crop(box).resize((STEP.size, STEP.size), Image.Resampling.BICUBIC))


@contextmanager
def peak_memory() -> Iterator[dict[str, float]]:
    """Fill in by how many MB the anonymous memory of this process grows meanwhile, at most."""

    def anonymous() -> float:
        (line,) = [x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("RssAnon")]
        return int(line.split()[1]) / 1e3

    def watch() -> None:
        while not over.wait(0.01):
            peak["mb"] = max(peak["mb"], anonymous() - before)

    before, over, peak = anonymous(), threading.Event(), {"mb": 0.0}
    watcher = threading.Thread(target=watch)
    watcher.start()
    yield peak
    over.set()
    watcher.join()


def forget(folder: Path) -> None:
    """Drop a folder's files from the system's cache, as after a restart."""
    for path in folder.rglob("*"):
        if path.is_file():
            handle = os.open(path, os.O_RDONLY)
            os.fsync(handle)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(handle)


def killed_half_way(folder: Path, store: Path, jobs: int) -> float:
    """Let another process make the store, kill it when half is done, and return the share that is kept."""
    call = [sys.executable, __file__, str(folder), "--only-make", str(store), "--jobs", str(jobs)]
    child = subprocess.Popen(call)
    done = np.zeros(1, bool)
    while done.mean() < 0.5 and child.poll() is None:
        time.sleep(0.01)
        for part in store.rglob("*.part"):
            marks = part.with_suffix(".done")
            done = _store_files.read_done(part, marks.stat().st_size // 8) if marks.exists() else done
    child.send_signal(signal.SIGKILL)
    child.wait()
    return float(done.mean())


def measure(folder: Path, images: SemImages, jobs: int, sample: int, work: Path) -> dict[str, float]:
    """Return all times of one folder of images."""
    n, paths = len(images), [item.path for item in images.items]
    few = paths[:: max(1, n // sample)]  # scikit-image would take minutes for all
    values = {"source": images.source, "images": n, "size": STEP.size, "jobs": jobs}
    values["skimage_ms_per_image"] = 1e3 * timed(by_skimage, few)[0] / len(few)
    pillow = [timed(by_pillow, paths)[0]]
    forget(folder)
    values["fingerprint_cold_seconds"] = timed(lambda: images.subset(slice(None)).content_digests)[0]
    values["fingerprint_seconds"] = timed(lambda: images.content_digests)[0]
    for name, n_jobs in (("one_job", 1), ("jobs", jobs)):
        with peak_memory() as peak:
            wall, busy = timed(preprocessed, images, STEP, n_jobs=n_jobs, folder=work / name)
        values |= {
            f"{name}_seconds": wall,
            f"{name}_ms_per_image_and_core": 1e3 * wall * n_jobs / n,
            f"{name}_processor_ms_per_image": 1e3 * busy / n,
            f"{name}_peak_mb": peak["mb"],
        }
        pillow.append(timed(by_pillow, paths)[0])  # before and after, as a shared machine changes its speed
    values["pillow_ms_per_image"] = 1e3 * np.mean(pillow[:2]) / n
    for peer in ("skimage", "pillow"):
        values[f"one_job_over_{peer}"] = (
            values["one_job_ms_per_image_and_core"] / values[f"{peer}_ms_per_image"]
        )
    values["open_seconds"] = timed(preprocessed, images, STEP, folder=work / "jobs")[0]
    half = images.subset(slice(n // 2))
    values["half_by_copying_seconds"] = timed(preprocessed, half, STEP, folder=work / "jobs")[0]
    values["killed_at"] = killed_half_way(folder, work / "killed", jobs)
    values["resume_seconds"] = timed(preprocessed, images, STEP, n_jobs=jobs, folder=work / "killed")[0]
    stores = [preprocessed(images, STEP, folder=work / name) for name in ("one_job", "jobs", "killed")]
    values["all_equal"] = all(np.array_equal(stores[0], other) for other in stores[1:])
    return values


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--sample", type=int, default=200, help="images for scikit-image's loop")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--only-make", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.only_make:
        preprocessed(SemImages.from_folder(args.folder), STEP, n_jobs=args.jobs, folder=args.only_make)
        return
    with tempfile.TemporaryDirectory() as work:
        folder = args.folder or write_dataset(Path(work, "twin"), n_jobs=args.jobs) / "data" / "images"
        values = measure(folder, SemImages.from_folder(folder), args.jobs, args.sample, Path(work))
    report(values, args.out)


if __name__ == "__main__":
    main()
