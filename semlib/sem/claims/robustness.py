"""Changed images, and how far their features move.

Paper 1 says that its method is "robust to resolution changes, … noises, and artifacts" (section 5.5).
Images are changed as they are stored, before the crop and the normalisation, since that is where microscopes
differ. So what is tested is a whole chain, preprocessing included. Each change has a severity in a unit that
can be seen, and leaves the image as it is, bit for bit, at severity 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from PIL import Image
from scipy.spatial.distance import pdist
from skimage.filters import gaussian

from semlib.sem._checks import whole_number
from semlib.sem.evaluate import check_features, evaluate_clustering
from semlib.sem.preprocess import Preprocess

_FULL_SCALE = {"uint8": 255.0, "uint16": 65535.0, "float32": 1.0, "float64": 1.0}


def _noise(x: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    return x + np.float32(severity) * rng.standard_normal(x.shape, dtype=np.float32)


def _blur(x: np.ndarray, severity: float, rng) -> np.ndarray:
    return gaussian(x, severity, mode="nearest", preserve_range=True)


def _resolution(x: np.ndarray, severity: float, rng) -> np.ndarray:
    height, width = x.shape
    small = max(1, round(width / 2**severity)), max(1, round(height / 2**severity))
    image = Image.fromarray(x).resize(small, Image.Resampling.BOX)
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))


def _magnification(x: np.ndarray, severity: float, rng) -> np.ndarray:
    height, width = x.shape
    rest_y, rest_x = (side * (1 - 1 / (1 + severity)) / 2 for side in (height, width))
    box = (rest_x, rest_y, width - rest_x, height - rest_y)
    image = Image.fromarray(x)
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC, box=box))


def _contrast(x: np.ndarray, severity: float, rng) -> np.ndarray:
    return x.mean() + (1 - severity) * (x - x.mean())


def _brightness(x: np.ndarray, severity: float, rng) -> np.ndarray:
    return x + severity


def _gamma(x: np.ndarray, severity: float, rng) -> np.ndarray:
    return 255 * np.clip(x / 255, 0, 1) ** (1 + severity)


def _shading(x: np.ndarray, severity: float, rng) -> np.ndarray:
    return x + np.linspace(-severity, severity, x.shape[1], dtype=np.float32)


def _border(x: np.ndarray, severity: float, rng) -> np.ndarray:
    out = x.copy()
    out[:, x.shape[1] - min(round(severity), x.shape[1]) :] = 0
    return out


def _framing(x: np.ndarray, severity: float, rng) -> np.ndarray:
    out = x.copy()
    top, left = (round(0.22 * side) for side in x.shape)
    out[top : len(x) - top, left : x.shape[1] - left] += severity
    return out


class Change(NamedTuple):
    """A way in which images change: the unit of its severity, and the severities that the book shows."""

    unit: str
    severities: tuple[float, ...]
    function: Callable[[np.ndarray, float, np.random.Generator], np.ndarray]


#: Grey levels are of 255, whatever the image's type; "px" are pixels of the stored image. "resolution"
#: shrinks the image by area and enlarges it back; "magnification" shows its middle; "shading" adds a ramp
#: from left to right; "border" blackens the right edge; "framing" brightens a central square.
CHANGES: dict[str, Change] = {
    "noise": Change("grey levels, std", (3, 6, 12), _noise),
    "blur": Change("px, sigma", (1, 3, 6), _blur),
    "resolution": Change("halvings", (1, 2, 3), _resolution),
    "magnification": Change("zoom − 1", (0.1, 0.25, 0.5), _magnification),
    "contrast": Change("share lost", (0.2, 0.4, 0.6), _contrast),
    "brightness": Change("grey levels", (10, 30, 60), _brightness),
    "gamma": Change("exponent − 1", (0.25, 0.5, 1.0), _gamma),
    "shading": Change("± grey levels", (3, 6, 12), _shading),
    "border": Change("px, black", (4, 8, 16), _border),
    "framing": Change("grey levels", (3, 6, 12), _framing),
}


def change(image: np.ndarray, kind: str, severity: float, *, seed: int | Sequence[int] = 0) -> np.ndarray:
    """Return an image changed in one way.

    Parameters
    ----------
    image : ndarray (H, W), uint8, uint16 or float in [0, 1]
        As stored. Not modified.
    kind : str
        One of :data:`CHANGES`.
    severity : float
        At least 0, in the unit of the kind. 0 returns a copy with the same bits.
    seed : int or sequence of int, default 0
        Of the noise; the other kinds draw nothing.

    Returns
    -------
    ndarray of the same shape and dtype
        Clipped to full scale, and rounded where the type has whole numbers.

    Raises
    ------
    ValueError
        If the kind is unknown, the severity negative, or the image of another type.
    """
    if kind not in CHANGES:
        raise ValueError(f"kind={kind!r} is unknown; choose one of {', '.join(CHANGES)}")
    if not 0 <= severity < float("inf") or (kind == "contrast" and severity > 1):
        most = "between 0 and 1" if kind == "contrast" else "at least 0"
        raise ValueError(f"severity={severity!r} of {kind} must be {most} ({CHANGES[kind].unit})")
    image = np.asarray(image)
    if image.ndim != 2 or image.dtype.name not in _FULL_SCALE:
        raise ValueError(
            f"image has shape {image.shape} and dtype {image.dtype}; pass (H, W) of uint8, uint16 or float"
        )
    if severity == 0:
        return image.copy()
    full = _FULL_SCALE[image.dtype.name]
    levels = np.ascontiguousarray(image * np.float32(255 / full), np.float32)
    x = CHANGES[kind].function(levels, severity, np.random.default_rng(seed)) * np.float32(full / 255)
    x = np.clip(x, 0, full)
    return (np.rint(x) if image.dtype.kind == "u" else x).astype(image.dtype)


def relative_drift(clean: ArrayLike, changed: ArrayLike, *, reference: ArrayLike | None = None) -> np.ndarray:
    """Return how far each image's features move, in units of the distance between different images.

    The unit is the median Euclidean distance of two different rows of ``reference``. So a drift of 1 means:
    as far as another image. Features that have nearly collapsed to a point get no advantage.

    Parameters
    ----------
    clean, changed : array_like of float, shape (M, D)
        Features of the same images before and after.
    reference : array_like of float, shape (N, D), optional
        Features of clean images; by default ``clean``. At most 2,000 rows, evenly spaced, are used.

    Returns
    -------
    ndarray of float64, shape (M,)

    Raises
    ------
    ValueError
        Bad features, shapes that differ, or a reference in which more than half of the distances are 0.
    """
    clean, changed = check_features(clean, name="clean"), check_features(changed, name="changed")
    if clean.shape != changed.shape:
        raise ValueError(f"clean has shape {clean.shape}, changed {changed.shape}; row i must be image i")
    reference = clean if reference is None else check_features(reference, name="reference")
    rows = np.linspace(0, len(reference) - 1, min(len(reference), 2000)).astype(int)
    typical = np.median(pdist(reference[rows])) if len(rows) > 1 else 0.0
    if not typical > 0:
        raise ValueError("reference holds (nearly) equal rows only, so there is no distance to compare with")
    return np.linalg.norm(changed - clean, axis=1) / typical


def cluster_centres(features: ArrayLike, *, k: int = 6, seed: int = 0) -> np.ndarray:
    """Return the centres of :func:`semlib.sem.evaluate.evaluate_clustering`'s clusters: float64 (k, D)."""
    x = check_features(features)
    clusters = evaluate_clustering(x, k=k, seed=seed).assignments
    return np.stack([x[clusters == c].mean(axis=0) for c in range(clusters.max() + 1)])


def nearest_centre(features: ArrayLike, centres: np.ndarray) -> np.ndarray:
    """Return the number of the centre that is nearest to each row, by Euclidean distance: int (M,)."""
    x = check_features(features)
    return np.stack([np.linalg.norm(x - centre, axis=1) for centre in centres]).argmin(axis=0)


def robustness_table(
    images: Sequence[np.ndarray],
    describe: Mapping[str, Callable[[np.ndarray], np.ndarray]],
    reference: Mapping[str, ArrayLike],
    step: Preprocess,
    *,
    kinds: Sequence[str] = tuple(CHANGES),
    k: int = 6,
    seed: int = 0,
) -> pd.DataFrame:
    """Change images in several ways, and measure how far the features of each method move.

    Parameters
    ----------
    images : sequence of ndarray (H, W)
        As stored, such as a :class:`semlib.sem.data.SemImages` of a few dozen images.
    describe : mapping of str to callable
        By method: from preprocessed pixels, float32 (M, S, S), to features (M, D).
    reference : mapping of str to array_like, shape (N, D)
        By method: features of all clean images, for the distance between images and for the clusters.
    step : Preprocess
        Crop, size and normalisation, the same for changed and clean images.
    kinds : sequence of str
        Of :data:`CHANGES`; by default all.
    k, seed : int
        Of the clusters, as in :func:`semlib.sem.evaluate.evaluate_clustering`; the seed is the noise's too.

    Returns
    -------
    DataFrame
        Columns ``kind``, ``severity`` (0 first), ``method``, ``drift`` (mean over images, see
        :func:`relative_drift`), ``moved`` (share of images whose nearest cluster centre is another one).
    """
    seed = whole_number("seed", seed, 0)
    images = list(images)
    pixels = step(images)
    clean = {name: check_features(function(pixels)) for name, function in describe.items()}
    centres = {name: cluster_centres(reference[name], k=k, seed=seed) for name in describe}
    rows = []
    for kind in kinds:
        rows += [{"kind": kind, "severity": 0.0, "method": m, "drift": 0.0, "moved": 0.0} for m in describe]
        for severity in CHANGES[kind].severities:
            pixels = step([change(x, kind, severity, seed=[seed, i]) for i, x in enumerate(images)])
            for method, function in describe.items():
                x = function(pixels)
                drift = relative_drift(clean[method], x, reference=reference[method])
                before, after = (nearest_centre(f, centres[method]) for f in (clean[method], x))
                found = {"drift": drift.mean(), "moved": (before != after).mean()}
                rows.append({"kind": kind, "severity": float(severity), "method": method, **found})
    return pd.DataFrame(rows)
