"""Time the four baselines on the twin against the plain scikit-image, PyWavelets and scikit-learn way.

    python benchmarks/sem_baselines.py [--n 4591] [--size 512] [--jobs 4] [--rounds 1]
                                       [--sample 300] [--few 1500] [--out results/sem_baselines_time.json]

Plain is what a user would write: a loop over images, one process; for PCA scikit-learn's full SVD in float64.
It runs on the first ``--sample`` images, and ours too, on one thread and on ``--jobs``, so that ratios are of
the same images, and the features are compared. scikit-learn's randomised SVD, in float32, runs on the first
``--few``. Ours then runs on all ``--n``, straight from the store. Each row is a process of its own; BLAS has
``--jobs`` threads in all of them. Rows take turns, so that a busy machine slows all. Run it on an otherwise
idle machine. Linux only: the peak of anonymous memory, beside the mapped store, is read from /proc.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from math import pi
from pathlib import Path

import numpy as np
import pywt
from report import report
from sem_store import peak_memory, timed
from skimage.feature import graycomatrix, graycoprops, local_binary_pattern
from sklearn.decomposition import PCA

from semlib.sem import textures
from semlib.sem.baselines import BASELINES
from semlib.sem.data import open_images
from semlib.sem.preprocess import Preprocess, normalize
from semlib.sem.store import preprocessed

ANGLES = [0, pi / 4, pi / 2, 3 * pi / 4]
PROPERTIES = ("contrast", "dissimilarity", "homogeneity", "energy", "correlation")


def grey_levels(image: np.ndarray) -> np.ndarray:
    return np.rint(normalize(image) * 255).astype(np.uint8)


def plain_glcm(images: np.ndarray) -> np.ndarray:
    rows = []
    for image in images:
        p = graycomatrix(grey_levels(image), [1], ANGLES, 256, symmetric=True, normed=True)
        rows.append([graycoprops(p, name).mean() for name in PROPERTIES])
    return np.array(rows)


def plain_lbp(images: np.ndarray) -> np.ndarray:
    codes = (local_binary_pattern(grey_levels(image), 8, 1, "uniform") for image in images)
    return np.array([np.histogram(c, bins=np.arange(11), density=True)[0] for c in codes])


def plain_wavelet(images: np.ndarray) -> np.ndarray:
    rows = []
    for image in images:
        coarse, *details = pywt.wavedec2(normalize(image).astype(float), "db1", level=2)
        bands = [coarse, *(band for triple in details for band in triple)]
        rows.append([f for b in bands for f in (np.abs(b).mean(), b.std(), (b**2).mean())])
    return np.array(rows)


def plain_pca(images: np.ndarray, solver: str = "full", dtype: type = np.float64) -> np.ndarray:
    pixels = normalize(images).reshape(len(images), -1).astype(dtype)
    return PCA(min(128, len(images) - 1), svd_solver=solver, random_state=0).fit_transform(pixels)


def randomised_pca(images: np.ndarray) -> np.ndarray:
    return plain_pca(images, "randomized", np.float32)


PLAIN = {"GLCM": plain_glcm, "LBP": plain_lbp, "Wavelet": plain_wavelet, "PCA": plain_pca}


def ours(method: str, jobs: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda images: BASELINES[method](images, n_jobs=jobs)


def rows_of(args: argparse.Namespace) -> dict[str, tuple[Callable[[np.ndarray], np.ndarray], int]]:
    """Return each row's function and its number of images."""
    sample, few = min(args.sample, args.n), min(args.few, args.n)
    rows = {}
    for method, plain in PLAIN.items():
        rows[f"{method}, plain"] = plain, sample
        rows[f"{method}, one job"] = ours(method, 1), sample
        rows[f"{method}, jobs"] = ours(method, args.jobs), sample
        rows[f"{method}, all"] = ours(method, args.jobs), args.n
    rows["PCA, randomised"] = randomised_pca, few
    rows["PCA, few"] = ours("PCA", args.jobs), few
    return rows


def time_row(args: argparse.Namespace) -> dict[str, float]:
    """Run one row in this process and leave its features beside the store."""
    function, n = rows_of(args)[args.row]
    images = np.load(args.store, mmap_mode="r")[:n]
    kept: list[np.ndarray] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer than 129 images have fewer than 128 components
        function(images[:2])  # imports, threads
        with peak_memory() as peak:
            seconds, busy = timed(lambda: kept.append(function(images)))
    np.save(args.features / f"{args.row}.npy", kept[0])
    return {"images": n, "seconds": seconds, "processor_seconds": busy, "peak_mb": peak["mb"]}


def in_a_process(row: str, args: argparse.Namespace, store: str, features: str) -> dict[str, float]:
    words = [sys.executable, __file__, "--row", row, "--store", store, "--features", features]
    for key in ("n", "size", "jobs", "sample", "few"):
        words += [f"--{key}", str(getattr(args, key))]
    threads = {"OMP_NUM_THREADS": str(args.jobs), "OPENBLAS_NUM_THREADS": str(args.jobs)}
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | threads)
    return json.loads(done.stdout)


def difference(folder: Path, method: str) -> float:
    """Return the largest difference of features, plain and ours, of the same images."""
    plain, other = (np.load(folder / f"{method}, {kind}.npy") for kind in ("plain", "jobs"))
    if method == "PCA":
        plain = plain * np.sign((plain * other).sum(axis=0))  # the sign is a convention
    return float(np.abs(plain - other).max())


def glcm_parts(images: np.ndarray) -> dict[str, float]:
    """Return ms an image of the matrices alone and of their properties, one thread."""
    levels = [grey_levels(image) for image in images]
    level = np.arange(256.0)
    step = level[:, None] - level
    weights = np.stack([step**2, np.abs(step), 1 / (1 + step**2)])

    def matrices(grey: np.ndarray) -> list[np.ndarray]:
        return [graycomatrix(grey, [1], [angle], 256)[:, :, 0, 0] for angle in ANGLES]

    counts = [matrices(grey) for grey in levels]
    parts = {"matrices": lambda i: matrices(levels[i])}
    parts["properties"] = lambda i: [textures._glcm_properties(c, weights) for c in counts[i]]
    return {
        name: 1e3 * timed(lambda part=part: [part(i) for i in range(len(images))])[0] / len(images)
        for name, part in parts.items()
    }


def measure(args: argparse.Namespace) -> dict:
    """Return the values of all rows, and their ratios."""
    images = open_images("synthetic", n=args.n)
    pixels = preprocessed(images, Preprocess(size=args.size))
    pixels.max()  # read once, so that no row waits for the disk
    timings: dict[str, list[dict[str, float]]] = {name: [] for name in rows_of(args)}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(args.rounds):
            for name, taken in timings.items():
                taken.append(in_a_process(name, args, str(pixels.filename), folder))
        differences = {method: difference(Path(folder), method) for method in PLAIN}
    rows = {
        name: {key: float(np.median([t[key] for t in taken])) for key in taken[0]}
        for name, taken in timings.items()
    }
    for row in rows.values():
        row["images_per_s"] = row["images"] / row["seconds"]
    values = {"source": images.source, "n": args.n, "size": args.size, "jobs": args.jobs, "rows": rows}
    values |= {"rounds": args.rounds, "largest_difference_to_plain": differences}
    for kind in ("one job", "jobs"):
        values[f"times_plain, {kind}"] = {
            method: rows[f"{method}, plain"]["seconds"] / rows[f"{method}, {kind}"]["seconds"]
            for method in PLAIN
        }
    values["glcm_ms_per_image"] = glcm_parts(pixels[: min(50, args.n)])
    values["times_randomised_PCA"] = rows["PCA, randomised"]["seconds"] / rows["PCA, few"]["seconds"]
    values["all_four_seconds"] = sum(rows[f"{method}, all"]["seconds"] for method in PLAIN)
    values["all_four_peak_mb"] = max(rows[f"{method}, all"]["peak_mb"] for method in PLAIN)
    return values


def show(values: dict) -> None:
    print(f"{values['n']:,} images of {values['size']}², {values['jobs']} jobs; {values['source']}")
    for name, row in values["rows"].items():
        print(
            f"{name:18} {row['images']:6,.0f} images {row['seconds']:8.1f} s "
            f"{row['images_per_s']:8.1f} images/s {row['peak_mb']:7,.0f} MB"
        )
    for method in PLAIN:
        one, many = (values[f"times_plain, {kind}"][method] for kind in ("one job", "jobs"))
        print(
            f"{method}: {one:.1f} times the plain way on one thread, {many:.1f} on {values['jobs']}; "
            f"largest difference {values['largest_difference_to_plain'][method]:.1e}"
        )
    parts = values["glcm_ms_per_image"]
    print(f"GLCM: matrices {parts['matrices']:.1f} ms an image, properties {parts['properties']:.1f} ms")
    print(f"PCA: {values['times_randomised_PCA']:.1f} times scikit-learn's randomised solver")
    print(f"all four: {values['all_four_seconds']:.0f} s, {values['all_four_peak_mb']:,.0f} MB at most")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, default=4591)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--sample", type=int, default=300, help="images for the plain rows")
    parser.add_argument("--few", type=int, default=1500, help="images for the randomised SVD")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--row", help=argparse.SUPPRESS)
    parser.add_argument("--store", help=argparse.SUPPRESS)
    parser.add_argument("--features", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.row:
        print(json.dumps(time_row(args)))
        return
    values = measure(args)
    show(values)
    report(values, args.out)


if __name__ == "__main__":
    main()
