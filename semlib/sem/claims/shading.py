"""Shading as a shortcut: take it out of an image, swap it between images, and see what the features follow.

Paper 1 says that its embeddings do not come from "memorising noises or acquisition artifacts" (section 5.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from semlib.sem._checks import whole_number
from semlib.sem.evaluate import check_features
from semlib.sem.synthetic import make_image


def flatten(images: np.ndarray, *, degree: int = 1) -> np.ndarray:
    """Subtract from each image the smooth surface that fits it best, and keep its mean.

    A preprocessing step that the paper does not have. The surface is a least-squares polynomial of the
    coordinates. It cannot tell shading from a defect that is as large and as smooth.

    Parameters
    ----------
    images : ndarray (N, H, W), uint8 or float
        Not modified.
    degree : int, default 1
        Total degree: 1 a plane, 2 a bowl or saddle, 3 what the twin's shading has.

    Returns
    -------
    ndarray, float32, (N, H, W)
        In the units of the images; normalise it afterwards (:func:`semlib.sem.preprocess.normalize`).

    Raises
    ------
    ValueError
        Images of another shape or type, or with fewer pixels than the surface has coefficients.
    """
    degree = whole_number("degree", degree, 1)
    _check(images)
    height, width = images.shape[1:]
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    terms = [x**i * y**j for i in range(degree + 1) for j in range(degree + 1 - i) if i + j]
    if len(terms) >= height * width:
        raise ValueError(f"images of {height}×{width} pixels are too small for degree={degree}")
    basis = np.stack([term.ravel() - term.mean() for term in terms], axis=1)
    basis, _ = np.linalg.qr(basis)  # orthonormal, so that the fit is two products; each of mean 0
    out = np.empty(images.shape, np.float32)
    for i, image in enumerate(images):
        flat = image.ravel().astype(np.float64)
        out[i] = (flat - basis @ (basis.T @ flat)).reshape(height, width)
    return out


def corner_direction(images: np.ndarray) -> np.ndarray:
    """Return in which direction an image gets brighter, read in its four corners only: a control.

    Unlike :func:`semlib.sem.baselines.shading_features` it hardly knows the defect. Corners are further from
    it than whole strips. And a direction has no length: the spread of grey values in a corner tells how far
    per-image normalisation stretched the image, and with that, how dark or bright the defect is.

    Parameters
    ----------
    images : ndarray (N, H, W), uint8 or float
        Of at least 8×8 pixels. A corner has an eighth of each side.

    Returns
    -------
    ndarray, float64, (N, 2)
        To the right and down, of unit length; zeros where the corners are equal.

    Raises
    ------
    ValueError
        Images of another shape or type, or smaller.
    """
    _check(images)
    high, wide = images.shape[1] // 8, images.shape[2] // 8
    if not (high and wide):
        raise ValueError(f"images of {images.shape[1]}×{images.shape[2]} pixels are smaller than 8×8")
    ends = (slice(None, high), slice(-high, None)), (slice(None, wide), slice(-wide, None))
    (a, b), (c, d) = [[images[:, y, x].mean((1, 2), dtype=float) for x in ends[1]] for y in ends[0]]
    across = np.stack([b + d - a - c, c + d - a - b], axis=1)
    length = np.linalg.norm(across, axis=1, keepdims=True)
    return np.divide(across, length, out=np.zeros_like(across), where=length > 1e-9)


def swapped_twins(
    pairs: Sequence[tuple[int, int]], n: int, *, seed: int = 0, first: int = 0, size: int = 480
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Make images of the twin with the defect of one class and the shading of another, and both parents.

    Parameters
    ----------
    pairs : sequence of (int, int)
        Classes (defect, shading), two different ones each.
    n : int
        Images of each pair.
    seed, first : int, default 0
        As in :func:`semlib.sem.claims.imbalance.twin_with`.
    size : int, default 480

    Returns
    -------
    swapped, defects, shadings : ndarray of uint8, each (len(pairs) · n, size, size)
        Row i: the swapped image, the image that gave all but the shading, the image that gave the shading.
    """
    n = whole_number("n", n, 1)
    if not pairs or any(a == b for a, b in pairs):
        raise ValueError(f"pairs={pairs!r} must hold pairs of two different classes, (defect, shading)")
    made = [
        [
            make_image(label, seed=seed, index=index, size=size, shading_label=shading)
            for label, shading in ((defect, donor), (defect, defect), (donor, donor))
        ]
        for defect, donor in pairs
        for index in range(first, first + n)
    ]
    swapped, defects, shadings = (np.stack(images) for images in zip(*made, strict=True))
    return swapped, defects, shadings


class Follows(NamedTuple):
    """What the features of swapped images follow.

    Parameters
    ----------
    nearer_defect : float
        Share of swapped images that lie nearer to the parent of the defect than to that of the shading.
    cluster_defect, cluster_shading : float
        Share in the cluster of the one parent, or of the other, among the images whose parents lie in
        different clusters; NaN if there are none.
    n_decided : int
        How many those are.
    """

    nearer_defect: float
    cluster_defect: float
    cluster_shading: float
    n_decided: int


def follows(
    swapped: ArrayLike, defects: ArrayLike, shadings: ArrayLike, clusters: Sequence[ArrayLike]
) -> Follows:
    """Tell whether swapped images go with their defect or with their shading.

    Parameters
    ----------
    swapped, defects, shadings : array_like of float, shape (M, D)
        Features of the images of :func:`swapped_twins`.
    clusters : sequence of three array_like of int, shape (M,)
        The clusters of the same three, such as by :func:`semlib.sem.claims.robustness.nearest_centre`.

    Returns
    -------
    Follows
        Equal distances count half.
    """
    named = {"swapped": swapped, "defects": defects, "shadings": shadings}
    x, a, b = (check_features(value, name=name) for name, value in named.items())
    own, of_defect, of_shading = (np.asarray(c) for c in clusters)
    if not (x.shape == a.shape == b.shape and own.shape == of_defect.shape == of_shading.shape == (len(x),)):
        raise ValueError("swapped, defects, shadings and their clusters must have one row for each image")
    to_defect, to_shading = np.linalg.norm(x - a, axis=1), np.linalg.norm(x - b, axis=1)
    nearer = (to_defect < to_shading) + 0.5 * (to_defect == to_shading)
    decided = of_defect != of_shading
    if not decided.any():
        return Follows(float(nearer.mean()), float("nan"), float("nan"), 0)
    own, of_defect, of_shading = own[decided], of_defect[decided], of_shading[decided]
    return Follows(
        float(nearer.mean()),
        float((own == of_defect).mean()),
        float((own == of_shading).mean()),
        int(decided.sum()),
    )


def _check(images: np.ndarray) -> None:
    if not isinstance(images, np.ndarray) or images.ndim != 3 or images.dtype.kind not in "fu":
        raise ValueError("images must be an array (N, H, W) of floats or unsigned integers")
