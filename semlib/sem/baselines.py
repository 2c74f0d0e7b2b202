"""The classical features of paper 1's Table 1, and controls that are plainer still.

All functions take images as floats (N, H, W), as :class:`semlib.sem.preprocess.Preprocess` gives them, or as
uint8, such as the memory map of :func:`semlib.sem.store.preprocessed`, which is normalised piece by piece and
never becomes a large float array. They return float64 features, one row an image. None sees a label. GLCM,
LBP and wavelet live in :mod:`semlib.sem.textures`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from scipy.linalg import eigh

from semlib.sem._by_image import as_floats, by_image, check_images
from semlib.sem._checks import whole_number
from semlib.sem._gram import AFFINE, centred_blocks, gram_of_bytes, gram_of_floats
from semlib.sem.textures import glcm_features, lbp_features, wavelet_features

_BLOCK = 2**23  # pixels that are normalised at a time: 32 MiB of float32


def pca_features(
    images: np.ndarray,
    n_components: int = 128,
    *,
    normalize: str = "minmax",
    n_jobs: int | None = 1,
    progress: bool = False,
) -> np.ndarray:
    """Return the leading principal components of the raw pixels, exactly.

    Paper 1, section 5.1: "PCA that reduces raw 512×512 pixels to 128 dimensions". The solver is open in the
    paper; ours is full-rank arithmetic. Where there are fewer images than pixels, it goes through the N×N
    Gram matrix of the centred images, summed over blocks of pixels.

    Parameters
    ----------
    images : ndarray of float or uint8, shape (N, H, W)
        Any finite values, at least two images.
    n_components : int, default 128
        Number of components; with N images of P pixels no more than min(N − 1, P) exist.
    normalize : {"minmax", "none", "zscore", "percentile"}, default "minmax"
        For uint8 only; see :func:`semlib.sem.preprocess.normalize`. "percentile" takes several times as long
        as the others.
    n_jobs : int, optional, default 1
        Threads that read and convert pixels; None or -1: one for each core. The matrix products use BLAS's
        own threads (``OMP_NUM_THREADS``).
    progress : bool, default False
        Show a bar.

    Returns
    -------
    ndarray of float64, shape (N, min(n_components, N − 1, P))
        Scores, centred, by falling variance; in each column the value of largest magnitude is positive.
        Components beyond the rank of the images are exactly 0, so equal images give zeros only.

    Raises
    ------
    ValueError
        Bad images, or fewer than two.

    Warns
    -----
    UserWarning
        If fewer components exist than were asked for.

    Notes
    -----
    Beside the images, which may be a memory map, about 5 N² numbers of 8 bytes are needed, and 0.3 GB: 1.1 GB
    for 4,591 images. Sums are in float64; of uint8 they are integers without any rounding (but for
    "percentile"), so the scores differ from those of normalised float32 images by the rounding of the latter:
    by 2e-5 at most for 300 images of 512², under "minmax". The closer the variances of two components, the
    more such rounding mixes them, with any solver.
    """
    check_images(images, normalize)
    n, pixels = len(images), images[0].size
    if n < 2:
        raise ValueError("images holds 1 image; PCA needs at least 2")
    k = min(whole_number("n_components", n_components, 1), n - 1, pixels)
    if k < n_components:
        warnings.warn(
            f"n_components={n_components}, but {n} images of {pixels} pixels have {k} components at most; "
            f"{k} are returned",
            stacklevel=2,
        )
    options = {"n_jobs": n_jobs, "progress": progress}
    if n <= pixels:
        in_bytes = images.dtype == np.uint8 and normalize in AFFINE
        gram, size = (gram_of_bytes if in_bytes else gram_of_floats)(images, normalize, **options)
        variances, vectors = _leading(gram, k, pixels, size)
        scores = vectors * np.sqrt(variances)
    else:
        centred = np.concatenate(list(centred_blocks(images, normalize, **options)), axis=1)
        variances, vectors = _leading(centred.T @ centred, k, n)
        scores = (centred @ vectors) * (variances > 0)
    largest = np.take_along_axis(scores, np.abs(scores).argmax(axis=0)[None], axis=0)
    return scores * np.where(largest < 0, -1.0, 1.0)


def _leading(matrix: np.ndarray, k: int, longer: int, size: float = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the k largest eigenvalues, falling, and their vectors; rounding noise is set to 0.

    ``matrix`` is overwritten. ``size`` is how large the numbers were of which it is made.
    """
    last = len(matrix) - 1
    # Transposed, a symmetric matrix is the same to LAPACK, and needs no copy in its order.
    values, vectors = eigh(matrix.T, subset_by_index=[last - k + 1, last], overwrite_a=True)
    values, vectors = values[::-1], vectors[:, ::-1]
    noise = max(longer, len(matrix)) * np.finfo(np.float64).eps * max(values[0], size)
    return np.where(values > noise, values, 0.0), vectors


def principal_pictures(images: np.ndarray, scores: np.ndarray, *, normalize: str = "minmax") -> np.ndarray:
    """Return the pictures that :func:`pca_features` mixes images from.

    Parameters
    ----------
    images : ndarray of float or uint8, shape (N, H, W)
        Those that the scores were made of; read in blocks, so they may be a memory map.
    scores : ndarray of float, shape (N, k)
        What :func:`pca_features` returned, or some of its columns.
    normalize : str, default "minmax"
        As there.

    Returns
    -------
    ndarray of float64, shape (k, H, W)
        Each of length 1 (its squares sum to 1), or 0 everywhere, where the scores are 0.

    Raises
    ------
    ValueError
        Bad images, or scores of another number of images.
    """
    check_images(images, normalize)
    if np.ndim(scores) != 2 or len(scores) != len(images):
        raise ValueError(
            f"scores has shape {np.shape(scores)}; pass one row for each of {len(images)} images"
        )
    pictures = np.zeros((scores.shape[1], *images.shape[1:]))
    size = max(1, _BLOCK // images[0].size)
    for start in range(0, len(images), size):  # scores sum to 0, so the mean image drops out
        block = as_floats(images[start : start + size], normalize)
        pictures += np.tensordot(scores[start : start + size].T, block, 1)
    length = np.sqrt(np.square(pictures).sum(axis=(1, 2), keepdims=True))
    return np.divide(pictures, length, out=np.zeros_like(pictures), where=length > 0)


def grey_features(
    images: np.ndarray, *, normalize: str = "minmax", n_jobs: int | None = 1, progress: bool = False
) -> np.ndarray:
    """Return mean and standard deviation of the grey values: a control, not in the paper.

    Parameters
    ----------
    images : ndarray of float or uint8, shape (N, H, W)
    normalize, n_jobs, progress
        As in :func:`semlib.sem.textures.wavelet_features`. Under "zscore" the features are 0 and 1 for all
        images, up to rounding.

    Returns
    -------
    ndarray of float64, shape (N, 2)
    """
    check_images(images, normalize)
    options = {"normalize": normalize, "n_jobs": n_jobs, "progress": progress}
    return by_image(_mean_and_deviation, images, desc="grey", **options)


def _mean_and_deviation(image: np.ndarray) -> tuple[float, float]:
    image = image.astype(np.float64)
    return image.mean(), image.std()


def mean_grey(
    images: np.ndarray, *, normalize: str = "minmax", n_jobs: int | None = 1, progress: bool = False
) -> np.ndarray:
    """Return the mean grey value alone: a control, not in the paper.

    Parameters
    ----------
    images, normalize, n_jobs, progress
        As in :func:`grey_features`.

    Returns
    -------
    ndarray of float64, shape (N, 1)
    """
    return grey_features(images, normalize=normalize, n_jobs=n_jobs, progress=progress)[:, :1]


def shading_features(
    images: np.ndarray, *, normalize: str = "minmax", n_jobs: int | None = 1, progress: bool = False
) -> np.ndarray:
    """Return the direction of the shading alone: a control, not in the paper.

    In Carinthia the shading differs between classes, a trace of how images were taken. These two numbers
    see it and hardly anything of a defect in the centre.

    Parameters
    ----------
    images : ndarray of float or uint8, shape (N, H, W)
    normalize, n_jobs, progress
        As in :func:`semlib.sem.textures.wavelet_features`.

    Returns
    -------
    ndarray of float64, shape (N, 2)
        Mean grey of the right strip less the left, and of the bottom strip less the top. A strip is a
        sixth of the side wide.
    """
    check_images(images, normalize)
    options = {"normalize": normalize, "n_jobs": n_jobs, "progress": progress}
    return by_image(_across_and_down, images, desc="shading", **options)


def _across_and_down(image: np.ndarray) -> tuple[float, float]:
    image = image.astype(np.float64)
    rows, columns = (max(1, side // 6) for side in image.shape)
    across = image[:, -columns:].mean() - image[:, :columns].mean()
    return across, image[-rows:].mean() - image[:rows].mean()


BASELINES: dict[str, Callable[..., np.ndarray]] = {
    "GLCM": glcm_features,
    "LBP": lbp_features,
    "Wavelet": wavelet_features,
    "PCA": pca_features,
}
"""The four baselines by name, in the order of the paper's Table 1."""
