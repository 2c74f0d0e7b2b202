"""The multi-resolution pyramid of paper 1, section 4: L0, L1, L2 by area averaging."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


def pyramid(x: Tensor | np.ndarray, levels: int = 3) -> list[Tensor]:
    """Return images at full, half, quarter, … resolution.

    The paper downsamples "with area-based interpolation" from 512 to 256 and 128 (section 4). For exact
    halves that is the mean of each 2×2 block, and L2 is the mean of each 4×4 block of L0.

    Parameters
    ----------
    x : Tensor or ndarray (N, S, S) or (N, 1, S, S)
        Integers become float32 and are not scaled. Sides may differ. Not modified.
    levels : int, default 3
        Number of levels, L0 among them.

    Returns
    -------
    list of Tensor
        (N, 1, S, S), (N, 1, S/2, S/2), (N, 1, S/4, S/4), …, on the device of ``x``. L0 may share its memory.

    Raises
    ------
    ValueError
        If the shape does not fit, or a side cannot be halved ``levels − 1`` times.
    """
    if levels < 1:
        raise ValueError(f"levels={levels} must be at least 1")
    if isinstance(x, np.ndarray):
        x = torch.from_numpy(np.require(x, requirements="CW"))  # a read-only memory map is copied
    if x.ndim == 3:
        x = x[:, None]
    if x.ndim != 4 or x.shape[1] != 1:
        raise ValueError(f"x has the shape {tuple(x.shape)}; pass grey images (N, S, S) or (N, 1, S, S)")
    factor = 2 ** (levels - 1)
    if any(side % factor or side == 0 for side in x.shape[2:]):
        sides = "×".join(str(side) for side in x.shape[2:])
        raise ValueError(
            f"images of {sides} pixels cannot be halved {levels - 1} times; resize them to a multiple of "
            f"{factor}, such as Preprocess(size={max(1, max(x.shape[2:]) // factor) * factor})"
        )
    scales = [x if x.is_floating_point() else x.float()]
    while len(scales) < levels:
        scales.append(F.avg_pool2d(scales[-1], 2))
    return scales
