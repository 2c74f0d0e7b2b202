"""Where the defect is, and how much of a map lies on it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F

from semlib.sem._checks import whole_number
from semlib.sem._items import TwinItem
from semlib.sem._threads import in_order
from semlib.sem.attribution import Window
from semlib.sem.data import SemImages
from semlib.sem.preprocess import Preprocess
from semlib.sem.synthetic import Cues


def seen_share(masks: np.ndarray, window: Window) -> np.ndarray:
    """Return the share of each place's window that a mask covers.

    Parameters
    ----------
    masks : ndarray of bool, (N, S, S)
    window : Window
        From :func:`window`. The part of a window that lies outside the image does not count.

    Returns
    -------
    ndarray, float32, (N, places, places)
        0 to 1.
    """
    if masks.ndim != 3 or masks.dtype != bool:
        raise ValueError(f"masks has shape {masks.shape} and dtype {masks.dtype}; pass booleans (N, S, S)")
    return window_means(masks, window)


def window_means(images: np.ndarray, window: Window) -> np.ndarray:
    """Return the mean of each place's window, of images (N, S, S), as :func:`seen_share` does of masks."""
    pooled = F.avg_pool2d(
        torch.from_numpy(np.asarray(images, np.float32))[:, None],
        window.size,
        window.step,
        padding=window.size // 2 - window.start,
        count_include_pad=False,
    )
    return pooled[:, 0].numpy()


def inside_share(maps: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which share of each map's total strength lies on the defect, and which share would by chance.

    Parameters
    ----------
    maps : ndarray, (N, h, w)
        Of either sign; their absolute values count.
    seen : ndarray, (N, h, w)
        The share of each place that sees the defect, from :func:`seen_share`.

    Returns
    -------
    share, chance : ndarray of float64, (N,)
        ``chance`` is the share of a map that is equally strong everywhere: the defect's area. NaN for an
        image without a defect, or a map of zeros.
    """
    if np.shape(maps) != np.shape(seen):
        raise ValueError(f"maps has shape {np.shape(maps)} and seen {np.shape(seen)}; they must be equal")
    strength, seen = np.abs(np.asarray(maps, float)), np.asarray(seen, float)
    chance, total = seen.mean((1, 2)), strength.sum((1, 2))
    usable = (chance > 0) & (total > 0)
    share = (strength * seen).sum((1, 2)) / np.where(usable, total, 1)
    return np.where(usable, share, np.nan), np.where(usable, chance, np.nan)


def defect_masks(images: SemImages, step: Preprocess, *, least: int = 8) -> np.ndarray | None:
    """Return where the defect is in the preprocessed images, if that is known.

    Parameters
    ----------
    images : SemImages
        The twin, or images with masks (Carinthia-S).
    step : Preprocess
        Crop and resize, as for the images.
    least : int, default 8
        For the twin: the defect is where the same scene without shading, bands, framing, grain and border
        differs by so many grey levels (of 255) from its plain ground; weak shadows are left out.

    Returns
    -------
    ndarray of bool, (N, S, S), or None
        All False for an image without a defect. None where masks are not known.
    """
    least = whole_number("least", least, 1, " grey level")
    if images.mask_paths is not None:
        masks = [255 * images.mask(i).astype(np.uint8) for i in range(len(images))]
        return step.resize(masks) >= 128
    if not all(isinstance(item, TwinItem) for item in images.items):
        return None
    off = Cues(shading=False, border=False, framing=False, scan_bands=False, noise=False)
    bare = list(in_order(lambda item: replace(item, cues=off).read()[0], images.items, None))
    ground = np.array([np.bincount(image.ravel()).argmax() for image in bare])
    return np.abs(step.resize(bare).astype(int) - ground[:, None, None]) >= least


def erase(pixels: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Return images whose defect has the median grey of the rest; nothing else changes.

    Parameters
    ----------
    pixels : ndarray, (N, S, S)
    masks : ndarray of bool, (N, S, S)
        An image that is all mask stays as it is.

    Returns
    -------
    ndarray, (N, S, S)
        A copy. Not normalised anew: see :func:`semlib.sem.preprocess.normalize`.
    """
    if pixels.shape != masks.shape or masks.dtype != bool:
        raise ValueError(
            f"masks has shape {masks.shape} and dtype {masks.dtype}; pass booleans {pixels.shape}, as pixels"
        )
    out = np.array(pixels)
    for image, mask in zip(out, masks, strict=True):
        if mask.any() and not mask.all():
            image[mask] = np.median(image[~mask])
    return out
