"""The SEM twin: procedural images with Carinthia's schema, class imbalance and acquisition artefacts.

The real Carinthia does not ship with the book; what runs by default runs on this twin. It imitates how real
images look after a shrink to 52x52: mean, spread, extremes, defect area and shading of each class. The
comparison is ``results/twin_vs_real.json``, made by ``tools/compare_twin.py``. It was calibrated on nothing
else, in particular on no clustering score. It is no substitute for the real data, and what it shows at full
size (edges, texture, framing squares) and all of class 2 are guesses.
"""

from __future__ import annotations

import hashlib
import operator
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from PIL import Image

from semlib.runtime import progress_bar
from semlib.sem import _acquisition, _defects
from semlib.sem._look import look_statistics

__all__ = [
    "CLASS_COUNTS",
    "CLASS_NAMES",
    "JPEG_QUALITY",
    "Cues",
    "class_sequence",
    "look_statistics",
    "make_image",
    "synthetic_images",
    "write_dataset",
]

#: Images per class in Carinthia, 4,591 in all.
CLASS_COUNTS: dict[int, int] = {1: 55, 2: 8, 3: 4008, 4: 289, 5: 4, 6: 227}

#: What the classes look like. Inferred from counts and pictures: Carinthia itself publishes numbers only. No
#: image of class 2 was at hand; the twin's stain is an invention.
CLASS_NAMES: dict[int, str] = {
    1: "scratch",
    2: "stain (invented)",
    3: "particle",
    4: "pit",
    5: "dark patch",
    6: "no defect",
}


#: Quality of the JPEG files; gives about the 29 kB that a real file has at 480 px.
JPEG_QUALITY = 91


#: A file of this name in a folder, or up to two folders above, says that the images in it are the twin's.
SYNTHETIC_MARK = "SYNTHETIC.txt"


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
        A faint square on 30 % of the images. Carinthia has "occasional framing patterns" (the paper, section
        3.2); how often, where and how strong is open, and our values are guesses.
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
        How many labels. Counts per class are rounded by the largest remainder; from ``n=6`` on every class
        has at least one, taken from the largest class. None: Carinthia's own 4,591.
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


def make_image(
    label: int,
    *,
    seed: int,
    index: int,
    size: int = 480,
    cues: Cues = Cues(),
    shading_label: int | None = None,
) -> np.ndarray:
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
    shading_label : int, optional
        Take the shading from this class's image of the same seed and index, to swap it; by default the
        image's own.

    Returns
    -------
    ndarray of uint8, shape (size, size)
    """
    shading_label = label if shading_label is None else shading_label
    for name, value in {"label": label, "shading_label": shading_label}.items():
        if value not in CLASS_COUNTS:
            raise ValueError(f"{name}={value!r} is no class of Carinthia; pass one of {list(CLASS_COUNTS)}")
    label, seed, index = int(label), _integer("seed", seed, 0), _integer("index", index, 0)
    size = _integer("size", size, 32)
    # One random stream per part, so that a cue that is switched off leaves the rest of the image as it was.
    choice, scene, _, bands, framing, noise = (
        np.random.default_rng([seed, index, label, part]) for part in range(6)
    )
    look = _look(label, choice)
    canvas = np.zeros((size, size), np.float32)
    _acquisition.add_level(canvas, look, choice)
    if cues.shading:
        stream = [seed, index, int(shading_label)]
        shaded = _look(shading_label, np.random.default_rng([*stream, 0]))
        _acquisition.add_shading(canvas, shaded, np.random.default_rng([*stream, 2]))
    if cues.scan_bands:
        _acquisition.add_bands(canvas, look, bands)
    if cues.framing:
        _acquisition.add_framing(canvas, framing)
    _defects.PAINTERS[look.defect](canvas, scene)
    if cues.noise:
        _acquisition.add_noise(canvas, look, noise)
    if cues.border:
        _acquisition.add_border(canvas)
    return np.clip(np.rint(canvas), 0, 255).astype(np.uint8)


def _look(label: int, rng: np.random.Generator) -> _acquisition.Look:
    looks = _acquisition.LOOKS[label]
    return looks[rng.choice(len(looks), p=[look.share for look in looks])]


def synthetic_images(
    n: int | None = None,
    *,
    seed: int = 0,
    size: int = 480,
    cues: Cues = Cues(),
    n_jobs: int = 1,
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
    Image.fromarray(image).save(path, quality=JPEG_QUALITY)


def write_dataset(
    root: str | os.PathLike,
    n: int | None = None,
    *,
    seed: int = 0,
    size: int = 480,
    cues: Cues = Cues(),
    n_jobs: int = 1,
    progress: bool = True,
) -> Path:
    """Write the twin to disk in Carinthia's schema.

    ``root/data/carinthia.csv`` (``;`` between ``image_path``, ``file_name`` and ``label``; paths from
    ``root`` and CR LF at the ends of lines, both inferred from the published file's size) and
    ``root/data/images/<32 hex digits>.jpg``, 8-bit grey. Beside them lies ``SYNTHETIC.txt``, by which
    :class:`semlib.sem.data.SemImages` tells the twin from real data. The folder appears whole or not at all.

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
    names = [
        hashlib.md5(f"semlib twin {seed} {i} {size}".encode()).hexdigest() + ".jpg"
        for i in range(len(labels))
    ]
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
        for _ in progress_bar(done, total=len(labels), desc="SEM twin", unit="image", progress=progress):
            pass
        table = pd.DataFrame(
            {"image_path": [f"data/images/{name}" for name in names], "file_name": names, "label": labels}
        )
        table.to_csv(part / "data" / "carinthia.csv", sep=";", index=False, lineterminator="\r\n")
        (part / SYNTHETIC_MARK).write_text("Synthetic images, made by semlib.sem.synthetic.write_dataset.\n")
        part.chmod(0o755)  # mkdtemp makes a private folder
        if root.exists():
            root.rmdir()
        part.rename(root)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return root
