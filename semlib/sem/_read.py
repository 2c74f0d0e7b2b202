"""Reading one image file as grey; every fault names the file."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

_LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
# No others: Pillow knows a file by its content, and starts Ghostscript for PostScript, whatever its name.
FORMATS = ("PNG", "JPEG", "BMP", "TIFF")
_MAX_PAGES = 64
_KEPT = ("uint8", "uint16", "float32")  # every other number type becomes float32


def read_image(path: Path) -> tuple[np.ndarray, bool]:
    """Return the grey image of a file, and whether the file was coloured.

    Three equal channels are grey. Coloured files become grey by ITU-R BT.601 luma
    (0.299 R + 0.587 G + 0.114 B). An alpha channel is dropped, a palette is applied.

    Parameters
    ----------
    path : Path
        The file. 16-bit and float TIFFs keep their numbers.

    Returns
    -------
    image : ndarray (H, W), uint8, uint16 or float32
    coloured : bool

    Raises
    ------
    ValueError
        If the file cannot be read whole, holds several pages, or NaN or infinite values; the path is named.
    """
    try:
        grey, coloured = _grey(_decode(path))
        return as_grey(grey, "the image"), coloured
    except MemoryError:
        raise
    except Exception as error:  # decoders raise nearly anything on broken bytes
        raise ValueError(
            f"{path} is no readable image: {type(error).__name__}: {error}. "
            "Repair or remove the file, or pass on_error='skip' to SemImages.from_folder"
        ) from error


def as_grey(array: np.ndarray, name: str) -> np.ndarray:
    """Return a 2-D image as uint8, uint16 or float32, or say what is wrong with it.

    Booleans become 0 and 255; other number types become float32 (integers beyond 2²⁴ are rounded).
    """
    array = np.asarray(array)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"{name} has the shape {array.shape}; pass a grey image (height, width)")
    if array.dtype.kind not in "buif":
        raise ValueError(f"{name} has the dtype {array.dtype}; pass real numbers")
    if array.dtype == bool:
        return array.astype(np.uint8) * np.uint8(255)
    with np.errstate(over="ignore"):  # what is too large for float32 becomes inf, and is named below
        array = array.astype(array.dtype.newbyteorder("=") if array.dtype.name in _KEPT else np.float32)
    if array.dtype.kind == "f" and not (finite := np.isfinite(array)).all():
        raise ValueError(
            f"{name} has {int((~finite).sum())} pixels that are NaN or infinite in float32; "
            "replace them, by scipy.ndimage.median_filter for example"
        )
    return array


def _decode(path: Path) -> np.ndarray:
    """Return the pixels: (H, W), or with samples in a last axis."""
    if path.suffix.lower() not in (".tif", ".tiff"):
        return _by_pillow(path)
    with tifffile.TiffFile(path) as tif:
        page = _only_page(tif)
        # Pillow would keep only the upper 8 bits of 16-bit colour, and cannot open 64-bit floats.
        return _by_tifffile(page, path) if page.bitspersample > 8 else _by_pillow(path)


def _only_page(tif: tifffile.TiffFile) -> tifffile.TiffPage:
    """Return the one page that is no preview; counted as they come, as the chain of pages may be a ring."""
    full = []
    for number, page in enumerate(tif.pages):
        full += [] if page.is_reduced else [page]
        if len(full) > 1 or number > _MAX_PAGES:
            raise ValueError("it holds several pages; save each page that you mean as its own file")
    if not full:
        raise ValueError("it holds no page but previews")
    return full[0]


def _by_tifffile(page: tifffile.TiffPage, path: Path) -> np.ndarray:
    if page.photometric not in (0, 1, 2):
        raise ValueError(
            f"{page.photometric!r} with more than 8 bits is not supported; save it as grey or RGB"
        )
    limit = Image.MAX_IMAGE_PIXELS
    if limit and page.imagewidth * page.imagelength > 2 * limit:  # Pillow's own rule
        raise Image.DecompressionBombError(f"{page.imagewidth}×{page.imagelength} pixels, over {2 * limit}")
    try:
        array = page.asarray()
    except ValueError as error:
        if "imagecodecs" not in str(error) or page.samplesperpixel > 1 or page.dtype.name not in _KEPT:
            raise
        array = _by_pillow(path)  # the libtiff in Pillow knows LZW and others
    if page.planarconfig == 2 and array.ndim == 3:
        array = np.moveaxis(array, 0, -1)
    if page.photometric == 0 and array.dtype.kind == "u":  # white is zero
        array = array.dtype.type(2**page.bitspersample - 1) - array
    return array


def _by_pillow(path: Path) -> np.ndarray:
    with Image.open(path, formats=FORMATS) as image:
        if image.format == "PNG":
            image.verify()  # else Pillow reads some damaged files as other pixels
    with Image.open(path, formats=FORMATS) as image:
        if getattr(image, "n_frames", 1) > 1:
            raise ValueError(f"it holds {image.n_frames} frames; save the one that you mean as its own file")
        if re.search(r"(RGBA?|LA);16[BLN]", str(image.tile)):
            raise ValueError("Pillow cuts 16-bit colour to 8 bits; save it as 16-bit grey, or as TIFF")
        if image.mode == "I" and image.format == "PNG":  # older Pillow reads 16-bit PNG as int32
            return np.asarray(image).astype(np.uint16)
        if image.mode in ("L", "I", "F") or image.mode.startswith("I;16"):
            return np.asarray(image)
        grey = image.mode in ("1", "LA")
        return np.asarray(image.convert("L" if grey else "RGB"))  # alpha is dropped


def _grey(array: np.ndarray) -> tuple[np.ndarray, bool]:
    """Turn (H, W), (H, W, 1 grey + alpha) or (H, W, 3 colours + alpha) into (H, W)."""
    if array.ndim != 3 or array.shape[2] < 3:
        return (array[..., 0] if array.ndim == 3 else array), False
    rgb = array[..., :3]
    if (rgb == rgb[..., :1]).all():
        return rgb[..., 0], False
    luma = rgb @ _LUMA
    return (np.rint(luma) if array.dtype.kind in "ui" else luma).astype(array.dtype), True
