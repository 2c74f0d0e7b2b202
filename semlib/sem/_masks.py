"""Reading one mask: which pixels of an image are the defect."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from semlib.sem._read import FORMATS, _decode, _grey


def read_mask(path: Path, shape: tuple[int, int], image: str) -> np.ndarray:
    """Return a mask as bool (H, W): True where its grey is at least half of full scale.

    Parameters
    ----------
    path : Path
        An 8- or 16-bit image. Three equal channels are grey; alpha is dropped, a palette applied.
    shape : (int, int)
        Of the image that the mask is for.
    image : str
        That image's name, for the message.

    Raises
    ------
    ValueError
        If the mask cannot be read, has not the image's size, has colours, or is not black yet has no pixel
        of half of full scale: then it was not written as 0 and 255, and would come out empty.
    """
    grey = read_grey(path)
    if grey.shape != tuple(shape):
        raise ValueError(
            f"the mask {path} is {grey.shape[0]}×{grey.shape[1]} pixels, and its image {image} "
            f"{shape[0]}×{shape[1]}; they must be equal"
        )
    if is_faint(grey):
        raise ValueError(
            f"the mask {path} has no value above {grey.max()} of {np.iinfo(grey.dtype).max}, and is not "
            f"black; write it as 0 (background) and {np.iinfo(grey.dtype).max} (defect)"
        )
    return marked(grey)


def read_grey(path: Path) -> np.ndarray:
    """Return a mask's grey values, uint8 or uint16 (H, W)."""
    try:
        grey, coloured = _grey(_decode(path))
        if coloured:
            raise ValueError("it has colours; save it as black and white")
        if grey.ndim != 2 or grey.dtype.name not in ("bool", "uint8", "uint16"):
            raise ValueError(f"it is of {grey.dtype} {grey.shape}; save it as 8-bit black and white")
    except MemoryError:
        raise
    except Exception as error:  # decoders raise nearly anything on broken bytes
        raise ValueError(f"{path} is no readable mask: {type(error).__name__}: {error}") from error
    return grey.astype(np.uint8) * np.uint8(255) if grey.dtype == bool else grey


def marked(grey: np.ndarray) -> np.ndarray:
    """Return where grey is at least half of full scale: from 128 in 8 bits."""
    return grey > np.iinfo(grey.dtype).max // 2


def is_faint(grey: np.ndarray) -> bool:
    """Tell whether a mask is not black, yet marks nothing."""
    return bool(grey.any() and not marked(grey).any())


def facts(path: Path) -> dict[str, bool]:
    """Say of a mask: black all over; values between black and white; faint; stored as RGB or RGBA."""
    grey = read_grey(path)
    with Image.open(path, formats=FORMATS) as file:
        mode = file.mode
    return {
        "empty": not grey.any(),
        "grey": bool(((grey > 0) & (grey < np.iinfo(grey.dtype).max)).any()),
        "faint": is_faint(grey),
        "rgb": mode in ("RGB", "RGBA"),
    }
