"""Crop, bicubic resize and normalisation: the first step of paper 1, section 4."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from semlib.runtime import progress_bar
from semlib.sem._checks import whole_number
from semlib.sem._read import as_grey

_FULL_SCALE = {"uint8": 255.0, "uint16": 65535.0}


def _between(image: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.zeros_like(image) if low == high else np.clip((image - low) / (high - low), 0, 1)


def _minmax(image: np.ndarray) -> np.ndarray:
    return _between(image, image.min(), image.max())


def _percentile(image: np.ndarray) -> np.ndarray:
    return _between(image, *np.percentile(image, [1, 99]))


def _zscore(image: np.ndarray) -> np.ndarray:
    # Compared by extremes: the standard deviation of equal floats is not always exactly 0.
    constant = image.min() == image.max()
    return np.zeros_like(image) if constant else (image - image.mean()) / image.std()


#: What :func:`normalize` knows.
MODES: dict[str, Callable[[np.ndarray], np.ndarray] | None] = {
    "minmax": _minmax,
    "none": None,  # full scale to 1, see normalize
    "zscore": _zscore,
    "percentile": _percentile,
}


def normalize(images: np.ndarray, mode: str = "minmax") -> np.ndarray:
    """Bring grey values to a common range, each image by itself.

    The paper normalises intensities "to a common range" (section 4). How is open in the paper; our default is
    ``minmax``. The choice moves every score of Table 1.

    Parameters
    ----------
    images : ndarray (N, H, W) or (H, W), uint8, uint16 or float
        Not modified.
    mode : {"minmax", "none", "zscore", "percentile"}, default "minmax"
        "minmax": smallest value to 0, largest to 1. "none": uint8 / 255, uint16 / 65535, floats as they are.
        "zscore": mean 0, standard deviation 1. "percentile": 1st percentile to 0, 99th to 1, clipped.

    Returns
    -------
    ndarray, float32, of the same shape
        A constant image becomes 0 everywhere, except under "none"; under "percentile" an image whose two
        percentiles are equal counts as constant.

    Raises
    ------
    ValueError
        If the mode is unknown, the shape or dtype does not fit, or a value is NaN or infinite.
    """
    if mode not in MODES:
        raise ValueError(f"normalize mode {mode!r} is unknown; choose one of {', '.join(MODES)}")
    images = np.asarray(images)
    if images.ndim not in (2, 3):
        raise ValueError(f"images has the shape {images.shape}; pass (N, H, W) or (H, W)")
    if images.dtype.kind != "f" and images.dtype.name not in _FULL_SCALE:
        raise ValueError(
            f"images has the dtype {images.dtype}, of unknown full scale; pass uint8, uint16 or float"
        )
    out = np.empty(images.shape, np.float32)
    # One image at a time: float64 inside, and no second copy of a large stack.
    for i, image in enumerate(images[None] if images.ndim == 2 else images):
        if images.dtype.kind == "f" and not np.isfinite(image).all():
            raise ValueError(f"images[{i}] has NaN or infinite values; replace them before normalising")
        target = out if images.ndim == 2 else out[i]
        if mode == "none":
            target[...] = image / _FULL_SCALE.get(images.dtype.name, 1.0)
        else:
            target[...] = MODES[mode](image.astype(np.float64))
    return out


@dataclass(frozen=True)
class Preprocess:
    """Crop a border, resize to a square by bicubic interpolation, normalise (paper 1, section 4).

    Parameters
    ----------
    border : int or (int, int, int, int), default 4
        Pixels cut off on each side, or at the top, right, bottom and left, such as ``(0, 0, 60, 0)`` for an
        info bar. The paper crops "a fixed-width border"; its width and sides are open in the paper; our
        default covers the known black border of about 3 px at the right edge.
    size : int, default 512
        Side of the result in pixels: the paper's 512.
    normalize : str, default "minmax"
        A mode of :func:`normalize`; open in the paper.

    Notes
    -----
    The interpolation is Pillow's bicubic (a = −0.5). When it enlarges, as from 472 to 512, it is the plain
    four-point kernel. When it shrinks, Pillow widens the kernel by the factor, which keeps fine texture from
    aliasing; we keep that. Images that are not square are stretched.
    """

    border: int | tuple[int, int, int, int] = 4
    size: int = 512
    normalize: str = "minmax"

    def __post_init__(self) -> None:
        border = self.border
        if isinstance(border, (tuple, list)) and len(border) == 4:
            names = (f"border[{i}]" for i in range(4))
            border = tuple(whole_number(n, b, 0, ", in pixels") for n, b in zip(names, border, strict=True))
        else:
            border = whole_number("border", border, 0, ", in pixels, or four: top, right, bottom, left")
        object.__setattr__(self, "border", border)  # NumPy integers became plain ones
        object.__setattr__(self, "size", whole_number("size", self.size, 1, ", in pixels"))
        if self.normalize not in MODES:
            raise ValueError(f"normalize={self.normalize!r} is unknown; choose one of {', '.join(MODES)}")

    @property
    def sides(self) -> tuple[int, int, int, int]:
        """The border at the top, right, bottom and left, in pixels."""
        return self.border if isinstance(self.border, tuple) else (self.border,) * 4

    def __call__(self, images: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
        """Return normalised images, float32 (N, size, size); see :meth:`resize` for what goes in."""
        return normalize(self.resize(images), self.normalize)

    def resize(self, images: Sequence[np.ndarray] | np.ndarray, progress: bool = False) -> np.ndarray:
        """Crop and resize, without normalising.

        Parameters
        ----------
        images : SemImages, ndarray (N, H, W) or sequence of ndarray (H, W)
            Of any sizes and number types.
        progress : bool, default False
            Show a progress bar.

        Returns
        -------
        ndarray (N, size, size)
            uint8 if all images are uint8: at the paper's scale 1.2 GB. Otherwise float32, where uint8 is
            divided by 255 and uint16 by 65535, so that all share the range [0, 1]; floats keep their own
            range, which the bicubic kernel can pass a little beside sharp edges.

        Raises
        ------
        ValueError
            If there is no image, or one is not larger than the crop, not 2-D or not finite; it is named.
        """
        if len(images) == 0:
            raise ValueError("images is empty; pass at least one image")
        names = getattr(images, "names", None) or [f"images[{i}]" for i in range(len(images))]
        out = np.empty((len(images), self.size, self.size), np.uint8)
        for i, image in enumerate(progress_bar(images, desc="crop and resize", progress=progress)):
            resized = self._resize(as_grey(image, names[i]), names[i])
            if resized.dtype != out.dtype == np.uint8:
                out = (out / np.float32(255)).astype(np.float32)
            out[i] = resized / np.float32(255) if resized.dtype != out.dtype else resized
        return out

    def crop(self, image: np.ndarray, name: str = "image") -> np.ndarray:
        """Return an image (H, W) without its border, as a view; ``name`` is what an error calls it."""
        (height, width), (top, right, bottom, left) = image.shape, self.sides
        if height <= top + bottom or width <= left + right:
            raise ValueError(
                f"{name} is {height}×{width} pixels, and a border of {self.border} leaves none; "
                "choose a smaller border, or leave the image out"
            )
        return image[top : height - bottom, left : width - right]

    def _resize(self, image: np.ndarray, name: str) -> np.ndarray:
        # Cropped before the resize: with Pillow's own `box`, the kernel would still see the border.
        inner = self.crop(image, name)
        if inner.dtype == np.uint16:
            inner = inner / np.float32(65535)
        resized = np.asarray(
            Image.fromarray(np.ascontiguousarray(inner)).resize(
                (self.size, self.size), Image.Resampling.BICUBIC
            )
        )
        return np.clip(resized, 0, 1) if image.dtype == np.uint16 else resized  # 8 bits are clipped by Pillow
