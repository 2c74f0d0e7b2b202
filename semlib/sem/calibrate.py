"""Statistics of batch normalisation, taken from images anew; the weights stay as they are."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import torch

from semlib import runtime
from semlib._memory import kept_blocks
from semlib.sem._checks import check_pixels
from semlib.sem._run import autocast, encoder_views
from semlib.sem.config import TrainConfig, levels_in_use
from semlib.sem.model import Encoder
from semlib.sem.views import Views


def calibrate(
    encoder: Encoder,
    images: np.ndarray,
    config: TrainConfig | None = None,
    *,
    levels: tuple[int, ...] | None = None,
) -> Encoder:
    """Return a copy of an encoder whose batch normalisation has the statistics of these images.

    In training, each view is normalised by its own batch. For evaluation, PyTorch keeps moving averages, and
    since the weights are shared, all levels go into one average (open in the paper: the levels might have
    statistics of their own). An embedding at L0 is then normalised by numbers that two thirds come from
    coarser views. ``levels=(0,)`` gives L0 its own statistics.

    Parameters
    ----------
    encoder : Encoder
        Not modified.
    images : ndarray, (N, S, S)
        As in :func:`semlib.sem.train.fit`.
    config : TrainConfig, optional
        Its batch size, normalisation, precision, device and views are used; the paper's values if None.
    levels : tuple of int, optional
        Pyramid levels to take the statistics from; by default those that training with ``config`` encodes.

    Returns
    -------
    Encoder
        In evaluation mode, on the CPU. The statistics are plain averages over all batches.

    Raises
    ------
    ValueError
        If ``levels`` is empty or names a level that is not there.
    """
    config = config or TrainConfig()
    check_pixels(images)
    levels = levels_in_use(config) if levels is None else list(levels)
    if not levels or any(level not in range(config.levels) for level in levels):
        raise ValueError(f"levels={levels!r} must be a non-empty list of levels in 0…{config.levels - 1}")
    device = runtime.device(config.device)
    encoder = deepcopy(encoder).to(device, memory_format=torch.channels_last).train()
    for module in encoder.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None  # a plain average over all batches, not a moving one
    views = Views(images, config.levels, config.normalize, device)
    with kept_blocks(), torch.no_grad(), autocast(device, config.precision):
        for start in range(0, len(images), config.batch_size):
            batch = views(slice(start, start + config.batch_size))
            for view in encoder_views(batch, levels, config.views):
                encoder(view)
    return encoder.cpu().eval()
