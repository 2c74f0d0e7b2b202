"""How an image of the SEM twin was acquired: the kinds of images of each class, and their artefacts.

Each artefact has a function that adds it to a float32 canvas in place. x and y run from -1 to 1, x to the
right, y downwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

# Coefficients c[i, j] of y**i x**j: least-squares fits to the real 52x52 images, defects left out.
_SHADING = {
    "full": np.array(
        [[0.9, 5.5, -1.9, 3.7], [-1.8, 7.9, 2.6, -4.4], [-1.7, -2.4, 2.7, -1.5], [9.6, -2, -5, 6.2]]
    ),
    "weak": np.array([[0.1, 2.6, -0.4, 2.0], [-1.1, 2.4, -0.4, 0], [0.1, -0.3, 0, 0], [4.1, 0, 0, 0]]),
    "opposite": np.array([[0.0, -6.7, 0.0, -3.2], [-3.5, -3.9, 1.6, 0], [0.1, 4.4, 0, 0], [-3.5, 0, 0, 0]]),
}


@dataclass(frozen=True)
class Look:
    """One kind of image of a class: its share, its defect, and how it was acquired (grey levels of 255)."""

    share: float
    defect: str
    shading: str
    level: float
    level_spread: float
    noise: float  # standard deviation of the grain; JPEG takes away about a sixth
    bands: float = 0.4  # amplitude
    specks: float = 0.0
    variation: float = 0.1  # of the shading, relative


LOOKS = {
    1: (Look(1.0, "scratch", "weak", 101.0, 0.2, 1.95, specks=2.5),),
    2: (Look(1.0, "stain", "weak", 101.0, 0.3, 1.95),),
    3: (
        Look(0.93, "particle", "opposite", 96.6, 1.2, 1.95, specks=4.5),
        Look(0.07, "speck", "weak", 103.0, 0.7, 1.95),
    ),
    4: (
        Look(0.56, "bowl", "weak", 101.0, 2.0, 2.05, bands=2.0),
        Look(0.26, "facets", "opposite", 97.5, 1.5, 2.05),
        Look(0.18, "rubble", "weak", 100.8, 0.5, 2.05),
    ),
    5: (Look(1.0, "dark_patch", "weak", 100.0, 1.8, 2.05, bands=2.4),),
    6: (Look(1.0, "nothing", "full", 100.5, 0.1, 1.65, variation=0.05),),
}


def _axis(size: int) -> np.ndarray:
    return (np.arange(size) + 0.5) * (2 / size) - 1


def add_level(canvas: np.ndarray, look: Look, rng: np.random.Generator) -> None:
    """Add the mean grey of the image."""
    canvas += np.float32(rng.normal(look.level, look.level_spread))


def add_shading(canvas: np.ndarray, look: Look, rng: np.random.Generator) -> None:
    """Add the smooth shading of the image's kind, varied a little in strength and shape."""
    axis = _axis(len(canvas))
    c = _SHADING[look.shading] * (1 + look.variation * rng.standard_normal((4, 4)))
    c *= rng.normal(1, look.variation)
    canvas += np.polynomial.polynomial.polygrid2d(axis, axis, c).astype(np.float32)


def add_bands(canvas: np.ndarray, look: Look, rng: np.random.Generator) -> None:
    """Add nine horizontal bands, always in nearly the same place, and a slight drift from row to row."""
    axis = _axis(len(canvas))
    band = np.sin(np.pi * 9 * (axis + rng.normal(0, 0.01)) + 0.5)
    drift = np.interp(axis, np.linspace(-1, 1, 60), rng.standard_normal(60))
    canvas += (look.bands * rng.uniform(0.6, 1.4) * band + 0.45 * drift).astype(np.float32)[:, None]


def add_framing(canvas: np.ndarray, rng: np.random.Generator) -> None:
    """Add, on 30 % of the images, the faint trace of an earlier scan of a smaller square field."""
    half, grey, rim = rng.uniform(0.3, 0.8), rng.uniform(-1.2, 1.2), rng.uniform(2, 5)
    if rng.random() > 0.3:
        return
    size = len(canvas)
    low, high = round(size * (1 - half) / 2), round(size * (1 + half) / 2)
    width = max(1, round(size / 240))
    canvas[low:high, low:high] += np.float32(rim)
    canvas[low + width : high - width, low + width : high - width] += np.float32(grey - rim)


def add_noise(canvas: np.ndarray, look: Look, rng: np.random.Generator) -> None:
    """Add small bright and dark specks (the same ones at every size), and white Gaussian grain."""
    if look.specks:
        specks = (
            look.specks * rng.standard_normal((160, 160), dtype=np.float32) * (rng.random((160, 160)) < 0.1)
        )
        canvas += np.asarray(Image.fromarray(specks).resize(canvas.shape, Image.Resampling.BICUBIC))
    canvas += np.float32(look.noise) * rng.standard_normal(canvas.shape, dtype=np.float32)


def add_border(canvas: np.ndarray) -> None:
    """Blacken 3 px (of 480) at the right edge."""
    canvas[:, -max(1, round(3 * len(canvas) / 480)) :] = 0
