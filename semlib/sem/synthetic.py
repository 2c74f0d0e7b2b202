"""The SEM twin: procedural images with Carinthia's schema, class imbalance and acquisition artefacts.

Real Carinthia cannot ship with the book, so that all that runs by default runs on this twin. It imitates how the
real images look after a shrink to 52x52 (mean, spread, extremes, defect area and shading per class; the comparison
is ``results/twin_vs_real.json``, made by ``tools/compare_twin.py``); it was calibrated on nothing else, in
particular on no clustering score. It is no substitute for the real data, and what it shows at full size (edges,
texture, framing squares) is a guess.
"""

from __future__ import annotations

import hashlib
import operator
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from PIL import Image
from scipy import ndimage
from tqdm import tqdm

from semlib.sem._defects import PAINTERS, value_noise

#: Images per class in Carinthia, 4,591 in all.
CLASS_COUNTS = {1: 55, 2: 8, 3: 4008, 4: 289, 5: 4, 6: 227}

#: What the classes look like. Inferred from counts and pictures: Carinthia itself publishes numbers only. No image
#: of class 2 was at hand; the twin's stain is an invention.
CLASS_NAMES = {1: "scratch", 2: "stain (invented)", 3: "particle", 4: "pit", 5: "dark patch", 6: "no defect"}


@dataclass(frozen=True)
class Cues:
    """The acquisition cues, each of which can be switched off without changing the rest of an image.

    Parameters
    ----------
    shading : bool
        The smooth shading. Its direction differs between classes, as in the real images: a shortcut that a
        representation can take.
    border : bool
        The black border of 3 px (of 480) at the right edge.
    framing : bool
        A faint square on 30 % of the images. Carinthia has "occasional framing patterns" (paper, section 3.2);
        how often and how strong is open, and so are our values.
    scan_bands : bool
        Horizontal bands, nine to an image, strong on most pits and dark patches and hardly visible elsewhere.
    noise : bool
        Fine grain and, on particle images, small bright and dark specks.
    """

    shading: bool = True
    border: bool = True
    framing: bool = True
    scan_bands: bool = True
    noise: bool = True


# Least-squares fits to the real 52x52 images: coefficients c[i, j] of y**i x**j, x and y from -1 to 1.
_SHADING = {
    "full": np.array([[0.6, 5.9, -1.1, 3.1], [-0.9, 6.2, -0.5, 0], [-0.8, -3.5, 0, 0], [7.8, 0, 0, 0]]),
    "weak": np.array([[0.1, 2.6, -0.4, 2.0], [-1.1, 2.4, -0.4, 0], [0.1, -0.3, 0, 0], [4.6, 0, 0, 0]]),
    "opposite": np.array([[0.0, -6.7, 0.0, -3.2], [-3.5, -3.9, 1.6, 0], [0.1, 4.4, 0, 0], [-3.5, 0, 0, 0]]),
}


@dataclass(frozen=True)
class _Look:
    """One kind of image of a class: its share, its defect, and how it was acquired (greys of 255)."""

    share: float
    defect: str
    shading: str
    level: float
    level_spread: float
    noise: float
    bands: float = 0.4
    specks: float = 0.0


_LOOKS = {
    1: (_Look(1.0, "scratch", "weak", 101.0, 0.2, 1.6),),
    2: (_Look(1.0, "stain", "weak", 101.0, 0.3, 1.6),),
    3: (
        _Look(0.93, "particle", "opposite", 96.6, 1.2, 1.6, specks=4.5),
        _Look(0.07, "speck", "weak", 103.0, 0.7, 1.6),
    ),
    4: (
        _Look(0.56, "bowl", "weak", 101.0, 2.0, 1.6, bands=2.4),
        _Look(0.26, "facets", "opposite", 97.5, 1.5, 1.6),
        _Look(0.18, "rubble", "weak", 100.8, 0.5, 1.6),
    ),
    5: (_Look(1.0, "dark_patch", "weak", 100.0, 1.8, 1.7, bands=2.4),),
    6: (_Look(1.0, "nothing", "full", 100.5, 0.15, 1.25),),
}


def _rng(seed: int, index: int, label: int, part: int) -> np.random.Generator:
    # One stream per part, so that a cue that is switched off leaves the rest of the image as it was.
    return np.random.default_rng([seed, index, label, part])


def _integer(name: str, value, low: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"{name}={value!r} is not an integer; pass an integer of at least {low}") from None
    if isinstance(value, (bool, np.bool_)) or number < low:
        raise ValueError(f"{name}={value!r} is out of range; pass an integer of at least {low}")
    return number


def class_sequence(n: int | None = None, seed: int = 0) -> np.ndarray:
    """Return labels in Carinthia's proportions, shuffled.

    Parameters
    ----------
    n : int, optional
        How many labels. Counts per class are rounded by the largest remainder; from ``n=6`` on every class has at
        least one, taken from the largest class. None: Carinthia's own 4,591.
    seed : int
        Seed of the order.

    Returns
    -------
    ndarray of int64, shape (n,)
        Labels 1 to 6.
    """
    counts = np.array(list(CLASS_COUNTS.values()))
    n = counts.sum() if n is None else _integer("n", n, 1)
    quota = n * counts / counts.sum()
    share = np.floor(quota).astype(np.int64)
    share[np.argsort(share - quota, kind="stable")[: n - share.sum()]] += 1
    if n >= len(counts):
        missing = share == 0
        share[share.argmax()] -= missing.sum()
        share[missing] = 1
    return np.random.default_rng(_integer("seed", seed, 0)).permutation(np.repeat(list(CLASS_COUNTS), share))


def _background(look: _Look, size: int, seed: int, index: int, label: int, cues: Cues) -> np.ndarray:
    """Return the canvas under the defect: level, shading, bands. float32 (size, size)."""
    rng = _rng(seed, index, label, 1)
    canvas = np.full((size, size), rng.normal(look.level, look.level_spread), np.float32)
    axis = (np.arange(size) + 0.5) * (2 / size) - 1
    if cues.shading:
        c = _SHADING[look.shading] * rng.normal(1, 0.12) + rng.normal(0, 0.25, (4, 4)) * (_SHADING["full"] != 0)
        canvas += np.polynomial.polynomial.polygrid2d(axis, axis, c).astype(np.float32)
    if cues.scan_bands:
        rng = _rng(seed, index, label, 2)
        band = np.sin(np.pi * 9 * (axis + rng.normal(0, 0.01)) + 0.5)
        drift = np.interp(axis, np.linspace(-1, 1, 60), rng.standard_normal(60))
        canvas += (look.bands * rng.uniform(0.6, 1.4) * band + 0.35 * drift).astype(np.float32)[:, None]
    return canvas


def _add_framing(canvas: np.ndarray, rng: np.random.Generator) -> None:
    """Add, on 30 % of the images, the faint trace of an earlier scan of a smaller square field."""
    half, grey, rim = rng.uniform(0.3, 0.8), rng.uniform(-1.2, 1.2), rng.uniform(2, 5)
    if rng.random() > 0.3:
        return
    size = len(canvas)
    low, high = round(size * (1 - half) / 2), round(size * (1 + half) / 2)
    width = max(1, round(size / 240))
    canvas[low:high, low:high] += np.float32(rim)
    canvas[low + width : high - width, low + width : high - width] += np.float32(grey - rim)


def _add_noise(canvas: np.ndarray, look: _Look, rng: np.random.Generator) -> None:
    size = len(canvas)
    if look.specks:  # drawn before the grain, on a grid of its own: the same specks at every size
        specks = look.specks * rng.standard_normal((160, 160), dtype=np.float32) * (rng.random((160, 160)) < 0.1)
        canvas += np.asarray(Image.fromarray(specks).resize((size, size), Image.Resampling.BICUBIC))
    canvas += np.float32(look.noise) * rng.standard_normal((size, size), dtype=np.float32)


def make_image(label: int, *, seed: int, index: int, size: int = 480, cues: Cues = Cues()) -> np.ndarray:  # noqa: B008
    """Make one image of the twin.

    Parameters
    ----------
    label : int
        Class, 1 to 6.
    seed, index : int
        With the label they determine the image; no other image need be made. Not negative.
    size : int
        Width and height in pixels, at least 32. Another size shows the same scene, with another grain.
    cues : Cues
        The acquisition cues to include.

    Returns
    -------
    ndarray of uint8, shape (size, size)
    """
    if label not in CLASS_COUNTS:
        raise ValueError(f"label={label!r} is no class of Carinthia; pass one of {list(CLASS_COUNTS)}")
    label, seed, index = int(label), _integer("seed", seed, 0), _integer("index", index, 0)
    size = _integer("size", size, 32)
    looks = _LOOKS[label]
    rng = _rng(seed, index, label, 0)
    look = looks[rng.choice(len(looks), p=[look.share for look in looks])]
    canvas = _background(look, size, seed, index, label, cues)
    if cues.framing:
        _add_framing(canvas, _rng(seed, index, label, 3))
    PAINTERS[look.defect](canvas, rng)
    if cues.noise:
        _add_noise(canvas, look, _rng(seed, index, label, 4))
    if cues.border:
        canvas[:, -max(1, round(3 * size / 480)) :] = 0
    return np.clip(np.rint(canvas), 0, 255).astype(np.uint8)


def synthetic_images(
    n: int | None = None, *, seed: int = 0, size: int = 480, cues: Cues = Cues(), n_jobs: int = 1  # noqa: B008
) -> tuple[np.ndarray, np.ndarray]:
    """Make images and labels of the twin, in Carinthia's proportions.

    Parameters
    ----------
    n : int, optional
        How many; None: all 4,591 (at 480 px 1.06 GB).
    seed, size, cues
        See `make_image` and `class_sequence`.
    n_jobs : int
        Processes, as in joblib. The images do not depend on it.

    Returns
    -------
    images : ndarray of uint8, shape (n, size, size)
    labels : ndarray of int64, shape (n,)
    """
    labels = class_sequence(n, seed)
    images = np.empty((len(labels), _integer("size", size, 32), size), np.uint8)
    made = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(make_image)(label, seed=seed, index=i, size=size, cues=cues) for i, label in enumerate(labels)
    )
    for i, image in enumerate(made):
        images[i] = image
    return images, labels


def _write_image(path: Path, label: int, seed: int, index: int, size: int, cues: Cues) -> None:
    image = make_image(label, seed=seed, index=index, size=size, cues=cues)
    Image.fromarray(image).save(path, quality=90)  # about 29 kB at 480 px, as the real files


def write_dataset(
    root: str | os.PathLike,
    n: int | None = None,
    *,
    seed: int = 0,
    size: int = 480,
    cues: Cues = Cues(),  # noqa: B008
    n_jobs: int = 1,
    progress: bool = True,
) -> Path:
    """Write the twin to disk in Carinthia's schema.

    ``root/data/carinthia.csv`` (``;`` between ``image_path``, ``file_name`` and ``label``) and
    ``root/data/images/<32 hex digits>.jpg``, 8-bit grey. The folder appears whole or not at all.

    Parameters
    ----------
    root : path
        Folder to make; must not exist, or be empty.
    n, seed, size, cues, n_jobs
        See `synthetic_images`.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Path
        ``root``.

    Raises
    ------
    FileExistsError
        ``root`` exists and is not an empty folder.
    """
    root = Path(root)
    if root.exists() and not (root.is_dir() and not any(root.iterdir())):
        raise FileExistsError(f"root={str(root)!r} exists and is not an empty folder; pass a new folder")
    labels = class_sequence(n, seed)
    size = _integer("size", size, 32)
    names = [hashlib.md5(f"semlib twin {seed} {i} {size}".encode()).hexdigest() + ".jpg" for i in range(len(labels))]
    root.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{root.name}-", dir=root.parent))
    try:
        folder = part / "data" / "images"
        folder.mkdir(parents=True)
        jobs = (
            delayed(_write_image)(folder / name, label, seed, i, size, cues)
            for i, (name, label) in enumerate(zip(names, labels, strict=True))
        )
        done = Parallel(n_jobs=n_jobs, return_as="generator")(jobs)
        for _ in tqdm(done, total=len(labels), desc="SEM twin", unit="image", disable=not progress):
            pass
        table = pd.DataFrame({"image_path": [f"images/{name}" for name in names], "file_name": names, "label": labels})
        table.to_csv(part / "data" / "carinthia.csv", sep=";", index=False)
        part.chmod(0o755)  # mkdtemp makes a private folder
        if root.exists():
            root.rmdir()
        part.rename(root)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return root


def look_statistics(images: np.ndarray | Sequence[np.ndarray]) -> pd.DataFrame:
    """Describe how images look when shrunk to 52x52: the measure that the twin is calibrated with.

    Parameters
    ----------
    images : array_like of uint8, shape (n, size, size)
        Images of 52x52 are taken as they are. Larger ones lose 4 px of 480 on each side, as in the preprocessing
        (the real 52x52 images show no black border either), and then every 52nd part is represented by its middle
        pixel. The real resize is unknown; rows of dots with a regular pitch, where thin lines cross the grid, and
        unmixed edge pixels speak for such point sampling.

    Returns
    -------
    DataFrame, one row per image
        ``mean``, ``std``, ``min``, ``max`` in grey levels; ``defect_area_percent``, the share of pixels more than
        15 grey levels away from the median of the 25x25 pixels around; ``left_right`` and ``top_bottom``, the mean
        of the last 8 columns (rows) minus that of the first 8.
    """
    images = np.asarray(images)
    if images.ndim != 3 or images.shape[1] != images.shape[2] or images.shape[1] < 52:
        raise ValueError(f"images has shape {images.shape}; pass (n, size, size) with a size of at least 52")
    size = images.shape[1]
    if size > 52:
        border = max(1, round(4 * size / 480))
        at = border + ((np.arange(52) + 0.5) * (size - 2 * border) / 52).astype(int)
        images = images[:, at[:, None], at]
    x = images.astype(np.float64)
    away = np.abs(x - np.stack([ndimage.median_filter(image, 25) for image in images])) if len(x) else x
    return pd.DataFrame(
        {
            "mean": x.mean((1, 2)),
            "std": x.std((1, 2)),
            "min": x.min((1, 2)),
            "max": x.max((1, 2)),
            "defect_area_percent": 100 * (away > 15).mean((1, 2)),
            "left_right": x[:, :, -8:].mean((1, 2)) - x[:, :, :8].mean((1, 2)),
            "top_bottom": x[:, -8:].mean((1, 2)) - x[:, :8].mean((1, 2)),
        }
    )
