"""A trained encoder over many images: the loop that embeddings and activation maps share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from semlib import runtime
from semlib._memory import kept_blocks
from semlib.sem._checks import check_pixels, whole_number
from semlib.sem._run import autocast
from semlib.sem.config import PRECISIONS
from semlib.sem.model import Encoder
from semlib.sem.views import Views


def batch_by_batch(
    encoder: Encoder,
    images: np.ndarray,
    compute: Callable[[Views, slice], Tensor],
    *,
    levels: int = 2,
    normalize: str,
    batch_size: int,
    device: str,
    precision: str = "float32",
) -> list[Tensor]:
    """Return ``compute(views, rows)`` of each batch, as float32 or float64 on the CPU.

    The encoder is used in evaluation mode and is on the CPU afterwards. The rest is as in
    :func:`semlib.sem.train.embed`.
    """
    check_pixels(images)
    batch_size = whole_number("batch_size", batch_size, 1)
    if precision not in PRECISIONS:
        raise ValueError(f"precision={precision!r} must be one of {', '.join(PRECISIONS)}")
    device = runtime.device(device)
    views = Views(images, levels, normalize, device)
    encoder.to(device, memory_format=torch.channels_last).eval()
    parts = []
    with kept_blocks(), torch.inference_mode(), autocast(device, precision):
        for start in range(0, len(images), batch_size):
            part = compute(views, slice(start, start + batch_size))
            parts.append((part.float() if part.dtype == torch.bfloat16 else part).cpu())
    encoder.cpu()
    return parts
