"""Self-supervised training of the encoder, and its embeddings (paper 1, section 5, "Training strategy")."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from semlib import runtime
from semlib._memory import kept_blocks
from semlib.sem import checkpoint
from semlib.sem._batches import batch_by_batch
from semlib.sem._checks import check_pixels, whole_number
from semlib.sem._run import Run, initial
from semlib.sem.calibrate import calibrate
from semlib.sem.config import TrainConfig, levels_in_use
from semlib.sem.model import Encoder
from semlib.sem.views import Views


@dataclass(frozen=True)
class Training:
    """What :func:`fit` returns.

    Attributes
    ----------
    encoder : Encoder
        Trained, in evaluation mode, on the CPU. The projection head is gone, as in the paper.
    history : pandas.DataFrame
        One row an epoch: ``epoch`` (from 1), ``loss`` (mean over the epoch's steps), ``loss 0→1`` and so on
        (of each pair of levels: p of the first, z of the second), and ``spread`` and ``effective_rank`` (see
        :mod:`semlib.sem.collapse`) of the epoch's embeddings as they were during its steps: by changing
        weights, normalised by batch, at L0 (or the finest level that ``pairs`` names).
    config : TrainConfig
    """

    encoder: Encoder
    history: pd.DataFrame
    config: TrainConfig


def fit(
    images: np.ndarray,
    config: TrainConfig | None = None,
    *,
    resume: str | os.PathLike | None = None,
    progress: bool = True,
) -> Training:
    """Train the encoder on images alone; there is no argument through which labels could come in.

    Every step takes a batch of images at all pyramid levels, and one step of Adam on the cross-scale loss
    (paper 1, section 5). No augmentation, no early stopping. The last, partial batch of an epoch is left out
    unless ``config.drop_last`` is False: batch normalisation would weigh it differently (open in the paper).

    Parameters
    ----------
    images : ndarray, (N, S, S)
        float32 as :class:`semlib.sem.preprocess.Preprocess` gives: in [0, 1], or, under "zscore", each of
        mean 0 and standard deviation 1. Or uint8, such as the store's, which is normalised batch by batch.
    config : TrainConfig, optional
        The paper's values if None.
    resume : path, optional
        A file for the state after each epoch. If it is there, training goes on from it, and ends with the
        same bits as a run that was never interrupted (on the same machine and number of threads).
    progress : bool, default True
        Show a bar.

    Returns
    -------
    Training
        On one CPU and with one number of threads the result is bit-exact; across machines losses agree to
        about 1e-3 only.

    Raises
    ------
    TypeError
        If ``images`` is not an array.
    ValueError
        If there are fewer images than one batch, pixels out of range, sides that the pyramid cannot halve,
        or ``resume`` belongs to another run.
    FloatingPointError
        If the loss stops being finite.
    """
    config = config or TrainConfig()
    check_pixels(images)
    if len(images) < config.batch_size:
        remedy = f"pass TrainConfig(batch_size={len(images)}) or less"
        if len(images) < 2:
            remedy = "training needs at least 2, since batch normalisation compares images"
        raise ValueError(
            f"images has {len(images)} image{'s' * (len(images) > 1)}, fewer than "
            f"batch_size={config.batch_size}; {remedy}"
        )
    coarsest = 0 if config.views == "blurred" else levels_in_use(config)[-1]
    smallest = min(images.shape[1:]) // 2**coarsest
    if config.precision == "bf16" and smallest < 5:
        # PyTorch 2.13 on a CPU gives NaN gradients of a bfloat16 convolution whose input has 1×1 pixels.
        raise ValueError(
            f"images of {images.shape[1]}×{images.shape[2]} pixels leave {smallest} at the coarsest level, "
            "too few for precision='bf16'; use larger images, or precision='float32'"
        )
    run = Run(config, len(images))
    views = Views(images, config.levels, config.normalize, run.device)
    path = None if resume is None else Path(resume).expanduser()
    key = "" if path is None else _key(images, config)
    if path is not None and (stored := checkpoint.load(path, run=key)) is not None:
        run.restore(stored)
    bar = runtime.progress_bar(
        range(run.epoch, config.epochs),
        desc="training",
        unit="epoch",
        progress=progress,
        initial=run.epoch,
        total=config.epochs,
    )
    with kept_blocks():
        for _ in bar:
            row = run.one_epoch(views)
            if not np.isfinite(row["loss"]):
                raise FloatingPointError(
                    f"the loss is {row['loss']} in epoch {run.epoch}; lower lr={config.lr}"
                )
            if path is not None:
                checkpoint.save(path, *run.state(), run=key)
            bar.set_postfix(loss=f"{row['loss']:.3f}", rank=f"{row['effective_rank']:.0f}")
    return Training(run.encoder.cpu().eval(), pd.DataFrame(run.history), config)


def untrained(images: np.ndarray, config: TrainConfig | None = None) -> Encoder:
    """Return the encoder that :func:`fit` starts from: the control that shows what training adds.

    Its weights are the random initial ones of ``config.seed``. Only the statistics of batch normalisation are
    taken from the images, at all pyramid levels that training uses, so that it can be used in evaluation mode
    (see :func:`semlib.sem.calibrate.calibrate`).
    """
    config = config or TrainConfig()
    return calibrate(initial(config, runtime.device(config.device))[0], images, config)


def embed(
    encoder: Encoder,
    images: np.ndarray,
    *,
    level: int = 0,
    normalize: str = "minmax",
    batch_size: int = 32,
    device: str = "auto",
    precision: str = "float32",
) -> np.ndarray:
    """Return the embeddings z of images, the paper's "output representation".

    Parameters
    ----------
    encoder : Encoder
        Used in evaluation mode.
    images : ndarray, (N, S, S)
        As in :func:`fit`.
    level : int, default 0
        Pyramid level. The paper extracts embeddings "from the highest-resolution input (Level L0)".
    normalize : str, default "minmax"
        For uint8 images only.
    batch_size, device, precision
        As in :class:`TrainConfig`.

    Returns
    -------
    ndarray, float32, (N, dim)
        Not scaled to unit length.
    """
    level = whole_number("level", level, 0, "; 0 is full size")

    def z(views: Views, rows: slice) -> Tensor:
        return encoder(views(rows)[level] if level else views.full(rows))

    options = {"normalize": normalize, "batch_size": batch_size, "device": device, "precision": precision}
    return torch.cat(batch_by_batch(encoder, images, z, levels=max(2, level + 1), **options)).numpy()


def _key(images: np.ndarray, config: TrainConfig) -> str:
    """Name a run by all that its result depends on."""
    data = runtime.fingerprint(images)
    return f"{data} {runtime.code_hash('semlib.sem')} {torch.__version__} {config}"
